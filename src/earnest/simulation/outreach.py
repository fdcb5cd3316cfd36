"""One campaign in one block: who is held out, what becomes of each message, which orders it causes.

consent, not opted out → audience → treatment | control → sent → delivered → read
                                                                   └→ extra orders, inside the window
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earnest.kernel.period import DAY_US, HOUR_US
from earnest.simulation.chance import SECOND_US, Flags, Ints, chosen, stream, whole_seconds
from earnest.simulation.people import BLOCK, People
from earnest.simulation.plan import EXTRA_ORDERS_END_DAYS, CampaignPlan, ShopPlan, first_send_us

NEVER = np.iinfo(np.int64).max
"""Instant of what did not happen."""

CHANNELS_WITH_RECEIPTS = ("whatsapp",)

_DECIDING_DAYS = 2.0
_DELIVERED_WITHIN_US = 12 * HOUR_US
_READ_WITHIN_US = 6 * DAY_US


@dataclass(frozen=True, slots=True)
class Outreach:
    """What one campaign did in one block. Instants are microseconds; `NEVER` is what did not happen.

    Args:
        treated, control: places of the people in the block; one message per treated person, in the same order.
        assigned_us: instant of assignment, two hours before the first send.
        read_us: when it was read, whether or not a receipt tells. receipt: whether one does.
        failed: refused by the provider with an error code.
    """

    treated: Ints
    control: Ints
    assigned_us: int
    sent_us: Ints
    delivered_us: Ints
    read_us: Ints
    receipt: Flags
    failed: Flags
    replied_us: Ints
    opted_out_us: Ints

    def __len__(self) -> int:
        return len(self.treated)

    @property
    def delivered(self) -> Flags:
        """Whether each message arrived."""
        return np.asarray(self.delivered_us != NEVER)


def reach(plan: ShopPlan, campaign: CampaignPlan, group: People, opted_out_us: Ints) -> Outreach:
    """Assign the audience and send.

    Args:
        opted_out_us: when each person of the block has opted out; who had by the assignment is not addressed,
            except by service messages.
    """
    rng = stream(plan.seed, f"campaign:{campaign.id}", group.first // BLOCK)
    first_send = first_send_us(plan, campaign)
    assigned_us = first_send - 2 * HOUR_US
    reachable = group.consent & ((opted_out_us > assigned_us) | (campaign.purpose == "service"))
    audience = np.flatnonzero(reachable & chosen(rng, campaign.audience_share, len(group)))
    held_out = chosen(rng, campaign.holdout_share or 0.0, len(audience))
    treated = audience[~held_out]
    count = len(treated)
    sent = first_send + whole_seconds(rng.uniform(0, 1800 * SECOND_US, count))
    fate = rng.random(count)
    delivered = np.where(fate < plan.delivery_rate, sent + _delivery_spans(count, rng), NEVER)
    arrived = delivered != NEVER
    read_spans = np.minimum(rng.lognormal(np.log(25 * 60), 1.7, count) * SECOND_US, _READ_WITHIN_US)
    read = _later(delivered, arrived & chosen(rng, campaign.read_rate, count), whole_seconds(read_spans) + SECOND_US)
    return Outreach(
        treated=treated,
        control=audience[held_out],
        assigned_us=assigned_us,
        sent_us=sent,
        delivered_us=delivered,
        read_us=read,
        receipt=~group.receipts_off[treated] & (campaign.channel in CHANNELS_WITH_RECEIPTS),
        failed=fate >= 1 - plan.share_failed,
        replied_us=_answers(delivered, campaign.reply_rate, rng),
        opted_out_us=_answers(delivered, campaign.opt_out_rate, rng),
    )


def caused_orders(plan: ShopPlan, campaign: CampaignPlan, group: People, sends: Outreach) -> tuple[Ints, Ints]:
    """Orders that would not have come without the message: (place of the message, instant).

    Their number per delivered message is Poisson with mean `effect`, the same for everyone; each comes after the
    delivery and at least `EXTRA_ORDERS_END_DAYS` before the outcome window closes, most within two days.
    """
    rng = stream(plan.seed, f"effect:{campaign.id}", group.first // BLOCK)
    number = np.where(sends.delivered, rng.poisson(campaign.effect, len(sends)), 0)
    message = np.repeat(np.arange(len(sends)), number)
    start = sends.delivered_us[message] + 60 * SECOND_US
    close = sends.assigned_us + (campaign.window_days - EXTRA_ORDERS_END_DAYS) * DAY_US
    room = 1 - np.exp(-(close - start) / (_DECIDING_DAYS * DAY_US))
    waited = -np.log1p(-rng.random(len(message)) * room) * _DECIDING_DAYS * DAY_US
    return message, start + whole_seconds(waited)


def _delivery_spans(count: int, rng: np.random.Generator) -> Ints:
    """Seconds mostly; hours for the twelfth whose phone is off."""
    quick = rng.lognormal(np.log(4), 1.0, count) * SECOND_US
    slow = rng.uniform(HOUR_US, _DELIVERED_WITHIN_US, count)
    return whole_seconds(np.where(chosen(rng, 1 / 12, count), slow, np.minimum(quick, _DELIVERED_WITHIN_US)))


def _answers(delivered: Ints, rate: float, rng: np.random.Generator) -> Ints:
    spans = whole_seconds(rng.uniform(60, 20 * 3600, len(delivered)) * SECOND_US)
    return _later(delivered, (delivered != NEVER) & chosen(rng, rate, len(delivered)), spans)


def _later(start: Ints, happens: Flags, spans: Ints) -> Ints:
    """start + span where it happens, else NEVER (without overflow on the way)."""
    return np.where(happens, np.where(happens, start, 0) + spans, NEVER)
