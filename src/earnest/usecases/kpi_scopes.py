"""Scopes that KPIs are evaluated in: of whom, by what is known at the tables' instant, and what the cost behind them lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from earnest.kernel.period import moment_of
from earnest.kpis.catalogue import all_kpis
from earnest.kpis.kpi import Scope, refusals
from earnest.usecases.costs import CampaignCost
from earnest.usecases.tables import Tables


def scope_over(
    tables: Tables, population: str, connected: frozenset[str], *, level: float, channels: Iterable[str] = ()
) -> Scope:
    """A scope of all days.

    Args:
        population, connected, level: as in `Scope`. channels: that the messages went over, for what cannot be measured there.
    """
    return Scope(
        population=population,
        currency=tables.state.currency,
        level=level,
        as_of=moment_of(tables.as_of_us).isoformat(timespec="seconds"),
        period=None,
        connected=connected,
        unmeasurable=refusals(all_kpis().values(), tuple(channels)),
    )


def with_costs(scope: Scope, costs: Iterable[CampaignCost]) -> Scope:
    """A scope that knows what these campaigns' costs lack: prices of messages, rates of foreign lines."""
    given = tuple(costs)
    return replace(
        scope,
        unrated=sum(one.unrated for one in given),
        unconverted=sum(len(one.unconverted) for one in given),
    )
