"""Named random streams: every draw belongs to a seed, a purpose and a block, so that nothing depends on order.

Adding a campaign to a plan changes no draw of the others. Streams are those of the installed numpy.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]

SECOND_US = 1_000_000


def stream(seed: int, purpose: str, block: int) -> np.random.Generator:
    """The random numbers of one purpose ("people", "campaign:new-collection") in one block of customers."""
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), block]))


def chosen(rng: np.random.Generator, share: float, size: int) -> Flags:
    """True for each of `size` things with probability `share`, 0–1."""
    return np.asarray(rng.random(size) < share)


def whole_seconds(us: Reals | Ints) -> Ints:
    """Instants or spans cut to whole seconds, in microseconds: providers' clocks tell no more."""
    return np.asarray(us, dtype=np.int64) // SECOND_US * SECOND_US
