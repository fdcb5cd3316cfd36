"""Clicks of our own links in the tables, by hand: bursts, clicks right after the send, repetitions, and whose message it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from earnest.channels.told import Party
from earnest.cli.main import cli
from earnest.definitions.campaign import Campaign, Match
from earnest.definitions.link import Link
from earnest.kernel.errors import NotFound
from earnest.usecases.clicks import list_clicks
from earnest.usecases.declare import add_campaign
from earnest.usecases.explain_kpi import explain
from earnest.usecases.import_files import import_files
from earnest.usecases.judge import judge
from earnest.usecases.rebuild import differing
from earnest.usecases.recipients import enrol
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace
from integration.live import Delivery, journal
from property.own_clicks import import_own
from property.worlds import DAY, HOUR, START, berlin_day, contact_key, import_chunk, new_workspace

S = 1_000_000
MESSAGE = {"message_id": "m1", "contact": "c1", "campaign": "spring", "sent_at": START, "delivered_at": START + S}


def click(name: str, after_us: int, **told: Any) -> dict[str, Any]:
    own = {"contact": "c1", "link": "a", "within": "campaign=spring", "click_class": "human", "reason": "looks-human"}
    return own | told | {"click_id": name, "clicked_at": START + after_us}


def tell(workspace: Workspace, *clicks: dict[str, Any]) -> None:
    """Journal clicks and carry them in; the tables are those that a rebuild gives."""
    import_own(workspace, clicks, contact_key=contact_key, local_day=berlin_day)
    assert differing(workspace, build(workspace)) == ()


def messages(workspace: Workspace, folder: Path, *rows: dict[str, Any]) -> None:
    import_chunk(workspace, ("messages", list(rows), "csv"), folder)
    assert differing(workspace, build(workspace)) == ()


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """A message of campaign spring to c1."""
    workspace = new_workspace(tmp_path / "w")
    messages(workspace, tmp_path / "files", MESSAGE)
    return workspace


def judged(workspace: Workspace) -> list[tuple[Any, ...]]:
    """Class, reason, whether it is counted as a person's, and whether as the message's first, by time."""
    with open_tables(workspace) as tables:
        sql = "SELECT click_class, class_reason, human, counted FROM response WHERE response_kind = 'click' ORDER BY occurred_us"
        return tables.con.execute(sql).fetchall()


def funnel(workspace: Workspace) -> tuple[Any, ...] | None:
    with open_tables(workspace) as tables:
        sql = "SELECT sum(all_clicks), sum(human_clicks), sum(machine_clicks), sum(clicked) FROM funnel_cell"
        return tables.con.execute(sql).fetchone()


def test_ten_links_in_under_a_second_are_a_scanner_and_the_later_click_is_a_person(shop: Workspace) -> None:
    scanner = [click(f"s{n}", 43 * S + 90_000 * n, link=f"l{n}") for n in range(10)]
    tell(shop, *scanner)
    assert judged(shop) == [("bot", "burst", 0, 0)] * 10
    assert funnel(shop) == (10, 0, 10, 0)
    tell(shop, click("later", HOUR, link="l3"))
    assert judged(shop)[-1] == ("human", "looks-human", 1, 1)
    assert funnel(shop) == (11, 1, 10, 1)


def test_three_links_within_a_second_either_way_are_a_burst_and_two_are_none(shop: Workspace) -> None:
    tell(shop, click("k1", 60 * S), click("k2", 61 * S, link="b"))
    assert judged(shop) == [("human", "looks-human", 1, 1), ("human", "looks-human", 1, 0)]
    tell(shop, click("k3", 62 * S, link="c"))
    # k2 has k1 a second before and k3 a second after; k1 and k3 are two seconds apart.
    assert [row[:2] for row in judged(shop)] == [("human", "looks-human"), ("bot", "burst"), ("human", "looks-human")]
    tell(shop, click("k4", 62 * S + 1, link="d"))
    assert [row[1] for row in judged(shop)] == ["looks-human", "burst", "burst", "looks-human"]


def test_a_burst_is_of_one_person_and_only_of_those_not_judged_yet(shop: Workspace) -> None:
    tell(
        shop,
        click("k1", 60 * S),
        click("k2", 60 * S, link="b", contact="c2"),
        click("k3", 60 * S, link="c", contact=None),
    )
    assert {row[1] for row in judged(shop)} == {"looks-human"}
    tell(shop, *(click(f"v{link}", HOUR, link=link, click_class=told, reason="why") for link, told in
                 (("a", "preview"), ("b", "unknown"), ("c", "human"))))  # fmt: skip
    assert sorted(row[:3] for row in judged(shop)[3:]) == [
        ("bot", "burst", 0),
        ("bot", "burst", 0),
        ("preview", "why", 0),
    ]
    anonymous = [click(f"n{link}", 2 * HOUR, link=link, contact=None) for link in "abc"]
    tell(shop, *anonymous)
    assert [row[2] for row in judged(shop)[6:]] == [1, 1, 1]


def test_a_persons_third_link_told_later_makes_the_first_two_a_burst(shop: Workspace) -> None:
    tell(shop, click("a", HOUR), click("b", HOUR, link="b"))
    assert [row[1] for row in judged(shop)] == ["looks-human"] * 2
    tell(shop, click("c", HOUR, link="c"))
    assert judged(shop) == [("bot", "burst", 0, 0)] * 3


NOBODY = {"contact": None, "visitor": 7, "within": None}
"""Whoever opened a code that everybody gets: maybe many people behind one carrier's network, with one model of phone."""


