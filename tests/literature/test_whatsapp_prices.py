"""Known WhatsApp bills, worked out by hand from Meta's published cards and price rules."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from earnest.definitions.account import Account
from earnest.events.identity import recipient_zone
from earnest.kernel.estimate import Unavailable
from earnest.rating.markets import market_of
from earnest.rating.quote import Quote, quote
from earnest.rating.reason import ChargeReason
from earnest.usecases.declare import add_account
from earnest.usecases.import_files import import_files
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import init

BEFORE, AFTER = date(2026, 9, 30), date(2026, 10, 1)
SQL = """
SELECT m.message_id, c.charge_micro, c.reason
FROM charge AS c
JOIN (SELECT DISTINCT message_key, message_id FROM event_message) AS m ON c.message_key = m.message_key
"""
Charge = tuple[Decimal | None, str]
"""In dollars, None if unknown; and the reason."""
NUMBERS = {"India": "919812345678", "Kazakhstan": "77015550100", "United States": "14155550100"}


def price(market: str, category: str, on: date, *, currency: str = "USD", **asked: Any) -> Decimal:
    found = quote(market, category, currency, on, **asked)
    assert isinstance(found, Quote), found
    return found.price


def market(number: str, on: date) -> str | None:
    return market_of(recipient_zone(number), on)


def told(message: str, status: str, at: str | datetime, *, to: str = "India", **pricing: Any) -> dict[str, Any]:
    """A status at an instant in UTC; `conversation` puts it into the era of conversations."""
    instant = at if isinstance(at, datetime) else datetime.fromisoformat(at).replace(tzinfo=UTC)
    conversation = pricing.pop("conversation", None)
    found: dict[str, Any] = {"id": message, "status": status, "recipient_id": NUMBERS[to]}
    found["timestamp"] = str(int(instant.timestamp()))
    if conversation:
        found["conversation"] = {"id": conversation, "origin": {"type": pricing["category"]}}
    if pricing:
        era = {"pricing_model": "CBP"} if conversation else {"pricing_model": "PMP", "type": "regular"}
        found["pricing"] = {"billable": True, **era, **pricing}
    return found


def bill(
    folder: Path, statuses: list[dict[str, Any]], *, timezone: str = "UTC", contacts: list[Any] | None = None
) -> dict[str, Charge]:
    """Message → its charge in dollars and the reason, of an account in that zone."""
    value: dict[str, Any] = {"messaging_product": "whatsapp", "statuses": statuses, "contacts": contacts or []}
    value["metadata"] = {"display_phone_number": "15550783881", "phone_number_id": "10"}
    body = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}],
    }
    path = folder / "body.json"
    path.write_text(json.dumps(body))
    workspace = init(folder / "w", currency="USD", timezone="UTC")
    add_account(workspace, Account("1", timezone, "USD"))
    import_files(workspace, [path], "whatsapp")
    with open_tables(workspace) as tables:
        rows = tables.con.execute(SQL).fetchall()
    return {
        name: (None if micro is None else Decimal(micro) / 1_000_000, ChargeReason(reason).code)
        for name, micro, reason in rows
    }


def total(charges: dict[str, Charge]) -> Decimal:
    assert all(charge is not None for charge, _ in charges.values())
    return sum((charge or Decimal(0) for charge, _ in charges.values()), Decimal(0))


def test_rupees_are_not_converted_dollars() -> None:
    """Cards of 2025-10, India. Marketing 0.7846 / 0.0107 = 73.3 rupees a dollar, utility 0.1150 / 0.0014 = 82.1."""
    on = date(2025, 10, 1)
    assert price("India", "marketing", on, currency="INR") == Decimal("0.7846")
    assert price("India", "marketing", on) == Decimal("0.0107")
    assert price("India", "utility", on, currency="INR") == Decimal("0.1150")
    assert price("India", "utility", on) == Decimal("0.0014")


def test_colombia_costs_as_many_cents_in_euros_as_in_dollars() -> None:
    on = date(2026, 7, 1)
    assert price("Colombia", "utility", on, currency="EUR") == price("Colombia", "utility", on) == Decimal("0.0008")


def test_kazakhstan_and_russia_share_a_calling_code_but_no_price() -> None:
    """+7 7 was Other until 2026-09-30 (0.0077) and is a market of its own since (0.0180); +7 9 is Russia (0.0400)."""
    kazakh, russian = "+77015550100", "+79031234567"
    assert [market(kazakh, day) for day in (BEFORE, AFTER)] == ["Other", "Kazakhstan"]
    assert [market(russian, day) for day in (BEFORE, AFTER)] == ["Russia", "Russia"]
    assert [price(market(kazakh, day) or "", "utility", day) for day in (BEFORE, AFTER)] == [
        Decimal("0.0077"),
        Decimal("0.0180"),
    ]
    assert [price(market(russian, day) or "", "utility", day) for day in (BEFORE, AFTER)] == [Decimal("0.0400")] * 2


@pytest.mark.parametrize(
    ("number", "where", "marketing"),
    [
        ("+18765550100", "Rest of Latin America", "0.0740"),  # Jamaica
        ("+16585550100", "Rest of Latin America", "0.0740"),  # Jamaica
        ("+18095550100", "Rest of Latin America", "0.0740"),  # Dominican Republic
        ("+18295550100", "Rest of Latin America", "0.0740"),  # Dominican Republic
        ("+18495550100", "Rest of Latin America", "0.0740"),  # Dominican Republic
        ("+17875550100", "Rest of Latin America", "0.0740"),  # Puerto Rico
        ("+19395550100", "Rest of Latin America", "0.0740"),  # Puerto Rico
        ("+12425550100", "Other", "0.0604"),  # Bahamas
        ("+18685550100", "Other", "0.0604"),  # Trinidad and Tobago
        ("+12125550100", "North America", "0.0250"),  # New York
        ("+14165550100", "North America", "0.0250"),  # Toronto
        ("+16045550100", "North America", "0.0250"),  # Vancouver
    ],
)
def test_islands_of_the_american_plan_have_markets_of_their_own(number: str, where: str, marketing: str) -> None:
    for day in (BEFORE, AFTER):
        assert market(number, day) == where
        assert price(where, "marketing", day) == Decimal(marketing)


@pytest.mark.parametrize(
    ("number", "last", "before", "after"),
    [
        ("+263771234567", date(2025, 9, 30), ("Other", "0.0604"), ("Rest of Africa", "0.0225")),  # Zimbabwe
        ("+85251234567", date(2026, 6, 30), ("Rest of Asia Pacific", "0.0732"), ("Hong Kong", "0.0732")),
    ],
)
def test_countries_change_markets_on_a_day(
    number: str, last: date, before: tuple[str, str], after: tuple[str, str]
) -> None:
    for day, (where, marketing) in ((last, before), (last + timedelta(days=1), after)):
        assert market(number, day) == where
        assert price(where, "marketing", day) == Decimal(marketing)


def test_four_thousand_conversations_are_three_thousand_on_the_bill(tmp_path: Path) -> None:
    """glific #2358, whose calculator forgot the free ones. 2022, India, opened by the user: 3,000 × 0.0040 = 12.00."""
    start = datetime(2022, 11, 1, tzinfo=UTC)
    opened = [
        told(f"m{k}", "delivered", start + timedelta(minutes=k), category="user_initiated", conversation=f"c{k}")
        for k in range(4_000)
    ]
    charges = bill(tmp_path, opened)
    assert total(charges) == Decimal("12.00")
    assert sum(bool(charge) for charge, _ in charges.values()) == 3_000
    assert charges["m999"] == (Decimal(0), "allowance")
    assert charges["m1000"] == (Decimal("0.0040"), "card")


