"""Small worlds full of edges, written as files and read back from the engine in the oracle's words."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
from hypothesis import strategies as st

from earnest.definitions.campaign import Campaign, Match
from earnest.usecases.declare import add_campaign
from earnest.usecases.import_files import import_files
from earnest.usecases.tables import Tables as Opened
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace, init
from property.oracle import DAY, HOUR, IMPLIES, File, Name, Tables, tables
from property.own_clicks import import_own, own_clicks

START = 1_792_706_400_000_000
"""2026-10-22 22:00 UTC, two days and a half before Berlin's day of 25 hours."""
TEMPLATES = {"tpl_a": "alpha", "tpl_b": "beta"}

COLUMNS: dict[str, tuple[str, ...]] = {
    "messages": (
        "message_id", "contact", "email", "campaign", "template", "cost", "error_code",
        "accepted_at", "sent_at", "delivered_at", "read_at", "failed_at", "clicked_at", "replied_at", "opted_out_at",
    ),
    "statuses": ("message_id", "contact", "email", "campaign", "template", "cost", "error_code", "status", "occurred_at"),
    "orders": ("order_id", "contact", "email", "ordered_at", "updated_at", "amount", "discount", "status", "cancelled_at"),
    "conversions": ("conversion_id", "conversion_kind", "contact", "email", "converted_at", "updated_at", "amount"),
    "refunds": ("refund_id", "order_id", "refunded_at", "amount"),
    "clicks": ("click_id", "message_id", "contact", "email", "clicked_at", "click_class"),
}  # fmt: skip
KIND = {"statuses": "messages"}

_STEPS = (0, 1, -1, HOUR, 12 * HOUR, DAY, 72 * HOUR, 5 * DAY)
instants = st.builds(lambda a, b: START + a + b, st.sampled_from(_STEPS), st.sampled_from(_STEPS))
people = st.fixed_dictionaries(
    {},
    optional={"contact": st.sampled_from(["c1", "c2", "c3"]), "email": st.sampled_from(["a@X.example", "b@x.example"])},
)
known_people = people.filter(bool)
amounts = st.sampled_from([0, 1, 2, 7, 100, 999, 12_345])
labels = st.sampled_from(
    [{}, {}, {"campaign": "spring"}, {"template": "tpl_a"}, {"template": "tpl_b"}, {"template": "other"}]
)
ids = st.sampled_from


