"""A shop whose KPIs can be counted by hand: eight messages around a month's end and Berlin's day of 25 hours."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from earnest.definitions.campaign import Campaign
from earnest.usecases.costs import add_cost
from earnest.usecases.declare import add_campaign, add_segment, set_setting
from earnest.usecases.import_files import import_files
from earnest.usecases.workspace import Workspace, init
from integration.trials import Clock

NOW = "2026-11-20T12:00:00"

HEADER = (
    "message_id", "phone", "email", "campaign", "template", "tag", "channel", "cost",
    "sent_at", "delivered_at", "read_at", "failed_at", "clicked_at", "replied_at",
)  # fmt: skip
DE, IN, US = "+4915112345670", "+919812345670", "+12125550100"
MESSAGES = (
    # Wednesday 30 September, a second before midnight in Berlin
    ("m1", "+4915112345671", "", "autumn", "t1", "a", "whatsapp",
     "0.10", "2026-09-30T21:59:59Z", "2026-09-30T22:00:05Z", "2026-09-30T22:10:00Z", "", "2026-09-30T22:11:00Z", ""),
    # Thursday 1 October, midnight
    ("m2", "+4915112345672", "", "autumn", "t1", "b", "whatsapp", "0.10", "2026-09-30T22:00:00Z", "2026-09-30T22:00:05Z", "", "", "", ""),
    # Sunday 25 October, 02:30 in summer time and, an hour later, 02:30 again in winter time
    ("m3", "+919812345673", "", "autumn", "t2", "a", "whatsapp",
     "0.20", "2026-10-25T00:30:00Z", "2026-10-25T00:30:05Z", "2026-10-25T01:00:00Z", "", "2026-10-25T01:01:00Z", ""),
    ("m4", "+919812345674", "", "autumn", "t2", "b", "whatsapp",
     "0.20", "2026-10-25T01:30:00Z", "2026-10-25T01:30:05Z", "2026-10-25T02:00:00Z", "", "", "2026-10-25T02:01:00Z"),
    # Sunday 25 October 23:59:59 and Monday 26 October 00:00 in winter time
    ("m5", "+4915112345675", "", "winter", "", "a", "sms", "0.30", "2026-10-25T22:59:59Z", "2026-10-25T23:00:05Z", "", "", "2026-10-25T23:01:00Z", ""),
    ("m6", "+4915112345676", "", "winter", "", "a", "sms", "0.30", "2026-10-25T23:00:00Z", "", "", "2026-10-25T23:00:30Z", "", ""),
    # Saturday 31 October 23:59 in Berlin
    ("m7", "+12125550177", "", "winter", "", "b", "sms", "0.30", "2026-10-31T22:59:00Z", "2026-10-31T22:59:05Z", "", "", "", ""),
    # Sunday 1 November 12:00, no campaign and no number
    ("m8", "", "kim@shop.example", "", "", "", "email", "0.01", "2026-11-01T11:00:00Z", "2026-11-01T11:00:05Z", "", "", "", ""),
)  # fmt: skip
ORDERS = (
    # credited to m1 (clicked an hour before), and to m3 (clicked a day before)
    ("o1", "+4915112345671", "2026-09-30T23:00:00Z", "50.00"),
    ("o2", "+919812345673", "2026-10-26T01:00:00Z", "20.00"),
)


def asked_shop(folder: Path) -> Workspace:
    """Lay it out. Revenue 70.00; charges 0.60 for autumn, 0.90 for winter, 0.01 for none; winter's agency 31.00 over October."""
    workspace = init(folder / "shop", currency="EUR", timezone="Europe/Berlin", clock=Clock(NOW))
    add_campaign(workspace, Campaign("autumn", "Autumn", programme="Seasonal", purpose="sales"))
    add_campaign(workspace, Campaign("winter", "Winter", programme="Seasonal", purpose="marketing"))
    set_setting(workspace, "margin", "0.5", date(2026, 1, 1))
    add_segment(workspace, "gold", "Gold", ("tier=gold",))
    bring(workspace, folder, "contacts", ("phone", "valid_from", "tier"), [
        ("+4915112345671", "2026-01-01T00:00:00Z", "gold"),
        ("+919812345673", "2026-10-26T00:00:00Z", "gold"),  # only after m3 was sent
        ("+4915112345675", "2026-01-01T00:00:00Z", "silver"),
    ])  # fmt: skip
    bring(workspace, folder, "messages", HEADER, MESSAGES)
    bring(workspace, folder, "orders", ("order_id", "phone", "ordered_at", "amount"), ORDERS)
    add_cost(workspace, {"campaign": "winter", "kind": "content", "amount": "31.00", "currency": None, "from": "2026-10-01", "until": "2026-11-01",
                         "evidence": "invoiced", "covers": False, "description": "agency"})  # fmt: skip
    return workspace


def bring(workspace: Workspace, folder: Path, kind: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Import rows of a kind."""
    path = folder / f"{kind}-{len(list(folder.glob('*.csv')))}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    import_files(workspace, [path], kind)


def instant(text: str) -> int:
    """Microseconds of an ISO text in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000
