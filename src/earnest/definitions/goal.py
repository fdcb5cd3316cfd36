"""Goals: which figure of a campaign is to reach what, by when, and what it was before.

specific   the KPI and its definition      achievable  the baseline it starts from
measurable the target, in the KPI's unit   relevant    the campaign's objective
                                           time-bound  from, by
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from earnest.definitions.days import Days
from earnest.kernel.errors import UsageError
from earnest.kernel.money import Money
from earnest.kernel.period import parse_day

_WORDS = {"≥": True, ">=": True, "at least": True, "≤": False, "<=": False, "at most": False}
_TARGET = re.compile(
    r"(?P<word>≥|>=|≤|<=|at least|at most)?\s*(?P<number>[-−]?[0-9]{1,15}(?:\.[0-9]{1,6})?)\s*(?P<sign>%|×|x|[A-Za-z]{3})?"
)
_RANGES = {"share": (0, 1), "points": (-100, 100)}
_EXAMPLES = {
    "share": "≥ 12 %", "count": "≥ 5000", "money": "≤ 1000.00", "ratio": "≥ 1.5", "points": "≥ 40",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Goal:
    """What a campaign is to reach in one KPI.

    Args:
        kpi: id in the catalogue. definition: id and version of its definition when the goal was set.
        at_least: True if the figure is to be `target` or more, False if `target` or less.
        target: in `unit`: a share is 0–1, money in major units of the workspace's currency, exact.
        since: first day of sends that count; None is the campaign's first. by: last one; then the goal is due.
        baseline: what the figure was before, in the same unit. baseline_source: who says so.
        baseline_days: days the baseline was measured on. unequal: why those may differ in length from the goal's own.
        withdrawn: nobody wants it any more. set_us: when this version was declared.
    """

    campaign: str
    kpi: str
    definition: str
    unit: str
    at_least: bool
    target: Decimal
    by: date
    since: date | None = None
    baseline: Decimal | None = None
    baseline_source: str | None = None
    baseline_days: Days | None = None
    unequal: str | None = None
    owner: str | None = None
    note: str | None = None
    withdrawn: bool = False
    set_us: int = 0

    @property
    def aim(self) -> str:
        """The target in words: `≥ 12 %`."""
        return f"{'≥' if self.at_least else '≤'} {in_unit(self.target, self.unit)}"

    @property
    def days(self) -> Days | None:
        """Days of sends that count; None while the first is open."""
        return Days(self.since, self.by) if self.since is not None else None

    def to_json(self) -> dict[str, Any]:
        return {
            "campaign": self.campaign,
            "kpi": self.kpi,
            "definition": self.definition,
            "unit": self.unit,
            "direction": "at_least" if self.at_least else "at_most",
            "target": str(self.target),
            "from": self.since.isoformat() if self.since else None,
            "by": self.by.isoformat(),
            "baseline": str(self.baseline) if self.baseline is not None else None,
            "baseline_source": self.baseline_source,
            "baseline_days": str(self.baseline_days) if self.baseline_days else None,
            "unequal": self.unequal,
            "owner": self.owner,
            "note": self.note,
            "withdrawn": self.withdrawn,
        }

    @classmethod
    def from_json(cls, body: dict[str, Any], *, set_us: int = 0) -> Goal:
        days = body["baseline_days"]
        return cls(
            campaign=body["campaign"],
            kpi=body["kpi"],
            definition=body["definition"],
            unit=body["unit"],
            at_least=body["direction"] == "at_least",
            target=Decimal(body["target"]),
            by=parse_day(body["by"]),
            since=parse_day(body["from"]) if body["from"] else None,
            baseline=Decimal(body["baseline"]) if body["baseline"] is not None else None,
            baseline_source=body["baseline_source"],
            baseline_days=Days.read(days) if days else None,
            unequal=body["unequal"],
            owner=body["owner"],
            note=body["note"],
            withdrawn=body["withdrawn"],
            set_us=set_us,
        )


def read_target(text: str, *, unit: str, direction: str, currency: str, exact: bool) -> tuple[bool, Decimal]:
    """Read `≥ 12 %`, `at most 1000.00 EUR`, `5000`.

    Args:
        unit, direction: of the KPI. Without ≥ or ≤ its direction says which is meant; against it nothing is accepted.
        currency: the workspace's. exact: a sum of money, which has no more decimals than the currency.

    Returns:
        Whether the target is a least (else a most), and its value in the KPI's unit.

    Raises:
        UsageError: `bad-target`, `target-without-direction`, `goal-against-direction`, `currency-differs`.
    """
    found = _TARGET.fullmatch(text.strip())
    if found is None:
        raise _bad(text, unit, "is no target")
    value = _value(found, unit, currency=currency, exact=exact)
    word = found["word"]
    if word is None and direction == "context":
        raise UsageError(
            "target-without-direction",
            f"'{text}' does not say whether more or less is wanted, and the KPI itself has no good direction",
            hint=f"Write at least or at most before it, like '{_EXAMPLES[unit]}'.",
        )
    at_least = _WORDS[word] if word is not None else direction == "higher"
    if direction != "context" and at_least != (direction == "higher"):
        raise UsageError(
            "goal-against-direction",
            f"'{text}' wants the figure {'high' if at_least else 'low'}, but {'low' if at_least else 'high'} is good for this KPI",
            hint=f"Write {'at most' if at_least else 'at least'}, or choose another KPI.",
        )
    return at_least, value


def read_value(text: str, *, unit: str, currency: str, exact: bool) -> Decimal:
    """Read a baseline: a number in the KPI's unit, without ≥ or ≤.

    Raises:
        UsageError: `bad-target`, `currency-differs`.
    """
    found = _TARGET.fullmatch(text.strip())
    if found is None or found["word"] is not None:
        raise _bad(text, unit, "is no figure")
    return _value(found, unit, currency=currency, exact=exact)


def in_unit(value: Decimal, unit: str) -> str:
    """A value as people write it; money without its currency.

    Example:
        >>> in_unit(Decimal("0.120"), "share")
        '12 %'
    """
    if unit == "share":
        return f"{_plain(value * 100)} %"
    if unit == "money":
        return f"{value:,f}"
    return f"{_plain(value)}×" if unit == "ratio" else f"{_plain(value)}"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():,f}"


def _value(found: re.Match[str], unit: str, *, currency: str, exact: bool) -> Decimal:
    text, sign = found[0], (found["sign"] or "")
    number = Decimal(found["number"].replace("−", "-"))
    if unit == "money":
        if sign.isalpha() and len(sign) == 3 and sign.upper() != currency:
            raise UsageError(
                "currency-differs",
                f"the workspace is in {currency}, not {sign.upper()}",
                hint="Convert the target first.",
            )
        if sign and not (sign.isalpha() and len(sign) == 3):
            raise _bad(text, unit, "is no amount")
        return Money.of(number, currency).decimal if exact else number
    if sign == "%" and unit in ("share", "ratio"):
        number /= 100
    elif sign and not (sign in ("×", "x") and unit == "ratio"):
        raise _bad(text, unit, "has the wrong unit")
    low, high = _RANGES.get(unit, (None, None))
    outside = low is not None and high is not None and not low <= number <= high
    if outside or (unit == "count" and (number < 0 or number != number.to_integral_value())):
        raise _bad(text, unit, "is outside what the KPI can be")
    return number


def _bad(text: str, unit: str, what: str) -> UsageError:
    return UsageError(
        "bad-target", f"'{text}' {what}", hint=f"Write it like '{_EXAMPLES[unit]}', with a decimal point.", unit=unit
    )
