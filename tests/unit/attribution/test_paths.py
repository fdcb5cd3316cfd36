"""Paths as text: chunks and slices of columns, blanks, marks, steps that are empty, nothing at all."""

from __future__ import annotations

import pyarrow as pa
import pytest

from earnest.attribution.journeys.paths import of_paths, take_apart


def steps(paths: pa.Array | pa.ChunkedArray) -> list[list[str]]:
    found = take_apart(paths)
    names = [found.channels[code] for code in found.items.tolist()]
    return [names[a:b] for a, b in zip(found.offsets[:-1].tolist(), found.offsets[1:].tolist(), strict=True)]


def test_blanks_around_steps_do_not_count_and_inside_they_do() -> None:
    assert steps(pa.array(["a>b", " a >b ", "big shop > a"])) == [["a", "b"], ["a", "b"], ["big shop", "a"]]


def test_a_column_in_chunks_or_a_slice_of_one_is_read_alike() -> None:
    whole = pa.array(["x > y", "a > b", "b", "c > a > c"])
    expected = [["a", "b"], ["b"], ["c", "a", "c"]]
    assert steps(whole.slice(1)) == expected
    assert steps(pa.chunked_array([whole.slice(1, 1), whole.slice(2, 2)])) == expected
    assert take_apart(whole.slice(1)).channels == ("a", "b", "c")


@pytest.mark.parametrize("path", ["", ">", "a >", "> a", "a > > b"])
def test_an_empty_step_is_told(path: str) -> None:
    assert take_apart(pa.array([path, "a > b"])).broken.tolist() == [True, False]


def test_no_paths_are_no_steps() -> None:
    assert steps(pa.chunked_array([], pa.string())) == []


def test_marks_are_taken_off_the_channel_and_other_colons_are_not() -> None:
    found = take_apart(pa.array(["email > Lead: sms > opportunity:email > utm:x"]))
    assert found.channels == ("email", "sms", "utm:x")
    assert found.milestone is not None
    assert found.milestone.tolist() == [0, 1, 2, 0]
    assert take_apart(pa.array(["utm:x > a"])).milestone is None


def test_journeys_of_paths_hold_what_each_came_to() -> None:
    journeys = of_paths(["a > b", "b"], conversions=[2, 0], nulls=[1, 4], value=[350, 0], units=100, currency="EUR")
    assert (journeys.count, journeys.totals.tolist(), journeys.lengths.tolist()) == (2, [3, 4], [2, 1])
    assert journeys.exact
    assert journeys.converting().count == 1
