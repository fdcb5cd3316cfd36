"""What bodies tell, from tellings to bound rows: the same whether they come in one run or in several."""

from __future__ import annotations

from pathlib import Path

import pytest

from earnest.channels.channel import channel_of
from earnest.channels.told import AttributeTold, LineTold, OrderTold, Party, RefundTold, Rejected, Told
from earnest.importers.emit import Stamp
from earnest.usecases.body_segments import Telling, staged
from earnest.usecases.workspace import Workspace, init

T_US = 1_790_848_800_000_000
KIM = Party(dialled="0151 12345678")
STAMP = Stamp("received", 7, T_US + 60_000_000)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init(tmp_path / "shop", currency="EUR", timezone="Europe/Berlin")


def order(number: int) -> OrderTold:
    return OrderTold(str(number), T_US, KIM, "EUR", total="10.00", lines=(LineTold("A", "1", "10.00"),))


def rows(workspace: Workspace, tellings: list[Telling]) -> dict[str, list[tuple[object, ...]]]:
    """Event kind → its rows, segment by segment as they are emitted."""
    with staged(workspace, tellings, currency="EUR", file_hash="received", region="DE") as told:
        listed = told.emissions(channel_of("shopify"), source="shop", zone="Europe/Berlin", stamp=STAMP)
        return {kind: told.con.execute(f"SELECT * FROM ({sql}) ORDER BY ALL").fetchall() for kind, sql in listed}


def test_counts_say_what_became_of_everything(workspace: Workspace) -> None:
    lost = AttributeTold(T_US, Party(email="nobody"), "city", "Bonn")
    first: list[Told | Rejected] = [order(1), Rejected("id-missing", "id"), lost]
    foreign = OrderTold("3", T_US, KIM, "USD", total="1.00")
    refund = RefundTold("9", "1", T_US, Party(), "1.00", "EUR")
    tellings = [
        Telling(11, T_US, first, None),
        Telling(12, None, [order(2), order(2), foreign], None),
        Telling(13, None, [refund], None),
    ]
    with staged(workspace, tellings, currency="EUR", file_hash="received", region="DE") as told:
        counts = told.counts
        rejects = [(one.row, one.reason) for one in told.rejects(10)]
    assert (counts.bodies, counts.rows, counts.accepted, counts.quarantined) == (3, 7, 4, 3)
    assert counts.reasons == {"contact-unreadable": 1, "currency-differs": 1, "id-missing": 1}
    assert counts.events == {"order": 3, "order_line": 3, "refund": 1}
    assert (counts.duplicates, counts.without_contact) == (1, 0)
    assert sorted(rejects) == [(11, "contact-unreadable"), (11, "id-missing"), (12, "currency-differs")]


def test_one_run_and_several_give_the_same_rows(workspace: Workspace) -> None:
    tellings = [Telling(seq, T_US + seq, [order(seq)], None) for seq in range(1, 7)]
    whole = rows(workspace, list(tellings))
    parts = [rows(workspace, tellings[first : first + 2]) for first in (0, 2, 4)]
    for kind, expected in whole.items():
        joined = [row for part in parts for row in part.get(kind, [])]
        assert set(joined) == set(expected), kind
    assert whole.keys() == {"order", "order_line", "identity", "identity_link"}


def test_a_row_carries_its_entry_and_when_it_was_received(workspace: Workspace) -> None:
    with staged(workspace, [Telling(41, T_US + 5, [order(1)], None), Telling(42, None, [order(2)], None)],
                currency="EUR", file_hash="received", region="DE") as told:  # fmt: skip
        (sql,) = [
            sql
            for kind, sql in told.emissions(channel_of("shopify"), source="shop", zone="UTC", stamp=STAMP)
            if kind == "order"
        ]
        found = told.con.execute(f"SELECT row, received_us FROM ({sql}) ORDER BY row").fetchall()
    assert found == [(41, T_US + 5), (42, T_US + 60_000_000)]


def test_nothing_told_is_nothing_emitted(workspace: Workspace) -> None:
    found = rows(workspace, [])
    assert all(not listed for listed in found.values())


def test_nothing_is_left_in_the_scratch_folder(workspace: Workspace) -> None:
    rows(workspace, [Telling(1, None, [order(1)], None)])
    assert list(workspace.spill.glob("bodies-*")) == []
