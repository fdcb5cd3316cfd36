"""The events of `POST /api/v1/events`, one model a type; what they become is `channels/earnest_events.py`.

Strict: no other fields, amounts as decimal text, instants with their zone, at least one identity where one is needed.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from earnest.api.checked_text import Checked
from earnest.kernel.money import exponents

MOST_EVENTS = 1_000

_PRINTED = r"[^\s\x00-\x1f\x7f-\x9f]"
_WORDS = rf"{_PRINTED}([^\x00-\x1f\x7f-\x9f]*{_PRINTED})?"
_DAY = (
    r"(199[1-9]|20[0-8][0-9]|209[0-8])-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    r"|(199[26]|20([02468][048]|[13579][26]))-02-29"
)
_INSTANT = rf"({_DAY})T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{{1,6}})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])"
_NO_TEXT = "this is no plain text of 1 to 255 characters"

Text = Annotated[
    str, Checked(_WORDS, "not-a-text", _NO_TEXT, "Leave out control characters and blanks around it.", "A-1001")
]
Word = Annotated[
    str,
    Checked(
        "[a-z][a-z0-9_]{0,62}",
        "not-a-word",
        "this is no word in lower case",
        "Write it like lead or demo_booked.",
        "lead",
    ),
]
Instant = Annotated[
    str,
    Checked(
        _INSTANT,
        "not-a-time",
        "this is no instant with a time zone between 1991 and 2098",
        "Write ISO 8601 with the zone: 2026-09-01T10:00:00+02:00 or 2026-09-01T08:00:00Z.",
        "2026-09-01T10:00:00+02:00",
        format="date-time",
    ),
]
Amount = Annotated[
    str,
    Checked(
        r"(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?",
        "not-an-amount",
        "this is no amount of 0 or more in decimal text",
        'Write digits in quotes with a point: "1234.50". Money given back is a refund with a positive amount.',
        "49.90",
    ),
]
Price = Annotated[
    str,
    Checked(
        r"[0-9]{1,6}(\.[0-9]{1,6})?",
        "not-a-price",
        "this is no price of up to 999,999.999999 in decimal text",
        'Write digits in quotes with a point: "0.0713".',
        "0.0713",
    ),
]
Quantity = Annotated[
    str,
    Checked(
        r"[0-9]{1,9}(\.[0-9]{1,3})?",
        "not-a-quantity",
        "this is no quantity in decimal text",
        'Write "2" or "0.5".',
        "2",
    ),
]
Currency = Annotated[
    str,
    Checked(
        "[A-Z]{3}",
        "unknown-currency",
        "this is no ISO 4217 currency",
        "Write the three-letter code, for example EUR.",
        "EUR",
        choices=tuple(sorted(exponents())),
    ),
]
Phone = Annotated[
    str,
    Checked(
        r"\+[1-9][0-9]{6,14}",
        "not-a-phone",
        "this is no phone number in E.164 form",
        "Write + and the country code first, digits only.",
        "+4915112345678",
    ),
]
WaId = Annotated[
    str,
    Checked(
        "[1-9][0-9]{6,14}",
        "not-a-phone",
        "this is no WhatsApp id",
        "Write the digits alone, without +.",
        "4915112345678",
    ),
]
Email = Annotated[
    str,
    Checked(
        r"[^\s@\x00-\x1f\x7f-\x9f]{1,64}@[^\s@\x00-\x1f\x7f-\x9f]{1,180}",
        "not-an-email",
        "this is no mail address",
        "Write name@example.org.",
        "anna@example.org",
    ),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _some(schema: dict[str, Any]) -> None:
    schema["minProperties"] = 1


def _two(schema: dict[str, Any]) -> None:
    schema["minProperties"] = 2


class Contact(_Strict):
    """Who it is about: at least one identity. Several told together are one person from then on."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_some)
    phone: Phone = ""
    wa_id: WaId = ""
    email: Email = ""
    user_id: Annotated[Text, Field(description="WhatsApp's business-scoped user id.")] = ""
    id: Annotated[Text, Field(description="Your own customer number.")] = ""

    @model_validator(mode="after")
    def _known(self) -> Self:
        if not self.model_fields_set:
            raise PydanticCustomError(
                "contact-missing",
                "a contact has at least one identity",
                {"remedy": "Give phone, wa_id, email, user_id or id."},
            )
        return self


class _Event(_Strict):
    occurred_at: Annotated[Instant, Field(description="When it happened, with its zone.")]


class _OfContact(_Event):
    contact: Contact


class _OfAnybody(_Event):
    contact: Contact | None = None


class Cost(_Strict):
    """What the provider charges, in its own currency."""

    amount: Price
    currency: Currency


