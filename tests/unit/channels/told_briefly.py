"""What a payload tells, in tuples short enough to be written by hand beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from earnest.channels.told import (
    Notice,
    OrderTold,
    Party,
    RefundTold,
    Rejected,
    SamePerson,
    SessionTold,
    Told,
)


def who(party: Party) -> tuple[str, ...]:
    """What names a party, in a fixed order, without what is not told."""
    told = (party.dialled, party.email, party.contact)
    assert party.phone is party.user_id is None
    return tuple(one for one in told if one is not None)


def brief(told: Iterable[Told | Rejected]) -> list[tuple[Any, ...]]:
    """Each value as a tuple: its kind first, then what decides."""
    return [_one(one) for one in told]


def _one(one: Told | Rejected) -> tuple[Any, ...]:
    match one:
        case OrderTold():
            state = "cancelled" if one.cancelled else "live"
            return ("order", one.order_id, one.total, one.tax, one.shipping, one.currency, state, who(one.party))
        case RefundTold():
            return ("refund", one.refund_id, one.order_id, one.amount, one.currency)
        case SessionTold():
            return ("session", one.session_id, one.utm_source, one.utm_campaign, one.click_id)
        case SamePerson():
            return ("same", who(one.one), who(one.other))
        case Notice():
            return ("notice", one.topic, one.name)
        case Rejected():
            return ("refused", one.reason, one.field)
    raise AssertionError(one)
