"""The same parity on Apache Spark itself: a stand-alone cluster with two workers (`make soak`; needs Java 17)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.usecases.rebuild import differing
from earnest.usecases.tables import build
from earnest.warehouse.build import Plan
from integration.cluster import Cluster, cluster, lacking
from integration.engines import CHARGED, NEVER_EMPTY, differences, edges, needed, shop

pytestmark = pytest.mark.soak
WORKERS = 2


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    needed("pyspark.sql.connect.session", "pip install 'earnest[spark]'")
    named = os.environ.get("EARNEST_SPARK_HOME")
    home = Path(named).resolve() if named else None
    if (missing := lacking(home)) is not None:
        pytest.skip(missing)
    assert home is not None
    with cluster(home, tmp_path_factory.mktemp("cluster") / "spark", workers=WORKERS) as running:
        yield running


@pytest.mark.parametrize(("world", "span_days"), [(edges, 60), (shop, 400)], ids=["random rows", "shop"])
def test_every_table_is_the_same_on_two_workers(
    world: object, span_days: int, spark: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Plan, "span_days", span_days)
    workspace = world(tmp_path)  # type: ignore[operator]
    here = build(workspace, full=True)
    there = build(workspace, remote=spark.remote)
    assert differences(workspace.tables, here, there) == {}
    assert differing(workspace, there) == ()
    for name in NEVER_EMPTY + (CHARGED if world is edges else ()):
        assert sum(file.rows for file in there.tables[name]), name
    left = [path for path in workspace.tables.rglob("*") if path.suffix == ".crc" or path.name.startswith("_")]
    assert not left
    assert all(count >= 1 for count in spark.executors()), spark.executors()
    assert len(spark.executors()) == WORKERS