class Message(_OfContact):
    """A message that the business sent reached a state. Order and repetition cost nothing."""

    type: Literal["message"]
    id: Annotated[Text, Field(description="The message's id, the same in all its states.")]
    status: Literal["accepted", "sent", "delivered", "read", "failed"]
    channel: Annotated[Word | None, Field(description="sms, whatsapp, email, telegram …")] = None
    campaign: Text | None = None
    template: Text | None = None
    tag: Text | None = None
    category: Word | None = None
    callback: Annotated[Text | None, Field(description="Your own id, as in `earnest campaign add`.")] = None
    cost: Cost | None = None
    error_code: Annotated[Text | None, Field(description="The provider's reason of a failure.")] = None


class Reply(_OfContact):
    """The contact wrote to the business."""

    type: Literal["reply"]
    id: Text
    message: Annotated[Text | None, Field(description="The message it answers.")] = None
    reply_type: Annotated[Word, Field(description="text, button, call …")] = "text"
    payload: Annotated[Text | None, Field(description="Your own word for the button tapped.")] = None
    referral: Annotated[Text | None, Field(description="The ad or post that brought the contact.")] = None


class Click(_OfAnybody):
    """A link was opened. Name the contact or the message where you know them."""

    type: Literal["click"]
    id: Text | None = None
    message: Text | None = None
    token: Text | None = None
    click_class: Literal["human", "preview", "bot"] = "human"


class Opt(_OfContact):
    """The contact opted in or out."""

    type: Literal["opt"]
    direction: Literal["in", "out"]
    door: Annotated[Word, Field(description="How it was told: keyword, button, preference, failure, api.")] = "api"
    message: Text | None = None


class Line(_Strict):
    """One line of an order, with its net amount."""

    sku: Text
    quantity: Quantity | None = None
    amount: Amount | None = None


class _Sale(_OfAnybody):
    id: Annotated[Text, Field(description="The shop's id; a later telling of the same id takes its place.")]
    currency: Annotated[Currency, Field(description="The workspace's currency.")]
    updated_at: Annotated[Instant | None, Field(description="Version: the highest is in force.")] = None
    amount: Annotated[Amount | None, Field(description="What was paid, less tax and shipping.")] = None
    total: Annotated[Amount | None, Field(description="What was paid, with tax and shipping.")] = None
    tax: Amount | None = None
    shipping: Amount | None = None
    discount: Amount | None = None
    coupon: Text | None = None
    cancelled: Annotated[bool, Field(description="Cancelled or a test: counts for nothing.")] = False
    lines: Annotated[list[Line], Field(max_length=500)] = []


def _worth(schema: dict[str, Any]) -> None:
    told = [{"required": [name], "properties": {name: {"type": "string"}}} for name in ("amount", "total")]
    schema["anyOf"] = [*told, {"required": ["cancelled"], "properties": {"cancelled": {"const": True}}}]


class Order(_Sale):
    """An order, or a newer version of it. `amount` or `total` is needed, unless it is cancelled."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_worth)
    type: Literal["order"]

    @model_validator(mode="after")
    def _has_worth(self) -> Self:
        if self.amount is None and self.total is None and not self.cancelled:
            raise PydanticCustomError(
                "amount-missing", "an order needs its amount or its total", {"remedy": 'Give "total": "59.90".'}
            )
        return self


class Conversion(_Sale):
    """Another goal reached: a lead, a booking, an enrolment. Its amount may be unknown."""

    type: Literal["conversion"]
    conversion_kind: Annotated[Word, Field(description="lead, booking, enrolment …")]


class Refund(_OfAnybody):
    """Money given back on an order, told once: never a running total."""

    type: Literal["refund"]
    id: Text
    order: Annotated[Text, Field(description="The order's id.")]
    amount: Amount
    currency: Currency


class Attribute(_OfContact):
    """An attribute of the contact from `occurred_at` on; `consent` is in or out."""

    type: Literal["attribute"]
    attribute: Word
    value: Text


class Assignment(_OfContact):
    """The contact was put into an arm of an experiment."""

    type: Literal["assignment"]
    experiment: Text
    arm: Text


class Session(_OfAnybody):
    """A visit to your site."""

    type: Literal["session"]
    id: Text
    utm_source: Text | None = None
    utm_medium: Text | None = None
    utm_campaign: Text | None = None
    click_id: Text | None = None


class Identities(Contact):
    """At least two identities of one person."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_two)

    @model_validator(mode="after")
    def _several(self) -> Self:
        if len(self.model_fields_set) < 2:
            raise PydanticCustomError(
                "contact-missing",
                "one identity says nothing of who is one person",
                {"remedy": "Give at least two of phone, wa_id, email, user_id and id."},
            )
        return self


class SamePerson(_Event):
    """All identities of the contact are one person; give at least two."""

    type: Literal["same_person"]
    contact: Identities


Event = Annotated[
    Message | Reply | Click | Opt | Order | Conversion | Refund | Attribute | Assignment | Session | SamePerson,
    Field(discriminator="type"),
]


class Events(_Strict):
    """A body: all of its events are kept, or none."""

    events: Annotated[list[Event], Field(min_length=1, max_length=MOST_EVENTS)]
