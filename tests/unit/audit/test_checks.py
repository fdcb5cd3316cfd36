"""Every check finds its seeded defect, row for row, and stays silent in a clean world."""

from __future__ import annotations

import functools
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from earnest.audit.check import Part, checks, find_check
from earnest.audit.ground import Ground
from earnest.audit.result import SEVERITIES, CheckResult
from earnest.audit.run import gather, run, run_checks
from earnest.kernel.errors import NotFound
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kpis.catalogue import all_kpis
from earnest.usecases.quality_ground import lay_ground
from simulation.audit_defects import SEEDS, Keys
from simulation.audit_world import clean, opened

BY_HAND = ("sources-silent", "coupons-leaked")
"""What only the journal and the workspace's key know: their small table is filled by hand here."""
AT_LEAST = ("overlap-channels",)
CODES = tuple(one.code for one in checks())


@dataclass
class Found:
    """A world as the audit sees it: results by check, keys of offending rows by check, and what was put in."""

    results: dict[str, CheckResult]
    keys: dict[str, list[int | None]]
    seeded: dict[str, Keys | int]


@functools.cache
def audited(name: str) -> Found:
    world = clean(11)
    seeded = {code: put(world) for code, put in SEEDS.get(name, {}).items()}
    with ExitStack() as stack:
        ground = lay_ground(stack.enter_context(opened(world)))
        if name == "by hand":
            seeded = _by_hand(ground)
        results = {one.code: one for one in run_checks(ground, checks())}
        keys = {code: _keys(ground, code) for code in CODES}
    return Found(results, keys, seeded)


def _keys(ground: Ground, code: str) -> list[int | None]:
    return [row[0] for row in ground.con.execute(f"SELECT key FROM {gather(ground, find_check(code))}").fetchall()]


def _by_hand(ground: Ground) -> dict[str, Keys | int]:
    ground.con.execute("INSERT INTO audit_source VALUES ('meta', true, true, 90000000000), ('shop', true, false, 1000)")
    key = ground.con.execute("SELECT order_key FROM credit WHERE message_key IS NOT NULL ORDER BY 1 LIMIT 1").fetchone()
    other = ground.con.execute("SELECT order_key FROM credit WHERE message_key IS NULL ORDER BY 1 LIMIT 1").fetchone()
    assert key is not None
    assert other is not None
    ground.con.execute(
        "INSERT INTO audit_redeemed VALUES ('SPRING', $1, true), ('SPRING', $2, false)", [key[0], other[0]]
    )
    return {"sources-silent": 1, "coupons-leaked": {key[0]}}


def _world_of(code: str) -> str:
    return "by hand" if code in BY_HAND else next(name for name, seeds in SEEDS.items() if code in seeds)


@pytest.mark.parametrize("code", CODES)
def test_finds_its_seeded_defect_row_for_row(code: str) -> None:
    found = audited(_world_of(code))
    result, seeded = found.results[code], found.seeded[code]
    assert not result.passed
    if code in AT_LEAST:
        assert result.rows >= int(seeded)  # type: ignore[arg-type]
    elif isinstance(seeded, set):
        assert set(found.keys[code]) == seeded
    else:
        assert len(found.keys[code]) in (seeded, 0), found.keys[code]
        assert result.rows >= 1


@pytest.mark.parametrize("code", CODES)
def test_is_silent_in_a_clean_world(code: str) -> None:
    result = audited("clean").results[code]
    assert result.passed, result.message
    assert result.rows <= result.check.threshold * result.tested
    effect = result.effect
    if not result.rows:
        assert isinstance(effect, Estimate)
        assert (effect.value, effect.low, effect.high) == (0, 0, 0)


@pytest.mark.parametrize("code", CODES)
def test_effect_is_a_figure_or_a_reason(code: str) -> None:
    effect = audited(_world_of(code)).results[code].effect
    if isinstance(effect, Unavailable):
        assert effect.reason
        assert effect.remedy
        return
    assert effect.unit == "EUR"
    assert effect.low is not None
    assert effect.high is not None
    assert effect.low <= effect.value <= effect.high
    assert (effect.method == "exact") == (effect.low == effect.high) or effect.value == 0


def test_declarations_are_whole() -> None:
    assert len(CODES) == len(set(CODES)) >= 30
    for one in checks():
        assert set(one.kpis) <= set(all_kpis()), one.code
        assert one.question.endswith("?")
        assert one.severity in SEVERITIES
        assert 0 <= one.threshold < 1
        assert one.offending or one.told, one.code
        assert one.found_by in ("sure", "suspected")
    assert {one.part for one in checks()} == set(Part)


def test_an_unknown_check_names_the_nearest() -> None:
    with pytest.raises(NotFound, match="did you mean 'orders-test'"):
        find_check("order-test")


def test_one_campaign_sees_its_own_rows_only() -> None:
    world = clean(11)
    for put in SEEDS["messages"].values():
        put(world)
    with opened(world) as tables:
        ground = lay_ground(tables)
        whole = run(ground, find_check("consent-withdrawn"))
        plain = run(ground, find_check("consent-withdrawn"), campaign="plain")
        trial = run(ground, find_check("consent-withdrawn"), campaign="trial")
    assert (whole.rows, plain.rows, trial.rows) == (6, 6, 0)
    assert trial.passed
    assert plain.tested < whole.tested
    assert isinstance(trial.effect, Estimate)
    assert trial.effect.value == 0
