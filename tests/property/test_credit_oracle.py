"""Thousands of small worlds: what the production SQL says of each is what the oracle says, to the minor unit.

A difference is told with the world's number (`world(number)` of `credit_worlds` makes it again), cut down to the events
that it needs. Where the definitions are silent the oracle follows the tables: a message stands at the earliest instant told
of it, a cancelled order keeps its touches with credits of 0, 72 hours and 30 days are half-open, a click that names no message
and whose link none carries belongs to the latest of 72 hours, an answer to a message to nobody known is whoever's answered.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from earnest.attribution.split import decay_table
from property import credit_engine, credit_oracle
from property.credit_engine import MODELS, Facts
from property.credit_worlds import DAY, KINDS, World, crowd, world

SUBJECTS = ("conversions", "stored", "credits", "cells", "funnel", "costs", "kpis")
MONEY = ("costs", "kpis", "ctr")
STORED = ("last_touch", "linear")
WORLDS = 2_000


@functools.lru_cache(maxsize=1)
def told(first: int, until: int) -> dict[int, Facts]:
    """What the engine says of the worlds of a range; one build for each set of windows. Key −1: cells of no label."""
    found: dict[int, Facts] = {-1: {"unattributed": set()}}
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for start in (first, first + 1):
        with credit_engine.built([world(number) for number in range(start, until, 2)]) as tables:
            for number, own in (*credit_engine.told(tables).items(), *credit_engine.money(tables).items()):
                found[number] = found.get(number, {}) | own
            for *cell, count, minor in credit_engine.unattributed(tables):
                sums[tuple(cell)] = [sums[tuple(cell)][0] + count, sums[tuple(cell)][1] + minor]
    found[-1]["unattributed"] = {(*cell, *one) for cell, one in sums.items()}
    return found


def facts(one: World, oracle: ModuleType = credit_oracle) -> Facts:
    """What the oracle says of a world, subject by subject."""
    books = oracle.Books(one)
    found: Facts = defaultdict(set)
    for key, own in books.conversions.items():
        found["conversions"].add((key, own.person, own.at_us, own.day, own.net, own.cancelled))
    for model in MODELS:
        rows, cells = rolled_up(model, oracle.credits_of(books, model))
        found["credits"] |= rows
        found["stored"] |= rows if model in STORED else set()
        found["cells"] |= {cell for cell in cells if cell[0] is not None}
        found["unattributed"] |= {cell[1:] for cell in cells if cell[0] is None}
    for (label, day), counts in oracle.funnel(books).items():
        for name, count in counts.items():
            found["clicked" if name == "clicked" else "funnel"].add((label, day, name, count))
    spent = oracle.costs(books)
    for campaign, kpis in oracle.kpis(books).items():
        found["costs"].add((campaign, spent[campaign]))
        for name, value in kpis.items():
            found["ctr" if name == "click_through_rate" else "kpis"].add((campaign, name, value))
    return found


def rolled_up(model: str, given: Iterable[Any]) -> tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]:
    """The rows of a model, and its cells by label and day."""
    rows = set()
    cells: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for credit in given:
        touch = credit.touch
        of = (None,) * 4 if touch is None else (touch.message, touch.label, touch.rung, touch.at_us)
        rows.add((credit.order, model, credit.day, *of, credit.minor))
        sums = cells[of[1], model, credit.day]
        sums[0], sums[1] = sums[0] + 1, sums[1] + credit.minor
    return rows, {(*cell, *sums) for cell, sums in cells.items()}


def differences(
    numbers: range, subjects: tuple[str, ...], oracle: ModuleType = credit_oracle, *, most: int = 3
) -> dict[int, list[str]]:
    """The first worlds of which engine and oracle say different things, and what; −1 is all of them, if there is none."""
    engine, found = told(numbers.start, numbers.stop), {}
    rest: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for number in numbers:
        expected = facts(world(number), oracle)
        if unalike := unlike(expected, engine.get(number, {}), subjects):
            found[number] = unalike
        if len(found) >= most:
            return found
        for *cell, count, minor in expected["unattributed"]:
            rest[tuple(cell)] = [rest[tuple(cell)][0] + count, rest[tuple(cell)][1] + minor]
    together = {"unattributed": {(*cell, *sums) for cell, sums in rest.items()}}
    unalike = [] if found else unlike(together, engine[-1], ("unattributed",))
    return found | ({-1: unalike} if unalike else {})


def explained(found: dict[int, list[str]], subjects: tuple[str, ...]) -> str:
    """What differs in the first world, and the few events of it that are enough."""
    number, said = next(iter(found.items()))
    cut = smallest(world(number), subjects) if number >= 0 else world(0)
    events = [f"{kind} {row}" for kind in KINDS for row in cut.events[kind] if number >= 0]
    return "\n".join([f"world({number})", *said, "is so already with", *events])


def unlike(expected: Facts, got: Facts, subjects: tuple[str, ...]) -> list[str]:
    """The subjects of which they say different things. Of a campaign without anything but zeros nothing need be said."""
    alive = {fact[0] for own in (expected, got) for name in MONEY for fact in own.get(name, set()) if fact[-1]}
    found = []
    for subject in subjects:
        says, has = (
            {fact for fact in own.get(subject, set()) if subject not in MONEY or fact[0] in alive}
            for own in (expected, got)
        )
        if says != has:
            found.append(f"{subject}: the oracle says {says - has}, the engine {has - says}")
    return found


def smallest(one: World, subjects: tuple[str, ...]) -> World:
    """The world without every event that is not needed for engine and oracle to differ."""

    def differ(events: dict[str, list[Any]]) -> bool:
        cut = World(events, one.person, one.windows, one.campaign, one.within)
        labelled = all(message.label is not None for message in credit_oracle.Books(cut).messages.values())
        return labelled and bool(unlike(facts(cut), alone(cut), subjects))

    events = {kind: list(one.events[kind]) for kind in KINDS}
    for kind in KINDS:
        for row in one.events[kind]:
            without = events | {kind: [other for other in events[kind] if other is not row]}
            events = without if differ(without) else events
    return World(events, one.person, one.windows, one.campaign, one.within)


def alone(one: World) -> Facts:
    """What the engine says of a single world."""
    got: Facts = {}
    with credit_engine.built([one]) as tables:
        for own in (*credit_engine.told(tables).values(), *credit_engine.money(tables).values()):
            for subject, said in own.items():
                got[subject] = got.get(subject, set()) | said
    return got


def test_engine_and_oracle_agree_on_2_000_worlds() -> None:
    found = differences(range(WORLDS), SUBJECTS)
    assert not found, explained(found, SUBJECTS)


def test_a_message_with_a_human_click_is_clicked() -> None:
    assert not differences(range(WORLDS), ("clicked", "ctr"))


def test_of_more_than_1_000_touches_the_latest_count() -> None:
    one = crowd()
    books = credit_oracle.Books(one)
    assert {len(touches) for touches in books.journeys.values()} == {1_000}
    assert not unlike(facts(one), alone(one), SUBJECTS)


def test_every_weight_of_decay_is_the_rounded_power() -> None:
    table = decay_table()
    steps, weights = table["step"].to_pylist(), table["weight"].to_pylist()
    assert steps == list(range(20_481))
    assert weights == [credit_oracle.decayed(step, 1_024) for step in steps]
    assert credit_oracle.decayed(20 * DAY + DAY // 1_024, DAY) == 0


MUTANTS = {
    "the window is open at its far edge": ("0 <= age <= window", "0 <= age < window"),
    "the window is open at the conversion": ("0 <= age <= window", "0 < age <= window"),
    "a window of 0 qualifies": ("window > 0 and 0", "0"),
    "credit is rounded down": ("amount // divisor if amount >= 0 else -(-amount // divisor)", "amount // divisor"),
    "each share is rounded by itself": (
        "[after - before for before, after in pairwise(upto)]",
        "[towards_zero(net * one, sum(given)) for one in given]",
    ),
    "the earliest touch of a rung counts": ("rung, at = max(met)", "rung, at = max(met, key=lambda m: (m[0], -m[1]))"),
    "the latest touch counts, not the highest": ("rung, at = max(met)", "rung, at = max(met, key=lambda m: m[::-1])"),
    "equal instants go by the larger key": ("(touch.at_us, touch.message)", "(touch.at_us, -touch.message)"),
    "first and last are swapped": ('0 if model == "first_touch"', '0 if model == "last_touch"'),
    "U gives the first more": ("[2 * (n - 2), *[1]", "[3 * (n - 2), *[1]"),
    "W gives roles more": ("role=3, other=1", "role=4, other=1"),
    "W has the first click as milestone": ("if touch.rung == AT_REPLY", "if touch.rung >= AT_CLICK"),
    "the full path gives others less": ("role=9, other=4", "role=9, other=3"),
    "the lead is a click, never a reply": ("if touch.rung >= AT_CLICK", "if touch.rung == AT_CLICK"),
    "roles that coincide do not add up": ("held.count(i) *", "1 *"),
    "ages are rounded down": ("age * 1024 + half_life // 2", "age * 1024"),
    "decay ends earlier": ("step > 20_480", "step >= 20_480"),
    "decay never ends": ("0 if step > 20_480", "1 if step > 20_480"),
    "a day's half-life is a week's": ('"time_decay_24h": DAY', '"time_decay_24h": 7 * DAY'),
    "weights are cut off": ("rounding=ROUND_HALF_EVEN", 'rounding="ROUND_DOWN"'),
    "machines click": ('.get(one["what"])', '.get(one["what"].replace("bot", "human"))'),
    "refunds of other conversions are lost": (
        'if row["order_key"] in in_force else row["conversion_key"]',
        "if True else 0",
    ),
    "a refund told twice counts twice": ('once(world.events["refund"])', 'world.events["refund"]'),
    "the first version is in force": ('key=lambda row: row["updated_us"]', 'key=lambda row: -row["updated_us"]'),
    "cancelled orders earn": ('0 if row["cancelled"] else row["net_minor"]', 'row["net_minor"]'),
    "identities are people": ("world.person.get(contact, contact)", "contact"),
    "a message stands where it was sent": (
        'min(rows, key=lambda row: row["occurred_us"])',
        'min(rows, key=lambda row: (row["status"] != 2, row["occurred_us"]))',
    ),
    "an answer after 72 hours counts": ("message.sent_us < 72 * HOUR", "message.sent_us <= 72 * HOUR"),
    "an answer finds a message of 72 hours ago": ("one[0] < 72 * HOUR", "one[0] <= 72 * HOUR"),
    "of equal sends the smaller key is answered": ("-one.key, one)", "one.key, one)"),
    "a link finds no message of 30 days": ("one[0] < 30 * DAY", "one[0] < 72 * HOUR"),
    "four links are a burst": (">= 3:", ">= 4:"),
    "a burst is shorter than a second": ("- at) <= SECOND", "- at) < SECOND"),
    "a second after the send is too soon": ("< SECOND and kind", "<= SECOND and kind"),
    "30 seconds are no repetition": ("<= 30 * SECOND", "< 30 * SECOND"),
    "read does not imply delivered": ("(AT_DELIVERY, (DELIVERED, READ))", "(AT_DELIVERY, (DELIVERED,))"),
    "the last read counts": ("(rung, min(told))", "(rung, max(told))"),
    "failed after delivery is failed": (" and not message.delivered", ""),
    "opt-outs of undelivered messages count": ("message.delivered and left", "left"),
    "discounts are costs": ('!= "discount"', '!= "none"'),
    "covered messages cost": ("0 if paid else message.price or 0", "message.price or 0"),
    "a line covers messages sent at its end": (
        'message.sent_us < row["until_us"]',
        'message.sent_us <= row["until_us"]',
    ),
    "cancelled orders convert": ("if not conversion.cancelled}", "}"),
    "an empty denominator gives 0": ("/ denominator if denominator else None", "/ (denominator or 10**99)"),
    "orders are counted, not people": ("books.conversions[order].person for", "order for"),
}
"""A rule, bent: what stands in the oracle, and what instead."""


@pytest.mark.parametrize("name", MUTANTS)
def test_the_worlds_can_tell(name: str) -> None:
    """An oracle with one rule bent is found out."""
    assert differences(range(WORLDS), SUBJECTS, mutant(*MUTANTS[name]), most=1)


def mutant(stands: str, instead: str) -> ModuleType:
    source = Path(str(credit_oracle.__file__)).read_text(encoding="utf-8")
    assert source.count(stands) == 1, f"{stands!r} stands {source.count(stands)} times in the oracle"
    made = ModuleType(credit_oracle.__name__)
    exec(compile(source.replace(stands, instead), "mutant", "exec"), made.__dict__)
    return made


def test_the_oracle_is_small_and_knows_no_sql() -> None:
    text = Path(str(credit_oracle.__file__)).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert "earnest." not in text
    assert "duckdb" not in text


@pytest.mark.soak
def test_engine_and_oracle_agree_on_8_000_more() -> None:
    for first in range(WORLDS, 10_000, WORLDS):
        found = differences(range(first, first + WORLDS), SUBJECTS)
        assert not found, explained(found, SUBJECTS)
