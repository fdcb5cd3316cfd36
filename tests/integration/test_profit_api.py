"""The profit statement over HTTP is the command line's, to the letter; who may not read reports gets none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.access.principal import operator
from earnest.api.routes.profit import PATH, ProfitTold
from earnest.usecases.access import Administration, create_key
from earnest.usecases.profit import ProfitAsk, served_profit

from .senders import Shop, served_shop
from .test_links_api import ask


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with served_shop(tmp_path) as shop:
        yield shop


def key_for(shop: Shop, scope: str) -> str:
    admin = Administration(shop.place.workspace, shop.place.access, operator("root"))
    return create_key(admin, scope.replace(":", "-"), scopes=[scope])[1]


def test_the_same_statement_as_at_the_command_line(shop: Shop) -> None:
    told = ask(shop, "GET", f"{PATH}?by=week&period=2026-09", key=key_for(shop, "reports:read"))
    assert told.status_code == 200
    assert told.json() == served_profit(shop.place.workspace, ProfitAsk("2026-09", "week")).to_json()
    assert ProfitTold.model_validate(told.json()).basis == "attributed"


def test_who_may_not_read_and_what_is_not_understood(shop: Shop) -> None:
    reader = key_for(shop, "reports:read")
    assert ask(shop, "GET", PATH, key=None).status_code == 401
    assert ask(shop, "GET", PATH, key=key_for(shop, "links:write")).status_code == 403
    for query, status, code in (
        ("period=September", 400, "bad-period"),
        ("campaign=none-such", 404, "no-such-campaign"),
        ("model=last", 400, "no-such-model"),
    ):
        told = ask(shop, "GET", f"{PATH}?{query}", key=reader)
        assert (told.status_code, told.json()["code"]) == (status, code)
    assert ask(shop, "GET", f"{PATH}?by=year", key=reader).status_code == 422
