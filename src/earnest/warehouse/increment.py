"""Carrying new segments into the generation in force: recompute what they touch, rewrite the days that change.

    new status events, watermarks ─> their messages ──┐
    new orders, refunds ─> conversions ───────────────┼─> contacts touched ─> their responses ─> their conversions' credits ─> cells
    new clicks, replies, opt-outs ────────────────────┤
    labels that now say something else ───────────────┤
    new evidence of identity ─> persons moved ────────┘

Every step runs the full build's SQL text over the few rows concerned, compares the outcome with what is stored and
rewrites only day partitions with a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow

from earnest.warehouse import duck, segments
from earnest.warehouse.build import Plan, Progress, bind_manifest, bind_table, new_place, write_small, write_table
from earnest.warehouse.carry_charges import carry_charges
from earnest.warehouse.carrying import Carrying
from earnest.warehouse.manifest import Manifest
from earnest.warehouse.segments import Segment

_CONVERSIONS = ("order", "conversion", "refund")


class CannotCarry(Exception):
    """What is new cannot be folded into what is stored; a full build can."""


def can_increment(current: Manifest | None, plan: Plan) -> bool:
    """Whether the plan only adds segments to the generation in force.

    Segments of received entries are told by the entries they hold, not by their files, which are merged as they grow many.
    """
    if current is None or current.structure != plan.structure or plan.until_us is not None:
        return False
    read = read_seq(current)
    if read and current.facts.get("lineage") != plan.lineage:
        return False
    if any(one.first_seq <= read < one.until_seq for one in plan.segments) or plan.received_seq < read:
        return False
    return _imported(current) <= {segment.path for segment in plan.segments}


def read_seq(current: Manifest | None) -> int:
    """The last received entry that is in a generation; 0 if none is."""
    return int(current.facts.get("received_seq", 0)) if current is not None else 0


def _imported(current: Manifest) -> set[str]:
    return {path for path in current.segments if not Segment.at(path).until_seq}


def _fresh(current: Manifest, plan: Plan) -> list[Segment]:
    known, read = _imported(current), read_seq(current)
    return [s for s in plan.segments if (s.first_seq > read if s.until_seq else s.path not in known)]


@dataclass(slots=True)
class _Work:
    """What the steps share: the tools, the new segments, and the days whose cells must be recomputed."""

    carrying: Carrying
    plan: Plan
    events: Path
    fresh: Sequence[Segment]
    send_days: set[int] = field(default_factory=set)
    order_days: set[int] = field(default_factory=set)
    charge_days: set[int] = field(default_factory=set)
    message_days: set[int] = field(default_factory=set)


def carry(
    con: duckdb.DuckDBPyConnection, plan: Plan, current: Manifest, *, events: Path, tables: Path, progress: Progress
) -> Manifest:
    """Build the plan's generation from the one in force and the segments it lacks. The manifest is returned, not published."""
    with new_place(tables, plan.generation, int(current.facts["span_days"])) as place:
        carrying = Carrying(con, place, {m.name: m for m in plan.models}, dict(current.tables), dict(current.columns))
        bind_manifest(con, tables, current)
        con.execute("CREATE SCHEMA narrow")
        carrying.table("identity_before", "SELECT contact_key, person_key FROM identity")
        carrying.table("within_before", "SELECT label_key, says FROM label_within")
        for name, table in plan.small.items():
            if not _stored(con, current, name, table):
                carrying.files[name] = write_small(con, place, name, table)
                carrying.columns[name] = bind_table(con, tables, name, carrying.files[name])
        work = _Work(carrying, plan, events, _fresh(current, plan))
        segments.bind(con, events, work.fresh)
        folded = (*_CONVERSIONS, "watermark")
        segments.bind(con, events, plan.segments, kinds=folded, prefix="all_")
        _moved(carrying)
        _relabelled(carrying)
        steps = (
            ("message", _messages),
            ("charge", _charged),
            ("conversion", _conversions),
            ("response", _responses),
            ("credit", _credits),
            ("cells", _cells),
        )
        for done, (name, step) in enumerate(steps):
            progress(name, done, len(steps))
            step(work)
        progress("done", len(steps), len(steps))
        facts = plan.facts | {"span_days": place.span_days}
        return Manifest(
            plan.generation,
            plan.structure,
            tuple(s.path for s in plan.segments),
            carrying.files,
            carrying.columns,
            facts,
        )


