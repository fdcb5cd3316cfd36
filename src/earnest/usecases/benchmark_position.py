"""A campaign's KPI among comparable ones: raw and shrunk with its weight, the share of peers it lies above, what is typical.

peers   own earlier campaigns of the same channel and purpose; where there are too few, rows of the same definition
prior   all campaigns of the same channel and purpose, this one too
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from scipy import special

from earnest.definitions.campaign import UNASSIGNED
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kpis.benchmarks import Benchmark, comparable
from earnest.kpis.benchmarks_history import Peer, Standing, Typical, standing
from earnest.kpis.benchmarks_shrinkage import (
    FEWEST_PEERS,
    Shrunk,
    beta_prior,
    gamma_prior,
    normal_prior,
    shrink_count,
    shrink_lift,
    shrink_rate,
)
from earnest.kpis.catalogue import find
from earnest.kpis.kpi import Kpi, evaluate
from earnest.usecases.benchmark_typical import Beside, beside_of, peers_of, typical_of
from earnest.usecases.campaigns_met import check_met
from earnest.usecases.judge_lines import kpi_scope
from earnest.usecases.kpi_sums import Cut, Group, sums
from earnest.usecases.kpi_supplied import supply
from earnest.usecases.measure import Measured, measure_all, measures_of
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Position:
    """Where a campaign's KPI stands.

    Args:
        shrunk: the figure drawn towards its peers', with the weight of its own data. group: campaigns the prior was made from.
        standing: share of comparable figures it lies above. among: what they are. peers: own campaigns begun before it.
        typical: the range it is held against in its story.
    """

    kpi: Kpi
    campaign: str
    channels: tuple[str, ...]
    purpose: str
    figure: Figure
    shrunk: Shrunk | Unavailable
    group: int
    standing: Standing | Unavailable
    among: Literal["own-history", "rows", "none"]
    peers: tuple[Peer, ...]
    typical: Typical | None
    level: float

    def to_json(self) -> dict[str, Any]:
        return {
            "kpi": self.kpi.definition,
            "campaign": self.campaign,
            "channels": list(self.channels),
            "purpose": self.purpose,
            "figure": self.figure.to_json(),
            "shrunk": self.shrunk.to_json()
            if isinstance(self.shrunk, Unavailable)
            else _shrunk_json(self.shrunk, self.level),
            "group": self.group,
            "benchmark_position": self.standing.to_json()
            if isinstance(self.standing, Unavailable)
            else _standing_json(self.standing, self.level),
            "among": self.among,
            "peers": [{"campaign": one.campaign, "figure": one.figure.to_json()} for one in self.peers],
            "typical": None if self.typical is None else _typical_json(self.typical),
        }


def position(workspace: Workspace, kpi_id: str, campaign: str) -> Position:
    """Where a KPI of a campaign stands.

    Raises:
        NotFound: `no-such-kpi`, `no-such-campaign`. UsageError: `not-by-dimension`: a KPI of the whole workspace.
    """
    kpi = find(kpi_id)
    if kpi.id == "benchmark_position":
        raise UsageError("needs-kpi", "a standing is that of another KPI", hint="Name it: click_through_rate, roas …")
    with open_tables(workspace) as tables:
        measured = measure_all(tables)
        check_met(measured, campaign)
        one, beside = measured[campaign], beside_of(tables.state, measured, tables.day)
        level = float(tables.state.setting("level", tables.day) or "0.95")
        alike = _alike(one, beside)
        figures = _figures(workspace, tables, kpi, {name: measured[name] for name in (*alike, campaign)}, level=level)
        typical = typical_of(kpi, one, beside, tables.state.currency)
    figure = figures[campaign].figure
    earlier = [figures[name] for name in peers_of(one, beside)]
    rows = _row_values(kpi, one, figure, beside) if isinstance(figure, Estimate) else []
    standing_, among = _standing(kpi, figure, earlier, rows, level=level)
    shrunk = _shrunk(kpi, figures[campaign], list(figures.values()), level=level)
    return Position(
        kpi, campaign, one.channels, one.campaign.purpose, figure, shrunk, len(figures), standing_, among,
        tuple(earlier), typical, level,
    )  # fmt: skip


def _alike(one: Measured, beside: Beside) -> list[str]:
    """Other campaigns of the same channel and purpose, whenever they were sent."""
    return [
        name
        for name, other in beside.measured.items()
        if name not in (UNASSIGNED, one.campaign.id)
        and other.first_day is not None
        and (other.channels, other.campaign.purpose) == (one.channels, one.campaign.purpose)
    ]


def _figures(
    workspace: Workspace, tables: Tables, kpi: Kpi, campaigns: dict[str, Measured], *, level: float
) -> dict[str, Peer]:
    if kpi.measures is None:
        return {name: Peer(name, supply(workspace, tables, kpi, campaign=name, known=campaigns)) for name in campaigns}
    found = sums(tables, (*measures_of(kpi), "delivered"), Cut(by=("campaign",)))
    peers = {}
    for name, one in campaigns.items():
        own = found.get((name,), Group()).sums or dict.fromkeys((*measures_of(kpi), "delivered"), 0)
        own |= {key: one.measures[key] for key in own if key in one.measures}
        figure = evaluate(kpi, own, kpi_scope(tables, one, level))
        above, below = kpi.measures
        counted = kpi.unit in ("share", "count")
        peers[name] = Peer(
            name,
            figure,
            own[above] if counted else None,
            (own[below] if below else own["delivered"]) if counted else None,
        )
    return peers


def _standing(
    kpi: Kpi, figure: Figure, earlier: list[Peer], rows: list[float], *, level: float
) -> tuple[Standing | Unavailable, Literal["own-history", "rows", "none"]]:
    if isinstance(figure, Unavailable):
        return figure, "none"
    if kpi.denominator is None:
        why = f"{kpi.id} says how large a campaign is, not how good"
        return Unavailable("not-a-rate", why, "Ask for a rate of it: a KPI with a denominator."), "none"
    interval = (figure.low, figure.high) if figure.low is not None and figure.high is not None else None
    values = [peer.figure.value for peer in earlier if isinstance(peer.figure, Estimate) and _large(kpi, peer.figure)]
    if len(values) < FEWEST_PEERS <= len(rows):
        return standing(figure.value, rows, interval=interval, level=level), "rows"
    return standing(figure.value, values, interval=interval, level=level), "own-history"


def _large(kpi: Kpi, figure: Estimate) -> bool:
    return figure.n is None or figure.n >= kpi.minimum_n


def _row_values(kpi: Kpi, one: Measured, figure: Estimate, beside: Beside) -> list[float]:
    """One value a benchmark row of the same definition: its typical one, else the middle of its range."""
    if kpi.comparable is None or len(one.channels) != 1:
        return []
    currency = figure.unit if kpi.unit == "money" else None
    rows = comparable(kpi.id, kpi.comparable, channel=one.channels[0], currency=currency, own=beside.rows)
    return [value for row in rows if (value := _middle(row)) is not None]


def _middle(row: Benchmark) -> float | None:
    if row.typical is not None:
        return float(row.typical)
    return None if row.span is None else float(sum(row.span)) / 2


def _shrunk(kpi: Kpi, one: Peer, group: list[Peer], *, level: float) -> Shrunk | Unavailable:
    figure = one.figure
    if isinstance(figure, Unavailable):
        return figure
    told = [peer for peer in group if isinstance(peer.figure, Estimate)]
    if one.above is not None and one.below is not None:
        return _counts(kpi, one, [peer for peer in told if peer.below], level=level)
    sized = [
        (peer.figure.value, error)
        for peer in told
        if isinstance(peer.figure, Estimate) and (error := _error(peer.figure))
    ]
    error = _error(figure)
    if error is None:
        return Unavailable(
            "no-variance",
            f"{kpi.id} has no interval, so nobody knows how far chance moves it",
            "Read the standing instead; rates, counts and lifts are shrunk.",
        )
    if len(sized) < FEWEST_PEERS:
        return _too_few(len(sized))
    return shrink_lift(normal_prior(*zip(*sized, strict=True)), figure.value, error, level=level)


def _counts(kpi: Kpi, one: Peer, told: list[Peer], *, level: float) -> Shrunk | Unavailable:
    """Rates by beta–binomial; what can pass the whole, and counts per delivered message, by gamma–Poisson."""
    assert one.above is not None
    if not one.below:
        return Unavailable("empty-denominator", "nothing was delivered to count it over", "Wait for data.")
    if len(told) < FEWEST_PEERS:
        return _too_few(len(told))
    above, below = [peer.above or 0 for peer in told], [peer.below or 0 for peer in told]
    if kpi.unit == "share" and all(x <= n for x, n in zip(above, below, strict=True)):
        return shrink_rate(beta_prior(above, below), one.above, one.below, level=level)
    return shrink_count(gamma_prior(above, below), one.above, one.below, level=level)


def _too_few(n: int) -> Unavailable:
    return Unavailable(
        "too-few-peers",
        f"{n} comparable campaigns, and a prior needs {FEWEST_PEERS}",
        "Wait for more campaigns of the same channel and purpose.",
    )


def _error(figure: Estimate) -> float | None:
    """Standard error behind a symmetric interval; None where there is none."""
    if figure.low is None or figure.high is None or figure.level is None:
        return None
    return (figure.high - figure.low) / 2 / float(special.ndtri((1 + figure.level) / 2))


def _shrunk_json(one: Shrunk, level: float) -> dict[str, Any]:
    prior = {
        "family": one.prior.family,
        "a": one.prior.a,
        "b": one.prior.b,
        "mean": one.prior.mean,
        "campaigns": one.prior.peers,
    }
    return {
        "raw": one.raw, "shrunk": one.shrunk, "weight": one.weight, "low": one.low, "high": one.high, "level": level, "prior": prior,
    }  # fmt: skip


def _standing_json(one: Standing, level: float) -> dict[str, Any]:
    return {
        "percentile": 100 * one.share,
        "low": 100 * one.low,
        "high": 100 * one.high,
        "level": level,
        "peers": one.peers,
    }


def _typical_json(one: Typical) -> dict[str, Any]:
    return {"low": one.low, "high": one.high, "source": one.source, "count": one.count, "words": one.words}
