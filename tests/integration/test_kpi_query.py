"""KPIs cut by every dimension, filter, period and comparison, counted by hand in a shop of eight messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import earnest
from earnest.definitions.goal import Goal
from earnest.kernel.errors import EarnestError, UsageError
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kpis.dimensions import DIMENSIONS
from earnest.usecases.goals import Asked, set_goal
from earnest.usecases.kpi_query import KpiAnswer, KpiAsk, KpiRow, measure_groups, query, show_kpi
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace
from integration.asked_shop import HEADER, MESSAGES, asked_shop, bring, instant
from integration.command_line import runner

FUNNEL = ("clicked", "delivered")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return asked_shop(tmp_path_factory.mktemp("asked"))


@pytest.fixture(scope="module")
def tables(shop: Workspace) -> Iterator[Tables]:
    with open_tables(shop) as opened:
        yield opened


def counted(tables: Tables, **asked: Any) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Group → (clicked, delivered), groups of nothing left out."""
    found = measure_groups(tables, FUNNEL, **asked)
    return {key: tuple(sums[name] for name in FUNNEL) for key, sums in found.items() if any(sums.values())}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("campaign", {"autumn": (2, 4), "winter": (1, 2), "unassigned": (0, 1)}),
        ("programme", {"Seasonal": (3, 6), "(none)": (0, 1)}),
        ("purpose", {"sales": (2, 4), "marketing": (1, 2), "(none)": (0, 1)}),
        ("channel", {"whatsapp": (2, 4), "sms": (1, 2), "email": (0, 1)}),
        ("template", {"t1": (1, 2), "t2": (1, 2), "(none)": (1, 3)}),
        ("variant", {"a": (3, 3), "b": (0, 3), "(none)": (0, 1)}),
        # m1 Wednesday, m2 Thursday, m3–m5 Sunday, m7 Saturday, m8 Sunday
        ("weekday", {"wednesday": (1, 1), "thursday": (0, 1), "sunday": (2, 4), "saturday": (0, 1)}),
        # the hour that comes twice is one hour
        ("hour", {"23": (2, 3), "00": (0, 1), "02": (1, 2), "12": (0, 1)}),
        ("country", {"DE": (2, 3), "IN": (1, 2), "US": (0, 1), "(none)": (0, 1)}),
        # m3 was sent before its contact became gold
        ("segment", {"gold": (1, 1), "(none)": (2, 6)}),
    ],
)
def test_every_dimension_by_hand(tables: Tables, by: str, expected: dict[str, tuple[int, int]]) -> None:
    assert counted(tables, by=[by]) == {(value,): sums for value, sums in expected.items()}
    assert set(DIMENSIONS) == {
        "campaign",
        "programme",
        "purpose",
        "channel",
        "template",
        "variant",
        "weekday",
        "hour",
        "country",
        "segment",
    }


def test_dimensions_cross_and_what_no_rollup_holds_is_counted_row_by_row(tables: Tables) -> None:
    assert counted(tables, by=["country", "hour"]) == {
        ("DE", "23"): (2, 2), ("DE", "00"): (0, 1), ("IN", "02"): (1, 2), ("US", "23"): (0, 1), ("(none)", "12"): (0, 1),
    }  # fmt: skip
    assert counted(tables, by=["channel", "weekday"], filters=["weekday=sunday"]) == {
        ("whatsapp", "sunday"): (1, 2), ("sms", "sunday"): (1, 1), ("email", "sunday"): (0, 1),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["channel=whatsapp"], (2, 4)),
        (["channel=whatsapp", "channel=sms"], (3, 6)),
        (["channel=whatsapp", "channel=sms", "variant=b"], (0, 3)),
        (["channel=whatsapp", "purpose=marketing"], (0, 0)),
        (["country=DE", "country=US"], (2, 4)),
        (["hour=02"], (1, 2)),
        (["segment=gold"], (1, 1)),
        (["segment=gold", "segment=(none)"], (3, 7)),
        (["country=IN", "segment=(none)", "hour=02"], (1, 2)),
    ],
)
def test_filters_by_hand(tables: Tables, filters: list[str], expected: tuple[int, int]) -> None:
    assert counted(tables, filters=filters).get((), (0, 0)) == expected


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2026-09", (1, 1)),  # m1, a second before the month's end in Berlin
        ("2026-10", (2, 5)),
        ("2026-10-25", (2, 3)),  # a day of 25 hours: m3, m4, m5
        ("2026-10-26", (0, 0)),  # m6 failed
        ("2026-W43", (2, 3)),  # Monday 19 to Sunday 25
        ("2026-Q4", (2, 6)),
        ("2026", (3, 7)),
        ("2025", (0, 0)),
        ("last-20d", (0, 2)),  # 31 October to 19 November: m7 and m8
    ],
)
def test_periods_cut_by_the_business_day_of_the_send(tables: Tables, period: str, expected: tuple[int, int]) -> None:
    assert counted(tables, period=period).get((), (0, 0)) == expected


