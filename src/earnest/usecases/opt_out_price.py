"""The price of an opt-out, from the workspace's own history, and the bill of each campaign.

message + 72 h (landmark) ─┬─ who opted out by then ─┐  followed for the horizon: net revenue × margin − messages
                           └─ who stayed, same campaign, day and orders before ─┘
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from earnest.definitions.campaign import UNASSIGNED
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.money import MICRO_PER_MAJOR, exponent
from earnest.kernel.period import DAY_US, HOUR_US, instant_text
from earnest.trends.opt_out import Followed, PriceFound, price
from earnest.usecases.judge_money import NO_MARGIN
from earnest.usecases.tables import Tables, open_tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

DEFINITION = "opt_out_price@1"
CAVEAT = (
    "An association: people who leave may have been about to buy less anyway, and then the price is too high."
    " A frequency experiment that counts what both groups buy would prove it."
)
_LANDMARK_US = 72 * HOUR_US
_BEFORE_US = 180 * DAY_US
_ALIKE = 20
"""So many who stayed are followed for each campaign's and day's one who left; more would add next to nothing."""
_MOST_STAYED = 200_000
SHORTEST, LONGEST = 30, 1095


@dataclass(frozen=True, slots=True)
class OptOutPrice:
    """The price of one opt-out.

    Args:
        price: money lost with one opt-out over the horizon, or why it cannot be told.
        stayed, gone: mean contribution of a person who stayed and of one who left, major units; None without a price.
        people_left, people_stayed: followed. compared: share of those who left that have anybody like them who stayed.
        variance: of the price.
    """

    price: Figure
    horizon_days: int
    stayed: float | None = None
    gone: float | None = None
    people_left: int = 0
    people_stayed: int = 0
    compared: float | None = None
    variance: float | None = None

    def to_json(self) -> dict[str, Any]:
        plain = ("horizon_days", "stayed", "gone", "people_left", "people_stayed", "compared")
        return {"price": self.price.to_json()} | {name: getattr(self, name) for name in plain} | {"caveat": CAVEAT}


@dataclass(frozen=True, slots=True)
class BillLine:
    """One campaign: delivered messages, opt-outs within 72 hours, and what they cost at the price of one."""

    campaign: str
    delivered: int
    opt_outs: int
    bill: Figure

    def to_json(self) -> dict[str, Any]:
        return {
            "campaign": self.campaign,
            "delivered": self.delivered,
            "opt_outs": self.opt_outs,
            "bill": self.bill.to_json(),
        }


def opt_out_price(workspace: Workspace, *, horizon_days: int | None = None, progress: Progress = quiet) -> OptOutPrice:
    """The price of one opt-out.

    Args:
        horizon_days: counts what people bring in so many days; the setting `opt_out_horizon_days` if None.

    Raises:
        UsageError: `bad-horizon`.
    """
    with open_tables(workspace, progress=progress) as tables:
        return price_in(tables, horizon_days=horizon_days)


def opt_out_bill(
    workspace: Workspace, *, horizon_days: int | None = None, progress: Progress = quiet
) -> tuple[OptOutPrice, list[BillLine]]:
    """The price of one opt-out, and what those of each campaign cost, dearest first.

    Raises:
        UsageError: `bad-horizon`.
    """
    with open_tables(workspace, progress=progress) as tables:
        found = price_in(tables, horizon_days=horizon_days)
        return found, bill_in(tables, found)


def price_in(tables: Tables, *, horizon_days: int | None = None) -> OptOutPrice:
    """The same as `opt_out_price`, over tables that are open."""
    told = (
        horizon_days
        if horizon_days is not None
        else int(tables.state.setting("opt_out_horizon_days", tables.day) or 365)
    )
    if not SHORTEST <= told <= LONGEST:
        what = f"a horizon of {told} days; expected {SHORTEST} to {LONGEST}"
        raise UsageError("bad-horizon", what, hint="365 is a year.")
    margin = tables.state.margin(tables.day)
    if margin is None:
        return OptOutPrice(NO_MARGIN, told)
    level = float(tables.state.setting("level", tables.day) or "0.95")
    followed = _followed(tables, horizon_us=told * DAY_US, margin=float(margin))
    found = price(followed, level=level)
    if isinstance(found, Unavailable):
        left = int(followed.left.sum())
        return OptOutPrice(found, told, people_left=left, people_stayed=followed.left.size - left)
    return _told(tables, found, told, level=level)


def bill_in(tables: Tables, found: OptOutPrice) -> list[BillLine]:
    """What the opt-outs of each campaign cost; their number is exact, the interval is the price's."""
    rows = tables.con.execute(
        "SELECT l.campaign, CAST(sum(f.delivered) AS BIGINT), CAST(sum(f.opted_out) AS BIGINT) AS gone FROM funnel_cell AS f"
        " JOIN label_campaign AS l ON f.label_key = l.label_key GROUP BY l.campaign HAVING sum(f.delivered) > 0 ORDER BY gone DESC, l.campaign"
    ).fetchall()
    return [
        BillLine(str(name), int(delivered), int(gone), times(found.price, int(gone), population=f"opt-outs of {name}"))
        for name, delivered, gone in rows
    ]


