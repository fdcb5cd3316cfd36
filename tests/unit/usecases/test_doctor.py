"""What the doctor judges by: floors against the lock, schemes that sign the address, file systems, versions, odd secrets."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import apsw
import pytest

from earnest.channels.signing.scheme import schemes
from earnest.journal.log import OLDEST_SQLITE
from earnest.usecases.doctor import CHECKS
from earnest.usecases.doctor_case import Unlooked
from earnest.usecases.doctor_machine import FLOORS, _file_system, _parts
from earnest.usecases.doctor_sources import SIGNS_URL, _fault

ROOT = Path(__file__).parents[3]
LOCKED = dict(re.findall(r"^([a-z0-9-]+)==([^ \\;]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE))


def test_the_lock_is_above_every_floor() -> None:
    locked = {floor.package for floor in FLOORS} & LOCKED.keys()
    below = [
        one.package for one in FLOORS if one.package in LOCKED and _parts(LOCKED[one.package]) < _parts(one.oldest)
    ]
    assert below == []
    assert {"babel", "cryptography", "h11", "jinja2", "pyarrow", "starlette"} <= locked
    assert _parts(LOCKED["apsw"]) >= OLDEST_SQLITE, "apsw's version begins with that of its SQLite"


def test_what_is_installed_is_above_every_floor() -> None:
    for floor in FLOORS:
        try:
            version = importlib.metadata.version(floor.package)
        except importlib.metadata.PackageNotFoundError:
            continue
        assert _parts(version) >= _parts(floor.oldest), floor
    assert _parts(apsw.sqlite_lib_version()) >= OLDEST_SQLITE


def test_a_lock_below_a_floor_would_be_seen() -> None:
    assert _parts("0.49.0") < _parts("0.49.1") < _parts("0.49.10") < _parts("0.50.0rc1") < _parts("1.0")
    assert _parts("2026.1+local.9") == (2026, 1)


def test_schemes_that_sign_the_address_are_those_that_say_so() -> None:
    assert {code for code, scheme in schemes().items() if scheme.covers.startswith("the URL")} == SIGNS_URL


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/earnest/shop", "nfs4"),
        ("/srv/earnestly", "ext4"),
        ("/data/with space/shop", "cifs"),
        ("/data/with", "ext4"),
        ("/over/shop", "xfs"),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(path: str, kind: str) -> None:
    mounts = (
        "/dev/sda / ext4 rw 0 0\nnas:/x /srv/earnest nfs4 rw 0 0\n//nas/y /data/with\\040space cifs rw 0 0\n"
        "/dev/sdb /over ext4 rw 0 0\n/dev/sdc /over xfs rw 0 0\nbroken\n"
    )
    assert _file_system(path, mounts) == kind


def test_a_system_without_a_list_of_mounts_is_not_judged() -> None:
    with pytest.raises(Unlooked):
        _file_system("/srv", "")


@pytest.mark.parametrize(
    "good",
    [
        "0f3a9b7c5d1e4826",
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----",
        "Secretariat-9f27c1",
    ],
)
def test_a_good_secret_has_no_fault(good: str) -> None:
    assert _fault(good) is None


def test_codes_levels_and_reasons_are_well_formed() -> None:
    for check in CHECKS:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", check.code)
        assert check.level in ("failed", "warned")
        assert check.why.endswith(".")
    assert len({check.look for check in CHECKS}) == len(CHECKS)
