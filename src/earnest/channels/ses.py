"""Amazon SES: events of mails, bare or in an envelope of SNS.

    SNS Notification ─ Message (JSON text) ─┐
    event {eventType | notificationType} ───┴─ mail + bounce | complaint | delivery | open | click …

One mail may have several recipients: each has a message of its own, `<messageId>/<place in mail.destination>`, or just
`<messageId>` where there is one. `destination` is the same list in every event of a mail, so the id is too, and it holds no
address. What SES cannot say of whom (an open of a mail to several) is a notice.

Source: docs.aws.amazon.com/ses, "Contents of event data that Amazon SES publishes to Amazon SNS" (read 2026-10).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from earnest.channels.channel import Channel, Headers, Kind
from earnest.channels.delivery import decode
from earnest.channels.element import Element, Refusal, iso_us
from earnest.channels.masking import Allowed, callback_of
from earnest.channels.notices import notice_of
from earnest.channels.scalars import id_of, kind_of, list_of, text_of, word_of
from earnest.channels.told import ClickTold, Hints, OptTold, Party, Rejected, StatusTold, Terms, Told
from earnest.events.kinds import Status

SENT, DELIVERED, READ, FAILED = (int(s) for s in (Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED))
MACHINE_AGENTS = ("mozilla/5.0",)
"""User agents that are no person's: Apple Mail Privacy Protection fetches every image and says just this."""

SUPPRESSED = "OnAccountSuppressionList"
NO_SPAM = "not-spam"
ALLOWED = Allowed(
    words=frozenset(
        (
            *("Type", "eventType", "notificationType", "bounceType", "bounceSubType", "complaintSubType", "status"),
            *("complaintFeedbackType", "delayType", "action", "templateName", "SignatureVersion", "contactList"),
            *("topicName", "subscriptionStatus", "unsubscribeAll"),
        )
    ),
    ids=frozenset(("messageId", "MessageId", "TopicArn", "feedbackId", "sendingAccountId")),
    times=frozenset(("timestamp", "Timestamp", "arrivalDate", "expirationTime")),
)
_MAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+")
_WORD = re.compile(r"[A-Za-z]{1,40}")


@dataclass(frozen=True, slots=True)
class Mail:
    """What an event says of its mail.

    Args:
        identity: SES's id. people: addresses it was sent to, in order, None where one cannot be read.
        places: address in lower case → its place among them, from 1. part: the event's own object.
        sns: when SNS passed the event on.
    """

    identity: str
    people: tuple[str | None, ...]
    places: dict[str, int]
    terms: Terms
    hints: Hints
    mail: Element
    part: Element
    sns: int | None

    def message(self, address: str | None, at: str) -> tuple[str, Party]:
        """Id and party of one recipient's copy.

        Raises:
            Refusal: `contact-unreadable` if there are several and it is none of them.
        """
        if len(self.people) == 1 and (self.people[0] or address):
            return self.identity, Party(email=self.people[0] or address)
        place = None if address is None else self.places.get(address.casefold())
        if place is None:
            raise Refusal(Rejected("contact-unreadable", at))
        return f"{self.identity}/{place}", Party(email=address)

    def happened(self) -> int:
        """When: the event's own instant, else when SNS passed it on.

        Raises:
            Refusal: `time-missing`, `time-unreadable`.
        """
        own = self.part.time("timestamp")
        if own is None and self.sns is None:
            raise self.part.refuse("time-missing", "timestamp")
        return self.sns or 0 if own is None else own


def parse(payload: object, _headers: Headers) -> Iterator[Told | Rejected]:
    """Everything one delivery tells."""
    if not isinstance(payload, dict):
        yield Rejected("not-an-envelope", "", kind_of(payload))
    elif "Type" in payload and "TopicArn" in payload:
        yield from _envelope(payload)
    else:
        yield from _event(payload, "", None)


def _envelope(envelope: dict[str, Any]) -> Iterator[Told | Rejected]:
    kind, topic, message = envelope.get("Type"), text_of(envelope.get("TopicArn")), envelope.get("Message")
    us = iso_us(envelope.get("Timestamp"))
    if kind != "Notification":
        yield notice_of(_words(kind) or "sns", envelope, ALLOWED, subject=topic, us=us)
    elif isinstance(message, dict):
        yield from _event(message, "Message", us)
    elif not isinstance(message, str):
        yield Rejected("shape-unknown", "Message", kind_of(message))
    elif not message.lstrip().startswith("{"):
        yield notice_of("sns_message", envelope, ALLOWED, subject=topic, us=us)
    else:
        event = decode(message.encode(errors="replace"), "application/json")
        if isinstance(event, dict):
            yield from _event(event, "Message", us)
        else:
            yield Rejected(event.reason if isinstance(event, Rejected) else "not-json", "Message")


