"""Carrying new segments into the generation in force: recompute what they touch, rewrite the days that change.

    new status events ─> their messages ─┐
    new answers ─────────────────────────┼─> contacts touched ─> their responses ─> their conversions' credits
    new orders, refunds ─> conversions ──┘

Every step binds the full build's SQL text to the few rows concerned, compares the outcome with what is stored and
rewrites only day partitions with a difference. Rows of other keys are copied unread by the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from earnest.warehouse import duck, segments
from earnest.warehouse.build import Place, Plan, Progress, bind_manifest, bind_table, write_small, write_table
from earnest.warehouse.manifest import Manifest, TableFile
from earnest.warehouse.models import Model
from earnest.warehouse.segments import Segment

def can_increment(current: Manifest | None, plan: Plan) -> bool:
    """Whether the plan only adds segments to the generation in force."""
    if current is None or current.structure != plan.structure:
        return False
    return set(current.segments) <= {segment.path for segment in plan.segments}


@dataclass(slots=True)
class _Carry:
    """The work in progress: engine, places, and the manifest's tables as they become."""

    con: duckdb.DuckDBPyConnection
    place: Place
    models: dict[str, Model]
    files: dict[str, tuple[TableFile, ...]]
    columns: dict[str, tuple[tuple[str, str], ...]]

    def replace(self, name: str, scope: str, fresh: str) -> list[int]:
        """Put `fresh` rows in place of the stored rows whose first key stands in the table `scope`; return changed days."""
        model, con = self.models[name], self.con
        key, day = model.key[0], str(model.partition)
        con.execute(f"CREATE OR REPLACE TEMP TABLE old_rows AS SELECT t.* FROM {name} AS t SEMI JOIN {scope} AS s ON t.{key} = s.k")
        columns = ", ".join(column for column, _ in self.columns[name])
        con.execute(f"CREATE OR REPLACE TEMP TABLE new_rows AS SELECT {columns} FROM ({fresh})")
        con.execute(f"CREATE OR REPLACE TEMP TABLE old_rows AS SELECT {columns} FROM old_rows")
        changed = duck.rows(
            con,
            f"SELECT DISTINCT {day} FROM ((SELECT * FROM old_rows EXCEPT ALL SELECT * FROM new_rows)"
            " UNION ALL (SELECT * FROM new_rows EXCEPT ALL SELECT * FROM old_rows))",
        )
        days = [int(str(row[0])) for row in changed]
        if days:
            self._rewrite(model, days, scope)
        return days

    def _rewrite(self, model: Model, days: Sequence[int], scope: str) -> None:
        span = self.place.span_days
        parts = {day - day % span for day in days}
        listed = ", ".join(str(part) for part in sorted(parts))
        touched = [f for f in self.files[model.name] if f.part in parts]
        key, day = model.key[0], model.partition
        columns = ", ".join(column for column, _ in self.columns[model.name])
        body = f"SELECT {columns} FROM new_rows WHERE {day} - {day} % {span} IN ({listed})"
        if touched:
            stored = duck.parquet([self.place.tables / f.path for f in touched])
            body += f" UNION ALL SELECT {columns} FROM {stored} AS t ANTI JOIN {scope} AS s ON t.{key} = s.k"
        written = write_table(self.con, self.place, model, sql=body)
        kept = tuple(f for f in self.files[model.name] if f.part not in parts)
        self.files[model.name] = tuple(sorted(kept + written, key=lambda f: (f.part or 0, f.path)))
        bind_table(self.con, self.place.tables, model.name, self.files[model.name], model=model)

    def run(self, target: str, model: str, **narrowed: str) -> None:
        """Run a model's SQL into the temporary table `target`, with some of its inputs bound to fewer rows.

        The narrowed inputs are views of the same names in a schema that is searched first: the text stays as it is.
        """
        for name, table in narrowed.items():
            self.con.execute(f"CREATE OR REPLACE VIEW narrow.{name} AS SELECT * FROM {table}")
        self.con.execute("SET search_path = 'narrow,main'")
        try:
            self.table(target, self.models[model].sql)
        finally:
            self.con.execute("SET search_path = 'main'")
            for name in narrowed:
                self.con.execute(f"DROP VIEW narrow.{name}")

    def keys(self, name: str, body: str) -> int:
        """A temporary table of distinct keys `k`; return how many."""
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT DISTINCT k FROM ({body}) WHERE k IS NOT NULL")
        return duck.scalar(self.con, f"SELECT count(*) FROM {name}")

    def table(self, name: str, body: str) -> None:
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {body}")


