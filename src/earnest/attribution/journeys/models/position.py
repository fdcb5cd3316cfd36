"""Position: fixed shares to the touches with a role (first, milestones, last), the rest shared by the others.

With k touches that hold no role, a role carries k times the ratio of the shares and each other touch 1, in integers. Roles
that fall on one touch add up, roles that nobody holds are left out and the rest scaled up.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import numpy as np

from earnest.attribution.journeys.blocks import in_blocks
from earnest.attribution.journeys.journeys import Ints, Journeys
from earnest.attribution.journeys.model import Credit, JourneyModel, Parameter
from earnest.attribution.journeys.weighing import weighed_credit
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Unavailable

_U = (Fraction(2, 5), Fraction(1, 5), Fraction(2, 5))
_W, _Z = Fraction(3, 10), Fraction(9, 40)
_REST = Fraction(1, 10)
_FINEST = 1_000
LEAD, OPPORTUNITY = 1, 2


def position_u(weights: tuple[Fraction, Fraction, Fraction] = _U, *, reason: str = "as published") -> JourneyModel:
    """The U model with its shares.

    Args:
        weights: of the first touch, of those between, of the last; they add up to 1, in thousandths at the finest.

    Raises:
        UsageError: `bad-weights`.
    """
    first, _, last = weights
    if sum(weights) != 1 or min(weights) < 0 or first + last == 0 or any(_FINEST % one.denominator for one in weights):
        raise UsageError(
            "bad-weights",
            f"{', '.join(str(float(one)) for one in weights)} are no shares of first, middle and last touch",
            hint="Give three numbers from 0 to 1, at most three decimals, that add up to 1: --weights 0.4,0.2,0.4.",
        )
    shown = "/".join(f"{float(one * 100):g}" for one in weights)

    def credit(journeys: Journeys) -> Credit:
        return weighed_credit(journeys, _weights_u(journeys, weights))

    return JourneyModel(
        id="position_u",
        label="Position (U)",
        family="rule",
        definition=(
            f"{shown} % to the first touch, those between (shared evenly) and the last;"
            " two touches share as first to last, one takes all"
        ),
        why="who opened and who closed are presumed to matter most",
        reference="Google Analytics (Universal) position based model",
        credit=in_blocks(credit),
        parameters=(Parameter("weights", shown, "% of first/middle/last", reason),),
    )


def _weights_u(journeys: Journeys, weights: tuple[Fraction, Fraction, Fraction]) -> Ints:
    scale = lcm(*(one.denominator for one in weights))
    first, middle, last = (int(one * scale) for one in weights)
    between = journeys.lengths - 2
    several = between > 0
    found = np.full(len(journeys.items), middle, np.int64)
    found[journeys.last] = np.where(several, last * between, last)
    found[journeys.first] = np.where(several, first * between, first)
    found[journeys.first[journeys.lengths == 1]] = 1
    return found


def _by_roles(journeys: Journeys, role: Fraction, milestones: tuple[int, ...]) -> Credit | Unavailable:
    if journeys.milestone is None:
        return Unavailable(
            "no-milestones",
            "no touch of the data is marked as a lead or an opportunity",
            "Mark them: a column milestone of the touches (lead, opportunity), or steps written lead:CHANNEL in paths.",
        )
    holders = [journeys.first, journeys.last]
    for mark in milestones:
        at = np.where(journeys.milestone >= mark, np.arange(len(journeys.items)), len(journeys.items))
        found = np.minimum.reduceat(at, journeys.first)
        holders.append(found[found < len(journeys.items)])
    held = np.zeros(len(journeys.items), np.int64)
    for places in holders:
        held[places] += 1
    others = np.repeat(np.add.reduceat((held == 0).astype(np.int64), journeys.first), journeys.lengths)
    ratio = role / _REST
    weights = np.where(held > 0, held * ratio.numerator * np.maximum(others, 1), ratio.denominator)
    return weighed_credit(journeys, weights)


_SHARED = "10 % shared by the others; roles on one touch add up, a missing one is left out and the rest scaled up"

MODELS = (
    position_u(),
    JourneyModel(
        id="position_w",
        label="Position (W)",
        family="rule",
        definition=f"30 % each to the first touch, the first milestone (lead, opt-in, first reply) and the last, {_SHARED}",
        why="becoming a lead is presumed to matter as much as opening and closing",
        reference="Bizible (Marketo Measure) W-shaped model",
        credit=in_blocks(lambda journeys: _by_roles(journeys, _W, (LEAD,))),
        parameters=(Parameter("role", "30", "% each", "as published"),),
    ),
    JourneyModel(
        id="full_path",
        label="Full path (Z)",
        family="rule",
        definition=f"22.5 % each to the first touch, the lead, the opportunity and the last, {_SHARED}",
        why="each step deeper into the funnel is presumed to matter as much as opening and closing",
        reference="Bizible (Marketo Measure) full path model",
        credit=in_blocks(lambda journeys: _by_roles(journeys, _Z, (LEAD, OPPORTUNITY))),
        parameters=(Parameter("role", "22.5", "% each", "as published"),),
    ),
)
