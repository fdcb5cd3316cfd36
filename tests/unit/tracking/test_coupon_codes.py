"""Coupon codes: read aloud without doubt, never another's by a slip, not to be guessed, and a recipient's for ever the same."""

from __future__ import annotations

import random

from earnest.tracking.coupon_codes import ALPHABET, CHANCE, Mint

MINT = Mint(bytes(range(32)), "spring", "SPRING")
CODES = [MINT.personal(number) for number in range(1, 201)]


def test_a_code_has_the_prefix_and_no_character_that_looks_like_another() -> None:
    for code in CODES:
        prefix, *groups = code.split("-")
        assert (prefix, [len(group) for group in groups]) == ("SPRING", [4, 4, 4])
        assert not set("".join(groups)) & set("01OIL")
        assert set("".join(groups)) <= set(ALPHABET)
    bare = Mint(bytes(32), "spring", "").personal(1)
    assert [len(group) for group in bare.split("-")] == [4, 4, 4]


def test_chance_has_more_than_forty_bits() -> None:
    assert len(set(ALPHABET)) == 31
    assert 31**CHANCE > 2**54


def test_a_wrong_character_or_two_in_each_others_place_are_no_code() -> None:
    for code in CODES[:20]:
        body = list(code.removeprefix("SPRING-"))
        places = [place for place, character in enumerate(body) if character != "-"]
        for place in places:
            for other in ALPHABET:
                if other != body[place]:
                    assert not MINT.holds("".join([*body[:place], other, *body[place + 1 :]]))
        for one in places:
            for other in places:
                if body[one] != body[other]:
                    swapped = body.copy()
                    swapped[one], swapped[other] = body[other], body[one]
                    assert not MINT.holds("".join(swapped))


def test_a_code_is_known_however_it_is_typed() -> None:
    assert all(
        MINT.holds(code) and MINT.holds(code.lower()) and MINT.holds(f" {code.replace('-', '')} ") for code in CODES
    )
    assert not MINT.holds("")
    assert not MINT.holds("SPRING20")
    assert not MINT.holds("SPRING-ÄÄÄÄ-ÄÄÄÄ-ÄÄÄÄ")


def test_a_recipient_has_one_code_and_nobody_else_has_it() -> None:
    assert [Mint(bytes(range(32)), "spring", "SPRING").personal(number) for number in range(1, 201)] == CODES
    others = (Mint(bytes(range(1, 33)), "spring", "SPRING"), Mint(bytes(range(32)), "autumn", "SPRING"))
    again = [MINT.personal(number, 1) for number in range(1, 201)]
    every = [*CODES, *again, *(mint.personal(number) for mint in others for number in range(1, 201))]
    assert len(set(every)) == 800


def test_codes_made_up_pass_the_check_once_in_31_and_are_nobodys() -> None:
    chance = random.Random(5)
    given = set(CODES)
    made_up = ["".join(chance.choices(ALPHABET, k=12)) for _ in range(31_000)]
    passed = sum(map(MINT.holds, made_up))
    assert 850 < passed < 1150  # 1,000 expected, standard deviation 31
    assert not {"-".join(["SPRING", text[:4], text[4:8], text[8:]]) for text in made_up} & given


def test_codes_by_chance_are_codes_too() -> None:
    chance = random.Random(7)
    codes = [MINT.random(chance.randrange) for _ in range(500)]
    assert all(map(MINT.holds, codes))
    assert len(set(codes)) == 500
    assert MINT.random() != MINT.random()