def carry(con: duckdb.DuckDBPyConnection, plan: Plan, current: Manifest, *, events: Path, tables: Path, progress: Progress) -> Manifest:
    """Build the plan's generation from the one in force and the segments it lacks. The manifest is returned, not published."""
    known = set(current.segments)
    fresh = [segment for segment in plan.segments if segment.path not in known]
    place = Place(tables, plan.generation, int(current.facts["span_days"]))
    work = _Carry(con, place, {m.name: m for m in plan.models}, dict(current.tables), dict(current.columns))
    bind_manifest(con, tables, current)
    con.execute("CREATE SCHEMA narrow")
    for name, table in plan.small.items():
        work.files[name] = write_small(con, tables, plan.generation, (name, table))
        work.columns[name] = bind_table(con, tables, name, work.files[name])
    steps = (("message", _messages), ("response", _responses), ("conversion", _conversions), ("credit", _credits), ("rollups", _rollups))
    touched = _Touched()
    for done, (name, step) in enumerate(steps):
        progress(name, done, len(steps))
        step(work, fresh, touched, (plan, events))
    progress("done", len(steps), len(steps))
    facts = plan.facts | {"span_days": place.span_days}
    return Manifest(plan.generation, plan.structure, tuple(s.path for s in plan.segments), work.files, work.columns, facts)


@dataclass(slots=True)
class _Touched:
    """Days whose rollups must be recomputed."""

    send_days: set[int]
    order_days: set[int]

    def __init__(self) -> None:
        self.send_days = set()
        self.order_days = set()


def _messages(work: _Carry, fresh: Sequence[Segment], touched: _Touched, inputs: tuple[Plan, Path]) -> None:
    segments.bind(work.con, inputs[1], fresh)
    work.keys("message_scope", "SELECT message_key AS k FROM event_message")
    columns = ", ".join(column for column, _ in work.columns["message"])
    work.run("message_delta", "message_partial")
    work.table("message_before", f"SELECT {columns} FROM message AS m SEMI JOIN message_scope AS s ON m.message_key = s.k")
    work.table("message_both", f"SELECT {columns} FROM message_delta UNION ALL SELECT {columns} FROM message_before")
    work.run("message_after", "message", message_partial="message_both")
    touched.send_days.update(work.replace("message", "message_scope", "SELECT * FROM message_after"))


_ANSWER = "response_key, response_kind, occurred_us, response_day, given_message_key, own_contact_key, click_class"


def _responses(work: _Carry, _fresh: Sequence[Segment], touched: _Touched, _inputs: tuple[Plan, Path]) -> None:
    """Re-resolve the answers that the changed messages and the new answers can have a say in."""
    work.run("new_answer", "answer")
    work.keys(
        "contact_scope",
        "SELECT contact_key AS k FROM message_before UNION ALL SELECT contact_key FROM message_after"
        " UNION ALL SELECT own_contact_key FROM new_answer",
    )
    work.keys("answered", "SELECT k FROM message_scope UNION ALL SELECT given_message_key FROM new_answer")
    if not duck.scalar(work.con, "SELECT count(*) FROM message_scope") + duck.scalar(work.con, "SELECT count(*) FROM new_answer"):
        work.table("response_before", "SELECT * FROM response WHERE false")
        work.table("response_after", "SELECT * FROM response WHERE false")
        return
    _close_scope(work)
    work.table("answer_both", _told_once(_ANSWER))
    work.keys("response_scope", "SELECT response_key AS k FROM answer_both")
    work.run("response_after", "response", answer="answer_both", message="message_of_scope")
    work.table("response_before", "SELECT r.* FROM response AS r SEMI JOIN response_scope AS s ON r.response_key = s.k")
    work.replace("response", "response_scope", "SELECT * FROM response_after")
    both = "SELECT send_day FROM response_before UNION SELECT send_day FROM response_after"
    touched.send_days.update(int(str(day)) for (day,) in duck.rows(work.con, both) if day is not None)


def _close_scope(work: _Carry) -> None:
    """Grow contacts, messages and stored answers until none of them points outside.

    An answer may name a message of another contact, and which answer of a message came first depends on all of them.
    """
    size = -1
    while True:
        work.table(
            "message_of_scope",
            "SELECT * FROM message WHERE contact_key IN (SELECT k FROM contact_scope) OR message_key IN (SELECT k FROM answered)",
        )
        work.keys("answered", "SELECT k FROM answered UNION ALL SELECT message_key FROM message_of_scope")
        work.table(
            "stored_answer",
            f"SELECT {_ANSWER} FROM response WHERE contact_key IN (SELECT k FROM contact_scope)"
            " OR own_contact_key IN (SELECT k FROM contact_scope) OR message_key IN (SELECT k FROM answered)"
            " OR given_message_key IN (SELECT k FROM answered) OR response_key IN (SELECT response_key FROM new_answer)",
        )
        grown = work.keys("answered", "SELECT k FROM answered UNION ALL SELECT given_message_key FROM stored_answer")
        grown += work.keys(
            "contact_scope",
            "SELECT k FROM contact_scope UNION ALL SELECT own_contact_key FROM stored_answer"
            " UNION ALL SELECT contact_key FROM message_of_scope WHERE message_key IN (SELECT given_message_key FROM new_answer)",
        )
        if grown == size:
            return
        size = grown


