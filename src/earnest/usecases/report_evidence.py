"""The evidence of a snapshot in one zip: its figures, the rows behind each, the rules in force, the method, and a hash of every file.

    snapshot ─ as of its moment, from the journal ─> the same story? ─ rows ─> files ─> manifest ─> zip

The rows are read as of the moment the snapshot was taken, so that they are the rows it was told from; that the story told anew from
them is the snapshot's own stands in the manifest. Equal input gives equal bytes. Contact keys are replaced by numbers of this pack.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from earnest.definitions.report import Snapshot
from earnest.reports.flat import inert
from earnest.usecases.explain_kpi import RowSet
from earnest.usecases.rating_basis import book_of
from earnest.usecases.report_diff import figures_of
from earnest.usecases.report_explain import Behind, behind, explain_in
from earnest.usecases.report_files import write_file
from earnest.usecases.report_method import method_text
from earnest.usecases.report_snapshot import Frozen, find_snapshot, latest_snapshot, read_snapshot
from earnest.usecases.tables import Tables, open_tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

FORMAT = 1
MOST_ROWS = 1_000_000
"""Rows of one set that are written; the index says how many there are."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FIELDS = ("value", "low", "high", "level", "unit", "n", "method", "basis", "definition")


@dataclass(frozen=True, slots=True)
class Pack:
    """An evidence pack that was written.

    Args:
        differing: figures that the rows of the snapshot's moment tell otherwise; none is as it should be.
    """

    file: Path
    snapshot: Snapshot
    sha256: str
    size: int
    files: int
    differing: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "file": str(self.file),
            "report": self.snapshot.report,
            "snapshot": self.snapshot.seq,
            "sha256": self.sha256,
            "bytes": self.size,
            "files": self.files,
            "reproduced": not self.differing,
            "differing": list(self.differing),
        }


@dataclass(slots=True)
class _Masks:
    """Contact key → number in this pack, by first appearance."""

    known: dict[int, int] = field(default_factory=dict)

    def of(self, key: int) -> str:
        return f"contact-{self.known.setdefault(key, len(self.known) + 1)}"


def write_evidence(
    workspace: Workspace, report: str, target: Path, *, snapshot: int | None = None, progress: Progress = quiet
) -> Pack:
    """Write the evidence of a snapshot.

    Args:
        snapshot: its number; None: the report's last one.

    Raises:
        NotFound: `no-such-report`, `no-such-snapshot`. EnvironmentProblem: `snapshot-damaged`, `cannot-write`.
    """
    state = workspace.state()
    found = find_snapshot(state, snapshot, report=report) if snapshot is not None else latest_snapshot(state, report)
    frozen = read_snapshot(workspace, found)
    with open_tables(workspace, as_of_us=found.taken_us, progress=progress) as tables:
        rows, differing = _rows(workspace, tables, frozen)
        files = {**_figures(frozen), **rows, **_rules(tables, frozen), "page.html": frozen.page.encode()}
    manifest = _manifest(found, files, differing)
    content = zipped({**files, "manifest.json": manifest})
    write_file(target, content)
    return Pack(target, found, hashlib.sha256(content).hexdigest(), len(content), len(files) + 1, differing)


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip of files, by name, with one date for all: equal files give equal bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in sorted(files):
            told = zipfile.ZipInfo(name, _EPOCH)
            told.compress_type, told.create_system, told.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(told, files[name], compresslevel=9)
    return made.getvalue()


def _manifest(snapshot: Snapshot, files: dict[str, bytes], differing: Sequence[str]) -> bytes:
    listed = [{"path": name, "bytes": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()} for name in sorted(files)]  # fmt: skip
    return _json(
        {
            "format": FORMAT,
            "snapshot": snapshot.to_json(),
            "reproduced": not differing,
            "differing": list(differing),
            "files": listed,
        }
    )


def _figures(frozen: Frozen) -> dict[str, bytes]:
    rows: list[Sequence[object]] = []
    for story in frozen.stories:
        for path, figure in figures_of(story).items():
            rows.append((story["campaign"], path, *_cells(figure), story["verdict"]))
    header = ("campaign", "path", *_FIELDS, "unavailable", "verdict")
    return {
        "figures.json": _json(list(frozen.stories)),
        "figures.csv": _csv(header, rows),
        "method.md": method_text(frozen).encode(),
    }


def _cells(figure: Any) -> tuple[object, ...]:
    """A figure in the columns of `figures.csv`; exact money stands as it is written."""
    if not isinstance(figure, dict):
        return (figure, *[None] * (len(_FIELDS) - 1), None)
    if "amount" in figure:
        amount = None if figure["amount"] is None else Decimal(figure["amount"])
        figure = {"value": amount, "unit": figure["currency"], "method": "exact"}
    why = figure.get("unavailable")
    return (*(figure.get(name) for name in _FIELDS), f"{why['code']}: {why['reason']}" if why else None)


