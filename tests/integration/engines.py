"""Workspaces that exercise every model, Spark Connect servers to build them on, and what two builds must have in common."""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow
import pytest

from earnest.events.kinds import KINDS
from earnest.kernel.errors import EnvironmentProblem
from earnest.simulation.demo import demo_plan
from earnest.simulation.shop import write as write_shop
from earnest.usecases.demo import load_shop
from earnest.usecases.import_files import import_files
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck, segments
from earnest.warehouse.build import bind_manifest, canonical_hash
from earnest.warehouse.manifest import Manifest
from earnest.warehouse.spark_session import import_client
from property.own_clicks import LINKS, import_own
from property.worlds import DAY, HOUR, KIND, START, Clock, berlin_day, contact_key, new_workspace, write

NEVER_EMPTY = (
    "message",
    "response",
    "conversion",
    "credit",
    "funnel_cell",
    "funnel_hour_cell",
    "funnel_zone_cell",
    "credit_cell",
    "identity",
    "label_campaign",
)
CHARGED = ("charge", "charge_cell")


def edges(folder: Path, seed: int = 11, size: int = 600) -> Workspace:
    """A workspace of random rows: told twice, out of order, refunded beyond their price, without contact, label or id."""
    workspace = new_workspace(folder / "workspace")
    chance = random.Random(seed)
    rows = _rows(chance, size)
    for kind, told in rows.items():
        repeated = told + chance.choices(told, k=len(told) // 10)
        chance.shuffle(repeated)
        half = len(repeated) // 2
        for number, part in enumerate((repeated[:half], repeated[half:])):
            path = write((kind, part, ("csv", "parquet")[number]), folder / f"{kind}-{number}")
            import_files(workspace, [path], KIND.get(kind, kind), then_build=False)
    _charged(workspace, chance, size)
    import_own(workspace, _own_clicks(chance, size), contact_key=contact_key, local_day=berlin_day)
    return workspace


def _own_clicks(chance: random.Random, size: int) -> list[dict[str, Any]]:
    """Clicks of our own links: single ones, several links at once, and one link again and again; some told twice."""
    found: list[dict[str, Any]] = []
    while len(found) < size:
        who = chance.choice(({"contact": f"c{chance.randrange(9)}"}, {"visitor": chance.randrange(9)}, {}))
        at = START - chance.randrange(chance.choice((35, 6))) * DAY + chance.choice((0, 1, HOUR, chance.randrange(DAY)))
        step = chance.choice((0, 300_000, 20_000_000))
        for place in range(chance.choice((1, 1, 2, 5))):
            link = chance.choice(tuple(LINKS))
            told = chance.choice(("human", "human", "human", "unknown", "bot", "preview"))
            told_of = {
                "click_id": f"own-{len(found)}",
                "clicked_at": at + place * step,
                "click_class": told,
                "link": link,
            }
            found.append(who | LINKS[link] | told_of)
    return found + chance.choices(found, k=size // 20)


def _rows(chance: random.Random, size: int) -> dict[str, list[dict[str, Any]]]:
    def who() -> dict[str, Any]:
        person = chance.randrange(size // 8)
        given = {"contact": f"c{person}", "email": f"p{person}@x.example"}
        kept = chance.choice([("contact",), ("email",), ("contact", "email"), ()])
        return {name: given[name] for name in kept}

    def at() -> int:
        return (
            START
            + chance.randrange(-chance.choice((460, 5, 5)), 1) * DAY
            + chance.choice((0, 1, -1, HOUR, 12 * HOUR, chance.randrange(DAY)))
        )

    def message(states: tuple[str, ...]) -> dict[str, Any]:
        first = at()
        label = chance.choice([{}, {"campaign": "spring"}, {"template": "tpl_a"}, {"template": "tpl_b"}])
        price = chance.choice([{}, {"cost": chance.choice((0, 1, 71_300))}])
        failure = {"error_code": chance.choice(("e1", "é2"))} if "failed_at" in states else {}
        times = {state: first + chance.randrange(-HOUR, 3 * DAY) for state in states}
        return who() | label | price | failure | times | {"message_id": name("m", size)}

    def name(prefix: str, of: int) -> str | None:
        return f"{prefix}{chance.randrange(of)}" if chance.random() < 0.9 else None

    ladder = (
        "accepted_at",
        "sent_at",
        "delivered_at",
        "read_at",
        "failed_at",
        "clicked_at",
        "replied_at",
        "opted_out_at",
    )
    status = ("accepted", "sent", "delivered", "read", "failed", "clicked", "replied", "opted_out")
    money = (0, 1, 2, 7, 100, 999, 12_345, 98_765_432_109)

    def order() -> dict[str, Any]:
        cancelled = {"status": "cancelled", "cancelled_at": at()} if chance.random() < 0.1 else {"status": "paid"}
        versions = {"updated_at": at()} if chance.random() < 0.6 else {}
        parts = {"amount": chance.choice(money), "discount": chance.choice((None, 0, 5))}
        return who() | cancelled | versions | parts | {"order_id": name("o", size), "ordered_at": at()}

    def click() -> dict[str, Any]:
        told = {"click_id": name("k", size), "clicked_at": at(), "click_class": chance.choice(("human", "bot", None))}
        return told | ({"message_id": f"m{chance.randrange(size)}"} if chance.random() < 0.5 else {"contact": "c1"})

    return {
        "messages": [message(tuple(chance.sample(ladder, chance.randrange(1, 6)))) for _ in range(size)],
        "statuses": [
            message(()) | {"status": chance.choice(status), "occurred_at": at()} for _ in range(2 * size)
        ],
        "orders": [order() for _ in range(size)],
        "conversions": [
            who() | {"conversion_id": name("l", size), "conversion_kind": "lead", "converted_at": at(), "amount": 100}
            for _ in range(size // 5)
        ],
        "refunds": [
            {"refund_id": name("r", size), "order_id": f"o{chance.randrange(size)}", "refunded_at": at(), "amount": 999}
            for _ in range(size // 3)
        ],
        "clicks": [click() for _ in range(size)],
    }  # fmt: skip


def _charged(workspace: Workspace, chance: random.Random, size: int) -> None:
    """Add messages of which a provider told terms, as a webhook's segments would, and a card whose tiers they cross."""
    tiers = ((0, 3, "0.05"), (3, 9, "0.04"), (9, None, "0.03"))
    rows = [
        {
            "effective_from": "2025-01-01", "effective_until": "", "pricing_model": model, "market": "Germany",
            "category": "utility", "volume_from": str(start), "volume_until": str(until or ""), "currency": "EUR",
            "price": price, "source": "a test", "confidence": "high", "note": "",
        }
        for model in ("message", "conversation")
        for start, until, price in tiers
    ]  # fmt: skip
    workspace.record("card.imported", {"name": "steps", "rows": rows})
    told = [
        {
            "terms_key": 1000 + number, "account": chance.choice(("a1", "a2")), "number": chance.choice(("n1", "n2", None)),
            "pricing_model": chance.choice(("message", "conversation", "conversation", None)),
            "pricing_type": chance.choice(("regular", "regular", None, "free_customer_service")),
            "category": chance.choice(("utility",) * 6 + ("marketing", "service", "no_such", None)),
            "billable": chance.choice((True, True, None, False)), "country": chance.choice(("DE", None)),
            "cost_currency": chance.choice((None, None, "EUR", "USD")), "stage": 2,
        }
        for number in range(24)
    ]  # fmt: skip
    sent = []
    for number in range(2 * size):
        us = START + chance.randrange(-560, 1) * DAY + chance.randrange(DAY)
        us = chance.choice((us, START - 40 * DAY + chance.randrange(9 * HOUR)))
        cost = chance.choice((None, 71_300)) if number % 3 == 0 else None
        sent.append(
            {
                "message_key": 7_000_000 + number // 2, "status": chance.choice((1, 2, 3, 4, 5)), "cost_micro": cost,
                "terms_key": 1000 + number // 2 % 25, "conversation_key": chance.choice((None, number % 40)),
                "recipient_zone": chance.choice((49, 49, 55, 7, None)), "contact_key": chance.choice((None, 5, 6)),
                "occurred_us": us, "local_day": berlin_day(us), "event_key": number, "received_us": us,
            }
        )  # fmt: skip
    written = []
    with contextlib.closing(duck.connect()) as con:
        for kind, rows_of_kind in (("terms", told), ("message", sent)):
            con.register("told", pyarrow.Table.from_pylist(rows_of_kind))
            given = set(rows_of_kind[0])
            columns = (
                f'CAST({c.name if c.name in given else "NULL"} AS {c.type}) AS "{c.name}"' for c in KINDS[kind].columns
            )
            name = segments.segment_name("told", kind, 0)
            written += segments.write(con, workspace.events, name, [(kind, f"SELECT {', '.join(columns)} FROM told")])
    body = {
        "file": "told", "file_hash": "told", "kind": "messages", "mapping": {}, "quarantine": None,
        "counts": {"rows": len(sent), "accepted": len(sent), "quarantined": 0},
        "segments": [segment.to_json() for segment in written],
    }  # fmt: skip
    workspace.record("import.file", body, dedupe_key="import:told", source="test")


def shop(folder: Path, messages: int = 20_000) -> Workspace:
    """The demo's simulated shop, with its experiments, costs and clicks."""
    plan = demo_plan(messages, 7, today=date(2026, 11, 1))
    workspace, _ = load_shop(folder / "workspace", plan, write_shop(plan, folder / "files"), clock=Clock())
    return workspace


def differences(folder: Path, here: Manifest, there: Manifest) -> dict[str, object]:
    """Table → what two generations of the same inputs do not have in common: columns, types, partitions or rows."""
    assert here.tables.keys() == there.tables.keys()
    found: dict[str, object] = {}
    with contextlib.closing(duck.connect()) as con:
        for side, manifest in (("here", here), ("there", there)):
            con.execute(f"CREATE SCHEMA {side}")
            con.execute(f"SET search_path = '{side},main'")
            bind_manifest(con, folder, manifest)
        for name in here.tables:
            if here.columns[name] != there.columns[name]:
                found[name] = set(here.columns[name]) ^ set(there.columns[name])
            elif _parts(here, name) != _parts(there, name):
                found[name] = (_parts(here, name), _parts(there, name))
            elif canonical_hash(con, f"here.{name}") != canonical_hash(con, f"there.{name}"):
                both = (f"(FROM {a}.{name} EXCEPT ALL FROM {b}.{name}) LIMIT 5" for a, b in _SIDES)
                found[name] = [con.execute(sql).fetchall() for sql in both]
    return found


_SIDES = (("here", "there"), ("there", "here"))


def _parts(manifest: Manifest, name: str) -> Counter[int | None]:
    rows: Counter[int | None] = Counter()
    for file in manifest.tables[name]:
        rows[file.part] += file.rows
    return rows


@contextlib.contextmanager
def sail() -> Iterator[str]:
    """A Spark Connect server without Java, in this process, for as long as it is wanted."""
    server = needed("pysail.spark", "pip install pysail 'earnest[spark]'").SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    host, port = server.listening_address
    try:
        yield f"sc://{host}:{port}"
    finally:
        server.stop()


def needed(module: str, command: str) -> Any:
    """Import what a test needs, or skip it and say how to get it; never skip where CI=true."""
    try:
        import_client()
        return importlib.import_module(module)
    except (ImportError, EnvironmentProblem) as error:
        absent(f"{error}: {command}")


def absent(what: str) -> None:
    """Skip a test for want of something, or fail it where CI=true."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@contextlib.contextmanager
def sail_apart() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The same server in a process of its own, which a test may kill."""
    needed("pysail.spark", "pip install pysail 'earnest[spark]'")
    text = (
        "from pysail.spark import SparkConnectServer\n"
        "server = SparkConnectServer('127.0.0.1', 0)\n"
        "server.start(background=True)\n"
        "print(server.listening_address[1], flush=True)\n"
        "input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", text],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        try:
            yield f"sc://127.0.0.1:{server.stdout.readline().strip()}", server
        finally:
            server.kill()
