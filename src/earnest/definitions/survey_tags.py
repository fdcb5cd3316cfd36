"""Tags of what people wrote: by rules (a word → a tag), and by hand, which overrules them. Both are journalled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from earnest.kernel.errors import UsageError

_TAG = re.compile(r"[\w][\w .&/-]{0,39}")
_LONGEST_WORD = 60


@dataclass(frozen=True, slots=True)
class Tagging:
    """The tags of one survey.

    Args:
        rules: word → tag. A word matches whole words, whatever their case; with a * at its end all that begin with it.
        by_hand: (key of the answer, tag) → whether it has it.
    """

    rules: Mapping[str, str] = field(default_factory=dict)
    by_hand: Mapping[tuple[int, str], bool] = field(default_factory=dict)

    def and_(self, body: dict[str, Any]) -> Tagging:
        """With one more decision: ``{"word", "tag"}`` (tag None takes the rule away) or ``{"answer", "tag", "has"}``."""
        if "word" in body:
            rules = {word: tag for word, tag in self.rules.items() if word != body["word"]}
            return Tagging(rules | ({body["word"]: body["tag"]} if body["tag"] else {}), self.by_hand)
        return Tagging(self.rules, {**self.by_hand, (int(body["answer"]), body["tag"]): bool(body["has"])})

    def tags_of(self, answer_key: int, words: str) -> tuple[str, ...]:
        """The tags of an answer, sorted."""
        found = {tag for word, tag in self.rules.items() if _pattern(word).search(words)}
        decided = {tag: has for (key, tag), has in self.by_hand.items() if key == answer_key}
        return tuple(
            sorted(
                (found | {tag for tag, has in decided.items() if has}) - {t for t, has in decided.items() if not has}
            )
        )


def checked_tag(text: str) -> str:
    """A tag as it is kept: lower case, no blanks around it.

    Raises:
        UsageError: `bad-tag`.
    """
    tag = text.strip().casefold()
    if not _TAG.fullmatch(tag):
        raise UsageError("bad-tag", f"'{text}' is no tag", hint="Letters, digits, blanks and . & / -, at most 40.")
    return tag


def checked_word(text: str) -> str:
    """A word of a rule as it is kept.

    Raises:
        UsageError: `bad-word`.
    """
    word = " ".join(text.split()).casefold()
    if not word.strip("*") or "*" in word[:-1] or len(word) > _LONGEST_WORD:
        raise UsageError(
            "bad-word",
            f"'{text}' is no word to look for",
            hint="For example delivery, or deliver* for all that begin so.",
        )
    return word


def _pattern(word: str) -> re.Pattern[str]:
    stem = re.escape(word.removesuffix("*")).replace(r"\ ", r"\s+")
    return re.compile(rf"(?<!\w){stem}" + ("" if word.endswith("*") else r"(?!\w)"), re.IGNORECASE)
