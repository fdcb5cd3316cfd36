"""Segment's own library for Python, unchanged, against a running server; and Segment's limits at its addresses."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from segment.analytics.client import Client

from earnest.access.principal import operator
from earnest.definitions.source import Source
from earnest.usecases.access import Administration, create_key, open_access
from earnest.usecases.tables import build
from earnest.usecases.workspace import Workspace

from .senders import Shop, served_shop
from .served import Served, http_process, workspace

OPTIONS = {"conversions": {"Trial Started": "lead"}, "currency": "EUR"}
AT = datetime(2026, 9, 1, 10, tzinfo=UTC)
AT_US = 1_788_256_800_000_000


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return workspace(tmp_path / "shop", Source("app", "segment", "token", (), options=OPTIONS))


@pytest.fixture
def key(place: Workspace) -> str:
    with open_access(place) as store:
        admin = Administration(place, store, operator("root"))
        return create_key(admin, "app", scopes=["events:write"], source="app")[1]


@pytest.fixture
def server(place: Workspace, key: str) -> Iterator[Served]:
    with http_process(place.path) as served:
        yield served


def rows(place: Workspace, kind: str, columns: str) -> list[tuple[Any, ...]]:
    files = [str(path) for path in (place.events / kind).glob("*.parquet")]
    with duckdb.connect() as con:
        return con.execute(f"SELECT {columns} FROM read_parquet($1) ORDER BY ALL", [files]).fetchall() if files else []


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("sync", [True, False])
def test_segment_s_library_sends_here_unchanged(
    place: Workspace, key: str, server: Served, *, packed: bool, sync: bool
) -> None:
    failed: list[Any] = []
    client = Client(
        key, host=f"http://127.0.0.1:{server.port}", gzip=packed, sync_mode=sync, max_retries=1,
        on_error=lambda error, _items: failed.append(error),
    )  # fmt: skip
    client.identify("c-17", {"email": "anna@example.org", "plan": "pro"}, anonymous_id="a-9", timestamp=AT)
    order = {
        "order_id": "A-1001",
        "revenue": 49.9,
        "currency": "EUR",
        "products": [{"sku": "tea", "price": 49.9, "quantity": 1}],
    }
    client.track("c-17", "Order Completed", order, timestamp=AT)
    client.track("c-17", "Trial Started", timestamp=AT, message_id="m-7")
    client.page(
        anonymous_id="a-9", name="Home", context={"campaign": {"source": "sms", "name": "autumn"}}, timestamp=AT
    )
    client.alias("a-8", "c-17", timestamp=AT)
    if not sync:
        client.shutdown()
    assert not failed
    with place.journal() as journal:
        kept = list(journal.received(after=0))
    assert kept
    assert key.encode() not in b"".join(entry.body for entry in kept)  # the library repeats the key in the body
    build(place)
    assert rows(place, "order", "order_id, net_minor, occurred_us, source") == [("A-1001", 4990, AT_US, "app")]
    assert rows(place, "order_line", "sku, line_minor") == [("tea", 4990)]
    assert rows(place, "conversion", "order_id, conversion_kind, net_minor") == [("m-7", "lead", None)]
    assert rows(place, "session", "utm_source, utm_campaign") == [("sms", "autumn")]
    assert rows(place, "contact", "attribute, value") == [("plan", "pro")]
    assert len({row for pair in rows(place, "identity_link", "contact_key, other_key") for row in pair}) >= 4
    told = json.dumps(
        [rows(place, kind, "*") for kind in ("order", "contact", "identity", "session", "notice")], default=str
    )
    assert "anna@" not in told


def test_a_wrong_write_key_is_refused_to_the_library(server: Served) -> None:
    failed: list[Any] = []
    client = Client(
        "ek_wrong", host=f"http://127.0.0.1:{server.port}", max_retries=0, on_error=lambda e, _i: failed.append(e)
    )
    client.track("c-17", "Hello")
    client.shutdown()
    assert [error.status for error in failed] == [401]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with served_shop(tmp_path, options=OPTIONS) as shop:
        yield shop


def post(
    shop: Shop, path: str, body: Any, *, key: str | None = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(shop.app)
        async with httpx.AsyncClient(transport=transport, base_url="https://shop.example") as client:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            auth = base64.b64encode(f"{key or shop.segment_key}:".encode()).decode()
            return await client.post(
                path, content=content, headers={"authorization": f"Basic {auth}"} | (headers or {})
            )

    return asyncio.run(ask())


CALL = {"userId": "c-17", "event": "Order Completed", "messageId": "m-1", "properties": {"order_id": "A", "revenue": 5}}


@pytest.mark.parametrize("path", ["/v1/track", "/v1/t", "/w/shop/v1/track"])
def test_a_single_call_is_answered_as_segment_answers(shop: Shop, path: str) -> None:
    answer = post(shop, path, CALL)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    (entry,) = shop.received()
    assert (entry.source, dict(entry.headers)) == ("app", {"content-type": "application/json", "earnest-call": "track"})
    build(shop.place.workspace)
    assert rows(shop.place.workspace, "order", "order_id, net_minor, occurred_us") == [("A", 500, entry.received_us)]


def test_limits_are_refused_aloud(shop: Shop) -> None:
    large = CALL | {"properties": {"x": "y" * (32 << 10)}}
    whole = {"batch": [CALL | {"type": "track", "x": "y" * 30_000}] * 17}
    packed = gzip.compress(json.dumps(whole | {"x": "y" * 50_000_000}).encode())
    assert len(packed) < 500_000
    for path, body, headers, said in (
        ("/v1/track", large, {}, "32,768"),
        ("/v1/batch", {"batch": [CALL, large]}, {}, "batch[1] is larger than 32,768"),
        ("/v1/batch", whole, {}, "512,000"),
        ("/v1/batch", packed, {"content-encoding": "gzip"}, "512,000"),
    ):
        answer = post(shop, path, body, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
        assert said in answer.json()["detail"]
    assert shop.received() == []


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/v1/track", b"{", {}, 400),
        ("/v1/track", b'{"event": NaN}', {}, 400),
        ("/v1/track", b"[]", {}, 422),
        ("/v1/batch", b'{"batch": [3]}', {}, 422),
        ("/v1/track", b"{}", {"content-encoding": "br"}, 415),
        ("/v1/track", b"{}", {"content-encoding": "gzip"}, 400),
        ("/v1/track", gzip.compress(b"{}", mtime=0)[:-4], {"content-encoding": "gzip"}, 400),
    ],
)
def test_what_is_no_call_is_refused_and_not_kept(
    shop: Shop, path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert post(shop, path, body, headers=headers).status_code == status
    assert shop.received() == []


def test_a_key_of_another_source_or_of_none_is_refused(shop: Shop) -> None:
    for key, code in ((shop.events_key, "key-of-another-channel"), (shop.unbound_key, "key-not-bound")):
        answer = post(shop, "/v1/track", CALL, key=key)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert shop.received() == []


def test_a_disabled_source_takes_nothing(shop: Shop) -> None:
    shop.declare(Source("app", "segment", "token", (), options=OPTIONS).disabled())
    assert post(shop, "/v1/track", CALL).status_code == 404
    assert shop.received() == []


def test_the_same_idempotency_key_counts_once_and_never_stands_for_another_call(shop: Shop) -> None:
    headers = {"idempotency-key": "k-1"}
    for _ in range(3):
        assert post(shop, "/v1/track", CALL, headers=headers).status_code == 200
    other = post(shop, "/v1/track", CALL | {"messageId": "m-2"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert len(shop.received()) == 1


def test_what_cannot_be_read_waits_in_quarantine_and_costs_no_other_call(shop: Shop) -> None:
    nobody = {"type": "track", "event": "Order Completed", "messageId": "m-0"}
    unread = {
        "type": "track",
        "userId": "c-1",
        "event": "Order Completed",
        "properties": {"order_id": "B", "revenue": "five 4711471147"},
    }
    assert post(shop, "/v1/batch", {"batch": [nobody, unread, CALL | {"type": "track"}]}).status_code == 200
    build(shop.place.workspace)
    assert rows(shop.place.workspace, "order", "order_id") == [("A",)]
    assert rows(shop.place.workspace, "quarantine", "reason, field, value") == [
        ("amount-unreadable", "batch[1].properties.revenue", "five •••"),
        ("contact-missing", "batch[0].userId", None),
    ]
