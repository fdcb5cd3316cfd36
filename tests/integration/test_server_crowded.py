"""Callers who are nobody and want to be many: large slow bodies, bodies where none belong, heads that break parsers, a full log."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.usecases.workspace import Workspace
from integration.served import Served, http_process, status_body, workspace


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return workspace(tmp_path_factory.mktemp("crowded") / "shop")


@pytest.fixture(scope="module")
def server(place: Workspace) -> Iterator[Served]:
    with http_process(place.path) as served:
        yield served


def test_large_slow_bodies_keep_no_small_one_out_and_end_soon(server: Served) -> None:
    head = b"POST /hooks/wa HTTP/1.1\r\nhost: x\r\ncontent-length: 3145728\r\n\r\n"
    with contextlib.ExitStack() as opened:
        slow = [
            opened.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=15)) for _ in range(64)
        ]
        began = time.monotonic()
        for one in slow:
            with contextlib.suppress(OSError):  # refused while it still sends
                one.sendall(head + b"x" * 100_000)
        for number in range(20):
            assert server.deliver(status_body(number)).status == 200
        heard = []
        for one in slow:
            with contextlib.suppress(OSError):
                heard.append(one.recv(65536)[9:12])
        assert 4 < time.monotonic() - began < 12
    assert set(heard) <= {b"408", b"503", b""}
    assert heard.count(b"408") == 8
    assert server.deliver(status_body(30, padding=100_000)).status == 200


def test_a_large_body_at_another_address_is_refused(server: Served) -> None:
    body = b'{"name": "%s", "password": "y"}' % (b"x" * 70_000)
    answer = server.ask("POST", "/api/v1/session", body, {"content-type": "application/json"})
    assert (answer.status, answer.problem["code"]) == (413, "too-large")
    answer = server.ask("POST", "/api/v1/session", body[-60_000:], {"content-type": "application/json"})
    assert answer.status == 422


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "null", "http://a]b", "//["])
def test_an_origin_that_is_none_is_another_origin(server: Served, origin: str) -> None:
    body, headers = b'{"name": "x", "password": "y"}', {"content-type": "application/json", "origin": origin}
    answer = server.ask("POST", "/api/v1/session", body, headers)
    assert (answer.status, answer.problem["code"]) == (403, "cross-origin")


def test_no_host_is_a_fault_of_ours(server: Served) -> None:
    for host in (b"[", b"[::1", b"a]b", b"\xff", b"x:99999999", b"@", b""):
        for line in (b"GET /api/v1/session", b"DELETE /api/v1/session", b"GET /openapi.json"):
            heard = server.raw(line + b" HTTP/1.1\r\nhost: " + host + b"\r\nconnection: close\r\n\r\n")
            assert heard.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4")), (host, line, heard[:200])


def test_a_log_on_a_full_disk_stops_nothing(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full, a file that is always on a full disk")
    place = workspace(tmp_path / "shop")
    with http_process(place.path, log=Path("/dev/full")) as served:
        for number in range(100):
            assert served.deliver(status_body(number)).status == 200
        assert served.deliver(status_body(1), secret="wrong").status == 401
        assert served.ask("GET", "/healthz").status == 200
        assert served.stop() == 0
