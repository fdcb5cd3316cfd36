"""The tracking checklist: before the send, in order, and with each thing that can be missing or fall silent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from earnest.channels.told import Party
from earnest.definitions.campaign import Campaign
from earnest.definitions.coupon import Coupon
from earnest.definitions.experiment import Experiment
from earnest.definitions.link import Link
from earnest.definitions.survey import read_survey
from earnest.journal.log import RECEIVED, Draft
from earnest.kernel.errors import NotFound
from earnest.usecases.checklist import Checklist, check_tracking
from earnest.usecases.checklist_line import Line
from earnest.usecases.coupons import add_coupon
from earnest.usecases.declare import add_campaign, add_experiment, set_setting
from earnest.usecases.goals import Asked, set_goal
from earnest.usecases.links import add_link, allow_hosts, disable_link, remove_hosts
from earnest.usecases.survey_invite import Ask, invite
from earnest.usecases.surveys import add_survey, disable_survey
from earnest.usecases.workspace import Workspace
from unit.usecases.conftest import Clock, Import, utc

NOW = "2026-09-02T12:00"
"""A day after the send of 1 September, and before the 5 days in which clicks are credited are over."""
SURVEY = {"title": {"en": "How was it?"}, "questions": [{"id": "csat", "kind": "csat", "texts": {"en": "How was it?"}}]}


@pytest.fixture(autouse=True)
def spring(workspace: Workspace, clock: Clock) -> None:
    clock.us = utc("2026-08-20T12:00")
    add_campaign(workspace, Campaign("spring", "Spring", primary_kpi="click_through_rate"))


def send(imported: Import, people: Iterable[int] = range(10), *, statuses: bool = True, cost: str = "0.10") -> None:
    delivered = "2026-09-01T10:00:05Z" if statuses else ""
    imported(
        "messages",
        "message_id,phone,campaign,sent_at,delivered_at,replied_at,opted_out_at,cost",
        *(f"m{n},+4915110{n:06},spring,2026-09-01T10:00:00Z,{delivered},,,{cost}" for n in people),
    )


def sell(imported: Import, *days: str, coupon: str = "", phone: bool = True) -> None:
    imported(
        "orders",
        "order_id,ordered_at,phone,amount,coupon",
        *(f"o{n}{day},{day},{f'+4915110{n:06}' if phone else ''},20.00,{coupon}" for n, day in enumerate(days)),
    )


AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"


def receive(workspace: Workspace, source: str, body: dict[str, Any]) -> None:
    """As one of Earnest's own doors journals it."""
    headers = {"content-type": "application/json"}
    with workspace.journal() as journal:
        journal.append_many([Draft(RECEIVED, json.dumps(body).encode(), source, workspace.clock(), None, headers)])


def click(workspace: Workspace, at: str) -> None:
    """Somebody opens link `shop` on his phone."""
    body = {
        "click": "abcdefghijklmnopqrstuv",
        "at": utc(at),
        "link": "shop",
        "recipient": None,
        "within": None,
        "method": "GET",
    }
    evidence = {"headers": {"user-agent": AGENT, "accept-language": "de"}, "network": None, "visitor": 7}
    receive(workspace, "earnest.links", body | evidence)


def line(found: Checklist, kind: str) -> Line:
    (only,) = [one for one in found.lines if one.kind == kind]
    return only


def statuses(found: Checklist) -> dict[str, str]:
    return {one.kind: one.status for one in found.lines}


def link(workspace: Workspace, name: str = "shop") -> None:
    allow_hosts(workspace, ["shop.example"])
    add_link(workspace, Link(name, 0, "https://shop.example/", campaign="spring"))


def experiment(workspace: Workspace) -> None:
    arms = (("message", Decimal("0.5")), ("holdout", Decimal("0.5")))
    add_experiment(workspace, Experiment("test", "spring", arms, "holdout", 14, date(2026, 9, 20)))


def test_a_plan_says_what_is_to_be_declared(workspace: Workspace) -> None:
    found = check_tracking(workspace, "spring")
    assert (found.phase, found.complete) == ("planned", False)
    assert statuses(found) == {
        "messages": "never", "link": "missing", "coupon": "not-needed", "survey": "not-needed", "visits": "not-needed",
        "orders": "missing", "answers": "missing", "cost": "never", "hold-out": "missing", "goal": "missing",
    }  # fmt: skip
    for one in found.lines:
        assert (one.remedy is None) == (one.status == "not-needed"), one
        assert one.failing == (one.status == "missing"), "what never came is not held against a plan"


def test_a_brand_campaign_needs_less(workspace: Workspace) -> None:
    add_campaign(workspace, Campaign("image", "Image", purpose="brand"))
    found = statuses(check_tracking(workspace, "image"))
    assert [kind for kind, status in found.items() if status == "not-needed"] == [
        "link", "coupon", "survey", "visits", "orders", "cost", "hold-out",
    ]  # fmt: skip


