"""A figure is the same through every door: asked for by `kpi show`, told by the story; costs that lack something say so everywhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from earnest.definitions.campaign import Campaign
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kpis.catalogue import story_kpis
from earnest.usecases.attribution_compare import compare_attribution
from earnest.usecases.costs import add_cost
from earnest.usecases.declare import add_campaign, set_setting
from earnest.usecases.judge import judge
from earnest.usecases.judge_lines import kpi_scope, row_figure
from earnest.usecases.kpi_query import KpiAsk, KpiRow, show_kpi
from earnest.usecases.measure import measure_all
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace, init
from integration.asked_shop import bring
from integration.trials import Clock, Trial, laid_out

HEADER = ("message_id", "email", "campaign", "channel", "cost", "sent_at", "delivered_at", "read_at", "clicked_at")


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """Ten people get a WhatsApp message, a mail and an SMS of one campaign, 0.10 each; p0–p4 buy for 10.00 after each of the first two."""
    workspace = init(tmp_path / "shop", currency="EUR", timezone="UTC", clock=Clock("2026-11-20T12:00:00"))
    add_campaign(workspace, Campaign("a", "A"))
    set_setting(workspace, "margin", "0.5", date(2025, 1, 1))
    rows = []
    for day, channel, seen in (("01", "whatsapp", True), ("03", "email", True), ("05", "sms", False)):
        at = f"2026-10-{day}T"
        told = (f"{at}11:00:00Z", f"{at}11:00:01Z") if seen else ("", "")
        for n in range(10):
            rows.append((f"{channel}{n}", f"p{n}@x.de", "a", channel, "0.1", f"{at}10:00:00Z", f"{at}10:00:00Z", *told))
    bring(workspace, tmp_path, "messages", HEADER, rows)
    orders = [
        (f"o{day}{n}", f"p{n}@x.de", f"2026-10-{day}T12:00:00Z", "10.00") for day in ("01", "03") for n in range(5)
    ]
    bring(workspace, tmp_path, "orders", ("order_id", "email", "ordered_at", "amount"), orders)
    return workspace


def asked(shop: Workspace, kpi: str, campaign: str | None = "a") -> Figure:
    (row,) = show_kpi(shop, KpiAsk(kpi, filters=(f"campaign={campaign}",) if campaign else ())).rows
    return row.figure


def core(figure: Figure) -> object:
    return (
        figure.code
        if isinstance(figure, Unavailable)
        else (figure.value, figure.low, figure.high, figure.n, figure.method)
    )


def foreign_line(shop: Workspace) -> None:
    add_cost(shop, {"campaign": "a", "kind": "content", "amount": "5000.00", "currency": "USD", "from": "2026-10-01", "until": None,
                    "evidence": "invoiced", "covers": False, "description": "agency"})  # fmt: skip


@pytest.mark.parametrize("foreign", [False, True])
def test_kpi_show_and_story_agree_on_a_campaign_of_several_channels(shop: Workspace, *, foreign: bool) -> None:
    if foreign:
        foreign_line(shop)
    with open_tables(shop) as tables:
        measured = measure_all(tables)["a"]
        story = {
            kpi.id: row_figure(tables, kpi, measured, kpi_scope(tables, measured, 0.95))
            for kpi in story_kpis()
            if kpi.measures is not None
        }
    assert {name: core(asked(shop, name)) for name in story} == {name: core(figure) for name, figure in story.items()}


def test_people_on_two_channels_count_once(shop: Workspace) -> None:
    """Five of the ten who read on WhatsApp and by mail bought; an SMS tells of no reads."""
    (row,) = show_kpi(shop, KpiAsk("read_visibility", filters=("campaign=a",))).rows
    assert (row.measures["reached"], row.left_out) == (10, ("sms",))
    (row,) = show_kpi(shop, KpiAsk("conversion_rate_read", filters=("campaign=a",))).rows
    assert row.measures["converters"] == 5


def test_a_foreign_line_without_a_rate_is_missed_everywhere(shop: Workspace) -> None:
    foreign_line(shop)
    total = asked(shop, "total_cost")
    assert isinstance(total, Estimate)
    assert (total.value, total.method) == (3.0, "lower bound")
    for kpi in ("roas", "roi", "profit_roi", "cost_per_order", "cac_fully_loaded"):
        assert core(asked(shop, kpi)) == "no-rate", kpi
    for kpi in ("mer", "profit_roi", "roas"):
        assert core(asked(shop, kpi, None)) == "no-rate", kpi
    claimed = compare_attribution(shop, only=["last_touch"]).models[0].claims[0].roas
    assert core(claimed) == "no-rate"


def test_the_cost_by_channel_of_a_campaign_on_several(shop: Workspace) -> None:
    rows: dict[str, KpiRow] = {
        row.key["channel"]: row for row in show_kpi(shop, KpiAsk("total_cost", by=("channel",))).rows
    }
    assert core(rows["(several)"].figure) == (3.0, None, None, None, "exact")


def test_profit_roi_of_everything_needs_every_price(tmp_path: Path) -> None:
    shop = laid_out(tmp_path, Trial(unpriced=990), Clock("2026-06-10T00:00"))
    assert core(asked(shop, "profit_roi", None)) == core(asked(shop, "profit_roi", "spring")) == "unrated-messages"


def test_a_trial_is_told_once_its_read_out_is_recorded(tmp_path: Path) -> None:
    clock = Clock("2026-03-08T00:00")
    shop = laid_out(tmp_path, Trial(), clock)
    names = ("incremental_return", "incremental_revenue", "incremental_roi")
    assert {core(asked(shop, name, "spring")) for name in names} == {"running"}
    clock.set("2026-06-10T00:00")
    assert core(asked(shop, "incremental_return", "spring")) == "running", "due, and read by nobody yet"
    judge(shop, "spring")
    found = asked(shop, "incremental_revenue", "spring")
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(5_000)


def test_what_customers_cost_needs_prices_and_counts_work_before_the_first_order(tmp_path: Path) -> None:
    """300 customers of 100.00 × ½; 90,000.00 of agency work on the day before: 50 / 300.10 a customer."""
    shop = init(tmp_path / "shop", currency="EUR", timezone="UTC", clock=Clock("2026-11-20T12:00:00"))
    add_campaign(shop, Campaign("a", "A"))
    set_setting(shop, "margin", "0.5", date(2025, 1, 1))
    at = "2025-01-10T10:00:00Z"
    rows = [(f"m{n}", f"p{n}@x.de", "a", "whatsapp", "0.10", at, at, "", "2025-01-10T10:30:00Z") for n in range(300)]
    bring(shop, tmp_path, "messages", HEADER, rows)
    orders = [(f"o{n}", f"p{n}@x.de", "2025-01-10T12:00:00Z", "100.00") for n in range(300)]
    orders.append(("z", "p0@x.de", "2026-10-01T12:00:00Z", "5.00"))
    bring(shop, tmp_path, "orders", ("order_id", "email", "ordered_at", "amount"), orders)
    add_cost(shop, {"campaign": "a", "kind": "content", "amount": "90000.00", "currency": "EUR", "from": "2025-01-09", "until": None,
                    "evidence": "invoiced", "covers": False, "description": "agency"})  # fmt: skip
    for campaign in (None, "a"):
        found = asked(shop, "ltv_to_cac", campaign)
        assert isinstance(found, Estimate)
        assert found.value == pytest.approx(50 / 300.10)
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.value <= found.high
    bring(shop, tmp_path, "messages", HEADER, [("late", "p1@x.de", "a", "whatsapp", "", at, at, "", "")])
    assert {core(asked(shop, kpi)) for kpi in ("cac", "ltv_to_cac", "payback_period")} == {"unrated-messages"}


def test_campaigns_that_a_file_names_are_listed_too(shop: Workspace, tmp_path: Path) -> None:
    at = "2026-10-07T10:00:00Z"
    bring(shop, tmp_path, "messages", HEADER, [("x", "q@x.de", "undeclared", "email", "0.1", at, at, "", "")])
    rows = show_kpi(shop, KpiAsk("profit_roi", by=("campaign",))).rows
    assert [row.key["campaign"] for row in rows] == ["a", "undeclared"]