def test_marketing_conversations_are_not_among_the_free_ones_since_june_2023(tmp_path: Path) -> None:
    """India, 2023-10: 1,200 marketing × 0.0099 = 11.88, and 1,200 service, of which 200 × 0.0040 = 0.80."""
    start = datetime(2023, 10, 2, tzinfo=UTC)
    opened = [
        told(f"{category}{k}", "delivered", start + timedelta(minutes=2 * k + late), category=category, conversation=f"{category}-{k}")
        for late, category in enumerate(("marketing", "service"))
        for k in range(1_200)
    ]  # fmt: skip
    charges = bill(tmp_path, opened)
    assert total({name: charge for name, charge in charges.items() if name.startswith("m")}) == Decimal("11.88")
    assert total({name: charge for name, charge in charges.items() if name.startswith("s")}) == Decimal("0.80")


def test_a_conversation_is_charged_once(tmp_path: Path) -> None:
    """India, 2024-06, marketing: two messages of one conversation, 0.0099 together; another's, 0.0099 again."""
    day = "2024-06-01T12:0"
    charges = bill(
        tmp_path,
        [
            told("second", "delivered", day + "5", category="marketing", conversation="one"),
            told("first", "sent", day + "0", category="marketing", conversation="one"),
            told("first", "delivered", day + "1", category="marketing", conversation="one"),
            told("other", "delivered", day + "7", category="marketing", conversation="two"),
        ],
    )
    assert charges == {
        "first": (Decimal("0.0099"), "card"),
        "second": (Decimal(0), "same-conversation"),
        "other": (Decimal("0.0099"), "card"),
    }


