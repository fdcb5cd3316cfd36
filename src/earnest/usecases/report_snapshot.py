"""Freeze a report: story, worded blocks, rules and the printed page in one kept file, named by its content and by a journal entry.

Nothing that happens later reaches into it: not late rows, nor a changed card or setting, nor another version of the code.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import earnest
from earnest.definitions.report import Comment, Snapshot
from earnest.definitions.state import State
from earnest.journal.files import keep
from earnest.kernel.durable import partial_file
from earnest.kernel.errors import EnvironmentProblem, NotFound
from earnest.reports.frozen import frozen
from earnest.reports.html import page
from earnest.usecases.report_draft import draft_of, find_report
from earnest.usecases.report_rules import rules_of
from earnest.usecases.report_told import Told, tables_for, tell, with_comments
from earnest.usecases.tables import quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

FORMAT = 1
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a snapshot holds.

    Args:
        stories: JSON of each campaign's story, best first. rules: what was in force. sections: blocks as data, by section.
        page: the HTML report, and with_comments the same with the comments of that moment; None where there were none.
        policy: the content security policy of both.
    """

    report: dict[str, Any]
    stories: tuple[dict[str, Any], ...]
    sections: tuple[dict[str, Any], ...]
    rules: dict[str, Any]
    comments: tuple[dict[str, Any], ...]
    page: str
    with_comments: str | None
    policy: str

    def story(self, campaign: str) -> dict[str, Any]:
        """The story of one of its campaigns."""
        return next(one for one in self.stories if one["campaign"] == campaign)


def take_snapshot(
    workspace: Workspace,
    name: str,
    *,
    by: str,
    note: str | None = None,
    build: bool = True,
    progress: Progress = quiet,
) -> Snapshot:
    """Freeze a report as it is told now. The first snapshot after an experiment's date is its reading, like any first look.

    Args:
        by: who takes it. note: why. build: bring the tables up to date first; False: as they stand.

    Raises:
        NotFound: `no-such-report`, `no-such-campaign`.
    """
    find_report(workspace.state(), name)
    with tables_for(workspace, build=build, progress=progress) as tables:
        draft = draft_of(workspace.state(), name)
        told = tell(workspace, tables, draft.report, record=True)
        body = _body(told, draft.comments, tables.state.timezone, rules_of(tables, told.stories))
    content = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    entry_body = {
        "report": name,
        "file_hash": _kept(workspace, content),
        "generation": told.stories[0].generation,
        "as_of": max(story.as_of for story in told.stories),
        "version": earnest.__version__,
        "comments": len(draft.comments),
        "by": by,
        "note": note,
    }
    entry = workspace.record("report.snapshot", entry_body)
    return Snapshot(entry.seq, **entry_body, taken_us=entry.received_us)  # type: ignore[arg-type]


def draft_page(
    workspace: Workspace, name: str, *, comments: bool = True, build: bool = True, progress: Progress = quiet
) -> str:
    """The page of a report as it is told now, with its comments; nothing is kept, and no experiment is read by looking.

    Raises:
        NotFound: `no-such-report`, `no-such-campaign`.
    """
    draft = draft_of(workspace.state(), name)
    with tables_for(workspace, build=build, progress=progress) as tables:
        told = tell(workspace, tables, draft.report)
        said = draft.comments if comments else ()
        return page(with_comments(told, said, tables.state.timezone), told.words)


def policy_of(shown: str) -> str:
    """The content security policy that a page declares for itself."""
    found = _POLICY.search(shown)
    assert found is not None, "a page has a policy"
    return found[1].replace("&#39;", "'")


def find_snapshot(state: State, number: int, *, report: str | None = None) -> Snapshot:
    """A snapshot by its number.

    Args:
        report: only of this one.

    Raises:
        NotFound: `no-such-snapshot`, `no-such-report`.
    """
    if report is not None:
        find_report(state, report)
    found = state.report_snapshots.get(number)
    if found is None or (report is not None and found.report != report):
        whose = f" of report '{report}'" if report is not None else ""
        raise NotFound(
            "no-such-snapshot", f"there is no snapshot {number}{whose}", hint="See `earnest report show REPORT`."
        )
    return found


def latest_snapshot(state: State, name: str) -> Snapshot:
    """The last one of a report.

    Raises:
        NotFound: `no-such-report`, `no-such-snapshot`.
    """
    taken = draft_of(state, name).snapshots
    if not taken:
        raise NotFound(
            "no-such-snapshot", f"report '{name}' has no snapshot yet", hint=f"Take one: earnest report snapshot {name}"
        )
    return taken[-1]


def read_snapshot(workspace: Workspace, snapshot: Snapshot) -> Frozen:
    """What a snapshot holds, checked against the hash it was named by.

    Raises:
        EnvironmentProblem: `snapshot-damaged`.
    """
    return _read(workspace.files / snapshot.file_hash, snapshot.file_hash)


@functools.lru_cache(maxsize=32)
def _read(path: Path, file_hash: str) -> Frozen:
    """Remembered: what is named by its content never changes."""
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != file_hash:
        raise EnvironmentProblem(
            "snapshot-damaged",
            f"the file of the snapshot ({file_hash[:12]}…) is missing or was changed",
            hint="`earnest verify` lists damaged files; restore it from a backup.",
        )
    body = json.loads(content)
    return Frozen(
        body["report"],
        tuple(body["stories"]),
        tuple(body["sections"]),
        body["rules"],
        tuple(body["comments"]),
        body["page"],
        body["page_with_comments"],
        body["policy"],
    )


def _body(told: Told, comments: Sequence[Comment], timezone: str, rules: dict[str, Any]) -> dict[str, Any]:
    shown = page(told.blocks, told.words)
    said = page(with_comments(told, comments, timezone), told.words) if comments else None
    return {
        "format": FORMAT,
        "report": {name: one for name, one in told.report.told().items() if name != "set_at"},
        "stories": [story.to_json() for story in told.stories],
        "sections": [{"section": slug, "blocks": frozen(blocks)} for slug, blocks in told.sections],
        "rules": rules,
        "comments": [one.to_json() for one in comments],
        "page": shown,
        "page_with_comments": said,
        "policy": policy_of(shown),
    }


def _kept(workspace: Workspace, content: bytes) -> str:
    workspace.files.mkdir(parents=True, exist_ok=True)
    with partial_file(workspace.files / "report-snapshot") as partial:
        partial.write_bytes(content)
        file_hash, _ = keep(partial, workspace.files)
    return file_hash
