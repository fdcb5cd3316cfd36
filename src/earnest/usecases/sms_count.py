"""Count the parts of texts as SMS: one given text, or a file with a text a line."""

from __future__ import annotations

import sys
from pathlib import Path

from earnest.kernel.errors import DataRefused, NotFound
from earnest.rating.sms_parts import SmsParts, sms_parts

STDIN = Path("-")


def count_file(path: Path) -> list[SmsParts]:
    """Count every line of a text file; `-` reads standard input. Blank lines are left out.

    Raises:
        NotFound: `no-such-file`. DataRefused: `not-a-file`, `not-text`, `empty-file`.
    """
    name = "standard input" if path == STDIN else path.name
    try:
        text = _bytes_of(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataRefused("not-text", f"{name} is not UTF-8 text", hint="Save it as UTF-8.", file=name) from error
    texts = [line.removesuffix("\r") for line in text.split("\n")]
    counted = [sms_parts(line) for line in texts if line.strip()]
    if not counted:
        raise DataRefused("empty-file", f"{name} holds no text", hint="Write one text a line.", file=name)
    return counted


def _bytes_of(path: Path) -> bytes:
    if path == STDIN:
        return sys.stdin.buffer.read()
    if path.is_dir():
        raise DataRefused("not-a-file", f"{path} is a folder, not a file", hint="Name a file in it.", file=str(path))
    if not path.is_file():
        raise NotFound("no-such-file", f"there is no file {path}", hint="Check the path.", file=str(path))
    return path.read_bytes()
