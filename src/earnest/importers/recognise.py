"""What a file of rows may hold, by the names of its columns: a name that few kinds know says more than one that many do."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from earnest.importers.fields import KINDS, FileKind
from earnest.importers.mapping import plain

_NAMED = 2.0
"""What the file's own name weighs, in columns that only one kind knows."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a kind fits. `whole`: everything it needs is there."""

    kind: str
    whole: bool
    score: float


def fits(columns: Sequence[str], file: str = "") -> tuple[Fit, ...]:
    """Every kind, the one that fits best first.

    Args:
        file: the file's name.
    """
    names, said = {plain(column) for column in columns}, plain(file)
    found = [_fit(kind, names, said) for kind in KINDS.values()]
    return tuple(sorted(found, key=lambda fit: (not fit.whole, -fit.score)))


def _fit(kind: FileKind, names: set[str], said: str) -> Fit:
    known = {field.name: _names(kind.name)[field.name] & names for field in kind.fields}
    score = sum(max((1 / _kinds_of()[name] for name in found), default=0.0) for found in known.values())
    whole = all(any(known[name] for name in group) for group in kind.needs)
    if kind.needs_contact:
        whole = whole and any(known[field.name] for field in kind.fields if field.type == "identity")
    named = plain(kind.name).removesuffix("s") in said
    return Fit(kind.name, whole, score + (_NAMED if named else 0.0))


@functools.cache
def _names(kind: str) -> dict[str, set[str]]:
    return {field.name: {plain(field.name), *field.also} for field in KINDS[kind].fields}


@functools.cache
def _kinds_of() -> Counter[str]:
    """Name of a column → how many kinds know it."""
    return Counter(name for kind in KINDS for name in set().union(*_names(kind).values()))
