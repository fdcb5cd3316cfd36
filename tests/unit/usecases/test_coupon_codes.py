"""Codes of coupons: one for each recipient and the same again, counted ones, imported ones; refused rows; nothing lost in a backup."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from earnest.definitions.campaign import Campaign
from earnest.definitions.coupon import Coupon
from earnest.journal.files import content_hash
from earnest.kernel.errors import Conflict, DataRefused, NotFound, UsageError
from earnest.usecases.coupon_codes import import_codes, mint_count, mint_for
from earnest.usecases.coupon_show import all_coupons, show_coupon
from earnest.usecases.coupon_store import CodeRow, keep_codes
from earnest.usecases.coupons import add_coupon, change_coupon, disable_coupon
from earnest.usecases.declare import add_campaign
from earnest.usecases.rebuild import verify_workspace
from earnest.usecases.workspace import Workspace


@pytest.fixture
def spring(workspace: Workspace) -> Workspace:
    add_coupon(workspace, Coupon("spring", "unique", prefix="spring"))
    return workspace


def written(folder: Path, *lines: str, name: str = "people.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_each_recipient_gets_one_code_and_the_same_again(spring: Workspace, tmp_path: Path) -> None:
    people = written(tmp_path, "name,phone", "Ann,+49 151 10000001", "Bob,+4915110000002", "Ann again,004915110000001")
    first = mint_for(spring, "spring", people, out=tmp_path / "one.csv")
    assert (first.rows, first.new, first.given, first.again) == (3, 2, 2, 0)
    rows = read(tmp_path / "one.csv")
    assert [row["name"] for row in rows] == ["Ann", "Bob", "Ann again"]
    assert rows[0]["code"] == rows[2]["code"] != rows[1]["code"]
    assert all(row["code"].startswith("SPRING-") for row in rows)
    more = written(tmp_path, "phone", "+4915110000002", "+4915110000003", name="more.csv")
    second = mint_for(spring, "spring", more, out=tmp_path / "two.csv")
    assert (second.new, second.again) == (1, 1)
    assert read(tmp_path / "two.csv")[0]["code"] == rows[1]["code"]
    assert [(batch.codes, batch.given, batch.how) for batch in spring.state().coupon_batches["spring"]] == [
        (2, 2, "minted"), (1, 1, "minted"),
    ]  # fmt: skip
    figures = show_coupon(spring, "spring")
    assert (figures.codes, figures.given) == (3, 3)


def test_the_same_person_has_another_code_of_another_coupon(spring: Workspace, tmp_path: Path) -> None:
    add_coupon(spring, Coupon("autumn", "unique", prefix="SPRING"))
    people = written(tmp_path, "email", "ann@shop.example")
    for name in ("spring", "autumn"):
        mint_for(spring, name, people, out=tmp_path / f"{name}.csv")
    assert read(tmp_path / "spring.csv")[0]["code"] != read(tmp_path / "autumn.csv")[0]["code"]


def test_rows_that_name_nobody_are_told_and_the_others_get_their_codes(spring: Workspace, tmp_path: Path) -> None:
    people = written(tmp_path, "name,phone", "Ann,+4915110000001", "Nobody,", "Short,12", "Zero,+10000000000")
    done = mint_for(spring, "spring", people, out=tmp_path / "out.csv")
    assert (done.new, dict(done.refusals.reasons)) == (
        1, {"contact-missing": 1, "contact-unreadable": 1, "contact-nobody": 1},
    )  # fmt: skip
    assert done.refused_out == tmp_path / "out.refused.csv"
    assert [(row["row"], row["name"]) for row in read(done.refused_out)] == [
        ("2", "Nobody"),
        ("3", "Short"),
        ("4", "Zero"),
    ]
    with pytest.raises(DataRefused, match="all 1 rows"):
        mint_for(spring, "spring", written(tmp_path, "phone,x", "12,1", name="bad.csv"), out=tmp_path / "none.csv")
    assert not (tmp_path / "none.csv").exists()


def test_a_file_of_codes_is_its_owners_alone(spring: Workspace, tmp_path: Path) -> None:
    mint_count(spring, "spring", 1, tmp_path / "codes.csv")
    assert (tmp_path / "codes.csv").stat().st_mode & 0o777 == 0o600


def test_codes_by_count_are_different_and_nobodys(spring: Workspace, tmp_path: Path) -> None:
    mint_count(spring, "spring", 500, tmp_path / "codes.csv")
    codes = [row["code"] for row in read(tmp_path / "codes.csv")]
    assert len(set(codes)) == 500
    figures = show_coupon(spring, "spring")
    assert (figures.codes, figures.given) == (500, 0)
    for count in (0, -1, 1_000_001):
        with pytest.raises(UsageError, match="cannot be minted"):
            mint_count(spring, "spring", count, tmp_path / "codes.csv")


def test_imported_codes_count_once_and_are_nobody_elses(spring: Workspace, tmp_path: Path) -> None:
    add_coupon(spring, Coupon("public", "shared", code="OPEN10"))
    add_coupon(spring, Coupon("agency", "unique"))
    codes = written(
        tmp_path,
        "voucher,phone",
        "AG-1,+4915110000001",
        "ag-2,",
        "AG-1,+4915110000002",
        "open10,",
        "A B,",
        ",",
        "AG-3,12",
    )
    done = import_codes(spring, "agency", codes)
    assert (done.new, done.given, dict(done.refusals.reasons)) == (
        2, 1, {"coupon-code-given": 1, "coupon-code-taken": 1, "bad-coupon-code": 1, "missing": 1, "contact-unreadable": 1},
    )  # fmt: skip
    again = import_codes(spring, "agency", codes)
    assert (again.new, again.again) == (0, 2)
    assert len(spring.state().coupon_batches["agency"]) == 1
    later = written(tmp_path, "code,email", "AG-2,bob@shop.example", name="later.csv")
    assert import_codes(spring, "agency", later).new == 1, "whom it was given to is told later"
    figures = show_coupon(spring, "agency")
    assert (figures.codes, figures.given) == (2, 2)


def test_two_who_mint_at_once_make_the_same_codes_which_count_once(spring: Workspace) -> None:
    for _ in range(2):
        keep_codes(spring, "spring", [CodeRow("SPRING-A", 1), CodeRow("SPRING-B", 2)], how="minted")
    figures = show_coupon(spring, "spring")
    assert (figures.codes, figures.given) == (2, 2)


def test_what_stands_in_the_way_is_said(workspace: Workspace, tmp_path: Path) -> None:
    add_coupon(workspace, Coupon("open", "shared", code="OPEN10"))
    add_coupon(workspace, Coupon("mine", "unique"))
    people = written(tmp_path, "phone", "+4915110000001")
    with pytest.raises(NotFound, match="did you mean 'open'"):
        mint_for(workspace, "opn", people)
    with pytest.raises(Conflict, match="the same code"):
        mint_for(workspace, "open", people)
    with pytest.raises(Conflict, match="open10 is the code"):
        add_coupon(workspace, Coupon("other", "shared", code="open10"))
    with pytest.raises(UsageError, match="no campaign"):
        add_coupon(workspace, Coupon("third", "unique", campaign="nope"))
    with pytest.raises(Conflict, match="declared already"):
        add_coupon(workspace, Coupon("open", "shared", code="OPEN11"))
    with pytest.raises(Conflict, match="cannot change"):
        change_coupon(workspace, "mine", code="MINE")
    disable_coupon(workspace, "mine")
    with pytest.raises(Conflict, match="disabled"):
        mint_for(workspace, "mine", people)


def test_declaring_the_same_again_changes_nothing_and_a_change_keeps_the_rest(workspace: Workspace) -> None:
    add_campaign(workspace, Campaign("spring", "Spring"))
    coupon = add_coupon(workspace, Coupon("open", "shared", code="OPEN10", discount="10 %"))
    before = workspace.state().last_seq
    assert add_coupon(workspace, coupon) == coupon
    assert workspace.state().last_seq == before
    changed = change_coupon(workspace, "open", campaign="spring")
    assert (changed.campaign, changed.code, changed.discount) == ("spring", "OPEN10", "10 %")
    assert [one.coupon for one in all_coupons(workspace)] == [changed]


def test_the_codes_stand_in_a_file_that_verify_and_backups_know(spring: Workspace, tmp_path: Path) -> None:
    mint_count(spring, "spring", 3, tmp_path / "codes.csv")
    (batch,) = spring.state().coupon_batches["spring"]
    assert content_hash(spring.files / batch.file_hash) == batch.file_hash
    assert verify_workspace(spring).files == 1
    (spring.files / batch.file_hash).write_bytes(b"changed")
    assert not verify_workspace(spring).intact
