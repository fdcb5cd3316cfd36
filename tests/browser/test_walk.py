"""The whole way in a real Chromium: a click, the landing page, an order, the survey; and what the campaign shows of it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from browser.pages import ShopPages
from earnest.cli.main import cli
from integration.served import Served, serving

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

PHONE = "+4915112345678"
STUB = "window.earnest=window.earnest||function(){(earnest.q=earnest.q||[]).push(arguments)};"
SOON_S = 30


def earnest(place: Path, *arguments: str) -> dict[str, Any]:
    """Run a command with --json; what it tells."""
    result = CliRunner().invoke(cli, [*arguments, "--json", "-w", str(place)], catch_exceptions=False)
    told: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code in (0, 1), result.output
    return told.get("data", told)


def declare(place: Path, shop: ShopPages) -> None:
    """What a marketer declares before the send; the message went out ten minutes ago."""
    CliRunner().invoke(
        cli, ["init", str(place), "--currency", "EUR", "--timezone", "Europe/Berlin"], catch_exceptions=False
    )
    earnest(place, "campaign", "add", "spring", "--purpose", "marketing")
    earnest(place, "link", "allow", f"localhost:{shop.port}")
    earnest(place, "link", "create", "tea", f"{shop.origin}/tea", "--campaign", "spring", "--utm", "source=whatsapp")
    earnest(place, "source", "add", "web", "--as", "site", "--origin", shop.origin, "--orders", "count")
    earnest(place, "survey", "add", "after", "--template", "csat")
    sent = datetime.now(UTC) - timedelta(minutes=10)
    times = ",".join((sent + timedelta(seconds=late)).isoformat() for late in (0, 2))
    messages = place.parent / "messages.csv"
    messages.write_text(f"phone,message_id,campaign,sent_at,delivered_at\n{PHONE},wamid.1,spring,{times}\n")
    earnest(place, "import", "run", str(messages), "--as", "messages", "--map", "channel==whatsapp")


def pages(shop: ShopPages, server: Served) -> None:
    tag = f'<script async src="http://127.0.0.1:{server.port}/t.js" data-source="web" data-consent="required"></script>'
    yes = """<button onclick="earnest('consent', true)">Accept</button>"""
    order = """<script>earnest('order', {id: 'A-1001', total: '49.90', currency: 'EUR'})</script>"""
    shop.pages["/tea"] = f"<!doctype html><title>Tea</title><script>{STUB}</script>{tag}{yes}<a href='/thanks'>Buy</a>"
    shop.pages["/thanks"] = f"<!doctype html><title>Thanks</title><script>{STUB}</script>{tag}{order}<p>Thanks"


def test_one_click_one_session_one_order_one_answer(tmp_path: Path, shop: ShopPages, context: BrowserContext) -> None:
    place = tmp_path / "shop"
    declare(place, shop)
    with serving("-w", str(place)) as server:
        earnest(place, "setting", "set", "public_url", f"http://127.0.0.1:{server.port}")
        pages(shop, server)
        code = earnest(place, "link", "code", "tea", "--phone", PHONE)["url"]
        asked = earnest(place, "survey", "invite", "after", "--phone", PHONE, "--campaign", "spring")["url"]
        preview = server.ask(
            "GET", code.removeprefix(f"http://127.0.0.1:{server.port}"), headers={"user-agent": "WhatsApp/2.24 A"}
        )
        assert preview.status == 302

        page = context.new_page()
        with page.expect_response(lambda answer: "/t/web" in answer.url):
            page.goto(code)
        assert page.url.startswith(f"{shop.origin}/tea?")
        assert "utm_source=whatsapp" in page.url
        with page.expect_response(lambda answer: "/t/web" in answer.url):
            page.get_by_text("Accept").click()
        with page.expect_response(
            lambda answer: "/t/web" in answer.url and "order" in (answer.request.post_data or "")
        ):
            page.get_by_text("Buy").click()

        page.goto(asked)
        page.locator("input[type=radio][value='5']").first.check()
        page.wait_for_timeout(2_500)  # nobody answers sooner: the page takes a person's time
        page.locator("button[type=submit]").click()
        page.wait_for_load_state()

        expected = {
            "all clicks": 2,
            "human clicks": 1,
            "sessions": 1,
            "orders": 1,
            "orders of the audience": 1,
            "answers": 1,
        }
        until = time.monotonic() + SOON_S
        while (found := shown(place)) != expected and time.monotonic() < until:
            time.sleep(0.5)
    assert found == expected
    assert figure(place, "click_through_rate") == 1.0
    assert figure(place, "attributed_revenue") == 49.9


def figure(place: Path, kpi: str) -> float:
    value: float = earnest(place, "kpi", "explain", kpi, "--campaign", "spring")["figure"]["value"]
    return value


def shown(place: Path) -> dict[str, int]:
    """What the campaign's checklist tells, in numbers."""
    lines = {line["kind"]: line["facts"] for line in earnest(place, "campaign", "check", "spring")["lines"]}
    link, visits, survey = lines["link"], lines["visits"], lines["survey"]
    return {
        "all clicks": link["clicks"],
        "human clicks": link["human_clicks"],
        "sessions": visits["sessions"],
        "orders": visits["orders"],
        "orders of the audience": lines["orders"]["of_audience"],
        "answers": survey["answered"],
    }
