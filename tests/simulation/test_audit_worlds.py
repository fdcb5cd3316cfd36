"""Worlds whose truth is known: what the audit says a defect is worth, beside what it is worth.

Each world is built four times: clean, with wrong orders, with holes, and with wrong clicks and a messaged hold-out. True is what
mending one defect would change while the others stay as they are: a check is asked no more. So an order of a missing day that
also names nobody belongs to neither: no single mending brings its credit back. Over all worlds the mean of the stated effects
may be off by at most 10 % of the mean of the true ones; the intervals hold the truth at their level (bounds: always).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from earnest.audit.check import find_check
from earnest.audit.result import CheckResult
from earnest.audit.run import run
from earnest.kernel.estimate import Estimate
from earnest.usecases.quality_ground import lay_ground
from earnest.usecases.tables import Tables
from simulation.audit_world import (
    DAY,
    DAYS,
    FIRST_DAY,
    HOUR,
    MARGIN,
    MINUTE,
    SECOND,
    START,
    TRIAL_DAY,
    Row,
    World,
    basket,
    clean,
    opened,
)

PEOPLE = 1_000
LEVEL = 0.95
MARGIN_SHARE = float(MARGIN)
Credits = dict[int, float]


@dataclass
class Seeded:
    """What was put into a world: order keys by check, and what each check's rows truly add to the cost (major units)."""

    orders: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    cost: dict[str, float] = field(default_factory=lambda: defaultdict(float))


@dataclass
class Score:
    """Stated and true effects of one check over the worlds."""

    stated: list[float] = field(default_factory=list)
    true: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    methods: set[str] = field(default_factory=set)

    @property
    def bias(self) -> float:
        return (math.fsum(self.stated) - math.fsum(self.true)) / (abs(math.fsum(self.true)) or math.inf)

    @property
    def coverage(self) -> float:
        return sum(self.covered) / len(self.covered)

    def add(self, figure: Estimate, truth: float) -> None:
        assert figure.low is not None
        assert figure.high is not None
        self.stated.append(figure.value)
        self.true.append(truth)
        self.covered.append(figure.low - 0.015 <= truth <= figure.high + 0.015)
        self.methods.add(figure.method)


def coincidences(world: World) -> None:
    """People who truly buy the same thing twice in two shops within 70 minutes; priced messages; quick fingers."""
    rng = world.random
    originals = list(world.events["order"])
    for row in (originals[int(place)] for place in rng.choice(len(originals), 60, replace=False)):
        later = row["occurred_us"] + int(rng.integers(1, 70 * MINUTE))
        world.order(row["contact_key"], later, row["net_minor"], source="market")
    price: dict[int, int] = {}
    for row in world.events["message"]:
        row["cost_micro"] = price.setdefault(row["message_key"], int(rng.integers(40_000, 120_000)))
    for row in _delivered(world)[:60]:
        world.click(row["contact_key"], row["message_key"], row["occurred_us"] + int(rng.integers(9 * SECOND)))


def _delivered(world: World) -> list[Row]:
    """Deliveries in an order of their own, so that whoever takes the first takes some by chance."""
    rows = [row for row in world.events["message"] if row["status"] == 3]
    return [rows[int(place)] for place in np.random.default_rng([world.seed, 5]).permutation(len(rows))]


