"""What other processes do to a workspace while a test watches, reads beside them or kills them.

Each writes a line to a file after each step has returned, unbuffered: what is written there was promised.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from earnest.usecases.import_files import Options, import_files, undo_import
from earnest.usecases.tables import build, read_tables
from earnest.usecases.workspace import Workspace
from integration.parcels import Parcel

START = "start"


class At:
    """A clock that stands; it can be sent to another process."""

    def __init__(self, now_us: int) -> None:
        self.now_us = now_us

    def __call__(self) -> int:
        return self.now_us


def import_all(folder: Path, now_us: int, files: Sequence[Parcel], acks: Path) -> None:
    """Import the files one by one, building after each."""
    workspace = Workspace(folder, At(now_us))
    with _writer(acks) as say:
        say(START)
        for parcel in files:
            done = import_files(workspace, [parcel.path], parcel.kind, options=Options(source="shop"))
            say(f"{parcel.path.name} {done[0].entry if done[0].entry is not None else done[0].already}")


def rebuild_all(folder: Path, now_us: int, times: int, acks: Path) -> None:
    """Build every table anew, several times."""
    workspace = Workspace(folder, At(now_us))
    with _writer(acks) as say:
        say(START)
        for number in range(times):
            build(workspace, full=True)
            say(f"built {number}")


def undo_all(folder: Path, now_us: int, numbers: Sequence[int], acks: Path) -> None:
    """Undo imports."""
    workspace = Workspace(folder, At(now_us))
    with _writer(acks) as say:
        say(START)
        for number in numbers:
            undo_import(workspace, number)
            say(f"undone {number}")


def come_and_go(folder: Path, now_us: int, files: Sequence[Parcel], acks: Path) -> None:
    """Import the files one by one; after every third undo the one before, and bring it back in the end."""
    workspace = Workspace(folder, At(now_us))
    undone = []
    with _writer(acks) as say:
        say(START)
        for number, parcel in enumerate(files):
            import_files(workspace, [parcel.path], parcel.kind, options=Options(source="shop"))
            say(f"{build(workspace).generation} import")
            if number % 3 == 2:
                undo_import(workspace, workspace.state().active_imports[-2].seq)
                undone.append(files[number - 1])
                say(f"{build(workspace).generation} undo")
        for parcel in undone:
            import_files(workspace, [parcel.path], parcel.kind, options=Options(source="shop"))
            say(f"{build(workspace).generation} import")


READINGS = {
    "credit": "SELECT model, CAST(sum(credit_minor) AS BIGINT) FROM credit GROUP BY model ORDER BY model",
    "credit_cells": "SELECT model, CAST(sum(credit_minor) AS BIGINT) FROM credit_cell"
    " WHERE model IN ('last_touch', 'linear') GROUP BY model ORDER BY model",
    "net": "SELECT m, (SELECT CAST(sum(net_minor) AS BIGINT) FROM conversion)"
    " FROM (VALUES ('last_touch'), ('linear')) AS v(m)",
    "messages": "SELECT count(*), count(sent_us), count(delivered_us), count(read_us) FROM message",
    "funnel": "SELECT sum(messages)::BIGINT, sum(sent)::BIGINT, sum(delivered)::BIGINT, sum(was_read)::BIGINT"
    " FROM funnel_cell",
    "clicks": "SELECT sum(counted)::BIGINT FROM response WHERE response_kind = 'click' AND message_key IS NOT NULL",
    "funnel_clicks": "SELECT sum(clicked)::BIGINT FROM funnel_cell",
    "conversions": "SELECT count(*) FROM conversion",
    "event_orders": "SELECT count(DISTINCT order_key) FROM event_order",
    "event_messages": "SELECT count(DISTINCT message_key) FROM event_message",
    "strangers": "SELECT count(*) FROM credit ANTI JOIN message USING (message_key) WHERE message_key IS NOT NULL",
    "labels": "SELECT count(*) FROM message ANTI JOIN label_campaign USING (label_key)",
}


def read_until(folder: Path, now_us: int, stop: Path, answers: Path) -> None:
    """Read the tables again and again until the file `stop` is there; one line of JSON a reading."""
    workspace = Workspace(folder, At(now_us))
    with _writer(answers) as say:
        say(START)
        while not stop.exists():
            with read_tables(workspace) as tables:
                answer = {name: tables.con.execute(sql).fetchall() for name, sql in READINGS.items()}
                answer["again"] = tables.con.execute(READINGS["credit"]).fetchall()
                say(json.dumps({"generation": tables.manifest.generation, **answer}))


@contextlib.contextmanager
def _writer(path: Path) -> Iterator[Callable[[str], None]]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        yield lambda line: os.write(handle, f"{line}\n".encode()) and None
    finally:
        os.close(handle)
