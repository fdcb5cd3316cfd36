"""Stripe: the instant and the raw body, in hex; several v1 values while a secret is rolled, older schemes ignored."""

from __future__ import annotations

import re
from collections.abc import Sequence

from earnest.channels.signing.fitting import TOLERANCE_S, UNFIT, fits, hex_sha256, missing, said_in
from earnest.channels.signing.scheme import Request, Scheme

_HEADER = "Stripe-Signature"
_ITEM = re.compile(r"[a-z0-9]+=[A-Za-z0-9]+", re.ASCII)
_INSTANT = re.compile(r"[0-9]{1,12}")


def _verify(request: Request, secrets: Sequence[str]) -> str | None:
    said = said_in(request, _HEADER)
    if not said:
        return missing(_HEADER)
    items = said.split(",")
    if not all(_ITEM.fullmatch(item) for item in items):
        return f"{_HEADER} is not of the form t=…,v1=…"
    instants = [item[2:] for item in items if item.startswith("t=")]
    if len(instants) != 1 or not _INSTANT.fullmatch(instants[0]):
        return f"{_HEADER} has no instant"
    if abs(request.now_s - int(instants[0])) > TOLERANCE_S:
        return f"signed more than {TOLERANCE_S} s from our clock"
    signed = f"{instants[0]}.".encode() + request.body
    values = [item[3:] for item in items if item.startswith("v1=")]
    return None if fits(values, secrets, lambda key: hex_sha256(key, signed)) else UNFIT


SCHEME = Scheme(
    code="stripe",
    label=f"Stripe: HMAC-SHA256 in {_HEADER}",
    covers=f"the instant (± {TOLERANCE_S} s) and the body",
    secret="Signing secret of the endpoint, whsec_…, used as it is",  # noqa: S106
    verify=_verify,
    source="stripe-python 16.1, stripe/_webhook.py, read 2026-11",
)
