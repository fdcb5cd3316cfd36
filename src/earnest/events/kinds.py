"""The canonical event kinds: one Parquet schema each.

Every row says which message, order or contact it is about (a 64-bit key made from content), when it happened at the
provider (`occurred_us`), when we learned of it (`received_us`) and where it stands (`segment_key`, `row`).
Instants are int64 UTC microseconds; `local_day` is the business day in the workspace's zone, pre-derived so that no
SQL model needs a time zone. Money is integer: orders in minor units, message charges and costs in micro units.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Status(IntEnum):
    """Message lifecycle: a lattice, not a log. `failed` stands beside the ladder, it does not undo it."""

    ACCEPTED = 1
    SENT = 2
    DELIVERED = 3
    READ = 4
    FAILED = 5


@dataclass(frozen=True, slots=True)
class Column:
    """One column: engine type (BIGINT, INTEGER, TINYINT, DOUBLE, BOOLEAN, VARCHAR) and meaning."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class EventKind:
    """An event kind: its own columns after the common ones."""

    name: str
    meaning: str
    own: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        return COMMON + self.own


COMMON = (
    Column("event_key", "BIGINT", "identity of the event, from its content; equal keys are one event told twice"),
    Column("occurred_us", "BIGINT", "when it happened, by the provider's clock"),
    Column("received_us", "BIGINT", "when this workspace learned of it"),
    Column("local_day", "INTEGER", "business day of occurred_us, days since 1970-01-01"),
    Column("contact_key", "BIGINT", "keyed hash of the contact's canonical identity; null if unknown"),
    Column("source", "VARCHAR", "namespace of ids: which system told it"),
    Column("segment_key", "BIGINT", "which segment file the row stands in"),
    Column("row", "BIGINT", "1-based record number in the source file"),
)

_MESSAGE_REF = Column("message_key", "BIGINT", "the message it answers, if the source says so")
_ORDER_KEY = Column("order_key", "BIGINT", "the order or other conversion")

_TOLD_MONEY = (
    Column("currency", "VARCHAR", "currency it was told in; null is the workspace's"),
    Column(
        "told_minor",
        "BIGINT",
        "net amount in that currency's minor units, before conversion; null if it was not converted",
    ),
    Column("fx_rate", "VARCHAR", "rate it was converted at, with its day and source"),
)

_CONVERSION = (
    _ORDER_KEY,
    Column("order_id", "VARCHAR", "the source's own id"),
    Column("conversion_kind", "VARCHAR", "order, lead, booking, enrolment …"),
    Column("updated_us", "BIGINT", "version of the row: the highest is in force"),
    Column("net_minor", "BIGINT", "revenue: what was paid, less tax and shipping"),
    Column("tax_minor", "BIGINT", "tax within what was paid"),
    Column("shipping_minor", "BIGINT", "shipping within what was paid"),
    Column("discount_minor", "BIGINT", "discount granted: a memo, never a cost as well"),
    Column("cancelled", "BOOLEAN", "cancelled or a test: counts for nothing"),
    Column("coupon", "VARCHAR", "coupon code redeemed"),
    *_TOLD_MONEY,
)

