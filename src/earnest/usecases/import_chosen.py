"""How an uploaded file is to be read, as a page chose it; trying it and importing it as the command line would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from earnest.definitions.state import State
from earnest.kernel.errors import Conflict, EarnestError, UsageError
from earnest.usecases.import_commit import Imported
from earnest.usecases.import_files import import_files
from earnest.usecases.import_options import DEFAULT_SOURCE, Options
from earnest.usecases.import_preview import ATTRIBUTE, Preview, options_of, preview
from earnest.usecases.uploads import Waiting, discard, find_waiting, note, path_of
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

FURTHER = ("timezone", "decimal", "date_format", "region", "fixed", "where", "source", "save_as")
"""What can be chosen beside the columns' fields; `fixed` holds `field==value`, one a line."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for a file.

    Args:
        kind: "": it is guessed. saved: a saved mapping, or "". columns: column → field; None before anything was chosen.
        further: see `FURTHER`; what is empty is left out.
    """

    kind: str = ""
    saved: str = ""
    columns: Mapping[str, str] | None = None
    further: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, one: Waiting, *, kind: str = "", saved: str = "") -> Choice:
        """The choice kept with a file; another kind or saved mapping begins anew."""
        kept = one.choice
        if kept is None or (kind and kind != kept["kind"]) or (kind and saved != kept["saved"]):
            return cls(kind, saved)
        return cls(kept["kind"], kept["saved"], kept["columns"], kept["further"])

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "saved": self.saved, "columns": self.columns, "further": dict(self.further)}

    def begun(self) -> Options:
        """The options without the columns' fields."""
        told = self.further
        fixed = tuple(line.strip() for line in told.get("fixed", "").splitlines() if line.strip())
        return Options(
            maps=fixed,
            source=told.get("source") or DEFAULT_SOURCE,
            where=told.get("where") or None,
            timezone=told.get("timezone") or None,
            decimal=told.get("decimal") or "point",
            date_format=told.get("date_format") or None,
            region=told.get("region") or None,
            saved=(self.saved or None) if self.columns is None else None,
            save_as=told.get("save_as") or None,
        )

    def options(self, seen: Preview) -> Options:
        """All options, for a file that was looked at."""
        begun = self.begun()
        if self.columns is None or seen.rows is None:
            return begun
        names = [column.name for column in seen.columns]
        return options_of(self.columns, names, options=begun)

    def shown(self, state: State) -> Mapping[str, str]:
        """What to show beside the columns' fields: what was chosen, else what the saved mapping says."""
        body = state.mappings.get(self.saved, {}).get("mapping")
        if self.columns is not None or body is None:
            return self.further
        fixed = "\n".join(f"{name}={source}" for name, source in body["fields"].items() if source[:1] in ("=", "@"))
        told = {"timezone": body["file_zone"], "decimal": "comma" if body["decimal_comma"] else "", "fixed": fixed}
        told |= {name: body[name] for name in ("date_format", "region", "where", "source")}
        return {name: text for name, text in told.items() if text}

    def checked(self, one: Waiting, kind: str) -> bool:
        """Whether the dry run kept with a file was of this choice."""
        told = one.checked
        return told is not None and told["choice"] == replace(self, kind=kind).to_json()


def chosen(
    workspace: Workspace, one: Waiting, *, kind: str, saved: str, columns: Mapping[int, str], further: Mapping[str, str]
) -> Waiting:
    """Keep what a page chose.

    Args:
        columns: place of a column in the file, from 0 → field; those that were shown. further: see `FURTHER`.

    Raises:
        UsageError: `field-twice`, `unknown-kind`. DataRefused: the file cannot be read.
    """
    seen = preview(workspace, path_of(workspace, one), kind=kind)
    names = [column.name for column in seen.columns]
    told = {name: text.strip() for name in FURTHER if (text := further.get(name, "")).strip() and text != "point"}
    picked = {names[place]: name for place, name in columns.items() if place < len(names)} if columns else None
    kept = note(workspace, one, choice=Choice(seen.kind, saved, picked, told).to_json())
    twice = [name for name, times in Counter(columns.values()).items() if times > 1 and name not in ("", ATTRIBUTE)]
    if twice:
        raise UsageError(
            "field-twice",
            f"two columns were chosen for the field {twice[0]}",
            hint="One column fills a field: leave the other unread, or give it another field.",
        )
    return kept


def check(workspace: Workspace, number: str, progress: Progress) -> dict[str, Any]:
    """A dry run; what it said, or why it could not, is kept with the file."""
    one = find_waiting(workspace, number)
    choice = Choice.of(one)
    try:
        told = _read(workspace, one, choice, dry_run=True, by="", progress=progress).to_json()
    except EarnestError as error:
        told = {"error": {"code": error.code, "message": error.message, "hint": error.hint or ""}}
    note(workspace, one, checked=told | {"choice": choice.to_json()})
    return {"files": []}


def take(workspace: Workspace, number: str, progress: Progress, *, by: str) -> dict[str, Any]:
    """Import an uploaded file; then it waits no more.

    Raises:
        EarnestError: nothing of it was journalled, and it waits on. Conflict: `sample-inside`.
    """
    one = find_waiting(workspace, number)
    refuse_sample(workspace)
    done = _read(workspace, one, Choice.of(one), dry_run=False, by=by, progress=progress)
    discard(workspace, number)
    counts = done.counts
    told = {"file": done.file, "entry": done.entry, "already": done.already, "kind": done.kind}
    return {"files": [told | {"rows": counts.rows, "accepted": counts.accepted, "quarantined": counts.quarantined}]}


def refuse_sample(workspace: Workspace) -> None:
    """Sample data and one's own never meet.

    Raises:
        Conflict: `sample-inside`.
    """
    if workspace.state().sample is not None:
        raise Conflict(
            "sample-inside",
            "the workspace holds sample data, and figures of both together would mean nothing",
            hint="Take the sample data out first.",
        )


def _read(
    workspace: Workspace, one: Waiting, choice: Choice, *, dry_run: bool, by: str, progress: Progress
) -> Imported:
    path = path_of(workspace, one)
    seen = preview(workspace, path, kind=choice.kind, options=choice.begun())
    options = replace(choice.options(seen), by=by)
    (done,) = import_files(workspace, [path], seen.kind, options=options, dry_run=dry_run, progress=progress)
    return done
