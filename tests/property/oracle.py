"""A second, slow implementation of the tables: lists, dicts and integers, no SQL, written from the documented rules.

It takes typed rows of files in the order in which they were received, and says what every table must hold. Keys of
messages and contacts are hashes that only the workspace knows; they decide ties, so they are handed in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

HOUR, DAY = 3_600_000_000, 86_400_000_000
ANSWER_WINDOW = 72 * HOUR
WITHIN_WINDOW = 30 * DAY
SECOND = 1_000_000
MACHINES = ("preview", "prefetch", "bot")
LOOKBACK = {"reply": 5 * DAY, "click": 5 * DAY, "read": 12 * HOUR}  # defaults; delivery alone is no evidence
LADDER = ("delivered", "read", "click", "reply")
MODELS = (
    *(
        "first_touch",
        "last_touch",
        "linear",
        "time_decay_7d",
        "time_decay_24h",
        "position_u",
        "position_w",
        "full_path",
    ),
)
IMPLIES: dict[str, tuple[str, ...]] = {
    "accepted": ("send",), "sent": ("send", "sent"), "delivered": ("send", "sent", "delivered"),
    "read": ("send", "sent", "delivered", "read"), "failed": ("send", "sent", "failed"),
}  # fmt: skip

Row = Mapping[str, Any]
Known = tuple[int, int]
"""Key of the identity that stands on a row, and of the person it belongs to: of several tellings the largest identity holds."""
Name = tuple[Any, ...]
File = tuple[str, Sequence[Row]]
"""Kind of rows, and the rows; a file's place in the list is when it was received."""
Counted = dict[tuple[Name, str], int]
"""(message, kind of answer) → instant of the one answer that counts."""


@dataclass
class Message:
    people: set[Known] = field(default_factory=set)
    labels: set[tuple[int, str | None, str | None]] = field(default_factory=set)
    costs: set[int] = field(default_factory=set)
    errors: set[str] = field(default_factory=set)
    at: dict[str, int] = field(default_factory=dict)

    @property
    def person(self) -> int | None:
        return max(self.people)[1] if self.people else None


@dataclass
class Answer:
    kind: str
    us: int
    given: Name | None
    told: Known | None
    klass: str | None
    message: Name | None = None
    reason: str | None = None
    link: str | None = None
    within: str | None = None
    visitor: int | None = None
    repeated: bool = False
    person: int | None = None

    @property
    def human(self) -> bool:
        return self.klass == "human" and not self.repeated


@dataclass
class Conversion:
    kind: str
    person: int | None
    us: int
    before: int
    refunds: int
    discount: int
    cancelled: bool

    @property
    def net(self) -> int:
        return self.before - self.refunds


@dataclass
class Tables:
    """Everything the engine's tables must agree with."""

    messages: dict[Name, Message]
    answers: dict[Name, Answer]
    counted: Counted
    conversions: dict[Name, Conversion]
    credits: dict[tuple[Name, str], dict[Name | None, int]]
    funnel: dict[str, Counter[str]]
    campaign_credit: Counter[tuple[str | None, str]]


def tables(
    files: Sequence[File],
    *,
    contact_key: Callable[[str], int],
    message_key: Callable[[Name], int],
    templates: Mapping[str, str],
) -> Tables:
    """Work out all tables; `templates` are the campaigns that match rules declare."""
    person = _people(files, contact_key)
    messages = _messages(files, person)
    answers = _answers(files, person)
    who = {
        name: ("person", a.person) if a.person is not None else ("visitor", a.visitor) for name, a in answers.items()
    }
    _resolve(answers, messages, message_key, templates)
    _judge(answers, messages, who)
    counted = _counted(answers, messages)
    conversions = _conversions(files, person)
    touches = _touches(messages, answers)
    found: dict[tuple[Name, str], dict[Name | None, int]] = {}
    for name, conversion in conversions.items():
        path = _path(conversion, touches, message_key)
        for model, weights in _weights([touch for _, *touch in path]).items():
            found[name, model] = _split(conversion.net, [message for message, *_ in path], weights)
    surest = {name: max(message.labels) for name, message in messages.items()}
    campaign = {name: own or templates.get(template or "", "unassigned") for name, (_, own, template) in surest.items()}
    sums: Counter[tuple[str | None, str]] = Counter()
    for (_, model), parts in found.items():
        for touched, minor in parts.items():
            sums[campaign[touched] if touched is not None else None, model] += minor
    return Tables(messages, answers, counted, conversions, found, _funnel(messages, answers, counted, campaign), sums)


