"""Links: hosts allowed and no longer, numbers never used again, the same again changes nothing, codes for people and files."""

from __future__ import annotations

import csv
import gzip
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from earnest.channels.told import Party
from earnest.definitions.campaign import Campaign
from earnest.definitions.link import Link
from earnest.kernel.errors import Conflict, DataRefused, EarnestError, NotFound
from earnest.tracking.codes import Code, Codec
from earnest.usecases.declare import add_campaign, set_setting
from earnest.usecases.link_codes import write_codes, write_rows
from earnest.usecases.link_qr import qr_rows, write_qr
from earnest.usecases.link_show import show_link
from earnest.usecases.links import (
    Issued,
    add_link,
    allow_hosts,
    change_link,
    codes,
    disable_link,
    landing_of,
    remove_hosts,
    shared_code,
)
from earnest.usecases.workspace import Workspace, init

NOON_US = 1_790_000_000_000_000
BASE = "https://go.example/r/"
OFFER = Link("spring", 0, "https://shop.example/offer")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = init(tmp_path / "shop", currency="EUR", timezone="Europe/Berlin", clock=lambda: NOON_US)
    allow_hosts(made, ["shop.example"])
    set_setting(made, "public_url", "https://go.example", None)
    return made


def code_of(act: Any) -> str:
    with pytest.raises(EarnestError) as caught:
        act()
    assert caught.value.hint
    return caught.value.code


def test_hosts_are_added_and_taken_away(workspace: Workspace) -> None:
    assert allow_hosts(workspace, ["*.Shop.example", "shop.example"]) == ("*.shop.example", "shop.example")
    assert remove_hosts(workspace, ["SHOP.example"]) == ("*.shop.example",)
    assert workspace.state().link_hosts == ("*.shop.example",)
    with pytest.raises(NotFound, match="did you mean"):
        remove_hosts(workspace, ["shop.example"])


def test_a_link_is_kept_as_browsers_read_it_and_gets_the_next_number(workspace: Workspace) -> None:
    link, new = add_link(
        workspace, replace(OFFER, destination="HTTPS://shop.example:443/größe", utm={"medium": "sms", "source": "x"})
    )
    assert new
    assert link == workspace.state().links["spring"]
    assert link.number == 1
    assert landing_of(link) == "https://shop.example/gr%C3%B6%C3%9Fe?utm_source=x&utm_medium=sms&eid=CLICK"
    assert add_link(workspace, replace(OFFER, id="summer"))[0].number == 2


def test_the_same_again_is_no_other_link(workspace: Workspace) -> None:
    first, _ = add_link(workspace, OFFER)
    again, new = add_link(workspace, replace(OFFER, number=99, destination="https://SHOP.example/offer"))
    assert (again, new) == (first, False)
    with pytest.raises(Conflict, match="it is another") as caught:
        add_link(workspace, replace(OFFER, destination="https://shop.example/other"))
    assert caught.value.code == "link-exists"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (replace(OFFER, id="a b"), "bad-id"),
        (replace(OFFER, id="unassigned"), "bad-id"),
        (replace(OFFER, destination="https://evil.example/"), "host-not-allowed"),
        (replace(OFFER, destination="javascript:alert(1)"), "destination-scheme"),
        (replace(OFFER, campaign="nowhere"), "no-such-campaign"),
        (replace(OFFER, within="word=x"), "bad-within"),
        (replace(OFFER, utm={"id": "x"}), "bad-utm"),
        (replace(OFFER, utm={"source": ""}), "bad-utm"),
        (replace(OFFER, utm={"source": "a\r\nb"}), "bad-utm"),
        (replace(OFFER, utm={"source": "a" * 201}), "bad-utm"),
        (replace(OFFER, click_parameter="a b"), "bad-click-parameter"),
        (replace(OFFER, destination="https://shop.example/?eid=1"), "bad-click-parameter"),
    ],
)
def test_a_link_that_cannot_be_is_refused(workspace: Workspace, wanted: Link, code: str) -> None:
    assert code_of(lambda: add_link(workspace, wanted)) == code
    assert workspace.state().links == {}


def test_a_change_keeps_number_and_codes(workspace: Workspace) -> None:
    add_link(workspace, OFFER)
    add_campaign(workspace, Campaign("c", "c"))
    (before,) = codes(workspace, "spring", [Party(contact="7")])
    changed = change_link(
        workspace,
        "spring",
        lambda known: replace(known, campaign="c", destination="https://shop.example/new", number=5),
    )
    assert (changed.number, changed.campaign) == (1, "c")
    assert codes(workspace, "spring", [Party(contact="7")]) == [before]
    assert code_of(lambda: change_link(workspace, "sprin", lambda known: known)) == "no-such-link"
    assert (
        code_of(lambda: change_link(workspace, "spring", lambda known: replace(known, destination="x")))
        == "destination-scheme"
    )


