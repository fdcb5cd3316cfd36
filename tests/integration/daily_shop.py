"""A shop that sends every day, as files: what was put into it is known, so that alerts, prices and preferences can be held against it.

Two programmes of 150 messages a day each, at 10 or 18 o'clock by lot, over 133 days to 2026-10-10. Of what is delivered, 6 % are clicked
at 10 and 14 % at 18. On 2026-09-22 three in ten are delivered. From 2026-09-26 on a message costs 0.12 instead of 0.08.
Who gets a message leaves in 1.5 % of cases, and buys 0.004 orders of 50.00 a day from then on instead of 0.01.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from earnest.definitions.campaign import Campaign
from earnest.usecases.declare import add_campaign, set_setting
from earnest.usecases.import_files import import_files
from earnest.usecases.workspace import Workspace, init

FIRST, DAYS = date(2026, 5, 31), 133
ODD_DAY, DEAR_DAY = date(2026, 9, 22), date(2026, 9, 26)
CONTACTS, A_DAY = 4000, 150
NOW = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
CLICKS = {10: 0.06, 18: 0.14}
LEAVES = 0.015
ORDERS, ORDERS_GONE, BASKET, MARGIN = 0.01, 0.004, 50.0, 0.4


def price_of(days: int) -> float:
    """What an opt-out truly costs over so many days, before messages."""
    return (ORDERS - ORDERS_GONE) * days * BASKET * MARGIN


def daily_shop(folder: Path) -> Workspace:
    """The shop's workspace, everything imported."""
    random = np.random.default_rng(20_261_010)
    now_us = int(NOW.timestamp()) * 1_000_000
    workspace = init(folder / "shop", currency="EUR", timezone="UTC", clock=lambda: now_us)
    set_setting(workspace, "margin", "0.4", date(2026, 1, 1))
    for name in ("news", "offers"):
        add_campaign(workspace, Campaign(name, name.title()))
    left: dict[int, int] = {}
    messages = [line for day in range(DAYS) for line in _sent(random, day, left)]
    _write(
        workspace,
        folder,
        "messages",
        "message_id,contact,campaign,sent_at,delivered_at,clicked_at,opted_out_at,cost",
        messages,
    )
    orders = [line for day in range(DAYS + 1) for line in _bought(random, day, left)]
    _write(workspace, folder, "orders", "order_id,contact,ordered_at,amount", orders)
    return workspace


def _write(workspace: Workspace, folder: Path, kind: str, header: str, lines: list[str]) -> None:
    path = folder / f"{kind}.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    import_files(workspace, [path], kind)


def _sent(random: np.random.Generator, day: int, left: dict[int, int]) -> list[str]:
    lines, on = [], FIRST + timedelta(days=day)
    weekday = 0.6 if on.weekday() == 6 else 1.0
    price, reached = ("0.12" if on >= DEAR_DAY else "0.08"), (0.3 if on == ODD_DAY else 0.96)
    for name in ("news", "offers"):
        size = random.poisson(A_DAY * weekday)
        for contact in random.choice(CONTACTS, size, replace=False):
            if int(contact) in left:
                continue
            hour = int(random.choice((10, 18)))
            delivered = random.random() < reached
            clicked = delivered and random.random() < CLICKS[hour]
            gone = delivered and random.random() < LEAVES
            if gone:
                left[int(contact)] = day
            at = f"{on}T{hour}"
            times = [
                f"{at}:00:00Z",
                f"{at}:00:05Z" if delivered else "",
                f"{at}:20:00Z" if clicked else "",
                f"{at}:30:00Z" if gone else "",
            ]
            lines.append(",".join([f"{name}-{day}-{contact}", f"c{contact}", name, *times, price]))
    return lines


def _bought(random: np.random.Generator, day: int, left: dict[int, int]) -> list[str]:
    on = FIRST + timedelta(days=day)
    gone = np.array([left.get(contact, DAYS) < day for contact in range(CONTACTS)])
    buys = random.random(CONTACTS) < np.where(gone, ORDERS_GONE, ORDERS)
    return [
        f"o-{day}-{contact},c{contact},{on}T08:{contact % 60:02d}:00Z,{BASKET:.2f}" for contact in np.flatnonzero(buys)
    ]
