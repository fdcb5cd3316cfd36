"""Random journeys for tests, from a seed."""

from __future__ import annotations

import numpy as np

from earnest.attribution.journeys.journeys import Journeys, of_columns
from earnest.kernel.period import DAY_US


def random_journeys(seed: int, *, journeys: int = 60, channels: int = 5, longest: int = 9) -> Journeys:
    """Journeys with money (of either sign), nulls, times and milestones; the last channels may never touch."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, longest + 1, journeys)
    touches = int(lengths.sum())
    conversions = rng.integers(0, 4, journeys)
    conversions[0] = 1
    return of_columns(
        np.repeat(np.arange(journeys), lengths),
        rng.integers(0, channels, touches),
        [f"c{number:02}" for number in range(channels)],
        conversions=conversions,
        nulls=rng.integers(0, 5, journeys),
        value=np.where(conversions > 0, rng.integers(-5_000, 90_000, journeys), 0),
        units=100,
        currency="EUR",
        ages=rng.integers(0, 30 * DAY_US, touches),
        milestone=rng.integers(0, 3, touches),
        unattributed=(3, 12_345),
    )