def test_many_links_at_once_are_no_burst_of_a_visitor_who_may_be_many_people(shop: Workspace) -> None:
    tell(shop, *(click(f"k{link}", HOUR, link=link, **NOBODY) for link in "abcd"))
    assert judged(shop) == [("human", "looks-human", 1, 0)] * 4


def test_of_a_visitors_clicks_on_one_link_the_first_in_each_half_minute_counts(shop: Workspace) -> None:
    assert START % (30 * S) == 0
    at = (0, 20, 40, 60, 80, 100, 120)  # a person every 20 s: they do not prolong each other's wait
    tell(shop, *(click(f"k{second}", HOUR + second * S, **NOBODY) for second in at))
    assert [(row[1], row[2]) for row in judged(shop)] == [
        ("looks-human", 1), ("repeated", 0), ("looks-human", 1), ("looks-human", 1), ("repeated", 0), ("looks-human", 1),
        ("looks-human", 1),
    ]  # fmt: skip


def test_half_minutes_are_of_the_clock_of_one_visitor_and_of_one_link(shop: Workspace) -> None:
    edge = HOUR + 30 * S
    tell(
        shop,
        click("k1", edge - 1, **NOBODY),
        click("k2", edge, **NOBODY),
        click("k3", edge + 1, **NOBODY | {"visitor": 8}),
        click("k4", edge + 2, link="b", **NOBODY),
        click("k5", edge + 30 * S - 1, **NOBODY),
        click("k6", edge + 30 * S, **NOBODY | {"visitor": None}),
        click("k7", edge + 30 * S + 1, **NOBODY | {"visitor": None}),
    )
    assert [row[2] for row in judged(shop)] == [1, 1, 1, 1, 0, 1, 1]