def _words(raw: object) -> str | None:
    """A name in camel case as words: SubscriptionConfirmation, subscription_confirmation."""
    text = text_of(raw)
    return word_of(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text[:80])) if text else None


def _event(event: dict[str, Any], at: str, sns: int | None) -> Iterator[Told | Rejected]:
    kind = _words(event.get("eventType")) or _words(event.get("notificationType"))
    whole = Element(event, at)
    if kind is None:
        yield Rejected("not-an-envelope", at, kind_of(event.get("eventType")))
        return
    reader = READERS.get(kind)
    if reader is None:
        mail = event.get("mail")
        subject = text_of(mail.get("messageId")) if isinstance(mail, dict) else None
        yield notice_of(kind, event, ALLOWED, subject=subject, name=kind, us=sns)
        return
    name, read = reader
    own = event.get(name)
    when = iso_us(own.get("timestamp")) if isinstance(own, dict) else None
    try:
        told = read(_mail_of(whole, name, sns))
        for one in told:
            if isinstance(one, str):
                identity = whole.within("mail").text("messageId")
                yield notice_of(kind, event, ALLOWED, subject=identity, name=one, us=when or sns)
            else:
                yield one
    except Refusal as refusal:
        yield refusal.rejected


def _mail_of(event: Element, name: str, sns: int | None) -> Mail:
    mail, part = event.within("mail"), event.within(name)
    people = tuple(_address(one) for one in list_of(mail.item.get("destination")))
    places = {one.casefold(): place for place, one in reversed([*enumerate(people, start=1)]) if one is not None}
    terms = Terms(account=id_of(mail.item.get("sendingAccountId")))
    return Mail(mail.identity("messageId"), people, places, terms, _hints(mail), mail, part, sns)


def _address(raw: object) -> str | None:
    """The address of a mailbox, also where a name stands before it."""
    if not isinstance(raw, str):
        return None
    text = raw.rpartition("<")[2].rstrip("> ").strip()
    return text if _MAIL.fullmatch(text) else None


def _hints(mail: Element) -> Hints:
    """Message tags with these names say what the mail belongs to; SES gives each tag as a list."""
    tags = mail.within("tags").item

    def tag(*names: str) -> str | None:
        values = [text_of(value) for name in names for value in list_of(tags.get(name))[:1]]
        return next((callback_of(value) for value in values if value is not None), None)

    campaign = tag("campaign", "campaign_id", "campaign-id", "campaign_name")
    return Hints("email", campaign, tag("template", "template_name"), tag("tag"), tag("category"))


Answers = Iterator[Told | Rejected | str]
"""What a reader tells; a text names a notice of the whole event."""

Recipient = tuple[str | None, str, str | None]
"""Address, path, error code."""


def _states(mail: Mail, status: int, us: int, people: Sequence[Recipient | Rejected]) -> Answers:
    """One status for each recipient."""
    for one in people:
        if isinstance(one, Rejected):
            yield one
            continue
        address, at, code = one
        try:
            identity, party = mail.message(address, at)
        except Refusal as refusal:
            yield refusal.rejected
        else:
            yield StatusTold(identity, status, us, party, mail.terms, error_code=code, hints=mail.hints)


def _everybody(mail: Mail, code: str | None = None) -> list[Recipient]:
    path = mail.mail.path("destination")
    found = [(one, f"{path}[{place}]", code) for place, one in enumerate(mail.people)]
    if not found:
        raise Refusal(Rejected("contact-missing", path))
    return found


def _sent(mail: Mail) -> Answers:
    yield from _states(mail, SENT, mail.mail.moment("timestamp"), _everybody(mail))


def _rejected(mail: Mail) -> Answers:
    yield from _states(mail, FAILED, mail.mail.moment("timestamp"), _everybody(mail, "Reject"))


def _unrendered(mail: Mail) -> Answers:
    yield from _states(mail, FAILED, mail.mail.moment("timestamp"), _everybody(mail, "Rendering Failure"))


def _delivered(mail: Mail) -> Answers:
    path = mail.part.path("recipients")
    told = list_of(mail.part.item.get("recipients"))
    people: list[Recipient] = [(_address(one), f"{path}[{place}]", None) for place, one in enumerate(told)]
    yield from _states(mail, DELIVERED, mail.happened(), people or _everybody(mail))


