"""Statuses to KPIs: a full build, an incremental one, and a query, each against a scan or a full run."""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import duckdb
import pyarrow

from bench.case import Ratio, median_seconds
from earnest.attribution.split import decay_table
from earnest.rating.cards import built_in
from earnest.rating.tables import Basis, Told, rating_tables
from earnest.usecases.tables import all_models
from earnest.warehouse import duck, segments
from earnest.warehouse.build import Plan, bind_manifest, canonical_hash, full_build
from earnest.warehouse.increment import carry
from earnest.warehouse.manifest import Manifest
from earnest.warehouse.segments import Segment

DAYS = 167
FIRST_DAY = 20_500
LATE_EVENTS = 10_000
DAY_US = 86_400_000_000
ZONES = "55, 91, 49, 44, 62, 1415, 971"


def pipeline(statuses: int) -> Iterator[Ratio]:
    """Events in Parquet → facts, credits, rollups; Y is one scan of the columns needed, F the full run."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        base = _events(root / "events", statuses)
        late = _late(root / "events", statuses)
        plan = _plan(base)
        scan = median_seconds(lambda: _scan(root / "events", base), 5)
        taken, manifest = _timed(lambda: _full(root, plan))
        yield Ratio(f"full build of {statuses:,} statuses", taken, "s")
        yield Ratio("full build / scan of the needed columns (Y)", taken / scan, "Y", bar=60)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as apart:
            yield Ratio(
                "peak memory of a full build in a process of its own",
                apart.submit(_peak, root, base).result(),
                "GB",
                bar=3,
            )
        grown = _plan((*base, *late))
        added, carried = _timed(lambda: _carry(root, grown, manifest), runs=3)
        yield Ratio(f"+{LATE_EVENTS:,} events of the last two days / full run (F)", added / taken, "F", bar=0.5)
        yield Ratio("tables in which it differs from a rebuild", _differences(root, grown, carried), "tables", bar=0)
        yield Ratio("funnel of one campaign from the rollup, median", 1000 * _query(root, carried), "ms")


def _peak(root: Path, parts: tuple[Segment, ...]) -> float:
    _full(root, _plan(parts))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _timed(work: Callable[[], Manifest], runs: int = 3) -> tuple[float, Manifest]:
    taken, result = [], None
    for _ in range(runs):
        started = time.perf_counter()
        result = work()
        taken.append(time.perf_counter() - started)
    assert result is not None
    return statistics.median(taken), result


def _full(root: Path, plan: Plan) -> Manifest:
    with contextlib.closing(duck.connect(root / "spill")) as con:
        return full_build(con, plan, events=root / "events", tables=root / "tables", progress=_quiet)


def _carry(root: Path, plan: Plan, current: Manifest) -> Manifest:
    with contextlib.closing(duck.connect(root / "spill")) as con:
        return carry(con, plan, current, events=root / "events", tables=root / "tables", progress=_quiet)


def _quiet(_what: str, _done: int, _of: int) -> None:
    """No progress."""


def _scan(events: Path, plan_segments: tuple[Segment, ...]) -> object:
    names = (
        "message_key",
        "contact_key",
        "label_key",
        "recipient_zone",
        "cost_micro",
        "occurred_us",
        "local_day",
        "terms_key",
    )
    columns = ", ".join(f"max({name})" for name in (*names, "status", "error_code"))
    files = [events / s.path for s in plan_segments if s.kind == "message"]
    with contextlib.closing(duck.connect()) as con:
        return con.execute(f"SELECT {columns} FROM {duck.parquet(files)}").fetchone()


def _query(root: Path, manifest: Manifest) -> float:
    with contextlib.closing(duck.connect()) as con:
        bind_manifest(con, root / "tables", manifest)
        sql = (
            "SELECT sum(f.delivered), sum(f.clicked) FROM funnel_cell AS f JOIN label_campaign AS l"
            " ON f.label_key = l.label_key WHERE l.campaign = 'camp-3'"
        )
        return median_seconds(lambda: con.execute(sql).fetchone(), 20)


def _differences(root: Path, plan: Plan, carried: Manifest) -> int:
    def hashes(tables: Path, manifest: Manifest) -> dict[str, str]:
        with contextlib.closing(duck.connect()) as con:
            bind_manifest(con, tables, manifest)
            return {name: canonical_hash(con, name) for name in ("funnel_cell", "credit_cell", "conversion")}

    with contextlib.closing(duck.connect(root / "spill")) as con:
        again = full_build(con, plan, events=root / "events", tables=root / "again", progress=_quiet)
    mine, fresh = hashes(root / "tables", carried), hashes(root / "again", again)
    return sum(mine[name] != fresh[name] for name in mine)


def _plan(parts: tuple[Segment, ...]) -> Plan:
    small = {
        "identity": pyarrow.table(
            {"contact_key": pyarrow.array([], pyarrow.int64()), "person_key": pyarrow.array([], pyarrow.int64())}
        ),
        "decay": decay_table(),
        "excluded": pyarrow.table(
            {"kind": pyarrow.array([], pyarrow.string()), "key": pyarrow.array([], pyarrow.int64())}
        ),
        "lookback": pyarrow.table({"rung": [2, 3, 4], "window_us": [DAY_US // 2, 5 * DAY_US, 5 * DAY_US]}),
        "label_within": pyarrow.table(
            {"label_key": pyarrow.array([], pyarrow.int64()), "says": pyarrow.array([], pyarrow.string())}
        ),
        "label_campaign": pyarrow.table({"label_key": list(range(20)), "campaign": [f"camp-{n}" for n in range(20)]}),
    }
    basis = Basis(built_in(), {}, "Europe/Berlin", "USD", date(2028, 1, 1))
    return Plan(parts, all_models(), small | rating_tables(_TOLD, basis), {"rating": basis.digest})


_TOLD = [
    Told(1 + place, "w", f"n{place % 3}", "message", "regular", category, True, None, None, None)
    for place, category in enumerate(("marketing", "utility", "authentication", "service") * 6)
]


_COMMON = (
    "{occurred} AS occurred_us, 1 AS received_us, CAST({occurred} // 86400000000 AS INTEGER) AS local_day,"
    " {contact} AS contact_key, 'bench' AS source, 1 AS segment_key, {row} AS row"
)


def _message_sql(first: int, messages: int, start_day: float, days: float) -> str:
    """Three statuses a message on average, in shuffled order, over a span of days."""
    contact = f"CAST(hash(m % {max(messages // 8, 1)}) // 2 AS BIGINT)"
    sent = f"CAST(({start_day} + (hash(m * 7 + 1) % 1000000) / 1000000.0 * {days}) * 86400000000 AS BIGINT)"
    lag = "CASE status WHEN 2 THEN 0 WHEN 3 THEN 5000000 ELSE 600000000 + CAST(hash(m) % 36000000000 AS BIGINT) END"
    common = _COMMON.format(occurred=f"({sent} + {lag})", contact=contact, row="m")
    return (
        f"SELECT CAST(hash(m) // 2 AS BIGINT) AS event_key, {common}, CAST(hash(m) // 2 AS BIGINT) AS message_key,"
        " 'id' || m AS message_id, CAST(status AS TINYINT) AS status, CAST(m % 20 AS BIGINT) AS label_key,"
        f" list_extract([{ZONES}], CAST(1 + m % 7 AS INTEGER)) AS recipient_zone, CAST(NULL AS BIGINT) AS cost_micro,"
        " CAST(NULL AS VARCHAR) AS error_code, CAST(1 + hash(m, 2) % 24 AS BIGINT) AS terms_key, CAST(NULL AS BIGINT) AS conversation_key,"
        " CAST(NULL AS BIGINT) AS told_cost_micro"
        f" FROM (SELECT CAST(i AS BIGINT) + {first} AS m FROM range({messages}) AS r(i)), (VALUES (2), (3), (4), (4)) AS s(status)"
        " WHERE status < 4 OR m % 3 > 0 ORDER BY hash(m * 31 + status)"
    ).replace(", (VALUES (2), (3), (4), (4))", ", (VALUES (2), (3), (4))")


def _events(folder: Path, statuses: int) -> tuple[Segment, ...]:
    """About `statuses` status events, clicks on 5 % of the messages, an order for one message in 30."""
    messages = int(statuses / (2 + 2 / 3))
    con = duckdb.connect()
    parts = {
        "message": _message_sql(0, messages, FIRST_DAY, DAYS),
        "click": _click_sql(0, messages),
        "order": _order_sql(messages // 30, messages),
    }
    return tuple(_store(con, folder, kind, "base", sql) for kind, sql in parts.items())


def _click_sql(first: int, messages: int) -> str:
    contact = f"CAST(hash(m % {max(messages // 8, 1)}) // 2 AS BIGINT)"
    at = f"CAST(({FIRST_DAY} + (hash(m * 7 + 1) % 1000000) / 1000000.0 * {DAYS}) * 86400000000 AS BIGINT) + 3600000000"
    common = _COMMON.format(occurred=f"({at})", contact=contact, row="m")
    return (
        f"SELECT CAST(hash(m * 13 + 5) // 2 AS BIGINT) AS event_key, {common}, CAST(hash(m) // 2 AS BIGINT) AS message_key, 'human' AS click_class"
        f" FROM (SELECT CAST(i AS BIGINT) * 20 + {first} AS m FROM range({messages // 20}) AS r(i))"
    )


def _order_sql(orders: int, messages: int) -> str:
    contact = f"CAST(hash(hash(o) % {max(messages // 8, 1)}) // 2 AS BIGINT)"
    at = f"CAST(({FIRST_DAY} + (hash(o * 3 + 2) % 1000000) / 1000000.0 * {DAYS}) * 86400000000 AS BIGINT)"
    common = _COMMON.format(occurred=f"({at})", contact=contact, row="o")
    return (
        f"SELECT CAST(hash(o) // 2 AS BIGINT) AS event_key, {common}, CAST(hash(o + 9) // 2 AS BIGINT) AS order_key, 'o' || o AS order_id,"
        " 'order' AS conversion_kind, CAST(NULL AS BIGINT) AS updated_us, CAST(1000 + hash(o) % 9000 AS BIGINT) AS net_minor,"
        " CAST(0 AS BIGINT) AS tax_minor, CAST(0 AS BIGINT) AS shipping_minor, CAST(0 AS BIGINT) AS discount_minor, false AS cancelled,"
        f" CAST(NULL AS VARCHAR) AS coupon FROM (SELECT CAST(i AS BIGINT) AS o FROM range({orders}) AS r(i))"
    )


def _late(folder: Path, statuses: int) -> tuple[Segment, ...]:
    """New messages and their statuses on the last two days."""
    con = duckdb.connect()
    messages = int(LATE_EVENTS / (2 + 2 / 3))
    sql = _message_sql(10**12, messages, FIRST_DAY + DAYS - 2, 2)
    return (_store(con, folder, "message", "late", sql),)


def _store(con: duckdb.DuckDBPyConnection, folder: Path, kind: str, name: str, sql: str) -> Segment:
    target = folder / kind / f"{name}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    return Segment(kind, f"{kind}/{name}.parquet", segments.copy_durably(con, sql, target))
