"""A signature scheme, declared in one place; sources name it by its code.

A module of this package that defines `SCHEME` (or `SCHEMES`, a tuple of close relatives) is found by `schemes()`.
There is no scheme that verifies nothing, and none passes without a secret: an empty one fits nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from earnest.kernel.declared import declared, look_up
from earnest.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Request:
    """A delivery as it came.

    Args:
        method: GET, POST … url: as the provider called it, with query, whatever proxies stand between.
        headers: names in lower case; several of one name are joined by ", ", as HTTP has it.
        body: raw bytes. now_s: unix seconds of our clock.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    now_s: float


class Unverifiable(Exception):
    """Nothing is wrong with the delivery as far as we know, but it cannot be checked now: ask for it again later."""


Verify = Callable[[Request, Sequence[str]], str | None]
"""(request, secrets) → None, or why it is refused."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way of signing.

    Args:
        code: name in commands and docs. label: for people, with the algorithm.
        covers: what cannot be changed without the signature ceasing to fit, for docs.
        secret: what the secret is and where the provider shows it, for help texts.
        verify: (request, secrets) → None if any of the secrets fits, else why not, in a few words without any secret
            or signature in them. Constant time where values are compared; never raises on any input but `Unverifiable`.
        source: where it is described, and when it was read.
        waits: whether `verify` may wait for the network: call it in a thread.
    """

    code: str
    label: str
    covers: str
    secret: str
    verify: Verify
    source: str
    waits: bool = False


@functools.cache
def schemes() -> dict[str, Scheme]:
    """Every scheme by its code, sorted."""
    found = declared("earnest.channels.signing", Scheme, "SCHEME", "SCHEMES")
    return {scheme.code: scheme for scheme in sorted(found, key=lambda scheme: scheme.code)}


def scheme_of(code: str) -> Scheme:
    """The scheme of a code.

    Raises:
        NotFound: `no-such-signature`.
    """
    refusal = (NotFound, "no-such-signature")
    return look_up(schemes(), code, what="signature scheme", listed="Schemes", refusal=refusal)
