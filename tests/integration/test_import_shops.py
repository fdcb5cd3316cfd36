"""Shops' webhook bodies, received and from files, beside the same orders as rows of a file: each counts once."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from earnest.definitions.source import Source
from earnest.journal.log import RECEIVED, Draft
from earnest.usecases.import_files import import_files
from earnest.usecases.import_options import Options
from earnest.usecases.rebuild import differing
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import KEY_FILE, Workspace, init
from earnest.warehouse import received
from integration.live import Clock
from integration.test_import_whatsapp import Shop, shop

__all__ = ["shop"]


def order(number: int, **parts: Any) -> dict[str, Any]:
    """A Shopify order of 119.00 with 19.00 tax."""
    return {
        "id": number, "order_number": number, "currency": "EUR", "created_at": "2026-10-01T12:00:00+02:00",
        "updated_at": "2026-10-01T12:00:05+02:00", "financial_status": "paid", "total_price": "119.00", "total_tax": "19.00",
        "billing_address": {"phone": "0151 12345678", "country_code": "DE"}, "email": "kim@example.org",
        "line_items": [], "refunds": [],
    } | parts  # fmt: skip


def take(place: Shop, path: Path, kind: str, *options: str) -> dict[str, Any]:
    (done,) = place.data("import", "run", path, "--as", kind, *options)["files"]
    assert isinstance(done, dict)
    return done


CONVERSIONS = (
    "SELECT before_refunds_minor, refund_minor, net_minor, cancelled FROM conversion ORDER BY ordered_us, order_key"
)


def lay_csv(folder: Path, rows: list[dict[str, str]], name: str) -> Path:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_file_and_the_webhooks_of_a_source_tell_of_the_same_orders(shop: Shop) -> None:
    refund = {"id": 9, "created_at": "2026-10-03T10:00:00Z", "refund_line_items": [{"total_tax": "3.19"}],
              "transactions": [{"kind": "refund", "status": "success", "amount": "20.00", "currency": "EUR"}]}  # fmt: skip
    later = order(1001, updated_at="2026-10-03T12:00:00+02:00", financial_status="partially_refunded", refunds=[refund])
    records = [
        {"headers": {"X-Shopify-Topic": "orders/create"}, "body": order(1001)},
        {"headers": {"X-Shopify-Topic": "orders/updated"}, "body": json.dumps(later)},
        {"headers": {"X-Shopify-Topic": "refunds/create"}, "body": refund | {"order_id": 1001}},
        {"headers": {"X-Shopify-Topic": "orders/create"}, "body": order(1002, currency="USD")},
        {"headers": {"X-Shopify-Topic": "carts/update"}, "body": {"id": "c", "token": "c", "line_items": []}},
    ]
    done = take(shop, shop.lay("hooks.jsonl", *records), "shopify", "--source", "tea")
    assert done["counts"]["events"] == {"order": 2, "refund": 2, "notice": 1}
    assert done["counts"]["reasons"] == {"currency-differs": 1}
    assert shop.ask(CONVERSIONS) == [(10_000, 1_681, 8_319, 0)]
    export = [
        {
            "order_id": "1001",
            "ordered_at": "2026-10-01T10:00:00Z",
            "total": "119.00",
            "tax": "19.00",
            "phone": "+4915112345678",
        }
    ]
    take(shop, lay_csv(shop.folder, export, "orders.csv"), "orders", "--source", "tea")
    refunds = [{"refund_id": "9", "order_id": "1001", "refunded_at": "2026-10-03T10:00:00Z", "amount": "16.81"}]
    take(shop, lay_csv(shop.folder, refunds, "refunds.csv"), "refunds", "--source", "tea")
    assert shop.ask(CONVERSIONS) == [(10_000, 1_681, 8_319, 0)], "neither the order nor its refund counts twice"
    take(shop, lay_csv(shop.folder, export, "other.csv"), "orders", "--source", "coffee")
    assert len(shop.ask(CONVERSIONS)) == 2, "another source's 1001 is another order"
    assert shop.ask("SELECT count(DISTINCT contact_key) FROM conversion") == [(1,)]


def test_quarantine_of_an_order_says_what_to_do(shop: Shop) -> None:
    take(shop, shop.lay("hooks.jsonl", order(1), order(2, currency="USD")), "shopify")
    listed = shop.data("import", "quarantine", "2")
    assert "currency" in json.dumps(listed)
    code, out, _ = shop.run("import", "quarantine", "2")
    assert code == 0
    assert "is not the workspace's currency" in " ".join(out.split())


def test_woocommerce_and_stripe_are_read_from_files(shop: Shop) -> None:
    woo = {"id": 81, "order_key": "wc_x", "status": "completed", "currency": "EUR", "date_created_gmt": "2026-10-01T10:00:00",
           "total": "129.00", "total_tax": "19.00", "shipping_total": "10.00", "refunds": [{"id": 90, "total": "-12.90"}],
           "billing": {"phone": "0151 12345678"}, "line_items": []}  # fmt: skip
    ping = {"headers": {"content-type": "application/x-www-form-urlencoded"}, "body": "webhook_id=12"}
    done = take(shop, shop.lay("woo.jsonl", ping, {"body": woo}), "woocommerce", "--region", "DE")
    assert done["counts"]["events"] == {"order": 1, "refund": 1, "notice": 1}
    assert done["counts"]["without_contact"] == 0, "the national number is read in the region given"
    event = {"object": "event", "livemode": True, "created": 1_790_848_800}
    paid = {
        "object": "charge",
        "id": "ch_1",
        "status": "succeeded",
        "captured": True,
        "amount": 5_000,
        "currency": "eur",
        "created": 1_790_848_790,
    }
    take(shop, shop.lay("stripe.jsonl", event | {"type": "charge.succeeded", "data": {"object": paid}}), "stripe")
    assert shop.ask(CONVERSIONS) == [(5_000, 0, 5_000, 0), (10_000, 1_000, 9_000, 0)]


@pytest.mark.parametrize("kind", ["shopify", "woocommerce", "stripe"])
def test_order_of_bodies_and_repetition_change_nothing(shop: Shop, kind: str) -> None:
    bodies: dict[str, list[dict[str, Any]]] = {
        "shopify": [order(1), order(1, updated_at="2026-10-02T10:00:00Z", cancelled_at="2026-10-02T10:00:00Z"), order(2)],
        "woocommerce": [
            {"id": 81, "order_key": "x", "status": status, "currency": "EUR", "date_created_gmt": "2026-10-01T10:00:00",
             "date_modified_gmt": f"2026-10-01T10:0{minute}:00", "total": "10.00", "line_items": []}
            for minute, status in enumerate(("pending", "processing", "completed"))
        ],
        "stripe": [
            {"object": "event", "livemode": True, "created": 1_790_848_800, "type": "x", "data": {"object": {
                "currency": "eur", "created": 1_790_848_790, **held}}}
            for held in (
                {"object": "checkout.session", "id": "cs", "mode": "payment", "payment_status": "paid", "payment_intent": "pi",
                 "amount_total": 1_190, "total_details": {"amount_tax": 190}},
                {"object": "charge", "id": "ch", "payment_intent": "pi", "status": "succeeded", "captured": True, "amount": 1_190},
                {"object": "refund", "id": "re", "payment_intent": "pi", "status": "succeeded", "amount": 100},
            )
        ],
    }  # fmt: skip
    found = []
    for number, told in enumerate((bodies[kind], bodies[kind][::-1], bodies[kind] * 2)):
        take(shop, shop.lay(f"{number}.jsonl", *told), kind, "--source", f"s{number}")
        found.append(shop.ask("SELECT net_minor, cancelled FROM conversion"))
    expected = {"shopify": [(0, 1), (10_000, 0)], "woocommerce": [(1_000, 0)], "stripe": [(900, 0)]}[kind]
    assert [sorted(one) for one in found] == [sorted(expected * times) for times in (1, 2, 3)]


SOURCES = (("tea", "shopify"), ("woo", "woocommerce"), ("pay", "stripe"))
AFTER_US = 1_791_600_000_000_000
"""2026-10-10: after all that the shops tell."""
JSON_TYPE = {"content-type": "application/json"}


def served(folder: Path, clock: Callable[[], int]) -> Workspace:
    """A workspace in euros with a source of each shop, and always the same key."""
    workspace = init(folder, currency="EUR", timezone="Europe/Berlin", clock=clock)
    (folder / KEY_FILE).write_text("5e" * 32 + "\n")
    for name, channel in SOURCES:
        workspace.record("source.set", Source(name, channel, channel, ("env:SECRET",), region="DE").to_json())
    return workspace


def deliver(workspace: Workspace, deliveries: list[tuple[str, bytes, dict[str, str]]]) -> None:
    """Journal deliveries as the server does: raw, with the headers their channels keep."""
    with workspace.journal() as log:
        log.append_many(
            [Draft(RECEIVED, body, source, workspace.clock(), None, headers) for source, body, headers in deliveries]
        )


def deliveries() -> list[tuple[str, bytes, dict[str, str]]]:
    refund = {"id": 9, "created_at": "2026-10-03T10:00:00Z",
              "transactions": [{"kind": "refund", "status": "success", "amount": "19.00", "currency": "EUR"}]}  # fmt: skip
    shopify = [
        ("orders/create", order(1001)),
        ("orders/updated", order(1001, updated_at="2026-10-03T12:00:00+02:00", refunds=[refund])),
        ("refunds/create", refund | {"order_id": 1001}),
        ("orders/create", order(1002)),
        ("orders/delete", {"id": 1002}),
        ("orders/create", order(1003, currency="USD")),
    ]
    woo = {"id": 81, "order_key": "wc_x", "status": "completed", "currency": "EUR", "date_created_gmt": "2026-10-01T10:00:00",
           "total": "20.00", "billing": {"phone": "0151 12345678", "country": "DE"}, "line_items": []}  # fmt: skip
    charge = {"object": "charge", "id": "ch_1", "status": "succeeded", "captured": True, "amount": 5_000, "currency": "eur",
              "created": 1_790_848_790}  # fmt: skip
    paid = {
        "object": "event",
        "livemode": True,
        "created": 1_790_848_800,
        "type": "charge.succeeded",
        "data": {"object": charge},
    }
    form = {"content-type": "application/x-www-form-urlencoded"}
    return [
        *(("tea", json.dumps(body).encode(), JSON_TYPE | {"x-shopify-topic": topic}) for topic, body in shopify),
        ("woo", b"webhook_id=12", form),
        ("woo", json.dumps(woo).encode(), JSON_TYPE | {"x-wc-webhook-topic": "order.created"}),
        ("pay", json.dumps(paid).encode(), JSON_TYPE),
    ]


def ask(workspace: Workspace, sql: str = CONVERSIONS) -> list[tuple[Any, ...]]:
    with open_tables(workspace) as tables:
        found: list[tuple[Any, ...]] = tables.con.execute(sql).fetchall()
    return found


WANTED = [(0, 0, 0, 1), (2_000, 0, 2_000, 0), (5_000, 0, 5_000, 0), (10_000, 1_900, 8_100, 0)]
"""The deleted order, WooCommerce's, Stripe's, and Shopify's with its refund; the one in dollars is refused."""


