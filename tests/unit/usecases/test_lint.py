"""Lint of plans: a sound one has no fault, and each rule finds the one fault that is put into it."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from earnest.channels.told import Party
from earnest.definitions.campaign import Campaign, Match
from earnest.definitions.coupon import Coupon
from earnest.definitions.days import Days
from earnest.definitions.experiment import Experiment
from earnest.definitions.link import Link
from earnest.definitions.survey import read_survey
from earnest.kernel.errors import NotFound, UsageError
from earnest.kernel.period import moment_of
from earnest.usecases.coupons import add_coupon
from earnest.usecases.declare import add_campaign, add_experiment, set_setting
from earnest.usecases.goals import Asked, set_goal
from earnest.usecases.import_files import Options, import_files
from earnest.usecases.links import add_link, allow_hosts, disable_link, remove_hosts
from earnest.usecases.lint import RULES, Linted, lint
from earnest.usecases.survey_invite import Ask, invite
from earnest.usecases.surveys import add_survey, disable_survey
from earnest.usecases.workspace import Workspace, init
from unit.usecases.conftest import Clock, Import, utc

BY = date(2026, 10, 31)
SURVEY = {"title": {"en": "How was it?"}, "questions": [{"id": "csat", "kind": "csat", "texts": {"en": "How was it?"}}]}


def campaign(workspace: Workspace, **changed: Any) -> None:
    facts: dict[str, Any] = {"id": "spring", "name": "Spring", "primary_kpi": "click_through_rate"} | changed
    add_campaign(workspace, Campaign(**facts), replacing=True)


def goal(workspace: Workspace, kpi: str = "click_through_rate", target: str = "12 %", **changed: Any) -> None:
    set_goal(workspace, Asked(**({"campaign": "spring", "kpi": kpi, "target": target, "by": BY} | changed)))


def link(workspace: Workspace, **changed: Any) -> None:
    facts: dict[str, Any] = {"id": "shop", "number": 0, "destination": "https://shop.example/", "campaign": "spring"}
    allow_hosts(workspace, ["shop.example"])
    add_link(workspace, Link(**(facts | {"utm": {"source": "sms", "campaign": "spring"}} | changed)))


def experiment(workspace: Workspace, **changed: Any) -> None:
    facts: dict[str, Any] = {
        "id": "test", "campaign": "spring", "arms": (("message", Decimal("0.9")), ("holdout", Decimal("0.1"))),
        "control": "holdout", "window_days": 14, "read_out": date(2026, 10, 20), "starts": date(2026, 10, 1),
    }  # fmt: skip
    add_experiment(workspace, Experiment(**(facts | changed)), replacing=True)


def _assigned(people: int) -> list[str]:
    return [f"+4915110{n:06},{'holdout' if n % 10 == 0 else 'message'},2026-09-30T09:00:00Z" for n in range(people)]


def send(
    imported: Import, name: str = "spring", day: str = "2026-09-01", people: int = 3, channel: str = "whatsapp", template: str = ""
) -> None:  # fmt: skip
    rows = (
        f"{name}{day}{n},+4915110{n:06},{name},{channel},{template},{day}T10:00:00Z,{day}T10:00:05Z,0.10"
        for n in range(people)
    )
    imported("messages", "message_id,phone,campaign,channel,template,sent_at,delivered_at,cost", *rows)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign with a goal, a tagged link, a hold-out of people enough, and clicks and orders connected; its tables are built."""
    folder = tmp_path_factory.mktemp("template")
    workspace = init(folder / "w", currency="EUR", timezone="Europe/Berlin", clock=Clock(utc("2026-09-30T12:00")))
    campaign(workspace)
    goal(workspace, baseline="1 %", baseline_source="last spring")
    link(workspace)
    experiment(workspace)
    for kind, header, rows, maps in (
        ("assignments", "phone,arm,assigned_at", _assigned(600), ("experiment==test",)),
        ("clicks", "click_id,phone,clicked_at", ["c1,+4915110000001,2026-08-01T10:00:00Z"], ()),
        ("orders", "order_id,ordered_at,phone,amount", ["o1,2026-08-01T10:00:00Z,+4915110000001,20.00"], ()),
    ):
        path = folder / f"{kind}.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        import_files(workspace, [path], kind, options=Options(maps=maps))
    return workspace.path


@pytest.fixture
def workspace(template: Path, tmp_path: Path, clock: Clock) -> Workspace:
    """A copy of the template, a day later."""
    shutil.copytree(template, tmp_path / "w")
    return Workspace(tmp_path / "w", clock)


