"""`POST /api/v1/events`: strict, all or nothing, once for ever; every event arrives as what it says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earnest.api.event_models import Events
from earnest.api.openapi_parts import inlined
from earnest.api.routes.events import EXAMPLE, MOST_BYTES
from earnest.channels.earnest_events import READERS, parse
from earnest.channels.told import Rejected
from earnest.journal.log import RECEIVED, Draft
from earnest.usecases.tables import build

from .senders import NOON_US, Shop, served_shop

PATH = "/api/v1/events"
AT = "2026-09-21T16:13:20+02:00"
CONTACT = {"phone": "+4915112345678"}
ORDER = {
    "type": "order",
    "id": "A",
    "occurred_at": AT,
    "currency": "EUR",
    "total": "59.90",
    "tax": "9.90",
    "contact": CONTACT,
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with served_shop(tmp_path) as shop:
        yield shop


def ask(shop: Shop, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(shop.app)
        async with httpx.AsyncClient(transport=transport, base_url="https://shop.example") as client:
            content = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            shown = {"authorization": f"Bearer {shop.events_key}"} | named
            return await client.request(method, path, content=content, headers=shown)

    return asyncio.run(send())


def send(shop: Shop, *events: Any, **headers: str) -> httpx.Response:
    return ask(shop, "POST", PATH, {"events": list(events)}, **headers)


def rows(shop: Shop, kind: str, columns: str) -> list[tuple[Any, ...]]:
    files = [str(path) for path in (shop.place.workspace.events / kind).glob("*.parquet")]
    with duckdb.connect() as con:
        return con.execute(f"SELECT {columns} FROM read_parquet($1) ORDER BY ALL", [files]).fetchall() if files else []


def test_events_are_kept_and_become_rows(shop: Shop) -> None:
    events = [
        {
            "type": "message",
            "id": "m-1",
            "status": "read",
            "occurred_at": AT,
            "contact": CONTACT,
            "channel": "sms",
            "campaign": "autumn",
        },
        {"type": "click", "message": "m-1", "occurred_at": AT, "contact": CONTACT},
        {"type": "opt", "direction": "out", "occurred_at": AT, "contact": CONTACT},
        ORDER | {"lines": [{"sku": "tea", "quantity": "2", "amount": "50.00"}]},
        {
            "type": "conversion",
            "id": "L",
            "conversion_kind": "lead",
            "occurred_at": AT,
            "currency": "EUR",
            "contact": CONTACT,
        },
        {"type": "refund", "id": "f", "order": "A", "amount": "5", "currency": "EUR", "occurred_at": AT},
        {
            "type": "attribute",
            "attribute": "plan",
            "value": "pro",
            "occurred_at": AT,
            "contact": CONTACT | {"id": "c-1"},
        },
        {"type": "assignment", "experiment": "x", "arm": "control", "occurred_at": AT, "contact": CONTACT},
        {"type": "session", "id": "s", "utm_campaign": "autumn", "occurred_at": AT, "contact": CONTACT},
    ]
    answer = send(shop, *events)
    (entry,) = shop.received()
    assert (answer.status_code, answer.json()) == (202, {"accepted": 9, "entry": entry.seq})
    build(shop.place.workspace)
    assert rows(shop, "message", "message_id, status, occurred_us") == [("m-1", 4, NOON_US)]
    assert rows(shop, "label", "channel, campaign") == [("sms", "autumn")]
    assert rows(shop, "click", "message_key IS NOT NULL, click_class") == [(True, "human")]
    assert rows(shop, "opt", "direction, door") == [("out", "api")]
    assert rows(shop, "order", "order_id, net_minor, occurred_us") == [("A", 5000, NOON_US)]
    assert rows(shop, "order_line", "sku, quantity_milli, line_minor") == [("tea", 2000, 5000)]
    assert rows(shop, "conversion", "conversion_kind, net_minor") == [("lead", None)]
    assert rows(shop, "refund", "refund_minor") == [(500,)]
    assert rows(shop, "contact", "attribute, value") == [("plan", "pro")]
    assert rows(shop, "assignment", "experiment, arm") == [("x", "control")]
    assert rows(shop, "session", "session_id, utm_campaign") == [("s", "autumn")]
    assert len(rows(shop, "identity_link", "contact_key")) == 1
    told = ask(shop, "GET", f"{PATH}/{entry.seq}").json()
    assert {name: told[name] for name in ("entry", "events", "read", "refused")} == {
        "entry": entry.seq, "events": 9, "read": True, "refused": [],
    }  # fmt: skip


def test_one_bad_event_keeps_all_of_them_out_and_is_named(shop: Shop) -> None:
    answer = send(
        shop,
        ORDER,
        ORDER | {"total": "59,90", "coupn": "TEA"},
        {"type": "party"},
        7,
        ORDER | {"contact": {"phone": "0151 12345678"}},
    )
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    found = answer.json()
    assert (found["code"], shop.received()) == ("events-refused", [])
    told = [(one.get("index"), one["pointer"], one["code"]) for one in found["errors"]]
    assert told == [
        (1, "/events/1/total", "not-an-amount"),
        (1, "/events/1/coupn", "unknown-field"),
        (2, "/events/2/type", "unknown-type"),
        (3, "/events/3", "wrong-shape"),
        (4, "/events/4/contact/phone", "not-a-phone"),
    ]
    assert "did you mean 'coupon'" in found["errors"][1]["what"]
    assert all(one["what"] and one["why"] and one["remedy"] for one in found["errors"])
    assert "0151" not in answer.text


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"currency": "USD"}, "currency-differs"),
        ({"currency": "EURO"}, "unknown-currency"),
        ({"total": "1.005"}, "too-many-decimals"),
        ({"total": 59.9}, "not-a-text"),
        ({"total": "-1"}, "not-an-amount"),
        ({"total": "1e3"}, "not-an-amount"),
        ({"total": "٥"}, "not-an-amount"),
        ({"occurred_at": "2026-09-21T16:13:20"}, "not-a-time"),
        ({"occurred_at": "2026-02-30T16:13:20Z"}, "not-a-time"),
        ({"id": ""}, "not-a-text"),
        ({"id": "A\u0000B"}, "not-json"),
        ({"id": "A\nB"}, "not-a-text"),
        ({"contact": {}}, "contact-missing"),
        ({"contact": {"email": "anna"}}, "not-an-email"),
        ({"total": None}, "amount-missing"),
        ({"lines": [{"sku": "a", "amount": "1.005"}]}, "too-many-decimals"),
        ({"extra": 1}, "unknown-field"),
    ],
)
def test_each_departure_has_its_code(shop: Shop, change: dict[str, Any], code: str) -> None:
    found = send(shop, ORDER | change).json()
    assert code in {found["code"], *(one["code"] for one in found.get("errors", ()))}
    assert shop.received() == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "not-json"),
        (b"{", 400, "not-json"),
        (b'{"events": [], "events": []}', 400, "not-json"),
        (b'{"events": []}', 422, "events-refused"),
        (b"[]", 422, "events-refused"),
        (json.dumps({"events": [ORDER] * 1_001}).encode(), 422, "events-refused"),
        (b'{"events": "' + b"x" * MOST_BYTES + b'"}', 413, "too-large"),
    ],
)
def test_bodies_that_are_none(shop: Shop, body: bytes, status: int, code: str) -> None:
    answer = ask(shop, "POST", PATH, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert shop.received() == []


def test_a_thousand_events_are_one_entry(shop: Shop) -> None:
    answer = send(shop, *(ORDER | {"id": f"A-{number}"} for number in range(1_000)))
    assert answer.json()["accepted"] == 1_000
    build(shop.place.workspace)
    assert rows(shop, "order", "count(DISTINCT order_key)") == [(1_000,)]


def test_a_request_told_again_is_answered_the_same_and_counts_once(shop: Shop) -> None:
    first = send(shop, ORDER, idempotency_key="k-1")
    assert send(shop, ORDER, idempotency_key="k-1").json() == first.json()
    other = send(shop, ORDER | {"id": "B"}, idempotency_key="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert len(shop.received()) == 1
    assert send(shop, ORDER).json()["entry"] != first.json()["entry"]  # no key: the body is its own
    assert send(shop, ORDER).status_code == 202
    assert len(shop.received()) == 2
    build(shop.place.workspace)
    assert len(set(rows(shop, "order", "order_key, event_key"))) == 1


def test_two_requests_at_once_with_one_key_are_one(shop: Shop) -> None:
    async def both() -> list[httpx.Response]:
        transport = httpx.ASGITransport(shop.app)
        headers = {"authorization": f"Bearer {shop.events_key}", "idempotency-key": "k"}
        async with httpx.AsyncClient(transport=transport, base_url="https://shop.example", headers=headers) as client:
            return await asyncio.gather(
                *(client.post(PATH, json={"events": [ORDER | {"id": str(n % 2)}]}) for n in range(20))
            )

    answers = asyncio.run(both())
    assert sorted({one.status_code for one in answers}) == [202, 422]
    assert len({one.json()["entry"] for one in answers if one.status_code == 202}) == 1
    assert len(shop.received()) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "ключ"])
def test_an_idempotency_key_has_a_form(shop: Shop, key: str) -> None:
    async def ask_raw() -> httpx.Response:
        transport = httpx.ASGITransport(shop.app)
        headers = [(b"authorization", f"Bearer {shop.events_key}".encode()), (b"idempotency-key", key.encode())]
        async with httpx.AsyncClient(transport=transport, base_url="https://shop.example") as client:
            return await client.post(PATH, json={"events": [ORDER]}, headers=headers)

    assert asyncio.run(ask_raw()).status_code == 422
    assert shop.received() == []


def test_another_source_s_entry_is_not_shown(shop: Shop) -> None:
    place = shop.place.workspace
    assert ask(shop, "GET", f"{PATH}/1").status_code == 404  # a declaration
    assert send(shop, ORDER).status_code == 202
    entry = shop.received()[0].seq
    assert ask(shop, "GET", f"{PATH}/{entry}").json()["read"] is False
    build(place)
    assert ask(shop, "GET", f"{PATH}/{entry}").json()["read"] is True
    other = ask(shop, "GET", f"{PATH}/{entry}", authorization=f"Bearer {shop.segment_key}")
    assert other.status_code == 403


def test_what_was_kept_and_cannot_be_read_is_told(shop: Shop) -> None:
    answer = send(shop, ORDER | {"contact": {"phone": "+999000000000"}}, ORDER | {"id": "B"})
    build(shop.place.workspace)
    told = ask(shop, "GET", f"{PATH}/{answer.json()['entry']}").json()
    assert (told["read"], told["events"]) == (True, 2)
    assert len(rows(shop, "order", "order_id")) == 2  # an order of nobody who can be known still counts in totals


SCHEMA = inlined(Events)


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit a schema, of the parts that ours are made of."""
    for several in ("oneOf", "anyOf"):
        if several in schema and "properties" not in schema:
            return st.one_of([fitting(one) for one in schema[several]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    match schema["type"]:
        case "string":
            texts = st.from_regex(schema["pattern"], fullmatch=True)
            return texts.filter(lambda text: len(text) <= schema["maxLength"])
        case "array":
            return st.lists(fitting(schema["items"]), min_size=schema.get("minItems", 0), max_size=3)
        case "object":
            parts = {name: fitting(one) for name, one in schema["properties"].items()}
            needed = {name: parts.pop(name) for name in schema.get("required", ())}
            made = st.fixed_dictionaries(needed, optional=parts)
            if "anyOf" in schema:
                return made.filter(
                    lambda one: one.get("cancelled") or isinstance(one.get("amount", one.get("total")), str)
                )
            return made.filter(lambda one: len(one) >= schema.get("minProperties", 0))
        case "boolean":
            return st.booleans()
    return st.none()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(fitting(SCHEMA))
def test_whatever_the_door_takes_is_read(body: dict[str, Any]) -> None:
    Events.model_validate(body)
    assert not [one for one in parse(body, {}) if isinstance(one, Rejected)]


def test_every_type_has_a_model_and_a_reader() -> None:
    items = SCHEMA["properties"]["events"]["items"]["oneOf"]
    assert sorted(one["properties"]["type"]["const"] for one in items) == sorted(READERS)


def test_the_example_in_the_docs_is_taken(shop: Shop) -> None:
    assert ask(shop, "POST", PATH, EXAMPLE).status_code == 202


def test_an_entry_that_waits_says_what_and_why(shop: Shop) -> None:
    body = json.dumps(
        {"events": [ORDER, {"type": "order", "occurred_at": AT, "currency": "EUR", "total": "5"}]}
    ).encode()
    draft = Draft(RECEIVED, body, "own", NOON_US, None, {"content-type": "application/json"})
    with shop.place.workspace.journal() as journal:
        (kept,) = journal.append_many([draft])  # as an older version may have kept it
    build(shop.place.workspace)
    told = ask(shop, "GET", f"{PATH}/{kept.seq}").json()
    assert told["events"] == 2
    assert [(one["field"], one["code"]) for one in told["refused"]] == [("events[1].id", "id-missing")]
    assert told["refused"][0]["what"]
