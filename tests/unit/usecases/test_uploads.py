"""Uploaded files wait under safe names and are swept; jobs are one at a time, and one that was cut short is known as such."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from earnest.importers.recognise import fits
from earnest.kernel.errors import Conflict
from earnest.usecases.jobs import FOLDER, job_of, start, wait_for
from earnest.usecases.uploads import KEPT_DAYS, keep_upload, label, new_place, sweep, waiting
from earnest.usecases.workspace import Workspace, init

DAY_US = 86_400_000_000


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("orders.csv", "orders.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\orders.csv", "orders.csv"),
        ("...", "file"),
        ("", "file"),
        (".hidden", "hidden"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\x00b\nc.csv", "abc.csv"),
        ("Zaku\u0301py.csv", "Zak\u00fapy.csv"),
    ],
)
def test_a_name_is_a_label_and_never_a_path(name: str, kept: str) -> None:
    assert label(name) == kept


def test_long_names_keep_their_ends() -> None:
    cut = label("ж" * 300 + ".csv")
    assert cut.endswith(".csv")
    assert len(cut) <= 100
    assert len(cut.encode()) <= 200


def test_what_lay_too_long_and_what_never_became_whole_goes(tmp_path: Path) -> None:
    now = [1_790_000_000_000_000]
    workspace = init(tmp_path / "w", currency="EUR", timezone="UTC", clock=lambda: now[0])
    number, path = new_place(workspace, "a.csv")
    path.write_text("x")
    keep_upload(workspace, number, path, by="anna")
    half, _ = new_place(workspace, "b.csv")
    os.utime(workspace.path / FOLDER / half, (now[0] / 1e6, now[0] / 1e6))
    assert [one.name for one in waiting(workspace)] == ["a.csv"]
    now[0] += DAY_US
    sweep(workspace)
    assert not (workspace.path / FOLDER / half).exists()
    now[0] += KEPT_DAYS * DAY_US
    sweep(workspace)
    assert waiting(workspace) == ()


def test_one_job_at_a_time(tmp_path: Path) -> None:
    workspace = init(tmp_path / "w", currency="EUR", timezone="UTC")
    go = [False]

    def slow(progress: object) -> dict[str, object]:
        progress("reading", 1, 4)  # type: ignore[operator]
        while not go[0]:
            time.sleep(0.01)
        return {"rows": 3}

    job = start(workspace, "import", slow, about="x", by="anna")
    with pytest.raises(Conflict, match="still under way"):
        start(workspace, "import", slow)
    now = job_of(workspace)
    assert now is not None
    assert (now.running, now.by, now.about) == (True, "anna", "x")
    go[0] = True
    done = wait_for(workspace, job, 5)
    assert (done.running, done.result, done.share) == (False, {"rows": 3}, 25)
    assert wait_for(workspace, start(workspace, "import", lambda _: {}), 5).result == {}


def test_a_fault_of_ours_ends_the_job_too(tmp_path: Path) -> None:
    workspace = init(tmp_path / "w", currency="EUR", timezone="UTC")
    done = wait_for(workspace, start(workspace, "import", lambda _: {"x": 1 // 0}), 5)
    assert done.error == {"code": "unexpected", "message": "ZeroDivisionError", "hint": ""}


def test_a_job_whose_process_is_killed_was_cut_short(tmp_path: Path) -> None:
    workspace = init(tmp_path / "w", currency="EUR", timezone="UTC")
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom earnest.usecases.jobs import start\n"
        "from earnest.usecases.workspace import Workspace\n"
        "start(Workspace(Path(sys.argv[1])), 'import', lambda _: time.sleep(600))\nprint('begun', flush=True)\ntime.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(workspace.path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        running = job_of(workspace)
        assert running is not None
        assert running.running
        with pytest.raises(Conflict):
            start(workspace, "import", lambda _: {})
        process.kill()
    cut = job_of(workspace)
    assert cut is not None
    assert (cut.cut, cut.running) == (True, False)
    assert wait_for(workspace, start(workspace, "import", lambda _: {"rows": 1}), 5).result == {"rows": 1}


def test_a_status_that_is_no_status_is_none(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    (tmp_path / FOLDER).mkdir()
    for text in ("", "{", "[]", json.dumps({"id": 1})):
        (tmp_path / FOLDER / "job.json").write_text(text)
        assert job_of(workspace) is None


@pytest.mark.parametrize(
    ("columns", "name", "kind"),
    [
        (("Order ID", "Customer email", "Created at", "Total price"), "export.csv", "orders"),
        (("wamid", "to", "sent_at", "delivered_at", "read_at"), "x.csv", "messages"),
        (("refund_id", "order_id", "refunded_at", "amount"), "x.csv", "refunds"),
        (("campaign", "kind", "amount", "from", "evidence"), "x.csv", "costs"),
        (("contact", "experiment", "arm", "assigned_at"), "x.csv", "assignments"),
        (("sku", "stars", "review body", "review date"), "x.csv", "reviews"),
        (("survey", "question", "answer", "answered_at"), "x.csv", "answers"),
        (("session_id", "started_at", "utm_source"), "x.csv", "sessions"),
        (("id", "date", "value"), "orders-2026.csv", "orders"),
    ],
)
def test_a_kind_is_known_by_its_columns(columns: tuple[str, ...], name: str, kind: str) -> None:
    assert fits(columns, name)[0].kind == kind
