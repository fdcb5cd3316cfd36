"""KPI queries over the rollups of 100 million messages: the tables are made as a build would leave them, then asked.

`python -m bench.kpis [--dense]`: with --dense every one of the labels is sent on every day, at all waking hours.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb

from bench.case import Ratio
from earnest.definitions.campaign import Campaign
from earnest.usecases.kpi_ask import KpiAsk
from earnest.usecases.kpi_query import query
from earnest.usecases.tables import build, read_tables
from earnest.usecases.workspace import Workspace, init
from earnest.warehouse import duck
from earnest.warehouse.manifest import TableFile, load, publish

MESSAGES, LABELS, FLOWS, DAYS, FIRST_DAY = 100_000_000, 2_000, 100, 730, 19_967
"""2024-09-01 and the two years from then. Flows are sent every day, campaigns on three days."""
ZONES = (49, 43, 41, 33, 39, 34, 44, 31, 32, 48, 55, 52, 91, 62, 27, 90, 971, 966, 1212, 1416)
QUERIES = 200
BAR_MS = 100

_STEPS = """CAST(n AS BIGINT) AS messages, CAST(n AS BIGINT) AS sent, CAST(n * 0.95 AS BIGINT) AS delivered, CAST(n * 0.6 AS BIGINT) AS was_read,
    n - CAST(n * 0.95 AS BIGINT) AS failed, CAST(n * 0.06 AS BIGINT) AS clicked, CAST(n * 0.02 AS BIGINT) AS replied,
    CAST(n * 0.005 AS BIGINT) AS opted_out, CAST(n * 0.09 AS BIGINT) AS all_clicks, CAST(n * 0.07 AS BIGINT) AS human_clicks,
    CAST(n * 0.02 AS BIGINT) AS machine_clicks"""
_PRICED = "CAST(n AS BIGINT) AS priced, CAST(0 AS BIGINT) AS unpriced, CAST(n * 50000 AS BIGINT) AS cost_micro"


def kpis(_statuses: int) -> Iterator[Ratio]:
    """200 KPI queries over the rollups of 100 million messages, a generation held open; one more by the command line."""
    yield from measured(dense=False)


def measured(*, dense: bool) -> Iterator[Ratio]:
    """Figures of one layout of the rollups."""
    with tempfile.TemporaryDirectory() as folder:
        shop = laid_out(Path(folder) / "shop", dense=dense)
        manifest = load(shop.tables)
        assert manifest is not None
        for name in ("funnel_cell", "funnel_hour_cell", "funnel_zone_cell", "credit_cell"):
            yield Ratio(f"rows of {name}", sum(file.rows for file in manifest.tables[name]), "rows")
        with read_tables(shop) as tables:
            started = time.perf_counter()
            query(tables, KpiAsk("roas", by=("campaign",)))
            yield Ratio(
                "the first query, which makes the tables on demand", 1000 * (time.perf_counter() - started), "ms"
            )
            taken, busy = [], []
            for ask in asks():
                started, worked = time.perf_counter(), time.process_time()
                query(tables, ask)
                taken.append((1000 * (time.perf_counter() - started), ask))
                busy.append(1000 * (time.process_time() - worked))
        times = [one for one, _ in taken]
        cuts = statistics.quantiles(times, n=20)
        yield Ratio(f"{len(times)} queries, median", statistics.median(times), "ms")
        yield Ratio(f"{len(times)} queries, p95", cuts[18], "ms", bar=2 * BAR_MS)
        yield Ratio("p95 of processor time, all cores", statistics.quantiles(busy, n=20)[18], "ms")
        slowest, ask = max(taken, key=lambda one: one[0])
        yield Ratio(
            f"the slowest: {ask.kpi} by {', '.join(ask.by) or 'nothing'}, {ask.period or 'all time'}", slowest, "ms"
        )
        started = time.perf_counter()
        command = [
            sys.executable,
            "-c",
            "from earnest.cli.main import main; main()",
            "kpi",
            "show",
            "ctr",
            "--by",
            "campaign",
        ]
        asked = subprocess.run(
            [*command, "--period", "2026-03", "--workspace", str(shop.path), "--json"], capture_output=True, check=False
        )
        assert asked.returncode == 0, asked.stderr.decode()
        yield Ratio("a query by the command line, process and opening included", time.perf_counter() - started, "s")


def asks() -> list[KpiAsk]:
    """A mix: every rollup dimension, filters, periods, grains and comparisons, in an order drawn once."""
    chance = random.Random(6)
    names = ("ctr", "delivery_rate", "read_rate", "reply_rate", "opt_out_rate", "failure_rate", "total_clicks")
    money = ("attributed_revenue", "revenue_per_recipient", "total_cost", "roas")
    cuts = (
        (),
        ("campaign",),
        ("programme",),
        ("channel",),
        ("template",),
        ("variant",),
        ("purpose",),
        ("weekday",),
        ("hour",),
        ("country",),
    )
    periods = (None, "2026-03", "2026-Q1", "2025", "2026-W09", "2025-03-01..2025-03-31", "last-90d")
    found = []
    for kpi, by, period in itertools.product(names, cuts, periods):
        found.append(KpiAsk(kpi, by, (), period))
        found.append(KpiAsk(kpi, by, ("channel=whatsapp", "purpose=sales"), period))
        if period and by != ("campaign",):
            found.append(
                KpiAsk(kpi, by, (), period, "month" if period == "2025" else "day" if period == "2026-W09" else "week")
            )
            found.append(KpiAsk(kpi, by, (), period, compare="previous" if period != "last-90d" else "last-year"))
    for kpi, by, period in itertools.product(money, ((), ("campaign",), ("programme",), ("purpose",)), periods):
        found += [KpiAsk(kpi, by, (), period), KpiAsk(kpi, by, ("purpose=sales",), period)]
    found += [
        KpiAsk("attributed_revenue", ("channel",), (), period, model=model)
        for period in periods
        for model in ("linear", "position_u")
    ]
    return chance.sample(found, QUERIES)


def laid_out(folder: Path, *, dense: bool) -> Workspace:
    """A workspace whose generation holds such rollups; of messages it holds none."""
    shop = init(folder, currency="EUR", timezone="Europe/Berlin")
    for number in range(LABELS // 4):
        purpose = ("marketing", "sales", "service", "brand")[number % 4]
        campaign = Campaign(f"c{number:04d}", f"Campaign {number}", programme=f"p{number % 12:02d}", purpose=purpose)
        shop.record("campaign.set", campaign.to_json())
    for kind, fields in _IMPORTED.items():
        told = {
            "file": kind,
            "file_hash": kind,
            "kind": kind,
            "mapping": {"fields": dict.fromkeys(fields, "x")},
            "counts": {"rows": 0, "quarantined": 0, "reasons": {}},
        }
        shop.record("import.file", told | {"segments": [], "quarantine": None})
    build(shop)
    manifest = load(shop.tables)
    assert manifest is not None
    place = shop.tables / "bench"
    place.mkdir()
    files = {}
    with closing(duck.connect(shop.spill)) as con:
        con.execute("SELECT setseed(0.5)")
        _sent(con, dense=dense)
        for name, sql in _ROLLUPS.items():
            path = place / "rollups" / f"{name}.parquet"
            path.parent.mkdir(exist_ok=True)
            con.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")
            rows = duck.scalar(con, f"SELECT count(*) FROM '{path}'")
            files[name] = (TableFile(str(path.relative_to(shop.tables)), None, rows),)
    publish(shop.tables, replace(manifest, tables=manifest.tables | files))
    return shop


_IMPORTED = {
    "messages": ("message_id", "read_at", "clicked_at", "replied_at", "opted_out_at", "cost"),
    "conversions": ("order_id",),
}
"""What must be connected for the figures to be told; the files hold nothing."""


def _sent(con: duckdb.DuckDBPyConnection, *, dense: bool) -> None:
    """Table `part(label_key, send_day, send_hour, zone, n)`: messages by everything the rollups are by."""
    campaigns = 0 if dense else LABELS - FLOWS
    each = MESSAGES * 0.7 / max(campaigns, 1) / 3
    flow = MESSAGES * (1 if dense else 0.3) / (LABELS if dense else FLOWS) / DAYS
    con.execute(
        f"""CREATE TEMP TABLE label AS SELECT CAST(hash(i) // 4 AS BIGINT) AS label_key, i, i >= {campaigns} AS flow FROM range({LABELS}) AS r(i)"""
    )
    con.execute(f"""CREATE TEMP TABLE label_day AS
        SELECT label_key, {FIRST_DAY} + d AS send_day, flow, {flow} * (0.5 + random()) AS n FROM label, range({DAYS}) AS r(d) WHERE flow
        UNION ALL SELECT label_key, {FIRST_DAY} + CAST(hash(i, d) % {DAYS} AS BIGINT), flow, {each} * (0.2 + 1.6 * random())
        FROM label, range(3) AS r(d) WHERE NOT flow""")
    con.execute("""CREATE TEMP TABLE hours AS SELECT label_key, send_day, h AS send_hour, CAST(ceil(n / CASE WHEN flow THEN 14 ELSE 3 END) AS BIGINT) AS n
        FROM label_day, range(8, 22) AS r(h) WHERE flow OR h BETWEEN 10 AND 12""")
    zones = ", ".join(f"({zone}, {0.5 / 2 ** min(place, 9)})" for place, zone in enumerate(ZONES))
    con.execute(f"""CREATE TEMP TABLE zones AS SELECT label_key, send_day, zone AS recipient_zone, CAST(floor(n * share + random()) AS BIGINT) AS n
        FROM label_day, (VALUES {zones}) AS z(zone, share) WHERE floor(n * share + random()) > 0""")