def _stored(con: duckdb.DuckDBPyConnection, current: Manifest, name: str, table: pyarrow.Table) -> bool:
    """Whether the generation in force, bound in `con`, holds a small table just so: its file is then carried on."""
    return name in current.tables and con.sql(f"FROM {name}").to_arrow_table().equals(table)


def _moved(c: Carrying) -> None:
    """The table `moved_person`: persons, before and after, of the identities that evidence has joined or parted."""
    before, after = (
        "COALESCE(b.person_key, b.contact_key, a.contact_key)",
        "COALESCE(a.person_key, a.contact_key, b.contact_key)",
    )
    c.table(
        "moved",
        f"SELECT {before} AS one, {after} AS other FROM identity_before AS b FULL JOIN identity AS a ON b.contact_key = a.contact_key"
        f" WHERE {before} <> {after}",
    )
    c.keys("moved_person", "SELECT one AS k FROM moved UNION ALL SELECT other FROM moved")


def _relabelled(c: Carrying) -> None:
    """The table `moved_within`: what labels that were met before say no longer, or say now."""
    met = "SELECT label_key, says FROM label_within WHERE label_key IN (SELECT label_key FROM within_before)"
    changed = _difference("within_before", f"({met})", "label_key, says")
    c.table("moved_within", f"SELECT DISTINCT says FROM ({changed})")


def _messages(work: _Work) -> None:
    """Fold the new status events into the states of their messages; look again at those of moved persons and watermarks."""
    c = work.carrying
    scope = "SELECT message_key AS k FROM event_message"
    if c.count("moved_person"):
        scope += " UNION ALL SELECT message_key FROM message WHERE contact_key IN (SELECT k FROM moved_person)"
    if any(segment.kind == "watermark" for segment in work.fresh):
        scope += " UNION ALL SELECT message_key FROM message WHERE own_contact_key IN (SELECT contact_key FROM event_watermark)"
    c.keys("message_scope", scope)
    c.run("message_delta", "message_partial")
    columns = ", ".join(str(row[0]) for row in duck.rows(c.con, "DESCRIBE message_delta"))
    c.stored("message_before", "message", "message_key IN (SELECT k FROM message_scope)")
    c.table("message_both", f"SELECT {columns} FROM message_delta UNION ALL SELECT {columns} FROM message_before")
    c.table(
        "scoped_watermark",
        "SELECT * FROM all_watermark WHERE contact_key IN (SELECT own_contact_key FROM message_both)",
    )
    c.run("message_after", "message", message_partial="message_both", event_watermark="scoped_watermark")
    _refuse_other_recipient(c)
    work.message_days.update(c.replace("message", "message_scope", before="message_before", after="message_after"))
    work.send_days.update(work.message_days)


def _refuse_other_recipient(c: Carrying) -> None:
    """A message that turns out to be another contact's keeps what the first one's watermarks said of it: not carried."""
    told = "SELECT contact_key FROM all_watermark"
    changed = duck.scalar(
        c.con,
        "SELECT count(*) FROM message_before AS b JOIN message_after AS a ON b.message_key = a.message_key"
        f" WHERE b.own_contact_key <> a.own_contact_key AND b.own_contact_key IN ({told})",
    )
    if changed:
        raise CannotCarry


def _charged(work: _Work) -> None:
    """Charge the changed messages, and those whose price hangs on them."""
    work.charge_days.update(carry_charges(work.carrying))
    work.send_days.update(work.charge_days)


def _conversions(work: _Work) -> None:
    """Fold the changed orders anew from all their versions and refunds."""
    c = work.carrying
    changed = " UNION ALL ".join(f"SELECT order_key AS k FROM event_{kind}" for kind in _CONVERSIONS)
    changed += " UNION ALL SELECT conversion_key AS k FROM event_refund"
    if c.count("moved_person"):
        changed += " UNION ALL SELECT order_key FROM conversion WHERE contact_key IN (SELECT k FROM moved_person)"
    c.keys("named_order", changed)
    # A refund names an order and, failing that, a conversion; told again it may name others: what one of them changes,
    # the others may. Whose refund it is shows only from all its tellings.
    _tellings(c, "named_order")
    told = "SELECT order_key AS k FROM scoped_refund UNION ALL SELECT conversion_key AS k FROM scoped_refund"
    c.keys("order_scope", f"SELECT k FROM named_order UNION ALL {told}")
    _tellings(c, "order_scope")
    within = "SELECT k FROM order_scope"
    for kind in ("order", "conversion"):
        c.table(f"scoped_{kind}", f"SELECT * FROM all_{kind} WHERE order_key IN ({within})")
    c.run("conversion_after", "conversion", **{f"event_{kind}": f"scoped_{kind}" for kind in _CONVERSIONS})
    c.stored("conversion_before", "conversion", "order_key IN (SELECT k FROM order_scope)")
    work.order_days.update(c.replace("conversion", "order_scope", before="conversion_before", after="conversion_after"))


