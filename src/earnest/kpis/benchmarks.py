"""Published benchmarks with their definitions: a KPI meets a benchmark only where both count the same thing.

The same campaign yields "conversion rates" thirteen times apart, depending on what it is divided by. So every row of
`data/benchmarks.csv` says what was counted (numerator), of what (denominator), how (unique, bots, window) and how
the publisher knows (grade). What no source states is `unknown`, and unknown is never compared.
One CSV row is one published figure; shares are 0–1, money is in the currency named by `unit`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal, get_args

from earnest.kernel.data_file import data_rows
from earnest.kernel.errors import DataRefused, UsageError
from earnest.kernel.money import exponents

UNKNOWN = "unknown"
PLAIN_UNITS = ("share", "ratio", "minutes")
Counting = Literal["unique", "total"]
BotPolicy = Literal["excluded", "included"]


class Grade(StrEnum):
    """How the publisher knows the figure, best first."""

    OWN = "own"  # brought by the workspace's own people: a panel they belong to, last year's agency report
    MEASURED_PANEL = "measured_panel"  # computed from accounts the publisher describes, by number or by country
    SURVEY = "survey"  # people were asked
    VENDOR_CLAIM = "vendor_claim"  # stated by a seller of the channel: advice bands, targets, undescribed means
    SECONDARY = "secondary"  # passed on from someone else
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One published figure and what it means.

    Args:
        benchmark_id: stable slug.
        kpi: canonical KPI id.
        channel: "whatsapp", "sms", "email", …; "all" where the publisher does not say.
        segment, region: the population, in short words.
        low, high: ends of the published range; only one of them is a threshold ("95 % or more").
        typical: the publisher's mean, median or single value.
        unit: "share" (0–1), "ratio", "minutes" or an ISO 4217 code.
        year: year of publication, None if undated.
        publisher, source_url: who says so, and where.
        numerator, denominator: events counted, "unknown" where no source states them.
        unique_or_total, bot_policy: "unknown" likewise.
        window_hours: hours in which the numerator had to happen, None if not stated.
        grade: how the publisher knows.
        remark: traps of this row.
    """

    benchmark_id: str
    kpi: str
    channel: str
    segment: str
    region: str
    low: Decimal | None
    high: Decimal | None
    typical: Decimal | None
    unit: str
    year: int | None
    publisher: str
    source_url: str
    numerator: str
    denominator: str
    unique_or_total: str
    bot_policy: str
    window_hours: Decimal | None
    grade: Grade
    remark: str

    @property
    def is_money(self) -> bool:
        """Whether the figure is in a currency."""
        return self.unit not in PLAIN_UNITS

    @property
    def span(self) -> tuple[Decimal, Decimal] | None:
        """The range a reader may call typical: both ends, else the typical value twice; None for a mere threshold."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        return None if self.typical is None else (self.typical, self.typical)


@dataclass(frozen=True, slots=True)
class ComparableDefinition:
    """What a KPI of ours counts, in the words of the benchmark columns.

    Args:
        numerator, denominator: events, e.g. "clicks" and "delivered".
        unique_or_total: None where the difference cannot change the KPI (a message is delivered once).
        bot_policy: None where bots cannot act (a delivery, an order).
        window_hours: None where the KPI has no window.
        published_as: ids under which others publish the same definition: of the read, they too say click-through rate.
    """

    numerator: str
    denominator: str
    unique_or_total: Counting | None = None
    bot_policy: BotPolicy | None = None
    window_hours: int | None = None
    published_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TypicalRange:
    """Several benchmarks of one definition as one range.

    Args:
        low, high: lowest and highest end among the rows used, in `unit`.
        unit: "share", "ratio", "minutes" or a currency.
        grade: worst grade among the rows used.
        sources: the rows used, for citation.
    """

    low: Decimal
    high: Decimal
    unit: str
    grade: Grade
    sources: tuple[Benchmark, ...]

    @property
    def count(self) -> int:
        """Number of benchmark rows used; one publisher may stand behind several."""
        return len(self.sources)


@functools.cache
def load() -> tuple[Benchmark, ...]:
    """Every published benchmark, in file order.

    Raises:
        DataRefused: `bad-benchmark`; correct the row named in `facts`.
    """
    return tuple(read_row(row) for row in data_rows("earnest.kpis", "benchmarks.csv"))


def comparable(
    kpi_id: str,
    definition: ComparableDefinition,
    *,
    channel: str,
    currency: str | None = None,
    own: Sequence[Benchmark] = (),
) -> tuple[Benchmark, ...]:
    """The benchmarks that count exactly what the KPI counts; empty means "no comparable benchmark".

    KPI, channel, numerator and denominator must be equal and known. Counting, bot policy and window must be equal and
    known too, unless the definition holds them irrelevant (None). Money meets only money of the same currency.

    Args:
        kpi_id: canonical KPI id.
        definition: what the KPI counts.
        channel: channel of the KPI's value.
        currency: currency of the KPI's value; None leaves out benchmarks in money.
        own: rows of the workspace's own, looked through before the published ones.
    """
    names = (kpi_id, *definition.published_as)
    return tuple(
        row
        for row in (*own, *load())
        if row.kpi in names
        and row.channel == channel
        and _counts_the_same(row, definition)
        and (not row.is_money or row.unit == currency)
    )


def typical_range(benchmarks: Sequence[Benchmark]) -> TypicalRange | None:
    """Combine benchmarks of one definition: lowest low and highest high of the best grade among them.

    Thresholds (one end only) describe no range and are left out, and so are rows of unknown grade.

    Returns:
        None where nothing is left.

    Raises:
        UsageError: `mixed-definitions`; combine what one call of `comparable` returned.
    """
    if len({(b.channel, b.numerator, b.denominator, b.unit) for b in benchmarks}) > 1:
        raise UsageError(
            "mixed-definitions",
            "benchmarks of different definitions given; expected one channel, numerator, denominator and unit",
            hint="Pass the rows that one call of comparable() returned.",
            benchmarks=[b.benchmark_id for b in benchmarks],
        )
    ranges = [b for b in benchmarks if b.span is not None and b.grade is not Grade.UNKNOWN]
    if not ranges:
        return None
    best = next(grade for grade in Grade if any(b.grade is grade for b in ranges))
    used = tuple(b for b in ranges if b.grade is best)
    spans = [b.span for b in used if b.span is not None]
    return TypicalRange(
        low=min(low for low, _ in spans),
        high=max(high for _, high in spans),
        unit=used[0].unit,
        grade=best,
        sources=used,
    )


def usable_share(rows: Sequence[Benchmark] | None = None) -> tuple[int, int]:
    """How many benchmarks say of what and how they know: (rows with denominator and grade known, all rows).

    Args:
        rows: of these; the published ones where None.
    """
    looked = load() if rows is None else rows
    return sum(usable(b) for b in looked), len(looked)


def usable(row: Benchmark) -> bool:
    """Whether a row says of what it is a share and how its publisher knows: without both it is never compared."""
    return UNKNOWN not in (row.numerator, row.denominator) and row.grade is not Grade.UNKNOWN


def mismatches(row: Benchmark, definition: ComparableDefinition) -> tuple[str, ...]:
    """The parts of a definition in which a row differs from a KPI's, or does not say; empty where both count the same thing."""
    parts = ("numerator", "denominator", "unique_or_total", "bot_policy", "window_hours")
    same = (
        row.numerator == definition.numerator != UNKNOWN,
        row.denominator == definition.denominator != UNKNOWN,
        _agrees(definition.unique_or_total, row.unique_or_total),
        _agrees(definition.bot_policy, row.bot_policy),
        _agrees(definition.window_hours, row.window_hours),
    )
    return tuple(part for part, agrees in zip(parts, same, strict=True) if not agrees)


