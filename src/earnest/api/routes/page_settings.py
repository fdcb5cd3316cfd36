"""Forms of the settings' pages: a dated setting, one's password, shortcuts; users and API keys."""

from __future__ import annotations

import functools
from typing import Annotated, Any

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from earnest.access.passwords import LENGTH_MAX
from earnest.access.principal import Principal
from earnest.api.credentials import delete_cookie, shown
from earnest.api.guard import caller_address, principal_of
from earnest.api.page_answers import KEYS_COOKIE, root_of
from earnest.api.page_posts import fields_of, gone_to, page_again
from earnest.api.place import Place, place_of
from earnest.api.refusal import too_many
from earnest.api.route import KNOWN, Route, needs
from earnest.definitions.setting import setting
from earnest.kernel.errors import Conflict, EarnestError, UsageError
from earnest.kernel.period import parse_day
from earnest.usecases.access import Administration, add_user, change_user, create_key, revoke_key
from earnest.usecases.access_session import NotSignedIn, change_own_password
from earnest.usecases.declare import set_setting
from earnest.usecases.jobs import start, wait_for
from earnest.warehouse.build import Progress
from earnest.web.pages.settings import PAGE as SETTINGS
from earnest.web.pages.settings_access import PAGE as ACCESS

YEAR_S = 31_536_000
SOON_SECONDS = 0.8
PlaceHere = Annotated[Place, Depends(place_of)]
Caller = Annotated[Principal, Depends(principal_of)]


