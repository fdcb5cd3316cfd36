"""The landing snippet in a real Chromium: what it keeps and what it sends, with consent and without."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from browser.pages import ShopPages, shop_pages
from earnest.definitions.source import Source
from earnest.usecases.workspace import Workspace
from integration.served import Served, http_process, workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

STUB = "window.earnest=window.earnest||function(){(earnest.q=earnest.q||[]).push(arguments)};"
YEAR_AND_A_MONTH_S = 396 * 86_400


class Site:
    """A shop whose pages carry the snippet, and the server that it sends to."""

    def __init__(self, place: Workspace, server: Served, pages: ShopPages) -> None:
        self.place = place
        self.pages = pages
        self.address = f"http://127.0.0.1:{server.port}"

    def add(self, path: str, *, consent: str = "required", inline: str = "", attributes: str = "") -> str:
        """A page; returns its address."""
        tag = (
            f'<script async src="{self.address}/t.js" data-source="web" data-consent="{consent}" {attributes}></script>'
        )
        self.pages.pages[path] = f"<!doctype html><title>Shop</title><script>{STUB}{inline}</script>{tag}<p>Tea"
        return self.pages.origin + path

    def told(self) -> list[dict[str, Any]]:
        """What the journal holds of the pages, in order."""
        with self.place.journal() as journal:
            return [json.loads(entry.body) for entry in journal.received(after=0)]


@pytest.fixture
def site(tmp_path: Path, shop: ShopPages) -> Iterator[Site]:
    options = {"origins": [shop.origin], "identify": True}
    place = workspace(tmp_path / "shop", Source("web", "site", "token", (), options=options))
    with http_process(place.path) as server:
        yield Site(place, server, shop)


def visit(page: Page, address: str) -> int:
    """Go to an address; the status of the answer to the first message that its page sends."""
    with page.expect_response(lambda answer: "/t/web" in answer.url) as told:
        page.goto(address)
    return told.value.status


def call(page: Page, script: str) -> int:
    """Run a script that makes the snippet send; the status of the answer."""
    with page.expect_response(lambda answer: "/t/web" in answer.url) as told:
        page.evaluate(script)
    return told.value.status


def kept(page: Page) -> dict[str, str]:
    """Cookies by name; fails if anything is stored elsewhere."""
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.evaluate("indexedDB.databases().then(found => found.length)") == 0
    return {one["name"]: one["value"] for one in page.context.cookies()}


def test_without_consent_one_page_is_told_and_nothing_is_stored(site: Site, context: BrowserContext) -> None:
    page = context.new_page()
    address = site.add("/tea")
    assert visit(page, f"{address}?eid=c1&utm_source=whatsapp&utm_campaign=spring&mail=anna@example.org#top") == 204
    assert kept(page) == {}
    assert call(page, "earnest('order', {id: 'A-1'})") == 204
    assert kept(page) == {}
    first, second = site.told()
    assert [first["event"], second["event"]] == ["page", "order"], "one page, once"
    assert set(first) == {"v", "event", "id", "session", "page", "utm", "click"}
    assert (first["click"], first["utm"]) == ("c1", {"source": "whatsapp", "campaign": "spring"})
    assert first["page"] == f"localhost:{site.pages.port}/tea"
    assert "anna" not in json.dumps([first, second])
    assert second["session"] == first["session"]
    visit(page, address)
    assert site.told()[2]["session"] != first["session"], "nothing ties two pages together"


def test_consent_keeps_a_visitor_and_a_session_over_pages(site: Site, context: BrowserContext) -> None:
    page = context.new_page()
    visit(page, site.add("/tea") + "?eid=c1")
    assert call(page, "earnest('consent', true)") == 204
    cookies = {one["name"]: one for one in context.cookies()}
    assert set(cookies) == {"_earnest", "_earnest_s"}
    for one in cookies.values():
        assert (one["domain"], one["path"], one["sameSite"], one["secure"]) == ("localhost", "/", "Lax", False)
    now_s = page.evaluate("Date.now() / 1000")
    assert 389 * 86_400 < cookies["_earnest"]["expires"] - now_s < YEAR_AND_A_MONTH_S
    assert 1_700 < cookies["_earnest_s"]["expires"] - now_s <= 1_800
    kept(page)
    visit(page, site.add("/thanks"))
    assert call(page, "earnest('order', {id: 'A-1', total: 59.9, currency: 'EUR'})") == 204
    before, consented, thanks, order = site.told()
    assert "visitor" not in before
    assert consented["session"] == before["session"], "the page that was seen before consent is of the same visit"
    assert {one["visitor"] for one in (consented, thanks, order)} == {cookies["_earnest"]["value"]}
    assert {one["session"] for one in (consented, thanks, order)} == {cookies["_earnest_s"]["value"]}
    assert [one["event"] for one in (consented, thanks, order)] == ["page", "page", "order"]
    assert consented["click"] == "c1"
    assert "click" not in thanks
    assert order["order"] == {"id": "A-1", "total": 59.9, "currency": "EUR"}
    assert [one["value"] for one in context.cookies() if one["name"] == "_earnest"] == [cookies["_earnest"]["value"]]


def test_consent_withdrawn_deletes_what_was_kept(site: Site, context: BrowserContext) -> None:
    page = context.new_page()
    visit(page, site.add("/tea", consent="granted"))
    assert set(kept(page)) == {"_earnest", "_earnest_s"}
    page.evaluate("earnest('consent', false)")
    assert kept(page) == {}
    call(page, "earnest('page')")
    first, after = site.told()
    assert "visitor" in first
    assert "visitor" not in after
    assert after["session"] != first["session"]
    assert kept(page) == {}


def test_calls_before_the_script_has_loaded_wait_for_it_and_consent_goes_first(
    site: Site, context: BrowserContext
) -> None:
    page = context.new_page()
    calls = "earnest('order',{id:'A-1'});earnest('identify',{contact:'c-77'});earnest('consent',true);"
    with page.expect_response(lambda answer: "identify" in (answer.request.post_data or "")):
        page.goto(site.add("/thanks", inline=calls))
    told = site.told()
    assert sorted(one["event"] for one in told) == ["identify", "order", "page"]
    assert len({one["visitor"] for one in told}) == len({one["session"] for one in told}) == 1
    assert next(one for one in told if one["event"] == "identify")["person"] == {"contact": "c-77"}


def test_without_consent_nobody_is_named(site: Site, context: BrowserContext) -> None:
    page = context.new_page()
    visit(page, site.add("/tea", inline="earnest('identify',{contact:'c-77'});"))
    call(page, "earnest('identify', {contact: 'c-77'}); earnest('page')")
    assert [one["event"] for one in site.told()] == ["page", "page"]


def test_a_page_of_one_script_tells_its_pages_in_one_visit(site: Site, context: BrowserContext) -> None:
    page = context.new_page()
    visit(page, site.add("/tea"))
    call(page, "history.pushState({}, '', '/cup?size=2'); earnest('page')")
    first, second = site.told()
    assert [first["page"][-4:], second["page"][-4:]] == ["/tea", "/cup"]
    assert first["session"] == second["session"]


def test_a_visit_ends_after_half_an_hour(site: Site, context: BrowserContext) -> None:
    page = context.new_page()
    page.clock.install()
    visit(page, site.add("/tea"))
    page.clock.fast_forward(29 * 60_000)
    call(page, "earnest('page')")
    page.clock.fast_forward(31 * 60_000)
    call(page, "earnest('page')")
    sessions = [one["session"] for one in site.told()]
    assert sessions[0] == sessions[1] != sessions[2]


@pytest.mark.parametrize("signal", ["navigator.globalPrivacyControl = true", "navigator.doNotTrack = '1'"])
def test_a_browser_that_refuses_is_asked_for_explicit_consent(site: Site, context: BrowserContext, signal: str) -> None:
    name, value = signal.removeprefix("navigator.").split(" = ")
    context.add_init_script(f"Object.defineProperty(Navigator.prototype, '{name}', {{get: () => {value}}})")
    page = context.new_page()
    visit(page, site.add("/tea", consent="granted"))
    assert kept(page) == {}
    call(page, "earnest('consent', true)")
    assert set(kept(page)) == {"_earnest", "_earnest_s"}
    assert ["visitor" in one for one in site.told()] == [False, True]


def test_a_page_of_another_origin_is_not_heard_and_goes_on(site: Site, context: BrowserContext) -> None:
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    site.add("/tea")
    with shop_pages() as stranger:
        stranger.pages = site.pages.pages
        with page.expect_event("requestfailed", lambda one: "/t/web" in one.url):
            page.goto(stranger.origin + "/tea")
        assert page.evaluate("typeof earnest") == "function"
    assert faults == []
    assert site.told() == []


def test_a_strict_page_needs_one_line_of_its_policy(site: Site, context: BrowserContext) -> None:
    """The line of docs/snippet.md."""
    page = context.new_page()
    address = site.add("/tea", inline="earnest('consent',true);")
    policy = f"default-src 'none'; script-src 'unsafe-inline' {site.address}/t.js; connect-src {site.address}/t/"
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    site.pages.pages["/tea"] = site.pages.pages["/tea"].replace("<title>", f"{meta}<title>")
    assert visit(page, address) == 204
    assert [one["event"] for one in site.told()] == ["page"]


def test_two_browsers_are_two_visitors(site: Site, browser: Browser) -> None:
    address = site.add("/tea", consent="granted")
    for _ in range(2):
        other = browser.new_context()
        visit(other.new_page(), address)
        other.close()
    first, second = site.told()
    assert first["visitor"] != second["visitor"]
    assert first["session"] != second["session"]
