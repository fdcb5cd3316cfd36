"""Path models find scores of channels; their shares are applied to what is attributed, so that nothing is lost."""

from __future__ import annotations

import numpy as np

from earnest.attribution.journeys.journeys import Floats, Ints, Journeys
from earnest.attribution.journeys.model import Credit
from earnest.kernel.estimate import Unavailable


def shared_credit(
    journeys: Journeys,
    scores: Floats,
    *,
    columns: tuple[tuple[str, Floats], ...] = (),
    facts: tuple[tuple[str, float], ...] = (),
) -> Credit | Unavailable:
    """Share the journeys' totals by scores, which may be negative as long as their sum is positive."""
    whole = float(scores.sum())
    if not whole > 0:
        return Unavailable(
            "no-positive-score",
            "the scores of the channels add up to nothing, so there are no shares",
            "Use a rule model: in these journeys no channel goes with conversions more than another.",
        )
    shares = scores / whole
    conversions = shares * int(journeys.conversions.sum())
    if journeys.value is None:
        return Credit(conversions, columns=columns, facts=facts)
    total = journeys.value.sum()
    value = shares * (float(total) / journeys.units)
    exact = _apportioned(int(total), shares) if journeys.exact else None
    return Credit(conversions, value, exact, columns, facts)


def _apportioned(total: int, shares: Floats) -> Ints:
    """Whole units by running shares rounded down; the last running share is the whole, so they add up to it."""
    running = [int(total * float(one)) for one in np.cumsum(shares)]
    running[-1] = total
    return np.array([one - before for one, before in zip(running, [0, *running], strict=False)], np.int64)
