"""The provider's invoice: sums that can be checked in the head."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from earnest.kernel.errors import UsageError
from earnest.kernel.period import day_number, day_start_us, zone
from earnest.simulation import updates as wire
from earnest.simulation.days import calendar
from earnest.simulation.invoice import Delivered, Invoice, invoice
from earnest.simulation.people import COUNTRIES
from earnest.simulation.plan import ShopPlan
from unit.simulation.accounts import ACCOUNT, PRICES

GERMANY, AUSTRIA, FRANCE = (COUNTRIES.index(country) for country in ("DE", "AT", "FR"))
SEPTEMBER_30, OCTOBER_1, OCTOBER_2 = (day_number(date(2026, *md)) for md in ((9, 30), (10, 1), (10, 2)))
PLAN = ShopPlan(
    seed=1,
    customers=1,
    first_day=date(2026, 9, 1),
    today=date(2026, 12, 1),
    campaigns=(),
    currency="USD",
    account=ACCOUNT,
)


def billed(*rows: tuple[int, str, int, int, int], service: tuple[np.ndarray, ...] = ()) -> Invoice:
    counts = Counter({row[:4]: row[4] for row in rows})
    return invoice(PLAN, calendar(PLAN), Delivered(counts, service))


def test_a_price_holds_from_its_day_on_and_markets_change_with_the_day() -> None:
    bill = billed(
        (SEPTEMBER_30, "spring", GERMANY, wire.MARKETING_CHARGED, 3),
        (OCTOBER_1, "spring", GERMANY, wire.MARKETING_CHARGED, 3),
        (SEPTEMBER_30, "spring", AUSTRIA, wire.MARKETING_CHARGED, 1),
        (OCTOBER_1, "spring", AUSTRIA, wire.MARKETING_CHARGED, 1),
        (OCTOBER_1, "autumn", FRANCE, wire.MARKETING_CHARGED, 1),
    )
    assert bill.total == Decimal("1.01")  # 3 × 0.10 + 3 × 0.20 + 0.02 + 0.07 + 0.02
    assert bill.by_campaign == {"autumn": Decimal("0.02"), "spring": Decimal("0.99")}
    assert [(line.day.day, line.market, line.messages, line.amount) for line in bill.lines] == [
        (30, "Germany", 3, Decimal("0.30")),
        (30, "Rest", 1, Decimal("0.02")),
        (1, "Austria", 1, Decimal("0.07")),
        (1, "Germany", 3, Decimal("0.60")),
        (1, "Rest", 1, Decimal("0.02")),
    ]


def test_volume_tiers_price_what_lies_in_them_and_begin_anew_each_month() -> None:
    november = day_number(date(2026, 11, 1))
    bill = billed(
        (SEPTEMBER_30, "a", GERMANY, wire.UTILITY_CHARGED, 400),  # 20.00: there were no tiers
        (OCTOBER_1, "a", GERMANY, wire.UTILITY_CHARGED, 90),  # 90 × 0.05 = 4.50
        (OCTOBER_2, "a", GERMANY, wire.UTILITY_CHARGED, 200),  # 10 × 0.05 + 150 × 0.04 + 40 × 0.03 = 7.70
        (november, "a", GERMANY, wire.UTILITY_CHARGED, 101),  # 100 × 0.05 + 1 × 0.04 = 5.04
    )
    assert [line.amount for line in bill.lines] == [Decimal(text) for text in ("20", "4.50", "7.70", "5.04")]


def test_free_messages_cost_nothing_and_move_no_tier() -> None:
    bill = billed(
        (OCTOBER_1, "", FRANCE, wire.ENTRY_FREE, 5),
        (OCTOBER_1, "a", GERMANY, wire.UTILITY_FREE, 500),
        (OCTOBER_1, "a", GERMANY, wire.UTILITY_CHARGED, 100),
    )
    assert (bill.total, bill.charged, bill.free) == (Decimal("5.00"), 100, 505)
    assert bill.by_campaign == {"a": Decimal("5.00")}


def answers(first_second: int, count: int, number: int, country: int) -> np.ndarray:
    """Answers of one number to one country, a second apart, from a second after 2026-10-30 00:00 in Berlin on."""
    start = day_start_us(day_number(date(2026, 10, 30)), zone("Europe/Berlin"))
    at = start + (first_second + np.arange(count)) * 1_000_000
    return np.stack([at, np.full(count, number), np.full(count, country)], axis=1).astype(np.int64)


def test_a_thousand_answers_a_number_and_month_are_free_whoever_they_go_to() -> None:
    november = 2 * 86_400
    bill = billed(
        service=(
            answers(700, 400, 0, FRANCE),  # the last 100 of these are beyond the thousand: 1.00
            answers(0, 700, 0, GERMANY),
            answers(0, 900, 1, GERMANY),  # the other number has its own thousand
            answers(november, 1_001, 0, GERMANY),  # and so has another month: 0.05
        )
    )
    assert (bill.total, bill.charged, bill.free) == (Decimal("1.05"), 101, 1_000 + 900 + 1_000)
    assert {(line.type, line.market) for line in bill.lines} == {
        ("allowance", "Germany"),
        ("allowance", "Rest"),
        ("regular", "Germany"),
        ("regular", "Rest"),
    }


def test_what_the_price_list_does_not_know_is_refused() -> None:
    with pytest.raises(UsageError, match="authentication in Germany"):
        PRICES.tiers("Germany", "authentication", date(2026, 1, 1))
    with pytest.raises(UsageError, match="DE is in no market"):
        PRICES.market("DE", date(2024, 1, 1))