_ORDERED = "ORDER BY send_day, label_key"
_ROLLUPS = {
    "funnel_cell": f"SELECT label_key, CAST(send_day AS INTEGER) AS send_day, {_STEPS}, {_PRICED} FROM"
    f" (SELECT label_key, send_day, sum(n) AS n FROM hours GROUP BY ALL) {_ORDERED}",
    "funnel_hour_cell": f"SELECT label_key, CAST(send_day AS INTEGER) AS send_day, send_hour, {_STEPS} FROM hours {_ORDERED}",
    "funnel_zone_cell": "SELECT label_key, CAST(send_day AS INTEGER) AS send_day, CAST(recipient_zone AS INTEGER) AS recipient_zone,"
    f" {_STEPS} FROM zones {_ORDERED}",
    "credit_cell": "SELECT model, label_key, CAST(send_day AS INTEGER) AS order_day, CAST(n // 100 + 1 AS BIGINT) AS credits,"
    " CAST(n * 12 AS BIGINT) AS credit_minor FROM label_day, (VALUES ('last_touch'), ('first_touch'), ('linear'), ('time_decay_7d'),"
    " ('time_decay_24h'), ('position_u'), ('position_w'), ('full_path')) AS m(model) ORDER BY order_day, label_key",
    "label_campaign": "SELECT label_key, 'c' || lpad(CAST(i // 4 AS VARCHAR), 4, '0') AS campaign, 'column' AS how,"
    " CASE WHEN i % 5 = 0 THEN 'sms' ELSE 'whatsapp' END AS channel, 't' || i AS template, CASE i % 4 WHEN 0 THEN 'a' ELSE 'b' END AS tag,"
    " CAST(NULL AS VARCHAR) AS category FROM label ORDER BY label_key",
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dense", action="store_true")
    for ratio in measured(dense=parser.parse_args().dense):
        print(ratio.sentence(), flush=True)