def _bounced(mail: Mail) -> Answers:
    words = [text_of(mail.part.item.get(key)) or "" for key in ("bounceType", "bounceSubType")]
    code = "/".join(word for word in words if _WORD.fullmatch(word)) or "Bounce"
    people = _named(mail.part, "bouncedRecipients", code)
    yield from _states(mail, FAILED, mail.happened(), people or _everybody(mail, code))


def _named(part: Element, key: str, code: str | None) -> list[Recipient | Rejected]:
    """The recipients an event names, each an object with its address."""
    found: list[Recipient | Rejected] = []
    for place, one in enumerate(list_of(part.item.get(key))):
        at = part.path(f"{key}[{place}]")
        if isinstance(one, dict):
            found.append((_address(one.get("emailAddress")), f"{at}.emailAddress", code))
        else:
            found.append(Rejected("shape-unknown", at, kind_of(one)))
    return found


def _complained(mail: Mail) -> Answers:
    """A complaint of one; of several, the provider hides who it was, and SES names all it may have been."""
    us, people = mail.happened(), _named(mail.part, "complainedRecipients", f"Complaint/{SUPPRESSED}")
    if mail.part.item.get("complaintSubType") == SUPPRESSED:
        yield from _states(mail, FAILED, us, people)
    elif mail.part.item.get("complaintFeedbackType") == NO_SPAM:
        yield "not_spam"
    elif len(people) != 1:
        yield "complaint_of_one_of_several"
    elif isinstance(people[0], Rejected):
        yield people[0]
    else:
        identity, party = mail.message(*people[0][:2])
        yield OptTold(us, party, "out", "complaint", identity)


def _sole(mail: Mail) -> tuple[str, Party] | None:
    """The only recipient; None if there are several, as SES does not say which of them opened or clicked."""
    return mail.message(mail.people[0], mail.mail.path("destination[0]")) if len(mail.people) == 1 else None


def _opened(mail: Mail) -> Answers:
    agent, sole = text_of(mail.part.item.get("userAgent")), _sole(mail)
    if sole is None:
        yield "open_of_one_of_several"
    elif agent is not None and agent.strip().casefold() in MACHINE_AGENTS:
        yield "machine_open"
    else:
        yield StatusTold(sole[0], READ, mail.happened(), sole[1], mail.terms, hints=mail.hints)


def _clicked(mail: Mail) -> Answers:
    sole = _sole(mail)
    if sole is None:
        yield "click_of_one_of_several"
        return
    tokens = list_of(mail.part.within("linkTags").item.get("token"))
    token = callback_of(text_of(tokens[0])) if tokens else None
    yield ClickTold(mail.happened(), sole[1], token=token, message_id=sole[0])


def _subscribed(mail: Mail) -> Answers:
    """Leaving or joining everything at once; a change of single topics is a notice."""
    before, after = (
        mail.part.within(key).item.get("unsubscribeAll") for key in ("oldTopicPreferences", "newTopicPreferences")
    )
    sole = _sole(mail)
    if sole is None or not isinstance(after, bool) or after == (before is True):
        yield "topic_preferences"
    else:
        yield OptTold(mail.happened(), sole[1], "out" if after else "in", "preference", sole[0])


READERS: dict[str, tuple[str, Callable[[Mail], Answers]]] = {
    "send": ("send", _sent),
    "delivery": ("delivery", _delivered),
    "bounce": ("bounce", _bounced),
    "complaint": ("complaint", _complained),
    "reject": ("reject", _rejected),
    "rendering_failure": ("failure", _unrendered),
    "open": ("open", _opened),
    "click": ("click", _clicked),
    "subscription": ("subscription", _subscribed),
}
"""Type of event → the object that tells of it, and its reader."""

KINDS = (
    Kind("Send, Delivery, Bounce, Reject, Rendering Failure", "message", "taken, delivered, refused, not sent"),
    Kind("Open", "message", "a mail to one recipient was opened, and not by Apple's privacy proxy"),
    Kind("Click", "click", "a link in a mail to one recipient was opened"),
    Kind("Complaint, Subscription", "opt", "a person said it was spam, or left or joined all topics"),
    Kind("everything else", "notice", "delays, machine opens, events of one of several, SNS subscriptions"),
)

CHANNEL = Channel(
    code="ses",
    label="Amazon SES",
    docs="https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html",
    read="2026-10",
    signature="sns",
    kinds=KINDS,
    parse=parse,
    connects=("read", "click", "opt"),
)
