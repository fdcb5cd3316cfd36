"""Simulate a shop and write its files, block by block of customers: memory follows the block, not the shop."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from earnest.simulation.assignments import ASSIGNMENT_SCHEMA
from earnest.simulation.block import WHATSAPP_CLICKS, Part, Tally, simulate_block
from earnest.simulation.chance import stream
from earnest.simulation.clicks import CLICK_SCHEMA
from earnest.simulation.days import calendar
from earnest.simulation.definitions import (
    CampaignDefinition,
    ExperimentDefinition,
    campaign_definition,
    experiment_definition,
)
from earnest.simulation.feed import Feed
from earnest.simulation.invoice import NOTHING_DELIVERED, Delivered, Invoice, invoice
from earnest.simulation.notices import notices
from earnest.simulation.orders import ORDER_SCHEMA, REFUND_SCHEMA
from earnest.simulation.people import BLOCK, CONTACT_SCHEMA
from earnest.simulation.plan import CampaignPlan, ShopPlan
from earnest.simulation.statuses import MESSAGE_SCHEMA
from earnest.simulation.truth import Truth, expected_lift
from earnest.simulation.webhook_file import WebhookFile

_SCHEMAS = {
    "messages": MESSAGE_SCHEMA,
    "orders": ORDER_SCHEMA,
    "refunds": REFUND_SCHEMA,
    "clicks": CLICK_SCHEMA,
    WHATSAPP_CLICKS: CLICK_SCHEMA,
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
        whatsapp: files of webhook bodies, if webhooks tell the WhatsApp messages.
        whatsapp_clicks: clicks on links of those messages, whose ids are WhatsApp's own; else they stand in `clicks`.
        rows: file name without ending → rows in it; "whatsapp" counts updates, "whatsapp-bodies" bodies.
        campaigns, experiments: to declare, in the order of sending.
        truth: campaign id → what really happened.
        invoice: what the provider bills for the messages that webhooks tell.
    """

    folder: Path
    messages: Path
    orders: Path
    refunds: Path
    clicks: Path
    assignments: Path
    contacts: Path
    costs: Path
    whatsapp: tuple[Path, ...]
    whatsapp_clicks: Path | None
    rows: dict[str, int]
    campaigns: tuple[CampaignDefinition, ...]
    experiments: tuple[ExperimentDefinition, ...]
    truth: dict[str, Truth]
    invoice: Invoice | None


def write(plan: ShopPlan, folder: Path, *, progress: Callable[[int, int], None] | None = None) -> ShopFiles:
    """Simulate `plan` and write its files into `folder`, which is made if missing; the same plan gives equal files.

    Instants are int64 microseconds since 1970 UTC, amounts decimals with two places, message costs with six.

    Args:
        progress: called with (steps done, steps in all) after each step of each block.
    """
    folder.mkdir(parents=True, exist_ok=True)
    campaigns = sorted(plan.campaigns, key=lambda campaign: (campaign.day, campaign.hour, campaign.id))
    made = _Made({campaign.id: Tally() for campaign in campaigns}, [], Counter(), NOTHING_DELIVERED)
    days, blocks, done = calendar(plan), -(-plan.customers // BLOCK), 0
    with ExitStack() as stack:
        feeds = {name: stack.enter_context(_feed(plan, folder, name)) for name in _written(plan)}
        for block in range(blocks):
            with _webhook_file(plan, campaigns, folder, block=block) as webhooks:
                for part in simulate_block(plan, campaigns, block, days=days):
                    for name, rows in part.rows.items():
                        feeds[name].write(rows)
                    if webhooks:
                        webhooks.add(part.told, until_us=part.until_us)
                    made.add(part)
                    done += 1
                    if progress:
                        progress(done, blocks * (len(campaigns) + 1))
            made.close(webhooks)
    made.rows.update({name: feed.rows for name, feed in feeds.items()})
    made.rows["costs"] = _write_costs(plan, campaigns, folder / "costs.csv")
    return _files(plan, campaigns, folder, made=made)


@dataclass(slots=True)
class _Made:
    """What has been written so far."""

    tallies: dict[str, Tally]
    whatsapp: list[Path]
    rows: Counter[str]
    delivered: Delivered

    def add(self, part: Part) -> None:
        if part.campaign is not None:
            self.tallies[part.campaign] += part.tally
        self.delivered += part.delivered

    def close(self, webhooks: WebhookFile | None) -> None:
        if webhooks:
            self.whatsapp.append(webhooks.path)
            self.rows.update({"whatsapp": webhooks.updates, "whatsapp-bodies": webhooks.bodies})


def _webhook_file(
    plan: ShopPlan, campaigns: Sequence[CampaignPlan], folder: Path, *, block: int
) -> AbstractContextManager[WebhookFile | None]:
    """The block's file of webhook bodies; the first block's tells of templates and numbers too."""
    if plan.account is None:
        return nullcontext()
    return WebhookFile(
        folder / f"whatsapp-{block + 1:03}.jsonl.gz",
        plan.account,
        labels=[campaign.id for campaign in campaigns],
        notices=notices(plan, campaigns) if block == 0 else (),
        rng=stream(plan.seed, "bodies", block),
    )


def _written(plan: ShopPlan) -> list[str]:
    """The Parquet files of a plan."""
    return [name for name in _SCHEMAS if plan.account or name != WHATSAPP_CLICKS]


def _feed(plan: ShopPlan, folder: Path, name: str) -> Feed:
    late = plan.share_late if name == "messages" else 0.0
    return Feed(folder / f"{name}.parquet", _SCHEMAS[name], share_late=late)


def _files(
    plan: ShopPlan,
    campaigns: Sequence[CampaignPlan],
    folder: Path,
    *,
    made: _Made,
) -> ShopFiles:
    bill = invoice(plan, calendar(plan), made.delivered) if plan.account else None
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
        whatsapp=tuple(made.whatsapp),
        whatsapp_clicks=folder / f"{WHATSAPP_CLICKS}.parquet" if plan.account else None,
        rows=dict(made.rows),
        campaigns=tuple(campaign_definition(plan, campaign) for campaign in campaigns),
        experiments=tuple(experiment for experiment in experiments if experiment),
        truth={campaign.id: _truth(plan, campaign, made.tallies[campaign.id], bill) for campaign in campaigns},
        invoice=bill,
    )


def _truth(plan: ShopPlan, campaign: CampaignPlan, tally: Tally, bill: Invoice | None) -> Truth:
    fixed = sum((cost.amount for cost in campaign.fixed_costs), Decimal(0))
    fees = campaign.cost_per_delivered * tally.delivered
    if bill is not None and plan.by_webhook(campaign):
        fees = bill.by_campaign.get(campaign.id, Decimal(0))
    return Truth(
        campaign=campaign.id,
        expected_lift_per_assigned=expected_lift(plan, campaign),
        n_treated=tally.treated,
        n_control=tally.control,
        delivered=tally.delivered,
        extra_orders=tally.extra_orders,
        cost=fixed + fees,
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
