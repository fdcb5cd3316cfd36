"""The dashboard in a real Chromium: its figures are the API's, its state is the address, and everybody can read it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from browser.dashboard import Dashboard, Visitor, dashboard, visitor
from earnest.reports.words import translator
from earnest.web.menu import pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WIDTHS = (320, 390, 768, 1360, 1920)
THEMES = ("light", "dark")
LANGUAGES = ("en", "ru")
NO_PARAMETER = tuple(at.path for at in pages() if "{" not in at.path and at.path != "/campaigns/compare")
ADDRESSES = (
    *NO_PARAMETER,
    "/campaigns/vip-preview",
    "/campaigns/loyalty-points",
    "/campaigns/gift-guide",
    "/campaigns/vip-preview?cmp=campaign:flash-weekend",
    "/campaigns/compare?id=vip-preview&id=video-lookbook",
    "/explain/vip-preview?path=kpis.delivery_rate",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with dashboard(tmp_path_factory.mktemp("dashboard")) as made:
        yield made


@pytest.fixture(scope="module")
def someone(browser: Browser, site: Dashboard) -> Iterator[Visitor]:
    with visitor(browser, site) as made:
        yield made


def pairwise(*choices: tuple[object, ...]) -> list[tuple[object, ...]]:
    """Few combinations in which every two values of different choices meet at least once.

    Example:
        >>> len(pairwise((1, 2), (3, 4), (5, 6)))
        4
    """
    wanted = {
        (a, x, b, y) for a, b in itertools.combinations(range(len(choices)), 2) for x in choices[a] for y in choices[b]
    }
    made = []
    while wanted:
        best = max(itertools.product(*choices), key=lambda row: len(_pairs(row) & wanted))
        wanted = wanted - _pairs(best)
        made.append(best)
    return made


def _pairs(row: tuple[object, ...]) -> set[tuple[int, object, int, object]]:
    return {(a, row[a], b, row[b]) for a, b in itertools.combinations(range(len(row)), 2)}


@pytest.mark.parametrize(("theme", "language"), [*itertools.product(THEMES, LANGUAGES)])
def test_every_page_can_be_read_by_everybody(browser: Browser, site: Dashboard, theme: str, language: str) -> None:
    combinations = [row for row in pairwise(ADDRESSES, WIDTHS, THEMES, LANGUAGES) if row[2:] == (theme, language)]
    with visitor(browser, site, theme=theme, language=language) as someone:
        for address, width, _, _ in combinations:
            someone.page.set_viewport_size({"width": int(str(width)), "height": 900})
            assert someone.open(str(address)).status == 200, address
            where = f"{address} {width} {theme} {language}"
            assert someone.overflow() <= 0, where
            assert someone.violations() == [], where
            assert someone.page.evaluate("document.documentElement.lang") == language
            assert someone.wrong == [], where


@pytest.mark.soak
@pytest.mark.parametrize(("theme", "language"), [*itertools.product(THEMES, LANGUAGES)])
def test_every_page_at_every_width(browser: Browser, site: Dashboard, theme: str, language: str) -> None:
    with visitor(browser, site, theme=theme, language=language) as someone:
        for address, width in itertools.product(ADDRESSES, WIDTHS):
            someone.page.set_viewport_size({"width": width, "height": 900})
            someone.open(address)
            where = f"{address} {width} {theme} {language}"
            assert (someone.overflow(), someone.violations(), someone.wrong) == (0, [], []), where


def test_figures_are_those_of_the_api(someone: Visitor, site: Dashboard) -> None:
    told = site.api("/api/v1/campaigns")["campaigns"]
    assert {one["verdict"] for one in told} >= {"proven_gain", "no_holdout", "withheld"}
    form = translator("en").formats
    someone.open("/campaigns")
    rows = someone.page.locator("table.list tbody tr").all_inner_texts()
    assert len(rows) == len(told)
    for campaign, row in zip(told, rows, strict=True):
        assert campaign["name"] in row
        found = campaign["returns"].get("incremental_return", {})
        if campaign["verdict"] in ("proven_gain", "proven_loss"):
            assert form.per_one(found["value"], campaign["currency"]) in row
        if campaign["verdict"] == "inconclusive" and "low" in found:
            ends = f"{form.per_one(found['low'], campaign['currency'])} to {form.per_one(found['high'], campaign['currency'])}"
            assert ends in row
            assert form.per_one(found["value"], campaign["currency"]) not in row.replace(ends, "")
    one = next(campaign for campaign in told if campaign["verdict"] == "proven_gain")
    someone.open(f"/campaigns/{one['campaign']}")
    text = someone.page.locator("#page").inner_text()
    for kpi in ("delivery_rate", "opt_out_rate"):
        assert form.share(one["kpis"][kpi]["value"]) in text
    assert form.amount(one["returns"]["contribution"]["value"], one["currency"]) in text
    assert form.count(one["funnel"][0]["count"]) in text


def test_switching_the_comparison_changes_card_drawing_table_and_address(someone: Visitor, site: Dashboard) -> None:
    page = someone.page
    page.set_viewport_size({"width": 1360, "height": 900})
    someone.open("/campaigns/vip-preview")
    assert page.get_by_text("against Flash weekend").count() == 0
    page.select_option("select[name=cmp]", label="Flash weekend")
    page.wait_for_url(re.compile(r"cmp=campaign(:|%3A)flash-weekend"))
    page.get_by_role("heading", name="VIP preview beside Flash weekend").wait_for()
    ours, other = (site.api(f"/api/v1/campaigns/{name}") for name in ("vip-preview", "flash-weekend"))
    points = (ours["kpis"]["click_through_rate"]["value"] - other["kpis"]["click_through_rate"]["value"]) * 100
    shown = f"{'−' if points < 0 else '+'}{abs(points):.1f} pp"
    card = page.locator("li.kpi", has=page.get_by_role("heading", name="Click-through rate", exact=True))
    assert shown in card.inner_text()
    row = page.locator("table.list tr", has=page.get_by_role("rowheader", name="Click-through rate", exact=True))
    assert shown in row.inner_text()
    assert "Flash weekend" in (page.locator(".evidence svg.ch-iv title").text_content() or "")
    page.go_back()
    page.wait_for_url(re.compile(r"/campaigns/vip-preview$"))
    page.get_by_role("heading", name="VIP preview beside Flash weekend").wait_for(state="detached")
    assert page.get_by_text("against Flash weekend").count() == 0
    assert page.locator("select[name=cmp]").input_value() == "none"
    assert someone.wrong == []


def test_filters_are_in_the_address_and_survive_a_reload(someone: Visitor) -> None:
    page = someone.page
    someone.open("/campaigns")
    everything = page.locator("table.list tbody tr").count()
    page.select_option("select[name=verdict]", "proven_gain")
    page.wait_for_url(re.compile("verdict=proven_gain"))
    page.wait_for_function("n => document.querySelectorAll('table.list tbody tr').length < n", arg=everything)
    few = page.locator("table.list tbody tr").count()
    assert few < everything
    page.reload()
    assert page.locator("table.list tbody tr").count() == few
    assert page.locator("select[name=verdict]").input_value() == "proven_gain"


def test_keys_lead_everywhere(someone: Visitor) -> None:
    page = someone.page
    someone.open("/")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url(re.compile("/campaigns"))
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    assert page.locator("dialog#keys").is_visible()


def test_without_a_script_the_same_figures_stand_there(browser: Browser, site: Dashboard) -> None:
    with visitor(browser, site, script=False) as plain:
        plain.open("/campaigns/vip-preview")
        told = site.api("/api/v1/campaigns/vip-preview")
        returned = translator("en").formats.per_one(told["returns"]["incremental_return"]["value"], told["currency"])
        assert returned in plain.page.locator("#page").inner_text()
        plain.page.select_option("select[name=cmp]", label="Flash weekend")
        plain.page.locator(".filters button").click()
        plain.page.get_by_role("heading", name="VIP preview beside Flash weekend").wait_for()


def test_language_and_theme_stay(browser: Browser, site: Dashboard) -> None:
    with visitor(browser, site) as someone:
        page = someone.page
        page.set_viewport_size({"width": 1360, "height": 900})
        someone.open("/campaigns")
        page.select_option("select[name=theme]", "dark")
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        assert "/campaigns" in page.url
        page.select_option("select[name=lang]", "ru")
        page.wait_for_function("document.documentElement.lang === 'ru'")
        someone.open("/")
        assert page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]") == [
            "ru",
            "dark",
        ]


def test_who_is_not_signed_in_is_led_there_and_back(browser: Browser, site: Dashboard) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.address("/campaigns?verdict=proven_gain"))
    assert "/sign-in" in page.url
    page.fill("input[name=name]", "anna")
    page.fill("input[name=password]", "wrong-password-entirely")
    page.click("button.primary")
    assert page.get_by_role("alert").inner_text()
    page.fill("input[name=password]", "a-long-enough-password")
    page.click("button.primary")
    page.wait_for_url(re.compile("verdict=proven_gain"))
    context.close()


def test_a_comparison_of_days_is_left_behind_on_a_campaign(someone: Visitor) -> None:
    someone.open("/?from=2026-06-01&to=2026-10-31&cmp=prev")
    someone.page.get_by_role("link", name="VIP preview").click()
    someone.page.wait_for_url(re.compile("/campaigns/vip-preview"))
    assert someone.page.locator("h1").inner_text() == "VIP preview"
    assert someone.page.locator("select[name=cmp]").input_value() == "none"


@pytest.mark.parametrize(
    ("address", "status"),
    [("/?to=2026-09-30", 200), ("/?from=2090-01-01", 200), ("/campaigns?attr=zz", 400), ("/costs?to=2026-09-30", 200)],
)
def test_open_ends_and_unknown_rules(someone: Visitor, address: str, status: int) -> None:
    answer = someone.open(address)
    assert answer.status == status
    if "2090" in address:
        assert someone.page.locator(".ch-trend").count() == 0, "nothing of other days stands there"
    someone.wrong.clear()
