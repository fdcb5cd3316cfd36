"""Two hundred simulated months of a provider's bills: charges equal the invoice, but for what nobody was told of."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from earnest.definitions.account import Account
from earnest.rating.cards import built_in
from earnest.rating.markets import market_names
from earnest.rating.reason import ChargeReason
from earnest.usecases import rating_basis
from earnest.usecases.declare import add_account
from earnest.usecases.import_files import import_files
from earnest.usecases.rates import import_card
from earnest.usecases.rebuild import differing
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace, init
from property.billing_oracle import CARDS, Bucket, Month, charge, month, sums
from property.billing_prices import COLUMNS, REAL, rows
from property.billing_traffic import PHONES, Message, local

SEEDS = 200
SQL = """
SELECT m.message_id, t.account, t.category, e.delivered_us, c.market, c.charge_micro, c.reason
FROM charge AS c
JOIN message AS e ON c.message_key = e.message_key
JOIN (SELECT DISTINCT message_key, message_id FROM event_message) AS m ON c.message_key = m.message_key
JOIN (SELECT DISTINCT terms_key, account, category FROM event_terms) AS t ON c.terms_key = t.terms_key
"""


@dataclass(frozen=True, repr=False)
class Books:
    """What Earnest makes of many months: message id → price, None if unknown; and sums by bucket."""

    months: dict[int, Month]
    charged: dict[str, Decimal | None]
    reasons: dict[str, ChargeReason]
    sums: dict[Bucket, Decimal]


@cache
def simulated(seed: int) -> Month:
    return month(seed)


def keep_books(workspace: Workspace, folder: Path, seeds: list[int], files: int) -> Books:
    """Import the bodies of all months, as they arrived, in so many files with a build after each."""
    months = {seed: simulated(seed) for seed in seeds}
    for one in months.values():
        for name, (zone, currency, portfolio) in one.accounts.items():
            add_account(workspace, Account(name, zone, currency, portfolio))
    for part in range(files):
        path = folder / f"bodies-{part}.jsonl"
        with path.open("w") as out:
            for one in months.values():
                first, last = (len(one.bodies) * place // files for place in (part, part + 1))
                out.writelines(json.dumps(body) + "\n" for body in one.bodies[first:last])
        import_files(workspace, [path], "whatsapp")
    if files > 1:
        assert differing(workspace, build(workspace)) == ()
    charged: dict[str, Decimal | None] = {}
    reasons: dict[str, ChargeReason] = {}
    found: dict[Bucket, Decimal] = defaultdict(Decimal)
    accounts = {name: facts for one in months.values() for name, facts in one.accounts.items()}
    with open_tables(workspace) as tables:
        for message, account, category, at, market, micro, reason in tables.con.execute(SQL).fetchall():
            zone, currency, portfolio = accounts[account]
            price = None if micro is None else Decimal(micro) / 1_000_000
            charged[message], reasons[message] = price, ChargeReason(reason)
            if price:
                place = (market_names()[market - 1], category, local(at // 1_000_000, zone)[:7])
                found[currency, portfolio, *place] += price
    return Books(months, charged, reasons, dict(found))


@pytest.fixture(scope="module", params=[0, 1, 2], ids=["published-card", "small-card", "smaller-card"])
def books(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """All months of one card, in a workspace; allowances as small as the card's tiers stand in for the published."""
    card, _, allowance = CARDS[request.param]
    folder = tmp_path_factory.mktemp("bills")
    with pytest.MonkeyPatch.context() as patch:
        if card:
            book = built_in()
            rules = tuple(replace(rule, free=allowance) if rule.free else rule for rule in book.rules)
            patch.setattr(rating_basis, "built_in", lambda: replace(book, rules=rules))
        workspace = init(folder / "w", currency="EUR", timezone="Europe/Berlin")
        if card:
            import_rows(workspace, folder, card)
        seeds = [seed for seed in range(SEEDS) if max(seed % 4 - 1, 0) == request.param]
        yield keep_books(workspace, folder, seeds, files=3 if card else 1)


def import_rows(workspace: Workspace, folder: Path, card: list[dict[str, str]]) -> None:
    """Import a card as a file, its tiers written as the provider writes them."""
    path = folder / "simulated.csv"
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows(card)
    import_card(workspace, path, allow_gaps=True)


