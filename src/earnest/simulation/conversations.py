"""Service conversations: the shop answers who writes, and who comes from an ad is answered for free.

An answer is no template: free while the customer service window alone decides, charged by the provider from October
2026 on, but for the first thousand of a number and month. Its seconds tell its country (second modulo 16), so that no
two answers of different price are delivered at one instant and the thousandth is the same for whoever counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from earnest.kernel.period import HOUR_US
from earnest.simulation import updates as wire
from earnest.simulation.account import SERVICE_CHARGED_FROM
from earnest.simulation.batch import MESSAGES_PER_CAMPAIGN, Batch
from earnest.simulation.chance import SECOND_US, Flags, Ints, chosen, stream
from earnest.simulation.days import start_of
from earnest.simulation.outreach import NEVER
from earnest.simulation.people import wa_ids
from earnest.simulation.plan import ShopPlan
from earnest.simulation.updates import Updates, together, updates
from earnest.simulation.webhook_statuses import sending_number

_SHARE_ANSWERED = 0.7
_SHARE_ANSWER_READ = 0.8
_SHARE_FROM_AD = 0.001
_MODULUS = 16


@dataclass(frozen=True, slots=True)
class Answers:
    """Messages without template that the shop sends, one array position each.

    Args:
        customer: place of the customer in the block. message: number of the message.
        sent_us, delivered_us: all of them arrive, within seconds. terms: index into `TERMS`.
    """

    customer: Ints
    message: Ints
    sent_us: Ints
    delivered_us: Ints
    terms: Ints


def answers(plan: ShopPlan, batch: Batch) -> tuple[Answers, Updates]:
    """The shop's answers to a batch's replies and to people from ads, and the updates that tell of both."""
    rng = stream(plan.seed, f"answers:{batch.campaign.id}", batch.block)
    group, sends = batch.group, batch.sends
    answered = np.flatnonzero((sends.replied_us != NEVER) & chosen(rng, _SHARE_ANSWERED, len(sends)))
    to_reply = _answers(batch, sends.treated[answered], sends.replied_us[answered], rng=rng, series=wire.ANSWER_SERIES)
    to_reply = replace(
        to_reply,
        terms=np.where(
            to_reply.sent_us < start_of(plan, SERVICE_CHARGED_FROM), wire.SERVICE_FREE, wire.SERVICE_CHARGED
        ),
    )
    visitor = np.flatnonzero(group.consent & chosen(rng, _SHARE_FROM_AD, len(group)))
    came_us = sends.assigned_us + 6 * HOUR_US + rng.integers(0, 86_400, len(visitor)) * SECOND_US
    to_visitor = _answers(batch, visitor, came_us, rng=rng, series=wire.AD_ANSWER_SERIES)
    from_ad = updates(
        wire.AD_REPLY,
        came_us,
        number=sending_number(batch, visitor),
        wa_id=wa_ids(group, visitor),
        message=to_visitor.message - wire.AD_ANSWER_SERIES + wire.AD_SERIES,
    )
    both = _both(to_reply, to_visitor)
    return both, together([from_ad, _statuses(batch, both, chosen(rng, _SHARE_ANSWER_READ, len(both.customer)))])


def _answers(batch: Batch, customer: Ints, asked_us: Ints, *, rng: np.random.Generator, series: int) -> Answers:
    """Answers within the hour, at the seconds of the customer's country; free as in a free entry point."""
    sent = asked_us + rng.integers(60, 3600, len(customer)) * SECOND_US
    turn = _MODULUS * SECOND_US
    delivered = (sent // turn + 1) * turn + batch.group.country[customer] * SECOND_US
    number = (batch.number + 1) * MESSAGES_PER_CAMPAIGN + batch.group.first + customer
    return Answers(customer, number + series, sent, delivered, np.full(len(customer), wire.ENTRY_FREE))


def _both(one: Answers, other: Answers) -> Answers:
    return Answers(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in Answers.__slots__))


def _statuses(batch: Batch, made: Answers, read: Flags) -> Updates:
    """Sent, delivered and read of answers; they carry no callback data, as nobody's campaign sent them."""
    read = read & ~batch.group.receipts_off[made.customer]
    parts = [
        (wire.SENT, np.arange(len(made.customer)), made.sent_us, made.terms),
        (wire.DELIVERED, np.arange(len(made.customer)), made.delivered_us, made.terms),
        (wire.READ, np.flatnonzero(read), made.delivered_us + 40 * SECOND_US, np.full(len(read), wire.NONE)),
    ]
    customer = made.customer
    return together(
        [
            updates(
                kind,
                at_us[place],
                number=sending_number(batch, customer[place]),
                wa_id=wa_ids(batch.group, customer[place]),
                message=made.message[place],
                terms=terms[place],
            )
            for kind, place, at_us, terms in parts
        ]
    )