def _told_once(columns: str) -> str:
    """New and stored answers together, each once, merged the way the model merges two tellings."""
    merged = columns.replace("response_kind", "MAX(response_kind) AS response_kind").replace("occurred_us", "MIN(occurred_us) AS occurred_us")
    merged = merged.replace("response_day", "MIN(response_day) AS response_day").replace("click_class", "MIN(click_class) AS click_class")
    merged = merged.replace("given_message_key", "MAX(given_message_key) AS given_message_key")
    merged = merged.replace("own_contact_key", "MAX(own_contact_key) AS own_contact_key")
    return f"SELECT {merged} FROM (SELECT * FROM new_answer UNION ALL SELECT * FROM stored_answer) GROUP BY response_key"


def _conversions(work: _Carry, _fresh: Sequence[Segment], touched: _Touched, inputs: tuple[Plan, Path]) -> None:
    """Fold the changed orders anew from all their versions and refunds."""
    plan, events = inputs
    kinds = ("order", "conversion", "refund")
    if not work.keys("order_scope", " UNION ALL ".join(f"SELECT order_key AS k FROM event_{kind}" for kind in kinds)):
        return
    segments.bind(work.con, events, [s for s in plan.segments if s.kind in kinds], prefix="all_")
    for kind in kinds:
        work.table(f"scoped_{kind}", f"SELECT e.* FROM all_{kind} AS e SEMI JOIN order_scope AS s ON e.order_key = s.k")
    work.run("conversion_after", "conversion", **{f"event_{kind}": f"scoped_{kind}" for kind in kinds})
    touched.order_days.update(work.replace("conversion", "order_scope", "SELECT * FROM conversion_after"))


def _credits(work: _Carry, _fresh: Sequence[Segment], touched: _Touched, _inputs: tuple[Plan, Path]) -> None:
    """Recompute the credits of changed conversions, and of all conversions of contacts whose touches changed."""
    changed = ("message_before", "message_after", "response_before", "response_after")
    work.keys("touch_contact", " UNION ALL ".join(f"SELECT contact_key AS k FROM {table}" for table in changed))
    work.keys(
        "credit_scope",
        "SELECT order_key AS k FROM conversion WHERE contact_key IN (SELECT k FROM touch_contact) UNION ALL SELECT k FROM order_scope",
    )
    work.table("conversion_of_scope", "SELECT c.* FROM conversion AS c SEMI JOIN credit_scope AS s ON c.order_key = s.k")
    work.keys("buyer", "SELECT contact_key AS k FROM conversion_of_scope")
    work.table("message_of_buyer", "SELECT m.* FROM message AS m SEMI JOIN buyer AS b ON m.contact_key = b.k")
    work.table("response_of_buyer", "SELECT r.* FROM response AS r SEMI JOIN buyer AS b ON r.contact_key = b.k")
    work.run("credit_after", "credit", conversion="conversion_of_scope", message="message_of_buyer", response="response_of_buyer")
    touched.order_days.update(work.replace("credit", "credit_scope", "SELECT * FROM credit_after"))


def _rollups(work: _Carry, _fresh: Sequence[Segment], touched: _Touched, _inputs: tuple[Plan, Path]) -> None:
    """Recompute the cells of the days that changed and keep the others."""
    _rollup(work, "funnel_cell", touched.send_days, ("send_day", "message", "response"))
    _rollup(work, "credit_cell", touched.order_days, ("order_day", "credit"))


def _rollup(work: _Carry, name: str, days: set[int], day_and_sources: tuple[str, ...]) -> None:
    if not days:
        return
    day, *sources = day_and_sources
    listed = ", ".join(str(d) for d in sorted(days))
    for source in sources:
        work.table(f"{source}_of_days", f"SELECT * FROM {source} WHERE {day} IN ({listed})")
    work.run("rollup_of_days", name, **{source: f"{source}_of_days" for source in sources})
    columns = ", ".join(column for column, _ in work.columns[name])
    body = f"SELECT {columns} FROM {name} WHERE {day} NOT IN ({listed}) UNION ALL SELECT {columns} FROM rollup_of_days"
    work.files[name] = write_table(work.con, work.place, work.models[name], sql=body)
    bind_table(work.con, work.place.tables, name, work.files[name])
