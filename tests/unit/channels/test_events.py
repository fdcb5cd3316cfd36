"""Earnest's own events: each type tells what it says, a bad one is refused alone with its path."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.channels.channel import channel_of
from earnest.channels.earnest_events import READERS, parse
from earnest.channels.told import (
    AssignmentTold,
    AttributeTold,
    ClickTold,
    Hints,
    LineTold,
    OptTold,
    OrderTold,
    Party,
    RefundTold,
    Rejected,
    ReplyTold,
    SamePerson,
    SessionTold,
    StatusTold,
    Terms,
)

AT = "2026-09-21T16:13:20+02:00"
AT_US = 1_790_000_000_000_000
PHONE = {"phone": "+4915112345678"}
ANNA = Party(dialled="+4915112345678")


def told(**event: Any) -> list[Any]:
    return list(parse({"events": [{"occurred_at": AT, "contact": PHONE} | event]}, {}))


def test_a_message_state_with_its_cost_and_hints() -> None:
    (one,) = told(
        type="message", id="m-1", status="delivered", channel="sms", campaign="autumn", category="marketing",
        cost={"amount": "0.0713", "currency": "EUR"}, callback="cb",
    )  # fmt: skip
    assert one == StatusTold(
        "m-1", 3, AT_US, ANNA, Terms(category="marketing", cost_currency="EUR", stage=3), cost="0.0713", callback="cb",
        hints=Hints(channel="sms", campaign="autumn", category="marketing"),
    )  # fmt: skip


def test_what_a_contact_did() -> None:
    assert told(type="reply", id="r-1", message="m-1", payload="YES") == [
        ReplyTold("r-1", AT_US, ANNA, "text", "m-1", "YES", None)
    ]
    assert told(type="click", message="m-1", click_class="bot") == [
        ClickTold(AT_US, ANNA, message_id="m-1", click_class="bot")
    ]
    assert told(type="opt", direction="out") == [OptTold(AT_US, ANNA, "out", "api", None)]


def test_an_order_with_lines_and_a_refund() -> None:
    (order,) = told(
        type="order", id="A-1", currency="EUR", total="59.90", tax="9.56", updated_at="2026-09-21T14:13:21Z",
        lines=[{"sku": "tea", "quantity": "2", "amount": "20.00"}],
    )  # fmt: skip
    assert order == OrderTold(
        "A-1", AT_US, ANNA, "EUR", updated_us=AT_US + 1_000_000, total="59.90", tax="9.56",
        lines=(LineTold("tea", "2", "20.00"),),
    )  # fmt: skip
    assert told(type="refund", id="f-1", order="A-1", amount="5", currency="EUR") == [
        RefundTold("f-1", "A-1", AT_US, ANNA, "5", "EUR")
    ]
    (lead,) = told(type="conversion", id="L-1", conversion_kind="lead", currency="EUR")
    assert (lead.conversion_kind, lead.amount, lead.total) == ("lead", None, None)


def test_who_a_contact_is() -> None:
    assert told(type="attribute", attribute="plan", value="pro") == [AttributeTold(AT_US, ANNA, "plan", "pro")]
    assert told(type="assignment", experiment="x", arm="control") == [AssignmentTold(AT_US, ANNA, "x", "control")]
    assert told(type="session", id="s-1", utm_campaign="autumn") == [
        SessionTold("s-1", AT_US, ANNA, utm_campaign="autumn")
    ]


def test_identities_told_together_are_one_person() -> None:
    both = {"email": "anna@example.org", "id": "c-17"}
    party = Party(email="anna@example.org", contact="c-17")
    same = SamePerson(AT_US, Party(email="anna@example.org"), Party(contact="c-17"))
    assert told(type="attribute", attribute="plan", value="pro", contact=both) == [
        AttributeTold(AT_US, party, "plan", "pro"), same,
    ]  # fmt: skip
    assert told(type="same_person", contact=both) == [same]


@pytest.mark.parametrize(
    ("event", "rejected"),
    [
        ({"type": "order", "id": "A", "currency": "EUR", "total": "1,5"}, ("amount-unreadable", "events[0].total")),
        ({"type": "order", "id": "A", "currency": "EUR"}, ("amount-unreadable", "events[0].amount")),
        ({"type": "order", "id": "A", "currency": "XYZ", "total": "1"}, ("currency-unknown", "events[0].currency")),
        ({"type": "order", "currency": "EUR", "total": "1"}, ("id-missing", "events[0].id")),
        ({"type": "message", "id": "m", "status": "seen"}, ("shape-unknown", "events[0].status")),
        ({"type": "message", "id": "m", "status": "sent", "occurred_at": "2026-09-01T10:00:00"}, ("time-unreadable", "events[0].occurred_at")),
        ({"type": "message", "id": "m", "status": "sent", "occurred_at": None}, ("time-missing", "events[0].occurred_at")),
        ({"type": "order", "id": "A", "currency": "EUR", "total": "1", "lines": [{"sku": "a"}, 3]}, ("shape-unknown", "events[0].lines[1]")),
        ({"type": "party"}, ("shape-unknown", "events[0].type")),
        ({"type": "same_person", "contact": {}}, ("contact-missing", "events[0].contact")),
    ],
)  # fmt: skip
def test_a_bad_event_is_refused_with_its_path(event: dict[str, Any], rejected: tuple[str, str]) -> None:
    (one,) = told(**event)
    assert isinstance(one, Rejected)
    assert (one.reason, one.field) == rejected


def test_a_bad_event_does_not_lose_its_neighbours() -> None:
    good = {"type": "opt", "direction": "in", "occurred_at": AT, "contact": PHONE}
    found = list(parse({"events": [good, 7, {"type": "opt"}, good]}, {}))
    assert [type(one).__name__ for one in found] == ["OptTold", "Rejected", "Rejected", "OptTold"]


_KEYS = st.sampled_from(
    [*READERS, "events", "contact", "type", "id", "amount", "occurred_at", "currency", "lines", "cost", "status"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=20,
)


@given(_JSON, st.sampled_from(list(READERS)))
def test_no_value_breaks_the_reading(value: Any, kind: str) -> None:
    bodies = (value, {"events": value}, {"events": [value, {"type": kind, "occurred_at": AT, "contact": value}]})
    for body in bodies:
        assert all(one is not None for one in parse(body, {}))


def test_the_channel_is_found() -> None:
    assert channel_of("events").parse is parse
