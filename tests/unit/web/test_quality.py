"""The page of data quality: the audit of every door, its failing rows, and what leaving a day out would change."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from earnest.kernel.errors import DataRefused, NotFound
from earnest.reports.blocks import Callout, Verdict
from earnest.usecases.quality import audit_workspace
from earnest.usecases.quality_held import held_quality
from earnest.usecases.quality_rows import failing
from earnest.usecases.tables import open_tables, read_tables
from earnest.usecases.workspace import Workspace
from earnest.web.page import Form, Listing, Page, Working
from earnest.web.pages.quality import build
from unit.web.shop import desk, listing, sent, shop, texts


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = shop(tmp_path_factory.mktemp("quality"))
    with open_tables(made) as tables:
        held_quality(made, tables, wait_s=120)
    return made


def page(workspace: Workspace, *pairs: tuple[str, str], role: str = "admin") -> Page:
    with desk(workspace, "/quality", *pairs, role=role) as made:
        return build(made)


def test_grade_score_and_parts_are_the_audits(workspace: Workspace) -> None:
    found, shown = audit_workspace(workspace), page(workspace)
    answer = next(one for one in shown.blocks if isinstance(one, Verdict))
    assert answer.label == f"Grade {found.grade}, score {found.score:.0f} of 100"
    parts = next(one for one in shown.blocks if isinstance(one, Listing) and one.columns[0].label == "Part")
    assert texts(parts, 1) == [f"{one.score:.0f}" for one in found.parts]


def test_every_failed_check_stands_there_with_its_rows(workspace: Workspace) -> None:
    found, shown = audit_workspace(workspace), page(workspace)
    lists = [one for one in shown.blocks if isinstance(one, Listing) and one.columns[0].label == "Check"]
    told = [(row[0].text, row[1].text) for one in lists for row in one.rows]
    assert told == [(one.code, f"{one.rows:,}") for one in found.failed]
    assert told, "the shop has a line without a rate, so something fails"


def test_a_check_shows_the_rows_that_fail_it(workspace: Workspace) -> None:
    """o6 was paid with 30.00 and 45.00 went back."""
    found = failing(workspace, "refunds-above-order")
    shown = page(workspace, ("check", "refunds-above-order"))
    rows = listing(shown, "1 row fails")
    assert found.count == 1
    assert texts(rows, 0) == [found.told[0]["id"]]
    assert any(isinstance(one, Callout) for one in shown.blocks)
    with pytest.raises(NotFound, match="did you mean 'refunds-above-order'"):
        page(workspace, ("check", "refunds-above-ordr"))


def test_a_day_is_looked_at_before_it_is_left_out(workspace: Workspace) -> None:
    """On 7 September stands o5 alone: 70.00, all of it credited to spring by its click of 1 September where that counts."""
    shown = page(workspace, ("day", "2026-09-07"))
    table = listing(shown, "Without 1 order")
    assert shown.title == "Without the orders of 7 Sept 2026"
    assert [one.method for one in shown.blocks if isinstance(one, Form)] == ["post"]
    assert all(row[1].tone == "attr" for row in table.rows)
    with pytest.raises(DataRefused):
        page(workspace, ("day", "2026-09-30"))


def test_a_day_before_and_after(workspace: Workspace) -> None:
    """On 5 September stand o3, 40.00 net, read and so credited to vip, and o4, 50.00, to which nothing but a delivery leads."""
    table = listing(page(workspace, ("day", "2026-09-05")), "Without 2 orders")
    assert texts(table, 0) == ["vip"]
    cell = table.rows[0][1]
    assert (cell.text, cell.detail.text if cell.detail else "") == ("€0", "instead of €40.00")


def test_readers_see_no_way_to_leave_out(workspace: Workspace) -> None:
    assert not [one for one in page(workspace, role="viewer").blocks if isinstance(one, Form)]
    looked = page(workspace, ("day", "2026-09-05"), role="viewer")
    assert not [one for one in looked.blocks if isinstance(one, Form)]


def test_the_form_leaves_out_and_takes_in_again(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    refused = sent(workspace, "/quality/exclude", form="exclude", what="day=2026-09-05", reason="")
    assert refused.status_code == 422
    assert workspace.state().exclusions == {}
    answer = sent(workspace, "/quality/exclude", form="exclude", what="day=2026-09-05", reason="test orders")
    assert (answer.status_code, answer.headers["location"]) == (303, "/quality")
    (one,) = workspace.state().exclusions.values()
    assert (one.what, one.reason) == ("day=2026-09-05", "test orders")
    assert sent(workspace, "/quality/include", number="x").status_code == 422
    assert sent(workspace, "/quality/include", number=str(one.seq)).status_code == 303
    assert workspace.state().exclusions == {}


def test_the_audit_before_stands_while_a_new_one_is_made(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    with open_tables(workspace) as tables:
        assert held_quality(workspace, tables, wait_s=120).current
    workspace.record("setting.set", {"name": "margin", "value": "0.4", "from": "2026-01-01"})
    with read_tables(workspace) as tables:
        held = held_quality(workspace, tables)
        assert held.quality is not None
        assert not held.current, "what was declared since is not in it"
        for _ in range(600):
            if (held := held_quality(workspace, tables)).current:
                break
            time.sleep(0.1)
        assert held.current


def test_without_any_audit_yet_the_page_says_that_it_is_at_work(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from earnest.usecases.quality_held import HeldQuality
    from earnest.web.pages import quality

    monkeypatch.setattr(quality, "held_quality", lambda *_: HeldQuality(None, current=False))
    shown = page(workspace)
    assert [type(one) for one in shown.blocks] == [Working]
    assert shown.wait > 0
