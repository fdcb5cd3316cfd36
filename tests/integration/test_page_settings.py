"""Settings, users and keys through the pages: what is changed, what is refused and why, and what is never shown again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from earnest.access.principal import operator
from earnest.api.app import make_app
from earnest.api.place import Place
from earnest.cli.commands.serve import dashboard_steps
from earnest.usecases.access import Administration, add_user
from earnest.usecases.workspace import init
from integration.test_page_imports import PASSWORD, Browser, run, text_of


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place("shop", init(tmp_path / "shop", currency="EUR", timezone="Europe/Berlin"))
    for name, role in (("anna", "admin"), ("alex", "analyst"), ("vera", "viewer")):
        add_user(Administration(place.workspace, place.access, operator("root")), name, role=role, password=PASSWORD)
    yield place
    place.close()


@pytest.fixture
def app(place: Place) -> FastAPI:
    return make_app({"shop": place})


def test_a_setting_is_changed_from_a_day_on_and_a_bad_one_is_told(app: FastAPI, place: Place) -> None:
    async def walk(browser: Browser) -> None:
        assert 'name="value"' in await browser.page("/settings?change=margin")
        answer = await browser.press("/settings/set", name="margin", value="0.38", since="2026-01-01")
        assert answer.headers["location"] == "/settings?done=setting"
        assert "0.38" in text_of(await browser.page("/settings"))
        wrong = await browser.press("/settings/set", name="margin", value='38%"><script>', since="2026-01-01")
        assert wrong.status_code == 400
        assert "is not a number from 0.0001 to 1. Write it with a decimal point, like 0.38." in text_of(wrong.text)
        assert "<script>" not in wrong.text.partition("<main")[2]
        assert (await browser.press("/settings/set", name="margn", value="1")).status_code == 400
        assert (await browser.client.get("/settings?change=nothing")).status_code == 404
        late = await browser.press("/settings/set", name="lookback_click_days", value="7", since="2026-01-01")
        assert late.status_code == 303

    run(app, walk, "alex")
    state = place.state()
    assert str(state.margin(place.workspace.today(state))) == "0.38"
    assert state.setting("lookback_click_days", place.workspace.today(state)) == "7"


def test_a_password_is_changed_by_who_knows_it(app: FastAPI) -> None:
    new = "five other canary words"

    async def walk(browser: Browser) -> None:
        cases = (
            ({"current": PASSWORD, "new": new, "again": "x"}, "the two new passwords differ"),
            ({"current": "wrong", "new": new, "again": new}, "the password so far is another one"),
            ({"current": PASSWORD, "new": "short", "again": "short"}, "shorter than 8 characters"),
        )
        for fields, told in cases:
            answer = await browser.press("/settings/password", **fields)
            assert answer.status_code == 400
            assert told in text_of(answer.text)
            assert PASSWORD not in answer.text
        answer = await browser.press("/settings/password", current=PASSWORD, new=new, again=new)
        assert answer.headers["location"] == "/sign-in"
        assert (await browser.client.get("/settings")).status_code == 303, "all sessions ended"
        signed = await browser.client.post("/sign-in", data={"name": "vera", "password": new})
        assert signed.status_code == 303

    run(app, walk, "vera")


def test_shortcuts_are_switched_in_this_browser(app: FastAPI) -> None:
    async def walk(browser: Browser) -> None:
        assert "data-keys" not in (await browser.page("/")).partition("<body")[0]
        await browser.press("/settings/keys", keys="off")
        assert 'data-keys="off"' in (await browser.page("/")).partition("<body")[0]
        assert "Keyboard shortcuts are off" in await browser.page("/settings")
        await browser.press("/settings/keys", keys="on")
        assert "data-keys" not in (await browser.page("/")).partition("<body")[0]

    run(app, walk, "vera")


def test_users_and_keys_are_for_admins_and_a_key_is_shown_once(app: FastAPI, place: Place) -> None:
    async def walk(browser: Browser) -> None:
        assert (
            await browser.press("/settings/access/user", name="otto", role="viewer", password=PASSWORD)
        ).status_code == 303
        weak = await browser.press("/settings/access/user", name="otto2", role="viewer", password="12345678")
        assert weak.status_code == 400
        assert "12345678" not in weak.text
        assert (await browser.press("/settings/access/state", name="otto", state="off")).status_code == 303
        assert place.access.find_user("otto").disabled_us is not None
        last = await browser.press("/settings/access/state", name="anna", state="off")
        assert last.status_code == 409, "the last admin stays"
        made = await browser.press("/settings/access/key", name="reader", scopes="reports:read", days="30")
        (text,) = set(re.findall(r"ek_[A-Za-z0-9_]{30,}", made.text))
        assert made.headers["cache-control"] == "no-store"
        page = await browser.page("/settings/access")
        assert text not in page
        assert "reader" in page
        headers = {"authorization": f"Bearer {text}"}
        browser.client.cookies.clear()
        assert (await browser.client.get("/api/v1/session", headers=headers)).status_code == 200

    run(app, walk)
    (key,) = place.access.api_keys()

    async def revoke(browser: Browser) -> None:
        assert (await browser.press("/settings/access/key/revoke", id=key.id)).status_code == 303
        assert "revoked" in text_of(await browser.page("/settings/access"))

    run(app, revoke)
    (gone,) = place.access.api_keys()
    assert gone.revoked_us is not None


def test_serve_says_where_the_dashboard_is_and_how_to_make_its_first_user(place: Place, tmp_path: Path) -> None:
    new = init(tmp_path / "new", currency="EUR", timezone="UTC").path
    shop = place.workspace.path
    assert dashboard_steps("http://127.0.0.1:8420", {"shop": shop}) == ["open http://127.0.0.1:8420/"]
    assert dashboard_steps("http://127.0.0.1:8420", {"shop": shop, "new": new}) == [
        "open http://127.0.0.1:8420/w/shop/",
        f"earnest user add NAME --role admin --workspace {new}",
        "open http://127.0.0.1:8420/w/new/",
    ]
