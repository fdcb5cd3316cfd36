"""Alerts in worlds of known truth: how many are false where nothing is odd, and how many of the odd days are found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from earnest.trends.flags import flags
from earnest.trends.scan import RATE, scan
from simulation.daily_worlds import DAYS, FIRST, Worlds, world

SINCE, UNTIL = FIRST + DAYS - 28, FIRST + DAYS
LOOKS = 40
WORLDS = 20


@pytest.mark.parametrize(("echo", "most"), [(0.0, 4), (0.3, 6)])
def test_where_nothing_is_odd_hardly_a_look_flags_anything(echo: float, most: int) -> None:
    """18 series of three senders, 28 days: at most 5 % of looks may flag anything, so that more than 6 of 40 had a chance of 1 %.

    Where days repeat a third of each other's luck the promise is kept too, though nobody states it.
    """
    random = np.random.default_rng(20_261_122)
    alarmed = tests = 0
    for _ in range(LOOKS):
        series = {f"{n} {name}": one for n in range(3) for name, one in world(random, echo=echo).items()}
        found = scan(series, since=SINCE, until=UNTIL)
        alarmed += bool(found.flagged)
        tests += len(found.spans)
    print(
        f"echo {echo}: {alarmed} of {LOOKS} looks with any alert (stated: at most {RATE:.0%}), {tests:,} days and weeks tested"
    )
    assert alarmed <= most


def bad_delivery(worlds: Worlds, random: np.random.Generator) -> tuple[str, str, int]:
    """One day 85 % instead of 95 % delivered."""
    one = worlds["delivery"]
    one.events[105] = random.binomial(int(one.trials[105]), 0.85)
    return "delivery", "spike", 105


def few_messages(worlds: Worlds, random: np.random.Generator) -> tuple[str, str, int]:
    """One day half as many messages."""
    worlds["messages"].events[105] = random.poisson(worlds["messages"].events[105] / 2)
    return "messages", "spike", 105


def more_opt_outs(worlds: Worlds, random: np.random.Generator) -> tuple[str, str, int]:
    """1.5 % opt-outs instead of 0.6 %, for twelve days."""
    one = worlds["opt-out"]
    one.events[108:] = random.binomial(one.trials[108:].astype(int), 0.015)
    return "opt-out", "level", 108


def fewer_clicks(worlds: Worlds, random: np.random.Generator) -> tuple[str, str, int]:
    """Half of the clicks are lost, for a fortnight."""
    one = worlds["click"]
    one.events[106:] = random.binomial(one.events[106:].astype(int), 0.5)
    return "click", "level", 106


def dearer(worlds: Worlds, _random: np.random.Generator) -> tuple[str, str, int]:
    """A message costs a fifth more from some day on."""
    worlds["cost"].events[107:] *= 1.2
    return "cost", "level", 107


Odd = Callable[[Worlds, np.random.Generator], tuple[str, str, int]]


@pytest.mark.parametrize(
    ("odd", "found_at_least"), [(bad_delivery, 0.9), (few_messages, 0.85), (more_opt_outs, 0.7), (fewer_clicks, 0.85), (dearer, 0.95)]
)  # fmt: skip
def test_what_is_odd_is_found_and_dated(odd: Odd, found_at_least: float) -> None:
    """A sender of 1,000 messages a day: found as what it is, and dated to a day."""
    random = np.random.default_rng(7)
    found = 0
    for _ in range(WORLDS):
        worlds = world(random, a_day=1000)
        name, kind, place = odd(worlds, random)
        told = [flag for flag in flags(scan(worlds, since=SINCE, until=UNTIL)) if flag.series == name]
        found += any(flag.kind == kind and abs(flag.first - place) <= 1 for flag in told)
    print(f"{odd.__doc__} Found and dated in {found} of {WORLDS} worlds")
    assert found >= WORLDS * found_at_least
