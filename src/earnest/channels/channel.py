"""A channel: one provider's webhooks, declared in one place. Registry, docs, commands and contract tests follow from it.

A module or package of `earnest.channels` that defines `CHANNEL` is a channel; nothing else has to be edited.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from earnest.channels.told import Party, Rejected, SamePerson, Told
from earnest.events.identity import RESERVED
from earnest.kernel.declared import declared, look_up
from earnest.kernel.errors import NotFound

Headers = Mapping[str, str]
"""Header names in lower case → value."""

RECEIVED_HEADER = "earnest-received-us"
"""The one header that no sender gives: when we received the delivery, unix microseconds, for payloads that say no time."""

Parse = Callable[[object, Headers], Iterator[Told | Rejected]]
"""Pure: decoded body and kept headers → everything they tell. Never raises, whatever the body."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of payload: the vendor's name for it, the event kind it becomes, and what the vendor says it is."""

    vendor: str
    event: str
    wording: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider wants to hear when its delivery is kept."""

    content_type: str = "text/plain; charset=utf-8"
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Channel:
    """One provider's webhooks.

    Args:
        code: name in commands, keys and docs. label: name for people.
        docs: the vendor's page. read: month in which it was read, YYYY-MM.
        signature: code of the scheme that deliveries are verified by, see `channels.signing`.
        kinds: the types of payload it knows.
        headers: names (lower case) of headers that are kept beside the body because `parse` reads them.
        handshake: answers the provider's GET that proves the endpoint is ours: (query, verify token) → text, or None
            to refuse; None if the provider has no such thing.
        ping: whether a delivery that is not signed, by its headers and body, is the one by which the provider only asks if
            anybody answers: it gets 200, and nothing is kept; None if the provider has no such thing.
        answer: what to say once a delivery is durable.
        retells: bodies that are equal, as are the kept `headers`, are one delivery told again (they carry ids or instants
            of their own); False where two equal bodies may be two events.
        ids_per_source: ids of messages and answers are counted or given by each source for itself, so that equal ones of
            two sources are two messages; False where the provider gives each id once.
        door: where events come in with an API key bound to the source (`/v1`), which then needs no secret; None where
            providers deliver signed webhooks. `{name}` in it is the source's.
        opened_by: where neither keys nor signatures open it: ``origin``: pages of the source's own sites, in anybody's browser,
            at `door`; ``file``: nothing comes in, exports are imported. None: keys where there is a door, else signatures.
        connects: what it tells whenever it happens, so that none told means none happened: terms, read, reply, click, opt,
            order. A KPI that needs anything else is not measured.
        built_in: name of the source of Earnest's own that tells it, which nobody declares; None for everybody else's.
        tuned: the `parse` of a source with options of its own (`Source.options`); None where no option changes it.
    """

    code: str
    label: str
    docs: str
    read: str
    signature: str
    kinds: tuple[Kind, ...]
    parse: Parse
    headers: tuple[str, ...] = ()
    handshake: Callable[[Mapping[str, str], str | None], str | None] | None = None
    ping: Callable[[Headers, bytes], bool] | None = None
    answer: Answer = Answer()
    retells: bool = True
    ids_per_source: bool = False
    door: str | None = None
    opened_by: Literal["origin", "file"] | None = None
    connects: tuple[str, ...] = ()
    built_in: str | None = None
    tuned: Callable[[Mapping[str, Any]], Parse] | None = None

    @property
    def takes_keys(self) -> bool:
        """Whether API keys write to its sources."""
        return self.door is not None and self.opened_by is None

    @property
    def needs_secret(self) -> bool:
        """Whether what comes in is signed with a secret."""
        return self.door is None and self.opened_by is None

    def parse_of(self, options: Mapping[str, Any] | None) -> Parse:
        """The `parse` of a source, by its options; what names somebody as only Earnest does is refused."""
        parse = self.parse if self.tuned is None or not options else self.tuned(options)
        if self.built_in is not None:
            return parse
        return functools.partial(_unreserved, parse, tuple(one for one in RESERVED if one != f"{self.code}:"))


def _unreserved(
    parse: Parse, reserved: tuple[str, ...], payload: object, headers: Headers
) -> Iterator[Told | Rejected]:
    for told in parse(payload, headers):
        yield Rejected("contact-reserved", "contact") if _names(told, reserved) else told


def _names(told: Told | Rejected, reserved: tuple[str, ...]) -> bool:
    """Whether a party of a value has a contact that begins so."""
    parties: tuple[Party | None, ...]
    parties = (told.one, told.other) if isinstance(told, SamePerson) else (getattr(told, "party", None),)
    return any(
        who is not None and who.contact is not None and who.contact.lstrip().startswith(reserved) for who in parties
    )


@functools.cache
def channels() -> dict[str, Channel]:
    """Every channel by its code, sorted."""
    found = declared("earnest.channels", Channel, "CHANNEL")
    return {channel.code: channel for channel in sorted(found, key=lambda one: one.code)}


@functools.cache
def offered() -> dict[str, Channel]:
    """Every channel that sources can be declared for and files imported as: all but what Earnest itself receives."""
    return {code: channel for code, channel in channels().items() if channel.built_in is None}


def channel_of(code: str) -> Channel:
    """The channel of a code.

    Raises:
        NotFound: `no-such-channel`.
    """
    return look_up(channels(), code, what="channel", listed="Channels", refusal=(NotFound, "no-such-channel"))


def offered_channel(code: str) -> Channel:
    """The channel of a code that a source can be declared for.

    Raises:
        NotFound: `no-such-channel`.
    """
    return look_up(offered(), code, what="channel", listed="Channels", refusal=(NotFound, "no-such-channel"))
