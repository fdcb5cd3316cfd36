"""The command line, called within this process: exit code, stdout and stderr."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from earnest.cli.main import main
from earnest.usecases.workspace import init

Answer = tuple[int, str, str]
Run = Callable[..., Answer]


def runner(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command where the test is."""

    def run(*arguments: object) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main([str(one) for one in arguments])
        out, err = capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return stopped.value.code, out, err

    return run


def runner_in(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a folder, with no workspace but what is there."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("EARNEST_WORKSPACE", raising=False)
    return runner(capsys)


def runner_in_shop(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a new workspace, `shop` of the folder."""
    init(folder / "shop", currency="EUR", timezone="Europe/Berlin")
    return runner_in(folder / "shop", capsys, monkeypatch)


def data_of(answer: Answer) -> Any:
    """What a command that was called with --json and succeeded told."""
    code, out, err = answer
    assert code == 0, err
    return json.loads(out)["data"]


def error_of(answer: Answer) -> str:
    """The code of the error of a command that was called with --json."""
    return str(json.loads(answer[2])["error"]["code"])