def test_a_conversation_open_across_the_end_of_its_era_stays_charged_once(tmp_path: Path) -> None:
    """Conversations ended on 2025-06-30; one open over that midnight stayed one: 0.0014, and nothing after."""
    charges = bill(
        tmp_path,
        [
            told("first", "delivered", "2025-06-30T23:30", category="utility", conversation="one"),
            told("second", "delivered", "2025-07-01T00:30", category="utility", conversation="one"),
            told("third", "delivered", "2025-07-01T00:40", category="utility"),
        ],
    )
    assert charges == {
        "first": (Decimal("0.0014"), "card"),
        "second": (Decimal(0), "same-conversation"),
        "third": (Decimal("0.0014"), "card"),
    }


def test_utility_in_an_open_window_is_free_until_september_2026() -> None:
    """India, utility 0.0014. Before 2025-07-01 a utility conversation was charged, window or not."""
    found = quote("India", "utility", "USD", BEFORE, window_open=True)
    assert isinstance(found, Quote)
    assert (found.price, found.reason) == (Decimal(0), ChargeReason.FREE_CUSTOMER_SERVICE)
    assert price("India", "utility", BEFORE) == Decimal("0.0014")
    assert price("India", "utility", AFTER, window_open=True) == Decimal("0.0014")
    assert price("India", "utility", date(2025, 6, 30), window_open=True) == Decimal("0.0014")
    assert price("India", "marketing", BEFORE, window_open=True) == Decimal("0.0118")


def test_the_provider_says_which_utility_message_was_in_a_window(tmp_path: Path) -> None:
    charges = bill(
        tmp_path,
        [
            told("free", "delivered", "2026-09-30T12:00", category="utility", type="free_customer_service"),
            told("paid", "delivered", "2026-09-30T12:01", category="utility"),
            told("since", "delivered", "2026-10-01T12:00", category="utility"),
        ],
    )
    assert charges == {
        "free": (Decimal(0), "free-customer-service"),
        "paid": (Decimal("0.0014"), "card"),
        "since": (Decimal("0.0014"), "card"),
    }


def test_service_costs_as_utility_from_october_2026_after_a_thousand_free(tmp_path: Path) -> None:
    """One number in India. September costs nothing, however many; October 1,003 messages: 3 × 0.0014 = 0.0042."""
    numbered = count()
    spans = (("2026-09-30T00:00", 1_100), ("2026-10-01T00:00", 1_003))
    statuses = [
        told(f"m{next(numbered)}", "delivered", datetime.fromisoformat(begin).replace(tzinfo=UTC) + timedelta(seconds=k), category="service")
        for begin, many in spans
        for k in range(many)
    ]  # fmt: skip
    charges = bill(tmp_path, statuses)
    assert total(charges) == Decimal("0.0042")
    assert [charges[f"m{k}"][1] for k in (1_100, 2_099, 2_100, 2_102)] == ["allowance", "allowance", "card", "card"]


