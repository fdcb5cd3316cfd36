"""How much is claimed as the window grows and weaker touches are let in: the same orders, the same model, other windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from earnest.attribution.presets import RUNGS, duration_text
from earnest.attribution.rule import rule_model
from earnest.definitions.days import Days
from earnest.kernel.errors import UsageError
from earnest.kernel.money import Money
from earnest.kernel.period import HOUR_US
from earnest.usecases.attribution_candidates import (
    Rule,
    asked_days,
    bind_candidates,
    bind_journey,
    claimed,
    labels_of,
    opened,
)
from earnest.usecases.attribution_claims import revenue_of
from earnest.usecases.campaigns_met import campaigns_met, check_met
from earnest.usecases.tables import Tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

WINDOWS = tuple(hours * HOUR_US for hours in (1, 12, 24, 72, 120, 168, 720))
KINDS = ("reply", "click", "read", "delivered")
LADDER = "any"
"""All kinds of touch at once, each message by its strongest."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is claimed when one kind of touch counts within one window, and nothing else does.

    Args:
        share: of the net revenue; None where that is not above 0.
    """

    kind: str
    window_us: int
    claimed: Money
    orders: int
    share: float | None

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "window": duration_text(self.window_us),
            "window_hours": self.window_us / HOUR_US,
            "claimed": self.claimed.to_json(),
            "orders": self.orders,
            "share_of_revenue": self.share,
        }


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Claims by kind of touch and window, under one model. campaign: None for all together."""

    model: str
    campaign: str | None
    days: Days | None
    net_revenue: Money
    lookback: dict[str, str]
    cells: tuple[Cell, ...]

    def cell(self, kind: str, window_us: int) -> Cell:
        return next(one for one in self.cells if (one.kind, one.window_us) == (kind, window_us))

    def to_json(self) -> dict[str, Any]:
        return {
            "basis": "attributed",
            "definition": "window_sensitivity@1",
            "model": self.model,
            "campaign": self.campaign,
            "period": str(self.days) if self.days else None,
            "net_revenue": self.net_revenue.to_json(),
            "lookback": self.lookback,
            "cells": [one.to_json() for one in self.cells],
        }


def window_sensitivity(
    workspace: Workspace,
    *,
    model: str = "last_touch",
    campaign: str | None = None,
    period: str | None = None,
    build: bool = True,
    progress: Progress = quiet,
) -> Sensitivity:
    """What would be claimed for each window and kind of touch.

    Args:
        model: a rule model. campaign: only what is credited to it. period: of the orders, such as `2026-09`; None for all time.

    Raises:
        UsageError: `no-such-model`, `model-by-unit`. NotFound: `no-such-campaign`.
    """
    rule = rule_model(model)
    if rule.by_unit:
        raise UsageError(
            "model-by-unit", f"{model} goes by campaign or channel, not by touch", hint="Take linear, or another model."
        )
    days = asked_days(workspace, period)
    with opened(workspace, progress, build=build) as tables:
        if campaign is not None:
            check_met(campaigns_met(tables), campaign)
        labels = list(labels_of(tables))
        widest = {(label, RUNGS[kind]): max(WINDOWS) for label in labels for kind in KINDS}
        bind_candidates(tables, [Rule(rule, widest)], days=days)
        net, _ = revenue_of(tables, days)
        cells = tuple(
            _cell(
                tables,
                Rule(rule, {(label, RUNGS[one]): width for label in labels for one in kinds}),
                Cell(kind, width, net, 0, None),
                campaign,
            )
            for kind, kinds in [*((kind, (kind,)) for kind in KINDS), (LADDER, KINDS)]
            for width in WINDOWS
        )
        lookback = lookback_in_force(tables)
    return Sensitivity(model, campaign, days, net, lookback, cells)


def lookback_in_force(tables: Tables) -> dict[str, str]:
    """Kind of touch → window in force in the workspace; kinds that do not count are left out."""
    widths = dict(tables.con.execute("SELECT rung, window_us FROM lookback").fetchall())
    return {kind: duration_text(int(widths[rung])) for kind, rung in RUNGS.items() if rung in widths}


def _cell(tables: Tables, rule: Rule, asked: Cell, campaign: str | None) -> Cell:
    """The cell that was asked for, whose `claimed` is the net revenue it is a share of."""
    bind_journey(tables, rule)
    (row,) = tables.con.execute(
        f"""SELECT CAST(COALESCE(sum(c.credit_minor), 0) AS BIGINT), count(DISTINCT c.order_key)
        FROM ({claimed(rule)}) AS c JOIN label_campaign AS l ON c.label_key = l.label_key
        WHERE $1 IS NULL OR l.campaign = $1""",
        [campaign],
    ).fetchall()
    minor, net = int(row[0]), asked.claimed
    share = minor / net.minor if net.minor > 0 else None
    return replace(asked, claimed=Money(minor, net.currency), orders=int(row[1]), share=share)