def with_wrong_orders(base: World, credited: Credits) -> tuple[World, Seeded]:
    """Orders told twice, unmatched, tested, cancelled, refunded too much, missing days; messages twice or without a price."""
    world, seeded, rng = base.copy(), Seeded(), np.random.default_rng([base.seed, 2])
    orders = [row for row in world.events["order"] if row["source"] == "files"]
    picked = iter([orders[int(place)] for place in rng.permutation(len(orders))])
    for _ in range(round(0.08 * len(orders))):
        row = next(picked)
        at = row["occurred_us"] + int(rng.integers(1, 5 * MINUTE))
        told = {
            "event_key": world.key(),
            "order_key": world.key(),
            "order_id": None,
            "source": "register",
            "occurred_us": at,
        }
        world.tell("order", **(row | told))
        seeded.orders["orders-across-sources"].append(told["order_key"])
    # Half of what follows happens to orders that are credited, else there were little to see.
    left = list(picked)
    near = [row for row in left if row["order_key"] in credited]
    far = iter([row for row in left if row["order_key"] not in credited])
    picked = iter([row for one in near for row in (one, next(far))])
    for _ in range(len(near) * 2 // 5):
        row = next(picked)
        at = row["occurred_us"] + 40 * MINUTE
        test = world.order(row["contact_key"], at, basket(rng), coupon="TEST")
        seeded.orders["orders-test"].append(test["order_key"])
        row = next(picked)
        row["order_id"] = None
        copy = world.tell("order", **(row | {"event_key": world.key(), "order_key": world.key(), "segment_key": 9}))
        seeded.orders["orders-across-files"].append(copy["order_key"])
        row = next(picked)
        back = world.order(row["contact_key"], row["occurred_us"] + 2 * HOUR, -basket(rng))
        seeded.orders["orders-negative"].append(back["order_key"])
        row = next(picked)
        again = world.order(row["contact_key"], row["occurred_us"] + 3 * HOUR, basket(rng))
        world.tell(
            "order", **(again | {"event_key": world.key(), "cancelled": True, "received_us": again["received_us"] - 1})
        )
        seeded.orders["orders-cancelled-counted"].append(again["order_key"])
        row = next(picked)
        world.tell(
            "refund",
            occurred_us=row["occurred_us"] + DAY,
            order_key=row["order_key"],
            conversion_key=1,
            refund_minor=3 * row["net_minor"],
        )
        seeded.orders["refunds-above-order"].append(row["order_key"])
    return world, seeded


def with_holes(base: World) -> tuple[World, Seeded]:
    """Orders that name nobody, two days without orders, messages without a price, a cost line without a campaign."""
    world, seeded, rng = base.copy(), Seeded(), np.random.default_rng([base.seed, 4])
    gaps = {FIRST_DAY + int(rng.integers(23, 34)), FIRST_DAY + int(rng.integers(40, 51))}
    for row in world.events["order"]:
        row["contact_key"] = row["contact_key"] if rng.random() >= 0.08 else None
    for row in world.events["order"]:
        known, gone = row["contact_key"] is not None, row["local_day"] in gaps
        if known and gone:
            seeded.orders["source-gaps"].append(row["order_key"])
        if not known and not gone:
            seeded.orders["orders-unmatched"].append(row["order_key"])
    world.events["order"] = [row for row in world.events["order"] if row["local_day"] not in gaps]
    _costs(world, seeded, rng)
    return world, seeded


def _costs(world: World, seeded: Seeded, rng: np.random.Generator) -> None:
    sent = _delivered(world)
    free = {row["message_key"] for row in sent if rng.random() < 0.15}
    seeded.cost["messages-unrated"] = -sum(row["cost_micro"] for row in sent if row["message_key"] in free) / 1e6
    for row in world.events["message"]:
        if row["message_key"] in free:
            row["cost_micro"] = None
    world.tell(
        "cost",
        occurred_us=START,
        cost_id="x",
        campaign=None,
        cost_kind="content",
        amount_micro=30_000_000,
        evidence="invoiced",
        covers_messaging=False,
    )
    seeded.cost["cost-unallocated"] = -30.0


def with_wrong_answers(base: World) -> tuple[World, Seeded, dict[str, set[int]]]:
    """Scanners that click a message within three seconds; held-out people who get the campaign, and buy as the treated do."""
    world, seeded, rng = base.copy(), Seeded(), np.random.default_rng([base.seed, 3])
    people: dict[str, set[int]] = {"scanned": set(), "messaged": set()}
    held = [row["contact_key"] for row in world.events["assignment"] if row["arm"] == "control"]
    for contact in held[: len(held) // 8]:
        people["messaged"].add(contact)
        at = START + TRIAL_DAY * DAY + 10 * HOUR + int(rng.integers(30 * MINUTE))
        key = world.message(contact, 2, at)
        if rng.random() < 0.25:
            clicked = at + MINUTE + int(rng.exponential(3 * HOUR))
            world.click(contact, key, clicked)
            if rng.random() < 0.35:
                order = world.order(contact, clicked + int(rng.integers(1, 48 * 60)) * MINUTE, basket(rng))
                seeded.orders["hold-out-messaged"].append(order["order_key"])
    for row in _delivered(base)[60:260]:
        if row["contact_key"] not in people["messaged"]:
            people["scanned"].add(row["contact_key"])
            world.click(row["contact_key"], row["message_key"], row["occurred_us"] + int(rng.integers(1, 3 * SECOND)))
    return world, seeded, people


def credited_by(tables: Tables, by: str) -> Credits:
    """Credited revenue in major units, by order_key or contact_key."""
    rows = tables.con.execute(
        f"SELECT v.{by}, sum(c.credit_minor) / 100 FROM credit AS c JOIN conversion AS v ON c.order_key = v.order_key"
        " WHERE c.model = 'last_touch' AND c.message_key IS NOT NULL GROUP BY ALL"
    ).fetchall()
    return {int(key): float(amount) for key, amount in rows if key is not None}


def made(tables: Tables, codes: tuple[str, ...]) -> dict[str, CheckResult]:
    ground = lay_ground(tables)
    return {code: run(ground, find_check(code)) for code in codes}


WRONG = (
    *("orders-across-sources", "orders-across-files", "orders-test"),
    *("orders-negative", "orders-cancelled-counted", "refunds-above-order"),
)
LOST = ("orders-unmatched", "source-gaps")
COSTS = ("messages-unrated", "cost-unallocated")
ANSWERS = ("clicks-machine", "hold-out-messaged")


def measure(seed: int, scores: dict[str, Score]) -> None:
    """One world: every check's stated effect beside the true one."""
    base = clean(seed, PEOPLE)
    coincidences(base)
    with opened(base, only=("credit", "conversion")) as tables:
        before, by_contact = credited_by(tables, "order_key"), credited_by(tables, "contact_key")
    world, seeded = with_wrong_orders(base, before)
    with opened(world) as tables:
        after = credited_by(tables, "order_key")
        results = made(tables, WRONG)
    for code in WRONG:
        scores[code].add(_figure(results[code]), sum(after.get(key, 0.0) for key in seeded.orders[code]) * MARGIN_SHARE)
    world, seeded = with_holes(base)
    with opened(world) as tables:
        results = made(tables, (*LOST, *COSTS))
    for code in LOST:
        scores[code].add(
            _figure(results[code]), -sum(before.get(key, 0.0) for key in seeded.orders[code]) * MARGIN_SHARE
        )
    for code in COSTS:
        scores[code].add(_figure(results[code]), -seeded.cost[code])
    world, seeded, people = with_wrong_answers(base)
    with opened(world) as tables:
        now = credited_by(tables, "contact_key")
        results = made(tables, ANSWERS)
        extra = _extra(tables, seeded.orders["hold-out-messaged"])
    scanned = sum(now.get(one, 0.0) - by_contact.get(one, 0.0) for one in people["scanned"])
    scores["clicks-machine"].add(_figure(results["clicks-machine"]), scanned * MARGIN_SHARE)
    told = next(one.incremental for one in results["hold-out-messaged"].campaigns if one.campaign == "trial")
    assert isinstance(told, Estimate)
    scores["hold-out-messaged"].add(told, -extra)


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


def run_worlds(count: int, first: int = 0) -> dict[str, Score]:
    scores: dict[str, Score] = defaultdict(Score)
    for seed in range(first, first + count):
        measure(seed, scores)
    print(
        f"\n{count} worlds of {PEOPLE:,} people over {DAYS} days: stated and true mean effect on contribution (hold-out: on incremental revenue)"
    )
    for code, score in sorted(scores.items()):
        n = len(score.true)
        words = f"bias {score.bias:+6.1%}  covered {score.coverage:6.1%}  ({', '.join(sorted(score.methods))})"
        print(
            f"  {code:<26} stated {math.fsum(score.stated) / n:>9.2f}  true {math.fsum(score.true) / n:>9.2f}  {words}"
        )
    return scores


def check_scores(scores: dict[str, Score], *, bias: Callable[[Score], float], coverage: float) -> None:
    assert set(scores) == {*WRONG, *LOST, *COSTS, *ANSWERS}
    for code, score in scores.items():
        assert abs(score.bias) <= bias(score), (code, score.bias)
        assert score.coverage >= (1.0 if score.methods <= {"exact", "bounds"} else coverage), (code, score.coverage)


def test_effects_are_what_the_defects_are_worth() -> None:
    """A few worlds: exact effects to the cent; of the others the mean within 10 % and its own chance error."""
    scores = run_worlds(3)

    def allowed(score: Score) -> float:
        if score.methods <= {"exact"}:
            return 1e-9
        errors = np.subtract(score.stated, score.true)
        return 0.1 + 3 * float(np.std(errors, ddof=1)) / math.sqrt(len(errors)) / abs(float(np.mean(score.true)))

    check_scores(scores, bias=allowed, coverage=0.5)


@pytest.mark.soak
def test_over_200_worlds_bias_is_at_most_a_tenth_and_intervals_cover() -> None:
    """95 % intervals cover 91.9 % and more of 200 worlds in 98 of 100 runs. Estimators are developed on other seeds, below 1,000."""
    check_scores(run_worlds(200, 5_000), bias=lambda _score: 0.1, coverage=0.919)
