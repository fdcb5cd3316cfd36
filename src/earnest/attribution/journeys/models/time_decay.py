"""Time decay: a touch weighs half as much for each half-life between it and the conversion."""

from __future__ import annotations

import numpy as np

from earnest.attribution.journeys.blocks import in_blocks
from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import Credit, JourneyModel, Parameter
from earnest.attribution.journeys.weighing import weighed_credit
from earnest.kernel.estimate import Unavailable
from earnest.kernel.period import DAY_US

_ONE = 1 << 20
_HOUR_US = DAY_US // 24


def time_decay(half_life_us: int, *, reason: str = "as asked") -> JourneyModel:
    """The model with a half-life.

    Args:
        half_life_us: µs in which a touch loses half its weight, above 0. reason: why so long.
    """
    name = _name(half_life_us)

    def credit(journeys: Journeys) -> Credit | Unavailable:
        return _credit(journeys, half_life_us)

    return JourneyModel(
        id=f"time_decay_{name}",
        label=f"Time decay, half-life {name}",
        family="rule",
        definition=(
            f"2^(−age / {name}), normalised in the journey; age counts to the conversion."
            " Whole units are split by weights in 2^−20ths of the latest touch's"
        ),
        why="later touches are presumed to matter more",
        reference="Google Analytics (Universal) time decay model",
        credit=in_blocks(credit),
        parameters=(Parameter("half_life", name, "duration", reason),),
    )


def _name(half_life_us: int) -> str:
    """`7d`, `24h`, `90min` …: days from two on, as the presets are called."""
    for unit, size, least in (("d", DAY_US, 2), ("h", _HOUR_US, 1), ("min", 60_000_000, 1), ("s", 1_000_000, 1)):
        if half_life_us % size == 0 and half_life_us // size >= least:
            return f"{half_life_us // size}{unit}"
    return f"{half_life_us}us"


def _credit(journeys: Journeys, half_life_us: int) -> Credit | Unavailable:
    if journeys.age_us is None:
        return Unavailable(
            "no-times",
            "the data tells no times, so no touch has an age",
            "Give touches with their times and --conversions FILE.",
        )
    latest = np.repeat(np.minimum.reduceat(journeys.age_us, journeys.first), journeys.lengths)
    decayed = np.exp2((latest - journeys.age_us) / half_life_us)
    shares = decayed / np.repeat(np.add.reduceat(decayed, journeys.first), journeys.lengths)
    return weighed_credit(journeys, np.rint(decayed * _ONE).astype(np.int64), shares=shares)


MODELS = (
    time_decay(7 * DAY_US, reason="what web analytics used for years"),
    time_decay(DAY_US, reason="messages are mostly read within the hour and answered within the day"),
)