@dataclass
class World:
    """Rows by kind of file; `ids_only` worlds hold no row without an id of its own."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return "\n".join(f"{kind}: {row}" for kind, rows in self.rows.items() for row in rows)


@st.composite
def worlds(draw: st.DrawFn, *, ids_only: bool = False) -> World:
    """A few rows of each kind. Two tellings of one id agree on everything that the rules don't order."""

    def some(row: st.SearchStrategy[dict[str, Any]], most: int) -> list[dict[str, Any]]:
        return draw(st.lists(row, max_size=most))

    def own(*names: str) -> st.SearchStrategy[str | None]:
        return ids(names) if ids_only else st.one_of(ids(names), st.none())

    label_of = {name: draw(labels) for name in ("m1", "m2", "m3", "m4", None)}

    def message(row: dict[str, Any]) -> dict[str, Any]:
        """Give all rows of a message its one label, so that which label is surer is never a matter of hashes."""
        given = label_of[row["message_id"]] if row["labelled"] else {}
        dated = any(row.get(f"{state}_at") for state in IMPLIES) or "status" in row
        own = {name: value for name, value in row.items() if name not in ("who", "labelled")}
        return row["who"] | given | own | ({} if dated else {"sent_at": START})

    message_ids = ("m1", "m2", "m3", "m4")
    shared = {"message_id": own(*message_ids), "who": people, "labelled": st.booleans()}
    priced = {"cost": st.sampled_from([0, 1, 71_300]), "error_code": st.sampled_from(["e1", "e2"])}
    times = {name: instants for name in COLUMNS["messages"] if name.endswith("_at")}
    wide = st.fixed_dictionaries(shared, optional=priced | times).map(message)
    status = st.sampled_from(["accepted", "sent", "delivered", "read", "failed", "clicked", "replied", "opted_out"])
    long = st.fixed_dictionaries(shared | {"status": status, "occurred_at": instants}, optional=priced).map(message)
    world = World({"messages": some(wide, 5), "statuses": some(long, 6)})
    placed = {"order_id": own("o1", "o2", "o3"), "ordered_at": instants, "amount": amounts}
    extra = {
        "updated_at": instants,
        "discount": amounts,
        "status": st.sampled_from(["paid", "cancelled"]),
        "cancelled_at": instants,
    }
    order = st.builds(lambda row, who: row | who, st.fixed_dictionaries(placed, optional=extra), people)
    world.rows["orders"] = _one_row_a_version(some(order, 6), "order_id")
    lead = {"conversion_id": own("l1", "l2"), "conversion_kind": ids(["lead"]), "converted_at": instants}
    goal = st.builds(lambda row, who: row | who, st.fixed_dictionaries(lead, optional={"amount": amounts}), people)
    world.rows["conversions"] = _one_row_a_version(some(goal, 2), "conversion_id")
    refund = {
        "refund_id": own("r1", "r2", "r3"),
        "order_id": ids(["o1", "o2", "l1", "nowhere"]),
        "refunded_at": instants,
        "amount": amounts,
    }
    world.rows["refunds"] = _first_of_id(some(st.fixed_dictionaries(refund), 3), "refund_id")
    click = {"click_id": own("k1", "k2", "k3"), "clicked_at": instants, "click_class": ids(["human", "bot", None])}
    named = st.builds(
        lambda row, m: row | m,
        st.fixed_dictionaries(click),
        st.fixed_dictionaries({"message_id": ids([*message_ids, "unknown"])}, optional={"contact": ids(["c1", "c2"])}),
    )
    by_contact = st.builds(lambda row, who: row | who, st.fixed_dictionaries(click), known_people)
    world.rows["clicks"] = _first_of_id(some(st.one_of(named, by_contact), 4), "click_id")
    world.rows["own"] = draw(own_clicks(st.one_of(st.just(START), instants)))
    if world.rows["own"] and draw(st.booleans()):
        at_start = {"message_id": "m1", "who": {"contact": "c1"}, "labelled": True, "sent_at": START}
        world.rows["messages"].append(message(at_start))
    return world