def _identities(row: Row) -> list[str]:
    """Identities of a row, the one it is known by first: e-mail before customer id."""
    found = []
    if row.get("email"):
        local, _, domain = row["email"].rpartition("@")
        found.append(f"mailto:{local}@{domain.lower()}")
    if row.get("contact"):
        found.append(f"ext:{row['contact']}")
    return found


def _people(files: Sequence[File], contact_key: Callable[[str], int]) -> Callable[[Row], Known | None]:
    """Identities that stood on one row are one person, transitively; a person is the smallest of the keys."""
    group: dict[int, set[int]] = {}
    for _, rows in files:
        for row in rows:
            keys = {contact_key(identity) for identity in _identities(row)}
            merged = keys.union(*(group.get(key, {key}) for key in keys))
            for key in merged:
                group[key] = merged

    def person(row: Row) -> Known | None:
        identities = _identities(row)
        if not identities:
            return None
        own = contact_key(identities[0])
        return own, min(group[own])

    return person


def _name(row: Row, column: str, place: tuple[int, int]) -> Name:
    return ("id", row[column]) if row.get(column) is not None else ("row", *place)


def _placed(files: Sequence[File], *kinds: str) -> list[tuple[tuple[int, int], Row]]:
    return [((f, r), row) for f, (kind, rows) in enumerate(files) if kind in kinds for r, row in enumerate(rows, 1)]


def _messages(files: Sequence[File], person: Callable[[Row], Known | None]) -> dict[Name, Message]:
    found: dict[Name, Message] = {}
    for place, row in _placed(files, "messages"):
        happened = [(state, row[f"{state}_at"]) for state in IMPLIES if row.get(f"{state}_at") is not None]
        if row.get("status") in IMPLIES:
            happened.append((row["status"], row["occurred_at"]))
        if not happened:
            continue
        message = found.setdefault(_name(row, "message_id", place), Message())
        if (who := person(row)) is not None:
            message.people.add(who)
        hints = row.get("campaign"), row.get("template")
        message.labels.add((2 if hints[0] else 1 if hints[1] else 0, *hints))
        if row.get("cost") is not None:
            message.costs.add(row["cost"])
        for state, us in happened:
            for reached in IMPLIES[state]:
                message.at[reached] = min(us, message.at.get(reached, us))
            if state == "failed" and row.get("error_code"):
                message.errors.add(row["error_code"])
    return found


_WIDE = (("click", "clicked_at"), ("reply", "replied_at"), ("opt_out", "opted_out_at"))
_LONG = {"clicked": "click", "replied": "reply", "opted_out": "opt_out"}


def _answers(files: Sequence[File], person: Callable[[Row], Known | None]) -> dict[Name, Answer]:
    found: dict[Name, Answer] = {}

    def tell(name: Name, answer: Answer) -> None:
        if name in found:
            answer.us = min(answer.us, found[name].us)
            answer.told = max((p for p in (answer.told, found[name].told) if p is not None), default=None)
        found[name] = answer

    for place, row in _placed(files, "messages"):
        message = _name(row, "message_id", place)
        for kind, column in _WIDE:
            if row.get(column) is not None:
                klass = "human" if kind == "click" else None
                tell(("wide", kind, message), Answer(kind, row[column], message, person(row), klass))
        if (told := _LONG.get(row.get("status", ""))) is not None:
            given = message if message[0] == "id" and told != "reply" else None
            klass = "human" if told == "click" else None
            us = row["occurred_at"]
            tell(("long", told, message, us), Answer(told, us, given, person(row), klass))
    for place, row in _placed(files, "clicks"):
        given = ("id", row["message_id"]) if row.get("message_id") is not None else None
        name = ("click", _name(row, "click_id", place))
        tell(name, Answer("click", row["clicked_at"], given, person(row), row.get("click_class") or "unknown"))
    for _, row in _placed(files, "own"):
        told = Answer("click", row["clicked_at"], None, person(row), row["click_class"])
        told.reason, told.link, told.within, told.visitor = (
            row.get(n) for n in ("reason", "link", "within", "visitor")
        )
        tell(("own", row["click_id"]), told)
    for answer in found.values():
        answer.person = answer.told[1] if answer.told is not None else None
    return found


