"""One line of a campaign's checklist, and the words that all lines share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from earnest.kernel.period import instant_text
from earnest.usecases.gaps import SourceSilence, duration
from earnest.usecases.plan import Plan

Status = Literal["live", "silent", "never", "missing", "not-needed"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist.

    Args:
        kind: messages, link, coupon, survey, visits, orders, answers, cost, hold-out or goal. name: of the link, coupon or survey.
        what: what is known, with its sizes. since_us: of a silent one: when something last came. last_us: when something
            last came, None if nothing ever did.
        remedy: what to do; None where nothing need be done. expected: whether something must have come by now.
        facts: the numbers behind the words.
    """

    kind: str
    status: Status
    what: str
    name: str | None = None
    remedy: str | None = None
    last_us: int | None = None
    expected: bool = False
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return f"{self.kind} {self.name}" if self.name else self.kind

    @property
    def failing(self) -> bool:
        """Whether somebody must do something."""
        return self.status in ("silent", "missing") or (self.status == "never" and self.expected)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "name": self.name,
            "status": self.status,
            "what": self.what,
            "last": instant_text(self.last_us),
            "silent_since": instant_text(self.last_us) if self.status == "silent" else None,
            "remedy": self.remedy,
            "failing": self.failing,
            "facts": self.facts,
        }


Lines = Iterator[Line]


def heard(plan: Plan, silence: SourceSilence, *, ends: bool) -> Status:
    """Status of something that was declared, by when it was last heard.

    Args:
        ends: whether nothing more is expected of it once the campaign is over.
    """
    if silence.silent_us is None:
        return "never"
    return "silent" if silence.alarming and not (ends and plan.over) else "live"


def last_of(plan: Plan, silence: SourceSilence) -> int | None:
    """When something last came."""
    return plan.now_us - silence.silent_us if silence.silent_us is not None else None


def ago(silence: SourceSilence) -> str:
    """`, last 3 d 4 h ago`, with what is usual where that is known; nothing if nothing ever came."""
    if silence.silent_us is None:
        return ""
    usual = silence.rhythm.silence_p99_us
    words = f" (usually within {duration(usual)})" if usual is not None and silence.alarming else ""
    return f", last {duration(silence.silent_us)} ago{words}"
