"""What of a payload may stand in a notice: words of the provider, ids of the business's own things, instants. The rest is masked.

Each channel names what it allows; a key that it does not name keeps flags and, where the channel says so, small numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

MASK = "…"
UNKNOWN = "unknown"

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Allowed:
    """Keys whose values may be kept, by what the values are.

    Args:
        words: words of the provider's vocabulary; long numbers and mail addresses in them are masked all the same.
        ids: ids that are nobody's phone, whatever their digits. open_ids: ids that are kept unless they look like one.
        times: instants. codes: error codes of up to eight digits.
        phones: numbers that are kept in part: +49•••678.
        personal: keys below which nothing is kept, not even what an allowed key would hold.
        small_numbers: whether numbers below a million are kept under any other key.
    """

    words: frozenset[str] = _NONE
    ids: frozenset[str] = _NONE
    open_ids: frozenset[str] = _NONE
    times: frozenset[str] = _NONE
    codes: frozenset[str] = _NONE
    phones: frozenset[str] = _NONE
    personal: frozenset[str] = _NONE
    small_numbers: bool = False

    def names(self, key: str) -> bool:
        """Whether it is one of the channel's own keys."""
        return any(key in keys for keys in (self.words, self.ids, self.open_ids, self.times, self.codes, self.phones))


_DEEPEST = 12
_LONGEST_TEXT, _LONGEST_ID = 200, 300
_SMALLEST_PHONE = 1_000_000
_CODE_END = 100_000_000
_IDENTIFIER = re.compile(r"[a-z0-9_]{1,64}")
_WORD = re.compile(r"[\w .:+/-]{1,64}")
_ID = re.compile(r"[A-Za-z0-9_.:=+/<>|,$-]+")
_PHONE = re.compile(r"\+?[0-9](?:[ ().-]*[0-9]){6,13}")
_PHONE_LIKE = re.compile(r"[+0-9 ().-]{7,40}")
_RUN = re.compile(r"\+?[0-9](?:[ ().-]?[0-9]){6,}")
_DAY = re.compile(r"20[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])")
_TIME = re.compile(r"(?=.*[0-9])[0-9A-Za-z ,.:+/-]{1,40}")
_ADDRESS = re.compile(r"\S+@\S+")
_LONG = re.compile(r"[0-9]{7,}")


def masked(value: Any, allowed: Allowed, key: str = "", depth: int = 0) -> Any:
    """A payload with what may be kept; what lies deeper than twelve levels is left out too."""
    if isinstance(value, dict):
        if depth == _DEEPEST:
            return MASK
        return {_key(name, allowed): _member(value, name, allowed, depth) for name in value}
    if isinstance(value, list):
        return MASK if depth == _DEEPEST else [masked(inner, allowed, key, depth + 1) for inner in value]
    if isinstance(value, str):
        return _text(value, key, allowed)
    return value if value is None or isinstance(value, bool) else _number(value, key, allowed)


def _member(holder: dict[str, Any], name: str, allowed: Allowed, depth: int) -> Any:
    value = holder[name]
    if name in allowed.personal:
        return MASK
    if name == "title" and "code" in holder and isinstance(value, str):
        return scrubbed(value)
    return masked(value, allowed, name, depth + 1)


def _key(name: str, allowed: Allowed) -> str:
    plain = _IDENTIFIER.fullmatch(name) and not _LONG.search(name)
    return name if plain or allowed.names(name) else MASK


def _text(text: str, key: str, allowed: Allowed) -> str:
    if key in allowed.phones:
        return masked_phone(text)
    if key in allowed.ids or (key in allowed.open_ids and not _PHONE.fullmatch(text)):
        return text if len(text) <= _LONGEST_ID and _ID.fullmatch(text) else MASK
    if key in allowed.times:
        return text if _TIME.fullmatch(text) else MASK
    if key in allowed.codes:
        return text if len(text) < len(str(_CODE_END)) else scrubbed(text)
    return scrubbed(text) if key in allowed.words else MASK


def _number(value: float, key: str, allowed: Allowed) -> Any:
    if key in allowed.ids or key in allowed.times or (key in allowed.codes and abs(value) < _CODE_END):
        return value
    if key in allowed.open_ids and not _PHONE.fullmatch(str(value)):
        return value
    small = allowed.small_numbers or key in allowed.words
    return value if small and abs(value) < _SMALLEST_PHONE else MASK


def scrubbed(text: str) -> str:
    """A text without long numbers (but for a day such as 20261001) and mail addresses; at most 200 characters.

    Example:
        >>> scrubbed("sale_20261001"), scrubbed("to +49 151 12345678")
        ('sale_20261001', 'to …')
    """
    plain = _ADDRESS.sub(MASK, text[:_LONGEST_TEXT])
    return _RUN.sub(lambda run: run[0] if _DAY.fullmatch(run[0]) else MASK, plain)


def masked_phone(text: str) -> str:
    """A phone as it may be shown.

    Example:
        >>> masked_phone("+49 30 123456"), masked_phone("1555")
        ('+49•••456', '1555')
    """
    digits = "".join(sign for sign in text if sign.isascii() and sign.isdigit())
    if not _PHONE_LIKE.fullmatch(text):
        return scrubbed(text) if digits == text else MASK
    return f"+{digits[:2]}•••{digits[-3:]}"


def topic_of(text: str) -> str:
    """A field's name if it looks like one."""
    return text if _IDENTIFIER.fullmatch(text) and not _LONG.search(text) else UNKNOWN


def name_of(text: str | None, *, code: bool = False) -> str | None:
    """What happened, in one of the provider's words; a code may have seven digits."""
    if text is None:
        return None
    if code and text.isascii() and text.isdigit() and len(text) < len(str(_CODE_END)):
        return text
    return scrubbed(text) if _WORD.fullmatch(text) else UNKNOWN


def told_word(text: str | None, *, code: bool = False) -> str | None:
    """A medium, category or reason in a sender's own words, without long numbers and mail addresses; at most 200 characters.

    Args:
        code: whether it is a reason, which may be a number of up to eight digits.

    Example:
        >>> told_word("sms"), told_word("no route to +49 151 12345678"), told_word("20040001", code=True)
        ('sms', 'no route to …', '20040001')
    """
    if text is None or (code and text.isascii() and text.isdigit() and len(text) < len(str(_CODE_END))):
        return text
    return scrubbed(text)


def subject_of(text: str | None, allowed: Allowed, key: str = "id") -> str | None:
    """What a notice is about, which is never a phone."""
    if text is None:
        return None
    if key in allowed.phones or (key in allowed.open_ids and _PHONE.fullmatch(text)):
        return masked_phone(text)
    return text[:_LONGEST_ID] if key in allowed.ids or key in allowed.open_ids else scrubbed(text)


def callback_of(text: str | None) -> str | None:
    """A text the sender put into a message and got back, without phones (written with a +) and mail addresses in it.

    Bare digits stay: they may be a campaign's id.

    Example:
        >>> callback_of("campaign=7300123456"), callback_of("summer/+4915112345678")
        ('campaign=7300123456', 'summer/…')
    """
    return None if text is None else _WRITTEN.sub(MASK, _ADDRESS.sub(MASK, text)) or None


_WRITTEN = re.compile(r"\+[0-9](?:[ ().-]?[0-9]){6,14}")