KINDS: dict[str, EventKind] = {
    kind.name: kind
    for kind in (
        EventKind(
            "message",
            "a message reached a state of its life",
            (
                Column("message_key", "BIGINT", "the message"),
                Column(
                    "message_id", "VARCHAR", "the source's own id; of WhatsApp's, which hold the number, the end alone"
                ),
                Column("status", "TINYINT", "1 accepted, 2 sent, 3 delivered, 4 read, 5 failed"),
                Column("label_key", "BIGINT", "campaign hints of the message, interned (see label)"),
                Column("recipient_zone", "INTEGER", "calling code, with the national class where one code has several"),
                Column(
                    "cost_micro",
                    "BIGINT",
                    "what a file says it cost, in millionths of the workspace currency",
                ),
                Column("error_code", "VARCHAR", "the provider's reason for a failure"),
                Column("terms_key", "BIGINT", "who sent it and what the provider says of its price (see terms)"),
                Column(
                    "told_cost_micro",
                    "BIGINT",
                    "what the provider tells it cost, in millionths of its terms' cost currency",
                ),
                Column("conversation_key", "BIGINT", "conversation it is charged with, until 2025-06-30"),
            ),
        ),
        EventKind(
            "watermark",
            "everything sent to the contact until an instant reached a state",
            (
                Column("status", "TINYINT", "3 delivered, 4 read"),
                Column("until_us", "BIGINT", "messages sent up to here, inclusive"),
            ),
        ),
        EventKind(
            "terms",
            "a distinct set of what a provider says of a message's sender and price, found in a segment",
            (
                Column("terms_key", "BIGINT", "terms that say more have larger keys"),
                Column("account", "VARCHAR", "business account that is billed"),
                Column("number", "VARCHAR", "sending number's id"),
                Column("pricing_model", "VARCHAR", "conversation or message"),
                Column("pricing_type", "VARCHAR", "regular, free_customer_service, free_entry_point …"),
                Column("category", "VARCHAR", "category the provider charges by, lower snake case"),
                Column("billable", "BOOLEAN", "the provider's own flag"),
                Column("country", "VARCHAR", "ISO 3166 country of the profile, where no phone is told"),
                Column("audience", "VARCHAR", "group for a participant of a group"),
                Column("cost_currency", "VARCHAR", "currency of the cost the provider tells"),
                Column("stage", "TINYINT", "2 if a sent status told the price, 3 if a delivered or read one did"),
            ),
        ),
        EventKind(
            "label",
            "a distinct set of campaign hints found in a segment",
            (
                Column("label_key", "BIGINT", "more specific hints have larger keys"),
                Column("channel", "VARCHAR", "whatsapp, sms, telegram, email …"),
                Column("callback", "VARCHAR", "id that the sender put into the message and got back"),
                Column("campaign", "VARCHAR", "the file's campaign column"),
                Column("template", "VARCHAR", "template name"),
                Column("tag", "VARCHAR", "free tag"),
                Column("category", "VARCHAR", "marketing, utility, authentication, service"),
            ),
        ),
        EventKind(
            "reply",
            "the contact wrote back",
            (
                _MESSAGE_REF,
                Column("reply_type", "VARCHAR", "text, button, interactive, order … as the provider names it"),
                Column("payload", "VARCHAR", "the sender's own word for the button or list row tapped"),
                Column("referral", "VARCHAR", "id of the ad or post that brought the contact here"),
            ),
        ),
        EventKind(
            "click",
            "a link was opened",
            (
                _MESSAGE_REF,
                Column("click_class", "VARCHAR", "human, preview, prefetch, bot, unknown: by this click alone"),
                Column("reason", "VARCHAR", "why it is of this class; null where its source says so"),
                Column("click_id", "VARCHAR", "the provider's id of the click, also in the landing page's address"),
                Column("token", "VARCHAR", "the sender's own tracking token"),
                Column("link", "VARCHAR", "our link that was opened"),
                Column("within", "VARCHAR", "messages the link goes in: campaign=…, template=…, tag=… or callback=…"),
                Column("visitor_key", "BIGINT", "keyed hash of network, user agent and day, where nobody is known"),
            ),
        ),
        EventKind(
            "opt",
            "the contact opted in or out",
            (
                _MESSAGE_REF,
                Column("direction", "VARCHAR", "in or out"),
                Column(
                    "door",
                    "VARCHAR",
                    "how it was told: preference, button, keyword, failure, complaint, block, api, file",
                ),
            ),
        ),
        EventKind(
            "notice",
            "a template, number or account changed, or something was told that no other kind holds",
            (
                Column("topic", "VARCHAR", "the webhook field"),
                Column("subject", "VARCHAR", "template name, number or account it is about"),
                Column("name", "VARCHAR", "what happened, in the provider's words"),
                Column("detail", "VARCHAR", "JSON as told, with texts and numbers of people masked"),
            ),
        ),
        EventKind(
            "contact",
            "an attribute of a contact, valid from occurred_us on; consent is the attribute `consent`",
            (Column("attribute", "VARCHAR", "name"), Column("value", "VARCHAR", "value as text")),
        ),
        EventKind(
            "identity",
            "a distinct identity met in a segment",
            (
                Column("scheme", "VARCHAR", "tel, mailto, bsuid, ext or row"),
                Column("digest", "VARCHAR", "full keyed digest, to refuse collisions of the 64-bit key"),
                Column(
                    "shown",
                    "VARCHAR",
                    "the identity as people may see it: a number but for its middle, a mail's domain",
                ),
            ),
        ),
        EventKind(
            "identity_link",
            "two identities stood on one row: evidence that they are one person",
            (Column("other_key", "BIGINT", "the other identity"),),
        ),
        EventKind("order", "an order, or a newer version of it", _CONVERSION),
        EventKind("conversion", "a lead, booking, enrolment or other goal reached", _CONVERSION),
        EventKind(
            "order_line",
            "one line of an order",
            (
                _ORDER_KEY,
                Column("sku", "VARCHAR", "item"),
                Column("quantity_milli", "BIGINT", "quantity in thousandths"),
                Column("line_minor", "BIGINT", "net amount of the line"),
            ),
        ),
        EventKind(
            "refund",
            "money given back on an order or another conversion",
            (
                _ORDER_KEY,
                Column("conversion_key", "BIGINT", "the conversion of that id, for when no order has it"),
                Column("refund_minor", "BIGINT", "amount, 0 or more"),
                *_TOLD_MONEY,
            ),
        ),
        EventKind(
            "cost",
            "a cost line",
            (
                Column("cost_id", "VARCHAR", "the source's own id"),
                Column("campaign", "VARCHAR", "campaign it belongs to; null is unallocated"),
                Column(
                    "cost_kind", "VARCHAR", "messaging, subscription, content, staff, distribution, discount, other"
                ),
                Column("amount_micro", "BIGINT", "millionths of its currency; negative gives back"),
                Column("currency", "VARCHAR", "currency of the amount; null is the workspace's"),
                Column("evidence", "VARCHAR", "invoiced, measured, allocated, assumed"),
                Column("covers_messaging", "BOOLEAN", "true if it pays the message fees of its campaign and period"),
                Column("until_us", "BIGINT", "end of the period it covers, exclusive; null is open"),
                Column("description", "VARCHAR", "words"),
            ),
        ),
        EventKind(
            "assignment",
            "a unit was put into an arm of an experiment",
            (Column("experiment", "VARCHAR", "experiment id"), Column("arm", "VARCHAR", "arm")),
        ),
        EventKind(
            "series",
            "a point of a time series (market, competitor, control)",
            (Column("series", "VARCHAR", "series id"), Column("value", "DOUBLE", "value in the series' own unit")),
        ),
        EventKind(
            "session",
            "a visit to a site",
            (
                Column("session_id", "VARCHAR", "the source's own id"),
                Column("utm_source", "VARCHAR", ""),
                Column("utm_medium", "VARCHAR", ""),
                Column("utm_campaign", "VARCHAR", ""),
                Column("click_id", "VARCHAR", "click id carried by the landing URL"),
                Column("page", "VARCHAR", "host and path of the page it began with"),
                Column("order_id", "VARCHAR", "order that was placed in it, by the shop's own id"),
            ),
        ),
        EventKind(
            "survey_answer",
            "an answer to a survey question",
            (
                _MESSAGE_REF,
                Column("survey", "VARCHAR", "survey id"),
                Column("question", "VARCHAR", "question id"),
                Column("answer", "VARCHAR", "answer as text: a number, the code of a choice, or the words"),
                Column("round", "BIGINT", "round of invitations it answers; null without one"),
                Column("version", "INTEGER", "0 as first given; a later edit counts in its place, the earlier stays"),
            ),
        ),
        EventKind(
            "review",
            "what somebody said of an item, in public",
            (
                Column("review_id", "VARCHAR", "the source's own id"),
                Column("sku", "VARCHAR", "item"),
                Column("rating_milli", "BIGINT", "stars in thousandths, of `scale_milli`"),
                Column("scale_milli", "BIGINT", "most stars that can be given, in thousandths"),
                Column("words", "VARCHAR", "what was said"),
            ),
        ),
    )
}
