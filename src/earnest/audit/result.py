"""What an audit found: each check with its rows, size and effect in money; together a score and a grade."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from earnest.audit.check import Check
from earnest.audit.effect import Effects
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.finding import Finding, Severity

SEVERITIES: tuple[Severity, ...] = ("blocks", "blocks-gain", "blocks-loss", "warns", "informs")


@dataclass(frozen=True, slots=True)
class CampaignEffect:
    """What a defect adds to one campaign's figures. `incremental` is None where no experiment judges it."""

    campaign: str
    contribution: Figure
    attributed: Figure
    cost: Figure
    incremental: Figure | None

    def to_json(self) -> dict[str, Any]:
        return {
            "campaign": self.campaign or None,
            "contribution": self.contribution.to_json(),
            "attributed": self.attributed.to_json(),
            "cost": self.cost.to_json(),
            "incremental": self.incremental.to_json() if self.incremental is not None else None,
        }


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check made.

    Args:
        severity: the check's, or that of the finding it passes on. rows, tested: offending, and looked at.
        effect: what the defect adds to contribution (attributed revenue × margin − cost; without a margin revenue less cost).
        attributed, cost: the same of attributed revenue and of cost. campaigns: by campaign.
        message: one sentence with the sizes in it.
    """

    check: Check
    severity: Severity
    rows: int
    tested: int
    passed: bool
    message: str
    remedy: str
    effect: Figure
    attributed: Figure | None = None
    cost: Figure | None = None
    campaigns: tuple[CampaignEffect, ...] = ()
    effects: Effects | None = field(default=None, compare=False)

    @property
    def code(self) -> str:
        return self.check.code

    @property
    def kpis(self) -> tuple[str, ...]:
        return self.check.kpis

    @property
    def share(self) -> float | None:
        """Share of the tested rows that offend, None where nothing was tested."""
        return min(1.0, self.rows / self.tested) if self.tested else None

    @property
    def size(self) -> float:
        """How large the effect may be, in major units: the end of its interval farthest from 0."""
        if not isinstance(self.effect, Estimate):
            return 0.0
        ends = (self.effect.value, self.effect.low or 0.0, self.effect.high or 0.0)
        return max(abs(end) for end in ends)

    def finding(self) -> Finding:
        """The same as a finding, for pages that show those."""
        return Finding(self.code, self.severity, self.message, self.remedy, rows=self.rows, tested=self.tested)

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "part": self.check.part.value,
            "question": self.check.question,
            "severity": self.severity,
            "passed": self.passed,
            "rows": self.rows,
            "tested": self.tested,
            "share": self.share,
            "threshold": self.check.threshold,
            "message": self.message,
            "remedy": self.remedy,
            "kpis": list(self.kpis),
            "found_by": self.check.found_by,
            "effect": self.effect.to_json(),
            "attributed": self.attributed.to_json() if self.attributed else None,
            "cost": self.cost.to_json() if self.cost else None,
            "campaigns": [one.to_json() for one in self.campaigns],
        }


@dataclass(frozen=True, slots=True)
class PartScore:
    """A part of the score: its own score 0–100, its weight, and the checks that lowered it."""

    part: str
    score: float
    weight: float
    why: str
    checks: int
    failed: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("part", "score", "weight", "why", "checks")} | {
            "failed": list(self.failed)
        }


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade A–E, the limits that kept it from being better, and the strongest word it allows."""

    grade: str
    limits: tuple[str, ...]
    wording_cap: str

    def to_json(self) -> dict[str, Any]:
        return {"grade": self.grade, "limits": list(self.limits), "wording_cap": self.wording_cap}


@dataclass(frozen=True, slots=True)
class Quality:
    """The audit of a workspace, or of one campaign.

    Args:
        score: 0–100, the weighted mean of the parts. graded: by the rule table, which the score alone does not decide.
        total: return with the interval of sampling and defects together, where there is one to tell.
    """

    campaign: str | None
    score: float
    parts: tuple[PartScore, ...]
    graded: Graded
    checks: tuple[CheckResult, ...]
    facts: dict[str, Any]
    total: Figure
    as_of: str
    basis: str
    currency: str

    @property
    def grade(self) -> str:
        return self.graded.grade

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """Checks that failed, the gravest first, and of each severity the largest effect first."""
        found = [one for one in self.checks if not one.passed]
        return tuple(sorted(found, key=lambda one: (SEVERITIES.index(one.severity), -one.size, one.code)))

    @property
    def skipped(self) -> tuple[CheckResult, ...]:
        """Checks that had nothing to look at."""
        return tuple(one for one in self.checks if one.passed and not one.tested)

    def find(self, code: str) -> CheckResult:
        return next(one for one in self.checks if one.code == code)

    def to_json(self) -> dict[str, Any]:
        return {
            "campaign": self.campaign,
            "score": round(self.score, 1),
            "parts": [one.to_json() for one in self.parts],
            **self.graded.to_json(),
            "facts": self.facts,
            "total_interval": self.total.to_json(),
            "basis": self.basis,
            "as_of": self.as_of,
            "currency": self.currency,
            "checks": [one.to_json() for one in self.checks],
        }


NOTHING_FOUND = "nothing offends"


def unknown_effect(check: Check) -> Unavailable:
    """Where a finding tells of a defect and no rows do."""
    return Unavailable("no-rows", f"{check.code} names no rows that could be left out", check.remedy)
