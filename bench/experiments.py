"""Experiment aggregates against tea-tasting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.case import Ratio, median_seconds
from earnest.incrementality.analysis import analyze
from earnest.incrementality.moments import Moments


def moments(_statuses: int) -> Iterator[Ratio]:
    """1 M units × 3 metrics: moments, contrasts and sample ratio against tea-tasting on the same arrays."""
    import pyarrow
    import tea_tasting

    rng = np.random.default_rng(7)
    size = 1_000_000
    arm = rng.integers(0, 2, size)
    visit = (rng.random(size) < 0.15).astype(np.int64)
    order = (rng.random(size) < 0.01).astype(np.int64)
    spend = order * np.round(rng.lognormal(3.5, 0.8, size), 2)
    columns = {"visit": visit, "order": order, "spend": spend}
    test = tea_tasting.Experiment(
        {name: tea_tasting.Mean(name) for name in columns} | {"srm": tea_tasting.SampleRatio()}
    )

    def ours() -> object:
        sums = Moments.of_arms(columns, arm, arms=["control", "treated"])
        return analyze(sums, "control")

    mine = median_seconds(ours, 5)
    table = pyarrow.table({"variant": arm} | columns)
    peer = median_seconds(lambda: test.analyze(table), 5)
    yield Ratio("Earnest / tea-tasting on pyarrow, 1 M units × 3 metrics", mine / peer, bar=1.0)
    yield Ratio("units per second", size / mine, "units/s")
