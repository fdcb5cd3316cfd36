"""Worlds whose truth is known: what the audit says a defect is worth, beside what it is worth.

Each world is built five times: clean, with wrong orders, with holes, with wrong answers and with wrong messages (`audit_seeded`).
Over all worlds the mean of the stated effects may be off by at most 10 % of the mean of the true ones, and intervals hold the
truth at their level. Bounds say nothing of where between them it lies, so they have no bias: they hold it always.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pytest

from earnest.audit.check import checks, find_check
from earnest.audit.ground import Ground
from earnest.audit.result import CheckResult
from earnest.audit.run import run
from earnest.kernel.estimate import Estimate
from earnest.usecases.quality_ground import lay_ground
from earnest.usecases.tables import Tables
from simulation.audit_seeded import (
    BUYS,
    CLICKS,
    Credits,
    Seeded,
    coincidences,
    with_holes,
    with_wrong_answers,
    with_wrong_messages,
    with_wrong_orders,
)
from simulation.audit_world import DAYS, MARGIN, World, clean, opened

PEOPLE = 1_000
LEVEL = 0.95
MARGIN_SHARE = float(MARGIN)
Z = 1.959964

WRONG = (
    *("orders-across-sources", "orders-across-files", "orders-test", "orders-negative", "orders-cancelled-counted"),
    *("refunds-above-order", "orders-outlying", "coupons-leaked"),
)
LOST = ("orders-unmatched", "source-gaps", "orders-other-currency")
REFUNDED = ("refunds-without-order",)
COSTS = (
    *("messages-unrated", "cost-unallocated", "messaging-counted-twice", "invoice-differs"),
    *("template-recategorised", "cost-negative"),
)
ANSWERS = ("clicks-machine", "hold-out-messaged")
MESSAGES = (
    *("consent-withdrawn", "consent-missing", "contacts-flooded", "messages-across-files", "delivered-and-failed"),
    *("statuses-missing", "numbers-abroad", "treatment-elsewhere", "buyer-dominant", "persons-large"),
    *("phones-shared", "orders-without-clock", "orders-shifted", "answers-before-send"),
)
MEASURED = (*WRONG, *LOST, *REFUNDED, *COSTS, *ANSWERS, *MESSAGES)


@dataclass
class Score:
    """Stated and true effects of one check over the worlds."""

    stated: list[float] = field(default_factory=list)
    true: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    methods: set[str] = field(default_factory=set)

    @property
    def bias(self) -> float:
        return (math.fsum(self.stated) - math.fsum(self.true)) / (abs(math.fsum(self.true)) or math.inf)

    @property
    def chance(self) -> float:
        """Half the 95 % interval of the bias, by which it may be off with so many worlds."""
        errors = np.subtract(self.stated, self.true)
        return Z * float(np.std(errors, ddof=1)) / math.sqrt(len(errors)) / abs(float(np.mean(self.true)))

    @property
    def coverage(self) -> float:
        return sum(self.covered) / len(self.covered)

    @property
    def is_sure(self) -> bool:
        return self.methods <= {"exact", "bounds"}

    def add(self, figure: Estimate, truth: float) -> None:
        assert figure.low is not None
        assert figure.high is not None
        self.stated.append(figure.value)
        self.true.append(truth)
        self.widths.append(figure.high - figure.low)
        self.covered.append(figure.low - 0.015 <= truth <= figure.high + 0.015)
        self.methods.add(figure.method)


Scores = dict[str, Score]


def credited_by(tables: Tables, by: str) -> Credits:
    """Credited revenue in major units, by order_key or contact_key."""
    rows = tables.con.execute(
        f"SELECT v.{by}, sum(c.credit_minor) / 100 FROM credit AS c JOIN conversion AS v ON c.order_key = v.order_key"
        " WHERE c.model = 'last_touch' AND c.message_key IS NOT NULL GROUP BY ALL"
    ).fetchall()
    return {int(key): float(amount) for key, amount in rows if key is not None}


def made(ground: Ground, codes: tuple[str, ...]) -> dict[str, CheckResult]:
    return {code: run(ground, find_check(code)) for code in codes}


def measure(seed: int, scores: Scores) -> None:
    """One world: every check's stated effect beside the true one."""
    base = clean(seed, PEOPLE, clicks=CLICKS, buys=BUYS)
    coincidences(base)
    with opened(base, only=("credit", "conversion")) as tables:
        before, by_contact = credited_by(tables, "order_key"), credited_by(tables, "contact_key")
    _orders(base, before, scores)
    _holes(base, before, scores)
    _answers(base, by_contact, scores)
    _messages(base, by_contact, scores)


def _orders(base: World, before: Credits, scores: Scores) -> None:
    world, seeded = with_wrong_orders(base, before)
    with opened(world) as tables:
        after = credited_by(tables, "order_key")
        ground = lay_ground(tables)
        for key in seeded.orders["coupons-leaked"]:
            ground.con.execute("INSERT INTO audit_redeemed VALUES ('SPRING', $1, true)", [key])
        results = made(ground, WRONG)
    for code in WRONG:
        share = 0.99 if code == "orders-outlying" else 1.0
        worth = share * math.fsum(after.get(key, 0.0) for key in seeded.orders[code])
        scores[code].add(_figure(results[code]), worth * MARGIN_SHARE)


