"""What holds of every channel: its declaration, its examples, and what it may never tell."""

from __future__ import annotations

import copy
import random
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.examples import (
    EXPECTED,
    FOLDER,
    MAIL,
    NAME,
    PHONE,
    WORDS,
    WRITTEN,
    Example,
    all_examples,
    examples_of,
    flat,
    texts,
)
from contract.rules import EVENT_KINDS, broken
from earnest.channels.channel import Channel, channels
from earnest.channels.signing.scheme import schemes
from earnest.channels.told import ClickTold, Notice, OptTold, OrderTold, Rejected, ReplyTold, StatusTold
from earnest.events.kinds import KINDS

EXAMPLES = all_examples()
BATCHES = [example for example in EXAMPLES if example.batch is not None]
PAGES = Path(__file__).parents[2] / "docs" / "senders"
each_channel = pytest.mark.parametrize("channel", channels().values(), ids=lambda channel: channel.code)
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=str)
each_batch = pytest.mark.parametrize("example", BATCHES, ids=str)


@each_channel
def test_a_channel_declares_itself(channel: Channel) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", channel.code)
    assert channel.label.strip()
    assert channel.docs.startswith(("https://", "docs/"))
    assert re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", channel.read)
    assert channel.signature in schemes()
    assert all(name == name.lower() for name in channel.headers)
    assert channel.kinds
    for kind in channel.kinds:
        assert kind.vendor, "the vendor's own word"
        assert kind.wording, "what the vendor says it is"
        assert set(kind.event.split(", ")) <= {*KINDS, MAPPED}, kind


@each_channel
def test_the_examples_show_every_kind_that_is_declared_and_tell_no_other(channel: Channel) -> None:
    declared = {event for kind in channel.kinds for event in kind.event.split(", ")}
    told = {event_kind(one) for example in examples_of(channel.code) for one in example.tell(example.body)} - {None}
    assert examples_of(channel.code), "add examples/<code>/"
    assert told == declared - {MAPPED}


MAPPED = "any"
"""Event kind of a channel whose sources say themselves what a body tells."""


def event_kind(told: Any) -> str | None:
    """The event kind that a told value becomes; None for a refusal."""
    if isinstance(told, OrderTold):
        return "order" if told.conversion_kind == "order" else "conversion"
    return EVENT_KINDS.get(type(told))


@each_channel
def test_a_channel_with_a_batch_has_an_example_of_one(channel: Channel) -> None:
    """Whoever refuses something within a body must show that the rest of it counts."""
    paths = {
        one.field for example in examples_of(channel.code) for one in told_to(example) if isinstance(one, Rejected)
    }
    if any("[" in path for path in paths):
        assert any(example.batch is not None for example in examples_of(channel.code))


def told_to(example: Example) -> list[Any]:
    return example.tell(example.body)


@each_example
def test_an_example_tells_what_was_written_beside_it(example: Example) -> None:
    told = [flat(one) for one in example.tell(example.body)]
    wanted = example.expected()
    assert [one["told"] for one in told] == [one["told"] for one in wanted]
    for got, want in zip(told, wanted, strict=True):
        assert {key: got.get(key) for key in want} == want
        assert "at" in want or "at" not in got, "an expectation says when"


def test_every_expectation_has_its_example() -> None:
    wanted = {path.relative_to(FOLDER).as_posix().removesuffix(EXPECTED) for path in FOLDER.glob(f"*/*{EXPECTED}")}
    there = {str(example) for example in EXAMPLES}
    stray = {path.name for path in FOLDER.iterdir()} - set(channels())
    assert wanted == there
    assert not stray, "a folder without a channel"


@each_example
def test_reading_is_pure(example: Example) -> None:
    before = copy.deepcopy(example.body)
    first = example.tell(example.body)
    assert example.body == before
    assert example.tell(copy.deepcopy(example.body)) == first


@each_example
def test_what_is_told_is_sound(example: Example) -> None:
    assert [fault for one in example.tell(example.body) for fault in broken(one)] == []


@each_channel
def test_the_examples_carry_what_must_not_leak(channel: Channel) -> None:
    """Without a person in them the next tests would hold of anything."""
    said = "\n".join(text for example in examples_of(channel.code) for text in texts(example.body))
    assert any(canary in said for canary in (PHONE, MAIL, NAME))


@each_example
def test_nobody_stands_in_what_people_are_shown(example: Example) -> None:
    """Phones, mail addresses and names of people: not in notices, refusals, ids and callbacks."""
    for one in example.tell(example.body):
        for shown in shown_texts(one):
            assert not WRITTEN.search(shown), one
            assert MAIL not in shown.lower(), one
            assert NAME.lower() not in shown.lower(), one


def shown_texts(told: Any) -> list[str]:
    if isinstance(told, Notice | Rejected):
        return [*texts(msgspec.structs.asdict(told))]
    ids = {
        StatusTold: ("message_id", "callback", "conversation", "error_code"),
        ReplyTold: ("answers", "payload", "referral"),
        ClickTold: ("click_id", "token", "component", "message_id"),
        OptTold: ("message_id", "door"),
        OrderTold: ("order_id", "coupon"),
    }.get(type(told), ())
    return [text for name in ids if (text := getattr(told, name)) is not None]


@each_example
def test_what_people_wrote_is_kept_nowhere(example: Example) -> None:
    for one in example.tell(example.body):
        assert WORDS not in repr(one).lower()


def test_the_rule_about_words_can_fail() -> None:
    channels_that_hear = {"whatsapp", "messenger", "instagram", "telegram", "twilio"}
    for code in channels_that_hear:
        said = "\n".join(text for example in examples_of(code) for text in texts(example.body))
        assert WORDS in said, code


def unplaced(found: list[Any]) -> list[str]:
    """What is told, whatever its order; refusals without their places."""
    return sorted(repr(one) if not isinstance(one, Rejected) else f"Rejected {one.reason} {one.value}" for one in found)


@each_batch
def test_the_order_within_a_batch_changes_nothing(example: Example) -> None:
    wanted = unplaced(example.tell(example.body))
    assert len(example.items(example.body)) > 1
    for seed in range(6):
        body = copy.deepcopy(example.body)
        random.Random(seed).shuffle(example.items(body))
        assert unplaced(example.tell(body)) == wanted


@each_batch
@pytest.mark.parametrize("bad", [None, 7, "x", [], True], ids=repr)
def test_a_bad_item_is_refused_alone_with_its_path(example: Example, bad: Any) -> None:
    wanted = example.tell(example.body)
    for place in range(len(example.items(example.body)) + 1):
        body = copy.deepcopy(example.body)
        example.items(body).insert(place, bad)
        found = example.tell(body)
        refused = [one for one in found if isinstance(one, Rejected) and one.field.endswith(f"[{place}]")]
        assert len(refused) >= 1
        for one in refused[:1]:
            found.remove(one)
        assert unplaced(found) == unplaced(wanted)


@each_batch
def test_an_empty_item_takes_no_other_with_it(example: Example) -> None:
    body = copy.deepcopy(example.body)
    example.items(body).append({})
    left = unplaced(example.tell(body))
    assert [one for one in unplaced(example.tell(example.body)) if one not in left] == []
    assert len(left) > len(unplaced(example.tell(example.body))), "the empty one is not skipped in silence"


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_a_page_of_a_sender_names_the_command_and_stands_in_the_index(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if page.stem in channels():
        assert f"--as {page.stem}" in text
        assert channels()[page.stem].docs in text or channels()[page.stem].docs.startswith("docs/")
    if page.stem != "README":
        assert f"({page.name})" in (PAGES / "README.md").read_text(encoding="utf-8")
