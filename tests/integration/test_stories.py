"""The stories in the docs: their commands run as written, and their figures are what comes out."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from .command_line import Run, runner

ROOT = Path(__file__).resolve().parents[2]
STORIES = {
    "course-launch": (
        "$87,000.00",
        "$25,750.00",
        "237.86 %",
        "3.38×",
        "$515.00",
        "nobody was held out",
        "29.60 %",
        "$61,250.00",
    ),
    "brand-channel": ("98.0 %", "80.6 %", "20.7 %", "65.6 %", "55.3 % to 74.6 %", "€664.90", "not judged by ROI"),
}


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.delenv("EARNEST_WORKSPACE", raising=False)
    return runner(capsys)


@pytest.mark.parametrize("story", STORIES)
def test_a_story_runs_as_written_and_its_figures_come_out(
    story: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / "stories" / f"{story}.md").read_text("utf-8")
    said = ""
    for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL):
        for line in block.splitlines():
            command, *arguments = shlex.split(line)
            if command == "cd":
                monkeypatch.chdir(arguments[0])
                continue
            assert command == "earnest", line
            code, out, err = run(*arguments)
            assert code == 0, f"{line}: {err}"
            said += out
    for figure in STORIES[story]:
        assert figure in said, figure
        assert figure in text, figure
