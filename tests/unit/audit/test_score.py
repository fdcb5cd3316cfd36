"""Score and grade: the rule table, line by line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from earnest.audit.check import Part, checks
from earnest.audit.result import CheckResult
from earnest.audit.score import GRADE_RULES, WEIGHTS, GradeFacts, grade, part_scores, score_of, wording_cap
from earnest.kernel.estimate import Estimate

BEST = GradeFacts(1, 1.0, 1.0, 0.0, 500, True, True, 100.0)


def result(code: str, *, passed: bool, tested: int = 10) -> CheckResult:
    check = next(one for one in checks() if one.code == code)
    return CheckResult(check, check.severity, 0 if passed else 1, tested, passed, "", "", Estimate(0.0, "EUR"))


def test_the_best_data_are_graded_a_and_may_say_proven() -> None:
    found = grade(BEST)
    assert (found.grade, found.limits, found.wording_cap) == ("A", (), "proven")


@pytest.mark.parametrize(
    ("change", "letter", "limit"),
    [
        ({"rung": 2}, "B", "evidence"),
        ({"rung": 5}, "C", "evidence"),
        ({"match_rate": 0.94}, "B", "match rate"),
        ({"match_rate": 0.84}, "C", "match rate"),
        ({"match_rate": 0.6}, "D", "match rate"),
        ({"match_rate": 0.4}, "E", "match rate"),
        ({"match_rate": None}, "E", "match rate"),
        ({"capture_rate": None}, "B", "capture rate"),
        ({"capture_rate": 0.85}, "C", "capture rate"),
        ({"duplicate_share": 0.015}, "B", "duplicate share"),
        ({"duplicate_share": 0.2}, "E", "duplicate share"),
        ({"buyers": 60}, "B", "buyers"),
        ({"buyers": 7}, "D", "buyers"),
        ({"ratio_holds": False}, "E", "sample ratio"),
        ({"ratio_holds": None}, "A", ""),
        ({"fresh": False}, "D", "freshness"),
        ({"score": 80.0}, "B", "score"),
        ({"score": 30.0}, "E", "score"),
    ],
)
def test_the_worst_fact_decides(change: dict[str, object], letter: str, limit: str) -> None:
    found = grade(replace(BEST, **change))  # type: ignore[arg-type]
    assert found.grade == letter
    assert found.limits == ((limit,) if limit else ())


def test_the_grade_caps_the_wording() -> None:
    assert wording_cap("C", 1) == "proven"
    assert wording_cap("C", 5) == "would claim"
    assert wording_cap("C", 3) == "suggests"
    assert wording_cap("D", 1) == "indicates"
    assert wording_cap("E", 1) == "cannot be told"
    assert {row[0] for row in GRADE_RULES} == {
        "evidence",
        "match rate",
        "capture rate",
        "duplicate share",
        "buyers",
        "sample ratio",
        "freshness",
        "score",
    }


def test_a_part_is_its_checks_by_weight() -> None:
    """cost: a `blocks` check passed (4), a `warns` check failed (2), one had nothing to look at: 4 of 6."""
    found = part_scores(
        [
            result("cost-negative", passed=True),
            result("cost-unallocated", passed=False),
            result("invoice-differs", passed=True, tested=0),
        ]
    )
    assert [(one.part, one.checks, one.failed) for one in found] == [("cost", 2, ("cost-unallocated",))]
    assert found[0].score == pytest.approx(100 * 4 / 6)
    assert score_of(found) == pytest.approx(found[0].score)


def test_weights_add_up_and_have_reasons() -> None:
    assert set(WEIGHTS) == set(Part)
    assert sum(weight for weight, _ in WEIGHTS.values()) == pytest.approx(1)
    assert all(why for _, why in WEIGHTS.values())
    assert score_of(()) == 0
