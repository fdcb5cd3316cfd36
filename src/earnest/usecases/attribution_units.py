"""What credit is asked by: campaigns, channels, templates, variants or kinds of touch, each a number that journeys are written in."""

from __future__ import annotations

from dataclasses import dataclass

from earnest.attribution.presets import RUNGS
from earnest.definitions.days import Days
from earnest.kernel.declared import check_known
from earnest.kernel.errors import UsageError
from earnest.usecases.attribution_candidates import within
from earnest.usecases.tables import Tables

_RUNG_NAMES = " ".join(f"WHEN {rung} THEN '{kind}'" for kind, rung in RUNGS.items())
DIMENSIONS = {
    "campaign": "l.campaign",
    "channel": "l.channel",
    "template": "l.template",
    "variant": "l.tag",
    "touch_type": f"CASE r.rung {_RUNG_NAMES} END",
}
"""Dimension → SQL of its value, from label `l` and rung `r`. A variant is what a message's tag says."""
NONE_TOLD = "(none)"
"""Value of messages that do not tell the dimension."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A value of the dimension. shown: False for what belongs to other campaigns than the one asked for."""

    name: str
    shown: bool


def check_dimension(by: str) -> None:
    """Refuse what credit cannot be asked by.

    Raises:
        UsageError: `no-such-dimension`.
    """
    refusal = UsageError, "no-such-dimension"
    check_known(DIMENSIONS, by, what="dimension of credit", listed="Dimensions", refusal=refusal)


def bind_units(tables: Tables, by: str, campaign: str | None) -> list[Unit]:
    """Make `unit_of(label_key, rung, unit_key)` and `unit_name(label_key, unit)`; return the units by their number.

    Other campaigns than the one asked for stay apart, each a unit of its own, so that path models see them.
    """
    con = tables.con
    value = DIMENSIONS[by]
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE named_unit AS
        SELECT l.label_key, r.rung, CASE WHEN s.shown THEN COALESCE({value}, '{NONE_TOLD}') ELSE l.campaign END AS name, s.shown
        FROM label_campaign AS l CROSS JOIN (SELECT unnest([1, 2, 3, 4]) AS rung) AS r
        CROSS JOIN LATERAL (SELECT $1 IS NULL OR l.campaign = $1 AS shown) AS s""",
        [campaign],
    )
    met = con.execute("SELECT DISTINCT name, shown FROM named_unit").fetchall()
    found = {Unit(str(name), bool(shown)) for name, shown in met}
    if by == "campaign":  # a coupon or a link may earn an order for a campaign of which no message is known
        found |= {Unit(name, shown=True) for name in tables.state.campaigns}
    units = sorted(found, key=lambda one: (one.name, one.shown))
    con.execute("CREATE OR REPLACE TEMP TABLE unit_name (label_key BIGINT, unit BIGINT, name VARCHAR, shown BOOLEAN)")
    if units:
        con.executemany(
            "INSERT INTO unit_name VALUES ($1, $1, $2, $3)",
            [(place, one.name, one.shown) for place, one in enumerate(units)],
        )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE unit_of AS SELECT n.label_key, n.rung, u.unit AS unit_key"
        " FROM named_unit AS n JOIN unit_name AS u ON n.name = u.name AND n.shown = u.shown"
    )
    return units


def bind_journeys(tables: Tables, days: Days | None) -> None:
    """Make `journey_touch`: every touch of every order within the look-back in force, as the table `credit` holds them.

    Its `label_key` is the number of the touch's unit. Cancelled orders are left out: they earn nothing.
    """
    tables.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE journey_touch AS
        SELECT c.order_key, c.order_day, v.net_minor, c.message_key, u.unit_key AS label_key, c.rung, c.touch_us
        FROM credit AS c JOIN conversion AS v ON c.order_key = v.order_key JOIN unit_of AS u ON c.label_key = u.label_key AND c.rung = u.rung
        WHERE c.model = 'linear' AND c.message_key IS NOT NULL AND v.cancelled = 0 AND {within("c.order_day", days)}"""
    )