async def set_one(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Set a dated setting. One that changes the tables is a job."""
    given = await fields_of(request)
    name, value, since = (given.get(field, "") for field in ("name", "value", "since"))
    try:
        setting(name).read(value)
        day = parse_day(since) if since else None
        work = functools.partial(_set, place, name, value, day)
        if name.startswith("lookback"):
            job = await run_in_threadpool(start, place.workspace, "setting", work, about=name, by=principal.name)
            await run_in_threadpool(wait_for, place.workspace, job, SOON_SECONDS)
        else:
            await run_in_threadpool(work, _quiet)
    except EarnestError as error:
        told = {"error": error, "form": "setting", **({"name": name} if error.code != "unknown-setting" else {})}
        told |= {"value": value, "since": since}
        return await page_again(request, place, principal, SETTINGS, path="/settings", given=told)
    return gone_to(request, "/settings?done=setting")


async def password(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Change one's own password; all of one's sessions end, this one too."""
    given = await _secrets_of(request)
    try:
        _check_session(request, place)
        if given.get("new", "") != given.get("again", ""):
            raise UsageError("passwords-differ", "the two new passwords differ", hint="Write the same twice")
        change = functools.partial(
            change_own_password,
            place.workspace,
            place.access,
            principal,
            current=given.get("current", ""),
            new=given.get("new", ""),
            address=caller_address(request),
        )
        done = await run_in_threadpool(change)
        if isinstance(done, NotSignedIn):
            if done.wait_us:
                raise too_many(-(-done.wait_us // 1_000_000), "failed attempts")
            raise UsageError("sign-in-failed", "the password so far is another one", hint="Try again")
    except EarnestError as error:
        told = {"error": error, "form": "password"}
        return await page_again(request, place, principal, SETTINGS, path="/settings", given=told)
    answer = gone_to(request, "/sign-in")
    delete_cookie(answer, request, place.name)
    return answer


async def shortcuts(request: Request) -> Response:
    """Remember in this browser whether shortcuts are on."""
    given = await fields_of(request)
    answer = RedirectResponse(f"{root_of(request)}/settings", 303)
    if given.get("keys") == "off":
        secure = request.url.scheme == "https"
        answer.set_cookie(KEYS_COOKIE, "off", max_age=YEAR_S, samesite="lax", secure=secure, httponly=True)
    else:
        answer.delete_cookie(KEYS_COOKIE)
    return answer


async def new_user(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Add a user."""
    given, admin = await _secrets_of(request), Administration(place.workspace, place.access, principal)
    add = functools.partial(
        add_user, admin, given.get("name", ""), role=given.get("role", ""), password=given.get("password", "")
    )
    return await _changed(request, place, principal, add)


async def change(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Give a user another role or password."""
    given, admin = await _secrets_of(request), Administration(place.workspace, place.access, principal)
    role, text = given.get("role") or None, given.get("password") or None
    work = functools.partial(change_user, admin, given.get("name", ""), role=role, password=text)
    return await _changed(request, place, principal, work)


async def state(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Disable a user, or let one in again."""
    given, admin = await fields_of(request), Administration(place.workspace, place.access, principal)
    work = functools.partial(change_user, admin, given.get("name", ""), disabled=given.get("state") != "on")
    return await _changed(request, place, principal, work)


async def new_key(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Make an API key; the answer is the only one that holds its text."""
    form = await request.form(max_files=0)
    given, admin = await fields_of(request), Administration(place.workspace, place.access, principal)
    scopes = [text for name, text in form.multi_items() if name == "scopes" and isinstance(text, str)]
    try:
        days = int(given["days"]) if given.get("days", "").isdecimal() else None
        make = functools.partial(
            create_key, admin, given.get("name", ""), scopes=scopes, source=given.get("source") or None, days=days
        )
        _, text = await run_in_threadpool(make)
    except EarnestError as error:
        told: dict[str, Any] = {"error": error}
    else:
        told = {"key": text}
    return await page_again(request, place, principal, ACCESS, path="/settings/access", given=told)


async def no_key(request: Request, place: PlaceHere, principal: Caller) -> Response:
    """Revoke an API key."""
    given, admin = await fields_of(request), Administration(place.workspace, place.access, principal)
    return await _changed(request, place, principal, functools.partial(revoke_key, admin, f"ek_{given.get('id', '')}"))


async def _changed(request: Request, place: Place, principal: Principal, work: functools.partial[Any]) -> Response:
    try:
        await run_in_threadpool(work)
    except EarnestError as error:
        given = {"error": error}
        return await page_again(request, place, principal, ACCESS, path="/settings/access", given=given)
    return gone_to(request, "/settings/access")


async def _secrets_of(request: Request) -> dict[str, str]:
    """Fields with passwords, which keep their spaces."""
    form = await request.form(max_files=0)
    return {
        name: text[: LENGTH_MAX + 1] if name in _SECRET else text.strip()
        for name, text in form.multi_items()
        if isinstance(text, str)
    }


_SECRET = ("password", "current", "new", "again")


def _check_session(request: Request, place: Place) -> None:
    credential = shown(request, place.name)
    if credential is None or credential.kind != "session":
        raise Conflict("not-a-session", "an API key has no password", hint="Revoke it instead")


def _set(place: Place, name: str, value: str, day: Any, _progress: Progress) -> dict[str, Any]:
    return {"value": set_setting(place.workspace, name, value, day)}


def _quiet(_what: str, _done: int, _of: int) -> None:
    pass


_HIDDEN = {"include_in_schema": False}
_WRITE, _MANAGE = needs("definitions:write"), needs("access:manage")
ROUTES = (
    Route("POST", "/settings/set", set_one, access=_WRITE, summary="Set a setting", tag="pages", extra=_HIDDEN),
    Route("POST", "/settings/password", password, access=KNOWN, summary="One's password", tag="pages", extra=_HIDDEN),
    Route("POST", "/settings/keys", shortcuts, access=KNOWN, summary="Shortcuts on or off", tag="pages", extra=_HIDDEN),
    Route("POST", "/settings/access/user", new_user, access=_MANAGE, summary="Add a user", tag="pages", extra=_HIDDEN),
    Route(
        "POST", "/settings/access/change", change, access=_MANAGE, summary="Change a user", tag="pages", extra=_HIDDEN
    ),
    Route(
        "POST", "/settings/access/state", state, access=_MANAGE, summary="Disable a user", tag="pages", extra=_HIDDEN
    ),
    Route("POST", "/settings/access/key", new_key, access=_MANAGE, summary="Make a key", tag="pages", extra=_HIDDEN),
    Route(
        "POST",
        "/settings/access/key/revoke",
        no_key,
        access=_MANAGE,
        summary="Revoke a key",
        tag="pages",
        extra=_HIDDEN,
    ),
)
