"""Random small worlds: the engine's tables equal the oracle's, whatever the order, the files and the repetitions."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from earnest.usecases.import_files import undo_import
from earnest.usecases.judge import judge_all
from earnest.usecases.rebuild import differing, table_hashes
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import canonical_hash
from property.oracle import DAY, HOUR
from property.worlds import START, Chunk, chunkings, compare, import_chunk, new_workspace, worlds


def few(count: int) -> Any:
    """So many worlds, the same ones each time."""
    return settings(
        max_examples=count, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example],
    )  # fmt: skip


@contextmanager
def scratch() -> Iterator[tuple[Workspace, Path]]:
    """A new workspace, and a folder for files."""
    with tempfile.TemporaryDirectory() as folder:
        yield new_workspace(Path(folder) / "w"), Path(folder) / "files"


def unique(chunks: list[Chunk]) -> list[Chunk]:
    """Without files that hold the very same bytes as an earlier one (imported once, as their hash is known)."""
    seen: set[str] = set()
    return [chunk for chunk in chunks if not (repr(chunk) in seen or seen.add(repr(chunk)))]


def hashes(workspace: Workspace) -> dict[str, str]:
    return table_hashes(workspace.tables, build(workspace))


def imported(workspace: Workspace, chunks: list[Chunk], folder: Path, *, then_build: bool = False) -> dict[str, str]:
    for chunk in chunks:
        import_chunk(workspace, chunk, folder, then_build=then_build)
    return hashes(workspace)


@st.composite
def world_in_chunks(draw: st.DrawFn, *, ids_only: bool = False, repeat: bool = False) -> list[Chunk]:
    return unique(draw(chunkings(draw(worlds(ids_only=ids_only)), repeat=repeat)))


def check_against_oracle(chunks: list[Chunk]) -> None:
    with scratch() as (workspace, folder):
        for chunk in chunks:
            import_chunk(workspace, chunk, folder)
            assert differing(workspace, build(workspace)) == ()
        compare(workspace, chunks)


@few(4)
@given(world_in_chunks(repeat=True))
def test_tables_equal_the_oracle_and_carrying_equals_rebuilding(chunks: list[Chunk]) -> None:
    check_against_oracle(chunks)


@pytest.mark.soak
def test_many_more_worlds_equal_the_oracle() -> None:
    """As above, with `EARNEST_WORLDS` worlds (default 150) that differ from run to run."""
    count = int(os.environ.get("EARNEST_WORLDS", "150"))
    wild = settings(few(count), derandomize=False)
    wild(given(world_in_chunks(repeat=True))(check_against_oracle))()


@st.composite
def told_twice(draw: st.DrawFn, *, ids_only: bool) -> tuple[list[Chunk], list[Chunk]]:
    world = draw(worlds(ids_only=ids_only))
    return unique(draw(chunkings(world))), unique(draw(chunkings(world, repeat=ids_only)))


@few(3)
@given(told_twice(ids_only=True))
def test_with_ids_order_files_and_repetition_change_nothing(pair: tuple[list[Chunk], list[Chunk]]) -> None:
    check_same_tables(pair)


def check_same_tables(pair: tuple[list[Chunk], list[Chunk]]) -> None:
    with scratch() as (one, folder), scratch() as (other, other_folder):
        assert imported(one, pair[0], folder) == imported(other, pair[1], other_folder, then_build=True)


@pytest.mark.soak
def test_many_more_orders_of_arrival() -> None:
    wild = settings(few(int(os.environ.get("EARNEST_WORLDS", "150"))), derandomize=False)
    wild(given(told_twice(ids_only=True))(check_same_tables))()


AGGREGATES = (
    "SELECT send_day, count(*), count(delivered_us), count(read_us), sum(cost_micro) FROM message GROUP BY ALL ORDER BY ALL",
    "SELECT response_kind, response_day, count(*) FROM response GROUP BY ALL ORDER BY ALL",
    "SELECT order_day, count(*), sum(net_minor), sum(cancelled) FROM conversion GROUP BY ALL ORDER BY ALL",
    "SELECT model, order_day, sum(credit_minor) FROM credit_cell GROUP BY ALL ORDER BY ALL",
    "SELECT send_day, sum(messages), sum(sent), sum(delivered), sum(was_read), sum(failed), sum(cost_micro) FROM funnel_cell GROUP BY ALL ORDER BY ALL",
)


@few(2)
@given(told_twice(ids_only=False))
def test_without_ids_order_and_files_leave_the_sums(pair: tuple[list[Chunk], list[Chunk]]) -> None:
    sums = []
    for chunks in pair:
        # Equal rows in two files are two things, but one row without an id in two files of equal bytes is one file.
        if sum(len(rows) for _, rows, _ in chunks) != sum(len(rows) for _, rows, _ in pair[0]):
            return
        with scratch() as (workspace, folder):
            imported(workspace, chunks, folder)
            with open_tables(workspace) as tables:
                sums.append([tables.con.execute(sql).fetchall() for sql in AGGREGATES])
    assert sums[0] == sums[1]


@few(2)
@given(world_in_chunks(), st.data())
def test_as_of_a_past_moment_never_changes(chunks: list[Chunk], data: st.DataObject) -> None:
    early = data.draw(st.integers(0, len(chunks)))
    with scratch() as (workspace, folder):
        then = imported(workspace, chunks[:early], folder)
        moment = workspace.clock()
        known = seen(workspace, moment)
        assert known[0] == then
        later = imported(workspace, chunks[early:], folder)
        if chunks[early:]:
            undo_import(workspace, max(workspace.state().imports))
        shutil.rmtree(workspace.tables / "as_of")
        assert seen(workspace, moment) == known
        assert seen(workspace, workspace.clock())[0] == hashes(workspace)
        assert later.keys() == then.keys()


def seen(workspace: Workspace, moment: int) -> tuple[dict[str, str], list[Any]]:
    """Canonical hashes and the judged campaigns as of a moment."""
    with open_tables(workspace, as_of_us=moment) as tables:
        found = {name: canonical_hash(tables.con, name) for name in tables.manifest.tables}
    return found, judge_all(workspace, as_of_us=moment)


@few(2)
@given(world_in_chunks(), st.data())
def test_undoing_an_import_restores_the_tables(chunks: list[Chunk], data: st.DataObject) -> None:
    if not chunks:
        return
    last = data.draw(st.integers(0, len(chunks) - 1))
    rest = [chunk for place, chunk in enumerate(chunks) if place != last]
    with scratch() as (workspace, folder):
        before = imported(workspace, rest, folder)
        entry = import_chunk(workspace, chunks[last], folder)
        after = hashes(workspace)
        assert entry is not None
        undo_import(workspace, entry)
        assert hashes(workspace) == before
        again = import_chunk(workspace, chunks[last], folder)
        assert again is not None
        assert hashes(workspace) == after
        assert differing(workspace, build(workspace)) == ()


@few(2)
@given(world_in_chunks(), st.integers(2, 50))
def test_money_times_k_is_the_sums_times_k(chunks: list[Chunk], k: int) -> None:
    found = []
    for money in (1, k):
        with scratch() as (workspace, folder):
            for chunk in chunks:
                import_chunk(workspace, chunk, folder, money=money, then_build=False)
            with open_tables(workspace) as tables:
                sums = tables.con.execute(
                    "SELECT sum(before_refunds_minor), sum(refund_minor), sum(net_minor), sum(discount_minor),"
                    " (SELECT sum(cost_micro) FROM funnel_cell), (SELECT sum(credit_minor) FROM credit WHERE model = 'last_touch' AND message_key IS NOT NULL)"
                    " FROM conversion"
                ).fetchone()
                assert sums is not None
                found.append([int(value or 0) for value in sums])
    assert found[1] == [value * k for value in found[0]]


STRANGERS: list[Chunk] = [
    (
        "messages",
        [
            {"message_id": "stranger", "contact": "stranger", "campaign": "spring", "sent_at": START + DAY}
            | {"read_at": START + DAY, "replied_at": START + 2 * DAY}
        ],
        "csv",
    ),
    ("clicks", [{"click_id": "stranger", "message_id": "stranger", "clicked_at": START + DAY, "click_class": "human"}], "csv"),
    ("orders", [{"order_id": "stranger", "contact": "stranger", "ordered_at": START + DAY, "amount": 500}], "csv"),
    ("refunds", [{"refund_id": "stranger", "order_id": "stranger", "refunded_at": START + DAY, "amount": 5}], "csv"),
    ("orders", [{"order_id": "much later", "contact": "c1", "ordered_at": START + 30 * DAY, "amount": 500}], "csv"),
]  # fmt: skip
ROWS = ("message", "response", "conversion", "credit")


@few(2)
@given(world_in_chunks())
def test_events_of_others_and_outside_windows_change_no_row(chunks: list[Chunk]) -> None:
    with scratch() as (workspace, folder):
        imported(workspace, chunks, folder)
        before = all_rows(workspace)
        imported(workspace, STRANGERS, folder)
        after = all_rows(workspace)
        assert {name: before[name] - after[name] for name in before} == {name: set() for name in before}
        assert {name: len(after[name] - before[name]) for name in before} == {
            "message": 1, "response": 2, "conversion": 2, "credit": 4,
        }  # fmt: skip


def all_rows(workspace: Workspace) -> dict[str, set[Any]]:
    with open_tables(workspace) as tables:
        return {name: set(tables.con.execute(f"SELECT * FROM {name}").fetchall()) for name in ROWS}


H72, H12, D5 = 72 * HOUR, 12 * HOUR, 5 * DAY
EDGES: list[Chunk] = [
    (
        "messages",
        [
            {"message_id": "f1", "contact": "c2", "sent_at": START},
            {"message_id": "tie1", "contact": "c1", "sent_at": START + DAY},
            {"message_id": "tie2", "contact": "c1", "sent_at": START + DAY},
            {"message_id": "late", "contact": "c5", "sent_at": START, "replied_at": START + H72},
            {"message_id": "in time", "contact": "c5", "sent_at": START, "opted_out_at": START + H72 - 1},
            {"message_id": "early", "contact": "c5", "sent_at": START, "clicked_at": START - 1},
            {"message_id": "clicked", "contact": "c3", "sent_at": START, "clicked_at": START},
            {"message_id": "read", "contact": "c4", "sent_at": START, "read_at": START},
            {"message_id": "same1", "contact": "c6", "sent_at": START, "clicked_at": START, "read_at": START},
            {"message_id": "same2", "contact": "c6", "sent_at": START, "clicked_at": START},
            {"message_id": "same3", "contact": "c6", "sent_at": START, "read_at": START},
            {
                "message_id": "highest",
                "contact": "c7",
                "sent_at": START,
                "clicked_at": START,
                "read_at": START + 2 * HOUR,
            },
            {"message_id": "between", "contact": "c7", "sent_at": START, "clicked_at": START + HOUR},
            {"message_id": "by a bot", "contact": "c8", "sent_at": START},
        ],
        "csv",
    ),
    (
        "statuses",
        [
            {"message_id": f"in{us}{who}", "contact": who, "status": "replied", "occurred_at": START + us}
            for who, us in (("c2", -1), ("c2", 0), ("c2", H72 - 1), ("c2", H72), ("c1", DAY), ("c1", DAY + 1))
        ],
        "csv",
    ),
    (
        "orders",
        [
            {"order_id": f"{who}{us}", "contact": who, "ordered_at": START + us, "amount": 100}
            for who in ("c3", "c4", "c6")
            for us in (-1, 0, H12, H12 + 1, D5, D5 + 1)
        ],
        "csv",
    ),
    ("refunds", [{"refund_id": "r", "order_id": "c60", "refunded_at": START, "amount": 107}], "csv"),
    ("refunds", [{"refund_id": "r", "order_id": "c60", "refunded_at": START, "amount": 107}], "jsonl"),
    (
        "clicks",
        [
            {"click_id": "bot", "message_id": "by a bot", "clicked_at": START, "click_class": "bot"},
            {"click_id": "again", "message_id": "early", "clicked_at": START + 1, "click_class": "human"},
        ],
        "csv",
    ),
    (
        "orders",
        [{"order_id": who, "contact": who, "ordered_at": START + 3 * HOUR, "amount": 100} for who in ("c7", "c8")],
        "csv",
    ),
    # An answer that names another contact's message: what is told of that message concerns both contacts' credits.
    (
        "messages",
        [{"message_id": who, "contact": who, "sent_at": START} for who in ("asked", "answering")],
        "csv",
    ),
    (
        "clicks",
        [
            {
                "click_id": "x1",
                "message_id": "asked",
                "contact": "answering",
                "clicked_at": START,
                "click_class": "human",
            },
            {"click_id": "x2", "contact": "answering", "clicked_at": START, "click_class": "human"},
        ],
        "csv",
    ),
    ("orders", [{"order_id": "x", "contact": "answering", "ordered_at": START + D5 - 1, "amount": 100}], "csv"),
    ("statuses", [{"message_id": "asked", "contact": "asked", "status": "accepted", "occurred_at": START - 1}], "csv"),
]


def test_edges_by_oracle_and_by_hand() -> None:
    with scratch() as (workspace, folder):
        for chunk in EDGES:
            import_chunk(workspace, chunk, folder)
            assert differing(workspace, build(workspace)) == ()
        compare(workspace, EDGES)
        with open_tables(workspace) as tables:
            answered = tables.con.execute(
                "SELECT occurred_us, count(message_key), sum(counted) FROM response WHERE response_kind = 'reply' AND given_message_key IS NULL GROUP BY ALL"
            ).fetchall()
            last = tables.con.execute(
                "SELECT c.ordered_us, count(k.message_key) FROM credit AS k JOIN conversion AS c USING (order_key)"
                " JOIN event_message AS m ON k.message_key = m.message_key AND m.message_id = 'between'"
                " WHERE k.model = 'last_touch' GROUP BY ALL"
            ).fetchall()
            split = tables.con.execute(
                "SELECT c.ordered_us, k.credit_minor FROM credit AS k JOIN conversion AS c USING (order_key)"
                " WHERE k.model = 'linear' AND k.message_key IS NOT NULL ORDER BY ALL"
            ).fetchall()
    assert sorted(answered) == [
        (START - 1, 0, 0), (START, 1, 1), (START + DAY, 1, 1), (START + DAY + 1, 1, 0), (START + H72 - 1, 1, 0), (START + H72, 0, 0),
    ]  # fmt: skip
    assert last == [(START + 3 * HOUR, 1)]
    both, three, lost = [(100,)], [(33,), (33,), (34,)], [(-3,), (-2,), (-2,)]
    assert Counter(split) == Counter(
        [(START, minor) for (minor,) in both + both + lost]
        + [(START + H12, minor) for (minor,) in both + both + three]
        + [(START + H12 + 1, 100), (START + H12 + 1, 50), (START + H12 + 1, 50)]
        + [(START + D5, 100), (START + D5, 50), (START + D5, 50)]
        + [(START + 3 * HOUR, 50), (START + 3 * HOUR, 50), (START + D5 - 1, 50), (START + D5 - 1, 50)]
    )


def refund(order: str, amount: int) -> Chunk:
    return ("refunds", [{"refund_id": "r", "order_id": order, "refunded_at": START, "amount": amount}], "csv")


MOVED: list[Chunk] = [
    ("orders", [{"order_id": who, "contact": who, "ordered_at": START, "amount": 100} for who in ("o1", "o2")], "csv"),
    (
        "conversions",
        [
            {"conversion_id": who, "conversion_kind": "lead", "converted_at": START, "amount": 100}
            for who in ("l1", "o1")
        ],
        "csv",
    ),
    refund("o1", 7),
    refund("o2", 9),
    ("orders", [{"order_id": "o1", "contact": "other", "ordered_at": START, "updated_at": START, "amount": 90}], "csv"),
    refund("l1", 8),
    ("orders", [{"order_id": "l1", "contact": "l1", "ordered_at": START, "amount": 50}], "csv"),
    refund("nowhere", 8),
    refund("o1", 5),
]


def test_a_refund_told_again_moves_with_all_that_is_told_of_it() -> None:
    with scratch() as (workspace, folder):
        for place, chunk in enumerate(MOVED, 1):
            import_chunk(workspace, chunk, folder)
            assert differing(workspace, build(workspace)) == (), place
            compare(workspace, MOVED[:place])


def test_two_tellings_of_a_refund_in_one_file_are_one_whatever_their_order() -> None:
    rows = [{"refund_id": "r", "order_id": order, "refunded_at": START, "amount": 7} for order in ("o1", "o2", "o3")]
    found = set()
    for told in permutations(rows):
        with scratch() as (workspace, folder):
            imported(workspace, [MOVED[0], ("refunds", list(told), "csv")], folder)
            with open_tables(workspace) as tables:
                found.add(
                    str(tables.con.execute("SELECT order_key, refund_minor FROM conversion ORDER BY ALL").fetchall())
                )
    assert len(found) == 1
