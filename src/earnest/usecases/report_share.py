"""Share a snapshot by a link nobody can guess, and revoke it. What the link opens is frozen; that it opens anything is not.

The id has 160 random bits and is shown once; the journal keeps its SHA-256, as with API keys. Views are not counted.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from earnest.access.secret import SECRET_BYTES, digest, is_session_id, written
from earnest.definitions.report import Share, Snapshot
from earnest.definitions.state import State
from earnest.kernel.errors import NotFound, UsageError
from earnest.kernel.period import DAY_US
from earnest.usecases.report_draft import draft_of, find_report
from earnest.usecases.report_snapshot import find_snapshot, latest_snapshot, read_snapshot
from earnest.usecases.workspace import Workspace

PATH = "/s/"
MOST_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class Made:
    """A link that was just made. `token` and `path` cannot be shown again; `url` is None where nobody said how the server is called."""

    share: Share
    token: str
    url: str | None

    @property
    def path(self) -> str:
        return PATH + self.token


def share_report(
    workspace: Workspace,
    name: str,
    *,
    by: str,
    snapshot: int | None = None,
    days: int | None = None,
    comments: bool = False,
    server: str | None = None,
) -> Made:
    """Make a link to a snapshot of a report.

    Args:
        snapshot: its number; None: the last one. days: from now until the link expires; None: it does not.
        comments: show the comments the snapshot holds. server: where the server is called, if no setting says so.

    Raises:
        NotFound: `no-such-report`, `no-such-snapshot`. UsageError: `bad-expiry`. EnvironmentProblem: `snapshot-damaged`.
    """
    state = workspace.state()
    found = find_snapshot(state, snapshot, report=name) if snapshot is not None else latest_snapshot(state, name)
    if days is not None and not 0 < days <= MOST_DAYS:
        raise UsageError("bad-expiry", f"a link cannot expire after {days} days", hint=f"1 to {MOST_DAYS}, or never.")
    read_snapshot(workspace, found)
    token = written(secrets.token_bytes(SECRET_BYTES))
    until_us = workspace.clock() + days * DAY_US if days is not None else None
    kept = {"report": name, "snapshot": found.seq, "digest": digest(token).hex(), "comments": comments, "until_us": until_us, "by": by}  # fmt: skip
    entry = workspace.record("report.shared", kept)
    share = Share(entry.seq, **kept, made_us=entry.received_us)  # type: ignore[arg-type]
    base = state.setting("public_url", workspace.today(state)) or server
    return Made(share, token, f"{base.rstrip('/')}{PATH}{token}" if base else None)


def revoke_share(workspace: Workspace, name: str, number: int | None = None) -> list[Share]:
    """Revoke a link of a report, or all of them: the next request opens nothing. Twice is as good as once.

    Raises:
        NotFound: `no-such-report`, `no-such-link`.
    """
    shares = draft_of(workspace.state(), name).shares
    wanted = [one for one in shares if number in (None, one.seq)]
    if number is not None and not wanted:
        raise NotFound(
            "no-such-link", f"report '{name}' has no link {number}", hint=f"See `earnest report show {name}`."
        )
    live = [one for one in wanted if one.revoked_us is None]
    if not live:
        return wanted
    entry = workspace.record("report.revoked", {"shares": [one.seq for one in live]})
    return [one if one.revoked_us is not None else replace(one, revoked_us=entry.received_us) for one in wanted]


def opened(state: State, token: str, *, now_us: int) -> tuple[Share, Snapshot] | None:
    """What a link's id opens now; None for one that is wrong, expired or revoked, without telling which."""
    if not is_session_id(token):
        return None
    share = state.report_shares.get(digest(token).hex())
    if share is None or share.state_at(now_us) != "live":
        return None
    try:
        find_report(state, share.report)
        return share, find_snapshot(state, share.snapshot)
    except NotFound:
        return None
