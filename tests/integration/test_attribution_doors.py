"""Attribution of a workspace through its doors: the same figures on the command line, over HTTP and in Python."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import earnest
from earnest.access.principal import operator
from earnest.api.app import make_app
from earnest.api.place import Place
from earnest.attribution.presets import presets
from earnest.usecases.access import Administration, create_key
from earnest.usecases.import_files import import_files
from earnest.usecases.workspace import Workspace, init
from unit.usecases.attribution_shop import NET, filled

from .command_line import Run, data_of, error_of, runner


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    workspace = init(tmp_path / "shop", currency="EUR", timezone="Europe/Berlin")

    def imported(kind: str, *lines: str) -> None:
        path = tmp_path / f"{kind}.csv"
        path.write_text("\n".join(lines) + "\n")
        import_files(workspace, [path], kind)

    filled(imported)
    return workspace


@pytest.fixture
def run(shop: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("EARNEST_WORKSPACE", str(shop.path))
    return runner(capsys)


def asked(shop: Workspace, *paths: str) -> list[Any]:
    """Status and body of requests with a reader's key."""
    place = Place("shop", shop)
    key = create_key(Administration(shop, place.access, operator("root")), "reader", scopes=("reports:read",))[1]

    async def ask() -> list[Any]:
        transport = httpx.ASGITransport(app=make_app({"shop": place}))
        async with httpx.AsyncClient(transport=transport, base_url="https://earnest.example") as client:
            found = [await client.get(path, headers={"authorization": f"Bearer {key}"}) for path in paths]
            return [(one.status_code, one.json()) for one in found]

    try:
        return asyncio.run(ask())
    finally:
        place.close()


def without_time(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("as_of", "generation")}


def test_the_command_line_and_http_and_python_tell_the_same(shop: Workspace, run: Run) -> None:
    told = {
        "compare": data_of(run("attribution", "compare", "--by", "channel", "--json")),
        "claims": data_of(run("attribution", "claim", "--preset", "klaviyo-2024", "--preset", "omnisend", "--json")),
        "sensitivity": data_of(run("attribution", "sensitivity", "--campaign", "flash", "--json")),
        "overlap": data_of(run("attribution", "overlap", "--json")),
        "presets": data_of(run("attribution", "presets", "--json")),
    }
    paths = {
        "compare": "compare?by=channel",
        "claims": "claims?preset=klaviyo-2024&preset=omnisend",
        "sensitivity": "sensitivity?campaign=flash",
        "overlap": "overlap",
        "presets": "presets",
    }
    answers = asked(shop, *(f"/api/v1/attribution/{path}" for path in paths.values()))
    for (status, body), name in zip(answers, paths, strict=True):
        assert status == 200, body
        if name == "compare":
            assert without_time(body) == without_time(told[name])
        else:
            assert body == told[name]
    assert without_time(earnest.compare_attribution(shop, by="channel").to_json()) == without_time(told["compare"])
    assert earnest.attribution_overlap(shop).to_json() == told["overlap"]
    assert len(told["presets"]) == len(presets())


def test_http_refuses_what_is_not_understood(shop: Workspace) -> None:
    paths = (
        "compare?period=soon",
        "compare?model=markov",
        "compare?campaign=sping",
        "compare?by=colour",
        "claims?preset=x",
        "overlap?tool=sms",
        "overlap?tool=sms=klaviyo-2024",
    )
    answers = asked(shop, *(f"/api/v1/attribution/{path}" for path in paths))
    assert [status for status, _ in answers] == [400, 400, 404, 422, 400, 400, 200]
    assert answers[-1][1]["tools"][1]["rule"] == "klaviyo-2024"
    assert [body["code"] for _, body in answers[:3]] == ["bad-period", "no-such-model", "no-such-campaign"]


def test_words_say_claims_and_never_only_revenue(run: Run) -> None:
    code, out, err = run("attribution", "compare")
    assert code == 0
    assert "net revenue €335.01 of 6 orders" in out
    assert "Claims are bookkeeping" in out
    assert "sums above 100 %" in out
    assert "the same as last touch" in out
    assert "next: earnest attribution explain" in err
    code, out, _ = run("attribution", "compare", "--campaign", "flash")
    assert code == 0
    assert "€175.01" in out
    code, out, _ = run("attribution", "claim", "--preset", "klaviyo-2024", "--preset", "omnisend")
    assert code == 0
    assert "klaviyo-2024 less omnisend: −€35.00" in out
    assert "windows as published by Klaviyo, read on 2026-11-22; not affiliated" in " ".join(out.split())
    code, out, _ = run("attribution", "overlap")
    assert code == 0
    assert "claimed by all tools €405.02 of €335.01: 1.21×" in out
    code, out, _ = run("attribution", "sensitivity")
    assert code == 0
    assert "in force: read 12 h, click 5 d, reply 5 d" in " ".join(out.split())
    code, out, _ = run("attribution", "presets")
    assert code == 0
    assert "differs:" in out


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_row_can_be_written(run: Run) -> None:
    code, out, _ = run("attribution", "explain", "flash", "--format", "csv")
    assert code == 0
    rows = rows_of(out)
    assert {row["order"]: row["credit"] for row in rows} == {"o1": "100.00", "o2": "90.01", "o6": "-15.00"}
    code, out, _ = run("attribution", "overlap", "--limit", "1", "--format", "csv")
    assert code == 0
    assert len(rows_of(out)) == 4, "two orders, claimed twice each; csv has all"
    told = data_of(run("attribution", "explain", "flash", "--limit", "1", "--json"))
    assert (told["row_count"], len(told["rows"]), told["claimed"]["amount"]) == (3, 1, "175.01")


def test_wrong_names_tell_the_closest(run: Run) -> None:
    assert error_of(run("attribution", "explain", "flsh", "--json")) == "no-such-campaign"
    code, _, err = run("attribution", "compare", "--model", "last-touch")
    assert code == 5
    assert "did you mean 'last_touch'" in err
    assert error_of(run("attribution", "overlap", "--tool", "sms", "--json")) == "bad-tool"


def test_net_revenue_is_never_exceeded_but_by_any_touch(run: Run) -> None:
    told = data_of(run("attribution", "compare", "--json"))
    for model in told["models"]:
        assert model["adds_up_to_net_revenue"] is (model["model"] != "any_touch")
        if model["model"] == "any_touch":
            assert model["unattributed"] is None
            continue
        whole = round(100 * (float(model["attributed"]["amount"]) + float(model["unattributed"]["amount"])))
        assert whole == NET


def test_json_is_json(run: Run) -> None:
    code, out, _ = run("attribution", "compare", "--json")
    assert code == 0
    body: Callable[[str], Any] = json.loads
    assert body(out)["schema_version"] == 1
