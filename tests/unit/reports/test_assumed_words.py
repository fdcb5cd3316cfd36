"""What is assumed stands in the report in words, not as codes."""

from __future__ import annotations

from dataclasses import replace

from earnest.reports.blocks import Assumptions
from earnest.reports.sections import caveats
from earnest.reports.words import translator
from unit.reports import stories


def test_codes_are_worded() -> None:
    story = replace(stories.gain(), assumptions=("margin", "order-capture", "assumed-cost"))
    block = next(one for one in caveats.blocks(story, translator("en")) if isinstance(one, Assumptions))
    assert [item.text for item in block.items] == [
        "Gross margin 46.0% (assumed)",
        "The orders counted here are all there were, in both groups alike.",
        "€480 of the cost is an estimate, not a bill.",
    ]
    assert all(item.lang is None for item in block.items)


def test_a_text_of_somebody_elses_stays_as_it_is() -> None:
    story = replace(stories.gain(), assumptions=("All shop orders are captured",))
    block = next(one for one in caveats.blocks(story, translator("ru")) if isinstance(one, Assumptions))
    assert [(item.text, item.lang) for item in block.items] == [("All shop orders are captured", "en")]
