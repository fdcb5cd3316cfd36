"""What a server knows of links: kept up to date beside the clicks, and kept when the journal cannot be read."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from earnest.api.redirect_memory import FILE, Memory, Redirects, Snapshot, Target
from earnest.definitions.link import Link
from earnest.tracking.codes import Code, Codec
from earnest.usecases.workspace import Workspace, init

HOST = "shop.example"
NOW = 1_000


def link(number: int, **more: object) -> Link:
    return Link(f"link{number}", number, f"https://{HOST}/{number}", click_parameter=None, **more)  # type: ignore[arg-type]


def declare(place: Workspace, *links: Link) -> None:
    for one in links:
        place.record("link.set", one.to_json())


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    made = init(tmp_path / "shop", currency="EUR", timezone="UTC")
    made.record("link.hosts", {"hosts": [HOST]})
    return made


def leads(memory: Memory, now_us: int = NOW) -> dict[int, str]:
    """Number → address of the links that lead somewhere."""
    return {
        number: target.landing.of("x")
        for number, target in memory.snapshot.targets.items()
        if target.landing is not None and target.leads(now_us)
    }


def test_links_lead_where_they_were_last_declared_to_lead(place: Workspace) -> None:
    declare(place, link(1), link(2), link(3, until_us=NOW), link(4, until_us=NOW + 1))
    memory = Memory(place)
    memory.begin()
    assert leads(memory) == {1: f"https://{HOST}/1", 2: f"https://{HOST}/2", 4: f"https://{HOST}/4"}
    declare(place, link(2, enabled=False), link(5))
    place.record("setting.set", {"name": "margin", "value": "0.5", "from": "2026-01-01"})
    memory.read()
    assert set(leads(memory)) == {1, 4, 5}
    place.record("link.hosts", {"hosts": ["other.example"]})
    memory.read()
    assert leads(memory) == {}
    declare(place, link(2))
    memory.read()
    assert leads(memory) == {}
    place.record("link.hosts", {"hosts": [HOST]})
    memory.read()
    assert set(leads(memory)) == {1, 2, 4, 5}


def test_hosts_that_are_taken_back_altogether(place: Workspace) -> None:
    declare(place, link(1))
    memory = Memory(place)
    memory.begin()
    place.record("link.hosts", {"hosts": []})
    memory.read()
    assert leads(memory) == {}


def test_what_other_entries_say_changes_no_link(place: Workspace) -> None:
    declare(place, link(1))
    memory = Memory(place)
    memory.begin()
    before = memory.snapshot.targets
    place.record("setting.set", {"name": "margin", "value": "0.5", "from": "2026-01-01"})
    memory.read()
    assert memory.snapshot.targets is before


def test_the_messages_a_link_is_in() -> None:
    declared = {1: link(1), 2: link(2, campaign="spring"), 3: link(3, campaign="spring", within="callback=c7")}
    memory = Memory(Workspace(Path("nowhere")))
    memory.snapshot = Snapshot({number: Target(one, None) for number, one in declared.items()})
    assert {n: t.within for n, t in memory.snapshot.targets.items()} == {
        1: None,
        2: "campaign=spring",
        3: "callback=c7",
    }


def test_a_journal_that_breaks_changes_nothing_and_is_read_again_when_it_is_whole(place: Workspace) -> None:
    declare(place, link(1))
    memory = Memory(place)
    memory.begin()
    known = memory.snapshot
    journal, hidden = place.path / "journal.db", place.path / "hidden"
    memory._let_go()
    journal.rename(hidden)
    memory.read()
    assert memory.snapshot is known
    assert not journal.exists()
    hidden.rename(journal)
    declare(place, link(2))
    memory.read()
    assert set(leads(memory)) == {1, 2}


def test_what_the_last_server_left_leads_on(place: Workspace) -> None:
    declare(place, link(1), link(2, enabled=False), link(3, until_us=NOW))
    first = Memory(place)
    first.begin()
    first.close()
    whole = (place.path / "journal.db").read_bytes()
    (place.path / "journal.db").write_bytes(b"no database at all" * 500)
    second = Memory(place)
    second.begin()
    assert leads(second) == {1: f"https://{HOST}/1"}
    assert second.codec is not None
    (place.path / "journal.db").write_bytes(whole)
    declare(place, link(4))
    second.read()
    assert set(leads(second)) == {1, 4}


def test_a_link_that_only_the_file_knows_goes_once_the_journal_is_read(place: Workspace) -> None:
    """As after a restore of an older backup."""
    declare(place, link(1))
    place.tables.mkdir()
    (place.tables / FILE).write_bytes(
        b'{"hosts":["shop.example"],"links":[{"id":"z","number":9,"destination":"https://shop.example/z"}]}'
    )
    journal = place.path / "journal.db"
    whole = journal.read_bytes()
    journal.write_bytes(b"no database at all" * 500)
    memory = Memory(place)
    memory.begin()
    assert set(leads(memory)) == {9}
    journal.write_bytes(whole)
    memory.read()
    assert set(leads(memory)) == {1}


@pytest.mark.parametrize(
    "left",
    [b"", b"{", b"[]", b'{"hosts":["shop.example"],"links":[{"id":"x"}]}', b'{"hosts":3,"links":[]}', b"\xff" * 100],
)
def test_a_damaged_file_is_as_good_as_none(place: Workspace, left: bytes) -> None:
    place.tables.mkdir()
    (place.tables / FILE).write_bytes(left)
    (place.path / "journal.db").write_bytes(b"no database at all" * 500)
    memory = Memory(place)
    memory.begin()
    assert memory.snapshot.targets == {}


def test_a_file_that_leads_elsewhere_is_not_believed(place: Workspace) -> None:
    place.tables.mkdir()
    told = b'{"hosts":["shop.example"],"links":[{"id":"x","number":1,"destination":"https://evil.example/"}]}'
    (place.tables / FILE).write_bytes(told)
    (place.path / "journal.db").write_bytes(b"no database at all" * 500)
    memory = Memory(place)
    memory.begin()
    assert leads(memory) == {}


def test_without_links_no_file_is_left(tmp_path: Path, place: Workspace) -> None:
    bare = Memory(init(tmp_path / "bare", currency="EUR", timezone="UTC"))
    bare.begin()
    bare.close()
    assert not (bare.workspace.tables / FILE).exists()
    hosts_alone = Memory(place)
    hosts_alone.begin()
    assert not Redirects({"bare": bare, "shop": hosts_alone}).lead_anywhere()


def test_a_disk_that_takes_no_file_hinders_nothing(place: Workspace) -> None:
    place.tables.write_text("in the way of the folder")
    declare(place, link(1))
    memory = Memory(place)
    memory.begin()
    assert set(leads(memory)) == {1}
    place.tables.unlink()
    memory._save_after = 0.0
    memory.read()
    assert (place.tables / FILE).exists()


def test_a_link_made_a_moment_ago_is_found_and_all_who_ask_share_one_look(place: Workspace) -> None:
    memory = Memory(place)
    memory.begin()
    looks = []
    read = memory.read
    memory.read = lambda: (looks.append(1), read())[1]  # type: ignore[method-assign]
    declare(place, link(1))

    async def ask() -> list[object]:
        return await asyncio.gather(*(memory.find(Code(1, recipient)) for recipient in range(1, 101)))

    found = asyncio.run(ask())
    assert {target.link.id for target in found} == {"link1"}  # type: ignore[attr-defined]
    assert len(looks) <= 2


def test_a_refresh_tells_of_what_was_declared_before_it_was_asked_for(place: Workspace) -> None:
    """Also while another one, which began earlier, is under way."""
    memory = Memory(place)
    memory.begin()
    began, go_on = threading.Event(), threading.Event()
    read = memory.read

    def slow() -> None:
        read()
        began.set()
        go_on.wait(20)

    async def walk() -> None:
        memory.read = slow  # type: ignore[method-assign]
        first = memory.refresh()
        await asyncio.to_thread(began.wait, 20)
        memory.read = read  # type: ignore[method-assign]
        declare(place, link(1))
        second = memory.refresh()
        assert second is not first
        assert memory.refresh() is second
        go_on.set()
        await second
        assert set(leads(memory)) == {1}

    asyncio.run(walk())


def test_nobody_waits_long_for_a_journal_that_does_not_answer(place: Workspace) -> None:
    memory = Memory(place)
    memory.begin()
    release = threading.Event()
    memory.read = lambda: release.wait(20) and None  # type: ignore[method-assign]

    async def walk() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        assert await memory.find(Code(1)) is None
        took = loop.time() - began
        release.set()
        return took

    assert asyncio.run(walk()) < 5


def test_workspaces_are_told_apart_by_the_seal(tmp_path: Path) -> None:
    places = [init(tmp_path / name, currency="EUR", timezone="UTC") for name in ("one", "two")]
    redirects = Redirects({place.path.name: Memory(place) for place in places})
    for memory in redirects.memories.values():
        memory.begin()
    text = Codec(places[1].key(), "link").write(Code(7, 8))
    found = redirects.read(text, None)
    assert found is not None
    assert (found[0], found[2]) == ("two", Code(7, 8))
    assert redirects.read(text, "one") is None
    assert redirects.read(text, "nowhere") is None
    assert redirects.read(Codec(places[1].key(), "survey").write(Code(7, 8)), None) is None