def test_the_first_of_a_half_minute_that_is_told_later_takes_the_count(shop: Workspace) -> None:
    tell(shop, click("k2", HOUR + 20 * S, **NOBODY), click("k3", HOUR + 40 * S, **NOBODY))
    assert [row[2] for row in judged(shop)] == [1, 1]
    tell(shop, click("k1", HOUR, **NOBODY), click("bot", HOUR - S, **NOBODY | {"click_class": "bot"}))
    assert [(row[0], row[2]) for row in judged(shop)] == [("bot", 0), ("human", 1), ("human", 0), ("human", 1)]
    tell(shop, click("k1", HOUR, **NOBODY), click("k2", HOUR + 20 * S, **NOBODY))
    assert [row[2] for row in judged(shop)] == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("after", "told", "expected"),
    [
        (0, {}, ("prefetch", "too-soon", 0, 0)),
        (S - 1, {"click_class": "unknown"}, ("prefetch", "too-soon", 0, 0)),
        (S, {}, ("human", "looks-human", 1, 1)),
        (S - 1, {"reason": None}, ("human", None, 1, 1)),
        (S - 1, {"click_class": "preview"}, ("preview", "looks-human", 0, 0)),
        (-1, {}, ("human", "looks-human", 1, 0)),
    ],
)
def test_our_link_opened_in_less_than_a_second_after_the_send_is_a_prefetch(
    shop: Workspace, after: int, told: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    tell(shop, click("k", after, **told))
    assert judged(shop) == [expected]


def test_a_send_told_late_makes_an_earlier_click_too_soon(tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "w")
    tell(workspace, click("k", 500_000))
    assert judged(workspace) == [("human", "looks-human", 1, 0)]
    messages(workspace, tmp_path / "files", MESSAGE)
    assert judged(workspace) == [("prefetch", "too-soon", 0, 0)]


def test_a_repetition_stays_human_is_not_counted_and_prolongs_the_wait(shop: Workspace) -> None:
    tell(
        shop,
        click("k1", 60 * S),
        click("k2", 90 * S),
        click("k3", 120 * S),
        click("k4", 150 * S + 1),
        click("b", 91 * S, link="b"),
    )
    assert judged(shop) == [
        ("human", "looks-human", 1, 1), ("human", "repeated", 0, 0), ("human", "looks-human", 1, 0), ("human", "repeated", 0, 0),
        ("human", "looks-human", 1, 0),
    ]  # fmt: skip
    assert funnel(shop) == (5, 3, 0, 1)
    machine = click("bot", 150 * S + 2, click_class="bot", reason="agent")
    tell(shop, machine, click("k5", 180 * S + 2))
    assert judged(shop)[-2:] == [("bot", "agent", 0, 0), ("human", "looks-human", 1, 0)]


def test_what_is_repeated_hangs_on_a_click_that_is_told_later(shop: Workspace) -> None:
    tell(shop, click("k2", 80 * S))
    assert judged(shop) == [("human", "looks-human", 1, 1)]
    tell(shop, click("k1", 60 * S))
    assert judged(shop) == [("human", "looks-human", 1, 1), ("human", "repeated", 0, 0)]
    tell(shop, click("k1", 60 * S), click("k2", 80 * S))
    assert judged(shop) == [("human", "looks-human", 1, 1), ("human", "repeated", 0, 0)]


def whose(workspace: Workspace) -> list[str | None]:
    """Id of the message of each click, by time."""
    with open_tables(workspace) as tables:
        sql = (
            "SELECT any_value(e.message_id) FROM response AS r LEFT JOIN event_message AS e ON r.message_key = e.message_key"
            " WHERE r.response_kind = 'click' GROUP BY r.response_key, r.occurred_us ORDER BY r.occurred_us"
        )
        return [row[0] for row in tables.con.execute(sql).fetchall()]


def sent(name: str, after_us: int, **label: Any) -> dict[str, Any]:
    return {"message_id": name, "contact": "c1", "sent_at": START + after_us, **label}


def test_a_click_belongs_to_the_latest_message_of_30_days_that_says_so_else_of_72_hours(tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "w")
    rows = [
        sent("old", 0, campaign="spring"), sent("newer", DAY, campaign="spring"), sent("tpl", 2 * DAY, template="other"),
        sent("plain", 3 * DAY),
    ]  # fmt: skip
    messages(workspace, tmp_path / "files", *rows)
    at = 3 * DAY + HOUR
    tell(
        workspace,
        click("k1", at), click("k2", at + 1, link="b", within="template=other"), click("k3", at + 60 * S, within="tag=x"),
        click("k4", at + 120 * S, within=None), click("k5", 6 * DAY, within="tag=x"), click("k6", 31 * DAY - 1),
        click("k7", 31 * DAY), click("k8", 31 * DAY + 60 * S, contact="c2"),
    )  # fmt: skip
    assert whose(workspace) == ["newer", "tpl", "plain", "plain", None, "newer", None, None]


def test_a_campaign_that_is_declared_later_says_so_too(tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "w")
    messages(
        workspace,
        tmp_path / "files",
        sent("m1", 0, template="other"),
        sent("m2", HOUR),
        sent("m3", 0) | {"contact": "c2"},
    )
    tell(
        workspace, click("k1", DAY, within="campaign=late"), click("k2", 2 * DAY, contact="c2", within="campaign=late")
    )
    assert whose(workspace) == ["m2", "m3"]
    add_campaign(workspace, Campaign("late", "late", match=(Match("template", "other"),)))
    assert differing(workspace, build(workspace)) == ()
    assert whose(workspace) == ["m1", "m3"]


def test_click_list_counts_raw_and_clean_and_masks_who(shop: Workspace) -> None:
    told = click("k3", 2 * HOUR, click_class="preview", reason="preview-agent")
    tell(
        shop, click("k1", HOUR), click("k2", HOUR + S), told, click("k4", 3 * HOUR, contact=None, link="b", within=None)
    )
    shop.record("link.set", Link("b", 2, "https://shop.example/b", campaign="spring").to_json())
    found = list_clicks(shop, campaign="spring")
    assert (found.all, found.human, found.repeated) == (4, 2, 1)
    assert found.by_class == {"human": 3, "preview": 1, "prefetch": 0, "bot": 0, "unknown": 0}
    assert [(one.click_class, one.reason, one.human, one.message_id, one.campaign) for one in found.rows] == [
        ("human", "looks-human", True, None, "spring"), ("preview", "preview-agent", False, "m1", "spring"),
        ("human", "repeated", False, "m1", "spring"), ("human", "looks-human", True, "m1", "spring"),
    ]  # fmt: skip
    key = f"c:{contact_key('ext:c1') & 0xFFFFFFFFFFFFFFFF:016x}"
    assert {one.to_json()["contact"] for one in found.rows} == {None, key}
    of_link = list_clicks(shop, link="a", classes=["preview"], limit=10)
    assert (of_link.all, len(of_link.rows)) == (3, 1)
    assert list_clicks(shop, campaign="spring", link="b").all == 1


def test_click_list_refuses_what_is_not_there(shop: Workspace) -> None:
    assert list_clicks(shop).all == 0
    with pytest.raises(NotFound, match="no campaign 'sprong'"):
        list_clicks(shop, campaign="sprong")
    with pytest.raises(NotFound, match="no link 'nope'"):
        list_clicks(shop, link="nope")


def test_click_list_on_the_command_line(shop: Workspace) -> None:
    tell(shop, click("k1", HOUR), click("k2", HOUR + S))
    asked = ["click", "list", "--link", "a", "--workspace", str(shop.path)]
    printed = CliRunner().invoke(cli, asked)
    assert printed.exit_code == 0, printed.output
    assert "all clicks     2" in printed.output
    assert "people's       1 (1 more repeat one within 30 seconds)" in printed.output
    data = json.loads(CliRunner().invoke(cli, [*asked, "--json", "--class", "bot"]).stdout)["data"]
    assert data["counts"]["by_class"]["human"] == 2
    assert data["clicks"] == []


def test_kpis_are_explained_by_the_clicks_they_count(shop: Workspace) -> None:
    scanner = [click(f"s{n}", 43 * S + 90_000 * n, link=f"l{n}") for n in range(3)]
    tell(shop, *scanner, click("k1", HOUR), click("k2", HOUR + S), click("k3", 2 * HOUR))
    total = explain(shop, "total_clicks", "spring")
    assert [(one.measure, one.total) for one in total.sets] == [("human_clicks", 2)]
    share = explain(shop, "nhi_share", "spring")
    assert [(one.measure, one.total) for one in share.sets] == [("machine_clicks", 3), ("all_clicks", 6)]
    assert explain(shop, "click_through_rate", "spring").sets[0].total == 1


PHONE = "+4915112345678"
CHROME = {
    "user-agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "accept-language": "de-DE,de;q=0.9",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
    "sec-fetch-user": "?1",
}


def opened(number: int, recipient: int, after_us: int, link: str) -> Delivery:
    """A click as the server journals it, from an ordinary phone."""
    body = {
        "click": f"{number:022}", "at": START + after_us, "link": link, "recipient": recipient, "within": "campaign=craft",
        "method": "GET", "headers": CHROME, "network": "203.0.113.0/24", "visitor": 5,
    }  # fmt: skip
    return Delivery("earnest.links", json.dumps(body).encode())


def test_a_recipients_journalled_clicks_reach_the_campaign_of_his_phones_message(tmp_path: Path) -> None:
    workspace = new_workspace(tmp_path / "w")
    sent_at = datetime.fromtimestamp(START // S, UTC).isoformat()
    file = tmp_path / "craft.csv"
    file.write_text(f"message_id,phone,campaign,sent_at,delivered_at\nm1,{PHONE},craft,{sent_at},{sent_at}\n")
    import_files(workspace, [file], "messages")
    for place in range(10):
        workspace.record("link.set", Link(f"l{place}", place + 1, "https://shop.example/", campaign="craft").to_json())
    (recipient,) = enrol(workspace, [Party(dialled=PHONE)])
    journal(workspace, [opened(n, recipient, 43 * S + 90_000 * n, f"l{n}") for n in range(10)])
    build(workspace)
    journal(
        workspace,
        [opened(10, recipient, HOUR, "l3"), opened(10, recipient, HOUR, "l3"), opened(11, recipient, HOUR + S, "l3")],
    )
    assert differing(workspace, build(workspace)) == ()
    assert funnel(workspace) == (12, 1, 10, 1)
    found = list_clicks(workspace, campaign="craft")
    assert (found.all, found.human, found.repeated, found.by_class["bot"]) == (12, 1, 1, 10)
    latest = found.rows[0]
    assert (latest.reason, latest.message_id, latest.campaign) == ("repeated", "m1", "craft")
    assert latest.shown is not None
    assert latest.shown.startswith("+49")
    assert "1234567" not in latest.shown
    figures = {line.kpi: line.figure for line in judge(workspace, "craft").kpis}
    values = [
        getattr(figures[name], "value", None) for name in ("total_clicks", "bot_click_share", "click_through_rate")
    ]
    assert values == [1.0, 10 / 12, 1.0]