def test_every_message_costs_what_the_provider_charges(books: Books) -> None:
    wrong = [
        f"{name}: {books.charged.get(name)} ({books.reasons[name].code if name in books.reasons else 'no charge'}), not {price}"
        for one in books.months.values()
        for name, price in one.owed.items()
        if name not in books.charged or books.charged[name] != price
    ]
    assert wrong[:20] == []


def test_nothing_is_charged_that_the_provider_does_not_charge(books: Books) -> None:
    owed = {name for one in books.months.values() for name in one.owed}
    assert set(books.charged) == owed


def test_charges_equal_the_invoice_but_for_what_vanished(books: Books) -> None:
    differences = {}
    for seed, one in books.months.items():
        portfolios = {portfolio for _, _, portfolio in one.accounts.values()}
        ours = {bucket: price for bucket, price in books.sums.items() if bucket[1] in portfolios}
        gap = {
            bucket: one.invoice.get(bucket, Decimal(0)) - ours.get(bucket, Decimal(0))
            for bucket in {*one.invoice, *ours}
        }
        if {bucket: price for bucket, price in gap.items() if price} != one.vanished:
            differences[seed] = gap
    assert differences == {}


def test_months_reach_tiers_allowances_and_local_midnights() -> None:
    """The simulation has power: what is to be checked happens, many times."""
    seen: Counter[str] = Counter()
    for seed in range(SEEDS):
        one = simulated(seed)
        free = Counter(price == 0 for price in one.owed.values())
        seen["priced"] += free[False] > 50
        seen["vanished"] += bool(one.vanished)
        seen["months"] += len({bucket[4] for bucket in one.invoice}) > 1
        if one.card:
            places = {(bucket[1], bucket[2], bucket[3]) for bucket in one.invoice}
            prices = {row["price"] for row in one.card if row["tier_from"] not in ("", "0")}
            seen["tiers"] += any(str(price) in prices for price in one.owed.values()) and len(places) > 5
    assert seen["priced"] > 150
    assert seen["vanished"] > 150
    assert seen["months"] > 120
    assert seen["tiers"] > 50


def test_a_month_is_the_same_each_time() -> None:
    assert month(7) == month(7)


@pytest.mark.parametrize("seed", [*range(56)])
def test_what_is_told_is_enough_for_the_invoice(seed: int) -> None:
    """The losses are of the kind that loses nothing: the bodies alone give the same charges."""
    one = simulated(seed)
    card = one.card or rows(REAL, "USD")
    told = charge(card, one.accounts, one.allowance or 1000, read_back(one))
    assert {name: price for name, (_, price) in told.items()} == one.owed
    left = {bucket: price - one.vanished.get(bucket, Decimal(0)) for bucket, price in one.invoice.items()}
    assert sums(told) == {bucket: price for bucket, price in left.items() if price}


def read_back(one: Month) -> list[tuple[int, Message]]:
    """Delivered messages as a reader of the bodies sees them."""
    facts: dict[str, dict[str, Any]] = defaultdict(dict)
    for body in one.bodies:
        for entry in body["entry"]:
            value = entry["changes"][0]["value"]
            for told in value["statuses"]:
                fact = facts[told["id"]]
                fact[told["status"]] = int(told["timestamp"])
                fact["account"], fact["number"] = entry["id"], value["metadata"]["phone_number_id"]
                phone = told["recipient_id"] or told["recipient_user_id"].partition(".")[2]
                fact["market"] = next(name for name, (_, prefix, _) in PHONES.items() if phone.startswith(prefix))
                if "pricing" in told:
                    pricing = told["pricing"]
                    fact["category"] = pricing["category"].replace("-", "_")
                    fact["type"] = pricing.get("type", "regular" if pricing["billable"] else "free_entry_point")
                    fact["conversation"] = told.get("conversation", {}).get("id")
    found = []
    for name, fact in facts.items():
        at = fact.get("delivered", fact.get("read"))
        if at:
            named = {key: fact[key] for key in ("account", "number", "market", "category", "type", "conversation")}
            found.append((at, Message(name, sent=0, **named)))
    return found


