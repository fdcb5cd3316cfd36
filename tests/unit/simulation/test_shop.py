"""The files: equal for equal plans, complete, exact, and dirty in the ways announced."""

from __future__ import annotations

import ast
import csv
import hashlib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import earnest.simulation
from earnest.importers.fields import KINDS
from earnest.kernel.errors import UsageError
from earnest.simulation.demo import demo_plan
from earnest.simulation.feed import Feed
from earnest.simulation.people import BLOCK
from earnest.simulation.plan import ShopPlan
from earnest.simulation.shop import ShopFiles, write
from earnest.simulation.worlds import experiment_world

PARQUET = ("messages", "orders", "refunds", "clicks", "assignments", "contacts")


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def number(con: duckdb.DuckDBPyConnection, sql: str) -> float:
    row = con.execute(sql).fetchone()
    assert row is not None
    return float(row[0] or 0)


def test_equal_plans_give_equal_bytes_and_another_seed_other_people(tmp_path: Path) -> None:
    one, two, other = (experiment_world(seed, 3000, 0.3, 0.02) for seed in (1, 1, 2))
    write(one, tmp_path / "one")
    write(two, tmp_path / "two")
    write(other, tmp_path / "other")
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert digests(tmp_path / "one")["messages.parquet"] != digests(tmp_path / "other")["messages.parquet"]


def test_a_campaign_left_out_changes_no_draw_of_the_others(plan: ShopPlan, shop: ShopFiles, tmp_path: Path) -> None:
    first = min(plan.campaigns, key=lambda campaign: campaign.day)
    alone = write(replace(plan, campaigns=(first,)), tmp_path)
    assert alone.truth[first.id] == shop.truth[first.id]


def test_files_hold_what_is_counted_and_what_imports_know(shop: ShopFiles) -> None:
    assert {name: pq.read_metadata(shop.folder / f"{name}.parquet").num_rows for name in PARQUET} == {
        name: shop.rows[name] for name in PARQUET
    }
    for name in PARQUET:
        known = {field.name for field in KINDS[name].fields} | {"country", "tier"}
        assert set(pq.read_schema(shop.folder / f"{name}.parquet").names) <= known
    assert next(iter(csv.DictReader(shop.costs.open()))).keys() >= {"cost_id", "campaign", "kind", "amount", "from"}


def test_every_campaign_is_declared_sent_and_true(
    plan: ShopPlan, shop: ShopFiles, tables: duckdb.DuckDBPyConnection
) -> None:
    ids = {campaign.id for campaign in plan.campaigns}
    assert {definition.id for definition in shop.campaigns} == ids == set(shop.truth)
    assert len(ids) == 12
    sent = dict(
        tables.execute(
            "SELECT template, count(DISTINCT message_id) FROM messages WHERE status = 'sent' GROUP BY template"
        ).fetchall()
    )
    for campaign in plan.campaigns:
        assert 0.96 < sent[campaign.template] / shop.truth[campaign.id].n_treated <= 1
    assert sum(sent.values()) == sum(truth.n_treated for truth in shop.truth.values())
    assert 0.95 < sum(sent.values()) / 60_000 < 1.05
    assert 0.01 < sent[None] / sum(sent.values()) < 0.02


def test_messages_name_their_campaign_in_three_ways(shop: ShopFiles, tables: duckdb.DuckDBPyConnection) -> None:
    rows = tables.execute("SELECT DISTINCT callback, campaign, template FROM messages").fetchall()
    by_template = {rule for definition in shop.campaigns for rule in definition.match}
    callbacks = {callback for callback, _, _ in rows if callback}
    columns = {campaign for _, campaign, _ in rows if campaign}
    only = {f"template={template}" for callback, campaign, template in rows if template and not (callback or campaign)}
    assert only == by_template
    assert len(callbacks | columns) + len(by_template) == len(shop.campaigns)
    assert not callbacks & columns


