"""Coupon codes to mint: easy to read aloud, not to be guessed, and never another's by a slip of the pen.

    SPRING-7KQ2-M9PX-3HTA  =  prefix · 11 characters of chance (54 bits) · 1 check character

The alphabet has 31 characters, none of which looks like another. 31 is a prime, so one weighted sum over the twelve finds
every wrong character and every two that changed places; the sum starts at a secret number, so that codes of another coupon
rarely pass. The chance in a recipient's code is a keyed hash of coupon and recipient: asked again, he gets the same code.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Digits and letters without 0 and O, 1, I and L."""
CHANCE = 11
GROUP = 4

_BASE = len(ALPHABET)
_LENGTH = CHANCE + 1
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_LAST_INVERSE = pow(_LENGTH, -1, _BASE)


class Mint:
    """Makes the codes of one coupon of one workspace.

    Args:
        key: the workspace's secret. coupon: id of the coupon. prefix: what its codes begin with; empty for nothing.

    Example:
        >>> mint = Mint(bytes(32), "spring", "SPRING")
        >>> mint.personal(17) == mint.personal(17), mint.holds(mint.personal(17)), len(mint.personal(17))
        (True, True, 21)
    """

    def __init__(self, key: bytes, coupon: str, prefix: str) -> None:
        self._key = hashlib.blake2b(f"coupon:{coupon}".encode(), key=key, digest_size=32).digest()
        self._start = int.from_bytes(hmac.digest(self._key, b"start", hashlib.sha256)[:8]) % _BASE
        self._prefix = prefix

    def personal(self, recipient: int, attempt: int = 0) -> str:
        """The code of a recipient, for ever the same.

        Args:
            attempt: 0; from 1 on another code each, for when an earlier one is taken.
        """
        digest = hmac.digest(self._key, f"recipient:{recipient}:{attempt}".encode(), hashlib.sha256)
        return self._code(int.from_bytes(digest[:16]) % _BASE**CHANCE)

    def random(self, below: Callable[[int], int] = secrets.randbelow) -> str:
        """A code of nobody's, by chance alone."""
        return self._code(below(_BASE**CHANCE))

    def holds(self, text: str) -> bool:
        """Whether a text can be a code of this coupon; of texts made up at random one in 31 can."""
        body = text.strip().upper().replace("-", "").removeprefix(self._prefix.replace("-", ""))
        values = [_VALUES.get(character, -1) for character in body]
        return len(values) == _LENGTH and min(values) >= 0 and _weighed(values) % _BASE == self._start

    def _code(self, chance: int) -> str:
        values = []
        for _ in range(CHANCE):
            chance, value = divmod(chance, _BASE)
            values.append(value)
        values.append((self._start - _weighed(values)) * _LAST_INVERSE % _BASE)
        body = "".join(ALPHABET[value] for value in values)
        groups = [body[first : first + GROUP] for first in range(0, _LENGTH, GROUP)]
        return "-".join([self._prefix, *groups] if self._prefix else groups)


def _weighed(values: list[int]) -> int:
    """Sum of each value times its place, counted from 1."""
    return sum(place * value for place, value in enumerate(values, 1))
