"""Who may call what: every declared route, as everybody, over real workspaces; the answer is what the declaration says.

A new route is tested the moment it is declared. What no declaration names does not exist.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from fastapi import FastAPI

from earnest.access.principal import operator
from earnest.access.records import Session, User
from earnest.access.roles import ROLES, SCOPES
from earnest.access.secret import SECRET_BYTES, csrf_token, digest, written
from earnest.api.app import PREFIX, make_app, routes
from earnest.api.matrix import may_call, with_tables
from earnest.api.place import Place
from earnest.api.route import Access, Route
from earnest.api.thin import Thin
from earnest.api.throttle import Limit, Limits, Throttle
from earnest.definitions.source import Source
from earnest.usecases.access import Administration, create_key, revoke_key
from earnest.usecases.workspace import init

ROOT = Path(__file__).parents[2]
CANARY = "canary-of-the-other"
METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "get",
    "post",
    "X",
)
PLENTY = Limit(rate=1e9, burst=10**9)
FOR_PEOPLE = {"/r/{code}", "/q/{code}", "/s/{id}"}
"""Addresses that people open: where nothing is, they find a page."""
DECLARED = sorted(routes(), key=lambda route: (route.path, route.method))


@dataclass
class Caller:
    """Somebody who calls: with which headers, what the workspace lets them do (None is nobody it knows), and the channel of the
    source that the key is bound to.
    """

    name: str
    scopes: frozenset[str] | None
    place: Place | None = None
    user: str | None = None
    channel: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def fresh(self, aimed_at: str) -> dict[str, str]:
        """Headers for one request: a session made for it, so that one that ends sessions ends no other's."""
        if self.user is None or self.place is None:
            return self.headers
        session_id, now_us = written(secrets.token_bytes(SECRET_BYTES)), self.place.workspace.clock()
        with self.place.access.changing():
            self.place.access.add_session(Session(digest(session_id), self.user, now_us, now_us, now_us + 10**12))
        return {"cookie": f"__Host-earnest-{aimed_at}={session_id}", "x-csrf-token": csrf_token(session_id)}


@dataclass
class Town:
    """Two workspaces, everybody who might call the first, and an application over one or both."""

    here: Place
    there: Place
    callers: list[Caller]

    def app(self, *, both: bool) -> FastAPI:
        app = make_app({"here": self.here, "there": self.there} if both else {"here": self.here})
        app.state.throttle = Throttle(Limits(PLENTY, PLENTY, PLENTY, PLENTY, PLENTY))
        return app


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    here, there = (Place(name, init(folder / name, currency="EUR", timezone="UTC")) for name in ("here", "there"))
    admin, elsewhere = (Administration(one.workspace, one.access, operator("root")) for one in (here, there))
    for place, names in ((here, ROLES), (there, {"admin": None, CANARY: None})):
        with place.access.changing():
            for name in names:
                place.access.add_user(User(name, name if name in ROLES else "viewer", "no hash", 1))
    callers = [Caller("nobody", None)]
    callers += [Caller(role, scopes, here, role) for role, scopes in ROLES.items()]
    for scope in SCOPES:
        scopes = frozenset({scope, "access:manage"} if scope == "events:write" else {scope})
        _, key = create_key(admin, f"k-{scope.replace(':', '-')}", scopes=scopes)
        callers.append(Caller(f"key {scope}", scopes, headers={"authorization": f"Bearer {key}"}))
    for channel in ("events", "segment"):
        here.workspace.record("source.set", Source(channel, channel, "api-key", ()).to_json())
        _, key = create_key(admin, f"k-{channel}", scopes=["events:write"], source=channel)
        bound = {"authorization": f"Bearer {key}"}
        callers.append(Caller(f"key for {channel}", frozenset({"events:write"}), channel=channel, headers=bound))
    kept, expired = create_key(admin, "expired", scopes=list(SCOPES), days=1)
    here.access._db.execute("UPDATE api_key SET expires_us = 1 WHERE id = ?", (kept.id,))
    _, revoked = create_key(admin, "revoked", scopes=list(SCOPES))
    revoke_key(admin, "revoked")
    _, foreign = create_key(elsewhere, CANARY, scopes=list(SCOPES))
    for name, key in (
        ("expired key", expired),
        ("revoked key", revoked),
        ("other workspace's key", foreign),
        ("made-up key", foreign[:-4] + "aaaa"),
    ):
        callers.append(Caller(name, None, headers={"x-api-key": key}))
    callers.append(Caller("other workspace's admin", None, there, "admin"))
    (folder / "secret").write_text("what only the provider knows")
    for place in (here, there):
        signed = Source("signed", "whatsapp", "meta", (f"file:{folder / 'secret'}",))
        place.workspace.record("source.set", signed.to_json())
    yield Town(here, there, callers)
    here.close()
    there.close()


