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
        click_class: ``human``; ``bot`` or ``preview`` where the provider itself says that no person pressed it.
    """

    occurred_us: int
    party: Party
    click_id: str | None = None
    token: str | None = None
    component: str | None = None
    message_id: str | None = None
    click_class: str = "human"


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
    """A visit to a site."""

    session_id: str
    occurred_us: int
    party: Party
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    click_id: str | None = None


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
        reason: code, one of `REASONS`. field: path of the element in the payload.
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
    | SamePerson
    | Notice
)

REASONS = {
    "not-json": ("is not JSON", "Store the body of each webhook as it came, one a line or one a file."),
    "not-an-envelope": ("is no webhook body of this channel", "Give the whole body, from its outermost brace."),
    "id-missing": ("has no id", "The provider's payload is incomplete; ask for it again."),
    "time-missing": ("has no timestamp", "The provider's payload is incomplete; ask for it again."),
    "time-unreadable": ("has a timestamp that cannot be read", "The provider's payload is damaged."),
    "status-unknown": ("has a status this version does not know", "Upgrade Earnest, then import the file again."),
    "contact-missing": ("names neither a phone nor a user id", "It cannot belong to anybody's journey."),
    "contact-unreadable": ("names a phone that is no number", "The provider's payload is damaged."),
    "cost-implausible": (
        "is no plain cost of up to 1,000,000, six decimals",
        "The message counts, this cost does not.",
    ),
    "amount-unreadable": ("is no plain amount of money", "The provider's payload is damaged."),
    "currency-unknown": ("is no ISO 4217 currency", "The provider's payload is damaged."),
    "currency-differs": (
        "is not the workspace's currency",
        "Orders are counted in one currency; import these with their converted amounts.",
    ),
    "not-mapped": ("has no field the mapping asks for", "See `earnest source preview`, and correct the mapping."),
    "too-deep": ("is nested deeper than 32 levels", "No provider sends that; the sender is at fault."),
    "too-many-values": (
        "holds more than 200,000 values or 1,000 form fields",
        "No provider sends that; the sender is at fault.",
    ),
    "key-twice": (
        "has an object that names a key twice",
        "Which of the two is meant cannot be known; the sender is at fault.",
    ),
    "source-unknown": ("came from a source nobody declared", "Declare it, then replay: earnest quarantine replay."),
    "parser-failed": ("could not be read, by a fault of Earnest", "Please report it; upgrade, then replay."),
    "shape-unknown": ("is not the kind of value that stands here", "The provider's payload is damaged."),
}
"""Reason → (what is wrong, what to do)."""


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
