"""What a small world's figures must be, by lists, integers and Decimal alone.

Written from the definitions (docs/kpis.md, docs/clicks.md, docs/links.md, ADR 8, the glossary, the text of the models)
before the engine was read; where they are silent, `test_credit_oracle.py` says what was settled. No SQL, nothing imported
from Earnest. Events are dicts with their kind's columns; instants are microseconds, orders minor units, prices micro units.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Any

from property.credit_worlds import DAY, HOUR, SECOND, Row, World

Cells = dict[tuple[int | None, int], dict[str, int]]

DELIVERED, READ, FAILED = 3, 4, 5
AT_DELIVERY, AT_READ, AT_CLICK, AT_REPLY = 1, 2, 3, 4
MACHINES = ("click preview", "click prefetch", "click bot")
MAX_TOUCHES = 1_000


@dataclass
class Message:
    """A message's life, and every answer to it. It stands at the earliest instant that anything is told of it."""

    key: int
    person: int | None
    label: int | None
    sent_us: int
    day: int
    states: set[int]
    price: int | None
    reached: list[tuple[int, int]]
    answers: list[Row] = field(default_factory=list)

    @property
    def delivered(self) -> bool:
        return bool(self.states & {DELIVERED, READ})


@dataclass(frozen=True)
class Conversion:
    """The version in force of an order or other goal, less its refunds."""

    key: int
    person: int | None
    at_us: int
    day: int
    net: int
    cancelled: bool


@dataclass(frozen=True)
class Touch:
    """A message at the highest rung by which it touched a conversion."""

    at_us: int
    message: int
    rung: int
    label: int | None


@dataclass(frozen=True)
class Credit:
    """What one touch gets of one conversion; no touch: unattributed."""

    order: int
    day: int
    touch: Touch | None
    minor: int


class Books:
    """A world, settled: its messages with their answers, its conversions, and the journey of each."""

    def __init__(self, world: World) -> None:
        self.world = world
        keys = dict.fromkeys(row["message_key"] for row in world.events["message"])
        self.messages = {key: life_of(world, key) for key in keys}
        self.clicks: list[tuple[Row, Message | None]] = []
        for kind in ("reply", "opt", "click"):
            for row in once(world.events[kind]):
                opened = row.get("link") or row.get("token")
                answer = {**row, "what": kind, "opened": opened, "person": person_of(world, row["contact_key"])}
                message = self.answered(answer)
                self.clicks += [(answer, message)] if kind == "click" else []
                message.answers.append(answer) if message else None
        judge(self.clicks)
        self.conversions = conversions(world)
        self.journeys = {key: journey(self, conversion) for key, conversion in self.conversions.items()}

    def answered(self, answer: Row) -> Message | None:
        """The message it names; else the person's latest one that carries the link, else of the 72 hours before."""
        if answer["message_key"] is not None:
            return self.messages.get(answer["message_key"])
        mine = [one for one in self.messages.values() if one.person == answer["person"] is not None]
        ages = [(answer["occurred_us"] - one.sent_us, -one.key, one) for one in mine]
        carries = [one for one in ages if (answer.get("within"), one[2].label) in self.world.within]
        found = [one for one in carries if 0 <= one[0] < 30 * DAY] or [one for one in ages if 0 <= one[0] < 72 * HOUR]
        return min(found)[2] if found else None


def once(rows: list[Row]) -> list[Row]:
    """Events told twice, once."""
    return list({row["event_key"]: row for row in rows}.values())


def person_of(world: World, contact: int | None) -> int | None:
    return None if contact is None else world.person.get(contact, contact)


def life_of(world: World, key: int) -> Message:
    """Read implies delivered; each state is reached when it is first told; the surest label and the one price hold."""
    rows = [row for row in world.events["message"] if row["message_key"] == key]

    def most(column: str) -> int | None:
        return max((row[column] for row in rows if row[column] is not None), default=None)

    sent = min(rows, key=lambda row: row["occurred_us"])
    reached = []
    for rung, states in ((AT_DELIVERY, (DELIVERED, READ)), (AT_READ, (READ,))):
        told = [row["occurred_us"] for row in rows if row["status"] in states]
        reached += [(rung, min(told))] if told else []
    person, states = person_of(world, most("contact_key")), {row["status"] for row in rows}
    life = (sent["occurred_us"], sent["local_day"], states, most("cost_micro"), reached)
    return Message(key, person, most("label_key"), *life)


