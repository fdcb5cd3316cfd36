"""Networks that belong to machines: whose previews, scanners and crawlers ask from there, and no person's phone.

A click keeps only the first 24 (or, of IPv6, 48) bits of its address, so a range narrower than that is not used.
"""

from __future__ import annotations

import csv
import functools
from importlib import resources
from ipaddress import ip_network

_WIDTHS = {4: 32, 6: 128}
_NARROWEST = {4: 24, 6: 48}

_Masks = tuple[tuple[int, dict[int, str]], ...]


@functools.lru_cache(maxsize=8192)
def reason_of(network: str | None) -> str | None:
    """Why clicks from a network are a machine's: a code of `rules.RULES`; None if it is nobody's we know.

    Args:
        network: ``203.0.113.0/24`` or ``2001:db8::/48``; anything else is nobody's.
    """
    try:
        asked = ip_network(network or "", strict=False)
    except ValueError:
        return None
    if asked.prefixlen < _NARROWEST[asked.version]:
        return None
    first = int(asked.network_address)
    width = _WIDTHS[asked.version]
    for bits, found in _ranges()[asked.version]:
        reason = found.get(first >> width - bits)
        if reason is not None:
            return reason
    return None


@functools.cache
def _ranges() -> dict[int, _Masks]:
    text = resources.files("earnest.tracking.classes").joinpath("data/networks.csv").read_text(encoding="utf-8")
    by_bits: dict[int, dict[int, dict[int, str]]] = {4: {}, 6: {}}
    for row in csv.DictReader(text.splitlines()):
        one = ip_network(row["network"])
        assert one.prefixlen <= _NARROWEST[one.version], f"{one} is narrower than what is kept of a click"
        key = int(one.network_address) >> _WIDTHS[one.version] - one.prefixlen
        by_bits[one.version].setdefault(one.prefixlen, {})[key] = row["reason"]
    return {version: tuple(sorted(found.items())) for version, found in by_bits.items()}
