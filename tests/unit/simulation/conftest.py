"""One small demo shop for all tests of the package."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from earnest.simulation.demo import demo_plan
from earnest.simulation.plan import ShopPlan
from earnest.simulation.shop import ShopFiles, write

TODAY = date(2026, 10, 1)


@pytest.fixture(scope="session")
def plan() -> ShopPlan:
    return demo_plan(60_000, today=TODAY)


@pytest.fixture(scope="session")
def shop(plan: ShopPlan, tmp_path_factory: pytest.TempPathFactory) -> ShopFiles:
    return write(plan, tmp_path_factory.mktemp("shop"))


@pytest.fixture
def tables(shop: ShopFiles) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    for name in ("messages", "orders", "refunds", "clicks", "assignments", "contacts"):
        con.execute(f"CREATE VIEW {name} AS SELECT * FROM '{shop.folder}/{name}.parquet'")
    return con
