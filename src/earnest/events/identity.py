"""Canonical identities: one text per person and scheme, so that equal people have equal keys.

`tel:` E.164, `mailto:` with the domain in lower case, `ext:` a system's own customer id, `row:` the row itself where a
file has one row per unit and no id.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

TWO_DIGIT_CODES = [
    "20",
    "27",
    "30",
    "31",
    "32",
    "33",
    "34",
    "36",
    "39",
    "40",
    "41",
    "43",
    "44",
    "45",
    "46",
    "47",
    "48",
    "49",
    "51",
    "52",
    "53",
    "54",
    "55",
    "56",
    "57",
    "58",
    "60",
    "61",
    "62",
    "63",
    "64",
    "65",
    "66",
    "81",
    "82",
    "84",
    "86",
    "90",
    "91",
    "92",
    "93",
    "94",
    "95",
    "98",
]
"""Country calling codes of two digits; 1 and 7 have one digit, all others three (ITU-T E.164, 2023 list)."""


_MEXICO_MOBILE_ONE = re.compile(r"^\+[ ().-]*5[ ().-]*2[ ().-]*1((?:[ ().-]*\d){10})$")
"""WhatsApp still writes +52 1 … for Mexican mobiles; the 1 was abolished in August 2019."""


@functools.lru_cache(maxsize=65536)
def canonical_phone(raw: str, region: str | None) -> str | None:
    """E.164 of a number as people write it, or None if it cannot be one.

    Args:
        raw: any writing; international if it starts with + or 00.
        region: ISO 3166 country that a number without country code belongs to; None never guesses.
    """
    import phonenumbers

    text = raw.strip()
    if text.startswith("00"):
        text = "+" + text[2:]
    text = _MEXICO_MOBILE_ONE.sub(r"+52\1", text)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def recipient_zone(e164: str) -> int:
    """What a price list needs of a number: calling code, and the area class where one code serves several countries.

    +1 takes three more digits (Jamaica is 1876), +7 one more (Kazakhstan is 76 and 77).

    Example:
        >>> recipient_zone("+18765550100"), recipient_zone("+77015550100"), recipient_zone("+4915112345678")
        (1876, 77, 49)
    """
    digits = e164.removeprefix("+")
    if digits.startswith("1"):
        return int(digits[:4])
    if digits.startswith("7"):
        return int(digits[:2])
    return int(digits[:2] if digits[:2] in TWO_DIGIT_CODES else digits[:3])


@dataclass(frozen=True, slots=True)
class VerbatimRule:
    """Numbers of one calling code that are canonical as written.

    Args:
        rewriting_digits: first national digits that libphonenumber may rewrite (a national prefix can start so).
        lengths: possible lengths of the national part.
    """

    rewriting_digits: str
    lengths: tuple[int, ...]


@functools.cache
def verbatim_rules() -> dict[str, VerbatimRule]:
    """Calling code → which international numbers need no parsing, read from libphonenumber's own metadata.

    libphonenumber rewrites an international number only where a national prefix may stand after the calling code
    ("+49 (0) 151 …"). All others are canonical as written, and a million of them need not be parsed one by one.
    A property test compares both ways.
    """
    import phonenumbers
    from phonenumbers import PhoneMetadata

    rules: dict[str, VerbatimRule] = {}
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, regions[0])
        if metadata is None or metadata.general_desc is None:
            continue
        prefix = metadata.national_prefix_for_parsing
        digits = "".join(d for d in "0123456789" if d == "0" or (prefix and _may_start(prefix, d)))
        rules[str(code)] = VerbatimRule(digits, tuple(metadata.general_desc.possible_length))
    return rules


def _may_start(pattern: str, digit: str) -> bool:
    """Whether a match of `pattern` can begin with `digit` (errs towards yes)."""
    parser = getattr(re, "_parser")  # noqa: B009  (the parser has no public name; absent in type stubs)
    return _first_of(parser.parse(pattern), ord(digit))


def _first_of(parsed: object, code: int) -> bool:
    for op, argument in parsed:  # type: ignore[attr-defined]
        name = str(op)
        if name == "LITERAL":
            return bool(argument == code)
        if name == "IN":
            return _in_class(argument, code)
        if name == "SUBPATTERN":
            return _first_of(argument[3], code)
        if name == "BRANCH":
            return any(_first_of(branch, code) for branch in argument[1])
        return True
    return True


def _in_class(items: object, code: int) -> bool:
    for op, argument in items:  # type: ignore[attr-defined]
        name = str(op)
        if (name == "LITERAL" and argument == code) or (name == "RANGE" and argument[0] <= code <= argument[1]):
            return True
        if name not in ("LITERAL", "RANGE"):
            return True
    return False
