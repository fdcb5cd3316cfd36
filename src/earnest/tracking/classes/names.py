"""The list of crawlers, searched fast: 1,500 names in one user agent within microseconds.

A name that is plain text is found by its first four characters, which lead to the few names that begin so; the forty that
are patterns stand in one expression.
"""

from __future__ import annotations

import csv
import functools
import re
from importlib import resources
from typing import NamedTuple

_HEAD = 4
_ESCAPED = re.compile(r"\\([^0-9A-Za-z])")
_SPECIAL = re.compile(r"[][\\(){}|^$*+?.]")


class Names(NamedTuple):
    """Names by their first characters, and what cannot be found so.

    Args:
        by_head: first four characters → (name, kind). patterns: (expression, kind) of all others.
        any_pattern: any of `patterns`, to be asked first.
    """

    by_head: dict[str, tuple[tuple[str, str], ...]]
    patterns: tuple[tuple[re.Pattern[str], str], ...]
    any_pattern: re.Pattern[str]

    def kind_in(self, agent: str) -> str | None:
        """The kind of the first name in a user agent; None if no name stands in it."""
        for place in range(len(agent) - _HEAD + 1):
            for name, kind in self.by_head.get(agent[place : place + _HEAD], ()):
                if agent.startswith(name, place):
                    return kind
        if self.any_pattern.search(agent):
            return next(kind for pattern, kind in self.patterns if pattern.search(agent))
        return None


@functools.cache
def crawlers() -> Names:
    """The list of `data/crawlers.csv`; see docs/adr/0018-click-classes.md for where it is from."""
    text = resources.files("earnest.tracking.classes").joinpath("data/crawlers.csv").read_text(encoding="utf-8")
    return names_of([(row["pattern"], row["kind"]) for row in csv.DictReader(text.splitlines())])


def names_of(rows: list[tuple[str, str]]) -> Names:
    """Names made from (regular expression, kind).

    Example:
        >>> names_of([(r"Foo\\/Bot", "seo"), ("^ab", "tool")]).kind_in("x Foo/Bot 1")
        'seo'
    """
    heads: dict[str, list[tuple[str, str]]] = {}
    patterns = []
    for pattern, kind in rows:
        name = _plain(pattern)
        if name is None or len(name) < _HEAD:
            patterns.append((re.compile(pattern), kind))
        else:
            heads.setdefault(name[:_HEAD], []).append((name, kind))
    joined = "|".join(f"(?:{pattern.pattern})" for pattern, _ in patterns) or r"(?!)"
    return Names({head: tuple(found) for head, found in heads.items()}, tuple(patterns), re.compile(joined))


def _plain(pattern: str) -> str | None:
    """The text that a pattern stands for, if it stands for just one."""
    if _SPECIAL.search(_ESCAPED.sub("", pattern)):
        return None
    return _ESCAPED.sub(r"\1", pattern)
