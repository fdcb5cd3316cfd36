"""KPIs held against other days: buyers stay with the messages that won them, and what is of other days is called neither better nor worse.

A hundred messages of 30 September, twenty of which bring an order on 1 October; fifty messages of 20 October that bring none.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from earnest.definitions.campaign import Campaign
from earnest.definitions.days import Days
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.usecases.declare import add_campaign, add_segment
from earnest.usecases.goals import Asked, set_goal
from earnest.usecases.kpi_answer import Comparison
from earnest.usecases.kpi_query import KpiAsk, KpiRow, measure_groups, show_kpi
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace, init
from integration.asked_shop import asked_shop, bring
from integration.command_line import runner
from integration.trials import Clock

HEADER = (
    *("message_id", "email", "campaign", "channel", "cost", "sent_at", "delivered_at", "clicked_at", "replied_at"),
    "opted_out_at",
)


def sent(name: str, campaign: str, day: str, **at: str) -> tuple[str, ...]:
    """A message of 10:00 with what came of it at the hours told."""
    answers = (f"{day}T{at[kind]}:00Z" if kind in at else "" for kind in ("click", "reply", "stop"))
    whom = "leaver@x.de" if "stop" in at else f"{name}@x.de"
    return (name, whom, campaign, "whatsapp", "0.10", f"{day}T10:00:00Z", f"{day}T10:00:00Z", *answers)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("compared")
    workspace = init(folder / "shop", currency="EUR", timezone="UTC", clock=Clock("2026-11-20T12:00:00"))
    for name in ("autumn", "summer"):
        add_campaign(workspace, Campaign(name, name.title(), purpose="sales"))
    messages = [sent(f"a{n}", "summer", "2026-08-01", reply="11:00") for n in range(5)]
    messages += [sent(f"x{n}", "summer", f"2026-08-0{n + 2}", stop="11:00") for n in range(3)]
    messages += [sent(f"s{n}", "autumn", "2026-09-30", click="20:00") for n in range(20)]
    messages += [sent(f"s{n}", "autumn", "2026-09-30", reply="20:00") for n in range(20, 24)]
    messages += [sent(f"s{n}", "autumn", "2026-09-30") for n in range(24, 100)]
    messages += [sent(f"o{n}", "autumn", "2026-10-20", reply="11:00") for n in range(10)]
    messages += [sent(f"o{n}", "autumn", "2026-10-20") for n in range(10, 50)]
    bring(workspace, folder, "messages", HEADER, messages)
    orders = [("z", "a0@x.de", "2026-08-01T12:00:00Z", "1.00")]
    orders += [(f"w{n}", f"s{n}@x.de", "2026-10-01T12:00:00Z", "100.00") for n in range(20)]
    bring(workspace, folder, "orders", ("order_id", "email", "ordered_at", "amount"), orders)
    return workspace


def only(workspace: Workspace, name: str, **asked: Any) -> KpiRow:
    (row,) = show_kpi(workspace, KpiAsk(name, **asked)).rows
    return row


def point(figure: Figure | None) -> float:
    assert isinstance(figure, Estimate), figure
    return figure.value


def held(row: KpiRow) -> Comparison:
    assert row.comparison is not None
    return row.comparison


def code(figure: Figure) -> str:
    assert isinstance(figure, Unavailable), figure
    return figure.code


def test_buyers_count_with_the_messages_that_won_them(shop: Workspace) -> None:
    answer = show_kpi(shop, KpiAsk("conversion_rate", period="2026-10", compare="previous"))
    (row,) = answer.rows
    assert row.measures == {"converters": 0, "delivered": 50}, "those of October bought for September's messages"
    assert set(answer.days.values()) == {"day the message was sent"}
    told = held(row)
    # Newcombe, 0 of 50 (Wilson 0 to 0.0713) against 20 of 100 (0.1334 to 0.2888):
    # −0.2 − √(0² + 0.0888²) to −0.2 + √(0.0713² + 0.0666²)
    assert point(told.figure) == 0.2
    assert isinstance(told.difference, Estimate)
    assert (told.difference.low, told.difference.high) == pytest.approx((-0.2888, -0.1024), abs=5e-5)
    assert (told.word, told.judgement) == ("lower", "worse")


@pytest.mark.parametrize(
    ("kpi", "september"),
    [
        ("conversion_rate_sent", {"converters": 20, "sent": 100}),
        ("click_to_conversion", {"credited_orders": 20, "clicked": 20}),
        ("conversion_rate_per_conversation", {"converters": 20, "conversations": 4}),
    ],
)
def test_every_share_of_two_kinds_of_day_is_a_cohort(shop: Workspace, kpi: str, september: dict[str, int]) -> None:
    rows = show_kpi(shop, KpiAsk(kpi, grain="month", by=("campaign",), filters=("campaign=autumn",))).rows
    assert rows[0].bucket == Days(date(2026, 9, 1), date(2026, 9, 30))
    assert rows[0].measures == september
    assert only(shop, kpi, filters=("campaign=autumn",)).measures.items() >= {next(iter(september.items()))}


def test_cohorts_are_cut_by_weekday_and_held_against_waves(shop: Workspace) -> None:
    # 30 September was a Wednesday, 20 October a Tuesday
    rows = show_kpi(shop, KpiAsk("conversion_rate", by=("weekday",), period="2026-09-30..2026-10-20")).rows
    assert {row.key["weekday"]: row.measures["converters"] for row in rows} == {"wednesday": 20, "tuesday": 0}
    told = held(only(shop, "conversion_rate", filters=("campaign=autumn",), compare="last-wave"))
    assert (point(told.current), point(told.figure)) == (0.0, 0.2)


def test_money_of_the_periods_books_is_judged_by_nobody(shop: Workspace, command_line: Any) -> None:
    answer = show_kpi(shop, KpiAsk("revenue_per_recipient", period="2026-10", compare="previous"))
    (row,) = answer.rows
    assert point(row.figure) == 40.0, "2,000.00 of October's orders over October's 50 messages"
    assert (held(row).word, held(row).judgement) == (None, None)
    (note,) = answer.notes
    assert "different days" in note
    assert show_kpi(shop, KpiAsk("revenue_per_recipient")).notes == (), "all time is of the same messages"
    code_, out, err = command_line(
        *("kpi", "show", "rpr", "--period", "2026-10", "--compare", "previous", "--workspace", shop.path)
    )
    assert code_ == 0, err
    assert "different days" in out
    assert "has 31 days" in out, "what makes the two unequal"


def test_intervals_say_that_they_take_messages_as_independent(shop: Workspace) -> None:
    (note,) = show_kpi(shop, KpiAsk("ctr")).notes
    assert "independent" in note
    assert show_kpi(shop, KpiAsk("list_growth")).notes == ()


@pytest.mark.parametrize("kpi", ["orders", "average_order_value", "cost_per_order", "conversion_rate"])
@pytest.mark.parametrize("model", ["linear", "position_u", "time_decay_7d"])
def test_whole_orders_are_not_counted_where_credit_is_split(shop: Workspace, kpi: str, model: str) -> None:
    assert code(only(shop, kpi, model=model).figure) == "model-without-orders"


def test_models_of_one_touch_count_whole_orders(shop: Workspace) -> None:
    for model in ("first_touch", "last_touch"):
        assert point(only(shop, "average_order_value", filters=("campaign=autumn",), model=model).figure) == 100.0
    assert point(only(shop, "revenue_per_recipient", filters=("campaign=autumn",), model="linear").figure) == 2000 / 150


def test_what_counts_by_the_day_of_the_answer_has_a_day_before(shop: Workspace) -> None:
    told = held(only(shop, "conversations", period="2026-10", compare="previous"))
    assert (point(told.figure), point(told.difference)) == (4.0, 6.0)
    told = held(only(shop, "conversations", period="2026-08", compare="previous"))
    assert code(told.difference) == "not-covered"


def test_who_leaves_thrice_in_a_row_has_left_once(shop: Workspace) -> None:
    assert only(shop, "list_growth").measures == {"list_net": -1}


def test_a_goal_is_held_against_the_sends_of_its_own_days(shop: Workspace) -> None:
    set_goal(shop, Asked("autumn", "ctr", "≥ 10 %", date(2026, 10, 31), date(2026, 10, 1)))
    set_goal(shop, Asked("autumn", "attributed_revenue", "≥ 100.00", date(2026, 10, 31), date(2026, 10, 1)))
    told = held(only(shop, "ctr", filters=("campaign=autumn",), compare="target"))
    # all time 20 of 150 have clicked, more than the goal; of October's none of 50, at most 0.0713
    assert (point(told.current), str(told.against)) == (0.0, "2026-10-01..2026-10-31")
    assert isinstance(told.difference, Estimate)
    assert (told.difference.low, told.difference.high) == pytest.approx((-0.1, -0.0287), abs=5e-5)
    assert (told.word, told.judgement) == ("lower", "worse")
    told = held(only(shop, "attributed_revenue", filters=("campaign=autumn",), compare="target"))
    assert code(told.difference) == "not-by-day"
    told = held(only(shop, "ctr", filters=("campaign=autumn",), compare="target", period="2026-09"))
    assert code(told.difference) == "unequal-days"


def test_segments_that_were_not_asked_for_are_no_rows(tmp_path: Path) -> None:
    workspace = asked_shop(tmp_path)
    add_segment(workspace, "city", "City", ("tier=gold",))
    with open_tables(workspace) as tables:
        told = measure_groups(tables, ["delivered"], by=["segment"], filters=["segment=gold"])
        assert told == {("gold",): {"delivered": 1}}


@pytest.fixture
def command_line(capsys: pytest.CaptureFixture[str]) -> Any:
    return runner(capsys)
