"""SES events: one message a recipient, ids without addresses, and what cannot be said of anybody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from earnest.channels.ses import parse
from earnest.channels.told import ClickTold, Notice, OptTold, Rejected, StatusTold
from earnest.events.kinds import Status

AT = "2026-10-01T10:00:00.000Z"
AT_US = 1_790_848_800_000_000
ID = "0100018f-aaaa"
KIM, LEE = "kim@example.org", "lee@example.org"


def event(kind: str, *to: str, tags: Any = None, **part: Any) -> dict[str, Any]:
    mail = {"timestamp": AT, "messageId": ID, "destination": list(to), "tags": {} if tags is None else tags}
    name = {"Rendering Failure": "failure"}.get(kind, kind.lower())
    return {"eventType": kind, "mail": mail, name: {"timestamp": AT} | part}


def tell(body: object) -> list[Any]:
    return list(parse(body, {}))


def test_the_ids_of_one_recipient_are_the_same_in_every_event() -> None:
    bodies = [
        event("Send", KIM, LEE),
        event("Delivery", KIM, LEE, recipients=[LEE]),
        event(
            "Bounce",
            KIM,
            LEE,
            bounceType="Transient",
            bounceSubType="MailboxFull",
            bouncedRecipients=[{"emailAddress": LEE}],
        ),
        event("Complaint", KIM, LEE, complainedRecipients=[{"emailAddress": f"Lee <{LEE.upper()}>"}]),
    ]
    ids = [one.message_id for body in bodies for one in tell(body)]
    assert ids == [f"{ID}/1", *[f"{ID}/2"] * 4]
    assert not any("@" in one for one in ids)


def test_a_mail_to_one_is_known_by_its_own_id() -> None:
    assert [one.message_id for one in tell(event("Send", KIM))] == [ID]


def test_an_address_that_was_named_twice_is_one_recipient() -> None:
    assert {one.message_id for one in tell(event("Send", KIM, LEE, KIM))} == {f"{ID}/1", f"{ID}/2"}


def test_of_a_mail_to_one_whoever_bounced_is_the_one() -> None:
    """A mailbox may pass mail on, and the bounce then names another."""
    body = event("Bounce", KIM, bounceType="Permanent", bouncedRecipients=[{"emailAddress": "other@example.org"}])
    (told,) = tell(body)
    assert (told.message_id, told.party.email, told.error_code) == (ID, KIM, "Permanent")


def test_the_notification_of_an_identity_is_read_alike() -> None:
    body = event(
        "Bounce", KIM, bounceType="Permanent", bounceSubType="General", bouncedRecipients=[{"emailAddress": KIM}]
    )
    body["notificationType"] = body.pop("eventType")
    (told,) = tell(body)
    assert (told.status, told.error_code) == (Status.FAILED, "Permanent/General")


def test_a_code_is_words_and_never_what_a_mail_server_wrote() -> None:
    (told,) = tell(event("Bounce", KIM, bounceType=f"no <{KIM}>", bouncedRecipients=[{"emailAddress": KIM}]))
    assert told.error_code == "Bounce"


@pytest.mark.parametrize("kind", ["Open", "Click"])
def test_an_open_or_click_of_one_of_several_is_nobodys(kind: str) -> None:
    (told,) = tell(event(kind, KIM, LEE, userAgent="Firefox"))
    assert isinstance(told, Notice)
    assert told.name == f"{kind.lower()}_of_one_of_several"


@pytest.mark.parametrize(
    ("agent", "kind"), [("Mozilla/5.0", Notice), ("Mozilla/5.0 (Windows)", StatusTold), (None, StatusTold)]
)
def test_apples_proxy_is_no_reader(agent: str | None, kind: type) -> None:
    (told,) = tell(event("Open", KIM, userAgent=agent))
    assert isinstance(told, kind)


def test_a_link_is_not_kept() -> None:
    (told,) = tell(event("Click", KIM, link=f"https://x.example/?m={KIM}", linkTags={"token": ["t"]}))
    assert isinstance(told, ClickTold)
    assert told == ClickTold(AT_US, told.party, token="t", message_id=ID)


def test_tags_name_what_the_mail_belongs_to() -> None:
    tags = {"campaign": ["autumn"], "template": ["t1"], "tag": ["a"], "category": ["marketing"], "other": ["x"]}
    (told,) = tell(event("Send", KIM, tags=tags))
    hints = told.hints
    assert (hints.channel, hints.campaign, hints.template, hints.tag, hints.category) == (
        "email",
        "autumn",
        "t1",
        "a",
        "marketing",
    )


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (False, True, "out"),
        (True, False, "in"),
        (None, True, "out"),
        (True, True, None),
        (False, False, None),
        (False, None, None),
    ],
)
def test_a_subscription_tells_of_leaving_everything(before: bool | None, after: bool | None, told: str | None) -> None:
    body = event(
        "Subscription",
        KIM,
        oldTopicPreferences={"unsubscribeAll": before},
        newTopicPreferences={"unsubscribeAll": after},
    )
    (one,) = tell(body)
    assert (one.direction if isinstance(one, OptTold) else None) == told


def test_a_complaint_that_it_is_no_spam_is_none() -> None:
    (told,) = tell(
        event("Complaint", KIM, complaintFeedbackType="not-spam", complainedRecipients=[{"emailAddress": KIM}])
    )
    assert isinstance(told, Notice)


def test_a_delay_is_no_state() -> None:
    (told,) = tell(
        {"eventType": "DeliveryDelay", "mail": {"messageId": ID}, "deliveryDelay": {"delayType": "MailboxFull"}}
    )
    assert (told.topic, told.subject) == ("delivery_delay", ID)


def test_an_envelope_lends_its_instant_where_the_event_has_none() -> None:
    body = event("Complaint", KIM, complainedRecipients=[{"emailAddress": KIM}])
    del body["complaint"]["timestamp"]
    assert tell(body) == [Rejected("time-missing", "complaint.timestamp")]
    envelope = {"Type": "Notification", "TopicArn": "arn:aws:sns:eu:1:t", "Timestamp": AT, "Message": json.dumps(body)}
    assert [one.occurred_us for one in tell(envelope)] == [AT_US]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("{", "not-json"),
        ('{"eventType": NaN}', "not-json"),
        ("{" * 500, "not-json"),
        (7, "shape-unknown"),
        (None, "shape-unknown"),
    ],
)
def test_a_damaged_message_is_refused(message: object, reason: str) -> None:
    (told,) = tell({"Type": "Notification", "TopicArn": "arn:aws:sns:eu:1:t", "Message": message})
    assert (told.reason, told.field) == (reason, "Message")


def test_the_first_message_of_a_topic_is_a_notice() -> None:
    text = "Successfully validated SNS topic for Amazon SES event publishing."
    (told,) = tell({"Type": "Notification", "TopicArn": "arn:aws:sns:eu:1:t", "Message": text})
    assert (told.topic, told.subject) == ("sns_message", "arn:aws:sns:eu:1:t")


def test_a_confirmation_does_not_show_its_token() -> None:
    body = {
        "Type": "SubscriptionConfirmation",
        "TopicArn": "arn:aws:sns:eu:1:t",
        "Token": "s3cret",
        "SubscribeURL": "https://x/?Token=s3cret",
    }
    (told,) = tell(body)
    assert told.topic == "subscription_confirmation"
    assert "s3cret" not in told.detail
