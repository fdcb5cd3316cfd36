"""Sign in, sign out, who am I, one's own password."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Depends
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from starlette.requests import Request
from starlette.responses import Response

from earnest.access.passwords import LENGTH_MAX
from earnest.access.principal import Principal
from earnest.access.secret import csrf_token
from earnest.api.credentials import check_same_origin, cookie_name, delete_cookie, set_cookie, shown
from earnest.api.guard import caller_address, principal_of, throttle_of
from earnest.api.place import Place, place_of
from earnest.api.refusal import NotIdentified, Refusal, too_many
from earnest.api.route import KNOWN, PUBLIC, Route
from earnest.kernel.errors import Conflict
from earnest.usecases.access_session import NotSignedIn, change_own_password, sign_in, sign_out

PATH = "/api/v1/session"
Password = Annotated[SecretStr, Field(max_length=LENGTH_MAX, description="Normalised by NFKC; any characters.")]


class SignIn(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(max_length=200)]
    password: Password


class NewPassword(BaseModel):
    """The password so far, and the next."""

    model_config = ConfigDict(extra="forbid")
    current: Password
    new: Password


class Who(BaseModel):
    """Who calls. `csrf_token` is for pages: sent as X-CSRF-Token with each change; keys need none."""

    kind: str
    name: str
    scopes: list[str]
    workspace: str
    source: str | None = None
    csrf_token: str | None = None


PlaceHere = Annotated[Place, Depends(place_of)]
Caller = Annotated[Principal, Depends(principal_of)]


def begin(request: Request, response: Response, place: PlaceHere, body: Annotated[SignIn, Body()]) -> Who:
    """Begin a session: the cookie is set, and an earlier session of this browser ends.

    A wrong name, a wrong password and a disabled user get the same answer, after the same time.
    """
    check_same_origin(request)
    address = caller_address(request)
    throttle = throttle_of(request)
    wait_s = throttle.take("sign_in", address) or throttle.take("sign_in_all", place.name)
    if wait_s:
        raise too_many(wait_s, "sign-ins")
    done = sign_in(
        place.workspace,
        place.access,
        body.name,
        body.password.get_secret_value(),
        address=address,
        before=request.cookies.get(cookie_name(request, place.name)),
        place=place.name,
    )
    if isinstance(done, NotSignedIn):
        raise _failed(done)
    set_cookie(response, request, place.name, done.session_id)
    return _who(done.principal, done.session_id)


def who(request: Request, place: PlaceHere, principal: Caller) -> Who:
    """Who calls, and what that one may do."""
    credential = shown(request, place.name)
    session_id = credential.text if credential is not None and credential.kind == "session" else None
    return _who(principal, session_id)


def end(request: Request, response: Response, place: PlaceHere, principal: Caller) -> None:
    """End the session: its cookie opens nothing from now on."""
    sign_out(place.access, _session_id(request, place))
    delete_cookie(response, request, place.name)


def change_password(
    request: Request, response: Response, place: PlaceHere, *, principal: Caller, body: Annotated[NewPassword, Body()]
) -> None:
    """Change one's own password; all of one's sessions end, this one too."""
    _session_id(request, place)
    done = change_own_password(
        place.workspace,
        place.access,
        principal,
        current=body.current.get_secret_value(),
        new=body.new.get_secret_value(),
        address=caller_address(request),
    )
    if isinstance(done, NotSignedIn):
        raise _failed(done)
    delete_cookie(response, request, place.name)


def _session_id(request: Request, place: Place) -> str:
    credential = shown(request, place.name)
    if credential is None or credential.kind != "session":
        raise Conflict(
            "not-a-session",
            "an API key has neither a session to end nor a password",
            hint="Revoke it instead: DELETE /api/v1/keys/ID.",
        )
    return credential.text


def _failed(done: NotSignedIn) -> Refusal:
    if done.wait_us:
        return too_many(-(-done.wait_us // 1_000_000), "failed sign-ins")
    return NotIdentified(
        "sign-in-failed",
        "name and password do not fit together, or the user may not sign in",
        hint="Try again, or ask an admin: earnest user password NAME, earnest user enable NAME.",
    )


def _who(principal: Principal, session_id: str | None) -> Who:
    return Who(
        kind=principal.kind,
        name=principal.name,
        scopes=sorted(principal.scopes),
        workspace=principal.workspace or "",
        source=principal.source,
        csrf_token=csrf_token(session_id) if session_id else None,
    )


ROUTES = (
    Route("POST", PATH, begin, access=PUBLIC, summary="Sign in", tag="session"),
    Route("GET", PATH, who, access=KNOWN, summary="Who am I", tag="session"),
    Route("DELETE", PATH, end, access=KNOWN, summary="Sign out", tag="session", extra={"status_code": 204}),
    Route("PUT", f"{PATH}/password", change_password, access=KNOWN, summary="Change one's own password", tag="session",
          extra={"status_code": 204}),
)  # fmt: skip
