"""Simulate a shop and write its files, block by block of customers: memory follows the block, not the shop."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from earnest.simulation.assignments import ASSIGNMENT_SCHEMA
from earnest.simulation.block import Tally, simulate_block
from earnest.simulation.clicks import CLICK_SCHEMA
from earnest.simulation.days import calendar
from earnest.simulation.definitions import (
    CampaignDefinition,
    ExperimentDefinition,
    campaign_definition,
    experiment_definition,
)
from earnest.simulation.feed import Feed
from earnest.simulation.orders import ORDER_SCHEMA, REFUND_SCHEMA
from earnest.simulation.people import BLOCK, CONTACT_SCHEMA
from earnest.simulation.plan import CampaignPlan, ShopPlan
from earnest.simulation.statuses import MESSAGE_SCHEMA
from earnest.simulation.truth import Truth, expected_lift

_SCHEMAS = {
    "messages": MESSAGE_SCHEMA,
    "orders": ORDER_SCHEMA,
    "refunds": REFUND_SCHEMA,
    "clicks": CLICK_SCHEMA,
    "assignments": ASSIGNMENT_SCHEMA,
    "contacts": CONTACT_SCHEMA,
}
_COST_COLUMNS = (
    *("cost_id", "campaign", "kind", "amount", "currency"),
    *("from", "evidence", "covers_messaging", "description"),
)


@dataclass(frozen=True, slots=True)
class ShopFiles:
    """What was written, what to declare before importing it, and the truth.

    Args:
        rows: file name without ending → rows in it.
        campaigns, experiments: to declare, in the order of sending.
        truth: campaign id → what really happened.
    """

    folder: Path
    messages: Path
    orders: Path
    refunds: Path
    clicks: Path
    assignments: Path
    contacts: Path
    costs: Path
    rows: dict[str, int]
    campaigns: tuple[CampaignDefinition, ...]
    experiments: tuple[ExperimentDefinition, ...]
    truth: dict[str, Truth]


def write(plan: ShopPlan, folder: Path, *, progress: Callable[[int, int], None] | None = None) -> ShopFiles:
    """Simulate `plan` and write its files into `folder`, which is made if missing; the same plan gives equal files.

    Instants are int64 microseconds since 1970 UTC, amounts decimals with two places, message costs with six.

    Args:
        progress: called with (steps done, steps in all) after each step of each block.
    """
    folder.mkdir(parents=True, exist_ok=True)
    campaigns = sorted(plan.campaigns, key=lambda campaign: (campaign.day, campaign.hour, campaign.id))
    tallies = {campaign.id: Tally() for campaign in campaigns}
    days, blocks, done = calendar(plan), -(-plan.customers // BLOCK), 0
    with ExitStack() as stack:
        feeds = {name: stack.enter_context(_feed(plan, folder, name)) for name in _SCHEMAS}
        for block in range(blocks):
            for part in simulate_block(plan, campaigns, block, days=days):
                for name, rows in part.rows.items():
                    feeds[name].write(rows)
                if part.campaign is not None:
                    tallies[part.campaign] += part.tally
                done += 1
                if progress:
                    progress(done, blocks * (len(campaigns) + 1))
    counts = {name: feed.rows for name, feed in feeds.items()}
    counts["costs"] = _write_costs(plan, campaigns, folder / "costs.csv")
    return _files(plan, campaigns, folder, counts=counts, tallies=tallies)


def _feed(plan: ShopPlan, folder: Path, name: str) -> Feed:
    late = plan.share_late if name == "messages" else 0.0
    return Feed(folder / f"{name}.parquet", _SCHEMAS[name], share_late=late)


def _files(
    plan: ShopPlan,
    campaigns: Sequence[CampaignPlan],
    folder: Path,
    *,
    counts: dict[str, int],
    tallies: dict[str, Tally],
) -> ShopFiles:
    experiments = (experiment_definition(campaign) for campaign in campaigns)
    return ShopFiles(
        folder=folder,
        messages=folder / "messages.parquet",
        orders=folder / "orders.parquet",
        refunds=folder / "refunds.parquet",
        clicks=folder / "clicks.parquet",
        assignments=folder / "assignments.parquet",
        contacts=folder / "contacts.parquet",
        costs=folder / "costs.csv",
        rows=counts,
        campaigns=tuple(campaign_definition(campaign) for campaign in campaigns),
        experiments=tuple(experiment for experiment in experiments if experiment),
        truth={campaign.id: _truth(plan, campaign, tallies[campaign.id]) for campaign in campaigns},
    )


def _truth(plan: ShopPlan, campaign: CampaignPlan, tally: Tally) -> Truth:
    fixed = sum((cost.amount for cost in campaign.fixed_costs), Decimal(0))
    return Truth(
        campaign=campaign.id,
        expected_lift_per_assigned=expected_lift(plan, campaign),
        n_treated=tally.treated,
        n_control=tally.control,
        delivered=tally.delivered,
        extra_orders=tally.extra_orders,
        cost=fixed + campaign.cost_per_delivered * tally.delivered,
    )


def _write_costs(plan: ShopPlan, campaigns: Sequence[CampaignPlan], path: Path) -> int:
    """One line a fixed cost, dated on the day of sending; returns their number."""
    lines = [(campaign, cost) for campaign in campaigns for cost in campaign.fixed_costs]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COST_COLUMNS)
        for number, (campaign, cost) in enumerate(lines, start=1):
            what = (f"K{number:04d}", campaign.id, cost.kind, f"{cost.amount:.2f}", plan.currency)
            writer.writerow((*what, campaign.day.isoformat(), "invoiced", "no", cost.description))
    return len(lines)
