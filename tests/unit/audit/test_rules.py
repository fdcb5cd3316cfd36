"""Effects by hand: what coincidence explains, ranges, and the recomputation of one order."""

from __future__ import annotations

import pytest
from scipy import stats

from earnest.audit.check import find_check
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.recompute import baseline
from earnest.audit.rules import true_share
from earnest.audit.run import run
from earnest.kernel.estimate import Estimate
from earnest.usecases.quality_ground import lay_ground
from simulation.audit_world import DAY, HOUR, MARGIN, START, World, declared, opened


def test_coincidence_is_taken_off() -> None:
    """60 coincidences in windows six times as wide explain 10 of 100 found; the ends are a negative binomial's."""
    share = true_share(100, 60, 6, 0.95)
    assert share.value == pytest.approx(0.9)
    low, high = stats.nbinom.ppf([0.025, 0.975], 60.5, 6 / 7)
    assert (share.low, share.high) == pytest.approx((1 - high / 100, 1 - low / 100))
    assert true_share(5, 600, 6, 0.95).low == 0.0
    assert true_share(0, 0, 6, 0.95).value == 0.0


def test_ranges_add_up_together_or_apart() -> None:
    one, other = Change(Range(10, 7, 13)), Change(Range(20, 16, 24))
    together = Effects({"a": one, "b": other}, "chance").contribution({"a": 0.5, "b": 0.5})
    apart = Effects({"a": one, "b": other}, "prediction").contribution({"a": 0.5, "b": 0.5})
    assert (together.value, together.low, together.high) == pytest.approx((15, 11.5, 18.5))
    assert (apart.value, apart.low, apart.high) == pytest.approx((15, 12.5, 17.5))  # √(1.5² + 2²) = 2.5
    cost = Change(Range.exact(10), Range(4, 3, 6)).contribution(0.5)
    assert (cost.value, cost.low, cost.high) == (1, -1, 2)
    assert Range.between(0, -8) == Range(-4, -8, 0)


@pytest.fixture
def small() -> World:
    """One person, one message of 0.08, one click, then orders of 40.00 and (a test) 60.00."""
    world = World(1, None, state=declared())  # type: ignore[arg-type]
    world.tell("label", occurred_us=START, label_key=1, channel="whatsapp", template="spring_a", category="marketing")
    key = world.message(5, 1, START + 10 * HOUR)
    world.click(5, key, START + 11 * HOUR)
    world.order(5, START + 12 * HOUR, 4_000)
    world.order(5, START + 13 * HOUR, 6_000, coupon="TEST")
    world.order(None, START + 14 * HOUR, 2_000)
    world.now_us = START + 20 * DAY
    return world


def test_effect_of_a_test_order_is_its_credit_times_margin(small: World) -> None:
    with opened(small) as tables:
        ground = lay_ground(tables)
        assert baseline(ground) == {"plain": 10_000}
        result = run(ground, find_check("orders-test"))
        assert baseline(ground) == {"plain": 10_000}  # nothing was changed
    assert isinstance(result.effect, Estimate)
    assert result.effect.value == pytest.approx(60 * float(MARGIN))
    assert (result.effect.low, result.effect.high, result.effect.method) == (
        result.effect.value,
        result.effect.value,
        "exact",
    )
    assert [one.campaign for one in result.campaigns] == ["plain"]
    assert (result.rows, result.tested, result.passed) == (1, 3, False)


def test_effect_of_unmatched_orders_is_what_the_known_ones_brought(small: World) -> None:
    """On that day every known order is credited in full, so the 20.00 would have been too: 8.00 of profit are missing."""
    with opened(small) as tables:
        result = run(lay_ground(tables), find_check("orders-unmatched"))
    assert isinstance(result.effect, Estimate)
    assert result.effect.value == pytest.approx(-20 * float(MARGIN))
    assert result.effect.method == "prediction"


def daily(amounts: dict[int, int]) -> World:
    """One person who clicks and orders on the days told (minor units), and guests two days before and after."""
    world = World(1, None, state=declared())  # type: ignore[arg-type]
    world.tell("label", occurred_us=START, label_key=1, channel="whatsapp", template="spring_a", category="marketing")
    key = world.message(5, 1, START + 10 * HOUR)
    for day, minor in amounts.items():
        world.click(5, key, START + day * DAY + 11 * HOUR)
        world.order(5, START + day * DAY + 12 * HOUR, minor)
    for day in (min(amounts) - 2, min(amounts) - 1, max(amounts) + 1, max(amounts) + 2):
        world.order(None, START + day * DAY + 12 * HOUR, 1_000)
    return world


def missing(world: World, day: int) -> Range:
    """Attributed revenue that the missing day adds, as the check on gaps tells it."""
    with opened(world) as tables:
        ground = lay_ground(tables)
        tables.con.execute(f"CREATE TEMP TABLE gone AS SELECT CAST({START // DAY + day} AS BIGINT) AS key")
        effects = find_check("source-gaps").effect(ground, "gone")
    assert isinstance(effects, Effects)
    return effects.by_campaign["plain"].attributed


def test_a_missing_day_is_the_mean_of_its_neighbours_as_far_off_as_days_that_are_known() -> None:
    """10.00 a day but for day 13 of 3 to 27: of 26 known days the mean of two misses days 2, 3, 27 and 28 alone, by 5.00.

    A day with mean m misses by up to 5.00 in deviations √(10 · (5 + 10)), so one with 10.00 by 5.00 · √(10 · 20 / (10 · 15)).
    """
    found = missing(daily({day: 1_000 for day in range(3, 28) if day != 13}), 13)
    assert (found.value, found.low, found.high) == pytest.approx(
        (-10, -10 - 5 * (4 / 3) ** 0.5, -10 + 5 * (4 / 3) ** 0.5)
    )


def test_where_few_days_tell_how_far_the_mean_of_two_misses_it_is_what_chance_makes_at_least() -> None:
    """10.00, 30.00, nothing known, 50.00: the amount is 3,500 ÷ 90; five days are fewer than the 19 that 95 % ask for."""
    found = missing(daily({3: 1_000, 4: 3_000, 6: 5_000}), 5)
    amount = 3_500 / 90
    chance = 1.959964 * 1.5**0.5 * (amount * (40 + amount)) ** 0.5
    assert (found.value, found.low, found.high) == pytest.approx((-40, -40 - chance, -40 + chance), rel=1e-6)


def test_without_a_margin_the_effect_is_revenue_less_cost(small: World) -> None:
    del small.state.settings["margin"]
    with opened(small) as tables:
        ground = lay_ground(tables)
        result = run(ground, find_check("orders-test"))
    assert not ground.margin_known
    assert isinstance(result.effect, Estimate)
    assert result.effect.value == pytest.approx(60)


def test_a_message_left_out_takes_its_credit_and_its_price_along(small: World) -> None:
    """Sent after an opt-out: without it 100.00 less revenue, 0.08 less cost."""
    small.tell("opt", contact_key=5, occurred_us=START + HOUR, direction="out", door="keyword")
    with opened(small) as tables:
        result = run(lay_ground(tables), find_check("consent-withdrawn"))
    assert isinstance(result.effect, Estimate)
    assert result.effect.value == pytest.approx(100 * float(MARGIN) - 0.08)
    assert isinstance(result.cost, Estimate)
    assert result.cost.value == pytest.approx(0.08)
