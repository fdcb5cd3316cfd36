"""What files say becomes facts: which version of an order counts, which times a message needs, what an as-of may see."""

from __future__ import annotations

import itertools
import shutil
from datetime import date
from typing import Any

import pytest

from earnest.kernel.errors import DataRefused
from earnest.kernel.period import DAY_US
from earnest.usecases.declare import set_setting
from earnest.usecases.judge import judge_all
from earnest.usecases.rebuild import verify_workspace
from earnest.usecases.workspace import Workspace

ORDERS = "order_id,contact,ordered_at,updated_at,amount,discount"


def test_of_two_tellings_of_a_version_the_later_one_counts_even_if_the_clock_was_set_back(
    imported: Any, query: Any, clock: Any
) -> None:
    imported("orders", "order_id,ordered_at,amount", "o1,2026-09-01T10:00Z,10.00")
    clock.us -= DAY_US
    imported("orders", "order_id,ordered_at,amount", "o1,2026-09-01T10:00Z,99.00")
    assert query("SELECT net_minor FROM conversion") == [(9900,)]


@pytest.mark.parametrize("discounts", list(itertools.permutations(["7.00", "3.00", "", "5.00"]))[::5])
def test_rows_that_differ_only_in_the_discount_give_one_answer_in_any_order(
    imported: Any, query: Any, discounts: tuple[str, ...]
) -> None:
    imported(
        "orders", ORDERS, *[f"o1,a,2026-09-01T10:00Z,2026-09-02T10:00Z,10.00,{discount}" for discount in discounts]
    )
    assert query("SELECT net_minor, discount_minor FROM conversion") == [(1000, 700)]


def test_an_older_version_that_arrives_late_changes_nothing(imported: Any, query: Any) -> None:
    imported("orders", ORDERS, "o1,c,2026-09-01T10:00Z,2026-09-05T10:00Z,10.00,0")
    imported("orders", ORDERS, "o1,c,2026-09-01T10:00Z,2026-09-02T10:00Z,99.00,0")
    assert query("SELECT net_minor FROM conversion") == [(1000,)]


def test_a_status_without_its_own_time_is_no_event(imported: Any, query: Any) -> None:
    done = imported(
        "messages",
        "message_id,contact,status,sent_at",
        "m1,c1,read,2026-09-01T10:00Z",
        "m2,c2,replied,",
        "m3,c3,failed,2026-09-01T10:00Z",
    )
    assert (done.counts.accepted, done.counts.quarantined, done.counts.reasons) == (2, 1, {"missing": 1})
    assert any("status" in note for note in done.notes)
    assert query("SELECT count(*), count(send_day), count(sent_us), count(read_us), count(failed_us) FROM message") == [
        (2, 2, 2, 0, 0)
    ]
    assert query("SELECT * FROM response") == []
    imported("messages", "message_id,contact,status,sent_at", "m4,c1,accepted,2026-09-03T10:00Z")
    assert query("SELECT count(*) FROM message") == [(3,)]


def test_with_its_time_mapped_the_status_is_read(imported: Any, query: Any) -> None:
    imported("messages", "message_id,contact,status,when", "m1,c1,read,2026-09-01T10:00Z", maps=("occurred_at=when",))
    assert query("SELECT count(sent_us), count(delivered_us), count(read_us) FROM message") == [(1, 1, 1)]


def test_times_and_statuses_in_one_file(imported: Any, query: Any) -> None:
    done = imported(
        "messages", "message_id,contact,sent_at,status,occurred_at",
        "m1,c1,2026-09-01T10:00Z,,", "m2,c2,,delivered,2026-09-01T11:00Z", "m3,c3,2026-09-01T10:00Z,read,2026-09-01T12:00Z",
        "m4,c4,,read,", "m5,c5,,,2026-09-01T11:00Z",
    )  # fmt: skip
    assert (done.counts.accepted, done.counts.quarantined) == (3, 2)
    assert query("SELECT count(sent_us), count(delivered_us), count(read_us) FROM message") == [(3, 2, 1)]


def test_a_message_of_which_only_the_failure_has_a_time_counts(imported: Any, query: Any) -> None:
    done = imported("messages", "message_id,contact,sent_at,failed_at,error_code", "m1,c1,,2026-09-01T10:00Z,131026")
    assert done.counts.quarantined == 0
    assert query("SELECT count(failed_us), max(error_code) FROM message") == [(1, "131026")]


@pytest.mark.parametrize(
    "header", ["message_id,contact,date", "message_id,contact,status", "message_id,contact,clicked_at"]
)
def test_messages_without_a_time_per_state_or_a_dated_status_are_refused(imported: Any, header: str) -> None:
    with pytest.raises(DataRefused) as caught:
        imported("messages", header, "m1,c1,2026-09-01T10:00Z")
    assert caught.value.code == "missing-column"


def test_a_setting_dated_ahead_changes_no_report_as_of_today(
    workspace: Workspace, imported: Any, query: Any, clock: Any
) -> None:
    imported(
        "messages", "message_id,contact,campaign,sent_at,clicked_at", "m1,c1,spring,2026-09-01T10:00Z,2026-09-01T10:00Z"
    )
    imported("orders", "order_id,contact,ordered_at,amount", "o1,c1,2026-09-10T10:00Z,10.00")
    set_setting(workspace, "lookback_click_days", "30", date(2026, 12, 24))
    set_setting(workspace, "level", "0.8", date(2026, 12, 24))
    moment = clock()
    credited = "SELECT credit_minor, message_key IS NOT NULL FROM credit WHERE model = 'last_touch'"
    assert query(credited, moment) == [(1000, False)]
    story = judge_all(workspace, as_of_us=moment)
    clock.us += 90 * DAY_US
    shutil.rmtree(workspace.tables / "as_of")
    assert query(credited, moment) == [(1000, False)]
    assert judge_all(workspace, as_of_us=moment) == story
    assert query(credited) == [(1000, True)]


def test_a_changed_journal_is_reported_not_a_crash(workspace: Workspace, imported: Any) -> None:
    imported("orders", "order_id,ordered_at,amount", "o1,2026-09-01T10:00Z,10.00")
    assert verify_workspace(workspace).intact
    with workspace.journal() as journal:
        journal._db.execute(
            "UPDATE entry SET body = CAST(substr(body, 2) AS BLOB), headers = 'x' WHERE kind = 'import.file'"
        )
    found = verify_workspace(workspace)
    assert not found.intact
    assert "journal entry 2" in found.problems[0]


def test_a_changed_or_lost_file_is_reported(workspace: Workspace, imported: Any) -> None:
    imported("orders", "order_id,ordered_at,amount", "o1,2026-09-01T10:00Z,10.00")
    (kept,) = workspace.files.iterdir()
    kept.chmod(0o600)
    kept.write_bytes(kept.read_bytes().replace(b"10.00", b"90.00"))
    assert [problem.rpartition(" ")[2] for problem in verify_workspace(workspace).problems] == ["changed"]
    kept.unlink()
    assert [problem.rpartition(" ")[2] for problem in verify_workspace(workspace).problems] == ["missing"]
