"""Requests and answers of `/api/v1/reports`: reports that were declared, comments, snapshots, links."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from earnest.definitions.report import MOST_CAMPAIGNS, MOST_WORDS

ID = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
Id = Annotated[str, Field(min_length=1, max_length=100, pattern=ID)]
Words = Annotated[str, Field(min_length=1, max_length=MOST_WORDS)]
AudienceId = Literal["cfo", "cmo", "crm", "client"]
Number = Annotated[int, Field(strict=True, ge=1, le=2**53)]
Instant = Annotated[str, Field(description="ISO 8601, UTC.")]


class NewReport(BaseModel):
    """A report to be declared, or its next version with `replace`."""

    model_config = ConfigDict(extra="forbid")
    id: Id
    title: Annotated[str, Field(min_length=1, max_length=200)]
    campaigns: Annotated[list[Id], Field(min_length=1, max_length=MOST_CAMPAIGNS)]
    audience: AudienceId | None = None
    language: Annotated[str, Field(min_length=2, max_length=10)] = "en"
    hide_costs: Annotated[bool, Field(description="Leave out internal costs; for the audience client alone.")] = False
    owner: Annotated[str, Field(max_length=100)] | None = None
    replace: bool = False


class NewComment(BaseModel):
    """A comment; its author is whoever calls."""

    model_config = ConfigDict(extra="forbid")
    text: Words
    at: Annotated[str, Field(max_length=40, description="Slug of the section it stands at.")] = "result"
    campaign: Id | None = None


class CommentChange(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")
    text: Words | None = None
    resolved: bool | None = None


class NewSnapshot(BaseModel):
    """A snapshot to be taken."""

    model_config = ConfigDict(extra="forbid")
    note: Annotated[str, Field(max_length=500)] | None = None


class NewShare(BaseModel):
    """A link to be made."""

    model_config = ConfigDict(extra="forbid")
    snapshot: Annotated[Number | None, Field(description="null: the last one.")] = None
    expires_days: Annotated[int, Field(strict=True, ge=1, le=3650)] | None = Field(
        default=90, description="null: it does not expire."
    )
    comments: Annotated[bool, Field(description="Show the comments that the snapshot holds.")] = False


class ReportTold(BaseModel):
    """A report as it is declared."""

    id: str
    title: str
    campaigns: list[str]
    audience: AudienceId | None
    language: str
    hide_costs: bool
    owner: str | None
    set_at: Instant


class CommentTold(BaseModel):
    """A comment."""

    comment: int
    author: str
    text: str
    at: str
    campaign: str | None
    state: Literal["open", "resolved", "withdrawn"]
    written_at: Instant
    edited_at: Instant | None


class SnapshotTold(BaseModel):
    """A snapshot. `file_hash` is the SHA-256 of everything it holds."""

    snapshot: int
    report: str
    file_hash: str
    generation: str
    as_of: str
    version: str
    comments: int
    by: str
    note: str | None
    taken_at: Instant


class ShareTold(BaseModel):
    """A link, without what opens it."""

    link: int
    report: str
    snapshot: int
    comments: bool
    state: Literal["live", "expired", "revoked"]
    made_at: Instant
    made_by: str
    expires_at: Instant | None
    revoked_at: Instant | None


class ShareMade(ShareTold):
    """A new link, with what opens it: it cannot be shown again."""

    path: str
    url: Annotated[str | None, Field(description="null where nobody said how the server is called from outside.")]


class DraftTold(ReportTold):
    """A report with what belongs to it."""

    comments: list[CommentTold]
    snapshots: list[SnapshotTold]
    links: list[ShareTold]


class ContentTold(SnapshotTold):
    """Everything a snapshot holds but its pages."""

    stories: list[dict[str, Any]]
    sections: list[dict[str, Any]]
    rules: dict[str, Any]
    said: list[dict[str, Any]]