def _counts_the_same(row: Benchmark, wanted: ComparableDefinition) -> bool:
    return not mismatches(row, wanted)


def _agrees(wanted: str | int | None, published: str | Decimal | None) -> bool:
    return wanted is None or (published not in (None, UNKNOWN) and wanted == published)


def read_row(row: dict[str, str]) -> Benchmark:
    """A row of the file's columns, as texts, as a benchmark.

    Raises:
        DataRefused: `bad-benchmark`.
    """
    _refuse_odd_words(row)
    return Benchmark(
        benchmark_id=row["benchmark_id"],
        kpi=row["kpi"],
        channel=row["channel"],
        segment=row["segment"],
        region=row["region"],
        low=_number(row["low"]),
        high=_number(row["high"]),
        typical=_number(row["typical"]),
        unit=row["unit"],
        year=int(row["year"]) if row["year"] else None,
        publisher=row["publisher"],
        source_url=row["source_url"],
        numerator=row["numerator"],
        denominator=row["denominator"],
        unique_or_total=row["unique_or_total"],
        bot_policy=row["bot_policy"],
        window_hours=_number(row["window_hours"]),
        grade=Grade(row["grade"]),
        remark=row["remark"],
    )


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _refuse_odd_words(row: dict[str, str]) -> None:
    allowed = {
        "unit": (*PLAIN_UNITS, *exponents()),
        "unique_or_total": (*get_args(Counting), UNKNOWN),
        "bot_policy": (*get_args(BotPolicy), UNKNOWN),
        "grade": tuple(Grade),
    }
    for column, words in allowed.items():
        if row[column] not in words:
            raise DataRefused(
                "bad-benchmark",
                f"benchmark '{row['benchmark_id']}' has {column} '{row[column]}', which is none of the words allowed",
                hint="Correct the row in benchmarks.csv.",
                benchmark=row["benchmark_id"],
                column=column,
            )
