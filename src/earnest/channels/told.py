"""What a channel's payload tells, before keys: the values every channel's `parse` yields.

    payload ─ parse (pure) ─> Told … | Rejected ─ columns ─> events

Instants are int64 UTC microseconds. Identities are as the provider writes them (`phone` digits or E.164, `user_id`
opaque); keys, zones and days come later, where the workspace's secret and time zone are known.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

BUSINESS_APP = "business_app"
"""Pricing type of what was typed on the business's own phone, as its history tells: never charged."""


class Party(msgspec.Struct, frozen=True, gc=False):
    """Who a payload is about.

    Args:
        phone: a WhatsApp id: digits of the calling code and number, with or without +; None if the provider hides it.
        user_id: business-scoped user id; None if not told.
        country: ISO 3166 code of the profile, told where the phone is hidden.
        dialled: a phone as people write it (+49 151 …); a national writing counts only where the source has a region.
        email: mail address as told.
        contact: any other id, as it stands in the `contact` column of files: a customer number of the business's own as
            it is, a provider's one with the provider before it (``telegram:52617``, ``messenger:24001``, ``shopify:706``).
    """

    phone: str | None = None
    user_id: str | None = None
    country: str | None = None
    dialled: str | None = None
    email: str | None = None
    contact: str | None = None


class Terms(msgspec.Struct, frozen=True, gc=False):
    """Who sent a message, and what the provider says of its price; interned, as few differ.

    Args:
        account: business account that is billed (WhatsApp: WABA id). number: sending number's id.
        pricing_model: ``conversation`` (to 2025-06-30) or ``message``; None if not told.
        pricing_type: ``regular``, ``free_customer_service``, ``free_entry_point`` … in lower snake case.
        category: ``marketing``, ``utility``, ``authentication``, ``authentication_international``, ``service`` … in
            lower snake case.
        country: of the profile, where no phone tells the market.
        audience: ``group`` for a participant of a group, else None.
        cost_currency: currency of the cost the provider tells, if it tells one.
        stage: 2 if a sent status told the price, 3 if a delivered or read one did, None if no price was told.
    """

    account: str | None = None
    number: str | None = None
    pricing_model: str | None = None
    pricing_type: str | None = None
    category: str | None = None
    billable: bool | None = None
    country: str | None = None
    audience: str | None = None
    cost_currency: str | None = None
    stage: int | None = None


class Hints(msgspec.Struct, frozen=True, gc=False):
    """What a payload says of the campaign a message belongs to, beside its callback.

    Args:
        channel: the medium where the provider carries several (``sms``, ``whatsapp``, ``email``); None is the channel's code.
    """

    channel: str | None = None
    campaign: str | None = None
    template: str | None = None
    tag: str | None = None
    category: str | None = None


class StatusTold(msgspec.Struct, frozen=True, gc=False):
    """A message that the business sent reached a state.

    Args:
        message_id: identity of the message; of a group send, with the participant.
        status: as `events.kinds.Status`.
        conversation: id of the conversation it is charged with (conversation era only).
        cost: what the provider says it cost, decimal text in `terms.cost_currency`.
        callback: text the sender put into the message and got back.
        error_code: provider's reason of a failure.
        occurred_us: None is never told; such a status is Rejected.
    """

    message_id: str
    status: int
    occurred_us: int
    party: Party
    terms: Terms
    conversation: str | None = None
    cost: str | None = None
    callback: str | None = None
    error_code: str | None = None
    hints: Hints | None = None


class WatermarkTold(msgspec.Struct, frozen=True, gc=False):
    """Everything sent to a person until an instant has reached a state (Messenger's read and delivery watermarks).

    Args:
        status: DELIVERED or READ, as `events.kinds.Status`. until_us: messages sent up to here, inclusive.
    """

    occurred_us: int
    party: Party
    status: int
    until_us: int


class ReplyTold(msgspec.Struct, frozen=True, gc=False):
    """The contact wrote to the business.

    Args:
        reply_id: the incoming message's own id.
        answers: id of the message it answers, if told.
        reply_type: text, button, interactive, order … as the provider names it.
        payload: the sender's own word for the button or list row tapped.
        referral: id of the ad or post that brought the contact here.
    """

    reply_id: str
    occurred_us: int
    party: Party
    reply_type: str
    answers: str | None = None
    payload: str | None = None
    referral: str | None = None


class OptTold(msgspec.Struct, frozen=True, gc=False):
    """The contact opted in or out.

    Args:
        direction: ``in`` or ``out``.
        door: how it was told: preference, button, keyword, failure, complaint, block, api.
        message_id: the message it came with, if told.
    """

    occurred_us: int
    party: Party
    direction: str
    door: str
    message_id: str | None = None


class ClickTold(msgspec.Struct, frozen=True, gc=False):
    """A link was opened; the provider may name neither contact nor message.

    Args:
        click_id: the provider's id, also in the landing page's address. token: the sender's own tracking token.
        message_id: the message it was in, if told.
        click_class: by this click alone: ``human``, ``preview``, ``prefetch``, ``bot`` or ``unknown``. Of a provider's clicks
            ``bot`` or ``preview`` only where it says itself that no person pressed.
        reason: why, of our own links: a code of `tracking.classes`.
        link: id of our link. within: which messages it goes in (``campaign=spring``). visitor: keyed hash, see `events.kinds`.
    """

    occurred_us: int
    party: Party
    click_id: str | None = None
    token: str | None = None
    component: str | None = None
    message_id: str | None = None
    click_class: str = "human"
    reason: str | None = None
    link: str | None = None
    within: str | None = None
    visitor: int | None = None


