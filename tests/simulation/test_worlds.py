"""Whole worlds with a known truth, from the files through import, build and judgement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from scipy import stats

from earnest.definitions.campaign import UNASSIGNED
from earnest.incrementality.difference import Difference, difference_of_means
from earnest.incrementality.moments import Moments
from earnest.kernel.estimate import Estimate
from earnest.simulation.demo import demo_account, demo_plan
from earnest.simulation.plan import ShopPlan
from earnest.simulation.shop import ShopFiles, write
from earnest.simulation.worlds import experiment_world
from earnest.usecases.demo import load_shop
from earnest.usecases.demo_bill import demo_prices
from earnest.usecases.import_files import Options, import_files
from earnest.usecases.judge import judge, judge_all
from earnest.usecases.measure import measure_all
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace
from earnest.verdict.verdict import Verdict

WORLDS = {8: 6, 20: 16}
"""So many worlds, and how many of their 95 % intervals must hold the truth: fewer has a chance below 1 %."""
PEOPLE = 6_000
MESSAGES = 200_000  # from here on every verdict is to be expected
DAY_US = 86_400_000_000


def units(plan: ShopPlan, files: ShopFiles) -> dict[str, NDArray[np.float64]]:
    """Arm → net revenue in cents of each assigned person within the window, from the files alone."""
    (campaign,) = plan.campaigns
    contacts = pq.read_table(files.contacts).to_pylist()
    phone_of = {row["email"]: row["phone"] for row in contacts if row["email"]}
    version: dict[str, dict[str, object]] = {}
    for row in pq.read_table(files.orders).to_pylist():
        known = version.get(row["order_id"])
        if known is None or row["updated_at"] > known["updated_at"]:
            version[row["order_id"]] = row
    refunds: dict[str, dict[str, object]] = {}
    for row in pq.read_table(files.refunds).to_pylist():
        refunds.setdefault(row["order_id"], {})[row["refund_id"]] = row["amount"]
    people = {row["phone"]: row for row in pq.read_table(files.assignments).to_pylist()}
    spent = dict.fromkeys(people, 0)
    for order_id, row in version.items():
        phone = row["phone"] or phone_of.get(row["email"])
        if phone not in people or row["status"] in ("cancelled", "test"):
            continue
        since = row["ordered_at"] - people[phone]["assigned_at"]
        if 0 <= since < campaign.window_days * DAY_US:
            net = row["total"] - row["tax"] - row["shipping"] - sum(refunds.get(order_id, {}).values())
            spent[phone] += int(net * 100)
    arms: dict[str, list[int]] = {}
    for phone, cents in spent.items():
        arms.setdefault(people[phone]["arm"], []).append(cents)
    return {arm: np.array(values, dtype=float) for arm, values in arms.items()}


def welch(treated: NDArray[np.float64], control: NDArray[np.float64]) -> tuple[float, float, float]:
    """Extra revenue of the treated in major units, and its 95 % interval, by the textbook."""
    y, x = treated / 100, control / 100
    parts = y.var(ddof=1) / len(y), x.var(ddof=1) / len(x)
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(y) - 1) + parts[1] ** 2 / (len(x) - 1))
    half = stats.t.ppf(0.975, freedom) * np.sqrt(sum(parts))
    lift = y.mean() - x.mean()
    return lift * len(y), (lift - half) * len(y), (lift + half) * len(y)


@pytest.mark.parametrize("worlds", [8, pytest.param(20, marks=pytest.mark.soak)])
def test_intervals_of_whole_worlds_contain_the_truth(
    tmp_path: Path, record_property: Callable[[str, object], None], worlds: int
) -> None:
    contained = []
    for seed in range(1, worlds + 1):
        effect = (0.0, 0.01, 0.03, 0.06)[seed % 4]
        plan = replace(experiment_world(seed, PEOPLE, 0.3, effect), share_unhinted=0.0)
        files = write(plan, tmp_path / f"files-{seed}")
        folder, now_us = tmp_path / f"world-{seed}", plan.end_us
        workspace, imported = load_shop(folder, plan, files, clock=lambda now_us=now_us: now_us)
        assert all(one.counts.quarantined == 0 for one in imported)
        story = judge(workspace, "spring-mailing")
        found = story.returns["incremental_revenue"]
        assert isinstance(found, Estimate)
        arms = units(plan, files)
        truth = files.truth["spring-mailing"]
        assert (len(arms["treatment"]), len(arms["control"])) == (truth.n_treated, truth.n_control)
        figures = (found.value, found.low, found.high)
        assert figures == pytest.approx(welch(arms["treatment"], arms["control"]), rel=1e-9, abs=1e-9)
        engine = difference_of_means(Moments.of(arms["treatment"]), Moments.of(arms["control"]), 0.95)
        assert isinstance(engine, Difference)
        scale = truth.n_treated / 100
        assert figures == pytest.approx(
            (engine.value * scale, engine.low * scale, engine.high * scale), rel=1e-9, abs=1e-9
        )
        assert found.low is not None
        assert found.high is not None
        contained.append(found.low <= truth.expected_lift_per_assigned * truth.n_treated <= found.high)
        assert float(story.cost_total.decimal) == pytest.approx(float(truth.cost), abs=0.006)
    record_property("worlds_contained", sum(contained))
    print(f"\n{sum(contained)} of {worlds} intervals contain the expected extra revenue ({PEOPLE} people each)")
    assert sum(contained) >= WORLDS[worlds]


class Clock:
    """A clock that steps a second each time it is read."""

    def __init__(self, now_us: int) -> None:
        self.now_us = now_us

    def __call__(self) -> int:
        self.now_us += 1_000_000
        return self.now_us


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, ShopFiles, ShopPlan]:
    plan = demo_plan(MESSAGES, today=date(2026, 11, 22), account=demo_account(demo_prices()))
    files = write(plan, tmp_path_factory.mktemp("demo") / "files")
    workspace, _ = load_shop(tmp_path_factory.mktemp("demo") / "workspace", plan, files, clock=Clock(plan.end_us))
    return workspace, files, plan


def test_the_demo_shop_has_every_verdict(shop: tuple[Workspace, ShopFiles, ShopPlan]) -> None:
    workspace, _, _ = shop
    stories = {story.campaign: story for story in judge_all(workspace)}
    found = {campaign: story.verdict for campaign, story in stories.items()}
    print("\n" + ", ".join(f"{campaign} {verdict.value}" for campaign, verdict in found.items()))
    assert set(found.values()) == set(Verdict)
    assert found["video-lookbook"] is Verdict.PROVEN_LOSS
    assert found["delivery-updates"] is found["our-makers"] is Verdict.NOT_JUDGED_BY_ROI
    assert found["price-drop-sms"] is found["bestsellers"] is Verdict.NO_HOLDOUT
    assert found["gift-guide"] is Verdict.WITHHELD
    assert stories["season-preview"].running


def test_credit_of_the_demo_shop_adds_up_to_the_net_revenue_of_its_files(
    shop: tuple[Workspace, ShopFiles, ShopPlan],
) -> None:
    workspace, files, _ = shop
    row = (
        duckdb.connect()
        .execute(
            f"""WITH version AS (
                SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) AS age
                FROM '{files.orders}'),
            refund AS (SELECT order_id, sum(amount) AS amount FROM (SELECT DISTINCT * FROM '{files.refunds}') GROUP BY 1)
            SELECT CAST(sum(total - tax - shipping - coalesce(amount, 0)) * 100 AS BIGINT)
            FROM version LEFT JOIN refund USING (order_id) WHERE age = 1 AND status NOT IN ('cancelled', 'test')"""
        )
        .fetchone()
    )
    assert row is not None
    with open_tables(workspace) as tables:
        measured = measure_all(tables)
        unattributed = dict(
            tables.con.execute(
                "SELECT model, sum(credit_minor) FROM credit_cell WHERE label_key IS NULL GROUP BY model"
            ).fetchall()
        )
    assert UNASSIGNED in measured
    for model in ("last_touch", "linear"):
        assert sum(one.credit.get(model, 0) for one in measured.values()) + unattributed[model] == row[0]
        assert 0 < unattributed[model] < row[0]


def test_later_data_leaves_what_was_known_before_as_it_was(
    shop: tuple[Workspace, ShopFiles, ShopPlan], tmp_path: Path
) -> None:
    workspace, files, _ = shop
    judge_all(workspace)  # records the readings that are due
    before_us = workspace.clock()
    before = [_bare(story.to_json()) for story in judge_all(workspace, as_of_us=before_us)]
    orders = pq.read_table(files.orders).slice(0, 500)
    renamed = [f"late-{row}" for row in range(500)]
    late = orders.set_column(orders.schema.get_field_index("order_id"), "order_id", pa.array(renamed))
    pq.write_table(late, tmp_path / "late.parquet")
    import_files(workspace, [tmp_path / "late.parquet"], "orders", options=Options(source="shop"))
    assert [_bare(story.to_json()) for story in judge_all(workspace, as_of_us=before_us)] == before
    now = {story.campaign: story for story in judge_all(workspace)}
    old = {one["campaign"]: one for one in before}
    assert any(str(now[name].to_json()["attributed"]) != str(old[name]["attributed"]) for name in now)
    assert any(story.restated for story in now.values())
    again = replace(workspace, clock=lambda: before_us)
    assert [_bare(story.to_json()) for story in judge_all(again, as_of_us=before_us)] == before


def _bare(story: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in story.items() if name != "generation"}
