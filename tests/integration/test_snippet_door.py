"""The landing snippet's door: what it serves, whom it hears, and what becomes of a click, a visit and an order."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from earnest.api.app import make_app
from earnest.api.place import Place
from earnest.api.throttle import Limit, Limits, Throttle
from earnest.definitions.source import Source
from earnest.journal.log import Entry
from earnest.usecases.workspace import init

from .senders import Clock

SITE = "https://shop.example"
OPTIONS = {"origins": [SITE, "https://www.shop.example"]}
SESSION, VISITOR = "5e" * 16, "a1" * 16
JS = "text/plain;charset=UTF-8"


def said(number: int = 0, **more: Any) -> bytes:
    """A message of the snippet, with an id of its own."""
    body = {"v": 1, "event": "page", "id": f"{number:032x}", "session": SESSION, "page": "shop.example/tea", "utm": {}}
    return json.dumps(body | more).encode()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place("shop", init(tmp_path / "shop", currency="EUR", timezone="Europe/Berlin", clock=Clock()))
    made.workspace.record("source.set", Source("web", "site", "token", (), options=OPTIONS).to_json())
    yield made
    made.close()


def served(place: Place, *more: Place, limit: Limit | None = None) -> FastAPI:
    app = make_app({one.name: one for one in (place, *more)})
    plenty = Limit(rate=1e6, burst=1_000_000)
    app.state.throttle = Throttle(Limits(address=limit or plenty))
    return app


def ask(app: FastAPI, method: str, path: str, body: bytes = b"", **headers: str) -> httpx.Response:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://go.shop.example") as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, content=body or None, headers=named)

    return asyncio.run(call())


def tell(app: FastAPI, body: bytes, path: str = "/t/web", **headers: str) -> httpx.Response:
    return ask(app, "POST", path, body, **({"origin": SITE, "content_type": JS} | headers))


def received(place: Place) -> list[Entry]:
    with place.workspace.journal() as journal:
        return list(journal.received(after=0))


def test_the_script_is_small_and_kept_by_browsers(place: Place) -> None:
    app = served(place)
    packed = ask(app, "GET", "/t.js", accept_encoding="gzip")
    plain = ask(app, "GET", "/t.js", accept_encoding="identity")
    assert packed.status_code == plain.status_code == 200
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) <= 2048
    assert packed.content == plain.content
    assert len(gzip.compress(plain.content, 9)) <= 2048
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    assert plain.headers["cache-control"] == "public, max-age=3600"
    assert plain.headers["etag"] != packed.headers["etag"]
    again = ask(app, "GET", "/t.js", accept_encoding="gzip", if_none_match=packed.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == packed.headers["etag"]
    stale = ask(app, "GET", "/t.js", accept_encoding="gzip", if_none_match='"another"')
    assert stale.status_code == 200
    assert "set-cookie" not in packed.headers


def test_what_a_page_tells_is_on_disk_when_it_is_answered(place: Place) -> None:
    app = served(place)
    answer = tell(app, said())
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == SITE
    assert answer.headers["vary"] == "origin"
    assert "access-control-allow-credentials" not in answer.headers
    assert "set-cookie" not in answer.headers
    (entry,) = received(place)
    assert (entry.source, entry.body) == ("web", said())
    assert entry.headers == {"content-type": "application/json"}, "nothing of the browser or its address"


def test_the_same_message_again_is_one(place: Place) -> None:
    app = served(place)
    assert [tell(app, said(7)).status_code for _ in range(3)] == [204, 204, 204]
    assert tell(app, said(8)).status_code == 204
    assert len(received(place)) == 2


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://shop.example", "https://shop.example:8443", "https://shop.example.evil.example", "null", "",
     "https://shop.example/", None],
)  # fmt: skip
def test_only_pages_of_the_source_s_own_origins_are_heard(place: Place, origin: str | None) -> None:
    app = served(place)
    headers = {} if origin is None else {"origin": origin}
    answer = ask(app, "POST", "/t/web", said(), content_type=JS, **headers)
    if origin == "https://shop.example/":
        assert answer.status_code == 204, "no browser writes it, and it says the same"
        return
    assert answer.status_code == 403
    assert answer.json()["code"] == "origin-not-allowed"
    assert "access-control-allow-origin" not in answer.headers
    assert received(place) == []
    assert place.tally.sources["web"].refused == 1
    assert ask(app, "OPTIONS", "/t/web", **headers).status_code == 403


def test_a_preflight_lets_the_site_s_own_pages_post(place: Place) -> None:
    answer = ask(served(place), "OPTIONS", "/t/web", origin="https://www.shop.example")
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://www.shop.example"
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-allow-headers"] == "content-type"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "not-of-the-snippet"),
        (b"[]", 400, "not-of-the-snippet"),
        (b"{", 400, "not-of-the-snippet"),
        (b'{"v":1,"v":1}', 400, "not-of-the-snippet"),
        (said(event="click"), 400, "not-of-the-snippet"),
        (said(visitor="anna@example.org"), 400, "not-of-the-snippet"),
        (said(event="identify", visitor=VISITOR, person={"email": "anna@example.org"}), 403, "identify-not-taken"),
        (said(padding="x" * 8192), 413, "too-large"),
    ],
)
def test_what_the_snippet_would_not_send_is_refused_and_not_kept(
    place: Place, body: bytes, status: int, code: str
) -> None:
    answer = tell(served(place), body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["access-control-allow-origin"] == SITE, "so that the page's console can say why"
    assert b"anna" not in answer.content
    assert received(place) == []


def test_8_kb_are_taken(place: Place) -> None:
    body = said(padding="")
    assert tell(served(place), said(padding="x" * (8192 - len(body)))).status_code == 204


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_other_methods_do_nothing(place: Place, method: str) -> None:
    answer = ask(served(place), method, "/t/web", origin=SITE)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")


def test_no_other_source_is_a_site(place: Place) -> None:
    place.workspace.record("source.set", Source("own", "events", "token", ()).to_json())
    disabled = Source("old", "site", "token", (), options=OPTIONS).disabled()
    place.workspace.record("source.set", disabled.to_json())
    for name in ("own", "old", "nowhere", "earnest.links"):
        assert tell(served(place), said(), f"/t/{name}").status_code == 404
    assert received(place) == []


def test_one_address_cannot_fill_the_journal(place: Place) -> None:
    app = served(place, limit=Limit(rate=0.001, burst=3))
    statuses = [tell(app, said(number)).status_code for number in range(6)]
    assert statuses == [204, 204, 204, 429, 429, 429]
    assert len(received(place)) == 3


def test_a_source_is_found_among_several_workspaces(place: Place, tmp_path: Path) -> None:
    other = Place("other", init(tmp_path / "other", currency="EUR", timezone="UTC"))
    try:
        app = served(place, other)
        assert tell(app, said(1)).status_code == 204
        assert tell(app, said(2), "/w/shop/t/web").status_code == 204
        assert tell(app, said(3), "/w/other/t/web").status_code == 404
        assert ask(app, "GET", "/t.js").status_code == 200
        assert len(received(place)) == 2
    finally:
        other.close()