def times(one: Figure, number: int, *, population: str) -> Figure:
    """The price of so many."""
    if isinstance(one, Unavailable):
        return one
    low, high = ((end * number if end is not None else None) for end in (one.low, one.high))
    return Estimate(
        value=one.value * number, unit=one.unit, low=low, high=high, level=one.level, method=one.method, n=number, population=population,
        basis=one.basis, definition="opt_out_bill@1", as_of=one.as_of,
    )  # fmt: skip


def _told(tables: Tables, found: PriceFound, horizon: int, *, level: float) -> OptOutPrice:
    figure = Estimate(
        value=found.value, unit=tables.state.currency, low=found.low, high=found.high, level=level,
        method="landmark, stratified; bootstrap by contact", n=found.people_left,
        population=f"people who opted out, followed for {horizon} days", basis="observed", definition=DEFINITION,
        as_of=instant_text(tables.as_of_us),
    )  # fmt: skip
    return OptOutPrice(
        figure,
        horizon,
        found.stayed,
        found.gone,
        found.people_left,
        found.people_stayed,
        found.compared,
        found.variance,
    )


def _followed(tables: Tables, *, horizon_us: int, margin: float) -> Followed:
    """Everybody who can be followed to the end of the horizon, with what he brought in it."""
    until_us = _last_told_us(tables) - horizon_us - _LANDMARK_US
    tables.con.execute(_PEOPLE, [until_us, _LANDMARK_US, UNASSIGNED])
    each = _message_cost(tables)
    rows = tables.con.execute(
        _VALUES,
        [_BEFORE_US, _LANDMARK_US, _LANDMARK_US + horizon_us],
    ).fetchnumpy()
    tables.con.execute("DROP TABLE followed_person")
    minor = 10 ** exponent(tables.state.currency)
    value = (
        np.asarray(rows["net_minor"], dtype=np.float64) / minor * margin
        - np.asarray(rows["messages"], dtype=np.float64) * each
    )
    keys = np.stack([np.asarray(rows[name], dtype=np.int64) for name in ("campaign", "send_day", "before")], axis=1)
    stratum = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1) if len(keys) else np.zeros(0, dtype=np.int64)
    return Followed(
        np.asarray(rows["contact_key"], dtype=np.int64), np.asarray(rows["gone"]).astype(bool), stratum, value,
        np.asarray(rows["orders"], dtype=np.int64) > 0,
    )  # fmt: skip


def _last_told_us(tables: Tables) -> int:
    """Until when orders are known: the last one told, or now if that is sooner."""
    row = tables.con.execute("SELECT max(ordered_us) FROM conversion WHERE cancelled = 0").fetchone()
    return min(int(row[0]), tables.as_of_us) if row is not None and row[0] is not None else 0


def _message_cost(tables: Tables) -> float:
    """Charge of a priced message, major units; 0 where none is known, which makes the price no smaller than it is."""
    row = tables.con.execute(
        "SELECT CAST(sum(cost_micro) AS BIGINT), CAST(sum(priced) AS BIGINT) FROM funnel_cell"
    ).fetchone()
    return float(row[0]) / float(row[1]) / float(MICRO_PER_MAJOR) if row is not None and row[1] else 0.0