def test_grains_by_hand(tables: Tables) -> None:
    assert counted(tables, grain="month") == {("2026-09-01",): (1, 1), ("2026-10-01",): (2, 5), ("2026-11-01",): (0, 1)}
    assert counted(tables, grain="week", period="2026-10") == {
        ("2026-09-28",): (0, 1), ("2026-10-19",): (2, 3), ("2026-10-26",): (0, 1),
    }  # fmt: skip
    assert counted(tables, by=["channel"], grain="day", filters=["channel=sms"]) == {
        ("sms", "2026-10-25"): (1, 1), ("sms", "2026-10-31"): (0, 1),
    }  # fmt: skip


def rows_of(answer: KpiAnswer) -> dict[tuple[str, ...], KpiRow]:
    return {(*row.key.values(), *([str(row.bucket)] if row.bucket else [])): row for row in answer.rows}


def value(row: KpiRow) -> float:
    assert isinstance(row.figure, Estimate), row.figure
    return row.figure.value


def code(figure: Estimate | Unavailable) -> str:
    assert isinstance(figure, Unavailable), figure
    return figure.code


def test_a_rate_is_told_with_its_sums_definition_and_days(tables: Tables) -> None:
    answer = query(tables, KpiAsk("ctr", by=("campaign",), filters=("channel=whatsapp",), period="2026-10"))
    (row,) = answer.rows
    assert (row.key, row.measures, value(row)) == ({"campaign": "autumn"}, {"clicked": 1, "delivered": 3}, 1 / 3)
    assert isinstance(row.figure, Estimate)
    assert (row.figure.definition, row.figure.n, row.figure.method) == ("click_through_rate@1", 3, "wilson")
    # Wilson, 1 of 3 at 95 %: (1/3 + 0.64024 ∓ 1.95996·√(2/27 + 0.10672)) / 2.28049 with z² / 2n = 0.64024 … = 0.0615, 0.7923
    assert (row.figure.low, row.figure.high) == pytest.approx((0.0615, 0.7923), abs=5e-5)
    assert row.figure.period == {"first_day": "2026-10-01", "last_day": "2026-10-31"}
    assert answer.days == {"clicked": "day the message was sent", "delivered": "day the message was sent"}


def test_buckets_without_data_are_shown(tables: Tables) -> None:
    found = rows_of(query(tables, KpiAsk("ctr", filters=("campaign=winter",), period="2026-Q3", grain="month")))
    assert [code(row.figure) for row in found.values()] == ["empty-denominator"] * 3
    sums = rows_of(query(tables, KpiAsk("attributed_revenue", period="2026-Q4", grain="month")))
    assert [value(row) for row in sums.values()] == [70.0, 0.0], "December has not begun"
    assert [row.partial for row in sums.values()] == [False, True]


def test_read_rates_are_refused_where_nobody_can_know(tables: Tables) -> None:
    found = rows_of(query(tables, KpiAsk("open_rate", by=("channel",))))
    assert code(found["sms",].figure) == "not-measurable"
    assert value(found["whatsapp",]) == 3 / 4
    (whole,) = query(tables, KpiAsk("open_rate")).rows
    assert (whole.measures, whole.left_out) == ({"was_read": 3, "delivered": 5}, ("sms",)), (
        "e-mail stays, SMS is in neither"
    )
    by_campaign = rows_of(query(tables, KpiAsk("read_rate", by=("campaign",))))
    assert code(by_campaign["winter",].figure) == "not-measurable"


