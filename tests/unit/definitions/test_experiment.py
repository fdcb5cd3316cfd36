"""Arms of an experiment as typed: names and shares that add up to one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from earnest.definitions.experiment import Experiment, read_arms
from earnest.kernel.errors import UsageError


def shares(*texts: str) -> dict[str, Decimal]:
    return dict(read_arms(texts, texts[-1].rpartition("=")[0] or texts[-1]))


def test_shares_by_hand() -> None:
    assert shares("treatment=0.9", "holdout=0.1") == {"treatment": Decimal("0.9"), "holdout": Decimal("0.1")}
    assert shares("a", "b") == {"a": Decimal("0.5"), "b": Decimal("0.5")}
    assert shares("a=x=0.25", "b=0.75") == {"a=x": Decimal("0.25"), "b": Decimal("0.75")}


def test_equal_shares_of_three_are_thirds() -> None:
    thirds = shares("a", "b", "c")
    assert all(abs(share * 3 - 1) < Decimal("1e-9") for share in thirds.values())


@pytest.mark.parametrize(
    "texts",
    [
        ("only=1",), (), ("a=0.5", "a=0.5"), ("a=0.5", "b=0.6"), ("a=0", "b=1"), ("a=1.5", "b=-0.5"), ("a=x", "b=0.5"), ("a=NaN", "b=0.5"), ("a=sNaN", "b=0.5"),
        ("a=Infinity", "b=0.5"), ("=0.5", "b=0.5"), (" =0.5", "b=0.5"), ("a=0.9", "b"), ("a=50%", "b=50%"),
    ],
)  # fmt: skip
def test_bad_arms_are_refused(texts: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        read_arms(texts, "b")
    assert caught.value.code == "bad-arms"


def test_the_control_is_one_of_the_arms() -> None:
    with pytest.raises(UsageError, match="holdout") as caught:
        read_arms(("treatment=0.9", "holdout=0.1"), "hold-out")
    assert caught.value.code == "unknown-control"


def test_json_and_back() -> None:
    one = Experiment(
        "e", "c", (("b", Decimal("0.9")), ("a", Decimal("0.1"))), "a", 14, date(2026, 9, 1), margin=Decimal("0.380"), starts=date(2026, 8, 1)
    )  # fmt: skip
    assert Experiment.from_json(one.to_json()) == one


@pytest.mark.parametrize(("timezone", "us"), [("Europe/Berlin", 1_774_738_800_000_000), ("UTC", 1_774_742_400_000_000)])
def test_the_read_out_begins_with_the_local_day(timezone: str, us: int) -> None:
    one = Experiment("e", "c", (), "a", 14, date(2026, 3, 29))
    assert one.read_out_us(timezone) == us
