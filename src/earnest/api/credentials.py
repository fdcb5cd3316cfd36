"""What a request shows of who sends it: an API key in a header, or a session in a cookie; and whether our own page sent it.

Authorization: Bearer ek_…        the usual form
Authorization: Basic ek_…:        the key as user name, as Segment's libraries send it
X-API-Key: ek_…
Cookie: __Host-earnest-shop=…     a browser, signed in to the workspace `shop`
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from earnest.access.secret import csrf_token, same
from earnest.api.refusal import NotAllowed, NotIdentified

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Shown:
    """One credential. `text` is a secret."""

    kind: Literal["key", "session"]
    text: str


def shown(request: Request, workspace: str) -> Shown | None:
    """The credential of a request; a header goes before the cookie. None if there is none.

    Raises:
        NotIdentified: `two-credentials`, `unreadable-credential`.
    """
    found = [("authorization", value) for value in request.headers.getlist("authorization")]
    found += [("x-api-key", value) for value in request.headers.getlist("x-api-key")]
    if len(found) > 1:
        raise NotIdentified(
            "two-credentials",
            "the request has several Authorization or X-API-Key headers",
            hint="Send the API key in one of them.",
        )
    if found:
        header, value = found[0]
        return Shown("key", value.strip() if header == "x-api-key" else _authorized(value))
    session_id = request.cookies.get(cookie_name(request, workspace))
    return Shown("session", session_id) if session_id else None


def cookie_name(request: Request, workspace: str) -> str:
    """Name of the session cookie: one a workspace, so that somebody can be signed in to two."""
    plain = workspace if _TOKEN.fullmatch(workspace) else hashlib.sha256(workspace.encode()).hexdigest()[:16]
    return f"{'' if _local(request) else '__Host-'}earnest-{plain}"


def set_cookie(response: Response, request: Request, workspace: str, session_id: str) -> None:
    """Give the session to the browser: not readable by scripts, not sent by other sites' forms, never over plain HTTP.

    Over plain HTTP to this very machine, where no browser takes a `__Host-` cookie, it goes without the prefix and Secure.
    """
    response.set_cookie(
        cookie_name(request, workspace), session_id, path="/", httponly=True, samesite="lax", secure=not _local(request)
    )


def delete_cookie(response: Response, request: Request, workspace: str) -> None:
    """Take the session back from the browser."""
    response.delete_cookie(
        cookie_name(request, workspace), path="/", httponly=True, samesite="lax", secure=not _local(request)
    )


def check_same_origin(request: Request) -> None:
    """Refuse what a page of another site sent. Browsers say so and pages cannot change it; other clients say nothing.

    Raises:
        NotAllowed: `cross-origin`.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    host = request.headers.get("host", "").lower()
    own = site in {"same-origin", "none"} if site is not None else origin is None or _netloc(origin) == host != ""
    if not own:
        raise NotAllowed(
            "cross-origin",
            "the request comes from a page of another origin",
            hint="Programs use an API key instead of a session.",
        )


def check_csrf(request: Request, session_id: str, *, sent: str | None = None) -> None:
    """Refuse a change in a session's name that the session's own page did not send.

    Args:
        sent: the token of a form; else it is the header's.

    Raises:
        NotAllowed: `cross-origin`, `no-csrf-token`.
    """
    check_same_origin(request)
    if not same(request.headers.get(CSRF_HEADER, "") if sent is None else sent, csrf_token(session_id)):
        raise NotAllowed(
            "no-csrf-token",
            "a change made in a session needs the session's token",
            hint="Send csrf_token of GET /api/v1/session as the header X-CSRF-Token.",
        )


def _local(request: Request) -> bool:
    """Plain HTTP to a name of this machine: nothing leaves it."""
    try:
        return request.url.scheme == "http" and request.url.hostname in _LOOPBACK
    except ValueError:  # a Host header that is no host
        return False


def _netloc(origin: str) -> str | None:
    """Host and port of an origin; None of what is no URL, which no host is equal to."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _authorized(value: str) -> str:
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).decode("utf-8").partition(":")[0]
        except (binascii.Error, UnicodeDecodeError, ValueError):
            pass
    raise NotIdentified(
        "unreadable-credential",
        "the Authorization header is neither Bearer nor Basic with an API key",
        hint="Send Authorization: Bearer ek_…",
    )
