"""Incoming messages, preferences, clicks and messages typed on the business's phone."""

from __future__ import annotations

from typing import Any

import pytest

from earnest.channels.keywords import OPT_OUT_WORDS, says_stop
from earnest.channels.told import ClickTold, Notice, OptTold, Party, Rejected, ReplyTold, SamePerson, StatusTold, Terms
from earnest.channels.whatsapp import parse
from unit.channels.bodies_of import ACCOUNT, AT_US, NUMBER, PHONE, envelope, message, value


def told(field: str = "messages", **lists: Any) -> list[Any]:
    return list(parse(envelope(value(**lists), field)))


def incoming(**parts: Any) -> list[Any]:
    return told(messages=[message(**parts)])


def reply(**parts: Any) -> ReplyTold:
    (found,) = incoming(**parts)
    assert isinstance(found, ReplyTold)
    return found


CONTEXT = {"from": "4930123456", "id": "wamid.OUT"}


def test_a_text_with_a_plus_before_the_number() -> None:
    assert reply(**{"from": f"+{PHONE}"}) == ReplyTold("wamid.IN", AT_US, Party(PHONE), "text")


@pytest.mark.parametrize(
    ("parts", "payload"),
    [
        ({"type": "button", "button": {"payload": "show-offers", "text": "Show"}}, "show-offers"),
        ({"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "b-1", "title": "Yes"}}}, "b-1"),
        ({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"id": "r-1", "title": "One"}}}, "r-1"),
        ({"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": "[1]"}}}, "flow"),
        ({"type": "interactive", "interactive": {"type": "something_new"}}, None),
        ({"type": "interactive", "interactive": "?"}, None),
        ({"type": "image", "image": {"caption": "stop"}}, None),
        ({"type": "a_type_of_the_future"}, None),
    ],
)  # fmt: skip
def test_taps_answer_the_message_with_the_senders_own_word(parts: dict[str, Any], payload: str | None) -> None:
    found = reply(context=CONTEXT, **parts)
    assert found == ReplyTold("wamid.IN", AT_US, Party(PHONE), parts["type"], "wamid.OUT", payload)


def test_a_reaction_answers_what_it_is_about_and_a_removed_one_is_a_notice() -> None:
    assert reply(type="reaction", reaction={"message_id": "wamid.OUT", "emoji": "👍"}).answers == "wamid.OUT"
    for removed in ({"message_id": "wamid.OUT"}, {"message_id": "wamid.OUT", "emoji": ""}):
        (found,) = incoming(type="reaction", reaction=removed)
        assert (found.topic, found.subject, found.name) == ("messages", "wamid.OUT", "reaction_removed")


def test_an_ad_brought_the_contact() -> None:
    assert reply(referral={"source_id": "ad-1", "ctwa_clid": "click"}).referral == "ad-1"
    assert reply(referral={"ctwa_clid": "click"}).referral == "click"


def test_in_a_group_the_participants_own_copy_is_answered() -> None:
    assert reply(group_id="G", context=CONTEXT).answers == f"wamid.OUT:{PHONE}"


@pytest.mark.parametrize("text", ["STOP", " stop! ", "Stop promotions", "UNSUBSCRIBE", "StopAll", "Désabonner", "הסר"])
def test_words_that_mean_stop_opt_out_and_are_answers_too(text: str) -> None:
    answered, opt = incoming(text={"body": text}, context=CONTEXT)
    assert isinstance(answered, ReplyTold)
    assert opt == OptTold(AT_US, Party(PHONE), "out", "keyword", "wamid.OUT")


@pytest.mark.parametrize("text", ["Please stop sending me the wrong size", "stopper", "", None, "cancel", 7])
def test_other_words_do_not(text: object) -> None:
    assert len(incoming(text={"body": text})) == 1


@pytest.mark.parametrize(
    "parts",
    [
        {"type": "button", "button": {"payload": "STOP", "text": "No more"}},
        {"type": "button", "button": {"payload": "btn-2", "text": "Stop promotions"}},
        {
            "type": "interactive",
            "interactive": {"type": "button_reply", "button_reply": {"id": "x", "title": "Abmelden"}},
        },
    ],
)
def test_a_button_opts_out_by_payload_or_text(parts: dict[str, Any]) -> None:
    _, opt = incoming(**parts)
    assert (opt.door, opt.direction) == ("button", "out")


def test_opt_out_words_are_kept_in_lower_case_and_found() -> None:
    for words in OPT_OUT_WORDS.values():
        for word in words:
            assert word == word.lower()
            assert says_stop(word.upper())


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("wa_id", {"type": "user_changed_number"}),
        ("new_wa_id", {"type": "customer_changed_number", "wa_id": "4900000000"}),
    ],
)
def test_a_changed_number_is_one_person(key: str, change: dict[str, Any]) -> None:
    (found,) = incoming(type="system", system=change | {key: "4915199999999"})
    assert found == SamePerson(AT_US, Party(phone=PHONE), Party(phone="4915199999999"))


def test_a_changed_user_id_is_one_person() -> None:
    change = {"type": "user_changed_user_id", "previous_user_id": "CO.1", "user_id": "MX.2"}
    (found,) = told(messages=[message(**{"from": ""}, type="system", system=change)])
    assert found == SamePerson(AT_US, Party(user_id="CO.1"), Party(user_id="MX.2"))


def test_another_system_message_is_a_notice_and_a_broken_one_is_refused() -> None:
    (identity,) = incoming(type="system", system={"type": "customer_identity_changed", "body": "Ada's phone"})
    assert (identity.name, "Ada" in identity.detail) == ("customer_identity_changed", False)
    (broken,) = incoming(type="system", system={"type": "user_changed_number", "wa_id": "bla"})
    assert broken == Rejected("contact-unreadable", "entry[0].changes[0].value.messages[0].system")


