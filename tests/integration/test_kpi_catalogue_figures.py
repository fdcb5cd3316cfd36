"""Figures of the catalogue's newer KPIs, from files and webhooks to the figure, each computed by hand beside it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from earnest.definitions.campaign import Campaign
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kpis.catalogue import find
from earnest.kpis.kpi import absent, evaluate
from earnest.usecases.declare import add_campaign, set_setting
from earnest.usecases.judge import judge
from earnest.usecases.judge_lines import kpi_scope, row_figure
from earnest.usecases.kpi_sums import Cut, sums
from earnest.usecases.kpi_supplied import supply, whole_scope
from earnest.usecases.measure import measure_all, measures_of
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace, init
from integration.trials import Clock, Trial, bring_rows, laid_out

LEVEL = 0.95
MESSAGES = (
    "message_id",
    "email",
    "sent_at",
    "delivered_at",
    "read_at",
    "clicked_at",
    "replied_at",
    "opted_out_at",
    "campaign",
    "channel",
    "cost",
)


def who(number: int) -> str:
    return f"p{number}@example.org"


def message(number: int, campaign: str, day: str, **at: str) -> tuple[object, ...]:
    """A message of 10:00, delivered at once; further instants as clock times of the day."""
    told = [f"{day}T{at[name]}Z" if name in at else "" for name in ("read", "clicked", "replied", "opted_out")]
    return (
        f"{campaign}-{number}",
        who(number),
        f"{day}T10:00:00Z",
        f"{day}T10:00:00Z",
        *told,
        campaign,
        "whatsapp",
        "0.50",
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """`spring` to p0–p9 on 1 March 2026; orders of a year before and after.

    p0 reads after 1 minute, clicks and replies; p1 reads after 3 and clicks; p2 reads after 60; p3 clicks unseen; p4 replies;
    p5 opts out. p0 and p1 order 20.00 after their click, p0 for the first time, p1 a year after his first.
    Forty customers of 1 January 2025 bring 10.00 each, thirty of them another 10.00 after 45 days; 200.00 were spent that day.
    """
    folder = tmp_path_factory.mktemp("catalogue")
    workspace = init(folder / "shop", currency="EUR", timezone="UTC", clock=Clock("2026-06-01T12:00:00"))
    set_setting(workspace, "margin", "0.5", date(2020, 1, 1))
    add_campaign(workspace, Campaign("spring", "Spring"))
    day = "2026-03-01"
    sent = [
        message(0, "spring", day, read="10:01:00", clicked="10:02:00", replied="10:03:00"),
        message(1, "spring", day, read="10:03:00", clicked="10:04:00"),
        message(2, "spring", day, read="11:00:00"),
        message(3, "spring", day, clicked="10:30:00"),
        message(4, "spring", day, replied="10:30:00"),
        message(5, "spring", day, opted_out="12:00:00"),
        *(message(n, "spring", day) for n in range(6, 10)),
    ]
    bring_rows(workspace, "messages", MESSAGES, sent)
    orders = [(f"s{n}", who(n), f"{day}T15:00:00Z", "20.00") for n in (0, 1)]
    orders += [("p1-first", who(1), "2025-02-20T09:00:00Z", "5.00")]
    orders += [(f"a{n}", f"old{n}@example.org", "2025-01-01T09:00:00Z", "10.00") for n in range(40)]
    orders += [(f"b{n}", f"old{n}@example.org", "2025-02-15T09:00:00Z", "10.00") for n in range(30)]
    bring_rows(workspace, "orders", ("order_id", "email", "ordered_at", "amount"), orders)
    costs = [("c1", "", "staff", "2025-01-01", "200.00", "EUR", "invoiced")]
    bring_rows(workspace, "costs", ("cost_id", "campaign", "kind", "from", "amount", "currency", "evidence"), costs)
    return workspace


def figure(workspace: Workspace, name: str, campaign: str | None = "spring") -> Figure:
    kpi = find(name)
    with open_tables(workspace) as tables:
        if kpi.measures is None:
            return supply(workspace, tables, kpi, campaign=campaign)
        if campaign is not None:
            measured = measure_all(tables)[campaign]
            return row_figure(tables, kpi, measured, kpi_scope(tables, measured, LEVEL))
        scope = whole_scope(tables, LEVEL)
        return absent(kpi, scope) or evaluate(kpi, sums(tables, measures_of(kpi), Cut())[()].sums, scope)


def value(workspace: Workspace, name: str, campaign: str | None = "spring") -> float:
    found = figure(workspace, name, campaign)
    assert isinstance(found, Estimate), found
    return found.value


@pytest.mark.parametrize(
    ("kpi", "expected"),
    [
        ("audience_size", 10), ("acceptance_rate", 1.0), ("click_to_open_rate", 2 / 3), ("click_rate_sent", 0.3),
        ("engagement_rate", 0.4), ("reply_rate_sent", 0.2), ("read_visibility", 0.3), ("orders", 2), ("average_order_value", 20.0),
        ("revenue_per_message", 4.0), ("revenue_per_click", 40 / 3), ("revenue_per_conversation", 20.0), ("messaging_cost", 5.0),
        ("cost_per_delivered", 0.5), ("cost_per_click", 5 / 3), ("cost_per_conversation", 2.5), ("conversion_rate_sent", 0.2),
        ("conversion_rate_read", 2 / 3), ("click_to_conversion", 2 / 3), ("conversion_rate_per_conversation", 1.0),
        ("stitched_contact_rate", 0.2), ("list_growth", -1),
    ],
)  # fmt: skip
def test_of_a_campaign(shop: Workspace, kpi: str, expected: float) -> None:
    assert value(shop, kpi) == pytest.approx(expected)


def test_customers_are_new_by_their_first_order(shop: Workspace) -> None:
    """p0 alone is new in spring; in all 40 + p1 + p0. Spring cost 5.00, everything 205.00, of which 5.00 for messages."""
    assert value(shop, "cac") == pytest.approx(5.0)
    assert value(shop, "cac_fully_loaded", None) == pytest.approx(205 / 42)
    assert value(shop, "cac", None) == pytest.approx(5 / 42)
    assert value(shop, "reactivation_cost") == pytest.approx(5.0), "p1 came back after a year"


def test_cohorts(shop: Workspace) -> None:
    """31 of 42 customers bought again; of the 41 aged 90 days, 30 within 90 days."""
    assert value(shop, "repeat_purchase_rate", None) == pytest.approx(31 / 42)
    assert value(shop, "retention_rate", None) == pytest.approx(30 / 41)


def test_the_cohort_line(shop: Workspace) -> None:
    """41 customers are a year old: 40 × 10 + 30 × 10 + 5.00 = 705.00 in the first year (p1's 20.00 came after 374 days), half of it margin.

    They were won from 1 January to 20 February 2025, when 200.00 were spent: 4.878 each. After one month 405.00 × ½ / 41 = 4.939.
    """
    clv = figure(shop, "clv", None)
    assert isinstance(clv, Estimate)
    assert clv.value == pytest.approx(705 / 2 / 41)
    assert clv.n == 41
    # 10 customers of 10.00, 30 of 20.00, one of 5.00: Σy² = 13,025; s² = (13,025 − 705²/41)/40; s.e. = ½ √(s²/41)
    error = 0.5 * ((13_025 - 705**2 / 41) / 40 / 41) ** 0.5
    assert clv.low == pytest.approx(705 / 82 - 1.959964 * error, abs=1e-6)
    assert value(shop, "ltv_to_cac", None) == pytest.approx(705 / 2 / 200)
    payback = figure(shop, "payback_period", None)
    assert isinstance(payback, Estimate)
    assert (payback.value, payback.unit) == (1.0, "months")
    assert isinstance(figure(shop, "clv"), Unavailable), "spring has won nobody a year ago"


def test_whole_workspace(shop: Workspace) -> None:
    """745.00 of revenue for 205.00 of cost; no campaign has either."""
    assert value(shop, "mer", None) == pytest.approx(745 / 205)
    refused = figure(shop, "mer")
    assert isinstance(refused, Unavailable)
    assert refused.code == "whole-workspace-only"


def test_margin_turns_roi_into_profit(shop: Workspace) -> None:
    """(40.00 × ½ − 5.00) / 5.00 = 3."""
    assert value(shop, "profit_roi") == pytest.approx(3.0)


def test_the_median_time_to_read(shop: Workspace) -> None:
    found = figure(shop, "time_to_read")
    assert isinstance(found, Estimate)
    assert (found.value, found.n, found.low) == (3.0, 3, None), "of three no 95 % interval can be made"


def test_what_a_file_cannot_tell_is_not_called_zero(shop: Workspace) -> None:
    taps = figure(shop, "button_tap_rate")
    assert isinstance(taps, Unavailable)
    assert "taps on buttons" in taps.reason
    quality = figure(shop, "quality_rating")
    assert isinstance(quality, Unavailable)
    assert quality.code == "no-source"
    assert isinstance(figure(shop, "coupon_redemption_rate"), Unavailable)


def test_incremental_ones_are_the_read_out_s(tmp_path: Path) -> None:
    """5,000.00 extra from 1,000 people for 100.00; last touch credits nothing to mere deliveries."""
    workspace = laid_out(tmp_path, Trial(), Clock("2026-04-10T12:00:00"))
    story = judge(workspace, "spring")
    assert value(workspace, "incremental_revenue") == pytest.approx(5_000)
    assert value(workspace, "incremental_roas") == pytest.approx(50)
    assert value(workspace, "incremental_roi") == pytest.approx(19)
    found = figure(workspace, "incremental_return")
    assert isinstance(found, Estimate)
    assert found.low == pytest.approx(story.returns["incremental_return"].low)  # type: ignore[union-attr]
    factor = figure(workspace, "incrementality_factor")
    assert isinstance(factor, Unavailable)
    assert factor.code == "nothing-attributed"
    assert isinstance(figure(workspace, "incremental_roi", None), Unavailable)
