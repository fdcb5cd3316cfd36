"""Sinch (Conversation API): body, nonce and instant with dots between them, in base64."""

from __future__ import annotations

import re
from collections.abc import Sequence

from earnest.channels.signing.fitting import UNFIT, base64_sha256, fits, missing, said_in
from earnest.channels.signing.scheme import Request, Scheme

_HEADER = "x-sinch-webhook-signature"
_ALGORITHM = "HmacSHA256"
_PART = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)


def _verify(request: Request, secrets: Sequence[str]) -> str | None:
    said = said_in(request, _HEADER)
    if not said:
        return missing(_HEADER)
    if said_in(request, f"{_HEADER}-algorithm") not in ("", _ALGORITHM):
        return f"another algorithm than {_ALGORITHM}"
    nonce, instant = said_in(request, f"{_HEADER}-nonce"), said_in(request, f"{_HEADER}-timestamp")
    # No dots: else the end of the body could be told as nonce.
    if not (_PART.fullmatch(nonce) and _PART.fullmatch(instant)):
        return f"no {_HEADER}-nonce or -timestamp"
    signed = request.body + f".{nonce}.{instant}".encode()
    return None if fits([said], secrets, lambda key: base64_sha256(key, signed)) else UNFIT


SCHEME = Scheme(
    code="sinch",
    label=f"Sinch: HMAC-SHA256 in {_HEADER}",
    covers="body, nonce and instant",
    secret="Secret of the Conversation API webhook",  # noqa: S106
    verify=_verify,
    source="sinch-sdk-python, sinch/domains, and Sinch's page on callbacks, read 2026-11",
)
