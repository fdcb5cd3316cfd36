"""Whether what a delivery says is what one of the secrets makes: every pair is compared, each in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence

from earnest.channels.signing.scheme import Request

UNFIT = "the signature does not fit"
TOLERANCE_S = 300
"""Seconds that a signed instant may lie before or after our clock, where the provider says that it should be checked."""


def missing(header: str) -> str:
    """The refusal of a delivery without a header."""
    return f"no {header} header"


def said_in(request: Request, header: str) -> str:
    """Value of a header, given as the provider writes its name; empty if there is none."""
    return request.headers.get(header.lower(), "")


def fits(said: Iterable[str], secrets: Sequence[str], make: Callable[[bytes], str]) -> bool:
    """Whether one of the values said is the one that one of the secrets makes.

    The text is compared, not what it decodes to: there is one way to write a signature. A blank secret makes none.
    """
    values = [value.encode(errors="surrogatepass") for value in said]
    fit = False
    for secret in secrets:
        if not is_blank(secret):
            expected = make(as_bytes(secret)).encode(errors="surrogatepass")
            for value in values:
                fit |= hmac.compare_digest(expected, value)
    return fit


def is_blank(secret: str) -> bool:
    """Whether a secret is as good as none: an HMAC key is filled up with NULs, so one of NULs is the empty one."""
    return not secret.replace("\0", "").strip()


def as_bytes(secret: str) -> bytes:
    """A secret as key: UTF-8, whatever it holds."""
    return secret.encode(errors="surrogatepass")


def hex_sha256(key: bytes, message: bytes) -> str:
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def base64_sha256(key: bytes, message: bytes) -> str:
    return base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode()


def decoded_base64(text: str) -> bytes | None:
    """The bytes of standard base64 with its padding; None if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def decoded_signature(text: str) -> bytes | None:
    """The bytes of a signature in base64, written in the one way that has no bits left over; else None."""
    raw = decoded_base64(text)
    return raw if raw and base64.b64encode(raw).decode() == text else None
