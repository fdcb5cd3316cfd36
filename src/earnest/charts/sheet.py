"""The style sheet of the charts, read: which attributes an element of a drawing gets where there is no style sheet.

It knows as much CSS as charts.css uses: compounds of element and classes below each other, tokens, one width query.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from importlib import resources

Path = tuple[tuple[str, frozenset[str]], ...]
PRESENTED = re.compile(
    r"display|fill(-opacity)?|stroke(-width|-opacity|-dasharray|-linejoin|-linecap)?|paint-order|opacity|font-(size|weight)"
)
_TOKEN = re.compile(r"--([a-z0-9-]+):\s*light-dark\((#[0-9A-Fa-f]{6}),\s*(#[0-9A-Fa-f]{6})\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_QUERY = re.compile(r"@media([^{]*)\{((?:[^{}]*\{[^{}]*\})*)\s*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMPOUND = re.compile(r"^([a-z]*)((?:\.[a-z0-9-]+)*)$")


@dataclass(frozen=True, slots=True)
class Rule:
    """One selector, as compounds of an element's name and classes from the outside in, and what it sets."""

    compounds: tuple[tuple[str, frozenset[str]], ...]
    sets: tuple[tuple[str, str], ...]
    weight: tuple[int, int]

    def meets(self, path: Path) -> bool:
        """Whether the last element of a path from the root is one the rule is for."""
        *outer, last = self.compounds
        if not _is(path[-1], last):
            return False
        above = iter(path[:-1])
        return all(any(_is(element, compound) for element in above) for compound in outer)


def tokens(*, dark: bool = False) -> dict[str, str]:
    """Every colour token of a theme, as hex."""
    return {name: (at_night if dark else by_day) for name, by_day, at_night in _TOKEN.findall(_read("tokens"))}


@functools.lru_cache(maxsize=4096)
def presented(path: Path, *, dark: bool = False, narrow: bool = False) -> dict[str, str]:
    """What the last element of a path is given by the rules themselves; what it inherits is not repeated.

    Args:
        path: name and classes of each element, from the root of the drawing on.
        dark: the theme.
        narrow: whether the width query for phones holds.
    """
    found: dict[str, str] = {}
    for rule in _sheet(dark=dark, narrow=narrow):
        if rule.meets(path):
            found |= dict(rule.sets)
    return found


@functools.cache
def _sheet(*, dark: bool, narrow: bool) -> tuple[Rule, ...]:
    """The rules from the weakest to the strongest."""
    text = _COMMENT.sub("", _read("charts"))
    phone = "".join(body for condition, body in _QUERY.findall(text) if "max-width" in condition)
    colours = tokens(dark=dark)
    rules = [rule for part in (_QUERY.sub("", text), phone if narrow else "") for rule in _rules(part, colours)]
    return tuple(sorted(rules, key=lambda rule: rule.weight))


def _read(name: str) -> str:
    return resources.files("earnest.charts").joinpath(f"{name}.css").read_text("utf-8")


def _rules(text: str, colours: dict[str, str]) -> list[Rule]:
    rules = []
    for selectors, body in _RULE.findall(text):
        sets = _sets(body, colours)
        for selector in selectors.split(","):
            compounds = [_COMPOUND.match(part) for part in selector.split()]
            if sets and all(compounds):
                rules.append(_rule([match for match in compounds if match], sets))
    return rules


def _rule(matches: list[re.Match[str]], sets: tuple[tuple[str, str], ...]) -> Rule:
    compounds = tuple((match[1], frozenset(match[2].split(".")) - {""}) for match in matches)
    names = sum(1 for name, _ in compounds if name)
    return Rule(compounds, sets, (sum(len(classes) for _, classes in compounds), names))


def _sets(body: str, colours: dict[str, str]) -> tuple[tuple[str, str], ...]:
    declared = (line.split(":", 1) for line in body.split(";") if ":" in line)
    pairs = ((name.strip(), value.strip()) for name, value in declared)
    return tuple((name, _plain(value, colours)) for name, value in pairs if PRESENTED.fullmatch(name))


def _plain(value: str, colours: dict[str, str]) -> str:
    """A value without tokens and units."""
    resolved = re.sub(r"var\(--([a-z0-9-]+)\)", lambda found: colours[found[1]], value)
    return re.sub(r"(?<=\d)px\b", "", resolved)


def _is(element: tuple[str, frozenset[str]], compound: tuple[str, frozenset[str]]) -> bool:
    return compound[0] in {"", element[0]} and compound[1] <= element[1]
