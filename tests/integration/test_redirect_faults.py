"""A click gets to its page whatever becomes of the journal, the disk, the builder or the server; and every click that was not
kept is counted: answered = kept + lost.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from pathlib import Path

import apsw
import pytest

from earnest.usecases.lost_clicks import clicks_lost
from earnest.usecases.workspace import Workspace
from integration.clickers import Clickers, click_id, code, kept_clicks, linked
from integration.served import children, http_process, serving, until
from integration.test_server_full import small_disk


def lost(place: Workspace) -> dict[str, int]:
    return {reason: one.clicks for reason, one in clicks_lost(place).items()}


def check_counted(place: Workspace, answered: list[str]) -> None:
    """Each click that was answered is kept once, or counted as lost."""
    kept = kept_clicks(place)
    assert len(kept) == len(set(kept))
    assert set(kept) <= set(answered)
    assert len(set(answered)) == len(answered)
    assert sum(lost(place).values()) == len(answered) - len(kept)


def go_on(clickers: Clickers, clicks: int = 100) -> None:
    """Wait until so many more are answered."""
    aim = len(clickers.clicks) + clicks
    until(lambda: len(clickers.clicks) >= aim, 40)


def test_clicks_are_answered_while_everything_else_fails(tmp_path: Path) -> None:
    place = linked(tmp_path / "shop")
    asked = ("--workspace", str(place.path), "--clicks-per-address", "0", "--log-level", "error")
    with serving(*asked, log=tmp_path / "log") as served:
        supervisor = served.process.pid
        with Clickers(served.port, f"/r/{code(place)}") as clickers:
            go_on(clickers)
            with contextlib.closing(apsw.Connection(str(place.path / "journal.db"))) as other:
                other.set_busy_timeout(20_000)
                other.execute("BEGIN IMMEDIATE")
                began, before = time.monotonic(), len(clickers.clicks)
                until(lambda: time.monotonic() > began + 4.5)  # longer than the writer waits for another process
                other.execute("ROLLBACK")
            assert len(clickers.clicks) > before + 200
            (builder,) = children(supervisor, "--follow")
            os.kill(builder, signal.SIGKILL)
            go_on(clickers)
            (old,) = children(supervisor, "earnest.api")
            os.kill(supervisor, signal.SIGHUP)
            until(lambda: old not in children(supervisor, "earnest.api"), 40)
            go_on(clickers)
            assert lost(place) == {}
            (child,) = children(supervisor, "earnest.api")
            resource.prlimit(child, resource.RLIMIT_FSIZE, (4096, 4096))  # the journal cannot be written any more
            until(lambda: child not in children(supervisor, "earnest.api"), 40)
            go_on(clickers)
        assert served.stop() == 0
    assert "ended with code 70" in (tmp_path / "log").read_text()
    assert "never retrieved" not in (tmp_path / "log").read_text()
    assert (set(clickers.answers), clickers.broken) == ({302}, 0)
    assert set(lost(place)) == {"journal-unwritable"}
    check_counted(place, clickers.clicks)


def test_clicks_are_answered_on_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        place = linked(disk / "shop")
        with http_process(place.path, extra=("--clicks-per-address", "0")) as served:
            with Clickers(served.port, f"/r/{code(place)}") as clickers:
                go_on(clickers)
                ballast = disk / "ballast"
                with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as stream:
                    while True:
                        stream.write(b"\0" * 65536)
                go_on(clickers, 600)
                ballast.unlink()
                go_on(clickers)
            assert served.stop() == 0
        assert (set(clickers.answers), clickers.broken) == ({302}, 0)
        assert set(lost(place)) - {"journal-full"} == {"disk-low"}
        check_counted(place, clickers.clicks)


@pytest.mark.parametrize("whole", [True, False])
def test_a_server_that_cannot_open_the_journal_leads_on(tmp_path: Path, whole: bool) -> None:
    place = linked(tmp_path / "shop")
    path = f"/r/{code(place, recipient=7)}"
    with http_process(place.path) as served:
        assert served.ask("GET", path).status == 302
        assert served.stop() == 0
    journal = place.path / "journal.db"
    good = journal.read_bytes()
    journal.write_bytes(b"no database at all" * 500)
    if not whole:
        (place.tables / "redirects.json").write_bytes(b'{"hosts":["shop.example"],"lin')
        with pytest.raises(AssertionError, match="ended with code 71"), http_process(place.path):
            pass
        return
    answered = []
    with http_process(place.path) as served:
        for _ in range(20):
            answer = served.ask("GET", path)
            assert answer.status == 302
            answered.append(click_id(answer.headers["location"]))
        assert served.ask("GET", "/healthz").status == 503
        journal.write_bytes(good)
        until(lambda: served.ask("GET", "/healthz").status == 200)
        answer = served.ask("GET", path)
        assert served.stop() == 0
    assert lost(place) == {"journal-unreadable": 20}
    assert kept_clicks(place)[1:] == [click_id(answer.headers["location"])]