def test_revenue_counts_by_the_day_of_the_order_under_any_model(tables: Tables) -> None:
    # o1 was ordered at 01:00 on 1 October in Berlin, o2 at 02:00 on the 26th
    assert measure_groups(tables, ["attributed_micro"], by=["campaign"], period="2026-10") == {
        ("autumn",): {"attributed_micro": 70_000_000}
    }
    assert measure_groups(tables, ["attributed_micro"], period="2026-09") == {(): {"attributed_micro": 0}}
    for model in ("linear", "first_touch", "position_u", "time_decay_7d"):
        (row,) = query(tables, KpiAsk("attributed_revenue", filters=("template=t1",), model=model)).rows
        assert value(row) == 50.0, model
    by_send = measure_groups(tables, ["attributed_micro"], by=["hour", "weekday"], model="position_u")
    assert {key: sums["attributed_micro"] for key, sums in by_send.items()} == {
        ("23", "wednesday"): 50_000_000,
        ("02", "sunday"): 20_000_000,
    }
    people = measure_groups(tables, ["converters", "credited_orders"], by=["country"])
    assert people == {
        ("DE",): {"converters": 1, "credited_orders": 1},
        ("IN",): {"converters": 1, "credited_orders": 1},
    }


def test_cost_by_day_channel_and_programme(tables: Tables) -> None:
    # winter: 31.00 over the 31 days of October, and charges of 0.30 on the 25th (m5), 26th (m6) and 31st (m7)
    cost = measure_groups(tables, ["cost_micro"], by=["campaign"], period="2026-10-25..2026-10-26")
    assert cost == {("autumn",): {"cost_micro": 400_000}, ("winter",): {"cost_micro": 2_600_000}}
    found = rows_of(query(tables, KpiAsk("total_cost", by=("channel",))))
    assert {key: value(row) for key, row in found.items()} == {("whatsapp",): 0.60, ("sms",): 31.90, ("email",): 0.01}
    (roas,) = query(tables, KpiAsk("roas", filters=("programme=Seasonal",))).rows
    assert value(roas) == pytest.approx(70.0 / 32.5)
    (roi,) = query(tables, KpiAsk("roi", filters=("programme=Seasonal",), period="2026-10")).rows
    # revenue 70.00; autumn's m2, m3, m4 cost 0.50, winter 31.90
    assert roi.measures == {"attributed_less_cost_micro": 37_600_000, "cost_micro": 32_400_000}


def test_what_cannot_be_cut_so_says_what_can(tables: Tables) -> None:
    with pytest.raises(UsageError) as refused:
        query(tables, KpiAsk("total_cost", by=("template",)))
    assert refused.value.code == "not-by-dimension"
    assert refused.value.hint == "They can by campaign, programme, purpose, channel."
    with pytest.raises(UsageError, match="did you mean 'channel'"):
        query(tables, KpiAsk("ctr", by=("chanel",)))
    with pytest.raises(UsageError, match="there is no campaign 'autum'; did you mean 'autumn'"):
        query(tables, KpiAsk("ctr", filters=("campaign=autum",)))


@pytest.mark.parametrize(
    ("ask", "refusal"),
    [
        (KpiAsk("ctr", period="soon"), "bad-period"),
        (KpiAsk("ctr", grain="hour"), "unknown-value"),
        (KpiAsk("ctr", compare="yesterday"), "unknown-value"),
        (KpiAsk("ctr", compare="previous"), "period-missing"),
        (KpiAsk("ctr", compare="target", grain="day"), "grain-not-comparable"),
        (KpiAsk("ctr", model="linear"), "model-without-credit"),
        (KpiAsk("roas", model="lienar"), "no-such-model"),
        (KpiAsk("ctrr"), "no-such-kpi"),
        (KpiAsk("incremental_return", by=("channel",)), "not-row-based"),
    ],
)
def test_odd_questions_are_refused(tables: Tables, ask: KpiAsk, refusal: str) -> None:
    with pytest.raises(EarnestError) as refused:
        query(tables, ask)
    assert refused.value.code == refusal


INJECTIONS = (
    "autumn'; DROP TABLE message; --",
    "' OR '1'='1",
    "autumn') OR (1=1",
    '"',
    "$1",
    "?",
    "%",
    "{minor}",
    "\\",
    "autumn\x00",
)


@pytest.mark.parametrize("text", INJECTIONS)
def test_nothing_that_is_asked_becomes_sql(tables: Tables, text: str) -> None:
    for ask in (
        KpiAsk("ctr", filters=(f"campaign={text}",)), KpiAsk("ctr", by=(text,)), KpiAsk("ctr", filters=(f"{text}=x",)),
        KpiAsk("ctr", period=text), KpiAsk("ctr", grain=text), KpiAsk("roas", model=text), KpiAsk(text), KpiAsk("ctr", compare=text),
    ):  # fmt: skip
        with pytest.raises(EarnestError):
            query(tables, ask)
    assert counted(tables) == {(): (3, 7)}


