"""Standard Webhooks: id, instant and raw body in base64; a list of values while a secret is rolled.

Svix and who sends through it (Resend) name the same three headers svix-… instead of webhook-….
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from earnest.channels.signing.fitting import (
    TOLERANCE_S,
    UNFIT,
    base64_sha256,
    decoded_base64,
    fits,
    missing,
    said_in,
)
from earnest.channels.signing.scheme import Request, Scheme

_ITEM = re.compile(r"[a-z0-9]+,[A-Za-z0-9+/=_-]+", re.ASCII)
_INSTANT = re.compile(r"[0-9]{1,12}")
_MARK = "whsec_"


def _verify(request: Request, secrets: Sequence[str], *, prefixes: tuple[str, ...]) -> str | None:
    prefix = next((one for one in prefixes if said_in(request, f"{one}-signature")), None)
    if prefix is None:
        return missing(f"{prefixes[0]}-signature")
    message_id, instant = said_in(request, f"{prefix}-id"), said_in(request, f"{prefix}-timestamp")
    if not message_id or not _INSTANT.fullmatch(instant):
        return f"no {prefix}-id, or no instant in {prefix}-timestamp"
    if abs(request.now_s - int(instant)) > TOLERANCE_S:
        return f"signed more than {TOLERANCE_S} s from our clock"
    items = said_in(request, f"{prefix}-signature").split(" ")
    if not all(_ITEM.fullmatch(item) for item in items):
        return f"{prefix}-signature is not of the form v1,…"
    signed = f"{message_id}.{instant}.".encode(errors="surrogatepass") + request.body
    values = [item[3:] for item in items if item.startswith("v1,")]
    keyed = [secret for secret in secrets if _key(secret)]
    return None if fits(values, keyed, lambda secret: base64_sha256(_key(secret.decode()), signed)) else UNFIT


def _key(secret: str) -> bytes:
    """The key that a secret writes in base64; empty if it writes none, or one of NULs, which is as good as none."""
    key = decoded_base64(secret.removeprefix(_MARK)) or b""
    return key if key.strip(b"\0") else b""


def _scheme(code: str, name: str, secret: str, *, prefixes: tuple[str, ...], source: str) -> Scheme:
    return Scheme(
        code=code,
        label=f"{name}: HMAC-SHA256 in {prefixes[0]}-signature",
        covers=f"id, instant (± {TOLERANCE_S} s) and body",
        secret=secret,
        verify=functools.partial(_verify, prefixes=prefixes),
        source=source,
    )


SCHEMES = (
    _scheme(
        "standard-webhooks",
        "Standard Webhooks",
        "Secret of the endpoint: whsec_ and base64, or the base64 alone",
        prefixes=("webhook", "svix"),
        source="standard-webhooks/standard-webhooks, Python library, read 2026-11",
    ),
    _scheme(
        "svix",
        "Svix",
        "Signing secret of the endpoint, whsec_ and base64",
        prefixes=("svix", "webhook"),
        source="svix-webhooks 2.9, Python library, read 2026-11",
    ),
    _scheme(
        "resend",
        "Resend",
        "Signing secret of the webhook, whsec_ and base64",
        prefixes=("svix", "webhook"),
        source="resend.com/docs/webhooks/verify-webhooks-requests, read 2026-11",
    ),
)
