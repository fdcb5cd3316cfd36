"""Reports over HTTP: the same facts as at the command line; who may do what; snapshots may be kept for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.api.report_models import ContentTold, DraftTold
from earnest.usecases.report_draft import draft_of
from earnest.usecases.report_snapshot import find_snapshot

from .report_shop import API, ReportShop, report_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportShop]:
    with report_shop(tmp_path_factory.mktemp("shop")) as shop:
        shop.declared()
        yield shop


def test_a_report_is_declared_commented_frozen_and_shared(shop: ReportShop) -> None:
    said = shop.write("POST", f"{API}/board/comments", {"text": "Why?", "at": "bridge"})
    assert said["author"] == "w"
    changed = shop.write("PATCH", f"{API}/board/comments/{said['comment']}", {"text": "Why so little?", "resolved": True})  # fmt: skip
    assert (changed["text"], changed["state"]) == ("Why so little?", "resolved")
    made = shop.link(expires_days=7, comments=True)
    assert made["url"] is None
    shown = shop.ask("GET", f"{API}/board", key=shop.reader)
    assert shown.json() == draft_of(shop.place.state(), "board").to_json(shop.place.workspace.clock())
    told = DraftTold.model_validate(shown.json())
    assert [one.text for one in told.comments] == ["Why so little?"]
    assert [one.state for one in told.links] == ["live"]
    assert made["path"].removeprefix("/s/") not in shown.text
    gone = shop.write("DELETE", f"{API}/board/links/{made['link']}")
    assert gone["state"] == "revoked"
    shop.write("DELETE", f"{API}/board/comments/{said['comment']}")
    assert shop.ask("GET", f"{API}/board", key=shop.reader).json()["comments"] == []


def test_a_draft_is_told_now_and_nothing_is_kept(shop: ReportShop) -> None:
    before = shop.place.state().last_seq
    page = shop.ask("GET", f"{API}/board/page", key=shop.reader)
    assert page.status_code == 200
    assert "Spring for the board" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert shop.place.state().last_seq == before


def test_a_snapshot_is_answered_with_its_hash_and_may_be_kept(shop: ReportShop) -> None:
    taken = shop.write("POST", f"{API}/board/snapshots", {"note": "for the meeting"})
    path = f"{API}/board/snapshots/{taken['snapshot']}"
    answer = shop.ask("GET", path, key=shop.reader)
    tag = f'"{find_snapshot(shop.place.state(), taken["snapshot"]).file_hash}"'
    assert answer.headers["etag"] == tag
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    told = ContentTold.model_validate(answer.json())
    assert told.stories[0]["campaign"] == "spring"
    assert told.rules["settings"]["margin"] == [{"value": "0.4", "from": "2026-01-01"}]
    again = shop.ask("GET", path, key=shop.reader, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    page = shop.ask("GET", f"{path}/page", key=shop.reader)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Spring for the board" in page.text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", API, {"id": "x", "title": "X", "campaigns": ["spring"]}),
        ("DELETE", f"{API}/board", None),
        ("POST", f"{API}/board/comments", {"text": "x"}),
        ("POST", f"{API}/board/snapshots", {}),
        ("POST", f"{API}/board/links", {}),
        ("DELETE", f"{API}/board/links/1", None),
    ],
)
def test_who_only_reads_changes_nothing(shop: ReportShop, method: str, path: str, body: object) -> None:
    before = shop.place.state().last_seq
    assert shop.ask(method, path, body, key=shop.reader).status_code == 403
    assert shop.ask(method, path, body).status_code == 401
    assert shop.place.state().last_seq == before


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", f"{API}/bord", None, 404, "no-such-report"),
        ("GET", f"{API}/board/snapshots/999", None, 404, "no-such-snapshot"),
        ("POST", API, {"id": "board", "title": "X", "campaigns": ["spring"]}, 409, "report-exists"),
        ("POST", API, {"id": "y", "title": "X", "campaigns": ["summer"]}, 404, "no-such-campaign"),
        ("POST", API, {"id": "y", "title": "X", "campaigns": ["spring"], "hide_costs": True}, 400, "costs-not-hidden"),
        ("POST", API, {"id": "y", "title": "X", "campaigns": ["spring"], "role": "admin"}, 422, "request-invalid"),
        ("POST", f"{API}/board/comments", {"text": "x", "at": "nowhere"}, 400, "no-such-section"),
        ("PATCH", f"{API}/board/comments/1", {"text": "x"}, 404, "no-such-comment"),
        ("DELETE", f"{API}/board/links/999", None, 404, "no-such-link"),
    ],
)  # fmt: skip
def test_what_cannot_be(shop: ReportShop, method: str, path: str, body: object, status: int, code: str) -> None:
    answer = shop.ask(method, path, body, key=shop.writer)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_texts_stay_texts(shop: ReportShop, tmp_path: Path) -> None:
    """Markup, quotes, bidi and control characters, in every text field: on the page they are text."""
    hostile = "<script>x</script>\"'\u202e\u0007"
    told = {"id": "hostile", "title": hostile, "campaigns": ["spring"], "owner": hostile}
    shop.write("POST", API, told)
    shop.write("POST", f"{API}/hostile/comments", {"text": hostile})
    taken = shop.write("POST", f"{API}/hostile/snapshots", {"note": hostile})
    page = shop.ask("GET", f"{API}/hostile/snapshots/{taken['snapshot']}/page?comments=true", key=shop.reader).text
    assert "<script>x" not in page
    assert page.count("&lt;script&gt;x&lt;/script&gt;") >= 2
    assert "\u202e" not in page
    assert "‹U+202E›" in page
