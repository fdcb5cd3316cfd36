"""`earnest rates`, `message show`, `cost estimate`, `account`: as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from integration.command_line import Run, data_of, error_of, runner_in


@pytest.fixture
def earnest(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner_in(tmp_path, capsys, monkeypatch)


def test_a_price_with_its_card_and_source(earnest: Run) -> None:
    asked = ("--market", "India", "--category", "marketing", "--on", "2026-10-15", "--currency", "USD", "--json")
    found = data_of(earnest("rates", "show", *asked))
    assert found["price"] == "0.0118"
    assert (found["card"], found["effective_from"], found["confidence"]) == ("built-in", "2026-10-01", "high")
    assert "Meta rate card 2026-10-01" in found["source"]
    tiered = data_of(
        earnest(
            "rates",
            "show",
            "--market",
            "IN",
            "--category",
            "utility",
            "--on",
            "2026-10-15",
            "--volume",
            25_000_000,
            "--json",
        )
    )
    assert (tiered["price"], tiered["tier"], tiered["volume_from"]) == ("0.0013", 2, 25_000_000)


def test_prices_that_cannot_be_known_say_why(earnest: Run) -> None:
    asked = ("--category", "marketing", "--on", "2026-11-01", "--json")
    assert (
        data_of(earnest("rates", "show", "--market", "Germany", "--currency", "EUR", *asked))["unavailable"]["code"]
        == "rate-unknown"
    )
    early = data_of(
        earnest("rates", "show", "--market", "India", "--category", "marketing", "--on", "2019-01-01", "--json")
    )
    assert early["unavailable"]["code"] == "time-out-of-cards"
    assert "price" not in early


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("--market", "Indja", "--category", "marketing"), "unknown-market"),
        (("--market", "India", "--category", "markting"), "unknown-category"),
        (("--market", "India", "--category", "marketing", "--on", "tomorrow"), "not-a-date"),
    ],
)
def test_wrong_words_are_corrected(earnest: Run, args: tuple[str, ...], expected: str) -> None:
    answer = earnest("rates", "show", *args, "--json")
    assert answer[0] == 2
    assert error_of(answer) == expected


def test_a_conversation_is_not_called_a_message(earnest: Run) -> None:
    words = earnest("rates", "show", "--market", "Germany", "--category", "marketing", "--on", "2024-10-10")[1]
    assert "a 24-hour conversation" in words


def test_cards_are_listed_checked_compared(earnest: Run) -> None:
    assert {c["currency"] for c in data_of(earnest("rates", "list", "--json"))} == {
        "USD", "EUR", "INR", "COP", "AED", "ARS", "BRL", "IDR", "MXN",
    }  # fmt: skip
    (checked,) = data_of(earnest("rates", "check", "--json"))
    assert (checked["rows"], checked["sound"]) == (2461, True)
    changes = data_of(earnest("rates", "diff", "2026-09-30", "2026-10-01", "--category", "marketing", "--json"))
    mexico = next(c for c in changes if c["market"] == "Mexico")
    assert (mexico["before"], mexico["after"]) == ("0.0305", "0.0397")
    assert mexico["relative"] == pytest.approx(92 / 305)


def card(tmp_path: Path, rows: str, name: str = "own.csv") -> Path:
    path = tmp_path / name
    path.write_text("market,category,currency,price,effective_from,effective_until\n" + rows)
    return path


def test_an_own_card_stands_before_the_built_in_one_until_it_is_withdrawn(earnest: Run, tmp_path: Path) -> None:
    earnest("init", "w", "--currency", "USD", "--timezone", "UTC")
    path = card(tmp_path, "India,marketing,USD,0.02,2026-11-01,\n")
    asked = ("rates", "show", "--market", "India", "--category", "marketing", "--on", "2026-11-02", "-w", "w", "--json")
    assert data_of(earnest("rates", "import", path, "--name", "bsp", "--dry-run", "-w", "w", "--json"))["rows"] == 1
    assert data_of(earnest(*asked))["card"] == "built-in"
    data_of(earnest("rates", "import", path, "--name", "bsp", "-w", "w", "--json"))
    assert (data_of(earnest(*asked))["price"], data_of(earnest(*asked))["card"]) == ("0.02", "bsp")
    again = earnest("rates", "import", path, "--name", "bsp", "-w", "w", "--json")
    assert (again[0], error_of(again)) == (1, "card-exists")
    data_of(earnest("rates", "withdraw", "bsp", "-w", "w", "--json"))
    assert data_of(earnest(*asked))["card"] == "built-in"
    gone = earnest("rates", "withdraw", "bsp", "-w", "w", "--json")
    assert (gone[0], error_of(gone)) == (5, "no-such-card")


def test_overlaps_and_gaps_are_refused(earnest: Run, tmp_path: Path) -> None:
    earnest("init", "w", "--currency", "USD", "--timezone", "UTC")
    overlap = card(
        tmp_path, "India,marketing,USD,0.02,2026-11-01,\nIndia,marketing,USD,0.03,2026-12-01,\n", "overlap.csv"
    )
    gap = card(
        tmp_path, "India,marketing,USD,0.02,2026-11-01,2026-12-01\nIndia,marketing,USD,0.03,2027-01-01,\n", "gap.csv"
    )
    for path, flags, exit_code in (
        (overlap, (), 3),
        (overlap, ("--allow-gaps",), 3),
        (gap, (), 3),
        (gap, ("--allow-gaps",), 0),
    ):
        answer = earnest("rates", "import", path, *flags, "-w", "w", "--json")
        assert answer[0] == exit_code, (path, flags, answer)
    checked = earnest("rates", "check", overlap, "--json")
    assert (checked[0], error_of(checked)) == (3, "card-unsound")


def test_an_export_can_be_imported(earnest: Run, tmp_path: Path) -> None:
    earnest("init", "w", "--currency", "USD", "--timezone", "UTC")
    status, out, _ = earnest("rates", "export")
    assert status == 0
    path = tmp_path / "all.csv"
    path.write_text(out)
    assert data_of(earnest("rates", "import", path, "--allow-gaps", "-w", "w", "--json"))["rows"] == 2461
    assert (
        data_of(
            earnest(
                "rates",
                "show",
                "--market",
                "India",
                "--category",
                "marketing",
                "--on",
                "2026-10-15",
                "-w",
                "w",
                "--json",
            )
        )["card"]
        == "all"
    )


def body(status: str, at: int, *, to: str = "919812345678", **other: Any) -> dict[str, Any]:
    told = {"id": "wamid.A1", "status": status, "timestamp": str(at), "recipient_id": to} | other
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "77"}, "statuses": [told]}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "900", "changes": [{"field": "messages", "value": value}]}],
    }


PRICED = {"pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"}}
SENT = 1_793_534_400
"""2026-11-01 12:00 UTC."""


def test_a_message_tells_its_life_and_its_charge(earnest: Run, tmp_path: Path) -> None:
    earnest("init", "w", "--currency", "USD", "--timezone", "UTC")
    path = tmp_path / "hooks.jsonl"
    bodies = [
        body("read", SENT + 60),
        body("delivered", SENT + 4, **PRICED),
        body("sent", SENT, **PRICED),
        body("sent", SENT, **PRICED),
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in bodies))
    data_of(earnest("import", "run", path, "--as", "whatsapp", "-w", "w", "--json"))
    (story,) = data_of(earnest("message", "show", "wamid.A1", "-w", "w", "--json"))
    assert [(one["what"], one["times"]) for one in story["life"]] == [("sent", 2), ("delivered", 1), ("read", 1)]
    charge = story["charge"]
    assert (charge["amount"], charge["currency"], charge["reason"], charge["market"], charge["tier"]) == (
        "0.0118",
        "USD",
        "card",
        "India",
        1,
    )
    assert charge["told"]["account"] == "900"
    words = earnest("message", "show", "wamid.A1", "-w", "w")[1]
    assert "$0.0118: charged by the rate card" in words
    assert "2026-11-01 12:00:04  delivered" in words
    unknown = earnest("message", "show", "wamid.B", "-w", "w", "--json")
    assert (unknown[0], error_of(unknown)) == (5, "no-such-message")


def test_an_account_s_zone_and_currency_decide_its_card(earnest: Run, tmp_path: Path) -> None:
    """2026-09-30 22:00 UTC is October in Kolkata: India's utility was 0.0014 on both cards, Mexico's marketing 0.0305 then 0.0397."""
    earnest("init", "w", "--currency", "USD", "--timezone", "UTC")
    path = tmp_path / "hooks.json"
    path.write_text(json.dumps(body("delivered", 1_790_805_600, to="5215512345678", **PRICED)))
    data_of(earnest("import", "run", path, "--as", "whatsapp", "-w", "w", "--json"))
    show = ("message", "show", "wamid.A1", "-w", "w", "--json")
    assert data_of(earnest(*show))[0]["charge"]["amount"] == "0.0305"
    data_of(earnest("account", "add", "900", "--timezone", "Asia/Kolkata", "-w", "w", "--json"))
    assert data_of(earnest(*show))[0]["charge"]["amount"] == "0.0397"
    data_of(
        earnest(
            "account", "add", "900", "--timezone", "Asia/Kolkata", "--currency", "MXN", "--replace", "-w", "w", "--json"
        )
    )
    charge = data_of(earnest(*show))[0]["charge"]
    assert (charge["amount"], charge["reason"], charge["currency"]) == (None, "rate-unknown", "MXN")
    (account,) = data_of(earnest("account", "list", "-w", "w", "--json"))
    assert (account["id"], account["currency"], account["delivered_messages"], account["declared"]) == (
        "900",
        "MXN",
        1,
        True,
    )
    wrong = earnest("account", "add", "901", "--timezone", "Mars/Olympus", "-w", "w", "--json")
    assert (wrong[0], error_of(wrong)) == (2, "unknown-timezone")


AUDIENCE = "phone\n+4915112345678\n+49 151 12345678\n+919812345678\n+14155550132\nnobody\n"


def test_an_estimate_by_hand(earnest: Run, tmp_path: Path) -> None:
    """Germany 0.1365 + India 0.0118; the US number gets no marketing; one duplicate, one unreadable."""
    path = tmp_path / "audience.csv"
    path.write_text(AUDIENCE)
    found = data_of(
        earnest(
            "cost",
            "estimate",
            path,
            "--template-category",
            "marketing",
            "--on",
            "2026-12-01",
            "--currency",
            "USD",
            "--json",
        )
    )
    assert found["total"] == {"amount": "0.1483", "currency": "USD"}
    assert (found["rows"], found["invalid"], found["duplicates"], found["unpriced_numbers"]) == (5, 1, 1, 0)
    eur = data_of(
        earnest(
            "cost",
            "estimate",
            path,
            "--template-category",
            "marketing",
            "--on",
            "2026-12-01",
            "--currency",
            "EUR",
            "--json",
        )
    )
    assert (eur["lower_bound"], eur["unpriced_numbers"]) == (True, 2)


def test_an_estimate_crosses_tiers(earnest: Run, tmp_path: Path) -> None:
    """India utility: tier 2 (0.0013) begins after 25,000,000 messages; at 24,999,999 one number is in each."""
    path = tmp_path / "audience.csv"
    path.write_text("phone\n+919812345678\n+919812345679\n")
    asked = (
        "--template-category",
        "utility",
        "--on",
        "2026-12-01",
        "--currency",
        "USD",
        "--volume",
        24_999_999,
        "--json",
    )
    found = data_of(earnest("cost", "estimate", path, *asked))
    (india,) = found["markets"]
    assert [(s["tier"], s["messages"], s["price"]) for s in india["slices"]] == [(1, 1, "0.0014"), (2, 1, "0.0013")]
    assert found["total"]["amount"] == "0.0027"


def test_an_estimate_knows_the_month_and_the_open_windows(earnest: Run, tmp_path: Path) -> None:
    """In September 2026 utility is free for whoever wrote within 24 hours before noon; from October it is charged."""
    earnest("init", "w", "--currency", "USD", "--timezone", "UTC")
    noon = 1_789_473_600  # 2026-09-15 12:00 UTC
    inbound = {
        "messaging_product": "whatsapp", "metadata": {"phone_number_id": "77"},
        "messages": [{"from": "919812345678", "id": "wamid.in", "timestamp": str(noon - 3600), "type": "text", "text": {"body": "hi"}}],
    }  # fmt: skip
    hooks = tmp_path / "in.json"
    hooks.write_text(
        json.dumps(
            {
                "object": "whatsapp_business_account",
                "entry": [{"id": "900", "changes": [{"field": "messages", "value": inbound}]}],
            }
        )
    )
    data_of(earnest("import", "run", hooks, "--as", "whatsapp", "-w", "w", "--json"))
    path = tmp_path / "audience.csv"
    path.write_text("phone\n+919812345678\n+919812345679\n")
    free = data_of(
        earnest("cost", "estimate", path, "--template-category", "utility", "--on", "2026-09-15", "-w", "w", "--json")
    )
    (india,) = free["markets"]
    assert (free["free_in_window"], india["window_open"]) == (True, 1)
    assert free["total"]["amount"] == "0.0014"
    later = data_of(
        earnest("cost", "estimate", path, "--template-category", "utility", "--on", "2026-10-15", "-w", "w", "--json")
    )
    assert (later["free_in_window"], later["total"]["amount"]) == (False, "0.0028")


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("--template-category", "spam", "--on", "2026-12-01", "--currency", "USD"), "unknown-category"),
        (("--template-category", "utility", "--on", "2026-12-01"), "currency-missing"),
        (("--template-category", "utility", "--on", "soon", "--currency", "USD"), "not-a-date"),
    ],
)
def test_an_estimate_refuses_wrong_words(earnest: Run, tmp_path: Path, args: tuple[str, ...], expected: str) -> None:
    path = tmp_path / "audience.csv"
    path.write_text(AUDIENCE)
    answer = earnest("cost", "estimate", path, *args, "--json")
    assert answer[0] == 2
    assert error_of(answer) == expected
