"""Campaigns: what was sent for what purpose, and how its messages are recognised."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Any

from earnest.kernel.errors import UsageError, closest

PURPOSES = ("marketing", "sales", "service", "brand")
FUNNEL_STAGES = ("awareness", "consideration", "conversion", "retention", "advocacy")
MATCH_FIELDS = ("template", "tag", "column")
UNASSIGNED = "unassigned"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Match:
    """A rule: messages whose template, tag or campaign column has this value belong to the campaign."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign.

    Args:
        purpose: decides which KPIs judge it: service and brand get no ROI verdict.
        declared: False for a campaign known only from a file's campaign column.
    """

    id: str
    name: str
    programme: str | None = None
    purpose: str = "marketing"
    funnel_stage: str | None = None
    objective: str | None = None
    primary_kpi: str | None = None
    match: tuple[Match, ...] = ()
    declared: bool = True

    def to_json(self) -> dict[str, Any]:
        body = {name: getattr(self, name) for name in self.__slots__ if name != "match"}
        return body | {"match": [f"{rule.field}={rule.value}" for rule in self.match]}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Campaign:
        return cls(**(body | {"match": tuple(match_rule(text) for text in body["match"])}))


def check_id(text: str, what: str) -> str:
    """Check the id of a campaign, experiment or segment.

    Raises:
        UsageError: `bad-id`.
    """
    if not _ID.fullmatch(text) or ".." in text or text == UNASSIGNED:
        raise UsageError(
            "bad-id",
            f"'{text}' cannot be the id of {what}",
            hint="Use letters, digits, - _ and . (at most 100), not 'unassigned'.",
        )
    return text


def replacing(campaign: Campaign) -> str:
    """The whole command that declares a campaign in place of what it is: what is left out of such a command is gone."""
    told = {
        "--name": campaign.name if campaign.name != campaign.id else None,
        "--programme": campaign.programme,
        "--purpose": campaign.purpose if campaign.purpose != PURPOSES[0] else None,
        "--funnel-stage": campaign.funnel_stage,
        "--objective": campaign.objective,
        "--primary-kpi": campaign.primary_kpi,
    }
    options = [(name, text) for name, text in told.items() if text is not None]
    options += [("--match", f"{rule.field}={rule.value}") for rule in campaign.match]
    words = "".join(f" {name} {shlex.quote(text)}" for name, text in options)
    return f"earnest campaign add {campaign.id}{words} --replace"


def match_rule(text: str) -> Match:
    """Read `template=…`, `tag=…` or `column=…`.

    Raises:
        UsageError: `bad-match`.
    """
    field, equals, value = text.partition("=")
    if not equals or field not in MATCH_FIELDS or not value:
        raise UsageError(
            "bad-match", f"'{text}' is no match rule", hint="Write template=NAME, tag=NAME or column=VALUE."
        )
    return Match(field, value)


def one_of(value: str, known: tuple[str, ...], what: str) -> str:
    """Check a word against a closed list.

    Raises:
        UsageError: `unknown-value`.
    """
    if value not in known:
        raise UsageError(
            "unknown-value", f"'{value}' is no {what}{closest(value, known)}", hint=f"One of: {', '.join(known)}."
        )
    return value


@dataclass(frozen=True, slots=True)
class Label:
    """A distinct set of campaign hints that messages carry."""

    label_key: int
    channel: str | None
    callback: str | None
    campaign: str | None
    template: str | None
    tag: str | None
    category: str | None


@dataclass(frozen=True, slots=True)
class Recognised:
    """Which campaign a label belongs to: `how` is callback, column, match, none or ambiguous."""

    campaign: str
    how: str
    candidates: tuple[str, ...] = ()


def recognise(label: Label, campaigns: dict[str, Campaign]) -> Recognised:
    """Find a label's campaign: by callback id, then the file's campaign column, then match rules.

    Two matching rules of different campaigns leave the message unassigned, and the audit says so.
    A campaign column's value that nobody has declared names a campaign of its own.
    """
    if label.callback is not None and label.callback in campaigns:
        return Recognised(label.callback, "callback")
    hits = sorted({c.id for c in campaigns.values() for rule in c.match if _matches(rule, label)})
    by_column = sorted(
        {c.id for c in campaigns.values() for rule in c.match if rule.field == "column" and _matches(rule, label)}
    )
    if label.campaign is not None:
        if label.campaign in campaigns:
            return Recognised(label.campaign, "column")
        if len(by_column) == 1:
            return Recognised(by_column[0], "column")
        if not by_column:
            return Recognised(label.campaign, "column")
    if len(hits) == 1:
        return Recognised(hits[0], "match")
    return Recognised(UNASSIGNED, "ambiguous", tuple(hits)) if hits else Recognised(UNASSIGNED, "none")


def _matches(rule: Match, label: Label) -> bool:
    value = label.campaign if rule.field == "column" else getattr(label, rule.field)
    return bool(value == rule.value)
