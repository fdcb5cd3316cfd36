"""Which channels a journey touched, whatever the order: the distinct sets and what came of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earnest.attribution.journeys.journeys import Floats, Ints, Journeys

MASK_CHANNELS = 62
"""Channels that fit one integer as bits."""
_TABLE_CHANNELS = 20


@dataclass(frozen=True, slots=True)
class ChannelSets:
    """Distinct sets of channels.

    Args:
        items: channels of every set, set after set. offsets: where each set begins, and the end.
        conversions, journeys: per set.

    Shapes:
        items (members,) · offsets (sets + 1,) · conversions, journeys (sets,)
    """

    items: Ints
    offsets: Ints
    conversions: Ints
    journeys: Ints

    @property
    def sizes(self) -> Ints:
        """Channels of each set."""
        return np.diff(self.offsets)

    def presence(self, channels: int) -> Floats:
        """1 where a set holds a channel: (sets, channels)."""
        table = np.zeros((len(self.conversions), channels))
        table[np.repeat(np.arange(len(self.conversions)), self.sizes), self.items] = 1.0
        return table


def masks(journeys: Journeys) -> Ints:
    """The set of each journey as bits; for at most 62 channels."""
    assert len(journeys.channels) <= MASK_CHANNELS
    bits = np.left_shift(np.int64(1), np.arange(len(journeys.channels), dtype=np.int64))
    return np.bitwise_or.reduceat(bits[journeys.items], journeys.first)


def tallied(journeys: Journeys, mask: Ints) -> tuple[Ints, Ints]:
    """Conversions and journeys by mask, in tables of 2^channels."""
    size = 1 << len(journeys.channels)
    conversions = np.bincount(mask, weights=journeys.conversions, minlength=size)
    return conversions.astype(np.int64), np.bincount(mask, weights=journeys.totals, minlength=size).astype(np.int64)


def channel_sets(journeys: Journeys) -> ChannelSets:
    """The distinct sets of channels, with their conversions and journeys."""
    if len(journeys.channels) <= _TABLE_CHANNELS:
        conversions, counts = tallied(journeys, masks(journeys))
        met = np.flatnonzero(counts)
        return _of_masks(met, conversions[met], counts[met])
    if len(journeys.channels) <= MASK_CHANNELS:
        met, group = np.unique(masks(journeys), return_inverse=True)
        return _of_masks(met, _grouped(group, journeys.conversions), _grouped(group, journeys.totals))
    return _of_rows(journeys)


def _of_masks(met: Ints, conversions: Ints, counts: Ints) -> ChannelSets:
    width = int(met.max()).bit_length() if len(met) else 0
    held = (met[:, None] >> np.arange(width)) & 1
    _, items = np.nonzero(held)
    return ChannelSets(items.astype(np.int64), _starts(held.sum(axis=1)), conversions, counts)


def _of_rows(journeys: Journeys) -> ChannelSets:
    """With many channels a set is the bytes of its sorted members, each once."""
    member = np.unique(journeys.owners() * len(journeys.channels) + journeys.items)
    owner, item = np.divmod(member, len(journeys.channels))
    offsets = _starts(np.bincount(owner, minlength=journeys.count))
    groups: dict[bytes, int] = {}
    rows = [item[a:b].tobytes() for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]
    group = np.array([groups.setdefault(row, len(groups)) for row in rows], np.int64)
    found = [np.frombuffer(row, np.int64) for row in groups]
    return ChannelSets(
        np.concatenate(found) if found else np.zeros(0, np.int64),
        _starts(np.array([len(one) for one in found], np.int64)),
        _grouped(group, journeys.conversions),
        _grouped(group, journeys.totals),
    )


def _grouped(group: Ints, amounts: Ints) -> Ints:
    return np.bincount(group, weights=amounts).astype(np.int64)


def _starts(sizes: Ints) -> Ints:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))