@asynccontextmanager
async def _client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://earnest.example") as client:
        yield client


def _filled(path: str) -> str:
    """An address of the route, with names of nothing there is."""
    return re.sub(r"\{[^}]*\}", "nothing0", path)


def _wanted(access: Access, caller: Caller) -> set[int]:
    """The statuses a declaration allows."""
    if access.by == "public":
        return set(range(200, 600)) - {401, 403, 500}
    if access.by == "signed":
        return set(range(400, 500))
    if caller.scopes is None:
        return {401}
    return set(range(200, 600)) - {401, 403, 500} if may_call(access, caller.scopes, channel=caller.channel) else {403}


async def _call(client: httpx.AsyncClient, method: str, address: str, headers: dict[str, str]) -> httpx.Response:
    body = None if method.upper() in {"GET", "HEAD", "OPTIONS", "TRACE"} else "{}"
    told = headers | ({"content-type": "application/json"} if body else {})
    return await client.request(method, address, headers=told, content=body)


async def _faults(app: FastAPI, town: Town, prefix: str, mounted: list[Route]) -> list[str]:
    """Where the answers are not what the declarations say; each route lets at least one caller through."""
    found: list[str] = []
    passed: set[tuple[str, str] | None] = set()
    async with _client(app) as client:
        for route in mounted:
            address = prefix + _filled(route.path)
            for caller in town.callers:
                answer = await _call(client, route.method, address, caller.fresh("here"))
                wanted = _wanted(route.access, caller)
                passed.add((route.method, address) if answer.status_code not in {401, 403} else None)
                if answer.status_code not in wanted:
                    found.append(f"{route.method} {address} as {caller.name}: {answer.status_code} {answer.text[:80]}")
                if CANARY in answer.text:
                    found.append(f"{route.method} {address} as {caller.name} tells of the other workspace")
                kind = answer.headers.get("content-type")
                problem = kind == "application/problem+json" or (route.path in FOR_PEOPLE and answer.status_code == 404)
                if 400 <= answer.status_code < 500 and route.method != "HEAD" and not problem:
                    found.append(f"{route.method} {address} as {caller.name}: {kind}")
                if (
                    answer.status_code == 401
                    and "www-authenticate" not in answer.headers
                    and route.access.by == "scope"
                ):
                    found.append(f"{route.method} {address} as {caller.name}: 401 without WWW-Authenticate")
            if route.access.by == "scope" and (route.method, address) not in passed:
                found.append(f"{route.method} {address} lets nobody through")
    return found


def test_every_route_answers_everybody_as_declared(town: Town) -> None:
    assert DECLARED
    single, several = town.app(both=False), town.app(both=True)
    inside = [route for route in DECLARED if route.in_workspace]
    assert asyncio.run(_faults(single, town, "", DECLARED)) == []
    again = [
        route for route in inside if route.tag != "pages" or route.method != "GET"
    ]  # pages are slow, and guarded alike
    assert asyncio.run(_faults(single, town, "/w/here", again)) == []
    assert asyncio.run(_faults(several, town, "/w/here", again)) == []


def test_a_session_or_key_is_no_signature(town: Town) -> None:
    async def walk() -> dict[str, int]:
        statuses = {}
        async with _client(town.app(both=False)) as client:
            for route in DECLARED:
                if route.access.by == "signed" and route.method == "POST":
                    address = route.path.replace("{name}", "signed")
                    for caller in town.callers:
                        answer = await _call(client, "POST", address, caller.fresh("here"))
                        statuses[f"{address} as {caller.name}"] = answer.status_code
        return statuses

    statuses = asyncio.run(walk())
    assert statuses
    assert set(statuses.values()) == {401}, statuses


def test_the_faults_of_an_open_door_are_seen(town: Town) -> None:
    """The test itself: a route that lost its guard, one with another's, one that answers with the other workspace."""

    async def open_door() -> dict[str, str]:
        return {"name": CANARY}

    async def walk(route: Route, *, guarded: bool) -> list[str]:
        app = make_app({"here": town.here})
        app.state.throttle = Throttle(Limits(PLENTY, PLENTY, PLENTY, PLENTY, PLENTY))
        app.add_api_route("/open", open_door, dependencies=[] if not guarded else None)
        return await _faults(app, town, "", [route])

    route = Route("GET", "/open", open_door, access=Access("scope", "access:manage"), summary="", tag="")
    faults = asyncio.run(walk(route, guarded=False))
    refused = [caller for caller in town.callers if caller.scopes is None or "access:manage" not in caller.scopes]
    assert sum("tells of" in fault for fault in faults) == len(town.callers)
    assert sum(": 200" in fault for fault in faults) == len(refused)


