"""Where a report's figures come from, how two snapshots differ, and the proof of one. Expected figures are worked out by hand:

200 of 1,000 messaged people and 100 of 1,000 held out bought for 50.00; margin 40 %; 1,000 messages at 0.10.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from earnest.api.routes.report_figures import DifferenceTold, ExplainedTold
from earnest.kernel.errors import NotFound
from earnest.usecases.costs import add_cost
from earnest.usecases.declare import set_setting
from earnest.usecases.report_explain import explain_figure, list_figures

from .asked_shop import asked_shop
from .command_line import Run, data_of, runner_in
from .report_shop import API, ReportShop, report_shop
from .test_report_drafts import late_orders


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportShop]:
    """Two snapshots of one report: between them late orders, another margin, and a cost line of 500.00."""
    folder = tmp_path_factory.mktemp("shop")
    with report_shop(folder) as shop:
        workspace = shop.place.workspace
        shop.declared()
        shop.write("POST", f"{API}/board/snapshots", {})
        late_orders(workspace, folder)
        set_setting(workspace, "margin", "0.3", date(2026, 1, 1))
        add_cost(workspace, {"campaign": "spring", "kind": "content", "amount": "500.00", "currency": None, "from": "2026-03-01",
                             "until": None, "evidence": "invoiced", "covers": False, "description": "=film"})  # fmt: skip
        shop.write("POST", f"{API}/board/snapshots", {})
        yield shop


@pytest.fixture
def run(shop: ReportShop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner_in(shop.place.workspace.path, capsys, monkeypatch)


def snapshots(shop: ReportShop) -> list[int]:
    return [one["snapshot"] for one in shop.ask("GET", f"{API}/board", key=shop.reader).json()["snapshots"]]


@pytest.mark.parametrize(
    ("path", "whole", "value", "sets"),
    [
        # 5,000.00 extra, 30 % of it 1,500.00, of 600.00: 2.5. The rows are today's: 20 late orders are among them.
        ("incremental_return.value", "returns.incremental_return.value", 2.5, [("units", 2_000, 320 * 5_000)]),
        ("cost.total", "cost.total", {"amount": "600.00", "currency": "EUR"}, [("cost_micro", 2, 600_000_000)]),
        ("total", "cost.total", {"amount": "600.00", "currency": "EUR"}, [("cost_micro", 2, 600_000_000)]),
        ("funnel.delivered.count", "funnel.delivered.count", 1_000, [("delivered", 1_000, 1_000)]),
        ("kpis.delivery_rate.value", "kpis.delivery_rate.value", 1.0, [("delivered", 1_000, 1_000), ("sent", 1_000, 1_000)]),
        ("extra_revenue", "bridge.extra_revenue", {"amount": "5000.00", "currency": "EUR"}, [("units", 2_000, 320 * 5_000)]),
        ("margin.value", "margin.value", 0.3, []),
    ],
)  # fmt: skip
def test_a_figure_is_explained_down_to_its_rows(
    shop: ReportShop, path: str, whole: str, value: object, sets: list[tuple[str, int, int]]
) -> None:
    found = explain_figure(shop.place.workspace, "spring", path, limit=3)
    assert (found.path, found.value) == (whole, pytest.approx(value) if isinstance(value, float) else value)
    assert [(one.measure, one.count, one.total) for one in found.sets] == sets
    assert all(len(one.rows) == min(3, one.count) for one in found.sets)
    assert found.definition.formula
    assert found.definition.id.partition("@")[2]
    assert found.as_of.startswith("2026-04-10T")


def test_every_figure_of_a_story_can_be_explained(shop: ReportShop) -> None:
    for path in list_figures(shop.place.workspace, "spring", build=False):
        assert explain_figure(shop.place.workspace, "spring", path, limit=0, build=False).definition.name, path


def test_what_attribution_claims_has_the_rows_of_its_rule(tmp_path: Path) -> None:
    """Both orders, 50.00 and 20.00, are credited whole to the one message clicked before them, whatever the rule."""
    workspace = asked_shop(tmp_path)
    for model in ("last_touch", "linear"):
        found = explain_figure(workspace, "autumn", f"attributed.{model}.revenue")
        assert found.value == {"amount": "70.00", "currency": "EUR"}
        assert [(one.count, one.total) for one in found.sets] == [(2, 70_000_000)]
        assert found.definition.basis == "attributed"
        assert found.rule["lookback_click_days"] == "5"
    none = explain_figure(workspace, "autumn", "incremental_return")
    assert (none.sets, none.note) == ((), "nobody was held out by chance, so there are no units to compare")


def test_a_wrong_path_names_the_nearest(shop: ReportShop) -> None:
    with pytest.raises(NotFound) as refused:
        explain_figure(shop.place.workspace, "spring", "incremental_retrun")
    assert refused.value.code == "no-such-figure"
    assert "did you mean 'incremental_return'?" in refused.value.message


def test_http_explains_the_same(shop: ReportShop, run: Run) -> None:
    answer = shop.ask("GET", "/api/v1/campaigns/spring/explain?path=incremental_return.value&limit=2", key=shop.reader)
    told = ExplainedTold.model_validate(answer.json())
    assert told.definition.denominator == "cost of the campaign"
    at_the_command_line = data_of(
        run("report", "explain", "spring", "incremental_return.value", "--limit", "2", "--json")
    )
    for part in ("path", "value", "definition", "rule", "rows", "note", "verdict"):
        assert answer.json()[part] == at_the_command_line[part]
    for path, status, code in (
        ("/api/v1/campaigns/spring/explain?path=x", 404, "no-such-figure"),
        ("/api/v1/campaigns/sprnig/explain?path=cost.total", 404, "no-such-campaign"),
        ("/api/v1/campaigns/spring/explain", 422, "request-invalid"),
    ):
        wrong = shop.ask("GET", path, key=shop.reader)
        assert (wrong.status_code, wrong.json()["code"]) == (status, code)
    assert shop.ask("GET", "/api/v1/campaigns/spring/explain?path=cost.total").status_code == 401


def test_the_difference_of_two_snapshots_and_why(shop: ReportShop) -> None:
    """Before: 2,000.00 − 100.00 = 1,900.00. After: 1,500.00 − 600.00 = 900.00. The reading stands, so late orders moved nothing."""
    first, second = snapshots(shop)
    answer = shop.ask("GET", f"{API}/board/diff?before={first}&after={second}", key=shop.reader)
    told = DifferenceTold.model_validate(answer.json())
    changes = {one.path: one for one in told.changes}
    left = changes["returns.contribution"]
    assert (left.before["value"], left.after["value"]) == (pytest.approx(1_900), pytest.approx(900))
    assert left.change is not None
    assert float(left.change) == pytest.approx(-1_000)
    assert {one.code for one in left.why} == {"changed-setting", "restated-cost"}
    assert "setting margin was 0.4 and is 0.3" in [one.what for one in left.why]
    cost = changes["cost.total"]
    assert (cost.before["amount"], cost.after["amount"], cost.change) == ("100.00", "600.00", "+500.00")
    assert {one.code for one in cost.why} == {"restated-cost"}
    assert changes["margin"].change == "-0.1"
    assert "returns.incremental_revenue" not in changes
    assert changes["restated.incremental_revenue"].before is None
    assert {one.code for one in changes["restated.incremental_revenue"].why} >= {"late-rows"}
    assert told.verdicts == {}
    assert shop.ask("GET", f"{API}/board/diff?before={first}&after=99", key=shop.reader).status_code == 404


def test_a_snapshot_differs_from_itself_in_nothing(shop: ReportShop, run: Run) -> None:
    first, second = snapshots(shop)
    same = data_of(run("report", "diff", "board", first, first, "--json"))
    assert (same["changes"], same["causes"]) == ([], [])
    code, out, _ = run("report", "diff", "board", first, second)
    assert code == 0
    assert "spring cost.total: 100.00 EUR → 600.00 EUR (+500.00)" in out
    assert "restated-cost: cost line" in out


def read(pack: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(pack) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        return {name: archive.read(name) for name in archive.namelist()}


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_the_evidence_of_a_snapshot_after_everything_changed(shop: ReportShop, run: Run, tmp_path: Path) -> None:
    first, _ = snapshots(shop)
    one, other = tmp_path / "one.zip", tmp_path / "other.zip"
    told = data_of(run("report", "evidence", "board", "--snapshot", first, "--out", one, "--json"))
    assert (told["reproduced"], told["differing"]) == (True, [])
    data_of(run("report", "evidence", "board", "--snapshot", first, "--out", other, "--json"))
    assert one.read_bytes() == other.read_bytes()
    files = read(one)
    manifest = json.loads(files["manifest.json"])
    listed = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    assert listed == {name: hashlib.sha256(text).hexdigest() for name, text in files.items() if name != "manifest.json"}
    figures = {row["path"]: row for row in table(files["figures.csv"])}
    assert figures["cost.total"]["value"] == "100.00"
    assert float(figures["returns.contribution"]["value"]) == pytest.approx(1_900)
    index = {row["path"]: row for row in table(files["rows.csv"])}
    units = table(files[index["returns.incremental_return"]["file"]])
    assert len(units) == 2_000
    bought = {arm: sum(int(row["amount"]) for row in units if row["arm"] == arm) for arm in ("treatment", "control")}
    assert bought == {"treatment": 1_000_000, "control": 500_000}
    assert {row["contact_key"].partition("-")[0] for row in units} == {"contact"}
    assert len({row["contact_key"] for row in units}) == 2_000
    assert [row["value"] for row in table(files["rules/settings.csv"]) if row["setting"] == "margin"] == ["0.4"]
    assert "Chance decided who was messaged" in files["method.md"].decode()
    assert not keys_of(shop) & set(files["rows.csv"].decode().replace(",", " ").split())
    everything = b" ".join(files.values())
    assert b"@example.org" not in everything
    assert not [key for key in keys_of(shop) if key.encode() in everything]


def test_texts_in_the_pack_are_no_formulas(shop: ReportShop, run: Run, tmp_path: Path) -> None:
    _, second = snapshots(shop)
    told = data_of(run("report", "evidence", "board", "--snapshot", second, "--out", tmp_path / "pack.zip", "--json"))
    assert told["reproduced"] is True
    files = read(tmp_path / "pack.zip")
    index = {row["path"]: row for row in table(files["rows.csv"])}
    costs = table(files[index["cost.total"]["file"]])
    assert "'=film" in [row["description"] for row in costs]
    assert sum(int(row["amount"]) for row in costs) == 600_000_000


def keys_of(shop: ReportShop) -> set[str]:
    """Some contact keys as the tables hold them."""
    found: list[Any] = (
        explain_figure(shop.place.workspace, "spring", "incremental_return", limit=50, build=False).sets[0].rows
    )  # type: ignore[assignment]
    return {str(row[1]) for row in found}
