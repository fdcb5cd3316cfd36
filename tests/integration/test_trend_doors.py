"""Alerts, preferences, fatigue, opt-outs and next steps over a shop whose truth is known: in Python, on the command line, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from earnest.api.routes import trends as routes
from earnest.cli.main import cli
from earnest.kernel.errors import NotFound, UsageError
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.trends.compare import Compared
from earnest.usecases.fatigue import fatigue
from earnest.usecases.next_steps.ranked import NextSteps, next_steps
from earnest.usecases.opt_out_price import opt_out_bill, opt_out_price
from earnest.usecases.preferences import BY, KPIS, PreferenceAsk, preferences
from earnest.usecases.tables import read_tables
from earnest.usecases.trends import TrendAsk, trend
from earnest.usecases.trends_alerts import Alert, alerts
from earnest.usecases.trends_watched import WATCHED
from earnest.usecases.workspace import Workspace
from integration.daily_shop import DEAR_DAY, ODD_DAY, daily_shop, price_of


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return daily_shop(tmp_path_factory.mktemp("trends"))


@pytest.fixture(scope="module")
def found(shop: Workspace) -> dict[str, Alert]:
    return {alert.kpi: alert for alert in alerts(shop).alerts}


def test_the_day_on_which_little_was_delivered_is_told_once(found: dict[str, Alert]) -> None:
    """About 180 of 270 messages are missing; it shows in the workspace and in both campaigns, and is one alert."""
    one = found["delivery_rate"]
    assert (one.kind, one.first_day, one.last_day, one.news) == ("spike", str(ODD_DAY), str(ODD_DAY), "bad")
    assert one.scope == ("workspace", "")
    assert {("campaign", "news"), ("campaign", "offers")} == set(one.also)
    assert one.observed == pytest.approx(0.3, abs=0.06)
    assert one.expected == pytest.approx(0.96, abs=0.01)
    assert one.events < -140
    assert "earnest doctor gaps" in one.look


def test_a_dearer_message_is_a_new_level_priced_exactly(found: dict[str, Alert]) -> None:
    """0.04 more for each message of the first week, about 1,900 of them: some 75.00."""
    one = found["cost_per_message"]
    assert (one.kind, one.first_day, one.news) == ("level", str(DEAR_DAY), "bad")
    assert (one.observed, one.expected) == pytest.approx((0.12, 0.08), rel=0.01)
    assert isinstance(one.money, Estimate)
    assert one.money.basis == "observed"
    assert one.money.value == pytest.approx(one.events * -1)
    assert one.money.value == pytest.approx(-75, abs=12)


def test_nothing_else_is_flagged_and_sundays_are_not(found: dict[str, Alert]) -> None:
    assert set(found) <= {"delivery_rate", "cost_per_message"}


def test_a_look_says_what_it_covers_and_what_it_cannot(shop: Workspace) -> None:
    look = alerts(shop)
    assert look.tested > 500
    why = {(kpi, scope[0]): told.code for kpi, scope, told in look.not_judged}
    assert why[("bot_click_share", "workspace")] == "too-few-events"
    assert "at most" in look.to_json()["rate_means"]
    assert alerts(shop, TrendAsk(campaign="news", days=7)).series < look.series


def test_a_trend_day_by_day(shop: Workspace) -> None:
    days = {day.day: day for day in trend(shop, "delivery_rate").days}
    odd = days[str(ODD_DAY)]
    assert odd.standing == "odd"
    assert odd.value is not None
    assert odd.low is not None
    assert odd.value < odd.low
    assert days[str(DEAR_DAY)].standing == "usual"


def test_what_has_not_settled_is_not_judged(shop: Workspace) -> None:
    """Replies and opt-outs may come for 72 hours: those of 8 October have settled by the 12th; clicks have five days."""
    assert {day.day: day for day in trend(shop, "opt_out_rate").days}["2026-10-08"].standing == "usual"
    assert {day.day: day for day in trend(shop, "click_through_rate").days}["2026-10-08"].standing == "too-early"


@pytest.mark.parametrize(
    ("ask", "error", "code"),
    [
        ({"kpi": "delivery_rte"}, NotFound, "not-watched"),
        ({"kpi": "orders", "ask": TrendAsk(campaign="nws")}, NotFound, "no-such-campaign"),
        ({"kpi": "delivery_rate", "ask": TrendAsk(channel="pigeon")}, NotFound, "no-such-channel"),
        ({"kpi": "orders", "ask": TrendAsk(campaign="news")}, NotFound, "nothing-counted"),
        ({"kpi": "orders", "ask": TrendAsk(days=0)}, UsageError, "bad-days"),
        ({"kpi": "orders", "ask": TrendAsk(rate=1.5)}, UsageError, "bad-rate"),
    ],
)
def test_what_cannot_be_asked(shop: Workspace, ask: dict[str, Any], error: type[Exception], code: str) -> None:
    with pytest.raises(error) as refused:
        trend(shop, **ask)
    assert refused.value.code == code  # type: ignore[attr-defined]


def test_the_better_hour_is_told_within_campaigns(shop: Workspace) -> None:
    """14 % instead of 6 %: 8 points, and a test of two random halves takes some hundred people."""
    cells = {cell.cell: cell for cell in preferences(shop).cells}
    assert set(cells) == {"10", "18"}
    assert (cells["18"].standing, cells["10"].standing) == ("better", "worse")
    late = cells["18"].compared
    assert isinstance(late, Compared)
    assert late.low <= 0.08 <= late.high
    assert 300 < (cells["18"].people or 0) < 900
    assert cells["18"].shrunk is None  # of two cells nobody learns how cells differ


def test_where_nothing_differs_nothing_is_told(shop: Workspace) -> None:
    assert all(
        cell.standing == "cannot-tell" for cell in preferences(shop, PreferenceAsk("hour", "opt_out_rate")).cells
    )
    weekdays = preferences(shop, PreferenceAsk("weekday")).cells
    assert len(weekdays) == 7
    assert all(cell.standing == "cannot-tell" for cell in weekdays)
    assert all(cell.shrunk is not None and 0 < (cell.weight or 0) < 1 for cell in weekdays)


def test_a_segment_is_held_against_whoever_is_not_in_it(shop: Workspace) -> None:
    assert preferences(shop, PreferenceAsk("segment")).cells == ()


def test_the_price_of_an_opt_out_holds_the_truth(shop: Workspace) -> None:
    """0.006 orders a day less, of 50.00 at 40 %: 0.12 a day, 7.20 over 60 days, less some 20 cents of messages."""
    told = opt_out_price(shop, horizon_days=60)
    assert isinstance(told.price, Estimate)
    assert told.price.low is not None
    assert told.price.high is not None
    assert told.price.low < price_of(60) < told.price.high
    assert told.price.low > 0
    assert told.people_left > 100
    assert told.price.basis == "observed"


def test_the_bill_is_the_price_times_the_opt_outs(shop: Workspace) -> None:
    told, lines = opt_out_bill(shop, horizon_days=60)
    assert isinstance(told.price, Estimate)
    assert {line.campaign for line in lines} == {"news", "offers"}
    for line in lines:
        assert isinstance(line.bill, Estimate)
        assert line.bill.value == pytest.approx(told.price.value * line.opt_outs)
        assert line.opt_outs / line.delivered == pytest.approx(0.015, abs=0.003)


def test_a_year_cannot_be_followed_in_four_months(shop: Workspace) -> None:
    told = opt_out_price(shop)
    assert isinstance(told.price, Unavailable)
    assert told.price.code == "history-too-short"
    assert told.horizon_days == 365
    with pytest.raises(UsageError, match="a horizon of 3 days; expected 30 to 1095"):
        opt_out_price(shop, horizon_days=3)


def test_bands_of_frequency_add_up(shop: Workspace) -> None:
    """300 messages a day to 4,000 people: most get their first to fourth of 30 days; every message stands in one band."""
    told = fatigue(shop, horizon_days=60)
    one, two = told.bands[0], told.bands[1]
    assert [band.ordinal for band in told.bands] == list(range(1, len(told.bands) + 1))
    assert one.messages == one.contacts or one.messages > two.contacts
    assert isinstance(one.rates["click_through_rate"], Estimate)
    assert one.rates["click_through_rate"].value == pytest.approx(0.10, abs=0.01)
    with read_tables(shop) as tables:
        ((delivered,),) = tables.con.execute("SELECT count(*) FROM message WHERE delivered_us IS NOT NULL").fetchall()
    judged = sum(band.messages for band in told.bands)
    assert 0 <= delivered - told.unsettled - judged < 800  # ordinals with fewer than 100 messages are left out
    assert isinstance(told.break_even, Estimate)
    with pytest.raises(UsageError, match="expected 7 or 30"):
        fatigue(shop, days=14)


@pytest.fixture(scope="module")
def steps(shop: Workspace) -> NextSteps:
    return next_steps(shop)


def test_steps_have_reasons_and_are_ranked_by_what_is_at_stake(steps: NextSteps) -> None:
    stakes = [step.at_stake for step in steps.steps]
    assert stakes == sorted(stakes, reverse=True)
    for step in steps.steps:
        assert step.why
        assert all(line.startswith("earnest ") for line in step.evidence)
        assert isinstance(step.value, Estimate) or step.certainty == "unknown"


def test_steps_speak_of_what_was_put_into_the_shop(steps: NextSteps) -> None:
    codes = {step.code for step in steps.steps}
    assert {"hold-out", "check-alert", "better-cells"} <= codes
    looked = " ".join(step.action for step in steps.steps if step.code == "check-alert")
    assert f"delivery rate on {ODD_DAY}" in looked
    assert f"cost per priced message since {DEAR_DAY}" in looked
    hours = [step for step in steps.steps if "hour 18" in step.action and "click_through_rate" in step.action]
    assert len(hours) == 1
    assert "An association" in " ".join(hours[0].why)
    held = next(step for step in steps.steps if step.code == "hold-out" and step.campaign == "news")
    assert isinstance(held.value, Estimate)
    assert held.value.exact is not None  # all that was spent on it


def test_steps_of_one_campaign_are_about_it(shop: Workspace) -> None:
    found = next_steps(shop, "news")
    assert found.steps
    assert {step.campaign for step in found.steps} == {"news"}
    with pytest.raises(NotFound, match="there is no campaign 'nws'"):
        next_steps(shop, "nws")


COMMANDS = [
    ("trend alerts", ("delivery rate", "instead of", "at most 5% are false")),
    ("trend show delivery_rate", ("ODD", "2026-09-22")),
    ("preference show", ("18", "better", "association")),
    ("fatigue show --horizon-days 60", ("opt-outs", "association")),
    ("optout price --horizon-days 60", ("One opt-out costs €", "60 days")),
    ("optout bill --horizon-days 60", ("news", "offers")),
    ("next list --limit 3", ("1. ", "At stake: ", "See: earnest ")),
]


@pytest.mark.parametrize(("command", "words"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_commands_speak_and_tell_json(shop: Workspace, command: str, words: tuple[str, ...]) -> None:
    arguments = [*command.split(), "--workspace", str(shop.path), "--quiet"]
    said = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert said.exit_code == 0, said.output
    for word in words:
        assert word in said.output
    told = CliRunner().invoke(cli, [*arguments, "--json"], catch_exceptions=False)
    assert json.loads(told.output)["schema_version"] == 1


@contextmanager
def one_place(shop: Workspace) -> Iterator[Any]:
    class Place:
        workspace = shop

    yield Place()


def test_the_api_tells_the_same(shop: Workspace) -> None:
    with one_place(shop) as place:
        assert routes.alerts(place).model_dump() == alerts(shop).to_json()
        assert routes.trend("orders", place).model_dump() == trend(shop, "orders").to_json()
        assert routes.preferences(place).model_dump() == preferences(shop).to_json()
        assert (
            routes.fatigue(place, days="7", horizon_days=60).model_dump()
            == fatigue(shop, days=7, horizon_days=60).to_json()
        )
        assert routes.price(place).model_dump() == opt_out_price(shop).to_json()
        assert routes.bill(place, horizon_days=60).model_dump()["campaigns"] == [
            line.to_json() for line in opt_out_bill(shop, horizon_days=60)[1]
        ]
        assert routes.steps(place, "news").model_dump() == next_steps(shop, "news").to_json()


def test_what_is_declared_is_offered(shop: Workspace, tmp_path: Path) -> None:
    """The command line names its choices without importing what they stand for; here they are held against it."""
    from earnest.cli.commands import preference

    assert preference._BY == BY
    assert set(preference._KPIS) == set(KPIS)
    assert all(one.bad in (-1, 0, 1) and one.look for one in WATCHED.values())


def test_every_command_that_is_named_exists(steps: NextSteps) -> None:
    named = {line for one in WATCHED.values() for line in one.look} | {
        line for step in steps.steps for line in step.evidence
    }
    for line in named:
        noun, verb = line.split()[1:3]
        group = cli.get_command(click.Context(cli), noun)
        assert isinstance(group, click.Group), line
        assert verb in group.commands, line
