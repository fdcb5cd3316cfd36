"""Bodies: read whole, cut off at their bound, counted while they are under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from earnest.api.limited_body import TooLarge, UnknownEncoding
from earnest.api.limits import LARGE_AT_ONCE, SMALL_BYTES, Counted, Gone, UnderWay, check_head, read_body
from earnest.journal.writer import Overloaded


def sending(*parts: bytes, end: str = "http.request") -> Callable[[], Awaitable[Any]]:
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages[-1]["more_body"] = False
    if end != "http.request":
        messages[-1] = {"type": end}
    queue = iter(messages)

    async def receive() -> Any:
        return next(queue)

    return receive


def read(receive: Callable[[], Awaitable[Any]], count: Counted, most: int = 10) -> bytes:
    return asyncio.run(read_body(receive, count, most=most))


def test_parts_are_one_body_that_stays_counted() -> None:
    under_way = UnderWay()
    first, second = Counted(under_way, "203.0.113.9"), Counted(under_way, None)
    assert read(sending(b"abc", b"", b"de"), first) == b"abcde"
    assert under_way.small == 5
    assert read(sending(b"x" * 10), second) == b"x" * 10
    first.give_back()
    first.give_back()
    assert under_way.small == 10
    second.give_back()
    assert (under_way.small, under_way.large, under_way.callers) == (0, 0, {})


def test_one_byte_too_many_is_cut_off() -> None:
    with pytest.raises(TooLarge) as refused:
        read(sending(b"12345", b"678901", b"never read"), Counted(UnderWay(), None))
    assert (refused.value.status, refused.value.code) == (413, "too-large")


def test_who_leaves_is_forgotten() -> None:
    with pytest.raises(Gone):
        read(sending(b"abc", b"", end="http.disconnect"), Counted(UnderWay(), None))


def test_all_small_bodies_together_are_bounded() -> None:
    under_way = UnderWay(most_small=8)
    first, second = Counted(under_way, None), Counted(under_way, None)
    first.take(5)
    second.take(2)
    with pytest.raises(Overloaded) as refused:
        second.take(2)
    assert (refused.value.code, under_way.small) == ("too-much-under-way", 7)
    first.give_back()
    second.take(2)
    assert under_way.small == 4


def test_large_bodies_leave_room_for_small_ones() -> None:
    under_way = UnderWay(most_large=3 * SMALL_BYTES)
    large, other, small = (Counted(under_way, f"203.0.113.{number}") for number in range(3))
    large.take(SMALL_BYTES)
    assert (under_way.small, under_way.large) == (SMALL_BYTES, 0)
    large.take(SMALL_BYTES)
    assert (under_way.small, under_way.large) == (0, 2 * SMALL_BYTES)
    other.take(SMALL_BYTES)
    with pytest.raises(Overloaded):
        other.take(1 + SMALL_BYTES)
    small.take(SMALL_BYTES)
    for one in (large, other, small):
        one.give_back()
    assert (under_way.small, under_way.large, under_way.callers) == (0, 0, {})


def test_one_address_has_few_large_bodies_at_once() -> None:
    under_way = UnderWay()
    mine = [Counted(under_way, "2001:db8:1:2::7") for _ in range(LARGE_AT_ONCE)]
    for one in mine:
        one.take(SMALL_BYTES + 1)
    same = Counted(under_way, "2001:db8:1:2::8")
    with pytest.raises(Overloaded) as refused:
        same.take(SMALL_BYTES + 1)
    assert refused.value.code == "too-many-large"
    same.take(SMALL_BYTES)
    Counted(under_way, "2001:db8:1:3::7").take(SMALL_BYTES + 1)
    mine[0].give_back()
    same.take(1)


@pytest.mark.parametrize("length", ["11", "99999999999999999999", "0" * 30 + "1"])
def test_a_length_that_says_too_much_is_refused_by_the_head(length: str) -> None:
    with pytest.raises(TooLarge):
        check_head({"content-length": length}, most=10)


@pytest.mark.parametrize("length", ["10", "0", "", "-1", "ten", "\u0661\u0661\u0661"])
def test_other_lengths_are_for_the_body_to_show(length: str) -> None:
    check_head({"content-length": length}, most=10)


def test_encodings() -> None:
    for packed in ("gzip", "GZIP", "br", "identity, gzip", "x-unknown"):
        with pytest.raises(UnknownEncoding):
            check_head({"content-encoding": packed}, most=10)
    for plain in ("identity", "Identity", ""):
        check_head({"content-encoding": plain}, most=10)