def codes(found: Linted, level: str | None = None) -> list[str]:
    return sorted(one.code for one in found.problems if level in (None, one.level))


def spring(workspace: Workspace, **asked: Any) -> list[str]:
    return codes(lint(workspace, "spring", **asked))


def test_a_sound_plan_has_no_fault(workspace: Workspace) -> None:
    """From 1 % to 12 % with a tenth held out: (2.8016)² · (0.01·0.99/0.1 + 0.12·0.88/0.9)/0.11² = 140.4, so 141 people."""
    found = lint(workspace, "spring")
    assert found.problems == ()
    assert (found.sound(strict=True), found.checked) == (True, len(RULES))


def _no_goal(w: Workspace) -> None:
    campaign(w, primary_kpi="reply_rate")


def _reads(w: Workspace) -> None:
    goal(w, "read_rate", "70 %")


def _brand(w: Workspace) -> None:
    campaign(w, purpose="brand")
    goal(w, "roas", "3")


def _without_utm(w: Workspace) -> None:
    link(w, id="bare", utm={"source": "sms"})


def _coupon_ends(w: Workspace) -> None:
    add_coupon(w, Coupon("s", "shared", "spring", "S20", valid_until=date(2026, 10, 31)))


def _coupon_holds(w: Workspace) -> None:
    add_coupon(w, Coupon("s", "shared", "spring", "S20", valid_until=date(2026, 11, 1)))


def _disabled(w: Workspace) -> None:
    disable_link(w, "shop")


def _host(w: Workspace) -> None:
    remove_hosts(w, ["shop.example"])


def _closed(w: Workspace) -> None:
    set_setting(w, "public_url", "https://go.shop.example", None)
    add_survey(w, read_survey(SURVEY, "after"))
    invite(w, "after", [Party(dialled="+4915110000001")], Ask(campaign="spring"))
    disable_survey(w, "after")


def _claimed(w: Workspace) -> None:
    campaign(w, match=(Match("template", "spring_1"),))
    add_campaign(w, Campaign("other", "Other", match=(Match("template", "spring_1"), Match("tag", "x"))))


SEEDED: dict[str, tuple[Callable[[Workspace], None], str, str]] = {
    "no primary KPI": (lambda w: campaign(w, primary_kpi=None), "primary-kpi-missing", "error"),
    "no goal": (_no_goal, "kpi-without-goal", "error"),
    "not judged by return": (_brand, "kpi-not-measurable", "error"),
    "nothing tells of reads": (_reads, "kpi-not-connected", "warning"),
    "read too late": (
        lambda w: goal(w, "incremental_return", "1", by=date(2026, 10, 19)),
        "goal-before-read-out",
        "error",
    ),
    "begins late": (lambda w: goal(w, "reply_rate", "5 %", since=date(2026, 10, 16)), "goal-after-window", "error"),
    "ends late": (lambda w: goal(w, "incremental_return", "1"), "goal-after-window", "warning"),
    "disabled link": (_disabled, "link-leads-nowhere", "warning"),
    "host taken away": (_host, "link-leads-nowhere", "error"),
    "link ends": (lambda w: link(w, id="b", until_us=utc("2026-10-31T22:59")), "link-ends-early", "warning"),
    "stray link": (lambda w: link(w, id="b", campaign=None), "link-without-campaign", "warning"),
    "untagged link": (_without_utm, "link-without-utm", "warning"),
    "no codes": (lambda w: add_coupon(w, Coupon("vip", "unique", "spring")), "coupon-without-code", "error"),
    "coupon ends": (_coupon_ends, "coupon-ends-early", "warning"),
    "two claim it": (_claimed, "template-claimed-twice", "error"),
    "survey closed": (_closed, "survey-closed", "error"),
}


@pytest.mark.parametrize("name", SEEDED)
def test_each_seeded_fault_is_found_and_no_other(name: str, workspace: Workspace, clock: Clock) -> None:
    seed, code, level = SEEDED[name]
    if name.startswith("link ends"):
        clock.us = utc("2026-10-02T12:00")
    seed(workspace)
    found = lint(workspace, "spring")
    assert code in codes(found, level), codes(found)
    also = {
        "not judged by return": ["kpi-not-connected"],
        "nothing tells of reads": ["kpi-not-connected"],
        "begins late": ["kpi-not-connected"],
        "no goal": ["kpi-not-connected"],
    }
    assert set(codes(found)) <= {code, *also.get(name, ())}
    assert found.sound() == (level == "warning")
    for one in found.problems:
        assert one.what
        assert one.why.endswith(".")
        assert one.remedy


