"""Codes of links: what goes in comes out, and nothing else is a code."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.tracking.codes import ALPHABET, LENGTH, MOST_NUMBERS, MOST_RECIPIENTS, Code, Codec

KEY = bytes(range(32))
CODES = st.one_of(
    st.builds(Code, st.integers(1, MOST_NUMBERS - 1), st.integers(1, MOST_RECIPIENTS - 1)),
    st.builds(Code, st.integers(1, (1 << 42) - 1)),
)


@given(CODES)
def test_what_is_written_can_be_read(code: Code) -> None:
    text = Codec(KEY, "link").write(code)
    assert len(text) == LENGTH
    assert set(text) <= set(string.ascii_letters + string.digits)
    assert Codec(KEY, "link").read(text) == code


@given(CODES, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_changed_character_makes_it_no_code(code: Code, place: int, character: str) -> None:
    text = Codec(KEY, "link").write(code)
    changed = text[:place] + character + text[place + 1 :]
    assert (Codec(KEY, "link").read(changed) is None) == (changed != text)


def test_another_workspace_or_purpose_reads_nothing() -> None:
    text = Codec(KEY, "link").write(Code(3, 9))
    assert Codec(KEY, "survey").read(text) is None
    assert Codec(bytes(reversed(KEY)), "link").read(text) is None


def test_guesses_are_no_codes() -> None:
    codec, dice = Codec(KEY, "link"), random.Random(7)
    guesses = (codec.tag + "".join(dice.choices(ALPHABET, k=LENGTH - 2)) for _ in range(100_000))
    assert not any(codec.read(guess) for guess in guesses)


def test_codes_of_neighbours_look_like_chance() -> None:
    """Chi² of the characters of 20,000 codes in a row: place by place, none over its 1-in-a-million bound.

    The first character after the tag cannot use the whole alphabet: 2^107 of 62^18 values are used.
    """
    codec = Codec(KEY, "link")
    texts = [codec.write(Code(5, recipient)) for recipient in range(1, 20_001)]
    expected = len(texts) / len(ALPHABET)
    for place in range(3, LENGTH):
        counts = [0] * len(ALPHABET)
        for text in texts:
            counts[ALPHABET.index(text[place])] += 1
        chi2 = sum((count - expected) ** 2 / expected for count in counts)
        assert chi2 < 128.6, place  # 61 degrees of freedom, 1e-6: scipy.stats.chi2.isf(1e-6, 61) = 128.52


@pytest.mark.parametrize(
    "code", [Code(0, 1), Code(1, 0), Code(MOST_NUMBERS, 1), Code(1, MOST_RECIPIENTS), Code(1 << 42)]
)
def test_what_no_code_can_hold_is_refused(code: Code) -> None:
    with pytest.raises(ValueError, match="no code can hold"):
        Codec(KEY, "link").write(code)


@pytest.mark.parametrize("text", ["", "0" * 19, "0" * 21, "é" * 20, "../../../etc/passwd0", "z" * 20])
def test_other_texts_are_no_codes(text: str) -> None:
    assert Codec(KEY, "link").read(text) is None
