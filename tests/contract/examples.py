"""Examples of every channel: a body with what it tells, written by hand. A new channel adds files here and nothing else.

examples/<code>/<name>.json            {"about", "body", "headers"?, "options"?, "batch"?: path of a list of items}
examples/<code>/<name>.expected.json   what is told, one object a value, in order; keys left out are not compared
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from earnest.channels.channel import channel_of, channels
from earnest.channels.told import Party, Rejected, SamePerson, StatusTold, Told
from earnest.events.kinds import Status

FOLDER = Path(__file__).parent / "examples"

PHONE = "15112345678"
"""National digits of the person of all examples, however the body writes the number."""
WRITTEN = re.compile("[ ().-]*".join(PHONE))
"""The number in any usual writing."""
MAIL = "kim.canary@example.org"
NAME = "Canarina"
WORDS = "whispered"
"""A word in everything that people write in the examples."""

EXPECTED = ".expected.json"


@dataclass(frozen=True)
class Example:
    """One example.

    Args:
        batch: keys that lead to a list whose items are told of one by one, in any order; None if the body has none.
    """

    channel: str
    name: str
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    batch: tuple[str | int, ...] | None = None

    def __str__(self) -> str:
        return f"{self.channel}/{self.name}"

    def tell(self, body: Any) -> list[Told | Rejected]:
        """What a body tells the channel under this example's headers and options."""
        return list(channel_of(self.channel).parse_of(self.options)(body, self.headers))

    def items(self, body: Any) -> list[Any]:
        """The batch within a body."""
        assert self.batch is not None
        for key in self.batch:
            body = body[key]
        assert isinstance(body, list)
        return body

    def expected(self) -> list[dict[str, Any]]:
        found = json.loads((FOLDER / self.channel / f"{self.name}{EXPECTED}").read_text(encoding="utf-8"))
        assert isinstance(found, list)
        return found


def all_examples() -> list[Example]:
    """Every example of every channel there is, by channel and name."""
    return [example for code in channels() for example in examples_of(code)]


def examples_of(code: str) -> list[Example]:
    """The examples of a channel."""
    found = []
    for path in sorted((FOLDER / code).glob("*.json")):
        if path.name.endswith(EXPECTED):
            continue
        text = json.loads(path.read_text(encoding="utf-8"))
        batch = tuple(text["batch"]) if "batch" in text else None
        found.append(
            Example(code, path.stem, text["body"], text.get("headers", {}), text.get("options", {}), batch=batch)
        )
    return found


def flat(told: Told | Rejected) -> dict[str, Any]:
    """A told value as its expectation is written: kind, instants as ISO 8601, party, terms and hints laid flat, no nulls."""
    found: dict[str, Any] = {"told": type(told).__name__}
    for name in told.__struct_fields__:
        value = getattr(told, name)
        if isinstance(told, SamePerson) and isinstance(value, Party):
            found[name] = told_of(value)
        elif isinstance(value, msgspec.Struct):
            found |= told_of(value)
        elif name.endswith("_us") and value is not None:
            found[{"occurred_us": "at"}.get(name, name.removesuffix("_us"))] = iso(value)
        elif name == "lines":
            found |= {"lines": [told_of(line) for line in value]} if value else {}
        elif value is not None:
            found[name] = value
    if isinstance(told, StatusTold):
        found["status"] = Status(told.status).name.lower()
    return found


def told_of(value: msgspec.Struct) -> dict[str, Any]:
    """The fields of a value that say something."""
    return {name: inner for name, inner in msgspec.structs.asdict(value).items() if inner is not None}


def iso(us: int) -> str:
    """An instant as people write it."""
    moment = datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000)
    return moment.isoformat().replace("+00:00", "Z")


def texts(value: Any) -> Iterator[str]:
    """Every text and number in a value, as text; keys too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
