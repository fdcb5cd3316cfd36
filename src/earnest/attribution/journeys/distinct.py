"""The touches with which channels enter their journeys: the first of each channel."""

from __future__ import annotations

import numpy as np

from earnest.attribution.journeys.journeys import Ints, Journeys

_PAIRWISE_TOUCHES = 12


def distinct_touches(journeys: Journeys) -> Ints:
    """Places in `items` where a channel is met for the first time in its journey, in order.

    Short journeys, which are nearly all, are compared touch by touch; long ones are sorted.
    """
    new = np.ones(len(journeys.items), np.bool_)
    lengths = journeys.lengths
    short = np.flatnonzero((lengths > 1) & (lengths <= _PAIRWISE_TOUCHES))
    for later in range(1, _PAIRWISE_TOUCHES):
        short = short[lengths[short] > later]
        place = journeys.offsets[short] + later
        for earlier in range(1, later + 1):
            new[place] &= journeys.items[place] != journeys.items[place - earlier]
    long = np.flatnonzero(lengths > _PAIRWISE_TOUCHES)
    if len(long):
        touches = np.flatnonzero(np.repeat(lengths > _PAIRWISE_TOUCHES, lengths))
        owner = np.repeat(np.arange(len(long)), lengths[long])
        _, first = np.unique(owner * len(journeys.channels) + journeys.items[touches], return_index=True)
        new[touches] = False
        new[touches[first]] = True
    return np.flatnonzero(new)
