"""The body of a request, up to a size, unpacked if it is gzipped: a bomb is refused at the size, not after it."""

from __future__ import annotations

import zlib

from starlette.requests import Request

from earnest.api.refusal import Refusal
from earnest.kernel.errors import UsageError

_GZIP = 16 + zlib.MAX_WBITS


class TooLarge(Refusal):
    """The body, or a part of it, is larger than the address takes. Send less at once."""

    status = 413


class UnknownEncoding(Refusal):
    """The body is packed in a way that is not read. Send it plain or gzipped."""

    status = 415


def too_large(what: str, most: int, remedy: str) -> TooLarge:
    """The refusal of something over its limit."""
    return TooLarge("too-large", f"{what} is larger than {most:,} bytes", hint=remedy, most=most)


async def limited_body(request: Request, most: int, *, remedy: str) -> bytes:
    """The plain body.

    Args:
        most: bytes, packed and unpacked alike. remedy: what to do about a larger one.

    Raises:
        TooLarge: `too-large`. UnknownEncoding: `unknown-encoding`. UsageError: `not-gzip`.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", ""):
        raise UnknownEncoding(
            "unknown-encoding", "the body is packed with something else than gzip", hint="Send it plain or gzipped."
        )
    said = request.headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:18]) > most:
        raise too_large("the body", most, remedy)
    taken = bytearray()
    async for piece in request.stream():
        taken += piece
        if len(taken) > most:
            raise too_large("the body", most, remedy)
    return _unpacked(bytes(taken), most, remedy) if encoding == "gzip" else bytes(taken)


def _unpacked(packed: bytes, most: int, remedy: str) -> bytes:
    unpacking = zlib.decompressobj(_GZIP)
    try:
        plain = unpacking.decompress(packed, most + 1)
    except zlib.error as error:
        raise UsageError(
            "not-gzip", "the body says that it is gzipped and is not", hint="Leave Content-Encoding out."
        ) from error
    if len(plain) > most:
        raise too_large("the body", most, remedy)
    if not unpacking.eof:
        raise UsageError("not-gzip", "the gzipped body is cut short", hint="Send it whole.")
    return plain
