"""Carrying charges: a changed message moves the prices of those that share a monthly counter or a conversation with it.

    changed messages ─> their cells ─┬─ no counter ─> only they are charged anew
                                     ├─ counters ─> all messages of those counters (their order decides tiers)
                                     └─ conversation era ─> all messages of the months concerned

A conversation is charged with the message that opened it, which may stand in the month before: messages that share one with
those months are read along, and only charged anew if they stand in such a month.
"""

from __future__ import annotations

from earnest.warehouse import duck
from earnest.warehouse.carrying import Carrying

_CHANGED = "(SELECT * FROM message_before UNION ALL SELECT * FROM message_after)"
_COLUMNS = "message_key, label_key, send_day, delivered_us, conversation_key, told_micro, terms_key, cell"
_MONTHS = "(SELECT stretch, month_index FROM rating_calendar UNION ALL SELECT 0, 0)"


def carry_charges(c: Carrying) -> list[int]:
    """Bring the table `charge` up to the changed messages (`message_before`, `message_after`); returns the days rewritten."""
    if not duck.scalar(c.con, f"SELECT count(*) FROM {_CHANGED} WHERE terms_key IS NOT NULL"):
        return []
    c.run("rated_delta", "rated", message=_CHANGED)
    c.run("delta_cell", "rated_cell", rated="rated_delta")
    if duck.scalar(c.con, "SELECT count(*) FROM delta_cell WHERE conversation_era = 1"):
        _months_of_conversations(c)
    else:
        _counters(c)
    c.run("scope_cell", "rated_cell", rated="rated_of_scope")
    c.run("charge_read", "charge", rated="rated_of_scope", rated_cell="scope_cell")
    c.table("charge_after", "SELECT * FROM charge_read WHERE message_key IN (SELECT k FROM charge_scope)")
    c.stored("charge_before", "charge", "message_key IN (SELECT k FROM charge_scope)")
    return c.replace("charge", "charge_scope", before="charge_before", after="charge_after")


def _counters(c: Carrying) -> None:
    """All messages of the counters in which a changed message stands, and the changed ones."""
    c.table("charge_counter", "SELECT DISTINCT scope, part FROM delta_cell WHERE scope IS NOT NULL AND reason IS NULL")
    after = f"SELECT {_COLUMNS} FROM rated_after"
    c.run("rated_after", "rated", message="message_after")
    if c.count("charge_counter"):
        _rated_of_months(c, "SELECT DISTINCT part % 100000 AS k FROM charge_counter")
        c.run("month_cell", "rated_cell", rated="rated_month")
        mates = "SELECT cell FROM month_cell AS m JOIN charge_counter AS k ON m.scope = k.scope AND m.part = k.part"
        after += (
            f" UNION ALL SELECT {_COLUMNS} FROM rated_month"
            f" WHERE cell IN ({mates}) AND message_key NOT IN (SELECT k FROM message_scope)"
        )
    c.table("rated_of_scope", after)
    c.keys("charge_scope", "SELECT message_key AS k FROM rated_of_scope UNION ALL SELECT k FROM message_scope")


def _months_of_conversations(c: Carrying) -> None:
    """All messages of the months in which a changed message, or one that shares its conversation, stands."""
    c.con.execute(f"CREATE OR REPLACE TEMP VIEW rated_now AS {c.models['rated'].sql}")
    c.keys("charge_talk", "SELECT conversation_key AS k FROM rated_delta")
    placed = f"SELECT m.month_index AS k FROM {{}} AS r JOIN {_MONTHS} AS m ON r.cell % 16777216 = m.stretch"
    mates = "(SELECT * FROM rated_now WHERE conversation_key IN (SELECT k FROM charge_talk))"
    c.keys("charge_month", f"{placed.format('rated_delta')} UNION ALL {placed.format(mates)}")
    _rated_of_months(c, "SELECT k FROM charge_month")
    c.keys("charge_scope", "SELECT message_key AS k FROM rated_month UNION ALL SELECT k FROM message_scope")
    talks = "SELECT DISTINCT conversation_key FROM rated_month WHERE conversation_key IS NOT NULL"
    c.table(
        "rated_of_scope",
        f"SELECT {_COLUMNS} FROM rated_month UNION ALL SELECT {_COLUMNS} FROM rated_now"
        f" WHERE conversation_key IN ({talks}) AND message_key NOT IN (SELECT k FROM charge_scope)",
    )


def _rated_of_months(c: Carrying, months: str) -> None:
    """The table `rated_month`: every rated message delivered in some months of its account's zone."""
    span = f"(SELECT {{}} FROM rating_calendar WHERE month_index IN ({months}))"
    outside = f"0 IN ({months})"  # before or after all cards: no month is known
    c.con.execute(f"CREATE OR REPLACE TEMP VIEW rated_now AS {c.models['rated'].sql}")
    row = c.con.execute(f"SELECT {outside}, {span.format('min(from_us)')}, {span.format('max(until_us)')}").fetchone()
    assert row is not None
    pruned = "" if row[0] or row[1] is None else f" AND r.delivered_us >= {row[1]} AND r.delivered_us < {row[2]}"
    c.table(
        "rated_month",
        f"SELECT r.* FROM rated_now AS r JOIN {_MONTHS} AS m ON r.cell % 16777216 = m.stretch"
        f" WHERE m.month_index IN ({months}){pruned}",
    )
