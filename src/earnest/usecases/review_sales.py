"""Units sold of items with and without reviews, around the day of the first one: an association, never proven.

    first review of an item ─┬─ N days before │ N days after ─ ratio ──────────────┐
    items not reviewed yet ──┴─ the same days │ the same days ─ ratio ─────────────┴─ one divided by the other, an item each
                                                            ─> geometric mean over items, Student's t on the logarithms

It takes out what happened to all items alike: season, price actions, stock of the shop. It cannot take out what made the item
sell and people write of it. So no verdict rests on it, and every answer says so.

Assumes that items move independently of each other; where many were first reviewed in the same days, they share the items they
are compared with, and the interval is too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from earnest.incrementality.intervals import LEVEL, t_half_width
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.period import day_of
from earnest.kernel.words import count
from earnest.usecases.reviews import GOOD_SHARE, bind_reviews
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck

CLAIM = "An association, never proven"
WHY = (
    "popular items get reviewed: what makes people buy an item also makes them write of it, and a rise of sales often comes before"
    " the first review, not from it. Only showing reviews at random can tell what they do."
)
FEWEST_ITEMS = 10
"""Items below which no ratio is shown: one of them would decide it."""
FEWEST_SOLD = 5
"""Units of an item, in both windows together, below which it is left out: its ratio would be noise."""
FEWEST_COMPARED = 20
"""Units of the items not reviewed, in each window, below which there is nothing to compare with."""
MOST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Around:
    """Sales of one item around its first review, and of the items not reviewed yet in the same days."""

    sku: str
    day: int
    good: bool
    before: float
    after: float
    others_before: float
    others_after: float

    @property
    def own_log(self) -> float:
        return math.log((self.after + 0.5) / (self.before + 0.5))

    @property
    def others_log(self) -> float:
        return math.log((self.others_after + 0.5) / (self.others_before + 0.5))


@dataclass(frozen=True, slots=True)
class Group:
    """Items of one sort.

    Args:
        own: sales after the first review by sales before it. others: the same of items not reviewed, in the same days.
        ratio: the first divided by the second, item by item.
    """

    name: str
    items: int
    own: Figure
    others: Figure
    ratio: Figure

    def to_json(self) -> dict[str, Any]:
        figures = {name: getattr(self, name).to_json() for name in ("own", "others", "ratio")}
        return {"group": self.name, "items": self.items, **figures}


@dataclass(frozen=True, slots=True)
class Level:
    """What items sold in the last days, by whether they had a review before; nothing is compared."""

    items: int
    sold: float

    @property
    def each(self) -> float | None:
        return self.sold / self.items if self.items else None

    def to_json(self) -> dict[str, Any]:
        return {
            "items": self.items,
            "sold": round(self.sold, 3),
            "each": None if self.each is None else round(self.each, 3),
        }


@dataclass(frozen=True, slots=True)
class ReviewSales:
    """Sales around first reviews.

    Args:
        days: length of each window. reviewed: items with a review. too_early: of them, those whose windows reach beyond the
            orders known; too_quiet: those that sold too little, or had nothing to be compared with.
        with_reviews, without_reviews: sales of the last `days` days.
    """

    days: int
    reviewed: int
    too_early: int
    too_quiet: int
    groups: tuple[Group, ...]
    with_reviews: Level
    without_reviews: Level
    first_day: int | None
    last_day: int | None

    def to_json(self) -> dict[str, Any]:
        return {
            "claim": {"proven": False, "basis": "association", "words": f"{CLAIM}: {WHY}"},
            "days": self.days,
            "items": {"reviewed": self.reviewed, "too_early_or_late": self.too_early, "too_few_sold": self.too_quiet},
            "groups": [one.to_json() for one in self.groups],
            "last_days": {
                "with_reviews": self.with_reviews.to_json(),
                "without_reviews": self.without_reviews.to_json(),
            },
            "orders_known": None
            if self.first_day is None or self.last_day is None
            else {"first": day_of(self.first_day).isoformat(), "last": day_of(self.last_day).isoformat()},
        }


def review_sales(workspace: Workspace, *, days: int = 30) -> ReviewSales:
    """Sales of items around their first review, beside those of items without one.

    Args:
        days: before and after the day of the first review, which belongs to neither.
    """
    with open_tables(workspace) as tables:
        bind_reviews(tables.con)
        first, last = _bind_sold(tables)
        reviewed = duck.scalar(tables.con, "SELECT count(DISTINCT sku) FROM review")
        if first is None or last is None:
            none = _nothing(reviewed)
            return ReviewSales(days, reviewed, 0, 0, _groups([], none), Level(0, 0), Level(0, 0), None, None)
        around = _around(tables.con, days, first, last)
        levels = _levels(tables.con, last - days + 1, last)
        lonely = (
            duck.scalar(tables.con, "SELECT count(DISTINCT sku) FROM sold WHERE sku NOT IN (SELECT sku FROM review)")
            == 0
        )
    kept = [one for one in around if _tells(one)]
    missing = _missing(reviewed, len(around), len(kept), days=days, lonely=lonely)
    return ReviewSales(
        days,
        reviewed,
        reviewed - len(around),
        len(around) - len(kept),
        _groups(kept, missing),
        *levels,
        first,
        last,
    )


def _bind_sold(tables: Tables) -> tuple[int | None, int | None]:
    """The table `sold(sku, day, sold)` of orders that count, each line as told last; its first and last whole day."""
    tables.con.execute(
        """CREATE OR REPLACE TEMP TABLE sold AS
        SELECT l.sku, c.order_day AS day, CAST(sum(coalesce(l.quantity_milli, 1000) / 1000.0) AS DOUBLE) AS sold
        FROM (
            SELECT * FROM event_order_line WHERE sku IS NOT NULL
            QUALIFY received_us = max(received_us) OVER (PARTITION BY order_key)
                AND row_number() OVER (PARTITION BY event_key ORDER BY received_us DESC, segment_key DESC, row DESC) = 1
        ) AS l JOIN conversion AS c ON l.order_key = c.order_key
        WHERE c.cancelled = 0 AND c.order_day < $1 GROUP BY ALL""",
        [(tables.day - day_of(0)).days],
    )
    row = tables.con.execute("SELECT min(day), max(day) FROM sold").fetchone()
    assert row is not None
    return row[0], row[1]


def _around(con: duckdb.DuckDBPyConnection, days: int, first: int, last: int) -> list[Around]:
    """Items whose windows lie within the orders known."""
    con.execute(
        """CREATE OR REPLACE TEMP TABLE begun AS
        SELECT sku, day, avg(share) FILTER (WHERE local_day <= day + $1) >= $2 AS good
        FROM (SELECT sku, share, local_day, min(local_day) OVER (PARTITION BY sku) AS day FROM review)
        GROUP BY sku, day""",
        [days, GOOD_SHARE],
    )
    rows = con.execute(
        """WITH placed AS (
            SELECT b.sku, b.day, b.good FROM begun AS b WHERE b.day - $1 >= $2 AND b.day + $1 <= $3
        ), own AS (
            SELECT p.sku, sum(s.sold) FILTER (WHERE s.day < p.day) AS before, sum(s.sold) FILTER (WHERE s.day > p.day) AS after
            FROM placed AS p JOIN sold AS s ON p.sku = s.sku AND s.day BETWEEN p.day - $1 AND p.day + $1 GROUP BY p.sku
        ), others AS (
            SELECT p.day, sum(s.sold) FILTER (WHERE s.day < p.day) AS before, sum(s.sold) FILTER (WHERE s.day > p.day) AS after
            FROM (SELECT DISTINCT day FROM placed) AS p JOIN sold AS s ON s.day BETWEEN p.day - $1 AND p.day + $1
            LEFT JOIN begun AS b ON s.sku = b.sku
            WHERE b.day IS NULL OR b.day > p.day + $1 GROUP BY p.day
        )
        SELECT p.sku, p.day, p.good, coalesce(w.before, 0), coalesce(w.after, 0), coalesce(o.before, 0), coalesce(o.after, 0)
        FROM placed AS p LEFT JOIN own AS w ON p.sku = w.sku LEFT JOIN others AS o ON p.day = o.day ORDER BY p.sku""",
        [days, first, last],
    ).fetchall()
    return [Around(*row) for row in rows]


def _tells(one: Around) -> bool:
    return one.before + one.after >= FEWEST_SOLD and min(one.others_before, one.others_after) >= FEWEST_COMPARED


def _levels(con: duckdb.DuckDBPyConnection, since: int, until: int) -> tuple[Level, Level]:
    rows = con.execute(
        """SELECT coalesce(b.day < $1, false) AS reviewed, count(DISTINCT s.sku), sum(s.sold)
        FROM sold AS s LEFT JOIN begun AS b ON s.sku = b.sku WHERE s.day BETWEEN $1 AND $2 GROUP BY reviewed""",
        [since, until],
    ).fetchall()
    found = {bool(reviewed): Level(int(items), float(sold)) for reviewed, items, sold in rows}
    return found.get(True, Level(0, 0)), found.get(False, Level(0, 0))


def _groups(kept: Sequence[Around], missing: Unavailable | None) -> tuple[Group, ...]:
    sorts = (
        ("reviewed", list(kept)),
        ("reviewed, 4 of 5 stars or more", [one for one in kept if one.good]),
        ("reviewed, fewer stars", [one for one in kept if not one.good]),
    )
    return tuple(_group(name, items, missing) for name, items in sorts)


def _group(name: str, items: Sequence[Around], missing: Unavailable | None) -> Group:
    if missing is None and len(items) < FEWEST_ITEMS:
        missing = _too_few_items(len(items))
    if missing is not None:
        return Group(name, len(items), missing, missing, missing)
    return Group(
        name, len(items), _mean_ratio([one.own_log for one in items]), _mean_ratio([one.others_log for one in items]),
        _mean_ratio([one.own_log - one.others_log for one in items]),
    )  # fmt: skip


def _mean_ratio(logs: Sequence[float]) -> Estimate:
    """Geometric mean of ratios with its interval; at least two of them."""
    n = len(logs)
    mean = math.fsum(logs) / n
    se = math.sqrt(math.fsum((one - mean) ** 2 for one in logs) / (n - 1) / n)
    half = t_half_width(se, n - 1, LEVEL)
    low, high = math.exp(mean - half), math.exp(mean + half)
    return Estimate(
        math.exp(mean), "ratio", low, high, LEVEL, "t on logarithms of items", n, "items with a first review"
    )


def _nothing(reviewed: int) -> Unavailable:
    if not reviewed:
        return _NO_REVIEWS
    return Unavailable(
        "no-order-lines",
        "no order tells which items it holds",
        "Import orders with sku, quantity and line_amount, one row a line.",
    )


_NO_REVIEWS = Unavailable("no-reviews", "there are no reviews", "Import them: earnest import run FILE --as reviews")


def _missing(reviewed: int, placed: int, kept: int, *, days: int, lonely: bool) -> Unavailable | None:
    """Why nothing can be said at all, or None."""
    if not reviewed:
        return _NO_REVIEWS
    if reviewed < FEWEST_ITEMS:
        return Unavailable(
            "too-few-items",
            f"{count(reviewed, 'item has', 'items have')} reviews",
            f"It takes {FEWEST_ITEMS}: of fewer, one would decide it.",
        )
    if placed < FEWEST_ITEMS:
        return Unavailable(
            "too-few-days",
            f"of {reviewed:,} reviewed items, {placed:,} have orders known for {days} days before and after their first review",
            f"It takes {FEWEST_ITEMS}: wait, import older orders, or give fewer --days.",
        )
    if lonely:
        return Unavailable(
            "nothing-to-compare",
            "every item sold has a review",
            "Without items that have none, season and reviews cannot be told apart.",
        )
    return _too_few_items(kept) if kept < FEWEST_ITEMS else None


def _too_few_items(items: int) -> Unavailable:
    return Unavailable(
        "too-few-items",
        f"{count(items, 'item')} sold enough around their first review, beside enough sales of items without one",
        f"It takes {FEWEST_ITEMS} with {FEWEST_SOLD} sold each, and {FEWEST_COMPARED} sold of other items before and after.",
    )
