"""A daily series: what was counted on each business day, and of how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Family = Literal["count", "share", "mean"]
"""How a day's number varies: a count around its rate, events of trials around their share, an average around its level."""

WEEK = 7


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One number a day, on consecutive business days.

    Args:
        first_day: day number of the first entry.
        events: counts; of a share its numerator; of a mean the sum over its units.
        trials: denominators; of a count 1 on every day that is known. A day with 0 has no figure.
        special: days on which it is other than usual whatever happens, and so neither tested nor learnt from.

    Shapes: events, trials, special (days,).
    """

    family: Family
    first_day: int
    events: NDArray[np.float64]
    trials: NDArray[np.float64]
    special: NDArray[np.bool_]

    def __post_init__(self) -> None:
        assert self.events.shape == self.trials.shape == self.special.shape

    def __len__(self) -> int:
        return int(self.events.size)

    @property
    def usual(self) -> NDArray[np.bool_]:
        """Days that have a figure and are not special."""
        return (self.trials > 0) & ~self.special

    def value(self, place: int) -> float | None:
        """The day's figure: the count, the share, the mean; None where there is none."""
        trials = float(self.trials[place])
        if trials <= 0:
            return None
        return float(self.events[place]) if self.family == "count" else float(self.events[place]) / trials
