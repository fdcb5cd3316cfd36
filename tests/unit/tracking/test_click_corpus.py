"""Click classes against 1,941 requests that others collected and labelled: what is missed is listed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from earnest.tracking.classes import CLASSES, EVIDENCE_HEADERS, Judged, classify

FILE = Path(__file__).parent / "corpus" / "requests.jsonl"
NAVIGATION = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "accept-language": "en"}
"""Sent with user agents that were collected alone, a machine's too: so the user agent has to decide."""

MACHINES = ("preview", "prefetch", "bot")
RECALL, FALSE_ALARMS = 0.99, 0.005

Row = dict[str, Any]
ROWS: list[Row] = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def judged(row: Row) -> Judged:
    headers = row.get("headers") or NAVIGATION | {"user-agent": row["agent"]}
    return classify("GET", headers, None)


def is_right(row: Row) -> bool:
    found = judged(row).click_class
    return found == "human" if row["label"] == "human" else found in MACHINES


def told(wrong: list[Row]) -> str:
    """What was misjudged, and how all was judged, class by class."""
    table = Counter((row["label"], judged(row).click_class) for row in ROWS)
    lines = [f"{label:>9} judged {found:<9} {count}" for (label, found), count in sorted(table.items())]
    return "\n".join([*lines, *(f"{judged(row)} {row}" for row in wrong)])


def test_previews_and_bots_are_found() -> None:
    machines = [row for row in ROWS if row["label"] != "human"]
    missed = [row for row in machines if not is_right(row)]
    print(told(missed))
    assert len(missed) <= (1 - RECALL) * len(machines), told(missed)


def test_people_are_not_taken_for_machines() -> None:
    people = [row for row in ROWS if row["label"] == "human"]
    accused = [row for row in people if not is_right(row)]
    print(told(accused))
    assert len(accused) <= FALSE_ALARMS * len(people), told(accused)


def test_every_messenger_preview_is_at_least_no_person() -> None:
    previews = [row for row in ROWS if row["label"] == "preview"]
    assert len(previews) >= 60
    assert [row for row in previews if not is_right(row)] == []


def test_the_corpus_is_what_it_says() -> None:
    assert len(ROWS) >= 500
    assert len({row.get("agent") or json.dumps(row["headers"]) for row in ROWS}) == len(ROWS)
    assert {row["label"] for row in ROWS} == set(CLASSES) - {"unknown"}
    assert {row["part"] for row in ROWS} == {"tune", "held", "blind"}
    assert sum("headers" in row for row in ROWS) >= 150
    assert all(set(row["headers"]) <= EVIDENCE_HEADERS for row in ROWS if "headers" in row)


@pytest.mark.parametrize("part", ["tune", "held", "blind"])
def test_no_part_is_carried_by_the_others(part: str) -> None:
    """The whole holds the promise; each part is near it (a row of the smallest is half a percent)."""
    wrong = [row for row in ROWS if row["part"] == part and not is_right(row)]
    assert len(wrong) <= 0.01 * sum(row["part"] == part for row in ROWS), told(wrong)
