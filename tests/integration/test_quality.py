"""The data audit through its doors: command line, Python, HTTP; leaving orders out and taking them in again."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

import earnest
from earnest.access.principal import operator
from earnest.kernel.errors import DataRefused, NotFound, UsageError
from earnest.kernel.estimate import Estimate
from earnest.usecases.access import Administration, create_key
from earnest.usecases.judge import judge
from earnest.usecases.quality import check_quality
from earnest.usecases.quality_exclude import exclude, include, preview
from earnest.usecases.rebuild import differing
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace
from integration.command_line import Run, data_of, error_of, runner
from integration.senders import served_shop
from integration.trials import Clock, Trial, bring_rows, laid_out

ORDERS = ("order_id", "email", "ordered_at", "amount", "coupon")
TESTS = [(f"test{n}", f"t-{n}@example.org", "2026-03-04T12:00:00Z", "80.00", "STAFF") for n in range(3)]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A trial of a thousand against a thousand; three orders with a staff coupon, a day after, by treated people."""
    made = laid_out(tmp_path, Trial(), Clock("2026-04-10T12:00:00"))
    bring_rows(made, "orders", ORDERS, TESTS)
    return made


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("EARNEST_WORKSPACE", str(workspace.path))
    return runner(capsys)


def incremental(workspace: Workspace) -> float:
    figure = judge(workspace, "spring").restated or judge(workspace, "spring").returns
    told = figure["incremental_revenue"]
    assert isinstance(told, Estimate)
    return told.value


def test_check_prints_what_fails_and_its_effect(run: Run) -> None:
    code, out, err = run("quality", "check")
    assert code == 0
    assert "orders-test: 3 of 303 orders (1.0%)" in out
    assert "WARNS" in out
    assert "next: earnest quality show orders-test" in err
    told = data_of(run("quality", "check", "--json"))
    check = next(one for one in told["checks"] if one["code"] == "orders-test")
    assert (check["rows"], check["tested"], check["passed"]) == (3, 303, False)
    assert told["grade"] == "B"
    assert told["limits"] == ["capture rate"]
    assert told["wording_cap"] == "proven"
    assert len(told["checks"]) >= 30


def test_thresholds_decide_the_exit_code(run: Run) -> None:
    assert run("quality", "check", "--fail-on-quality", "B")[0] == 0
    assert run("quality", "check", "--fail-on-quality", "a")[0] == 4
    assert run("quality", "check", "--fail-on-quality", "50")[0] == 0
    assert run("quality", "check", "--fail-on-quality", "100")[0] == 4
    assert run("quality", "check", "--fail-on-quality", "F")[0] == 2
    assert run("quality", "check", "--campaign", "sprnig")[0] == 5


def test_a_check_that_withholds_every_verdict_exits_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = laid_out(tmp_path, Trial(messaged_control=50), Clock("2026-04-10T12:00:00"))
    code, out, _ = runner(capsys)("quality", "check", "-w", made.path)
    assert code == 3
    assert "WITHHOLDS EVERY VERDICT" in out
    assert "hold-out-messaged" in out


