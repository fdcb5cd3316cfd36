"""Own benchmarks from file to story; own history goes before them, and published ones come last."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earnest.usecases.judge import judge
from earnest.usecases.workspace import Workspace, init
from earnest.verdict.story import KpiLine
from integration.command_line import Run, runner_in
from integration.trials import Clock, bring_rows

HEADER = ("message_id", "email", "sent_at", "delivered_at", "read_at", "clicked_at", "campaign", "channel")


def campaigns(workspace: Workspace, *sizes: tuple[int, int], first: int = 1) -> None:
    """`c1`, `c2` … on the first of each month of 2025: so many delivered, so many of them clicked."""
    rows = [
        (f"{n}-{one}", f"p{one}@example.org", f"2025-{n:02d}-01T10:00:00Z", f"2025-{n:02d}-01T10:00:01Z", "",
         f"2025-{n:02d}-01T11:00:00Z" if one < clicked else "", f"c{n}", "whatsapp")
        for n, (delivered, clicked) in enumerate(sizes, first)
        for one in range(delivered)
    ]  # fmt: skip
    bring_rows(workspace, "messages", HEADER, rows)


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return init(tmp_path / "shop", currency="EUR", timezone="UTC", clock=Clock("2026-01-10T12:00:00"))


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner_in(tmp_path, capsys, monkeypatch)


def ctr(workspace: Workspace, campaign: str) -> KpiLine:
    return next(line for line in judge(workspace, campaign).kpis if line.kpi == "click_through_rate")


def test_published_ones_stand_outside_a_workspace(run: Run) -> None:
    code, out, _ = run("benchmark", "usable", "--json")
    assert code == 0
    data = json.loads(out)["data"]
    assert (data["rows"], data["usable"]) == (284, 93)
    assert sum(one["usable"] for one in data["by_kpi_and_channel"]) == 93
    rows = json.loads(run("benchmark", "list", "--kpi", "open_rate", "--channel", "sms", "--json")[1])["data"]
    assert rows
    assert all(one["compares_with"] == [] for one in rows)
    code, _, err = run("benchmark", "list", "--channel", "whatsap")
    assert code == 5
    assert "whatsapp" in err


def test_own_row_then_own_history(run: Run, shop: Workspace) -> None:
    """150 of 1,000 clicked. Without history the row brought by hand is typical; after five campaigns of 10 to 14 % their range."""
    campaigns(shop, (1000, 150), first=12)
    assert ctr(shop, "c12").typical_source is None
    at = ("-w", shop.path)
    added = (
        "benchmark",
        "add",
        "--kpi",
        "ctr",
        "--channel",
        "whatsapp",
        "--publisher",
        "Agency",
        "--low",
        "5%",
        "--high",
        "9%",
        "--year",
        "2025",
    )
    code, _, err = run(*added, "--id", "loose", *at)
    assert code == 0
    assert "will not be compared with click_through_rate: numerator" in err
    assert ctr(shop, "c12").typical_source is None
    assert run(*added, "--as-defined", *at)[0] == 0
    line = ctr(shop, "c12")
    assert (line.typical_low, line.typical_high, line.typical_source) == (0.05, 0.09, "Agency (own, 1 figures)")
    assert run(*added, "--as-defined", *at)[0] == 1, "the same name again"

    campaigns(shop, (1000, 100), (1000, 110), (1000, 120), (1000, 130))
    assert ctr(shop, "c12").typical_source == "Agency (own, 1 figures)", "four are no history"
    campaigns(shop, (1000, 140), first=5)
    line = ctr(shop, "c12")
    assert line.typical_source == "own history (5 campaigns)"
    assert (line.typical_low, line.typical_high) == pytest.approx((0.104, 0.136))
    assert ctr(shop, "c5").typical_source == "Agency (own, 1 figures)", "four were earlier"

    data = json.loads(run("benchmark", "position", "ctr", "--campaign", "c12", *at, "--json")[1])["data"]
    assert data["among"] == "own-history"
    assert data["benchmark_position"]["percentile"] == 100
    # 12.9 % to 17.4 %: 10, 11 and 12 % lie surely below; Wilson of 3 of 5 begins at 23.1 %
    assert data["benchmark_position"]["low"] == pytest.approx(23.07, abs=0.01)
    assert data["shrunk"]["raw"] == 0.15
    assert 0.1 < data["shrunk"]["shrunk"] < 0.15
    assert data["shrunk"]["weight"] == pytest.approx(
        1000 / (1000 + data["shrunk"]["prior"]["a"] + data["shrunk"]["prior"]["b"])
    )
    code, out, _ = run("benchmark", "position", "ctr", "--campaign", "c12", *at)
    assert code == 0
    assert "above 100% of 5 own earlier campaigns" in out
    few = json.loads(run("benchmark", "position", "ctr", "--campaign", "c3", *at, "--json")[1])["data"]
    assert few["benchmark_position"]["unavailable"]["code"] == "too-few-peers"

    assert run("benchmark", "withdraw", "agency-whatsapp-click-through-rate-any-2025", *at)[0] == 0
    assert ctr(shop, "c5").typical_source is None
    assert run("benchmark", "withdraw", "agency-whatsapp-click-through-rate-any-2025", *at)[0] == 5


def test_a_file_of_benchmarks(run: Run, shop: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "ours.csv"
    path.write_text(
        "kpi,channel,low,high,publisher,numerator,denominator,unique_or_total,bot_policy\n"
        "ctr,whatsapp,4%,8%,Panel A,clicks,delivered,unique,excluded\n"
        "ctr,whatsapp,40%,80%,Panel B,clicks,delivered,,\n"
        "clicks,whatsapp,4,8,Panel C,,,,\n"
        "ctr,whatsapp,4,8,Panel D,clicks,delivered,unique,excluded\n"
    )
    code, out, _ = run("benchmark", "import", path, "-w", shop.path, "--json")
    assert code == 0
    data = json.loads(out)["data"]
    assert (len(data["new"]), data["known"], data["never_compared"]) == (2, 0, 1)
    assert [one["row"] for one in data["refused"]] == [4, 5]
    assert "more than the whole" in data["refused"][1]["why"]
    again = json.loads(run("benchmark", "import", path, "-w", shop.path, "--json")[1])["data"]
    assert (len(again["new"]), again["known"]) == (0, 2)
    own = json.loads(run("benchmark", "list", "--own", "-w", shop.path, "--json")[1])["data"]
    assert {one["publisher"]: one["compares_with"] for one in own} == {"Panel A": ["click_through_rate"], "Panel B": []}
    path.write_text("kpi,channel\nctr,whatsapp\n")
    code, _, err = run("benchmark", "import", path, "-w", shop.path)
    assert code == 3
    assert "no column publisher" in err


def test_chosen_kpis_lead_the_story(run: Run, shop: Workspace) -> None:
    campaigns(shop, (100, 10))
    at = ("-w", shop.path)
    assert run("setting", "set", "headline_kpis", "engagement_rate,ctr,cost_per_click", *at)[0] == 2, (
        "three are not five"
    )
    assert (
        run(
            "setting",
            "set",
            "headline_kpis",
            "click_rate_sent,ctr,conversations,orders,roas",
            *at,
            "--from",
            "2020-01-01",
        )[0]
        == 0
    )
    lines = [line.kpi for line in judge(shop, "c1").kpis]
    assert lines[:5] == ["click_rate_sent", "click_through_rate", "conversations", "orders", "roas"]
    first = judge(shop, "c1").kpis[0].figure
    assert first.value == 0.1  # type: ignore[union-attr]
    listed = {one["kpi"]: one for one in json.loads(run("kpi", "list", "--json", *at)[1])["data"]}
    assert listed["orders"]["leads"] == "headline"
    assert listed["reply_rate"]["leads"] == "secondary"
    assert listed["first_response_time"]["availability"] == "not computed yet"
    assert run("setting", "set", "secondary_kpis", "nothing,ctr,roas,roi", *at)[0] == 5
