"""What is typical of a campaign's KPI: its own workspace's earlier campaigns first, then rows brought by hand, then published ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from earnest.definitions.campaign import UNASSIGNED
from earnest.definitions.state import State
from earnest.kernel.money import MICRO_PER_MAJOR
from earnest.kpis.benchmarks import Benchmark, comparable
from earnest.kpis.benchmarks_history import Typical, from_rows, own_history
from earnest.kpis.benchmarks_own import own_benchmark
from earnest.kpis.catalogue import find, story_kpis
from earnest.kpis.kpi import Kpi
from earnest.usecases.measure import Measured


@dataclass(frozen=True, slots=True)
class Beside:
    """What campaigns of a workspace are held against.

    Args:
        measured: every campaign. rows: the workspace's own benchmarks.
        chosen: the KPIs that the settings put first, where somebody has set them.
    """

    measured: Mapping[str, Measured]
    rows: tuple[Benchmark, ...] = ()
    chosen: tuple[Kpi, ...] = ()

    @property
    def shown(self) -> list[Kpi]:
        """KPIs of a story: the chosen ones first."""
        return list({kpi.id: kpi for kpi in (*self.chosen, *story_kpis())}.values())


def beside_of(state: State, measured: Mapping[str, Measured], day: date) -> Beside:
    """What campaigns are held against, by the settings of a day."""
    names = [
        name
        for setting in ("headline_kpis", "secondary_kpis")
        if state.settings.get(setting)
        for name in (state.setting(setting, day) or "").split(", ")
        if name
    ]
    return Beside(measured, own_rows(state), tuple(find(name) for name in names))


def own_rows(state: State) -> tuple[Benchmark, ...]:
    """The workspace's own benchmarks, by id."""
    return tuple(own_benchmark(row) for _, row in sorted(state.benchmarks.items()))


def typical_of(kpi: Kpi, one: Measured, beside: Beside, currency: str) -> Typical | None:
    """The range a KPI of a campaign is held against; None where nothing comparable is known.

    A sum has none: it says how large a campaign is, not how good. Nor has a campaign of several channels.
    """
    if kpi.denominator is None or len(one.channels) != 1:
        return None
    history = own_history(
        [value for name in peers_of(one, beside) if (value := _plain(kpi, beside.measured[name])) is not None]
    )
    if history is not None or kpi.comparable is None:
        return history
    money = currency if kpi.unit == "money" else None
    return from_rows(comparable(kpi.id, kpi.comparable, channel=one.channels[0], currency=money, own=beside.rows))


def peers_of(one: Measured, beside: Beside) -> list[str]:
    """Earlier campaigns of the same channel and purpose: begun before it, by the day of the first send."""
    if one.first_day is None:
        return []
    return [
        name
        for name, other in beside.measured.items()
        if name not in (UNASSIGNED, one.campaign.id)
        and other.first_day is not None
        and other.first_day < one.first_day
        and (other.channels, other.campaign.purpose) == (one.channels, one.campaign.purpose)
    ]


def _plain(kpi: Kpi, one: Measured) -> float | None:
    """The figure of a ratio without its interval; None where it has none, or too small a denominator to be a peer."""
    above, below = kpi.measures or ("", None)
    if below is None or not {above, below} <= one.measures.keys():
        return None
    n = one.measures[below]
    costs = "cost" in above or "cost" in below
    if n <= 0 or n < kpi.minimum_n or (costs and one.cost.unrated):
        return None
    factor = {"money": 1 / float(MICRO_PER_MAJOR), "points": 100.0}.get(kpi.unit, 1.0)
    return one.measures[above] / n * factor