def _resolve(
    answers: dict[Name, Answer],
    messages: dict[Name, Message],
    key: Callable[[Name], int],
    templates: Mapping[str, str],
) -> None:
    for answer in answers.values():
        if answer.given is not None:
            answer.message = answer.given if answer.given in messages else None
            if answer.person is None and answer.message is not None:
                answer.person = messages[answer.message].person
        elif answer.person is not None:
            near = []
            for name, message in messages.items():
                age = answer.us - message.at["send"]
                fits = answer.within is not None and answer.within in _says(message, templates)
                if message.person == answer.person and 0 <= age < (WITHIN_WINDOW if fits else ANSWER_WINDOW):
                    near.append((fits, message.at["send"], key(name), name))
            answer.message = max(near)[3] if near else None


def _says(message: Message, templates: Mapping[str, str]) -> set[str]:
    """What a message says of itself that links may name it by: its campaign, however it is recognised, and its template."""
    _, campaign, template = max(message.labels)
    recognised = campaign or templates.get(template or "")
    return {f"{name}={value}" for name, value in (("campaign", recognised), ("template", template)) if value}


def _judge(
    answers: dict[Name, Answer], messages: dict[Name, Message], who: Mapping[Name, tuple[str, int | None]]
) -> None:
    """Classes of clicks beside other clicks and their message: burst, too soon, repeated."""
    opened = [(name, a) for name, a in answers.items() if a.link is not None and who[name][1] is not None]
    known = [(name, a) for name, a in opened if who[name][0] == "person"]
    crowded = set()
    for name, answer in known:
        links = {b.link for other, b in known if who[other] == who[name] and abs(b.us - answer.us) <= SECOND}
        if len(links) >= 3:
            crowded.add(name)
    for name, answer in answers.items():
        if answer.klass not in ("human", "unknown"):
            continue
        if name in crowded:
            answer.klass, answer.reason = "bot", "burst"
        elif (
            answer.reason is not None
            and answer.message is not None
            and 0 <= answer.us - messages[answer.message].at["send"] < SECOND
        ):
            answer.klass, answer.reason = "prefetch", "too-soon"
    last: dict[Any, int] = {}
    for name, answer in sorted(opened, key=lambda pair: pair[1].us):
        if answer.klass == "human":
            place = (who[name], answer.link)
            near = place in last and (
                answer.us - last[place] <= 30 * SECOND
                if who[name][0] == "person"
                else answer.us // (30 * SECOND) == last[place] // (30 * SECOND)
            )
            if near:
                answer.repeated, answer.reason = True, "repeated"
            last[place] = answer.us


def _counted(answers: dict[Name, Answer], messages: dict[Name, Message]) -> Counted:
    first: Counted = {}
    for answer in answers.values():
        if answer.message is None:
            continue
        age = answer.us - messages[answer.message].at["send"]
        if answer.klass == "human" if answer.kind == "click" else 0 <= age < ANSWER_WINDOW:
            if answer.kind == "opt_out" and "delivered" not in messages[answer.message].at:
                continue
            place = (answer.message, answer.kind)
            first[place] = min(answer.us, first.get(place, answer.us))
    return first


def _conversions(files: Sequence[File], person: Callable[[Row], Known | None]) -> dict[Name, Conversion]:
    latest: dict[Name, tuple[tuple[int, int], Row]] = {}
    for kind, id_column in (("orders", "order_id"), ("conversions", "conversion_id")):
        for place, row in _placed(files, kind):
            name = (kind, *_name(row, id_column, place))
            version = (row.get("updated_at") or 0, place[0])
            if name not in latest or version >= latest[name][0]:
                latest[name] = (version, row)
    refunds: dict[Name, int] = defaultdict(int)
    once = {_name(row, "refund_id", place): row for place, row in _placed(files, "refunds")}
    for row in once.values():
        kind = "orders" if ("orders", "id", row["order_id"]) in latest else "conversions"
        refunds[kind, "id", row["order_id"]] += row["amount"]
    found = {}
    for name, (_, row) in latest.items():
        gone = row.get("status") == "cancelled" or row.get("cancelled_at") is not None
        at, what = row.get("ordered_at") or row["converted_at"], row.get("conversion_kind", "order")
        money = (0, 0, 0) if gone else (row.get("amount") or 0, refunds[name], row.get("discount") or 0)
        found[name] = Conversion(what, (person(row) or (None, None))[1], at, *money, cancelled=gone)
    return found


