"""What the grade rests on: match rate, capture rate, duplicates, buyers, sample ratio, freshness and rung of evidence."""

from __future__ import annotations

from collections.abc import Sequence

from earnest.audit.ground import Ground
from earnest.audit.result import CheckResult
from earnest.audit.score import GradeFacts
from earnest.kernel.estimate import Estimate
from earnest.usecases.quality_capture import captured
from earnest.usecases.tables import Tables
from earnest.warehouse import duck

DUPLICATES = ("orders-across-files", "orders-across-sources")
"""Checks whose rows are orders told twice."""


def grade_facts(
    tables: Tables, ground: Ground, results: Sequence[CheckResult], *, campaign: str | None, score: float
) -> GradeFacts:
    """The facts of a workspace, or of one campaign where it has some of its own."""
    by_code = {one.code: one for one in results}
    randomised, buyers = _evidence(ground, campaign)
    told = captured(tables)
    ratio = by_code["sample-ratio-mismatch"]
    return GradeFacts(
        1 if randomised else 5,
        match_rate(ground),
        told.rate if told is not None else None,
        duplicate_share(ground, by_code["orders-across-files"], by_code["orders-across-sources"]),
        buyers,
        ratio.passed if randomised else None,
        by_code["orders-stale"].passed,
        score,
    )


def match_rate(ground: Ground) -> float | None:
    """Share of the orders whose customer is known; None without orders."""
    whole, known = matched(ground)
    return known / whole if whole else None


def matched(ground: Ground) -> tuple[int, int]:
    """Orders, and those whose customer is known."""
    row = ground.con.execute("SELECT count(*), count(contact_key) FROM conversion WHERE cancelled = 0").fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def duplicate_share(ground: Ground, *results: CheckResult) -> float:
    """Share of the orders that are told twice; of suspected pairs only what coincidence does not explain."""
    whole, _ = matched(ground)
    return min(1.0, sum(_surely(one) for one in results) / whole) if whole else 0.0


def _surely(result: CheckResult) -> float:
    """Rows of a check less those that chance explains: the effect tells how much of them counts."""
    if result.effects is None or result.effects.method != "chance" or not isinstance(result.attributed, Estimate):
        return result.rows
    return result.rows * result.effects.share if result.effects.share is not None else result.rows


def _evidence(ground: Ground, campaign: str | None) -> tuple[bool, int]:
    """Whether anything was randomised, and buyers: of the smaller arm, else those that are credited."""
    chosen = "" if campaign is None else "WHERE campaign = $1"
    given = [] if campaign is None else [campaign]
    arms = ground.con.execute(
        f"SELECT campaign, held_out, count(*) FILTER (WHERE orders > 0) FROM audit_unit {chosen} GROUP BY ALL", given
    ).fetchall()
    if arms:
        sides = [sum(int(buyers) for _, held_out, buyers in arms if held_out is side) for side in (True, False)]
        return True, min(sides)
    chosen = "" if campaign is None else "AND l.campaign = $1"
    credited = duck.scalar(
        ground.con,
        "SELECT count(DISTINCT v.contact_key) FROM credit AS c JOIN label_campaign AS l ON c.label_key = l.label_key"
        f" JOIN conversion AS v ON c.order_key = v.order_key WHERE c.model = 'last_touch' AND v.cancelled = 0 {chosen}",
        given,
    )
    return False, credited
