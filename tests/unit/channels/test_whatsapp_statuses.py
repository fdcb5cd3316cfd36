"""Statuses and their prices, as Meta's reference describes them; expected values by hand."""

from __future__ import annotations

import re
from typing import Any

import pytest

from earnest.channels.told import Notice, OptTold, Party, Rejected, SamePerson, StatusTold, Terms
from earnest.channels.whatsapp import parse
from unit.channels.bodies_of import ACCOUNT, AT, AT_US, NUMBER, PHONE, envelope, status, value

PLAIN = Terms(account=ACCOUNT, number=NUMBER)


def told(*statuses: Any, **lists: Any) -> list[Any]:
    return list(parse(envelope(value(statuses=list(statuses), **lists))))


def one(**parts: Any) -> StatusTold:
    (found,) = told(status(**parts))
    assert isinstance(found, StatusTold)
    return found


@pytest.mark.parametrize(
    ("word", "state"), [("sent", 2), ("delivered", 3), ("read", 4), ("played", 4), ("failed", 5), ("Delivered", 3)]
)
def test_states_have_the_numbers_of_the_event_kind(word: str, state: int) -> None:
    assert one(status=word) == StatusTold("wamid.A", state, AT_US, Party(PHONE), PLAIN)


def test_per_message_pricing_says_at_which_stage_it_was_told() -> None:
    pricing = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "authentication-international"}
    terms = Terms(ACCOUNT, NUMBER, "message", "regular", "authentication_international", True, stage=2)
    assert one(pricing=pricing).terms == terms
    assert one(status="read", pricing=pricing).terms.stage == 3
    assert one(status="failed", pricing=pricing).terms.stage is None


def test_per_conversation_pricing_names_the_conversation() -> None:
    conversation = {
        "id": "c-1",
        "expiration_timestamp": "1790935200",
        "origin": {"type": "authentication_international"},
    }
    found = one(conversation=conversation, pricing={"billable": True, "pricing_model": "CBP"})
    assert found.conversation == "c-1"
    assert found.terms == Terms(ACCOUNT, NUMBER, "conversation", None, "authentication_international", True, stage=2)


def test_a_conversation_without_pricing_tells_its_category_and_no_stage() -> None:
    found = one(status="read", conversation={"id": "c-2", "origin": {"type": "user_initiated"}})
    assert (found.conversation, found.terms.category, found.terms.stage) == ("c-2", "user_initiated", None)


def test_a_message_era_conversation_is_not_what_is_charged() -> None:
    pricing = {"pricing_model": "PMP", "type": "free_entry_point", "category": "referral_conversion", "billable": False}
    found = one(conversation={"id": "fep-1"}, pricing=pricing)
    assert found.conversation is None
    assert (found.terms.pricing_type, found.terms.billable) == ("free_entry_point", False)


@pytest.mark.parametrize(
    ("amount", "text"), [("0.0713", "0.0713"), (0.0713, "0.0713"), (1e-05, "0.00001"), (2, "2"), ("0.10", "0.10")]
)
def test_cost_stays_decimal_text(amount: object, text: str) -> None:
    found = one(pricing={"category": "marketing_lite", "cost": {"amount": amount, "currency": "usd"}})
    assert (found.cost, found.terms.cost_currency) == (text, "USD")


@pytest.mark.parametrize(
    "cost", [{"amount": "cheap", "currency": "USD"}, {"amount": 1}, 7, {"amount": -1, "currency": "USD"}]
)
def test_an_unreadable_cost_is_refused_and_the_status_stays(cost: object) -> None:
    refused, kept = told(status(pricing={"category": "marketing", "cost": cost}))
    assert refused == Rejected(
        "shape-unknown",
        "entry[0].changes[0].value.statuses[0].pricing.cost",
        "an object" if isinstance(cost, dict) else "a number",
    )
    assert isinstance(kept, StatusTold)
    assert (kept.cost, kept.terms.cost_currency, kept.terms.category) == (None, None, "marketing")


