"""What a national number means: writings that mean another one, old plans, and how libphonenumber reads a trunk prefix.

    calling code, national digits ─> trunk prefix off ─> rewritten ─> length possible? ─> E.164

Every rule is a full-match pattern and a cut (keep, drop, insert), so that Python and SQL apply the very same ones.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rewrite:
    """National digits that mean other digits: `national[:keep] + insert + national[keep + drop:]`.

    Args:
        code: calling code.
        pattern: what the whole national part must match.
        wa_id_only: holds only where the number is known to be a mobile, as a WhatsApp id is.
        why: what happened, and who says so.
    """

    code: str
    pattern: str
    keep: int
    drop: int
    insert: str
    why: str
    wa_id_only: bool = False


_DDD = "(?:[14689][1-9]|2[12478]|3[1-578]|5[13-5]|7[13-579])"
_IVORY = "Côte d'Ivoire went from 8 to 10 digits on 2021-01-31 (ARTCI); second digit names the mobile operator, third the fixed one"
_BENIN = "Benin put 01 before all 8-digit numbers on 2024-11-30 (ARCEP Bénin)"
_MEXICO = "Mexico abolished its mobile and trunk prefixes in August 2019 (IFT); WhatsApp still writes 52 1"

REWRITES = (
    Rewrite("52", r"1[0-9]{10}", 0, 1, "", _MEXICO),
    Rewrite("52", r"01[0-9]{10}", 0, 2, "", _MEXICO),
    Rewrite("52", r"04[45][0-9]{10}", 0, 3, "", _MEXICO),
    Rewrite("54", r"(?:11|2[0-9]|3[0-9])[0-9]{8}", 0, 0, "9", "an Argentine mobile is dialled 54 9 from abroad (ENACOM)", wa_id_only=True),
    Rewrite("55", _DDD + r"[6-9][0-9]{7}", 2, 0, "9", "Brazilian mobiles got a ninth digit by 2016-11 (Anatel); landlines begin 2 to 5"),
    Rewrite("225", r"(?:0[1-3]|[457][0-3])[0-9]{6}", 0, 0, "01", _IVORY),
    Rewrite("225", r"[04-9][4-6][0-9]{6}", 0, 0, "05", _IVORY),
    Rewrite("225", r"(?:[04-8][7-9]|9[78])[0-9]{6}", 0, 0, "07", _IVORY),
    Rewrite("225", r"2[0-3]8[0-9]{5}", 0, 0, "21", _IVORY),
    Rewrite("225", r"(?:2[0-4]|3[0-6])0[0-9]{5}", 0, 0, "25", _IVORY),
    Rewrite("225", r"(?:2(?:0[23]|1[2357]|2[245]|3[45]|4[345])|3(?:06|1[69]|[2-4]7))[0-9]{5}", 0, 0, "27", _IVORY),
    Rewrite("229", r"[24569][0-9]{7}", 0, 0, "01", _BENIN),
)  # fmt: skip
"""At most one fits a number; a rewritten number fits none."""

INCOMPLETE = {
    "54": "15[0-9]{8}",
    "55": "[0-9]{8,9}",
}
"""National parts without an area code that pass for possible: Argentine 15 …, Brazilian subscriber numbers. Two people in
two cities share such a number, so it is nobody's."""

_UNCHANGED = {"54": "11[0-9]{8}|[2368][0-9]{9}|9[0-9]{10}"}
"""Argentina's prefix pattern can begin with an area code; complete numbers come through it unchanged."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How international numbers of one calling code are read.

    Args:
        lengths: possible lengths of the national part.
        trunk_zero: one 0 before a national part of possible length is taken off.
        unsure: pattern at whose match libphonenumber must decide; None if it changes nothing.
        unchanged: full-match pattern that is safe although `unsure` matches.
    """

    lengths: tuple[int, ...]
    trunk_zero: bool
    unsure: str | None
    unchanged: str | None


@functools.cache
def plans() -> dict[str, Plan]:
    """Calling code → plan, read from libphonenumber's own metadata.

    libphonenumber rewrites an international number only where a national prefix may stand after the calling code
    ("+49 (0) 151 …"). All others are canonical as written, and a million of them need not be parsed one by one.
    A property test compares both ways.
    """
    import phonenumbers

    found: dict[str, Plan] = {}
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, regions[0])
        if metadata is None or metadata.general_desc is None:
            continue
        prefix = metadata.national_prefix_for_parsing
        begins_with_zero = may_start(metadata.general_desc.national_number_pattern or "0", "0")
        found[str(code)] = Plan(
            tuple(metadata.general_desc.possible_length),
            trunk_zero=prefix == "0" and not begins_with_zero,
            unsure=prefix,
            unchanged=_UNCHANGED.get(str(code)),
        )
    return found


@dataclass(frozen=True, slots=True)
class Home:
    """How numbers without a country code are read in a region: its calling code, and how one dials abroad from it."""

    code: str
    abroad: str


@functools.cache
def home(region: str | None) -> Home | None:
    """The region's calling code and international prefix; None where it shares a code and reads numbers in its own way."""
    import phonenumbers

    if region is None:
        return None
    code = phonenumbers.country_code_for_region(region)
    if not code or phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code][0] != region:
        return None
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    return None if metadata is None else Home(str(code), metadata.international_prefix or "00")


@functools.cache
def _rules(code: str) -> tuple[tuple[re.Pattern[str], Rewrite], ...]:
    return tuple((re.compile(rule.pattern), rule) for rule in REWRITES if rule.code == code)


def rewritten(code: str, national: str, *, wa_id: bool = False) -> str | None:
    """The national part that people are reached under today, or None if it lacks its area code or has no possible length.

    Example:
        >>> rewritten("52", "15512345678"), rewritten("55", "1187654321"), rewritten("55", "1123456789")
        ('5512345678', '11987654321', '1123456789')
    """
    for pattern, rule in _rules(code):
        if pattern.fullmatch(national) and (wa_id or not rule.wa_id_only):
            national = national[: rule.keep] + rule.insert + national[rule.keep + rule.drop :]
            break
    if incomplete(code, national):
        return None
    plan = plans().get(code)
    return national if plan is not None and len(national) in plan.lengths else None


def incomplete(code: str, national: str) -> bool:
    """Whether a national part passes for possible and yet lacks its area code."""
    return code in INCOMPLETE and re.fullmatch(INCOMPLETE[code], national) is not None


def may_start(pattern: str, digit: str) -> bool:
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
