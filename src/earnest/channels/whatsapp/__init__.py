"""WhatsApp Cloud API: webhook bodies into what they tell.

Meta's reference: developers.facebook.com/docs/whatsapp (read October 2026). Bodies of the on-premises API are read too.
"""

from __future__ import annotations

from collections.abc import Iterator

from earnest.channels.channel import Channel, Headers, Kind
from earnest.channels.handshake import meta_challenge
from earnest.channels.told import Rejected, Told
from earnest.channels.whatsapp.envelope import parse

__all__ = ["CHANNEL", "parse"]


def _parse(payload: object, _headers: Headers) -> Iterator[Told | Rejected]:
    return parse(payload)


CHANNEL = Channel(
    code="whatsapp",
    label="WhatsApp",
    docs="https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks",
    read="2026-10",
    signature="meta",
    kinds=(
        Kind("statuses", "message", "sent, delivered, read, played, failed of a message the business sent"),
        Kind("messages", "reply", "a person wrote, tapped a button or ordered"),
        Kind("user_preferences", "opt", "a person stopped or resumed marketing messages"),
        Kind("user_actions", "click", "a link of a marketing message was opened"),
        Kind("message_echoes, history", "message", "what was typed on the business's own phone"),
        Kind("contacts, system", "identity_link", "a phone beside a user id, or a changed number: one person"),
        Kind("every other field", "notice", "templates, quality, accounts, errors"),
    ),
    parse=_parse,
    handshake=meta_challenge,
    connects=("terms", "read", "reply", "opt"),
)
