"""Effects by hand: what coincidence explains, ranges, and the recomputation of one order."""

from __future__ import annotations

import numpy
import pytest
from scipy import stats

from earnest.audit import missing_days
from earnest.audit.check import find_check
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.missing_days import Cells, miss, predicted
from earnest.audit.recompute import baseline
from earnest.audit.rules import true_share
from earnest.audit.run import run
from earnest.kernel.estimate import Estimate
from earnest.usecases.quality_ground import lay_ground
from simulation.audit_world import DAY, HOUR, MARGIN, PLAIN_DAY, START, World, clean, declared, opened


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


def daily(days: range, *, missing: int) -> World:
    """One person who clicks and orders for 10.00 on each of the days, but for the missing one, and guests around."""
    world = World(1, None, state=declared())  # type: ignore[arg-type]
    world.tell("label", occurred_us=START, label_key=1, channel="whatsapp", template="spring_a", category="marketing")
    key = world.message(5, 1, START + 10 * HOUR)
    for day in days:
        world.click(5, key, START + day * DAY + 11 * HOUR)
        if day != missing:
            world.order(5, START + day * DAY + 12 * HOUR, 1_000)
    for day in (days.start - 2, days.start - 1):
        world.order(None, START + day * DAY + 12 * HOUR, 1_000)
    return world


def told(world: World, day: int) -> dict[str, Range]:
    """Attributed revenue that the missing day adds by campaign, as the check on gaps tells it."""
    with opened(world) as tables:
        ground = lay_ground(tables)
        tables.con.execute(f"CREATE TEMP TABLE gone AS SELECT CAST({START // DAY + day} AS BIGINT) AS key")
        effects = find_check("source-gaps").effect(ground, "gone")
    assert isinstance(effects, Effects)
    return {name: one.attributed for name, one in effects.by_campaign.items()}


def test_a_missing_day_brings_what_a_touch_of_its_age_brings_on_others() -> None:
    """Whoever clicked an hour ago has bought for 10.00 on every known day, so on the missing one too; 24 orders tell it."""
    found = told(daily(range(3, 28), missing=13), 13)["plain"]
    assert found.value == pytest.approx(-10)
    deviation = (10 * 15 + 100 / 25 + 100 / 25) ** 0.5
    assert found.sides == pytest.approx((1.959964 * deviation, 1.959964 * deviation), rel=1e-6)


def test_a_day_on_which_nobody_had_a_touch_brings_nothing() -> None:
    world = daily(range(3, 28), missing=13)
    world.order(None, START + 60 * DAY, 1_000)
    assert told(world, 50) == {}


def test_asking_every_second_person_tells_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than 300 people clicked, so every second is asked: half the person-days, twice the rate."""
    world = clean(12)
    world.events["order"] = [row for row in world.events["order"] if row["local_day"] != START // DAY + PLAIN_DAY]
    whole = told(world, PLAIN_DAY)["plain"]
    monkeypatch.setattr(missing_days, "MOST_PEOPLE", 300)
    assert told(world, PLAIN_DAY)["plain"].value == pytest.approx(whole.value, rel=0.25)


def cells(credit: list[float], *, exposed: float = 1.0) -> Cells:
    """Known days of one campaign and one kind of touch, and a missing one; an order weighs 100."""
    days = len(credit) + 1
    known = numpy.array([*credit, 0.0]).reshape(days, 1, 1)
    missing = numpy.arange(days) == days - 1
    return Cells(["plain"], numpy.array([3.0]), numpy.full((days, 1, 1), exposed), known, missing, 100.0)


def test_credit_of_a_missing_day_by_hand() -> None:
    """Ten person-days brought 1,000, so two bring 200; chance 100 · (200 + 50), factor and rate 200² ÷ (10 orders + 1) each."""
    whole, asked = numpy.array([[10.0]]), numpy.array([[2.0]])
    value, deviation = predicted(cells([]), whole, numpy.array([[1_000.0]]), asked)
    assert value[0] == pytest.approx(200)
    assert deviation[0] == pytest.approx((25_000 + 2 * 40_000 / 11) ** 0.5)


def two_ages(campaigns: list[str]) -> Cells:
    """Two ages of one kind of touch, and orders that weigh next to nothing."""
    none = numpy.zeros((1, len(campaigns), 2))
    return Cells(campaigns, numpy.array([3.0, 3.0]), none, none, numpy.array([True]), 1e-6)


def test_a_campaign_borrows_the_rates_of_others_times_its_own_factor() -> None:
    """The other brought 10 and 1 a person-day by age. This one, known at the later age only, brought 2 there: so 20 at the first."""
    exposed, credit = numpy.array([[0.0, 100.0], [100.0, 100.0]]), numpy.array([[0.0, 200.0], [1_000.0, 100.0]])
    value, _ = predicted(two_ages(["a", "b"]), exposed, credit, numpy.array([[5.0, 0.0], [0.0, 0.0]]))
    assert value == pytest.approx([100, 0], rel=1e-3)


def test_what_was_never_seen_is_as_uncertain_as_it_is_large() -> None:
    exposed, credit, asked = numpy.array([[50.0, 0.0]]), numpy.array([[100.0, 0.0]]), numpy.array([[0.0, 3.0]])
    value, deviation = predicted(two_ages(["a"]), exposed, credit, asked)
    assert value[0] == pytest.approx(6, rel=1e-3)
    assert deviation[0] == pytest.approx(value[0], rel=1e-2)


def test_days_that_miss_more_than_chance_make_the_interval_wider() -> None:
    assert miss(cells([200.0] * 10), 0.95) == pytest.approx(1.959964)
    assert (
        miss(cells([200.0] * 9 + [2_000.0]), 0.95) > 3
    )  # ten days are too few to tell what 95 % stay under: the worst counts
    assert miss(cells([200.0] * 39 + [2_000.0]), 0.95) == pytest.approx(1.959964)  # one of forty is within the 5 %


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
