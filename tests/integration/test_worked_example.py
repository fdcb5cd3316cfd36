"""Known answers from files to report: the worked example, CDNOW's orders, Hillstrom's experiment."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from earnest.cli.main import main
from earnest.incrementality.difference import Difference
from earnest.kernel.estimate import Estimate
from earnest.kernel.money import Money
from earnest.usecases.experiment_analyze import analyze_table
from earnest.usecases.experiment_show import show_experiment
from earnest.usecases.import_files import Options, import_files
from earnest.usecases.judge import judge
from earnest.usecases.overview import overview
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace, init, open_workspace
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict


def say(*args: object) -> None:
    """Run a command that must succeed."""
    with pytest.raises(SystemExit) as stopped:
        main([*map(str, args), "-q"])
    assert stopped.value.code == 0


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


# ── fifty enrolments of 1,740.00 for 25,750.00 ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class School:
    """A workspace with the worked example, and the story judged from it."""

    workspace: Workspace
    story: CampaignStory


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> School:
    """Messages of 1 June, clicked within the hour; enrolments two days later; look-back of a click: 5 days."""
    folder = tmp_path_factory.mktemp("school")
    phones = [f"+49151234560{n:02d}" for n in range(50)]
    messages = "message_id,phone,sent_at,delivered_at,clicked_at,channel,campaign\n" + "".join(
        f"m{n},{phone},2026-06-01T08:00:00Z,2026-06-01T08:00:05Z,2026-06-01T09:00:00Z,whatsapp,enrol\n"
        for n, phone in enumerate(phones)
    )
    enrolments = "conversion_id,phone,kind,date,amount,currency\n" + "".join(
        f"e{n},{phone},enrolment,2026-06-03T09:00:00Z,1740.00,USD\n" for n, phone in enumerate(phones)
    )
    costs = (
        "cost_id,campaign,kind,from,amount,currency,evidence\n"
        "1,enrol,subscription,2026-06-01,12000.00,USD,invoiced\n"
        "2,enrol,creative,2026-06-01,10000.00,USD,invoiced\n"
        "3,enrol,messaging,2026-06-01,3750.00,USD,invoiced\n"
    )
    workspace = folder / "school"
    say("init", workspace, "--currency", "USD", "--timezone", "America/New_York")
    say("campaign", "add", "enrol", "--purpose", "sales", "-w", workspace)
    for kind, text in (("messages", messages), ("conversions", enrolments), ("costs", costs)):
        path = folder / f"{kind}.csv"
        path.write_text(text)
        say("import", "run", path, "--as", kind, "-w", workspace)
    opened = open_workspace(workspace)
    return School(opened, judge(opened, "enrol"))


def kpi(story: CampaignStory, name: str) -> Estimate:
    figure = next(line.figure for line in story.kpis if line.kpi == name)
    assert isinstance(figure, Estimate), figure
    return figure


def test_the_whole_revenue_is_credited_under_both_rules(school: School) -> None:
    assert school.story.claims == {"last_touch": usd("87000.00"), "linear": usd("87000.00")}
    totals = overview(school.workspace)
    assert totals.net_revenue == usd("87000.00")
    assert totals.unattributed == usd("0.00")


def test_three_cost_lines_are_the_whole_cost(school: School) -> None:
    assert school.story.cost_total == usd("25750.00")
    assert {line.kind: line.amount for line in school.story.costs} == {
        "subscription": usd("12000.00"),
        "content": usd("10000.00"),
        "messaging": usd("3750.00"),
    }
    assert school.story.unrated_messages == 0


def test_roi_and_roas_as_in_the_head(school: School) -> None:
    """(87,000 − 25,750) / 25,750 and 87,000 / 25,750."""
    assert kpi(school.story, "roi").value == pytest.approx(2.378640777, abs=5e-10)
    assert kpi(school.story, "roas").value == pytest.approx(3.378640777, abs=5e-10)
    assert kpi(school.story, "attributed_revenue").exact == usd("87000.00")
    assert kpi(school.story, "total_cost").exact == usd("25750.00")
    assert kpi(school.story, "cost_per_order").value == 515.0
    assert kpi(school.story, "revenue_per_recipient").value == 1740.0
    assert kpi(school.story, "conversion_rate").value == 1.0


def test_nobody_was_held_out_so_nothing_is_claimed(school: School) -> None:
    assert school.story.verdict is Verdict.NO_HOLDOUT
    assert school.story.bridge is None


def test_the_command_line_gives_the_same_figures(school: School, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["roi", "show", "enrol", "--json", "-w", str(school.workspace.path)])
    data = json.loads(capsys.readouterr().out)["data"]
    figures = data["kpis"]
    assert data["verdict"] == "no_holdout"
    assert figures["roi"]["value"] == pytest.approx(2.378640777, abs=5e-10)
    assert figures["roas"]["value"] == pytest.approx(3.378640777, abs=5e-10)


# ── CDNOW: 69,659 orders without ids ────────────────────────────────────────────────────────────────────────────────


def test_cdnow_imports_whole_and_its_equal_rows_are_kept(shared_data: Path, tmp_path: Path) -> None:
    """The total is added here from the file's text, in decimals."""
    path = shared_data / "open" / "cdnow_master.txt.gz"
    lines = gzip.decompress(path.read_bytes()).decode().split("\n")[1:]
    orders = [line.split() for line in lines if line.strip("\r\x1a ")]
    total = sum(Decimal(order[3]) for order in orders)
    assert len(orders) == 69_659
    surplus = len(orders) - len({tuple(order) for order in orders})
    assert surplus == 255

    workspace = init(tmp_path / "cdnow", currency="USD", timezone="America/New_York")
    (done,) = import_files(workspace, [path], "orders")
    counts = done.counts
    assert (counts.rows, counts.accepted, counts.quarantined, counts.filtered) == (69_659, 69_659, 0, 0)
    assert counts.equal_rows == 255
    assert "255 rows repeat another row and have no id: they were kept, as they may be real." in done.notes
    with open_tables(workspace) as tables:
        found = tables.con.execute(
            "SELECT count(*), sum(net_minor), count(DISTINCT contact_key), count(*) FILTER (WHERE net_minor = 0) FROM conversion"
        ).fetchone()
    assert found is not None
    assert found[:3] == (69_659, int(total * 100), len({order[0] for order in orders}))
    assert found[3] == sum(Decimal(order[3]) == 0 for order in orders)


