"""Worlds for the audit: events by column, through the production SQL in memory, with defects of known size put in.

A clean world: a list of people who order by themselves, campaign `plain` to all of them, campaign `trial` to a half by chance,
clicks some hours after the delivery, and orders of clickers in the two days after. Everybody orders between 8 and 22 o'clock.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa

from earnest.audit.ground import Ground
from earnest.audit.recompute import baseline
from earnest.definitions.campaign import Campaign, Match
from earnest.definitions.experiment import Experiment
from earnest.definitions.setting import DatedValue
from earnest.definitions.state import Import, State
from earnest.events.kinds import KINDS
from earnest.usecases.costs import campaign_costs
from earnest.usecases.quality_ground import lay_ground
from earnest.usecases.tables import Tables, plan_of
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck, segments
from earnest.warehouse.build import VIEWS
from earnest.warehouse.manifest import Manifest
from earnest.warehouse.models import Model, in_order
from earnest.warehouse.received import Index

DAY, HOUR, MINUTE, SECOND = 86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000
FIRST_DAY = 20_500  # 2026-02-16
START = FIRST_DAY * DAY
DAYS = 70
PLAIN_DAY, TRIAL_DAY = 25, 42
NOW = START + DAYS * DAY + 12 * HOUR
MARGIN = Decimal("0.4")
PRICE_MICRO = 80_000
LABELS = {1: ("plain", "spring_a"), 2: ("trial", "spring_b")}
_TYPES = {
    "BIGINT": pa.int64(), "INTEGER": pa.int32(), "TINYINT": pa.int8(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "VARCHAR": pa.string(),
}  # fmt: skip

Row = dict[str, Any]


@dataclass
class World:
    """Events by kind, and what is declared. Defects change both."""

    seed: int
    random: np.random.Generator
    events: dict[str, list[Row]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    state: State = field(default_factory=State)
    now_us: int = NOW
    live: bool = False
    keys: int = 1_000_000
    expected: set[int] = field(default_factory=set)

    def key(self) -> int:
        """A new key."""
        self.keys += 1
        return self.keys

    def tell(self, kind: str, **cells: Any) -> Row:
        """One more event."""
        row = {
            "event_key": self.key(),
            "received_us": cells.get("occurred_us", START) + SECOND,
            "source": "files",
            "segment_key": 1,
            "row": 1,
        }
        row |= cells
        row["local_day"] = row["occurred_us"] // DAY
        self.events[kind].append(row)
        return row

    def order(self, contact: int | None, at_us: int, minor: int, **cells: Any) -> Row:
        """One more order, with an id of its own."""
        key = self.key()
        told = {
            "order_key": key,
            "order_id": f"o{key}",
            "conversion_kind": "order",
            "net_minor": minor,
            "discount_minor": 0,
            "cancelled": False,
        }
        return self.tell("order", contact_key=contact, occurred_us=at_us, **(told | cells))

    def message(self, contact: int, label: int, send_us: int, **cells: Any) -> int:
        """One more message, delivered after two seconds unless `status` says what its last status is."""
        key = cells.pop("message_key", None) or self.key()
        last = cells.pop("status", 3)
        told = {
            "message_key": key,
            "message_id": f"m{key}",
            "label_key": label,
            "recipient_zone": 49,
            "cost_micro": PRICE_MICRO,
        } | cells
        if last == 2:
            told["cost_micro"] = None
        for status, delay in ((2, 0), (last, 2 * SECOND)) if last != 2 else ((2, 0),):
            self.tell("message", contact_key=contact, occurred_us=send_us + delay, status=status, **told)
        return key

    def click(self, contact: int, message: int, at_us: int, **cells: Any) -> Row:
        """One more click that its source tells as a person's."""
        told = {"message_key": message, "click_class": "human", "reason": None, "link": f"l{self.key()}"}
        return self.tell("click", contact_key=contact, occurred_us=at_us, **(told | cells))

    def copy(self) -> World:
        """The same events and declarations, to be changed."""
        events = {kind: [dict(row) for row in rows] for kind, rows in self.events.items()}
        return World(
            self.seed, np.random.default_rng([self.seed, 1]), events, declared(), self.now_us, self.live, self.keys
        )


def declared() -> State:
    """What every world declares: two campaigns, an experiment, a margin."""
    state = State(currency="EUR", timezone="UTC")
    state.settings["margin"] = [DatedValue(str(MARGIN), date(2026, 1, 1))]
    for name, template in LABELS.values():
        state.campaigns[name] = Campaign(name, name, "spring", "marketing", match=(Match("template", template),))
    half = Decimal("0.5")
    arms = (("treatment", half), ("control", half))
    state.experiments["test"] = Experiment("test", "trial", arms, "control", 14, date(2026, 4, 20))
    state.imports[1] = Import(
        1, START, "orders.csv", "0", "orders", {"fields": {}}, {"rows": 5_000, "reasons": {}}, (), None
    )
    return state


