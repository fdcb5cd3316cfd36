"""The page of assumptions: the same as the command line and the API; and how far verdicts move, of the stories' own figures."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from earnest.cli.main import main
from earnest.reports.blocks import Verdict
from earnest.usecases.assumptions import Assumptions, assumptions
from earnest.usecases.sensitivity import moves_of
from earnest.usecases.workspace import Workspace
from earnest.web import assumed
from earnest.web.page import Form, Page
from earnest.web.pages.assumptions import build
from unit.reports import stories
from unit.web.shop import asked, desk, listing, sent, shop, texts


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return shop(tmp_path_factory.mktemp("assumptions"))


def page(workspace: Workspace, role: str = "admin") -> Page:
    with desk(workspace, "/assumptions", role=role) as made:
        return build(made)


def test_what_is_believed_stands_there_with_who_said_it(workspace: Workspace) -> None:
    found = listing(page(workspace), "8 of them")
    rows = {row[0].text: row for row in found.rows}
    margin = rows["Gross margin"]
    assert (margin[1].text, margin[2].text) == ("50%", "1 Jan 2026")
    assert margin[3].text.startswith("journal entry ")
    assert margin[5].text == "3"
    assert rows["All orders are here"][1].text == "not told"
    assert rows["Estimated cost"][1].text == "€40"
    assert rows["A read is credited for"][1].text == "12 hours"
    assert rows["A read is credited for"][3].text == "nobody"


def test_page_command_and_api_tell_the_same(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EARNEST_WORKSPACE", str(workspace.path))
    with pytest.raises(SystemExit):
        main(["assumption", "list", "--json"])
    told = json.loads(capsys.readouterr().out)["data"]
    answer = asked(workspace, "/api/v1/assumptions").json()
    for one in (told, answer):
        one.pop("as_of")
    assert told == answer
    names = {row[0].text for row in listing(page(workspace), "8 of them").rows}
    assert len(told["assumptions"]) == len(names)


def test_a_dated_margin_holds_for_the_campaigns_that_began_in_it(tmp_path: Path) -> None:
    """spring and vip begin on 1 and 2 September, flash on the 3rd."""
    from earnest.usecases.declare import set_setting

    workspace = shop(tmp_path)
    set_setting(workspace, "margin", "0.4", date(2026, 9, 3))
    told = {one.value: one.campaigns for one in assumptions(workspace).believed if one.code == "margin"}
    assert {value: set(names) for value, names in told.items()} == {"0.5": {"spring", "vip"}, "0.4": {"flash"}}


def test_a_verdict_that_hangs_on_the_margin_says_at_which(workspace: Workspace) -> None:
    """The gain is 0.97 to 2.57 at a fifth less margin, turns below 37.9 %, and just pays at 14.3 to 38.0 %."""
    moves = moves_of(stories.gain())
    assert moves is not None
    found = Assumptions((), (moves,), (), "2026-10-31T06:00:00+00:00")
    with desk(workspace, "/assumptions") as made:
        (table,) = assumed.moved(made, found, "margin")
        answer = assumed.answer(found, made.words)
    (row,) = table.rows
    assert table.title == "If the gross margin is wrong, 1 of 1 verdicts change"
    assert row[2].text == "€0.97 to €2.57"
    assert [chip.text for chip in row[2].chips] == ["Inconclusive"]
    assert row[3].text == "€1.21 to €3.21"
    assert row[4].chips == ()
    assert row[5].text == "14.3–38.0%"
    assert row[6].text == "below 37.9%: Inconclusive"
    assert isinstance(answer, Verdict)
    assert answer.headline == "1 verdict would be another if one assumption were wrong."


def test_no_point_stands_in_an_open_result(workspace: Workspace) -> None:
    moves = moves_of(stories.inconclusive())
    assert moves is not None
    found = Assumptions((), (moves,), (), "2026-10-31T06:00:00+00:00")
    with desk(workspace, "/assumptions") as made:
        (table,) = assumed.moved(made, found, "margin")
    shown = " ".join(f"{cell.text} {cell.drawing}" for row in table.rows for cell in row)
    assert "1.57" not in shown
    assert "ch-dot" not in shown


def test_readers_get_no_forms(workspace: Workspace) -> None:
    assert not [one for one in page(workspace, "viewer").blocks if isinstance(one, Form)]


def test_the_forms_set_the_margin_and_the_orders(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    answer = sent(workspace, "/assumptions/margin", **{"form": "margin", "percent": "38,5", "from": "2026-09-01"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/assumptions")
    assert workspace.state().setting("margin", date(2026, 9, 1)) == "0.385"
    period = {"from": "2026-09-01", "until": "2026-10-01"}
    assert sent(workspace, "/assumptions/orders", form="orders", orders="8", **period).status_code == 303
    told = next(one for one in assumptions(workspace).believed if one.code == "order-capture")
    assert told.value == "0.7500", "6 of 8"


@pytest.mark.parametrize("percent", ["0.6", "101", "much", ""])
def test_a_margin_that_is_no_percentage_is_refused(workspace: Workspace, percent: str) -> None:
    answer = sent(workspace, "/assumptions/margin", **{"form": "margin", "percent": percent, "from": "2026-09-01"})
    assert answer.status_code == 422
    assert texts(listing(page(workspace), "8 of them"), 1)[0] == "50%"
