"""What each importable kind can hold: its target fields, their types, the names files give them.

Declared once here; detection, `--map`, the dry run, error texts and the docs page all read these tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FieldType = Literal[
    "text", "time", "minor", "micro", "milli", "number", "flag", "enum", "currency", "any_currency", "identity", "words"
]


@dataclass(frozen=True, slots=True)
class Field:
    """One target field of a kind.

    Args:
        name: our name for it.
        type: how it is read (see parsing.py).
        meaning: one line for people.
        also: names that files give it, lower case, without blanks or underscores.
        choices: for enums: text in the file → our value.
        negative: whether a negative amount is accepted.
    """

    name: str
    type: FieldType
    meaning: str
    also: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    negative: bool = False


@dataclass(frozen=True, slots=True)
class FileKind:
    """An importable kind of file.

    Args:
        needs: each group must have at least one mapped field.
        rest: "attributes" turns unmapped columns into contact attributes, "ignored" leaves them out (and says so).
        needs_contact: a row without a usable identity is quarantined.
    """

    name: str
    meaning: str
    fields: tuple[Field, ...]
    needs: tuple[tuple[str, ...], ...]
    rest: Literal["ignored", "attributes"] = "ignored"
    needs_contact: bool = False

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


IDENTITY = (
    Field(
        "phone",
        "identity",
        "phone number, + and country code first",
        ("phonenumber", "mobile", "msisdn", "tel", "telephone", "to"),
    ),
    Field("wa_id", "identity", "WhatsApp id: digits with country code, no +", ("waid", "whatsappid", "recipientid")),
    Field("email", "identity", "e-mail address", ("mail", "emailaddress", "customeremail")),
    Field(
        "contact",
        "identity",
        "a number with +, an e-mail address, or a customer id of one system",
        (
            "contactid",
            "customer",
            "customerid",
            "userid",
            "user",
            "recipient",
            "clientid",
            "customerexternalid",
            "subscriberid",
            "id",
        ),
    ),
)

_STATUS = (
    ("accepted", "accepted"), ("queued", "accepted"), ("submitted", "accepted"), ("enqueued", "accepted"),
    ("sent", "sent"), ("sending", "sent"),
    ("delivered", "delivered"),
    ("read", "read"), ("opened", "read"), ("open", "read"), ("seen", "read"), ("played", "read"),
    ("failed", "failed"), ("undelivered", "failed"), ("bounced", "failed"), ("rejected", "failed"), ("error", "failed"),
    ("clicked", "clicked"), ("click", "clicked"),
    ("replied", "replied"), ("reply", "replied"), ("received", "replied"), ("inbound", "replied"),
    ("optedout", "opted_out"), ("opted_out", "opted_out"), ("unsubscribed", "opted_out"), ("stop", "opted_out"),
    ("optedin", "opted_in"), ("opted_in", "opted_in"), ("subscribed", "opted_in"),
)  # fmt: skip

_TIMES = ("sent_at", "delivered_at", "read_at", "failed_at", "accepted_at")
"""A message is known by a time per state, or by a status and when it happened."""

_CLICK_CLASS = tuple((name, name) for name in ("human", "preview", "prefetch", "bot", "unknown"))
_EVIDENCE = tuple((name, name) for name in ("invoiced", "measured", "allocated", "assumed"))
_COST_KIND = (
    *((n, n) for n in ("messaging", "subscription", "content", "staff", "distribution", "rental", "discount", "other")),
    ("creative", "content"), ("platform", "subscription"), ("labour", "staff"), ("labor", "staff"), ("fees", "messaging"),
)  # fmt: skip

_LIVE = (
    "paid", "completed", "complete", "processing", "fulfilled", "shipped", "open", "confirmed", "refunded", "partiallyrefunded",
    "partially_refunded", "live", "done", "ok",
)  # fmt: skip
_CANCELLED = ("cancelled", "canceled", "voided", "void", "test", "draft", "failed", "expired", "pending", "unpaid")
_CONSENT = (
    ("in", "in"), ("out", "out"), ("yes", "in"), ("no", "out"), ("true", "in"), ("false", "out"), ("1", "in"), ("0", "out"),
)  # fmt: skip

_ID = ("id", "identifier")
_CURRENCY = Field("currency", "currency", "three-letter code; must be the workspace's", ("currencycode", "cur"))
_COST_CURRENCY = Field(
    "currency", "any_currency", "three-letter code; another than the workspace's is converted by dated rates", ("currencycode", "cur")
)  # fmt: skip

_CONVERSION_FIELDS = (
    Field("updated_at", "time", "version of the row; the latest counts", ("updatedat", "modifiedat", "lastmodified")),
    Field(
        "amount",
        "minor",
        "revenue: what was paid, less tax and shipping",
        ("net", "netamount", "netrevenue", "revenue", "value", "spend", "price", "dollarvalue", "dollars", "subtotal", "sales"),
    ),
    Field("total", "minor", "what was paid, with tax and shipping", ("totalprice", "ordertotal", "grandtotal", "gross", "totalamount")),
    Field("tax", "minor", "tax within the total", ("totaltax", "vat", "taxamount")),
    Field("shipping", "minor", "shipping within the total", ("totalshipping", "shippingamount", "shippingprice")),
    Field("discount", "minor", "discount granted (memo)", ("totaldiscounts", "discountamount", "discounttotal")),
    Field(
        "status",
        "enum",
        "cancelled, test and draft orders count for nothing",
        ("orderstatus", "state", "financialstatus"),
        (*((s, "live") for s in _LIVE), *((s, "cancelled") for s in _CANCELLED)),
    ),
    Field("cancelled_at", "time", "when it was cancelled", ("cancelledat", "canceledat")),
    Field("coupon", "text", "coupon code redeemed", ("couponcode", "discountcode", "promocode", "voucher")),
    _CURRENCY,
)  # fmt: skip

KINDS: dict[str, FileKind] = {
    kind.name: kind
    for kind in (
        FileKind(
            "messages",
            "what was sent: one row a message with a time per state, or one row a status",
            (
                *IDENTITY,
                Field("message_id", "text", "the provider's id of the message", ("messageid", "wamid", "msgid", "messagesid", "sid", *_ID)),
                Field("status", "enum", "state reached, one row a status", ("messagestatus", "event", "state"), _STATUS),
                Field("occurred_at", "time", "when the status happened", ("occurredat", "timestamp", "time", "date", "eventtime", "statusat")),
                Field("accepted_at", "time", "accepted by the provider", ("acceptedat", "queuedat", "createdat")),
                Field("sent_at", "time", "sent", ("sentat", "senttime", "sentdate", "datesent", "sendtime", "senton")),
                Field("delivered_at", "time", "delivered", ("deliveredat", "deliverytime", "deliveredtime", "deliveredon")),
                Field("read_at", "time", "read (a lower bound: receipts can be off)", ("readat", "openedat", "seenat", "readtime", "readon")),
                Field("failed_at", "time", "failed", ("failedat", "errorat", "failedtime")),
                Field("clicked_at", "time", "first click", ("clickedat", "clicktime", "firstclickat")),
                Field("replied_at", "time", "first reply", ("repliedat", "replytime", "respondedat")),
                Field("opted_out_at", "time", "opted out", ("optedoutat", "optoutat", "unsubscribedat")),
                Field("channel", "text", "whatsapp, sms, telegram, email …", ("medium",)),
                Field("callback", "text", "your own id, sent along and echoed back", ("bizopaquecallbackdata", "callbackdata", "customid")),
                Field("campaign", "text", "campaign", ("campaignid", "campaignname", "broadcast", "broadcastname")),
                Field("template", "text", "template name", ("templatename", "templateid")),
                Field("tag", "text", "tag", ("tags", "label")),
                Field("category", "text", "marketing, utility, authentication, service", ("templatecategory", "pricingcategory")),
                Field("cost", "micro", "what the provider charged", ("price", "charge", "fee"), negative=False),
                Field("error_code", "text", "reason of a failure", ("errorcode", "failurereason", "error")),
                _CURRENCY,
            ),
            ((*_TIMES, "status"), (*_TIMES, "occurred_at")),
        ),
        FileKind(
            "orders",
            "what customers bought: one row an order, or one row an order line",
            (
                *IDENTITY,
                Field("order_id", "text", "the shop's id of the order", ("orderid", "ordernumber", "ordername", "transactionid", "invoiceid", "order")),
                Field("ordered_at", "time", "when it was placed",
                    ("orderedat", "orderdate", "createdat", "date", "processedat", "purchasedat", "occurredat", "timestamp", "time")),
                *_CONVERSION_FIELDS,
                Field("sku", "text", "item of the line (then a row is a line)", ("lineitemsku", "itemsku", "productid", "item")),
                Field("quantity", "milli", "quantity of the line", ("lineitemquantity", "qty", "numberofcds")),
                Field("line_amount", "minor", "net amount of the line", ("linetotal", "linenet", "lineitemprice")),
            ),
            (("ordered_at",), ("amount", "total", "line_amount")),
        ),
        FileKind(
            "refunds",
            "money given back",
            (
                *IDENTITY,
                Field("refund_id", "text", "the shop's id of the refund", ("refundid", *_ID)),
                Field("order_id", "text", "the order it belongs to", ("orderid", "ordernumber", "order")),
                Field("refunded_at", "time", "when it was given back", ("refundedat", "refunddate", "createdat", "date", "occurredat", "timestamp")),
                Field("amount", "minor", "net amount given back, 0 or more", ("refundamount", "refund", "value", "total")),
                _CURRENCY,
            ),
            (("order_id",), ("refunded_at",), ("amount",)),
        ),
        FileKind(
            "clicks",
            "links opened",
            (
                *IDENTITY,
                Field("click_id", "text", "id of the click", ("clickid", *_ID)),
                Field("message_id", "text", "the message that carried the link", ("messageid", "wamid", "msgid")),
                Field("clicked_at", "time", "when", ("clickedat", "clicktime", "date", "timestamp", "time", "occurredat", "createdat")),
                Field("click_class", "enum", "human, preview, prefetch, bot, unknown", ("class", "clickclass"), _CLICK_CLASS),
            ),
            (("clicked_at",), ("message_id", "phone", "wa_id", "email", "contact")),
        ),
        FileKind(
            "costs",
            "what it cost, line by line",
            (
                Field("cost_id", "text", "id of the line", ("costid", "lineid", "invoiceline", *_ID)),
                Field("campaign", "text", "campaign it belongs to; empty is unallocated", ("campaignid", "campaignname")),
                Field("cost_kind", "enum", "messaging, subscription, content, staff …", ("kind", "costkind", "type", "category", "item"), _COST_KIND),
                Field("amount", "micro", "amount", ("cost", "value", "price", "total", "spend"), negative=True),
                Field("from", "time", "start of the period it covers", ("date", "day", "occurredat", "effectivefrom", "start", "startdate", "incurredat")),
                Field("until", "time", "end of the period, exclusive", ("effectiveuntil", "end", "enddate", "to")),
                Field("evidence", "enum", "invoiced, measured, allocated, assumed", ("basis",), _EVIDENCE),
                Field("covers_messaging", "flag", "it pays the message fees of its campaign and period", ("covers", "coversmessaging")),
                Field("description", "text", "words", ("note", "notes", "memo", "name")),
                _COST_CURRENCY,
            ),
            (("amount",), ("from",)),
        ),
        FileKind(
            "assignments",
            "who was put into which arm of an experiment",
            (
                *IDENTITY,
                Field("experiment", "text", "experiment id", ("experimentid", "test", "testid")),
                Field("arm", "text", "arm, for example treatment or hold-out", ("group", "variant", "segment", "treatment", "cell")),
                Field("assigned_at", "time", "when", ("assignedat", "date", "timestamp", "occurredat", "randomisedat", "randomizedat")),
            ),
            (("experiment",), ("arm",), ("assigned_at",)),
            needs_contact=True,
        ),
        FileKind(
            "contacts",
            "who the contacts are; columns that are nothing else become dated attributes",
            (
                *IDENTITY,
                Field("valid_from", "time", "since when the attributes hold", ("validfrom", "effectivefrom", "createdat", "updatedat", "date", "since")),
                Field("consent", "enum", "in or out", ("optin", "marketingconsent", "subscribed"), _CONSENT),
            ),
            (("phone", "wa_id", "email", "contact"), ("valid_from",)),
            rest="attributes",
            needs_contact=True,
        ),
        FileKind(
            "series",
            "time series for counterfactuals: market, competitors, controls",
            (
                Field("series", "text", "name of the series", ("name", "metric", "seriesid")),
                Field("at", "time", "point in time", ("date", "day", "time", "timestamp", "week", "dateweek", "occurredat")),
                Field("value", "number", "value", ("y", "amount", "volume")),
            ),
            (("series",), ("at",), ("value",)),
        ),
        FileKind(
            "reviews",
            "what customers said of items: one row a review",
            (
                Field("review_id", "text", "id of the review", ("reviewid", *_ID)),
                *IDENTITY,
                Field("sku", "text", "item it is about, as order lines name it", ("itemsku", "productsku", "productid", "producthandle", "product", "item")),
                Field("rating", "milli", "stars given", ("stars", "score", "ratingvalue", "reviewrating")),
                Field("scale", "milli", "most stars that can be given; default 5", ("bestrating", "maxrating", "outof", "ratingscale")),
                Field("words", "words", "what was said", ("reviewbody", "reviewtext", "body", "text", "comment", "content", "review")),
                Field("reviewed_at", "time", "when", ("reviewedat", "reviewdate", "submittedat", "publishedat", "createdat", "date", "occurredat")),
            ),
            (("sku",), ("rating",), ("reviewed_at",)),
        ),
        FileKind(
            "answers",
            "answers to surveys: one row an answer to one question",
            (
                Field("answer_id", "text", "id of the form: the same for all its answers", ("answerid", "responseid", "submissionid", *_ID)),
                *IDENTITY,
                Field("survey", "text", "survey, as declared here", ("surveyid", "surveyname", "form")),
                Field("question", "text", "question, as declared here", ("questionid", "questionname")),
                Field("answer", "words", "a number, the code of a choice, or words", ("response", "value", "score", "rating", "text")),
                Field("answered_at", "time", "when", ("answeredat", "submittedat", "completedat", "date", "timestamp", "time", "createdat", "occurredat")),
                Field("message_id", "text", "the message that asked", ("messageid", "wamid", "msgid")),
            ),
            (("survey",), ("question",), ("answer",), ("answered_at",)),
        ),
        FileKind(
            "sessions",
            "visits",
            (
                *IDENTITY,
                Field("session_id", "text", "id of the session", ("sessionid", "gasessionid")),
                Field("started_at", "time", "when it began", ("startedat", "starttime", "timestamp", "date", "occurredat")),
                Field("utm_source", "text", "utm_source", ("utmsource", "source")),
                Field("utm_medium", "text", "utm_medium", ("utmmedium", "medium")),
                Field("utm_campaign", "text", "utm_campaign", ("utmcampaign", "campaign")),
                Field("click_id", "text", "click id of the landing URL", ("clickid", "gclid", "fbclid")),
            ),
            (("started_at",),),
        ),
        FileKind(
            "conversions",
            "other goals reached: leads, bookings, enrolments",
            (
                *IDENTITY,
                Field("conversion_id", "text", "id of the conversion", ("conversionid", "leadid", "bookingid", "enrolmentid", "enrollmentid")),
                Field("conversion_kind", "text", "lead, booking, enrolment …", ("kind", "conversionkind", "type", "goal", "event")),
                Field("converted_at", "time", "when", ("convertedat", "date", "timestamp", "occurredat", "createdat", "enrolledat", "bookedat")),
                *_CONVERSION_FIELDS,
            ),
            (("converted_at",), ("conversion_kind",)),
        ),
    )
}  # fmt: skip