@pytest.mark.parametrize("amount", ["1000000.01", "999999999999", 1e11, "0.0000001", 0.1 + 0.2])
def test_an_implausible_cost_is_left_out_and_the_status_stays(amount: object) -> None:
    refused, kept = told(status(pricing={"category": "marketing", "cost": {"amount": amount, "currency": "USD"}}))
    assert refused == Rejected("cost-implausible", "entry[0].changes[0].value.statuses[0].pricing.cost")
    assert (kept.cost, kept.terms.cost_currency, kept.terms.stage) == (None, None, 2)


@pytest.mark.parametrize("raw", ["W" * 101, "W\u0000", "a\x1b[31m", "\ud800", " W"])
def test_ids_that_no_account_can_have_are_shortened_alike(raw: str) -> None:
    body = envelope(value(statuses=[status()]) | {"metadata": {"phone_number_id": raw}}, id=raw)
    first, again = next(iter(parse(body))), next(iter(parse(body)))
    assert isinstance(first, StatusTold)
    assert first == again
    assert first.terms.account == first.terms.number
    assert re.fullmatch("id-[0-9a-f]{32}", first.terms.account or "")


def test_the_callback_comes_back() -> None:
    assert one(biz_opaque_callback_data="autumn:17").callback == "autumn:17"
    assert one(biz_opaque_callback_data="").callback is None


def test_a_failure_has_the_first_error_code() -> None:
    assert one(status="failed", errors=[{"code": 131049, "title": "…"}, {"code": 1}]).error_code == "131049"
    assert one(status="failed", errors=["?"]).error_code is None


def test_a_failure_because_the_user_stopped_marketing_is_an_opt_out() -> None:
    opt, failed = told(status(status="failed", errors=[{"code": 131050}]))
    assert opt == OptTold(AT_US, Party(PHONE), "out", "failure", "wamid.A")
    assert failed.error_code == "131050"


@pytest.mark.parametrize("key", ["recipient_participant_id", "participant_recipient_id"])
def test_each_participant_of_a_group_has_a_message_of_its_own(key: str) -> None:
    group = {"recipient_type": "group", "recipient_id": "GROUP-1"}
    first, second = told(status(**group, **{key: "+4915112345678"}), status(**group, **{key: "4915112345679"}))
    assert first.message_id == "wamid.A:4915112345678"
    assert second.message_id == "wamid.A:4915112345679"
    assert (first.party, first.terms.audience) == (Party(PHONE), "group")


def test_a_group_prices_within_its_conversation() -> None:
    pricing = {"billable": True, "pricing_model": "PMP", "category": "group_marketing"}
    group = {"recipient_type": "group", "recipient_id": "G", "recipient_participant_id": PHONE}
    found = one(**group, conversation={"id": "c", "pricing": pricing})
    assert found.terms == Terms(ACCOUNT, NUMBER, "message", None, "group_marketing", True, audience="group", stage=2)
    assert (found.message_id, found.party) == (f"wamid.A:{PHONE}", Party(PHONE))


@pytest.mark.parametrize("word", ["sent", "delivered", "read", "failed"])
def test_a_status_of_a_group_as_a_whole_is_no_message(word: str) -> None:
    pricing = {"billable": True, "pricing_model": "PMP", "category": "group_marketing"}
    (found,) = told(status(recipient_type="group", recipient_id="G", status=word, pricing=pricing))
    assert isinstance(found, Notice)
    assert (found.topic, found.subject, found.name) == ("messages", "wamid.A", f"group_{word}")


def test_a_hidden_phone_leaves_the_user_id_and_the_country() -> None:
    card = {"profile": {"country_code": "br"}, "wa_id": "", "user_id": "BR.1"}
    (found,) = told(status(recipient_id="", recipient_user_id="BR.1"), contacts=[card])
    assert found.party == Party(None, "BR.1", "BR")
    assert found.terms == Terms(ACCOUNT, NUMBER, country="BR")


