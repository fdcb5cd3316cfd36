"""The bodies of `/api/v1/links`, strict: no other fields, instants with their zone, one identity a recipient."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from earnest.api.checked_text import Checked
from earnest.api.event_models import Instant, Text
from earnest.channels.told import Party, shown_value
from earnest.definitions.link import Link
from earnest.kernel.errors import closest
from earnest.kernel.period import instant_us
from earnest.tracking.destination import LONGEST
from earnest.usecases.recipients import REFUSALS

MOST_RECIPIENTS = 10_000
MOST_FAULTS = 100

Name = Annotated[
    str,
    Checked(
        r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*",
        "bad-id",
        "this cannot be the name of a link",
        "Use letters, digits, - _ and ., at most 100.",
        "spring-sale",
        longest=100,
    ),
]
Address = Annotated[
    str,
    Checked(
        r"[Hh][Tt][Tt][Pp][Ss]?://[!-\[\]-~]+",
        "destination-scheme",
        "this is no http or https address",
        "Write it whole: https://shop.example/offer. Beyond ASCII, encode it.",
        "https://shop.example/offer",
        longest=LONGEST,
    ),
]
Within = Annotated[
    str,
    Checked(
        r"(campaign|template|tag|callback)=[^\s\x00-\x1f\x7f-\x9f]+",
        "bad-within",
        "this names no messages",
        "Write campaign=NAME, template=NAME, tag=NAME or callback=VALUE.",
        "campaign=spring",
    ),
]
Parameter = Annotated[
    str,
    Checked(
        "[A-Za-z_][A-Za-z0-9_.-]{0,31}",
        "bad-click-parameter",
        "this is no name of a parameter",
        "Letters, digits and _, such as eid.",
        "eid",
        longest=32,
    ),
]
Tag = Annotated[
    str,
    Checked(
        r"[^\s\x00-\x1f\x7f-\x9f]{1,200}",
        "bad-utm",
        "this is no plain word of 1 to 200 characters",
        "Write a plain word, such as sms.",
        "sms",
        longest=200,
    ),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _one(schema: dict[str, Any]) -> None:
    schema["minProperties"] = schema["maxProperties"] = 1


class Recipient(_Strict):
    """Who gets a code: one identity."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_one)
    phone: Annotated[Text, Field(description="+ and country code, or as the workspace's region writes it.")] = ""
    wa_id: Annotated[Text, Field(description="A WhatsApp id: digits of country code and number.")] = ""
    email: Text = ""
    contact: Annotated[Text, Field(description="Your own customer number.")] = ""

    @model_validator(mode="after")
    def _of_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise PydanticCustomError(
                "one-recipient",
                "a recipient is told by one identity",
                {"remedy": "Give one of phone, wa_id, email, contact."},
            )
        return self

    def party(self) -> Party:
        told = {name: getattr(self, name) for name in self.model_fields_set}
        return Party(
            dialled=told.get("phone"), phone=told.get("wa_id"), email=told.get("email"), contact=told.get("contact")
        )


class Utm(_Strict):
    """Appended as utm_source …; what the destination says itself stays."""

    source: Tag | None = None
    medium: Tag | None = None
    campaign: Tag | None = None
    term: Tag | None = None
    content: Tag | None = None


_Recipients = Annotated[list[Recipient], Field(max_length=MOST_RECIPIENTS)]


class NewLink(_Strict):
    """A link; the same body again changes nothing, and is answered the same."""

    name: Name
    url: Annotated[Address, Field(description="Where it leads; its host must be allowed (`earnest link allow`).")]
    campaign: Annotated[Text | None, Field(description="Declared campaign it is of.")] = None
    within: Annotated[Within | None, Field(description="Messages it goes in; null: those of its campaign.")] = None
    utm: Utm = Utm()
    click_parameter: Annotated[
        Parameter | None, Field(description="Carries the click's id to the page; null: none.")
    ] = "eid"
    until: Annotated[Instant | None, Field(description="From then on it leads nowhere.")] = None
    recipients: Annotated[_Recipients, Field(description="Each gets a code, in this order.")] = []

    def link(self) -> Link:
        until = instant_us(datetime.fromisoformat(self.until)) if self.until is not None else None
        utm = {name: value for name, value in self.utm.model_dump().items() if value is not None}
        return Link(self.name, 0, self.url, self.campaign, self.within, utm, self.click_parameter, until)


class MoreRecipients(_Strict):
    """Recipients of a link that is there already."""

    recipients: Annotated[list[Recipient], Field(min_length=1, max_length=MOST_RECIPIENTS)]


class CodeTold(BaseModel):
    """A code, and the whole address to give away."""

    code: str
    url: str


class CodesTold(BaseModel):
    """Codes of recipients, in the order they were asked for."""

    name: str
    recipients: list[CodeTold]


class LinkTold(BaseModel):
    """A link."""

    name: str
    url: Annotated[str, Field(description="The address that everybody can be given.")]
    code: str
    destination: str
    lands_on: Annotated[str, Field(description="With all that is appended; CLICK stands for the click's id.")]
    state: Annotated[str, Field(description="live, disabled, ended or host-not-allowed.")]
    campaign: str | None
    within: str | None
    utm: dict[str, str]
    click_parameter: str | None
    until: str | None


class LinkMade(LinkTold):
    """A link, and the codes of the recipients asked for."""

    new: Annotated[bool, Field(description="False if there was this very link already.")]
    recipients: list[CodeTold]


Fault = Mapping[str, object]
_WHY = "Nothing of a request is done while a part of it cannot be used."


def faults_of(error: ValidationError, model: type[BaseModel]) -> list[Fault]:
    """Every fault that a model found, in order; never with the value that stood there."""
    return [_fault(dict(one), model) for one in error.errors(include_url=False, include_input=False)[:MOST_FAULTS]]


def refused_faults(refused: Mapping[int, str]) -> list[Fault]:
    """Recipients who get no code: place → a key of `recipients.REFUSALS`."""
    return [
        _told(("recipients", place), reason, *REFUSALS[reason]) for place, reason in list(refused.items())[:MOST_FAULTS]
    ]


def _fault(error: Mapping[str, Any], model: type[BaseModel]) -> Fault:
    where, kind = tuple(error["loc"]), str(error["type"])
    context: Mapping[str, Any] = error.get("ctx") or {}
    name = shown_value(str(where[-1])) if where else "the body"
    if "remedy" in context:
        return _told(where, kind, str(error["msg"]), str(context["remedy"]))
    if kind == "missing":
        return _told(where, "missing", f"'{name}' is missing", "Add it.")
    if kind == "extra_forbidden":
        known = (
            model.model_fields if len(where) == 1 else Recipient.model_fields if len(where) == 3 else Utm.model_fields
        )
        near = closest(str(where[-1]), known)
        return _told(where, "unknown-field", f"there is no field '{name}'{near}", "Correct its name, or leave it out.")
    if kind in ("too_long", "too_short"):
        return _told(where, "wrong-shape", f"from 1 to {MOST_RECIPIENTS:,} recipients at once", "Send them in parts.")
    return _told(where, "wrong-shape", shown_value(str(error["msg"])), "See /openapi.json.")


def _told(where: tuple[int | str, ...], code: str, what: str, remedy: str) -> Fault:
    pointer = "".join(f"/{shown_value(str(part)).replace('~', '~0').replace('/', '~1')}" for part in where)
    index = {"index": where[1]} if len(where) > 1 and isinstance(where[1], int) else {}
    return {**index, "pointer": pointer, "code": code, "what": what, "why": _WHY, "remedy": remedy}
