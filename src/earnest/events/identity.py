"""Canonical identities: one text per person and scheme, so that equal people have equal keys.

`tel:` E.164, `mailto:` with the domain in lower case, `ext:` a system's own customer id, `bsuid:` WhatsApp's user id
within one business, `row:` the row itself where a file has one row per unit and no id.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from earnest.events.numbering import incomplete, rewritten

if TYPE_CHECKING:
    import phonenumbers

TWO_DIGIT_CODES = (
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65",
    "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
)  # fmt: skip
"""Country calling codes of two digits; 1 and 7 have one digit, all others three (ITU-T E.164, 2023 list)."""

RESERVED = ("recipient:", "site:")
"""What Earnest's own ids begin with: of recipients of codes, and of visitors of the landing snippet. Nobody else names people so."""

BSUID_LONGEST = 256
"""A business-scoped user id is opaque, case-sensitive text of at most so many characters (Meta, read 2025-12)."""


@functools.lru_cache(maxsize=65536)
def canonical_phone(raw: str, region: str | None, *, wa_id: bool = False) -> str | None:
    """E.164 of a number as people write it, under today's numbering plan, or None if it cannot be one.

    Args:
        raw: any writing; international if it starts with + or 00. Text with words or an extension in it is none: a
            number found in a sentence, or shared by a switchboard, is nobody's.
        region: ISO 3166 country that a number without country code belongs to; None never guesses.
        wa_id: the digits are a WhatsApp id: international also without +, and a mobile.

    Example:
        >>> canonical_phone("+52 1 55 1234 5678", None), canonical_phone("551187654321", None, wa_id=True)
        ('+525512345678', '+5511987654321')
    """
    import phonenumbers

    text = _international_text(raw.strip(), wa_id=wa_id)
    if _holds_words(text):
        return None
    try:
        number = phonenumbers.parse(text, region)
        if number.country_code == _ARGENTINA:
            number = _without_nine_and_fifteen(number)
    except phonenumbers.NumberParseException:
        return None
    code = str(number.country_code)
    national = rewritten(code, phonenumbers.national_significant_number(number), wa_id=wa_id)
    if national is None:
        return None
    found = f"+{code}{national}"
    # Behind more zeros than a trunk prefix has stands a number that, read again, would be another: nobody's.
    read_again = national.startswith("0") and found != text
    return None if read_again and canonical_phone(found, None, wa_id=wa_id) != found else found


_PREFIXES = ("tel:", "sms:", "whatsapp:")


def _holds_words(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _international_text(text: str, *, wa_id: bool) -> str:
    """The text without the prefix of a link, and with a + where it is international: a WhatsApp id, or written with 00."""
    scheme = next((prefix for prefix in _PREFIXES if text.lower().startswith(prefix)), "")
    text = text[len(scheme) :]
    if wa_id:
        return "+" + text.lstrip("+")
    return "+" + text[2:] if text.startswith("00") else text


_ARGENTINA = 54
_NINE_AND_FIFTEEN = 13
"""Digits of an Argentine mobile written both ways at once: 9, area and number (10), 15."""


def _without_nine_and_fifteen(number: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber:
    """Argentine mobiles written with both the 9 of calls from abroad and the 15 of calls within: 54 9 11 15 …"""
    import phonenumbers

    national = phonenumbers.national_significant_number(number)
    if len(national) != _NINE_AND_FIFTEEN or not national.startswith("9"):
        return number
    return phonenumbers.parse(f"+{_ARGENTINA}{national[1:]}", None)


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


NUMBER_REASONS = {
    "missing": ("is empty", "Fill it in, or leave the row out."),
    "not-a-number": ("is no phone number", "Write digits, with + and the country code first."),
    "country-missing": ("has no country code", "Write + and the country code, or give --region."),
    "country-unknown": ("has a country code that no country has", "Check the digits after the +."),
    "area-code-missing": ("has no area code", "Write the whole number: in every city it is someone else's."),
    "too-short": ("has too few digits", "Check it for lost digits; old numbers may need today's longer form."),
    "too-long": ("has too many digits", "Check it for a second number or an extension in the cell."),
    "length-impossible": ("has a number of digits its country does not use", "Check it for lost or added digits."),
    "range-unknown": ("is in a range its country has not given out", "Check the digits; new ranges take a while to be known."),
}  # fmt: skip
"""Reason code → what is wrong with the number, what to do."""


def unreadable_because(raw: str, region: str | None, *, wa_id: bool = False) -> str:
    """Reason code of a text that `canonical_phone` cannot read: a key of NUMBER_REASONS.

    Example:
        >>> unreadable_because("0151 12345678", None), unreadable_because("+33 1 23", None), unreadable_because("n/a", None)
        ('country-missing', 'too-short', 'not-a-number')
    """
    import phonenumbers
    from phonenumbers import NumberParseException, ValidationResult

    text = _international_text(raw.strip(), wa_id=wa_id)
    if _holds_words(text):
        return "not-a-number"
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            return "country-unknown" if "+" in text else "country-missing"
        short = (NumberParseException.TOO_SHORT_AFTER_IDD, NumberParseException.TOO_SHORT_NSN)
        if error.error_type in short:
            return "too-short"
        return "too-long" if error.error_type == NumberParseException.TOO_LONG else "not-a-number"
    if incomplete(str(number.country_code), phonenumbers.national_significant_number(number)):
        return "area-code-missing"
    return {
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "area-code-missing",
        ValidationResult.TOO_SHORT: "too-short",
        ValidationResult.TOO_LONG: "too-long",
        ValidationResult.INVALID_COUNTRY_CODE: "country-unknown",
    }.get(phonenumbers.is_possible_number_with_reason(number), "length-impossible")
