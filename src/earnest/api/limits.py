"""How much of a request is read: the bytes of its body, and of all bodies under way together."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Receive

from earnest.api.limited_body import TooLarge, UnknownEncoding, too_large
from earnest.journal.writer import RETRY_AFTER_S, Overloaded

MOST_UNDER_WAY = 192 << 20
"""Bytes of all bodies that are being read or wait for the journal: 64 of the largest."""


class Gone(Exception):
    """The sender left before it had sent everything; nobody waits for an answer."""


@dataclass(slots=True)
class UnderWay:
    """The bytes of all bodies in memory. Used from one thread (the event loop)."""

    most: int = MOST_UNDER_WAY
    bytes: int = 0

    def take(self, size: int) -> None:
        """Count bytes in.

        Raises:
            Overloaded: `too-much-under-way`.
        """
        if self.bytes + size > self.most:
            raise Overloaded(
                "too-much-under-way",
                "the deliveries under way fill the memory set aside for them",
                hint=f"Try again in {RETRY_AFTER_S} seconds.",
            )
        self.bytes += size

    def give_back(self, size: int) -> None:
        self.bytes -= size


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


async def read_body(receive: Receive, under_way: UnderWay, *, most: int) -> bytes:
    """A request's body, whatever its head says of it. The connection sees to it that it does not take for ever.

    The bytes stay counted in `under_way`; the caller gives them back when it is done with them.

    Raises:
        TooLarge, Overloaded. Gone: the sender left, or was too slow.
    """
    size = 0
    parts: list[bytes] = []
    try:
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise Gone
            part = message.get("body", b"")
            if size + len(part) > most:
                raise _too_large(most)
            under_way.take(len(part))
            size += len(part)
            parts.append(part)
            if not message.get("more_body", False):
                return parts[0] if len(parts) == 1 else b"".join(parts)
    except BaseException:
        under_way.give_back(size)
        raise


def _too_large(most: int) -> TooLarge:
    return too_large("the body", most, "Send it in parts; no sender that Earnest knows sends more at once.")