_PEOPLE = f"""
CREATE OR REPLACE TEMP TABLE followed_person AS
WITH sent AS (
    SELECT m.message_key, m.contact_key, m.send_us, m.send_day, dense_rank() OVER (ORDER BY l.campaign) AS campaign,
        CASE WHEN r.message_key IS NOT NULL THEN 1 ELSE 0 END AS gone
    FROM message AS m
    JOIN label_campaign AS l ON m.label_key = l.label_key
    LEFT JOIN (SELECT DISTINCT message_key FROM response WHERE response_kind = 'opt_out' AND counted = 1) AS r ON m.message_key = r.message_key
    WHERE m.delivered_us IS NOT NULL AND m.contact_key IS NOT NULL AND m.send_us <= $1 AND l.campaign <> $3
),
first_left AS (
    SELECT contact_key, MIN(send_us) AS left_us FROM sent WHERE gone = 1 GROUP BY contact_key
),
left_here AS (
    SELECT s.* FROM sent AS s JOIN first_left AS f ON s.contact_key = f.contact_key AND s.send_us = f.left_us WHERE s.gone = 1
    QUALIFY row_number() OVER (PARTITION BY s.contact_key ORDER BY s.message_key) = 1
),
wanted AS (
    SELECT campaign, send_day, COUNT(*) * {_ALIKE} AS most FROM left_here GROUP BY campaign, send_day
),
stayed AS (
    SELECT s.* FROM sent AS s
    LEFT JOIN first_left AS f ON s.contact_key = f.contact_key
    JOIN wanted AS w ON s.campaign = w.campaign AND s.send_day = w.send_day
    WHERE s.gone = 0 AND (f.left_us IS NULL OR f.left_us > s.send_us + $2)
    QUALIFY row_number() OVER (PARTITION BY s.contact_key ORDER BY s.message_key) = 1
),
few AS (
    SELECT s.* FROM stayed AS s
    JOIN wanted AS w ON s.campaign = w.campaign AND s.send_day = w.send_day
    QUALIFY row_number() OVER (PARTITION BY s.campaign, s.send_day ORDER BY s.contact_key) <= w.most
    LIMIT {_MOST_STAYED}
)
SELECT row_number() OVER (ORDER BY gone, message_key) AS person, * FROM (SELECT * FROM left_here UNION ALL SELECT * FROM few)
"""
"""Contact keys are digests: the first of them in their order are as good as drawn by lot."""

_VALUES = """
SELECT p.person, p.contact_key, p.gone, p.campaign, p.send_day, least(COALESCE(b.orders, 0), 2) AS before,
    COALESCE(v.net_minor, 0) AS net_minor, COALESCE(v.orders, 0) AS orders, COALESCE(w.messages, 0) AS messages
FROM followed_person AS p
LEFT JOIN (
    SELECT q.person, COUNT(*) AS orders FROM followed_person AS q JOIN conversion AS c ON q.contact_key = c.contact_key
    WHERE c.cancelled = 0 AND c.ordered_us < q.send_us AND c.ordered_us >= q.send_us - $1 GROUP BY q.person
) AS b ON p.person = b.person
LEFT JOIN (
    SELECT q.person, COUNT(*) AS orders, CAST(SUM(c.net_minor) AS BIGINT) AS net_minor
    FROM followed_person AS q JOIN conversion AS c ON q.contact_key = c.contact_key
    WHERE c.cancelled = 0 AND c.ordered_us >= q.send_us + $2 AND c.ordered_us < q.send_us + $3 GROUP BY q.person
) AS v ON p.person = v.person
LEFT JOIN (
    SELECT q.person, COUNT(*) AS messages FROM followed_person AS q JOIN message AS m ON q.contact_key = m.contact_key
    WHERE m.delivered_us IS NOT NULL AND m.send_us >= q.send_us + $2 AND m.send_us < q.send_us + $3 GROUP BY q.person
) AS w ON p.person = w.person
ORDER BY p.person
"""
