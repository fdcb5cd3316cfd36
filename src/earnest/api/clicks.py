"""What is kept of a click: which link and recipient, when, and the evidence of who or what pressed it. No address, no cookie.

The network is the address cut to /24 (IPv6: /48). The visitor is a keyed hash of network and browser that is another one
each day: it tells clicks of one visitor together, for hours, and nobody who he is.
"""

from __future__ import annotations

import hashlib
import ipaddress
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec

from earnest.journal.log import RECEIVED, Draft
from earnest.kernel.period import DAY_US
from earnest.tracking.classes import EVIDENCE_HEADERS

SOURCE = "earnest.links"
LONGEST_HEADER = 512
"""Characters kept of one header."""
MOST_EVIDENCE = 2_048
"""Bytes of all headers of one click, as they stand in the journal: whoever knows one public code could fill the disk."""
_ORDER = ("user-agent", *sorted(EVIDENCE_HEADERS - {"user-agent"}))
"""What comes first is kept first."""
_EVIDENCE = frozenset(name.encode() for name in EVIDENCE_HEADERS)
_HEADERS = {"content-type": "application/json"}
_encode = msgspec.json.Encoder().encode


class Visitors:
    """Hashes visitors of one workspace.

    Args:
        key: the workspace's secret.
    """

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.blake2b(b"visitor", key=key, digest_size=32).digest()
        self._of_day = (-1, b"")

    def visitor(self, network: str, user_agent: str, at_us: int) -> int:
        """The visitor of a network and user agent on the UTC day of an instant: a signed 64-bit number."""
        day = at_us // DAY_US
        if self._of_day[0] != day:
            self._of_day = (day, hashlib.blake2b(str(day).encode(), key=self._key, digest_size=32).digest())
        said = f"{network}\n{user_agent}".encode(errors="replace")
        return int.from_bytes(hashlib.blake2b(said, key=self._of_day[1], digest_size=8).digest(), signed=True)


@lru_cache(maxsize=4_096)
def network_of(host: str | None) -> str | None:
    """The network of a caller's address: /24 of IPv4, /48 of IPv6; None if the address is not known.

    >>> network_of("203.0.113.9"), network_of("::ffff:203.0.113.9"), network_of("2001:db8:1:2::1"), network_of("proxy")
    ('203.0.113.0/24', '203.0.113.0/24', '2001:db8:1::/48', None)
    """
    try:
        found = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return str(ipaddress.IPv6Network((int(found), 48), strict=False))
        found = found.ipv4_mapped
    return str(ipaddress.IPv4Network((int(found), 24), strict=False))


def evidence(headers: Iterable[tuple[bytes, bytes]]) -> tuple[dict[str, str], list[str]]:
    """The headers that are kept, and the names of those of which something is missing, for they were too long or too many.

    Several of one name are joined by ", ".
    """
    told: dict[str, str] = {}
    for name, value in headers:
        if name in _EVIDENCE:
            key, text = name.decode("ascii"), value[: LONGEST_HEADER + 1].decode("latin-1")
            told[key] = f"{told[key]}, {text}"[: LONGEST_HEADER + 1] if key in told else text
    found: dict[str, str] = {}
    cut: list[str] = []
    room = MOST_EVIDENCE - len("{}")
    for key in _ORDER:
        if key not in told:
            continue
        left = room - len(key) - len('"":"",')
        text = _fitting(told[key][:LONGEST_HEADER], left)
        if left >= 0 and (text or not told[key]):
            found[key] = text
            room -= len(key) + len('"":,') + len(_encode(text))
        if found.get(key) != told[key]:
            cut.append(key)
    return found, cut


def _fitting(text: str, room: int) -> str:
    """As much of a text as has room between quotation marks in the journal. Args: room: bytes."""

    def size(characters: int) -> int:
        return len(_encode(text[:characters])) - len('""')

    return text if size(len(text)) <= room else text[: max(bisect_right(range(len(text)), room, key=size) - 1, 0)]


def click_draft(facts: Mapping[str, object], *, at_us: int) -> Draft:
    """The journal entry of a click. Args: facts: see the channel `links`."""
    return Draft(RECEIVED, _encode(facts), SOURCE, at_us, None, _HEADERS)
