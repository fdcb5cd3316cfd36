"""Customers: numbers of valid form that reach nobody, one per customer, the same in every shop."""

from __future__ import annotations

from datetime import date

import numpy as np
import phonenumbers

from earnest.simulation.people import BLOCK, RANGES, people
from earnest.simulation.plan import ShopPlan

FIRST, TODAY = date(2026, 1, 1), date(2026, 7, 1)


def test_numbers_are_valid_unique_and_of_their_country() -> None:
    group = people(ShopPlan(seed=1, customers=BLOCK, first_day=FIRST, today=TODAY, campaigns=()), 0)
    assert len(np.unique(group.digits)) == BLOCK
    assert sum(numbers.per_mille for numbers in RANGES) == 1000
    for place in [*range(1000), *range(BLOCK - 1000, BLOCK)]:
        number = phonenumbers.parse(group.phones[place].as_py())
        assert phonenumbers.is_valid_number(number)
        assert phonenumbers.region_code_for_number(number) == RANGES[group.country[place]].country


def test_american_numbers_are_of_the_555_exchange() -> None:
    group = people(ShopPlan(seed=1, customers=BLOCK, first_day=FIRST, today=TODAY, campaigns=()), 0)
    american = group.digits[group.country == len(RANGES) - 1]
    assert set(american // 10_000 % 1000) == {555}


def test_a_customer_keeps_the_number_and_activity_is_one_on_average() -> None:
    few, many = (
        people(ShopPlan(seed=seed, customers=customers, first_day=FIRST, today=TODAY, campaigns=()), block)
        for seed, customers, block in ((1, BLOCK * 2, 1), (2, BLOCK * 3, 1))
    )
    assert np.array_equal(few.digits, many.digits)
    assert abs(few.activity.mean() - 1) < 4 * few.activity.std() / np.sqrt(BLOCK)
