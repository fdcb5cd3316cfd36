"""Benchmarks that a workspace brings itself, in the columns of the published ones. Without a definition a row is kept, and never compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from earnest.kernel.errors import UsageError, closest
from earnest.kpis.benchmarks import UNKNOWN, Benchmark, Grade, read_row
from earnest.kpis.catalogue import find
from earnest.kpis.kpi import Kpi

FIGURES = ("low", "high", "typical")
DEFINITION = ("numerator", "denominator", "unique_or_total", "bot_policy", "window_hours")
COLUMNS = (
    *("benchmark_id", "kpi", "channel", "segment", "region", *FIGURES, "unit", "year", "publisher", "source_url"),
    *(*DEFINITION, "grade", "remark"),
)
"""Columns of a benchmark file, in order. `kpi`, `channel`, `publisher` and one of the figures are needed; `grade` is always own."""

_PLAIN = {"share": "share", "ratio": "ratio", "minutes": "minutes"}


def own_row(texts: Mapping[str, str | None], *, currency: str) -> dict[str, str]:
    """A row as the journal keeps it: canonical texts of all columns.

    Args:
        texts: column → text; what is left out is unknown. A share may be written 0.12 or 12%.
        currency: of the workspace, for money without a unit.

    Raises:
        NotFound: `no-such-kpi`. UsageError: `bad-benchmark`.
    """
    given = {name: (texts.get(name) or "").strip() for name in COLUMNS}
    kpi = find(given["kpi"])
    row = given | {
        "kpi": kpi.id,
        "channel": given["channel"].lower(),
        "unit": _unit(kpi, given["unit"], currency),
        "grade": Grade.OWN.value,
        **{name: given[name] or "any" for name in ("segment", "region")},
        **{name: given[name] or UNKNOWN for name in DEFINITION if name != "window_hours"},
        **{name: _figure(kpi, name, given[name]) for name in (*FIGURES, "window_hours")},
    }
    _check(kpi, row)
    row["benchmark_id"] = given["benchmark_id"] or _slug(row)
    read_row(row)
    return row


def as_defined(kpi: Kpi) -> dict[str, str]:
    """The definition columns of a figure that counts exactly what a KPI counts.

    Raises:
        UsageError: `not-comparable`: nothing from outside can be compared with this KPI.
    """
    own = kpi.comparable
    if own is None:
        raise UsageError(
            "not-comparable",
            f"{kpi.id} has no definition that figures from outside could share",
            hint="Leave --as-defined out: the row is kept, and never compared.",
        )
    words = {
        "numerator": own.numerator,
        "denominator": own.denominator,
        "unique_or_total": own.unique_or_total or UNKNOWN,
        "bot_policy": own.bot_policy or UNKNOWN,
    }
    return words | ({"window_hours": str(own.window_hours)} if own.window_hours is not None else {})


def own_benchmark(row: Mapping[str, str]) -> Benchmark:
    """A row of the journal as a benchmark."""
    return read_row(dict(row))


def _check(kpi: Kpi, row: Mapping[str, str]) -> None:
    lacking = [name for name in ("channel", "publisher") if not row[name]]
    if lacking or not any(row[name] for name in FIGURES):
        what = " and ".join(lacking) or "a figure: low, high or typical"
        raise _refused(f"a benchmark of {kpi.id} needs {what}", "Who says so, of which channel, and what.")
    low, typical, high = (Decimal(row[name]) if row[name] else None for name in ("low", "typical", "high"))
    told = [one for one in (low, typical, high) if one is not None]
    if told != sorted(told):
        raise _refused(
            f"low, typical and high are {', '.join(map(str, told))}: they do not rise", "Write low ≤ typical ≤ high."
        )


def _figure(kpi: Kpi, name: str, text: str) -> str:
    if not text:
        return ""
    percent = text.endswith("%") and name in FIGURES
    try:
        value = Decimal(text.rstrip("% ").replace("\u00a0", "")) / (100 if percent else 1)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0:
        raise _refused(f"{name} '{text}' is not a number of 0 or more", "Write it with a decimal point, like 0.12.")
    if kpi.unit == "share" and name in FIGURES and value > 1:
        raise _refused(
            f"{name} '{text}' is more than the whole: {kpi.id} is a share", f"Write {text}% or {value / 100}."
        )
    return format(value.normalize(), "f")


def _unit(kpi: Kpi, text: str, currency: str) -> str:
    wanted = currency if kpi.unit == "money" else _PLAIN.get(kpi.unit)
    if wanted is None:
        raise _refused(
            f"{kpi.id} counts {kpi.unit}, which depends on how large a business is", "Compare a rate instead."
        )
    if text and kpi.unit == "money" and re.fullmatch(r"[A-Za-z]{3}", text):
        return text.upper()
    if text and text != wanted:
        raise _refused(
            f"unit '{text}'{closest(text, [wanted])}; {kpi.id} is in {wanted}", f"Write {wanted}, or nothing."
        )
    return wanted


def _slug(row: Mapping[str, str]) -> str:
    words = (row[name] for name in ("publisher", "channel", "kpi", "segment", "year"))
    return re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-")


def _refused(message: str, hint: str) -> UsageError:
    return UsageError("bad-benchmark", message, hint=hint)
