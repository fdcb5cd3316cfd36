"""A shop told by webhooks: the disorder of a real feed, prices where Meta tells them, and an invoice that follows."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from earnest.simulation.demo import demo_plan
from earnest.simulation.people import BLOCK
from earnest.simulation.plan import TEMPLATE_CHANGE_AFTER_US, ShopPlan, first_send_us
from earnest.simulation.shop import ShopFiles, write
from unit.simulation.accounts import ACCOUNT

WEEK_S = 7 * 86_400
OCTOBER_FIRST = date(2026, 10, 1)


@pytest.fixture(scope="session")
def told_plan() -> ShopPlan:
    return demo_plan(60_000, today=date(2026, 11, 22), account=ACCOUNT)


@pytest.fixture(scope="session")
def told_shop(told_plan: ShopPlan, tmp_path_factory: pytest.TempPathFactory) -> ShopFiles:
    return write(told_plan, tmp_path_factory.mktemp("webhooks"))


def read_bodies(files: ShopFiles) -> list[dict[str, Any]]:
    return [json.loads(line) for path in files.whatsapp for line in gzip.open(path)]


@pytest.fixture(scope="session")
def told_bodies(told_shop: ShopFiles) -> list[dict[str, Any]]:
    return read_bodies(told_shop)


def values(bodies: list[dict[str, Any]], array: str) -> list[dict[str, Any]]:
    return [
        item
        for body in bodies
        for entry in body["entry"]
        for change in entry["changes"]
        for item in change["value"].get(array, ())
    ]


def size(body: dict[str, Any]) -> int:
    return sum(
        len(change["value"].get(array, ()))
        for change in body["entry"][0]["changes"]
        for array in ("statuses", "messages", "user_preferences")
    )


def by_message(bodies: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found = defaultdict(list)
    for status in values(bodies, "statuses"):
        found[status["id"]].append(status)
    return found


def test_equal_plans_give_equal_files(told_plan: ShopPlan, told_shop: ShopFiles, tmp_path: Path) -> None:
    again = write(told_plan, tmp_path)
    other = write(replace(told_plan, seed=8), tmp_path / "other")
    one_hash, same_hash, other_hash = (
        hashlib.sha256(files.whatsapp[0].read_bytes()).hexdigest() for files in (told_shop, again, other)
    )
    assert one_hash == same_hash != other_hash
    assert again.invoice == told_shop.invoice != other.invoice


def test_every_update_is_counted_and_bodies_hold_one_to_a_thousand(
    told_shop: ShopFiles, told_bodies: list[dict[str, Any]]
) -> None:
    sizes = [size(body) for body in told_bodies]
    assert sum(sizes) == told_shop.rows["whatsapp"]
    assert len(sizes) == told_shop.rows["whatsapp-bodies"]
    assert max(sizes) <= 1_000
    mixed = Counter("one" if n == 1 else "few" if n <= 20 else "many" for n in sizes if n)
    assert min(mixed.values()) > 50
    managed = [body for body in told_bodies if "time" in body["entry"][0]]
    assert sizes.count(0) == len(managed) == 6
    assert all(isinstance(body["entry"][0]["time"], int) for body in managed)


def test_prices_stand_on_sent_and_on_one_of_delivered_and_read(told_bodies: list[dict[str, Any]]) -> None:
    skipped = 0
    for statuses in by_message(told_bodies).values():
        priced = {status["status"] for status in statuses if "pricing" in status}
        told = {status["status"] for status in statuses}
        assert "sent" in priced
        assert told <= {"sent", "delivered", "read"} or told == {"sent", "failed"}
        assert len(priced & {"delivered", "read"}) == (not told.isdisjoint({"delivered", "read"}))
        if "read" in told and "delivered" not in told:
            skipped += 1
            assert "read" in priced
        for status in statuses:
            assert isinstance(status["timestamp"], str)
            assert status["timestamp"].isdigit()
            entry = status.get("pricing", {}).get("type") == "free_entry_point"
            assert ("conversation" in status) == entry
            if "pricing" in status:
                assert status["pricing"]["pricing_model"] == "PMP"
                assert status["pricing"]["billable"] is (status["pricing"]["type"] == "regular")
    assert skipped > 100


def test_the_feed_is_unordered_late_repeated_and_partly_without_hint(
    told_plan: ShopPlan, told_bodies: list[dict[str, Any]]
) -> None:
    statuses = values(told_bodies, "statuses")
    times = np.array([int(status["timestamp"]) for status in statuses])
    assert times.max() * 1_000_000 < told_plan.end_us
    behind = np.maximum.accumulate(times) - times
    assert behind.max() <= WEEK_S
    assert 0.004 < (behind > 3_600).mean() < 0.06
    assert behind.max() > 5 * 86_400
    copies = Counter((status["id"], status["status"]) for status in statuses)
    assert 0.01 < 1 - len(copies) / len(statuses) < 0.02
    place: dict[str, dict[str, int]] = defaultdict(dict)
    for number, status in enumerate(statuses):
        place[status["id"]].setdefault(status["status"], number)
    disordered = [p["delivered"] < p["sent"] for p in place.values() if "delivered" in p]
    assert 0.1 < np.mean(disordered) < 0.5
    campaign_messages = {s["id"]: s.get("biz_opaque_callback_data") for s in statuses if s["status"] == "sent"}
    sent = Counter(campaign_messages.values())
    assert set(sent) - {None} == {c.id for c in told_plan.campaigns if c.channel == "whatsapp"}
    assert 0.01 < sent[None] / sum(sent.values()) < 0.03


def test_failures_and_silence_are_as_planned(told_bodies: list[dict[str, Any]]) -> None:
    messages = by_message(told_bodies)
    failed = [
        s for statuses in messages.values() for s in statuses[:1] if any(x["status"] == "failed" for x in statuses)
    ]
    assert 0.03 < len(failed) / len(messages) < 0.045
    codes = Counter(s["errors"][0]["code"] for s in values(told_bodies, "statuses") if s["status"] == "failed")
    assert set(codes) == {131026, 131049, 131050, 130472, 131047, 131000, 132015}
    delivered = [{s["status"] for s in statuses} for statuses in messages.values()]
    read = np.mean(["read" in told for told in delivered if "read" in told or "delivered" in told])
    assert 0.5 < read < 0.7  # of 72 % who read, 18 % send no receipts


def test_a_template_is_recategorised_and_another_paused_while_they_are_sent(
    told_plan: ShopPlan, told_bodies: list[dict[str, Any]]
) -> None:
    changed, paused = (
        next(c for c in told_plan.campaigns if c.template_change == change) for change in ("recategorised", "paused")
    )
    change_s = (first_send_us(told_plan, changed) + TEMPLATE_CHANGE_AFTER_US) // 1_000_000
    facts = [
        (body["entry"][0]["time"], body["entry"][0]["changes"][0]) for body in told_bodies if "time" in body["entry"][0]
    ]
    fact = next(
        change["value"] for at, change in facts if change["field"] == "template_category_update" and at == change_s
    )
    assert (fact["previous_category"], fact["new_category"]) == ("UTILITY", "MARKETING")
    warning = next(change["value"] for at, change in facts if at == change_s - 86_400)
    assert warning["category_update_timestamp"] == change_s
    assert warning["correct_category"] == "MARKETING"
    categories: dict[bool, set[str]] = defaultdict(set)
    pause_s = (first_send_us(told_plan, paused) + TEMPLATE_CHANGE_AFTER_US) // 1_000_000
    codes: dict[bool, set[int]] = defaultdict(set)
    sent_at = {s["id"]: int(s["timestamp"]) for s in values(told_bodies, "statuses") if s["status"] == "sent"}
    for status in values(told_bodies, "statuses"):
        if status.get("biz_opaque_callback_data") == changed.id and "pricing" in status:
            categories[sent_at[status["id"]] >= change_s].add(status["pricing"]["category"])
        if status.get("biz_opaque_callback_data") == paused.id and status["status"] == "failed":
            codes[sent_at[status["id"]] >= pause_s].add(status["errors"][0]["code"])
    assert categories == {False: {"utility"}, True: {"marketing"}}
    assert codes[True] == {132015}
    assert 132015 not in codes[False]
    assert [change["value"]["event"] for _, change in facts if change["field"] == "message_template_status_update"] == [
        "PAUSED",
        "REINSTATED",
    ]


def test_the_invoice_is_what_the_bodies_say_times_the_price(
    told_plan: ShopPlan, told_shop: ShopFiles, told_bodies: list[dict[str, Any]]
) -> None:
    """Read as a clerk would: each delivered message once, its price by hand; at this size nobody leaves the first tier."""
    bill = told_shop.invoice
    assert bill is not None
    total, charged, free = Decimal(0), 0, 0
    october_s = 1_790_805_600  # 2026-10-01T00:00 in Berlin
    months: Counter[str] = Counter()
    for statuses in by_message(told_bodies).values():
        arrived = [int(s["timestamp"]) for s in statuses if s["status"] in ("delivered", "read")]
        if not arrived:
            continue
        pricing = next(s["pricing"] for s in statuses if "pricing" in s)
        germany, austria = (statuses[0]["recipient_id"].startswith(code) for code in ("49", "43"))
        late = min(arrived) >= october_s
        price = {
            ("marketing", True): "0.20" if late else "0.10",
            ("marketing", False): "0.07" if late and austria else "0.02",
            ("utility", True): "0.05",
            ("utility", False): "0.01",
        }.get((pricing["category"], germany), "0")
        months[pricing["category"]] += late
        if pricing["type"] != "regular" or pricing["category"] == "service":
            price = "0"
        charged, free = (charged + 1, free) if price != "0" else (charged, free + 1)
        total += Decimal(price)
    assert 0 < months["service"] < 1_000
    assert (bill.total, bill.charged, bill.free) == (total, charged, free)
    assert sum(bill.by_campaign.values()) == total
    fees = {name: truth.cost for name, truth in told_shop.truth.items()}
    assert bill.by_campaign["delivery-updates"] == fees["delivery-updates"]


def test_every_message_of_the_truth_is_told(
    told_plan: ShopPlan, told_shop: ShopFiles, told_bodies: list[dict[str, Any]]
) -> None:
    sent: Counter[int] = Counter()
    for message in by_message(told_bodies):
        number = int(message.removeprefix("wamid.HBgSIM").removesuffix("AA="))
        if number < 10**15:
            sent[number // 10**8 - 1] += 1
    truths = list(told_shop.truth.values())  # in the order of sending, which numbers campaigns
    whatsapp = {c.id for c in told_plan.campaigns if c.channel == "whatsapp"}
    assert sent == {n: truth.n_treated for n, truth in enumerate(truths) if truth.campaign in whatsapp}
    channels = pq.read_table(told_shop.messages, columns=["channel"])["channel"].unique().to_pylist()
    assert channels == ["sms"]


def test_clicks_name_messages_that_are_told(told_shop: ShopFiles, told_bodies: list[dict[str, Any]]) -> None:
    assert told_shop.whatsapp_clicks is not None
    for path, known in (
        (told_shop.whatsapp_clicks, set(by_message(told_bodies))),
        (told_shop.clicks, set(pq.read_table(told_shop.messages)["message_id"].to_pylist())),
    ):
        clicked = pq.read_table(path)["message_id"].to_pylist()
        assert len(clicked) > 100
        assert set(clicked) <= known


def test_two_blocks_are_two_files(tmp_path: Path) -> None:
    campaign = next(c for c in demo_plan(1_000, today=OCTOBER_FIRST).campaigns if c.id == "bestsellers")
    small = replace(campaign, audience_share=0.01)
    plan = demo_plan(1_000, today=OCTOBER_FIRST, account=ACCOUNT)
    files = write(
        replace(plan, customers=BLOCK + 5_000, campaigns=(small,), orders_per_month=0.001, share_late=0.5), tmp_path
    )
    assert [path.name for path in files.whatsapp] == ["whatsapp-001.jsonl.gz", "whatsapp-002.jsonl.gz"]
    bodies = read_bodies(files)
    assert sum(size(body) for body in bodies) == files.rows["whatsapp"]
    ids = {status["id"] for status in values(bodies, "statuses") if "biz_opaque_callback_data" in status}
    assert len(ids) == pytest.approx(files.truth["bestsellers"].n_treated, rel=0.03)
    row = duckdb.connect().execute(f"SELECT count(*) FROM '{files.contacts}'").fetchone()
    assert row == (BLOCK + 5_000,)
