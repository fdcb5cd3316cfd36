"""Exchange rates: exact, dated, held so long and no longer, turned round and crossed; no rate is ever guessed."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.definitions.fx import Conversion, FxBook, FxRate, read_pair, read_rate
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Unavailable

FIRST = date(2026, 9, 1)


def rate(pair: str, value: str, on: date = FIRST, source: str = "ECB") -> FxRate:
    base, quote = pair.split("/")
    return FxRate(base, quote, on, value, source)


def book(*rates: FxRate, days: int = 7) -> FxBook:
    return FxBook(rates, days)


def found(told: Conversion | Unavailable) -> Conversion:
    assert isinstance(told, Conversion)
    return told


def test_a_pair_is_read_both_ways_exactly() -> None:
    """1 EUR = 1.25 USD: 12.50 EUR are 15.625 USD, 12.50 USD are 10 EUR."""
    rates = book(rate("EUR/USD", "1.25"))
    assert found(rates.convert("EUR", "USD", FIRST)).of(12_500_000) == 15_625_000
    assert found(rates.convert("USD", "EUR", FIRST)).of(12_500_000) == 10_000_000
    assert found(rates.convert("EUR", "EUR", FIRST)).factor == 1


def test_half_a_unit_goes_to_the_even_one() -> None:
    """1 micro at 0.5 is 0.5: 0; 3 micro are 1.5: 2; 5 are 2.5: 2; and −3 are −1.5: −2."""
    half = found(book(rate("EUR/USD", "0.5")).convert("EUR", "USD", FIRST))
    assert [half.of(amount) for amount in (1, 3, 5, -3)] == [0, 2, 2, -2]


def test_minor_units_know_their_decimals() -> None:
    """1,000 yen at EUR/JPY 160 are 6.25 EUR; 6.25 EUR are 1,000 yen; 1 KWD of 1,000 fils at 3 EUR is 3.00 EUR."""
    rates = book(rate("EUR/JPY", "160"), rate("KWD/EUR", "3"))
    assert found(rates.convert("JPY", "EUR", FIRST)).between(1_000, (0, 2)) == 625
    assert found(rates.convert("EUR", "JPY", FIRST)).between(625, (2, 0)) == 1_000
    assert found(rates.convert("KWD", "EUR", FIRST)).between(1_000, (3, 2)) == 300


def test_a_rate_holds_until_the_next_and_no_longer_than_it_may() -> None:
    rates = book(rate("EUR/USD", "1.10"), rate("EUR/USD", "1.20", FIRST + timedelta(days=3)), days=5)
    factors = [rates.convert("EUR", "USD", FIRST + timedelta(days=day)) for day in range(-1, 9)]
    held = [one.factor if isinstance(one, Conversion) else one.code for one in factors]
    first, second = Fraction(11, 10), Fraction(6, 5)
    assert held == ["no-rate", first, first, first, second, second, second, second, second, "no-rate"]
    last = factors[-1]
    assert isinstance(last, Unavailable)
    assert "2026-09-08" in last.reason, "until when the last one held"
    assert "earnest fx set EUR/USD" in last.remedy


def test_of_two_rates_for_a_day_the_later_told_holds_and_of_two_directions_the_fresher() -> None:
    corrected = book(rate("EUR/USD", "1.1"), rate("EUR/USD", "1.3"))
    assert found(corrected.convert("EUR", "USD", FIRST)).factor == Fraction(13, 10)
    turned = book(rate("EUR/USD", "1.1"), rate("USD/EUR", "0.5", FIRST + timedelta(days=1)))
    assert found(turned.convert("EUR", "USD", FIRST + timedelta(days=1))).factor == 2
    assert found(turned.convert("EUR", "USD", FIRST)).factor == Fraction(11, 10)


def test_two_currencies_meet_through_a_third() -> None:
    """1 EUR = 1.10 USD = 11 SEK: 1 USD = 10 SEK. Both rates are told with it."""
    rates = book(rate("EUR/USD", "1.10"), rate("EUR/SEK", "11"))
    crossed = found(rates.convert("USD", "SEK", FIRST))
    assert crossed.factor == 10
    assert [f"{one.base}/{one.quote}" for one in crossed.rates] == ["EUR/USD", "EUR/SEK"]
    stale = book(rate("EUR/USD", "1.10"), rate("EUR/SEK", "11", FIRST - timedelta(days=7)))
    assert isinstance(stale.convert("USD", "SEK", FIRST), Unavailable), "one of the two is too old"


@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15), st.integers(1, 10**9), st.integers(0, 12))
def test_a_sum_converted_is_the_converted_parts_but_for_one_unit(
    one: int, other: int, digits: int, places: int
) -> None:
    by = Conversion("EUR", Fraction(digits, 10**places), ())
    assert abs(by.of(one + other) - by.of(one) - by.of(other)) <= 1
    assert by.of(-one) == -by.of(one)


@pytest.mark.parametrize("text", ["", "EUR", "EURUSD", "EUR/EUR", "EUR/XXX", "EUR/US", "EU R/USD"])
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_pair(text)


@pytest.mark.parametrize("text", ["0", "-1", "1,08", "1e3", "nan", "", "1.0832100000001", "0.000"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_rate(text)
    assert refused.value.code == "bad-rate"


def test_a_rate_is_kept_as_told_without_idle_zeros() -> None:
    assert (read_rate(" 1.0832 "), read_rate("11.050"), read_rate("160"), read_rate("100.0")) == (
        "1.0832",
        "11.05",
        "160",
        "100",
    )
