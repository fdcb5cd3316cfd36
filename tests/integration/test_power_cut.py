"""Power cuts: what the journal acknowledged is on the disk, with its exact bytes; a batch is there as a whole or not at all.

The real `Journal`, on a disk that drops, tears and reorders what was not synced. Without syncs (the two controls) the same
trials must find losses, or they would prove nothing.
"""

from __future__ import annotations

import contextlib
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import apsw
import pytest

from earnest.journal.log import RECEIVED, Draft, Journal, Kept
from earnest.kernel.errors import EnvironmentProblem
from integration.power_cut import SECTOR, Disk, Inode, Write, applied, powered, sectors

SEED = 20_261_122
CUTS, CUTS_OF_A_CONTROL, CUTS_OF_A_SOAK = 2_000, 300, 20_000
LIVES = 8
"""Cuts that one journal goes through at most."""
T0_US = 1_790_000_000_000_000


@dataclass
class Owner:
    """Who was told what: drafts acknowledged by number, and the batch that nobody was told about."""

    told: dict[int, Draft] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    open: Sequence[Draft] = ()
    made: int = 0

    def batch(self, rng: random.Random) -> list[Draft]:
        """1 to 20 drafts; some carry a key, and a few one that was told or is in the batch already."""
        drafts: list[Draft] = []
        for _ in range(rng.choice([1, 1, 2, 5, 20])):
            self.made += 1
            known = [*self.keys, *(draft.dedupe_key for draft in drafts if draft.dedupe_key)]
            key = rng.choice([None, f"key-{self.made}", rng.choice(known) if known else None])
            body = b"%d:" % self.made + rng.randbytes(rng.choice([0, 40, 400, 400, 5_000]))
            kind = rng.choice([RECEIVED, RECEIVED, "setting.set"])
            drafts.append(Draft(kind, body, "shop", T0_US + self.made, key, {"content-type": "application/json"}))
        self.open = drafts
        return drafts

    def new(self, drafts: Sequence[Draft]) -> list[Draft]:
        """What of a batch is new: the first of each key that nobody has."""
        seen, new = set(self.keys), []
        for draft in drafts:
            if draft.dedupe_key is None or draft.dedupe_key not in seen:
                new.append(draft)
                seen.update([draft.dedupe_key] if draft.dedupe_key else [])
        return new

    def hear(self, kept: Sequence[Kept]) -> bool:
        """The batch was acknowledged; whether as it had to be: a key that was told is known, any other is not."""
        new = iter(self.new(self.open))
        for draft, one in zip(self.open, kept, strict=True):
            if not one.again and next(new, None) is draft:
                self._note(one.seq, draft)
            elif not one.again or self.keys.get(draft.dedupe_key or "") != one.seq:
                return False
        self.open = ()
        return True

    def _note(self, seq: int, draft: Draft) -> None:
        self.told[seq] = draft
        if draft.dedupe_key is not None:
            self.keys[draft.dedupe_key] = seq

    def wrong(self, journal: Journal) -> str | None:
        """What of the promises does not hold; what of the open batch arrived counts as told from now on."""
        found = {entry.seq: entry for entry in journal.entries()}
        for seq, draft in self.told.items():
            entry = found.pop(seq, None)
            if entry is None or (entry.kind, entry.body, entry.dedupe_key) != (
                draft.kind,
                draft.body,
                draft.dedupe_key,
            ):
                return "lost"
        new = self.new(self.open)
        if found and [entry.body for entry in found.values()] != [draft.body for draft in new]:
            return "half a batch"
        if journal.verify() is not None:
            return "chain broken"
        if journal._db.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            return "file damaged"
        for seq, draft in zip(found, new, strict=False):
            self._note(seq, draft)
        self.open = ()
        return None


class Weak(Journal):
    """A journal that syncs less than ours."""

    def __init__(self, path: Path, synchronous: str) -> None:
        super().__init__(path)
        self._db.execute(f"PRAGMA synchronous={synchronous}")


@dataclass
class Tally:
    """What the cuts of one setting found."""

    cuts: int = 0
    entries: int = 0
    in_sync: int = 0
    in_open: int = 0
    arrived: int = 0
    bad: dict[str, int] = field(default_factory=dict)

    @property
    def bad_share(self) -> float:
        return sum(self.bad.values()) / self.cuts


class Piecemeal(Journal):
    """A journal that commits each draft of a batch by itself."""

    def append_many(self, drafts: Sequence[Draft]) -> list[Kept]:
        return [kept for draft in drafts for kept in super(Piecemeal, self).append_many([draft])]


JOURNALS: dict[str, Callable[[Path], Journal]] = {
    "FULL": Journal,
    "NORMAL": lambda path: Weak(path, "NORMAL"),
    "OFF": lambda path: Weak(path, "OFF"),
    "PIECEMEAL": Piecemeal,
}
"""The journal as it is, and the controls."""


def live(path: Path, disk: Disk, owner: Owner, setting: str) -> bool:
    """Append from several handles until the power goes; whether a handle was open by then."""
    rng, handles = disk.rng, list[Journal]()
    with powered(disk), contextlib.suppress(EnvironmentProblem, apsw.Error):
        try:
            while not disk.off:
                if len(handles) < 3 and (not handles or rng.random() < 0.2):
                    handles.append(JOURNALS[setting](path))
                    handles[-1]._db.execute(f"PRAGMA wal_autocheckpoint={rng.choice([4, 16, 64, 1000])}")
                journal = rng.choice(handles)
                if not owner.hear(journal.append_many(owner.batch(rng))):
                    raise AssertionError("a key was forgotten, or is another entry's")
                if rng.random() < 0.1:
                    handles.remove(journal)
                    journal.close()
        finally:
            for journal in handles:
                with contextlib.suppress(apsw.Error):
                    journal.close()
    assert disk.off, "the power was to go"
    return bool(handles)


