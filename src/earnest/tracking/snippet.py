"""The landing snippet as it is served: one small script, its gzipped form and its tag, read once."""

from __future__ import annotations

import functools
import gzip
import hashlib
from dataclasses import dataclass
from importlib import resources

LARGEST_GZIPPED = 2 << 10
"""Bytes of the gzipped script, at most: what a page pays for it."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """The script. `tag` is a strong entity tag of `plain`; the gzipped form has another."""

    plain: bytes
    gzipped: bytes
    tag: str


@functools.cache
def snippet() -> Snippet:
    """The script of this version."""
    plain = resources.files("earnest.tracking").joinpath("snippet.js").read_bytes()
    return Snippet(plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:20])
