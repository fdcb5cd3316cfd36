"""A source: an endpoint that one provider's webhooks, or one API key's events, come in at."""

from __future__ import annotations

import functools
import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from earnest.channels.channel import channel_of
from earnest.kernel.errors import UsageError

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
BUILT_IN = {f"earnest.{code}": code for code in ("links", "recipients", "surveys", "coupons")}
"""Name → channel of the sources that every workspace has: what Earnest itself receives. No declared name has a dot."""
REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+")


@dataclass(frozen=True, slots=True)
class Source:
    """A declared source. Secrets are references (``env:NAME``, ``file:PATH``), never the secrets themselves.

    Args:
        name: part of its address (`/hooks/NAME`) and namespace of its order ids. channel: code of the channel.
        signature: code of the scheme deliveries are verified by.
        secrets: references; any one that fits will do, so that a secret can be rolled.
        verify_token: reference of the token of the provider's handshake.
        public_url: address the provider calls, where it is part of what is signed and a proxy hides it from us.
        region: ISO 3166 country of phone numbers written without a country code; None leaves them unread.
        options: what the channel itself needs (the generic hook: its mapping).
        enabled: False answers 404, keeps what was received.
    """

    name: str
    channel: str
    signature: str
    secrets: tuple[str, ...]
    verify_token: str | None = None
    public_url: str | None = None
    region: str | None = None
    options: dict[str, Any] | None = None
    enabled: bool = True

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name) and self.name not in BUILT_IN:
            raise UsageError(
                "bad-name",
                f"'{self.name}' is no name of a source",
                hint="Lower-case letters, digits, - and _, at most 63; it becomes part of the address.",
            )
        channel_of(self.channel)
        for reference in (*self.secrets, *((self.verify_token,) if self.verify_token else ())):
            if not REFERENCE.fullmatch(reference):
                raise UsageError(
                    "bad-secret-reference",
                    "a secret is given by reference, not by itself",
                    hint="Write env:NAME for an environment variable, or file:PATH.",
                )

    def disabled(self) -> Source:
        """The same source, no longer answering."""
        return replace(self, enabled=False)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"secrets": list(self.secrets)}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Source:
        return cls(**(body | {"secrets": tuple(body["secrets"])}))


@functools.cache
def built_in(name: str) -> Source | None:
    """The source of Earnest's own of this name, if it is one."""
    return Source(name, BUILT_IN[name], "token", ()) if name in BUILT_IN else None
