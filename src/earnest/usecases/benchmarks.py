"""Benchmarks of a workspace: published ones beside its own rows, what each may be compared with, and how many can be."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from earnest.kernel.declared import look_up
from earnest.kernel.errors import Conflict, DataRefused, EarnestError, NotFound, UsageError
from earnest.kpis.benchmarks import Benchmark, load, mismatches, usable
from earnest.kpis.benchmarks_own import COLUMNS, DEFINITION, own_benchmark, own_row
from earnest.kpis.catalogue import all_kpis, find
from earnest.usecases.benchmark_typical import own_rows
from earnest.usecases.workspace import Workspace

LARGEST_FILE = 10_000_000
"""Bytes of a benchmark file: more is no list of benchmarks."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A benchmark, and which of the catalogue's KPIs it may be held against.

    Args:
        compares_with: ids of the KPIs of the same definition. why_not: parts of the definition in which it differs from the KPI it
            is published as, or does not say; empty where it compares.
    """

    row: Benchmark
    compares_with: tuple[str, ...]
    why_not: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        body = {one.name: getattr(self.row, one.name) for one in fields(self.row)}
        numbers = {name: float(value) if isinstance(value, Decimal) else value for name, value in body.items()}
        return numbers | {"compares_with": list(self.compares_with), "why_not": list(self.why_not)}


@dataclass(frozen=True, slots=True)
class Usable:
    """How many benchmarks of a KPI and channel say of what they are and how they know, and how many a KPI meets."""

    kpi: str
    channel: str
    rows: int
    usable: int
    compared: int


def list_benchmarks(workspace: Workspace | None, *, kpi: str | None = None, channel: str | None = None) -> list[Listed]:
    """Benchmarks, the workspace's own before the published.

    Args:
        workspace: None for the published ones alone. kpi: id or synonym; finds what it may be compared with too, under whatever
            name it is published. channel: only of this one.

    Raises:
        NotFound: `no-such-kpi`. UsageError: `no-such-channel`.
    """
    rows = (*(own_rows(workspace.state()) if workspace is not None else ()), *load())
    if channel is not None:
        known = dict.fromkeys(row.channel for row in rows)
        look_up(known, channel, what="channel", listed="Channels", refusal=(UsageError, "no-such-channel"))
    wanted = _published_id(kpi, rows) if kpi is not None else None
    found = [_listed(row) for row in rows if channel in (None, row.channel)]
    return [one for one in found if wanted is None or wanted == one.row.kpi or wanted in one.compares_with]


def usable_benchmarks(workspace: Workspace | None) -> list[Usable]:
    """How many benchmarks can be used, by KPI and channel, in the order of their names."""
    groups: dict[tuple[str, str], list[Listed]] = {}
    for one in list_benchmarks(workspace):
        groups.setdefault((one.row.kpi, one.row.channel), []).append(one)
    return [
        Usable(
            kpi, channel, len(rows), sum(usable(one.row) for one in rows), sum(bool(one.compares_with) for one in rows)
        )
        for (kpi, channel), rows in sorted(groups.items())
    ]


def add_benchmark(workspace: Workspace, texts: Mapping[str, str | None]) -> Listed:
    """Bring one benchmark.

    Raises:
        NotFound: `no-such-kpi`. UsageError: `bad-benchmark`. Conflict: `benchmark-exists`.
    """
    state = workspace.state()
    row = own_row(texts, currency=state.currency)
    name = row["benchmark_id"]
    if name in state.benchmarks or any(one.benchmark_id == name for one in load()):
        raise Conflict(
            "benchmark-exists",
            f"there is a benchmark '{name}' already",
            hint=f"Give it another name with --id, or withdraw the other: earnest benchmark withdraw {name}",
        )
    workspace.record("benchmark.added", {"rows": [row], "file": None})
    return _listed(own_benchmark(row))


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a file of benchmarks.

    Args:
        new: rows added. known: rows that stood there already. undefined: of the new, those that will never be compared.
        refused: (row number, what is wrong).
    """

    file: str
    new: tuple[Listed, ...]
    known: int
    undefined: int
    refused: tuple[tuple[int, str], ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "new": [one.to_json() for one in self.new],
            "known": self.known,
            "never_compared": self.undefined,
            "refused": [{"row": row, "why": why} for row, why in self.refused],
        }


