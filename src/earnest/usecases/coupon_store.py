"""The codes of unique coupons: each batch in a file of the workspace, named by an entry, so that the state stays small.

rows(code, recipient) ─> files/<hash> (Parquet) ─┐
recipients' codes ─> received entries ───────────┴─ journalled together, all or none
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow
import pyarrow.parquet

from earnest.definitions.coupon import CodeBatch
from earnest.definitions.state import State
from earnest.journal.files import keep
from earnest.journal.log import RECEIVED, Draft
from earnest.kernel.durable import partial_file
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck

SOURCE = "earnest.coupons"
MOST_IN_ENTRY = 5_000

_COLUMNS = pyarrow.schema([("code", pyarrow.string()), ("recipient", pyarrow.int64())])


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code, and the number of the recipient it was given to; None if it was given to nobody that is known."""

    code: str
    recipient: int | None = None


def keep_codes(
    workspace: Workspace,
    coupon: str,
    rows: Sequence[CodeRow],
    *,
    how: Literal["minted", "imported"],
    file: str | None = None,
) -> CodeBatch:
    """Make codes count: durable when it returns.

    Raises:
        EnvironmentProblem: as `Journal.append_many`; then none of them counts.
    """
    file_hash = _kept(workspace, rows)
    given = [(row.code, row.recipient) for row in rows if row.recipient is not None]
    now = workspace.clock()
    body = {"coupon": coupon, "file_hash": file_hash, "codes": len(rows), "given": len(given), "how": how, "file": file}
    batch = Draft("coupon.codes", _json(body), "user", now)
    with workspace.journal() as journal:
        kept = journal.append_many([batch, *_told(coupon, given, now)])[0]
    return CodeBatch(kept.seq, kept.received_us, coupon, file_hash, len(rows), len(given), how, file)


def bind_codes(con: duckdb.DuckDBPyConnection, workspace: Workspace, state: State) -> None:
    """The table `coupon_code(coupon, code, recipient)`: every code of every coupon once, in upper case.

    A code that was given to several recipients stands once for each.
    """
    shared = [(one.id, one.code) for one in state.coupons.values() if one.code is not None]
    con.register(
        "shared_code",
        pyarrow.table(
            {
                "coupon": pyarrow.array([coupon for coupon, _ in shared], pyarrow.string()),
                "code": pyarrow.array([code for _, code in shared], pyarrow.string()),
            }
        ),
    )
    parts = ["SELECT coupon, code, CAST(NULL AS BIGINT) AS recipient FROM shared_code"]
    for batch in _batches(state):
        path = duck.parquet([workspace.files / batch.file_hash])
        parts.append(f"SELECT '{batch.coupon}' AS coupon, code, recipient FROM {path}")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE coupon_code AS
        SELECT * FROM (SELECT DISTINCT coupon, upper(code) AS code, recipient FROM ({" UNION ALL ".join(parts)}))
        QUALIFY recipient IS NOT NULL OR max(recipient) OVER (PARTITION BY coupon, code) IS NULL"""
    )
    con.unregister("shared_code")


def _batches(state: State) -> Iterator[CodeBatch]:
    for batches in state.coupon_batches.values():
        yield from batches


def _kept(workspace: Workspace, rows: Sequence[CodeRow]) -> str:
    """Hash of the file that now holds the codes, durably."""
    codes = {"code": [row.code for row in rows], "recipient": [row.recipient for row in rows]}
    workspace.files.mkdir(parents=True, exist_ok=True)
    with partial_file(workspace.files / "coupon-codes") as partial:
        pyarrow.parquet.write_table(pyarrow.table(codes, schema=_COLUMNS), partial, compression="zstd")
        file_hash, _ = keep(Path(partial), workspace.files)
    return file_hash


def _told(coupon: str, given: Sequence[tuple[str, int]], received_us: int) -> Iterator[Draft]:
    """What channel `coupons` reads of them."""
    headers = {"content-type": "application/json"}
    for first in range(0, len(given), MOST_IN_ENTRY):
        body = {"coupon": coupon, "given": [list(one) for one in given[first : first + MOST_IN_ENTRY]]}
        yield Draft(RECEIVED, _json(body), SOURCE, received_us, headers=headers)


def _json(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
