"""The address holds the state of a page."""

from __future__ import annotations

from datetime import date

import pytest

from earnest.definitions.days import Days
from earnest.kernel.errors import UsageError
from earnest.web.asked import Asked


def test_what_is_read_is_written_again() -> None:
    pairs = [
        ("from", "2026-09-01"),
        ("to", "2026-09-30"),
        ("cmp", "campaign:a b"),
        ("attr", "linear"),
        ("q", "50 %&"),
        ("id", "x"),
        ("id", "y"),
    ]
    asked = Asked.read("/w/shop", "/campaigns", pairs)
    assert asked.days(date(2026, 11, 1)) == Days(date(2026, 9, 1), date(2026, 9, 30))
    assert asked.own["id"] == ("x", "y")
    assert asked.address == (
        "/w/shop/campaigns?from=2026-09-01&to=2026-09-30&cmp=campaign:a%20b&attr=linear&id=x&id=y&q=50%20%25%26"
    )


def test_what_is_usual_is_left_out() -> None:
    asked = Asked.read("", "/", [("cmp", "none"), ("attr", "last_touch"), ("from", ""), ("q", "  ")])
    assert asked.address == "/"
    assert asked.days(date(2026, 11, 1)) is None


def test_other_pages_keep_days_comparison_and_rule_only() -> None:
    asked = Asked.read("", "/campaigns", [("from", "2026-09-01"), ("attr", "linear"), ("q", "x")])
    assert asked.to("/costs", kind="content") == "/costs?from=2026-09-01&attr=linear&kind=content"
    assert asked.plain("/reports/new", campaign="a/b") == "/reports/new?campaign=a/b"
    assert asked.to("/campaigns/ä?<b>") == "/campaigns/%C3%A4%3F%3Cb%3E?from=2026-09-01&attr=linear"


def test_an_open_end_reaches_as_far_as_anything_can() -> None:
    today = date(2026, 11, 1)
    assert Asked.read("", "/", [("to", "2026-09-30")]).days(today) == Days(date(2000, 1, 1), date(2026, 9, 30))
    assert Asked.read("", "/", [("from", "2027-01-01")]).days(today) == Days(date(2027, 1, 1), date(2027, 1, 1))


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([("from", "September")], "not-a-date"),
        ([("from", "2026-09-02"), ("to", "2026-09-01")], "bad-days"),
        ([("q", "x" * 201)], "bad-address"),
        ([(f"a{n}", "x") for n in range(41)], "bad-address"),
    ],
)
def test_what_cannot_be_read_is_refused(pairs: list[tuple[str, str]], code: str) -> None:
    with pytest.raises(UsageError) as refused:
        Asked.read("", "/", pairs)
    assert refused.value.code == code
