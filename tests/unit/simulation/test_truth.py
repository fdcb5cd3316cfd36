"""The truth is true: many worlds, measured from their files, average to the analytic lift."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from earnest.simulation.demo import demo_plan
from earnest.simulation.plan import ShopPlan
from earnest.simulation.shop import ShopFiles, write
from earnest.simulation.truth import expected_lift, prospect
from earnest.simulation.worlds import experiment_world

DAY_US = 86_400_000_000


MEASURE = """
    WITH version AS (
        SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) AS age FROM '{orders}'),
    net AS (
        SELECT coalesce(o.phone, c.phone) AS phone, ordered_at, total - tax - shipping - coalesce(r.amount, 0) AS net
        FROM version AS o LEFT JOIN '{contacts}' AS c ON o.phone IS NULL AND o.email = c.email
        LEFT JOIN '{refunds}' AS r USING (order_id) WHERE age = 1 AND status NOT IN ('cancelled', 'test')),
    unit AS (
        SELECT arm, a.phone, coalesce(sum(net), 0)::DOUBLE AS y FROM '{assignments}' AS a LEFT JOIN net AS n
        ON n.phone = a.phone AND ordered_at >= assigned_at AND ordered_at < assigned_at + {window_us} GROUP BY ALL)
    SELECT arm, avg(y), var_samp(y) / count(*), count_if(y <> 0) FROM unit GROUP BY arm ORDER BY arm
"""


def measured(files: ShopFiles) -> tuple[float, float, float]:
    """(treated − control) net revenue per person, its standard error, control buyers: as a reader of the files."""
    paths = {name: getattr(files, name) for name in ("orders", "contacts", "refunds", "assignments")}
    query = MEASURE.format(**paths, window_us=files.experiments[0].window_days * DAY_US)
    (_, control, control_part, buyers), (_, treated, treated_part, _) = duckdb.connect().execute(query).fetchall()
    return treated - control, math.sqrt(control_part + treated_part), buyers


@pytest.mark.parametrize(
    ("effect", "window_days", "seeds"), [(0.05, 14, range(20)), (0.1, 3, range(20, 32)), (0.0, 7, range(32, 44))]
)
def test_the_mean_of_many_worlds_is_the_expected_lift(
    effect: float, window_days: int, seeds: range, tmp_path: Path
) -> None:
    found, errors = [], []
    for seed in seeds:
        world = experiment_world(seed, 20_000, 0.4, effect, window_days=window_days)
        lift, error, buyers = measured(write(world, tmp_path / str(seed)))
        assert buyers >= 100
        found.append(lift)
        errors.append(error)
    expected = expected_lift(world, world.campaigns[0])
    assert expected == pytest.approx(effect * 0.94 * 45 * 0.958)
    mean_error = float(np.sqrt(np.mean(np.square(errors)) / len(seeds)))
    assert abs(np.mean(found) - expected) < 4 * mean_error
    foreseen = prospect(world, world.campaigns[0])
    assert foreseen.standard_error == pytest.approx(float(np.mean(errors)), rel=0.06)


def test_extra_orders_and_costs_are_counted_exactly(tmp_path: Path) -> None:
    with_effect = experiment_world(5, 10_000, 0.3, 0.2)
    without = replace(with_effect, campaigns=(replace(with_effect.campaigns[0], effect=0.0),))
    more, less = write(with_effect, tmp_path / "more"), write(without, tmp_path / "less")
    truth = more.truth["spring-mailing"]
    orders = "SELECT count(DISTINCT order_id) FROM '{}'"
    found = [duckdb.connect().execute(orders.format(files.orders)).fetchone() for files in (more, less)]
    assert found[0] and found[1]  # noqa: PT018
    assert found[0][0] - found[1][0] == truth.extra_orders > 0
    charged = "SELECT sum(cost) FROM (SELECT max(cost) AS cost FROM '{}' GROUP BY message_id)"
    cost = duckdb.connect().execute(charged.format(more.messages)).fetchone()
    assert cost
    assert cost[0] == truth.cost


def test_the_demo_comes_out_as_planned(plan: ShopPlan) -> None:
    full = demo_plan(today=plan.today)
    foreseen = {campaign.id: prospect(full, campaign) for campaign in full.campaigns if campaign.holdout_share}
    for gain in ("new-collection", "flash-weekend", "vip-preview", "gift-guide", "win-back-sms"):
        assert foreseen[gain].gain > 0.9999, gain
    assert foreseen["video-lookbook"].loss > 0.9999
    small = foreseen["loyalty-points"]
    assert small.gain + small.loss < 0.055
    assert all(seen.control_buyers > 100 for seen in foreseen.values())


def test_power_by_size_is_as_the_demo_says(plan: ShopPlan) -> None:
    small = demo_plan(200_000, today=plan.today)
    foreseen = {campaign.id: prospect(small, campaign) for campaign in small.campaigns if campaign.holdout_share}
    assert all(foreseen[gain].gain > 0.9 for gain in ("new-collection", "flash-weekend", "vip-preview"))
    assert foreseen["video-lookbook"].loss > 0.95
