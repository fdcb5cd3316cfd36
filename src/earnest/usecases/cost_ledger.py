"""The cost ledger as it was told: postings from files and by hand, each in its own currency. None is ever edited.

A reversal is a posting of its own that takes one back; both stay in the list. A line of a file that is told again with
another amount, period or campaign is a new posting: a reversal of what it said before does not touch it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from earnest.definitions.state import CostReversal, Import, State
from earnest.kernel.declared import check_known
from earnest.kernel.errors import Conflict, NotFound, UsageError, closest
from earnest.kernel.money import Money
from earnest.kernel.period import day_number, day_start_us, parse_day, zone
from earnest.usecases.tables import Tables, build, open_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse.segments import segment_key


@dataclass(frozen=True, slots=True)
class Posting:
    """One ledger line.

    Args:
        id: the journal entry of a line by hand or of a reversal; IMPORT.ROW of a line in a file.
        micro: amount in millionths of `currency`, as told; a reversal's is the negative.
        covers: it pays the message fees of its campaign in [from_us, until_us).
        by: through which door it came (`user`), or the file it stands in. cost_id: the file's own id of the line.
        reversed_by, reverses: the other posting's id. reason: of a reversal.
    """

    id: str
    campaign: str | None
    kind: str
    micro: int
    currency: str
    evidence: str
    covers: bool
    from_us: int
    until_us: int | None
    description: str | None
    posted_us: int
    by: str
    cost_id: str | None = None
    entry: int | None = None
    event_key: int | None = None
    reversed_by: str | None = None
    reverses: str | None = None
    reason: str | None = None

    @property
    def in_force(self) -> bool:
        """Whether it counts: neither taken back nor taking back."""
        return self.reversed_by is None and self.reverses is None

    @property
    def content(self) -> str:
        """Digest of what it says: told again in other words it is another posting."""
        said = (self.campaign, self.kind, self.micro, self.currency, self.covers, self.from_us, self.until_us)
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def add_cost(workspace: Workspace, body: dict[str, Any]) -> int:
    """Journal a cost line written by hand, in its own currency; returns its entry number.

    Raises:
        UsageError: a word or amount that is not understood.
    """
    state = workspace.state()
    if body["campaign"] is not None:
        refusal, hint = (UsageError, "no-such-campaign"), "See `earnest campaign list`."
        check_known(state.campaigns, body["campaign"], what="campaign", hint=hint, refusal=refusal)
    amount = Money.of(body.pop("amount"), (body.pop("currency") or state.currency).upper())
    tz = zone(state.timezone)
    start = day_start_us(day_number(parse_day(body.pop("from"))), tz)
    until = body.pop("until")
    until_us = day_start_us(day_number(parse_day(until)), tz) if until else None
    if until_us is not None and until_us <= start:
        raise UsageError(
            "period-reversed", "the period ends before it starts", hint="--until is exclusive and lies after --from."
        )
    told = {"micro": amount.micro, "currency": amount.currency, "from_us": start, "until_us": until_us}
    seq = workspace.record("cost.added", body | told).seq
    build(workspace)
    return seq


def reverse_cost(workspace: Workspace, name: str, reason: str) -> Posting:
    """Take a posting back by a reversing one; returns the reversing posting.

    Args:
        name: its id as listed, or the file's own id of the line where only one has it.

    Raises:
        NotFound: `no-such-posting`. Conflict: `already-reversed`, `reversal-stands`. UsageError: `reason-missing`, `ambiguous-posting`.
    """
    if not reason.strip():
        raise UsageError("reason-missing", "a reversal needs a reason", hint="For example --reason 'invoiced twice'.")
    with open_tables(workspace) as tables:
        posting = _find(postings(tables), name)
    if posting.reverses is not None:
        raise Conflict(
            "reversal-stands",
            f"entry {posting.id} reverses {posting.reverses}; a reversal stands",
            hint="If it was a mistake, add the line anew: earnest cost add …",
        )
    if posting.reversed_by is not None:
        raise Conflict(
            "already-reversed",
            f"{posting.id} is reversed already, by entry {posting.reversed_by}",
            hint="See `earnest cost list`.",
        )
    by_hand = posting.entry is not None
    body: dict[str, Any] = {
        "entry": posting.entry,
        "event_key": None if by_hand else posting.event_key,
        "content": None if by_hand else posting.content,
        "reason": reason.strip(),
    }
    entry = workspace.record("cost.reversed", body)
    told = CostReversal(entry.seq, entry.received_us, entry.source, **body)
    return _reversing(posting, told)


def postings(tables: Tables) -> list[Posting]:
    """Every posting told, reversals among them, by day and then by id."""
    told = [*_of_files(tables), *_by_hand(tables.state)]
    by_entry: dict[int, CostReversal] = {}
    by_content: dict[tuple[int | None, str | None], CostReversal] = {}
    for one in tables.state.cost_reversals:
        if one.entry is not None:
            by_entry.setdefault(one.entry, one)
        else:
            by_content.setdefault((one.event_key, one.content), one)
    found = []
    for posting in told:
        reversal = (
            by_entry.get(posting.entry)
            if posting.entry is not None
            else by_content.get((posting.event_key, posting.content))
        )
        found.append(posting if reversal is None else replace(posting, reversed_by=str(reversal.seq)))
        if reversal is not None:
            found.append(_reversing(posting, reversal))
    return sorted(found, key=lambda one: (one.from_us, one.posted_us, one.kind, one.micro, one.id))


def _reversing(posting: Posting, told: CostReversal) -> Posting:
    return replace(
        posting, id=str(told.seq), micro=-posting.micro, posted_us=told.posted_us, by=told.by, reverses=posting.id, reason=told.reason,
        reversed_by=None, entry=None, event_key=None,
    )  # fmt: skip


def _of_files(tables: Tables) -> list[Posting]:
    """Lines of files, the version told last of each."""
    rows = tables.con.execute(
        "SELECT event_key, segment_key, row, received_us, source, cost_id, campaign, cost_kind, amount_micro, currency, evidence, covers_messaging,"
        " occurred_us, until_us, description FROM (SELECT *, row_number() OVER (PARTITION BY event_key ORDER BY received_us DESC, segment_key, row)"
        " AS place FROM event_cost) WHERE place = 1"
    ).fetchall()
    imports = _imports(tables.state) if rows else {}
    found = []
    for key, segment, row, received_us, source, cost_id, *line in rows:
        campaign, kind, micro, currency, evidence, covers, from_us, until_us, description = line
        told = imports.get(int(segment))
        found.append(
            Posting(
                id=f"{told.seq}.{row}" if told else f"x{int(key) & (2**64 - 1):016x}",
                campaign=campaign, kind=kind, micro=int(micro), currency=currency or tables.state.currency, evidence=evidence,
                covers=bool(covers), from_us=int(from_us), until_us=until_us, description=description, posted_us=int(received_us),
                by=told.file if told else str(source), cost_id=cost_id, event_key=int(key),
            )
        )  # fmt: skip
    return found


def _imports(state: State) -> dict[int, Import]:
    """Segment key → the import it belongs to."""
    return {
        segment_key(PurePath(one.path).stem): told
        for told in state.active_imports
        for one in told.segments
        if one.kind == "cost" and not one.until_seq
    }


def _by_hand(state: State) -> list[Posting]:
    found = []
    for one in state.costs:
        b = one.body
        found.append(
            Posting(
                id=str(one.seq), campaign=b["campaign"], kind=b["kind"], micro=b["micro"], currency=b.get("currency") or state.currency,
                evidence=b["evidence"], covers=bool(b["covers"]), from_us=b["from_us"], until_us=b["until_us"],
                description=b["description"], posted_us=one.posted_us, by=one.by, entry=one.seq,
            )
        )  # fmt: skip
    return found


def _find(known: list[Posting], name: str) -> Posting:
    for posting in known:
        if posting.id == name:
            return posting
    same = [posting for posting in known if posting.cost_id == name and posting.reverses is None]
    if len(same) > 1:
        raise UsageError(
            "ambiguous-posting",
            f"{len(same)} lines have the id '{name}': {', '.join(posting.id for posting in same[:5])}",
            hint="Name one of these.",
        )
    if same:
        return same[0]
    names = [posting.id for posting in known] + [posting.cost_id for posting in known if posting.cost_id]
    raise NotFound(
        "no-such-posting",
        f"the ledger has no entry '{name}'{closest(name, names)}",
        hint="See the first column of `earnest cost list`.",
    )
