"""Codes of links and survey invitations: what they stand for, sealed, in 20 characters of an address.

    7Q e4mT0…  = workspace tag (2 characters) · 18 characters of [ masked: form, number, recipient (43 bits) │ seal (64 bits) ]

The seal is a keyed hash of what the code stands for; the rest is masked by a keyed hash of the seal. So a code can be
checked without looking anything up, a guess is right once in 2^64, and codes of neighbours have nothing in common.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 20
TAG_LENGTH = 2
MOST_NUMBERS = 1 << 17
"""Links, or rounds of a survey, that can have codes for each recipient."""
MOST_RECIPIENTS = 1 << 25
MOST_SHARED_NUMBERS = 1 << 42
"""Links of which everybody gets the same code."""

_BODY_LENGTH = LENGTH - TAG_LENGTH
_FIELD_BITS, _SEAL_BITS = 43, 64
_FIELD_BYTES = 6
_SHARED = 1 << 42
_RECIPIENT_BITS = 25
_BASE = len(ALPHABET)
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for.

    Args:
        number: of the link, or of the round of a survey. recipient: number of who got it; None if everybody gets the same.
    """

    number: int
    recipient: int | None = None


class Codec:
    """Writes and reads the codes of one workspace and purpose.

    Args:
        key: the workspace's secret. purpose: codes of one purpose are none of another's (`link`, `survey`).

    Example:
        >>> codec = Codec(bytes(32), "link")
        >>> codec.read(codec.write(Code(7, 4711)))
        Code(number=7, recipient=4711)
    """

    def __init__(self, key: bytes, purpose: str) -> None:
        self._seal_key = _derived(key, f"{purpose}-seal")
        self._mask_key = _derived(key, f"{purpose}-mask")
        self.tag = workspace_tag(key)

    def write(self, code: Code) -> str:
        """The text of a code.

        Raises:
            ValueError: a number or recipient beyond what a code can hold.
        """
        fields = _packed(code)
        seal = self._seal(fields)
        return self.tag + _text((fields ^ self._mask(seal)) << _SEAL_BITS | seal)

    def read(self, text: str) -> Code | None:
        """What a text stands for; None if it is no code of this workspace and purpose."""
        if len(text) != LENGTH or not text.startswith(self.tag):
            return None
        whole = _number(text[TAG_LENGTH:])
        if whole is None or whole >> _FIELD_BITS + _SEAL_BITS:
            return None
        seal = whole & (1 << _SEAL_BITS) - 1
        fields = (whole >> _SEAL_BITS) ^ self._mask(seal)
        said, ours = seal.to_bytes(8), self._seal(fields).to_bytes(8)
        return _unpacked(fields) if hmac.compare_digest(said, ours) else None

    def _seal(self, fields: int) -> int:
        digest = hashlib.blake2b(fields.to_bytes(_FIELD_BYTES), key=self._seal_key, digest_size=8).digest()
        return int.from_bytes(digest)

    def _mask(self, seal: int) -> int:
        digest = hashlib.blake2b(seal.to_bytes(8), key=self._mask_key, digest_size=_FIELD_BYTES).digest()
        return int.from_bytes(digest) & (1 << _FIELD_BITS) - 1


def workspace_tag(key: bytes) -> str:
    """Two characters that tell which workspace's code it is, where a server has several; it proves nothing."""
    value = int.from_bytes(_derived(key, "workspace-tag")[:4]) % _BASE**TAG_LENGTH
    return ALPHABET[value // _BASE] + ALPHABET[value % _BASE]


def _derived(key: bytes, purpose: str) -> bytes:
    return hashlib.blake2b(purpose.encode(), key=key, digest_size=32).digest()


def _packed(code: Code) -> int:
    if code.recipient is None:
        if not 0 < code.number < MOST_SHARED_NUMBERS:
            raise ValueError(f"no code can hold the number {code.number}")
        return _SHARED | code.number
    if not 0 < code.number < MOST_NUMBERS or not 0 < code.recipient < MOST_RECIPIENTS:
        raise ValueError(f"no code can hold the number {code.number} and the recipient {code.recipient}")
    return code.number << _RECIPIENT_BITS | code.recipient


def _unpacked(fields: int) -> Code:
    if fields & _SHARED:
        return Code(fields ^ _SHARED)
    return Code(fields >> _RECIPIENT_BITS, fields & MOST_RECIPIENTS - 1)


def _text(value: int) -> str:
    characters = []
    for _ in range(_BODY_LENGTH):
        value, rest = divmod(value, _BASE)
        characters.append(ALPHABET[rest])
    return "".join(reversed(characters))


def _number(text: str) -> int | None:
    value = 0
    for character in text:
        digit = _VALUES.get(character)
        if digit is None:
            return None
        value = value * _BASE + digit
    return value
