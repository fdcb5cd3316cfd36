"""Docs are tested like code: generated pages are current, links lead somewhere, nothing names this machine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_generated_pages_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "docs/pages.py", "--check"], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_noun_of_the_cli_stands_in_the_docs() -> None:
    from earnest.cli.main import _NOUNS

    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    missing = [noun for noun in _NOUNS if f"earnest {noun}" not in text]
    assert not missing


def test_glossary_holds_the_words_of_verdicts_and_event_kinds() -> None:
    from earnest.events.kinds import KINDS
    from earnest.verdict.verdict import Verdict

    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").lower()
    for word in [
        *(verdict.value.replace("_", " ") for verdict in Verdict),
        *(kind.replace("_", " ") for kind in KINDS),
    ]:
        assert word in glossary or word.replace("no holdout", "no hold-out") in glossary, word
