"""Paths into any JSON value or form, and how a value becomes rows of text.

    data.customer.phone     keys            data.items[0].sku     one element of a list
    data.items[*].sku       every element: one row each           ["odd.key"].x      a key with points or brackets in it

A record becomes one row; where paths name `[*]`, one row an element of that list, and values outside it repeat.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from earnest.channels.told import as_text
from earnest.kernel.errors import UsageError


class Every(Enum):
    """The step that stands for all elements of a list."""

    ELEMENT = "[*]"


Step = str | int | Every
_STEP = re.compile(
    r"""\.?(?P<name>[^.\[\]"]+)|\[(?P<index>[0-9]{1,6})\]|(?P<every>\[\*\])|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]|\[(?P<key>[^\]"*]+)\]"""
)
DEEPEST = 32


@dataclass(frozen=True, slots=True)
class Path:
    """A path as written, and its steps."""

    text: str
    steps: tuple[Step, ...]

    @property
    def lists(self) -> tuple[tuple[Step, ...], ...]:
        """Steps to each list of which every element is meant, outermost first."""
        return tuple(self.steps[:place] for place, step in enumerate(self.steps) if step is Every.ELEMENT)


@functools.lru_cache(maxsize=4096)
def path_of(text: str) -> Path:
    """Read a path.

    Raises:
        UsageError: `bad-path`.
    """
    steps: list[Step] = []
    at = 0
    while at < len(text) and len(steps) <= DEEPEST:
        found = _STEP.match(text, at)
        if found is None or (at == 0 and text.startswith(".")):
            break
        steps.append(_step(found))
        at = found.end()
    if not steps or at < len(text):
        raise UsageError(
            "bad-path",
            f"'{text}' is no path into a payload",
            hint='Write keys with points between, and lists with [0] or [*]: data.items[*].sku, or ["a.b"] for a key with a point.',
        )
    return Path(text, tuple(steps))


def _step(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return int(found["index"])
    if found["every"] is not None:
        return Every.ELEMENT
    if found["quoted"] is not None:
        return str(json.loads(found["quoted"]))
    return str(found["name"] or found["key"])


def written(steps: Sequence[Step]) -> str:
    """Text of steps, as `path_of` reads it.

    Example:
        >>> written(("data", "items", Every.ELEMENT, "unit.price"))
        'data.items[*]["unit.price"]'
    """
    text = ""
    for step in steps:
        if isinstance(step, Every):
            text += step.value
        elif isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r'[^.\[\]"@=\s][^.\[\]"]*', step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


def lists_of(paths: Sequence[Path]) -> tuple[tuple[Step, ...], ...]:
    """The lists whose elements become rows, each within the one before.

    Raises:
        UsageError: `lists-cross`: the elements of two lists side by side are no rows.
    """
    longest = max((path.lists for path in paths), key=len, default=())
    for path in paths:
        if path.lists != longest[: len(path.lists)]:
            raise UsageError(
                "lists-cross",
                f"'{path.text}' goes through another list than {written((*longest[-1], Every.ELEMENT))}",
                hint="One row is one element of one list: map both from the same list, or take one element with [0].",
            )
    return longest


def rows(record: Any, paths: Sequence[Path], lists: tuple[tuple[Step, ...], ...]) -> Iterator[list[str | None]]:
    """The cells of a record, a list for each row, in the order of `paths`. A missing value is None."""
    for chosen in _choices(record, lists, ()):
        yield [cell(_resolve(record, path, chosen)) for path in paths]


def _choices(record: Any, lists: tuple[tuple[Step, ...], ...], chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Which element of each list a row is about; a list that is missing or empty yields one row without it."""
    if len(chosen) == len(lists):
        yield chosen
        return
    inner = _follow(record, _bound(lists[len(chosen)], chosen))
    if not isinstance(inner, list) or not inner:
        yield chosen
        return
    for place in range(len(inner)):
        yield from _choices(record, lists, (*chosen, place))


def _bound(steps: Sequence[Step], chosen: tuple[int, ...]) -> list[Step] | None:
    """Steps with the chosen elements in the place of [*]; None if there are more lists than chosen elements."""
    places = iter(chosen)
    bound: list[Step] = []
    for step in steps:
        if isinstance(step, Every):
            place = next(places, None)
            if place is None:
                return None
            bound.append(place)
        else:
            bound.append(step)
    return bound


def _resolve(record: Any, path: Path, chosen: tuple[int, ...]) -> Any:
    if isinstance(record, dict) and path.text in record:  # a form's field may be called data[id] or customer.phone
        return record[path.text]
    return _follow(record, _bound(path.steps, chosen))


def _follow(value: Any, steps: Sequence[Step] | None) -> Any:
    if steps is None:
        return None
    for step in steps:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return None
    return value


def cell(value: Any) -> str | None:
    """A value as the text a file would hold; None for none. Objects and lists become their JSON text.

    Example:
        >>> cell(1e21), cell(59.90), cell(True), cell(""), cell([1])
        ('1000000000000000000000', '59.9', 'true', None, '[1]')
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = format(Decimal(repr(value)), "f")
        return text.removesuffix(".0")
    return str(value) if isinstance(value, int) else as_text(value)


def walk(value: Any, steps: tuple[Step, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every path of a record that ends in a plain value, with that value; lists of objects as [*], others by number."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, (*steps, key))
    elif isinstance(value, list):
        objects = any(isinstance(inner, dict | list) for inner in value)
        for place, inner in enumerate(value):
            yield from walk(inner, (*steps, Every.ELEMENT if objects else place))
    elif steps:
        yield written(steps), value
