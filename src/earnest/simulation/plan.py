"""What a simulated shop is: its customers, their demand, the campaigns it sends and the dirt in its feeds.

Every rate is 0–1, every amount in major units of `currency`. The feed ends where the day `today` begins: nothing that
happens later is written, and nothing here looks at a clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from earnest.kernel.errors import UsageError
from earnest.kernel.period import HOUR_US, day_number, day_start_us, zone
from earnest.simulation.account import BusinessAccount

Purpose = Literal["marketing", "sales", "service", "brand"]
Hint = Literal["callback", "campaign", "template"]
Defect = Literal["srm", "unrated"]
TemplateChange = Literal["recategorised", "paused"]

MOST_CUSTOMERS = 20_000_000
"""Fictional phone numbers end here."""

FULL_REFUND = 0.4
"""Share of refunds that give everything back; the others give back 20–80 %, half of the net amount on average."""
REFUND_DAYS_MAX = 13
"""A refund comes 2 to 13 days after its order."""
TEMPLATE_CHANGE_AFTER_US = 20 * 60 * 1_000_000
"""A template changes this long after the first send, two thirds through the sending."""
EXTRA_ORDERS_END_DAYS = 2
"""Orders that a message causes come at least this many days before its outcome window closes, whoever draws it."""


@dataclass(frozen=True, slots=True)
class FixedCost:
    """A cost of a campaign that does not depend on deliveries: kind (content, staff …), amount, words."""

    kind: str
    amount: Decimal
    description: str


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """One send to part of the customers.

    Args:
        hint: by what a message can be led back to the campaign: its callback id, the campaign column, the template.
        day, hour: local day and hour of the first send; sending takes half an hour.
        audience_share: share of the customers with consent who are addressed, hold-out included.
        holdout_share: share of the audience that gets nothing, or None if nobody was held out.
        effect: extra orders per person who got the message, caused by it, within the outcome window.
        cost_per_delivered: what the provider charges for a delivered message; where webhooks tell the messages, the
            account's price list decides.
        window_days: outcome window, from the assignment on.
        read_rate: share of delivered messages that are read, seen by receipt or not.
        click_rate: curious clicks per delivered message; buyers who come through the link anyway are added.
        reply_rate, opt_out_rate: per delivered message.
        coupon: code that the message carries, or None.
        defect: "srm" loses a fifth of the hold-out's assignment rows, "unrated" leaves the cost of messages out.
        template_change: what happens to the template while it is sent, told by webhooks only: "recategorised" from
            utility to marketing, or "paused", so that what fails from then on fails because of it.
    """

    id: str
    name: str
    programme: str
    purpose: Purpose
    day: date
    audience_share: float
    holdout_share: float | None
    effect: float
    cost_per_delivered: Decimal
    template: str
    channel: str = "whatsapp"
    hint: Hint = "callback"
    hour: int = 10
    window_days: int = 14
    read_rate: float = 0.72
    click_rate: float = 0.05
    reply_rate: float = 0.012
    opt_out_rate: float = 0.006
    coupon: str | None = None
    fixed_costs: tuple[FixedCost, ...] = ()
    defect: Defect | None = None
    template_change: TemplateChange | None = None
    funnel_stage: str = "conversion"
    objective: str = "Earn more gross profit than the messages cost"
    primary_kpi: str = "incremental_return"

    def __post_init__(self) -> None:
        shares = {
            "audience_share": self.audience_share,
            "holdout_share": self.holdout_share or 0.0,
            "read_rate": self.read_rate,
            "click_rate": self.click_rate,
            "reply_rate": self.reply_rate,
            "opt_out_rate": self.opt_out_rate,
        }
        for name, value in shares.items():
            _require(0 <= value <= 1, f"{name} {value} of campaign '{self.id}' is not between 0 and 1")
        _require(self.effect >= 0, f"effect {self.effect} of campaign '{self.id}' is negative")
        _require(
            self.window_days > EXTRA_ORDERS_END_DAYS,
            f"the outcome window of campaign '{self.id}' is {self.window_days} days; expected 3 or more",
        )


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """A shop, its demand and its data.

    Args:
        customers: people on the list. first_day, today: the feed covers [first_day, today) in `zone`.
        orders_per_month: expected orders per customer and 30.44 days without any message.
        activity_shape: shape of the gamma distribution of customers' activity (mean 1); small means few buy much.
        basket_log_mean, basket_log_sd: of the log of an order's net amount.
        weekly: relative demand Monday to Sunday. yearly: swing over the year, highest in early December.
        margin: gross profit / net revenue.
        share_consent: customers who may be messaged. share_receipts_off: of customers, whose reads are never seen.
        share_failed, share_lost: of messages, refused with an error code or silently never delivered.
        share_refunded, share_cancelled, share_guests: refunds, cancelled and test orders, orders without identity,
            each per order that stands. Guests are strangers: no customer's order is missing.
        share_duplicates, share_late, share_unhinted: status rows told twice, told much later, messages that name
            neither campaign nor template.
        account: if given, WhatsApp campaigns are told by webhooks of this account and billed by its price list, and
            every message that names its campaign does so by callback id; else they stand in messages.parquet.
    """

    seed: int
    customers: int
    first_day: date
    today: date
    campaigns: tuple[CampaignPlan, ...]
    currency: str = "EUR"
    zone: str = "Europe/Berlin"
    orders_per_month: float = 0.06
    activity_shape: float = 0.8
    basket_log_mean: float = math.log(45) - 0.18
    basket_log_sd: float = 0.6
    weekly: tuple[float, ...] = (0.97, 0.93, 0.93, 0.95, 0.98, 1.02, 1.22)
    yearly: float = 0.2
    margin: Decimal = Decimal("0.40")
    share_consent: float = 0.92
    share_receipts_off: float = 0.18
    share_failed: float = 0.04
    share_lost: float = 0.02
    share_refunded: float = 0.06
    share_cancelled: float = 0.02
    share_guests: float = 0.05
    share_duplicates: float = 0.015
    share_late: float = 0.01
    share_unhinted: float = 0.015
    account: BusinessAccount | None = None

    def __post_init__(self) -> None:
        _require(0 < self.customers <= MOST_CUSTOMERS, f"{self.customers} customers; expected 1 to {MOST_CUSTOMERS:,}")
        ids = [campaign.id for campaign in self.campaigns]
        _require(len(set(ids)) == len(ids), f"campaign ids repeat: {', '.join(ids)}")
        for campaign in self.campaigns:
            _require(
                self.first_day <= campaign.day < self.today,
                f"campaign '{campaign.id}' is sent on {campaign.day}, outside {self.first_day} to {self.today}",
            )

    def by_webhook(self, campaign: CampaignPlan) -> bool:
        """Whether webhooks tell the messages of a campaign."""
        return self.account is not None and campaign.channel == "whatsapp"

    @property
    def delivery_rate(self) -> float:
        """Expected share of messages that are delivered."""
        return 1 - self.share_failed - self.share_lost

    @property
    def basket_mean(self) -> float:
        """Expected net amount of an order, major units."""
        return math.exp(self.basket_log_mean + self.basket_log_sd**2 / 2)

    @property
    def refund_share(self) -> float:
        """Expected share of net revenue that is given back."""
        return self.share_refunded * (FULL_REFUND + (1 - FULL_REFUND) * 0.5)

    @property
    def end_us(self) -> int:
        """Instant at which the feed ends: the start of `today`."""
        return day_start_us(day_number(self.today), zone(self.zone))


def first_send_us(plan: ShopPlan, campaign: CampaignPlan) -> int:
    """Instant of a campaign's first send."""
    return day_start_us(day_number(campaign.day), zone(plan.zone)) + campaign.hour * HOUR_US


def read_out_day(campaign: CampaignPlan) -> date:
    """Planned day of reading the experiment: three days after the outcome window has closed."""
    return campaign.day + timedelta(days=campaign.window_days + 3)


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise UsageError("bad-shop-plan", problem, hint="Correct the plan of the simulated shop.")
