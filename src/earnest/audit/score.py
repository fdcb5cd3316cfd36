"""The score of the data and the grade of what may be said: weighted checks passed, and a rule table.

The score says how clean the data are. The grade says how far the words may go, and is the worst that any single fact allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from earnest.audit.check import Part
from earnest.audit.result import CheckResult, Graded, PartScore
from earnest.kernel.finding import Severity

WEIGHTS: dict[Part, tuple[float, str]] = {
    Part.COMPLETENESS: (0.2, "what is missing is in no figure, and nothing shows it"),
    Part.VALIDITY: (0.2, "wrong rows move revenue and cost directly"),
    Part.IDENTITY: (0.2, "credit goes where the customer is known"),
    Part.EXPERIMENT: (0.15, "the only evidence of what would have come anyway"),
    Part.COST: (0.1, "half of every return, and easy to complete"),
    Part.CONSISTENCY: (0.05, "shifts credit between days and campaigns more than it makes any"),
    Part.TIMELINESS: (0.05, "passes with time"),
    Part.CONSENT: (0.05, "moves no figure, and decides whether the campaign should have been sent"),
}
"""Weight of each part, and why it is that much. A part in which nothing could be tested is left out."""

SEVERITY_WEIGHTS: dict[Severity, int] = {"blocks": 4, "blocks-gain": 3, "blocks-loss": 3, "warns": 2, "informs": 1}
"""What a check counts within its part: what withholds a verdict counts four times what is only told."""

GRADES = "ABCDE"


@dataclass(frozen=True, slots=True)
class GradeFacts:
    """What the grade rests on.

    Args:
        rung: of evidence: 1 randomised hold-out, 2 randomised by region or time, 3 synthetic control, 4 structural series,
            5 attribution alone. match_rate: orders whose customer is known. capture_rate: of finance's orders, None if nobody
            declared them. duplicate_share: of the orders. buyers: in the smaller arm, or credited where nothing is randomised.
        ratio_holds: sample ratio as planned; None without an experiment. fresh: orders reach as far as the messages.
        score: of the data, 0–100.
    """

    rung: int
    match_rate: float | None
    capture_rate: float | None
    duplicate_share: float
    buyers: int
    ratio_holds: bool | None
    fresh: bool
    score: float

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def part_scores(results: Sequence[CheckResult]) -> tuple[PartScore, ...]:
    """Each part's score: the weight of its checks that passed, as a share of those that had something to look at, times 100."""
    found = []
    for part in Part:
        mine = [one for one in results if one.check.part is part and (one.tested or not one.passed)]
        if not mine:
            continue
        weights = [SEVERITY_WEIGHTS[one.check.severity] for one in mine]
        good = sum(weight for weight, one in zip(weights, mine, strict=True) if one.passed)
        failed = tuple(one.code for one in mine if not one.passed)
        weight, why = WEIGHTS[part]
        found.append(PartScore(part.value, 100 * good / sum(weights), weight, why, len(mine), failed))
    return tuple(found)


def score_of(parts: Sequence[PartScore]) -> float:
    """The weighted mean of the parts, 0–100; 0 where nothing could be tested."""
    whole = sum(one.weight for one in parts)
    return sum(one.weight * one.score for one in parts) / whole if whole else 0.0


def grade(facts: GradeFacts) -> Graded:
    """The grade: the worst that any fact allows, by `GRADE_RULES`; and the strongest word it leaves."""
    allowed = {
        "evidence": _rung_grade(facts.rung),
        "match rate": _at_least(facts.match_rate, (0.95, 0.85, 0.7, 0.5), unknown="E"),
        "capture rate": _at_least(facts.capture_rate, (0.95, 0.9, 0.8, 0.6), unknown="B"),
        "duplicate share": _at_most(facts.duplicate_share, (0.01, 0.02, 0.05, 0.1)),
        "buyers": _at_least(facts.buyers, (100, 50, 20, 5), unknown="E"),
        "sample ratio": "E" if facts.ratio_holds is False else "A",
        "freshness": "A" if facts.fresh else "D",
        "score": _at_least(facts.score, (90, 75, 60, 40), unknown="E"),
    }
    worst = max(allowed.values())
    limits = tuple(name for name, letter in allowed.items() if letter == worst) if worst != "A" else ()
    return Graded(worst, limits, wording_cap(worst, facts.rung))


def wording_cap(letter: str, rung: int) -> str:
    """The strongest word that may be said: `proven` only of a randomised comparison, and of no data graded D or E."""
    if letter == "E":
        return "cannot be told"
    if letter == "D":
        return "indicates"
    return "proven" if rung <= 2 else "suggests" if rung == 3 else "would claim"


GRADE_RULES: tuple[tuple[str, str, str, str, str], ...] = (
    ("evidence", "randomised hold-out", "randomised by region or time", "anything else", "–"),
    ("match rate", "≥ 95 %", "≥ 85 %", "≥ 70 %", "≥ 50 %"),
    ("capture rate", "≥ 95 %", "≥ 90 %, or not declared", "≥ 80 %", "≥ 60 %"),
    ("duplicate share", "≤ 1 %", "≤ 2 %", "≤ 5 %", "≤ 10 %"),
    ("buyers", "≥ 100", "≥ 50", "≥ 20", "≥ 5"),
    ("sample ratio", "as planned, or no experiment", "–", "–", "–"),
    ("freshness", "orders reach as far as the messages", "–", "–", "anything else"),
    ("score", "≥ 90", "≥ 75", "≥ 60", "≥ 40"),
)
"""What each fact must be for A, B, C and D, in words; below that it is E."""


def worse_than(letter: str, least: str) -> bool:
    """Whether a grade is below another.

    Example:
        >>> worse_than("D", "C"), worse_than("B", "B")
        (True, False)
    """
    return GRADES.index(letter) > GRADES.index(least)


def _rung_grade(rung: int) -> str:
    return {1: "A", 2: "B"}.get(rung, "C")


def _at_least(value: float | None, steps: tuple[float, float, float, float], *, unknown: str) -> str:
    if value is None:
        return unknown
    return next((letter for letter, step in zip(GRADES, steps, strict=False) if value >= step), "E")


def _at_most(value: float, steps: tuple[float, float, float, float]) -> str:
    return next((letter for letter, step in zip(GRADES, steps, strict=False) if value <= step), "E")
