"""What a question about a KPI is answered with: one row a group and bucket, each figure with its definition and its sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.definitions.days import Days
from earnest.kernel.estimate import Estimate, Figure
from earnest.kpis.kpi import Kpi
from earnest.kpis.measures import all_measures


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure held against another.

    Args:
        kind: previous, last-year, last-wave or target. against: days of the other figure. figure: the other; for a wave, `current`
            is that of the latest wave.
        difference: this less the other, with an interval where both are shares. word: "higher" or "lower" where the interval
            excludes 0, and `judgement` ("better", "worse") where the KPI has a direction.
        unequal: what makes the two stretches differ, in words.
    """

    kind: str
    figure: Figure
    difference: Figure
    against: Days | None = None
    current: Figure | None = None
    word: str | None = None
    judgement: str | None = None
    unequal: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "against": days_json(self.against),
            "figure": self.figure.to_json(),
            "current": self.current.to_json() if self.current is not None else None,
            "difference": self.difference.to_json(),
            "word": self.word,
            "judgement": self.judgement,
            "unequal": list(self.unequal),
        }


@dataclass(frozen=True, slots=True)
class KpiRow:
    """One group, or one bucket of it.

    Args:
        key: dimension → value. bucket: its days, the first and last cut to the period; None without a grain.
        measures: exact sums behind the figure, money in millionths.
        partial: its days are not over. immature_until: when the last of its messages can be answered no more (ISO), where that
            lies ahead.
        left_out: channels on which the KPI cannot be measured; their messages are in neither part.
    """

    key: dict[str, str]
    figure: Figure
    measures: dict[str, int]
    bucket: Days | None = None
    partial: bool = False
    immature_until: str | None = None
    left_out: tuple[str, ...] = ()
    comparison: Comparison | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "bucket": days_json(self.bucket),
            "figure": self.figure.to_json(),
            "measures": self.measures,
            "partial": self.partial,
            "immature_until": self.immature_until,
            "left_out": list(self.left_out),
            "comparison": self.comparison.to_json() if self.comparison is not None else None,
        }


@dataclass(frozen=True, slots=True)
class KpiAnswer:
    """The answer: what was asked, as it was understood, and its rows.

    Args:
        days: measure → which day it counts on. generation: of the tables it was computed from.
    """

    kpi: Kpi
    by: tuple[str, ...]
    filters: tuple[str, ...]
    period: Days | None
    grain: str | None
    compare: str | None
    model: str | None
    days: dict[str, str]
    as_of: str
    generation: str
    currency: str
    rows: tuple[KpiRow, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before the figures are read, in sentences."""
        found = []
        if (self.period or self.grain) and self.mixed_days:
            found.append(
                "The parts count on different days and are not of the same messages: a figure of the period's books, no rate of"
                " its messages. It has no interval, and nothing is called better or worse."
            )
        if _of_messages(self.kpi) and any(
            isinstance(row.figure, Estimate) and row.figure.low is not None for row in self.rows
        ):
            found.append(
                "Intervals take messages as independent: where contacts got several each, they are wider in truth."
            )
        return tuple(found)

    @property
    def mixed_days(self) -> bool:
        """Whether the measures count on different kinds of day."""
        return len(set(self.days.values())) > 1

    def to_json(self) -> dict[str, Any]:
        kpi = self.kpi
        return {
            "kpi": kpi.id,
            "name": kpi.name,
            "definition": kpi.definition,
            "formula": kpi.formula,
            "numerator": kpi.numerator,
            "denominator": kpi.denominator,
            "numerator_measure": kpi.measures[0] if kpi.measures else None,
            "denominator_measure": kpi.measures[1] if kpi.measures else None,
            "unit": kpi.unit,
            "direction": kpi.direction,
            "basis": kpi.basis,
            "by": list(self.by),
            "filters": list(self.filters),
            "period": days_json(self.period),
            "grain": self.grain,
            "compare": self.compare,
            "model": self.model,
            "days": self.days,
            "notes": list(self.notes),
            "as_of": self.as_of,
            "generation": self.generation,
            "currency": self.currency,
            "rows": [row.to_json() for row in self.rows],
        }


def _of_messages(kpi: Kpi) -> bool:
    """Whether it is a share of messages, of which one contact may have had several."""
    below = kpi.measures[1] if kpi.measures is not None else None
    measure = all_measures()[below] if below is not None and kpi.unit == "share" else None
    return measure is not None and measure.day == "send" and measure.once_by != "contact_key"


def days_json(days: Days | None) -> dict[str, str] | None:
    """First and last day, both included."""
    return {"first_day": days.first.isoformat(), "last_day": days.last.isoformat()} if days is not None else None
