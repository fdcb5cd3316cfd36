"""The page of a survey on a real server: looking keeps nothing, a thousand posts are one answer, machines are thanked and not counted."""

from __future__ import annotations

import asyncio
import re
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from earnest.api.app import make_app
from earnest.api.place import Place
from earnest.api.survey_form import LEAST_US, Seal, Token
from earnest.api.survey_page import words_of
from earnest.api.throttle import Limit, Limits, Throttle
from earnest.channels.told import Party
from earnest.definitions.survey import LANGUAGES
from earnest.definitions.survey_templates import template
from earnest.journal.log import Entry
from earnest.kernel.period import DAY_US
from earnest.tracking.codes import Code, Codec
from earnest.usecases.declare import set_setting
from earnest.usecases.survey_answers import survey_answers
from earnest.usecases.survey_invite import invite
from earnest.usecases.surveys import add_survey, disable_survey
from earnest.usecases.workspace import Workspace, init
from integration.served import http_process

_MANY = Limit(rate=1e6, burst=1_000_000)
NOON_US = 1_790_000_000_000_000
FORM = {"content-type": "application/x-www-form-urlencoded"}


def asking(path: Path, people: int = 3, **more: Any) -> tuple[Workspace, list[str]]:
    """A workspace with a survey, and a code for each of some people."""
    workspace = init(path, currency="EUR", timezone="Europe/Berlin", **more)
    set_setting(workspace, "public_url", "https://go.example.com", None)
    add_survey(workspace, template("csat"), from_template=True)
    invited = invite(workspace, "csat", [Party(email=f"p{n}@example.org") for n in range(people)])
    return workspace, [one.code for one in invited.invitations]


def kept(workspace: Workspace) -> list[Entry]:
    with workspace.journal() as journal:
        return [one for one in journal.received(after=0) if one.source == "earnest.surveys"]


def token_of(body: bytes) -> str:
    found = re.search(rb'name="form" value="([^"]+)"', body)
    assert found
    return found[1].decode()


def ripe(workspace: Workspace, code: str, version: int = 0) -> str:
    """The token of a form that was given out long enough ago."""
    return Seal(workspace.key()).write(code, Token(workspace.clock() - LEAST_US - 1_000_000, version))


def test_a_thousand_looks_keep_nothing_and_a_thousand_posts_are_one_answer(tmp_path: Path) -> None:
    workspace, codes = asking(tmp_path / "w")
    before = workspace.state().last_seq
    with http_process(workspace.path) as served:
        with ThreadPoolExecutor(32) as threads:
            methods = ["GET", "HEAD"] * 500
            looks = Counter(
                one.status for one in threads.map(lambda method: served.ask(method, f"/q/{codes[0]}"), methods)
            )
        assert set(looks) <= {200, 429}
        assert looks[200] >= 500
        assert kept(workspace) == []
        time.sleep(2)  # the bucket of this address fills again
        body = urllib.parse.urlencode({"form": ripe(workspace, codes[0]), "a.satisfaction": "5"}).encode()
        with ThreadPoolExecutor(64) as threads:
            posts = Counter(
                one.status
                for one in threads.map(lambda _: served.ask("POST", f"/q/{codes[0]}", body, FORM), range(1000))
            )
        assert set(posts) <= {200, 429}
        assert posts[200] >= 50
    assert len(kept(workspace)) == 1
    assert workspace.state().last_seq == before, "nothing else was journalled"