def import_benchmarks(workspace: Workspace, path: Path) -> Brought:
    """Bring a CSV of benchmarks, in the columns of the published ones. The same file again changes nothing.

    Raises:
        DataRefused: `file-unreadable`, `benchmark-columns`, `nothing-usable`: no row can be kept.
    """
    state, records = workspace.state(), _records(path)
    new: dict[str, dict[str, str]] = {}
    refused: list[tuple[int, str]] = []
    known = 0
    published = {one.benchmark_id for one in load()}
    for place, record in enumerate(records, 2):
        try:
            row = own_row(record, currency=state.currency)
        except EarnestError as error:
            refused.append((place, error.message))
            continue
        name = row["benchmark_id"]
        if state.benchmarks.get(name) == row or new.get(name) == row:
            known += 1
        elif name in state.benchmarks or name in new or name in published:
            refused.append((place, f"another benchmark is called '{name}'; give it a benchmark_id of its own"))
        else:
            new[name] = row
    if not new and not known:
        row_no, why = refused[0] if refused else (2, "the file has no rows")
        raise DataRefused("nothing-usable", f"{path.name}: no row can be kept; row {row_no}: {why}", hint=_HINT)
    if new:
        workspace.record("benchmark.added", {"rows": list(new.values()), "file": path.name})
    told = tuple(_listed(own_benchmark(row)) for row in new.values())
    return Brought(path.name, told, known, sum(not one.compares_with for one in told), tuple(refused))


def withdraw_benchmark(workspace: Workspace, name: str) -> Benchmark:
    """Take back a benchmark of the workspace's own; that it was there stays in the journal.

    Raises:
        NotFound: `no-such-benchmark`.
    """
    rows = workspace.state().benchmarks
    if any(one.benchmark_id == name for one in load()):
        raise UsageError(
            "benchmark-published", f"'{name}' is a published benchmark", hint="Only own ones can be withdrawn."
        )
    refusal = NotFound, "no-such-benchmark"
    row = look_up(rows, name, what="benchmark of your own", hint="See `earnest benchmark list --own`.", refusal=refusal)
    workspace.record("benchmark.withdrawn", {"benchmark_id": name})
    return own_benchmark(row)


_HINT = f"Needed are kpi, channel, publisher and low, high or typical; the definition is {', '.join(DEFINITION)}."


def _published_id(name: str, rows: Sequence[Benchmark]) -> str:
    """The KPI asked for; what others publish and the catalogue has not is known by its own name."""
    return name if any(row.kpi == name for row in rows) else find(name).id


def _listed(row: Benchmark) -> Listed:
    found = tuple(
        kpi.id
        for kpi in all_kpis().values()
        if (own := kpi.comparable) is not None and row.kpi in (kpi.id, *own.published_as) and not mismatches(row, own)
    )
    kpi = all_kpis().get(row.kpi)
    if found or kpi is None or kpi.comparable is None:
        return Listed(row, found, () if found else ("no KPI of this definition",))
    return Listed(row, found, mismatches(row, kpi.comparable))


def _records(path: Path) -> list[dict[str, str]]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise DataRefused("file-unreadable", f"{path.name} is larger than {LARGEST_FILE:,} bytes", hint=_HINT)
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataRefused(
            "file-unreadable", f"{path.name} cannot be read: {error}", hint="Save it as CSV in UTF-8."
        ) from error
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if text.partition("\n")[0].count(";") > 3 else ",")
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    lacking = [name for name in ("kpi", "channel", "publisher") if name not in names]
    if lacking:
        raise DataRefused(
            "benchmark-columns",
            f"{path.name} has no column {' or '.join(lacking)}; it has {', '.join(names) or 'none'}",
            hint=f"Columns: {', '.join(COLUMNS)}.",
        )
    reader.fieldnames = names
    return [{key: value or "" for key, value in record.items() if isinstance(key, str)} for record in reader]
