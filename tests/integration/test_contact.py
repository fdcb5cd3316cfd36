"""One person of several identities: shown masked, why they are one, cut and joined again, never a silent move across arms."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from earnest.definitions.experiment import Experiment
from earnest.kernel.errors import DataRefused, NotFound
from earnest.usecases.contact_decide import decide
from earnest.usecases.contact_show import key_text, show_contact
from earnest.usecases.experiment_health import health
from earnest.usecases.experiment_read import units_table
from earnest.usecases.import_files import import_files
from earnest.usecases.rebuild import differing
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace
from integration.live import Delivery, journal, whatsapp, workspace_with_sources

PHONE, USER, MAIL = "+4915110000007", "DE.00000007", "ann@shop.example"


def rows(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def load(workspace: Workspace, folder: Path, kind: str, text: str) -> None:
    import_files(workspace, [rows(folder, f"{kind}.csv", text)], kind)


def status(message: str, *, phone: str | None = None, user: str | None = None) -> Delivery:
    told = {
        "id": f"wamid.{message}",
        "status": "delivered",
        "timestamp": "1780000000",
        "recipient_id": (phone or "").lstrip("+"),
    }
    return whatsapp({"statuses": [told | ({"recipient_user_id": user} if user else {})]})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = workspace_with_sources(tmp_path / "w")
    journal(made, [status("a", phone=PHONE), status("b", user=USER), status("c", phone=PHONE, user=USER)])
    load(
        made,
        tmp_path,
        "orders",
        f"order_id,ordered_at,phone,email,total\no1,2026-06-01T10:00:00Z,{PHONE},{MAIL},50.00\n",
    )
    return made


def test_a_person_is_found_by_each_identity_and_shown_masked(workspace: Workspace) -> None:
    found = [show_contact(workspace, who) for who in (PHONE, USER, MAIL)]
    assert len({one.key for one in found}) == 1
    contact = found[0]
    assert {(one.scheme, one.shown) for one in contact.identities} == {
        ("tel", "+49 ••• 07"), ("bsuid", "DE.•••07"), ("mailto", "a•••@shop.example"),
    }  # fmt: skip
    assert (contact.messages, contact.orders, str(contact.net.decimal)) == (3, 1, "50.00")
    assert {link.evidence for link in contact.links} == {"told-together"}
    printed = json.dumps(contact.to_json())
    assert not any(secret in printed for secret in ("15110000007", USER, MAIL))
    assert show_contact(workspace, key_text(contact.identities[0].key)).key == contact.key


def test_a_link_is_cut_and_comes_back_and_the_tables_follow(workspace: Workspace) -> None:
    build(workspace)
    parted = decide(workspace, PHONE, MAIL, together=False, reason="the mail is the household's")
    assert (parted.messages, parted.orders) == (3, 1)  # the order names the phone first
    assert [link.cut.reason for link in parted.links if link.cut] == ["the mail is the household's"]
    assert show_contact(workspace, MAIL).messages == 0
    assert differing(workspace, build(workspace)) == ()
    cut = decide(workspace, PHONE, USER, together=False, reason="phone was handed on")
    assert cut.messages == 2  # the status that names both counts for the phone
    assert show_contact(workspace, USER).messages == 1
    assert differing(workspace, build(workspace)) == ()
    with pytest.raises(DataRefused, match="no direct link"):
        decide(workspace, USER, MAIL, together=False, reason="x")
    joined = decide(workspace, USER, MAIL, together=True, reason="said so on the phone")
    assert {one.scheme for one in joined.identities} == {"bsuid", "mailto"}
    for one, other in ((PHONE, MAIL), (PHONE, USER), (USER, MAIL)):
        decide(workspace, one, other, together=None, reason="back")
    assert len(show_contact(workspace, MAIL).identities) == 3
    assert differing(workspace, build(workspace)) == ()


def test_nobody_is_an_answer_that_repeats_no_number(workspace: Workspace) -> None:
    for who in ("+4915110000999", "c:0000000000000000", "nobody@x.example", ""):
        with pytest.raises(NotFound) as refused:
            show_contact(workspace, who)
        assert "999" not in refused.value.message


def test_a_coupon_given_to_one_and_used_by_another_joins_them(workspace: Workspace, tmp_path: Path) -> None:
    load(
        workspace,
        tmp_path,
        "contacts",
        f"phone,coupon,valid_from\n{PHONE},ANN-1,2026-05-01\n+4915110000008,BOB-1,2026-05-01\n",
    )
    load(
        workspace, tmp_path, "orders",
        "order_id,ordered_at,email,total,coupon\no2,2026-06-02T10:00:00Z,new@shop.example,20.00,ann-1\n"
        "o3,2026-06-02T10:00:00Z,x@shop.example,20.00,BOB-1\no4,2026-06-02T10:00:00Z,y@shop.example,20.00,BOB-1\n",
    )  # fmt: skip
    contact = show_contact(workspace, PHONE)
    assert "coupon" in {link.evidence for link in contact.links}
    assert contact.orders == 2
    assert len(show_contact(workspace, "+4915110000008").identities) == 1, "a code that went round is no evidence"


def test_a_merge_across_arms_is_contamination(workspace: Workspace, tmp_path: Path) -> None:
    lines = [f"+491512000{n:04},{'control' if n % 2 else 'treatment'},2026-05-01T00:00:00Z,spring" for n in range(40)]
    load(workspace, tmp_path, "assignments", "\n".join(["phone,arm,assigned_at,experiment", *lines]) + "\n")
    decide(workspace, "+4915120000000", "+4915120000001", together=True, reason="one household phone")
    half = Decimal("0.5")
    experiment = Experiment(
        "spring",
        "spring",
        (("treatment", half), ("control", half)),
        "control",
        window_days=7,
        read_out=date(2026, 7, 1),
    )
    with open_tables(workspace) as tables:
        units_table(tables, experiment)
        findings, _ = health(tables, experiment, {"treatment": 20, "control": 19}, closed_us=None)
    merged = next(one for one in findings if one.code == "merged-across-arms")
    assert (merged.rows, merged.tested, merged.severity) == (1, 39, "blocks")
    assert "unit-in-two-arms" not in {one.code for one in findings}
    assert show_contact(workspace, "+4915120000001").contaminates == ("spring",)


def test_two_phones_are_never_joined_by_a_click(workspace: Workspace, tmp_path: Path) -> None:
    """A link passed on to a friend whom the shop knows by a phone of his own: two people, whatever the click says."""
    friend = "+4915110000009"
    load(workspace, tmp_path, "clicks", f"click_id,phone,clicked_at\nc-9,{PHONE},2026-06-01T10:00:00Z\n")
    load(
        workspace,
        tmp_path,
        "sessions",
        f"session_id,phone,started_at,click_id\ns-9,{friend},2026-06-01T10:01:00Z,c-9\n",
    )
    assert friend[-2:] not in {identity.shown[-2:] for identity in show_contact(workspace, PHONE).identities}
    assert {link.evidence for link in show_contact(workspace, PHONE).links} <= {"told-together"}