def test_a_person_answers_on_a_real_server(tmp_path: Path) -> None:
    workspace, codes = asking(tmp_path / "w")
    with http_process(workspace.path) as served:
        page = served.ask("GET", f"/q/{codes[0]}", headers={"accept-language": "de-AT,de;q=0.9"})
        assert page.status == 200
        assert page.headers["content-language" if "content-language" in page.headers else "content-type"].startswith(
            "text/html"
        )
        assert "Wie waren wir?" in page.body.decode()
        for name, value in {
            "cache-control": "no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff", "x-frame-options": "DENY",
        }.items():  # fmt: skip
            assert page.headers[name] == value
        assert page.headers["content-security-policy"].startswith("default-src 'none';")
        fields = {"form": token_of(page.body), "lang": "de", "a.satisfaction": "4", "a.reason": "Schnell & <gut>"}
        early = served.ask("POST", f"/q/{codes[0]}", urllib.parse.urlencode(fields).encode(), FORM)
        assert (early.status, token_of(early.body)) == (422, fields["form"]), "sent again, it need not wait anew"
        assert words_of("de")["too_fast"] in early.body.decode()
        assert "Schnell &amp; &lt;gut&gt;" in early.body.decode()
        time.sleep(LEAST_US / 1e6)
        done = served.ask("POST", f"/q/{codes[0]}", urllib.parse.urlencode(fields).encode(), FORM)
        assert done.status == 200
        assert words_of("de")["thanks"] in done.body.decode()
        assert "Schnell &amp; &lt;gut&gt;" in done.body.decode()
    (entry,) = kept(workspace)
    assert entry.data["answers"] == [
        {"question": "satisfaction", "answer": "4"}, {"question": "reason", "answer": "Schnell & <gut>"},
    ]  # fmt: skip
    assert entry.data["took_ms"] >= 2000
    assert "4915" not in entry.body.decode()
    assert [one.n for one in survey_answers(workspace, "csat").asked] == [1, 1]


@dataclass
class Clock:
    """Microseconds that stand still until they are moved."""

    now_us: int = NOON_US

    def __call__(self) -> int:
        return self.now_us


@dataclass
class Shop:
    """A served workspace in this process, without limits of requests."""

    workspace: Workspace
    codes: list[str]
    clock: Clock
    app: Any
    place: Place

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            return (await self.all([(method, path, more)]))[0]

        return asyncio.run(asked())

    async def all(self, requests: list[tuple[str, str, dict[str, Any]]]) -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://earnest.example") as client:
            return list(
                await asyncio.gather(*(client.request(method, path, **more) for method, path, more in requests))
            )

    def post(self, code: str, token: str, **answers: str) -> httpx.Response:
        return self.ask(
            "POST", f"/q/{code}", data={"form": token, **{f"a.{q}": answer for q, answer in answers.items()}}
        )


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    from earnest.api.front import Front

    clock = Clock()
    workspace, codes = asking(tmp_path / "w", clock=clock)
    place = Place("w", workspace)
    app = make_app({"w": place})
    app.state.throttle = Throttle(Limits(address=_MANY, refused=_MANY))
    try:
        yield Shop(workspace, codes, clock, Front(app), place)
    finally:
        place.close()


def test_a_thousand_posts_at_once_with_different_answers_are_the_first_one(shop: Shop) -> None:
    token = ripe(shop.workspace, shop.codes[0])
    sent = [
        ("POST", f"/q/{shop.codes[0]}", {"data": {"form": token, "a.satisfaction": str(n % 5 + 1)}})
        for n in range(1000)
    ]
    statuses = Counter(one.status_code for one in asyncio.run(shop.all(sent)))
    assert statuses == {200: 200, 409: 800}
    assert len(kept(shop.workspace)) == 1


def test_the_same_again_is_thanked_and_another_answer_is_not_taken(shop: Shop) -> None:
    token = ripe(shop.workspace, shop.codes[0])
    first = shop.post(shop.codes[0], token, satisfaction="2")
    again = shop.post(shop.codes[0], token, satisfaction="2")
    assert (first.status_code, again.status_code, first.text == again.text) == (200, 200, True)
    other = shop.post(shop.codes[0], token, satisfaction="5")
    assert other.status_code == 409
    assert words_of("en")["already"] in other.text
    assert [one.data["answers"][0]["answer"] for one in kept(shop.workspace)] == ["2"]