def test_a_value_with_quotes_is_a_value_like_any_other(tmp_path: Path) -> None:
    shop = asked_shop(tmp_path)
    odd = "it's; DROP TABLE message --"
    bring(shop, tmp_path, "messages", HEADER, [("m9", *MESSAGES[0][1:3], "autumn", odd, *MESSAGES[0][5:])])
    with open_tables(shop) as opened:
        assert counted(opened, filters=[f"template={odd}"]) == {(): (1, 1)}
        assert counted(opened, filters=[f"template={odd}", "template=t1", "hour=23", "country=DE"]) == {(): (2, 2)}


def test_the_month_before_with_newcombes_interval(tables: Tables) -> None:
    (row,) = query(tables, KpiAsk("ctr", filters=("campaign=autumn",), period="2026-11", compare="previous")).rows
    assert row.comparison is not None
    assert code(row.comparison.difference) == "period-running"
    (row,) = query(tables, KpiAsk("ctr", period="2026-10-31..2026-11-01", compare="previous")).rows
    assert row.comparison is not None
    assert row.comparison.against is not None
    assert str(row.comparison.against) == "2026-10-29..2026-10-30"
    assert code(row.comparison.figure) == "empty-denominator"
    (row,) = query(tables, KpiAsk("ctr", period="2026-10-25", compare="previous")).rows
    assert row.comparison is not None
    assert code(row.comparison.difference) == "empty-denominator"
    (row,) = query(tables, KpiAsk("ctr", period="2026-10", compare="last-year")).rows
    assert row.comparison is not None
    assert code(row.comparison.difference) == "not-covered"


def test_a_difference_of_shares_has_an_interval_and_no_word_where_it_holds_0(tables: Tables) -> None:
    ask = KpiAsk("ctr", period="2026-10-25..2026-11-18", grain="week", compare="previous")
    held = rows_of(query(tables, ask))["2026-10-26..2026-11-01",].comparison
    assert held is not None
    # Newcombe, 0 of 2 (Wilson 0 to 0.6576) against 2 of 3 (0.2077 to 0.9385), the week from the 19th, before the period:
    # −0.6667 − √(0² + 0.2718²) to −0.6667 + √(0.6576² + 0.4590²)
    assert str(held.against) == "2026-10-19..2026-10-25"
    assert isinstance(held.difference, Estimate)
    assert held.difference.value == pytest.approx(-2 / 3)
    assert (held.difference.low, held.difference.high) == pytest.approx((-0.9385, 0.1353), abs=5e-5)
    assert (held.word, held.judgement, held.unequal) == (None, None, ())


def test_the_wave_before(tables: Tables) -> None:
    # autumn was sent on 30 September and 1 October, and on 25 October; winter on 25, 26 and 31 October
    found = rows_of(query(tables, KpiAsk("ctr", by=("campaign",), compare="last-wave")))
    autumn = found["autumn",].comparison
    assert autumn is not None
    assert str(autumn.against) == "2026-09-30..2026-10-01"
    assert isinstance(autumn.current, Estimate)
    assert isinstance(autumn.figure, Estimate)
    assert isinstance(autumn.difference, Estimate)
    assert (autumn.current.value, autumn.figure.value, autumn.difference.value, autumn.word) == (0.5, 0.5, 0.0, None)
    # Newcombe, 1 of 2 against 1 of 2: Wilson limits 0.0945 and 0.9055, so ∓√(2 · 0.4055²) = ∓0.5734
    assert (autumn.difference.low, autumn.difference.high) == pytest.approx((-0.5734, 0.5734), abs=5e-5)
    winter = found["winter",].comparison
    assert winter is not None
    assert str(winter.against) == "2026-10-25..2026-10-26"
    unassigned = found["unassigned",].comparison
    assert unassigned is not None
    assert code(unassigned.difference) == "no-wave"
    revenue = rows_of(query(tables, KpiAsk("attributed_revenue", by=("campaign",), compare="last-wave")))[
        "autumn",
    ].comparison
    assert revenue is not None
    assert code(revenue.difference) == "not-by-wave"


