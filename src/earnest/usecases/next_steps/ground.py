"""What the rules look at, each part computed when a rule first asks: stories, alerts, fatigue, preferences, the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from earnest.definitions.campaign import UNASSIGNED
from earnest.kernel.estimate import Estimate, Figure
from earnest.kernel.money import Money
from earnest.kernel.period import instant_text
from earnest.usecases.judge import story_of
from earnest.usecases.measure import Measured, measure_all
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace
from earnest.verdict.story import CampaignStory


@dataclass(eq=False)
class Ground:
    """Open tables, and what is made of them.

    Args:
        campaign: the one asked for, or None for all.
        record: whether experiments that are due may be read, which is done once and journalled.
    """

    workspace: Workspace
    tables: Tables
    campaign: str | None = None
    record: bool = False

    @cached_property
    def measured(self) -> dict[str, Measured]:
        return measure_all(self.tables)

    @cached_property
    def stories(self) -> Mapping[str, CampaignStory]:
        """Campaigns as they are judged."""
        names = [name for name in self.measured if name != UNASSIGNED and self.campaign in (None, name)]
        return {name: story_of(self.workspace, self.tables, self.measured, name, record=self.record) for name in names}

    def money(self, amount: Money, *, population: str, definition: str, basis: str = "observed") -> Estimate:
        """An exact amount as a figure."""
        return Estimate(
            value=float(amount.decimal), unit=amount.currency, population=population, basis=basis, definition=definition,
            as_of=instant_text(self.tables.as_of_us), exact=amount,
        )  # fmt: skip

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of a query over the tables."""
        return self.tables.con.execute(sql, list(parameters)).fetchall()


def negated(figure: Estimate) -> Figure:
    """A loss as what is saved by not repeating it."""
    from dataclasses import replace

    low = -figure.high if figure.high is not None else None
    high = -figure.low if figure.low is not None else None
    exact = -figure.exact if figure.exact is not None else None
    return replace(figure, value=-figure.value, low=low, high=high, exact=exact)
