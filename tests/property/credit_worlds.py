"""Random small worlds full of ties and edges: a handful of people, messages, answers, orders and costs.

An instant is mostly another one moved by a span that a rule draws a line at (a window, 72 hours, a second, half a
step of decay), a microsecond more or less. Keys of different worlds never meet, so thousands stand in one set of tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

Row = dict[str, Any]

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR

FIRST_US = 1_788_220_800 * SECOND  # 2026-09-01
KEYS = 10_000
WINDOWS = (
    {4: 5 * DAY, 3: 5 * DAY, 2: 12 * HOUR, 1: 0},
    {4: 30 * DAY, 3: 3 * DAY, 2: 0, 1: 1 * DAY},
)
EDGES = (SECOND, 30 * SECOND, 12 * HOUR, DAY, 72 * HOUR, 3 * DAY, 5 * DAY, 7 * DAY // 2048, DAY // 2048)
FAR = (14 * DAY, 20 * DAY, 30 * DAY)
AGES = (0, DAY // 2048, DAY, 7 * DAY // 2048, 10 * DAY, 20 * DAY, 20 * DAY + DAY // 2048, 20 * DAY + 3 * DAY // 2048)
KINDS = ("message", "reply", "click", "opt", "order", "conversion", "refund", "cost")
CLASSES = ("human", "human", "human", "human", "bot", "preview", "prefetch", "unknown")
NETS = (0, 1, -1, 2, 3, 7, -7, 10, 99, -100, 100, 9_999, 999_999_999_999)


@dataclass(frozen=True)
class World:
    """What happened, who is who, and what was declared.

    Args:
        person: contact key → key of the person; campaign: label → campaign it belongs to.
        windows: rung → look-back, 0 if it does not qualify. within: labels that carry links said to go in such messages.
    """

    events: dict[str, list[Row]]
    person: dict[int, int]
    windows: dict[int, int]
    campaign: dict[int, str]
    within: set[tuple[str, int]]


def crowd() -> World:
    """A person with more touches than count: 1,010 messages, all answered, many at one instant; then one order."""
    made = _Maker(1, Random("crowd"))
    made.person = dict([next(iter(made.person.items()))])
    person, start = next(iter(made.person)), FIRST_US
    for place in range(1_010):
        message, at_us = made.key(), start + place // 10 * HOUR
        status = {"message_key": message, "status": 2, "label_key": made.labels[place % 2], "cost_micro": None}
        made.add("message", at_us, person, status)
        made.add("reply", at_us + 2 * HOUR, person, {"message_key": message})
    for _ in range(3):
        made.order(person, start + 5 * DAY)
    return World(made.events, made.person, dict(WINDOWS[1]), made.campaign, made.within)


def world(number: int, *, seed: int = 0) -> World:
    """World `number`; odd ones have windows of their own, so that every rung can qualify."""
    return _Maker(number, Random(f"{seed}/{number}")).made()


class _Maker:
    """Draws one world, and hands out its keys."""

    def __init__(self, number: int, random: Random) -> None:
        self.number, self.random, self.last_key = number, random, number * KEYS
        self.instants = [FIRST_US + random.randrange(40) * 6 * HOUR]
        self.events: dict[str, list[Row]] = {kind: [] for kind in KINDS}
        people = [self.key() for _ in range(random.randint(1, 4))]
        self.person = {person: person for person in people}
        for person in people:
            if random.random() < 0.5:
                self.person[self.key()] = person
        self.labels = [self.key() for _ in range(random.randint(2, 3))]
        self.campaign = {label: f"w{number}-{random.randint(1, 2)}" for label in self.labels if random.random() < 0.9}
        self.within = {(f"campaign={name}", label) for label, name in self.campaign.items()}

    def made(self) -> World:
        sent = self.messages()
        for _ in range(self.random.randint(0, 5 + len(sent) // 2)):
            self.reply(sent)
        for _ in range(self.random.randint(0, 7 + len(sent) // 2)):
            self.click(sent)
        if self.random.random() < 0.2:
            self.burst(sent)
        if self.random.random() < 0.1:
            self.aged(sent)
        for _ in range(self.random.choice((0, 0, 1, 2))):
            self.opt(sent)
        for _ in range(self.random.randint(0, 5)):
            self.order()
        for _ in range(self.random.choice((0, 0, 1, 3))):
            self.cost(self.random.choice(sent)[2])
        for rows in self.events.values():
            rows += [dict(row) for row in rows if self.random.random() < 0.05]
            self.random.shuffle(rows)
        windows = WINDOWS[self.number % 2]
        return World(self.events, self.person, dict(windows), self.campaign, self.within)

    def key(self) -> int:
        self.last_key += 1
        return self.last_key

    def instant(self, after: int | None = None) -> int:
        """An instant near one that was used before, or after a given one."""
        base = self.random.choice(self.instants) if after is None else after
        draw = self.random.random()
        if draw < 0.35:
            moved = base
        elif draw < 0.8:
            span = self.random.choice(EDGES if draw < 0.78 else FAR)
            moved = base + span + self.random.choice((-1, 0, 0, 1))
        else:
            moved = base + self.random.choice((HOUR, 3 * HOUR, 7 * HOUR, 30 * HOUR))
        self.instants.append(moved)
        return moved

    def add(self, kind: str, at_us: int, contact: int | None, own: Row) -> None:
        common = {"event_key": self.key(), "occurred_us": at_us, "local_day": at_us // DAY, "contact_key": contact}
        self.events[kind].append({**common, **own})

    def identity_of(self, person: int) -> int:
        return self.random.choice([key for key, one in self.person.items() if one == person])

    def anybody(self) -> int:
        return self.random.choice(list(self.person))

    def messages(self) -> list[tuple[int, int, int]]:
        """Messages with their person and send; in one world of ten up to 30 to the first person alone."""
        many = self.random.random() < 0.1
        sent = []
        start = self.instant()
        for _ in range(self.random.randint(9, 30) if many else self.random.randint(1, 8)):
            person = self.person[next(iter(self.person)) if many else self.anybody()]
            sent.append((self.key(), person, start + self.random.randrange(30) * HOUR if many else self.instant()))
            self.statuses(*sent[-1])
        return sent

    def statuses(self, message: int, person: int, at_us: int) -> None:
        random = self.random
        named = random.random() < 0.97
        label, price = random.choice(self.labels), random.choice((None, None, 0, 1, 70_000, 123_456))
        told = random.choices((1, 2, 3, 4, 5), (2, 5, 6, 5, 2), k=random.randint(1, 6))
        for place, status in enumerate(told):
            own = {
                "message_key": message,
                "status": status,
                "label_key": label if not place or random.random() < 0.7 else None,
                "cost_micro": price if random.random() < 0.6 else None,
            }
            known = self.identity_of(person) if named and (not place or random.random() < 0.8) else None
            early = random.choice((0, HOUR, 2 * DAY)) if status == 1 else 0
            self.add("message", at_us if status == 2 else self.instant(at_us) - early, known, own)

    def reply(self, sent: list[tuple[int, int, int]]) -> None:
        message, person, at_us = self.random.choice(sent)
        named = self.random.random() < 0.7
        contact = self.identity_of(person) if not named or self.random.random() < 0.8 else None
        self.add("reply", self.instant(at_us), contact, {"message_key": message if named else None})

    def click(self, sent: list[tuple[int, int, int]], *, at_us: int | None = None, link: str | None = None) -> None:
        random = self.random
        message, person, sent_us = random.choice(sent)
        named, known = random.random() < 0.6, random.random() < 0.8
        opened = f"w{self.number}-{link or random.choice('abcd')}"
        ours, nothing = random.random() < 0.7, random.random() < 0.1 and link is None
        own = {
            "message_key": message if named else None,
            "click_class": random.choice(CLASSES),
            "reason": "browser" if ours else None,
            "link": opened if ours else None,
            "token": None if ours or nothing else opened,
            "within": random.choice(sorted(self.within))[0] if self.within and ours and not named else None,
            "visitor_key": self.number * KEYS + 9_000 + random.randint(1, 2) if random.random() < 0.8 else None,
        }
        at_us = self.instant(sent_us) if at_us is None else at_us
        contact = self.identity_of(person) if known else None
        self.add("click", at_us, contact, own)
        if random.random() < 0.2:
            self.add(
                "click", at_us + random.choice((0, 1, 29, 30, 31)) * SECOND + random.choice((-1, 0, 1)), contact, own
            )

    def burst(self, sent: list[tuple[int, int, int]]) -> None:
        start = self.instant(self.random.choice(sent)[2])
        one = [self.random.choice(sent)]
        for link in "abcd":
            self.click(one, at_us=start + self.random.choice((0, 0, 1, SECOND // 2, SECOND, SECOND + 1)), link=link)

    def aged(self, sent: list[tuple[int, int, int]]) -> None:
        """Replies to several messages, as old as the lines of the decaying models, and an order after them."""
        end = self.instants[0] + 25 * DAY
        for message, person, _ in sent:
            at_us = end - self.random.choice(AGES) + self.random.choice((-1, 0, 1))
            self.add("reply", at_us, self.identity_of(person), {"message_key": message})
        self.order(sent[0][1], end + 1)

    def opt(self, sent: list[tuple[int, int, int]]) -> None:
        message, person, at_us = self.random.choice(sent)
        own = {
            "message_key": message if self.random.random() < 0.6 else None,
            "direction": self.random.choice(("out", "out", "out", "in")),
            "door": self.random.choice(("preference", "button", "keyword", "failure")),
        }
        self.add("opt", self.instant(at_us), self.identity_of(person), own)

    def order(self, person: int | None = None, at_us: int | None = None) -> None:
        random = self.random
        kind = "order" if random.random() < 0.85 else "conversion"
        key, at_us = self.key(), self.instant() if at_us is None else at_us
        if person is None and random.random() < 0.95:
            person = self.person[next(iter(self.person)) if random.random() < 0.4 else self.anybody()]
        updated = random.sample(range(5), random.randint(1, 3))
        for version in updated:
            own = {
                "order_key": key,
                "updated_us": at_us + version * HOUR,
                "net_minor": random.choice(NETS) if random.random() < 0.5 else random.randrange(-500, 5_000),
                "cancelled": random.random() < 0.1,
            }
            self.add(kind, at_us, None if person is None else self.identity_of(person), own)
        for _ in range(random.choice((0, 0, 0, 1, 2))):
            self.refund(key, kind, self.events[kind][-1])

    def refund(self, key: int, kind: str, told: Row) -> None:
        """Of an order named by its own key, of another conversion by the second one; now and then above the order."""
        other = self.key()
        own = {
            "order_key": key if kind == "order" else other,
            "conversion_key": other if kind == "order" else key,
            "refund_minor": self.random.choice((0, 1, abs(told["net_minor"]), abs(told["net_minor"]) + 5, 50)),
        }
        self.add("refund", self.instant(told["occurred_us"]), told["contact_key"], own)

    def cost(self, until_us: int) -> None:
        """A line of some days; if it ends, at the instant of a send."""
        at_us = (until_us - self.random.choice((1, DAY, 9 * DAY))) // DAY * DAY
        own = {
            "campaign": self.random.choice([*sorted(set(self.campaign.values())), None]),
            "cost_kind": self.random.choice(("messaging", "subscription", "content", "staff", "discount")),
            "amount_micro": self.random.choice((0, 1, 10_000, 25_750_000_000, -10_000, 123_456_789)),
            "covers_messaging": self.random.random() < 0.3,
            "until_us": None if self.random.random() < 0.5 else until_us,
        }
        self.add("cost", at_us, None, own)
