"""How many units an experiment needs so that a difference of a size is found, mostly; two arms of unequal size.

n = (z₁ + z₂)² · (p₀(1 − p₀)/s₀ + p₁(1 − p₁)/s₁) / (p₁ − p₀)²        s: share of the units in each arm
"""

from __future__ import annotations

import math

from scipy import special

from earnest.incrementality.intervals import LEVEL, checked_level
from earnest.kernel.errors import UsageError

POWER = 0.8
"""Chance with which a difference that is there is to be found; the field's usual."""


def units_for_shares(
    without: float, with_it: float, *, held_out: float, level: float = LEVEL, power: float = POWER
) -> int:
    """Units of both arms together so that a two-sided test at `level` finds the difference of two shares with chance `power`.

    Args:
        without, with_it: share of units with an event in the control and in the treated arm, 0–1; not equal.
        held_out: share of all units that is in the control arm, above 0 and below 1.

    Raises:
        UsageError: `no-difference`, `share-out-of-range`, `level-out-of-range`.

    Source: Fleiss, Levin & Paik, Statistical Methods for Rates and Proportions (2003), ch. 4, variances not pooled.

    Example:
        >>> units_for_shares(0.01, 0.011, held_out=0.5)
        326184
    """
    for share in (without, with_it):
        if not 0 <= share <= 1:
            raise _outside(share)
    if not 0 < held_out < 1:
        raise _outside(held_out)
    if without == with_it:
        raise UsageError("no-difference", "no number of units finds a difference of 0", hint="Aim at another value.")
    z = _z(level, power)
    variance = without * (1 - without) / held_out + with_it * (1 - with_it) / (1 - held_out)
    return math.ceil(z * z * variance / (with_it - without) ** 2)


def smallest_difference(
    without: float, units: int, *, held_out: float, level: float = LEVEL, power: float = POWER
) -> float | None:
    """Smallest increase of a share that so many units find with chance `power`; None if not even an increase to 1.

    Args:
        without: share in the control arm, 0–1. units: of both arms together.
    """
    low, high = without, 1.0
    if (
        without >= 1
        or units <= 0
        or units_for_shares(without, 1.0, held_out=held_out, level=level, power=power) > units
    ):
        return None
    for _ in range(60):
        middle = (low + high) / 2
        enough = middle > without and units >= units_for_shares(
            without, middle, held_out=held_out, level=level, power=power
        )
        low, high = (low, middle) if enough else (middle, high)
    return high - without


def _z(level: float, power: float) -> float:
    return float(special.ndtri((1 + checked_level(level)) / 2) + special.ndtri(checked_level(power)))


def _outside(share: float) -> UsageError:
    return UsageError("share-out-of-range", f"{share} is no share", hint="Write 12 % as 0.12.", share=share)
