"""Rule models journey by journey: runs of journeys small enough to stay near the processor, their credits added up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import Credit
from earnest.kernel.estimate import Unavailable

Rule = Callable[[Journeys], Credit | Unavailable]
_BLOCK_TOUCHES = 1 << 16


def in_blocks(rule: Rule) -> Rule:
    """A rule that credits each journey by itself, run over blocks of journeys."""

    def credit(journeys: Journeys) -> Credit | Unavailable:
        if len(journeys.items) <= _BLOCK_TOUCHES:
            return rule(journeys)
        found = []
        for block in _blocks(journeys):
            one = rule(block)
            if isinstance(one, Unavailable):
                return one
            found.append(one)
        return _added(found)

    return credit


def _blocks(journeys: Journeys) -> Iterator[Journeys]:
    cuts = np.searchsorted(journeys.offsets, np.arange(0, len(journeys.items), _BLOCK_TOUCHES))
    edges = np.unique(np.append(cuts, journeys.count)).tolist()
    for first, last in pairwise(edges):
        offsets = journeys.offsets[first : last + 1]
        touches, rows = slice(int(offsets[0]), int(offsets[-1])), slice(first, last)
        yield replace(
            journeys,
            items=journeys.items[touches],
            offsets=offsets - offsets[0],
            conversions=journeys.conversions[rows],
            nulls=None if journeys.nulls is None else journeys.nulls[rows],
            value=None if journeys.value is None else journeys.value[rows],
            age_us=None if journeys.age_us is None else journeys.age_us[touches],
            milestone=None if journeys.milestone is None else journeys.milestone[touches],
        )


def _added(found: Sequence[Credit]) -> Credit:
    values = [one.value for one in found if one.value is not None]
    exact = [one.exact for one in found if one.exact is not None]
    return Credit(
        np.sum([one.conversions for one in found], axis=0),
        np.sum(values, axis=0) if values else None,
        np.sum(exact, axis=0) if exact else None,
    )
