"""Failure reasons: every documented code has its class, and whatever else arrives is unknown, never a crash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.events.failure import FailureClass, failure_class, failure_reason, failure_reasons

BY_HAND = {
    "whatsapp": {
        131026: "not_on_whatsapp", 131047: "window_closed", 131049: "capped_by_meta", 131050: "opted_out", 130472: "hidden_experiment",
        131048: "spam_limited", 131056: "rate_limited", 130429: "rate_limited", 131053: "media", 131052: "media", 132001: "template_missing",
        132015: "template_paused", 132016: "template_disabled", 131031: "account_locked", 368: "account_locked", 130497: "country_restricted",
        131042: "payment", 131044: "payment", 131062: "user_id_not_allowed", 131063: "access", 131064: "spam_limited",
        137000: "identity_changed", 131000: "transient", 131016: "transient", 131057: "transient", 63016: "window_closed",
        63049: "capped_by_meta", 63032: "hidden_experiment",
    },
    "sms": {21610: "opted_out", 30003: "unreachable", 30004: "carrier", 30005: "invalid_number", 30006: "invalid_number",
            30007: "filtered", 30008: "carrier"},
}  # fmt: skip
"""Code → class, from the providers' descriptions."""


@pytest.mark.parametrize(("channel", "code", "name"), [(ch, c, n) for ch, codes in BY_HAND.items() for c, n in codes.items()])  # fmt: skip
def test_documented_codes(channel: str, code: int, name: str) -> None:
    assert failure_class(channel, code) == failure_class(channel.upper(), f" {code} ") == FailureClass(name)


def test_only_what_speaks_against_the_number_counts_as_a_bad_number() -> None:
    """A cap, an experiment, an opt-out or a closed window is no fault of the number."""
    bad = {reason.failure_class for reason in failure_reasons().values() if reason.counts_as_bad_number}
    assert bad == {FailureClass.NOT_ON_WHATSAPP, FailureClass.INVALID_NUMBER}


def test_what_stands_in_the_way_for_good_is_not_retried() -> None:
    never = {
        "opted_out",
        "not_on_whatsapp",
        "invalid_number",
        "window_closed",
        "template_missing",
        "payment",
        "account_locked",
    }
    assert not [one.code for one in failure_reasons().values() if one.failure_class in never and one.retry]
    assert all(one.retry for one in failure_reasons().values() if one.failure_class in ("rate_limited", "transient"))


def test_every_row_says_what_it_means_and_who_says_so() -> None:
    for (channel, code), one in failure_reasons().items():
        assert (one.channel, one.code) == (channel, code)
        assert one.meaning
        assert one.source
        assert one.failure_class is not FailureClass.UNKNOWN
    used = {one.failure_class for one in failure_reasons().values()}
    assert used == set(FailureClass) - {FailureClass.UNKNOWN}


@given(st.none() | st.text(), st.none() | st.text() | st.integers())
def test_nothing_crashes(channel: str | None, code: str | int | None) -> None:
    assert isinstance(failure_class(channel, code), FailureClass)


def test_unknown_is_unknown() -> None:
    assert failure_class("whatsapp", 999999) is FailureClass.UNKNOWN
    assert failure_class("telegram", 131026) is FailureClass.UNKNOWN
    assert failure_class(None, None) is FailureClass.UNKNOWN
    assert failure_reason("whatsapp", "") is None
