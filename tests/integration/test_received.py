"""What is received becomes tables: bit by bit as all at once, in any order, whatever a body holds, as of any moment."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from earnest.journal.log import RECEIVED, Draft
from earnest.usecases import follow as follow_module
from earnest.usecases import quarantine_received
from earnest.usecases.follow import follow
from earnest.usecases.heartbeat import heartbeat
from earnest.usecases.import_files import import_files
from earnest.usecases.measure import connected
from earnest.usecases.rebuild import differing, table_hashes
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse import received
from earnest.warehouse.build import Progress
from earnest.warehouse.manifest import load
from integration.live import Clock, Delivery, journal, messenger, told, whatsapp, workspace_with_sources


def hashes(workspace: Workspace) -> dict[str, str]:
    return table_hashes(workspace.tables, build(workspace))


@pytest.mark.parametrize("seed", [0, 1, 2, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (3, 4, 5))])
def test_bit_by_bit_in_any_order_is_all_at_once(seed: int, tmp_path: Path) -> None:
    deliveries = told(seed)
    whole = workspace_with_sources(tmp_path / "whole")
    journal(whole, deliveries)
    draw = random.Random(seed + 100)
    parts = workspace_with_sources(tmp_path / "parts")
    waiting = draw.sample(deliveries, len(deliveries))
    while waiting:
        taken, waiting = waiting[: (size := draw.randint(1, 25))], waiting[size:]
        journal(parts, taken)
        manifest = build(parts)
    assert differing(parts, manifest) == ()
    assert hashes(parts) == hashes(whole)


def test_live_is_as_imported(tmp_path: Path) -> None:
    deliveries = told(21)
    live, imported = (workspace_with_sources(tmp_path / name) for name in ("live", "imported"))
    journal(live, deliveries)
    for source in ("whatsapp", "messenger"):
        path = tmp_path / f"{source}.jsonl"
        path.write_bytes(b"\n".join(one.body for one in deliveries if one.source == source))
        import_files(imported, [path], source)
    assert hashes(live) == hashes(imported)


def test_a_live_source_connects_what_it_tells(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    journal(workspace, [one for one in told(22) if one.source == "whatsapp"])
    with open_tables(workspace) as tables:
        assert tables.manifest.facts["heard"] == ["whatsapp"]
        assert connected(tables.state, None, tables.manifest.facts["heard"]) == {"terms", "read", "reply", "opt", "tap"}


def test_builds_after_the_first_carry(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    deliveries = told(1)
    journal(workspace, deliveries[:30])
    build(workspace)
    steps: list[str] = []
    journal(workspace, deliveries[30:])
    build(workspace, progress=lambda what, _done, _of: steps.append(what))
    assert "cells" in steps, "carried, not rebuilt"


def test_chunks_are_merged_and_the_tables_are_the_same(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    for delivery in told(2)[:40]:
        journal(workspace, [delivery])
        manifest = build(workspace)
    index = received.load(workspace.events)
    assert len(index.chunks) < 16
    assert max(chunk.level for chunk in index.chunks) >= 1
    assert sum(figures["entries"] for figures in received.counted(index.chunks).values()) == 40
    assert differing(workspace, manifest) == ()


def test_segments_that_are_lost_are_read_again_from_the_journal(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    journal(workspace, told(3))
    before = hashes(workspace)
    for path in sorted(workspace.events.glob("message/r-*.parquet")):
        path.unlink()
    journal(workspace, told(3)[:1])
    assert hashes(workspace) == before


def test_what_cannot_be_read_waits_and_stops_nothing(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    good = whatsapp(
        {"statuses": [{"id": "wamid.ok", "status": "sent", "timestamp": "1780000000", "recipient_id": "4915110000001"}]}
    )
    bad = (b"{", b"[]", b"\xff\xfe", b"[" * 100_000, json.dumps({"object": "page"}).encode())
    journal(workspace, [*(Delivery("whatsapp", body) for body in bad), good, Delivery("nobody", b"{}")])
    with open_tables(workspace) as tables:
        assert tables.con.execute("SELECT count(*) FROM message").fetchone() == (1,)
    counts = received.counted(received.load(workspace.events).chunks)
    assert counts["whatsapp"] == {"entries": 6, "told": 1, "quarantined": 5}
    assert counts["nobody"] == {"entries": 1, "told": 0, "quarantined": 1}


def test_what_is_all_in_quarantine_is_in_the_tables_in_force(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    journal(workspace, told(9)[:30])
    before = build(workspace)
    journal(workspace, [Delivery("whatsapp", b"{"), Delivery("messenger", b"[]")])
    rounds: list[tuple[int, int]] = []
    follow(workspace, stop=lambda: bool(rounds), say=lambda beat: rounds.append((beat.read_seq, beat.read_received_us)))
    in_force = load(workspace.tables)
    with workspace.journal() as log:
        last = log.last_received()
    assert last[0] == before.facts["received_seq"] + 2
    assert in_force is not None
    assert (in_force.facts["received_seq"], in_force.facts["received_us"]) == last
    assert rounds == [last]
    assert (in_force.generation, in_force.tables) == (before.generation, before.tables), "the same tables"
    assert in_force.facts["span_days"] == before.facts["span_days"]
    at = (workspace.tables / "current.json").stat().st_mtime_ns
    assert build(workspace) == in_force
    assert (workspace.tables / "current.json").stat().st_mtime_ns == at, "nothing came, nothing is written"


def test_chunks_that_are_all_in_quarantine_are_merged(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    for _ in range(received.MERGED + 1):
        journal(workspace, [Delivery("whatsapp", b"{")])
        build(workspace)
    chunks = received.load(workspace.events).chunks
    assert [(chunk.level, chunk.counts["whatsapp"]["quarantined"]) for chunk in chunks] == [(1, 8), (0, 1)]
    assert quarantine_received.waiting(workspace).total == 9


def test_small_tables_that_stay_as_they_were_are_not_written_again(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    deliveries = told(10)
    journal(workspace, deliveries[:30])
    before = build(workspace)
    journal(workspace, deliveries[30:])
    after = build(workspace)
    assert after.tables["lookback"] == before.tables["lookback"]
    assert after.tables["identity"] != before.tables["identity"], "phones and user ids were told together"
    assert differing(workspace, after) == ()


def test_as_of_falls_between_two_entries_of_one_chunk_and_stays_what_it_was(tmp_path: Path) -> None:
    clock = Clock()
    workspace = workspace_with_sources(tmp_path / "w", clock)
    statuses = [
        whatsapp(
            {
                "statuses": [
                    {"id": f"wamid.{n}", "status": "sent", "timestamp": "1780000000", "recipient_id": "4915110000001"}
                ]
            }
        )
        for n in range(10)
    ]
    journal(workspace, statuses[:4])
    between_us = clock.now_us + 1
    journal(workspace, statuses[4:])

    def known() -> int:
        with open_tables(workspace, as_of_us=between_us) as tables:
            row = tables.con.execute("SELECT count(*) FROM message").fetchone()
            assert row is not None
            return int(row[0])

    assert known() == 4
    journal(workspace, statuses)
    build(workspace)
    assert known() == 4


def test_the_builder_follows_and_says_how_far(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    journal(workspace, told(4))
    rounds: list[int] = []
    follow(workspace, stop=lambda: bool(rounds), say=lambda beat: rounds.append(beat.read_seq))
    with workspace.journal() as log:
        last, last_us = log.last_received()
    beat = heartbeat(workspace)
    assert beat is not None
    assert (rounds, beat.read_seq, beat.read_received_us, beat.error) == ([last], last, last_us, None)
    manifest = load(workspace.tables)
    assert manifest is not None
    assert manifest.facts["received_seq"] == last


def test_a_builder_that_fails_says_so_and_goes_on(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    journal(workspace, told(5)[:20])
    key = (workspace.path / "workspace.key").read_text()
    (workspace.path / "workspace.key").unlink()
    errors: list[str | None] = []

    def say(beat: object) -> None:
        errors.append(getattr(beat, "error"))  # noqa: B009
        (workspace.path / "workspace.key").write_text(key)

    follow(workspace, stop=lambda: None in errors, say=say)
    assert errors == ["workspace-key-missing", None]


def test_segments_that_are_damaged_are_read_again_from_the_journal(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    journal(workspace, told(6))
    before = hashes(workspace)
    (path, *_) = sorted(workspace.events.glob("message/r-*.parquet"))
    content = bytearray(path.read_bytes())
    content[len(content) // 4 : 3 * len(content) // 4] = bytes(len(content) // 2)
    path.write_bytes(bytes(content))
    journal(workspace, told(6)[:2])
    assert hashes(workspace) == before
    path.write_bytes(b"")
    assert table_hashes(workspace.tables, build(workspace, full=True)) == before


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        "null",
        "x",
        '{"lineage": "q", "until_seq": 999999, "chunks": []}',
        '{"sha256": "", "index": {"lineage": 1}}',
    ],
)
def test_an_index_that_was_altered_is_none(text: str, tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    journal(workspace, told(7)[:30])
    before = hashes(workspace)
    (workspace.events / received.INDEX).write_text(text)
    journal(workspace, told(7)[:1])
    assert hashes(workspace) == before


def test_a_journal_that_was_put_back_is_read_anew(tmp_path: Path) -> None:
    workspace, other = (workspace_with_sources(tmp_path / name) for name in ("w", "other"))
    deliveries = told(8)
    journal(workspace, deliveries[:10])
    build(workspace)
    kept = (workspace.path / "journal.db").read_bytes()
    journal(workspace, deliveries[10:40])
    build(workspace)
    for path in workspace.path.glob("journal.db*"):
        path.unlink()
    (workspace.path / "journal.db").write_bytes(kept)
    journal(workspace, deliveries[40:60])
    journal(other, [*deliveries[:10], *deliveries[40:60]])
    assert hashes(workspace) == hashes(other)


def test_a_message_told_of_two_recipients_is_carried_as_rebuilt(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")

    def echo(recipient: str) -> Delivery:
        sent = {"is_echo": True, "mid": "m_1", "text": "hi"}
        return messenger(
            {"sender": {"id": "55"}, "recipient": {"id": recipient}, "timestamp": 1_780_000_000_000, "message": sent}
        )

    def read_by(sender: str) -> Delivery:
        return messenger(
            {
                "sender": {"id": sender},
                "recipient": {"id": "55"},
                "timestamp": 1_780_000_100_000,
                "read": {"watermark": 1_780_000_050_000},
            }
        )

    for delivery in (echo("1"), read_by("1"), echo("2"), read_by("2"), echo("3"), read_by("1")):
        journal(workspace, [delivery])
        assert differing(workspace, build(workspace)) == ()


def test_as_of_waits_for_what_is_being_received(tmp_path: Path) -> None:
    """An append that began before the moment asked for is in it, or its entry is dated after."""
    clock = Clock()
    workspace = workspace_with_sources(tmp_path / "w", clock)
    (body,) = told(9)[:1]
    early_us = clock()
    then_us = clock()
    with workspace.journal() as log:
        log.append_many([Draft(RECEIVED, body.body, body.source, early_us, None, {"content-type": "application/json"})])
        assert log.last_received()[1] > then_us


def test_the_builder_says_any_fault_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    journal(workspace, told(9)[:5])
    errors: list[str | None] = []
    real = follow_module.build

    def build_once_broken(place: Workspace, *, progress: Progress) -> object:
        if not errors:
            raise TypeError("unforeseen")
        return real(place, progress=progress)

    monkeypatch.setattr(follow_module, "build", build_once_broken)
    follow(workspace, stop=lambda: None in errors, say=lambda beat: errors.append(beat.error))
    assert errors == ["TypeError", None]
