"""What the provider did, by hand: 1,203 failures, 12 lines of charges of every kind, and bounds of a read rate."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from earnest.kernel.estimate import Estimate
from earnest.verdict.story import CampaignStory, ChargeLine, ChargeMix, FailureLine, FunnelStep, KpiLine

SENT = 42_000
FAILURES = (
    FailureLine("not_on_whatsapp", 746, 746 / SENT, ("131026", "1013", "63003", "63024")),
    FailureLine("capped_by_meta", 301, 301 / SENT, ("131049",)),
    FailureLine("opted_out", 120, 120 / SENT, ("131050", "63014")),
    FailureLine("hidden_experiment", 30, 30 / SENT, ("130472",)),
    FailureLine("unknown", 6, 6 / SENT, ()),
)
"""1,203 of 42,000; 746 are 62.01 % of them."""


def line(market: str | None, category: str | None, *rest: int | str | None) -> ChargeLine:
    """Market, category, tier, reason, messages, amount."""
    tier, reason, messages, amount = rest
    assert tier is None or isinstance(tier, int)
    assert isinstance(messages, int)
    money = None if amount is None else Decimal(str(amount))
    return ChargeLine(category, market, tier, str(reason), messages, money, "USD")


LINES = (
    line("Germany", "marketing", 1, "card", 20_000, "2730"),
    line("Brazil", "utility", 2, "card", 5_000, "32.5"),
    line("Rest of Western Europe", "marketing", 1, "card", 3_000, "177.6"),
    line(None, "marketing", None, "provider-price", 700, "35.1234"),
    line("Germany", "service", 0, "allowance", 1_000, "0"),
    line("Germany", "service", None, "free-customer-service", 9_000, "0"),
    line("Brazil", "referral_conversion", None, "free-entry-point", 2_300, "0"),
    line("India", "utility", 1, "rate-unknown", 40, None),
    line(None, "marketing", None, "market-unknown", 100, None),
    line("India", "marketing", None, "time-out-of-cards", 3, None),
    line("India", None, None, "category-unknown", 1, None),
)
"""28,700 charged ($2,975.2234), 12,300 free, 144 unknown."""

MIX = ChargeMix(28_700, 12_300, 144, LINES)
KNOWN = ChargeMix(28_700, 12_300, 0, LINES[:7])
BOUNDS = KpiLine(
    "adjusted_read_rate", "Read rate, receipts considered", "reads / delivered", "messages delivered", "higher",
    Estimate(0.7, "share", 0.7, 0.9, None, "bounds", 9_500),
)  # fmt: skip
PAID = KpiLine(
    "paid_share", "Paid share", "charged / known", "delivered messages whose charge is known", "context",
    Estimate(0.7, "share", 0.6955, 0.7044, 0.95, "wilson", 41_000),
)  # fmt: skip
FUNNEL = (
    FunnelStep("sent", SENT, None),
    FunnelStep("delivered", 40_000, 40_000 / SENT, "1,203 failed"),
    FunnelStep("read", 28_000, 0.7),
    FunnelStep("clicked", 2_000, None, "5.0% of delivered"),
    FunnelStep("ordered", 300, None, "0.8% of delivered"),
)


def told(story: CampaignStory) -> CampaignStory:
    """The story with all the provider told."""
    return replace(story, failures=FAILURES, charges=MIX, funnel=FUNNEL, kpis=(BOUNDS, PAID, *story.kpis))
