"""Rules of numbering plans: at most one fits, what they make is a number of today, and doing it twice changes nothing."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.events.identity import NUMBER_REASONS, canonical_phone, unreadable_because
from earnest.events.numbering import REWRITES, rewritten

BEGINNINGS = [f"{n:04d}" for n in range(10_000)]


@pytest.mark.parametrize("code", sorted({rule.code for rule in REWRITES}))
def test_at_most_one_rule_fits_and_what_it_makes_fits_none(code: str) -> None:
    rules = [rule for rule in REWRITES if rule.code == code]
    for beginning in BEGINNINGS:
        for length in range(6, 14):
            national = (beginning + "123456789")[:length]
            fitting = [rule for rule in rules if re.fullmatch(rule.pattern, national)]
            assert len(fitting) <= 1, (national, fitting)
            for rule in fitting:
                made = national[: rule.keep] + rule.insert + national[rule.keep + rule.drop :]
                assert not any(re.fullmatch(one.pattern, made) for one in rules), (national, made)


@pytest.mark.parametrize("code", ["225", "229"])
def test_old_numbers_become_numbers_that_libphonenumber_knows(code: str) -> None:
    """Its patterns were written from the new plans; ours from the change: every number we make is valid there."""
    made = 0
    for beginning in BEGINNINGS:
        national = rewritten(code, beginning + "3456")
        if national is not None:
            made += 1
            number = phonenumbers.parse(f"+{code}{national}", None)
            assert phonenumbers.is_valid_number(number), (beginning, national)
    assert made > 1000


def test_brazil_gets_the_ninth_digit_on_mobiles_alone() -> None:
    """First digit of the subscriber's number: 2 to 5 is a landline, 6 to 9 a mobile."""
    for first in "23456789":
        national = rewritten("55", f"31{first}7654321")
        assert national == (f"319{first}7654321" if first in "6789" else f"31{first}7654321")
    assert rewritten("55", "20" + "87654321") == "2087654321", "20 is no area code"


@given(st.sampled_from(["52", "54", "55", "225", "229", "49", "39", "1", "7"]), st.text("0123456789", min_size=5, max_size=13), st.booleans())  # fmt: skip
def test_canonical_is_canonical(code: str, national: str, wa_id: bool) -> None:
    once = canonical_phone(f"+{code}{national}", None, wa_id=wa_id)
    if once is not None:
        assert canonical_phone(once, None, wa_id=wa_id) == once


@given(st.text(max_size=30), st.sampled_from([None, "DE", "BR"]), st.booleans())
def test_what_is_no_number_has_a_reason(text: str, region: str | None, wa_id: bool) -> None:
    if canonical_phone(text, region, wa_id=wa_id) is None:
        assert unreadable_because(text, region, wa_id=wa_id) in NUMBER_REASONS


@pytest.mark.parametrize(
    ("text", "region", "reason"),
    [
        ("hello", None, "not-a-number"), ("call 15112345678", "DE", "not-a-number"), ("0151 12345678", None, "country-missing"),
        ("+999 12345678", None, "country-unknown"), ("+33 1 23", None, "too-short"), ("+33 1 23 45 67 89 01 23", None, "too-long"),
        ("8765-4321", "BR", "area-code-missing"), ("555-0123", "US", "area-code-missing"), ("15 2345-6789", "AR", "area-code-missing"),
    ],
)  # fmt: skip
def test_reasons(text: str, region: str | None, reason: str) -> None:
    assert unreadable_because(text, region) == reason
