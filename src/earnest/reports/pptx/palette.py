"""The light tokens of the style sheet, as Office wants them: read from where they are written, so written once."""

from __future__ import annotations

import functools
import re
from importlib import resources

TOKEN = re.compile(r"--([a-z0-9-]+): light-dark\(#([0-9A-Fa-f]{6})")
CATEGORIES = 5


@functools.cache
def tokens() -> dict[str, str]:
    """Name of a token → its light colour, six hex digits."""
    text = resources.files("earnest.charts").joinpath("tokens.css").read_text("utf-8")
    return dict(TOKEN.findall(text))


def colour(name: str) -> str:
    """A token's light colour, for example `inc`."""
    return tokens()[name]


def category(index: int) -> str:
    """The colour of a line in a list; from the fifth on they share the last."""
    return colour(f"cat-{min(index + 1, CATEGORIES)}")


def pale(name: str, opacity: float) -> str:
    """A token laid thinly over the surface, as one opaque colour: not every viewer draws transparency in charts."""
    parts = zip(*(bytes.fromhex(colour(each)) for each in (name, "surface")), strict=True)
    return "".join(f"{round(front * opacity + back * (1 - opacity)):02X}" for front, back in parts)
