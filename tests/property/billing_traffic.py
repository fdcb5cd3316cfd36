"""What a simulated month sends, and what a webhook receiver sees of it: see `billing_oracle`."""

from __future__ import annotations

import random
from bisect import bisect
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from property.billing_prices import NEW, OLD

ZONES = ("America/Sao_Paulo", "Europe/Berlin", "Asia/Kolkata", "America/New_York", "UTC")
PHONES = {
    "India": ("IN", "9198", 12), "Germany": ("DE", "49151", 13), "Brazil": ("BR", "55119", 13),
    "Kazakhstan": ("KZ", "7701", 11), "North America": ("US", "1415", 11), "Rest of Latin America": ("JM", "1876", 11),
}  # fmt: skip
"""Market → country, prefix and length of its numbers."""
CATEGORIES, UNLIMITED, MOVED, CHARGED = "2023-06-01", "2024-11-01", "2025-07-01", "2026-10-01"
"""Local days: categories begin; service conversations cost nothing; messages are charged; service is charged."""
Accounts = Mapping[str, tuple[str, str, str]]
"""Account → zone, currency, portfolio."""
DAY = 86_400


@dataclass(frozen=True)
class Message:
    """One message: `delivered` and `read` are None if that never happened; equal if only `read` is told."""

    id: str
    account: str
    number: str
    market: str
    category: str
    sent: int
    delivered: int | None = None
    read: int | None = None
    conversation: str | None = None
    type: str = "regular"
    phone: str = ""
    hidden: bool = False

    @property
    def unit(self) -> str:
        return self.conversation or self.id