@pytest.mark.parametrize("kind", ["edit", "revoke"])
def test_corrections_are_notices_and_not_answers(kind: str) -> None:
    part = {"original_message_id": "wamid.OLD", "message": {"type": "text", "text": {"body": "secret"}}}
    (found,) = incoming(type=kind, **{kind: part})
    assert isinstance(found, Notice)
    assert (found.subject, found.name, found.occurred_us) == ("wamid.OLD", kind, AT_US)
    assert "secret" not in found.detail
    assert PHONE not in found.detail


def test_unsupported_messages_are_answers_all_the_same() -> None:
    assert reply(type="unsupported", errors=[{"code": 131051}]).reply_type == "unsupported"


def test_a_call_permission_tapped_is_a_reply_and_one_by_the_system_a_notice() -> None:
    tapped = {"type": "call_permission_reply", "call_permission_reply": {"response_source": "user_action"}}
    (reply,) = incoming(type="interactive", context=CONTEXT, interactive=tapped)
    assert (reply.reply_type, reply.answers) == ("interactive", "wamid.OUT")
    automatic = {"type": "call_permission_reply", "call_permission_reply": {"response_source": "automatic"}}
    (found,) = incoming(type="interactive", context=CONTEXT, interactive=automatic)
    assert (found.topic, found.subject, found.name) == ("messages", "wamid.OUT", "call_permission_reply")


def test_who_wrote_is_found_on_the_card_only_where_nothing_else_says() -> None:
    nobody = message()
    del nobody["from"]
    (found,) = told(messages=[nobody], contacts=[{"user_id": "BR.1", "profile": {"country_code": "BR"}}])
    assert found.party == Party(None, "BR.1", "BR")
    (refused,) = told(messages=[nobody], contacts=[{"user_id": "BR.1"}, {"user_id": "BR.2"}])
    assert refused == Rejected("contact-missing", "entry[0].changes[0].value.messages[0]")
    (answered,) = told(messages=[nobody | {"context": CONTEXT}])
    assert (answered.party, answered.answers) == (Party(), "wamid.OUT")


@pytest.mark.parametrize(("word", "direction"), [("stop", "out"), ("resume", "in"), ("signup", "in")])
def test_preferences_opt_out_and_in(word: str, direction: str) -> None:
    preference = {"wa_id": PHONE, "category": "marketing_messages", "value": word, "timestamp": AT_US // 1_000_000}
    (found,) = told("user_preferences", user_preferences=[preference], contacts=[{"wa_id": PHONE}])
    assert found == OptTold(AT_US, Party(PHONE), direction, "preference")


def test_an_unknown_preference_is_a_notice_and_one_of_nobody_is_refused() -> None:
    odd, lost = told(
        user_preferences=[{"wa_id": PHONE, "value": "later"}, {"value": "stop", "timestamp": AT_US // 1_000_000}]
    )
    assert (odd.topic, odd.name) == ("user_preferences", "later")
    assert lost.reason == "contact-missing"


def test_a_click_names_no_message() -> None:
    data = {"click_component": "cta", "click_id": "IwZX", "tracking_token": "t-1"}
    action = {"action_type": "marketing_messages_link_click", "timestamp": str(AT_US // 1_000_000)}
    click, other = told(
        user_actions=[action | {"marketing_messages_link_click_data": data}, {"action_type": "something_new"}]
    )
    assert click == ClickTold(AT_US, Party(), "IwZX", "t-1", "cta")
    assert (other.topic, other.name) == ("messages", "something_new")


def test_echoes_are_sent_messages_and_their_corrections_notices() -> None:
    echo = {"from": "4930123456", "to": f"+{PHONE}", "id": "wamid.E", "timestamp": AT_US // 1_000_000, "type": "text"}
    gone = echo | {"type": "revoke", "revoke": {"original_message_id": "wamid.E"}}
    sent, revoked = told("smb_message_echoes", message_echoes=[echo, gone])
    assert sent == StatusTold("wamid.E", 2, AT_US, Party(PHONE), Terms(ACCOUNT, NUMBER, category="service"))
    assert (revoked.topic, revoked.subject, revoked.name) == ("smb_message_echoes", "wamid.E", "revoke")


def test_history_holds_answers_and_sent_messages_of_the_business_app() -> None:
    def past(sender: str, status: str | None, number: int) -> dict[str, Any]:
        context = {"history_context": {"status": status}} if status else {}
        return message(id=f"wamid.{number}", **{"from": sender}) | context

    ours = "4930123456"
    messages = [
        past(ours, "READ", 1),
        past(PHONE, "READ", 2),
        past(ours, "ERROR", 3),
        past(ours, "LOST", 4),
        past(ours, None, 5),
    ]
    chunks = [{"threads": [{"id": PHONE, "messages": messages}]}, {"errors": [{"code": 2593109}]}]
    first, answer, failed, lost, plain, declined = told("history", history=chunks)
    app = Terms(ACCOUNT, NUMBER, pricing_type="business_app")
    assert first == StatusTold("wamid.1", 4, AT_US, Party(PHONE), app)
    assert answer == ReplyTold("wamid.2", AT_US, Party(PHONE), "text")
    assert (failed.status, plain.status) == (5, 2)
    assert lost == Rejected(
        "status-unknown", "entry[0].changes[0].value.history[0].threads[0].messages[3].history_context.status", "LOST"
    )
    assert (declined.topic, declined.name) == ("errors", "2593109")


def test_media_of_the_history_come_later_and_know_who_sent_them() -> None:
    ours, theirs = told("history", messages=[message(**{"from": "4930123456"}, to=PHONE), message(type="image")])
    assert isinstance(ours, StatusTold)
    assert isinstance(theirs, ReplyTold)
