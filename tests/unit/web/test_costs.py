"""The page of costs: its figures are those of the profit statement and of the ledger, and its forms change the ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from earnest.charts.cost_bar import CostChart
from earnest.kernel.errors import NotFound, UsageError
from earnest.reports.blocks import Chart
from earnest.usecases.cost_ledger import reverse_cost
from earnest.usecases.cost_list import cost_list
from earnest.usecases.profit import ProfitAsk, profit
from earnest.usecases.workspace import Workspace
from earnest.web.page import Facts, Form, Page
from earnest.web.pages.costs import build
from unit.web.shop import desk, listing, sent, shop, texts


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return shop(tmp_path_factory.mktemp("costs"))


def page(workspace: Workspace, *pairs: tuple[str, str], role: str = "admin") -> Page:
    with desk(workspace, "/costs", *pairs, role=role) as made:
        return build(made)


def facts(found: Page) -> dict[str, str]:
    block = next(one for one in found.blocks if isinstance(one, Facts))
    return {fact.label: fact.value for fact in block.items}


def test_the_total_leaves_out_discounts_and_what_has_no_rate(workspace: Workspace) -> None:
    """100 + 40 + 30; 100 of 170 invoiced."""
    told = facts(page(workspace))
    assert told["Spent"].removeprefix("≥ ") == "€170"
    assert told["Of it invoiced"] == "59%"


def test_the_bar_holds_each_kind_with_what_it_rests_on(workspace: Workspace) -> None:
    chart = next(one for one in page(workspace).blocks if isinstance(one, Chart)).drawing
    assert isinstance(chart, CostChart)
    assert [(part.label, part.text, part.evidence) for part in chart.parts] == [
        ("Content", "€100", "invoiced"),
        ("Staff time", "€40", "assumed"),
        ("Platform subscription", "€30", "allocated"),
    ]


@pytest.mark.parametrize("model", ["last_touch", "linear"])
def test_the_statement_is_the_one_of_every_door_and_says_that_it_is_attributed(
    workspace: Workspace, model: str
) -> None:
    found = profit(workspace, ProfitAsk(model=model))
    shown = listing(page(workspace, ("attr", model)), "By attribution")
    total = found.total("attributed")
    assert shown.rows[-1][2].text == f"€{total.decimal:,.0f}"  # type: ignore[union-attr]
    assert shown.tone == "attr"
    assert {row[2].tone for row in shown.rows} == {"attr"}
    assert len(shown.rows) == len(found.rows) + 1


def test_days_cut_the_statement_and_the_ledger(workspace: Workspace) -> None:
    found = page(workspace, ("from", "2026-09-03"), ("to", "2026-09-30"))
    assert facts(found)["Spent"].removeprefix("≥ ") == "€40"
    assert texts(listing(found, "Every line"), 0) == ["Staff time"]


def test_filters_cut_the_ledger(workspace: Workspace) -> None:
    assert texts(listing(page(workspace, ("evidence", "assumed")), "Every line"), 0) == ["Staff time"]
    assert texts(listing(page(workspace, ("kind", "subscription")), "Every line"), 0) == ["Platform subscription"]
    assert texts(listing(page(workspace, ("campaign", "spring")), "Every line"), 0) == ["Content"]
    with pytest.raises(UsageError, match="no kind of cost 'contnt'; did you mean 'content'"):
        page(workspace, ("kind", "contnt"))
    with pytest.raises(NotFound):
        page(workspace, ("campaign", "autumn"))


def test_what_has_no_rate_has_no_amount(workspace: Workspace) -> None:
    row = next(row for row in listing(page(workspace), "Every line").rows if row[0].text == "Other")
    assert row[4].text == "n/a"
    assert row[4].detail is not None
    assert row[4].detail.text == "50.00 USD"
    assert listing(page(workspace), "Exchange rates").empty == "No rate is known for USD."


def test_readers_get_no_forms(workspace: Workspace) -> None:
    found = page(workspace, ("add", "1"), ("reverse", "9"), role="viewer")
    assert not [one for one in found.blocks if isinstance(one, Form)]
    assert found.actions == ()
    assert len(listing(found, "Every line").columns) == 5


def test_a_reversed_line_stays_and_counts_no_more(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    entry = next(row.id for row in cost_list(workspace) if row.kind == "staff")
    reverse_cost(workspace, entry, "booked twice")
    found = page(workspace)
    lines = [row for row in listing(found, "Every line").rows if row[0].text == "Staff time"]
    assert sorted(chip.text for row in lines for chip in row[3].chips) == [
        "assumed", "assumed", "reversed", "takes a line back",
    ]  # fmt: skip
    assert facts(found)["Spent"].removeprefix("≥ ") == "€130"


def test_the_form_adds_a_line_and_takes_it_back(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    line = {
        "amount": "7.50",
        "currency": "EUR",
        "kind": "content",
        "evidence": "measured",
        "from": "2026-09-04",
        "covers": "",
    }
    answer = sent(workspace, "/costs/add", form="add", campaign="vip", until="", description="Cards", **line)
    assert (answer.status_code, answer.headers["location"]) == (303, "/costs")
    row = next(row for row in cost_list(workspace) if row.description == "Cards")
    assert (row.campaign, row.micro, row.evidence) == ("vip", 7_500_000, "measured")
    answer = sent(workspace, "/costs/reverse", form="reverse", entry=row.id, reason="sent back")
    assert answer.status_code == 303
    assert any(one.reverses == row.id and one.reason == "sent back" for one in cost_list(workspace))


def test_a_refused_form_is_shown_again_with_what_was_given(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    before = len(cost_list(workspace))
    line = {"amount": "a lot <b>", "kind": "content", "evidence": "measured", "from": "2026-09-04"}
    answer = sent(workspace, "/costs/add", form="add", **line)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "a lot &lt;b&gt;" in answer.text
    assert len(cost_list(workspace)) == before
    again = sent(workspace, "/costs/reverse", form="reverse", entry="no-such", reason="x")
    assert again.status_code == 422


def test_an_unknown_kind_is_refused_by_the_form(tmp_path: Path) -> None:
    answer = sent(shop(tmp_path), "/costs/add", form="add", amount="1", kind="bribe", evidence="assumed")
    assert answer.status_code == 422
    assert "bribe" in answer.text
