"""Why a message failed, by class: what to do next, and whether the number is to blame.

Codes are the provider's, and a provider adds new ones at will: an unknown code is `unknown`, never an error. That Meta
capped a person or hid them in an experiment says nothing about the number, and it biases any test: Meta chose them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import StrEnum

from earnest.kernel.data_file import data_rows


class FailureClass(StrEnum):
    """What kept a message from its recipient. One table of codes fills it: data/failure_reasons.csv."""

    NOT_ON_WHATSAPP = "not_on_whatsapp"
    INVALID_NUMBER = "invalid_number"
    UNREACHABLE = "unreachable"
    OPTED_OUT = "opted_out"
    CAPPED_BY_META = "capped_by_meta"
    HIDDEN_EXPERIMENT = "hidden_experiment"
    WINDOW_CLOSED = "window_closed"
    TEMPLATE_MISSING = "template_missing"
    TEMPLATE_PAUSED = "template_paused"
    TEMPLATE_DISABLED = "template_disabled"
    TEMPLATE_INVALID = "template_invalid"
    RATE_LIMITED = "rate_limited"
    SPAM_LIMITED = "spam_limited"
    FILTERED = "filtered"
    MEDIA = "media"
    ACCOUNT_LOCKED = "account_locked"
    COUNTRY_RESTRICTED = "country_restricted"
    PAYMENT = "payment"
    IDENTITY_CHANGED = "identity_changed"
    USER_ID_NOT_ALLOWED = "user_id_not_allowed"
    ACCESS = "access"
    REQUEST = "request"
    TRANSIENT = "transient"
    CARRIER = "carrier"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FailureReason:
    """One code of one channel.

    Args:
        meaning: in a few words, for people.
        retry: whether the same message may get through later without a change.
        counts_as_bad_number: whether it speaks against the number, so that it counts in list quality.
        source: who says so.
    """

    channel: str
    code: str
    failure_class: FailureClass
    meaning: str
    retry: bool
    counts_as_bad_number: bool
    source: str


@functools.cache
def failure_reasons() -> dict[tuple[str, str], FailureReason]:
    """Every known code by channel and code, in file order."""
    found = {}
    for row in data_rows("earnest.events", "failure_reasons.csv"):
        found[row["channel"], row["code"]] = FailureReason(
            row["channel"],
            row["code"],
            FailureClass(row["class"]),
            row["meaning"],
            _YES_OR_NO[row["retry"]],
            _YES_OR_NO[row["counts_as_bad_number"]],
            row["source"],
        )
    return found


_YES_OR_NO = {"yes": True, "no": False}


def failure_reason(channel: str | None, code: str | int | None) -> FailureReason | None:
    """What is known of a provider's code on a channel, or None."""
    if channel is None or code is None:
        return None
    return failure_reasons().get((channel.strip().lower(), str(code).strip()))


def failure_class(channel: str | None, code: str | int | None) -> FailureClass:
    """Class of a provider's code on a channel.

    Example:
        >>> failure_class("whatsapp", 131049), failure_class("sms", "21610"), failure_class("sms", "new")
        (<FailureClass.CAPPED_BY_META: 'capped_by_meta'>, <FailureClass.OPTED_OUT: 'opted_out'>, <FailureClass.UNKNOWN: 'unknown'>)
    """
    reason = failure_reason(channel, code)
    return reason.failure_class if reason is not None else FailureClass.UNKNOWN
