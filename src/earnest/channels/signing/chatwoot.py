"""Chatwoot: instant and raw body with a dot between them, in hex. Versions before 2026 sign nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from earnest.channels.signing.fitting import UNFIT, fits, hex_sha256, missing, said_in
from earnest.channels.signing.scheme import Request, Scheme

_HEADER = "X-Chatwoot-Signature"
_TIMESTAMP = "X-Chatwoot-Timestamp"
_INSTANT = re.compile(r"[0-9]{1,16}")


def _verify(request: Request, secrets: Sequence[str]) -> str | None:
    said, instant = said_in(request, _HEADER), said_in(request, _TIMESTAMP)
    if not said:
        return missing(_HEADER)
    if not _INSTANT.fullmatch(instant):
        return f"no instant in {_TIMESTAMP}"
    signed = f"{instant}.".encode() + request.body
    return None if fits([said], secrets, lambda key: f"sha256={hex_sha256(key, signed)}") else UNFIT


SCHEME = Scheme(
    code="chatwoot",
    label=f"Chatwoot: HMAC-SHA256 in {_HEADER}",
    covers="the instant and the body",
    secret="Secret of the webhook, under Settings › Integrations › Webhooks",  # noqa: S106
    verify=_verify,
    source="public integrations of 2026, read 2026-10; Chatwoot's own page was not to be had",
)
