"""Following links: what is answered, what is kept, and that nobody is led where a workspace does not want to lead."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import pytest

from earnest.access.principal import operator
from earnest.api.app import make_app
from earnest.api.front import Front
from earnest.api.place import Place
from earnest.api.throttle import Limit, Limits, Throttle
from earnest.channels import links
from earnest.channels.told import ClickTold, Party
from earnest.definitions.link import Link
from earnest.journal.log import Draft
from earnest.journal.writer import Limits as WriterLimits
from earnest.tracking.codes import ALPHABET, Code, Codec
from earnest.usecases.access import Administration, create_key
from earnest.usecases.lost_clicks import clicks_lost
from earnest.usecases.workspace import open_workspace
from integration.clickers import BROWSER, HOST, click_id, code, kept_clicks, linked
from integration.served import http_process, until

ELSEWHERE = "203.0.113.5"


@dataclass
class Heard:
    """What one request was answered."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


async def ask(
    app: Any, path: str, *, method: str = "GET", query: bytes = b"", client: str = ELSEWHERE, headers: Mapping[str, str] = BROWSER
) -> Heard:  # fmt: skip
    """One request, written as no client would tidy it up."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "https", "method": method,
        "path": unquote(path), "raw_path": path.encode(), "query_string": query, "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": (client, 50000), "server": ("go.example", 443),
    }  # fmt: skip
    heard = Heard()

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            heard.status = message["status"]
            heard.headers = {name.decode(): value.decode("latin-1") for name, value in message["headers"]}
        else:
            heard.body += message.get("body", b"")

    await app(scope, receive, send)
    return heard


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Place]:
    declared = [
        Link("spring", 1, f"https://{HOST}/offer?a=1#top", campaign="spring", utm={"source": "sms"}),
        Link("off", 2, f"https://{HOST}/off", enabled=False),
        Link("past", 3, f"https://{HOST}/past", until_us=1),
        Link("away", 4, "https://elsewhere.example/"),
    ]
    place = Place("shop", linked(tmp_path / "shop", *declared))
    yield place
    place.close()


def test_a_click_is_answered_and_kept(shop: Place) -> None:
    app = Front(make_app({"shop": shop}))
    text = code(shop.workspace, recipient=17)
    heard = asyncio.run(ask(app, f"/r/{text}", query=b"next=https://evil.example&eid=forged"))
    told = click_id(heard.headers["location"])
    assert heard.status == 302
    assert heard.headers["location"] == f"https://{HOST}/offer?a=1&utm_source=sms&eid={told}#top"
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", told)
    assert heard.headers["cache-control"] == "private, no-store"
    assert heard.headers["x-robots-tag"] == "noindex"
    assert heard.body == b""
    shop.close()
    with shop.workspace.journal() as journal:
        (entry,) = journal.received(after=0)
    body = entry.data
    assert (entry.source, entry.dedupe_key) == ("earnest.links", None)
    assert {name: body[name] for name in ("click", "link", "recipient", "within", "method", "network")} == {
        "click": told, "link": "spring", "recipient": 17, "within": "campaign=spring", "method": "GET",
        "network": "203.0.113.0/24",
    }  # fmt: skip
    assert body["headers"] == BROWSER
    assert isinstance(body["visitor"], int)
    assert body["at"] <= entry.received_us
    assert set(body) == {"click", "at", "link", "recipient", "within", "method", "headers", "network", "visitor"}
    assert ELSEWHERE not in entry.body.decode()
    (read,) = links.parse(body, {})
    assert isinstance(read, ClickTold)
    assert (read.party, read.click_id, read.link) == (Party(contact="recipient:17"), told, "spring")
    assert read.within == "campaign=spring"


def test_a_link_made_through_the_api_leads_at_once(shop: Place) -> None:
    admin = Administration(shop.workspace, shop.access, operator("root"))
    _, key = create_key(admin, "shop", scopes=["links:write"])
    app = make_app({"shop": shop}, public_url="https://go.example")

    async def walk() -> tuple[int, Heard]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="https://go.example") as client:
            body = {"name": "new", "url": f"https://{HOST}/new"}
            made = await client.post("/api/v1/links", json=body, headers={"x-api-key": key})
            assert made.status_code == 201, made.text
            known = len(app.state.redirects.memories["shop"].snapshot.targets)
            return known, await ask(app, made.json()["url"].removeprefix("https://go.example"))

    known, heard = asyncio.run(walk())
    assert known == 5
    assert heard.headers["location"].startswith(f"https://{HOST}/new?eid=")


def test_each_click_has_an_id_of_its_own_and_head_is_one_too(shop: Place) -> None:
    app = Front(make_app({"shop": shop}))
    text = code(shop.workspace)

    async def walk() -> list[Heard]:
        return [await ask(app, f"/r/{text}", method=method) for method in ("GET", "HEAD", "GET")]

    heard = asyncio.run(walk())
    ids = [click_id(one.headers["location"]) for one in heard]
    shop.close()
    assert len(set(ids)) == 3
    with shop.workspace.journal() as journal:
        kept = [(one.data["click"], one.data["method"]) for one in journal.received(after=0)]
    assert kept == list(zip(ids, ("GET", "HEAD", "GET"), strict=True))


def test_whatever_leads_nowhere_gets_the_same_answer(shop: Place, tmp_path: Path) -> None:
    other = Place("other", linked(tmp_path / "other"))
    app = Front(make_app({"shop": shop, "other": other}))
    good = code(shop.workspace, recipient=17)
    nowhere = {
        "off": f"/r/{code(shop.workspace, 2, 5)}",
        "past": f"/r/{code(shop.workspace, 3)}",
        "host no longer allowed": f"/r/{code(shop.workspace, 4)}",
        "never declared": f"/r/{code(shop.workspace, 99)}",
        "of the other workspace": f"/w/shop/r/{code(other.workspace)}",
        "of a survey": f"/r/{Codec(shop.workspace.key(), 'survey').write(Code(1, 17))}",
        "one letter off": f"/r/{good[:-1]}{'A' if good[-1] != 'A' else 'B'}",
        "short": "/r/x",
        "long": f"/r/{'z' * 4_000}",
        "foreign letters": "/r/%C3%A9%00%0D%0A%F0%9F%98%80",
        "no such workspace": f"/w/nowhere/r/{good}",
    }

    async def walk() -> dict[str, Heard]:
        return {what: await ask(app, path) for what, path in nowhere.items()} | {
            "head": await ask(app, nowhere["off"], method="HEAD")
        }

    heard = asyncio.run(walk())
    other.close()
    for one in heard.values():
        one.headers.pop("x-request-id")
    first = heard["off"]
    assert first.status == 404
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert [what for what, one in heard.items() if one != first] == []


def test_only_what_leads_nowhere_is_limited(shop: Place) -> None:
    app = make_app({"shop": shop})
    app.state.throttle = Throttle(Limits(missed=Limit(1, 3)), clock=lambda: 0.0)
    good = code(shop.workspace)

    async def walk() -> tuple[list[int], list[int], Heard, int]:
        misses = [(await ask(app, f"/r/wrong{number}")).status for number in range(5)]
        hits = [(await ask(app, f"/r/{good}")).status for _ in range(50)]
        refused = await ask(app, "/r/wrong")
        return misses, hits, refused, (await ask(app, "/r/wrong", client="198.51.100.1")).status

    misses, hits, refused, elsewhere = asyncio.run(walk())
    assert misses == [404, 404, 404, 429, 429]
    assert set(hits) == {302}
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert elsewhere == 404


def test_of_one_address_so_many_clicks_are_kept_and_all_are_answered(shop: Place) -> None:
    app, now_s = make_app({"shop": shop}), [0.0]
    app.state.throttle = Throttle(Limits(), clock=lambda: now_s[0])
    good = f"/r/{code(shop.workspace)}"

    async def walk() -> set[int]:
        told = {(await ask(app, good)).status for _ in range(230)}
        told |= {(await ask(app, good, client="198.51.100.1")).status for _ in range(10)}
        now_s[0] += 0.5
        return told | {(await ask(app, good)).status for _ in range(12)}

    assert asyncio.run(walk()) == {302}
    assert b"earnest_redirects_total 252.0" in scraped(shop)
    shop.close()
    assert shop.lost.since_began() == {"too-many": 32}
    assert len(kept_clicks(shop.workspace)) == 220


def test_what_was_cut_of_a_click_is_marked(shop: Place) -> None:
    app = make_app({"shop": shop})
    good = f"/r/{code(shop.workspace)}"

    async def walk() -> None:
        await ask(app, good)
        await ask(app, good, headers=BROWSER | {"accept": "x" * 513})

    asyncio.run(walk())
    shop.close()
    with shop.workspace.journal() as journal:
        assert [entry.data.get("cut") for entry in journal.received(after=0)] == [None, ["accept"]]


def test_of_two_workspaces_with_one_key_the_second_leads_nowhere(tmp_path: Path) -> None:
    one = linked(tmp_path / "one", Link("spring", 1, f"https://{HOST}/one"))
    shutil.copytree(one.path, tmp_path / "two")
    two = open_workspace(tmp_path / "two")
    two.record("link.set", Link("new", 2, f"https://{HOST}/two").to_json())
    places = {name: Place(name, made) for name, made in (("one", one), ("two", two))}
    app = make_app(places)

    async def walk() -> list[int]:
        paths = (f"/r/{code(one)}", f"/w/two/r/{code(two)}", f"/r/{code(two, 2)}", f"/w/two/r/{code(two, 2)}")
        return [(await ask(app, path)).status for path in paths]

    assert asyncio.run(walk()) == [302, 404, 404, 404]
    for place in places.values():
        place.close()


def test_other_methods_are_refused_alike_whatever_the_code(shop: Place) -> None:
    app = make_app({"shop": shop})
    good = code(shop.workspace)

    async def walk() -> list[Heard]:
        asked = itertools.product(("POST", "PUT", "DELETE", "OPTIONS", "get"), (f"/r/{good}", "/r/wrong"))
        return [await ask(app, path, method=method) for method, path in asked]

    heard = asyncio.run(walk())
    assert {(one.status, one.headers["allow"]) for one in heard} == {(405, "GET, HEAD")}
    assert len({one.body for one in heard}) == 1
    shop.close()
    assert kept_clicks(shop.workspace) == []


def test_a_click_that_the_queue_does_not_take_is_answered_and_counted(tmp_path: Path) -> None:
    place = Place("shop", linked(tmp_path / "shop"), limits=WriterLimits(waiting=0))
    app = make_app({"shop": place})
    text = code(place.workspace)

    async def walk() -> list[int]:
        return [(await ask(app, f"/r/{text}")).status for _ in range(5)]

    assert asyncio.run(walk()) == [302] * 5
    assert b'earnest_clicks_lost_total{reason="journal-overloaded"} 5.0' in scraped(place)
    assert b"earnest_redirects_total 5.0" in scraped(place)
    place.close()
    assert {reason: one.clicks for reason, one in clicks_lost(place.workspace).items()} == {"journal-overloaded": 5}
    assert asyncio.run(walk()) == [302] * 5  # closed: as while the server stops
    assert place.lost.since_began() == {"journal-overloaded": 5, "journal-closed": 5}


def scraped(place: Place) -> bytes:
    return place.figures.scrape(
        journal_seq=0, last_received=(0, 0), waiting=0, writable=True, state=place.workspace.state()
    )


HOSTILE = (
    "javascript:alert(1)", "//evil.example", "https:evil.example", "https:\\\\evil.example", "https://shop.example@evil.example",
    "https://evil.example#@shop.example", "https://evil.example\\@shop.example", "https://shop.example\r\nlocation: https://evil.example",
    "https://shop.example.evil.example", "https://evilshop.example", "https://shop.example:8443", "https://%73hop.example/x",
    "https://shop.example%2eevil.example", "https://shop.example%00.evil.example", "data:text/html,x", "", "https://", "https:///evil.example",
    "http://shop.example?//evil.example", "https://sub.shop.example/", "HTTPS://SHOP.EXAMPLE/ok", "https://shop.example/ok?next=//evil.example",
    "https://shop.example/\t//evil.example", "https://[::1]/", "https://127.1/", "https://shоp.example/", "ftp://shop.example/",
)  # fmt: skip
PIECES = (
    "https:",
    "//",
    "\\",
    "@",
    "#",
    "?",
    ":",
    "/",
    ".",
    "%2f",
    "%0d%0a",
    "\r\n",
    "\0",
    " ",
    "shop.example",
    "evil.example",
    "é",
    "&",
    "=",
    ";",
)


def hostile(draw: random.Random) -> str:
    if draw.random() < 0.3:
        return draw.choice(HOSTILE)
    start = draw.choice(("https://shop.example", "https://shop.example/", "http://", "https://", ""))
    return start + "".join(draw.choice(PIECES) for _ in range(draw.randrange(8)))


def host_as_browsers_read_it(location: str) -> str:
    """The host of an absolute address that holds nothing browsers would read in another way."""
    assert re.fullmatch(r"[!-~]+", location), location
    found = re.match(r"https?://([^/?#\\@]*)(?=[/?#]|$)", location)
    assert found is not None, location
    assert urlsplit(location).netloc == found[1], location
    return found[1]


def test_50_000_fuzzed_codes_and_destinations_lead_to_allowed_hosts_or_nowhere(tmp_path: Path) -> None:
    draw = random.Random(5)
    declared = [
        Link(
            f"l{number}",
            number,
            hostile(draw) if draw.random() < 0.6 else f"https://{HOST}/{number}",
            utm={draw.choice(("source", "content")): hostile(draw)} if draw.random() < 0.5 else {},
            click_parameter=draw.choice(("eid", None, hostile(draw) or None)),
        )
        for number in range(1, 1_501)
    ]
    workspace = linked(tmp_path / "shop")
    with workspace.journal() as journal:
        journal.append_many([_draft(link) for link in declared])
    place = Place("shop", workspace)
    app = make_app({"shop": place})
    app.state.throttle = Throttle(Limits(missed=Limit(1e9, 10**9), clicks=None))
    codec = Codec(workspace.key(), "link")

    async def walk() -> dict[int, int]:
        statuses: dict[int, int] = {}
        for _ in range(50_000):
            heard = await ask(app, f"/r/{fuzzed(draw, codec)}", query=hostile(draw).encode())
            statuses[heard.status] = statuses.get(heard.status, 0) + 1
            assert heard.status in (302, 404)
            if heard.status == 302:
                assert host_as_browsers_read_it(heard.headers["location"]) == HOST
        return statuses

    statuses = asyncio.run(walk())
    place.close()
    assert min(statuses[302], statuses[404]) > 5_000
    lost = sum(one.clicks for one in clicks_lost(workspace).values())
    assert statuses[302] == len(kept_clicks(workspace)) + lost


def _draft(link: Link) -> Draft:
    return Draft("link.set", json.dumps(link.to_json()).encode(), "user", 1)


def fuzzed(draw: random.Random, codec: Codec) -> str:
    """A code: as it should be, with a letter changed, cut, made up, or anything that stands in an address."""
    recipient = draw.choice((None, draw.randrange(1, 1 << 25)))
    good = codec.write(Code(draw.randrange(1, 1_501), recipient))
    kind = draw.random()
    if kind < 0.6:
        return good
    if kind < 0.8:
        at = draw.randrange(len(good))
        return good[:at] + draw.choice(ALPHABET) + good[at + 1 :]
    if kind < 0.9:
        return "".join(draw.choice(ALPHABET) for _ in range(draw.choice((19, 20, 20, 21))))
    return re.sub("[/%\0]", "", hostile(draw)) or "x"


def test_over_a_socket_and_for_links_made_meanwhile(tmp_path: Path) -> None:
    one, two = linked(tmp_path / "one"), linked(tmp_path / "two")
    log = tmp_path / "log"
    texts = [code(one, recipient=5), code(two), code(two, 2), code(one, 2)]
    with http_process(one.path, two.path, extra=("--trusted-proxy", "127.0.0.1"), log=log) as served:
        behind = BROWSER | {"x-forwarded-for": "2001:db8:aaaa:bbbb::9"}
        assert served.ask("GET", f"/r/{texts[0]}", headers=behind).status == 302
        assert served.ask("HEAD", f"/w/two/r/{texts[1]}", headers=behind).status == 302
        assert served.ask("GET", f"/w/one/r/{texts[1]}").status == 404
        two.record("link.set", Link("new", 2, f"https://{HOST}/new").to_json())
        assert served.ask("GET", f"/r/{texts[2]}").headers["location"].startswith(f"https://{HOST}/new?eid=")
        assert served.ask("GET", f"/r/{texts[3]}").status == 404
        two.record("link.set", Link("new", 2, f"https://{HOST}/new", enabled=False).to_json())
        until(lambda: served.ask("GET", f"/r/{texts[2]}").status == 404, 5)
        assert served.stop() == 0
    assert (len(kept_clicks(one)), len(kept_clicks(two)) >= 2) == (1, True)
    with one.journal() as journal:
        (entry,) = journal.received(after=0)
    assert entry.data["network"] == "2001:db8:aaaa::/48"
    assert clicks_lost(one) == clicks_lost(two) == {}
    told = log.read_text()
    assert '"route":"/r/{code}"' in told
    assert not [text for text in texts if text in told]
    assert "2001:db8" not in told