def test_an_answer_can_be_changed_for_a_day_and_the_earlier_one_stays(shop: Shop) -> None:
    code = shop.codes[0]
    assert shop.post(code, ripe(shop.workspace, code), satisfaction="2").status_code == 200
    looked = shop.ask("GET", f"/q/{code}")
    assert words_of("en")["already"] in looked.text
    assert "<form" not in looked.text
    change = shop.ask("GET", f"/q/{code}?change=1")
    assert words_of("en")["replaces"] in change.text
    token = token_of(change.content)
    shop.clock.now_us += LEAST_US
    for _ in range(2):
        assert shop.post(code, token, satisfaction="5").status_code == 200
    assert [(one.data["version"], one.data["answers"][0]["answer"]) for one in kept(shop.workspace)] == [
        (0, "2"),
        (1, "5"),
    ]
    assert survey_answers(shop.workspace, "csat").asked[0].lines[4].count == 1
    assert survey_answers(shop.workspace, "csat").asked[0].n == 1
    late = token_of(shop.ask("GET", f"/q/{code}?change=1").content)
    shop.clock.now_us += DAY_US
    assert shop.post(code, late, satisfaction="1").status_code == 409
    assert "change=1" not in shop.ask("GET", f"/q/{code}").text
    assert "<form" not in shop.ask("GET", f"/q/{code}?change=1").text
    assert len(kept(shop.workspace)) == 2


def test_nobody_skips_versions_or_changes_without_end(shop: Shop) -> None:
    code = shop.codes[0]
    assert shop.post(code, ripe(shop.workspace, code, 1), satisfaction="1").status_code == 409, "nothing to change yet"
    for version in range(9):
        shop.post(code, ripe(shop.workspace, code, version), satisfaction=str(version % 5 + 1))
    assert [one.data["version"] for one in kept(shop.workspace)] == [0, 1, 2, 3, 4, 5]


def test_a_machine_is_thanked_never_counted_and_its_code_is_used_up(shop: Shop) -> None:
    code = shop.codes[0]
    fields = {"form": "none", "a.satisfaction": "5", "topic": "https://buy.example"}
    fooled = shop.ask("POST", f"/q/{code}", data=fields)
    assert fooled.status_code == 200
    assert words_of("en")["thanks"] in fooled.text
    assert [one.data["marked"] for one in kept(shop.workspace)] == ["honeypot"]
    assert shop.post(code, ripe(shop.workspace, code), satisfaction="1").status_code == 409
    assert "<form" not in shop.ask("GET", f"/q/{code}?change=1").text
    found = survey_answers(shop.workspace, "csat")
    assert (found.asked[0].n, found.responded) == (0, 0)


def test_forms_that_are_forged_stale_of_another_code_or_wrong_come_back_with_what_was_filled_in(shop: Shop) -> None:
    first, second = shop.codes[:2]
    now_us = shop.clock.now_us
    seal = Seal(shop.workspace.key())
    tokens = {
        "none": "", "forged": "1.0.00", "of another code": ripe(shop.workspace, second), "old": seal.write(first, Token(now_us - 8 * DAY_US, 0)),
        "from the future": seal.write(first, Token(now_us + DAY_US, 0)),
    }  # fmt: skip
    for token in tokens.values():
        refused = shop.post(first, token, satisfaction="4", reason="Because")
        assert refused.status_code == 422
        assert words_of("en")["stale"] in refused.text
        assert "Because</textarea>" in refused.text
        assert 'value="4" aria' not in refused.text
        assert re.search(r'value="4"[^>]* checked', refused.text)
    wrong = shop.post(first, ripe(shop.workspace, first), satisfaction="11")
    assert wrong.status_code == 422
    assert 'aria-describedby="q1-error"' in wrong.text
    assert kept(shop.workspace) == []


def test_what_is_no_code_of_a_survey_is_the_same_page(shop: Shop) -> None:
    key = shop.workspace.key()
    good = shop.codes[0]
    last = "1" if good[-1] == "0" else "0"
    links = Codec(key, "link").write(Code(1, 1))
    strangers = [
        "x", "0" * 20, good[:-1] + last, good + "0", good.swapcase(), links, Codec(b"o" * 32, "survey").write(Code(1, 1)),
        Codec(key, "survey").write(Code(99, 1)), Codec(key, "survey").write(Code(1)), "%00", "..%2f..%2fetc",
    ]  # fmt: skip
    pages = [shop.ask("GET", f"/q/{one}") for one in strangers]
    pages += [shop.ask("POST", f"/q/{one}", data={"a.satisfaction": "5"}) for one in strangers]
    assert {one.status_code for one in pages} == {404}
    assert len({one.content for one in pages if words_of("en")["unknown"] in one.text}) == 1
    assert kept(shop.workspace) == []