def test_a_card_begins_at_midnight_where_the_account_is(tmp_path: Path) -> None:
    """In Kolkata October begins at 18:30 UTC of September 30: Kazakhstan 0.0077 as Other, then 0.0180 of its own."""
    charges = bill(
        tmp_path,
        [
            told("september", "delivered", "2026-09-30T18:29:59", to="Kazakhstan", category="utility"),
            told("october", "delivered", "2026-09-30T18:30:00", to="Kazakhstan", category="utility"),
        ],
        timezone="Asia/Kolkata",
    )
    assert charges == {"september": (Decimal("0.0077"), "card"), "october": (Decimal("0.0180"), "card")}


def test_delivery_not_sending_decides_the_price(tmp_path: Path) -> None:
    """Sent in September, delivered in October: the card of October."""
    charges = bill(
        tmp_path,
        [
            told("late", "sent", "2026-09-30T23:59", to="Kazakhstan", category="utility"),
            told("late", "delivered", "2026-10-01T08:00", to="Kazakhstan", category="utility"),
        ],
    )
    assert charges == {"late": (Decimal("0.0180"), "card")}


def test_only_what_was_delivered_or_read_is_charged_and_once(tmp_path: Path) -> None:
    """India, marketing 0.0118: the price stands on two statuses of a message, the delivery may be missing."""
    day = "2026-03-02T09:0"
    regular = {"category": "marketing"}
    charges = bill(
        tmp_path,
        [
            told("read only", "sent", day + "0", **regular),
            told("read only", "read", day + "3"),
            told("twice priced", "delivered", day + "1", **regular),
            told("twice priced", "sent", day + "0", **regular),
            told("twice priced", "delivered", day + "1", **regular),
            told("sent only", "sent", day + "0", **regular),
            told("failed", "sent", day + "0", **regular),
            told("failed", "failed", day + "1"),
            told("played", "played", day + "4", **regular),
        ],
    )
    assert charges == dict.fromkeys(("read only", "twice priced", "played"), (Decimal("0.0118"), "card"))


def test_the_type_decides_not_the_flag_that_will_be_withdrawn(tmp_path: Path) -> None:
    """Meta deprecates `billable`: without it, a regular message costs and one of another type does not."""
    day = "2026-03-02T09:0"
    statuses = [
        told("regular", "delivered", day + "1", category="MARKETING"),
        told("entry", "delivered", day + "2", category="marketing", type="free_entry_point"),
        told("hyphen", "delivered", day + "3", category="authentication-international"),
    ]
    for status in statuses:
        del status["pricing"]["billable"]
    assert bill(tmp_path, statuses) == {
        "regular": (Decimal("0.0118"), "card"),
        "entry": (Decimal(0), "free-entry-point"),
        "hyphen": (Decimal("0.0280"), "card"),
    }


def test_each_participant_of_a_group_is_charged(tmp_path: Path) -> None:
    """One message to a group, delivered to two people in India and one in the United States: 2 × 0.0118 + 0.0250."""
    statuses = []
    for number in ("919812345678", "919812345679", "14155550100"):
        status = told("group", "delivered", "2026-03-02T09:00", category="group_marketing")
        status |= {"recipient_id": "a-group", "recipient_type": "group", "recipient_participant_id": number}
        statuses.append(status)
    charges = bill(tmp_path, [*statuses, statuses[0]])
    assert sorted(charge for charge, _ in charges.values() if charge) == [Decimal("0.0118")] * 2 + [Decimal("0.0250")]


def test_who_hides_the_phone_is_priced_by_the_country_of_the_profile(tmp_path: Path) -> None:
    """Nothing but an id and a country: Jamaica is Rest of Latin America, 0.0740; an unlisted country is Other, 0.0604."""
    statuses, contacts = [], []
    for country in ("JM", "EE"):
        status = told(country, "delivered", "2026-03-02T09:00", category="marketing")
        status |= {"recipient_id": "", "recipient_user_id": f"{country}.1"}
        statuses.append(status)
        contacts.append({"profile": {"country_code": country}, "wa_id": "", "user_id": f"{country}.1"})
    assert bill(tmp_path, statuses, contacts=contacts) == {
        "JM": (Decimal("0.0740"), "card"),
        "EE": (Decimal("0.0604"), "card"),
    }


