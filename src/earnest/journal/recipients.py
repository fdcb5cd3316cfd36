"""Numbers of recipients, in the journal's own file: one for ever for each identity, so that a code can name a person shortly.

    identity ─ keyed digest ─> recipient(number, digest)      in one transaction with the entry that tells who they are:
                               {"recipients": [[17, {"phone": "+4915112345678"}], …]}

The entries are the truth. The table only finds numbers quickly; it holds no identity, and `recreate` makes it of the entries.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import apsw

from earnest.journal.log import RECEIVED, Draft, Journal
from earnest.kernel.errors import EnvironmentProblem

SOURCE = "earnest.recipients"
MOST_IN_ENTRY = 5_000
MOST_NUMBERS = (1 << 25) - 1
"""The largest number that a code can hold, see `tracking.codes`."""
SCHEMES = {"phone": "tel", "email": "mailto", "user_id": "bsuid", "contact": "ext"}
"""What an entry calls an identity → its scheme, see `events.identity`."""

_TABLE = "CREATE TABLE recipient (number INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE) STRICT"
_DIGEST_BYTES = 16
_ASKED_AT_ONCE = 500
_KEY = "recipients:"


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who can have codes: canonical identities, the first of which is what he is known by.

    Args:
        identities: (scheme, text) as (`tel`, `+4915112345678`); at least one.
    """

    identities: tuple[tuple[str, str], ...]


class Digests:
    """Keyed digests of identities: without the workspace's key nobody can tell whose a number is."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, scheme: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{scheme}:{text}".encode(), hashlib.sha256)[:_DIGEST_BYTES]


def enrol(journal: Journal, recipients: Sequence[Known], *, digests: Digests, received_us: int) -> list[int]:
    """The number of each, in order; who had none gets the next, and the journal tells of him. Durable when it returns.

    Raises:
        EnvironmentProblem: `recipients-exhausted`, or as `Journal.append_many`; then nobody got a number.
    """
    marks = [digests.of(*one.identities[0]) for one in recipients]
    numbers: dict[bytes, int] = {}

    def make(db: apsw.Connection) -> list[Draft]:
        _prepare(db, digests)
        numbers.update(_known(db, marks))
        new: dict[bytes, Known] = {}
        for mark, one in zip(marks, recipients, strict=True):
            if mark not in numbers:
                new.setdefault(mark, one)
        given = dict(zip(new, itertools.count(_last(db) + 1), strict=False))
        if given and max(given.values()) > MOST_NUMBERS:
            raise EnvironmentProblem(
                "recipients-exhausted",
                f"a workspace has numbers for {MOST_NUMBERS:,} recipients, and they are all given",
                hint="Use the link's shared address, which needs no numbers.",
            )
        db.executemany("INSERT INTO recipient VALUES (?, ?)", [(number, mark) for mark, number in given.items()])
        numbers.update(given)
        told = [(given[mark], one) for mark, one in new.items()]
        return [_draft(part, received_us) for part in _parts(told)]

    journal.append_made(make)
    return [numbers[mark] for mark in marks]


def recreate(journal: Journal, digests: Digests) -> int:
    """Make the table anew from the entries; returns how many recipients there are."""
    found: list[int] = []

    def make(db: apsw.Connection) -> list[Draft]:
        db.execute("DROP TABLE IF EXISTS recipient")
        _prepare(db, digests)
        found.append(_last(db))
        return []

    journal.append_made(make)
    return found[0]


def told_of(body: object) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(number, identities) of an entry's body; nothing of what has another form."""
    listed = body.get("recipients") if isinstance(body, dict) else None
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, list) and len(one) == 2 and type(one[0]) is int and isinstance(one[1], dict):
            told = {name: text for name, text in one[1].items() if name in SCHEMES and isinstance(text, str) and text}
            if told:
                yield one[0], told


def _prepare(db: apsw.Connection, digests: Digests) -> None:
    """The table, filled from the entries if it was not there: a journal of an older version, or one put together anew."""
    if db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'recipient'").fetchone():
        return
    db.execute(_TABLE)
    bodies = db.execute(
        "SELECT body FROM entry WHERE dedupe_key >= ? AND dedupe_key < ? AND source = ? ORDER BY seq",
        (_KEY, f"{_KEY}~", SOURCE),
    ).fetchall()
    for (body,) in bodies:
        assert isinstance(body, bytes)
        rows = [
            (number, digests.of(SCHEMES[next(iter(told))], next(iter(told.values()))))
            for number, told in told_of(json.loads(body))
        ]
        db.executemany("INSERT INTO recipient VALUES (?, ?)", rows)


def _known(db: apsw.Connection, marks: Sequence[bytes]) -> dict[bytes, int]:
    known: dict[bytes, int] = {}
    for first in range(0, len(marks), _ASKED_AT_ONCE):
        part = marks[first : first + _ASKED_AT_ONCE]
        asked = ", ".join("?" * len(part))
        known |= {
            bytes(mark): number
            for mark, number in db.execute(f"SELECT digest, number FROM recipient WHERE digest IN ({asked})", part)
        }
    return known


def _last(db: apsw.Connection) -> int:
    row = db.execute("SELECT max(number) FROM recipient").fetchone()
    return int(row[0] or 0) if row else 0


def _draft(told: Sequence[tuple[int, Known]], received_us: int) -> Draft:
    listed = [[number, _named(one.identities)] for number, one in told]
    body = json.dumps({"recipients": listed}, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"content-type": "application/json"}
    return Draft(RECEIVED, body, SOURCE, received_us, dedupe_key=f"{_KEY}{told[0][0]:09d}", headers=headers)


def _named(identities: Iterable[tuple[str, str]]) -> dict[str, str]:
    """As the entry tells them, the one he is known by first; of several of one scheme the first."""
    names = {scheme: name for name, scheme in SCHEMES.items()}
    told: dict[str, str] = {}
    for scheme, text in identities:
        told.setdefault(names[scheme], text)
    return told


def _parts(told: Sequence[tuple[int, Known]]) -> Iterator[Sequence[tuple[int, Known]]]:
    for first in range(0, len(told), MOST_IN_ENTRY):
        yield told[first : first + MOST_IN_ENTRY]
