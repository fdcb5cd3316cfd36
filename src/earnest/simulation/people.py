"""The customers of a block: made-up people with numbers that reach nobody.

Numbers are of valid length and form, from ranges in which no operator had numbers (libphonenumber 9.0 carrier data)
or, in Canada, from the 555 exchange. The US is left out: WhatsApp delivers no marketing there since 2025-04-01. A
customer's number follows from the customer's position alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earnest.kernel.period import day_number, day_start_us, zone
from earnest.simulation.chance import SECOND_US, Flags, Ints, Reals, chosen, stream
from earnest.simulation.columns import labels, numbered
from earnest.simulation.plan import ShopPlan

BLOCK = 1 << 18
"""Customers simulated at a time: bounds memory, and is part of what a seed means."""


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Customers of one country: per mille of all, and the first of their consecutive numbers."""

    country: str
    per_mille: int
    first: int


RANGES = (
    NumberRange("DE", 700, 4915800000000),
    NumberRange("AT", 40, 436710000000),
    NumberRange("CH", 20, 41776000000),
    NumberRange("FR", 30, 33730000000),
    NumberRange("GB", 50, 447110000000),
    NumberRange("ES", 40, 34730000000),
    NumberRange("IT", 40, 393100000000),
    NumberRange("NL", 20, 31660000000),
    NumberRange("IN", 20, 916040000000),
    NumberRange("BR", 15, 5531960000000),
    NumberRange("MX", 10, 525500000000),
    NumberRange("AR", 5, 5491120000000),
    NumberRange("SA", 8, 966512000000),
    NumberRange("CA", 2, 0),
)
COUNTRIES = tuple(numbers.country for numbers in RANGES)
_CANADIAN_AREAS = np.array(
    [204, 250, 306, 403, 416, 418, 450, 506, 514, 519, 604, 613, 705, 709, 780, 902], dtype=np.int64
)
_TIERS = ("bronze", "silver", "gold")

CONTACT_SCHEMA = pa.schema(
    [
        ("phone", pa.string()),
        ("email", pa.string()),
        ("valid_from", pa.int64()),
        ("country", pa.string()),
        ("tier", pa.string()),
        ("consent", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class People:
    """A block of customers, one array position each.

    Args:
        first: position of the first among all customers.
        activity: how much more than average each buys; mean 1 over everybody.
        country: index into `RANGES`. digits: phone number without the +.
        consent, receipts_off, email: may be messaged; sends no read receipts; has given an e-mail address.
        phones, emails: as text; `emails` is null without an address.
    """

    first: int
    activity: Reals
    country: Ints
    digits: Ints
    consent: Flags
    receipts_off: Flags
    email: Flags
    phones: pa.Array
    emails: pa.Array

    def __len__(self) -> int:
        return len(self.digits)


def people(plan: ShopPlan, block: int) -> People:
    """The customers of one block."""
    first = block * BLOCK
    count = min(BLOCK, plan.customers - first)
    rng = stream(plan.seed, "people", block)
    position = np.arange(first, first + count, dtype=np.int64)
    country, digits = _numbers(position)
    email = chosen(rng, 0.8, count)
    addresses = pc.binary_join_element_wise(numbered("customer", position), "example.org", "@")
    return People(
        first=first,
        activity=rng.gamma(plan.activity_shape, 1 / plan.activity_shape, count),
        country=country,
        digits=digits,
        consent=chosen(rng, plan.share_consent, count),
        receipts_off=chosen(rng, plan.share_receipts_off, count),
        email=email,
        phones=numbered("+", digits),
        emails=pc.if_else(pa.array(email), addresses, pa.scalar(None, pa.string())),
    )


def contact_rows(group: People, plan: ShopPlan) -> pa.Table:
    """One row a customer: who, since when, where, how good a customer, whether messages are allowed."""
    rng = stream(plan.seed, "contacts", group.first // BLOCK)
    known_for = rng.integers(1, 720 * 86_400, len(group))
    start_us = day_start_us(day_number(plan.first_day), zone(plan.zone))
    tier = np.searchsorted(np.array([0.8, 2.0]), group.activity)
    return pa.table(
        {
            "phone": group.phones,
            "email": group.emails,
            "valid_from": start_us - known_for * SECOND_US,
            "country": labels(group.country, COUNTRIES),
            "tier": labels(tier, _TIERS),
            "consent": labels(group.consent.astype(np.int64), ("out", "in")),
        }
    ).cast(CONTACT_SCHEMA)


def wa_ids(group: People, customer: Ints) -> Ints:
    """The customers' numbers as WhatsApp writes them: a 1 too many in Mexico, the ninth digit missing in old Brazil."""
    country, digits = group.country[customer], group.digits[customer]
    mexican = 521 * 10**10 + digits % 10**10
    old_brazilian = 5531 * 10**8 + digits % 10**8
    old = (country == COUNTRIES.index("BR")) & (digits % 2 == 0)
    return np.where(country == COUNTRIES.index("MX"), mexican, np.where(old, old_brazilian, digits))


def _numbers(position: Ints) -> tuple[Ints, Ints]:
    """Country and phone number of each position: a thousand neighbours are spread over the countries."""
    ends = np.cumsum([numbers.per_mille for numbers in RANGES])
    width = np.array([numbers.per_mille for numbers in RANGES], dtype=np.int64)
    first = np.array([numbers.first for numbers in RANGES], dtype=np.int64)
    thousand, place = position // 1000, position % 1000
    country = np.searchsorted(ends, place, side="right").astype(np.int64)
    within = thousand * width[country] + place - (ends - width)[country]
    area = _CANADIAN_AREAS[within // 10_000 % len(_CANADIAN_AREAS)]
    canadian = 10_000_000_000 + area * 10_000_000 + 5_550_000 + within % 10_000
    return country, np.where(country == len(RANGES) - 1, canadian, first[country] + within)