Touches = dict[int | None, list[tuple[Name, str, int]]]


def _touches(messages: dict[Name, Message], answers: dict[Name, Answer]) -> Touches:
    found: Touches = defaultdict(list)
    for name, message in messages.items():
        for state in ("delivered", "read"):
            if state in message.at:
                found[message.person].append((name, state, message.at[state]))
    for answer in answers.values():
        if answer.message is not None and (answer.kind == "reply" or answer.klass == "human"):
            found[answer.person].append((answer.message, answer.kind, answer.us))
    return found


def _path(conversion: Conversion, touches: Touches, key: Callable[[Name], int]) -> list[tuple[Name, int, int]]:
    """Messages that qualify with rung and instant, in the order of their touch: each once, at its highest rung, and there its latest."""
    best: dict[Name, tuple[int, int]] = {}
    for name, rung, us in touches[conversion.person] if conversion.person is not None else []:
        if 0 <= conversion.us - us <= LOOKBACK.get(rung, -1):
            best[name] = max((LADDER.index(rung), us), best.get(name, (-1, 0)))
    return sorted(((name, *one) for name, one in best.items()), key=lambda touch: (touch[2], key(touch[0])))


def _weights(path: list[list[int]]) -> dict[str, list[int]]:
    """Weight of each touch, given as (rung, instant), under every stored model."""
    n = len(path)
    if not n:
        return {model: [] for model in MODELS}
    rungs = [rung for rung, _ in path]
    lead = next((i for i, rung in enumerate(rungs) if rung >= LADDER.index("click")), None)
    reply = next((i for i, rung in enumerate(rungs) if rung == LADDER.index("reply")), None)
    middle = [1] * (n - 2)
    found = [
        [1] + [0] * (n - 1), [0] * (n - 1) + [1], [1] * n,
        *([round(2**20 * 2.0 ** -((1024 * (path[-1][1] - us) + half // 2) // half / 1024)) for _, us in path] for half in (7 * DAY, DAY)),
        [1] * n if n <= 2 else [2 * len(middle), *middle, 2 * len(middle)],
        _by_role(n, [0, n - 1, reply], (3, 1)), _by_role(n, [0, n - 1, lead, reply], (9, 4)),
    ]  # fmt: skip
    return dict(zip(MODELS, found, strict=True))


def _by_role(n: int, places: Sequence[int | None], ratio: tuple[int, int]) -> list[int]:
    """A role weighs (ratio × touches without a role), each of those the other part; without any, each role weighs 1."""
    held = Counter(place for place in places if place is not None)
    others = n - len(held)
    return [held[i] * (ratio[0] * others or 1) if i in held else ratio[1] for i in range(n)]


def _split(net: int, path: Sequence[Name], weights: list[int]) -> dict[Name | None, int]:
    """Cumulative division towards zero, so that the parts add up."""
    if not path:
        return {None: net}
    parts: dict[Name | None, int] = {}
    whole, running = sum(weights), 0
    for name, weight in zip(path, weights, strict=True):
        if weight:
            parts[name] = int(Fraction(net * (running + weight), whole)) - int(Fraction(net * running, whole))
        running += weight
    return parts


def _funnel(
    messages: dict[Name, Message], answers: dict[Name, Answer], counted: Counted, campaign: dict[Name, str]
) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name, message in messages.items():
        cells = found[campaign[name]]
        cells["messages"] += 1
        cells["sent"] += "sent" in message.at
        cells["was_read"] += "read" in message.at
        cells["failed"] += "failed" in message.at and "delivered" not in message.at
        if "delivered" in message.at:
            cells["delivered"] += 1
            cells["unpriced"] += not message.costs
        cells["priced"] += bool(message.costs)
        cells["cost_micro"] += max(message.costs, default=0)
        for kind, cell in (("click", "clicked"), ("reply", "replied"), ("opt_out", "opted_out")):
            cells[cell] += (name, kind) in counted
    for answer in answers.values():
        if answer.kind == "click" and answer.message is not None:
            cells = found[campaign[answer.message]]
            cells["all_clicks"] += 1
            cells["human_clicks"] += answer.human
            cells["machine_clicks"] += answer.klass in MACHINES
    return dict(found)