def test_experiments_assign_as_planned_but_for_the_broken_one(
    shop: ShopFiles, tables: duckdb.DuckDBPyConnection
) -> None:
    arms = {
        (experiment, arm): count
        for experiment, arm, count in tables.execute(
            "SELECT experiment, arm, count(*) FROM assignments GROUP BY ALL"
        ).fetchall()
    }
    assert {experiment for experiment, _ in arms} == {experiment.id for experiment in shop.experiments}
    for experiment in shop.experiments:
        truth = shop.truth[experiment.campaign]
        assert arms[experiment.id, "treatment"] == truth.n_treated
        kept = arms[experiment.id, "control"] / truth.n_control
        assert kept == 1 if experiment.campaign != "gift-guide" else 0.7 < kept < 0.9
        assert sum(experiment.arms.values()) == pytest.approx(1)
    assert number(tables, "SELECT count(*) - count(DISTINCT experiment || phone) FROM assignments") == 0


def test_nobody_held_out_is_messaged(tables: duckdb.DuckDBPyConnection) -> None:
    met = """SELECT count(*) FROM assignments AS a JOIN messages AS m USING (phone)
        WHERE a.arm = 'control' AND m.template = 'new_collection_v1' AND a.experiment = 'new-collection-holdout'"""
    assert number(tables, met) == 0


def test_amounts_are_exact_decimals_that_add_up(shop: ShopFiles, tables: duckdb.DuckDBPyConnection) -> None:
    orders = pq.read_schema(shop.orders)
    assert {orders.field(name).type for name in ("total", "tax", "shipping", "discount")} == {pa.decimal128(12, 2)}
    assert pq.read_schema(shop.messages).field("cost").type == pa.decimal128(12, 6)
    assert number(tables, "SELECT count(*) FROM orders WHERE total - tax - shipping <= 0 OR discount < 0") == 0
    over = """SELECT count(*) FROM refunds AS r WHERE amount <= 0 OR amount >
        (SELECT max(total - tax - shipping) FROM orders AS o WHERE o.order_id = r.order_id)"""
    assert number(tables, over) == 0
    assert all(Decimal(line["amount"]).as_tuple().exponent == -2 for line in csv.DictReader(shop.costs.open()))


def test_instants_are_whole_utc_seconds_before_today(
    plan: ShopPlan, shop: ShopFiles, tables: duckdb.DuckDBPyConnection
) -> None:
    assert plan.end_us == 1_790_805_600_000_000  # 2026-10-01T00:00 in Berlin is 22:00 UTC of the day before
    for table, column in (
        ("messages", "occurred_at"),
        ("orders", "ordered_at"),
        ("orders", "updated_at"),
        ("refunds", "refunded_at"),
        ("clicks", "clicked_at"),
        ("assignments", "assigned_at"),
    ):
        assert pq.read_schema(shop.folder / f"{table}.parquet").field(column).type == pa.int64()
        bad = f"{column} >= {plan.end_us} OR {column} % 1000000 <> 0 OR {column} < 1.7e15"
        assert number(tables, f"SELECT count(*) FROM {table} WHERE {bad}") == 0


def test_the_dirt_is_there(shop: ShopFiles, tables: duckdb.DuckDBPyConnection) -> None:
    copies = "SELECT count(*) - count(DISTINCT (message_id, status, occurred_at)) FROM messages"
    rows = number(tables, "SELECT count(*) FROM messages")
    assert 0.01 < number(tables, copies) / rows < 0.02
    sent = number(tables, "SELECT count(DISTINCT message_id) FROM messages WHERE status = 'sent'")
    failed = number(
        tables, "SELECT count(DISTINCT message_id) FROM messages WHERE status = 'failed' AND error_code IS NOT NULL"
    )
    assert 0.035 < failed / sent < 0.045
    lone = """SELECT count(*) FROM (SELECT message_id FROM messages GROUP BY message_id
        HAVING bool_or(status = 'read') AND NOT bool_or(status = 'delivered'))"""
    assert number(tables, lone) > 50
    path = f"read_parquet('{shop.messages}', file_row_number = true)"
    late = f"""SELECT count(*) FROM {path} AS s JOIN {path} AS d USING (message_id)
        WHERE s.status = 'sent' AND d.status = 'delivered' AND s.file_row_number > d.file_row_number"""
    assert number(tables, late) / sent > 0.3


