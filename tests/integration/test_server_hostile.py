"""Tens of thousands of requests that nobody should send: no answer is a fault of ours, what is authentic is kept, nothing else is."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from integration.hostile import Shot, shot
from integration.served import http_process, kept, status_body, workspace

CONNECTIONS = 24


class Attackers:
    """Several connections that send, each what is next."""

    def __init__(self, port: int, shots: Iterator[Shot]) -> None:
        self.port = port
        self.shots = shots
        self.authentic: set[bytes] = set()
        self.uncertain: set[bytes] = set()
        self.statuses: Counter[int] = Counter()
        self.wrong: list[tuple[int, bytes]] = []

    async def run(self) -> None:
        await asyncio.gather(*(self._attack() for _ in range(CONNECTIONS)))

    async def _attack(self) -> None:
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        for one in self.shots:
            if streams is None or not one.keeps_open:
                if streams is not None:
                    streams[1].close()
                streams = await asyncio.open_connection("127.0.0.1", self.port)
            status, closed = await self._fire(one, *streams)
            self.statuses[status] += 1
            if status not in one.statuses and not (status == 0 and not one.keeps_open):
                self.wrong.append((status, one.raw[:600]))
            if one.body is not None:
                self.authentic.add(one.body)
            if one.maybe is not None:
                (self.authentic if status == 200 else self.uncertain).add(one.maybe)
            if closed or not one.keeps_open:
                streams[1].close()
                streams = None
        if streams is not None:
            streams[1].close()

    async def _fire(self, one: Shot, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[int, bool]:
        """Status, 0 if the server closed without a word or kept waiting for more; and whether it closed."""
        writer.write(one.raw)
        try:
            if not one.keeps_open:
                writer.write_eof()
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            while head.startswith(b"HTTP/1.1 100"):
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            await reader.readexactly(0 if one.raw.startswith(b"HEAD") else length)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            return 0, True
        return int(head[9:12]), b"connection: close" in head.lower()


@pytest.mark.parametrize(
    ("payloads", "seed"), [pytest.param(50_000, 11), pytest.param(1_000_000, 12, marks=pytest.mark.soak)]
)
def test_no_request_is_a_fault_of_ours(tmp_path: Path, payloads: int, seed: int) -> None:
    draw = random.Random(seed)
    log = tmp_path / "log.jsonl"
    place = workspace(tmp_path / "shop")
    with http_process(place.path, log=log, extra=("--log-level", "error")) as served:
        attackers = Attackers(served.port, (shot(draw) for _ in range(payloads)))
        uvloop.run(attackers.run())
        assert served.deliver(status_body(1)).status == 200
        assert json.loads(served.ask("GET", "/healthz").body) == {"status": "ok"}
        assert served.stop() == 0
    assert attackers.wrong == []
    assert sum(attackers.statuses.values()) == payloads
    assert not any(status >= 500 for status in attackers.statuses)
    found = kept(place)
    expected = attackers.authentic | {status_body(1)}
    assert expected <= set(found) <= expected | attackers.uncertain
    assert set(found.values()) == {1}
    assert log.read_text().splitlines() == []
