"""The return with its total interval: sampling and defects together, by Monte Carlo; see `audit.uncertainty`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from earnest.audit.ground import Ground
from earnest.audit.recompute import MODEL
from earnest.audit.result import CheckResult
from earnest.audit.score import GradeFacts
from earnest.audit.uncertainty import Defects, Share, TotalInterval, total_interval
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.usecases.campaigns_met import campaigns_met
from earnest.usecases.costs import campaign_costs
from earnest.usecases.quality_capture import captured
from earnest.usecases.quality_facts import matched
from earnest.usecases.tables import Tables

METHOD = "monte-carlo"


def defects_of(tables: Tables, ground: Ground, facts: GradeFacts) -> Defects:
    """Duplicates by the audit, capture as declared (all of them, where nobody declared it), match by the orders themselves."""
    whole, known = matched(ground)
    told = captured(tables)
    doubled = round(facts.duplicate_share * whole)
    return Defects(
        Share.of(doubled, whole) if doubled else Share.exactly(0.0),
        told.share if told is not None else Share.exactly(1.0, known=False),
        Share.of(known, whole) if known < whole else Share.exactly(1.0),
    )


def total_return(
    tables: Tables, ground: Ground, facts: GradeFacts, results: Sequence[CheckResult], *, campaign: str | None
) -> Figure:
    """Attributed gross profit per unit of cost, corrected for what the audit knows, with the interval of everything.

    `population` tells the uncorrected point and the interval of sampling alone.
    Unavailable: `no-cost`, `no-revenue`, `nobody-known`.
    """
    found = total_of(tables, ground, facts, results, campaign=campaign)
    if isinstance(found, Unavailable):
        return found
    words = (
        f"corrected by ×{found.factor:.4f}; as observed {found.observed:.2f},"
        f" of sampling alone {found.sampling[0]:.2f} to {found.sampling[1]:.2f}"
    )
    return Estimate(
        found.value,
        "ratio",
        low=found.low,
        high=found.high,
        level=found.level,
        method=METHOD,
        population=words,
        basis="attributed",
        definition="total_interval@1",
    )


def total_of(
    tables: Tables, ground: Ground, facts: GradeFacts, results: Sequence[CheckResult], *, campaign: str | None
) -> TotalInterval | Unavailable:
    """The numbers of `total_return`."""
    if facts.match_rate == 0:
        return Unavailable("nobody-known", "no order names its customer", "Map the order file's phone or mail column.")
    revenue, margin = _revenue(ground, campaign)
    if not revenue[0]:
        return Unavailable("no-revenue", "no order is credited to a message", "Import orders and messages first.")
    costs = campaign_costs(tables, [campaign] if campaign is not None else list(campaigns_met(tables)))
    cost = sum(one.micro for one in costs.values()) / 1e6
    off = next((one.cost for one in results if one.code == "invoice-differs"), None)
    ends = (cost, cost - off.value * 2) if isinstance(off, Estimate) else (cost, cost)
    if min(ends) <= 0:
        return Unavailable("no-cost", "the cost is 0, so there is no return on it", "Add the costs: earnest cost add.")
    defects = defects_of(tables, ground, facts)
    return total_interval(revenue, ends, defects, margin=margin, level=ground.level)


def _revenue(ground: Ground, campaign: str | None) -> tuple[tuple[float, float], float]:
    """Attributed revenue with its standard error (orders come by chance: √Σ credit²), and the margin on it."""
    rows = ground.con.execute(
        "SELECT l.campaign, sum(c.credit_minor), sum(CAST(c.credit_minor AS DOUBLE) * c.credit_minor) FROM credit AS c"
        " JOIN label_campaign AS l ON c.label_key = l.label_key WHERE c.model = $1 AND c.message_key IS NOT NULL GROUP BY ALL ORDER BY 1",
        [MODEL],
    ).fetchall()
    mine = [row for row in rows if campaign is None or row[0] == campaign]
    scale = ground.minor_per_major
    value = sum(float(minor) for _, minor, _ in mine) / scale
    profit = sum(float(minor) * ground.margin(name) for name, minor, _ in mine) / scale
    error = math.sqrt(sum(float(squares) for _, _, squares in mine)) / scale
    return (value, error), profit / value if value else 1.0
