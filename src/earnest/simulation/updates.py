"""What webhooks tell, before it is written: one position an update, integers only.

    batch ─> statuses ┐
             answers  ├─> Updates ─ arrival (wrong order, twice, late) ─> bodies of 1 to 1,000 ─> lines of JSON
             opt-outs ┘

Text is made when a body is written, so that a million pending updates take little memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from earnest.simulation.chance import Ints

SENT, DELIVERED, READ, FAILED, REPLY, BUTTON, INQUIRY, AD_REPLY, STOP = range(9)
"""Kinds: the four statuses, what customers write (in reply, by button, first, from an ad), and a marketing opt-out."""
STATUSES, MESSAGES, PREFERENCES = range(3)
"""Shelves of a body: the array of `value` that a kind stands in."""
SHELF_OF = np.array([STATUSES] * 4 + [MESSAGES] * 4 + [PREFERENCES], dtype=np.int64)

NONE = -1
"""Code of what an update does not have."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a status says of the price."""

    category: str
    type: str


REGULAR, FREE_SERVICE, FREE_ENTRY = "regular", "free_customer_service", "free_entry_point"
TERMS = (
    Terms("marketing", REGULAR),
    Terms("utility", REGULAR),
    Terms("utility", FREE_SERVICE),
    Terms("service", REGULAR),
    Terms("service", FREE_SERVICE),
    Terms("referral_conversion", FREE_ENTRY),
)
MARKETING_CHARGED, UTILITY_CHARGED, UTILITY_FREE, SERVICE_CHARGED, SERVICE_FREE, ENTRY_FREE = range(len(TERMS))

REPLY_SERIES, INQUIRY_SERIES, AD_SERIES, ANSWER_SERIES, AD_ANSWER_SERIES = (
    series * 10**15 for series in (9, 8, 7, 6, 5)
)
"""Added to the number of a campaign message: the customer's messages about it, and the shop's answers to them."""


@dataclass(frozen=True, slots=True)
class Updates:
    """Updates, one array position each; `NONE` is what one does not have.

    Args:
        arrives_us: when the webhook is received. at_us: what it says of when it happened.
        number: place of the sending number in the account. wa_id: the customer, as WhatsApp writes the number.
        message: number of the message, the customer's own one where the customer writes.
        context: number of the message that a reply answers by button.
        label: number of the campaign in the order of sending, which the message carries as callback data.
        terms: index into `TERMS`. error: index into the failures of the channel.
    """

    arrives_us: Ints
    kind: Ints
    at_us: Ints
    number: Ints
    wa_id: Ints
    message: Ints
    context: Ints
    label: Ints
    terms: Ints
    error: Ints

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, places: Ints) -> Updates:
        """The updates at these places."""
        return Updates(*(getattr(self, field.name)[places] for field in fields(self)))

    def arriving(self, at_us: Ints) -> Updates:
        """The same, received at other instants."""
        return Updates(at_us, *(getattr(self, field.name) for field in fields(self)[1:]))


def together(parts: Sequence[Updates]) -> Updates:
    """All updates in one."""
    return Updates(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Updates)))


def updates(kind: int, at_us: Ints, **own: Ints | int) -> Updates:
    """Updates of one kind, received at once; columns not given are `NONE`."""
    columns = {field.name: NONE for field in fields(Updates)} | {"kind": kind, "at_us": at_us, "arrives_us": at_us}
    full = {
        name: np.broadcast_to(np.asarray(value, dtype=np.int64), at_us.shape) for name, value in (columns | own).items()
    }
    return Updates(**full)


NO_UPDATES = updates(SENT, np.empty(0, dtype=np.int64), number=0, wa_id=0, message=0)
