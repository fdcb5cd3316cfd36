"""Clicks: curiosity, intent and machines. They follow demand more than they cause it.

Active customers click more. Buyers who would have come anyway take the link too, shortly before they order, so that
last-touch attribution claims revenue that no message brought. Previews and bots click what nobody has seen.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from earnest.kernel.period import DAY_US
from earnest.simulation.batch import MESSAGE_PREFIX, MESSAGE_SUFFIX, Batch
from earnest.simulation.chance import SECOND_US, Ints, chosen, stream, whole_seconds
from earnest.simulation.columns import labels, numbered
from earnest.simulation.demand import STRANGER, Purchases
from earnest.simulation.outreach import NEVER, Outreach
from earnest.simulation.people import People
from earnest.simulation.plan import ShopPlan

CLASSES = ("human", "preview", "bot")
CLICK_SCHEMA = pa.schema(
    [("click_id", pa.string()), ("message_id", pa.string()), ("clicked_at", pa.int64()), ("click_class", pa.string())]
)

_ANYWAY_CLICK_SHARE = 0.45
_CAUSED_CLICK_SHARE = 0.5
_ANYWAY_WITHIN_US = 7 * DAY_US

Clicked = tuple[Ints, Ints]
"""(place of the message, instant) of clicks."""


def human_clicks(plan: ShopPlan, batch: Batch, *, base: Purchases, caused: Clicked) -> Clicked:
    """Clicks of people.

    Args:
        base: orders of the block that come anyway; 45 % of those within seven days of a delivery come by its link.
        caused: (message, instant) of the orders that the message causes; half of them come by its link.
    """
    campaign, group, sends = batch.campaign, batch.group, batch.sends
    if not campaign.click_rate or not len(sends):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    rng = stream(plan.seed, f"clicks:{campaign.id}", batch.block)
    eager = campaign.click_rate / max(campaign.read_rate, campaign.click_rate) * (0.5 + 0.5 * group.activity)
    curious = np.flatnonzero((sends.read_us != NEVER) & (rng.random(len(sends)) < eager[sends.treated]))
    curious_at = sends.read_us[curious] + whole_seconds(rng.exponential(180 * SECOND_US, len(curious)))
    anyway = _anyway(base, group, sends)
    message = np.concatenate([anyway[0], caused[0]])
    ordered = np.concatenate([anyway[1], caused[1]])
    share = np.repeat([_ANYWAY_CLICK_SHARE, _CAUSED_CLICK_SHARE], [len(anyway[0]), len(caused[0])])
    by_link = rng.random(len(message)) < share
    message, ordered = message[by_link], ordered[by_link]
    before = whole_seconds(rng.uniform(60, 1500, len(message)) * SECOND_US)
    at = np.maximum(ordered - before, sends.delivered_us[message] + SECOND_US)
    return np.concatenate([curious, message]), np.concatenate([curious_at, at])


def click_rows(plan: ShopPlan, batch: Batch, clicked: Clicked) -> pa.Table:
    """One row a click, of people and machines, as far as the feed goes; machines add about a sixth."""
    rng = stream(plan.seed, f"machines:{batch.campaign.id}", batch.block)
    sends, (message, at) = batch.sends, clicked
    arrived = np.flatnonzero(sends.delivered)
    machine = rng.choice(arrived, len(message) // 6) if len(arrived) else np.empty(0, np.int64)
    machine_at = sends.delivered_us[machine] + rng.integers(1, 4, len(machine)) * SECOND_US
    kind = np.concatenate([np.zeros(len(message), np.int64), 1 + chosen(rng, 0.3, len(machine)).astype(np.int64)])
    message, at = np.concatenate([message, machine]), np.concatenate([at, machine_at])
    order = rng.permutation(np.flatnonzero(at < plan.end_us))
    return pa.table(
        {
            "click_id": numbered("click-", batch.first_click + np.arange(len(order))),
            "message_id": numbered(MESSAGE_PREFIX, batch.message_numbers[message[order]], MESSAGE_SUFFIX),
            "clicked_at": at[order],
            "click_class": labels(kind[order], CLASSES),
        }
    ).cast(CLICK_SCHEMA)


def _anyway(base: Purchases, group: People, sends: Outreach) -> Clicked:
    """(message, instant) of the orders that come anyway, at least ten minutes and at most seven days after delivery."""
    message_of = np.full(len(group) + 1, STRANGER)
    message_of[sends.treated] = np.arange(len(sends))
    message = message_of[base.customer]
    delivered = np.where(message >= 0, sends.delivered_us[message], NEVER)
    waited = base.at_us - np.where(delivered == NEVER, base.at_us, delivered)
    hit = (waited > 600 * SECOND_US) & (waited < _ANYWAY_WITHIN_US)
    return message[hit], base.at_us[hit]
