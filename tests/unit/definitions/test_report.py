"""Reports, comments, snapshots and links, folded from journal entries written by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from earnest.definitions.fold import fold
from earnest.definitions.state import State
from earnest.journal.log import Entry

REPORT = {
    "id": "board", "title": "Board", "campaigns": ["spring"], "audience": "cfo", "language": "en",
    "hide_costs": False, "owner": None, "withdrawn": False,
}  # fmt: skip
SHARE = {"report": "board", "snapshot": 5, "comments": False, "until_us": 900, "by": "anna"}


def entries(*told: tuple[str, dict[str, Any]]) -> Iterator[Entry]:
    for place, (kind, body) in enumerate(told, start=1):
        yield Entry(place, place * 100, "user", kind, None, json.dumps(body).encode(), {})


def folded(*told: tuple[str, dict[str, Any]]) -> State:
    return fold(entries(*told))


def said(text: str) -> tuple[str, dict[str, Any]]:
    return "report.comment", {"report": "board", "author": "Anna", "text": text, "at": "bridge", "campaign": None}


def test_a_report_set_again_is_its_next_version() -> None:
    state = folded(("report.set", REPORT), ("report.set", REPORT | {"title": "Board, again"}))
    assert state.reports["board"].title == "Board, again"
    assert state.reports["board"].set_us == 200
    assert state.reports["board"].campaigns == ("spring",)


def test_a_comment_is_edited_resolved_reopened_and_taken_back() -> None:
    told = [("report.set", REPORT), said("Why so little?"), ("report.comment.edited", {"comment": 2, "text": "Why?"})]
    one = folded(*told).report_comments[2]
    assert (one.text, one.written_us, one.edited_us, one.state) == ("Why?", 200, 300, "open")
    told.append(("report.comment.resolved", {"comment": 2, "resolved": True}))
    assert folded(*told).report_comments[2].state == "resolved"
    told.append(("report.comment.resolved", {"comment": 2, "resolved": False}))
    assert folded(*told).report_comments[2].state == "open"
    told.append(("report.comment.withdrawn", {"comment": 2}))
    assert folded(*told).report_comments[2].state == "withdrawn"


def test_a_link_lives_until_it_expires_or_is_revoked() -> None:
    told = [("report.shared", SHARE | {"digest": "aa"}), ("report.shared", SHARE | {"digest": "bb", "until_us": None})]
    shares = folded(*told).report_shares
    assert [shares["aa"].state_at(now) for now in (899, 900)] == ["live", "expired"]
    assert shares["bb"].state_at(10**15) == "live"
    told.append(("report.revoked", {"shares": [1]}))
    told.append(("report.revoked", {"shares": [1, 2]}))
    shares = folded(*told).report_shares
    assert (shares["aa"].revoked_us, shares["bb"].revoked_us) == (300, 400)
    assert shares["aa"].state_at(0) == "revoked"


def test_what_opens_a_link_is_in_no_answer() -> None:
    share = folded(("report.shared", SHARE | {"digest": "aa" * 32})).report_shares["aa" * 32]
    assert "aa" * 32 not in repr(share)
    assert "digest" not in share.to_json(0)


def test_states_that_were_given_out_stay_as_they_are() -> None:
    before = folded(("report.set", REPORT), said("Why?"))
    after = fold([Entry(3, 300, "user", "report.comment.withdrawn", None, b'{"comment": 2}', {})], before)
    assert before.report_comments[2].state == "open"
    assert after.report_comments[2].state == "withdrawn"