def test_received_entries_and_files_of_one_source_meet(tmp_path: Path) -> None:
    workspace = served(tmp_path / "w", Clock(AFTER_US))
    deliver(workspace, deliveries())
    assert sorted(ask(workspace)) == WANTED
    counts = received.counted(received.load(workspace.events).chunks)
    assert counts["tea"] == {"entries": 6, "told": 6, "quarantined": 1}
    rows = [{"order_id": "1001", "ordered_at": "2026-10-01T10:00:00Z", "amount": "100.00", "phone": "+4915112345678"}]
    import_files(workspace, [lay_csv(tmp_path, rows, "orders.csv")], "orders", options=Options(source="tea"))
    assert sorted(ask(workspace)) == WANTED
    bodies = tmp_path / "bodies.jsonl"
    bodies.write_text(
        "\n".join(json.dumps({"headers": headers, "body": body.decode()}) for _, body, headers in deliveries()[:4])
    )
    import_files(workspace, [bodies], "shopify", options=Options(source="tea"))
    assert sorted(ask(workspace)) == WANTED
    people = "SELECT count(DISTINCT contact_key) FROM conversion WHERE contact_key IS NOT NULL"
    assert ask(workspace, people) == [(1,)], "Shopify's address, WooCommerce's billing and the file name one person"


@pytest.mark.parametrize("seed", range(3))
def test_shops_told_bit_by_bit_in_any_order_are_as_told_at_once(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    told = [one for one in deliveries() if b'"id": 1002}' not in one[1]]  # a deletion is dated by its receipt
    whole, parts = served(tmp_path / "whole", Clock(AFTER_US)), served(tmp_path / "parts", Clock(AFTER_US))
    deliver(whole, told)
    waiting = draw.sample(told + told[:3], len(told) + 3)
    while waiting:
        taken, waiting = waiting[:2], waiting[2:]
        deliver(parts, taken)
        manifest = build(parts)
    assert differing(parts, manifest) == ()
    assert ask(parts) == ask(whole)
