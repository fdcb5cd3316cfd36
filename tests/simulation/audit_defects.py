"""Defects put into a clean world, one a check: each says which rows the check must find, and no others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from earnest.definitions.campaign import Campaign, Match
from earnest.definitions.setting import DatedValue
from earnest.definitions.source import Source
from earnest.definitions.state import CostEntry
from simulation.audit_world import (
    DAY,
    FIRST_DAY,
    HOUR,
    LABELS,
    MINUTE,
    NOW,
    PRICE_MICRO,
    SECOND,
    START,
    TRIAL_DAY,
    World,
    basket,
    campaign,
    daytime,
)

Keys = set[int]
Seed = Callable[[World], Keys | int]
"""Puts the defect in; returns the keys of the rows the check must find, or how many they are."""

SEEDS: dict[str, dict[str, Seed]] = {}
"""World → check → its defect; the defects of one world do not meet."""


def seed(world: str, check: str) -> Callable[[Seed], Seed]:
    def add(function: Seed) -> Seed:
        SEEDS.setdefault(world, {})[check] = function
        return function

    return add


def label(world: World, key: int, template: str, *, channel: str = "whatsapp", category: str = "marketing") -> int:
    world.tell(
        "label", occurred_us=START, label_key=key, channel=channel, campaign=None, template=template, category=category
    )
    return key


def cost(world: World, key: int, name: str | None, kind: str, micro: int, **cells: object) -> int:
    told = {
        "cost_id": f"c{key}",
        "campaign": name,
        "cost_kind": kind,
        "amount_micro": micro,
        "evidence": "invoiced",
        "covers_messaging": False,
    }
    world.tell("cost", event_key=key, occurred_us=START, **(told | cells))
    return key


def person(world: World, contact: int, scheme: str, shown: str) -> int:
    world.tell("identity", occurred_us=START, contact_key=contact, scheme=scheme, digest=f"d{contact}", shown=shown)
    return contact


# orders ------------------------------------------------------------------------------------------


@seed("orders", "orders-unmatched")
def guests(world: World) -> Keys:
    found = [
        world.order(None, START + day * DAY + daytime(world.random), basket(world.random))
        for day in range(3, 68)
        for _ in range(3)
    ]
    return {row["order_key"] for row in found}


@seed("orders", "orders-test")
def test_orders(world: World) -> Keys:
    tester = person(world, 50_001, "mailto", "…@shop.test")
    mine = [world.order(tester, START + day * DAY + 9 * HOUR, 4_999) for day in (5, 6)]
    staff = world.order(21, START + 7 * DAY + 9 * HOUR, 5_999, coupon="STAFF-10")
    world.order(22, START + 7 * DAY + 9 * HOUR, 5_999, coupon="CONTEST10")  # holds the letters, and is none
    return {row["order_key"] for row in (*mine, staff)}


@seed("orders", "orders-cancelled-counted")
def cancelled_and_counted(world: World) -> Keys:
    told = [world.order(30 + n, START + 8 * DAY + n * HOUR + 8 * HOUR, 4_000 + n) for n in range(3)]
    for row in told:
        world.tell(
            "order", **(row | {"event_key": world.key(), "cancelled": True, "received_us": row["received_us"] - 1})
        )
    later = world.order(40, START + 9 * DAY + 9 * HOUR, 7_000, updated_us=1)
    world.tell(
        "order", **(later | {"event_key": world.key(), "cancelled": True, "updated_us": 0})
    )  # an older version: all is well
    return {row["order_key"] for row in told}


@seed("orders", "refunds-above-order")
def refunds_above(world: World) -> Keys:
    rows = [world.order(50 + n, START + 10 * DAY + 10 * HOUR, 3_000) for n in range(2)]
    for row in rows:
        world.tell(
            "refund",
            occurred_us=row["occurred_us"] + DAY,
            order_key=row["order_key"],
            conversion_key=-row["order_key"],
            refund_minor=4_000,
        )
    whole = world.order(55, START + 10 * DAY + 10 * HOUR, 3_000)
    world.tell(
        "refund",
        occurred_us=whole["occurred_us"] + DAY,
        order_key=whole["order_key"],
        conversion_key=-1,
        refund_minor=3_000,
    )
    return {row["order_key"] for row in rows}


@seed("orders", "refunds-without-order")
def stray_refunds(world: World) -> Keys:
    return {
        world.tell("refund", occurred_us=START + DAY, order_key=-7 - n, conversion_key=-17 - n, refund_minor=900)[
            "event_key"
        ]
        for n in range(2)
    }


@seed("orders", "orders-negative")
def negative(world: World) -> Keys:
    return {world.order(60, START + 11 * DAY + 12 * HOUR, -1_500)["order_key"]}


@seed("orders", "orders-outlying")
def outlying(world: World) -> Keys:
    return {world.order(61, START + 12 * DAY + 12 * HOUR, 9_999_900)["order_key"]}


@seed("orders", "orders-across-files")
def twice_in_files(world: World) -> Keys:
    found = set()
    for n in range(4):
        row = world.order(70 + n, START + 13 * DAY + (8 + n) * HOUR, 2_500 + n, order_id=None, segment_key=11)
        found.add(
            world.tell("order", **(row | {"event_key": world.key(), "order_key": world.key(), "segment_key": 12}))[
                "order_key"
            ]
        )
        world.tell(
            "order",
            **(row | {"event_key": world.key(), "order_key": world.key(), "net_minor": 99_00 + n, "segment_key": 12}),
        )
    return found


@seed("orders", "orders-across-sources")
def twice_in_sources(world: World) -> Keys:
    rows = [row for row in world.events["order"] if row["order_id"] is not None and row["contact_key"] is not None][:40]
    for n, row in enumerate(rows):
        told = {"event_key": world.key(), "order_key": world.key(), "order_id": f"erp{n}", "source": "erp"}
        world.tell("order", **(row | told | {"occurred_us": row["occurred_us"] + 2 * MINUTE}))
    return {row["order_key"] for row in rows}


@seed("orders", "buyer-dominant")
def one_buyer(world: World) -> Keys:
    for n in range(60):
        world.order(7, START + n * DAY + 8 * HOUR + n * MINUTE, 1_000 + n * 37)
    return {row["order_key"] for row in world.events["order"] if row["contact_key"] == 7}


@seed("orders", "persons-large")
def one_office(world: World) -> Keys:
    for n in range(5):
        other = person(world, 60_000 + n, "mailto", f"{n}…@office.example")
        world.tell("identity_link", occurred_us=START, contact_key=9, other_key=other)
    return {row["order_key"] for row in world.events["order"] if row["contact_key"] == 9}


@seed("orders", "phones-shared")
def one_phone(world: World) -> Keys:
    phone = person(world, 61_000, "tel", "+49…00")
    for n in range(5):
        number = person(world, 61_001 + n, "ext", f"shop:{n}")
        world.tell("identity_link", occurred_us=START, contact_key=phone, other_key=number)
    return {world.order(61_003, START + 20 * DAY + 9 * HOUR, 8_888)["order_key"]}


@seed("orders", "orders-other-currency")
def in_dollars(world: World) -> int:
    world.state.imports[2] = replace(
        world.state.imports[1], seq=2, counts={"rows": 100, "reasons": {"currency-differs": 7}}
    )
    return 7


@seed("orders", "rows-refused")
def unreadable(world: World) -> int:
    world.state.imports[3] = replace(world.state.imports[1], seq=3, counts={"rows": 400, "reasons": {"not-a-date": 90}})
    return 90


@seed("midnight", "orders-without-clock")
def midnight(world: World) -> Keys:
    rows = world.events["order"][::4]
    for row in rows:
        row["occurred_us"] = row["local_day"] * DAY
    return {row["order_key"] for row in rows}


@seed("night", "orders-shifted")
def night(world: World) -> Keys:
    rows = world.events["order"][::3]
    for n, row in enumerate(rows):
        row["source"] = "marketplace"
        row["occurred_us"] = row["local_day"] * DAY + (1 + n % 5) * HOUR + MINUTE if n % 10 < 8 else row["occurred_us"]
    return {row["order_key"] for row in rows if row["occurred_us"] % DAY < 6 * HOUR}


@seed("gap", "source-gaps")
def gap(world: World) -> Keys:
    world.events["order"] = [
        row for row in world.events["order"] if row["local_day"] not in (FIRST_DAY + 30, FIRST_DAY + 50)
    ]
    return {FIRST_DAY + 30, FIRST_DAY + 50}


@seed("stale", "orders-stale")
def stale(world: World) -> int:
    world.events["order"] = [row for row in world.events["order"] if row["local_day"] < FIRST_DAY + 38]
    return 1  # the trial; the other campaign was over


@seed("stale", "outcomes-incomplete")
def no_outcomes(_world: World) -> int:
    return 1


@seed("early", "window-open")
def early(world: World) -> int:
    world.now_us = START + (TRIAL_DAY + 1) * DAY
    return 1


@seed("channels", "overlap-channels")
def two_channels(world: World) -> Keys:
    sms = label(world, 31, "spring_sms", channel="sms")
    clicks = list(world.events["click"])
    for row in clicks:
        key = world.message(row["contact_key"], sms, row["occurred_us"] - HOUR)
        world.click(row["contact_key"], key, row["occurred_us"] - 30 * MINUTE)
    return 1  # at least


# messages ----------------------------------------------------------------------------------------


@seed("messages", "statuses-missing")
def unheard(world: World) -> Keys:
    return {world.message(100 + n, 1, START + 15 * DAY + n * MINUTE, status=2) for n in range(200)}


@seed("messages", "statuses-late")
def late(world: World) -> Keys:
    world.state.sources["meta"] = Source("meta", "whatsapp", "none", ())
    found = set()
    for n in range(10):
        at = START + 16 * DAY + n * MINUTE
        found.add(world.message(100 + n, 1, at, source="meta", received_us=at + 2 * DAY))
        world.message(100 + n, 1, at + HOUR, source="meta")
    return found


@seed("messages", "status-order")
def backwards(world: World) -> Keys:
    found = set()
    for n in range(60):
        key, at = world.key(), START + 17 * DAY + n * MINUTE
        world.tell(
            "message",
            contact_key=300 + n,
            occurred_us=at,
            status=2,
            message_key=key,
            message_id=f"m{key}",
            label_key=1,
            cost_micro=PRICE_MICRO,
        )
        world.tell(
            "message",
            contact_key=300 + n,
            occurred_us=at - HOUR,
            status=3,
            message_key=key,
            message_id=f"m{key}",
            label_key=1,
        )
        found.add(key)
    return found


@seed("messages", "read-undelivered")
def read_only(world: World) -> Keys:
    return {world.message(400 + n, 1, START + 18 * DAY + n * MINUTE, status=4) for n in range(30)}


@seed("messages", "delivered-and-failed")
def both(world: World) -> Keys:
    found = set()
    for n in range(30):
        at = START + 19 * DAY + n * MINUTE
        key = world.message(500 + n, 1, at)
        world.tell(
            "message",
            contact_key=500 + n,
            occurred_us=at + HOUR,
            status=5,
            message_key=key,
            message_id=f"m{key}",
            label_key=1,
            error_code="131000",
        )
        found.add(key)
    return found


@seed("messages", "messages-unassigned")
def unassigned(world: World) -> Keys:
    label(world, 41, "nobody_knows")
    return {world.message(600 + n, 41, START + 20 * DAY + n * MINUTE) for n in range(12)}


@seed("messages", "match-ambiguous")
def ambiguous(world: World) -> Keys:
    label(world, 42, "both")
    for name in ("one", "other"):
        world.state.campaigns[name] = Campaign(name, name, match=(Match("template", "both"),))
    return {world.message(620 + n, 42, START + 20 * DAY + n * MINUTE) for n in range(5)}


@seed("messages", "messages-across-files")
def messages_twice(world: World) -> Keys:
    found = set()
    for n in range(8):
        at = START + 21 * DAY + n * MINUTE
        world.message(640 + n, 1, at, message_id=None, segment_key=21)
        found.add(world.message(640 + n, 1, at, message_id=None, segment_key=22))
    return found


@seed("messages", "contacts-flooded")
def flooded(world: World) -> Keys:
    sent = [world.message(660, 1, START + 10 * DAY + n * 3 * HOUR) for n in range(25)]
    return set(sent[20:])


@seed("messages", "numbers-abroad")
def abroad(world: World) -> Keys:
    kept = {
        world.message(670 + n, 1, START + 21 * DAY + n * MINUTE, recipient_zone=7, status=5 if n < 25 else 3)
        for n in range(30)
    }
    for n in range(12):  # another country, where all is well
        world.message(710 + n, 1, START + 21 * DAY + n * MINUTE, recipient_zone=43)
    return kept


@seed("messages", "clicks-machine")
def scanned(world: World) -> Keys:
    found = set()
    for n in range(40):
        at = START + 22 * DAY + n * MINUTE
        key = world.message(730 + n, 1, at)
        found.add(world.click(730 + n, key, at + 2 * SECOND + 400_000)["event_key"])
    return found


@seed("messages", "clicks-burst")
def bursts(world: World) -> Keys:
    found = set()
    for n in range(40):
        at = START + 23 * DAY + n * MINUTE
        key = world.message(780 + n, 1, at)
        found |= {world.click(780 + n, key, at + HOUR + link * 100_000)["event_key"] for link in range(3)}
    return found


@seed("messages", "answers-before-send")
def answered_before(world: World) -> Keys:
    found = set()
    for n in range(10):
        at = START + 24 * DAY + n * MINUTE
        found.add(world.click(830 + n, world.message(830 + n, 1, at), at - 3 * HOUR)["event_key"])
    return found


@seed("messages", "consent-withdrawn")
def opted_out(world: World) -> Keys:
    found = set()
    for n in range(6):
        at = START + 12 * DAY
        world.tell("opt", contact_key=850 + n, occurred_us=at, direction="out", door="keyword")
        found.add(world.message(850 + n, 1, at + DAY))
        world.message(850 + n, 1, at - DAY)
        world.tell("opt", contact_key=850 + n, occurred_us=at + 2 * DAY, direction="in", door="keyword")
    return found


@seed("messages", "consent-missing")
def no_consent(world: World) -> Keys:
    for contact in range(1, 1_201):
        if contact not in (1_100, 1_101):
            value = "out" if contact == 1_102 else "in"
            world.tell("contact", contact_key=contact, occurred_us=START - DAY, attribute="consent", value=value)
    return {row["message_key"] for row in world.events["message"] if row["contact_key"] in (1_100, 1_101, 1_102)}


# cost --------------------------------------------------------------------------------------------


def _sent(world: World, key: int, name: str, *, people: range, **cells: object) -> list[int]:
    label(world, key, f"t_{name}")
    world.state.campaigns[name] = Campaign(name, name, match=(Match("template", f"t_{name}"),))
    return [world.message(one, key, START + 5 * DAY + one * MINUTE, **cells) for one in people]


@seed("cost", "cost-missing")
def no_cost(world: World) -> int:
    _sent(world, 52, "unpaid", people=range(41, 51), cost_micro=None)
    return 1


@seed("cost", "messages-unrated")
def unrated(world: World) -> Keys:
    keys = _sent(world, 51, "halfpriced", people=range(1, 41))
    for row in world.events["message"]:
        if row["message_key"] in keys[:15]:
            row["cost_micro"] = None
    free = [row["message_key"] for row in world.events["message"] if row["label_key"] == 52]
    return {*keys[:15], *free}


@seed("cost", "cost-without-rate")
def no_rate(world: World) -> int:
    world.state.costs.append(
        CostEntry(
            901,
            {"campaign": "plain", "kind": "content", "micro": 5_000_000, "currency": "USD", "evidence": "invoiced", "covers": False,
             "from_us": START, "until_us": None, "description": "photos"},
        )
    )  # fmt: skip
    return 1


@seed("cost", "cost-unallocated")
def unallocated(world: World) -> int:
    cost(world, 911, None, "subscription", 9_000_000)
    cost(world, 912, "winter", "content", 4_000_000)
    return 2


@seed("cost", "messaging-counted-twice")
def counted_twice(world: World) -> int:
    _sent(world, 53, "doubled", people=range(51, 91))
    cost(world, 913, "doubled", "messaging", 3_200_000)
    return 1


@seed("cost", "invoice-differs")
def other_bill(world: World) -> int:
    _sent(world, 54, "billed", people=range(91, 131))
    cost(world, 914, "billed", "messaging", 3_500_000, covers_messaging=True)
    _sent(world, 55, "rounded", people=range(131, 171))
    cost(world, 915, "rounded", "messaging", 3_210_000, covers_messaging=True)  # 0.3 % more than 40 messages at 0.08
    return 1


@seed("cost", "cost-negative")
def below_nothing(world: World) -> int:
    _sent(world, 56, "reversed", people=range(171, 181))
    cost(world, 916, "reversed", "other", -20_000_000)
    return 1


@seed("cost", "template-recategorised")
def recategorised(world: World) -> Keys:
    for key, category in ((61, "utility"), (62, "marketing")):
        world.tell("terms", occurred_us=START, terms_key=key, account="w", number="n", pricing_model="message", pricing_type="regular",
                   category=category, billable=True, cost_currency="EUR", stage=3)  # fmt: skip
    told = {"cost_micro": None, "told_cost_micro": 30_000, "terms_key": 61}
    _sent(world, 57, "moved", people=range(181, 191), **told)
    return {
        world.message(one, 57, START + 6 * DAY + one * MINUTE, **(told | {"told_cost_micro": 90_000, "terms_key": 62}))
        for one in range(191, 201)
    }


@seed("margin", "margin-missing")
def no_margin(world: World) -> int:
    del world.state.settings["margin"]
    return 2


@seed("cost", "settings-midway")
def new_window(world: World) -> int:
    world.state.settings["lookback_click_days"] = [DatedValue("7", date(2026, 3, 14))]  # plain is sent on 13 March
    return 1


# experiments -------------------------------------------------------------------------------------


def _arm(world: World, arm: str) -> list[int]:
    return [row["contact_key"] for row in world.events["assignment"] if row["arm"] == arm]


@seed("ratio", "sample-ratio-mismatch")
def lost_controls(world: World) -> int:
    gone = set(_arm(world, "control")[:150])
    world.events["assignment"] = [row for row in world.events["assignment"] if row["contact_key"] not in gone]
    return 1


@seed("arms", "unit-in-two-arms")
def in_two_arms(world: World) -> Keys:
    chosen = set(_arm(world, "treatment")[:4])
    for one in chosen:
        world.tell(
            "assignment",
            occurred_us=START + TRIAL_DAY * DAY + 9 * HOUR + 1,
            contact_key=one,
            experiment="test",
            arm="control",
        )
    return chosen


@seed("arms", "hold-out-messaged")
def messaged(world: World) -> Keys:
    chosen = set(_arm(world, "control")[:30])
    for one in sorted(chosen):
        world.message(one, 2, START + (TRIAL_DAY + 1) * DAY + one * SECOND)
    return chosen


@seed("arms", "treatment-elsewhere")
def elsewhere(world: World) -> Keys:
    strangers = {world.message(70_000 + n, 2, START + (TRIAL_DAY + 1) * DAY + n * SECOND) for n in range(60)}
    held = set(_arm(world, "control")[:30])
    return strangers | {
        row["message_key"] for row in world.events["message"] if row["label_key"] == 2 and row["contact_key"] in held
    }


@seed("few", "few-buyers")
def few(world: World) -> int:
    held = set(_arm(world, "control")[60:])
    since = START + TRIAL_DAY * DAY + 9 * HOUR
    world.events["order"] = [
        row
        for row in world.events["order"]
        if not (row["contact_key"] in held and since <= row["occurred_us"] < since + 14 * DAY)
    ]
    return 1


@seed("missing", "arms-missing-differently")
def unknown_controls(world: World) -> int:
    unknown = set(_arm(world, "control")[:250])
    before = START + TRIAL_DAY * DAY + 9 * HOUR
    world.events["order"] = [
        row for row in world.events["order"] if row["contact_key"] not in unknown or row["occurred_us"] >= before
    ]
    return 1


@seed("missing", "arms-messaged-differently")
def other_campaign(world: World) -> int:
    label(world, 71, "other_spring")
    world.state.campaigns["other"] = Campaign("other", "other", match=(Match("template", "other_spring"),))
    for one in _arm(world, "treatment")[:80]:
        world.message(one, 71, START + (TRIAL_DAY + 2) * DAY + one * SECOND)
    return 1


__all__ = ["LABELS", "NOW", "SEEDS", "campaign"]
