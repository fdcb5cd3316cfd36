"""The access file: its owner's alone, whole or unchanged, seen by other processes at once."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import apsw
import pytest

from earnest.access.identify import ABSOLUTE_US, IDLE_US, Refused, by_key, by_session
from earnest.access.principal import Principal
from earnest.access.records import ApiKey, Session, User
from earnest.access.roles import ROLES, SCOPES
from earnest.access.secret import digest, key_text
from earnest.access.store import Store
from earnest.access.uses import NOTED_EVERY_US
from earnest.kernel.errors import Conflict, EnvironmentProblem, NotFound

NOON = 1_790_000_000_000_000
SID = "a" * 32
KEY = key_text("abcdefgh", bytes(20))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "access.db"


@pytest.fixture
def store(path: Path) -> Store:
    store = Store(path)
    with store.changing():
        store.add_user(User("anna", "admin", "$argon2id$…", NOON))
        store.add_user(User("vera", "viewer", "$argon2id$…", NOON))
        store.add_session(Session(digest(SID), "anna", NOON, NOON, NOON + ABSOLUTE_US))
        store.add_key(
            ApiKey("abcdefgh", "shop", digest(KEY), frozenset({"events:write"}), None, NOON, "anna", NOON + 100)
        )
    return store


def _session(store: Store, now_us: int) -> Principal | Refused:
    return by_session(store, SID, workspace="w", now_us=now_us)


def _key(store: Store, now_us: int, text: str = KEY) -> Principal | Refused:
    return by_key(store, text, workspace="w", now_us=now_us)


def test_only_the_owner_may_read_it_and_its_log(store: Store, path: Path) -> None:
    files = list(path.parent.iterdir())
    assert {one.name for one in files} >= {"access.db", "access.db-wal"}
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}


def test_writes_are_synced(store: Store) -> None:
    assert store._db.pragma("synchronous") == 2
    assert store._db.pragma("journal_mode") == "wal"


def test_hashes_do_not_show_in_a_repr(store: Store) -> None:
    assert "argon2id" not in repr(store.find_user("anna"))
    assert repr(digest(KEY)) not in repr(store.api_keys())


def test_a_change_is_whole_or_not(store: Store) -> None:
    def both() -> None:
        with store.changing():
            store.add_user(User("bert", "viewer", "x", NOON))
            store.add_user(User("anna", "viewer", "x", NOON))

    with pytest.raises(Conflict):
        both()
    assert [user.name for user in store.users()] == ["anna", "vera"]


def test_there_is_always_an_admin(store: Store) -> None:
    anna = store.find_user("anna")
    for changed in (User("anna", "analyst", anna.password, NOON), User("anna", "admin", anna.password, NOON, NOON)):
        with pytest.raises(Conflict, match="without an admin"), store.changing():
            store.change_user(changed)
    assert store.find_user("anna") == anna
    with store.changing():
        store.change_user(User("vera", "admin", "x", NOON))
        store.change_user(User("anna", "admin", anna.password, NOON, NOON))


def test_unknown_names_get_the_nearest(store: Store) -> None:
    with pytest.raises(NotFound, match="did you mean 'anna'"):
        store.find_user("ana")


def test_a_session_opens_until_it_is_idle_or_old(store: Store) -> None:
    assert _session(store, NOON) == Principal("user", "anna", frozenset(SCOPES), "w")
    now_us = NOON
    while now_us + IDLE_US // 2 < NOON + ABSOLUTE_US:
        now_us += IDLE_US // 2
        assert isinstance(_session(store, now_us), Principal), "it is used"
    assert _session(store, NOON + ABSOLUTE_US) == Refused("expired")


def test_an_idle_session_is_over(store: Store) -> None:
    assert isinstance(_session(store, NOON + IDLE_US - 1), Principal)
    assert _session(store, NOON + 2 * IDLE_US - 1) == Refused("expired")


def test_the_scopes_are_those_of_the_role_now(store: Store) -> None:
    with store.changing():
        store.change_user(User("vera", "admin", "x", NOON))
        store.change_user(User("anna", "viewer", "x", NOON), end_sessions=False)
    found = _session(store, NOON)
    assert isinstance(found, Principal)
    assert found.scopes == ROLES["viewer"]


def test_what_another_process_ended_is_over_at_once(store: Store, path: Path) -> None:
    assert isinstance(_session(store, NOON), Principal)
    assert isinstance(_key(store, NOON), Principal)
    with Store(path) as other, other.changing():
        other.end_sessions("anna")
        other.revoke_key("abcdefgh", NOON)
    assert _session(store, NOON) == Refused("unknown")
    assert _key(store, NOON) == Refused("revoked")


def test_a_disabled_user_is_out_even_if_a_session_were_left(store: Store) -> None:
    with store.changing():
        store.change_user(User("vera", "admin", "x", NOON))
        store.change_user(User("anna", "admin", "x", NOON, NOON), end_sessions=False)
    assert _session(store, NOON) == Refused("revoked")


def test_a_key_opens_until_it_expires(store: Store) -> None:
    assert _key(store, NOON + 99) == Principal("key", "shop", frozenset({"events:write"}), "w", None, "abcdefgh")
    assert _key(store, NOON + 100) == Refused("expired")
    assert _key(store, NOON, KEY[:-1] + "b") == Refused("unknown"), "the id alone opens nothing"
    assert _key(store, NOON + 100, KEY[:-1] + "b") == Refused("unknown"), "nor does it tell that the key has expired"


def test_names_of_dead_keys_can_be_given_again(store: Store) -> None:
    def again(key_id: str, now_us: int) -> ApiKey:
        return ApiKey(key_id, "shop", digest(key_id), frozenset({"events:write"}), None, now_us, "anna")

    with pytest.raises(Conflict), store.changing():
        store.add_key(again("bbbbbbbb", NOON))
    with store.changing():
        store.add_key(again("cccccccc", NOON + 100))
        store.revoke_key("cccccccc", NOON + 101)
        store.add_key(again("dddddddd", NOON + 102))
    with pytest.raises(Conflict), store.changing():
        store.add_key(again("dddddddd", NOON + 200))


def test_last_uses_cost_no_write_and_are_not_lost(store: Store, path: Path) -> None:
    before = store._db.total_changes()
    for n in range(1000):
        _key(store, NOON + n % 90)
    assert store._db.total_changes() == before
    assert store.api_keys()[0].used_us == NOON + 999 % 90, "this process knows"
    with Store(path) as other:
        assert other.api_keys()[0].used_us is None
    store.close()
    with Store(path) as other:
        assert other.api_keys()[0].used_us == NOON + 999 % 90


def test_last_uses_are_due_once_in_a_while(store: Store) -> None:
    due = [store.uses_due(NOON + n * NOTED_EVERY_US // 10) for n in range(31)]
    assert [n for n, one in enumerate(due) if one] == [0, 10, 20, 30]


def test_a_look_does_not_wait_for_a_change(store: Store) -> None:
    inside, done = threading.Event(), threading.Event()

    def change() -> None:
        with store.changing():
            store.end_sessions("anna")
            inside.set()
            done.wait(10)

    writer = threading.Thread(target=change)
    writer.start()
    assert inside.wait(10)
    assert isinstance(_session(store, NOON), Principal), "as it was before the change"
    done.set()
    writer.join()
    assert _session(store, NOON) == Refused("unknown")


def test_a_file_that_is_none_and_one_of_the_future_are_refused(path: Path, tmp_path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to be taken for one" * 100)
    with pytest.raises(EnvironmentProblem) as refused:
        Store(path)
    assert refused.value.code == "access-unreadable"
    newer = tmp_path / "newer.db"
    Store(newer).close()
    apsw.Connection(str(newer)).pragma("user_version", 99)
    with pytest.raises(EnvironmentProblem) as refused:
        Store(newer)
    assert refused.value.code == "access-newer"