class LineTold(msgspec.Struct, frozen=True, gc=False):
    """One line of an order: net amount and quantity in decimal text."""

    sku: str
    quantity: str | None = None
    amount: str | None = None


class OrderTold(msgspec.Struct, frozen=True, gc=False):
    """An order or another conversion, or a newer version of one.

    Money is decimal text in `currency`; the net amount is `amount`, or else `total` less tax and shipping.

    Args:
        order_id: the source's own id, the same in its files and on its webhooks.
        updated_us: version; the highest is in force. None only where a source never changes what it told.
        conversion_kind: ``order``, or ``lead``, ``booking``, ``enrolment`` … for other conversions.
        cancelled: cancelled or a test: counts for nothing.
    """

    order_id: str
    occurred_us: int
    party: Party
    currency: str
    updated_us: int | None = None
    conversion_kind: str = "order"
    amount: str | None = None
    total: str | None = None
    tax: str | None = None
    shipping: str | None = None
    discount: str | None = None
    cancelled: bool = False
    coupon: str | None = None
    lines: tuple[LineTold, ...] = ()


class RefundTold(msgspec.Struct, frozen=True, gc=False):
    """Money given back on an order, told once a refund: never a running total.

    Args:
        amount: decimal text in `currency`, 0 or more.
    """

    refund_id: str
    order_id: str
    occurred_us: int
    party: Party
    amount: str
    currency: str


class AttributeTold(msgspec.Struct, frozen=True, gc=False):
    """An attribute of a contact, valid from `occurred_us` on; consent is the attribute ``consent``."""

    occurred_us: int
    party: Party
    attribute: str
    value: str


class AssignmentTold(msgspec.Struct, frozen=True, gc=False):
    """A contact was put into an arm of an experiment."""

    occurred_us: int
    party: Party
    experiment: str
    arm: str


class SessionTold(msgspec.Struct, frozen=True, gc=False):
    """A visit to a site.

    Args:
        page: host and path of its first page, no query. order_id: order placed in it, by the shop's own id.
    """

    session_id: str
    occurred_us: int
    party: Party
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    click_id: str | None = None
    page: str | None = None
    order_id: str | None = None


class AnswerTold(msgspec.Struct, frozen=True, gc=False):
    """An answer to one question of a survey.

    Args:
        answer_id: the same for all answers of one form; with the question it is the answer's identity.
        answer: a number, the code of a choice, or words. round: round of invitations. version: 0 as first given.
        message_id: the message that asked, if told.
    """

    answer_id: str
    occurred_us: int
    party: Party
    survey: str
    question: str
    answer: str
    round: int | None = None
    version: int = 0
    message_id: str | None = None


class ReviewTold(msgspec.Struct, frozen=True, gc=False):
    """What somebody said of an item, in public.

    Args:
        rating_milli, scale_milli: stars given and the most that can be given, in thousandths.
    """

    review_id: str
    occurred_us: int
    party: Party
    sku: str
    rating_milli: int
    scale_milli: int
    words: str | None = None


class SamePerson(msgspec.Struct, frozen=True, gc=False):
    """Evidence that two identities are one person: a phone and a user id told together, or a changed number."""

    occurred_us: int
    one: Party
    other: Party


class Notice(msgspec.Struct, frozen=True, gc=False):
    """What no other kind holds: a template, number or account changed, an error of the account, an unknown field.

    Args:
        topic: the webhook field (``message_template_status_update``, ``errors`` …).
        subject: what it is about: template name, number, account.
        name: what happened in the provider's words (APPROVED, PAUSED …).
        occurred_us: None if the payload does not say when.
        detail: JSON as told.
    """

    topic: str
    subject: str | None
    name: str | None
    occurred_us: int | None
    detail: str


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """An element that cannot be read.

    Args:
        reason: code, one of `reasons.REASONS`. field: path of the element in the payload.
        value: what stood there, shortened.
    """

    reason: str
    field: str
    value: str | None = None


Told = (
    StatusTold
    | WatermarkTold
    | ReplyTold
    | OptTold
    | ClickTold
    | OrderTold
    | RefundTold
    | AttributeTold
    | AssignmentTold
    | SessionTold
    | AnswerTold
    | ReviewTold
    | SamePerson
    | Notice
)


def as_text(value: Any) -> str:
    """JSON text of a value, for notices; empty for what no JSON text can hold (too deep, a lone surrogate)."""
    try:
        return msgspec.json.encode(value).decode()
    except (RecursionError, UnicodeError, OverflowError, TypeError, ValueError):
        return ""


SHOWN = 60
_DIGITS = re.compile(r"[0-9]{5,}|\S+@\S+")


def shown_value(text: str) -> str:
    """A refused value as people may see it: its first 60 characters, with longer numbers and mail addresses masked.

    Example:
        >>> shown_value("Call 4915112345678 on day 12")
        'Call ••• on day 12'
    """
    masked = _DIGITS.sub("•••", text[: SHOWN * 10])
    return masked if len(masked) <= SHOWN else f"{masked[: SHOWN - 1]}…"
