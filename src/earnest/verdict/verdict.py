"""The closed set of verdicts, and the rule that picks one.

    purpose is service or brand            → not judged by ROI
    a health check failed                  → withheld
    nothing was randomised                 → no hold-out
    read-out date or window not reached    → inconclusive (running)
    contribution interval contains 0       → inconclusive
    wholly above 0                         → proven gain   (withheld while some messages are unrated: cost is a lower bound)
    wholly below 0                         → proven loss   (it stands then: more cost only makes it worse;
                                             withheld where the cost covers more than the experiment)

The test is contribution against 0, which is the return against break-even 1 wherever the cost is not 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from earnest.kernel.estimate import Estimate, Figure
from earnest.kernel.finding import Finding


class Verdict(Enum):
    """What may be said of a campaign. The order is the order of lists."""

    PROVEN_GAIN = "proven_gain"
    PROVEN_LOSS = "proven_loss"
    INCONCLUSIVE = "inconclusive"
    NO_HOLDOUT = "no_holdout"
    WITHHELD = "withheld"
    NOT_JUDGED_BY_ROI = "not_judged_by_roi"


PURPOSES_WITHOUT_ROI = ("service", "brand")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rule looks at.

    Args:
        purpose: marketing, sales, service or brand.
        randomised: whether an experiment with a control arm covers the campaign.
        running: whether the planned read-out date or the end of the outcome window is still ahead.
        contribution: estimate of extra gross profit less cost, or why there is none.
        findings: results of the health checks.
    """

    purpose: str
    randomised: bool
    running: bool
    contribution: Figure | None
    findings: Sequence[Finding]


def decide(evidence: Evidence) -> Verdict:
    """Pick the verdict that the evidence allows."""
    severities = {finding.severity for finding in evidence.findings}
    if evidence.purpose in PURPOSES_WITHOUT_ROI:
        return Verdict.NOT_JUDGED_BY_ROI
    if not evidence.randomised:
        return Verdict.NO_HOLDOUT
    if "blocks" in severities:
        return Verdict.WITHHELD
    if evidence.running:
        return Verdict.INCONCLUSIVE
    contribution = evidence.contribution
    if not isinstance(contribution, Estimate) or contribution.low is None or contribution.high is None:
        return Verdict.WITHHELD
    if contribution.high < 0:
        return Verdict.WITHHELD if "blocks-loss" in severities else Verdict.PROVEN_LOSS
    if contribution.low <= 0:
        return Verdict.INCONCLUSIVE
    return Verdict.WITHHELD if "blocks-gain" in severities else Verdict.PROVEN_GAIN
