"""Rows that were refused: kept with their reason until a corrected file or mapping brings them in."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from earnest.importers.columnar import Reject
from earnest.kernel.errors import NotFound
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Refused rows of one import: all of them counted, the first ones given."""

    file: str
    count: int
    rows: tuple[Reject, ...]


def quarantined(workspace: Workspace, number: int, *, limit: int) -> Quarantined:
    """The refused rows of an import.

    Raises:
        NotFound: `no-such-import`.
    """
    one = workspace.state().imports.get(number)
    if one is None:
        raise NotFound("no-such-import", f"there is no import {number}", hint="See `earnest import list`.")
    if one.quarantine is None:
        return Quarantined(one.file, 0, ())
    with contextlib.closing(duck.connect()) as con:
        source = duck.parquet([workspace.events / one.quarantine])
        rows = con.execute(f"SELECT row, reason, field FROM {source} ORDER BY row LIMIT $1", [limit]).fetchall()
    return Quarantined(
        one.file,
        int(one.counts["quarantined"]),
        tuple(Reject(row, reason, field, None, one.kind) for row, reason, field in rows),
    )