def _holes(base: World, before: Credits, scores: Scores) -> None:
    world, seeded, refunded = with_holes(base)
    with opened(world) as tables:
        results = made(lay_ground(tables), (*LOST, *REFUNDED, *COSTS))
    for code in LOST:
        lost = math.fsum(before.get(key, 0.0) for key in seeded.orders[code])
        scores[code].add(_figure(results[code]), -lost * MARGIN_SHARE)
    given_back = math.fsum(before.get(key, 0.0) * share for key, share in refunded.items())
    for code in REFUNDED:
        scores[code].add(_figure(results[code]), given_back * MARGIN_SHARE)
    for code in COSTS:
        scores[code].add(_figure(results[code]), -seeded.cost[code])


def _answers(base: World, before: Credits, scores: Scores) -> None:
    world, seeded = with_wrong_answers(base)
    with opened(world) as tables:
        now = credited_by(tables, "contact_key")
        results = made(lay_ground(tables), ANSWERS)
        extra = _extra(tables, seeded.orders["hold-out-messaged"])
    scores["clicks-machine"].add(_figure(results["clicks-machine"]), _worth(seeded, "clicks-machine", before, now))
    told = next(one.incremental for one in results["hold-out-messaged"].campaigns if one.campaign == "trial")
    assert isinstance(told, Estimate)
    scores["hold-out-messaged"].add(told, -extra)


def _messages(base: World, before: Credits, scores: Scores) -> None:
    world, seeded = with_wrong_messages(base)
    with opened(world) as tables:
        now = credited_by(tables, "contact_key")
        results = made(lay_ground(tables), MESSAGES)
    missing = "consent-missing"  # without these messages nothing of theirs would be credited
    before = {one: worth for one, worth in before.items() if one not in seeded.contacts[missing]}
    for code in MESSAGES:
        scores[code].add(_figure(results[code]), _worth(seeded, code, before, now))


def _worth(seeded: Seeded, code: str, before: Credits, now: Credits) -> float:
    """What a defect adds to contribution by the credit of its people and by its cost."""
    added = math.fsum(now.get(one, 0.0) - before.get(one, 0.0) for one in seeded.contacts[code])
    return added * MARGIN_SHARE - seeded.cost[code]


def _figure(result: CheckResult) -> Estimate:
    assert not result.passed, result.code
    assert isinstance(result.effect, Estimate), result.effect
    return result.effect


def _extra(tables: Tables, keys: list[int]) -> float:
    """What these orders of held-out people take off the incremental revenue: both arms are of one size here."""
    row = tables.con.execute(
        "SELECT sum(c.net_minor) FROM conversion AS c JOIN event_assignment AS a ON c.contact_key = a.contact_key"
        " WHERE c.order_key IN (SELECT unnest($1::BIGINT[])) AND c.ordered_us < a.occurred_us + 14 * 86400000000",
        [keys],
    ).fetchone()
    assert row is not None
    return float(row[0] or 0) / 100


def run_worlds(count: int, first: int = 0) -> Scores:
    scores: Scores = defaultdict(Score)
    for seed in range(first, first + count):
        measure(seed, scores)
    print(f"\n{count} worlds of {PEOPLE:,} people over {DAYS} days, seeds from {first:,} on; contribution in EUR")
    print("| check | method | stated | true | bias | interval | covered |\n|---|---|---|---|---|---|---|")
    for code, score in sorted(scores.items()):
        bias = f"{score.bias:+.1%} ± {score.chance:.1%}" if score.methods != {"bounds"} else "–"
        cells = (
            f"`{code}`",
            ", ".join(sorted(score.methods)),
            f"{np.mean(score.stated):,.2f}",
            f"{np.mean(score.true):,.2f}",
        )
        print(f"| {' | '.join(cells)} | {bias} | {np.mean(score.widths):,.2f} | {score.coverage:.1%} |")
    return scores


def check_scores(scores: Scores, *, beyond: float, coverage: float) -> None:
    """Bias of at most a tenth and `beyond` times its own chance error; sure intervals always hold the truth."""
    assert set(scores) == set(MEASURED)
    faults = []
    for code, score in scores.items():
        allowed = 0.0 if score.methods == {"exact"} else 0.1 + beyond * score.chance
        if score.methods != {"bounds"} and abs(score.bias) > allowed + 1e-9:
            faults.append(f"{code}: bias {score.bias:+.1%} ± {score.chance:.1%}")
        if score.coverage < (1.0 if score.is_sure else coverage):
            faults.append(f"{code}: covered {score.coverage:.1%}")
    assert not faults, faults


def test_every_check_that_states_money_has_a_truth_here() -> None:
    silent = {one.code for one in checks() if one.effect.__qualname__.startswith("no_money.")}
    stating = {one.code for one in checks()} - silent
    assert stating == set(MEASURED)


def test_effects_are_what_the_defects_are_worth() -> None:
    """A few worlds: exact effects to the cent, bounds that hold; of the others the mean within 10 % and its own chance error."""
    check_scores(run_worlds(3), beyond=2.0, coverage=0.3)


@pytest.mark.soak
def test_over_200_worlds_bias_is_at_most_a_tenth_and_intervals_cover() -> None:
    """The chance error of every bias is below a tenth, and nothing of it is added to the tenth that is allowed.

    Intervals of 95 % hold 181 and more of 200 worlds in 999 of 1,000 runs. Estimators are developed on other seeds, below 1,000.
    """
    scores = run_worlds(200, 7_000)
    check_scores(scores, beyond=0.0, coverage=0.905)
    assert all(score.chance <= 0.1 for score in scores.values() if score.methods != {"bounds"})
