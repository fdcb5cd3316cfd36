"""Exact money: ISO 4217 exponents, reading, rounding once, and splits that Python and SQL do alike."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earnest.kernel.errors import CurrencyMismatch, UsageError
from earnest.kernel.money import Money, exponent, split
from earnest.warehouse import duck

WEIGHTS = st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("JPY", 0), ("KRW", 0), ("CLP", 0), ("EUR", 2), ("USD", 2), ("KWD", 3), ("BHD", 3), ("TND", 3), ("CLF", 4)],
)
def test_exponents_are_those_of_iso_4217(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("100", "JPY", 100), ("100.00", "JPY", 100), ("12.5", "EUR", 1250), ("-0.01", "EUR", -1), ("0", "EUR", 0),
        ("1.234", "KWD", 1234), ("1.2345", "CLF", 12345), (Decimal("1E+2"), "EUR", 10_000), (7, "EUR", 700),
    ],
)  # fmt: skip
def test_amounts_are_read_exactly(amount: str | int | Decimal, currency: str, minor: int) -> None:
    assert Money.of(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        ("0.5", "JPY", "too-many-decimals"), ("0.005", "EUR", "too-many-decimals"), ("1e3", "EUR", "not-an-amount"),
        ("1,5", "EUR", "not-an-amount"), ("", "EUR", "not-an-amount"), ("NaN", "EUR", "not-an-amount"),
        ("٣", "EUR", "not-an-amount"), ("1", "EURO", "unknown-currency"), ("1", "eur", "unknown-currency"),
        ("99999999999999", "EUR", "amount-too-large"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(amount: str, currency: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        Money.of(amount, currency)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("micro", "currency", "minor"),
    [(5_000, "EUR", 0), (15_000, "EUR", 2), (-15_000, "EUR", -2), (25_000, "EUR", 2), (500_000, "JPY", 0), (1_500_000, "JPY", 2),
    (500, "KWD", 0), (100, "CLF", 1)],
)  # fmt: skip
def test_micro_units_round_half_to_even_once(micro: int, currency: str, minor: int) -> None:
    assert Money.from_micro(micro, currency).minor == minor


@given(st.integers(-(10**12), 10**12), st.sampled_from(["JPY", "EUR", "KWD", "CLF"]))
def test_minor_to_micro_and_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.from_micro(money.micro, currency) == money
    assert Money.of(money.decimal, currency) == money


def test_two_currencies_never_meet() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(CurrencyMismatch):
        _ = Money(1, "EUR") < Money(1, "USD")


def test_splits_by_hand() -> None:
    assert split(100, [1, 1, 1]) == [33, 33, 34]
    assert split(-100, [1, 1, 1]) == [-33, -33, -34]
    assert split(5, [0, 1, 0, 1]) == [0, 2, 0, 3]
    assert split(-7, [1, 1]) == [-3, -4]
    assert split(0, [3, 4]) == [0, 0]


@given(st.integers(-(10**12), 10**12), WEIGHTS)
def test_a_split_adds_up_and_is_fair_to_one_unit(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    assert sum(parts) == total
    assert split(-total, weights) == [-part for part in parts]
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)
        assert weight > 0 or part == 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(-(10**12), 10**12), WEIGHTS), min_size=1, max_size=5))
def test_sql_splits_as_python_does(cases: list[tuple[int, list[int]]]) -> None:
    with contextlib.closing(duck.connect()) as con:
        for total, weights in cases:
            found = con.execute(
                """SELECT list(idiv($1 * running, whole) - idiv($1 * (running - weight), whole) ORDER BY place) FROM (
                    SELECT place, weight, CAST(sum(weight) OVER (ORDER BY place) AS BIGINT) AS running, CAST(sum(weight) OVER () AS BIGINT) AS whole
                    FROM (SELECT unnest($2::BIGINT[]) AS weight, generate_subscripts($2, 1) AS place))""",
                [total, weights],
            ).fetchone()
            assert found == (split(total, weights),)