def test_a_code_is_sealed_and_stands_for_link_and_recipient(workspace: Workspace) -> None:
    add_link(workspace, replace(OFFER, id="first"))
    link, _ = add_link(workspace, OFFER)
    codec = Codec(workspace.key(), "link")
    shared = shared_code(workspace, workspace.state(), link)
    assert codec.read(shared.code) == Code(2)
    assert shared.url == BASE + shared.code
    found = codes(
        workspace, "spring", [Party(dialled="+4915112345678"), Party(phone="4915112345678"), Party(contact="c-1")]
    )
    assert [codec.read(one.code) for one in found] == [Code(2, 1), Code(2, 1), Code(2, 2)]
    assert [one.url for one in found] == [BASE + one.code for one in found]


def test_a_link_that_leads_nowhere_gives_no_codes(workspace: Workspace) -> None:
    add_link(workspace, OFFER)
    assert code_of(lambda: codes(workspace, "nope", [])) == "no-such-link"
    assert not disable_link(workspace, "spring").enabled
    assert not disable_link(workspace, "spring").enabled, "twice is as good as once"
    assert code_of(lambda: codes(workspace, "spring", [Party(contact="1")])) == "link-disabled"
    change_link(workspace, "spring", lambda known: replace(known, enabled=True, until_us=NOON_US))
    assert code_of(lambda: codes(workspace, "spring", [Party(contact="1")])) == "link-ended"


def test_nothing_that_people_get_names_a_server_nobody_told_of(tmp_path: Path) -> None:
    bare = init(tmp_path / "bare", currency="EUR", timezone="Europe/Berlin", clock=lambda: NOON_US)
    allow_hosts(bare, ["shop.example"])
    link, _ = add_link(bare, OFFER)
    assert shared_code(bare, bare.state(), link).url.startswith("https://YOUR-HOST/r/")
    assert code_of(lambda: codes(bare, "spring", [Party(contact="1")])) == "public-url-missing"
    assert code_of(lambda: write_qr(bare, "spring", tmp_path / "a.svg")) == "public-url-missing"
    (issued,) = codes(bare, "spring", [Party(contact="1")], server="https://s.example")
    assert issued.url.startswith("https://s.example/r/")


def test_links_declared_at_once_have_different_numbers(workspace: Workspace) -> None:
    wanted = [replace(OFFER, id=f"link-{number}") for number in range(12)]
    threads = [threading.Thread(target=add_link, args=(workspace, one)) for one in (*wanted, *wanted)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(link.number for link in workspace.state().links.values()) == list(range(1, 13))


def test_a_link_is_shown_with_its_clicks_and_what_it_is_now(workspace: Workspace) -> None:
    add_link(workspace, OFFER)
    workspace.record("link.hosts", {"hosts": []})
    told = show_link(workspace, "spring").to_json()
    assert told["state"] == "host-not-allowed"
    assert told["clicks"] == {"raw": 0, "human": 0, "repeated": 0, "by_class": {}}
    assert code_of(lambda: show_link(workspace, "spri")) == "no-such-link"


def rows_of(path: Path) -> list[dict[str, str]]:
    with (
        gzip.open(path, "rt", encoding="utf-8", newline="")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8", newline="")
    ) as stream:
        return list(csv.DictReader(stream))


def test_a_file_of_recipients_comes_back_with_codes_and_its_bad_rows_apart(
    workspace: Workspace, tmp_path: Path
) -> None:
    add_link(workspace, OFFER)
    path = tmp_path / "people.csv"
    path.write_text('Name;Phone\n"K; Canary";+49 151 12345678\nL;0049 151 12345678\nM;\nN;call me\nO;+49151;extra\n')
    written = write_codes(workspace, "spring", path, out=tmp_path / "out.csv")
    codec = Codec(workspace.key(), "link")
    rows = rows_of(tmp_path / "out.csv")
    assert [row["Name"] for row in rows] == ["K; Canary", "L"]
    assert rows[0]["Phone"] == "+49 151 12345678"
    assert [codec.read(row["code"]) for row in rows] == [Code(1, 1), Code(1, 1)]
    assert [row["url"] for row in rows] == [BASE + row["code"] for row in rows]
    refused = rows_of(tmp_path / "out.refused.csv")
    assert sorted((row["row"], row["reason"], row["Name"]) for row in refused) == [
        ("3", "contact-missing", "M"),
        ("4", "contact-unreadable", "N"),
        ("5", "column-count", ""),
    ]
    assert (written.rows, written.coded, written.recipients) == (5, 2, 1)
    assert written.refusals.reasons == {"contact-missing": 1, "contact-unreadable": 1, "column-count": 1}
    assert written.columns == {"phone": "Phone"}


def test_a_gzipped_file_gives_a_gzipped_one_and_no_second_file_where_all_is_well(
    workspace: Workspace, tmp_path: Path
) -> None:
    add_link(workspace, OFFER)
    path = tmp_path / "people.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.write("kunde,mail\n1,kim@shop.example\n2,lou@shop.example\n")
    written = write_codes(workspace, "spring", path, out=tmp_path / "out.csv.gz", maps=("email=mail",))
    assert [row["kunde"] for row in rows_of(tmp_path / "out.csv.gz")] == ["1", "2"]
    assert written.refused_out is None
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_file()) == ["out.csv.gz", "people.csv.gz"]