def _rows(workspace: Workspace, tables: Tables, frozen: Frozen) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """A file for each set of rows, an index that says which figure rests on which, and the figures told otherwise by them."""
    files: dict[str, bytes] = {}
    index: list[Sequence[object]] = []
    differing: list[str] = []
    masks = _Masks()
    for story in frozen.stories:
        name = story["campaign"]
        found = behind(workspace, tables, name, limit=MOST_ROWS)
        told, again = figures_of(story), figures_of(json.loads(json.dumps(found.story.to_json(), default=str)))
        differing += [f"{name}: {path}" for path in dict.fromkeys([*told, *again]) if told.get(path) != again.get(path)]
        written: dict[str, str] = {}
        for path, one in _sets(tables, found, [path for path in told if path in again]):
            label = f"{one.measure}-{path.split('.')[1]}" if path.startswith("attributed.") else one.measure
            if label not in written:
                written[label] = f"rows/{_safe(name)}/{_safe(label)}.csv"
                files[written[label]] = _row_file(one, masks)
            index.append((name, path, written[label], one.count, min(one.count, MOST_ROWS), one.total))
    files["rows.csv"] = _csv(("campaign", "path", "file", "rows", "rows_written", "sum"), index)
    return files, tuple(differing)


def _sets(tables: Tables, found: Behind, paths: Sequence[str]) -> Iterator[tuple[str, RowSet]]:
    """Figure by figure the sets of rows behind it; figures of one part and name rest on the same rows and are read once."""
    read: dict[tuple[str, ...], tuple[RowSet, ...]] = {}
    for path in paths:
        tokens = path.split(".")
        key = ("units",) if tokens[0] in ("returns", "restated", "experiment") else tuple(tokens[:2])
        if tokens[0] in ("cost", "failures", "charges", "margin"):
            key = (tokens[0],)
        elif tokens[0] == "funnel":
            key = tuple(tokens)
        if key not in read:
            read[key] = explain_in(tables, found, path).sets
        for one in read[key]:
            yield path, one


def _row_file(found: RowSet, masks: _Masks) -> bytes:
    hidden = [place for place, name in enumerate(found.columns) if name in ("contact_key", "person_key")]
    rows = ([masks.of(cell) if place in hidden and cell is not None else cell for place, cell in enumerate(row)] for row in found.rows)  # fmt: skip
    return _csv(found.columns, rows)


def _rules(tables: Tables, frozen: Frozen) -> dict[str, bytes]:
    settings = [(name, one["value"], one["from"]) for name, told in frozen.rules["settings"].items() for one in told]
    names = ("definition", "name", "formula", "numerator", "denominator", "basis", "source")
    definitions = [[one[name] for name in names] for one in frozen.rules["definitions"].values()]
    return {
        "rules.json": _json(frozen.rules),
        "rules/settings.csv": _csv(("setting", "value", "from"), settings),
        "rules/definitions.csv": _csv(names, definitions),
        "rules/rate_card_rows.csv": _card_rows(tables, [story["campaign"] for story in frozen.stories]),
    }


def _card_rows(tables: Tables, campaigns: Sequence[str]) -> bytes:
    """The rows of rate cards by which messages of these campaigns were charged, with how many each."""
    counted = tables.con.execute(
        "SELECT c.card_row, count(*) FROM charge AS c JOIN label_campaign AS l ON c.label_key = l.label_key"
        " WHERE c.card_row IS NOT NULL AND list_contains($1, l.campaign) GROUP BY c.card_row ORDER BY c.card_row",
        [list(campaigns)],
    ).fetchall()
    names = (
        "row", "card", "currency", "model", "market", "category", "effective_from", "effective_until", "volume_from",
        "volume_until", "micro", "source",
    )  # fmt: skip
    rates = {rate.row: rate for rate in book_of(tables.state).rates}
    rows = [[*(getattr(rates[row], name) for name in names), count] for row, count in counted if row in rates]
    return _csv((*names, "messages"), rows)


def _csv(header: Sequence[str], rows: Any) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_text(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _text(cell: object) -> object:
    """Numbers as they are, texts as no spreadsheet takes them for a formula."""
    if isinstance(cell, str):
        return inert(cell)
    return "" if cell is None else cell


def _safe(name: str) -> str:
    return "".join(one if one.isascii() and (one.isalnum() or one in "-_.") else "_" for one in name)


def _json(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode()
