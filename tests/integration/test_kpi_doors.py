"""KPIs over HTTP: the same JSON as the command line and Python, of the tables as they stand, held open between requests."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

import earnest
from earnest.access.principal import operator
from earnest.api.app import make_app
from earnest.api.place import Place
from earnest.kpis.catalogue import all_kpis
from earnest.usecases.access import Administration, create_key
from earnest.usecases.declare import set_setting
from earnest.usecases.tables import build
from integration.asked_shop import HEADER, MESSAGES, asked_shop, bring
from integration.command_line import runner

KPIS = "/api/v1/kpis"
_NUMBERS = itertools.count()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    opened = Place("shop", asked_shop(tmp_path))
    try:
        yield opened
    finally:
        opened.close()


def ask(
    place: Place, path: str, query: list[tuple[str, str]] | None = None, *, scopes: tuple[str, ...] = ("reports:read",)
) -> httpx.Response:
    admin = Administration(place.workspace, place.access, operator("root"))
    key = create_key(admin, f"reader{next(_NUMBERS)}", scopes=list(scopes))[1] if scopes else None

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(make_app({"shop": place}), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://earnest.example") as client:
            return await client.get(path, params=query, headers={"authorization": f"Bearer {key}"} if key else {})

    return asyncio.run(asked())


@pytest.mark.parametrize(
    ("kpi", "query"),
    [
        ("ctr", [("by", "campaign"), ("filter", "channel=whatsapp"), ("period", "2026-10")]),
        ("click_through_rate", [("by", "channel"), ("by", "weekday"), ("grain", "week"), ("compare", "previous")]),
        ("open_rate", [("by", "channel")]),
        ("roas", [("by", "programme"), ("model", "linear")]),
        ("total_cost", [("period", "2026-10"), ("grain", "week"), ("compare", "last-year")]),
        ("ctr", [("by", "campaign"), ("compare", "last-wave"), ("filter", "country=DE"), ("filter", "country=IN")]),
        ("incremental_return", [("filter", "campaign=autumn")]),
    ],
)
def test_three_doors_tell_the_same(
    place: Place, capsys: pytest.CaptureFixture[str], kpi: str, query: list[tuple[str, str]]
) -> None:
    answer = ask(place, f"{KPIS}/{kpi}", query)
    assert answer.status_code == 200, answer.text
    options = [part for name, value in query for part in (f"--{name}", value)]
    code, out, err = runner(capsys)("kpi", "show", kpi, *options, "--json", "--workspace", place.workspace.path)
    assert code == 0, err
    told: dict[str, list[str]] = {}
    for name, value in query:
        told.setdefault(name, []).append(value)
    single = {name: told[name][0] for name in ("period", "grain", "compare", "model") if name in told}
    python = earnest.kpi(place.workspace, kpi, by=told.get("by", ()), filters=told.get("filter", ()), **single)
    found = [settled(one) for one in (answer.json(), json.loads(out)["data"], json.loads(json.dumps(python.to_json())))]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("/ctrr", [], 404, "no-such-kpi"),
        ("/ctr", [("by", "chanel")], 400, "no-such-dimension"),
        ("/ctr", [("filter", "channel")], 400, "bad-filter"),
        ("/ctr", [("filter", "campaign=autumn' OR '1'='1")], 400, "no-such-value"),
        ("/ctr", [("period", "soon")], 400, "bad-period"),
        ("/total_cost", [("by", "template")], 400, "not-by-dimension"),
        ("/roas", [("model", "magic")], 400, "no-such-model"),
    ],
)
def test_odd_requests_are_refused(
    place: Place, path: str, query: list[tuple[str, str]], status: int, code: str
) -> None:
    answer = ask(place, KPIS + path, query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["remedy"]


def test_a_word_that_is_none_of_the_choices_is_refused_at_the_door(place: Place) -> None:
    assert ask(place, f"{KPIS}/ctr", [("grain", "hour")]).status_code == 422
    assert ask(place, f"{KPIS}/ctr", scopes=("links:write",)).status_code == 403
    assert ask(place, f"{KPIS}/ctr", scopes=()).status_code == 401


def test_the_catalogue_lists_every_kpi_and_dimension(place: Place) -> None:
    told = ask(place, KPIS).json()
    assert [one["kpi"] for one in told["kpis"]] == list(all_kpis())
    entry = next(one for one in told["kpis"] if one["kpi"] == "click_through_rate")
    assert entry["measures"] == {"clicked": "day the message was sent", "delivered": "day the message was sent"}
    assert next(one for one in told["dimensions"] if one["dimension"] == "channel")["values"] == [
        "email",
        "sms",
        "whatsapp",
    ]


def test_what_is_held_open_is_let_go_when_something_new_is_known(place: Place, tmp_path: Path) -> None:
    def delivered() -> Any:
        (row,) = ask(place, f"{KPIS}/messages_delivered").json()["rows"]
        return row["measures"]["delivered"]

    assert delivered() == 7
    with place.tables.use(place.state()) as one:
        held = one.con
    with place.tables.use(place.state()) as again:
        assert again.con is held, "nothing has changed"
    bring(place.workspace, tmp_path, "messages", HEADER, [("m9", *MESSAGES[0][1:])])
    build(place.workspace)
    assert delivered() == 8
    set_setting(place.workspace, "level", "0.9", date(2026, 1, 1))
    (row,) = ask(place, f"{KPIS}/ctr").json()["rows"]
    assert row["figure"]["level"] == 0.9, "a setting needs no new tables to count"


def settled(told: Any) -> Any:
    """Without the moment each was asked at."""
    if isinstance(told, dict):
        return {name: settled(one) for name, one in told.items() if name != "as_of"}
    return [settled(one) for one in told] if isinstance(told, list) else told
