"""One secret, one served workspace: at the start two are refused, later the newcomer is left out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from earnest.kernel.errors import Conflict
from earnest.usecases.same_key import Keys
from earnest.usecases.serve import Plan
from earnest.usecases.workspace import KEY_FILE, Workspace, init


@pytest.fixture
def brands(tmp_path: Path) -> Path:
    """A folder with the workspaces `shop` and `salon`, and beside it a copy of `shop`."""
    for name in ("shop", "salon"):
        init(tmp_path / "brands" / name, currency="EUR", timezone="UTC")
    shutil.copytree(tmp_path / "brands" / "shop", tmp_path / "copy")
    return tmp_path / "brands"


def test_a_secret_belongs_to_whoever_claims_it_first(brands: Path) -> None:
    keys = Keys()
    shop, copy = Workspace(brands / "shop"), Workspace(brands.parent / "copy")
    assert keys.claim(shop) == keys.claim(Workspace(brands / "." / "shop")) == shop.key()
    with pytest.raises(Conflict) as caught:
        keys.claim(copy)
    assert caught.value.code == "same-key"
    assert str(brands / "shop") in caught.value.message
    assert str(brands.parent / "copy") in caught.value.message
    assert "earnest init" in (caught.value.hint or "")
    assert keys.claim(Workspace(brands / "salon")) != shop.key()
    with pytest.raises(Conflict):
        keys.claim_if_there(copy)


@pytest.mark.parametrize("text", [None, "no key", "\udcff"])
def test_a_workspace_whose_secret_cannot_be_read_is_no_copy(brands: Path, text: str | None) -> None:
    keys, file = Keys(), brands / "shop" / KEY_FILE
    if text is None:
        file.unlink()
    else:
        file.write_bytes(text.encode(errors="surrogateescape"))
    keys.claim_if_there(Workspace(brands / "shop"))
    keys.claim(Workspace(brands.parent / "copy"))


def test_a_plan_with_a_copy_is_refused(brands: Path) -> None:
    copy = brands.parent / "copy"
    with pytest.raises(Conflict) as caught:
        Plan(workspaces=(copy,), folder=brands).served()
    assert caught.value.code == "same-key"
    assert set(Plan(workspaces=(brands / "shop", brands / "shop"), folder=brands).served()) == {"shop", "salon"}


def test_a_copy_that_appears_later_is_left_out_whatever_its_name(brands: Path) -> None:
    plan = Plan(folder=brands)
    said: list[str] = []
    before = plan.served()
    shutil.move(brands.parent / "copy", brands / "a-copy")
    init(brands / "third", currency="EUR", timezone="UTC")
    assert plan.served(before=before, say=said.append) == before | {"third": brands / "third"}
    (line,) = said
    assert line.startswith("Workspace a-copy is left out (same-key)")
    assert str(brands / "shop") in line
