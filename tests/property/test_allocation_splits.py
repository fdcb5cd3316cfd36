"""Splits are exact: whatever the amounts, periods and rules, the parts of a line add up to it to the micro unit."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from earnest.kernel.money import split
from earnest.kernel.period import day_number, day_start_us
from earnest.usecases.allocation_split import _cut, span_of, upto
from earnest.usecases.cost_line import LedgerLine

BERLIN = ZoneInfo("Europe/Berlin")
START = date(2026, 3, 1)
amounts = st.integers(-(10**15), 10**15)
days = st.integers(0, 400)


def line(micro: int, first: int, length: int | None) -> LedgerLine:
    start = day_number(START) + first
    until = None if length is None else day_start_us(start + length, BERLIN)
    return LedgerLine(None, "subscription", micro, "invoiced", covers=False, from_us=day_start_us(start, BERLIN), until_us=until, description=None)  # fmt: skip


@given(amounts, st.lists(st.integers(0, 2**40), min_size=1, max_size=30).filter(any))
def test_shares_add_up_and_follow_the_weights(micro: int, weights: list[int]) -> None:
    parts = split(micro, weights)
    assert sum(parts) == micro
    whole = sum(weights)
    assert all(abs(part * whole - micro * weight) <= 2 * whole for part, weight in zip(parts, weights, strict=True)), (
        "within a unit"
    )


@given(amounts, days, st.one_of(st.none(), st.integers(1, 400)), days, st.integers(1, 400))
def test_a_line_cut_by_a_period_loses_nothing(micro: int, first: int, length: int | None, low: int, wide: int) -> None:
    told = line(micro, first, length)
    begin = day_number(START) + low
    within, outside = _cut(told, (begin, begin + wide), BERLIN)
    pieces = [*outside, *([within] if within else [])]
    assert sum(piece.micro for piece in pieces) == micro
    start, span = span_of(told, BERLIN)
    covered = sorted(day for one, n in (span_of(piece, BERLIN) for piece in pieces) for day in range(one, one + n))
    assert covered == list(range(start, start + span)), "every day of the line is in one piece"
    if within is not None:
        one, n = span_of(within, BERLIN)
        assert begin <= one
        assert one + n <= begin + wide


@given(amounts, st.integers(1, 3_660))
def test_the_days_of_a_line_add_up(micro: int, length: int) -> None:
    parts = [upto(micro, day + 1, length) - upto(micro, day, length) for day in range(length)]
    assert sum(parts) == micro
    assert max(parts) - min(parts) <= 1, "no day gets more than a unit more than another"


def test_by_hand() -> None:
    """31 days of March at 31.00: 1.00 a day; of them 10 to 12 March are 3.00, 9.00 before, 19.00 after."""
    told = line(31_000_000, 0, 31)
    first = day_number(START + timedelta(days=9))
    within, outside = _cut(told, (first, first + 3), BERLIN)
    assert within is not None
    assert (within.micro, [piece.micro for piece in outside]) == (3_000_000, [9_000_000, 19_000_000])
