"""What a coupon may be called, begin with and be valid for."""

from __future__ import annotations

from datetime import date

import pytest

from earnest.definitions.coupon import Coupon, code_text, prefix_of, prefix_text, valid_days
from earnest.kernel.errors import UsageError


@pytest.mark.parametrize("text", ["", "  ", "A B", "A,B", "A;B", "A\tB", "A\nB", "A\u00a0B", "A" * 101, "A\u202eB"])
def test_a_code_never_holds_what_stands_between_two(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be a coupon code"):
        code_text(text)


@pytest.mark.parametrize("text", ["SPRING20", " spring20 ", "10%-OFF", "ВЕСНА20", "A" * 100])
def test_a_code_is_kept_as_it_was_made(text: str) -> None:
    assert code_text(text) == text.strip()


@pytest.mark.parametrize("text", ["-A", "A-", "A--B", "Ä", "A_B", "A B", "A" * 25])
def test_a_prefix_that_codes_cannot_begin_with(text: str) -> None:
    with pytest.raises(UsageError, match="cannot begin"):
        prefix_text(text)


def test_every_name_has_a_prefix() -> None:
    assert [prefix_text(prefix_of(name)) for name in ("spring", "Spring_2026.vip", "a" * 60, "x--y")] == [
        "SPRING", "SPRING-2026-VIP", "A" * 24, "X-Y",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "..", "2026-11-01", "2026-11-02..2026-11-01"])
def test_a_validity_has_days_in_order(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        valid_days(text)
    assert refused.value.code == "bad-validity"


def test_the_last_valid_day_is_valid() -> None:
    assert valid_days("2026-11-01..2026-11-01") == (date(2026, 11, 1), date(2026, 11, 2))
    assert valid_days("..2026-11-30") == (None, date(2026, 12, 1))
    assert valid_days("2026-11-01..") == (date(2026, 11, 1), None)


def test_a_coupon_comes_back_from_its_entry() -> None:
    coupon = Coupon("spring", "unique", "c", None, "SPRING", "10 %", date(2026, 11, 1), None, enabled=False)
    assert Coupon.from_json(coupon.to_json()) == coupon
