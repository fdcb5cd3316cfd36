"""Twilio: the URL it called and the fields of the form; for JSON the URL alone, which then holds the body's hash.

The names and values of fields are signed without anything between them, each once and in the order of the alphabet: a
form that reads the same when they are strung together fits the same signature.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import re
import urllib.parse
from collections.abc import Sequence

from earnest.channels.signing.fitting import UNFIT, fits, missing, said_in
from earnest.channels.signing.form import form_fields
from earnest.channels.signing.scheme import Request, Scheme

_HEADER = "X-Twilio-Signature"
_SETTINGS = "X-Twilio-Webhooks-Signature-Settings"
_URL = re.compile(r"(https?)://([^/?#]*)(.*)", re.DOTALL | re.IGNORECASE)
_PORT = re.compile(r":[0-9]*$")
_HASHES = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}


def _verify(request: Request, secrets: Sequence[str]) -> str | None:
    said = said_in(request, _HEADER)
    if not said:
        return missing(_HEADER)
    digest = _HASHES.get(_algorithm(said_in(request, _SETTINGS)))
    if digest is None:
        return f"an algorithm in {_SETTINGS} that is not known"
    hashes = _body_hashes(request.url)
    strung = b""
    if hashes:
        expected = hashlib.sha256(request.body).hexdigest().encode()
        if len(hashes) != 1 or not hmac.compare_digest(expected, hashes[0]):
            return "bodySHA256 in the URL does not fit the body"
    else:
        fields = form_fields(request.body)
        if fields is None:
            return "the body is no form, and the URL has no bodySHA256"
        strung = b"".join(name + value for name, values in fields.items() for value in sorted(set(values)))
    signed = [url.encode(errors="surrogatepass") + strung for url in _with_and_without_port(request.url)]
    fit = [fits([said], secrets, functools.partial(_written, digest=digest, signed=text)) for text in signed]
    return None if any(fit) else UNFIT


def _written(key: bytes, *, digest: str, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(key, signed, digest)).decode()


def _algorithm(settings: str) -> str:
    """The algorithm that `key=…,algorithm=…` names; SHA-1 if it names none."""
    named = [part.partition("=")[2] for part in settings.split(",") if part.partition("=")[0].strip() == "algorithm"]
    return named[0].strip().upper() if named and named[0].strip() else "HMAC_SHA1"


def _body_hashes(url: str) -> list[bytes]:
    query = url.partition("?")[2].partition("#")[0]
    named = [piece.partition("=") for piece in query.split("&")]
    return [urllib.parse.unquote_to_bytes(value) for name, _, value in named if name == "bodySHA256"]


def _with_and_without_port(url: str) -> list[str]:
    """The URL as called, without its port, and with the port its scheme has: Twilio signs one or the other."""
    match = _URL.fullmatch(url)
    if match is None:
        return [url]
    scheme, place, rest = match.groups()
    bare = _PORT.sub("", place)
    port = 443 if scheme.lower() == "https" else 80
    return list(
        dict.fromkeys(
            [url, f"{scheme}://{bare}{rest}", *([f"{scheme}://{bare}:{port}{rest}"] if bare == place else [])]
        )
    )


SCHEME = Scheme(
    code="twilio",
    label=f"Twilio: HMAC-SHA1 or HMAC-SHA256 in {_HEADER}",
    covers="the URL and the fields of the form, or the URL and the body's hash in it",
    secret="Auth token of the account (or the shared key's secret), shown in the Twilio console",  # noqa: S106
    verify=_verify,
    source="twilio-python 9.13, twilio/request_validator.py, read 2026-11",
)
