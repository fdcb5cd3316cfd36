"""Surveys by command line and over HTTP: the same codes whoever asks, helpful refusals, nobody else's key."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from earnest.access.principal import operator
from earnest.definitions.campaign import Campaign
from earnest.definitions.survey_templates import template
from earnest.tracking.codes import Code, Codec
from earnest.usecases.access import Administration, create_key
from earnest.usecases.declare import add_campaign, set_setting
from earnest.usecases.surveys import add_survey, disable_survey
from integration.command_line import Run, data_of, runner
from integration.senders import Shop, served_shop

PATH = "/api/v1/surveys/csat/invitations"
PEOPLE = [{"phone": "+49 151 12345678"}, {"wa_id": "4915112345678"}, {"email": "kim@shop.example"}]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with served_shop(tmp_path) as shop:
        add_survey(shop.place.workspace, template("csat"), from_template=True)
        add_campaign(shop.place.workspace, Campaign("spring", "spring"))
        set_setting(shop.place.workspace, "public_url", "https://go.example", None)
        yield shop


@pytest.fixture
def key(shop: Shop) -> str:
    return key_of(shop, "surveys:write")


def key_of(shop: Shop, scope: str) -> str:
    admin = Administration(shop.place.workspace, shop.place.access, operator("root"))
    return create_key(admin, "program", scopes=[scope])[1]


def ask(shop: Shop, body: Any, key: str | None, path: str = PATH) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(shop.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://earnest.example") as client:
            headers = {"authorization": f"Bearer {key}"} if key else {}
            return await client.post(path, json=body, headers=headers)

    return asyncio.run(asked())


def test_invitations_come_back_in_order_and_the_same_again(shop: Shop, key: str) -> None:
    body = {"recipients": PEOPLE, "campaign": "spring", "round": "2026-11"}
    told = ask(shop, body, key)
    assert told.status_code == 200
    found = told.json()
    assert (found["survey"], found["round"], found["round_name"], found["added"]) == ("csat", 1, "2026-11", 2)
    codec = Codec(shop.place.workspace.key(), "survey")
    assert [codec.read(one["code"]) for one in found["invitations"]] == [Code(1, 1), Code(1, 1), Code(1, 2)]
    assert all(one["url"] == f"https://go.example/q/{one['code']}" for one in found["invitations"])
    again = ask(shop, body, key).json()
    assert again == found | {"added": 0}
    other = ask(shop, body | {"round": "2026-12"}, key).json()
    assert other["round"] == 2


def test_what_is_wrong_is_told_with_its_place(shop: Shop, key: str) -> None:
    bad = ask(shop, {"recipients": [PEOPLE[0], {"phone": "12"}]}, key)
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/recipients/1")
    assert shop.place.state().rounds == {}, "nobody was invited"
    assert ask(shop, {"recipients": []}, key).status_code == 422
    assert ask(shop, {"recipients": PEOPLE, "rounds": "x"}, key).json()["errors"][0]["code"] == "unknown-field"
    assert ask(shop, {"recipients": PEOPLE, "campaign": "autumn"}, key).json()["code"] == "no-such-campaign"
    assert ask(shop, {"recipients": PEOPLE}, key, PATH.replace("csat", "nps")).status_code == 404
    disable_survey(shop.place.workspace, "csat")
    assert ask(shop, {"recipients": PEOPLE}, key).json()["code"] == "survey-closed"


def test_who_may_invite(shop: Shop) -> None:
    assert ask(shop, {"recipients": PEOPLE}, None).status_code == 401
    assert ask(shop, {"recipients": PEOPLE}, key_of(shop, "links:write")).status_code == 403


@pytest.fixture
def earnest(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command in a folder with a workspace that knows its address."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARNEST_WORKSPACE", "w")
    run = runner(capsys)
    run("init", "w", "--currency", "EUR", "--timezone", "Europe/Berlin")
    run("setting", "set", "public_url", "https://go.example")
    return run


def test_a_survey_from_the_command_line(earnest: Run, tmp_path: Path) -> None:
    assert data_of(earnest("survey", "add", "csat", "--template", "csat", "--json"))["version"] == 1
    (tmp_path / "people.csv").write_text("phone,name\n+4915112345678,A\n+4915112345679,B\n")
    told = data_of(
        earnest(
            "survey",
            "invite",
            "csat",
            "--recipients",
            "people.csv",
            "--out",
            "codes.csv.gz",
            "--round",
            "one",
            "--json",
        )
    )
    assert (told["round"], told["invited"], told["added"], told["written"]["coded"]) == (1, 2, 2, 2)
    rows = gzip.decompress((tmp_path / "codes.csv.gz").read_bytes()).decode().splitlines()
    one = data_of(earnest("survey", "invite", "csat", "--phone", "+49 151 12345678", "--round", "one", "--json"))
    assert rows[1] == f"+4915112345678,A,{one['code']},{one['url']}"
    assert (one["added"], one["invited"]) == (0, 2)
    listed = data_of(earnest("survey", "list", "--json"))
    assert [(one["id"], one["rounds"], one["invited"]) for one in listed] == [("csat", 1, 2)]
    found = data_of(earnest("survey", "answers", "csat", "--json"))
    assert (found["invited"], found["responded"], found["response_rate"]["value"]) == (2, 0, None)
    words = earnest("survey", "answers", "csat")[1]
    assert "0 of 2 invited answered" in words
    assert "How satisfied are you with us this time?" in words


def test_a_survey_is_a_file_and_a_file_a_survey(earnest: Run, tmp_path: Path) -> None:
    earnest("survey", "add", "csat", "--template", "csat")
    told = data_of(earnest("survey", "show", "csat", "--json"))["survey"]
    told["title"]["en"] = "How was it?"
    (tmp_path / "own.json").write_text(json.dumps(told))
    again = data_of(earnest("survey", "add", "csat", "--file", "own.json", "--replace", "--json"))
    assert (again["version"], again["title"]["en"], next(iter(again["title"]))) == (2, "How was it?", "en")
    assert data_of(earnest("survey", "disable", "csat", "--json"))["enabled"] is False
    assert "disabled" in earnest("survey", "list")[1]


def test_rules_of_tags_are_shown_and_taken_back(earnest: Run) -> None:
    earnest("survey", "add", "csat", "--template", "csat")
    assert (
        data_of(earnest("survey", "tag", "csat", "--word", "Late", "--tag", "Delivery", "--json"))["tag"] == "delivery"
    )
    assert data_of(earnest("survey", "show", "csat", "--json"))["tag_rules"] == {"late": "delivery"}
    earnest("survey", "tag", "csat", "--word", "late", "--remove")
    assert data_of(earnest("survey", "show", "csat", "--json"))["tag_rules"] == {}
    assert earnest("survey", "tag", "csat", "--word", "late", "--remove")[0] == 5


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("add", "x"), 2, "template-or-file"),
        (("add", "x", "--template", "cast"), 5, "did you mean 'csat'?"),
        (("add", "a/b", "--template", "csat"), 2, "bad-id"),
        (("add", "csat", "--template", "csat"), 1, "survey-exists"),
        (("add", "y", "--file", "broken.json"), 2, "bad-survey"),
        (("show", "cast"), 5, "did you mean 'csat'?"),
        (("invite", "csat"), 2, "recipients-or-one"),
        (("invite", "csat", "--phone", "12"), 3, "recipients-refused"),
        (("invite", "csat", "--email", "a@b.example", "--within", "all"), 2, "bad-within"),
        (("answers", "none"), 5, "no-such-survey"),
        (("answers", "csat", "--campaign", "autumn"), 5, "no-such-campaign"),
        (("tag", "csat", "--tag", "x"), 2, "word-or-answer"),
        (("tag", "csat", "--answer", "xyz", "--tag", "x"), 2, "bad-answer"),
        (("disable", "none"), 5, "no-such-survey"),
    ],
    ids=lambda one: "-".join(one[:2]).replace("/", "") if isinstance(one, tuple) else None,
)
def test_refusals_say_what_to_do(earnest: Run, tmp_path: Path, args: tuple[str, ...], code: int, said: str) -> None:
    (tmp_path / "broken.json").write_text("{")
    earnest("survey", "add", "csat", "--template", "csat")
    exit_code, out, err = earnest("survey", *args)
    assert (exit_code, out) == (code, "")
    assert said in err
    assert "hint: " in err


def test_rows_that_name_nobody_are_told_and_the_others_have_codes(earnest: Run, tmp_path: Path) -> None:
    earnest("survey", "add", "csat", "--template", "csat")
    (tmp_path / "people.csv").write_text("phone\n+4915112345678\nnonsense\n")
    code, _, err = earnest("survey", "invite", "csat", "--recipients", "people.csv")
    assert code == 3
    assert "row 2 is no usable identity" in err
    assert len((tmp_path / "people.codes.csv").read_text().splitlines()) == 2
