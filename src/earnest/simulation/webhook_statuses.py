"""A campaign's messages as webhooks tell them: statuses, the terms they are charged by, and answers of customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earnest.kernel.period import HOUR_US
from earnest.simulation import updates as wire
from earnest.simulation.account import HOME_COUNTRIES, SERVICE_CHARGED_FROM
from earnest.simulation.batch import Batch
from earnest.simulation.chance import SECOND_US, Flags, Ints, chosen, stream
from earnest.simulation.days import start_of
from earnest.simulation.outreach import NEVER
from earnest.simulation.people import COUNTRIES, wa_ids
from earnest.simulation.plan import TEMPLATE_CHANGE_AFTER_US, ShopPlan, first_send_us
from earnest.simulation.statuses import ERRORS, SHARE_DELIVERY_UNTOLD
from earnest.simulation.updates import NONE, Updates, together, updates

FAILURES = (*ERRORS["whatsapp"][0], "132015")
"""Error codes, `Updates.error` being the place; the last is a paused template's."""

EARLIEST_BEFORE_US = 24 * HOUR_US
"""No update of a campaign comes earlier than this before its first send."""

_SHARE_WINDOW_OPEN = 0.06
_SHARE_BY_BUTTON = 0.4
_HOME = np.array([country in HOME_COUNTRIES for country in COUNTRIES])


@dataclass(frozen=True, slots=True)
class Told:
    """The messages of a batch, as the provider handles them.

    Args:
        number: sending number of each. wa_id: its recipient. terms: index into `TERMS`.
        window_open: the customer had written within the day before.
    """

    number: Ints
    wa_id: Ints
    terms: Ints
    window_open: Flags


def told(plan: ShopPlan, batch: Batch) -> Told:
    """Sender, recipient and terms of each message of a batch."""
    sends, campaign = batch.sends, batch.campaign
    rng = stream(plan.seed, f"terms:{campaign.id}", batch.block)
    utility = np.full(len(sends), campaign.purpose == "service")
    window_open = utility & chosen(rng, _SHARE_WINDOW_OPEN, len(sends))
    if campaign.template_change == "recategorised":
        utility &= sends.sent_us < first_send_us(plan, campaign) + TEMPLATE_CHANGE_AFTER_US
    free = utility & window_open & (sends.sent_us < start_of(plan, SERVICE_CHARGED_FROM))
    charged = np.where(utility, wire.UTILITY_CHARGED, wire.MARKETING_CHARGED)
    return Told(
        number=sending_number(batch, sends.treated),
        wa_id=wa_ids(batch.group, sends.treated),
        terms=np.where(free, wire.UTILITY_FREE, charged),
        window_open=window_open,
    )


def sending_number(batch: Batch, customer: Ints) -> Ints:
    """Place of the number that each customer hears from."""
    return np.where(_HOME[batch.group.country[customer]], 0, 1)


def status_updates(plan: ShopPlan, batch: Batch, about: Told) -> Updates:
    """Every status once: the price on `sent` and on one of delivered and read, a delivery at times left out.

    WhatsApp leaves out a delivery where the chat is open, so that such a message is read as it arrives.
    """
    sends = batch.sends
    rng = stream(plan.seed, f"webhooks:{batch.campaign.id}", batch.block)
    seen = sends.receipt & (sends.read_us != NEVER)
    open_chat = seen & chosen(rng, SHARE_DELIVERY_UNTOLD, len(sends))
    priced = batch.campaign.defect != "unrated"
    told_terms = about.terms if priced else np.full(len(sends), NONE)
    nothing = np.full(len(sends), NONE)
    unhinted = chosen(rng, plan.share_unhinted, len(sends))
    label = np.where(unhinted, NONE, batch.number)
    error = _errors(plan, batch, rng)
    parts: list[tuple[int, Flags, Ints, Ints, Ints]] = [
        (wire.SENT, np.ones(len(sends), dtype=np.bool_), sends.sent_us, told_terms, nothing),
        (wire.DELIVERED, sends.delivered & ~open_chat, sends.delivered_us, told_terms, nothing),
        (
            wire.READ,
            seen,
            np.where(open_chat, sends.delivered_us, sends.read_us),
            np.where(open_chat, told_terms, NONE),
            nothing,
        ),
        (wire.FAILED, sends.failed, sends.sent_us + 2 * SECOND_US, nothing, error),
    ]
    return together([_rows(batch, about, part, label=label) for part in parts])


def _rows(batch: Batch, about: Told, part: tuple[int, Flags, Ints, Ints, Ints], *, label: Ints) -> Updates:
    kind, happens, at_us, terms, error = part
    place = np.flatnonzero(happens)
    return updates(
        kind,
        at_us[place],
        number=about.number[place],
        wa_id=about.wa_id[place],
        message=batch.message_numbers[place],
        label=label[place],
        terms=terms[place],
        error=error[place],
    )


def _errors(plan: ShopPlan, batch: Batch, rng: np.random.Generator) -> Ints:
    """Why each message would fail; once its template is paused, because of that."""
    codes, shares = ERRORS["whatsapp"]
    error = np.asarray(rng.choice(len(codes), len(batch.sends), p=shares), dtype=np.int64)
    if batch.campaign.template_change != "paused":
        return error
    paused_us = first_send_us(plan, batch.campaign) + TEMPLATE_CHANGE_AFTER_US
    return np.where(batch.sends.sent_us >= paused_us, len(codes), error)


def customer_updates(plan: ShopPlan, batch: Batch, about: Told) -> Updates:
    """What customers send back: replies by text and by button, questions before a message, opt-outs of marketing."""
    sends = batch.sends
    rng = stream(plan.seed, f"incoming:{batch.campaign.id}", batch.block)
    by_button = chosen(rng, _SHARE_BY_BUTTON, len(sends))
    asked_us = sends.sent_us - rng.integers(300, 20 * 3600, len(sends)) * SECOND_US
    replied = sends.replied_us != NEVER
    series = wire.REPLY_SERIES
    parts = [
        (wire.REPLY, replied & ~by_button, sends.replied_us, series),
        (wire.BUTTON, replied & by_button, sends.replied_us, series),
        (wire.INQUIRY, about.window_open, asked_us, wire.INQUIRY_SERIES),
        (wire.STOP, sends.opted_out_us != NEVER, sends.opted_out_us, 0),
    ]
    made = []
    for kind, happens, at_us, own in parts:
        place = np.flatnonzero(happens)
        message = batch.message_numbers[place]
        made.append(
            updates(
                kind,
                at_us[place],
                number=about.number[place],
                wa_id=about.wa_id[place],
                message=message + own,
                context=message if kind == wire.BUTTON else NONE,
            )
        )
    return together(made)
