"""Carrying new segments into the generation in force: recompute what they touch, rewrite the days that change.

    new status events ─> their messages ──┐
    new orders, refunds ─> conversions ───┼─> contacts touched ─> their responses ─> their conversions' credits ─> cells
    new clicks, replies, opt-outs ────────┘

Every step runs the full build's SQL text over the few rows concerned, compares the outcome with what is stored and
rewrites only day partitions with a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from earnest.warehouse import duck, segments
from earnest.warehouse.build import Plan, Progress, bind_manifest, bind_table, new_place, write_small, write_table
from earnest.warehouse.carry_charges import carry_charges
from earnest.warehouse.carrying import Carrying
from earnest.warehouse.manifest import Manifest
from earnest.warehouse.segments import Segment

_CONVERSIONS = ("order", "conversion", "refund")


def can_increment(current: Manifest | None, plan: Plan) -> bool:
    """Whether the plan only adds segments to the generation in force."""
    if current is None or current.structure != plan.structure:
        return False
    return set(current.segments) <= {segment.path for segment in plan.segments}


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
    known = set(current.segments)
    with new_place(tables, plan.generation, int(current.facts["span_days"])) as place:
        carrying = Carrying(con, place, {m.name: m for m in plan.models}, dict(current.tables), dict(current.columns))
        bind_manifest(con, tables, current)
        con.execute("CREATE SCHEMA narrow")
        for name, table in plan.small.items():
            carrying.files[name] = write_small(con, place, name, table)
            carrying.columns[name] = bind_table(con, tables, name, carrying.files[name])
        work = _Work(carrying, plan, events, [s for s in plan.segments if s.path not in known])
        segments.bind(con, events, work.fresh)
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


def _messages(work: _Work) -> None:
    """Fold the new status events into the states of their messages."""
    c, columns = work.carrying, work.carrying.names("message")
    c.keys("message_scope", "SELECT message_key AS k FROM event_message")
    c.run("message_delta", "message_partial")
    c.stored("message_before", "message", "message_key IN (SELECT k FROM message_scope)")
    c.table("message_both", f"SELECT {columns} FROM message_delta UNION ALL SELECT {columns} FROM message_before")
    c.run("message_after", "message", message_partial="message_both")
    work.message_days.update(c.replace("message", "message_scope", before="message_before", after="message_after"))
    work.send_days.update(work.message_days)


def _charged(work: _Work) -> None:
    """Charge the changed messages, and those whose price hangs on them."""
    work.charge_days.update(carry_charges(work.carrying))
    work.send_days.update(work.charge_days)


def _conversions(work: _Work) -> None:
    """Fold the changed orders anew from all their versions and refunds."""
    c = work.carrying
    changed = " UNION ALL ".join(f"SELECT order_key AS k FROM event_{kind}" for kind in _CONVERSIONS)
    c.keys("named_order", f"{changed} UNION ALL SELECT conversion_key AS k FROM event_refund")
    segments.bind(c.con, work.events, [s for s in work.plan.segments if s.kind in _CONVERSIONS], prefix="all_")
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


_ANSWER = "response_key, response_kind, occurred_us, response_day, given_message_key, own_contact_key, click_class"
_MESSAGE = "message_key, contact_key, label_key, send_us, send_day, delivered_us, read_us"


def _responses(work: _Work) -> None:
    """Re-resolve the answers that the changed messages and the new answers can have a say in."""
    c = work.carrying
    c.run("new_answer", "answer")
    changed = ("message_before", "message_after", "conversion_before", "conversion_after")
    c.keys(
        "contact_scope",
        " UNION ALL ".join(f"SELECT contact_key AS k FROM {table}" for table in changed)
        + " UNION ALL SELECT own_contact_key FROM new_answer",
    )
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
    """Grow contacts, messages and stored answers until none of them points outside.

    An answer may name a message of another contact, and which answer of a message came first depends on all of them.
    """
    while True:
        c.table(
            "message_of_scope",
            f"SELECT {_MESSAGE} FROM message WHERE contact_key IN (SELECT k FROM contact_scope) OR message_key IN (SELECT k FROM answered)",
        )
        c.keys("answered", "SELECT k FROM answered UNION ALL SELECT message_key FROM message_of_scope")
        c.table(
            "stored_answer",
            f"SELECT {_ANSWER}, contact_key FROM response WHERE contact_key IN (SELECT k FROM contact_scope)"
            " OR own_contact_key IN (SELECT k FROM contact_scope) OR message_key IN (SELECT k FROM answered)"
            " OR given_message_key IN (SELECT k FROM answered) OR response_key IN (SELECT response_key FROM new_answer)",
        )
        before = c.count("contact_scope") + c.count("answered")
        grown = c.keys("answered", "SELECT k FROM answered UNION ALL SELECT given_message_key FROM stored_answer")
        grown += c.keys(
            "contact_scope",
            "SELECT k FROM contact_scope UNION ALL SELECT own_contact_key FROM stored_answer UNION ALL SELECT contact_key FROM stored_answer"
            " UNION ALL SELECT contact_key FROM message_of_scope WHERE message_key IN (SELECT given_message_key FROM new_answer)",
        )
        if grown == before:
            return


def _told_once() -> str:
    """New and stored answers together, each once, merged the way the model merges two tellings."""
    merged = {
        "response_kind": "MAX",
        "occurred_us": "MIN",
        "response_day": "MIN",
        "given_message_key": "MAX",
        "own_contact_key": "MAX",
        "click_class": "MIN",
    }
    listed = ", ".join(f"{function}({column}) AS {column}" for column, function in merged.items())
    both = f"SELECT {_ANSWER} FROM new_answer UNION ALL SELECT {_ANSWER} FROM stored_answer"
    return f"SELECT response_key, {listed} FROM ({both}) GROUP BY response_key"


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
