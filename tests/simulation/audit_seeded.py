"""Defects of known worth, put into one world each: wrong orders, holes, wrong answers, wrong messages and wrong people.

True is what mending one defect would change while the others stay as they are: a check is asked no more. So an order of a
missing day that also names nobody belongs to neither: no single mending brings its credit back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from simulation.audit_defects import below_nothing, counted_twice, other_bill, person, recategorised
from simulation.audit_world import (
    DAY,
    FIRST_DAY,
    HOUR,
    MINUTE,
    PLAIN_DAY,
    PRICE_MICRO,
    SECOND,
    START,
    TRIAL_DAY,
    Row,
    World,
    basket,
    campaign,
)

CLICKS, BUYS = 0.4, 0.5
"""Of the messages that are clicked and of the clickers that buy: enough for effects to stand out from chance."""
STRANGERS, ABROAD = range(70_000, 70_060), range(80_000, 80_030)
Credits = dict[int, float]


@dataclass
class Seeded:
    """What was put into a world, by check.

    Args:
        orders: keys of the orders it is about. contacts: people it is about. cost: what it truly adds to the cost (major units).
    """

    orders: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    contacts: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    cost: dict[str, float] = field(default_factory=lambda: defaultdict(float))


def coincidences(world: World) -> None:
    """People who truly buy the same thing twice in two shops within 70 minutes; priced messages; quick fingers."""
    rng = world.random
    originals = list(world.events["order"])
    for row in (originals[int(place)] for place in rng.choice(len(originals), 60, replace=False)):
        later = row["occurred_us"] + int(rng.integers(1, 70 * MINUTE))
        world.order(row["contact_key"], later, row["net_minor"], source="market")
    price: dict[int, int] = {}
    for row in world.events["message"]:
        row["cost_micro"] = price.setdefault(row["message_key"], int(rng.integers(40_000, 120_000)))
    for row in _delivered(world)[:60]:
        world.click(row["contact_key"], row["message_key"], row["occurred_us"] + int(rng.integers(9 * SECOND)))


def _delivered(world: World) -> list[Row]:
    """Deliveries in an order of their own, so that whoever takes the first takes some by chance."""
    rows = [row for row in world.events["message"] if row["status"] == 3]
    return [rows[int(place)] for place in np.random.default_rng([world.seed, 5]).permutation(len(rows))]


def _again(world: World, row: Row, **cells: object) -> Row:
    """The same order told under another key."""
    return world.tell("order", **(row | {"event_key": world.key(), "order_key": world.key()} | cells))


def with_wrong_orders(base: World, credited: Credits) -> tuple[World, Seeded]:
    """Orders told twice, tested, cancelled, negative, refunded too much, with a lost decimal point, by outsiders' coupons."""
    world, seeded, rng = base.copy(), Seeded(), np.random.default_rng([base.seed, 2])
    orders = [row for row in world.events["order"] if row["source"] == "files"]
    picked = iter([orders[int(place)] for place in rng.permutation(len(orders))])
    for _ in range(round(0.08 * len(orders))):
        row = next(picked)
        at = row["occurred_us"] + int(rng.integers(1, 5 * MINUTE))
        copy = _again(world, row, order_id=None, source="register", occurred_us=at)
        seeded.orders["orders-across-sources"].append(copy["order_key"])
    # Half of what follows happens to orders that are credited, else there were little to see.
    left = list(picked)
    near = [row for row in left if row["order_key"] in credited]
    far = iter([row for row in left if row["order_key"] not in credited])
    picked = iter([row for one in near for row in (one, next(far))])
    for _ in range(min(60, len(near) // 4)):
        _wrong(world, seeded, rng, picked)
    large = iter([row for row in picked if row["net_minor"] >= 4_000])
    for row in (next(large) for _ in range(4)):
        row["net_minor"] *= 100
        seeded.orders["orders-outlying"].append(row["order_key"])
    for row in (next(large) for _ in range(20)):
        seeded.orders["coupons-leaked"].append(row["order_key"])
    return world, seeded


def _wrong(world: World, seeded: Seeded, rng: np.random.Generator, picked: Iterator[Row]) -> None:
    row = next(picked)
    test = world.order(row["contact_key"], row["occurred_us"] + 40 * MINUTE, basket(rng), coupon="TEST")
    seeded.orders["orders-test"].append(test["order_key"])
    row = next(picked)
    row["order_id"] = None
    seeded.orders["orders-across-files"].append(_again(world, row, segment_key=9)["order_key"])
    row = next(picked)
    back = world.order(row["contact_key"], row["occurred_us"] + 2 * HOUR, -basket(rng))
    seeded.orders["orders-negative"].append(back["order_key"])
    row = next(picked)
    again = world.order(row["contact_key"], row["occurred_us"] + 3 * HOUR, basket(rng))
    older = {"event_key": world.key(), "cancelled": True, "received_us": again["received_us"] - 1}
    world.tell("order", **(again | older))
    seeded.orders["orders-cancelled-counted"].append(again["order_key"])
    row = next(picked)
    told = {"occurred_us": row["occurred_us"] + DAY, "order_key": row["order_key"], "conversion_key": 1}
    world.tell("refund", **told, refund_minor=3 * row["net_minor"])
    seeded.orders["refunds-above-order"].append(row["order_key"])


def with_holes(base: World) -> tuple[World, Seeded, dict[int, float]]:
    """Orders that name nobody or are in dollars, two days without orders, refunds of nothing known, and wrong costs.

    The days are drawn from those on which a campaign lives, the day before it and after it among them. Refunds are told by the
    share of their order that they give back.
    """
    world, seeded, rng = base.copy(), Seeded(), np.random.default_rng([base.seed, 4])
    gaps = {FIRST_DAY + PLAIN_DAY + int(rng.integers(-1, 6)), FIRST_DAY + TRIAL_DAY + int(rng.integers(-1, 6))}
    refunded: dict[int, float] = {}
    kept = []
    for row in world.events["order"]:
        unknown, gone, dollars = rng.random() < 0.08, row["local_day"] in gaps, rng.random() < 0.05
        row["contact_key"] = None if unknown else row["contact_key"]
        faults = [
            name
            for name, one in (("orders-unmatched", unknown), ("source-gaps", gone), ("orders-other-currency", dollars))
            if one
        ]
        if len(faults) == 1:
            seeded.orders[faults[0]].append(row["order_key"])
        if not gone and not dollars:
            kept.append(row)
        if not gone and not dollars and rng.random() < 0.1:
            refunded[row["order_key"]] = float(rng.uniform(0.1, 1))
    _refused(world, sum(row["local_day"] not in gaps for row in world.events["order"]) - len(kept))
    for row in kept:
        if row["order_key"] in refunded:
            back = round(refunded[row["order_key"]] * row["net_minor"])
            stray = {"order_key": -world.key(), "conversion_key": -world.key()}
            world.tell("refund", occurred_us=row["occurred_us"] + DAY, refund_minor=back, **stray)
    world.events["order"] = kept
    _costs(world, seeded, rng)
    nobody = set(seeded.orders["orders-unmatched"])
    return world, seeded, {key: share for key, share in refunded.items() if key not in nobody}


def _refused(world: World, count: int) -> None:
    counts = {"rows": count, "reasons": {"currency-differs": count}}
    world.state.imports[2] = replace(world.state.imports[1], seq=2, counts=counts)


def _costs(world: World, seeded: Seeded, rng: np.random.Generator) -> None:
    """Messages without a price, a line without a campaign, a bill beside prices, a bill that differs, a dearer category."""
    sent = _delivered(world)
    free = {row["message_key"] for row in sent if rng.random() < 0.15}
    seeded.cost["messages-unrated"] = -sum(row["cost_micro"] for row in sent if row["message_key"] in free) / 1e6
    for row in world.events["message"]:
        if row["message_key"] in free:
            row["cost_micro"] = None
    told = {"cost_kind": "content", "evidence": "invoiced", "covers_messaging": False}
    world.tell("cost", occurred_us=START, cost_id="x", campaign=None, amount_micro=30_000_000, **told)
    seeded.cost["cost-unallocated"] = -30.0
    counted_twice(world)
    seeded.cost["messaging-counted-twice"] = 40 * PRICE_MICRO / 1e6
    other_bill(world)
    bill_is_wrong = rng.random() < 0.5
    seeded.cost["invoice-differs"] = 3.5 - 40 * PRICE_MICRO / 1e6 if bill_is_wrong else 0.0
    below_nothing(world)
    seeded.cost["cost-negative"] = -20 + float(rng.uniform(0, 10 * PRICE_MICRO / 1e6))
    recategorised(world)
    seeded.cost["template-recategorised"] = 10 * (90_000 - 30_000) / 1e6


def with_wrong_answers(base: World) -> tuple[World, Seeded]:
    """Scanners that click a message within three seconds; 6 to 25 % of the held-out get the campaign, and buy as the treated do."""
    world, seeded, rng = base.copy(), Seeded(), np.random.default_rng([base.seed, 3])
    held = [row["contact_key"] for row in world.events["assignment"] if row["arm"] == "control"]
    messaged = held[: round(len(held) * float(rng.uniform(0.06, 0.25)))]
    world.random = rng
    for contact in messaged:
        order = campaign(world, contact, 2, START + TRIAL_DAY * DAY + 10 * HOUR, clicks=CLICKS, buys=BUYS)
        if order is not None:
            seeded.orders["hold-out-messaged"].append(order["order_key"])
    for row in _delivered(base)[60:260]:
        if row["contact_key"] not in messaged:
            seeded.contacts["clicks-machine"].add(row["contact_key"])
            world.click(row["contact_key"], row["message_key"], row["occurred_us"] + int(rng.integers(1, 3 * SECOND)))
    return world, seeded


def with_wrong_messages(base: World) -> tuple[World, Seeded]:
    """Messages that were not to be sent, told twice, to nobody, of no known end; orders of one till, at midnight, of one office.

    Each happens to people of its own, so that what their credit changes by is its worth.
    """
    world, seeded, rng = base.copy(), Seeded(), np.random.default_rng([base.seed, 6])
    world.random = rng
    people = _People(base, rng)
    _unwanted(world, seeded, people)
    _statuses(world, seeded, people)
    _orders(world, seeded, people)
    _clocks(world, seeded, people)
    for one in STRANGERS:
        world.message(one, 2, START + (TRIAL_DAY + 1) * DAY + one * SECOND)
    seeded.cost["treatment-elsewhere"] = len(STRANGERS) * PRICE_MICRO / 1e6
    for n, one in enumerate(ABROAD):
        at = START + 21 * DAY + n * MINUTE
        last, price = (5, None) if n < 25 else (3, PRICE_MICRO)
        world.message(one, 1, at, recipient_zone=7, status=last, cost_micro=price)
    seeded.cost["numbers-abroad"] = 5 * PRICE_MICRO / 1e6
    return world, seeded


class _People:
    """People by chance, each given once."""

    def __init__(self, base: World, rng: np.random.Generator) -> None:
        self.orders: dict[int, list[Row]] = defaultdict(list)
        self.sent: dict[int, list[Row]] = defaultdict(list)
        self.clicked = {row["contact_key"] for row in base.events["click"]}
        for row in base.events["order"]:
            self.orders[row["contact_key"]].append(row)
        for row in base.events["message"]:
            if row["status"] == 3:
                self.sent[row["contact_key"]].append(row)
        arms = {row["contact_key"]: row["arm"] for row in base.events["assignment"]}
        self.known = sorted(arms)
        self.treated = {one for one, arm in arms.items() if arm == "treatment"}
        self.left = [self.known[int(place)] for place in rng.permutation(len(arms))]

    def take(self, count: int, *, clicked: bool | None = None, treated: bool = False) -> list[int]:
        """People who clicked, or did not, or (None) whoever comes; of the treated only if so asked."""
        asked = [one for one in self.left if not treated or one in self.treated]
        found = [one for one in asked if clicked is None or (one in self.clicked) == clicked][:count]
        gone = set(found)
        self.left = [one for one in self.left if one not in gone]
        return found

    def early(self, count: int) -> list[Row]:
        """Orders of as many people, each before the first campaign."""
        found = {
            one: row
            for one in self.left
            for row in self.orders[one]
            if 8 <= row["local_day"] - FIRST_DAY < PLAIN_DAY - 2
        }
        taken = dict(list(found.items())[:count])
        self.left = [one for one in self.left if one not in taken]
        return list(taken.values())


def _unwanted(world: World, seeded: Seeded, people: _People) -> None:
    """Messages after an opt-out, without a consent, and beyond twenty a week; each is clicked before an order."""
    for row in people.early(40):
        contact, at = row["contact_key"], row["occurred_us"] - DAY
        world.tell("opt", contact_key=contact, occurred_us=at - 2 * HOUR, direction="out", door="keyword")
        world.click(contact, world.message(contact, 1, at), at + HOUR)
        world.tell("opt", contact_key=contact, occurred_us=at + 30 * MINUTE, direction="in", door="keyword")
        seeded.contacts["consent-withdrawn"].add(contact)
        seeded.cost["consent-withdrawn"] += PRICE_MICRO / 1e6
    for row in people.early(8):
        contact, at = row["contact_key"], row["occurred_us"] - 6 * DAY
        sent = [world.message(contact, 1, at + n * 5 * HOUR) for n in range(25)]
        world.click(contact, sent[-1], at + 25 * 5 * HOUR)
        seeded.contacts["contacts-flooded"].add(contact)
        seeded.cost["contacts-flooded"] += 5 * PRICE_MICRO / 1e6
    silent = set(people.take(60))
    for one in (*people.known, *STRANGERS, *ABROAD):
        if one not in silent:
            world.tell("contact", occurred_us=START - DAY, contact_key=one, attribute="consent", value="in")
    seeded.contacts["consent-missing"] = silent
    paid = {row["message_key"]: row["cost_micro"] for row in world.events["message"] if row["contact_key"] in silent}
    seeded.cost["consent-missing"] = sum(paid.values()) / 1e6


def _statuses(world: World, seeded: Seeded, people: _People) -> None:
    """Messages told twice, told failed as well, and of which nothing was heard: of these a coin says which arrived."""
    rng = world.random
    twice, both, unheard = (people.take(count, clicked=False) for count in (60, 60, 130))
    rows = {row["event_key"]: row for row in world.events["message"]}
    for one in twice:
        mine = [row for row in rows.values() if row["contact_key"] == one and row["label_key"] == 1]
        key, segment = world.key(), 22
        for row in mine:
            row |= {"message_id": None, "segment_key": 21}
            world.tell("message", **(row | {"event_key": world.key(), "message_key": key, "segment_key": segment}))
        seeded.cost["messages-across-files"] += mine[0]["cost_micro"] / 1e6
    for one in both:
        for row in people.sent[one]:
            told = {"event_key": world.key(), "status": 5, "error_code": "131000"}
            world.tell("message", **(row | told | {"occurred_us": row["occurred_us"] + HOUR}))
            seeded.cost["delivered-and-failed"] += row["cost_micro"] / 1e6 if rng.random() < 0.5 else 0
    for one in unheard:
        for row in people.sent[one]:
            seeded.cost["statuses-missing"] -= row["cost_micro"] / 1e6 if rng.random() < 0.5 else 0
            mine = [other for other in rows.values() if other["message_key"] == row["message_key"]]
            for other in mine:
                other["cost_micro"] = None
            world.events["message"].remove(rows[row["event_key"]])


def _orders(world: World, seeded: Seeded, people: _People) -> None:
    """Orders of many told of one, and six people told as one."""
    till = people.take(1, clicked=True)[0]
    for n in range(100):
        at = START + int(world.random.integers(20, 55)) * DAY + 8 * HOUR + n * 5 * MINUTE
        world.order(till, at, basket(world.random))
    seeded.contacts["buyer-dominant"].add(till)
    office = [*people.take(2, clicked=True, treated=True), *people.take(4, clicked=False, treated=True)]
    for other in office[1:]:
        world.tell("identity_link", occurred_us=START, contact_key=office[0], other_key=other)
    seeded.contacts["persons-large"] = set(office)
    phone = person(world, 61_000, "tel", "+49…00")
    family = [*people.take(1, clicked=True, treated=True), *people.take(4, clicked=False, treated=True)]
    for one in family:
        world.tell("identity", occurred_us=START, contact_key=one, scheme="ext", digest=f"e{one}", shown=f"shop:{one}")
        world.tell("identity_link", occurred_us=START, contact_key=phone, other_key=one)
    seeded.contacts["phones-shared"] = {phone, *family}


def _clocks(world: World, seeded: Seeded, people: _People) -> None:
    """Orders that tell their day only or are in another zone; clicks before the send, of which some belong to another message."""
    rng = world.random
    midnight = set(people.take(150))
    for row in world.events["order"]:
        if row["contact_key"] in midnight:
            row["occurred_us"] = row["local_day"] * DAY
    seeded.contacts["orders-without-clock"] = midnight
    elsewhere, hours = set(people.take(260)), int(rng.choice([-12, -11, -10, -9, -8, 11, 12]))
    for row in world.events["order"]:
        if row["contact_key"] in elsewhere and 9 * HOUR <= row["occurred_us"] % DAY < 18 * HOUR:
            row["source"] = "marketplace"
            row["occurred_us"] += hours * HOUR
            row["local_day"] = row["occurred_us"] // DAY
    seeded.contacts["orders-shifted"] = elsewhere
    foreign = {one for one in people.take(80, clicked=False) if any(row["label_key"] == 1 for row in people.sent[one])}
    for one in foreign:
        sent = next(row for row in people.sent[one] if row["label_key"] == 1)
        world.click(one, sent["message_key"], sent["occurred_us"] - 3 * HOUR)
    seeded.contacts["answers-before-send"] = foreign
    for one in people.take(20, clicked=True):  # here the send is told too late, and the click is right
        mine = [row for row in world.events["message"] if row["contact_key"] == one and row["label_key"] == 1]
        for row in mine:
            row["occurred_us"] += 5 * HOUR
