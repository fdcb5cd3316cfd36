"""When a call happened: Segment's rule for senders whose clock is wrong.

    happened = received − (sentAt − timestamp)            a batch says sentAt; the door knows when it received it

Where Segment has corrected the time already (`originalTimestamp` beside `timestamp`), it is taken as told. The clock's
error is rounded to whole minutes: the way of a call over the network is no error, and a batch that is sent again, with a
new sentAt and received later, gets the same times as before.

Source: segment.com/docs/connections/spec/common/#timestamps, read 2026-10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.channels.element import Element, iso_us
from earnest.importers.parsing import EARLIEST_US, LATEST_US

MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """What a body and its door say of time.

    Args:
        received_us: when it came; None for bodies from files. sent_us: when the sender says that it sent it.
    """

    received_us: int | None
    sent_us: int | None

    @classmethod
    def of(cls, payload: dict[str, Any], received: str | None) -> Clock:
        known = int(received) if received and received.isascii() and received.isdigit() and len(received) < 18 else None
        return cls(known, iso_us(payload.get("sentAt")))

    def moment(self, element: Element) -> int:
        """The instant of a call.

        Raises:
            Refusal: `time-missing` where neither the call nor the door says when, `time-unreadable`.
        """
        told = element.time("timestamp")
        original = element.time("originalTimestamp")
        if told is not None and original is not None:
            return told
        told = told if told is not None else original
        if told is None:
            if self.received_us is None:
                raise element.refuse("time-missing", "timestamp")
            return self.received_us
        sent = iso_us(element.item.get("sentAt"))
        us = told + self.late_us(sent if sent is not None else self.sent_us)
        return us if EARLIEST_US <= us < LATEST_US else told

    def late_us(self, sent_us: int | None) -> int:
        """How far the sender's clock is behind ours, in whole minutes; 0 where that cannot be known."""
        if sent_us is None or self.received_us is None:
            return 0
        return (self.received_us - sent_us + MINUTE_US // 2) // MINUTE_US * MINUTE_US