def _one_row_a_version(rows: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    """Versions of one order with equal `updated_at` are ordered by arrival alone: keep the first, so that order is free."""
    kept: dict[Any, dict[str, Any]] = {}
    for place, row in enumerate(rows):
        kept.setdefault((row[column], row.get("updated_at")) if row[column] else place, row)
    return list(kept.values())


def _first_of_id(rows: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    return list({row[column] or place: row for place, row in reversed(list(enumerate(rows)))}.values())


class Clock:
    """Every look at it is a second later."""

    def __init__(self, now_us: int = START + 40 * DAY) -> None:
        self.now_us = now_us

    def __call__(self) -> int:
        self.now_us += 1_000_000
        return self.now_us


def new_workspace(folder: Path) -> Workspace:
    """A workspace in euros and Berlin, with the campaigns that templates point to and a key that never changes."""
    workspace = init(folder, currency="EUR", timezone="Europe/Berlin", clock=Clock())
    (folder / "workspace.key").write_text("ab" * 32 + "\n")
    for template, campaign in TEMPLATES.items():
        add_campaign(workspace, Campaign(campaign, campaign, match=(Match("template", template),)))
    return workspace


def contact_key(identity: str) -> int:
    """Key of an identity in the workspaces made here."""
    digest = hmac.new(bytes.fromhex("ab" * 32), identity.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


Chunk = tuple[str, list[dict[str, Any]], str]
"""(kind of rows, rows, file format)."""


@st.composite
def chunkings(draw: st.DrawFn, world: World, *, repeat: bool = False) -> list[Chunk]:
    """The world's rows as files: shuffled, cut, in any order of arrival; with `repeat`, some told twice."""
    chunks: list[Chunk] = []
    for kind, rows in world.rows.items():
        told = rows + draw(st.lists(st.sampled_from(rows), max_size=3)) if repeat and rows else rows
        told = draw(st.permutations(told))
        cut = draw(st.integers(0, len(told)))
        chunks += [(kind, part, draw(formats)) for part in (told[:cut], told[cut:]) if part]
    return draw(st.permutations(chunks))


formats = st.sampled_from(["csv", "csv", "csv", "jsonl", "parquet"])


def write(chunk: Chunk, path: Path, *, money: int = 1) -> Path:
    """Write a chunk as a file; amounts times `money`."""
    kind, rows, file_format = chunk
    columns = COLUMNS[kind]
    texts = [[_text(name, row.get(name), kind, money) for name in columns] for row in rows]
    target = path.with_suffix("." + file_format)
    if file_format == "parquet":
        arrays = [pyarrow.array([row[i] for row in texts], pyarrow.string()) for i in range(len(columns))]
        pyarrow.parquet.write_table(pyarrow.table(arrays, names=list(columns)), target)
    elif file_format == "jsonl":
        whole = [dict(zip(columns, row, strict=True)) for row in texts]
        target.write_text("".join(json.dumps(row) + "\n" for row in whole))
    else:
        with target.open("w", newline="") as stream:
            csv.writer(stream).writerows([columns, *([text or "" for text in row] for row in texts)])
    return target


def _text(name: str, value: Any, kind: str, money: int) -> str | None:
    if value is None:
        return None
    if name.endswith("_at"):
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)).isoformat()
    if name == "cost":
        return format(Decimal(value * money).scaleb(-6), "f")
    if name in ("amount", "discount"):
        return format(Decimal(value * money).scaleb(-2), "f")
    return str(value)


def import_chunk(
    workspace: Workspace, chunk: Chunk, folder: Path, *, money: int = 1, then_build: bool = True
) -> int | None:
    """Import one chunk as a file of its own; returns the journal entry, or None if the very file was known."""
    folder.mkdir(exist_ok=True)
    if chunk[0] == "own":
        entry = import_own(workspace, chunk[1], contact_key=contact_key, local_day=berlin_day)
        if then_build:
            build(workspace)
        return entry
    path = write(chunk, folder / f"{len(list(folder.iterdir()))}", money=money)
    (done,) = import_files(workspace, [path], KIND.get(chunk[0], chunk[0]), then_build=then_build)
    assert done.counts.quarantined == 0, (done.rejects, chunk)
    return done.entry


def expected(workspace: Workspace, chunks: Sequence[Chunk]) -> Tables:
    """What the oracle makes of files imported in this order."""
    with open_tables(workspace) as opened:
        keys = message_keys(opened, chunks)
    files: list[File] = [(KIND.get(kind, kind), rows) for kind, rows, _ in chunks]
    return tables(files, contact_key=contact_key, message_key=keys.__getitem__, templates=TEMPLATES)


def message_keys(opened: Opened, chunks: Sequence[Chunk]) -> dict[Name, int]:
    """Name of each message (its id, or its file and row) → the engine's key."""
    files = {path: place for place, path in enumerate(_segment_of_chunk(opened, chunks))}
    rows = opened.con.execute("SELECT DISTINCT message_id, segment_key, row, message_key FROM event_message").fetchall()
    return {
        ("id", given) if given is not None else ("row", files[segment], row): key for given, segment, row, key in rows
    }


def _segment_of_chunk(opened: Opened, chunks: Sequence[Chunk]) -> list[int]:
    """Key of the segment that each chunk became."""
    imports = opened.state.active_imports
    assert len(imports) == len(chunks)
    names = [one.segments[0].path.rpartition("/")[2].removesuffix(".parquet") for one in imports]
    return [int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True) for name in names]


Rows = Callable[[str], list[tuple[Any, ...]]]


def compare(workspace: Workspace, chunks: Sequence[Chunk]) -> None:
    """Hold every table against the oracle."""
    oracle = expected(workspace, chunks)
    with open_tables(workspace) as opened:
        keys = message_keys(opened, chunks)
        names = {key: name for name, key in keys.items()}

        def rows(sql: str) -> list[tuple[Any, ...]]:
            return opened.con.execute(sql).fetchall()

        _compare_messages(rows, oracle, names)
        _compare_answers(rows, oracle, names)
        _compare_money(rows, oracle, names)
        _compare_campaigns(rows, oracle)


