"""Reports that somebody declared: a draft that is told anew of today's data, its comments, its snapshots, and links to those.

    report.set ─> draft ── report.snapshot ─> frozen story (a kept file, by its content) ── report.shared ─> /s/{id}
                   └─ report.comment

A comment is edited and a link revoked by a further entry; what stood before stays in the journal. A link's id is nowhere: its
SHA-256 is, which opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from earnest.kernel.period import moment_of

MOST_WORDS = 2_000
"""Characters of a comment."""
MOST_CAMPAIGNS = 50


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it is declared; set again, it is its next version.

    Args:
        campaigns: whose story it tells, in order. audience: id of an audience, or None for everything. language: of its words.
        hide_costs: leave out internal costs. owner: who answers for it. withdrawn: no longer kept in lists; its links are dead.
    """

    id: str
    title: str
    campaigns: tuple[str, ...]
    audience: str | None = None
    language: str = "en"
    hide_costs: bool = False
    owner: str | None = None
    withdrawn: bool = False
    set_us: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "campaigns": list(self.campaigns),
            "audience": self.audience,
            "language": self.language,
            "hide_costs": self.hide_costs,
            "owner": self.owner,
            "withdrawn": self.withdrawn,
        }

    def told(self) -> dict[str, Any]:
        """For people and programs: without what only the journal needs."""
        body = self.to_json()
        del body["withdrawn"]
        return body | {"set_at": _at(self.set_us)}

    @classmethod
    def from_json(cls, body: dict[str, Any], *, set_us: int = 0) -> Report:
        return cls(**body | {"campaigns": tuple(body["campaigns"])}, set_us=set_us)


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody says about a report, at one of its sections.

    Args:
        seq: its number, which is that of its first entry. at: slug of the section. campaign: whose, in a report on several; None: all.
        edited_us, resolved_us, withdrawn_us: since when; None if it is not.
    """

    seq: int
    report: str
    author: str
    text: str
    at: str
    campaign: str | None
    written_us: int
    edited_us: int | None = None
    resolved_us: int | None = None
    withdrawn_us: int | None = None

    @property
    def state(self) -> str:
        """open, resolved or withdrawn."""
        if self.withdrawn_us is not None:
            return "withdrawn"
        return "open" if self.resolved_us is None else "resolved"

    def to_json(self) -> dict[str, Any]:
        return {
            "comment": self.seq,
            "author": self.author,
            "text": self.text,
            "at": self.at,
            "campaign": self.campaign,
            "state": self.state,
            "written_at": _at(self.written_us),
            "edited_at": _at(self.edited_us),
        }


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A report frozen at a moment: a kept file, named by its content.

    Args:
        seq: its number. file_hash: SHA-256 of the file in `files/`.
        generation, as_of, version: of the data it tells, of the moment it tells of, of the code that told it.
        comments: how many it holds. note: why it was taken.
    """

    seq: int
    report: str
    file_hash: str
    generation: str
    as_of: str
    version: str
    comments: int
    by: str
    note: str | None
    taken_us: int

    def to_json(self) -> dict[str, Any]:
        return {
            "snapshot": self.seq,
            "report": self.report,
            "file_hash": self.file_hash,
            "generation": self.generation,
            "as_of": self.as_of,
            "version": self.version,
            "comments": self.comments,
            "by": self.by,
            "note": self.note,
            "taken_at": _at(self.taken_us),
        }


@dataclass(frozen=True, slots=True)
class Share:
    """A link to a snapshot.

    Args:
        seq: its number. digest: SHA-256 of its id, in hex. comments: whether the page holds the snapshot's comments.
        until_us: from then on it opens nothing; None: it does not expire. revoked_us: since when it was revoked.
    """

    seq: int
    report: str
    snapshot: int
    digest: str = field(repr=False)
    comments: bool
    until_us: int | None
    by: str
    made_us: int
    revoked_us: int | None = None

    def state_at(self, now_us: int) -> str:
        """live, expired or revoked."""
        if self.revoked_us is not None:
            return "revoked"
        return "expired" if self.until_us is not None and now_us >= self.until_us else "live"

    def to_json(self, now_us: int) -> dict[str, Any]:
        return {
            "link": self.seq,
            "report": self.report,
            "snapshot": self.snapshot,
            "comments": self.comments,
            "state": self.state_at(now_us),
            "made_at": _at(self.made_us),
            "made_by": self.by,
            "expires_at": _at(self.until_us),
            "revoked_at": _at(self.revoked_us),
        }


def _at(us: int | None) -> str | None:
    return moment_of(us).isoformat(timespec="seconds") if us is not None else None
