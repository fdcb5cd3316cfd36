"""SMS parts: the alphabet of 3GPP TS 23.038, the sizes of TS 23.040, and what makes a text dearer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.rating.sms_parts import look_alike, septets, sms_parts


def test_cases_that_a_providers_calculator_confirms(shared_data: Path) -> None:
    """Each case: text, encoding, units, segments; computed from the specification and compared with Twilio's calculator."""
    path = shared_data / "fixtures" / "sms_segments.json"
    if not path.is_file():
        pytest.skip(f"{path} is not among the reference data")
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    assert len(cases) == 32
    counted = {case["id"]: sms_parts(case["text"]) for case in cases}
    assert {name: (one.encoding, one.units, one.parts) for name, one in counted.items()} == {
        case["id"]: (case["encoding"], case["units"], case["segments"]) for case in cases
    }


def test_the_alphabet_is_whole() -> None:
    """TS 23.038: 128 codes less the escape, and ten characters behind it (form feed among them)."""
    costs = septets()
    assert sum(cost == 1 for cost in costs.values()) == 127
    assert {character for character, cost in costs.items() if cost == 2} == set("\f^{}\\[~]|€")
    assert set("@£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà \n\r") <= costs.keys()
    assert not set("`çáíóúâêôãõ\t\u00a0’“”–—…") & costs.keys()


@pytest.mark.parametrize(
    ("text", "units", "parts", "per_part", "left"),
    [
        ("", 0, 0, 160, 160),
        ("a" * 159, 159, 1, 160, 1),
        ("a" * 153 + "b" * 8, 161, 2, 153, 145),
        ("a" * 152 + "€" + "b" * 152, 306, 3, 153, 152),  # € would be cut: 152 | € + 151 | 1
        ("€" * 76 + "a" + "€", 155, 1, 160, 5),
        ("я" * 68, 68, 1, 70, 2),
        ("я" * 66 + "😜" + "я" * 3, 71, 2, 67, 62),  # 66 | 2 + 3
        ("🇩🇪", 4, 1, 70, 66),
    ],
)
def test_sizes_and_pairs_that_are_never_cut(text: str, units: int, parts: int, per_part: int, left: int) -> None:
    one = sms_parts(text)
    assert (one.units, one.parts, one.per_part, one.left) == (units, parts, per_part, left)


def test_what_one_typographic_sign_costs() -> None:
    """159 letters and one ’: 160 UTF-16 units are three parts of 67; with ' they are one."""
    one = sms_parts("a" * 100 + "’" + "a" * 59)
    assert (one.encoding, one.parts) == ("UCS-2", 3)
    (culprit,) = one.culprits
    assert (culprit.character, culprit.name, culprit.positions) == ("’", "RIGHT SINGLE QUOTATION MARK", (101,))
    assert (culprit.look_alike, culprit.encoding_without, culprit.parts_without) == ("'", "GSM-7", 1)
    assert (one.plain, one.plain_parts) == ("a" * 100 + "'" + "a" * 59, 1)


def test_several_culprits_are_weighed_one_by_one_and_together() -> None:
    one = sms_parts("– ’ –")
    assert [(c.character, c.positions, c.encoding_without) for c in one.culprits] == [
        ("–", (1, 5), "UCS-2"),
        ("’", (3,), "UCS-2"),
    ]
    assert one.plain == "- ' -"


def test_what_has_no_look_alike_is_weighed_by_leaving_it_out() -> None:
    """80 letters and an emoji: 82 units are two parts; 80 septets are one."""
    one = sms_parts("a" * 80 + "😜")
    (culprit,) = one.culprits
    assert culprit.look_alike is None
    assert (one.parts, culprit.parts_without, culprit.encoding_without) == (2, 1, "GSM-7")
    assert (one.plain, one.plain_parts) == (None, 2)


def test_a_stray_double_is_a_slip_and_among_its_own_it_is_meant() -> None:
    """Cyrillic а in a Latin word can be the Latin one; in a Russian word it cannot."""
    assert sms_parts("S\u0430le").plain == "Sale"
    assert {c.look_alike for c in sms_parts("Распродажа!").culprits} == {None}
    assert sms_parts("Распродажа!").plain is None


def test_greek_is_written_in_capitals() -> None:
    """GSM-7 has the ten Greek capitals that are not Latin in shape; the others are the Latin ones."""
    assert sms_parts("Καλημέρα Αθήνα").plain == "KAΛHMEPA AΘHNA"


def test_gsm_text_has_no_culprits() -> None:
    one = sms_parts("Grüße für 5€: ¡mañana!")
    assert (one.encoding, one.culprits, one.plain, one.plain_parts) == ("GSM-7", (), None, 1)


@pytest.mark.parametrize(
    ("character", "stand_in"),
    [
        ("’", "'"), ("“", '"'), ("–", "-"), ("…", "..."), ("\u00a0", " "), ("\t", " "), ("`", "'"), ("ç", "Ç"), ("á", "a"), ("ã", "a"),
        ("ș", "s"), ("ł", "l"), ("ı", "i"), ("İ", "I"), ("Α", "A"), ("δ", "Δ"), ("а", "a"), ("™", "TM"), ("№", "No"), ("½", "1/2"),
        ("\u200b", ""), ("я", None), ("ж", None), ("😜", None), ("न", None), ("中", None),
    ],
)  # fmt: skip
def test_look_alikes(character: str, stand_in: str | None) -> None:
    assert look_alike(character) == stand_in


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_every_text_is_counted_and_look_alikes_are_gsm(text: str) -> None:
    one = sms_parts(text)
    assert one.units == (
        sum(septets()[c] for c in text) if one.encoding == "GSM-7" else len(text.encode("utf-16-be")) // 2
    )
    assert one.parts * one.per_part >= one.units
    assert (one.parts == 0) == (text == "")
    assert 0 <= one.left <= one.per_part
    assert {c for c in text if c not in septets()} == {c.character for c in one.culprits}
    assert all(set(c.look_alike or "") <= septets().keys() for c in one.culprits)
    assert bool(one.culprits) == (one.encoding == "UCS-2")


@given(st.text("ab€😜я", max_size=300))
def test_greedy_filling_wastes_at_most_one_unit_a_part(text: str) -> None:
    """Characters are at most two units, so every part but the last is full or one short."""
    one = sms_parts(text)
    if one.parts > 1:
        assert (one.parts - 1) * (one.per_part - 1) < one.units <= one.parts * one.per_part