def test_what_holds_to_the_day_is_no_fault(workspace: Workspace) -> None:
    _coupon_holds(workspace)
    link(workspace, id="b", until_us=utc("2026-10-31T23:00"))
    link(workspace, id="c", destination="https://shop.example/?utm_source=sms&utm_campaign=x", utm={})
    assert spring(workspace) == []


@pytest.mark.parametrize("channel", ["sms", "telegram"])
def test_nobody_knows_who_opened_an_sms(workspace: Workspace, channel: str) -> None:
    _reads(workspace)
    assert "kpi-not-measurable" in codes(lint(workspace, "spring", channel=channel), "error")
    assert "kpi-not-measurable" not in spring(workspace, channel="whatsapp")


def test_of_two_channels_one_that_tells_is_a_warning(workspace: Workspace, imported: Import) -> None:
    _reads(workspace)
    send(imported, channel="sms")
    assert "kpi-not-measurable" in codes(lint(workspace, "spring"), "error")
    send(imported, day="2026-09-02", channel="whatsapp")
    assert "kpi-not-measurable" in codes(lint(workspace, "spring"), "warning")


def test_too_few_people_for_the_effect_are_told_with_what_it_takes(workspace: Workspace) -> None:
    """From 1 % to 2 %: 7.8489 · (0.01·0.99/0.1 + 0.02·0.98/0.9)/0.01² = 9,479.7 people; 600 are assigned."""
    goal(workspace, target="2 %", baseline="1 %", baseline_source="last spring")
    (fault,) = lint(workspace, "spring").problems
    assert (fault.code, fault.level) == ("too-few-units", "error")
    assert fault.facts == {"kpi": "click_through_rate", "needed": 9480, "assigned": 600}


def test_before_people_are_assigned_it_says_how_many(workspace: Workspace) -> None:
    add_campaign(workspace, Campaign("summer", "Summer", primary_kpi="click_through_rate"))
    experiment(workspace, id="other", campaign="summer")
    set_goal(workspace, Asked("summer", "ctr", "12 %", BY, baseline="1 %", baseline_source="spring"))
    (fault,) = lint(workspace, "summer").problems
    assert (fault.code, fault.level, fault.facts["needed"]) == ("units-unknown", "warning", 141)


def test_a_baseline_of_other_days_is_unequal_once_the_first_send_is_known(
    workspace: Workspace, imported: Import
) -> None:
    """31 days before, 61 days from the first send to the day it is due."""
    goal(workspace, baseline="1 %", baseline_days=Days.read("2026-08-01..2026-08-31"))
    assert spring(workspace) == []
    send(imported)
    assert codes(lint(workspace, "spring"), "error") == ["unequal-windows"]
    goal(workspace, baseline="1 %", baseline_days=Days.read("2026-08-01..2026-08-31"), unequal="only August is known")
    found = lint(workspace, "spring")
    assert codes(found, "warning") == ["unequal-windows"]
    assert "only August is known" in found.problems[0].what


def test_sends_outside_the_goals_days(workspace: Workspace, imported: Import) -> None:
    send(imported, day="2026-09-01")
    send(imported, day="2026-09-10")
    cases = (
        ("2026-09-01", "2026-09-10", None),
        ("2026-09-02", "2026-09-30", "warning"),
        ("2026-09-11", "2026-09-30", "error"),
    )
    for since, until, level in cases:
        days = {"since": date.fromisoformat(since), "by": date.fromisoformat(until)}
        goal(workspace, baseline="1 %", baseline_source="last spring", **days)
        assert codes(lint(workspace, "spring")) == (["goal-outside-sends"] if level else []), since
        assert codes(lint(workspace, "spring"), level) == (["goal-outside-sends"] if level else [])


def test_messages_two_rules_fit_are_found_where_the_rules_differ(workspace: Workspace, imported: Import) -> None:
    campaign(workspace, match=(Match("template", "spring_1"),))
    add_campaign(workspace, Campaign("other", "Other", match=(Match("tag", "vip"),)))
    row = "m1,+4915110000001,spring_1,vip,2026-09-01T10:00:00Z,2026-09-01T10:00:05Z,0.10"
    imported("messages", "message_id,phone,template,tag,sent_at,delivered_at,cost", row)
    assert spring(workspace) == ["template-claimed-twice"]


