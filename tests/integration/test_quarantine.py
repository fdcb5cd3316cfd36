"""What could not be read waits as it came, and is as if it had always been readable once it can."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earnest.definitions.source import Source
from earnest.kernel.errors import NotFound
from earnest.usecases.import_files import undo_import
from earnest.usecases.quarantine_received import received_entry, replay, waiting
from earnest.usecases.rebuild import differing, table_hashes
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace
from integration.live import Delivery, journal, told, whatsapp, workspace_with_sources


def messages(workspace: Workspace, as_of_us: int | None = None) -> int:
    with open_tables(workspace, as_of_us=as_of_us) as tables:
        row = tables.con.execute("SELECT count(*) FROM message").fetchone()
        assert row is not None
        return int(row[0])


def renamed(deliveries: list[Delivery]) -> list[Delivery]:
    return [Delivery("late", one.body) for one in deliveries if one.source == "whatsapp"]


def test_what_came_before_its_source_was_declared_is_replayed_as_if_it_had_been(tmp_path: Path) -> None:
    deliveries = renamed(told(11))
    late, early = (workspace_with_sources(tmp_path / name) for name in ("late", "early"))
    source = Source("late", "whatsapp", "meta", ("env:META_APP_SECRET",)).to_json()
    early.record("source.set", source)
    journal(early, deliveries)
    journal(late, deliveries)
    assert messages(late) == 0
    assert waiting(late).groups == {("late", "source-unknown"): len(deliveries)}
    in_vain = replay(late)
    assert (in_vain.resolved, in_vain.still, in_vain.imports) == (0, len(deliveries), ())
    late.record("source.set", source)
    before_us = late.clock()
    done = replay(late)
    assert (done.entries, done.resolved, done.still) == (len(deliveries), len(deliveries), 0)
    assert waiting(late).total == 0
    assert table_hashes(late.tables, build(late)) == table_hashes(early.tables, build(early))
    assert differing(late, build(late)) == ()
    assert messages(late, as_of_us=before_us) == 0, "an earlier moment stays as it was"
    assert replay(late).entries == 0


def test_a_replay_can_be_undone_and_done_again(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    journal(workspace, renamed(told(12)))
    workspace.record("source.set", Source("late", "whatsapp", "meta", ("env:X",)).to_json())
    total = waiting(workspace).total
    (number,) = replay(workspace).imports
    known = messages(workspace)
    assert known > 0
    undo_import(workspace, number)
    assert messages(workspace) == 0
    assert waiting(workspace).total == total
    replay(workspace)
    assert messages(workspace) == known


def test_of_a_bad_element_beside_good_ones_only_it_waits(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    good = {"id": "wamid.g", "status": "sent", "timestamp": "1780000000", "recipient_id": "4915110000001"}
    bad = {"id": "wamid.b", "status": "sent", "timestamp": "yesterday +4915110000001", "recipient_id": "4915110000001"}
    journal(workspace, [whatsapp({"statuses": [good, bad]}), Delivery("whatsapp", b"{not json +4915110000001}")])
    assert messages(workspace) == 1
    found = waiting(workspace)
    assert found.groups == {("whatsapp", "time-unreadable"): 1, ("whatsapp", "not-json"): 1}
    assert "15110000001" not in json.dumps(found.to_json())
    entry, rows = received_entry(workspace, found.rows[1].entry)
    assert b"yesterday" in entry.body
    assert rows[0].field == "entry[0].changes[0].value.statuses[1].timestamp"
    with pytest.raises(NotFound):
        received_entry(workspace, 1)


def test_what_was_told_in_part_under_another_mapping_is_not_told_twice(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")

    def mapped(order_id: str, total: str) -> None:
        fields = {"order_id": order_id, "total": total, "ordered_at": "at", "email": "mail"}
        options = {"kind": "orders", "mapping": fields}
        workspace.record("source.set", Source("zap", "generic", "token", ("env:ZAP",), options=options).to_json())

    mapped("ref", "total")
    at = {"at": "2026-06-01T10:00:00Z", "mail": "a@shop.example"}
    rows = [
        {"ref": "R1", "number": "N1", "total": "111.00", "sum": "111.00", **at},
        {"ref": "R2", "number": "N2", "total": "n/a", "sum": "50.50", **at},
    ]
    journal(workspace, [Delivery("zap", json.dumps(rows).encode()), Delivery("zap", json.dumps(rows[1:]).encode())])

    def orders() -> list[tuple[object, ...]]:
        with open_tables(workspace) as tables:
            return tables.con.execute("SELECT net_minor FROM conversion ORDER BY 1").fetchall()

    assert orders() == [(11100,)]
    mapped("number", "sum")
    done = replay(workspace)
    assert (done.kept_back, done.resolved) == (1, 1)
    assert orders() == [(5050,), (11100,)]
    assert waiting(workspace).total == 1
