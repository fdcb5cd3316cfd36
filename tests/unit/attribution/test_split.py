"""Weights of the rule models, and the split of money by them, on journeys that can be worked out by hand."""

from __future__ import annotations

import contextlib
from decimal import Decimal, localcontext

import pyarrow
import pytest

from earnest.attribution.rule import rule_models, stored_models
from earnest.attribution.split import DECAY_STEPS, MOST_TOUCHES, decay_table, ordered, split
from earnest.kernel.period import DAY_US
from earnest.warehouse import duck

Touch = tuple[int, int, str]
"""(rung, instant, unit)."""


def split_of(net: int, touches: list[Touch]) -> dict[str, list[int]]:
    """Credits of one conversion's touches, in order, under every rule model."""
    rules = rule_models()
    listed = ", ".join(f"credit_{rule.id}" for rule in rules)
    with contextlib.closing(duck.connect()) as con:
        columns = ("order_key", "order_day", "net_minor", "message_key", "label_key", "rung", "touch_us")
        rows = [(1, 20_000, net, place, place, rung, us) for place, (rung, us, _) in enumerate(touches)]
        con.register("touched", pyarrow.table([pyarrow.array(c) for c in zip(*rows, strict=True)], names=list(columns)))
        units = [unit for *_, unit in touches]
        con.register("units", pyarrow.table({"label_key": list(range(len(units))), "unit": units}))
        con.register("decay", decay_table())
        sql = f"WITH {ordered('touched', units='units')},\n{split(rules)} SELECT {listed} FROM split ORDER BY place"
        found = con.execute(sql).fetchall()
    return {rule.id: [int(row[i]) for row in found] for i, rule in enumerate(rules)}


def even(*units: str) -> list[Touch]:
    """Clicks a day apart."""
    return [(3, day * DAY_US, unit) for day, unit in enumerate(units)]


def test_textbook_journey_of_four() -> None:
    found = split_of(1000, even("a", "b", "a", "c"))
    assert found["first_touch"] == [1000, 0, 0, 0]
    assert found["last_touch"] == [0, 0, 0, 1000]
    assert found["linear"] == [250] * 4
    assert found["linear_unique"] == [333, 333, 0, 334]
    assert found["position_u"] == [400, 100, 100, 400]


def test_two_touches_share_alike_in_a_u_and_one_takes_all() -> None:
    assert split_of(100, even("a", "b"))["position_u"] == [50, 50]
    assert all(parts == [100] for parts in split_of(100, even("a")).values())


def test_time_decay_halves_with_each_half_life() -> None:
    touches = [(3, 0, "a"), (3, 7 * DAY_US, "b"), (3, 14 * DAY_US, "c")]
    assert split_of(700, touches)["time_decay_7d"] == [100, 200, 400]
    day = [(3, 0, "a"), (3, DAY_US, "b")]
    assert split_of(300, day)["time_decay_24h"] == [100, 200]


def test_a_touch_twenty_half_lives_old_gets_nothing_and_nothing_is_lost() -> None:
    found = split_of(-999, [(3, 0, "a"), (3, 21 * DAY_US, "b")])
    assert found["time_decay_24h"] == [0, -999]


@pytest.mark.parametrize(
    ("rungs", "w", "full_path"),
    [
        ((2, 3, 4, 3, 3), (300, 50, 300, 50, 300), (225, 225, 225, 100, 225)),  # all roles on touches of their own
        ((3, 4, 3), (333, 333, 334), (500, 250, 250)),  # nothing between: the roles share alike, those on one touch add up
        ((4, 3, 3), (600, 100, 300), (675, 100, 225)),  # the milestone is the first touch
        ((3, 3, 3), (428, 143, 429), (580, 129, 291)),  # nobody answered: the other roles are scaled up
    ],
)  # fmt: skip
def test_roles(rungs: tuple[int, ...], w: tuple[int, ...], full_path: tuple[int, ...]) -> None:
    found = split_of(1000, [(rung, day * DAY_US, "a") for day, rung in enumerate(rungs)])
    assert tuple(found["position_w"]) == w
    assert tuple(found["full_path"]) == full_path


def test_credits_add_up_for_any_money_and_journey() -> None:
    for net in (-7, -1, 0, 1, 10_001, 2**43):
        for touches in (1, 2, 3, 7, 50):
            found = split_of(net, [(1 + day % 4, day * DAY_US // 3, "abc"[day % 3]) for day in range(touches)])
            assert {model: sum(parts) for model, parts in found.items()} == dict.fromkeys(found, net)


def test_only_the_latest_thousand_touches_count() -> None:
    found = split_of(MOST_TOUCHES, [(3, day, "a") for day in range(MOST_TOUCHES + 20)])
    assert found["linear"] == [1] * MOST_TOUCHES
    assert sum(found["time_decay_7d"]) == MOST_TOUCHES


def test_decay_weights_are_rounded_powers_of_two() -> None:
    table = decay_table().to_pydict()
    with localcontext() as context:
        context.prec = 40
        half = Decimal(2) ** (Decimal(-1) / DECAY_STEPS)
        for step in (*range(0, 20_481, 997), 1, 20_480):
            assert table["weight"][step] == int((2**20 * half**step).to_integral_value())
    assert len(table["step"]) == 20 * DECAY_STEPS + 1


def test_models_that_go_by_unit_are_never_stored() -> None:
    assert {rule.id for rule in rule_models()} - {rule.id for rule in stored_models()} == {"linear_unique"}
    assert {rule.id for rule in stored_models() if rule.rows} == {"last_touch", "linear"}
