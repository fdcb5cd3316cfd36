"""Texts that the report's fonts can set: what they have no glyph for is shown as its code, never dropped.

A document that claims to be accessible may hold no missing glyph, and the campaign's own name may hold anything.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from pathlib import Path

FONTS = Path(__file__).parent.parent / "fonts"
SILENT = {0x200C, 0x200D, 0xFE0E, 0xFE0F}  # joiners and variation selectors draw nothing themselves
BREAK = "\u200b"
LONG = re.compile(r"\S{17,}")
JOINT = re.compile(r"(?<=[_/@:.\-])(?=[^\W\d_])")
RUN = re.compile(r"\w{20}(?=\w{8})")


def printable(text: str) -> str:
    """The text as it is set: drawable, and broken where a word is longer than any column."""
    return LONG.sub(_breakable, drawable(text))


def drawable(text: str) -> str:
    """The text in glyphs there are: composed, white space as spaces, foreign characters as codes.

    Example:
        >>> drawable("Sale\\n\\U0001F525")
        'Sale ‹U+1F525›'
    """
    return "".join(_shown(character) for character in unicodedata.normalize("NFC", text))


@functools.cache
def code_points() -> frozenset[int]:
    """Code points every face of the fonts was cut to, from the list they were cut by."""
    found: set[int] = set()
    for item in re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", (FONTS / "code-points.txt").read_text("ascii")):
        first, last = item[0], item[1] or item[0]
        found.update(range(int(first, 16), int(last, 16) + 1))
    return frozenset(found)


def _shown(character: str) -> str:
    if ord(character) in code_points():
        return character
    if character in "\t\n\r\v\f":
        return " "
    if ord(character) in SILENT:
        return ""
    alike = unicodedata.normalize("NFKC", character)
    if alike != character and all(ord(one) in code_points() for one in alike):
        return alike
    return f"‹U+{ord(character):04X}›"


def _breakable(word: re.Match[str]) -> str:
    """A word no column may be wide enough for: it may be broken at its joints, and within what is left."""
    return RUN.sub(lambda run: run[0] + BREAK, JOINT.sub(BREAK, word[0]))
