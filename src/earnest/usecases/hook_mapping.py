"""The mapping of a generic source: see what it received and what a mapping makes of it, then save the mapping.

bodies ─> paths with examples ─> suggested or given mapping ─> rows, events, rejects        (nothing is written)
fields ─> checked ─> source.set entry: what is received from now on is read by it
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from earnest.channels.delivery import decode
from earnest.channels.generic.masking import masked
from earnest.channels.generic.paths import cell, walk
from earnest.channels.generic.plan import OWN_ID, VERSIONED, HookPlan, options_of, plan_of
from earnest.channels.generic.reading import Post, read_generic
from earnest.channels.generic.suggestion import suggest
from earnest.channels.told import Rejected
from earnest.definitions.source import Source
from earnest.definitions.state import State
from earnest.importers.emit import Stamp
from earnest.importers.identities import register_keys
from earnest.importers.mapping import RECEIVED
from earnest.journal.log import Entry
from earnest.kernel.errors import DataRefused, EarnestError, NotFound, UsageError
from earnest.usecases.import_options import Options, reading_of
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck

GENERIC = "generic"
MOST_PATHS = 200
MOST_REJECTS = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A path that bodies have, how often, and a masked example of its value."""

    path: str
    values: int
    example: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What bodies hold, and what a mapping makes of them.

    Args:
        saved: whether `mapping` is the source's own; else it is a suggestion, or was given for this preview.
        rows: accepted rows. events: event kind → rows. rejects: (number of the body, field, sentence).
        problem: why the mapping cannot be used at all.
    """

    source: str
    kind: str | None
    bodies: int
    paths: tuple[Found, ...]
    mapping: dict[str, str]
    saved: bool
    rows: int
    events: dict[str, int]
    rejects: tuple[tuple[int, str, str], ...]
    rejected: int
    notes: tuple[str, ...]
    problem: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.source, "kind": self.kind, "bodies": self.bodies,
            "paths": [{"path": one.path, "values": one.values, "example": one.example} for one in self.paths],
            "mapping": self.mapping, "saved": self.saved, "rows": self.rows, "events": self.events,
            "rejected": self.rejected,
            "rejects": [{"body": body, "field": field, "message": sentence} for body, field, sentence in self.rejects],
            "notes": list(self.notes), "problem": self.problem,
        }  # fmt: skip


def last_received(workspace: Workspace, name: str, *, last: int) -> list[Entry]:
    """The newest entries of a source, oldest first.

    Raises:
        NotFound: `nothing-received`.
    """
    with workspace.journal() as journal:
        found = list(deque((entry for entry in journal.received(after=0) if entry.source == name), maxlen=last))
    if not found:
        raise NotFound(
            "nothing-received",
            f"the source {name} has not received anything yet",
            hint="Post to it once, or give a file with a body: earnest source preview NAME FILE",
        )
    return found


def preview(
    workspace: Workspace, name: str, entries: Sequence[Entry], *, changes: dict[str, Any] | None = None
) -> Preview:
    """What bodies would become; nothing is written.

    Args:
        entries: received entries, or bodies given as such. changes: options to try in place of the saved ones
            (`plan.options_of`); a mapping among them is used instead of the saved one.

    Raises:
        NotFound: `no-such-source`. UsageError: `not-generic`, `unknown-kind`, `bad-path` …
    """
    state = workspace.state()
    source = generic_source(state, name)
    posts = [_post(entry) for entry in entries]
    paths = _paths(posts)
    options = dict(source.options or {}) | dict(changes or {})
    saved = not (changes or {}).get("mapping") and bool(options.get("mapping"))
    kind = options.get("kind")
    given = bool(options.get("mapping"))
    if kind and not given:
        options["mapping"] = suggest([one.path for one in paths], str(kind))
    mapping = dict(options.get("mapping") or {})
    shown = Preview(name, kind, len(posts), paths, mapping, saved, 0, {}, (), 0, (), None)
    if not kind:
        problem = f"Say what the posts are: --kind {'|'.join(OWN_ID)}|contacts|assignments"
        return replace(shown, problem=problem)
    try:
        plan = _plan(state, source, options)
    except (DataRefused, UsageError) as error:
        return replace(shown, problem=f"{error.message}. {_hint(error)}")
    with contextlib.closing(duck.connect()) as con:
        register_keys(con, workspace.key())
        read = read_generic(con, posts, plan, stamp=Stamp("preview", 0, workspace.clock()))
        events = {emitted: duck.scalar(con, f"SELECT count(*) FROM ({sql})") for emitted, sql in read.emissions}
    place = {post.seq: number for number, post in enumerate(posts, start=1)}
    rejects = tuple((place[seq], one.field, sentence(one)) for seq, one in read.rejects[:MOST_REJECTS])
    return replace(
        shown, mapping=_mapped(plan), rows=read.rows, events={kind: n for kind, n in events.items() if n},
        rejects=rejects, rejected=len(read.rejects), notes=(*notes_of(plan), *([] if given else _guessed(mapping))),
    )  # fmt: skip


def _guessed(mapping: dict[str, str]) -> list[str]:
    """What a suggestion takes for granted, aloud."""
    if "total" not in mapping or not {"tax", "shipping"} & mapping.keys():
        return []
    return [
        f"Suggested: {mapping['total']} is what was paid, with tax and shipping. If it is without them, map it as amount."
    ]


def _hint(error: EarnestError) -> str:
    """What to do, said for posts: the importers speak of files and columns."""
    needed = error.facts.get("needed")
    if isinstance(needed, list):
        extra = f", or --map {needed[0]}={RECEIVED}" if str(needed[0]).endswith("_at") else ""
        return f"Give --map {needed[0]}=PATH{extra}."
    return error.hint or ""


def sentence(one: Rejected) -> str:
    """What is wrong with a refused value and what to do, whichever part of the reading refused it."""
    from earnest.usecases.quarantine_received import reason_words  # which reads entries, and so needs `plan_for`

    wrong, remedy = reason_words(one.reason)
    shown = f"'{one.value}' " if one.value is not None else ""
    return f"{shown}{wrong}. {remedy}"


def save_mapping(workspace: Workspace, name: str, options: dict[str, Any]) -> Source:
    """Save a new version of a source's mapping: a `source.set` entry. What was received before keeps its reading.

    Raises:
        NotFound: `no-such-source`. UsageError, DataRefused: the mapping cannot be used.
    """
    state = workspace.state()
    source = generic_source(state, name)
    merged = {key: value for key, value in (dict(source.options or {}) | options).items() if value is not None}
    changed = replace(source, options=merged)
    _plan(state, changed, merged)
    workspace.record("source.set", changed.to_json())
    return changed


def check_options(state: State, source: Source) -> tuple[str, ...]:
    """Check the mapping of a source that is about to be declared; what should be known of it, aloud.

    Raises:
        UsageError, DataRefused: it cannot be used.
    """
    if source.channel != GENERIC:
        return ()
    if not (source.options or {}).get("mapping"):
        return (f"No mapping yet: what arrives waits in quarantine. See `earnest source preview {source.name}`.",)
    return notes_of(_plan(state, source, dict(source.options or {})))


def generic_source(state: State, name: str) -> Source:
    """A source of the generic channel.

    Raises:
        NotFound: `no-such-source`. UsageError: `not-generic`.
    """
    source = state.find_source(name)
    if source.channel != GENERIC:
        raise UsageError(
            "not-generic",
            f"the source {name} speaks {source.channel}, whose payloads need no mapping",
            hint="Mappings are for sources added with --as generic.",
        )
    return source


def notes_of(plan: HookPlan) -> tuple[str, ...]:
    """What a mapping leaves to chance, aloud."""
    notes = []
    fields = dict(plan.mapping.fields)
    if not plan.by_id:
        notes.append(f"No id: two equal posts count twice. Give --id PATH (it fills {OWN_ID[plan.kind]}).")
    if plan.kind in VERSIONED and fields.get("updated_at") == RECEIVED:
        notes.append("No updated_at: of two tellings of one id the one received later counts.")
    if {"amount", "total", "cost", "line_amount"} & fields.keys() and "currency" not in fields:
        notes.append(f"No currency: amounts are read as {plan.mapping.reading.currency}, the workspace's currency.")
    if plan.kind in VERSIONED and "total" in fields and not {"amount", "tax", "shipping"} & fields.keys():
        notes.append("No tax or shipping: revenue is the total as paid.")
    if plan.kind == "messages" and "channel" not in fields:
        notes.append("No channel: messages have no medium. Give --channel sms, call, tiktok …")
    if not any(name in fields for name in ("phone", "wa_id", "email", "contact")) and plan.kind != "costs":
        notes.append("No contact: rows count in totals and can be credited to no message.")
    return tuple(notes)


def _plan(state: State, source: Source, options: dict[str, Any]) -> HookPlan:
    checked = Options(
        timezone=options.get("timezone"),
        decimal=options.get("decimal", "point"),
        date_format=options.get("date_format"),
    )
    reading_of(state, checked)
    return plan_of(options, source=source.name, currency=state.currency, zone=state.timezone, region=source.region)


def plan_for(state: State, source: Source) -> HookPlan:
    """The plan by which what a source received is read.

    Raises:
        UsageError, DataRefused: it has no mapping that could be used.
    """
    return _plan(state, source, dict(source.options or {}))


def _mapped(plan: HookPlan) -> dict[str, str]:
    attributes = {f"attribute.{name}": path for name, path in plan.mapping.attributes}
    return dict(plan.mapping.fields) | attributes


def _post(entry: Entry) -> Post:
    return Post(entry.seq, entry.received_us, decode(entry.body, entry.headers.get("content-type")))


def _paths(posts: Iterable[Post]) -> tuple[Found, ...]:
    """Every path of the bodies, in the order they appear."""
    seen: dict[str, Found] = {}
    for post in posts:
        for record in post.payload if isinstance(post.payload, list) else [post.payload]:
            for path, value in walk(record) if isinstance(record, dict) else ():
                text = cell(value)
                before = seen.get(path)
                if before is None and len(seen) >= MOST_PATHS:
                    continue
                example = masked(path, text) if text is not None else ""
                count = 0 if text is None else 1
                seen[path] = (
                    Found(path, count, example)
                    if before is None
                    else Found(path, before.values + count, before.example or example)
                )
    return tuple(seen.values())


__all__ = [
    "Found", "Preview", "check_options", "generic_source", "last_received", "notes_of", "options_of", "plan_for",
    "preview", "save_mapping", "sentence",
]  # fmt: skip
