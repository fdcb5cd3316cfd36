"""Days of the shop: when each begins, and how much is bought on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from earnest.kernel.period import day_number, day_of, day_start_us, zone
from earnest.simulation.chance import SECOND_US, Ints, Reals
from earnest.simulation.plan import ShopPlan

DAYS_PER_MONTH = 365.25 / 12
_PEAK_DAY_OF_YEAR = 340


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days [first_day, today) in order.

    Args:
        starts_us: instant at which each begins. weights: relative demand, 1 on an average day of the year.
        first_number: day number of the first.
    """

    starts_us: Ints
    weights: Reals
    first_number: int

    @property
    def months(self) -> float:
        """Length weighted by demand, in average months: a customer's expected orders / orders per month."""
        return float(self.weights.sum()) / DAYS_PER_MONTH

    def day_numbers(self, at_us: Ints) -> Ints:
        """Day number of each instant; instants after the last day count to it."""
        return np.asarray(self.first_number - 1 + np.searchsorted(self.starts_us, at_us, side="right"))

    def months_between(self, first: date, days: int) -> float:
        """The same for `days` days from `first` on, as far as the calendar goes."""
        index = day_number(first) - self.first_number
        return float(self.weights[index : index + days].sum()) / DAYS_PER_MONTH


def calendar(plan: ShopPlan) -> Calendar:
    """The days of a plan."""
    first, last = day_number(plan.first_day), day_number(plan.today)
    where = zone(plan.zone)
    starts = np.array([day_start_us(number, where) for number in range(first, last)], dtype=np.int64)
    weekly = np.array(plan.weekly) / np.mean(plan.weekly)
    days = [day_of(number) for number in range(first, last)]
    weekday = np.array([day.weekday() for day in days])
    of_year = np.array([day.timetuple().tm_yday for day in days])
    yearly = 1 + plan.yearly * np.cos(2 * math.pi * (of_year - _PEAK_DAY_OF_YEAR) / 365.25)
    return Calendar(starts, weekly[weekday] * yearly, first)


def start_of(plan: ShopPlan, day: date) -> int:
    """Instant at which a day begins in the plan's zone."""
    return day_start_us(day_number(day), zone(plan.zone))


def shopping_instants(days: Calendar, count: int, rng: np.random.Generator) -> Ints:
    """Instants of `count` orders: busy days more often, between 06:00 and midnight after each day's start."""
    share = np.cumsum(days.weights) / days.weights.sum()
    index = np.minimum(np.searchsorted(share, rng.random(count), side="right"), len(share) - 1)
    seconds = 6 * 3600 + (17.5 * 3600 * rng.beta(2.2, 1.6, count)).astype(np.int64)
    return np.asarray(days.starts_us[index] + seconds * SECOND_US)
