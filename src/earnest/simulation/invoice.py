"""What the provider bills: delivered messages counted by day, market and category, times the price. Sums, no more."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from earnest.kernel.period import day_of
from earnest.simulation import updates as wire
from earnest.simulation.account import SERVICE_FREE_PER_MONTH, PriceList
from earnest.simulation.batch import Batch
from earnest.simulation.chance import Ints
from earnest.simulation.conversations import Answers
from earnest.simulation.days import Calendar
from earnest.simulation.people import COUNTRIES, RANGES
from earnest.simulation.plan import CampaignPlan, ShopPlan
from earnest.simulation.webhook_statuses import Told, sending_number

ALLOWANCE = "allowance"
"""Why a service message is free that no window makes free: it is one of the month's first thousand of its number."""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """Messages of one day, market and category, delivered for one reason.

    Args:
        type: "regular" is charged, everything else is free and says why.
        amount: major units of the invoice's currency, exact.
    """

    day: date
    market: str
    category: str
    type: str
    messages: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Invoice:
    """The provider's bill.

    Args:
        lines: in order of day, market, category, type.
        by_campaign: campaign id → its fees; service answers are nobody's.
    """

    currency: str
    lines: tuple[InvoiceLine, ...]
    by_campaign: dict[str, Decimal]

    @property
    def total(self) -> Decimal:
        """Everything to pay."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def charged(self) -> int:
        """Messages that cost something."""
        return sum(line.messages for line in self.lines if line.type == wire.REGULAR)

    @property
    def free(self) -> int:
        """Delivered messages that cost nothing."""
        return sum(line.messages for line in self.lines if line.type != wire.REGULAR)


Counts = Counter[tuple[int, str, int, int]]
"""(day number, campaign id, place of the country, terms) → delivered messages."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What was delivered; adds up over batches.

    Args:
        service: of each answer that is charged once the month's free ones are used up: instant, sending number,
            country; one row each.
    """

    counts: Counts
    service: tuple[Ints, ...] = ()

    def __add__(self, other: Delivered) -> Delivered:
        return Delivered(self.counts + other.counts, self.service + other.service)


NOTHING_DELIVERED = Delivered(Counter())


def delivered(plan: ShopPlan, batch: Batch, days: Calendar, *, about: Told, answered: Answers) -> Delivered:
    """Count a batch's deliveries up to the feed's end."""
    sends = batch.sends
    arrived = np.flatnonzero(sends.delivered_us < plan.end_us)
    country = batch.group.country
    counts = _counted(
        days.day_numbers(sends.delivered_us[arrived]), country[sends.treated[arrived]], about.terms[arrived],
        campaign=batch.campaign.id,
    )  # fmt: skip
    there = answered.delivered_us < plan.end_us
    service = there & (answered.terms == wire.SERVICE_CHARGED)
    free = there & ~service
    counts += _counted(
        days.day_numbers(answered.delivered_us[free]), country[answered.customer[free]], answered.terms[free],
        campaign="",
    )  # fmt: skip
    customer = answered.customer[service]
    rows = np.stack([answered.delivered_us[service], sending_number(batch, customer), country[customer]], axis=1)
    return Delivered(counts, (rows.astype(np.int64),) if len(rows) else ())


def _counted(day: Ints, country: Ints, terms: Ints, *, campaign: str) -> Counts:
    rows, counts = np.unique(np.stack([day, country, terms], axis=1), axis=0, return_counts=True)
    return Counter({(d, campaign, c, t): int(n) for (d, c, t), n in zip(rows.tolist(), counts.tolist(), strict=True)})


def invoice(plan: ShopPlan, days: Calendar, what: Delivered) -> Invoice:
    """Price what was delivered: month by month, the volume of a market and category deciding its tier."""
    assert plan.account is not None
    prices = plan.account.price_list
    counts = what.counts + _beyond_allowance(days, what.service)
    free_in_month = _within_allowance(days, what.service)
    before: Counter[tuple[str, str, int, int]] = Counter()
    lines: dict[tuple[date, str, str, str], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    fees: dict[str, Decimal] = defaultdict(Decimal)
    for (number, campaign, country, code), messages in sorted((counts + free_in_month).items()):
        day, terms = day_of(number), _terms(code)
        market = prices.market(COUNTRIES[country], day)
        amount = Decimal(0)
        if terms.type == wire.REGULAR:
            month = (market, terms.category, day.year, day.month)
            amount = _price(prices, market, terms.category, day=day, before=before[month], messages=messages)
            before[month] += messages
        key = (day, market, terms.category, terms.type)
        lines[key] = (lines[key][0] + messages, lines[key][1] + amount)
        fees[campaign] += amount
    told = tuple(InvoiceLine(*key, *value) for key, value in sorted(lines.items()))
    return Invoice(plan.currency, told, {name: fee for name, fee in sorted(fees.items()) if name})


_FREE_ALLOWANCE = len(wire.TERMS)


def _terms(code: int) -> wire.Terms:
    return wire.Terms("service", ALLOWANCE) if code == _FREE_ALLOWANCE else wire.TERMS[code]


def _price(prices: PriceList, market: str, category: str, *, day: date, before: int, messages: int) -> Decimal:
    """Messages times price, tier by tier, after `before` charged ones in the month."""
    tiers = prices.tiers(market, category, day)
    amount, done = Decimal(0), before + messages
    for place, tier in enumerate(tiers):
        until = tiers[place + 1].after if place + 1 < len(tiers) else done
        amount += max(0, min(done, until) - max(before, tier.after)) * tier.amount
    return amount


def _within_allowance(days: Calendar, service: Sequence[Ints]) -> Counts:
    return _service(days, service, first=0, last=SERVICE_FREE_PER_MONTH, terms=_FREE_ALLOWANCE)


def _beyond_allowance(days: Calendar, service: Sequence[Ints]) -> Counts:
    return _service(days, service, first=SERVICE_FREE_PER_MONTH, last=None, terms=wire.SERVICE_CHARGED)


def _service(days: Calendar, service: Sequence[Ints], *, first: int, last: int | None, terms: int) -> Counts:
    """Answers whose place among those of their number and month lies in [first, last)."""
    found: Counts = Counter()
    if not service:
        return found
    rows = np.concatenate(service)
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    day = days.day_numbers(rows[:, 0])
    month = np.array([of.year * 12 + of.month for of in map(day_of, day.tolist())])
    for number in range(2):
        for one in np.unique(month):
            chosen = np.flatnonzero((rows[:, 1] == number) & (month == one))[first:last]
            found += _counted(day[chosen], rows[chosen, 2], np.full(len(chosen), terms), campaign="")
    return found


def expected_fee(plan: ShopPlan, campaign: CampaignPlan) -> float:
    """Expected fee of a delivered message, major units: by the price list's first tier where webhooks tell it."""
    if plan.account is None or not plan.by_webhook(campaign):
        return float(campaign.cost_per_delivered)
    prices, category = plan.account.price_list, "utility" if campaign.purpose == "service" else "marketing"
    return sum(
        one.per_mille
        / 1000
        * float(prices.tiers(prices.market(one.country, campaign.day), category, campaign.day)[0].amount)
        for one in RANGES
    )
