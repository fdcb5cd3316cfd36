"""The rollups of the funnel, by label and day of the send, and finer by the hour or by the zone of the recipient's number.

What a message reached and what it was answered with are counted alike in all of them: the columns stand here, once.
"""

from __future__ import annotations

from earnest.warehouse.models import Model, read

REACHED = {
    "messages": "COUNT(*)",
    "sent": "COUNT(sent_us)",
    "delivered": "COUNT(delivered_us)",
    "was_read": "COUNT(read_us)",
    "failed": "CAST(SUM(CASE WHEN failed_us IS NOT NULL AND delivered_us IS NULL THEN 1 ELSE 0 END) AS BIGINT)",
}
"""Column → SQL over messages."""
ANSWERED = {
    "clicked": "CAST(SUM(CASE WHEN response_kind = 'click' THEN counted ELSE 0 END) AS BIGINT)",
    "replied": "CAST(SUM(CASE WHEN response_kind = 'reply' THEN counted ELSE 0 END) AS BIGINT)",
    "opted_out": "CAST(SUM(CASE WHEN response_kind = 'opt_out' THEN counted ELSE 0 END) AS BIGINT)",
    "all_clicks": "COUNT(click_class)",
    "human_clicks": "CAST(SUM(human) AS BIGINT)",
    "machine_clicks": "CAST(SUM(CASE WHEN click_class IN ('preview', 'prefetch', 'bot') THEN 1 ELSE 0 END) AS BIGINT)",
}
"""Column → SQL over responses that belong to a message."""


def funnel_models() -> tuple[Model, ...]:
    """`funnel_cell`, `funnel_hour_cell` and `funnel_zone_cell`."""
    slots = {
        "reached": _listed(REACHED),
        "answered": _listed(ANSWERED),
        "not_reached": _listed(dict.fromkeys(REACHED, "0")),
        "not_answered": _listed(dict.fromkeys(ANSWERED, "0")),
        "sums_reached": _listed({name: f"CAST(SUM({name}) AS BIGINT)" for name in REACHED}),
        "sums_answered": _listed({name: f"CAST(SUM({name}) AS BIGINT)" for name in ANSWERED}),
    }
    names = ("funnel_cell", "funnel_hour_cell", "funnel_zone_cell")
    return tuple(read("earnest.kpis.measures", f"{name}.sql", replace=slots) for name in names)


def _listed(columns: dict[str, str]) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
