"""SendGrid's events: which id is a mail's, why one failed, and what a machine did."""

from __future__ import annotations

from typing import Any

import pytest

from earnest.channels.sendgrid import OPTS, STATUSES, parse
from earnest.channels.told import ClickTold, Notice, OptTold, Rejected, StatusTold
from earnest.events.failure import FailureClass, failure_class

AT = 1790848800
ID = "abc.recvd-1-2-66FBB0A0-2.0"


def tell(**fields: Any) -> list[Any]:
    return list(
        parse([{"email": "kim@example.org", "timestamp": AT, "sg_message_id": ID, "sg_event_id": "e"} | fields], {})
    )


def test_recipients_of_one_request_are_messages_of_their_own() -> None:
    """They share what stands before the first dot; to cut there would make them one message."""
    ids = [
        tell(event="delivered", sg_message_id=f"abc.recvd-1-2-66FBB0A0-2.{place}")[0].message_id for place in range(3)
    ]
    assert len(set(ids)) == 3


@pytest.mark.parametrize("word", STATUSES)
def test_each_word_is_a_state(word: str) -> None:
    (told,) = tell(event=word)
    assert isinstance(told, StatusTold)
    assert (told.status, told.message_id, told.occurred_us) == (STATUSES[word], ID, AT * 1_000_000)
    assert told.hints is not None
    assert told.hints.channel == "email"


@pytest.mark.parametrize("flag", [True, "true", "True", 1])
def test_a_machines_open_is_no_read(flag: object) -> None:
    (told,) = tell(event="open", sg_machine_open=flag)
    assert isinstance(told, Notice)
    assert told.name == "machine_open"


@pytest.mark.parametrize("flag", [False, "false", None, 0])
def test_any_other_open_is_a_read(flag: object) -> None:
    assert isinstance(tell(event="open", sg_machine_open=flag)[0], StatusTold)


@pytest.mark.parametrize("word", OPTS)
def test_leaving_and_coming_back(word: str) -> None:
    (told,) = tell(event=word, sg_message_id=None)
    assert isinstance(told, OptTold)
    assert (told.direction, told.door, told.message_id) == (*OPTS[word], None)


@pytest.mark.parametrize(
    ("fields", "code", "reason"),
    [
        (
            {"event": "bounce", "bounce_classification": "Invalid Address", "status": "5.1.1"},
            "bounce/invalid_address",
            "invalid_number",
        ),
        ({"event": "bounce", "status": "5.2.2"}, "5.2.2", "transient"),
        ({"event": "bounce", "status": "550 kim@example.org", "type": "blocked"}, "blocked", "unknown"),
        ({"event": "bounce"}, "bounce", "unknown"),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, "dropped/unsubscribed_address", "opted_out"),
        ({"event": "dropped", "reason": "kim@example.org is gone"}, "dropped", "unknown"),
        ({"event": "bounce", "bounce_classification": "kim@example.org"}, "bounce", "unknown"),
    ],
)
def test_why_a_mail_failed(fields: dict[str, Any], code: str, reason: str) -> None:
    (told,) = tell(**fields)
    assert told.error_code == code
    assert failure_class("email", code) is FailureClass(reason)


def test_two_clicks_in_one_second_are_two() -> None:
    one, other = (tell(event="click", sg_event_id=name)[0] for name in ("e1", "e2"))
    assert isinstance(one, ClickTold)
    assert one != other


def test_custom_arguments_name_the_campaign() -> None:
    (told,) = tell(event="delivered", campaign_id=77, category="news", template_id="t", callback="mine")
    assert (told.hints.campaign, told.hints.tag, told.hints.template, told.callback) == ("77", "news", "t", "mine")


def test_an_argument_with_a_person_in_it_is_masked() -> None:
    (told,) = tell(
        event="delivered", campaign="for kim@example.org", category=["+4915112345678"], callback="kim@example.org"
    )
    assert (told.hints.campaign, told.hints.tag, told.callback) == ("for …", "…", "…")


def test_a_mail_without_an_id_cannot_be_told_of() -> None:
    """A late bounce may come without `sg_message_id`."""
    (told,) = tell(event="bounce", sg_message_id=None)
    assert isinstance(told, Notice)
    assert told.name == "bounce_unnamed"


def test_one_bad_event_leaves_the_rest() -> None:
    good = {"email": "kim@example.org", "timestamp": AT, "sg_message_id": ID, "event": "delivered"}
    told = list(parse([good, None, good | {"email": 3}, good | {"timestamp": "soon"}, good], {}))
    assert [type(one) for one in told] == [StatusTold, Rejected, Rejected, Rejected, StatusTold]
    assert [one.field for one in told if isinstance(one, Rejected)] == ["[1]", "[2].email", "[3].timestamp"]


def test_a_lone_event_is_read_too() -> None:
    assert [
        type(one)
        for one in parse({"email": "kim@example.org", "timestamp": AT, "sg_message_id": ID, "event": "open"}, {})
    ] == [StatusTold]


@pytest.mark.parametrize("body", [None, {}, "x", 3])
def test_what_is_no_batch_is_refused(body: object) -> None:
    assert [one.reason for one in parse(body, {}) if isinstance(one, Rejected)] == ["not-an-envelope"]
