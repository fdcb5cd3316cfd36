"""Senders that sign nothing and present a secret instead: whoever reads one delivery can send others. HTTPS only."""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import Sequence

from earnest.channels.signing.fitting import fits, is_blank, missing, said_in
from earnest.channels.signing.scheme import Request, Scheme

_TELEGRAM = "X-Telegram-Bot-Api-Secret-Token"
_TOKEN = "X-Earnest-Token"  # noqa: S105
_PARAMETER = "token"
_WRONG = "the secret presented is another one"


def _verify_telegram(request: Request, secrets: Sequence[str]) -> str | None:
    said = said_in(request, _TELEGRAM)
    if not said:
        return missing(_TELEGRAM)
    return None if fits([said], secrets, _as_it_is) else _WRONG


def _verify_basic(request: Request, secrets: Sequence[str]) -> str | None:
    kind, _, said = said_in(request, "Authorization").partition(" ")
    if kind.lower() != "basic" or not said:
        return missing("Authorization: Basic")
    with_password = [secret for secret in secrets if not is_blank(secret.partition(":")[2])]
    return None if fits([said], with_password, lambda key: base64.b64encode(key).decode()) else _WRONG


def _verify_token(request: Request, secrets: Sequence[str]) -> str | None:
    kind, _, bearer = said_in(request, "Authorization").partition(" ")
    query = urllib.parse.urldefrag(request.url).url.partition("?")[2]
    asked = [piece.partition("=")[2] for piece in query.split("&") if piece.partition("=")[0] == _PARAMETER]
    said = [
        said_in(request, _TOKEN),
        bearer if kind.lower() == "bearer" else "",
        urllib.parse.unquote(asked[0], errors="surrogateescape") if len(asked) == 1 else "",
    ]
    if not any(said):
        return f"no token: {_TOKEN}, Authorization: Bearer or ?{_PARAMETER}="
    return None if fits([value for value in said if value], secrets, _as_it_is) else _WRONG


def _as_it_is(key: bytes) -> str:
    return key.decode(errors="surrogatepass")


SCHEMES = (
    Scheme(
        code="telegram",
        label=f"Telegram: the secret itself in {_TELEGRAM}",
        covers="nothing",
        secret="secret_token that you gave to setWebhook",  # noqa: S106
        verify=_verify_telegram,
        source="core.telegram.org/bots/api#setwebhook, read 2026-10",
    ),
    Scheme(
        code="basic",
        label="User and password in Authorization: Basic",
        covers="nothing",
        secret="user:password, as you gave them to the sender, for example in https://user:password@…",  # noqa: S106
        verify=_verify_basic,
        source="RFC 7617",
    ),
    Scheme(
        code="token",
        label=f"A token in {_TOKEN}, Authorization: Bearer or ?{_PARAMETER}=",
        covers="nothing",
        secret="A long random text of your own, for example from openssl rand -hex 32",  # noqa: S106
        verify=_verify_token,
        source="RFC 6750; for senders that sign nothing, such as Zapier and Make",
    ),
)
