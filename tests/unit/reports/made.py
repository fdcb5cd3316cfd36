"""Reports of the hand-made stories, ready to be printed; and texts that try to be more than texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any

from earnest.kernel.finding import Finding
from earnest.reports.campaign import campaign_blocks
from earnest.reports.report import Report
from earnest.reports.words import languages, translator
from earnest.reports.workings import workings_of
from earnest.verdict.story import CampaignStory
from unit.reports.stories import ALL, gain

CREATED = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
HOSTILE = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "＝1+1",
    '=HYPERLINK("http://evil.example","click")',
    "https://evil.example/",
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "]]><a:t>",
    "&amp;<&>\"'",
    "win\u202eback\u2066\u200f",
    "nul\x00bell\x07\x1b[31m",
    "\ufffe\uffff",
    "Ж" * 3_000,
    "very " * 2_000 + "long",
    "x" * 33_000,
    "日本語のとても長い名前" * 20,
    "",
)

PRINTED = [(name, "en") for name in ALL] + [("told", language) for language in languages()[1:]]
"""Every story in English, and the longest in every language: other languages differ in words, not in what is printed."""


def report_of(story: CampaignStory, language: str = "en") -> Report:
    words = translator(language)
    return Report(campaign_blocks(story, words), words, CREATED, workings_of(story), story.to_json())


def made(name: str, language: str = "en") -> Report:
    return report_of(ALL[name](), language)


def hostile(text: str) -> CampaignStory:
    """The text in every field that somebody else writes."""
    story = gain()
    finding = Finding(text or "code", "warns", text, text)
    assert story.experiment is not None
    return replace(
        story,
        name=text,
        campaign=text,
        costs=tuple(replace(line, description=text, kind=text) for line in story.costs),
        kpis=tuple(
            replace(line, name=text, kpi=text, formula=text, denominator=text, typical_source=text)
            for line in story.kpis
        ),
        funnel=tuple(replace(step, step=text, note=text) for step in story.funnel),
        findings=(finding,),
        assumptions=(text,),
        experiment=replace(story.experiment, experiment=text),
        claims={text: story.claims["linear"]},
        claimed_returns={text: story.claimed_returns["linear"]},
        channels=(text,),
    )


def texts_of(value: Any) -> Iterator[str]:
    """Every text of blocks, those in drawings included; ids, tones and languages are not texts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from texts_of(one)
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            if one.name not in {"tone", "lang", "state_tone"} and not (
                one.name == "state" and hasattr(value, "headline")
            ):
                yield from texts_of(getattr(value, one.name))
