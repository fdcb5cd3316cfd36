"""One person: which identities, by what evidence they are one, what they got and bought. Numbers and addresses are masked."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import duckdb

from earnest.definitions.state import LinkDecision
from earnest.importers.identities import identify, register_keys
from earnest.kernel.errors import NotFound
from earnest.kernel.money import Money
from earnest.kernel.period import moment_of
from earnest.usecases.persons import EVIDENCE_KINDS, decided, evidence
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck

_HINTS = ("contact", "phone", "wa_id", "email", "bsuid")
KEY_PREFIX = "c:"


def key_text(contact_key: int) -> str:
    """A contact key as people write it: ``c:`` and 16 hex digits."""
    return f"{KEY_PREFIX}{contact_key & 0xFFFFFFFFFFFFFFFF:016x}"


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity of a person.

    Args:
        shown: the identity, masked. arms: experiment → arms it was assigned to.
    """

    key: int
    scheme: str
    shown: str
    since_us: int
    sources: tuple[str, ...]
    arms: dict[str, tuple[str, ...]]

    def to_json(self) -> dict[str, Any]:
        return {
            "key": key_text(self.key),
            "scheme": self.scheme,
            "shown": self.shown,
            "known_since": moment_of(self.since_us).isoformat(),
            "sources": list(self.sources),
            "arms": {name: list(arms) for name, arms in self.arms.items()},
        }


@dataclass(frozen=True, slots=True)
class Link:
    """Evidence that two identities are one person, and what was decided about it.

    Args:
        evidence: told-together, click-id, coupon, order-told or by-hand.
        since_us: when it happened. known_us: when this workspace learned of it. times: how often it was told.
    """

    one: int
    other: int
    evidence: str
    since_us: int
    known_us: int
    source: str
    cut: LinkDecision | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "one": key_text(self.one),
            "other": key_text(self.other),
            "evidence": self.evidence,
            "at": moment_of(self.since_us).isoformat(),
            "known": moment_of(self.known_us).isoformat(),
            "source": self.source,
            "cut": None
            if self.cut is None
            else {"reason": self.cut.reason, "at": moment_of(self.cut.received_us).isoformat()},
        }


@dataclass(frozen=True, slots=True)
class Contact:
    """A person.

    Args:
        contaminates: experiments in whose arms its identities stand on both sides.
        net: revenue of its orders, refunds taken off.
    """

    key: int
    identities: tuple[Identity, ...]
    links: tuple[Link, ...]
    messages: int
    delivered: int
    orders: int
    net: Money
    contaminates: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "person": key_text(self.key),
            "identities": [one.to_json() for one in self.identities],
            "links": [one.to_json() for one in self.links],
            "messages": self.messages,
            "delivered": self.delivered,
            "orders": self.orders,
            "net_revenue": {"amount": str(self.net.decimal), "currency": self.net.currency},
            "contaminates": list(self.contaminates),
        }


def show_contact(workspace: Workspace, who: str, *, as_of_us: int | None = None) -> Contact:
    """The person behind a phone number, mail address, user id, customer id or contact key.

    Raises:
        NotFound: `no-such-contact`.
    """
    with open_tables(workspace, as_of_us=as_of_us) as tables:
        key = find_key(workspace, tables, who)
        row = tables.con.execute("SELECT person_key FROM identity WHERE contact_key = $1", [key]).fetchone()
        person = int(row[0]) if row else key
        members = [
            person,
            *(
                int(str(k))
                for (k,) in duck.rows(tables.con, "SELECT contact_key FROM identity WHERE person_key = $1", [person])
            ),
        ]
        identities = _identities(tables, members)
        got = tables.con.execute(
            "SELECT count(*), count(delivered_us) FROM message WHERE contact_key = $1", [person]
        ).fetchone()
        bought = tables.con.execute(
            "SELECT count(*) FILTER (WHERE cancelled = 0), coalesce(sum(net_minor), 0) FROM conversion WHERE contact_key = $1",
            [person],
        ).fetchone()
        assert got is not None
        assert bought is not None
        return Contact(
            person, identities, _links(tables, members), int(got[0]), int(got[1]), int(bought[0]),
            Money(int(bought[1]), tables.state.currency), _contaminated(identities),
        )  # fmt: skip


