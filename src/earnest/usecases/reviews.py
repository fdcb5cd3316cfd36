"""Reviews of items: each counted once, as told last; listed, and summed up by item. Reviewers are not customers at large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from earnest.incrementality.intervals import LEVEL, wilson_limits
from earnest.kernel.errors import NotFound, closest
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.period import instant_text
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace

OF = 5
"""Stars are shown out of five, whatever their scale."""
GOOD_SHARE = 0.8
"""A review is good from this share of the most stars on: 4 of 5, 8 of 10."""
FEWEST = 5
"""Reviews of an item below which no average is shown."""


@dataclass(frozen=True, slots=True)
class Review:
    """One review. `who` is masked, None where nobody is named. `stars` are out of five."""

    review: str | None
    sku: str
    stars: float
    words: str | None
    at_us: int
    who: str | None
    source: str

    def to_json(self) -> dict[str, Any]:
        return {
            "review": self.review,
            "sku": self.sku,
            "stars": round(self.stars, 3),
            "words": self.words,
            "at": instant_text(self.at_us),
            "who": self.who,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Reviews of one item.

    Args:
        stars: average of those given, out of five. good: how many have at least 4 of 5; good_share with its interval.
    """

    sku: str
    reviews: int
    stars: Figure
    good: int
    good_share: Figure
    first_us: int
    last_us: int

    def to_json(self) -> dict[str, Any]:
        return {
            "sku": self.sku,
            "reviews": self.reviews,
            "stars": self.stars.to_json(),
            "good": self.good,
            "good_share": self.good_share.to_json(),
            "first": instant_text(self.first_us),
            "last": instant_text(self.last_us),
        }


def bind_reviews(con: duckdb.DuckDBPyConnection) -> None:
    """The temporary table `review`: every review once, as told last; `share` of the most stars, 0 to 1."""
    con.execute(
        """CREATE OR REPLACE TEMP TABLE review AS
        SELECT event_key, review_id, sku, rating_milli / scale_milli AS share, words, occurred_us, local_day, contact_key, source
        FROM event_review WHERE sku IS NOT NULL AND rating_milli IS NOT NULL AND scale_milli > 0 AND occurred_us IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY event_key ORDER BY received_us DESC, occurred_us DESC, rating_milli DESC, row DESC) = 1"""
    )


def list_reviews(workspace: Workspace, sku: str | None = None, *, limit: int = 50) -> list[Review]:
    """Reviews, newest first.

    Raises:
        NotFound: `no-such-item`.
    """
    with open_tables(workspace) as tables:
        bind_reviews(tables.con)
        _check(tables.con, sku)
        rows = tables.con.execute(
            """WITH picked AS (
                SELECT * FROM review WHERE $1 IS NULL OR sku = $1 ORDER BY occurred_us DESC, event_key LIMIT $2
            ), masked AS (
                SELECT contact_key, min(shown) AS shown FROM event_identity
                WHERE contact_key IN (SELECT contact_key FROM picked) GROUP BY contact_key
            )
            SELECT p.review_id, p.sku, p.share, p.words, p.occurred_us, m.shown, p.source
            FROM picked AS p LEFT JOIN masked AS m USING (contact_key) ORDER BY p.occurred_us DESC, p.event_key""",
            [sku, limit],
        ).fetchall()
    return [Review(one, item, share * OF, words, at, who, source) for one, item, share, words, at, who, source in rows]


def summed_reviews(workspace: Workspace, sku: str | None = None) -> list[Reviewed]:
    """Reviews by item, the most reviewed first.

    Raises:
        NotFound: `no-such-item`.
    """
    with open_tables(workspace) as tables:
        bind_reviews(tables.con)
        _check(tables.con, sku)
        rows = tables.con.execute(
            """SELECT sku, count(*), avg(share), count(*) FILTER (WHERE share >= $2), min(occurred_us), max(occurred_us)
            FROM review WHERE $1 IS NULL OR sku = $1 GROUP BY sku ORDER BY count(*) DESC, sku""",
            [sku, GOOD_SHARE],
        ).fetchall()
    return [
        Reviewed(item, count, _average(share, count), good, _good_share(good, count), first, last)
        for item, count, share, good, first, last in rows
    ]


def _check(con: duckdb.DuckDBPyConnection, sku: str | None) -> None:
    if sku is None:
        return
    known = [str(item) for (item,) in con.execute("SELECT DISTINCT sku FROM review").fetchall()]
    if sku not in known:
        raise NotFound(
            "no-such-item", f"no review is of item '{sku}'{closest(sku, known)}", hint="See `earnest review summary`."
        )


def _average(share: float, count: int) -> Figure:
    if count < FEWEST:
        return _too_few(count)
    return Estimate(share * OF, "stars", n=count, population="reviews told of the item; their writers chose to write")


def _good_share(good: int, count: int) -> Figure:
    if count < FEWEST:
        return _too_few(count)
    low, high = wilson_limits(good, count, LEVEL)
    return Estimate(
        good / count,
        "share",
        low,
        high,
        LEVEL,
        "wilson",
        count,
        "reviews told of the item; their writers chose to write",
    )


def _too_few(count: int) -> Unavailable:
    return Unavailable("too-few-reviews", f"{count} reviews are too few for an average", f"Wait for {FEWEST}.")