def test_orders_are_rewritten_cancelled_and_anonymous_at_times(tables: duckdb.DuckDBPyConnection) -> None:
    orders = number(tables, "SELECT count(DISTINCT order_id) FROM orders")
    twice = "SELECT count(*) FROM (SELECT order_id FROM orders GROUP BY order_id HAVING count(DISTINCT updated_at) = 2)"
    assert 0.015 < number(tables, twice) / orders < 0.025
    assert 0.012 < number(tables, "SELECT count(*) FROM orders WHERE status IN ('cancelled', 'test')") / orders < 0.028
    nobody = number(tables, "SELECT count(*) FROM orders WHERE phone IS NULL AND email IS NULL AND status <> 'test'")
    assert 0.04 < nobody / orders < 0.06
    by_email = number(tables, "SELECT count(*) FROM orders WHERE phone IS NULL AND email IS NOT NULL") / orders
    assert 0.15 < by_email < 0.25
    strangers = "SELECT count(*) FROM orders ANTI JOIN contacts USING (email) WHERE email IS NOT NULL"
    assert number(tables, strangers) == 0


def test_every_click_has_a_message_and_active_customers_click_more(tables: duckdb.DuckDBPyConnection) -> None:
    assert number(tables, "SELECT count(*) FROM clicks ANTI JOIN messages USING (message_id)") == 0
    share = dict(
        tables.execute(
            """SELECT tier, count(DISTINCT k.message_id) / count(DISTINCT m.message_id) FROM messages AS m
            JOIN contacts USING (phone) LEFT JOIN clicks AS k ON k.message_id = m.message_id AND click_class = 'human'
            WHERE status = 'delivered' GROUP BY tier"""
        ).fetchall()
    )
    assert share["gold"] > 1.8 * share["bronze"]


def test_late_rows_come_with_the_next_piece(tmp_path: Path) -> None:
    schema = pa.schema([("n", pa.int64())])
    with Feed(tmp_path / "n.parquet", schema, share_late=0.1) as feed:
        for start in (0, 10, 20):
            feed.write(pa.table({"n": range(start, start + 10)}, schema))
    told = pq.read_table(tmp_path / "n.parquet")["n"].to_pylist()
    assert feed.rows == 30
    assert told == [*range(1, 10), *range(11, 20), 0, *range(21, 30), 10, 20]


def test_blocks_are_joined_without_gap_or_overlap(tmp_path: Path) -> None:
    world = experiment_world(3, BLOCK + 1000, 0.5, 0.0, orders_per_month=0.01)
    steps: list[tuple[int, int]] = []
    files = write(world, tmp_path, progress=lambda done, of: steps.append((done, of)))
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    con = duckdb.connect()
    row = con.execute(f"SELECT count(DISTINCT phone), count(DISTINCT email) FROM '{files.contacts}'").fetchone()
    assert row is not None
    assert row[0] == BLOCK + 1000
    truth = files.truth["spring-mailing"]
    assert truth.n_treated + truth.n_control == BLOCK + 1000


def test_plans_that_cannot_be_are_refused(plan: ShopPlan) -> None:
    campaign = plan.campaigns[0]
    with pytest.raises(UsageError, match=r"audience_share 1\.2"):
        replace(campaign, audience_share=1.2)
    with pytest.raises(UsageError, match="2 days"):
        replace(campaign, window_days=2)
    with pytest.raises(UsageError, match="outside"):
        replace(plan, today=campaign.day)
    with pytest.raises(UsageError, match="repeat"):
        replace(plan, campaigns=(campaign, campaign))
    with pytest.raises(UsageError, match="shows nothing"):
        demo_plan(10, today=date(2026, 10, 1))


def test_no_clock_no_hidden_randomness_and_only_the_ground_below() -> None:
    folder = Path(earnest.simulation.__file__).parent
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
        imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        own = {name for name in imported if name.startswith("earnest.")}
        assert all(name.startswith(("earnest.kernel", "earnest.simulation")) for name in own), path.name
        assert not imported & {"time", "random", "secrets", "os"}, path.name
        calls = {
            node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        assert not calls & {"now", "utcnow", "today"}, path.name
        assert "default_rng" not in calls or path.name == "chance.py"