# ── Hillstrom: 64,000 customers, two mailings, a hold-out ───────────────────────────────────────────────────────────

NONE = "No E-Mail"


@dataclass(frozen=True)
class Mailing:
    """Hillstrom's file imported into a workspace as assignments, orders and a cost line."""

    file: Path
    workspace: Workspace


@pytest.fixture(scope="module")
def mailing(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Mailing:
    """Half of the revenue is margin; 42,694 mailings at 0.10 cost 4,269.40."""
    file = shared_data / "hillstrom.csv.gz"
    folder = tmp_path_factory.mktemp("mailing") / "shop"
    place = ("-w", folder)
    say("init", folder, "--currency", "USD", "--timezone", "America/New_York")
    say("setting", "set", "margin", "0.5", "--from", "2008-01-01", *place)
    say("campaign", "add", "mailing", "--purpose", "sales", *place)
    arms = ("--arm", "Mens E-Mail", "--arm", "Womens E-Mail", "--arm", NONE, "--control", NONE)
    dates = ("--window-days", 14, "--read-out", "2008-04-01", "--starts", "2008-03-01")
    say("experiment", "add", "holdout", "--campaign", "mailing", *arms, *dates, *place)
    who = ("--map", "contact=@row")
    assigned = ("--map", "arm=segment", "--map", "experiment==holdout", "--map", "assigned_at==2008-03-01")
    say("import", "run", file, "--as", "assignments", *who, *assigned, *place)
    bought = ("--map", "amount=spend", "--map", "ordered_at==2008-03-05", "--where", "spend > 0")
    say("import", "run", file, "--as", "orders", *who, *bought, *place)
    say(
        "cost",
        "add",
        "--amount",
        "4269.40",
        "--kind",
        "messaging",
        "--campaign",
        "mailing",
        "--from",
        "2008-03-01",
        *place,
    )
    return Mailing(file, open_workspace(folder))


def test_every_customer_is_assigned_and_every_purchase_is_an_order(mailing: Mailing) -> None:
    """578 customers spent something."""
    counts = {one.kind: one.counts for one in mailing.workspace.state().imports.values()}
    assert (counts["assignments"]["rows"], counts["assignments"]["accepted"]) == (64_000, 64_000)
    assert (counts["orders"]["accepted"], counts["orders"]["filtered"]) == (578, 64_000 - 578)


@pytest.mark.parametrize(
    ("metric", "column"), [("revenue", "spend"), ("orders", "conversion"), ("converted", "conversion")]
)
def test_the_workspace_gives_what_the_table_gives(metric: str, column: str, mailing: Mailing) -> None:
    """Orders are a mean, converted a share, of the same 0s and 1s."""
    money = column if metric != "converted" else None
    plain = analyze_table(mailing.file, "segment", NONE, [column], revenue_outcome=money).analysis
    shown = show_experiment(mailing.workspace, "holdout")
    assert shown.verdict == "read"
    assert shown.analysis is not None
    assert shown.analysis.units == plain.units
    compared = [contrast for contrast in plain.contrasts if contrast.metric == column]
    assert len(compared) == 3
    for contrast in compared:
        expected = contrast.difference
        found = shown.analysis.contrast(metric, contrast.treated).difference
        assert isinstance(expected, Difference)
        assert isinstance(found, Difference)
        for name in ("value", "se", "low", "high", "control_mean", "treated_mean"):
            assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-9, abs=1e-12), (metric, name)


