"""How much of a request is read: the bytes of its body, and of all bodies under way together."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from starlette.types import Receive, Scope

from earnest.api.limited_body import TooLarge, UnknownEncoding, too_large
from earnest.api.throttle import address_of
from earnest.journal.writer import RETRY_AFTER_S, Overloaded

SMALL_BYTES = 64 << 10
"""A body up to here never waits for the memory that larger ones fill: nearly all deliveries are this small."""
MOST_SMALL = 128 << 20
MOST_LARGE = 128 << 20
"""Bytes of all small and of all large bodies that are being read or wait for the journal."""
LARGE_AT_ONCE = 8
"""Large bodies of one address under way at once, so that no caller alone fills the memory of all."""


MOST_FILES = 512 << 20
"""Bytes of files uploaded at once. They go to the disk as they come, and never lie in memory."""
_TAKES_FILES = re.compile(r"(/w/[^/]+)?/imports/upload")


def takes_files(path: str) -> bool:
    """Whether an address takes uploaded files: its body is bounded by `MOST_FILES`, and may take longer than others."""
    return _TAKES_FILES.fullmatch(path) is not None


class Gone(Exception):
    """The sender left before it had sent everything; nobody waits for an answer."""


@dataclass(slots=True)
class UnderWay:
    """The bytes of all bodies in memory, small and large ones apart. Used from one thread (the event loop)."""

    most_small: int = MOST_SMALL
    most_large: int = MOST_LARGE
    at_once: int = LARGE_AT_ONCE
    small: int = 0
    large: int = 0
    callers: dict[str, int] = field(default_factory=dict)
    """Address → its large bodies under way."""


class Counted:
    """One body's share of what is under way. Whoever makes one gives it back.

    Args:
        client: the caller's address as the server knows it; None counts as one caller.
    """

    __slots__ = ("_address", "_all", "_client", "size")

    def __init__(self, all_: UnderWay, client: str | None) -> None:
        self._all = all_
        self._client = client
        self._address: str | None = None
        self.size = 0

    def take(self, size: int) -> None:
        """Count bytes in.

        Raises:
            Overloaded: `too-much-under-way`, `too-many-large`.
        """
        all_ = self._all
        if self._address is None and self.size + size <= SMALL_BYTES:
            if all_.small + size > all_.most_small:
                raise _filled()
            all_.small += size
        else:
            if self._address is None:
                self._grow()
            if all_.large + size > all_.most_large:
                raise _filled()
            all_.large += size
        self.size += size

    def _grow(self) -> None:
        """From the small ones to the large ones."""
        all_, address = self._all, address_of(self._client)
        if all_.callers.get(address, 0) >= all_.at_once:
            raise Overloaded(
                "too-many-large",
                f"{all_.at_once} deliveries of more than {SMALL_BYTES:,} bytes are under way from this address already",
                hint=f"Try again in {RETRY_AFTER_S} seconds, or send smaller ones.",
            )
        if all_.large + self.size > all_.most_large:
            raise _filled()
        all_.callers[address] = all_.callers.get(address, 0) + 1
        all_.small -= self.size
        all_.large += self.size
        self._address = address

    def give_back(self) -> None:
        """Count everything out. Twice is as good as once."""
        all_, size = self._all, self.size
        self.size = 0
        if self._address is None:
            all_.small -= size
            return
        all_.large -= size
        left = all_.callers[self._address] - 1
        if left:
            all_.callers[self._address] = left
        else:
            del all_.callers[self._address]
        self._address = None


def counted(scope: Scope) -> Counted:
    """The count of a request's body."""
    client = scope.get("client")
    return Counted(scope["app"].state.under_way, client[0] if client else None)


def _filled() -> Overloaded:
    return Overloaded(
        "too-much-under-way",
        "the deliveries under way fill the memory set aside for them",
        hint=f"Try again in {RETRY_AFTER_S} seconds.",
    )


def check_head(headers: dict[str, str], *, most: int) -> None:
    """Refuse by the head alone what would be refused later.

    Raises:
        UnknownEncoding: `encoded-body`. TooLarge: `too-large`.
    """
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", ""):
        raise UnknownEncoding(
            "encoded-body",
            "the body has a content-encoding, and signed bodies are read as they are",
            hint="Send it uncompressed.",
        )
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and (len(length) > 18 or int(length) > most):
        raise _too_large(most)


async def read_body(receive: Receive, count: Counted, *, most: int) -> bytes:
    """A request's body, whatever its head says of it. The connection sees to it that it does not take for ever.

    The bytes stay in `count`; the caller gives them back when it is done with them, or when this raises.

    Raises:
        TooLarge, Overloaded. Gone: the sender left, or was too slow.
    """
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        part = message.get("body", b"")
        if count.size + len(part) > most:
            raise _too_large(most)
        count.take(len(part))
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large(most: int) -> TooLarge:
    return too_large("the body", most, "Send it in parts; no sender that Earnest knows sends more at once.")