def test_a_file_without_one_usable_row_leaves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    add_link(workspace, OFFER)
    path = tmp_path / "people.csv"
    path.write_text("phone\nx\ny\n")
    with pytest.raises(DataRefused) as caught:
        write_codes(workspace, "spring", path, out=tmp_path / "out.csv")
    assert caught.value.code == "nothing-usable"
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["people.csv"]
    assert code_of(lambda: write_codes(workspace, "spring", path, maps=("phone=@row",))) == "missing-column"
    path.write_text("x\n1\n")
    assert code_of(lambda: write_codes(workspace, "spring", path)) == "missing-column"
    assert code_of(lambda: write_codes(workspace, "spring", tmp_path / "no.csv")) == "no-such-file"
    assert code_of(lambda: write_codes(workspace, "none", path)) == "no-such-link"


def test_what_nobody_named_is_not_overwritten(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_link(workspace, OFFER)
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_text("contact\n1\n")
    assert write_codes(workspace, "spring", Path("people.csv")).out == Path("people.codes.csv")
    assert code_of(lambda: write_codes(workspace, "spring", Path("people.csv"))) == "file-exists"
    assert write_codes(workspace, "spring", Path("people.csv"), out=Path("people.codes.csv")).coded == 1
    assert (
        code_of(lambda: write_codes(workspace, "spring", Path("people.csv"), out=Path("no/such/out.csv")))
        == "cannot-write"
    )


def test_a_qr_code_is_drawn_with_its_border(workspace: Workspace, tmp_path: Path) -> None:
    add_link(workspace, OFFER)
    address = write_qr(workspace, "spring", tmp_path / "a.svg")
    assert address == shared_code(workspace, workspace.state(), workspace.state().links["spring"]).url
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")
    write_qr(workspace, "spring", tmp_path / "a.PNG")
    assert (tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")
    told, rows = qr_rows(workspace, "spring")
    assert told == address
    assert len(rows) == len(rows[0])
    assert not any(any(row) for row in (*rows[:4], *rows[-4:])), "four modules stay white"
    finder = [row[4:11] for row in rows[4:11]]
    assert all(finder[0]), "ISO/IEC 18004: the finder pattern's frame"
    assert all(finder[6])
    assert [row[1] for row in finder] == [True, False, False, False, False, False, True]
    assert code_of(lambda: write_qr(workspace, "spring", tmp_path / "a.jpg")) == "bad-format"


def test_files_are_chained_and_nothing_else_is_touched(tmp_path: Path) -> None:
    """The file of one link's codes is the next one's recipients; what lay there before stays; lines end as everywhere."""
    people = tmp_path / "people.csv"
    people.write_text("phone\n+4915112345678\n")
    mine = tmp_path / "first.refused.csv"
    mine.write_text("mine\n")
    issue = {
        "spring": lambda n: Issued(f"s{n}", f"https://x.example/s{n}"),
        "summer": lambda n: Issued(f"u{n}", "https://x.example/u"),
    }
    place = init(tmp_path / "shop", currency="EUR", timezone="Europe/Berlin")
    first = write_rows(place, issue["spring"], people, owner="spring", out=tmp_path / "first.csv")
    second = write_rows(place, issue["summer"], first.out, owner="summer", out=tmp_path / "second.csv")
    assert second.out.read_bytes() == (
        b"phone,code,url,summer_code,summer_url\n+4915112345678,s1,https://x.example/s1,u1,https://x.example/u\n"
    )
    assert mine.read_text() == "mine\n"
    with pytest.raises(Conflict, match="the file that is read"):
        write_rows(place, issue["spring"], people, owner="spring", out=people)
    with pytest.raises(Conflict, match="already"):
        write_rows(place, issue["summer"], second.out, owner="summer", out=tmp_path / "third.csv")
