"""Attribution: the production SQL and the exact Markov chain against the packages people use, on the same journeys.

The packages live in an environment of their own (`requirements-oracle.txt`, made by `make bench`), as one of them is GPL;
each runs in a process there, and is timed inside it, without its import.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet

from bench.case import Ratio, median_seconds
from earnest.attribution.journeys.journeys import Journeys, of_columns
from earnest.attribution.journeys.model import Credit, journey_model
from earnest.attribution.journeys.paths import take_apart
from earnest.attribution.rule import rule_model
from earnest.attribution.split import decay_table, ordered, split
from earnest.warehouse import duck

JOURNEYS = 1_000_000
CHANNELS = tuple(f"channel_{letter}" for letter in "abcdefghijkl")
_SHARES = np.array([0.30, 0.20, 0.15, 0.10, 0.08, 0.06, 0.04, 0.03, 0.02, 0.01, 0.007, 0.003])
_FIVE = ("first_touch", "last_touch", "linear", "position_u", "time_decay_7d")
_HOUR_US = 3_600_000_000
ORACLE = Path(os.environ.get("EARNEST_ORACLE", ".venv/oracle/bin/python"))


def attribution(_statuses: int) -> Iterator[Ratio]:
    """1 M journeys, 4.28 M touches, 12 channels: five rules from the production SQL, exact Markov chains, peers beside."""
    world = simulated(JOURNEYS, seed=11)
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "paths.parquet"
        pyarrow.parquet.write_table(_as_paths(world), paths)
        yield from _own(world, paths, _peers(paths))
    yield from _large()


def simulated(journeys: int, *, seed: int) -> dict[str, np.ndarray]:
    """Touches in order of their journeys, and what each journey came to."""
    rng = np.random.default_rng(seed)
    lengths = 1 + rng.poisson(3.28, journeys)
    touches = int(lengths.sum())
    owner = np.repeat(np.arange(journeys), lengths)
    back = rng.integers(0, 30 * 24, touches) * _HOUR_US
    back = back[np.lexsort((-back, owner))]
    converts = (rng.random(journeys) < 0.22).astype(np.int64)
    return {
        "journey": owner,
        "channel": rng.choice(len(CHANNELS), touches, p=_SHARES).astype(np.int32),
        "age_us": back,
        "lengths": lengths,
        "converts": converts,
        "net_minor": rng.integers(100, 50_000, journeys),
    }


def _own(world: dict[str, np.ndarray], paths: Path, peers: dict[str, float]) -> Iterator[Ratio]:
    rules, touched = _rules(world)
    markov = median_seconds(lambda: _markov(_native(world), 1), 5)
    third = median_seconds(lambda: _markov(_native(world), 3))
    strings = pyarrow.parquet.read_table(paths)
    from_strings = median_seconds(lambda: _markov(_of_strings(strings), 1))
    yield Ratio("five rules, production SQL over journeys", rules, "s")
    yield Ratio("five rules, production SQL over touches not yet in order", touched, "s")
    yield Ratio("exact Markov order 1 from columns", markov, "s")
    yield Ratio("exact Markov order 3 from columns", third, "s")
    yield Ratio("exact Markov order 1 from strings", from_strings, "s")
    native = _native(world)
    arrays = median_seconds(lambda: _five(native))
    yield Ratio("the same five rules over arrays, as `attribution analyze` does", arrays, "s")
    yield from _against("marketing-attribution-models, five rules, ours over arrays", arrays, peers.get("mam_rules"))
    yield from _against("marketing-attribution-models, five rules", rules, peers.get("mam_rules"), bar=1 / 8)
    yield from _against("ChannelAttribution, three rules", rules, peers.get("ca_rules"), bar=1)
    yield from _against("ChannelAttribution, Markov order 1 (simulated)", markov, peers.get("ca_markov"), bar=1 / 20)
    yield from _against("marketing-attribution-models, Markov order 1", markov, peers.get("mam_markov"), bar=1 / 100)
    yield from _against("do-attribution, Markov order 1", markov, peers.get("do_markov"), bar=1 / 100)
    yield from _against("ChannelAttribution, Markov order 3 (simulated)", third, peers.get("ca_markov_3"))
    yield from _against("ChannelAttribution, Markov order 1, both from strings", from_strings, peers.get("ca_markov"))
    yield from _against(
        "marketing-attribution-models, Markov order 1, both from strings",
        from_strings,
        peers["mam_parse"] + peers["mam_markov"] if "mam_parse" in peers else None,
    )


def _against(name: str, ours: float, theirs: float | None, *, bar: float | None = None) -> Iterator[Ratio]:
    if theirs is not None:
        yield Ratio(f"Earnest / {name} ({theirs:,.2f} s; {theirs / ours:,.1f} times as fast)", ours / theirs, bar=bar)


def _rules(world: dict[str, np.ndarray]) -> tuple[float, float]:
    """Seconds of the SQL over journeys as they are stored, and over touches that it must order first; exact to the unit."""
    rules = [rule_model(name) for name in _FIVE]
    sums = ", ".join(f"CAST(SUM(credit_{name}) AS BIGINT)" for name in _FIVE)
    cells = f"SELECT label_key, {sums} FROM split GROUP BY label_key"
    with duck.connect() as con:
        con.register("decay_read", decay_table())
        con.execute("CREATE TABLE decay AS SELECT * FROM decay_read")
        con.register("found_read", _as_touches(world))
        con.execute("CREATE TABLE found AS SELECT * FROM found_read ORDER BY hash(message_key)")
        con.execute(f"CREATE TABLE journey AS WITH {ordered('found')} SELECT * FROM journey ORDER BY order_key, place")
        stored, unordered = f"WITH {split(rules)} {cells}", f"WITH {ordered('found')}, {split(rules)} {cells}"
        _check_exact(con, stored, int(world["net_minor"].sum()))
        _check_exact(con, unordered, int(world["net_minor"].sum()))
        return (
            median_seconds(lambda: con.execute(stored).fetchall()),
            median_seconds(lambda: con.execute(unordered).fetchall()),
        )


def _check_exact(con: duckdb.DuckDBPyConnection, sql: str, total: int) -> None:
    rows = con.execute(sql).fetchall()
    assert [sum(row[1 + place] for row in rows) for place in range(len(_FIVE))] == [total] * len(_FIVE)


def _as_touches(world: dict[str, np.ndarray]) -> pa.Table:
    owner = world["journey"]
    touches = len(owner)
    return pa.table(
        {
            "order_key": owner,
            "order_day": (owner % 90).astype(np.int32),
            "net_minor": world["net_minor"][owner],
            "message_key": np.arange(touches, dtype=np.int64),
            "label_key": world["channel"].astype(np.int64),
            "rung": np.full(touches, 3, np.int64),
            "touch_us": 1_780_000_000_000_000 - world["age_us"],
        }
    )


def _as_paths(world: dict[str, np.ndarray]) -> pa.Table:
    """What the packages read: a row a journey, with the path as text and hours to the conversion."""
    names = np.array(CHANNELS)[world["channel"]]
    hours = (world["age_us"] / _HOUR_US).astype(np.int64).astype(str)
    ends = np.cumsum(world["lengths"])
    starts = ends - world["lengths"]
    return pa.table(
        {
            "path": [" > ".join(names[a:b]) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)],
            "hours": [" > ".join(hours[a:b]) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)],
            "converts": world["converts"],
            "nulls": 1 - world["converts"],
            "value": world["net_minor"] / 100,
        }
    )


def _native(world: dict[str, np.ndarray]) -> Journeys:
    return of_columns(
        world["journey"],
        world["channel"],
        CHANNELS,
        conversions=world["converts"],
        nulls=1 - world["converts"],
        value=world["net_minor"] * world["converts"],
        units=100,
        currency="EUR",
        ages=world["age_us"],
    )


def _of_strings(table: pa.Table) -> Journeys:
    steps = take_apart(table.column("path"))
    return Journeys(
        steps.channels,
        steps.items,
        steps.offsets,
        table.column("converts").to_numpy(),
        nulls=table.column("nulls").to_numpy(),
    )


def _markov(journeys: Journeys, order: int) -> Credit:
    credit = journey_model(f"markov_{order}").credit(journeys)
    assert isinstance(credit, Credit)
    return credit


def _five(journeys: Journeys) -> None:
    """The five rules by the numeric engine, exact to the unit too."""
    for name in _FIVE:
        credit = journey_model(name).credit(journeys)
        assert isinstance(credit, Credit)
        assert credit.exact is not None
        assert journeys.value is not None
        assert credit.exact.sum() == journeys.value.sum()


def _peers(paths: Path) -> dict[str, float]:
    """Seconds of each package, by name; without those that are not installed or fail, which is told."""
    if not ORACLE.exists():
        print(f"   no packages to compare with at {ORACLE}: install requirements-oracle.txt there", flush=True)
        return {}
    script = Path(__file__).with_name("attribution_peers.py")
    found: dict[str, float] = {}
    for peer in ("ca", "mam", "do"):
        command = [str(ORACLE), str(script), peer, str(paths)]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, env={**os.environ, "MPLBACKEND": "Agg"}
        )
        if done.returncode:
            print(f"   {peer} skipped: {done.stderr.strip().splitlines()[-1:]}", flush=True)
            continue
        found |= json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _large() -> Iterator[Ratio]:
    """10 M touches in a process of its own: peak memory, and order 3 solved exactly."""
    done = subprocess.run([sys.executable, "-m", "bench.attribution"], check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    yield Ratio(f"{told['touches']:,} touches: all models", told["seconds"], "s")
    yield Ratio(f"{told['touches']:,} touches: exact Markov order 3", told["markov_3"], "s")
    yield Ratio(f"{told['touches']:,} touches: peak memory", told["peak_gb"], "GB", bar=2)


def _measure_large() -> None:
    rng = np.random.default_rng(5)
    lengths = 1 + rng.poisson(3.28, 2_340_000).astype(np.int64)
    touches, count = int(lengths.sum()), len(lengths)
    converts = (rng.random(count) < 0.22).astype(np.int64)
    journeys = Journeys(
        CHANNELS,
        rng.choice(len(CHANNELS), touches, p=_SHARES).astype(np.int32),
        np.concatenate(([0], np.cumsum(lengths))),
        converts,
        nulls=1 - converts,
        value=converts * rng.integers(100, 50_000, count),
        units=100,
        currency="EUR",
        age_us=rng.integers(0, 30 * 24, touches) * _HOUR_US,
    )
    started = time.perf_counter()
    _markov(journeys, 3)
    third = time.perf_counter() - started
    for name in (*_FIVE, "linear_unique", "any_touch", "markov_1", "markov_2", "shapley_rate", "shao_li", "logistic"):
        journey_model(name).credit(journeys)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    seconds = time.perf_counter() - started
    print(json.dumps({"touches": touches, "seconds": seconds, "markov_3": third, "peak_gb": peak}))


if __name__ == "__main__":
    _measure_large()