def local(at: int, zone: str) -> str:
    """Local day; zones begin their days at quarters of an hour."""
    return _local(at // 900, zone)


@cache
def _local(quarter: int, zone: str) -> str:
    return datetime.fromtimestamp(quarter * 900, ZoneInfo(zone)).date().isoformat()


def send(rng: random.Random, seed: int, name: str, accounts: Accounts, heavy: bool) -> list[Message]:
    """Messages of a month, a fifth of them around its local midnights; heavy months reach real allowances."""
    found: list[Message] = []
    taken: set[int] = set()

    def free(at: float) -> int:
        second = int(at)
        while second in taken:
            second += 1
        taken.add(second)
        return second

    while len(found) < (1800 if heavy else 900):
        account = rng.choice(sorted(accounts))
        zone = ZoneInfo(accounts[account][0])
        first = datetime.fromisoformat(name + "-01").replace(tzinfo=zone)
        edges = [first.timestamp(), (first + timedelta(days=32)).replace(day=1).timestamp()]
        near = rng.random() < 0.2
        begun = rng.choice(edges) + rng.uniform(-5400, 5400) if near else rng.uniform(edges[0] - 9000, edges[1] + 9000)
        day = local(int(begun), accounts[account][0])
        market = rng.choice(sorted(PHONES))
        weights = (1, 9) if heavy and day < CATEGORIES else (1, 1, 1, 27, 1) if heavy else None
        category = rng.choices(OLD if day < CATEGORIES else NEW, weights)[0]
        if category == "authentication_international" and market not in ("India", "Kazakhstan"):
            category = "authentication"
        kind = "regular"
        if day >= UNLIMITED and category in ("marketing", "utility") and rng.random() < 0.06:
            kind = "free_entry_point"
        elif MOVED <= day < CHARGED and category in ("utility", "service") and rng.random() < 0.5:
            kind = "free_customer_service"
        number, phone = f"{account}{rng.randint(1, 1 if heavy else 2)}", PHONES[market][1]
        phone += "".join(rng.choice("23456789") for _ in range(PHONES[market][2] - len(phone)))
        conversation = f"c-{seed}-{len(found)}" if day < MOVED else None
        for k in range(rng.choice((1, 1, 1, 2) if heavy else (1, 1, 2, 3)) if conversation else 1):
            sent = free(begun + (rng.uniform(60, 72_000) if k else 0))
            slow = rng.random() < 0.05
            delivered = free(sent + 1 + rng.expovariate(1 / (40_000 if slow else 45))) if rng.random() < 0.93 else None
            read = free(delivered + 1 + rng.expovariate(1 / 3000)) if delivered and rng.random() < 0.6 else None
            delivered = read if read and rng.random() < 0.15 else delivered
            found.append(
                Message(
                    f"wamid.{seed}.{len(found)}=", account, number, market, category, sent, delivered, read,
                    conversation, kind, phone, day >= "2026" and rng.random() < 0.05,
                )
            )  # fmt: skip
    return found


def tell(rng: random.Random, messages: list[Message], accounts: Accounts) -> list[dict[str, Any]]:
    """Bodies of webhooks, with repetitions, disorder, delays and the losses that leave a sibling."""
    ordered: dict[str, list[int]] = defaultdict(list)
    opened: dict[str, int] = {}
    for m in sorted((m for m in messages if m.delivered), key=lambda m: m.delivered or 0):
        opened.setdefault(m.unit, m.delivered or 0)
        if m.category not in ("marketing", "utility"):
            ordered[accounts[m.account][2]].append(m.delivered or 0)
    arrivals: list[tuple[float, Message, dict[str, Any]]] = []
    for m in messages:
        zone, _, portfolio = accounts[m.account]
        moments = {"sent": m.sent, "failed": None if m.delivered or rng.random() < 0.5 else m.sent + 5}
        moments |= {"delivered": None if m.delivered == m.read else m.delivered, "read": m.read}
        told = [name for name, at in moments.items() if at]
        priced = {"sent", rng.choice([name for name in told if name in ("delivered", "read")] or ["sent"])}
        lost = set(rng.sample(told, rng.choice((0, 0, 0, 1, 2, 3)) % len(told)))
        if m.delivered and not (priced - lost and {"delivered", "read"} & set(told) - lost):
            lost = set()
        if "delivered" in lost and m.delivered and m.read:
            same_month = len({local(at, zone)[:7] for at in (m.sent, m.delivered, m.read)}) == 1
            line = ordered[portfolio]
            kept = opened[m.unit] < m.delivered if m.conversation else bisect(line, m.delivered) == bisect(line, m.read)
            sums_alone = m.category in ("marketing", "utility") and not m.conversation
            lost = lost if same_month and (kept or sums_alone) else set()
        for name in set(told) - lost:
            at = moments[name] or 0
            payload = _status(m, name, at, name in priced)
            for _ in range(1 + (rng.random() < 0.05)):
                delay = rng.choice((0, 0, 0, 900, 7 * DAY if rng.random() < 0.1 else 5))
                arrivals.append((at + rng.random() * delay, m, payload))
    arrivals.sort(key=lambda arrival: arrival[0])
    bodies, start = [], 0
    while start < len(arrivals):
        size = rng.choice((1, 1, 2, 10, 60))
        bodies.append(_body(arrivals[start : start + size]))
        start += size
    return bodies


def _status(m: Message, name: str, at: int, priced: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": m.id,
        "status": name,
        "timestamp": str(at),
        "recipient_id": "" if m.hidden else m.phone,
    }
    if m.hidden:
        told["recipient_user_id"] = f"{PHONES[m.market][0]}.{m.phone}"
    if name == "failed":
        told["errors"] = [{"code": 131026, "title": "Message undeliverable"}]
    elif priced and m.conversation:
        category = m.category if m.type == "regular" else "referral_conversion"
        told["conversation"] = {"id": m.conversation, "origin": {"type": category}}
        dashed = category.replace("authentication_", "authentication-")
        told["pricing"] = {"billable": m.type == "regular", "pricing_model": "CBP", "category": dashed}
    elif priced:
        dashed = m.category.replace("_", "-")
        told["pricing"] = {"billable": m.type == "regular", "pricing_model": "PMP", "type": m.type, "category": dashed}
    return told


def _body(arrivals: list[tuple[float, Message, dict[str, Any]]]) -> dict[str, Any]:
    entries = []
    for (account, number), group in groupby(arrivals, key=lambda arrival: (arrival[1].account, arrival[1].number)):
        some = list(group)
        value: dict[str, Any] = {"messaging_product": "whatsapp", "statuses": [payload for _, _, payload in some]}
        value["metadata"] = {"display_phone_number": "15550783881", "phone_number_id": number}
        contacts = {payload["recipient_user_id"]: PHONES[m.market][0] for _, m, payload in some if m.hidden}
        if contacts:
            value["contacts"] = [
                {"wa_id": "", "user_id": user, "profile": {"name": "x", "country_code": country}}
                for user, country in contacts.items()
            ]
        entries.append({"id": account, "changes": [{"field": "messages", "value": value}]})
    return {"object": "whatsapp_business_account", "entry": entries}
