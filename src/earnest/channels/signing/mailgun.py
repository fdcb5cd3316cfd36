"""Mailgun: instant and token, signed in the body itself; the rest of the body is not covered.

Who has seen one delivery could send others with its token, so tokens age: Mailgun tries for eight hours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from earnest.channels.delivery import decode
from earnest.channels.signing.fitting import TOLERANCE_S, UNFIT, fits, hex_sha256
from earnest.channels.signing.scheme import Request, Scheme

OLDEST_S = 12 * 3600
"""Seconds that a token is good for: Mailgun's last try comes after eight hours."""
_INSTANT = re.compile(r"[0-9]{10}")
_PARENT = "parent-signature"
"""Of a subaccount's event: the same, signed with the main account's key."""
_TOKEN = re.compile(r"[A-Za-z0-9]{8,100}")


def _verify(request: Request, secrets: Sequence[str]) -> str | None:
    payload = decode(request.body, request.headers.get("content-type"))
    fields = payload.get("signature") if isinstance(payload, dict) else None
    if isinstance(fields, str):
        fields = payload
    if not isinstance(fields, dict):
        return "no signature in the body"
    instant, token = _text(fields.get("timestamp")), _text(fields.get("token"))
    said = [_text(fields.get("signature")), _text(fields.get(_PARENT))]
    if not _INSTANT.fullmatch(instant) or not _TOKEN.fullmatch(token):
        return "no instant or token in the body's signature"
    if not -TOLERANCE_S <= request.now_s - int(instant) <= OLDEST_S:
        return f"signed more than {OLDEST_S // 3600} h before our clock, or {TOLERANCE_S} s after it"
    signed = f"{instant}{token}".encode()
    return None if fits(filter(None, said), secrets, lambda key: hex_sha256(key, signed)) else UNFIT


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


SCHEME = Scheme(
    code="mailgun",
    label="Mailgun: HMAC-SHA256 in the body",
    covers=f"instant (− {OLDEST_S // 3600} h, + {TOLERANCE_S} s) and token, not the rest of the body",
    secret="HTTP webhook signing key, under Sending › Webhooks",  # noqa: S106
    verify=_verify,
    source="documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks, read 2026-11",
)