def test_a_campaign_known_from_files_alone_has_no_plan(workspace: Workspace, imported: Import) -> None:
    send(imported, "stray")
    assert codes(lint(workspace, "stray")) == ["campaign-undeclared"]
    with pytest.raises(NotFound):
        lint(workspace, "sprig")
    with pytest.raises(NotFound):
        lint(workspace, "spring", other="sprig")


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("2026-08-03..2026-08-09", "2026-08-10..2026-08-16", []),
        ("2026-08-03..2026-08-09", "2026-08-10..2026-08-17", ["unequal-windows"]),
        ("2026-08-03", "2026-08-04", ["unequal-windows"]),
        ("2026-02-23..2026-03-01", "2026-08-10..2026-08-16", ["unequal-windows"]),
        ("2026-09-14..2026-09-20", "2026-09-21..2026-09-27", ["window-open"]),
    ],
)
def test_periods_are_compared_only_like_with_like(workspace: Workspace, one: str, other: str, found: list[str]) -> None:
    """Now is 1 October, noon; 5 days after 27 September are over on 2 October, 22:00 UTC."""
    assert spring(workspace, days=(Days.read(one), Days.read(other))) == found


def test_a_look_back_that_changed_between_the_periods(workspace: Workspace) -> None:
    set_setting(workspace, "lookback_click_days", "7", date(2026, 8, 10))
    days = (Days.read("2026-08-03..2026-08-09"), Days.read("2026-08-10..2026-08-16"))
    assert spring(workspace, days=days) == ["look-back-differs"]


def test_campaigns_are_compared_only_like_with_like(workspace: Workspace, imported: Import) -> None:
    add_campaign(workspace, Campaign("winter", "Winter"))
    send(imported)
    send(imported, "winter", "2026-09-08")
    found = lint(workspace, "spring", other="winter")
    assert (codes(found), found.compared) == (["outcome-window-differs"], "winter"), "only one of them has a hold-out"
    assert found.sound()
    experiment(workspace, id="w", campaign="winter", window_days=7)
    assert codes(lint(workspace, "spring", other="winter"), "error") == ["outcome-window-differs"]
    send(imported, "winter", "2026-09-09")
    assert "unequal-windows" in codes(lint(workspace, "spring", other="winter"), "error")


def test_mail_and_phones_do_not_deliver_the_same(workspace: Workspace, imported: Import) -> None:
    add_campaign(workspace, Campaign("winter", "Winter"))
    send(imported)
    send(imported, "winter", "2026-09-08", channel="email")
    assert "denominator-differs" in codes(lint(workspace, "spring", other="winter"), "error")


def test_what_is_not_sent_or_not_over_cannot_be_compared(workspace: Workspace, imported: Import, clock: Clock) -> None:
    add_campaign(workspace, Campaign("winter", "Winter"))
    clock.us = utc("2026-10-05T12:00")
    send(imported)
    assert "window-open" in codes(lint(workspace, "spring", other="winter"), "warning")
    send(imported, "winter", "2026-10-03")
    assert "window-open" in codes(lint(workspace, "spring", other="winter"), "error")


def test_the_page_names_every_code() -> None:
    page = (Path(__file__).parents[3] / "docs" / "planning.md").read_text(encoding="utf-8")
    compared = (
        "unequal-windows",
        "window-open",
        "look-back-differs",
        "outcome-window-differs",
        "denominator-differs",
        "currency-differs",
    )
    assert [code for code in (*(rule.code for rule in RULES), *compared) if f"`{code}`" not in page] == []


def test_a_disabled_link_is_an_error_only_if_messages_were_sent_after(
    workspace: Workspace, imported: Import, clock: Clock
) -> None:
    disable_link(workspace, "shop")
    disabled = clock.us
    (fault,) = [one for one in lint(workspace, "spring").problems if one.code == "link-leads-nowhere"]
    assert fault.level == "warning"
    clock.us = disabled + 2 * 86_400_000_000
    send(imported, day=moment_of(disabled + 86_400_000_000).date().isoformat())
    assert "link-leads-nowhere" in codes(lint(workspace, "spring"), "error")


def test_the_remedy_for_a_missing_kpi_keeps_all_other_options(workspace: Workspace) -> None:
    campaign(
        workspace, primary_kpi=None, name="Spring's sale", match=(Match("template", "spring_1"), Match("tag", "a b"))
    )
    (fault,) = [one for one in lint(workspace, "spring").problems if one.code == "primary-kpi-missing"]
    assert shlex.split(fault.remedy) == [
        "earnest", "campaign", "add", "spring", "--name", "Spring's sale", "--primary-kpi", "KPI",
        "--match", "template=spring_1", "--match", "tag=a b", "--replace",
    ]  # fmt: skip


def test_a_channel_nobody_knows_is_refused(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="no channel 'fax'"):
        lint(workspace, "spring", channel="fax")
