"""Relative lift: treated mean over control mean, less one, with the interval that suits the control's precision."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from earnest.incrementality.difference import satterthwaite
from earnest.incrementality.intervals import LEVEL, Interval, checked_level, t_half_width
from earnest.incrementality.moments import Moments
from earnest.kernel.estimate import Unavailable

UNSTEADY_CONTROL = 0.10
"""Relative standard error of the control mean above which the delta interval is no longer trusted."""


@dataclass(frozen=True, slots=True)
class RelativeLift:
    """Treated mean / control mean − 1 (0.12 is +12 %), both intervals, and which of them is preferred.

    Args:
        value: the lift, −1 or more for metrics that cannot be negative.
        se: delta-method standard error of `value`.
        delta: symmetric interval by the delta method.
        log_ratio: interval of the logarithm of the ratio, carried back; None where the treated mean is not positive.
        preferred: "log-ratio" when the control mean's relative s.e. exceeds 10 % and it exists, else "delta".
        control_relative_se: standard error of the control mean / control mean.
    """

    value: float
    se: float
    delta: Interval
    log_ratio: Interval | None
    preferred: Literal["delta", "log-ratio"]
    level: float
    control_relative_se: float

    @property
    def low(self) -> float:
        """Lower end of the preferred interval."""
        return self._ends[0]

    @property
    def high(self) -> float:
        """Upper end of the preferred interval."""
        return self._ends[1]

    @property
    def _ends(self) -> Interval:
        return self.log_ratio if self.preferred == "log-ratio" and self.log_ratio is not None else self.delta

    def to_json(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "level": self.level,
            "method": self.preferred,
            "se": self.se,
            "delta": list(self.delta),
            "log_ratio": None if self.log_ratio is None else list(self.log_ratio),
            "control_relative_se": self.control_relative_se,
        }


def relative_lift(treated: Moments, control: Moments, *, level: float = LEVEL) -> RelativeLift | Unavailable:
    """How much larger the treated mean is than the control mean, as a share of the control mean.

    Unavailable when an arm has fewer than two units, the control mean is not positive, or nothing varies. Intervals
    use Student's t with Welch's degrees of freedom: of the difference for delta, of the logarithm for the log-ratio.

    Source: Deng, Knoblich & Lu, KDD 2018 (delta method for relative effects).
    """
    checked_level(level)
    if min(treated.n, control.n) < 2:
        return Unavailable(
            "too-few-units",
            f"{treated.n} treated and {control.n} control units",
            "Assign at least two units to each arm.",
        )
    base, mean = control.mean, treated.mean
    if base <= 0:
        return Unavailable(
            "control-mean-not-positive",
            f"the control mean is {base:g}, so a lift relative to it has no meaning",
            "Read the absolute difference.",
        )
    parts = treated.variance / treated.n, control.variance / control.n
    if not sum(parts) > 0:
        return Unavailable("no-variation", "no unit differs from another in its arm", "Wait for more events.")
    units, ratio = (treated.n, control.n), mean / base
    se = math.sqrt(parts[0] + ratio * ratio * parts[1]) / base
    half = t_half_width(se, satterthwaite(parts, units), level)
    unsteady = math.sqrt(parts[1]) / base
    log_ratio = _log_ratio_interval((mean, base), parts, units, level=level) if mean > 0 else None
    preferred: Literal["delta", "log-ratio"] = "log-ratio" if unsteady > UNSTEADY_CONTROL and log_ratio else "delta"
    return RelativeLift(ratio - 1, se, (ratio - 1 - half, ratio - 1 + half), log_ratio, preferred, level, unsteady)


def _log_ratio_interval(means: Interval, parts: Interval, units: tuple[int, int], *, level: float) -> Interval:
    relative = parts[0] / means[0] ** 2, parts[1] / means[1] ** 2
    half = t_half_width(math.sqrt(sum(relative)), satterthwaite(relative, units), level)
    middle = math.log(means[0] / means[1])
    return math.expm1(middle - half), math.expm1(middle + half)
