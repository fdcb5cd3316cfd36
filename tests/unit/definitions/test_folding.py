"""The state of a journal that grows: what is new is folded once, and no state that was given out changes."""

from __future__ import annotations

import dataclasses
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from earnest.definitions.campaign import Campaign
from earnest.definitions.fold import fold
from earnest.definitions.folding import Folding
from earnest.definitions.link import Link
from earnest.definitions.source import Source
from earnest.definitions.state import State
from earnest.journal.log import Draft, Entry, Journal

HALF: list[tuple[str, dict[str, Any]]] = [
    ("setting.set", {"name": "margin", "value": "0.4", "from": "2026-01-01"}),
    ("campaign.set", Campaign("spring", "Spring").to_json()),
    ("link.set", Link("a", 1, "https://shop.example/").to_json()),
    ("source.set", Source("own", "events", "token", ()).to_json()),
    ("survey.round", {"number": 1, "survey": "csat", "name": "r", "campaign": None, "within": None, "at_us": 1, "asked": 1,
                      "recipients": "4"}),
    ("survey.tag", {"survey": "csat", "word": "late", "tag": "late"}),
    ("coupon.codes", {"coupon": "ten", "file_hash": "h", "codes": 3, "given": 0, "how": "minted"}),
    ("cost.added", {"amount": "3"}),
    ("identity.decided", {"one": 1, "other": 2, "together": True, "reason": "said so"}),
]  # fmt: skip


def entries(first_seq: int) -> list[Entry]:
    return [
        Entry(first_seq + place, 10, "user", kind, None, json.dumps(body).encode(), {})
        for place, (kind, body) in enumerate(HALF)
    ]


def told(state: State) -> dict[str, Any]:
    return {one.name: getattr(state, one.name) for one in dataclasses.fields(state)}


def test_folding_in_two_steps_is_folding_at_once_and_leaves_the_first_as_it_was() -> None:
    first = fold(entries(1))
    before = {name: deepcopy(value) if name != "rounds" else dict(value) for name, value in told(first).items()}
    second = fold(entries(100), first)
    assert told(second) == told(fold(entries(1) + entries(100)))
    assert told(first) == before
    assert (first.rounds[1].asked, second.rounds[1].asked) == (1, 2)


def put(path: Path, *campaigns: str) -> None:
    with Journal(path) as journal:
        for one in campaigns:
            body = json.dumps(Campaign(one, one).to_json()).encode()
            journal.append_many([Draft("campaign.set", body, "user", 10, None)])


def test_only_what_is_new_is_read(tmp_path: Path) -> None:
    path, folding = tmp_path / "journal.db", Folding()
    put(path, "one", "two")
    with Journal(path) as journal:
        first = folding.state(journal)
        assert folding.state(journal) is first
        put(path, "three")
        asked: list[int] = []
        declared = journal.declared
        journal.declared = lambda **more: (asked.append(more["after_seq"]), declared(**more))[1]  # type: ignore[method-assign, func-returns-value]
        second = folding.state(journal)
    assert (list(first.campaigns), list(second.campaigns)) == (["one", "two"], ["one", "two", "three"])
    assert second.campaigns["one"] is first.campaigns["one"]
    assert asked == [2]


def test_a_journal_that_went_back_is_folded_whole(tmp_path: Path) -> None:
    folding = Folding()
    put(tmp_path / "long.db", "one", "two", "three")
    put(tmp_path / "short.db", "one", "two")
    put(tmp_path / "other.db", "one", "two", "four")
    seen = []
    for name in ("long", "short", "other", "long"):
        with Journal(tmp_path / f"{name}.db") as journal:
            seen.append(list(folding.state(journal).campaigns))
    assert seen == [["one", "two", "three"], ["one", "two"], ["one", "two", "four"], ["one", "two", "three"]]
