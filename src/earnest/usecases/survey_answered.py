"""What was answered with one code so far: the journal's entries of its versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from earnest.journal.log import Entry
from earnest.kernel.period import DAY_US
from earnest.usecases.workspace import Workspace

MOST_VERSIONS = 5
"""A code's answers can be changed so often."""


def dedupe_key(round_number: int, recipient: int, version: int) -> str:
    """The journal's key of a code's answers: at most one entry ever has it."""
    own = f"survey:{round_number}:{recipient}"
    return f"{own}:{version}" if version else own


@dataclass(frozen=True, slots=True)
class Answered:
    """The entries of one code, oldest version first."""

    entries: tuple[Entry, ...]

    @property
    def versions(self) -> int:
        """How many versions there are; the next one's number."""
        return len(self.entries)

    @property
    def given(self) -> bool:
        return bool(self.entries)

    def changeable(self, now_us: int) -> bool:
        """Whether another version may be sent: within 24 hours of the first, a few times, and never after a machine's."""
        if not self.entries or self.versions > MOST_VERSIONS or self.entries[0].data.get("marked"):
            return False
        return now_us < self.entries[0].received_us + DAY_US

    def said(self, version: int) -> Mapping[str, str] | None:
        """The answers of a version; None if there is none, or a machine gave them."""
        if version >= self.versions or self.entries[version].data.get("marked"):
            return None
        return {one["question"]: one["answer"] for one in self.entries[version].data["answers"]}


def answered(workspace: Workspace, round_number: int, recipient: int) -> Answered:
    """Look up what was answered with a code."""
    found: list[Entry] = []
    with workspace.journal() as journal:
        for version in range(MOST_VERSIONS + 1):
            entry = journal.by_dedupe_key(dedupe_key(round_number, recipient, version))
            if entry is None:
                break
            found.append(entry)
    return Answered(tuple(found))
