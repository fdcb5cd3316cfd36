"""Look at a file before it is imported: what it may hold, its columns with values of them, and which field each would fill."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from earnest.channels.bodies import read_bodies
from earnest.channels.told import Notice, Rejected
from earnest.definitions.state import State
from earnest.importers import mapping, reading
from earnest.importers.fields import KINDS, FileKind
from earnest.importers.parsing import file_literal
from earnest.importers.recognise import fits
from earnest.importers.shape import SAMPLE_BYTES, FileShape, inspect, unpacked
from earnest.kernel.errors import DataRefused, EarnestError
from earnest.usecases.import_bodies import CHANNELS
from earnest.usecases.import_options import Options, reading_of, with_saved
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck

EXAMPLES = 3
ATTRIBUTE = "@attribute"
"""Of contacts: the column becomes an attribute under its own name."""
_LOOKED_AT = 20
_LONGEST = 60
_FIRST_ROWS = 200


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column: values of it, and the field it would fill; "" none, `ATTRIBUTE` one of its own.

    Args:
        fixed: its name cannot be mapped by hand, as it is written like a constant.
    """

    name: str
    examples: tuple[str, ...]
    field: str
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """A file looked at.

    Args:
        kind: of rows, or the channel of webhook bodies. guessed: whether nobody said so. columns: none for bodies.
        constants: field → value for every row. problem: why it cannot be read like this.
    """

    kind: str
    guessed: bool
    columns: tuple[SeenColumn, ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    problem: EarnestError | None = None

    @property
    def rows(self) -> FileKind | None:
        """The kind of rows; None for webhook bodies."""
        return KINDS.get(self.kind)


def preview(workspace: Workspace, path: Path, *, kind: str = "", options: Options | None = None) -> Preview:
    """Look at a file.

    Args:
        kind: what it holds; "": it is guessed. options: how to read it; a saved mapping in them is followed.

    Raises:
        DataRefused, UsageError, NotFound: the file cannot be read at all, or the options are none.
    """
    state, chosen = workspace.state(), options or Options()
    if kind in CHANNELS:
        return Preview(kind, guessed=False)
    if not kind and (channel := body_channel(path)) is not None:
        return Preview(channel, guessed=True)
    shape = inspect(path)
    found = kind or fits(shape.columns, path.name)[0].kind
    rows = mapping.file_kind(found)
    chosen = with_saved(state, chosen)
    fields, problem = _fields(state, shape, rows, chosen)
    by_column = {source: field for field, source in fields.items() if not source.startswith(("=", "@"))}
    constants = tuple((field, source[1:]) for field, source in fields.items() if source.startswith("="))
    examples = _examples(workspace, shape)
    columns = tuple(
        SeenColumn(name, examples.get(name, ()), _filled(name, by_column, rows, chosen), fixed=not by_hand(name))
        for name in shape.columns
    )
    return Preview(found, not kind, columns, constants, problem)


def options_of(choice: Mapping[str, str], columns: Sequence[str], *, options: Options) -> Options:
    """The options that read columns exactly as chosen.

    Args:
        choice: column → field, "" or `ATTRIBUTE`; columns that are not in it stay as they are recognised. columns: all of the file's.
        options: everything else.
    """
    maps = tuple(f"{field}={name}" for name, field in choice.items() if field not in ("", ATTRIBUTE) and by_hand(name))
    without = tuple(name for name in columns if choice.get(name) == "" or not by_hand(name))
    return replace(options, maps=(*maps, *options.maps), without=without)


def by_hand(column: str) -> bool:
    """Whether a column can be named in a mapping: it is not written like a constant or a place holder."""
    return column == column.strip() and not column.startswith(("=", mapping.ROW)) and column != ""


def body_channel(path: Path) -> str | None:
    """The channel whose webhook bodies a file holds, by reading the first ones; None if none of them can read all of those."""
    try:
        bodies = [body for body in itertools.islice(read_bodies(path), _LOOKED_AT) if body.payload is not None]
    except EarnestError:
        return None
    best, most = None, 0
    for code, channel in CHANNELS.items():
        parse = channel.parse_of(None)
        told = [one for body in bodies if isinstance(body.payload, dict) for one in parse(body.payload, body.headers)]
        known = sum(1 for one in told if not isinstance(one, Notice | Rejected))
        if known > most and not any(isinstance(one, Rejected) for one in told):
            best, most = code, known
    return best


def _fields(
    state: State, shape: FileShape, kind: FileKind, options: Options
) -> tuple[dict[str, str], EarnestError | None]:
    """Field → where it comes from; with what is missing, if anything is."""
    read = [name for name in shape.columns if name not in options.without]
    how = reading_of(state, options)
    try:
        plan = mapping.detect(read, kind, overrides=options.maps, reading=how, source=options.source)
    except DataRefused as error:
        free = replace(kind, needs=(), needs_contact=False)
        with contextlib.suppress(EarnestError):
            partly = mapping.detect(read, free, overrides=options.maps, reading=how, source=options.source)
            return dict(partly.fields), error
        return dict(mapping.detect(read, free, overrides=(), reading=how, source=options.source).fields), error
    return dict(plan.fields), None


def _filled(name: str, by_column: Mapping[str, str], kind: FileKind, options: Options) -> str:
    if name in by_column:
        return by_column[name]
    return ATTRIBUTE if kind.rest == "attributes" and name not in options.without else ""


def _examples(workspace: Workspace, shape: FileShape) -> dict[str, tuple[str, ...]]:
    """Column → its first different values, from the file's beginning; none where that cannot be read by itself."""
    workspace.spill.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=workspace.spill, prefix="look-") as scratch:
        try:
            with contextlib.closing(duck.connect()) as con:
                reading.load(con, _beginning(shape, Path(scratch)))
                return {name: _values(con, number) for number, name in enumerate(shape.columns)}
        except (EarnestError, duckdb.Error, OSError):
            return {}


def _beginning(shape: FileShape, folder: Path) -> FileShape:
    """The file's first whole lines, or rows, as a file of their own."""
    if shape.format == "parquet":
        return replace(shape, path=_first_rows(shape, folder), gzipped=False)
    with gzip.open(shape.path) if shape.gzipped else shape.path.open("rb") as stream:
        data = stream.read(SAMPLE_BYTES)
    if len(data) == SAMPLE_BYTES:
        data = data[: data.rfind(b"\n") + 1] or data
    target = folder / "beginning"
    target.write_bytes(data)
    return replace(shape, path=target, gzipped=False)


def _first_rows(shape: FileShape, folder: Path) -> Path:
    with (
        unpacked(shape.path) if shape.gzipped else contextlib.nullcontext(shape.path) as plain,
        duckdb.connect() as con,
    ):
        target = folder / "beginning.parquet"
        rows = f"SELECT * FROM read_parquet({file_literal(plain)}) LIMIT {_FIRST_ROWS}"
        con.execute(f"COPY ({rows}) TO {file_literal(target)} (FORMAT parquet)")
    return target


def _values(con: duckdb.DuckDBPyConnection, number: int) -> tuple[str, ...]:
    rows = con.execute(
        f"SELECT value FROM (SELECT trim(c{number}) AS value, min(row) AS first FROM raw GROUP BY 1)"
        f" WHERE value <> '' ORDER BY first LIMIT {EXAMPLES}"
    ).fetchall()
    return tuple(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…" for (text,) in rows)
