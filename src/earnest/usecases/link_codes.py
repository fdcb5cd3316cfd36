"""Codes for a whole list: a file of recipients → the same rows with `code` and `url`, and the rows that get none, with why.

FILE ─ columns found as imports find them ─ blocks of rows ─ enrol ─ codes ─┬─> FILE.codes.csv
                                                                            └─> FILE.codes.refused.csv
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from earnest.usecases.links import Issued, issuing
from earnest.usecases.recipient_files import (
    RECIPIENTS,
    REFUSED_HEADER,
    LoadedFile,
    RecipientFile,
    Refusals,
    added_columns,
    recipient_file,
    refused_beside,
    target_beside,
    writing,
)
from earnest.usecases.recipients import Refused, enrol_each
from earnest.usecases.tables import quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a file.

    Args:
        columns: meaning → column it was read from. rows: in the file. coded: that have a code. recipients: different people.
        out: the file with codes. refused_out: the file of rows without one, None if there are none.
        refusals: why rows got none.
    """

    file: str
    columns: Mapping[str, str]
    rows: int
    coded: int
    recipients: int
    out: Path
    refused_out: Path | None
    refusals: Refusals

    def to_json(self) -> dict[str, Any]:
        told = self.refusals.to_json()
        return {
            "file": self.file,
            "columns": dict(self.columns),
            "rows": self.rows,
            "coded": self.coded,
            "recipients": self.recipients,
            "out": str(self.out),
            "refused": told.pop("refused"),
            "refused_out": str(self.refused_out) if self.refused_out else None,
            **told,
        }


def write_codes(
    workspace: Workspace,
    name: str,
    path: Path,
    *,
    out: Path | None = None,
    maps: Sequence[str] = (),
    progress: Progress = quiet,
) -> Written:
    """Give every row of a file its recipient's code.

    Args:
        path: CSV, JSON Lines or Parquet, also gzipped, with a column of phones, WhatsApp ids, mail addresses or customer
            numbers; where a row has several, they are told as one person.
        out: CSV, gzipped if it ends in .gz; default: the file's name with .codes.csv, here, which may not exist yet.
        maps: `phone=COLUMN` and the like, where the names do not tell.

    Raises:
        NotFound: `no-such-link`, `no-such-file`. Conflict: `file-exists`, and as `links.issuing`.
        DataRefused: `missing-column`, `nothing-usable` and whatever else makes a file unreadable.
        EnvironmentProblem: `cannot-write`.
    """
    return write_rows(workspace, issuing(workspace, name), path, owner=name, out=out, maps=maps, progress=progress)


def write_rows(
    workspace: Workspace,
    issue: Callable[[int], Issued],
    path: Path,
    *,
    owner: str,
    out: Path | None = None,
    maps: Sequence[str] = (),
    progress: Progress = quiet,
) -> Written:
    """As `write_codes`, with codes of whatever kind: `issue` makes a recipient's.

    Args:
        owner: name of what the codes are of; stands before `code` and `url` where the file has such columns.
    """
    file = recipient_file(path, RECIPIENTS, maps, told="recipients are")
    target = target_beside(path, out, "codes")
    refused_target = refused_beside(target)
    added = added_columns(file.shape.columns, ("code", "url"), owner)
    with file.loaded(workspace) as loaded:
        run = _Run(workspace, file, issue, added)
        with writing(target) as good, writing(refused_target) as bad:
            run.write(loaded, good, bad, progress=lambda done: progress("giving codes", done, loaded.count))
            if not run.coded:
                raise run.refusals.nothing_usable(file.name)
    if not run.refusals.total:
        refused_target.unlink()  # made by this run: it was not there
    return Written(
        file.name, file.columns, loaded.count, run.coded, len(run.recipients), target,
        refused_target if run.refusals.total else None, run.refusals,
    )  # fmt: skip


@dataclass(slots=True)
class _Run:
    """Codes given so far."""

    workspace: Workspace
    file: RecipientFile
    issue: Callable[[int], Issued]
    added: Sequence[str]
    coded: int = 0
    recipients: set[int] = field(default_factory=set)
    refusals: Refusals = field(default_factory=Refusals)

    def write(self, loaded: LoadedFile, good: TextIO, bad: TextIO, *, progress: Callable[[int], None]) -> None:
        header = self.file.shape.columns
        told, refused = (csv.writer(stream, lineterminator="\n") for stream in (good, bad))
        told.writerow([*header, *self.added])
        refused.writerow([*REFUSED_HEADER, *header])
        for row, reason in loaded.unread():
            refused.writerow(self.refusals.refuse(row, reason).before([None] * len(header)))
        done = 0
        for block in loaded.blocks():
            progress(done)
            given_each = enrol_each(self.workspace, self.file.parties(block))  # one transaction of the journal
            for (row, cells), given in zip(block, given_each, strict=True):
                if isinstance(given, Refused):
                    refused.writerow(self.refusals.refuse(row, given.reason).before(cells))
                    continue
                issued = self.issue(given)
                told.writerow([*cells, issued.code, issued.url])
                self.coded += 1
                self.recipients.add(given)
            done += len(block)
        progress(done)
