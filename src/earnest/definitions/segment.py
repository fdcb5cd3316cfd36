"""Segments: named groups of contacts by dated attributes, versioned, evaluated as of the send.

A rule is a list of comparisons that must all hold: `country=DE`, `tier!=gold`, `age>=30`. An attribute that a contact
does not have fails every comparison.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from earnest.kernel.errors import UsageError

_RULE = re.compile(r"(?P<attribute>[^=!<>]+)(?P<op><=|>=|!=|=|<|>)(?P<value>.+)")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of an attribute; `<` and the like compare as numbers."""

    attribute: str
    op: str
    value: str

    def __str__(self) -> str:
        return f"{self.attribute}{self.op}{self.value}"


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """One version of a segment."""

    id: str
    name: str
    rules: tuple[Comparison, ...]
    version: int = 1

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "rules": [str(rule) for rule in self.rules], "version": self.version}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> SegmentRule:
        return cls(body["id"], body["name"], tuple(comparison(text) for text in body["rules"]), body["version"])


def comparison(text: str) -> Comparison:
    """Read one comparison.

    Raises:
        UsageError: `bad-rule`.
    """
    match = _RULE.fullmatch(text)
    if match is None:
        raise UsageError("bad-rule", f"'{text}' is no rule", hint="Write country=DE, tier!=gold or age>=30.")
    rule = Comparison(match["attribute"].strip(), match["op"], match["value"].strip())
    if rule.op in ("<", ">", "<=", ">=") and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", rule.value):
        raise UsageError(
            "bad-rule", f"'{text}' compares with something that is no number", hint="Use = or != for text."
        )
    return rule


def predicate(rule: Comparison) -> tuple[str, list[str]]:
    """SQL over a text column `value` and its parameters."""
    if rule.op == "=":
        return "value = ?", [rule.value]
    if rule.op == "!=":
        return "value <> ?", [rule.value]
    return f"TRY_CAST(value AS DOUBLE) {rule.op} CAST(? AS DOUBLE)", [rule.value]