def test_a_service_campaign_asks_people(workspace: Workspace) -> None:
    add_campaign(workspace, Campaign("care", "Care", purpose="service"))
    assert line(check_tracking(workspace, "care"), "survey").status == "missing"


def test_all_is_live(workspace: Workspace, imported: Import, clock: Clock) -> None:
    """Ten people: six messaged, four held out; one click, one order, one answer each where there must be one."""
    set_setting(workspace, "public_url", "https://go.shop.example", None)
    link(workspace)
    experiment(workspace)
    set_goal(workspace, Asked("spring", "ctr", "≥ 10 %", date(2026, 12, 31)))
    add_coupon(workspace, Coupon("spring20", "shared", "spring", "SPRING20"))
    clock.us = utc(NOW)
    send(imported, range(6))
    groups = (f"+4915110{n:06},{'message' if n < 6 else 'holdout'},2026-09-01T09:00:00Z" for n in range(10))
    imported("assignments", "phone,arm,assigned_at", *groups, maps=("experiment==test",))
    click(workspace, "2026-09-01T10:05")
    sell(imported, "2026-09-02T10:00:00Z", coupon="spring20")
    imported("messages", "message_id,phone,status,occurred_at", "m1,+4915110000001,replied,2026-09-01T11:00:00Z")
    found = check_tracking(workspace, "spring")
    assert statuses(found) | {"visits": ""} == {
        "messages": "live", "link": "live", "coupon": "live", "survey": "not-needed", "visits": "", "orders": "live",
        "answers": "live", "cost": "live", "hold-out": "live", "goal": "live",
    }, found.to_json()  # fmt: skip
    assert line(found, "link").facts == {"clicks": 1, "human_clicks": 1, "state": "live"}
    assert line(found, "coupon").facts == {"codes": 1, "orders": 1, "outside": 0, "enabled": True}
    assert line(found, "orders").facts == {"of_audience": 1}
    assert line(found, "hold-out").facts["arms"] == {"holdout": 4, "message": 6}
    assert line(found, "cost").what == "0.60 EUR in 1 cost line; no message without a price"
    assert [one.kind for one in found.lines if one.failing] == ["visits"], "a link leads to a page that tells nothing"


def test_messages_nobody_heard_of_are_silent(workspace: Workspace, imported: Import, clock: Clock) -> None:
    clock.us = utc(NOW)
    send(imported, statuses=False)
    silent = line(check_tracking(workspace, "spring"), "messages")
    assert (silent.status, silent.failing) == ("silent", True)
    assert silent.to_json()["silent_since"] == "2026-09-01T10:00:00+00:00"


def test_within_a_day_of_the_send_nothing_is_overdue(workspace: Workspace, imported: Import, clock: Clock) -> None:
    link(workspace)
    clock.us = utc("2026-09-02T09:59")
    send(imported, statuses=False)
    found = check_tracking(workspace, "spring")
    assert (line(found, "messages").status, line(found, "messages").failing) == ("live", False)
    assert (line(found, "link").status, line(found, "link").failing) == ("never", False)
    clock.us = utc("2026-09-02T10:01")
    assert line(check_tracking(workspace, "spring"), "link").failing


def test_a_link_that_leads_nowhere_is_missing_until_the_campaign_is_over(
    workspace: Workspace, imported: Import, clock: Clock
) -> None:
    link(workspace)
    remove_hosts(workspace, ["shop.example"])
    clock.us = utc(NOW)
    send(imported)
    dead = line(check_tracking(workspace, "spring"), "link")
    assert (dead.status, dead.facts["state"]) == ("missing", "host-not-allowed")
    clock.us = utc("2026-09-06T10:01")
    found = check_tracking(workspace, "spring")
    assert (found.phase, line(found, "link").status) == ("over", "never")


def test_a_feed_that_stops_is_silent_for_longer_than_is_usual(
    workspace: Workspace, imported: Import, clock: Clock
) -> None:
    """An order every hour for four days, then none for two: at 99 % of the moments the last one was an hour ago."""
    hours = [f"2026-08-{28 + n // 24}T{n % 24:02}:30:00Z" for n in range(96)]
    clock.us = utc("2026-09-02T23:30")
    sell(imported, *hours)
    silent = line(check_tracking(workspace, "spring"), "orders")
    assert silent.status == "silent"
    assert silent.to_json()["silent_since"] == "2026-08-31T23:30:00+00:00"
    assert "2 d ago (usually within 59 min" in silent.what
    sell(imported, "2026-09-02T23:00:00Z")
    assert line(check_tracking(workspace, "spring"), "orders").status == "live"


