"""Recipients: the same person has one number however he is written; who cannot be known is told why; processes may race."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from earnest.channels.told import Party
from earnest.kernel.errors import DataRefused
from earnest.usecases.backup import create_backup
from earnest.usecases.backup_restore import restore_backup
from earnest.usecases.declare import set_setting
from earnest.usecases.recipients import Refused, enrol, enrol_each, recreate
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace, init

NOON_US = 1_790_000_000_000_000


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init(tmp_path / "shop", currency="EUR", timezone="Europe/Berlin", clock=lambda: NOON_US)


def test_one_person_has_one_number_however_he_is_written(workspace: Workspace) -> None:
    written = [
        Party(dialled="+49 151 12345678"),
        Party(dialled="0049-151-12345678"),
        Party(phone="4915112345678"),
        Party(dialled=" +4915112345678 "),
        Party(contact="+49 151 12345678"),
        Party(email="kim@Shop.example"),
        Party(email="kim@shop.EXAMPLE"),
        Party(contact="kim@shop.example"),
        Party(email="KIM@shop.example"),
        Party(contact="4711"),
        Party(user_id="DE.13491208655302741918"),
    ]
    assert enrol(workspace, written) == [1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 5]
    assert enrol(workspace, list(reversed(written))) == [5, 4, 3, 2, 2, 2, 1, 1, 1, 1, 1]


def test_numbers_are_read_with_the_workspaces_region(workspace: Workspace) -> None:
    assert enrol_each(workspace, [Party(dialled="0151 12345678")]) == [Refused("contact-unreadable")]
    set_setting(workspace, "region", "DE", None)
    assert enrol(workspace, [Party(dialled="0151 12345678"), Party(dialled="+4915112345678")]) == [1, 1]


def test_who_cannot_be_known_is_told_why_and_the_others_get_their_numbers(workspace: Workspace) -> None:
    found = enrol_each(
        workspace,
        [
            Party(),
            Party(dialled="   "),
            Party(email="nobody"),
            Party(email="noreply@shop.example"),
            Party(dialled="+10000000000"),
            Party(contact="null"),
            Party(contact="recipient:7"),
            Party(contact="\ud800"),
            Party(dialled="+4915112345678"),
        ],
    )
    reasons = [one.reason if isinstance(one, Refused) else one for one in found]
    assert reasons == [
        "contact-missing",
        "contact-missing",
        "contact-unreadable",
        "contact-nobody",
        "contact-nobody",
        "contact-nobody",
        "contact-reserved",
        "contact-missing",
        1,
    ]
    assert all(one.what and one.remedy for one in found if isinstance(one, Refused))


def test_with_one_who_cannot_be_known_nobody_gets_a_number(workspace: Workspace) -> None:
    with pytest.raises(DataRefused) as caught:
        enrol(workspace, [Party(dialled="+4915112345678"), Party(email="x")])
    assert caught.value.code == "recipients-refused"
    assert caught.value.facts["refused"] == {1: "contact-unreadable"}
    assert enrol(workspace, [Party(contact="first")]) == [1]


def test_nobody_at_all_is_fine(workspace: Workspace) -> None:
    assert enrol(workspace, []) == []


def test_a_recipient_of_several_identities_is_one_person_in_the_tables(workspace: Workspace) -> None:
    """Known by the first of phone, user id, mail address and contact."""
    both = Party(dialled="+49 151 12345678", email="kim@shop.example")
    assert enrol(workspace, [both, Party(dialled="+4915112345678"), Party(email="kim@shop.example")]) == [
        1,
        1,
        2,
    ]
    with open_tables(workspace) as tables:
        links = tables.con.execute(
            "SELECT count(DISTINCT (contact_key, other_key)) FROM event_identity_link"
        ).fetchone()
        persons = tables.con.execute(
            "SELECT count(DISTINCT coalesce(i.person_key, e.contact_key)) FROM event_identity AS e"
            " LEFT JOIN identity AS i ON e.contact_key = i.contact_key"
        ).fetchone()
    assert links == (3,), "1 is the phone and the address, 2 the address"
    assert persons == (1,)


def test_the_table_is_made_anew_of_the_entries(workspace: Workspace) -> None:
    parties = [Party(dialled="+4915112345678"), Party(email="kim@shop.example")]
    assert enrol(workspace, parties) == [1, 2]
    assert recreate(workspace) == 2
    assert enrol(workspace, [*parties, Party(contact="new")]) == [1, 2, 3]


def test_a_restored_backup_gives_the_same_numbers(workspace: Workspace, tmp_path: Path) -> None:
    parties = [Party(dialled="+4915112345678"), Party(contact="4711")]
    assert enrol(workspace, parties) == [1, 2]
    made = create_backup(workspace, tmp_path / "backups")
    restored = restore_backup(made.path, tmp_path / "restored", clock=lambda: NOON_US)
    back = Workspace(restored.path, lambda: NOON_US)
    assert enrol(back, [*reversed(parties), Party(contact="new")]) == [2, 1, 3]


RACER = """
import json, sys
from earnest.channels.told import Party
from earnest.usecases.recipients import enrol
from earnest.usecases.workspace import open_workspace

workspace, first = open_workspace(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
found = {}
for begin in range(first, first + 300, 50):
    names = [f"c-{number}" for number in range(begin, begin + 50)]
    found |= dict(zip(names, enrol(workspace, [Party(contact=name) for name in names])))
print(json.dumps(found))
"""


def test_processes_at_once_never_give_one_number_twice_nor_two_to_one(workspace: Workspace) -> None:
    """Three processes, whose people overlap by half."""
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(workspace.path), str(first)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for first in (0, 150, 300)
    ]  # fmt: skip
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    told = []
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for racer in racers:
        out, _ = racer.communicate(timeout=120)
        assert racer.returncode == 0
        told.append(json.loads(out))
    numbers: dict[str, int] = {}
    for found in told:
        for name, number in found.items():
            assert numbers.setdefault(name, number) == number
    assert sorted(numbers.values()) == list(range(1, 601))
    assert enrol(workspace, [Party(contact=name) for name in numbers]) == list(numbers.values())


def test_a_phone_that_cannot_be_read_is_not_passed_over_for_a_mail_address(workspace: Workspace) -> None:
    """Else his clicks would belong to somebody whom no message was sent to."""
    found = enrol_each(workspace, [Party(dialled="0151 12345678", email="a@x.example"), Party(email="a@x.example")])
    assert found == [Refused("phone-unreadable"), 1]
