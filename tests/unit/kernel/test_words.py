"""Counts and names as people read them."""

from __future__ import annotations

from earnest.kernel.words import count, natural


def test_one_is_one_and_all_others_are_many() -> None:
    assert [count(number, "order") for number in (0, 1, 2, 2000)] == ["0 orders", "1 order", "2 orders", "2,000 orders"]
    assert [count(number, "person", "people") for number in (1, 2)] == ["1 person", "2 people"]


def test_numbers_in_names_are_sorted_as_numbers() -> None:
    assert sorted(["l10", "l2", "l1", "L2", "a", "2", "10", "l2b3", "l2b"], key=natural) == [
        "2", "10", "L2", "a", "l1", "l2", "l2b", "l2b3", "l10",
    ]  # fmt: skip
    assert natural("l2") != natural("l02"), "names are told apart"
