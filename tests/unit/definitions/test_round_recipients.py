"""Recipients of a round: none is lost or new twice, earlier ones never change, and one more costs no copy."""

from __future__ import annotations

from earnest.definitions.round_recipients import LONG_RUN, Recipients, numbers_of, runs


def test_runs_of_numbers_come_back() -> None:
    assert runs([]) == ""
    assert numbers_of("") == set()
    assert runs([5, 3, 4, 9, 4]) == "3-5,9"
    assert numbers_of("3-5,9") == {3, 4, 5, 9}


def test_earlier_ones_never_change_whichever_goes_on() -> None:
    first = Recipients(["1-2"])
    second = first.and_("7")
    other = first.and_("8")
    assert [list(one) for one in (first, second, other)] == [["1-2"], ["1-2", "7"], ["1-2", "8"]]
    assert second.new([9, 8, 7, 1]) == [8, 9]
    assert other.new([9, 8, 7, 1]) == [7, 9]
    assert first.new([9, 8, 7, 1]) == [7, 8, 9]
    assert first.and_("7") == second != other
    assert len(second) == 2


def test_long_runs_are_looked_up_too() -> None:
    some = Recipients([f"10-{9 + LONG_RUN}", "5"]).and_(f"{100 + LONG_RUN}-{200 + 2 * LONG_RUN}")
    assert some.new([5, 9, 10, 9 + LONG_RUN, 10 + LONG_RUN, 100 + LONG_RUN]) == [9, 10 + LONG_RUN]
    assert some.new(range(3 * LONG_RUN)) == [
        *range(5), *range(6, 10), *range(10 + LONG_RUN, 100 + LONG_RUN), *range(201 + 2 * LONG_RUN, 3 * LONG_RUN),
    ]  # fmt: skip


def test_ten_thousand_parts_share_one_list() -> None:
    some = first = Recipients(["1"])
    for number in range(2, 10_001):
        some = some.and_(str(number))
    assert some._shared is first._shared
    assert (len(first), len(some)) == (1, 10_000)
    assert (first.new([2, 10_000]), some.new([2, 10_000, 10_001])) == ([2, 10_000], [10_001])
