"""Throttle: how many requests a second a caller may make, held as a token bucket per API key, session or address.

    refused once the bucket is empty · a bucket holds `burst` tokens and gains `rate` of them a second

In memory, for one process: it protects the machine from one caller, it bills nobody. Signed webhooks have no bucket: providers
send in bursts from few addresses, and refusing them would lose time for nothing.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

CLICKS_AT_ONCE = 200
"""Clicks of one address that are kept at once."""
REFILL_SECONDS = 10
"""After so long all of them can be kept again."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Requests: `rate` a second in the long run, `burst` at once."""

    rate: float
    burst: int

    def __post_init__(self) -> None:
        assert self.rate > 0
        assert self.burst >= 1


@dataclass(frozen=True, slots=True)
class Limits:
    """How much each kind of caller may do.

    Args:
        caller: an API key or a user. Generous: a request can hold many events.
        address: an address, on public routes.
        refused: an address that shows no valid session or key. A guess at 160 bits is hopeless; this saves the log.
        missed: an address that asks for links that lead nowhere.
        clicks: an address whose clicks are kept; beyond it they are answered and counted as lost. A person's, a company's and a
            carrier's pass: 3,000 people of one address within ten minutes are 5/s. None: no bound.
        sign_in: an address that signs in. sign_in_all: everybody who signs in to a workspace: each sign-in takes 64 MiB and a
            tenth of a second.
    """

    caller: Limit = Limit(rate=200, burst=2_000)
    address: Limit = Limit(rate=50, burst=500)
    refused: Limit = Limit(rate=10, burst=200)
    sign_in: Limit = Limit(rate=1, burst=30)
    sign_in_all: Limit = Limit(rate=10, burst=20)
    missed: Limit = Limit(rate=10, burst=200)
    clicks: Limit | None = Limit(rate=CLICKS_AT_ONCE / REFILL_SECONDS, burst=CLICKS_AT_ONCE)


@dataclass(slots=True)
class Throttle:
    """The buckets of one server.

    Args:
        clock: seconds, only ever forward. kept_max: buckets in memory; the one unused longest goes first.
    """

    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], float] = time.monotonic
    kept_max: int = 50_000
    _buckets: OrderedDict[tuple[str, Hashable], tuple[float, float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, kind: str, who: Hashable) -> int:
        """Take a token.

        Args:
            kind: name of the limit (`Limits`).

        Returns:
            0, or the whole seconds to wait before the next try.
        """
        limit: Limit | None = getattr(self.limits, kind)
        if limit is None:
            return 0
        with self._lock:
            now_s = self.clock()
            tokens, at_s = self._buckets.get((kind, who), (float(limit.burst), now_s))
            tokens = min(tokens + max(now_s - at_s, 0) * limit.rate, float(limit.burst))
            served = tokens >= 1
            self._buckets[kind, who] = (tokens - served, now_s)
            self._buckets.move_to_end((kind, who))
            if len(self._buckets) > self.kept_max:
                self._buckets.popitem(last=False)
        return 0 if served else max(math.ceil((1 - tokens) / limit.rate), 1)


def clicks_limit(at_once: int) -> Limit | None:
    """How many clicks of one address are kept: so many at once, a tenth of them each second; None, no bound, for 0."""
    return Limit(rate=at_once / REFILL_SECONDS, burst=at_once) if at_once else None


def address_of(host: str | None) -> str:
    """What counts as one address: an IPv4 address, an IPv6 network of one customer (/64).

    >>> address_of("203.0.113.9"), address_of("2001:db8:1:2:aaaa::1"), address_of("::ffff:203.0.113.9"), address_of(None)
    ('203.0.113.9', '2001:db8:1:2::/64', '203.0.113.9', 'unknown')
    """
    try:
        found = ipaddress.ip_address(host or "")
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), 64), strict=False))
