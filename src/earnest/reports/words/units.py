"""A figure in its unit: shares as percent, ratios as times, money in its currency, durations with their word."""

from __future__ import annotations

from earnest.kernel.estimate import Estimate
from earnest.reports.words import Words


def figure(kpi: str, value: float, found: Estimate, words: Words, *, point: bool = True) -> str:
    """A value in the unit of `found`. `point` uses its exact money, where it is money."""
    form = words.formats
    if found.unit == "share":
        return form.share(value)
    if found.unit == "count":
        return form.count(value)
    if found.unit == "ratio":
        return form.share(value) if "roi" in kpi else form.times(value)
    if len(found.unit) == 3 and found.unit.isupper():
        return form.exact(found.exact) if point and found.exact else form.amount(value, found.unit)
    return _worded(form.decimal(value, 1), found.unit, words)


def between(kpi: str, ends: tuple[float, float], found: Estimate, words: Words) -> str:
    """A range whose ends share their unit where the language allows it."""
    form = words.formats
    if found.unit == "share":
        return form.share_range(*ends)
    if found.unit == "ratio" and "roi" not in kpi:
        return f"{form.decimal(ends[0], _decimals(ends))}–{form.decimal(ends[1], _decimals(ends))}×"
    low, high = (figure(kpi, end, found, words, point=False) for end in ends)
    return words.say("%(low)s to %(high)s", low=low, high=high)


def _decimals(ends: tuple[float, float]) -> int:
    return 0 if all(end == int(end) for end in ends) else 2


def _worded(number: str, unit: str, words: Words) -> str:
    said = {
        "seconds": words.say("%(number)s s", number=number),
        "minutes": words.say("%(number)s min", number=number),
        "hours": words.say("%(number)s h", number=number),
        "days": words.say("%(number)s d", number=number),
        "months": words.say("%(number)s mo", number=number),
        "points": words.say("%(number)s pts", number=number),
    }
    return said.get(unit, f"{number} {unit}")