def find_key(workspace: Workspace, tables: Tables, who: str) -> int:
    """Contact key of an identity as people write it, or of a key itself (``c:…``).

    Raises:
        NotFound: `no-such-contact`; the answer never repeats what was asked for.
    """
    keys = _keys(workspace, who)
    listed = ", ".join(str(key) for key in keys) or "NULL"
    row = tables.con.execute(
        f"SELECT contact_key FROM event_identity WHERE contact_key IN ({listed}) ORDER BY received_us LIMIT 1"
    ).fetchone()
    if row is None:
        raise NotFound(
            "no-such-contact",
            "nobody of that identity is known",
            hint="Write a phone with + and country code, a mail address, a user id, a customer id as the files have it, or c:KEY.",
        )
    return int(row[0])


def _keys(workspace: Workspace, who: str) -> list[int]:
    text = who.strip()
    if text.startswith(KEY_PREFIX):
        digits = text.removeprefix(KEY_PREFIX)
        if len(digits) == 16 and all(c in "0123456789abcdef" for c in digits.lower()):
            return [int.from_bytes(bytes.fromhex(digits), "big", signed=True)]
        return []
    with contextlib.closing(duck.connect()) as con:
        register_keys(con, workspace.key())
        columns = [(hint, f"as_{hint}") for hint in _HINTS]
        values = ", ".join(f"$1 AS {column}" for _, column in columns)
        con.execute(f"CREATE TEMP TABLE checked AS SELECT {values}, NULL AS reason", [text])
        identify(con, columns, file_hash="asked", region=None)
        return [int(str(key)) for (key,) in duck.rows(con, "SELECT DISTINCT contact_key FROM identified")]


def _identities(tables: Tables, members: list[int]) -> tuple[Identity, ...]:
    listed = ", ".join(map(str, members))
    arms: dict[int, dict[str, tuple[str, ...]]] = {}
    assigned = duck.rows(
        tables.con,
        f"SELECT contact_key, experiment, list_sort(list(DISTINCT arm)) FROM event_assignment WHERE contact_key IN ({listed}) GROUP BY ALL",
    )
    for key, experiment, named in assigned:
        arms.setdefault(int(str(key)), {})[str(experiment)] = tuple(named)  # type: ignore[arg-type]
    rows = tables.con.execute(
        "SELECT contact_key, min(scheme), coalesce(max(shown), min(scheme)), min(received_us), list_sort(list(DISTINCT source))"
        f" FROM event_identity WHERE contact_key IN ({listed}) GROUP BY contact_key ORDER BY min(received_us), contact_key"
    ).fetchall()
    return tuple(
        Identity(int(key), str(scheme), str(shown), int(since), tuple(sources), arms.get(int(key), {}))
        for key, scheme, shown, since, sources in rows
    )


def _links(tables: Tables, members: list[int]) -> tuple[Link, ...]:
    """Links between the person's identities, and those that were cut from them."""
    listed = ", ".join(map(str, members))
    told = evidence(EVIDENCE_KINDS)
    judged = {(one.one, one.other): one for one in decided(tables.state)}
    found = []
    for one, other, kind, since, known, source in _told_links(tables.con, told, listed):
        decision = judged.get((min(one, other), max(one, other)))
        cut = decision if decision is not None and not decision.together else None
        if cut or (one in members and other in members):
            found.append(Link(one, other, kind, since, known, source, cut))
    made = [d for d in judged.values() if d.together and d.one in members]
    found.extend(Link(d.one, d.other, "by-hand", d.received_us, d.received_us, d.reason) for d in made)
    return tuple(sorted(found, key=lambda link: (link.known_us, link.one, link.other)))


def _told_links(con: duckdb.DuckDBPyConnection, told: str, listed: str) -> list[tuple[int, int, str, int, int, str]]:
    rows = con.execute(
        "SELECT least(contact_key, other_key), greatest(contact_key, other_key), evidence, min(since_us), min(known_us), min(source)"
        f" FROM ({told}) WHERE contact_key IN ({listed}) OR other_key IN ({listed}) GROUP BY ALL"
    ).fetchall()
    return [
        (int(a), int(b), str(kind), int(since or known), int(known), str(source))
        for a, b, kind, since, known, source in rows
    ]


def _contaminated(identities: tuple[Identity, ...]) -> tuple[str, ...]:
    arms: dict[str, set[str]] = {}
    for identity in identities:
        for experiment, named in identity.arms.items():
            arms.setdefault(experiment, set()).update(named)
    return tuple(sorted(name for name, named in arms.items() if len(named) > 1))