def test_an_address_with_more_parameters_than_any_of_ours_has_none(shop: Shop) -> None:
    path, many = f"/q/{shop.codes[0]}", "&".join(["lang=de", *("x=" for _ in range(60))])
    assert shop.ask("GET", f"/q/x?{'&' * 60}").status_code == 404
    found = shop.ask("GET", f"{path}?{many}")
    assert (found.status_code, '<html lang="en">' in found.text) == (200, True)
    assert shop.ask("POST", f"{path}?{many}", content=b"&" * 200, headers=FORM).status_code == 400
    assert kept(shop.workspace) == []


def test_a_closed_survey_says_so_and_takes_nothing(shop: Shop) -> None:
    code = shop.codes[0]
    disable_survey(shop.workspace, "csat")
    assert shop.ask("GET", f"/q/{code}").status_code == 410
    assert shop.post(code, ripe(shop.workspace, code), satisfaction="5").status_code == 410
    survey = replace(template("csat"), until_us=shop.clock.now_us + 10)
    add_survey(shop.workspace, survey, from_template=True)
    assert shop.ask("GET", f"/q/{code}").status_code == 200
    shop.clock.now_us += 10
    assert words_of("en")["closed"] in shop.ask("GET", f"/q/{code}").text
    assert kept(shop.workspace) == []


def test_methods_bodies_and_forms_that_are_not_taken(shop: Shop) -> None:
    path = f"/q/{shop.codes[0]}"
    assert shop.ask("PUT", path).status_code == 405
    assert shop.ask("DELETE", path).headers["allow"] == "GET, HEAD, POST"
    assert shop.ask("POST", path, json={"a.satisfaction": "5"}).status_code == 415
    assert shop.ask("POST", path, content=b"a=" + b"x" * (64 << 10), headers=FORM).status_code == 413
    assert shop.ask("POST", path, content="ä".encode(), headers=FORM).status_code == 400
    head = shop.ask("HEAD", path)
    assert head.status_code == 200
    assert kept(shop.workspace) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_languages_by_header_and_by_choice(shop: Shop, language: str) -> None:
    title = template("csat").title[language]
    path = f"/q/{shop.codes[0]}"
    assert title in shop.ask("GET", path, headers={"accept-language": language}).text
    assert title in shop.ask("GET", f"{path}?lang={language}", headers={"accept-language": "fr"}).text
    missing = shop.ask("GET", "/q/nothing", headers={"accept-language": language})
    assert words_of(language)["unknown"] in missing.text


def test_answers_that_cannot_be_kept_come_back_to_be_sent_again(shop: Shop) -> None:
    code = shop.codes[0]
    shop.place.writer.close()
    refused = shop.post(code, ripe(shop.workspace, code), satisfaction="4", reason="Because")
    assert refused.status_code == 503
    assert "retry-after" in refused.headers
    assert words_of("en")["busy"] in refused.text
    assert "Because</textarea>" in refused.text
    assert kept(shop.workspace) == []


def test_the_page_stands_under_its_workspace_too(shop: Shop) -> None:
    assert shop.ask("GET", f"/w/w/q/{shop.codes[0]}").status_code == 200
    assert shop.ask("GET", f"/w/other/q/{shop.codes[0]}").status_code == 404


def test_the_log_holds_no_code(tmp_path: Path) -> None:
    workspace, codes = asking(tmp_path / "w")
    log = tmp_path / "log"
    with http_process(workspace.path, log=log) as served:
        assert served.ask("GET", f"/q/{codes[0]}").status == 200
        assert served.ask("GET", f"/q/{codes[0][:-1]}!").status == 404
    text = log.read_text()
    assert "/q/{code}" in text
    assert codes[0][:10] not in text
