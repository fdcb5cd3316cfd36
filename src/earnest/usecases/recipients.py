"""Recipients of codes: for each person a small number, for ever the same, however his phone or address is written.

parties ─ canonical identities, on distinct values ─ journal.recipients ─> numbers
            └ nobody, or unreadable: refused with a reason
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow

from earnest.channels.binding import HINTS
from earnest.channels.columns import PARTY
from earnest.channels.recipients import CONTACT
from earnest.channels.told import Party
from earnest.importers.identities import canonicalise, identify, register_keys
from earnest.journal import recipients as numbers
from earnest.journal.recipients import Digests, Known
from earnest.kernel.errors import DataRefused
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck

REFUSALS: Mapping[str, tuple[str, str]] = {
    "contact-missing": ("names nobody", "Give a phone, an e-mail address or your own customer number."),
    "contact-unreadable": (
        "is no usable identity",
        "Numbers need + and country code, or set the region: earnest setting set region DE; addresses need an @.",
    ),
    "contact-nobody": ("stands for nobody", "Forms and shops write such where they know no one. Give a real one."),
    "phone-unreadable": (
        "has a phone that cannot be read beside another identity",
        "Write it with + and country code, or set the region: earnest setting set region DE; or leave the phone out.",
    ),
    "contact-reserved": (
        f"begins with {CONTACT}, which is Earnest's own",
        "Give the customer's number as you have it.",
    ),
}
"""Why somebody gets no number → what is wrong, what to do."""
_PHONES = ("phone", "dialled")


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody who gets no number. `reason` is a key of REFUSALS."""

    reason: str

    @property
    def what(self) -> str:
        return REFUSALS[self.reason][0]

    @property
    def remedy(self) -> str:
        return REFUSALS[self.reason][1]


def enrol(workspace: Workspace, parties: Sequence[Party]) -> list[int]:
    """The number of each party, in order; the same identity has the same number for ever. Durable when it returns.

    Several processes may do it at once. A party with several identities is known by the first of phone, user id, mail
    address and contact; the others are told as the same person when he first gets his number.

    Raises:
        DataRefused: `recipients-refused`, with `refused`: place → reason; then nobody got a number.
        EnvironmentProblem: as `Journal.append_many`, or `recipients-exhausted`.
    """
    known = identities_of(workspace, parties)
    refused = {place: one for place, one in enumerate(known) if isinstance(one, Refused)}
    if refused:
        place, first = next(iter(refused.items()))
        raise DataRefused(
            "recipients-refused",
            f"{len(refused):,} of {len(parties):,} recipients get no code; the first, number {place + 1}, {first.what}",
            hint=first.remedy,
            refused={place: one.reason for place, one in refused.items()},
        )
    return _enrolled(workspace, [one for one in known if isinstance(one, Known)])


def enrol_each(workspace: Workspace, parties: Sequence[Party]) -> list[int | Refused]:
    """As `enrol`, but whoever cannot be known is told with his reason, and the others get their numbers."""
    known = identities_of(workspace, parties)
    given = iter(_enrolled(workspace, [one for one in known if isinstance(one, Known)]))
    return [one if isinstance(one, Refused) else next(given) for one in known]


def recreate(workspace: Workspace) -> int:
    """Make the table of numbers anew from the journal's entries; returns how many recipients there are."""
    with workspace.journal() as journal:
        return numbers.recreate(journal, Digests(workspace.key()))


def identities_of(workspace: Workspace, parties: Sequence[Party]) -> list[Known | Refused]:
    """The canonical identities of each party, in order; numbers are read with the workspace's region."""
    if not parties:
        return []
    state = workspace.state()
    with contextlib.closing(duck.connect(workspace.spill)) as con:
        register_keys(con, workspace.key())
        names = _load(con, parties)
        columns = [(HINTS[name], name) for name in names]
        region = state.setting("region", workspace.today(state))
        identify(con, columns, file_hash="", region=region)
        canonicalise(con, columns, file_hash="", region=region)
        return [_judged(names, row) for row in _rows(con, names)]


def _enrolled(workspace: Workspace, known: Sequence[Known]) -> list[int]:
    if not known:
        return []
    with workspace.journal() as journal:
        return numbers.enrol(journal, known, digests=Digests(workspace.key()), received_us=workspace.clock())


def _load(con: duckdb.DuckDBPyConnection, parties: Sequence[Party]) -> list[str]:
    """`checked(place, reason, phone …)` of the names that any party has; returns those names."""
    columns: dict[str, Any] = {name: [_written(getattr(one, name)) for one in parties] for name in PARTY}
    names = [name for name in PARTY if any(columns[name])]
    table = pyarrow.table(
        {
            "place": pyarrow.array(range(len(parties)), pyarrow.int64()),
            "reason": pyarrow.nulls(len(parties), pyarrow.string()),
            **{name: pyarrow.array(columns[name], pyarrow.string()) for name in names},
        }
    )
    con.register("given", table)
    con.execute("CREATE OR REPLACE TEMP TABLE checked AS SELECT * FROM given")
    con.unregister("given")
    return names


def _written(text: str | None) -> str | None:
    """A text without blanks around it; None for none, and for one with half a character, which nobody is called."""
    if text is None:
        return None
    try:
        return text.strip().encode().decode() or None
    except UnicodeEncodeError:
        return None


def _rows(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    """(given, (is given, scheme, identity, is nobody) of each name), by place."""
    if not names:
        return con.execute("SELECT false FROM checked ORDER BY place").fetchall()
    found = ", ".join(
        f"p.{name} IS NOT NULL, c_{name}.scheme, c_{name}.identity, n_{name}.raw IS NOT NULL" for name in names
    )
    joins = " ".join(
        f"LEFT JOIN canonical AS c_{name} ON c_{name}.hint = '{HINTS[name]}' AND c_{name}.raw = p.{name}"
        f" LEFT JOIN nobody AS n_{name} ON n_{name}.hint = '{HINTS[name]}' AND n_{name}.raw = p.{name}"
        for name in names
    )
    given = f"coalesce({', '.join(f'p.{name}' for name in names)}) IS NOT NULL"
    return con.execute(f"SELECT {given}, {found} FROM checked AS p {joins} ORDER BY p.place").fetchall()


def _judged(names: Sequence[str], row: Sequence[Any]) -> Known | Refused:
    given, rest = row[0], row[1:]
    if not given:
        return Refused("contact-missing")
    identities: list[tuple[str, str]] = []
    nobody = unread = False
    for name, told, scheme, identity, is_nobody in zip(
        names, rest[0::4], rest[1::4], rest[2::4], rest[3::4], strict=True
    ):
        if is_nobody:
            nobody = True
        elif identity is not None:
            identities.append((scheme, identity.partition(":")[2]))
        elif told and name in _PHONES:
            unread = True
    if not identities:
        return Refused("contact-nobody" if nobody else "contact-unreadable")
    if unread:
        return Refused("phone-unreadable")
    if any(scheme == "ext" and text.startswith(CONTACT) for scheme, text in identities):
        return Refused("contact-reserved")
    return Known(tuple(identities))
