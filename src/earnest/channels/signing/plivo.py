"""Plivo: version 3 signs the URL, the fields of the form and a nonce; version 2 the URL and a nonce, no field at all.

Two schemes, not one that takes what comes: else whoever drops the header of version 3 has the weaker version 2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from earnest.channels.signing.fitting import UNFIT, base64_sha256, fits, missing, said_in
from earnest.channels.signing.form import form_fields
from earnest.channels.signing.scheme import Request, Scheme

_V3, _MAIN_V3 = "X-Plivo-Signature-V3", "X-Plivo-Signature-Ma-V3"
_V2, _MAIN_V2 = "X-Plivo-Signature-V2", "X-Plivo-Signature-Ma-V2"
_VALUE = re.compile(r"[A-Za-z0-9+/]{43}=", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9-]{1,128}", re.ASCII)


def _verify_v3(request: Request, secrets: Sequence[str]) -> str | None:
    values = _values(request, _V3, _MAIN_V3)
    if not values:
        return missing(_V3)
    nonce = said_in(request, f"{_V3}-Nonce")
    if not _NONCE.fullmatch(nonce):
        return missing(f"{_V3}-Nonce")
    base, _, query = request.url.encode(errors="surrogatepass").partition(b"?")
    asked, told = form_fields(query), form_fields(request.body)
    if asked is None or told is None:
        return "the body or the query is no form"
    signed = base + (b"?" if asked or told else b"") + _strung(asked, equals=b"=", between=b"&")
    signed += (b"." if asked and told else b"") + _strung(told, equals=b"", between=b"") + f".{nonce}".encode()
    return None if fits(values, secrets, lambda key: base64_sha256(key, signed)) else UNFIT


def _verify_v2(request: Request, secrets: Sequence[str]) -> str | None:
    values = _values(request, _V2, _MAIN_V2)
    if not values:
        return missing(_V2)
    nonce = said_in(request, f"{_V2}-Nonce")
    if not _NONCE.fullmatch(nonce):
        return missing(f"{_V2}-Nonce")
    signed = request.url.partition("?")[0].encode(errors="surrogatepass") + nonce.encode()
    return None if fits(values, secrets, lambda key: base64_sha256(key, signed)) else UNFIT


def _values(request: Request, *headers: str) -> list[str]:
    """Signatures of the number's account and of the main one, several of each while a token is rolled; [] if any is none."""
    values = [value for header in headers if (said := said_in(request, header)) for value in said.split(",")]
    return values if all(_VALUE.fullmatch(value) for value in values) else []


def _strung(fields: Mapping[bytes, list[bytes]], *, equals: bytes, between: bytes) -> bytes:
    return between.join(name + equals + value for name, values in fields.items() for value in sorted(values))


SCHEMES = (
    Scheme(
        code="plivo",
        label=f"Plivo, version 3: HMAC-SHA256 in {_V3} or {_MAIN_V3}",
        covers="the URL, the fields of the form and a nonce",
        secret="Auth token of the account, shown in the Plivo console",  # noqa: S106
        verify=_verify_v3,
        source="plivo-python, plivo/utils/signature_v3.py, read 2026-11",
    ),
    Scheme(
        code="plivo-v2",
        label=f"Plivo, version 2: HMAC-SHA256 in {_V2} or {_MAIN_V2}",
        covers="the URL without its query and a nonce, nothing of the body: use plivo where Plivo sends version 3",
        secret="Auth token of the account, shown in the Plivo console",  # noqa: S106
        verify=_verify_v2,
        source="plivo-python, plivo/utils, read 2026-11",
    ),
)
