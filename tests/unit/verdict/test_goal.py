"""The rule of goals, case by case."""

from __future__ import annotations

from decimal import Decimal

import pytest

from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kernel.money import Money
from earnest.verdict.goal import Aim, GoalStanding, stand

REACHED, NOT_REACHED = GoalStanding.REACHED, GoalStanding.NOT_REACHED
CANNOT_TELL = GoalStanding.CANNOT_TELL


def share(low: float, high: float, n: int = 1000) -> Estimate:
    return Estimate((low + high) / 2, "share", low, high, 0.95, "wilson", n)


def at_least(target: str, *, minimum_n: int = 100, closed: bool = True, grows: bool = False) -> Aim:
    return Aim(True, Decimal(target), minimum_n, closed, grows)


def at_most(target: str, *, closed: bool = True, grows: bool = False) -> Aim:
    return Aim(False, Decimal(target), 100, closed, grows)


@pytest.mark.parametrize(
    ("aim", "low", "high", "standing"),
    [
        (at_least("0.12"), 0.13, 0.15, REACHED),
        (at_least("0.12"), 0.10, 0.115, NOT_REACHED),
        (at_least("0.12"), 0.11, 0.13, CANNOT_TELL),
        (at_least("0.12"), 0.12, 0.13, CANNOT_TELL),
        (at_most("0.005"), 0.001, 0.004, REACHED),
        (at_most("0.005"), 0.006, 0.009, NOT_REACHED),
        (at_most("0.005"), 0.004, 0.006, CANNOT_TELL),
    ],
)
def test_an_interval_decides_only_if_the_target_lies_outside(
    aim: Aim, low: float, high: float, standing: GoalStanding
) -> None:
    assert stand(share(low, high), aim) == (standing, "interval")


def test_too_few_decide_nothing_however_far_the_interval_lies() -> None:
    assert stand(share(0.5, 0.9, n=99), at_least("0.12")) == (CANNOT_TELL, "too-few")
    assert stand(share(0.5, 0.9, n=100), at_least("0.12")) == (REACHED, "interval")


def test_while_answers_may_still_come_nothing_is_told() -> None:
    assert stand(share(0.13, 0.15), at_least("0.12", closed=False)) == (CANNOT_TELL, "running")


def test_no_figure_is_no_failure() -> None:
    figure = Unavailable("no-source", "nothing connected tells of clicks", "Import clicks.")
    assert stand(figure, at_least("0.12")) == (GoalStanding.UNAVAILABLE, "no-source")


def test_a_count_that_only_grows_may_arrive_early_and_never_fails_early() -> None:
    aim = at_least("5000", closed=False, grows=True)
    assert stand(Estimate(5000, "count"), aim) == (REACHED, "passed")
    assert stand(Estimate(4999, "count"), aim) == (CANNOT_TELL, "running")
    assert stand(Estimate(4999, "count"), at_least("5000")) == (NOT_REACHED, "exact")
    assert stand(Estimate(5000, "count"), at_least("5000", closed=False)) == (CANNOT_TELL, "running")


def test_money_is_compared_to_the_cent() -> None:
    def cost(amount: str, method: str = "exact") -> Estimate:
        return Estimate(float(amount), "EUR", method=method, exact=Money.of(amount, "EUR"))

    assert stand(cost("1000.00"), at_most("1000.00")) == (REACHED, "exact")
    assert stand(cost("1000.01"), at_most("1000.00")) == (NOT_REACHED, "exact")
    assert stand(cost("1000.01"), at_most("1000.00", closed=False, grows=True)) == (NOT_REACHED, "passed")
    assert stand(cost("1000.00"), at_most("1000.00", closed=False, grows=True)) == (CANNOT_TELL, "running")
    assert stand(cost("900.00", "lower bound"), at_most("1000.00")) == (CANNOT_TELL, "lower-bound")
    assert stand(cost("1000.01", "lower bound"), at_most("1000.00")) == (NOT_REACHED, "passed")
    assert stand(cost("9999999999999.99"), at_most("9999999999999.98")) == (NOT_REACHED, "exact")