def test_a_coupon_is_needed_where_no_order_names_its_buyer(workspace: Workspace, imported: Import) -> None:
    sell(imported, "2026-08-10T10:00:00Z", phone=False)
    assert line(check_tracking(workspace, "spring"), "coupon").status == "missing"
    sell(imported, "2026-08-11T10:00:00Z")
    assert line(check_tracking(workspace, "spring"), "coupon").status == "not-needed"


def test_a_coupon_without_codes_is_missing(workspace: Workspace) -> None:
    add_coupon(workspace, Coupon("vip", "unique", "spring"))
    found = line(check_tracking(workspace, "spring"), "coupon")
    assert (found.status, found.name) == ("missing", "vip")


def test_messages_without_a_price_are_a_missing_cost(workspace: Workspace, imported: Import, clock: Clock) -> None:
    clock.us = utc(NOW)
    send(imported, cost="")
    found = line(check_tracking(workspace, "spring"), "cost")
    assert (found.status, found.facts["unpriced"]) == ("missing", 10)


def test_a_hold_out_needs_people(workspace: Workspace, imported: Import) -> None:
    experiment(workspace)
    assert line(check_tracking(workspace, "spring"), "hold-out").status == "never"
    maps = ("experiment==test",)
    imported("assignments", "phone,arm,assigned_at", "+4915110000001,message,2026-08-19T09:00:00Z", maps=maps)
    found = line(check_tracking(workspace, "spring"), "hold-out")
    assert (found.status, found.what) == ("missing", "message 1; nobody in holdout")


def test_a_survey_is_live_once_somebody_answers(workspace: Workspace, imported: Import, clock: Clock) -> None:
    set_setting(workspace, "public_url", "https://go.shop.example", None)
    add_survey(workspace, read_survey(SURVEY, "after"))
    people = [Party(dialled=f"+4915110{n:06}") for n in range(3)]
    invite(workspace, "after", people, Ask(campaign="spring"))
    clock.us = utc(NOW)
    send(imported, range(3))
    found = line(check_tracking(workspace, "spring"), "survey")
    assert (found.status, found.failing, found.facts["asked"]) == ("never", True, 3)
    answer = {"survey": "after", "round": 1, "recipient": 1, "version": 0, "at": utc("2026-09-01T11:00")}
    receive(workspace, "earnest.surveys", answer | {"answers": [{"question": "csat", "answer": "5"}]})
    found = line(check_tracking(workspace, "spring"), "survey")
    assert (found.status, found.facts) == ("live", {"asked": 3, "answered": 1, "rounds": 1})
    disable_survey(workspace, "after")
    assert line(check_tracking(workspace, "spring"), "survey").status == "missing"


def test_answers_to_its_messages_need_no_round(workspace: Workspace, imported: Import, clock: Clock) -> None:
    """Asked in the message itself, answered by a button or in a file."""
    add_survey(workspace, read_survey(SURVEY, "after"))
    clock.us = utc(NOW)
    send(imported, range(3))
    assert line(check_tracking(workspace, "spring"), "survey").status == "not-needed"
    answer = "a1,+4915110000001,after,csat,5,2026-09-01T11:00:00Z,m1"
    imported("answers", "answer_id,phone,survey,question,answer,answered_at,message_id", answer)
    found = line(check_tracking(workspace, "spring"), "survey")
    assert (found.status, found.name, found.facts["answered"]) == ("live", "after", 1)


def test_a_goal_for_another_kpi_is_not_enough(workspace: Workspace) -> None:
    set_goal(workspace, Asked("spring", "reply_rate", "≥ 5 %", date(2026, 12, 31)))
    found = line(check_tracking(workspace, "spring"), "goal")
    assert (found.status, found.remedy) == (
        "missing",
        "earnest goal set spring click_through_rate --target … --by YYYY-MM-DD",
    )


def test_an_unknown_campaign_is_refused(workspace: Workspace) -> None:
    with pytest.raises(NotFound) as refused:
        check_tracking(workspace, "sprig")
    assert refused.value.code == "no-such-campaign"


def test_a_link_disabled_after_the_last_send_is_not_needed(
    workspace: Workspace, imported: Import, clock: Clock
) -> None:
    link(workspace)
    clock.us = utc("2026-10-02T12:00")
    send(imported)
    disable_link(workspace, "shop")
    found = line(check_tracking(workspace, "spring"), "link")
    assert (found.status, found.failing, found.facts["disabled"]) == ("not-needed", False, "2026-10-02")


def test_a_plan_whose_only_link_is_disabled_lacks_one(workspace: Workspace) -> None:
    link(workspace)
    disable_link(workspace, "shop")
    told = [one.status for one in check_tracking(workspace, "spring").lines if one.kind == "link"]
    assert told == ["not-needed", "missing"]


def test_nothing_is_said_of_buyers_before_the_first_order(workspace: Workspace) -> None:
    assert line(check_tracking(workspace, "spring"), "coupon").what.startswith("no order has come yet")
