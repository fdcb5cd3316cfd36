"""The chain of the journal: each entry's link covers its own facts and the link before, so that no change goes unseen.

    link = SHA-256(link before · seq, received_us, source, kind, dedupe_key, headers · SHA-256 of the body)

It covers the hash of the body that is stored beside it, not the bytes: an erasure rewrites a body and leaves the chain true.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass

import apsw

GENESIS = b"\0" * 32
"""What stands before the first link."""


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """The first entry whose content no longer matches the chain."""

    seq: int
    reason: str


def next_link(previous: bytes, facts: tuple[int, int, str, str, str | None], headers: str, *, digest: bytes) -> bytes:
    """The next link of the chain; `headers` is their canonical JSON, and ends the JSON list of facts."""
    named = f"{json.dumps(facts)[:-1]}, {headers}]"
    return hashlib.sha256(previous + named.encode() + digest).digest()


@functools.lru_cache(maxsize=64)
def written_headers(headers: tuple[tuple[str, str], ...]) -> str:
    """Headers as they are stored and linked; most deliveries of a source have the same."""
    return json.dumps(dict(headers), sort_keys=True)


def broken_link(db: apsw.Connection, *, after: int = 0) -> ChainBreak | None:
    """Where the chain of an open journal file breaks after entry `after`, or None; the link of `after` itself is believed."""
    link, expected_seq = GENESIS, after + 1
    if after:
        row = db.execute("SELECT chain FROM entry WHERE seq = ?", (after,)).fetchone()
        if row is None:
            return ChainBreak(after, "an entry is missing")
        link = bytes(row[0])
    rows = db.execute(
        "SELECT seq, received_us, source, kind, dedupe_key, body, headers, body_sha256, chain FROM entry"
        " WHERE seq > ? ORDER BY seq",
        (after,),
    )
    for seq, received_us, source, kind, dedupe_key, body, headers, digest, chain in rows:
        if seq != expected_seq:
            return ChainBreak(expected_seq, "an entry is missing")
        try:
            named = json.dumps(dict(json.loads(headers)), sort_keys=True)
        except (ValueError, TypeError):
            return ChainBreak(seq, "the headers were changed")
        if hashlib.sha256(body).digest() != bytes(digest) and kind != "erased":
            return ChainBreak(seq, "the body was changed")
        link = next_link(link, (seq, received_us, source, kind, dedupe_key), named, digest=bytes(digest))
        if link != bytes(chain):
            return ChainBreak(seq, "the entry was changed")
        expected_seq += 1
    return None
