"""Bodies: read whole, cut off at their bound, counted while they are under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from earnest.api.limited_body import TooLarge, UnknownEncoding
from earnest.api.limits import Gone, UnderWay, check_head, read_body
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


def read(receive: Callable[[], Awaitable[Any]], under_way: UnderWay, most: int = 10) -> bytes:
    return asyncio.run(read_body(receive, under_way, most=most))


def test_parts_are_one_body_that_stays_counted() -> None:
    under_way = UnderWay()
    assert read(sending(b"abc", b"", b"de"), under_way) == b"abcde"
    assert under_way.bytes == 5
    assert read(sending(b"x" * 10), under_way) == b"x" * 10
    under_way.give_back(15)
    assert under_way.bytes == 0


def test_one_byte_too_many_is_cut_off_and_given_back() -> None:
    under_way = UnderWay()
    with pytest.raises(TooLarge) as refused:
        read(sending(b"12345", b"678901", b"never read"), under_way)
    assert (refused.value.status, refused.value.code, under_way.bytes) == (413, "too-large", 0)


def test_who_leaves_is_forgotten() -> None:
    under_way = UnderWay()
    with pytest.raises(Gone):
        read(sending(b"abc", b"", end="http.disconnect"), under_way)
    assert under_way.bytes == 0


def test_all_bodies_together_are_bounded() -> None:
    under_way = UnderWay(most=8)
    assert read(sending(b"12345"), under_way) == b"12345"
    with pytest.raises(Overloaded) as refused:
        read(sending(b"12", b"34"), under_way)
    assert refused.value.code == "too-much-under-way"
    assert under_way.bytes == 5
    under_way.give_back(5)
    assert read(sending(b"12", b"34"), under_way) == b"1234"


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