def _tellings(c: Carrying, orders: str) -> None:
    """All tellings of the refunds of which one names an order or conversion in the table `orders`."""
    within = f"SELECT k FROM {orders}"
    events = f"SELECT event_key FROM all_refund WHERE order_key IN ({within}) OR conversion_key IN ({within})"
    c.table("scoped_refund", f"SELECT * FROM all_refund WHERE event_key IN ({events})")


_MERGED = {
    "response_kind": "MAX",
    "occurred_us": "MIN",
    "response_day": "MIN",
    "given_message_key": "MAX",
    "told_contact_key": "MAX",
    "told_class": "MIN",
    "told_reason": "MIN",
    "link": "MIN",
    "within": "MIN",
    "visitor_key": "MIN",
}
"""What an answer tells, and which of two tellings the model takes."""
_ANSWER = ", ".join(("response_key", *_MERGED))
_MESSAGE = "message_key, contact_key, label_key, recipient_zone, send_us, send_day, delivered_us, read_us"


def _responses(work: _Work) -> None:
    """Re-resolve the answers that the changed messages and the new answers can have a say in."""
    c = work.carrying
    c.run("new_answer", "answer")
    changed = ("message_before", "message_after", "conversion_before", "conversion_after")
    c.keys(
        "contact_scope",
        " UNION ALL ".join(f"SELECT contact_key AS k FROM {table}" for table in changed)
        + " UNION ALL SELECT own_contact_key FROM new_answer UNION ALL SELECT k FROM moved_person"
        + " UNION ALL SELECT own_contact_key FROM response WHERE within IN (SELECT says FROM moved_within)",
    )
    c.keys("visitor_scope", "SELECT visitor_key AS k FROM new_answer WHERE told_contact_key IS NULL")
    c.keys("answered", "SELECT k FROM message_scope UNION ALL SELECT given_message_key FROM new_answer")
    _close_scope(c)
    c.table("answer_both", _told_once())
    c.keys("response_scope", "SELECT response_key AS k FROM answer_both")
    c.run("response_after", "response", answer="answer_both", message="message_of_scope")
    c.stored("response_before", "response", "response_key IN (SELECT k FROM response_scope)")
    c.replace("response", "response_scope", before="response_before", after="response_after")
    differing = (
        f"SELECT DISTINCT send_day FROM ({_difference('response_before', 'response_after', c.names('response'))})"
    )
    work.send_days.update(int(str(day)) for (day,) in duck.rows(c.con, differing) if day is not None)


def _difference(before: str, after: str, columns: str) -> str:
    old, new = f"SELECT {columns} FROM {before}", f"SELECT {columns} FROM {after}"
    return f"({old} EXCEPT ALL {new}) UNION ALL ({new} EXCEPT ALL {old})"


def _close_scope(c: Carrying) -> None:
    """Grow contacts, visitors, messages and stored answers until none of them points outside.

    An answer may name a message of another contact, and which answer of a message came first depends on all of them. What
    a click is depends on the other clicks of its contact or, where none is known, of its visitor.
    """
    scopes = ("contact_scope", "visitor_scope", "answered")
    while True:
        c.table(
            "message_of_scope",
            f"SELECT {_MESSAGE} FROM message WHERE contact_key IN (SELECT k FROM contact_scope) OR message_key IN (SELECT k FROM answered)",
        )
        c.keys("answered", "SELECT k FROM answered UNION ALL SELECT message_key FROM message_of_scope")
        of_visitors = " OR (own_contact_key IS NULL AND visitor_key IN (SELECT k FROM visitor_scope))"
        c.table(
            "stored_answer",
            f"SELECT {_ANSWER}, own_contact_key, contact_key FROM response WHERE contact_key IN (SELECT k FROM contact_scope)"
            " OR own_contact_key IN (SELECT k FROM contact_scope) OR message_key IN (SELECT k FROM answered)"
            " OR given_message_key IN (SELECT k FROM answered) OR response_key IN (SELECT response_key FROM new_answer)"
            + (of_visitors if c.count("visitor_scope") else ""),
        )
        before = sum(map(c.count, scopes))
        grown = c.keys("answered", "SELECT k FROM answered UNION ALL SELECT given_message_key FROM stored_answer")
        grown += c.keys(
            "contact_scope",
            "SELECT k FROM contact_scope UNION ALL SELECT own_contact_key FROM stored_answer UNION ALL SELECT contact_key FROM stored_answer"
            " UNION ALL SELECT contact_key FROM message_of_scope WHERE message_key IN (SELECT given_message_key FROM new_answer)",
        )
        grown += c.keys(
            "visitor_scope",
            "SELECT k FROM visitor_scope UNION ALL SELECT visitor_key FROM stored_answer WHERE own_contact_key IS NULL",
        )
        if grown == before:
            return