def bill(allowance: int, *messages: tuple[str, Message], card: str = REAL, bounds: tuple[int, ...] = ()) -> list[str]:
    """Prices of messages delivered at times in UTC, in their order, for one account in Kolkata (UTC+5:30)."""
    accounts = {"a": ("Asia/Kolkata", "USD", "p"), "b": ("UTC", "USD", "p")}
    told = [(int(datetime.fromisoformat(at + "+00:00").timestamp()), m) for at, m in messages]
    owed = charge(rows(card, "USD", bounds), accounts, allowance, told)
    return [str(owed[m.id][1] or (0 if owed[m.id][1] == 0 else "unknown")) for _, m in messages]


def india(name: str, category: str, account: str = "a", number: str = "1", **facts: Any) -> Message:
    return Message(name, account, number, facts.pop("market", "India"), category, 0, **facts)


def test_oracle_tiers_are_marginal_and_shared_by_both_authentications() -> None:
    """Bounds 2 and 3: two at the list rate, one at 90 %, the rest at 81 %; 0.0280 × 0.9 = 0.0252."""
    messages = [(f"2026-03-0{k}T12:00", india(str(k), "authentication")) for k in (1, 2)]
    messages += [("2026-03-03T12:00", india("3", "authentication_international", "b"))]
    messages += [("2026-03-04T12:00", india("4", "authentication"))]
    assert bill(0, *messages, bounds=(2, 3)) == ["0.0014", "0.0014", "0.0252", "0.0011"]
    assert bill(0, *reversed(messages), bounds=(2, 3)) == ["0.0011", "0.0252", "0.0014", "0.0014"]


def test_oracle_free_messages_do_not_count_towards_tiers() -> None:
    """Bound 1: the free one leaves the list rate to the next."""
    messages = [("2026-03-01T12:00", india("1", "utility", type="free_customer_service"))]
    messages += [(f"2026-03-0{k}T12:00", india(str(k), "utility")) for k in (2, 3)]
    assert bill(0, *messages, bounds=(1,)) == ["0", "0.0014", "0.0013"]


def test_oracle_allowance_is_by_number_and_begins_anew_at_local_midnight() -> None:
    """In Kolkata November begins at 2026-10-31T18:30Z."""
    messages = [
        ("2026-10-31T18:00", india("1", "service")),
        ("2026-10-31T18:29", india("2", "service")),
        ("2026-10-31T18:29", india("3", "service", number="2")),
        ("2026-10-31T18:30", india("4", "service")),
        ("2026-10-31T18:31", india("5", "service")),
    ]
    assert bill(1, *messages) == ["0", "0.0014", "0", "0", "0.0014"]


def test_oracle_service_is_charged_from_october_2026_by_local_time() -> None:
    """In Kolkata October begins at 2026-09-30T18:30Z; in UTC half an hour later it is September still."""
    messages = [
        ("2026-09-30T18:29", india("1", "service")),
        ("2026-09-30T18:30", india("2", "service")),
        ("2026-09-30T19:00", india("3", "service", "b")),
    ]
    assert bill(0, *messages) == ["0", "0.0014", "0"]


def test_oracle_conversations_are_charged_once_when_they_open() -> None:
    """2023-10: two service conversations, one free; the marketing one is charged, its second message is not."""
    messages = [
        ("2023-10-02T10:00", india("1", "service", conversation="x")),
        ("2023-10-02T11:00", india("2", "service", conversation="x")),
        ("2023-10-02T12:00", india("3", "service", conversation="y")),
        ("2023-10-02T13:00", india("4", "marketing", conversation="z")),
        ("2023-10-03T13:00", india("5", "marketing", conversation="z")),
    ]
    assert bill(1, *messages) == ["0", "0", "0.0040", "0.0099", "0"]


def test_oracle_any_conversation_was_free_before_june_2023() -> None:
    messages = [
        (f"2022-10-0{k}T10:00", india(str(k), category, conversation=str(k)))
        for k, category in enumerate(("business_initiated", "user_initiated", "business_initiated"), 1)
    ]
    assert bill(1, *messages) == ["0", "0.0040", "0.0066"]


def test_oracle_prices_are_missing_where_the_card_has_none() -> None:
    """North America's authentication of mid-2025 is not known; Kazakhstan is Other until 2026-09-30."""
    messages = [
        ("2025-08-01T10:00", india("1", "authentication", market="North America")),
        ("2026-09-01T10:00", india("2", "utility", market="Kazakhstan")),
        ("2026-10-02T10:00", india("3", "utility", market="Kazakhstan")),
    ]
    assert bill(0, *messages) == ["unknown", "0.0077", "0.0180"]