def test_a_goal_is_a_target_to_compare_with(tmp_path: Path) -> None:
    shop = asked_shop(tmp_path)
    goal = set_goal(shop, Asked("autumn", "ctr", "≥ 10 %", date(2026, 11, 30)))
    assert isinstance(goal, Goal)
    (row,) = show_kpi(shop, KpiAsk("ctr", filters=("campaign=autumn",), compare="target")).rows
    held = row.comparison
    assert held is not None
    assert isinstance(held.difference, Estimate)
    # 2 of 4: Wilson 0.1500 to 0.8500, all of it above a tenth
    assert held.difference.value == pytest.approx(0.4)
    assert (held.word, held.judgement) == ("higher", "better")
    assert (held.difference.low, held.difference.high) == pytest.approx((0.05, 0.75), abs=5e-5)
    (row,) = show_kpi(shop, KpiAsk("ctr", filters=("campaign=winter",), compare="target")).rows
    assert row.comparison is not None
    assert code(row.comparison.difference) == "no-goal"


def test_open_answers_and_running_days_are_marked(tmp_path: Path) -> None:
    shop = asked_shop(tmp_path)
    with open_tables(shop) as opened:
        (settled,) = query(opened, KpiAsk("ctr", period="2026-10")).rows
        assert (settled.partial, settled.immature_until) == (False, None)
        (running,) = query(opened, KpiAsk("ctr", period="2026-11")).rows
        assert (running.partial, running.immature_until) == (True, None)
        then = replace(opened, as_of_us=instant("2026-11-03T12:00:00"))
        (row,) = query(then, KpiAsk("ctr", period="2026-10")).rows
        # the last send was on 31 October; clicks count for credit 5 days after that day's end, until 5 November 24:00 in Berlin
        assert row.immature_until == "2026-11-05T23:00:00+00:00"
        (row,) = query(then, KpiAsk("delivery_rate", period="2026-10")).rows
        assert row.immature_until is None, "no answer is waited for"


def test_python_and_the_command_line_tell_the_same(shop: Workspace, command_line: Any) -> None:
    answer = earnest.kpi(
        shop, "ctr", by="campaign", filters={"channel": ["whatsapp", "sms"]}, period="2026-10", compare="previous"
    )
    code_, out, err = command_line(
        "kpi", "show", "ctr", "--by", "campaign", "--filter", "channel=whatsapp", "--filter", "channel=sms", "--period", "2026-10",
        "--compare", "previous", "--json", "--workspace", shop.path,
    )  # fmt: skip
    assert code_ == 0, err
    told = json.loads(out)["data"]
    assert [row["measures"] for row in told["rows"]] == [{"clicked": 1, "delivered": 3}, {"clicked": 1, "delivered": 2}]
    assert without_instants(told) == without_instants(answer.to_json())
    one = command_line("kpi", "show", "ctr", "--campaign", "autumn", "--json", "--workspace", shop.path)
    assert json.loads(one[1])["data"]["filters"] == ["campaign=autumn"]


def test_tables_and_csv_for_people(shop: Workspace, command_line: Any) -> None:
    code_, out, _ = command_line("kpi", "show", "roas", "--by", "campaign", "--workspace", shop.path)
    assert code_ == 0
    assert "116.67×" in out, "70.00 over 0.60"
    assert "attributed by day of the order" in out
    assert "Attributed by a rule" in out
    code_, out, _ = command_line(
        "kpi", "show", "ctr", "--by", "channel", "--grain", "month", "--format", "csv", "--workspace", shop.path
    )
    assert code_ == 0
    lines = out.splitlines()
    assert lines[0].startswith("kpi,definition,channel,first_day,last_day,value,low,high")
    assert any(
        line.startswith("click_through_rate,click_through_rate@1,whatsapp,2026-10-01,2026-10-31,0.333")
        for line in lines
    )
    code_, out, _ = command_line("kpi", "dimensions", "--json", "--workspace", shop.path)
    listed = {one["dimension"]: one for one in json.loads(out)["data"]}
    assert list(listed) == list(DIMENSIONS)
    assert listed["country"]["values"] == ["DE", "IN", "US", "(none)"]
    assert listed["segment"]["values"] == ["gold", "(none)"]


@pytest.fixture
def command_line(capsys: pytest.CaptureFixture[str]) -> Any:
    return runner(capsys)


def without_instants(told: Any) -> Any:
    """Without the moment each was asked at."""
    if isinstance(told, dict):
        return {name: without_instants(one) for name, one in told.items() if name != "as_of"}
    return [without_instants(one) for one in told] if isinstance(told, list) else told
