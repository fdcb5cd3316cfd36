"""Links over HTTP: the same request again is answered the same, one bad recipient refuses all, nobody else's key opens it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from earnest.access.principal import operator
from earnest.definitions.campaign import Campaign
from earnest.tracking.codes import Code, Codec
from earnest.usecases.access import Administration, create_key
from earnest.usecases.declare import add_campaign, set_setting
from earnest.usecases.link_show import show_link
from earnest.usecases.links import allow_hosts, disable_link
from earnest.usecases.tables import open_tables

from .senders import Shop, served_shop

LINKS = "/api/v1/links"
SPRING = {"name": "spring", "url": "https://shop.example/a", "utm": {"source": "sms"}}
PEOPLE = [{"phone": "+49 151 12345678"}, {"wa_id": "4915112345678"}, {"email": "kim@shop.example"}, {"contact": "c-1"}]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with served_shop(tmp_path) as shop:
        allow_hosts(shop.place.workspace, ["shop.example"])
        set_setting(shop.place.workspace, "public_url", "https://go.example", None)
        yield shop


@pytest.fixture
def key(shop: Shop) -> str:
    admin = Administration(shop.place.workspace, shop.place.access, operator("root"))
    return create_key(admin, "links", scopes=["links:write"])[1]


def ask(shop: Shop, method: str, path: str, body: Any = None, *, key: str | None) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(shop.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://earnest.example") as client:
            headers = {"authorization": f"Bearer {key}"} if key else {}
            return await client.request(method, path, json=body, headers=headers)

    return asyncio.run(asked())


def codes_of(shop: Shop, told: Any) -> list[Code | None]:
    codec = Codec(shop.place.workspace.key(), "link")
    assert all(one["url"] == f"https://go.example/r/{one['code']}" for one in told)
    return [codec.read(one["code"]) for one in told]


def test_a_link_is_made_once_and_answered_the_same_again(shop: Shop, key: str) -> None:
    made = ask(shop, "POST", LINKS, SPRING | {"recipients": PEOPLE}, key=key)
    assert made.status_code == 201
    told = made.json()
    assert told["new"] is True
    assert told["state"] == "live"
    assert told["lands_on"] == "https://shop.example/a?utm_source=sms&eid=CLICK"
    assert codes_of(shop, [told]) == [Code(1)]
    assert codes_of(shop, told["recipients"]) == [Code(1, 1), Code(1, 1), Code(1, 2), Code(1, 3)]
    again = ask(shop, "POST", LINKS, SPRING | {"recipients": PEOPLE}, key=key)
    assert again.status_code == 200
    assert again.json() == told | {"new": False}
    shown = ask(shop, "GET", f"{LINKS}/spring", key=key)
    assert shown.json() == {name: value for name, value in told.items() if name not in ("new", "recipients")}
    other = ask(shop, "POST", LINKS, SPRING | {"url": "https://shop.example/b"}, key=key)
    assert (other.status_code, other.json()["code"]) == (409, "link-exists")


def test_more_recipients_get_their_codes_in_order(shop: Shop, key: str) -> None:
    ask(shop, "POST", LINKS, SPRING, key=key)
    found = ask(shop, "POST", f"{LINKS}/spring/codes", {"recipients": list(reversed(PEOPLE))}, key=key)
    assert found.status_code == 200
    assert codes_of(shop, found.json()["recipients"]) == [Code(1, 1), Code(1, 2), Code(1, 3), Code(1, 3)]
    assert ask(shop, "POST", f"{LINKS}/none/codes", {"recipients": PEOPLE}, key=key).status_code == 404
    assert ask(shop, "POST", f"{LINKS}/spring/codes", {"recipients": []}, key=key).status_code == 422
    disable_link(shop.place.workspace, "spring")
    refused = ask(shop, "POST", f"{LINKS}/spring/codes", {"recipients": PEOPLE}, key=key)
    assert (refused.status_code, refused.json()["code"]) == (409, "link-disabled")


def test_one_bad_recipient_refuses_all_with_its_place(shop: Shop, key: str) -> None:
    people = [PEOPLE[0], {"email": "nobody"}, {"phone": "0151 1"}, {"contact": "null"}]
    refused = ask(shop, "POST", LINKS, SPRING | {"recipients": people}, key=key)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    faults = refused.json()["errors"]
    assert [(one["index"], one["pointer"], one["code"]) for one in faults] == [
        (1, "/recipients/1", "contact-unreadable"),
        (2, "/recipients/2", "contact-unreadable"),
        (3, "/recipients/3", "contact-nobody"),
    ]
    assert "nobody" not in refused.text.replace("contact-nobody", "").replace("stands for nobody", "")
    assert ask(shop, "GET", f"{LINKS}/spring", key=key).status_code == 404, "nothing was done"
    assert shop.received() == []


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/name", "missing"),
        (SPRING | {"name": "a b"}, "/name", "bad-id"),
        (SPRING | {"url": "javascript:alert(1)"}, "/url", "destination-scheme"),
        (SPRING | {"url": "https://shop.example/a b"}, "/url", "destination-scheme"),
        (SPRING | {"campain": "c"}, "/campain", "unknown-field"),
        (SPRING | {"utm": {"id": "x"}}, "/utm/id", "unknown-field"),
        (SPRING | {"utm": {"source": "a\r\nb"}}, "/utm/source", "bad-utm"),
        (SPRING | {"until": "tomorrow"}, "/until", "not-a-time"),
        (SPRING | {"within": "word=x"}, "/within", "bad-within"),
        (SPRING | {"click_parameter": "a&b"}, "/click_parameter", "bad-click-parameter"),
        (SPRING | {"recipients": [{"phone": "+4915112345678", "email": "kim@shop.example"}]}, "/recipients/0", "one-recipient"),
        (SPRING | {"recipients": [{}]}, "/recipients/0", "one-recipient"),
        (SPRING | {"recipients": [{"fon": "1"}]}, "/recipients/0/fon", "unknown-field"),
        (SPRING | {"recipients": [{"contact": 7}]}, "/recipients/0/contact", "wrong-shape"),
        (SPRING | {"recipients": [{"contact": "c"}] * 10_001}, "/recipients", "wrong-shape"),
        ([], "", "wrong-shape"),
    ],
)  # fmt: skip
def test_a_body_that_does_not_fit_is_refused_with_its_place(
    shop: Shop, key: str, body: Any, pointer: str, code: str
) -> None:
    refused = ask(shop, "POST", LINKS, body, key=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "link-refused")
    assert (pointer, code) in [(one["pointer"], one["code"]) for one in refused.json()["errors"]]
    assert all(one["what"] and one["remedy"] for one in refused.json()["errors"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": "https://evil.example/"}, "host-not-allowed"),
        ({"url": "https://shop.example@evil.example/"}, "destination-userinfo"),
        ({"campaign": "none"}, "no-such-campaign"),
        ({"url": "https://shop.example/?eid=1"}, "bad-click-parameter"),
        ({"name": "unassigned"}, "bad-id"),
    ],
)
def test_a_link_that_cannot_be_is_refused_and_nobody_gets_a_number(
    shop: Shop, key: str, change: Any, code: str
) -> None:
    refused = ask(shop, "POST", LINKS, SPRING | {"recipients": PEOPLE} | change, key=key)
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert shop.received() == []


def test_only_a_key_with_the_scope_opens_it(shop: Shop, key: str) -> None:
    for method, path, body in (
        ("POST", LINKS, SPRING),
        ("GET", f"{LINKS}/spring", None),
        ("POST", f"{LINKS}/spring/codes", {}),
    ):
        assert ask(shop, method, path, body, key=None).status_code == 401
        refused = ask(shop, method, path, body, key=shop.events_key)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
    assert ask(shop, "GET", f"{LINKS}/spring", key=key).status_code == 404


def test_without_a_public_url_nothing_is_made_unless_the_server_knows_it(tmp_path: Path) -> None:
    with served_shop(tmp_path) as shop:
        allow_hosts(shop.place.workspace, ["shop.example"])
        admin = Administration(shop.place.workspace, shop.place.access, operator("root"))
        key = create_key(admin, "links", scopes=["links:write"])[1]
        refused = ask(shop, "POST", LINKS, SPRING, key=key)
        assert (refused.status_code, refused.json()["code"]) == (409, "public-url-missing")
        shop.app.state.public_url = "https://told.example"
        made = ask(shop, "POST", LINKS, SPRING | {"recipients": PEOPLE[:1]}, key=key).json()
        assert made["url"].startswith("https://told.example/r/")
        assert made["recipients"][0]["url"].startswith("https://told.example/r/")


PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"


def test_a_click_of_a_code_is_its_recipients_and_is_shown_raw_beside_human(shop: Shop, key: str) -> None:
    """The whole way: made, given to one, opened by a preview and by him, joined to his phone."""
    workspace = shop.place.workspace
    add_campaign(workspace, Campaign("c", "c"))
    made = ask(shop, "POST", LINKS, SPRING | {"campaign": "c", "recipients": PEOPLE[:1]}, key=key).json()
    code = made["recipients"][0]["code"]

    async def opened() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(shop.app), base_url="https://go.example") as client:
            agents = ({"user-agent": "WhatsApp/2.23.20.0"}, {"user-agent": PHONE, "sec-fetch-mode": "navigate"})
            return [await client.get(f"/r/{code}", headers=headers) for headers in agents]

    answers = asyncio.run(opened())
    assert [answer.status_code for answer in answers] == [302, 302]
    assert all(
        answer.headers["location"].startswith("https://shop.example/a?utm_source=sms&eid=") for answer in answers
    )
    until = time.monotonic() + 30
    while sum(entry.source == "earnest.links" for entry in shop.received()) < 2:
        assert time.monotonic() < until, "clicks are handed to the journal after their answer"
        time.sleep(0.01)
    shown = show_link(workspace, "spring").to_json()
    assert (shown["clicks"]["raw"], shown["clicks"]["human"]) == (2, 1)
    assert shown["clicks"]["by_class"] == {"human": 1, "preview": 1}
    with open_tables(workspace) as tables:
        (whose,) = tables.con.execute("SELECT DISTINCT own_contact_key FROM response WHERE link = 'spring'").fetchall()
        known = tables.con.execute(
            "SELECT count(*) FROM event_identity AS e LEFT JOIN identity AS i ON e.contact_key = i.contact_key"
            " WHERE e.scheme = 'tel' AND coalesce(i.person_key, e.contact_key) = $1",
            [whose[0]],
        ).fetchone()
    assert known == (1,), "the clicks are the person's whose phone it is"
