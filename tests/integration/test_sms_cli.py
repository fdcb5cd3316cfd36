"""`earnest sms parts`: the answer in words and JSON, carets that stand under their characters, files and pipes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from earnest.cli.commands.sms import _print_one, marked
from earnest.rating.sms_parts import sms_parts
from integration.command_line import Run, runner_in


@pytest.fixture
def earnest(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner_in(tmp_path, capsys, monkeypatch)


def data(out: str) -> Any:
    return json.loads(out)["data"]


def test_a_text_in_json(earnest: Run) -> None:
    code, out, err = earnest("sms", "parts", "Sale – today", "--json")
    assert (code, err) == (0, "")
    body = data(out)
    assert (body["encoding"], body["units"], body["parts"], body["per_part"], body["left"]) == ("UCS-2", 12, 1, 70, 58)
    assert body["culprits"] == [
        {
            "character": "–", "code_point": "U+2013", "name": "EN DASH", "positions": [6], "look_alike": "-",
            "encoding_without": "GSM-7", "parts_without": 1,
        }
    ]  # fmt: skip
    assert body["plain"] == "Sale - today"


def test_carets_stand_under_what_doubles_the_bill(earnest: Run) -> None:
    code, out, _ = earnest("sms", "parts", "Sale – today’s")
    assert code == 0
    lines = out.splitlines()
    assert lines[:2] == ["Sale – today’s", "     ^      ^"]
    assert "UCS-2, 14 UTF-16 units, 1 part of up to 70; 56 left in the last." in lines[2]
    assert "EN DASH" in out
    assert "Parts with every look-alike: 1 as now." in out


def test_a_file_is_a_list_one_entry_a_line(earnest: Run) -> None:
    Path("texts.txt").write_text("Hello\n\nпривет\r\n" + "a" * 161 + "\n", encoding="utf-8")
    code, out, err = earnest("sms", "parts", "--file", "texts.txt", "--json")
    assert (code, err) == (0, "")
    assert [(one["encoding"], one["units"], one["parts"]) for one in data(out)] == [
        ("GSM-7", 5, 1), ("UCS-2", 6, 1), ("GSM-7", 161, 2),
    ]  # fmt: skip
    assert "3 texts, 4 parts; 4 with look-alikes." in earnest("sms", "parts", "--file", "texts.txt")[1]


def test_standard_input(earnest: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("né\n😜\n".encode())))
    assert [one["encoding"] for one in data(earnest("sms", "parts", "--file", "-", "--json")[1])] == ["GSM-7", "UCS-2"]


@pytest.mark.parametrize(
    ("code", "name", "args"),
    [
        (2, "usage", ()),
        (2, "usage", ("text", "--file", "x.txt")),
        (5, "no-such-file", ("--file", "none.txt")),
        (3, "empty-file", ("--file", "empty.txt")),
        (3, "not-text", ("--file", "latin.txt")),
        (3, "not-a-file", ("--file", ".")),
    ],
)
def test_failures(earnest: Run, code: int, name: str, args: tuple[str, ...]) -> None:
    Path("empty.txt").write_text("\n\n")
    Path("latin.txt").write_bytes(b"caf\xe9\n")
    found, out, err = earnest("sms", "parts", *args, "--json")
    assert (found, out, json.loads(err)["error"]["code"]) == (code, "", name)


@pytest.mark.parametrize("width", [1, 7, 20, 80])
def test_a_narrow_terminal_breaks_text_and_carets_alike(width: int) -> None:
    text = "Привет 😜 sale – now\nзавтра"
    one = sms_parts(text)
    lines = marked(one, width)
    assert "".join(shown for shown, _ in lines) == text.replace("\n", "")
    file = io.StringIO()
    _print_one(Console(file=file, width=width), one)
    for shown, carets in lines:
        if width > 1:
            assert len(carets) <= width
        assert all(shown[place] not in "sale now" for place, sign in enumerate(carets[: len(shown)]) if sign == "^" and "😜" not in shown)  # fmt: skip


def test_a_text_cannot_steer_the_terminal(earnest: Run) -> None:
    out = earnest("sms", "parts", "\x1b[31m\u202eevil [bold]x[/bold]")[1]
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[bold]x[/bold]" in out
