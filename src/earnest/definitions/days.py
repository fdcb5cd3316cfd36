"""Stretches of business days that are held against each other, and what makes two of them unequal.

2026-09-01..2026-09-28  =  2026-10-06..2026-11-02    as long, as many Mondays … Sundays, no special days in one alone
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from earnest.kernel.errors import UsageError
from earnest.kernel.period import parse_day
from earnest.kernel.words import count

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONGEST = 3_660


@dataclass(frozen=True, slots=True)
class Days:
    """Business days from `first` to `last`, both included."""

    first: date
    last: date

    @classmethod
    def read(cls, text: str) -> Days:
        """Read `FIRST..LAST`, or one day.

        Raises:
            UsageError: `bad-days`, `not-a-date`.

        Example:
            >>> len(Days.read("2026-09-01..2026-09-28"))
            28
        """
        first, dots, last = (part.strip() for part in text.partition(".."))
        if not first or (dots and not last):
            raise _bad(text)
        found = cls(parse_day(first), parse_day(last) if dots else parse_day(first))
        if not 0 < len(found) <= LONGEST:
            raise _bad(text)
        return found

    def __len__(self) -> int:
        return max(0, (self.last - self.first).days + 1)

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range(len(self)))

    def __str__(self) -> str:
        return f"{self.first.isoformat()}..{self.last.isoformat()}" if len(self) > 1 else self.first.isoformat()

    @property
    def weekdays(self) -> Counter[str]:
        """How many Mondays … Sundays there are."""
        return Counter(WEEKDAYS[day.weekday()] for day in self)

    @property
    def seasons(self) -> frozenset[str]:
        """The special days of trade it touches; see `season`."""
        return frozenset(name for day in self if (name := season(day)) is not None)


def season(day: date) -> str | None:
    """Days on which shops sell other than usual, whatever is sent: worldwide ones that stand in the calendar.

    black-week: Monday before Thanksgiving (fourth Thursday of November) to Cyber Monday. christmas: 1 to 26 December. sales:
    27 December to 6 January. singles-day: 11 November. valentine: 8 to 14 February. womens-day: 1 to 8 March. A shop's own
    sales are not known here.

    Example:
        >>> season(date(2026, 11, 27)), season(date(2026, 10, 1))
        ('black-week', None)
    """
    month, number = day.month, day.day
    if _thanksgiving(day.year) - timedelta(days=3) <= day <= _thanksgiving(day.year) + timedelta(days=4):
        return "black-week"
    if month == 12:
        return "christmas" if number <= 26 else "sales"
    spans = {(1, 1, 6): "sales", (2, 8, 14): "valentine", (3, 1, 8): "womens-day", (11, 11, 11): "singles-day"}
    return next((name for (of, first, last), name in spans.items() if month == of and first <= number <= last), None)


def differences(one: Days, other: Days) -> list[tuple[str, str]]:
    """What makes two stretches unequal: aspect (length, weekdays, season) and a sentence; nothing if they are alike."""
    found = []
    if len(one) != len(other):
        found.append(("length", f"{one} has {count(len(one), 'day')}, {other} has {count(len(other), 'day')}"))
    elif one.weekdays != other.weekdays:
        more, less = one.weekdays - other.weekdays, other.weekdays - one.weekdays
        found.append(("weekdays", f"{one} has {_listed(more)} more, {other} has {_listed(less)} more"))
    if one.seasons != other.seasons:
        sides = [f"{days} touches {', '.join(sorted(days.seasons)) or 'no special days'}" for days in (one, other)]
        found.append(("season", "; ".join(sides)))
    return found


def require_equal(one: Days, other: Days, *, unless: str | None = None) -> None:
    """Refuse to hold unequal stretches against each other.

    Args:
        unless: why it is done all the same, in words; then nothing is refused.

    Raises:
        UsageError: `unequal-windows`, with the aspects that differ.
    """
    found = differences(one, other)
    if found and not (unless or "").strip():
        raise UsageError(
            "unequal-windows",
            f"these days cannot be held against each other: {'; '.join(sentence for _, sentence in found)}",
            hint="Compare as many days with the same weekdays, such as whole weeks of the same season.",
            aspects=[aspect for aspect, _ in found],
        )


def _thanksgiving(year: int) -> date:
    """The fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 21)


def _listed(days: Counter[str]) -> str:
    return ", ".join(count(number, name) for name, number in days.items() if number) or "nothing"


def _bad(text: str) -> UsageError:
    return UsageError(
        "bad-days",
        f"'{text}' is no stretch of days",
        hint="Write the first and the last day: 2026-09-01..2026-09-28, at most ten years.",
    )
