"""earnest cost, fx and profit at the command line: words, JSON, narrow terminals, and what is refused."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from integration.command_line import Run, data_of, error_of, runner_in
from integration.trials import Clock, Trial, laid_out

LINE = (
    "cost",
    "add",
    "--kind",
    "subscription",
    "--from",
    "2026-03-01",
    "--until",
    "2026-04-01",
    "--evidence",
    "invoiced",
)
RULE = ("--rule", "delivered", "--kind", "subscription", "--period", "2026-03")


@pytest.fixture
def earnest(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A workspace with 30 messages of `spring` at 0.10 and a margin of 0.4."""
    trial = Trial(treated=30, control=3, treated_buyers=2, control_buyers=0, randomised=False)
    workspace = laid_out(tmp_path, trial, Clock("2026-04-10T10:00:00"))
    return runner_in(workspace.path, capsys, monkeypatch)


def test_from_a_bill_in_kronor_to_a_statement(earnest: Run) -> None:
    """1250 SEK at EUR/SEK 12.50 are 100.00, all to the one campaign; with 3.00 of charges 103.00."""
    code, out, err = earnest(*LINE, "--amount", "1250", "--currency", "SEK")
    assert (code, out.split(":")[1].strip()) == (0, "1250 SEK subscription for no campaign.")
    assert "earnest cost allocate preview" in err
    assert "no rate" in earnest("cost", "list")[1]
    assert (
        earnest("fx", "set", "eur/sek", "12.50", "--on", "2026-02-27", "--source", "ECB")[1]
        == "Rate EUR/SEK 12.5 of 2026-02-27 (ECB).\n"
    )
    code, out, err = earnest("cost", "allocate", "preview", *RULE)
    assert "spring" in out
    assert "€100.00" in out
    assert "earnest cost allocate apply --rule delivered --period 2026-03-01..2026-03-31 --kind subscription" in err
    applied = data_of(earnest("cost", "allocate", "apply", *RULE, "--reason", "all of it is for spring", "--json"))
    assert applied["shares"][0]["cost_after"] == {"amount": "103.00", "currency": "EUR", "micro": 103_000_000}
    (rule,) = data_of(earnest("cost", "allocate", "list", "--json"))
    assert (rule["allocation"], rule["reason"], rule["withdrawn"]) == (
        applied["allocation"],
        "all of it is for spring",
        False,
    )
    rows = data_of(earnest("cost", "list", "--campaign", "spring", "--json"))
    assert {(row["kind"], row["evidence"], row["amount"]["amount"]) for row in rows} == {
        ("messaging", "measured", "3.00"),
        ("subscription", "allocated", "100.00"),
    }
    found = data_of(earnest("profit", "show", "--period", "2026-03", "--json"))
    assert found["total"]["cost"] == {"amount": "103.00", "currency": "EUR"}
    assert (found["basis"], found["model"]) == ("attributed", "last_touch")
    assert earnest("cost", "allocate", "withdraw", applied["allocation"])[0] == 0
    assert (
        data_of(earnest("profit", "show", "--campaign", "spring", "--period", "2026-03", "--json"))["total"]["cost"][
            "amount"
        ]
        == "3.00"
    )
    assert "withdrawn" in earnest("cost", "allocate", "list")[1]


def test_reversing_at_the_command_line(earnest: Run) -> None:
    entry = str(data_of(earnest(*LINE, "--amount", "10", "--campaign", "spring", "--json"))["entry"])
    done = data_of(earnest("cost", "reverse", entry, "--reason", "twice", "--json"))
    assert (done["reverses"], done["told"], done["reason"]) == (entry, {"amount": "-10.00", "currency": "EUR"}, "twice")
    out = earnest("cost", "list")[1]
    assert f"reversed by {done['entry']}" in out
    assert f"reverses {entry}" in out
    assert error_of(earnest("cost", "reverse", entry, "--reason", "twice", "--json")) == "already-reversed"
    assert earnest("cost", "reverse", entry, "--reason", "twice")[0] == 1
    assert earnest("cost", "reverse", done["entry"], "--reason", "no")[0] == 1
    assert earnest("cost", "reverse", "4711", "--reason", "no")[0] == 5
    assert earnest("cost", "reverse", entry)[0] == 2


