"""Sample ratio: did each arm get the share of people it was planned to get? If not, no difference can be believed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scipy import special

from earnest.kernel.errors import UsageError, closest
from earnest.kernel.estimate import Unavailable
from earnest.kernel.finding import Finding

ALARM_P = 0.001
"""Below this p the arms are taken as mis-assigned: one false alarm in a thousand experiments."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """χ² test of units per arm against the planned shares.

    Args:
        chi2, df, p_value: the test; df is the number of arms less one.
        counts: units found per arm.
        expected: units planned per arm, out of the same total.
        shares: planned shares, adding up to 1.
    """

    chi2: float
    df: int
    p_value: float
    counts: dict[str, int]
    expected: dict[str, float]
    shares: dict[str, float]

    @property
    def mismatched(self) -> bool:
        """Whether the alarm is raised (p below 0.001)."""
        return self.p_value < ALARM_P

    def finding(self) -> Finding | None:
        """The blocking finding with the sizes in it, or None while the arms fit the plan."""
        if not self.mismatched:
            return None
        arms = ", ".join(f"{arm} {n:,} where {self.expected[arm]:,.0f} were planned" for arm, n in self.counts.items())
        return Finding(
            "sample-ratio-mismatch",
            "blocks",
            f"the arms are not of the planned sizes: {arms} (chi-squared {self.chi2:.1f}, p {self.p_value:.1g})",
            "Find what removed or added people after assignment, on the assigned list, before reading any difference.",
            tested=sum(self.counts.values()),
            facts=self.to_json(),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "chi2": self.chi2,
            "df": self.df,
            "p_value": self.p_value,
            "counts": dict(self.counts),
            "expected": dict(self.expected),
            "shares": dict(self.shares),
            "mismatched": self.mismatched,
        }


def sample_ratio(counts: Mapping[str, int], shares: Mapping[str, float] | None = None) -> SampleRatio | Unavailable:
    """Test units per arm against the plan.

    Unavailable with fewer than two arms or no units at all.

    Args:
        counts: units assigned per arm.
        shares: planned weights per arm, equal when None; {"a": 90, "b": 10} and {"a": 0.9, "b": 0.1} are the same plan.

    Raises:
        UsageError: `shares-mismatch`, `shares-not-positive`; name every arm once with a positive weight.

    Source: Fabijan et al., KDD 2019 (diagnosing sample ratio mismatch).

    Example:
        >>> round(sample_ratio({"a": 1000, "b": 1100}).p_value, 6)
        0.029096
    """
    planned = _normalised(counts, shares)
    total = sum(counts.values())
    if len(counts) < 2 or total == 0:
        return Unavailable(
            "nothing-to-compare",
            f"{len(counts)} arm(s) with {total} units in all",
            "A sample ratio needs at least two arms and one unit.",
        )
    expected = {arm: share * total for arm, share in planned.items()}
    chi2 = math.fsum((counts[arm] - expected[arm]) ** 2 / expected[arm] for arm in counts)
    df = len(counts) - 1
    return SampleRatio(chi2, df, float(special.chdtrc(df, chi2)), dict(counts), expected, planned)


def _normalised(counts: Mapping[str, int], shares: Mapping[str, float] | None) -> dict[str, float]:
    weights = (
        dict.fromkeys(counts, 1.0) if shares is None else {arm: float(shares[arm]) for arm in counts if arm in shares}
    )
    stray = [arm for arm in shares or () if arm not in counts]
    missing = [arm for arm in counts if arm not in weights]
    if stray or missing:
        name = (stray or missing)[0]
        where = (
            f"the plan names arm '{name}', which has no units" if stray else f"the plan has no share for arm '{name}'"
        )
        raise UsageError(
            "shares-mismatch",
            f"{where}{closest(name, missing if stray else stray)}",
            hint="Give one share for each arm in the data: " + ", ".join(f"'{arm}'" for arm in counts),
            arm=name,
        )
    if any(not (math.isfinite(weight) and weight > 0) for weight in weights.values()):
        raise UsageError(
            "shares-not-positive", f"shares {weights} are not all positive", hint="For example 0.9 and 0.1."
        )
    whole = math.fsum(weights.values())
    return {arm: weight / whole for arm, weight in weights.items()}
