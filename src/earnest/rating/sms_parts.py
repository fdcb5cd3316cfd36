"""How many parts an SMS is billed as, and which characters make it dearer.

    all characters in GSM-7 ─ yes ─> septets, 160 alone or 153 a part
                            └─ no ─> UTF-16 units, 70 alone or 67 a part (6 bytes of each part join them)

An escape pair (€ is two septets) and a surrogate pair are never cut in two, so a part can stay one unit short.
Source: 3GPP TS 23.038 (alphabet) and TS 23.040 (concatenation). National shift tables are not used: few providers do.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from earnest.kernel.data_file import data_rows

GSM_7, UCS_2 = "GSM-7", "UCS-2"
CAPACITY = {GSM_7: (160, 153), UCS_2: (70, 67)}
"""Units of a message that fits into one part, and of each part of one that does not."""

_LOOK_ALIKES = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "´": "'", "`": "'", "ʼ": "'", "‹": "'", "›": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "•": "-", "·": ".", "⁄": "/", "×": "x",
    "\t": " ", "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "", "\u00ad": "", "\ufe0f": "",
    "ç": "Ç", "ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "œ": "oe", "Œ": "OE", "ẞ": "SS", "©": "(c)", "®": "(R)",
}  # fmt: skip
"""Typographic signs and letters, and what stands for them in GSM-7; accents are taken off by Unicode decomposition."""

_DOUBLES = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТУХаеорсухіјѕІЈЅ", "ABEZHIKMNOPTYXABEKMHOPCTYXaeopcyxijsIJS", strict=True))
"""Greek and Cyrillic letters that look Latin; GSM-7 has the Latin ones only. A stray one is a slip of the keyboard; among
letters of its script that have no double it is meant, and nothing stands for it."""

_SCRIPTS = ("GREEK", "CYRILLIC")


@dataclass(frozen=True, slots=True)
class Culprit:
    """A character that forces UCS-2.

    Args:
        positions: where it stands, counted in characters from 1.
        look_alike: what keeps the text in GSM-7; empty to leave it out; None if nothing looks like it.
        encoding_without: of the text with the look-alike everywhere (left out, where there is none).
        parts_without: parts of that text.
    """

    character: str
    name: str
    positions: tuple[int, ...]
    look_alike: str | None
    encoding_without: str
    parts_without: int


@dataclass(frozen=True, slots=True)
class SmsParts:
    """What a text costs as SMS.

    Args:
        units: septets in GSM-7, UTF-16 units in UCS-2.
        parts: what providers bill; 0 for an empty text.
        per_part: units that fit into each part, at this number of parts.
        left: units that still fit into the last part.
        culprits: characters that force UCS-2, in order of appearance.
        plain: the text with every look-alike put in; None if nothing would change.
        plain_parts: parts of that text.
    """

    text: str
    encoding: str
    units: int
    parts: int
    per_part: int
    left: int
    culprits: tuple[Culprit, ...]
    plain: str | None
    plain_parts: int

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "encoding": self.encoding,
            "units": self.units,
            "parts": self.parts,
            "per_part": self.per_part,
            "left": self.left,
            "culprits": [
                {
                    "character": one.character,
                    "code_point": f"U+{ord(one.character):04X}",
                    "name": one.name,
                    "positions": list(one.positions),
                    "look_alike": one.look_alike,
                    "encoding_without": one.encoding_without,
                    "parts_without": one.parts_without,
                }
                for one in self.culprits
            ],
            "plain": self.plain,
            "plain_parts": self.plain_parts,
        }


def sms_parts(text: str) -> SmsParts:
    """Count the parts a text is sent and billed in.

    Example:
        >>> count = sms_parts("Don’t miss it")
        >>> count.encoding, count.parts, count.culprits[0].look_alike, count.plain
        ('UCS-2', 1, "'", "Don't miss it")
    """
    encoding, units, parts, left = _measure(text)
    stand_ins = _stand_ins(dict.fromkeys(character for character in text if character not in septets()))
    plain = "".join(c if (stand_in := stand_ins.get(c)) is None else stand_in for c in text)
    alone, joined = CAPACITY[encoding]
    return SmsParts(
        text,
        encoding,
        units,
        parts,
        joined if parts > 1 else alone,
        left,
        tuple(_culprit(character, stand_in, text) for character, stand_in in stand_ins.items()),
        plain if plain != text else None,
        _measure(plain)[2],
    )


@functools.cache
def septets() -> dict[str, int]:
    """Character → septets, of the GSM 7-bit default alphabet and its extension table."""
    rows = data_rows("earnest.rating", "gsm7.csv")
    return {chr(int(row["code_point"].removeprefix("U+"), 16)): int(row["septets"]) for row in rows}


def look_alike(character: str) -> str | None:
    """GSM-7 text that stands for a character outside it, or None.

    Example:
        >>> look_alike("–"), look_alike("ç"), look_alike("á"), look_alike("…"), look_alike("я")
        ('-', 'Ç', 'a', '...', None)
    """
    if (known := _LOOK_ALIKES.get(character)) is not None:
        return known
    taken_apart = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    found = "".join(_letter(c) for c in taken_apart)
    return found if found and all(c in septets() for c in found) else None


def _letter(character: str) -> str:
    """A letter without accents in GSM-7 if it can be: Greek is written in capitals there."""
    upper = character.upper() if unicodedata.name(character, "").startswith("GREEK") else character
    return _LOOK_ALIKES.get(character, _DOUBLES.get(upper, upper))


def _stand_ins(foreign: Iterable[str]) -> dict[str, str | None]:
    """Character outside GSM-7 → its look-alike, or None; doubles of a script that is really used have none."""
    found = {character: look_alike(character) for character in foreign}
    meant = tuple(s for s in _SCRIPTS if any(v is None and _name(c).startswith(s) for c, v in found.items()))
    return {c: None if _name(c).startswith(meant) else v for c, v in found.items()} if meant else found


def _culprit(character: str, stand_in: str | None, text: str) -> Culprit:
    encoding, _, parts, _ = _measure(text.replace(character, stand_in or ""))
    places = tuple(place for place, one in enumerate(text, start=1) if one == character)
    return Culprit(character, _name(character), places, stand_in, encoding, parts)


def _measure(text: str) -> tuple[str, int, int, int]:
    """Encoding, units, parts, and units left in the last part."""
    costs = septets()
    gsm = all(character in costs for character in text)
    encoding = GSM_7 if gsm else UCS_2
    sizes = [costs[c] if gsm else 1 + (ord(c) > _LAST_OF_BASIC_PLANE) for c in text]
    units = sum(sizes)
    alone, joined = CAPACITY[encoding]
    if units <= alone:
        return encoding, units, min(units, 1), alone - units
    parts, last = _fill(sizes, joined)
    return encoding, units, parts, joined - last


def _fill(sizes: Iterable[int], capacity: int) -> tuple[int, int]:
    """Parts that hold characters of these sizes, none of them cut, and what is in the last one."""
    parts, last = 1, 0
    for size in sizes:
        if last + size > capacity:
            parts, last = parts + 1, 0
        last += size
    return parts, last


_LAST_OF_BASIC_PLANE = 0xFFFF
_CONTROLS = {"\t": "CHARACTER TABULATION", "\0": "NULL", "\v": "LINE TABULATION", "\x7f": "DELETE"}
"""Unicode gives control characters aliases only."""


def _name(character: str) -> str:
    known = unicodedata.name(character, "") or _CONTROLS.get(character, "")
    return known or f"U+{ord(character):04X}"