def test_show_tells_the_rows_by_the_shops_ids(run: Run) -> None:
    told = data_of(run("quality", "show", "orders-test", "--json"))
    assert told["rows"] == 3
    assert sorted(row["id"] for row in told["told"]) == ["test0", "test1", "test2"]
    assert {row["amount"] for row in told["told"]} == {"80.00"}
    code, out, _ = run("quality", "show", "orders-test", "--format", "csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert sorted(row["id"] for row in rows) == ["test0", "test1", "test2"]
    answer = run("quality", "show", "order-test", "--json")
    assert answer[0] == 5
    assert error_of(answer) == "no-such-check"


def test_list_tells_every_definition(run: Run) -> None:
    told = data_of(run("quality", "list", "--json"))
    assert len(told) >= 30
    assert all(one["question"] and one["reason"] and one["remedy"] and one["kpis"] for one in told)


def test_preview_changes_nothing_and_exclude_does_what_it_showed(run: Run, workspace: Workspace) -> None:
    """80.00 × 3 of a thousand treated: 240.00 of incremental revenue."""
    before = incremental(workspace)
    told = data_of(run("quality", "preview", "--exclude", "orders-test", "--json"))
    assert told["orders"] == 3
    shown = told["campaigns"][0]["incremental"]
    assert shown["before"]["value"] == pytest.approx(before)
    assert shown["change"]["value"] == pytest.approx(-240)
    assert incremental(workspace) == before
    made = data_of(run("quality", "exclude", "orders-test", "--reason", "staff tried the shop", "--json"))
    assert incremental(workspace) == pytest.approx(before - 240)
    assert differing(workspace, build(workspace)) == ()
    assert "staff tried the shop" in run("quality", "exclusions")[1]
    assert (
        next(one for one in data_of(run("quality", "check", "--json"))["checks"] if one["code"] == "orders-test")[
            "rows"
        ]
        == 0
    )
    assert data_of(run("quality", "include", made["exclusion"], "--json"))["what"] == "orders-test"
    assert incremental(workspace) == pytest.approx(before)


def test_what_comes_later_is_carried_past_an_exclusion(workspace: Workspace) -> None:
    exclude(workspace, "order=test0", reason="a test")
    bring_rows(
        workspace,
        "orders",
        ORDERS,
        [
            ("test0", "t-0@example.org", "2026-03-04T12:00:00Z", "90.00", "STAFF"),
            ("new", "t-9@example.org", "2026-03-05T12:00:00Z", "10.00", ""),
        ],
    )
    with open_tables(workspace) as tables:
        ids = tables.con.execute("SELECT count(*), sum(net_minor) FROM conversion").fetchone()
    assert ids == (303, 300 * 5_000 + 2 * 8_000 + 1_000)
    assert differing(workspace, build(workspace)) == ()


def test_a_day_is_left_out_and_taken_in(workspace: Workspace) -> None:
    with open_tables(workspace) as tables:
        shown = preview(tables, "day=2026-03-04")
    assert shown.chosen.orders == 3
    made = exclude(workspace, "day=2026-03-04", reason="the shop was down")
    with open_tables(workspace) as tables:
        assert tables.con.execute("SELECT count(*) FROM conversion").fetchone() == (300,)
    include(workspace, made.seq)
    with open_tables(workspace) as tables:
        assert tables.con.execute("SELECT count(*) FROM conversion").fetchone() == (303,)
    with pytest.raises(NotFound, match="no exclusion 999"):
        include(workspace, 999)


def test_what_cannot_be_left_out_is_refused(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="needs a reason"):
        exclude(workspace, "orders-test", reason=" ")
    with open_tables(workspace) as tables:
        with pytest.raises(NotFound, match="no order has the id 'nobody'"):
            preview(tables, "order=test0,nobody")
        with pytest.raises(DataRefused, match="no order on 2020-01-01"):
            preview(tables, "day=2020-01-01")
        with pytest.raises(DataRefused, match="orders-negative finds nothing"):
            preview(tables, "orders-negative")
        with pytest.raises(UsageError, match="'month=2026-03' cannot be left out"):
            preview(tables, "month=2026-03")
    bring_rows(workspace, "costs", ("date", "kind", "amount"), [("2026-03-01", "content", "5.00")])
    with (
        open_tables(workspace) as tables,
        pytest.raises(UsageError, match="finds costs, and only orders can be left out"),
    ):
        preview(tables, "cost-unallocated")


def test_capture_is_compared_with_the_orders_of_the_same_days(run: Run, workspace: Workspace) -> None:
    told = data_of(
        run("quality", "capture", "--orders", "404", "--from", "2026-03-01", "--until", "2026-04-01", "--json")
    )
    assert told == {"finance": 404, "here": 303, "rate": pytest.approx(0.75)}
    quality = data_of(run("quality", "check", "--json"))
    assert quality["facts"]["capture_rate"] == pytest.approx(0.75)
    assert (quality["grade"], quality["limits"]) == ("D", ["capture rate"])
    assert quality["wording_cap"] == "indicates"
    assert run("quality", "capture", "--orders", "4", "--from", "2026-03-02", "--until", "2026-03-02")[0] == 2


def test_python_and_the_tables_say_the_same(workspace: Workspace) -> None:
    told = earnest.check_quality(workspace)
    with open_tables(workspace) as tables:
        again = check_quality(tables, "spring")
    assert told.grade == again.grade == "B"
    assert again.find("orders-test").rows == 3
    assert [one.code for one in told.checks] == [one.code for one in again.checks]
    assert json.loads(json.dumps(told.to_json()))["score"] == round(told.score, 1)


def test_over_http(tmp_path: Path) -> None:
    with served_shop(tmp_path) as shop:
        admin = Administration(shop.place.workspace, shop.place.access, operator("root"))
        key = create_key(admin, "r", scopes=["reports:read"])[1]
        other = create_key(admin, "l", scopes=["links:write"])[1]

        def get(path: str, key: str | None) -> httpx.Response:
            async def asked() -> httpx.Response:
                transport = httpx.ASGITransport(shop.app, raise_app_exceptions=False)
                async with httpx.AsyncClient(transport=transport, base_url="https://earnest.example") as client:
                    return await client.get(path, headers={"authorization": f"Bearer {key}"} if key else {})

            return asyncio.run(asked())

        told: Any = get("/api/v1/quality", key)
        assert told.status_code == 200
        assert {"score", "grade", "checks", "wording_cap"} <= told.json().keys()
        rows = get("/api/v1/quality/orders-test?limit=5", key)
        assert (rows.status_code, rows.json()["told"]) == (200, [])
        assert get("/api/v1/quality/no-such", key).status_code == 404
        assert get("/api/v1/quality?campaign=none", key).status_code == 404
        assert get("/api/v1/quality", None).status_code == 401
        assert get("/api/v1/quality", other).status_code == 403
