"""Files that pages load: style, script, fonts. Their names carry a hash of what they hold, so that they are kept for ever."""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from importlib import resources

from earnest.reports.html import FACES, sheet

TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "woff2": "font/woff2"}
_SPACE = re.compile(r"/\*.*?\*/|(?<=[{};,:])\s+|\s+(?=[{}])|\n+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    name: str
    media_type: str
    body: bytes


@functools.cache
def assets() -> dict[str, Asset]:
    """Every file by its hashed name."""
    fonts = {file: _asset(file, _font(file)) for _, _, file in FACES}
    style = _faces({file: one.name for file, one in fonts.items()}) + sheet() + _own("pages.css").decode()
    made = (
        *fonts.values(),
        _asset("earnest.css", _SPACE.sub("", style).encode()),
        _asset("earnest.js", _own("earnest.js")),
    )
    return {one.name: one for one in made}


@functools.cache
def named(plain: str) -> str:
    """The hashed name of a file."""
    stem, _, ending = plain.rpartition(".")
    return next(name for name in assets() if name.startswith(f"{stem}.") and name.endswith(f".{ending}"))


def _asset(plain: str, body: bytes) -> Asset:
    stem, _, ending = plain.rpartition(".")
    return Asset(f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{ending}", TYPES[ending], body)


def _faces(names: dict[str, str]) -> str:
    return "".join(
        f"@font-face{{font-family:'{family}';font-weight:{weight};font-style:normal;font-display:swap;"
        f"src:url({names[file]}) format('woff2')}}"
        for family, weight, file in FACES
    )


def _font(file: str) -> bytes:
    return resources.files("earnest.reports").joinpath("fonts", file).read_bytes()


def _own(file: str) -> bytes:
    return resources.files("earnest.web").joinpath("static", file).read_bytes()
