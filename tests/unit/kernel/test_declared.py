"""What modules declare is found by looking, and looked up with a refusal that helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from earnest.kernel.declared import check_known, declared, look_up
from earnest.kernel.errors import NotFound, UsageError


def test_each_module_declares_one_or_several_and_only_of_the_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "some_shelf"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "b.py").write_text("ONE = 2")
    (package / "a.py").write_text("SEVERAL = (3, 'no number', 4)\nONE = 1")
    (package / "c.py").write_text("ONE = 'no number'\nother = 5")
    (package / "d.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert list(declared("some_shelf", int, "ONE", "SEVERAL")) == [1, 3, 4, 2]
    assert list(declared("some_shelf", int, "SEVERAL")) == [3, 4]


def test_what_is_known_is_given() -> None:
    known = {"apple": 1, "pear": 2}
    assert look_up(known, "pear", what="fruit", listed="Fruits", refusal=(NotFound, "no-such-fruit")) == 2


def test_what_is_not_known_is_refused_with_the_closest_and_all_there_are() -> None:
    known = {"apple": 1, "pear": 2}
    with pytest.raises(UsageError) as refused:
        look_up(known, "aple", what="fruit", listed="Fruits", refusal=(UsageError, "unknown-fruit"))
    assert refused.value.code == "unknown-fruit"
    assert refused.value.message == "there is no fruit 'aple'; did you mean 'apple'?"
    assert refused.value.hint == "Fruits: apple, pear."


def test_what_is_not_known_is_refused_with_what_to_do_where_not_all_is_listed() -> None:
    with pytest.raises(NotFound) as refused:
        check_known(
            {"apple", "pear"}, "plum", what="fruit", hint="See the market.", refusal=(NotFound, "no-such-fruit")
        )
    assert (refused.value.message, refused.value.hint) == ("there is no fruit 'plum'", "See the market.")
    check_known(["pear"], "pear", what="fruit", listed="Fruits", refusal=(NotFound, "no-such-fruit"))
