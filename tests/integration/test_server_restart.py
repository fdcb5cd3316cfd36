"""Starting, stopping and starting anew: nothing under way is lost, nobody is refused, and what cannot start says why."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from integration.served import (
    Senders,
    check_all_kept,
    children,
    http_process,
    serving,
    signed,
    status_body,
    until,
    whatsapp,
    workspace,
)


@pytest.mark.parametrize("restarts", [pytest.param(3), pytest.param(20, marks=pytest.mark.soak)])
def test_a_graceful_restart_under_load_refuses_nobody(tmp_path: Path, restarts: int) -> None:
    place = workspace(tmp_path / "shop")
    with serving("--workspace", str(place.path), "--log-level", "error") as served:
        supervisor = served.process.pid
        with Senders(served.port, connections=6) as senders:
            for _ in range(restarts):
                until(lambda: len(children(supervisor, "earnest.api")) == 1)
                (old,) = children(supervisor, "earnest.api")
                os.kill(supervisor, signal.SIGHUP)
                until(lambda: old not in children(supervisor, "earnest.api"), 40)  # noqa: B023
                before = len(senders.acknowledged)
                until(lambda: len(senders.acknowledged) > before)  # noqa: B023
        assert served.stop() == 0
    assert (senders.refused, senders.broken) == (0, 0)
    assert set(senders.answers) == {200}
    check_all_kept(place, senders.acknowledged)


def test_sigterm_finishes_what_is_under_way(tmp_path: Path) -> None:
    place = workspace(tmp_path / "shop")
    body = status_body(1)
    lines = "".join(f"{name}: {value}\r\n" for name, value in signed(body).items()).encode()
    with http_process(place.path) as served, socket.create_connection(("127.0.0.1", served.port)) as one:
        one.sendall(
            b"POST /hooks/wa HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n" % len(body) + lines + b"\r\n" + body[:9]
        )
        assert served.ask("GET", "/healthz").status == 200
        began = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        one.sendall(body[9:])
        heard = one.recv(65536)
        assert heard.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" in heard
        assert served.process.wait(15) == 0
        assert time.monotonic() - began < 10
    check_all_kept(place, [body])


def test_sigterm_waits_for_nobody_for_ever(tmp_path: Path) -> None:
    place = workspace(tmp_path / "shop")
    with http_process(place.path) as served, socket.create_connection(("127.0.0.1", served.port)) as one:
        one.sendall(b"POST /hooks/wa HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
        served.ask("GET", "/healthz")
        began = time.monotonic()
        assert served.stop() == 0
        assert time.monotonic() - began < 10


def test_sighup_looks_for_workspaces_again(tmp_path: Path) -> None:
    one = workspace(tmp_path / "all" / "one")
    with serving("--workspaces", str(tmp_path / "all"), "--log-level", "error") as served:
        assert served.deliver(status_body(1)).status == 200
        two = workspace(tmp_path / "all" / "two")
        assert served.deliver(status_body(2), "/w/two/hooks/wa").status == 404
        served.process.send_signal(signal.SIGHUP)
        until(lambda: served.deliver(status_body(2), "/w/two/hooks/wa").status == 200, 40)
        until(lambda: len(children(served.process.pid, "--follow")) == 2)
        until(lambda: served.deliver(status_body(3)).status == 404)  # which of the two would be meant?
        assert served.deliver(status_body(3), "/w/one/hooks/wa").status == 200
    check_all_kept(one, [status_body(1), status_body(3)])
    check_all_kept(two, [status_body(2)])


def test_a_broken_workspace_takes_no_other_down(tmp_path: Path) -> None:
    good, bad = workspace(tmp_path / "good"), workspace(tmp_path / "bad")
    for name in ("journal.db-wal", "journal.db-shm"):
        (bad.path / name).unlink(missing_ok=True)
    whole = (bad.path / "journal.db").read_bytes()
    (bad.path / "journal.db").write_bytes(b"no database at all" * 500)
    with http_process(good.path, bad.path) as served:
        assert served.deliver(status_body(1), "/w/good/hooks/wa").status == 200
        answer = served.deliver(status_body(1), "/w/bad/hooks/wa")
        assert (answer.status, answer.problem["code"]) == (503, "journal-unreadable")
        assert "retry-after" in answer.headers
        assert str(tmp_path) not in answer.body.decode()
        told = served.ask("GET", "/healthz")
        assert (told.status, json.loads(told.body)) == (200, {"status": "ok"})
        told = served.ask("GET", "/readyz")
        assert (told.status, json.loads(told.body)["unavailable"]) == (503, ["journal-unreadable"])
        assert served.deliver(status_body(2)).status == 200  # only one of those that are open has this source
        (bad.path / "journal.db").write_bytes(whole)
        until(lambda: served.deliver(status_body(1), "/w/bad/hooks/wa").status == 200)
        assert "unavailable" not in json.loads(served.ask("GET", "/readyz").body)
        assert served.deliver(status_body(3)).status == 404  # which of the two would be meant?
        assert served.stop() == 0
    check_all_kept(good, [status_body(1), status_body(2)])
    check_all_kept(bad, [status_body(1)])


def test_an_address_at_the_root_is_of_the_only_workspace_with_that_source(tmp_path: Path) -> None:
    one = workspace(tmp_path / "one", whatsapp("wa"), whatsapp("shared"))
    two = workspace(tmp_path / "two", whatsapp("other"), whatsapp("shared"), whatsapp("wa").disabled())
    with http_process(one.path, two.path) as served:
        assert served.deliver(status_body(1), "/hooks/wa").status == 200
        assert served.deliver(status_body(2), "/hooks/other").status == 200
        for path in ("/hooks/shared", "/hooks/nobody", "/w/two/hooks/wa"):
            assert served.deliver(status_body(3), path).status == 404
    check_all_kept(one, [status_body(1)])
    check_all_kept(two, [status_body(2)], "other")


def cli(*arguments: str, cwd: Path) -> tuple[int, dict[str, str]]:
    argv = [sys.executable, "-c", "from earnest.cli.main import main; main()", *arguments, "--json"]
    done = subprocess.run(argv, cwd=cwd, capture_output=True, timeout=60, check=False, env=os.environ)
    return done.returncode, json.loads(done.stderr)["error"]


def test_serve_says_why_it_cannot(tmp_path: Path) -> None:
    code, error = cli("serve", cwd=tmp_path)
    assert (code, error["code"]) == (5, "no-workspace")
    place = workspace(tmp_path / "shop")
    code, error = cli("serve", "-w", "shop", "--public-url", "https://x.example/path", cwd=tmp_path)
    assert (code, error["code"]) == (2, "bad-public-url")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, error = cli("serve", "-w", "shop", "--port", str(taken.getsockname()[1]), cwd=tmp_path)
        assert (code, error["code"]) == (1, "port-in-use")
        assert "--port" in error["hint"]
    shutil.copytree(place.path, tmp_path / "other" / "shop")
    code, error = cli("serve", "-w", "shop", "-w", "other/shop", cwd=tmp_path)
    assert (code, error["code"]) == (1, "workspace-name-twice")


def test_serve_gives_up_what_never_starts(tmp_path: Path) -> None:
    place = workspace(tmp_path / "shop", whatsapp("wa"))
    (place.path / "access.db").write_bytes(b"no database at all" * 500)
    argv = [
        sys.executable,
        "-c",
        "from earnest.cli.main import main; main()",
        "serve",
        "-w",
        str(place.path),
        "--port",
        "0",
    ]
    done = subprocess.run(argv, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert b"access-unreadable" in done.stderr


def test_a_journal_that_cannot_be_written_ends_the_process_and_the_next_one_serves(tmp_path: Path) -> None:
    place, log = workspace(tmp_path / "shop"), tmp_path / "log"
    with serving("--workspace", str(place.path), log=log) as served:
        assert served.deliver(status_body(1)).status == 200
        (child,) = children(served.process.pid, "earnest.api")
        resource.prlimit(child, resource.RLIMIT_FSIZE, (4096, 4096))  # every write of its from here on is an I/O error
        answer = served.deliver(status_body(2))
        assert (answer.status, answer.problem["code"]) == (503, "journal-unwritable")
        assert "retry-after" in answer.headers
        until(lambda: child not in children(served.process.pid, "earnest.api"))
        until(lambda: served.deliver(status_body(2)).status == 200, 40)
        assert children(served.process.pid, "earnest.api") != [child]
    assert '"event":"journal-broken"' in log.read_text()
    assert "ended with code 70" in log.read_text()
    check_all_kept(place, [status_body(1), status_body(2)])
