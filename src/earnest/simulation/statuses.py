"""Messages as a provider tells them: one row a status, with the dirt that real feeds have.

    rows of a batch → some told twice → cut at the feed's end → shuffled      (late rows: feed.py)

A read may come without its delivery, receipts may be off, the cost stands on two statuses of one message, and some
messages name neither campaign nor template.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earnest.simulation.batch import MESSAGE_PREFIX, MESSAGE_SUFFIX, Batch
from earnest.simulation.chance import SECOND_US, Flags, Ints, chosen, stream
from earnest.simulation.columns import FEE, labels, where
from earnest.simulation.outreach import NEVER
from earnest.simulation.plan import Hint, ShopPlan

STATUSES = ("sent", "delivered", "read", "failed", "replied", "opted_out")
_SENT, _DELIVERED, _READ, _FAILED, _REPLIED, _OPTED_OUT = range(len(STATUSES))

SHARE_DELIVERY_UNTOLD = 0.01
CATEGORIES = {"service": "utility"}

ERRORS: dict[str, tuple[tuple[str, ...], tuple[float, ...]]] = {
    "whatsapp": (("131026", "131049", "131050", "130472", "131047", "131000"), (0.6, 0.2, 0.08, 0.06, 0.02, 0.04)),
    "sms": (("30003", "30005", "30006"), (0.5, 0.35, 0.15)),
}
"""Channel → error codes and their shares (Meta's and Twilio's published codes)."""

MESSAGE_SCHEMA = pa.schema(
    [
        ("message_id", pa.string()),
        ("phone", pa.string()),
        ("status", pa.string()),
        ("occurred_at", pa.int64()),
        ("channel", pa.string()),
        ("callback", pa.string()),
        ("campaign", pa.string()),
        ("template", pa.string()),
        ("category", pa.string()),
        ("cost", FEE),
        ("currency", pa.string()),
        ("error_code", pa.string()),
    ]
)


def status_rows(plan: ShopPlan, batch: Batch) -> pa.Table:
    """All status rows of a batch, in the order in which a disorderly feed tells them."""
    rng = stream(plan.seed, f"statuses:{batch.campaign.id}", batch.block)
    message, status, at = _told(batch, rng)
    again = np.flatnonzero(chosen(rng, plan.share_duplicates, len(message)))
    rows = np.concatenate([np.arange(len(message)), again])
    rows = rng.permutation(rows[at[rows] < plan.end_us])
    message, status, at = message[rows], status[rows], at[rows]
    unhinted = chosen(rng, plan.share_unhinted, len(batch.sends))
    hinted = ~unhinted[message] & (status != _REPLIED)
    return (
        pa.table(
            {
                "message_id": _ids(batch, message, status),
                "phone": batch.group.phones.take(pa.array(batch.sends.treated[message])),
                "status": labels(status, STATUSES),
                "occurred_at": at,
                **_hints(batch, hinted),
                **_charges(plan, batch, status),
                "error_code": _error_codes(batch, message, status, rng),
            }
        )
        .select(MESSAGE_SCHEMA.names)
        .cast(MESSAGE_SCHEMA)
    )


def _told(batch: Batch, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """(message, status, instant) of every status, once."""
    sends = batch.sends
    read_seen = sends.receipt & (sends.read_us != NEVER)
    untold = read_seen & chosen(rng, SHARE_DELIVERY_UNTOLD, len(sends))
    parts: list[tuple[int, Flags, Ints]] = [
        (_SENT, np.ones(len(sends), dtype=np.bool_), sends.sent_us),
        (_DELIVERED, sends.delivered & ~untold, sends.delivered_us),
        (_READ, read_seen, sends.read_us),
        (_FAILED, sends.failed, sends.sent_us + 2 * SECOND_US),
        (_REPLIED, sends.replied_us != NEVER, sends.replied_us),
        (_OPTED_OUT, sends.opted_out_us != NEVER, sends.opted_out_us),
    ]
    places = [np.flatnonzero(mask) for _, mask, _ in parts]
    status = np.repeat([code for code, _, _ in parts], [len(place) for place in places])
    at = np.concatenate([instants[place] for place, (_, _, instants) in zip(places, parts, strict=True)])
    return np.concatenate(places), status, at


def _ids(batch: Batch, message: Ints, status: Ints) -> pa.Array:
    """The message's id; a reply is a message of the customer's and has its own."""
    numbers = pa.array(batch.message_numbers[message]).cast(pa.string())
    prefix = labels((status == _REPLIED).astype(np.int64), (MESSAGE_PREFIX, f"{MESSAGE_PREFIX}IN"))
    return pc.binary_join_element_wise(prefix, numbers, MESSAGE_SUFFIX, "")


def _hints(batch: Batch, hinted: Flags) -> dict[str, pa.Array]:
    """Channel, and by what the message can be led back to its campaign."""
    campaign = batch.campaign

    def named(hint: Hint) -> Flags:
        return hinted & (campaign.hint == hint)

    category = CATEGORIES.get(campaign.purpose, "marketing") if campaign.channel == "whatsapp" else None
    return {
        "channel": pa.repeat(campaign.channel, len(hinted)),
        "callback": where(named("callback"), campaign.id),
        "campaign": where(named("campaign"), campaign.id),
        "template": where(hinted, campaign.template),
        "category": pa.repeat(pa.scalar(category, pa.string()), len(hinted)),
    }


def _charges(plan: ShopPlan, batch: Batch, status: Ints) -> dict[str, pa.Array]:
    """The provider's charge, told with the delivery and again with the read; nothing where messages stay unrated."""
    charged = ((status == _DELIVERED) | (status == _READ)) & (batch.campaign.defect != "unrated")
    return {
        "cost": where(charged, batch.campaign.cost_per_delivered, FEE),
        "currency": where(charged, plan.currency),
    }


def _error_codes(batch: Batch, message: Ints, status: Ints, rng: np.random.Generator) -> pa.Array:
    codes, shares = ERRORS[batch.campaign.channel]
    of_message = rng.choice(len(codes), len(batch.sends), p=shares)
    return labels(np.where(status == _FAILED, of_message[message], len(codes)), (*codes, None))
