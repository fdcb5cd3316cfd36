"""Which headers of a click are kept: those that tell a person from a machine. No cookie, no referrer, no address."""

from __future__ import annotations

EVIDENCE_HEADERS = frozenset(
    {
        "user-agent",
        "accept",
        "accept-language",
        "purpose",
        "x-purpose",
        "x-moz",
        "sec-purpose",
        "sec-fetch-dest",
        "sec-fetch-mode",
        "sec-fetch-user",
        "sec-ch-ua",
        "sec-ch-ua-mobile",
        "sec-ch-ua-platform",
        "x-requested-with",
        "x-fb-http-engine",
        "x-iorg-fbs",
    }
)
"""Lower-case names of the headers that the door keeps of a click."""
