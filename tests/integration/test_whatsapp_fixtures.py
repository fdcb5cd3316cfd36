"""Every published WhatsApp payload says what was written by hand beside it: `whatsapp_expected`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from earnest.channels import reasons as vocabulary
from earnest.channels.told import Rejected, SamePerson, StatusTold
from earnest.channels.whatsapp import parse
from earnest.events.identity import recipient_zone
from earnest.events.kinds import Status
from earnest.rating.markets import country_zone, market_names, market_of
from earnest.rating.quote import Quote, quote
from earnest.rating.reason import ChargeReason
from earnest.usecases.import_files import import_files
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import init
from integration.whatsapp_expected import EXPECTED, Due, Expected


@pytest.fixture(scope="session")
def payloads(shared_data: Path) -> dict[str, Any]:
    folder = shared_data / "fixtures" / "whatsapp"
    return {path.name: json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


def facts(value: Any) -> dict[str, Any]:
    """Kind and facts of a told value, its party and terms laid flat."""
    if isinstance(value, SamePerson):
        people = (value.one.phone, value.one.user_id, value.other.phone, value.other.user_id)
        return {"kind": "SamePerson", "occurred_us": value.occurred_us, "people": frozenset(people) - {None}}
    flat = {"kind": type(value).__name__, **msgspec.structs.asdict(value)}
    if "terms" in flat:
        flat |= msgspec.structs.asdict(flat.pop("terms"))
    if "party" in flat:
        flat |= msgspec.structs.asdict(flat.pop("party"))
    if isinstance(value, StatusTold):
        flat["status"] = Status(value.status).name
    return flat


def agrees(expected: Any, got: Any) -> bool:
    if isinstance(expected, str) and expected.startswith("…"):
        return isinstance(got, str) and got.endswith(expected[1:])
    return bool(expected == got)


def differences(expected: Expected, got: dict[str, Any]) -> list[str]:
    """What the told value says otherwise than the table."""
    if got["kind"] != expected.kind:
        return [f"is a {got['kind']}, not a {expected.kind}"]
    return [
        f"{name} is {got.get(name)!r}, not {fact!r}"
        for name, fact in expected.facts.items()
        if not agrees(fact, got.get(name))
    ]


def disagreements(expected: list[Expected], told: Iterable[Any]) -> list[str]:
    """Each expected value takes the told value that is nearest to it; what is left over is a disagreement too."""
    left = [facts(value) for value in told]
    found = []
    for want in sorted(expected, key=lambda one: not one.required):
        ranked = sorted(
            ((differences(want, got), place) for place, got in enumerate(left)),
            key=lambda pair: (any(word.startswith("is a ") for word in pair[0]), len(pair[0])),
        )
        if ranked and not ranked[0][0]:
            left.pop(ranked[0][1])
        elif want.required and ranked and not ranked[0][0][0].startswith("is a "):
            left.pop(ranked[0][1])
            found.append(f"{want.kind}: " + "; ".join(ranked[0][0]))
        elif want.required:
            found.append(f"nothing is told like {want.kind} {want.facts}")
    return found + [f"told besides: {got}" for got in left]


def test_the_table_names_every_file_and_no_other(payloads: dict[str, Any]) -> None:
    assert set(EXPECTED) == set(payloads)
    assert len(payloads) == 140


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_payload_tells_what_was_read_by_hand(payloads: dict[str, Any], name: str) -> None:
    assert disagreements(EXPECTED[name], parse(payloads[name])) == []


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_reasons_of_rejection_are_words_of_the_vocabulary(payloads: dict[str, Any], name: str) -> None:
    for value in parse(payloads[name]):
        if isinstance(value, Rejected):
            assert value.reason in vocabulary.REASONS
            assert value.field


Charge = tuple[int | None, str, str | None]
"""Millionths, reason, market."""
PRICED = [(name, place) for name, told in EXPECTED.items() for place, one in enumerate(told) if one.due]
SQL = """
SELECT m.message_id, c.charge_micro, c.reason, c.market
FROM charge AS c
JOIN (SELECT DISTINCT message_key, message_id FROM event_message) AS m ON c.message_key = m.message_key
"""


def charges(bodies: Iterable[Any], folder: Path) -> dict[str, Charge]:
    """Import bodies into a new workspace in dollars and UTC: message id → its charge."""
    path = folder / "bodies.jsonl"
    path.write_text("".join(json.dumps(body) + "\n" for body in bodies))
    workspace = init(folder / "w", currency="USD", timezone="UTC")
    import_files(workspace, [path], "whatsapp")
    with open_tables(workspace) as tables:
        rows = tables.con.execute(SQL).fetchall()
    names = market_names()
    return {
        name: (micro, ChargeReason(reason).name.lower(), names[market - 1] if market else None)
        for name, micro, reason, market in rows
    }


def statuses(payload: Any) -> Iterator[tuple[Any, Any, Any]]:
    """(entry, change, status) of a body."""
    for entry in payload["entry"]:
        for change in entry["changes"]:
            for one in change["value"].get("statuses", ()):
                yield entry, change, one


def delivered(payload: Any, own: str, place: int) -> Any:
    """A body with nothing but one status, as `delivered`, under ids of its own; the table has statuses in file order."""
    entry, change, one = deepcopy([*statuses(payload)][place])
    one |= {"id": own, "status": "delivered"}
    one.get("conversation", {})["id"] = own
    value = {**change["value"], "statuses": [one]}
    return {**payload, "entry": [{**entry, "id": own, "changes": [{**change, "value": value}]}]}


def as_charged(due: Due) -> Charge:
    if due.unknown:
        return None, due.unknown.replace("-", "_"), None
    if due.free or due.allowance:
        return 0, due.free or "allowance", due.market
    return int((due.price or Decimal(0)) * 1_000_000), "card", due.market


@pytest.fixture(scope="module")
def as_delivered(payloads: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Charge]:
    """Every status with a price as if it told the delivery of a message of its own: what that costs."""
    bodies = [delivered(payloads[name], f"{name}/{place}", place) for name, place in PRICED]
    return charges(bodies, tmp_path_factory.mktemp("delivered"))


@pytest.mark.parametrize(("name", "place"), PRICED)
def test_a_delivered_message_costs_what_was_looked_up_by_hand(
    as_delivered: dict[str, Charge], name: str, place: int
) -> None:
    due = EXPECTED[name][place].due
    got = as_delivered.get(f"{name}/{place}")
    assert due is not None
    if name.startswith("php_"):
        assert got is None  # a placeholder stands for the recipient: the status is in quarantine
    else:
        assert got is not None
        assert got[:2] == as_charged(due)[:2]
        assert due.market in (None, got[2])


@pytest.mark.parametrize(("name", "place"), [one for one in PRICED if EXPECTED[one[0]][one[1]].facts.get("message_id")])
def test_the_card_asks_the_price_that_was_looked_up_by_hand(name: str, place: int) -> None:
    told = EXPECTED[name][place]
    due, phone = told.due, told.facts["phone"]
    assert due is not None
    day = datetime.fromtimestamp(told.facts["occurred_us"] / 1_000_000, UTC).date()
    zone = recipient_zone(phone) if phone else country_zone(told.facts["country"])
    market = market_of(zone or 0, day)
    if due.unknown == "market-unknown":
        assert market is None
    if due.price is not None:
        assert market == due.market
    if due.price is not None or due.unknown == "time-out-of-cards":
        found = quote(market or "", told.facts["category"], "USD", day, model=told.facts["pricing_model"])
        assert (found.price if isinstance(found, Quote) else found.code) == (due.unknown or due.price)


@pytest.fixture(scope="module")
def as_told(payloads: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Charge]:
    """Every file as it is, under accounts and message ids of its own."""
    bodies = []
    for name in {name for name, _ in PRICED}:
        body = deepcopy(payloads[name])
        for entry in body["entry"]:
            entry["id"] = name
        for _, _, one in statuses(body):
            one["id"] = f"{name}/{one['id']}"
            one.get("conversation", {})["id"] = name
        bodies.append(body)
    return charges(bodies, tmp_path_factory.mktemp("told"))


@pytest.mark.parametrize("name", sorted({name for name, _ in PRICED}))
def test_a_file_alone_is_charged_only_for_what_it_says_is_delivered(as_told: dict[str, Charge], name: str) -> None:
    delivered = {
        as_charged(one.due)[:2] for one in EXPECTED[name] if one.due and one.due.delivered and one.kind == "StatusTold"
    }
    assert {charge[:2] for message, charge in as_told.items() if message.startswith(f"{name}/")} == delivered
