"""Whether a delivery is a source's own, and what of it goes into the journal: the raw bytes, a few headers, a key.

raw bytes ── verify under the source's secrets ──> Draft        parsing comes later, and decides nothing here
                      └─ Refused · NotCheckable
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from earnest.channels.channel import Channel, channel_of
from earnest.channels.signing.scheme import Request, Scheme, Unverifiable, scheme_of
from earnest.definitions.source import Source
from earnest.journal.log import RECEIVED, Draft
from earnest.kernel.errors import EnvironmentProblem, NotFound

LARGEST_BODY = 3 << 20
"""Bytes of one delivery: the largest that WhatsApp sends."""


@dataclass(frozen=True, slots=True)
class Door:
    """A source with its channel and scheme, looked up once."""

    source: Source
    channel: Channel
    scheme: Scheme

    @classmethod
    def of(cls, source: Source) -> Door:
        return cls(source, channel_of(source.channel), scheme_of(source.signature))


@dataclass(frozen=True, slots=True)
class Refused:
    """Not from this source's provider, as far as its secrets tell. `why` holds nothing of the request or the secrets."""

    why: str


class NotCheckable(EnvironmentProblem):
    """The delivery may be authentic, and cannot be checked now: ask for it again."""


def door_of(sources: Mapping[str, Source], name: str) -> Source:
    """The source of an address.

    Raises:
        NotFound: `no-such-source`: unknown, disabled and unsigned ones (that API keys write to) get the same words.
    """
    source = sources.get(name)
    if source is None or not source.enabled or not source.secrets:
        raise NotFound("no-such-source", "no source receives at this address", hint="See `earnest source list`.")
    return source


def admit(
    door: Door, request: Request, secrets: Sequence[str], *, missing: Sequence[str] = (), received_us: int
) -> Draft | Refused:
    """Verify a delivery, and make what is kept of it.

    Args:
        secrets: those of the source that are there. missing: references of those that are not.
        received_us: our clock, microseconds.

    Raises:
        NotCheckable: `secret-missing`: no secret is there, or none fits and one is missing. `not-checkable`: what the
            signature is checked by cannot be had now.
    """
    if not secrets:
        raise _secret_missing(door.source)
    try:
        why = door.scheme.verify(request, secrets)
    except Unverifiable as error:
        raise NotCheckable("not-checkable", str(error), hint="Send it again in a few seconds.") from error
    if why is not None:
        if missing:
            raise _secret_missing(door.source)
        return Refused(why)
    return draft_of(door, request.body, request.headers, received_us=received_us)


def draft_of(door: Door, body: bytes, headers: Mapping[str, str], *, received_us: int) -> Draft:
    """The journal entry of an authentic delivery."""
    name, channel = door.source.name, door.channel
    key = f"body:{name}:{channel.code}:{_digest(channel, body, headers)}" if channel.retells else None
    kept = {header: headers[header] for header in ("content-type", *channel.headers) if header in headers}
    return Draft(RECEIVED, body, name, received_us, key, kept)


def _digest(channel: Channel, body: bytes, headers: Mapping[str, str]) -> str:
    """SHA-256 of all that a delivery says: its body, and the headers that the channel reads beside it.

    A topic tells equal bodies apart, and an id of the delivery or event does, which stays through the provider's retries.
    A channel that reads no header has the plain digest of the body.
    """
    said = [[header, headers[header]] for header in channel.headers if header in headers]
    whole = hashlib.sha256(json.dumps(said).encode() + b"\n") if said else hashlib.sha256()
    whole.update(body)
    return whole.hexdigest()


def _secret_missing(source: Source) -> NotCheckable:
    return NotCheckable(
        "secret-missing",
        f"a secret of source {source.name} is not to be found, so that nothing can be verified",
        hint="The operator must set it: earnest source show NAME tells which.",
    )
