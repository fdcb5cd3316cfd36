"""What is asked of files of journeys, what was read of them, and what both forms share: money, and the refusal of nothing.

Money is read exactly where its currency is known; a number without currency stays a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from earnest.attribution.journeys.journeys import Floats, Ints, Journeys
from earnest.importers.parsing import Reading
from earnest.kernel.errors import DataRefused
from earnest.kernel.money import MICRO_PER_MAJOR, exponent
from earnest.usecases.attribution_columns import BadRows, Staged

Form = Literal["paths", "touches"]
LARGEST_SUM = 1 << 62


@dataclass(frozen=True, slots=True)
class FileAsked:
    """How the files are to be read.

    Args:
        conversions: file of conversions, beside a file of touches.
        by: column of the touches that credit is asked by.
        maps, conversion_maps: `field=column` corrections, for either file.
        currency: of the value. window_us: look-back, closed, measured from the touch; None counts all touches before.
        zone: IANA zone of clock times written without one. date_format, decimal_comma: as of `Reading`.
    """

    conversions: Path | None = None
    by: str | None = None
    maps: tuple[str, ...] = ()
    conversion_maps: tuple[str, ...] = ()
    currency: str | None = None
    window_us: int | None = None
    zone: str | None = None
    date_format: str | None = None
    decimal_comma: bool = False


@dataclass(frozen=True, slots=True)
class FileRead:
    """What was read.

    Args:
        form: which kind of file. by: what credit goes to. rows: records in all files. bad: those left out, by reason.
        notes: what a reader must know of how it was read. columns: file → field → column.
    """

    journeys: Journeys
    form: Form
    by: str
    rows: int
    bad: tuple[BadRows, ...]
    notes: tuple[str, ...]
    columns: dict[str, dict[str, str]]


def money_units(values: Any, currency: str | None) -> tuple[Ints | Floats, int]:
    """Values as read → whole units and how many make a major unit: minor units where all are, else micro units.

    Raises:
        DataRefused: `amount-too-large`: their sum is beyond 64 bits.
    """
    if currency is None:
        return np.asarray(values, np.float64), 1
    micro = np.asarray(values, np.int64)
    if float(np.abs(micro.astype(np.float64)).sum()) > LARGEST_SUM:
        raise DataRefused("amount-too-large", "the values add up beyond what Earnest counts", hint="Check their unit.")
    minor = 10 ** exponent(currency)
    step = MICRO_PER_MAJOR // minor
    if not np.any(micro % step):
        return micro // step, minor
    return micro, MICRO_PER_MAJOR


def checked_journeys(journeys: Journeys, path: Path, bad: Sequence[BadRows]) -> Journeys:
    """Refuse journeys of which none converts.

    Raises:
        DataRefused: `no-journeys`.
    """
    if not journeys.count or not int(journeys.conversions.sum()):
        told = ", ".join(f"{one.rows:,} {one.reason} in {one.file}" for one in bad)
        left_out = f"; rows left out: {told}" if told else ""
        raise DataRefused(
            "no-journeys",
            f"no journey with a touch and a conversion could be read from {path.name}{left_out}",
            hint="Check the columns with --map, the window, and that both files name contacts alike.",
        )
    return journeys


def reading_of(asked: FileAsked) -> Reading:
    """How the files write things; the currency follows when it is known."""
    return Reading(
        currency="",
        zone=asked.zone or "UTC",
        file_zone=asked.zone,
        decimal_comma=asked.decimal_comma,
        date_format=asked.date_format,
    )


def money_notes(held: Staged, currency: str | None) -> tuple[str, ...]:
    """What there is to say about the value column."""
    if held.mapping.of("value") is None or currency is not None:
        return ()
    return ("the values have no currency: they are plain numbers, not exact money; --currency makes them money",)
