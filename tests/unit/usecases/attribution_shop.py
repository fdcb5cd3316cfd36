"""A shop whose credit can be worked out on paper: 3 campaigns on 2 channels, 6 orders, one refunded in part, one beyond what was paid.

p1  spring e-mail clicked 1 Sep 11:00, flash SMS clicked 3 Sep 11:45              o1   3 Sep 12:00  100.00
p2  spring clicked 1 Sep 11:00, vip e-mail clicked 2 Sep, flash clicked 3 Sep     o2   3 Sep 13:00   90.01
p3  vip read 5 Sep 08:00                                                          o3   5 Sep 18:00   60.00, 20.00 refunded
p4  flash delivered 5 Sep 10:00:05, nothing else                                  o4   5 Sep 15:00   50.00
p5  spring clicked 1 Sep 12:00                                                    o5   7 Sep 12:00   70.00
p6  flash replied to 6 Sep 10:00                                                  o6   6 Sep 11:00   30.00, 45.00 refunded
p7  spring read; p8 spring clicked, then flash two days later; p9 spring clicked, then flash two weeks later: no order
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MESSAGES = (
    # id, person, campaign, channel, sent, read, clicked, replied
    ("m1", 1, "spring", "email", "01T10:00:00", "", "01T11:00:00", ""),
    ("m2", 1, "flash", "sms", "03T10:00:00", "", "03T11:45:00", ""),
    ("m3", 2, "spring", "email", "01T10:00:00", "", "01T11:00:00", ""),
    ("m4", 2, "vip", "email", "02T10:00:00", "", "02T11:00:00", ""),
    ("m5", 2, "flash", "sms", "03T10:30:00", "", "03T11:00:00", ""),
    ("m6", 3, "vip", "email", "05T07:00:00", "05T08:00:00", "", ""),
    ("m7", 4, "flash", "sms", "05T10:00:00", "", "", ""),
    ("m8", 5, "spring", "email", "01T10:00:00", "", "01T12:00:00", ""),
    ("m9", 6, "flash", "sms", "06T09:00:00", "", "", "06T10:00:00"),
    ("m10", 7, "spring", "email", "01T10:00:00", "01T10:30:00", "", ""),
    ("m11", 8, "spring", "email", "01T10:00:00", "", "01T11:00:00", ""),
    ("m12", 8, "flash", "sms", "03T10:00:00", "", "03T11:00:00", ""),
    ("m13", 9, "spring", "email", "01T10:00:00", "", "01T11:00:00", ""),
    ("m14", 9, "flash", "sms", "15T10:00:00", "", "15T11:00:00", ""),
)
ORDERS = (
    # id, person, at, amount, refunded, coupon
    ("o1", 1, "03T12:00:00", "100.00", "", ""),
    ("o2", 2, "03T13:00:00", "90.01", "", "vip-p2"),
    ("o3", 3, "05T18:00:00", "60.00", "20.00", ""),
    ("o4", 4, "05T15:00:00", "50.00", "", "vip-p9"),
    ("o5", 5, "07T12:00:00", "70.00", "", ""),
    ("o6", 6, "06T11:00:00", "30.00", "45.00", ""),
)
NET = 33_501
"""Minor units: 100.00 + 90.01 + 40.00 + 50.00 + 70.00 − 15.00."""

PATHS = (
    # path, conversions, nulls, net minor units
    (("spring", "flash"), 1, 1, 10_000),
    (("spring", "vip", "flash"), 1, 0, 9_001),
    (("vip",), 1, 0, 4_000),
    (("flash",), 1, 1, -1_500),
    (("spring",), 0, 3, 0),
)
"""The journeys, by hand: p8's two clicks are one journey, p9's two; p5's click is one that came to nothing."""


def phone(person: int) -> str:
    """Two phones are never joined by a coupon, so that a code passed on stays told apart."""
    return f"+4915110{person:06}"


def filled(imported: Callable[..., Any]) -> None:
    """Import the messages and orders into a workspace."""
    messages = [
        ",".join(
            (name, phone(who), campaign, channel, *(_at(day) for day in (sent, _soon(sent), read, clicked, replied)))
        )
        for name, who, campaign, channel, sent, read, clicked, replied in MESSAGES
    ]
    header = "message_id,phone,campaign,channel,sent_at,delivered_at,read_at,clicked_at,replied_at"
    imported("messages", header, *messages)
    orders = [f"{name},{phone(who)},{_at(at)},{amount},{coupon}" for name, who, at, amount, _, coupon in ORDERS]
    imported("orders", "order_id,phone,ordered_at,amount,coupon", *orders)
    refunds = [f"{name},{refunded},{_at('08T10:00:00')}" for name, _, _, _, refunded, _ in ORDERS if refunded]
    imported("refunds", "order_id,amount,refunded_at", *refunds)


def _at(day: str) -> str:
    return f"2026-09-{day}Z" if day else ""


def _soon(day: str) -> str:
    """Delivered five seconds later."""
    return f"{day[:-2]}05"
