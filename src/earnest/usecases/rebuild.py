"""Build on demand, compare with a rebuild from scratch, verify the truth, export tables."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from earnest.journal.files import NAMED_BY, content_hash
from earnest.kernel.declared import check_known
from earnest.kernel.errors import EnvironmentProblem, NotFound
from earnest.usecases.tables import build, open_tables, plan_of, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck, received
from earnest.warehouse.build import Progress, bind_manifest, canonical_hash, full_build
from earnest.warehouse.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A generation, the tables in which it differs from a rebuild (None: not compared), and who built it."""

    generation: str
    tables: dict[str, int]
    differing: tuple[str, ...] | None
    engine: str = "duckdb"

    @property
    def rows(self) -> int:
        return sum(self.tables.values())

    def to_json(self) -> dict[str, Any]:
        return {
            "generation": self.generation,
            "engine": self.engine,
            "rows": self.tables,
            "differs_from_rebuild": self.differing,
        }


def rebuild(
    workspace: Workspace,
    *,
    full: bool = False,
    check: bool = False,
    remote: str | None = None,
    progress: Progress = quiet,
) -> Rebuilt:
    """Bring the tables up to date; with `check`, rebuild them in a scratch folder and compare row for row.

    Args:
        remote: Spark Connect server (`sc://host:port`) that builds everything; the comparison is made here, by DuckDB.
    """
    manifest = build(workspace, full=full, remote=remote, progress=progress)
    sizes = {name: sum(f.rows for f in files) for name, files in manifest.tables.items()}
    found = differing(workspace, manifest) if check else None
    return Rebuilt(manifest.generation, sizes, found, manifest.facts.get("engine", "duckdb"))


def differing(workspace: Workspace, manifest: Manifest) -> tuple[str, ...]:
    """Tables in which a generation differs from a full build of the same inputs."""
    stored = table_hashes(workspace.tables, manifest)
    scratch = Path(tempfile.mkdtemp(dir=workspace.path, prefix=".check-"))
    try:
        with contextlib.closing(duck.connect(workspace.spill)) as con:
            plan = plan_of(con, workspace, workspace.state(), index=received.load(workspace.events))
            again = full_build(con, plan, events=workspace.events, tables=scratch, progress=quiet)
        fresh = table_hashes(scratch, again)
    finally:
        shutil.rmtree(scratch)
    return tuple(sorted(name for name in stored if stored[name] != fresh[name]))


def table_hashes(folder: Path, manifest: Manifest) -> dict[str, str]:
    """Canonical hash of every table of a generation."""
    with contextlib.closing(duck.connect()) as con:
        bind_manifest(con, folder, manifest)
        return {name: canonical_hash(con, name) for name in manifest.tables}


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the truth found."""

    entries: int
    files: int
    problems: tuple[str, ...]

    @property
    def intact(self) -> bool:
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        return {"entries": self.entries, "files": self.files, "intact": self.intact, "problems": list(self.problems)}


def verify_workspace(workspace: Workspace) -> Verified:
    """Verify the journal's chain, and the kept files against the hashes in its entries (up to the first broken one)."""
    problems = []
    with workspace.journal() as journal:
        broken = journal.verify()
        count = broken.seq - 1 if broken else journal.last_seq()
        declared = journal.declared(until_seq=count)
        hashes = {entry.data["file_hash"] for entry in declared if entry.kind in NAMED_BY}
    if broken is not None:
        problems.append(f"journal entry {broken.seq}: {broken.reason}")
    for file_hash in sorted(hashes):
        path = workspace.files / file_hash
        if not path.is_file():
            problems.append(f"file {file_hash[:12]}… is missing")
        elif content_hash(path) != file_hash:
            problems.append(f"file {file_hash[:12]}… was changed")
    return Verified(count, len(hashes), tuple(problems))


_COPY = {"csv": "FORMAT csv, HEADER", "jsonl": "FORMAT json", "parquet": "FORMAT parquet"}


def export_table(workspace: Workspace, table: str, target: Path, *, file_format: str) -> int:
    """Write a table in canonical order to a file; returns the number of rows.

    Raises:
        NotFound: `no-such-table`. EnvironmentProblem: `cannot-write`.
    """
    with open_tables(workspace) as tables:
        known = list(tables.manifest.tables)
        check_known(known, table, what="table", listed="Tables", refusal=(NotFound, "no-such-table"))
        sql = f"COPY (SELECT * FROM {table} ORDER BY ALL) TO '{duck.escaped(target)}' ({_COPY[file_format]})"
        try:
            return duck.scalar(tables.con, sql)
        except duckdb.IOException as error:
            said = str(error).split("\n", maxsplit=1)[0]
            raise EnvironmentProblem(
                "cannot-write", f"{target} cannot be written: {said}", hint="Choose another --out."
            ) from error