def _compare_messages(rows: Rows, oracle: Tables, names: dict[int, Name]) -> None:
    found = {
        names[key]: told
        for key, *told in rows(
            "SELECT message_key, contact_key, cost_micro, error_code, send_us, sent_us, delivered_us, read_us, failed_us, send_day FROM message"
        )
    }
    states = ("send", "sent", "delivered", "read", "failed")
    wanted = {
        name: [m.person, max(m.costs, default=None), max(m.errors, default=None), *(m.at.get(s) for s in states), berlin_day(m.at["send"])]
        for name, m in oracle.messages.items()
    }  # fmt: skip
    assert found == wanted


def _compare_answers(rows: Rows, oracle: Tables, names: dict[int, Name]) -> None:
    found = Counter(
        (kind, us, names.get(key), person, klass, reason, human, day)
        for kind, us, key, person, klass, reason, human, day in rows(
            "SELECT response_kind, occurred_us, message_key, contact_key, click_class, class_reason, human, response_day FROM response"
        )
    )
    wanted = Counter(
        (a.kind, a.us, a.message, a.person, a.klass, a.reason, int(a.human), berlin_day(a.us))
        for a in oracle.answers.values()
    )
    assert found == wanted
    counted = {
        (names[key], kind): us
        for key, kind, us in rows("SELECT message_key, response_kind, occurred_us FROM response WHERE counted = 1")
    }
    assert counted == oracle.counted
    assert rows("SELECT CAST(sum(counted) AS BIGINT) FROM response") == [(len(counted) or (0 if found else None),)]


def _compare_money(rows: Rows, oracle: Tables, names: dict[int, Name]) -> None:
    found = rows(
        "SELECT order_key, conversion_kind, contact_key, ordered_us, before_refunds_minor, refund_minor, net_minor, discount_minor, cancelled, order_day"
        " FROM conversion"
    )
    splits: dict[int, list[Any]] = {order: [*told, []] for order, *told in found}
    for order, model, message, minor in rows("SELECT order_key, model, message_key, credit_minor FROM credit"):
        splits[order][-1].append((model, names[message] if message is not None else None, minor))
    for *told, parts in splits.values():
        for model in ("last_touch", "linear"):
            assert sum(minor for m, _, minor in parts if m == model) == told[5]
    wanted = [
        [c.kind, c.person, c.us, c.before, c.refunds, c.net, c.discount, int(c.cancelled), berlin_day(c.us),
         [(model, message, minor) for model in ("last_touch", "linear") for message, minor in oracle.credits[name, model].items()]]
        for name, c in oracle.conversions.items()
    ]  # fmt: skip
    assert _canonical(list(splits.values())) == _canonical(wanted)


def _canonical(conversions: list[list[Any]]) -> list[str]:
    return sorted(repr([*told, sorted(map(repr, parts))]) for *told, parts in conversions)


def _compare_campaigns(rows: Rows, oracle: Tables) -> None:
    cells = (
        "messages",
        "sent",
        "delivered",
        "was_read",
        "failed",
        "priced",
        "unpriced",
        "cost_micro",
        "clicked",
        "replied",
        "opted_out",
        *("all_clicks", "human_clicks", "machine_clicks"),
    )
    sums = ", ".join(f"CAST(sum({cell}) AS BIGINT)" for cell in cells)
    found = {
        campaign: dict(zip(cells, values, strict=True))
        for campaign, *values in rows(
            f"SELECT l.campaign, {sums} FROM funnel_cell AS f JOIN label_campaign AS l USING (label_key) GROUP BY l.campaign"
        )
    }
    assert found == {name: {cell: counts[cell] for cell in cells} for name, counts in oracle.funnel.items()}
    credit = {
        (campaign, model): minor
        for campaign, model, minor in rows(
            "SELECT l.campaign, c.model, CAST(sum(c.credit_minor) AS BIGINT) FROM credit_cell AS c"
            " LEFT JOIN label_campaign AS l USING (label_key) GROUP BY l.campaign, c.model"
        )
    }
    assert credit == dict(oracle.campaign_credit)


_CHANGE = START + 2 * DAY + 3 * HOUR
"""2026-10-25 01:00 UTC: Berlin goes back from +02:00 to +01:00."""


def berlin_day(us: int) -> int:
    """Business day by hand: two hours ahead of UTC before the change, one hour after it."""
    return (us + (2 if us < _CHANGE else 1) * HOUR) // DAY
