"""Webhooks kept durably, against a handler on the same uvicorn that keeps nothing; latency at a rate that does not wait."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.case import Ratio
from earnest.definitions.source import Source
from earnest.usecases.workspace import init

SECRET = "bench-secret"
AIM_PER_SECOND = 1_000
_ENVIRON = {"BENCH_SECRET": SECRET}


def serving(_statuses: int) -> Iterator[Ratio]:
    """Deliveries a second, saturated and at 30 % of that (sender on the same cores, in a process of its own)."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        workspace = init(shop, currency="EUR", timezone="Europe/Berlin")
        workspace.record("source.set", Source("wa", "whatsapp", "meta", ("env:BENCH_SECRET",)).to_json())
        noop = {}
        for kind in ("bare", "fastapi"):
            with running("bench.noop", kind) as port:
                drive(port, seconds=1)
                noop[kind] = drive(port, seconds=4)["per_second"]
        with running("earnest.api", "--workspace", str(shop), "--log-level", "warning") as port:
            drive(port, seconds=1)
            durable = drive(port, seconds=4)
            capacity = durable["per_second"]
            calm = drive(port, seconds=10, rate=0.3 * capacity)
            aim = drive(port, seconds=10, rate=AIM_PER_SECOND)
            batch = _batches(port)
        with serve(shop) as port:
            beside = drive(port, seconds=10, rate=0.3 * capacity)
        with workspace.journal() as journal:
            broken = journal.verify()
        assert broken is None, broken
    for one in (durable, calm, beside):
        assert set(one["statuses"]) == {"200"}, one["statuses"]
    yield Ratio("no-op, a FastAPI endpoint, saturated, 64 connections", noop["fastapi"], "requests/s")
    yield Ratio("no-op, a bare function", noop["bare"], "requests/s")
    yield Ratio("kept durably, saturated, 64 connections", capacity, "deliveries/s")
    yield Ratio("no-op endpoint / kept durably", noop["fastapi"] / capacity, bar=3)
    yield Ratio("no-op function / kept durably", noop["bare"] / capacity)
    yield from latencies(f"at 30 % of it ({0.3 * capacity:,.0f}/s)", calm, bar=250)
    yield from latencies(f"the same beside a builder ({0.3 * capacity:,.0f}/s)", beside, bar=None)
    yield from latencies(f"at {AIM_PER_SECOND:,}/s", aim, bar=None)
    yield Ratio("a batch of 1,000 statuses in 3 MB, median", batch, "ms", bar=250)


def latencies(when: str, told: dict[str, Any], *, bar: float | None) -> Iterator[Ratio]:
    """Median, 99th percentile and longest of what `drive` tells. Args: bar: of the 99th, ms."""
    yield Ratio(f"answer {when}, p50", told["p50_ms"], "ms")
    yield Ratio(f"answer {when}, p99", told["p99_ms"], "ms", bar=bar)
    yield Ratio(f"answer {when}, longest", told["max_ms"], "ms")


@contextlib.contextmanager
def running(module: str, *arguments: str) -> Iterator[int]:
    """A server's process on a socket of ours; the port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(2048)
        number = str(listening.fileno())
        argv = [sys.executable, "-m", module, *(("--fd", number) if len(arguments) > 1 else (number,)), *arguments]
        process = subprocess.Popen(argv, pass_fds=[listening.fileno()], env=os.environ | _ENVIRON)
        try:
            yield int(listening.getsockname()[1])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[int]:
    """`earnest serve` with its builder; the port."""
    command = "from earnest.cli.main import main; main()"
    argv = [
        sys.executable,
        "-c",
        command,
        "serve",
        "-w",
        str(folder),
        "--port",
        "0",
        "--json",
        "--log-level",
        "warning",
    ]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, env=os.environ | _ENVIRON)
    try:
        assert process.stdout is not None
        text = b""
        while not text.endswith(b"}\n") or b"\n}\n" not in text:
            text += process.stdout.readline()
        yield int(json.loads(text)["data"]["address"].rpartition(":")[2])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def drive(port: int, *, seconds: float, rate: float = 0, extra: Sequence[str] = ()) -> dict[str, Any]:
    """What `bench.open_loop` tells of a server on a port. Args: rate: a second; 0: as fast as it answers."""
    argv = [
        sys.executable,
        "-m",
        "bench.open_loop",
        "--port",
        str(port),
        "--seconds",
        str(seconds),
        "--rate",
        str(rate),
        *extra,
    ]
    told: dict[str, Any] = json.loads(subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout)
    return told


def _batches(port: int) -> float:
    """Milliseconds until 200 for a WhatsApp delivery of 1,000 statuses, 3 MB: median of nine."""
    taken = []
    for number in range(9):
        statuses = [
            {"id": f"wamid.{number}.{one}", "status": "sent", "timestamp": "1772359200", "recipient_id": "4915112345678",
             "biz_opaque_callback_data": "x" * 2_900}
            for one in range(1_000)
        ]  # fmt: skip
        value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "1"}, "statuses": statuses}
        change = {"field": "messages", "value": value}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "2", "changes": [change]}]}).encode()
        said = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        connection = http.client.HTTPConnection("127.0.0.1", port)
        began = time.perf_counter()
        connection.request("POST", "/hooks/wa", body, {"x-hub-signature-256": f"sha256={said}"})
        assert connection.getresponse().status == 200
        taken.append(time.perf_counter() - began)
        connection.close()
    return 1000 * statistics.median(taken)