def judge(folder: Path, owner: Owner) -> str | None:
    """What is wrong after a cut, also when appending goes on; on a copy, as the next life must recover by itself."""
    copy = Path(shutil.copytree(folder, folder.with_name("copy"), dirs_exist_ok=True))
    try:
        with Journal(copy / "journal.db") as journal:
            wrong = owner.wrong(journal)
            if wrong is None:
                (kept,) = journal.append_many([Draft("after.cut", b"", "shop", T0_US)])
                wrong = None if kept.seq == len(owner.told) + 1 and journal.verify() is None else "append fails"
            return wrong
    except (EnvironmentProblem, apsw.Error, ValueError, TypeError):
        return "unreadable"
    finally:
        shutil.rmtree(copy)


def run(folder: Path, *, cuts: int, setting: str, seed: int) -> Tally:
    """Many journals, each through several cuts."""
    tally, rng = Tally(), random.Random(f"{seed}-{setting}")
    while tally.cuts < cuts:
        place = folder / f"{setting}-{tally.cuts}"
        place.mkdir()
        owner = Owner()
        for _ in range(min(LIVES, cuts - tally.cuts)):
            many = round(2 ** rng.uniform(0, 10))
            by_sync = setting == "FULL" and rng.random() < 0.4
            disk = Disk(rng, until=10**9 if by_sync else many, until_sync=rng.randint(1, 14) if by_sync else 10**9)
            disk.load(place)
            tally.in_open += not live(place / "journal.db", disk, owner, setting)
            tally.in_sync += by_sync
            survivors = disk.survivors()
            shutil.rmtree(place)
            place.mkdir()
            for name, content in survivors.items():
                (place / name).write_bytes(content)
            tally.cuts += 1
            waiting, before = bool(owner.open), len(owner.told)
            wrong = judge(place, owner)
            if wrong is not None:
                tally.bad[wrong] = tally.bad.get(wrong, 0) + 1
                break
            tally.arrived += waiting and len(owner.told) > before
        tally.entries += len(owner.told)
        shutil.rmtree(place)
    return tally


def check_nothing_lost(folder: Path, *, cuts: int, seed: int) -> None:
    tally = run(folder, cuts=cuts, setting="FULL", seed=seed)
    print(f"\npower cuts, seed {seed}, synchronous=FULL: {tally}; fewer than {3 / cuts:.3%} are bad (95 %)")
    assert tally.bad == {}
    assert tally.cuts == cuts
    assert tally.entries > 10 * cuts
    assert tally.arrived > cuts / 100, "a batch that nobody was told about may be there all the same"
    assert tally.in_open > cuts / 100, "some cuts come while the journal is being made or opened"
    assert tally.in_sync > cuts / 5, "many cuts come with a sync"


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    check_nothing_lost(tmp_path, cuts=CUTS, seed=SEED)


@pytest.mark.soak
def test_nothing_acknowledged_is_lost_in_the_long_run(tmp_path: Path) -> None:
    check_nothing_lost(tmp_path, cuts=CUTS_OF_A_SOAK, seed=SEED + 1)


@pytest.mark.parametrize(("synchronous", "least"), [("NORMAL", 0.08), ("OFF", 0.30)])
def test_without_syncs_the_same_cuts_lose_what_was_acknowledged(tmp_path: Path, synchronous: str, least: float) -> None:
    tally = run(tmp_path, cuts=CUTS_OF_A_CONTROL, setting=synchronous, seed=SEED)
    print(f"\npower cuts, seed {SEED}, synchronous={synchronous}: {tally}; {tally.bad_share:.0%} are bad")
    assert tally.bad.get("lost", 0) > 0
    assert tally.bad_share >= least


def test_a_batch_in_pieces_is_found(tmp_path: Path) -> None:
    tally = run(tmp_path, cuts=CUTS_OF_A_CONTROL, setting="PIECEMEAL", seed=SEED)
    print(f"\npower cuts, seed {SEED}, a commit for each draft: {tally}")
    assert tally.bad.keys() == {"half a batch"}


def test_the_disk_keeps_what_was_synced_and_any_part_of_the_rest() -> None:
    writes = [Write(0, b"a" * 1_000), Write(700, b"b" * 900), Write(1_200, None), Write(2_000, b"c" * 10)]
    whole = b"a" * 700 + b"b" * 500 + bytes(800) + b"c" * 10
    assert applied(b"", writes) == whole
    for write in writes:
        pieces = list(sectors(write))
        assert write.data is None or b"".join(piece.data or b"" for piece in pieces) == write.data
        assert all(piece.data is None or len(piece.data) <= SECTOR - piece.offset % SECTOR for piece in pieces)
    rng = random.Random(1)
    for _ in range(200):
        inode = Inode(b"d" * 300, list(writes))
        inode.sync()
        assert inode.survives(rng) == whole
        inode.pending.append(Write(2_010, b"e" * 2_000))
        assert inode.survives(rng)[: len(whole)] == whole
    found = {Inode(b"d" * 3_000, list(writes)).survives(rng) for _ in range(500)}
    assert {b"d" * 3_000, applied(b"d" * 3_000, writes)} < found
    assert any(content.startswith(b"d" * SECTOR + b"a" * 188 + b"b" * 324) for content in found), "torn at a sector"
