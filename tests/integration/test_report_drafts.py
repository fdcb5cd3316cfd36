"""A report's life at the command line: declared, commented, frozen, shared, revoked; and that a snapshot stays what it was."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from earnest.definitions.report import Report
from earnest.kernel.errors import EarnestError, EnvironmentProblem
from earnest.usecases.costs import add_cost
from earnest.usecases.declare import set_setting
from earnest.usecases.import_files import import_files
from earnest.usecases.report_draft import add_comment, set_report, withdraw_report
from earnest.usecases.report_share import opened, revoke_share, share_report
from earnest.usecases.report_snapshot import find_snapshot, read_snapshot, take_snapshot
from earnest.usecases.workspace import Workspace

from .command_line import Run, data_of, error_of, runner_in
from .trials import Clock, Trial, laid_out, table


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """1,000 people in each arm, 200 and 100 of them buying for 50.00; 1,000 messages at 0.10; margin 40 %."""
    return laid_out(tmp_path, Trial(), Clock("2026-04-10T12:00:00"))


@pytest.fixture
def run(shop: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner_in(shop.path, capsys, monkeypatch)


def late_orders(shop: Workspace, folder: Path) -> None:
    """Twenty more buyers of the messaged arm, told late, within the window."""
    rows = [(f"late{one}", f"t-{900 + one}@example.org", "2026-03-05T12:00:00Z", "50.00") for one in range(20)]
    import_files(shop, [table(folder / "late.csv", ("order_id", "email", "ordered_at", "amount"), rows)], "orders")


def test_a_session_from_the_draft_to_a_revoked_link(run: Run) -> None:
    told = data_of(run("report", "new", "board", "--title", "Spring for the board", "--campaign", "spring", "--audience", "cfo", "--json"))  # fmt: skip
    assert (told["id"], told["campaigns"], told["audience"], told["hide_costs"]) == ("board", ["spring"], "cfo", False)
    assert [one["id"] for one in data_of(run("report", "list", "--json"))] == ["board"]
    said = data_of(run("report", "comment", "add", "board", "Why so little?", "--at", "bridge", "--author", "Anna", "--json"))  # fmt: skip
    assert (said["author"], said["at"], said["state"]) == ("Anna", "bridge", "open")
    taken = data_of(run("report", "snapshot", "board", "--note", "first", "--json"))
    data_of(run("report", "preview", "board", "--out", "draft.html", "--json"))
    assert "Why so little?" in Path("draft.html").read_text(encoding="utf-8")
    assert run("report", "preview", "board", "--out", "nowhere/draft.html")[0] == 1
    made = data_of(run("report", "share", "board", "--days", "30", "--json"))
    assert made["snapshot"] == taken["snapshot"]
    assert made["path"].startswith("/s/")
    assert len(made["path"]) == 3 + 32  # 32 characters of 5 bits: 160 bits
    shown = data_of(run("report", "show", "board", "--json"))
    assert [one["state"] for one in shown["links"]] == ["live"]
    data_of(run("report", "comment", "resolve", said["comment"], "--json"))
    gone = data_of(run("report", "revoke", "board", made["link"], "--json"))
    assert [one["state"] for one in gone] == ["revoked"]
    assert run("report", "show", "board")[0] == 0
    data_of(run("report", "withdraw", "board", "--json"))
    assert data_of(run("report", "list", "--json")) == []
    assert data_of(run("verify", "--json"))["intact"] is True


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (("new", "b", "--title", "B", "--campaign", "sprnig"), 5, "no-such-campaign"),
        (("new", "b", "--title", " ", "--campaign", "spring"), 2, "no-title"),
        (("new", "b!", "--title", "B", "--campaign", "spring"), 2, "bad-id"),
        (("new", "b", "--title", "B", "--campaign", "spring", "--lang", "xx"), 2, "unknown-language"),
        (("new", "b", "--title", "B", "--campaign", "spring", "--hide-costs"), 2, "costs-not-hidden"),
        (("new", "b", "--title", "B", "--campaign", "spring", "--campaign", "spring"), 2, "no-campaign"),
        (("new", "board", "--title", "B", "--campaign", "spring"), 1, "report-exists"),
        (("show", "bored"), 5, "no-such-report"),
        (("share", "board"), 5, "no-such-snapshot"),
        (("revoke", "board", "7"), 5, "no-such-link"),
        (("revoke", "board"), 2, "which-link"),
        (("comment", "add", "board", "x", "--at", "brigde"), 5, "no-such-section"),
        (("comment", "add", "board", "x", "--campaign", "winter"), 2, "not-in-report"),
        (("comment", "add", "board", " "), 2, "bad-comment"),
        (("comment", "edit", "99", "x"), 5, "no-such-comment"),
    ],
)  # fmt: skip
def test_what_cannot_be(run: Run, arguments: tuple[str, ...], exit_code: int, code: str) -> None:
    data_of(run("report", "new", "board", "--title", "Board", "--campaign", "spring", "--json"))
    answer = run("report", *arguments, "--json")
    assert (answer[0], error_of(answer)) == (exit_code, code)
    assert json.loads(answer[2])["error"]["hint"]


def test_a_name_that_is_nearly_one_is_told(run: Run) -> None:
    data_of(run("report", "new", "board", "--title", "Board", "--campaign", "spring", "--json"))
    assert "did you mean 'board'" in run("report", "show", "bord")[2]
    assert "did you mean 'bridge'" in run("report", "comment", "add", "board", "x", "--at", "brigde")[2]


def frozen_bytes(shop: Workspace, number: int) -> bytes:
    return (shop.files / find_snapshot(shop.state(), number).file_hash).read_bytes()


def test_a_snapshot_says_the_same_whatever_comes_later(shop: Workspace, tmp_path: Path) -> None:
    """Late orders, another margin, another cost, a further comment: its bytes, and what a link shows, stay."""
    set_report(shop, Report("board", "Board", ("spring",), "cfo"))
    add_comment(shop, "board", "Why so little?", author="Anna", at="bridge")
    first = take_snapshot(shop, "board", by="anna")
    made = share_report(shop, "board", by="anna", comments=True)
    before, page = frozen_bytes(shop, first.seq), read_snapshot(shop, first).with_comments
    assert hashlib.sha256(before).hexdigest() == first.file_hash
    late_orders(shop, tmp_path)
    set_setting(shop, "margin", "0.3", date(2026, 1, 1))
    add_cost(shop, {"campaign": "spring", "kind": "content", "amount": "500.00", "currency": None, "from": "2026-03-01", "until": None,
                    "evidence": "invoiced", "covers": False, "description": "film"})  # fmt: skip
    add_comment(shop, "board", "Now it is a loss", author="Ben")
    second = take_snapshot(shop, "board", by="anna")
    assert frozen_bytes(shop, first.seq) == before
    found = opened(shop.state(), made.token, now_us=shop.clock())
    assert found is not None
    assert found[1].seq == first.seq
    assert read_snapshot(shop, found[1]).with_comments == page
    costs = [read_snapshot(shop, one).story("spring")["cost"]["total"]["amount"] for one in (first, second)]
    assert [Decimal(one) for one in costs] == [Decimal("100.00"), Decimal("600.00")]


def test_a_snapshot_holds_the_story_that_the_campaign_tells(shop: Workspace, run: Run) -> None:
    """200 buyers of 50.00 against 100: 5,000.00 extra, 40 % of it 2,000.00, less 100.00 of cost: 1,900.00."""
    data_of(run("report", "new", "board", "--title", "Board", "--campaign", "spring", "--audience", "cfo", "--json"))
    taken = data_of(run("report", "snapshot", "board", "--json"))
    kept = read_snapshot(shop, find_snapshot(shop.state(), taken["snapshot"]))
    story = kept.story("spring")
    shown: dict[str, Any] = data_of(run("campaign", "show", "spring", "--json"))
    for part in ("verdict", "returns", "bridge", "cost", "attributed"):
        assert story[part] == shown[part]
    assert story["returns"]["contribution"]["value"] == pytest.approx(1_900)
    assert "After everything it cost, the campaign left €1,900." in kept.page
    assert kept.rules["settings"]["margin"] == [{"value": "0.4", "from": "2026-01-01"}]
    blocks = [block["block"] for section in kept.sections for block in section["blocks"]]
    assert blocks[:4] == ["Title", "Situation", "Actions", "Verdict"]


def test_comments_stand_behind_their_section_and_only_where_chosen(shop: Workspace) -> None:
    set_report(shop, Report("board", "Board", ("spring",)))
    kept = [add_comment(shop, "board", text, author="Anna", at=at) for text, at in (("of the bridge", "bridge"), ("<b>x</b>", "costs"))]  # fmt: skip
    frozen = read_snapshot(shop, take_snapshot(shop, "board", by="anna"))
    assert "of the bridge" not in frozen.page
    assert frozen.with_comments is not None
    bridge, said, costs = (
        frozen.with_comments.index(text) for text in ("would have come anyway", "of the bridge", "Cost by kind")
    )  # fmt: skip
    assert bridge < said
    assert "&lt;b&gt;x&lt;/b&gt;" in frozen.with_comments
    assert "<b>x</b>" not in frozen.with_comments
    assert costs
    assert [one["comment"] for one in frozen.comments] == [one.seq for one in kept]


def test_links_end_by_time_by_revoking_and_with_their_report(shop: Workspace) -> None:
    clock = shop.clock
    assert isinstance(clock, Clock)
    set_report(shop, Report("board", "Board", ("spring",)))
    take_snapshot(shop, "board", by="anna")
    short, gone, kept = (share_report(shop, "board", by="anna", days=days) for days in (1, None, None))

    def open_now() -> list[bool]:
        return [opened(shop.state(), one.token, now_us=shop.clock()) is not None for one in (short, gone, kept)]

    assert open_now() == [True, True, True]
    revoke_share(shop, "board", gone.share.seq)
    assert open_now() == [True, False, True]
    clock.set("2026-04-12T12:00:00")
    assert open_now() == [False, False, True]
    withdraw_report(shop, "board")
    assert open_now() == [False, False, False]
    assert len({short.token, gone.token, kept.token}) == 3
    with shop.journal() as journal:
        written = b" ".join(entry.body for entry in journal.entries())
    assert not [one for one in (short, gone, kept) if one.token.encode() in written]


def test_a_damaged_snapshot_is_refused_not_shown(shop: Workspace) -> None:
    set_report(shop, Report("board", "Board", ("spring",)))
    taken = take_snapshot(shop, "board", by="anna")
    path = shop.files / taken.file_hash
    path.write_bytes(path.read_bytes().replace(b"Board", b"Beard"))
    with pytest.raises(EnvironmentProblem) as refused:
        read_snapshot(shop, taken)
    assert refused.value.code == "snapshot-damaged"


def test_several_campaigns_cannot_hide_their_costs(shop: Workspace) -> None:
    with pytest.raises(EarnestError) as refused:
        set_report(shop, Report("board", "Board", ("spring", "unassigned"), "client", hide_costs=True))
    assert refused.value.code == "costs-not-hidden"
