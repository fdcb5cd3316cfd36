"""How much room words take in Arial and Georgia, told without the fonts: they are not on the machine that prints.

Widths are Arial Bold's advances rounded up to a twentieth of an em, which is too wide for Arial and about right for Georgia Bold
with its own factor; what is not listed counts as more than an em, so a text is never wider than foretold.
"""

from __future__ import annotations

import functools

WIDTHS = (
    (0.30, "',./I\\ijl| ¦·ÌÍÎÏìíîïĨĩĪīĬĭĮįİıĵĺļłſІЇіїј‘’\u00a0\u202f\u2009"),
    (0.35, "!()-:;[]`ft¡¨­²³´¸¹ţŧ"),
    (0.40, "*r{}ª°ºľŕŗř"),
    (0.50, '"гѓzŀťźżžзт“”'),
    (0.60, "#$+0123456789<=>J^_aceksvxy~±÷¢£¤¥§«¬¯µ¶»×àáâãäåçèéêëýÿаесухчэяѐёєѕўк–"),
    (0.65, "?FLTZbdghnopqu¿ßðñòóôõöøùúûüþ€₽−ГЌЎЗКТУбвдийлнопрцьђћѝџ•"),
    (0.75, "EPSVXYÈÉÊËÝÞЀЁЅЕРХ&ABCDHKNRU©®ÀÁÂÃÄÅÇÐÑÙÚÛÜЄЍЏАБВДИЙЛНПСЦЧЬЭЯжмъ"),
    (0.85, "GOQwÒÓÔÕÖØОM¼½¾Мшщ"),
    (0.95, "%mæЂЋФЪфыюWœЖњ"),
    (1.0, "@ÆŒЫљ—…→"),
)
REGULAR, GEORGIA = 0.95, 1.08
WIDEST = 1.1
LINE = 1.2
ELLIPSIS = "…"


@functools.cache
def _widths() -> dict[str, float]:
    return {character: width for width, characters in WIDTHS for character in characters}


def width(text: str, size: float, *, face: float = 1.0) -> float:
    """Points that a text takes on one line, at a size in points."""
    known = _widths()
    return sum(known.get(character, WIDEST) for character in text) * size * face


def lines(text: str, size: float, room: float, *, face: float = 1.0) -> int:
    """Lines that a text takes in `room` points; a word wider than that is broken, as Office breaks it."""
    count, at = 1, 0.0
    space = width(" ", size, face=face)
    for word in text.split(" "):
        long = width(word, size, face=face)
        if at and at + space + long <= room:
            at += space + long
            continue
        count += 1 if at else 0
        count += int(long // room) if long > room else 0
        at = long % room if long > room else long
    return count


def height(texts: tuple[str, ...], size: float, room: float, *, face: float = 1.0, gap: float = 0.0) -> float:
    """Points that paragraphs take under each other."""
    taken = sum(lines(text, size, room, face=face) for text in texts) * size * LINE
    return taken + gap * max(len(texts) - 1, 0)


def fitting_size(texts: tuple[str, ...], box: tuple[float, float], sizes: tuple[float, ...], **how: float) -> float:
    """The first of the sizes at which paragraphs fit a box of width and height; the last where none does."""
    return next((size for size in sizes if height(texts, size, box[0], **how) <= box[1]), sizes[-1])


def cut(text: str, size: float, box: tuple[float, float], *, face: float = 1.0) -> str:
    """The text as far as it fits, with an ellipsis where it goes on; the notes hold the whole."""
    if height((text,), size, box[0], face=face) <= box[1]:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = height((text[:middle] + ELLIPSIS,), size, box[0], face=face) <= box[1]
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + ELLIPSIS


def cut_all(
    texts: tuple[str, ...], size: float, box: tuple[float, float], *, face: float = 1.0, gap: float = 0.0
) -> tuple[str, ...]:
    """Paragraphs as far as they fit; the first that does not is cut, those after it stand in the notes only."""
    kept: list[str] = []
    left = box[1]
    for text in texts:
        needed = height((text,), size, box[0], face=face)
        if needed > left:
            if left >= size * LINE:
                kept.append(cut(text, size, (box[0], left), face=face))
            break
        kept.append(text)
        left -= needed + gap
    return tuple(kept)
