"""Rows that were refused: kept with their reason until a corrected file or mapping brings them in."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from earnest.channels.bodies import BodyReject
from earnest.importers.columnar import Reject
from earnest.kernel.errors import NotFound
from earnest.usecases.import_bodies import CHANNELS
from earnest.usecases.import_commit import Refused
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Refused rows of one import: all of them counted, the first ones given."""

    file: str
    count: int
    rows: tuple[Refused, ...]


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
    of_bodies = one.kind in CHANNELS
    columns = "row, reason, field, value" if of_bodies else "row, reason, field"
    with contextlib.closing(duck.connect()) as con:
        source = duck.parquet([workspace.events / one.quarantine])
        rows = con.execute(f"SELECT {columns} FROM {source} ORDER BY row LIMIT $1", [limit]).fetchall()
    kept = (BodyReject(*row) if of_bodies else Reject(row[0], row[1], row[2], None, one.kind) for row in rows)
    return Quarantined(one.file, int(one.counts["quarantined"]), tuple(kept))