def test_a_workspaces_callers_open_nothing_in_another(town: Town) -> None:
    """What opens the first opens nothing in the second, though a user of that name and role is there too."""

    async def walk() -> list[str]:
        found = []
        async with _client(town.app(both=True)) as client:
            for route in DECLARED:
                if route.in_workspace and route.access.by == "scope":
                    for caller in town.callers:
                        answer = await _call(
                            client, route.method, f"/w/there{_filled(route.path)}", caller.fresh("there")
                        )
                        known = caller.place is town.there or caller.name == "other workspace's key"
                        if not known and answer.status_code != 401:
                            found.append(f"{route.method} {route.path} as {caller.name}: {answer.status_code}")
            for route in DECLARED:
                for nowhere in ("/w/nowhere", "/w/HERE", "/w/", "/w/here%2F..", "/w/there%00", ""):
                    if route.in_workspace:
                        answer = await _call(
                            client, route.method, nowhere + _filled(route.path), town.callers[3].fresh("here")
                        )
                        if answer.status_code not in {404, 405}:
                            found.append(f"{route.method} {nowhere}{route.path}: {answer.status_code}")
        return found

    assert asyncio.run(walk()) == []


def test_no_route_but_the_declared_ones(town: Town) -> None:
    for both in (False, True):
        prefixes = [PREFIX] if both else ["", PREFIX]
        told = {
            (route.method, p + route.path) for route in DECLARED for p in (prefixes if route.in_workspace else [""])
        }
        told |= {(route.method, route.path) for route in DECLARED if isinstance(route.endpoint, Thin)}
        for one in town.app(both=both).routes:
            path, methods = getattr(one, "path", None), getattr(one, "methods", None)
            assert path is not None, f"{one} is no route"
            if methods is None:
                assert any(path == known for _, known in told), f"{path} is not declared"
            else:
                assert {(method, path) for method in methods} <= told, f"{methods} {path} is not declared"
    assert len({(route.method, route.path) for route in DECLARED}) == len(DECLARED), "declared twice"


def test_undeclared_methods_and_other_writings_of_an_address_open_nothing(town: Town) -> None:
    addresses = {_filled(route.path) for route in DECLARED}
    methods = {address: {r.method for r in DECLARED if _filled(r.path) == address} for address in addresses}
    admin = next(caller for caller in town.callers if caller.name == "admin")

    app = town.app(both=False)

    async def walk() -> list[str]:
        found = []
        for address in sorted(addresses):
            for caller in (town.callers[0], admin):
                for method in {*METHODS, *methods[address]} - methods[address]:
                    status = await _raw(app, method, address, caller.fresh("here"))
                    if not 400 <= status < 500:
                        found.append(f"{method} {address} as {caller.name}: {status}")
                for other in _writings(address) - addresses:
                    for method in methods[address]:
                        status = await _raw(app, method, other, caller.fresh("here"))
                        if not 400 <= status < 500:
                            found.append(f"{method} {other} as {caller.name}: {status}")
        return found

    assert asyncio.run(walk()) == []


async def _raw(app: FastAPI, method: str, target: str, headers: dict[str, str]) -> int:
    """The status of a request whose method and path no client has tidied up."""
    told = headers | {"host": "earnest.example", "content-type": "application/json", "content-length": "2"}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "https", "method": method,
        "path": unquote(target), "raw_path": target.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in told.items()],
        "client": ("203.0.113.5", 50000), "server": ("earnest.example", 443),
    }  # fmt: skip
    statuses: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return statuses[0]


def _writings(address: str) -> set[str]:
    """The same address as somebody might write it to get past a guard: case, slashes, dots, encodings."""
    head, _, tail = address.rpartition("/")
    return {
        address.replace("nothing0", "\0").upper().replace("\0", "nothing0"),
        f"{address}/",
        f"/{address}",
        f"{head}//{tail}",
        f"{address}/.",
        f"{address}%2F",
        f"{address}%00",
        f"{head}/./{tail}",
    }


def test_a_session_changes_nothing_without_its_token(town: Town) -> None:
    async def walk() -> list[str]:
        found = []
        async with _client(town.app(both=False)) as client:
            for route in DECLARED:
                if route.access.by != "scope" or route.method in {"GET", "HEAD"}:
                    continue
                for headers in (
                    {},
                    {"x-csrf-token": "0" * 40},
                    {"sec-fetch-site": "cross-site"},
                    {"origin": "https://evil.example"},
                ):
                    mine = next(caller for caller in town.callers if caller.name == "admin").fresh("here")
                    if "x-csrf-token" in headers or not headers:
                        del mine["x-csrf-token"]
                    answer = await _call(client, route.method, _filled(route.path), mine | headers)
                    if answer.status_code != 403:
                        found.append(f"{route.method} {route.path} with {headers}: {answer.status_code}")
        return found

    assert asyncio.run(walk()) == []


def test_the_page_says_what_is_declared() -> None:
    page = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    assert with_tables(page) == page, "write it anew: docs/access.md, earnest.api.matrix.with_tables"
