"""Daily worlds of known truth: a sender's numbers with weekdays, trend and days that differ beyond chance, and nothing odd in them."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from earnest.kernel.period import day_number
from earnest.trends.series import Series

FIRST = day_number(date(2026, 3, 2))
DAYS = 120
SHARES = {"delivery": (0.95, 0.1), "click": (0.06, 0.15), "opt-out": (0.006, 0.15), "read": (0.7, 0.1)}
"""Rate, and standard deviation of a day's logit beyond chance."""

Worlds = dict[str, Series]


def world(random: np.random.Generator, *, a_day: float | None = None, echo: float = 0.0) -> Worlds:
    """Six numbers of one sender.

    Args:
        a_day: messages on an average day; drawn between 3 and 3,000 if None.
        echo: how much of a day's luck the next day has as well, 0–1.
    """
    days = np.arange(DAYS)
    weekday = (FIRST + days + 3) % 7
    size = a_day if a_day is not None else float(np.exp(random.uniform(np.log(3), np.log(3000))))
    pattern = np.exp(random.normal(0, 0.25, 7))[weekday] * np.exp(random.normal(0, 0.1) * days / 28)
    sent = random.poisson(size * pattern * np.exp(0.1 * luck(random, echo))).astype(float)
    none = np.zeros(DAYS, dtype=bool)
    found = {"messages": Series("count", FIRST, sent, np.ones(DAYS), none)}
    for name, (rate, spread) in SHARES.items():
        logit = np.log(rate / (1 - rate)) + random.normal(0, 0.1, 7)[weekday] + spread * luck(random, echo)
        events = random.binomial(sent.astype(int), 1 / (1 + np.exp(-logit))).astype(float)
        found[name] = Series("share", FIRST, events, sent, none)
    price = 80_000 * (1 + 0.03 * random.normal(size=DAYS))
    found["cost"] = Series("mean", FIRST, price * sent, sent, none)
    return found


def luck(random: np.random.Generator, echo: float) -> NDArray[np.float64]:
    """A standard normal a day, of which the next day repeats so much."""
    drawn = random.normal(size=DAYS)
    for day in range(1, DAYS):
        drawn[day] = echo * drawn[day - 1] + np.sqrt(1 - echo * echo) * drawn[day]
    return drawn