def judge(clicks: list[tuple[Row, Message | None]]) -> None:
    """Clicks beside other clicks and their message: bursts, too soon after the send, repeated."""
    last: dict[tuple[Any, ...], int] = {}
    for row, message in sorted(clicks, key=lambda one: (one[0]["occurred_us"], one[0]["event_key"])):
        who, at, kind = row["person"], row["occurred_us"], row["click_class"]
        near = [one for one, _ in clicks if one["person"] == who and abs(one["occurred_us"] - at) <= SECOND]
        if who is not None and row["opened"] and len({one["opened"] for one in near} - {None}) >= 3:
            kind = "bot"
        elif row["link"] and message and at - message.sent_us < SECOND and kind in ("human", "unknown"):
            kind = "prefetch"
        same = (row["opened"], who) if who is not None else (row["opened"], row["visitor_key"], at // (30 * SECOND))
        pressed = kind == "human" and row["opened"] and (who, row["visitor_key"]) != (None, None)
        row["what"], row["repeated"] = f"click {kind}", pressed and at - last.get(same, at - DAY) <= 30 * SECOND
        last |= {same: at} if pressed else {}


def conversions(world: World) -> dict[int, Conversion]:
    told = sorted(world.events["order"] + world.events["conversion"], key=lambda row: row["updated_us"])
    in_force = {row["order_key"]: row for row in told}
    back: dict[int, int] = defaultdict(int)
    for row in once(world.events["refund"]):
        back[row["order_key"] if row["order_key"] in in_force else row["conversion_key"]] += row["refund_minor"]
    made = {}
    for key, row in in_force.items():
        net = 0 if row["cancelled"] else row["net_minor"] - back[key]
        whose = person_of(world, row["contact_key"])
        made[key] = Conversion(key, whose, row["occurred_us"], row["local_day"], net, row["cancelled"])
    return made


def journey(books: Books, conversion: Conversion) -> list[Touch]:
    touches = []
    for message in books.messages.values():
        met = [(rung, at) for rung, at in message.reached if message.person == conversion.person]
        for one in message.answers:
            whose = message.person if one["person"] is None else one["person"]
            rung = {"reply": AT_REPLY, "click human": AT_CLICK}.get(one["what"])
            met += [(rung, one["occurred_us"])] if rung and whose == conversion.person else []
        met = [one for one in met if qualifies(books.world.windows[one[0]], conversion.at_us - one[1])]
        if met and conversion.person is not None:
            rung, at = max(met)
            touches.append(Touch(at, message.key, rung, message.label))
    return sorted(touches, key=lambda touch: (touch.at_us, touch.message))[-MAX_TOUCHES:]


def qualifies(window: int, age: int) -> bool:
    """Within the closed window; a window of 0 means that the rung does not qualify."""
    return window > 0 and 0 <= age <= window


def weights(model: str, touches: list[Touch]) -> list[int]:
    n = len(touches)
    lead = next((i for i, touch in enumerate(touches) if touch.rung >= AT_CLICK), None)
    milestone = next((i for i, touch in enumerate(touches) if touch.rung == AT_REPLY), None)
    if model in ("first_touch", "last_touch"):
        return [int(i == (0 if model == "first_touch" else n - 1)) for i in range(n)]
    if model == "linear" or (model == "position_u" and n < 3):
        return [1] * n
    if model == "position_u":
        return [2 * (n - 2), *[1] * (n - 2), 2 * (n - 2)]
    if model == "position_w":
        return by_roles(n, [0, milestone, n - 1], role=3, other=1)
    if model == "full_path":
        return by_roles(n, [0, lead, milestone, n - 1], role=9, other=4)
    half_life = {"time_decay_7d": 7 * DAY, "time_decay_24h": DAY}[model]
    return [decayed(touches[-1].at_us - touch.at_us, half_life) for touch in touches]


def by_roles(n: int, roles: list[int | None], *, role: int, other: int) -> list[int]:
    """Each role `role` times the touches without one, these `other` each; roles of one touch add up."""
    held = [one for one in roles if one is not None]
    rest = n - len(set(held))
    return [held.count(i) * (role * rest if rest else 1) if i in held else other for i in range(n)]


def decayed(age: int, half_life: int) -> int:
    """2^20 halved once a half-life, in steps of a 1,024th, rounded half to even; nothing after twenty half-lives."""
    step = (age * 1024 + half_life // 2) // half_life
    with localcontext() as context:
        context.prec = 30
        exact = Decimal(2) ** (20 - Decimal(step) / 1024)
        return 0 if step > 20_480 else int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def towards_zero(amount: int, divisor: int) -> int:
    return amount // divisor if amount >= 0 else -(-amount // divisor)


def split(net: int, given: list[int]) -> list[int]:
    upto = [towards_zero(net * sum(given[:i]), sum(given)) for i in range(len(given) + 1)]
    return [after - before for before, after in pairwise(upto)]


def credits_of(books: Books, model: str) -> list[Credit]:
    given = []
    for key, conversion in books.conversions.items():
        touches = books.journeys[key]
        each = weights(model, touches)
        parts = zip(touches, each, split(conversion.net, each), strict=True) if touches else []
        given += [Credit(key, conversion.day, touch, part) for touch, weight, part in parts if weight]
        given += [] if touches else [Credit(key, conversion.day, None, conversion.net)]
    return given


def funnel(books: Books) -> Cells:
    cells: Cells = defaultdict(lambda: defaultdict(int))
    for message in books.messages.values():
        clicks = [one for one in message.answers if "click_class" in one]
        human = [one for one in clicks if one["what"] == "click human"]
        soon = [one for one in message.answers if 0 <= one["occurred_us"] - message.sent_us < 72 * HOUR]
        left = any(one["what"] == "opt" and one["direction"] == "out" for one in soon)
        for name, count in {
            "messages": 1,
            "sent": bool(message.states - {1}),
            "delivered": message.delivered,
            "read": READ in message.states,
            "failed": FAILED in message.states and not message.delivered,
            "clicked": bool(human),
            "replied": any(one["what"] == "reply" for one in soon),
            "opted_out": message.delivered and left,
            "human_clicks": sum(not one["repeated"] for one in human),
            "machine_clicks": sum(one["what"] in MACHINES for one in clicks),
            "all_clicks": len(clicks),
        }.items():
            cells[message.label, message.day][name] += count
    return cells


def costs(books: Books) -> dict[str | None, int]:
    """Cost by campaign: prices of messages, but for those a line pays, and cost lines, but for discounts."""
    lines = [row for row in once(books.world.events["cost"]) if row["cost_kind"] != "discount"]
    total: dict[str | None, int] = defaultdict(int)
    for row in lines:
        total[row["campaign"]] += row["amount_micro"]
    for message in books.messages.values():
        campaign = books.world.campaign.get(message.label)  # type: ignore[arg-type]
        covers = [row for row in lines if row["covers_messaging"] and row["campaign"] == campaign is not None]
        since = [row for row in covers if row["local_day"] <= message.day]
        paid = any(row["until_us"] is None or message.sent_us < row["until_us"] for row in since)
        total[campaign] += 0 if paid else message.price or 0
    return total


def kpis(books: Books) -> dict[str, dict[str, Fraction | None]]:
    """By campaign, money in minor units of two decimals; None where the denominator is empty."""
    counting = {key for key, conversion in books.conversions.items() if not conversion.cancelled}
    cells, spent, last = funnel(books), costs(books), credits_of(books, "last_touch")
    found = {}
    for campaign in sorted(set(books.world.campaign.values())):
        labels = {label for label, name in books.world.campaign.items() if name == campaign}
        own = [credit for credit in last if credit.touch is not None and credit.touch.label in labels]
        orders = {credit.order for credit in own} & counting
        delivered = sum(cell["delivered"] for (label, _), cell in cells.items() if label in labels)
        clicked = sum(cell["clicked"] for (label, _), cell in cells.items() if label in labels)
        revenue, cost = sum(credit.minor for credit in own), Fraction(spent[campaign], 10_000)
        found[campaign] = {
            "click_through_rate": ratio(clicked, delivered),
            "conversion_rate": ratio(len({books.conversions[order].person for order in orders}), delivered),
            "revenue_per_recipient": ratio(revenue, delivered),
            "roas": ratio(revenue, cost),
            "cost_per_order": ratio(cost, len(orders)),
        }
    return found


def ratio(numerator: int | Fraction, denominator: int | Fraction) -> Fraction | None:
    return Fraction(numerator) / denominator if denominator else None
