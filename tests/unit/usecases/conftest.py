"""A workspace in Berlin with a clock that only moves when told, and imports from text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from earnest.kernel.period import instant_us
from earnest.usecases.import_files import Imported, Options, import_files
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace, init


class Clock:
    """Stands at an instant; every look at it is a microsecond later."""

    def __init__(self, us: int) -> None:
        self.us = us

    def __call__(self) -> int:
        self.us += 1
        return self.us


def utc(text: str) -> int:
    """Microseconds of an ISO moment in UTC."""
    return instant_us(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.fixture
def clock() -> Clock:
    return Clock(utc("2026-10-01T12:00"))


@pytest.fixture
def workspace(tmp_path: Path, clock: Clock) -> Workspace:
    return init(tmp_path / "w", currency="EUR", timezone="Europe/Berlin", clock=clock)


Import = Callable[..., Imported]


@pytest.fixture
def imported(workspace: Workspace, tmp_path: Path) -> Import:
    """Import lines of CSV: `imported("orders", "order_id,…", "o1,…", maps=…)`."""

    def run(kind: str, *lines: str, **options: Any) -> Imported:
        path = tmp_path / f"{len(list(tmp_path.glob('*.csv')))}.csv"
        path.write_text("\n".join(lines) + "\n")
        return import_files(workspace, [path], kind, options=Options(**options))[0]

    return run


Query = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def query(workspace: Workspace) -> Query:
    """Rows of an SQL query over the tables, now or as of an instant."""

    def run(sql: str, as_of_us: int | None = None) -> list[tuple[Any, ...]]:
        with open_tables(workspace, as_of_us=as_of_us) as tables:
            rows: list[tuple[Any, ...]] = tables.con.execute(sql).fetchall()
        return rows

    return run
