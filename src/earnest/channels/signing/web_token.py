"""MessageBird and Vonage: a JSON web token, signed with HS256, whose claims hold the hashes of what it came with.

Only HS256 is read, whatever the token says of itself: `none` and public-key algorithms are refused.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import msgspec

from earnest.channels.signing.fitting import UNFIT, fits, missing, said_in
from earnest.channels.signing.scheme import Request, Scheme

LEEWAY_S = 60
"""Seconds that our clock may differ from theirs: a MessageBird token is good for one minute."""
_BIRD = "MessageBird-Signature-JWT"
_LONGEST = 8192


def _verify_messagebird(request: Request, secrets: Sequence[str]) -> str | None:
    said = said_in(request, _BIRD)
    if not said:
        return missing(_BIRD)
    claims = _claims(said, secrets)
    if claims is None:
        return UNFIT
    if claims.get("iss") != "MessageBird" or not _in_force(claims, request.now_s, required=True):
        return "the token is of another issuer, or not of this minute"
    url = request.url.encode(errors="surrogatepass")
    if not _is_hash(claims.get("url_hash"), url):
        return "url_hash does not fit the URL"
    return _unfit_payload(claims, request.body)


def _verify_vonage(request: Request, secrets: Sequence[str]) -> str | None:
    kind, _, said = said_in(request, "Authorization").partition(" ")
    if kind.lower() != "bearer" or not said:
        return missing("Authorization: Bearer")
    claims = _claims(said, secrets)
    if claims is None:
        return UNFIT
    if not _in_force(claims, request.now_s, required=False):
        return "the token is not in force"
    return _unfit_payload(claims, request.body)


def _claims(token: str, secrets: Sequence[str]) -> dict[str, Any] | None:
    """What a token claims, if one of the secrets signed it with HS256."""
    signed, _, signature = token.rpartition(".")
    head, _, payload = signed.partition(".")
    if len(token) > _LONGEST or not token.isascii():
        return None
    if not fits([signature], secrets, lambda key: _segment(hmac.digest(key, signed.encode(), hashlib.sha256))):
        return None
    header, claims = _opened(head), _opened(payload)
    if header is None or header.get("alg") != "HS256" or "crit" in header:
        return None
    return claims


def _segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _opened(segment: str) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, msgspec.DecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _in_force(claims: dict[str, Any], now_s: float, *, required: bool) -> bool:
    """Whether now lies between nbf and exp; a token without them only is where they are not required."""
    first, last = claims.get("nbf"), claims.get("exp")
    if required and (first is None or last is None):
        return False
    if not all(one is None or (isinstance(one, int | float) and not isinstance(one, bool)) for one in (first, last)):
        return False
    return (first is None or now_s >= first - LEEWAY_S) and (last is None or now_s <= last + LEEWAY_S)


def _unfit_payload(claims: dict[str, Any], body: bytes) -> str | None:
    """A body must be claimed, and a claimed body must be there."""
    if not body and claims.get("payload_hash") is None:
        return None
    return None if body and _is_hash(claims.get("payload_hash"), body) else "payload_hash does not fit the body"


def _is_hash(said: object, content: bytes) -> bool:
    expected = hashlib.sha256(content).hexdigest().encode()
    return isinstance(said, str) and hmac.compare_digest(expected, said.encode(errors="surrogatepass"))


SCHEMES = (
    Scheme(
        code="messagebird",
        label=f"MessageBird (Bird): HS256 token in {_BIRD}",
        covers=f"the URL, the body and the minute (± {LEEWAY_S} s)",
        secret="Signing key, under Developers › API access",  # noqa: S106
        verify=_verify_messagebird,
        source="messagebird/python-rest-api, tests/test_request_validator, read 2026-10",
    ),
    Scheme(
        code="vonage",
        label="Vonage: HS256 token in Authorization: Bearer",
        covers="the body; nothing of the URL, so choose POST, not GET",
        secret="Signature secret of the account, under API settings",  # noqa: S106
        verify=_verify_vonage,
        source="Vonage/vonage-python-sdk, jwt/tests/test_verify_jwt.py, read 2026-10",
    ),
)
