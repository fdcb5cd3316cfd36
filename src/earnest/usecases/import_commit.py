"""What every kind of import shares: what became of a file, and the journal entry that makes it count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import duckdb

from earnest.definitions.state import Import, State
from earnest.importers import mapping
from earnest.importers.emit import Emission, Stamp
from earnest.kernel.errors import Conflict, DataRefused
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck, segments


class Tally(Protocol):
    """Counts of what became of a file's rows: rows = accepted + quarantined + filtered, always."""

    @property
    def rows(self) -> int: ...
    @property
    def accepted(self) -> int: ...
    @property
    def quarantined(self) -> int: ...
    @property
    def filtered(self) -> int: ...
    @property
    def reasons(self) -> dict[str, int]: ...
    def to_json(self) -> dict[str, Any]: ...


class Refused(Protocol):
    """A quarantined row, as shown to people."""

    @property
    def row(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def field(self) -> str | None: ...
    @property
    def value(self) -> str | None: ...
    def sentence(self, file: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file.

    `entry` is None for a dry run; `already` names the earlier import of the same file; `refused` says why a file of a
    folder holds nothing usable.
    """

    file: str
    kind: str
    mapping: mapping.Mapping
    counts: Tally
    rejects: tuple[Refused, ...]
    entry: int | None
    already: int | None = None
    notes: tuple[str, ...] = ()
    refused: str | None = None

    @property
    def events(self) -> dict[str, int]:
        """Event kind → how often webhook bodies told it; empty for files of rows."""
        return getattr(self.counts, "events", {})

    @property
    def bodies(self) -> int:
        """Webhook bodies read; 0 for files of rows."""
        return getattr(self.counts, "bodies", 0)

    def to_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "kind": self.kind,
            "import": self.entry,
            "already_imported_as": self.already,
            "refused": self.refused,
            "mapping": self.mapping.to_json(),
            "ignored_columns": list(self.mapping.ignored),
            "counts": self.counts.to_json(),
            "rejects": [
                {"row": r.row, "reason": r.reason, "field": r.field, "message": r.sentence(self.file)}
                for r in self.rejects
            ],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked file, ready to be written.

    Args:
        emissions: the event rows, for the stamp they are to carry.
        quarantine: SELECT of the refused rows. by: who imports it; "" where nobody is named.
    """

    name: str
    file_hash: str
    plan: mapping.Mapping
    counts: Tally
    emissions: Callable[[Stamp], list[Emission]]
    quarantine: str = field(default="SELECT row, reason, field FROM quarantine ORDER BY row")
    by: str = ""


def known(state: State, file_hash: str, plan: mapping.Mapping) -> Import | None:
    """The import that counts of the same file, read the same way."""
    name = segments.segment_name(file_hash, plan.digest, 0)[:32]
    return next((one for one in state.active_imports if _name_of(one)[:32] == name), None)


def _name_of(one: Import) -> str:
    return segments.segment_name(one.file_hash, mapping.digest_of(one.mapping), 0)


def commit(workspace: Workspace, con: duckdb.DuckDBPyConnection, state: State, prepared: Prepared) -> int:
    """Write the segments and the quarantine, then the journal entry that makes them count; returns its number."""
    plan, counts, file_hash = prepared.plan, prepared.counts, prepared.file_hash
    digest = plan.digest
    attempt = sum(
        1 for one in state.imports.values() if one.file_hash == file_hash and mapping.digest_of(one.mapping) == digest
    )
    segment = segments.segment_name(file_hash, digest, attempt)
    told = max((one.received_us for one in state.imports.values()), default=0)
    received_us = max(workspace.clock(), told + 1)  # of two tellings the later one wins, even if the clock was set back
    emissions = prepared.emissions(Stamp(file_hash, segments.segment_key(segment), received_us))
    _refuse_collisions(workspace, con, state, dict(emissions))
    written = segments.write(con, workspace.events, segment, emissions)
    quarantine = None
    if counts.quarantined:
        target = workspace.events / "quarantine" / f"{segment}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        segments.copy_durably(con, prepared.quarantine, target)
        quarantine = f"quarantine/{segment}.parquet"
    body = {
        "file": prepared.name, "file_hash": file_hash, "kind": plan.kind, "mapping": plan.to_json(), "counts": counts.to_json(),
        "segments": [one.to_json() for one in written], "quarantine": quarantine,
    } | ({"by": prepared.by} if prepared.by else {})  # fmt: skip
    try:
        return workspace.record("import.file", body, dedupe_key=f"import:{segment}", source=plan.source).seq
    except Conflict as error:
        raise Conflict(
            "import-raced", f"another process has just imported {prepared.name}", hint="Nothing to do: it counts once."
        ) from error


def _refuse_collisions(
    workspace: Workspace, con: duckdb.DuckDBPyConnection, state: State, emissions: dict[str, str]
) -> None:
    """Two identities with one 64-bit key would silently merge two people: refuse (a chance of about n²/2⁶⁵)."""
    files = [workspace.events / s.path for one in state.active_imports for s in one.segments if s.kind == "identity"]
    if "identity" not in emissions or not files:
        return
    clashes = duck.scalar(
        con,
        f"SELECT count(*) FROM ({emissions['identity']}) AS n JOIN {duck.parquet(files)} AS o ON n.contact_key = o.contact_key"
        " WHERE n.digest <> o.digest",
    )
    if clashes:
        raise DataRefused(
            "contact-key-collision", f"{clashes} contacts share a key with other contacts", hint="Please report this."
        )


def nothing_usable(path: Path, counts: Tally, rejects: Sequence[Refused], *, hint: str) -> DataRefused:
    """The refusal of a file of which no row can be used."""
    first = rejects[0].sentence(path.name) if rejects else ""
    return DataRefused(
        "nothing-usable",
        f"all {counts.quarantined} rows of {path.name} were refused; the first: {first}",
        hint=hint,
        reasons=counts.reasons,
    )