def clean(seed: int, people: int = 1_200, *, clicks: float = 0.25, buys: float = 0.35) -> World:
    """A world without a defect. Of the messages a share `clicks` is clicked, and of the clickers a share `buys` buys."""
    world = World(seed, np.random.default_rng(seed), state=declared())
    rng = world.random
    contacts = np.arange(1, people + 1)
    for label, (name, template) in LABELS.items():
        world.tell(
            "label",
            occurred_us=START,
            label_key=label,
            channel="whatsapp",
            campaign=None,
            template=template,
            category="marketing",
        )
        assert name
    for contact in contacts:
        shown = f"{contact}…@example.org"
        world.tell(
            "identity", occurred_us=START, contact_key=int(contact), scheme="mailto", digest=str(contact), shown=shown
        )
    for contact, count in zip(contacts, rng.poisson(0.02 * DAYS, people), strict=True):
        for _ in range(count):
            world.order(int(contact), START + int(rng.integers(DAYS)) * DAY + daytime(rng), basket(rng))
    treated = rng.permutation(people) < people // 2
    for contact, chosen in zip(contacts, treated, strict=True):
        assigned = START + TRIAL_DAY * DAY + 9 * HOUR
        arm = "treatment" if chosen else "control"
        world.tell("assignment", occurred_us=assigned, contact_key=int(contact), experiment="test", arm=arm)
        campaign(world, int(contact), 1, START + PLAIN_DAY * DAY + 10 * HOUR, clicks=clicks, buys=buys)
        if chosen:
            campaign(world, int(contact), 2, START + TRIAL_DAY * DAY + 10 * HOUR, clicks=clicks, buys=buys)
    return world


def campaign(
    world: World, contact: int, label: int, at_us: int, *, clicks: float = 0.25, buys: float = 0.35
) -> Row | None:
    """A message, and by chance its click, and by chance the clicker's order, which is returned."""
    rng = world.random
    send_us = at_us + int(rng.integers(30 * MINUTE))
    if rng.random() < 0.03:
        world.message(contact, label, send_us, status=5, error_code="131026")
        return None
    key = world.message(contact, label, send_us)
    if rng.random() < clicks:
        clicked_us = send_us + MINUTE + int(rng.exponential(3 * HOUR))
        world.click(contact, key, clicked_us)
        if rng.random() < buys:
            ordered_us = clicked_us + int(rng.integers(1, 48 * 60)) * MINUTE + int(rng.integers(1, MINUTE))
            return world.order(contact, ordered_us, basket(rng))
    return None


def daytime(rng: np.random.Generator) -> int:
    return 8 * HOUR + int(rng.integers(14 * HOUR))


def basket(rng: np.random.Generator) -> int:
    """50.00 in the middle, at most some 300.00."""
    return int(min(30_000, np.exp(rng.normal(8.5, 0.5))))


@contextmanager
def opened(world: World, only: tuple[str, ...] = ()) -> Iterator[Tables]:
    """The tables of a world: every model over its events, in memory; or `only` some, and what they are made from."""
    with tempfile.TemporaryDirectory() as folder, closing(duck.connect()) as con:
        con.execute("SET threads = 1")
        events = Path(folder)
        written: list[segments.Segment] = []
        for kind, rows in world.events.items():
            if rows:
                con.register("told", _table(kind, rows))
                written += segments.write(con, events, "w", [(kind, "SELECT * FROM told")])
        state = world.state
        state.imports[0] = Import(
            0, START, "world", "", "world", {"fields": {}}, {"rows": 0, "reasons": {}}, tuple(written), None
        )
        workspace = cast(Workspace, SimpleNamespace(events=events, clock=lambda: world.now_us))
        plan = plan_of(con, workspace, state, index=Index(""))
        segments.bind(con, events, plan.segments)
        for name, table in plan.small.items():
            con.register("small", table)
            con.execute(f"CREATE TABLE {name} AS SELECT * FROM small")
        for model in _needed(in_order(plan.models), only):
            con.execute(f"CREATE {'VIEW' if model.name in VIEWS else 'TABLE'} {model.name} AS {model.sql}")
        manifest = Manifest(plan.generation, plan.structure, (), {}, {}, plan.facts)
        yield Tables(con, manifest, state, world.now_us)


def _needed(models: list[Model], only: tuple[str, ...]) -> list[Model]:
    """In their order; all where none is named."""
    wanted = set(only) or {one.name for one in models}
    for model in reversed(models):
        wanted |= set(model.inputs) if model.name in wanted else set()
    return [one for one in models if one.name in wanted]


def _table(kind: str, rows: list[Row]) -> pa.Table:
    told = set().union(*rows)
    return pa.table(
        {
            one.name: pa.array(
                [row.get(one.name) for row in rows] if one.name in told else [None] * len(rows), _TYPES[one.type]
            )
            for one in KINDS[kind].columns
        }
    )


@dataclass(frozen=True)
class Money:
    """Attributed revenue, cost and contribution of all campaigns, and the incremental revenue of the trial, in major units."""

    attributed: float
    cost: float
    incremental: float

    @property
    def contribution(self) -> float:
        return self.attributed * float(MARGIN) - self.cost


def money(tables: Tables) -> Money:
    """What the production tables say."""
    names = [*tables.state.campaigns]
    ground = Ground(tables.con, "EUR", 0.95, tables.as_of_us, {})
    attributed = sum(baseline(ground).values()) / 100
    cost = sum(one.micro for one in campaign_costs(tables, names).values()) / 1e6
    return Money(attributed, cost, _incremental(tables))


def _incremental(tables: Tables) -> float:
    rows = tables.con.execute(
        """SELECT a.arm, count(DISTINCT a.contact_key), sum(c.net_minor) FROM event_assignment AS a LEFT JOIN conversion AS c
        ON a.contact_key = c.contact_key AND c.ordered_us >= a.occurred_us AND c.ordered_us < a.occurred_us + 14 * 86400000000 GROUP BY a.arm"""
    ).fetchall()
    sums = {arm: (units, float(minor or 0)) for arm, units, minor in rows}
    treated, control = sums["treatment"], sums["control"]
    return (treated[1] - treated[0] / control[0] * control[1]) / 100


Defect = Callable[[World], None]

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "NOW",
    "SECOND",
    "START",
    "Defect",
    "Money",
    "World",
    "clean",
    "lay_ground",
    "money",
    "opened",
]