def _told_once() -> str:
    """New and stored answers together, each once, merged the way the model merges two tellings."""
    listed = ", ".join(f"{function}({column}) AS {column}" for column, function in _MERGED.items())
    both = f"SELECT {_ANSWER} FROM new_answer UNION ALL SELECT {_ANSWER} FROM stored_answer"
    once = f"SELECT response_key, {listed} FROM ({both}) GROUP BY response_key"
    return (
        f"SELECT t.*, COALESCE(i.person_key, t.told_contact_key) AS own_contact_key FROM ({once}) AS t"
        " LEFT JOIN identity AS i ON t.told_contact_key = i.contact_key"
    )


def _credits(work: _Work) -> None:
    """Recompute the credits of changed conversions, and of all conversions of contacts in the scope."""
    c = work.carrying
    c.keys(
        "credit_scope",
        "SELECT order_key AS k FROM conversion WHERE contact_key IN (SELECT k FROM contact_scope) UNION ALL SELECT k FROM order_scope",
    )
    c.stored("conversion_of_scope", "conversion", "order_key IN (SELECT k FROM credit_scope)")
    c.run(
        "credit_after",
        "credit",
        conversion="conversion_of_scope",
        message="message_of_scope",
        response="response_after",
    )
    c.stored("credit_before", "credit", "order_key IN (SELECT k FROM credit_scope)")
    work.order_days.update(c.replace("credit", "credit_scope", before="credit_before", after="credit_after"))


def _cells(work: _Work) -> None:
    """Recompute the cells of the days that changed and keep the others."""
    _cell(work.carrying, "charge_cell", work.charge_days, "send_day")
    _cell(work.carrying, "funnel_cell", work.send_days, "send_day")
    _cell(work.carrying, "funnel_hour_cell", work.send_days, "send_day")
    _cell(work.carrying, "funnel_zone_cell", work.send_days, "send_day")
    _cell(work.carrying, "failure_cell", work.message_days, "send_day")
    _cell(work.carrying, "credit_cell", work.order_days, "order_day")


def _cell(c: Carrying, name: str, days: set[int], day: str) -> None:
    if not days:
        return
    listed = ", ".join(str(d) for d in sorted(days))
    if name == "funnel_cell":
        c.table("message_of_days", f"SELECT * FROM {c.of_days('message', days)}")
        c.table("response_of_days", f"SELECT * FROM response WHERE {day} IN ({listed})")
        c.table("charge_cell_of_days", f"SELECT * FROM charge_cell WHERE {day} IN ({listed})")
        narrowed = {"message": "message_of_days", "response": "response_of_days", "charge_cell": "charge_cell_of_days"}
        c.run("cell_of_days", name, **narrowed)
    elif name in ("funnel_hour_cell", "funnel_zone_cell"):  # after funnel_cell, of the same days
        c.run("cell_of_days", name, message="message_of_days", response="response_of_days")
    elif name == "failure_cell":
        c.table("message_of_days", f"SELECT * FROM {c.of_days('message', days)}")
        c.run("cell_of_days", name, message="message_of_days")
    elif name == "charge_cell":
        c.table("charge_of_days", f"SELECT * FROM {c.of_days('charge', days)}")
        c.run("cell_of_days", name, charge="charge_of_days")
    else:
        c.table("credit_of_days", f"SELECT * FROM {c.of_days('credit', days)}")
        c.run("cell_of_days", name, credit="credit_of_days")
    columns = c.names(name)
    body = f"SELECT {columns} FROM {name} WHERE {day} NOT IN ({listed}) UNION ALL SELECT {columns} FROM cell_of_days"
    c.files[name] = write_table(c.con, c.place, c.models[name], sql=body)
    bind_table(c.con, c.place.tables, name, c.files[name])