@pytest.mark.parametrize(
    ("number", "where"),
    [
        ("+447797123456", "United Kingdom"),  # Jersey
        ("+4779123456", "Rest of Western Europe"),  # Svalbard
        ("+212528812345", "Morocco"),  # Western Sahara
        ("+390669812345", "Italy"),  # Vatican
        ("+3725123456", "Other"),  # Estonia, which Meta does not list
        ("+821012345678", "Other"),  # South Korea
        ("+243812345678", "Other"),  # Kinshasa is not Brazzaville
        ("+242061234567", "Rest of Africa"),  # Brazzaville
        ("+999123456789", None),  # a code that nobody has
    ],
)
def test_markets_by_prefix(number: str, where: str | None) -> None:
    assert market(number, AFTER) == where


def charged_until(where: str, category: str, messages: int) -> Decimal:
    """Marginal bill of so many messages of a month: each run of equal price at once."""
    found, done = Decimal(0), 0
    while done < messages:
        step = quote(where, category, "USD", AFTER, volume=done)
        assert isinstance(step, Quote)
        assert step.rate is not None
        until = min(messages, step.rate.volume_until or messages)
        found += (until - done) * step.price
        done = until
    return found


@pytest.mark.parametrize(
    ("where", "category", "bound", "first", "second"),
    [
        ("India", "utility", 25_000_000, "0.0014", "0.0013"),
        ("India", "authentication_international", 750_000, "0.0304", "0.0286"),
        ("Indonesia", "utility", 750_000, "0.0250", "0.0238"),
        ("Germany", "authentication", 300_000, "0.0550", "0.0523"),
    ],
)
def test_the_last_message_of_a_tier_and_the_first_of_the_next(
    where: str, category: str, bound: int, first: str, second: str
) -> None:
    """`volume` counts the messages before: the 25,000,000th finds 24,999,999."""
    assert price(where, category, AFTER, volume=0) == Decimal(first)
    assert price(where, category, AFTER, volume=bound - 1) == Decimal(first)
    assert price(where, category, AFTER, volume=bound) == Decimal(second)


def test_service_has_an_allowance_and_older_cards_have_no_tiers() -> None:
    """`volume` counts what the number's month held before: the 1,000th message is free, the 1,001st is not."""
    assert price("India", "service", AFTER, volume=999) == 0
    assert price("India", "service", AFTER, volume=1_000) == Decimal("0.0014")
    assert price("India", "utility", BEFORE, volume=300_000_000) == Decimal("0.0014")


def test_tiers_are_marginal() -> None:
    """A tier's price holds for its own messages only.

    India, utility, 60,000,000: 25,000,000 × 0.0014 + 25,000,000 × 0.0013 + 10,000,000 × 0.0012
      = 35,000 + 32,500 + 12,000 = 79,500; at the last price all of them would cost 72,000.
    Indonesia, utility, 1,000,000: 750,000 × 0.0250 + 250,000 × 0.0238 = 18,750 + 5,950 = 24,700.
    """
    assert charged_until("India", "utility", 60_000_000) == Decimal(79_500)
    assert charged_until("Indonesia", "utility", 1_000_000) == Decimal(24_700)


@pytest.mark.parametrize(
    ("where", "category", "currency", "on", "code"),
    [
        ("North America", "authentication", "USD", date(2025, 8, 1), "rate-unknown"),  # left out of that card
        ("Saudi Arabia", "marketing", "USD", date(2024, 9, 30), "rate-unknown"),  # missing before 2024-10
        ("India", "authentication", "USD", date(2024, 6, 30), "rate-unknown"),  # begins on 2024-07-01
        ("India", "marketing", "USD", date(2022, 1, 31), "time-out-of-cards"),  # cards begin on 2022-02-01
        ("India", "utility", "INR", date(2026, 1, 1), "time-out-of-cards"),  # the rupee card is of 2025-10 only
    ],
)
def test_what_no_card_tells_is_unknown_and_not_free(
    where: str, category: str, currency: str, on: date, code: str
) -> None:
    found = quote(where, category, currency, on)
    assert isinstance(found, Unavailable)
    assert found.code == code