def test_phone_and_user_id_told_together_are_one_person_once() -> None:
    card = {"profile": {"country_code": "DE"}, "wa_id": PHONE, "user_id": "DE.1"}
    first, _second, same = told(status(), status(status="read", timestamp="1790848900"), contacts=[card])
    assert first.party == Party(PHONE, "DE.1")
    assert first.terms.country is None
    assert same == SamePerson(AT_US, Party(phone=PHONE), Party(user_id="DE.1"))


def test_a_card_of_somebody_else_is_not_the_recipient() -> None:
    (found, same) = told(status(), contacts=[{"wa_id": "4915199999999", "user_id": "DE.2"}])
    assert found.party == Party(PHONE)
    assert same.one == Party(phone="4915199999999")


def test_deleted_and_foreign_sorts_of_status_are_notices() -> None:
    deleted, call = told(status(status="deleted"), status(type="call", status="RINGING", id="wacid.1"))
    assert isinstance(deleted, Notice)
    assert (deleted.topic, deleted.subject, deleted.name, deleted.occurred_us) == (
        "messages",
        "wamid.A",
        "deleted",
        AT_US,
    )
    assert (call.subject, call.name) == ("wacid.1", "RINGING")
    assert PHONE not in deleted.detail


@pytest.mark.parametrize(
    ("parts", "reason", "field", "shown"),
    [
        ({"status": "in_orbit"}, "status-unknown", "status", "in_orbit"),
        ({"status": None}, "status-unknown", "status", "nothing"),
        ({"status": ["sent"]}, "status-unknown", "status", "a list"),
        ({"id": ""}, "id-missing", "id", None),
        ({"id": {}}, "id-missing", "id", None),
        ({"timestamp": None}, "time-missing", "timestamp", None),
        ({"timestamp": "asdf"}, "time-unreadable", "timestamp", "asdf"),
        ({"timestamp": "12"}, "time-unreadable", "timestamp", "12"),
        ({"timestamp": True}, "time-unreadable", "timestamp", "true or false"),
        ({"timestamp": "9" * 99}, "time-unreadable", "timestamp", "•••"),
        ({"timestamp": f"{PHONE} Oct"}, "time-unreadable", "timestamp", "••• Oct"),
        ({"status": "x" * 99}, "status-unknown", "status", "x" * 59 + "…"),
        ({"status": f"sent to +{PHONE}"}, "status-unknown", "status", "sent to +•••"),
        ({"recipient_id": "CUSTOMER_PHONE_NUMBER"}, "contact-unreadable", "recipient_id", None),
    ],
)
def test_a_bad_status_is_refused_alone(parts: dict[str, Any], reason: str, field: str, shown: str | None) -> None:
    before, refused, after = told(status(), status(**parts), status(status="read"))
    assert refused == Rejected(reason, f"entry[0].changes[0].value.statuses[1].{field}", shown)
    assert [before.status, after.status] == [2, 4]


@pytest.mark.parametrize("raw", [AT, int(AT), float(AT), f"{AT}000", int(AT) * 1000])
def test_seconds_and_milliseconds_are_the_same_instant(raw: object) -> None:
    assert one(timestamp=raw).occurred_us == AT_US


def test_a_status_that_names_nobody_still_counts() -> None:
    bare = status()
    del bare["recipient_id"]
    (found,) = told(bare)
    assert found.party == Party()


def test_every_entry_change_and_status_is_read() -> None:
    statuses = [status(id=f"wamid.{n}") for n in range(500)]
    entry = {"id": ACCOUNT, "changes": [{"value": value(statuses=statuses), "field": "messages"}] * 2}
    found = list(
        parse({"object": "whatsapp_business_account", "entry": [entry, {"id": "B", "changes": entry["changes"]}]})
    )
    assert len(found) == 2000
    assert {one.terms.account for one in found} == {ACCOUNT, "B"}
