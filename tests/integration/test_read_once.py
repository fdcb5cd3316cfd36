"""An experiment is read once, after its date: the figures stand, later data show beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from earnest.kernel.estimate import Estimate
from earnest.usecases.experiment_read import read_experiment
from earnest.usecases.experiment_show import show_experiment
from earnest.usecases.judge import judge, judge_all
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict
from integration.trials import Clock, Trial, bring_rows, laid_out

BEFORE, ON_THE_DAY, LATER = "2026-03-19T23:59:00", "2026-03-20T00:01:00", "2026-04-10T12:00:00"


def readings(workspace: Workspace) -> list[str | None]:
    """Reasons of the journalled readings."""
    with workspace.journal() as journal:
        return [entry.data["reason"] for entry in journal.entries(kind_prefix="experiment.read")]


def revenue(story: CampaignStory) -> float:
    figure = story.returns["incremental_revenue"]
    assert isinstance(figure, Estimate)
    return figure.value


def late_data(workspace: Workspace) -> None:
    """Ten orders of 50.00 by treated people on 10 March, told late, and a refund of 50.00: 450.00 more in the window."""
    rows = [(f"late{one}", f"t-{900 + one}@example.org", "2026-03-10T12:00:00Z", "50.00") for one in range(10)]
    bring_rows(workspace, "orders", ("order_id", "email", "ordered_at", "amount"), rows)
    header = ("refund_id", "order_id", "refunded_at", "amount")
    bring_rows(workspace, "refunds", header, [("r1", "o0", "2026-03-25T12:00:00Z", "50.00")])


def test_nothing_is_recorded_before_the_date(tmp_path: Path) -> None:
    workspace = laid_out(tmp_path, Trial(), Clock(BEFORE))
    story = judge(workspace, "spring")
    assert (story.verdict, story.running) == (Verdict.INCONCLUSIVE, True)
    assert show_experiment(workspace, "spring-test").verdict == "running"
    assert readings(workspace) == []


def test_the_first_reading_after_the_date_stands(tmp_path: Path) -> None:
    clock = Clock(BEFORE)
    workspace = laid_out(tmp_path, Trial(), clock)
    judge(workspace, "spring")
    clock.set(ON_THE_DAY)
    first = judge(workspace, "spring")
    assert first.verdict is Verdict.PROVEN_GAIN
    assert revenue(first) == pytest.approx(5_000)
    assert first.restated is None
    assert readings(workspace) == [None]
    judge_all(workspace)
    show_experiment(workspace, "spring-test")
    assert readings(workspace) == [None]

    clock.set(LATER)
    late_data(workspace)
    second = judge(workspace, "spring")
    assert readings(workspace) == [None]
    assert second.returns == first.returns
    assert second.bridge == first.bridge
    assert second.experiment is not None
    assert first.experiment is not None
    assert second.experiment.read_at == first.experiment.read_at
    assert second.restated is not None
    restated = second.restated["incremental_revenue"]
    assert isinstance(restated, Estimate)
    assert restated.value == pytest.approx(5_450)


def test_a_new_reading_needs_a_reason_and_replaces_the_old(tmp_path: Path) -> None:
    clock = Clock(ON_THE_DAY)
    workspace = laid_out(tmp_path, Trial(), clock)
    judge(workspace, "spring")
    clock.set(LATER)
    late_data(workspace)
    shown = show_experiment(workspace, "spring-test", again="the refunds are in")
    assert readings(workspace) == [None, "the refunds are in"]
    assert not shown.result.restated
    story = judge(workspace, "spring")
    assert revenue(story) == pytest.approx(5_450)
    assert story.restated is None


def test_a_past_moment_at_which_nobody_had_read_stays_unread(tmp_path: Path) -> None:
    """Else the interval could be read at as many instants as there are."""
    clock = Clock(ON_THE_DAY)
    workspace = laid_out(tmp_path, Trial(), clock)
    clock.set(LATER)
    past_us = clock() - 3_600_000_000
    story = judge(workspace, "spring", as_of_us=past_us)
    assert (story.verdict, story.running) == (Verdict.INCONCLUSIVE, True)
    judge_all(workspace, as_of_us=past_us)
    assert readings(workspace) == []


def test_a_moment_before_the_reading_does_not_know_it(tmp_path: Path) -> None:
    clock = Clock(BEFORE)
    workspace = laid_out(tmp_path, Trial(), clock)
    before_us = clock()
    clock.set(ON_THE_DAY)
    judge(workspace, "spring")
    story = judge(workspace, "spring", as_of_us=before_us)
    assert (story.verdict, story.running) == (Verdict.INCONCLUSIVE, True)
    assert story.experiment is not None
    assert story.experiment.read_at is None


def test_a_blocked_experiment_is_not_read(tmp_path: Path) -> None:
    workspace = laid_out(tmp_path, Trial(control=800), Clock(ON_THE_DAY))
    assert judge(workspace, "spring").verdict is Verdict.WITHHELD
    assert readings(workspace) == []


def test_two_processes_that_read_at_once_record_one_reading(tmp_path: Path) -> None:
    """The second finds the first's reading in the journal and takes it; nobody sees an error."""
    clock = Clock(ON_THE_DAY)
    workspace = laid_out(tmp_path, Trial(), clock)
    with open_tables(workspace) as one, open_tables(workspace) as other:
        experiment = one.state.find_experiment("spring-test")
        first = read_experiment(workspace, one, experiment)
        second = read_experiment(workspace, other, experiment)
    assert first.reading is not None
    assert second.reading is not None
    assert second.reading.seq == first.reading.seq
    assert readings(workspace) == [None]
