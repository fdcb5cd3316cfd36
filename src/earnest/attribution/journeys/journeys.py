"""Journeys as arrays: the touches of all journeys one after another, and what each journey came to.

    items    0 2 2 | 1 | 0 1        channel of each touch, in order
    offsets  0       3   4     6    where each journey begins; the last is their end

A row may stand for several equal journeys: `conversions` of them converted, `nulls` did not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Journeys:
    """Journeys of at least one touch each.

    Args:
        channels: names; `items` index them.
        items: channel of every touch, journey after journey, oldest first.
        offsets: where each journey begins in `items`, and the end: one more than there are journeys.
        conversions: per journey (or row of equal journeys), how many converted.
        nulls: how many did not; None where the source tells of converting journeys alone.
        value: what the conversions of a journey are worth: whole units of 1/`units` major units where exact, else floats
            in major units; None where the source tells none.
        units: units of `value` in one major unit: 100 for cents, 1,000,000 for micro units, 1 for floats.
        currency: ISO code, or None where value is just a number.
        age_us: µs from each touch to the conversion of its journey (0 in journeys without one), or None.
        milestone: per touch 1 for a lead (opt-in, first reply), 2 for an opportunity, 0 for neither; None if not told.
        unattributed: conversions without a touch. unattributed_value: what they are worth, as `value`.

    Shapes:
        items, age_us, milestone (touches,) · offsets (journeys + 1,) · conversions, nulls, value (journeys,)
    """

    channels: tuple[str, ...]
    items: Codes
    offsets: Ints
    conversions: Ints
    nulls: Ints | None = None
    value: Ints | Floats | None = None
    units: int = 1
    currency: str | None = None
    age_us: Ints | None = None
    milestone: npt.NDArray[np.int8] | None = None
    unattributed: int = 0
    unattributed_value: int | float = 0

    def __post_init__(self) -> None:
        assert len(self.offsets) == len(self.conversions) + 1
        assert not len(self.items) or int(np.diff(self.offsets).min()) > 0, "every journey has a touch"
        assert int(self.offsets[-1]) == len(self.items)

    @property
    def count(self) -> int:
        """Rows: journeys, or groups of equal ones."""
        return len(self.conversions)

    @property
    def first(self) -> Ints:
        """Place of each journey's first touch."""
        return self.offsets[:-1]

    @property
    def last(self) -> Ints:
        """Place of each journey's last touch."""
        return self.offsets[1:] - 1

    @property
    def lengths(self) -> Ints:
        """Touches of each journey."""
        return np.diff(self.offsets)

    @property
    def totals(self) -> Ints:
        """Journeys each row stands for."""
        return self.conversions if self.nulls is None else self.conversions + self.nulls

    @property
    def exact(self) -> bool:
        """Whether value is held in whole units."""
        return self.value is not None and self.value.dtype.kind == "i"

    def owners(self) -> Ints:
        """The journey of each touch."""
        return np.repeat(np.arange(self.count, dtype=np.int64), self.lengths)

    def converting(self) -> Journeys:
        """The journeys that converted, without those that did not."""
        return replace(self._where(self.conversions > 0), nulls=None)

    def present(self) -> Journeys:
        """Without rows that stand for no journey."""
        totals = self.totals
        return self if not self.count or int(totals.min()) > 0 else self._where(totals > 0)

    def _where(self, kept: npt.NDArray[np.bool_]) -> Journeys:
        if bool(kept.all()):
            return self
        touches, lengths = np.repeat(kept, self.lengths), self.lengths[kept]
        offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))

        def of(column: Any, mask: npt.NDArray[np.bool_]) -> Any:
            return None if column is None else column[mask]

        return replace(
            self,
            items=self.items[touches],
            offsets=offsets,
            conversions=self.conversions[kept],
            nulls=of(self.nulls, kept),
            value=of(self.value, kept),
            age_us=of(self.age_us, touches),
            milestone=of(self.milestone, touches),
        )


def of_columns(
    journey: npt.ArrayLike,
    channel: npt.ArrayLike,
    channels: Sequence[str],
    *,
    conversions: npt.ArrayLike,
    nulls: npt.ArrayLike | None = None,
    value: npt.ArrayLike | None = None,
    units: int = 1,
    currency: str | None = None,
    ages: npt.ArrayLike | None = None,
    milestone: npt.ArrayLike | None = None,
    unattributed: tuple[int, int | float] = (0, 0),
) -> Journeys:
    """Journeys from columns with one row a touch, in the order of the touches.

    Touches that stand in the order of their journeys are not sorted again.

    Args:
        journey: number of the journey each touch belongs to: 0 to journeys − 1, each with at least one touch.
        channel: index into `channels`, per touch.
        conversions, nulls, value: per journey. units, currency, milestone: see `Journeys`.
        ages: µs from each touch to its journey's conversion.
        unattributed: conversions without a touch, and what they are worth as `value`.
    """
    owner, items = np.asarray(journey), np.asarray(channel, np.int32)
    aged = None if ages is None else np.asarray(ages, np.int64)
    marks = None if milestone is None else np.asarray(milestone, np.int8)
    if len(owner) > 1 and bool((owner[1:] < owner[:-1]).any()):
        order = np.argsort(owner, kind="stable")
        items = items[order]
        aged = None if aged is None else aged[order]
        marks = None if marks is None else marks[order]
    converted = np.asarray(conversions, np.int64)
    lengths = np.bincount(owner, minlength=len(converted))
    worth = None if value is None else np.asarray(value)
    return Journeys(
        channels=tuple(channels),
        items=items,
        offsets=np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths))),
        conversions=converted,
        nulls=None if nulls is None else np.asarray(nulls, np.int64),
        value=worth if worth is None or worth.dtype.kind == "f" else worth.astype(np.int64, copy=False),
        units=units,
        currency=currency,
        age_us=aged,
        milestone=marks,
        unattributed=unattributed[0],
        unattributed_value=unattributed[1],
    )
