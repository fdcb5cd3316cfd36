"""A batch told by webhooks: what its customers, its provider and the shop's answers make known, and what is billed."""

from __future__ import annotations

from earnest.simulation.arrival import received
from earnest.simulation.batch import Batch
from earnest.simulation.chance import stream
from earnest.simulation.conversations import answers
from earnest.simulation.days import Calendar
from earnest.simulation.invoice import Delivered, delivered
from earnest.simulation.plan import ShopPlan
from earnest.simulation.updates import Updates, together
from earnest.simulation.webhook_statuses import customer_updates, status_updates, told


def told_by_webhook(plan: ShopPlan, batch: Batch, days: Calendar) -> tuple[Updates, Delivered]:
    """All updates of a batch in the order of receipt, and its deliveries for the invoice."""
    about = told(plan, batch)
    answered, conversation = answers(plan, batch)
    rng = stream(plan.seed, f"arrival:{batch.campaign.id}", batch.block)
    everything = together([status_updates(plan, batch, about), customer_updates(plan, batch, about), conversation])
    return received(plan, everything, rng), delivered(plan, batch, days, about=about, answered=answered)