def test_the_story_has_the_known_increment(mailing: Mailing) -> None:
    story = judge(mailing.workspace, "mailing")
    extra = story.returns["incremental_revenue"]
    assert isinstance(extra, Estimate)
    assert extra.value == pytest.approx(25_479.61, abs=0.005)
    assert (extra.low, extra.high) == pytest.approx((16_060.85, 34_898.37), abs=0.005)
    back = story.returns["incremental_return"]
    assert isinstance(back, Estimate)
    assert back.value == pytest.approx(25_479.611273 * 0.5 / 4_269.40, rel=1e-9)
    assert (back.low, back.high) == pytest.approx(
        (16_060.853924 * 0.5 / 4_269.40, 34_898.368622 * 0.5 / 4_269.40), rel=1e-8
    )
    assert story.verdict is Verdict.PROVEN_GAIN


def test_the_report_says_so(mailing: Mailing, tmp_path: Path) -> None:
    """25,479.61 × 0.5 / 4,269.40 = 2.98; the interval 16,060.85 to 34,898.37 gives 1.88 to 4.09."""
    target = tmp_path / "mailing.html"
    say("report", "build", "mailing", "--out", target, "-w", mailing.workspace.path)
    text = re.sub(r"<[^>]+>", "", target.read_text(encoding="utf-8"))
    for figure in ("$2.98", "$1.88", "$4.09", "25,479.61"):
        assert figure in text, figure


def test_the_files_own_row_numbers_tie_the_imports_together(mailing: Mailing) -> None:
    """A mapping with another source of identity would leave the orders without their customers."""
    (looked,) = import_files(
        mailing.workspace,
        [mailing.file],
        "orders",
        options=Options(maps=("amount=spend", "ordered_at==2008-03-05"), where="spend > 0"),
        dry_run=True,
    )
    assert looked.counts.without_contact == 578
    assert any("578 rows have no contact" in note for note in looked.notes)
