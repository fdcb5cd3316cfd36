"""Dated settings: the value that began last holds, and what was set last among those."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.definitions.setting import SETTINGS, DatedValue, in_force, setting
from earnest.kernel.errors import UsageError

JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def test_by_hand() -> None:
    history = [DatedValue("0.3", FEB), DatedValue("0.2", JAN), DatedValue("0.4", FEB)]
    days = (date(2025, 12, 31), JAN, date(2026, 1, 31), FEB, MAR)
    assert [in_force(history, day) for day in days] == [None, "0.2", "0.2", "0.4", "0.4"]
    assert in_force([], MAR) is None


@given(st.lists(st.tuples(st.integers(1, 28), st.integers(0, 9)), max_size=8), st.integers(1, 28))
def test_the_last_begun_and_last_set_holds(entries: list[tuple[int, int]], today: int) -> None:
    history = [DatedValue(str(value), date(2026, 1, day)) for day, value in entries]
    held, since = None, 0
    for day, value in entries:
        if since <= day <= today:
            held, since = str(value), day
    assert in_force(history, date(2026, 1, today)) == held


@pytest.mark.parametrize(
    ("name", "text", "canonical"),
    [("margin", "0.380", "0.38"), ("margin", "1", "1"), ("margin", "1.0", "1"), ("region", "de", "DE"),
    ("lookback_click_days", "30", "30"), ("level", "0.9", "0.9")],
)  # fmt: skip
def test_values_are_kept_in_one_writing(name: str, text: str, canonical: str) -> None:
    assert setting(name).read(text) == canonical


@pytest.mark.parametrize(
    ("name", "text"),
    [("margin", "38"), ("margin", "0"), ("margin", "-0.1"), ("margin", "NaN"), ("margin", "sNaN"), ("margin", "Infinity"), ("margin", "0,38"), ("margin",
    ""), ("level", "95"), ("level", "1"),
     ("region", "XX"), ("region", "Germany"), ("lookback_click_days", "91")],
)  # fmt: skip
def test_bad_values_are_refused(name: str, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        setting(name).read(text)
    assert caught.value.code == "bad-setting"


def test_unknown_names_get_the_closest_one() -> None:
    with pytest.raises(UsageError, match="margin"):
        setting("margins")


def test_defaults_pass_their_own_check() -> None:
    for entry in SETTINGS.values():
        assert entry.default is None or entry.read(entry.default) == entry.default
