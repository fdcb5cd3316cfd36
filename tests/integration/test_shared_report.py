"""A shared report as an outsider meets it: the frozen page, no menu, no index, no trace; and one answer to whatever opens nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.api.place import Place
from earnest.api.throttle import Limit, Limits
from earnest.usecases.workspace import init

from .report_shop import API, PLENTY, ReportShop, report_shop
from .trials import Clock


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportShop]:
    with report_shop(tmp_path_factory.mktemp("shop")) as shop:
        shop.declared()
        shop.write("POST", f"{API}/board/comments", {"text": "among ourselves"})
        yield shop


def test_the_page_is_the_snapshot_under_a_strict_policy(shop: ReportShop) -> None:
    made = shop.link()
    answer = shop.ask("GET", made["path"])
    assert answer.status_code == 200
    assert "Spring for the board" in answer.text
    assert "As of 10 Apr 2026" in answer.text
    assert "among ourselves" not in answer.text
    for forbidden in ("<script", '<a href="/', "<form", "http://", "https://", "<nav"):  # fmt: skip
        assert forbidden not in answer.text
    policy = answer.headers["content-security-policy"]
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}'" in policy
    for locked in ("base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"):
        assert locked in policy
    assert "unsafe" not in policy
    assert answer.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers


def test_comments_only_if_they_were_chosen(shop: ReportShop) -> None:
    assert "among ourselves" in shop.ask("GET", shop.link(comments=True)["path"]).text
    assert "among ourselves" not in shop.ask("GET", shop.link(comments=False)["path"]).text


def test_filters_are_locked(shop: ReportShop) -> None:
    path = shop.link()["path"]
    plain = shop.ask("GET", path)
    for query in ("from=2026-01-01", "lang=ru", "comments=true", "seg=x&cmp=prev"):
        assert shop.ask("GET", f"{path}?{query}").text == plain.text


def test_it_is_asked_for_anew_each_time_and_answered_by_its_hash(shop: ReportShop) -> None:
    """The content never changes, but a link can be revoked: it may be kept, never used unasked."""
    made = shop.link()
    first = shop.ask("GET", made["path"])
    assert first.headers["cache-control"] == "private, no-cache"
    again = shop.ask("GET", made["path"], headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    shop.write("DELETE", f"{API}/board/links/{made['link']}")
    assert shop.ask("GET", made["path"], headers={"if-none-match": first.headers["etag"]}).status_code == 404


def test_wrong_expired_and_revoked_links_are_told_apart_by_nothing(tmp_path: Path) -> None:
    with report_shop(tmp_path) as shop:
        shop.declared()
        expired, revoked = shop.link(expires_days=1), shop.link()
        shop.write("DELETE", f"{API}/board/links/{revoked['link']}")
        shop.clock.set("2026-04-20T12:00:00")
        paths = [expired["path"], revoked["path"], "/s/" + "a" * 32, "/s/short", "/s/" + "A" * 32, "/s/%00"]
        answers = [shop.ask("GET", path) for path in paths]
        assert {one.status_code for one in answers} == {404}
        assert len({one.content for one in answers}) == 1
        assert len({tuple(sorted((name, value) for name, value in one.headers.items())) for one in answers}) == 1
        assert "cannot be opened" in answers[0].text
        russian = shop.ask("GET", paths[0], headers={"accept-language": "ru"})
        assert 'lang="ru"' in russian.text
        assert shop.ask("POST", paths[0]).status_code == 405


def test_a_link_opens_its_own_workspace_alone(tmp_path: Path) -> None:
    other = Place("other", init(tmp_path / "other", currency="EUR", timezone="UTC", clock=Clock("2026-04-10T12:00:00")))
    try:
        with report_shop(tmp_path, other=other) as shop:
            api = f"/w/shop{API}"
            shop.write("POST", api, {"id": "board", "title": "Spring", "campaigns": ["spring"]})
            shop.write("POST", f"{api}/board/snapshots", {})
            path = shop.write("POST", f"{api}/board/links", {})["path"]
            assert [shop.ask("GET", at + path).status_code for at in ("", "/w/shop", "/w/other")] == [200, 200, 404]
            assert shop.ask("GET", f"/w/other{API}/board", key=shop.reader).status_code == 401
    finally:
        other.close()


def test_whoever_guesses_waits(tmp_path: Path) -> None:
    with report_shop(tmp_path, limits=Limits(PLENTY, PLENTY, PLENTY, PLENTY, PLENTY, Limit(rate=1, burst=3))) as shop:
        statuses = [shop.ask("GET", f"/s/{'b' * 32}").status_code for _ in range(5)]
        assert statuses == [404, 404, 404, 429, 429]
        slow = shop.ask("GET", f"/s/{'b' * 32}")
        assert int(slow.headers["retry-after"]) >= 1
        shop.declared()
        assert shop.ask("GET", shop.link()["path"]).status_code == 200


def test_looking_leaves_no_trace(shop: ReportShop) -> None:
    made = shop.link()
    before = shop.place.workspace.state().last_seq
    for _ in range(3):
        shop.ask("GET", made["path"], headers={"user-agent": "canary"})
    assert shop.place.workspace.state().last_seq == before
    assert shop.place.tip()[0] == before
