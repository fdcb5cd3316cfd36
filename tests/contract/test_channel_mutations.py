"""Damaged bodies of every channel: never an exception, never something unsound, never a person in what people are shown."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.examples import WRITTEN, Example, all_examples, examples_of, texts
from contract.rules import broken
from earnest.channels.channel import Channel, channels
from earnest.channels.told import Notice, Rejected

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=()), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
HARD = st.sampled_from(
    (
        *(
            "",
            " ",
            "0",
            "-1",
            "NaN",
            "1790848800",
            "9" * 400,
            "\x00",
            "\ud800",
            "🙂",
            "a" * 5000,
            "[]",
            '{"a":1}',
            "true",
        ),
        *(0, -1, 1 << 70, -(1 << 70), 10**18, 1.5, 1e300, True, None),
    )
)


def deep(levels: int) -> Any:
    """Lists within lists, deeper than any payload."""
    found: Any = "x"
    for level in range(levels):
        found = [found] if level % 2 else {"a": found}
    return found


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, child in inner for place in places(child, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn, examples: list[Example]) -> tuple[Example, Any]:
    """A body with a few places dropped, doubled, renamed or of another kind."""
    example = draw(st.sampled_from(examples))
    body = copy.deepcopy(example.body)
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(places(body)))
        if not path:
            continue
        holder = body
        for key in path[:-1]:
            holder = holder[key]
        last = path[-1]
        match draw(st.integers(0, 5)):
            case 0:
                del holder[last]
            case 1 if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[last]))
            case 2 if isinstance(holder, dict):
                holder[draw(st.text(max_size=5))] = holder.pop(last)
            case 3:
                holder[last] = draw(HARD)
            case 4:
                holder[last] = deep(draw(st.sampled_from((3, 31, 33, 300))))
            case _:
                holder[last] = draw(JSON)
    return example, body


EVERY = all_examples()


@given(mutated(EVERY))
@settings(max_examples=1200, deadline=None)
def test_a_damaged_body_is_read_or_refused(case: tuple[Example, Any]) -> None:
    example, body = case
    before = repr(body)
    told = example.tell(body)
    assert repr(body) == before, "reading changes nothing"
    assert [fault for one in told for fault in broken(one)] == []
    assert [repr(one) for one in example.tell(body)] == [repr(one) for one in told]
    for one in told:
        if isinstance(one, Notice | Rejected):
            for text in texts(msgspec.structs.asdict(one)):
                assert not WRITTEN.search(text), one


@pytest.mark.parametrize("channel", channels().values(), ids=lambda channel: channel.code)
def test_whatever_comes_is_answered(channel: Channel) -> None:
    @given(JSON)
    @settings(max_examples=150, deadline=None)
    def answered(body: Any) -> None:
        for headers in ({}, *(example.headers for example in examples_of(channel.code)[:1])):
            told = list(channel.parse(body, headers))
            assert [fault for one in told for fault in broken(one)] == []
            if not isinstance(body, dict | list):
                assert [type(one) for one in told] == [Rejected]

    answered()


@pytest.mark.parametrize("channel", channels().values(), ids=lambda channel: channel.code)
@pytest.mark.parametrize(
    "body", [deep(40), deep(5000), [deep(40)], {"entry": deep(900)}], ids=["40", "5000", "list", "in"]
)
def test_depth_is_no_danger(channel: Channel, body: Any) -> None:
    for one in channel.parse(body, {}):
        assert broken(one) == []
