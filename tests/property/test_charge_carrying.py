"""Webhooks in any order, cut into any files: charges carried along equal charges made anew, and equal one telling of all."""

from __future__ import annotations

import csv
import itertools
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from earnest.definitions.account import Account
from earnest.usecases.declare import add_account
from earnest.usecases.import_files import import_files
from earnest.usecases.rates import import_card
from earnest.usecases.rebuild import differing, table_hashes
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace, init
from integration.trials import Clock

SMALL_CARD = [
    ("2026-09-01", "India", "utility", 0, 2, "0.0014"), ("2026-09-01", "India", "utility", 2, 3, "0.0013"),
    ("2026-09-01", "India", "utility", 3, "", "0.0012"), ("2026-09-01", "Germany", "authentication", 0, 2, "0.05"),
    ("2026-09-01", "Germany", "authentication", 2, "", "0.04"),
]  # fmt: skip
Kinds = tuple[tuple[str, str], ...]
PHONES = ("4915112345678", "919812345678", "919812345679", "919812345670", "77015550100", "18765550100")
KINDS = (("message", "PMP"), ("message", "PMP"), ("conversation", "CBP"))
NEW_KINDS = KINDS[:1]
"""Without conversations only the counters concerned are charged anew."""


def status(rng: random.Random, number: int, middle: int, kinds: Kinds) -> list[dict[str, Any]]:
    """The statuses of one message: sent, delivered, read; price on the first two, some not told."""
    sent = middle + rng.choice((rng.randint(-7000, 7000), rng.randint(-9 * 86_400, 9 * 86_400)))
    era, model = rng.choice(kinds)
    pricing = {
        "billable": True, "pricing_model": model, "type": rng.choice(("regular", "regular", "free_customer_service")),
        "category": rng.choice(("utility", "utility", "authentication", "service", "marketing")),
    }  # fmt: skip
    talk = {"conversation": {"id": f"talk{rng.randint(1, 30)}", "origin": {"type": pricing["category"]}}}
    common = {"id": f"wamid.{number}", "recipient_id": rng.choice(PHONES)} | (talk if era == "conversation" else {})
    delivered = sent + rng.choice((3, 40, 5000))
    told = [
        common | {"status": "sent", "timestamp": str(sent), "pricing": pricing},
        common | {"status": "delivered", "timestamp": str(delivered), "pricing": pricing},
        common | {"status": "read", "timestamp": str(delivered + rng.randint(1, 90_000))},
    ]
    return [one for one in told if rng.random() > 0.15]


def bodies(rng: random.Random, middle: int, kinds: Kinds) -> list[dict[str, Any]]:
    """About 500 statuses of 200 messages of two accounts, disordered, some twice."""
    told = [(rng.choice(("W1", "W2")), one) for number in range(200) for one in status(rng, number, middle, kinds)]
    told += rng.sample(told, 40)
    rng.shuffle(told)
    return [
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": account, "changes": [{"field": "messages", "value": {
                "messaging_product": "whatsapp", "metadata": {"phone_number_id": f"{account}-n"}, "statuses": [one],
            }}]}],
        }
        for account, one in told
    ]  # fmt: skip


def workspace_at(folder: Path) -> Workspace:
    """A workspace with two accounts in different zones and a card whose tiers are a few messages wide."""
    workspace = init(folder / "w", currency="USD", timezone="Europe/Berlin", clock=Clock("2026-12-20T12:00:00"))
    (folder / "w" / "workspace.key").write_text("ab" * 32 + "\n")
    add_account(workspace, Account("W1", "Asia/Kolkata", "USD", "p"))
    add_account(workspace, Account("W2", "America/Sao_Paulo", "USD", "p"))
    card = folder / "card.csv"
    with card.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("effective_from", "market", "category", "volume_from", "volume_until", "price", "currency"))
        writer.writerows((*row, "USD") for row in SMALL_CARD)
    import_card(workspace, card)
    return workspace


def brought(workspace: Workspace, told: list[dict[str, Any]], path: Path) -> None:
    path.write_text("".join(json.dumps(body) + "\n" for body in told))
    import_files(workspace, [path], "whatsapp")


@pytest.mark.parametrize("seed", [0, 1, 2, *(pytest.param(seed, marks=pytest.mark.soak) for seed in (3, 4, 5))])
def test_carried_charges_are_those_of_a_rebuild(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    middle = int(datetime(*rng.choice(((2026, 10, 1), (2026, 11, 1))), tzinfo=UTC).timestamp())
    told = bodies(rng, middle, KINDS if seed < 3 else NEW_KINDS)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    piecewise, at_once = workspace_at(tmp_path / "a"), workspace_at(tmp_path / "b")
    cuts = [0, *sorted(rng.sample(range(1, len(told)), 5)), len(told)]
    for start, end in itertools.pairwise(cuts):
        brought(piecewise, told[start:end], tmp_path / "a" / f"{start}.jsonl")
        assert differing(piecewise, build(piecewise)) == ()
    brought(at_once, told, tmp_path / "b" / "all.jsonl")
    one, other = (table_hashes(w.tables, build(w)) for w in (piecewise, at_once))
    assert {name: one[name] for name in ("charge", "charge_cell", "funnel_cell")} == {
        name: other[name] for name in ("charge", "charge_cell", "funnel_cell")
    }
    with open_tables(piecewise) as tables:
        steps = {row[0] for row in tables.con.execute("SELECT DISTINCT step FROM charge").fetchall()}
        reasons = {row[0] for row in tables.con.execute("SELECT DISTINCT reason FROM charge").fetchall()}
    assert {1, 2, 3} <= steps
    assert ({1, 11, 22} if seed < 3 else {1, 11}) <= reasons, (
        "charged, open window, conversations after the conversation cards"
    )


def conversation(message: str, at: str, talk: str | None) -> dict[str, Any]:
    """A delivered service message of the conversation era."""
    told = {
        "id": message, "status": "delivered", "timestamp": str(int(datetime.fromisoformat(at).timestamp())), "recipient_id": "919812345678",
        "pricing": {"billable": True, "pricing_model": "CBP", "category": "service"},
    } | ({"conversation": {"id": talk, "origin": {"type": "service"}}} if talk else {})  # fmt: skip
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "n"}, "statuses": [told]}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "W1", "changes": [{"field": "messages", "value": value}]}],
    }


def test_a_late_message_without_a_conversation_leaves_the_others_conversations_whole(tmp_path: Path) -> None:
    """A conversation opened on 31 January stays charged once when a message of February is told late."""
    workspace = workspace_at(tmp_path)
    told = [
        conversation("op", "2024-01-31T12:00:00+00:00", "c1"),
        conversation("fo", "2024-02-10T12:00:00+00:00", "c1"),
    ]
    told += [conversation(f"m{n}", "2024-02-05T12:00:00+00:00", None) for n in range(30)]
    brought(workspace, told, tmp_path / "first.jsonl")
    brought(workspace, [conversation("late", "2024-02-09T12:00:00+00:00", None)], tmp_path / "late.jsonl")
    assert differing(workspace, build(workspace)) == ()
