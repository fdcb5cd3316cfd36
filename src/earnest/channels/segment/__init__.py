"""Segment's tracking calls (track, identify, page, screen, group, alias, batch) into what they tell.

Source: segment.com/docs/connections/spec and …/sources/catalog/libraries/server/http-api, as read in segment-analytics-python 2.x.
"""

from __future__ import annotations

from earnest.channels.channel import Channel, Kind
from earnest.channels.segment.calls import parse, tuned

__all__ = ["CHANNEL", "parse", "tuned"]

CHANNEL = Channel(
    code="segment",
    label="Segment",
    docs="https://segment.com/docs/connections/spec/",
    read="2026-10",
    signature="token",
    kinds=(
        Kind("track: Order Completed, Order Updated", "order", "an order was placed or changed"),
        Kind("track: Order Cancelled", "order", "the order counts for nothing"),
        Kind("track: Order Refunded", "refund", "money given back; without an amount the whole order is cancelled"),
        Kind("track: events named with --conversion", "conversion", "another goal reached: lead, booking, enrolment"),
        Kind("page with utm or click id", "session", "a visit that a campaign brought"),
        Kind("identify", "contact", "consent, country, language, plan; user id, e-mail and phone are one person"),
        Kind("alias", "identity_link", "two ids are one person"),
        Kind("every other call", "notice", "its name and the names of its properties, never their values"),
    ),
    parse=parse,
    door="/v1",
    tuned=tuned,
    retells=False,
    connects=("order",),
)