def test_a_statement_as_csv_adds_up(earnest: Run) -> None:
    earnest(*LINE, "--amount", "10.01", "--campaign", "spring")
    code, out, _ = earnest("profit", "show", "--by", "week", "--period", "2026-03", "--format", "csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["from"] for row in rows] == [
        "2026-03-01",
        "2026-03-02",
        "2026-03-09",
        "2026-03-16",
        "2026-03-23",
        "2026-03-30",
    ]
    cents = [
        {name: round(float(value) * 100) for name, value in row.items() if "_" in name or name == "cost"}
        for row in rows
    ]
    assert sum(row["cost"] for row in cents) == 1301, "10.01 and 30 messages at 0.10"
    assert all(row["cost"] == row["cost_messaging_measured"] + row["cost_subscription_invoiced"] for row in cents)


@pytest.mark.parametrize("width", ["40", "80"])
def test_in_a_narrow_terminal_nothing_is_cut(earnest: Run, monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    earnest(*LINE, "--amount", "1234567.89", "--description", "platform fee of the year, by contract 4711")
    monkeypatch.setenv("COLUMNS", width)
    for command in (("cost", "list"), ("cost", "allocate", "preview", *RULE), ("profit", "show"), ("fx", "list")):
        code, out, _ = earnest(*command)
        assert (code, bool(out)) == (0, True)
    told = earnest("cost", "list")[1]
    assert all(word in told for word in ("€1,234,567.89", "platform", "contract", "4711", "subscription", "2026-04-01"))
    assert "€1,234,570.89" in earnest("profit", "show")[1].replace("−", ""), "the contribution, charges with it"


@pytest.mark.parametrize(
    ("command", "code", "error"),
    [
        (("cost", "allocate", "preview", "--rule", "delivered", "--period", "March"), 2, "bad-period"),
        (
            ("cost", "allocate", "preview", "--rule", "delivered", "--period", "2026-03", "--kind", "subscripton"),
            2,
            "unknown-cost-kind",
        ),
        (
            ("cost", "allocate", "preview", "--rule", "even", "--period", "2026-03", "--campaign", "sprng"),
            5,
            "no-such-campaign",
        ),
        (("cost", "allocate", "apply", "--rule", "even", "--period", "2026-03"), 1, "nothing-to-allocate"),
        (("cost", "allocate", "withdraw", "77"), 5, "no-such-allocation"),
        (("cost", "list", "--campaign", "sprng"), 5, "no-such-campaign"),
        (("fx", "set", "EUR/SEK", "12,5", "--source", "ECB"), 2, "bad-rate"),
        (("fx", "set", "EUR/SKE", "12.5", "--source", "ECB"), 2, "unknown-currency"),
        (("fx", "set", "EURSEK", "12.5", "--source", "ECB"), 2, "bad-pair"),
        (("fx", "set", "EUR/SEK", "12.5", "--source", " "), 2, "source-missing"),
        (("fx", "import", "nowhere.csv"), 5, "no-such-file"),
        (("fx", "convert", "1.005", "EUR"), 2, "too-many-decimals"),
        (("profit", "show", "--model", "last_tuch"), 5, "no-such-model"),
        (("profit", "show", "--campaign", "sprng"), 5, "no-such-campaign"),
        (("profit", "show", "--constant-rate", "yesterday"), 2, "not-a-date"),
        (("profit", "show", "--by", "year"), 2, "usage"),
        (("cost", "allocate", "preview", "--rule", "fair", "--period", "2026-03"), 2, "usage"),
    ],
)
def test_wrong_arguments_are_told(earnest: Run, command: tuple[str, ...], code: int, error: str) -> None:
    answer = earnest(*command, "--json")
    assert (answer[0], error_of(answer)) == (code, error)
    assert answer[1] == ""


def test_a_conversion_without_a_rate_is_no_number(earnest: Run) -> None:
    code, out, err = earnest("fx", "convert", "12.50", "USD", "--on", "2026-03-01")
    assert (code, out) == (4, "n/a: there is no rate from USD to EUR for 2026-03-01.\n")
    assert "earnest fx set USD/EUR RATE --on 2026-03-01" in err
    earnest("fx", "set", "EUR/USD", "1.25", "--on", "2026-03-01", "--source", "ECB")
    told = data_of(earnest("fx", "convert", "12.50", "USD", "--on", "2026-03-01", "--json"))
    assert (told["amount"], told["rates"][0]["source"]) == ({"amount": "10.00", "currency": "EUR"}, "ECB")
