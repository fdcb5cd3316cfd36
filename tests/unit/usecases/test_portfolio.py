"""All campaigns together: exact spend by verdict, and independent estimates added in squares."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kernel.money import Money
from earnest.usecases.portfolio import portfolio
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict
from unit.reports import stories


def story(
    verdict: Verdict, cost: int, contribution: tuple[float, float, float] | None = None, **more: Any
) -> CampaignStory:
    made = replace(
        stories.gain(), verdict=verdict, running=False, cost_total=Money(cost, "EUR"), level=0.95, returns={}
    )
    if contribution is not None:
        value, low, high = contribution
        made = replace(made, returns={"contribution": Estimate(value, "EUR", low, high, 0.95, basis="incremental")})
    return replace(made, **more)


def test_spend_under_each_verdict_and_the_share_that_is_proven() -> None:
    found = portfolio(
        [
            story(Verdict.PROVEN_GAIN, 30_000, (100.0, 40.0, 160.0)),
            story(Verdict.PROVEN_LOSS, 20_000, (-50.0, -90.0, -10.0)),
            story(Verdict.NO_HOLDOUT, 50_000),
            story(Verdict.NOT_JUDGED_BY_ROI, 70_000),
        ],
        "EUR",
    )
    assert found.total == Money(170_000, "EUR")
    assert found.spent[Verdict.NO_HOLDOUT] == Money(50_000, "EUR")
    assert found.counts[Verdict.WITHHELD] == 0
    assert isinstance(found.proven, Estimate)
    assert found.proven.value == pytest.approx(0.3)  # 300 of 1,000: what is not judged by return is not in it


def test_the_sum_takes_every_read_out_whatever_came_of_it() -> None:
    found = portfolio(
        [
            story(Verdict.PROVEN_GAIN, 1, (100.0, 70.0, 130.0)),
            story(Verdict.INCONCLUSIVE, 1, (-20.0, -60.0, 20.0)),
            story(Verdict.INCONCLUSIVE, 1, (500.0, 100.0, 900.0), running=True),
            story(Verdict.WITHHELD, 1, (900.0, 800.0, 1000.0)),
        ],
        "EUR",
    )
    total = found.contribution
    assert isinstance(total, Estimate)
    assert (total.value, total.level, total.n) == (80.0, 0.95, 2)
    assert total.low == pytest.approx(80 - math.hypot(30, 40))  # half widths of 30 and 40: 50 together
    assert total.high == pytest.approx(130.0)
    assert found.measured == 2
    assert found.by_chance == pytest.approx(0.1)


def test_nothing_measured_is_no_zero() -> None:
    found = portfolio([story(Verdict.NO_HOLDOUT, 0)], "EUR")
    assert isinstance(found.contribution, Unavailable)
    assert isinstance(found.proven, Unavailable)
