"""`earnest number check`: every row answered, nothing shown that was not asked for, prices by hand, no workspace needed."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from earnest.kernel.estimate import Unavailable
from earnest.kernel.period import parse_day
from earnest.rating.quote import quote
from integration.command_line import Run, runner_in

LIST = """name,Mobile
a,+49 151 12345678
b,0151 12345678
c,+55 31 8765-4321
d,+55 31 98765-4321
e,
f,+1 212 555 0123
g,n/a
h,+1 876 555 0123
i,+49 111 11111111
j,+33 1 23
k,+1 416 555 0123
"""


@pytest.fixture
def earnest(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command from a folder that holds list.csv and no workspace."""
    (tmp_path / "list.csv").write_text(LIST)
    return runner_in(tmp_path, capsys, monkeypatch)


def data(out: str) -> Any:
    return json.loads(out)["data"]


def listed_price(market: str, category: str) -> Decimal:
    found = quote(market, category, "USD", parse_day("2026-11-01"))
    assert not isinstance(found, Unavailable)
    return found.price


def test_every_row_has_an_answer(earnest: Run) -> None:
    code, out, err = earnest("number", "check", "list.csv", "--json", "--show-numbers", "--on", "2026-11-01")
    assert (code, err) == (3, "")
    body = data(out)
    rows = [(r["row"], r["number"], r["valid"], r["reason"], r["country"], r["market"], r["duplicate_of"]) for r in body["listed"]]  # fmt: skip
    assert rows == [
        (1, "+4915112345678", True, None, "DE", "Germany", None),
        (2, "0151 12345678", False, "country-missing", None, None, None),
        (3, "+5531987654321", True, None, "BR", "Brazil", None),
        (4, "+5531987654321", True, None, "BR", "Brazil", 3),
        (5, None, False, "missing", None, None, None),
        (6, "+12125550123", True, None, "US", "North America", None),
        (7, "n/a", False, "not-a-number", None, None, None),
        (8, "+18765550123", True, None, "JM", "Rest of Latin America", None),
        (9, "+4911111111111", False, "range-unknown", "DE", None, None),
        (10, "+33 1 23", False, "too-short", None, None, None),
        (11, "+14165550123", True, None, "CA", "North America", None),
    ]
    assert (body["rows"], body["valid"], body["invalid"], body["duplicates"], body["numbers"]) == (11, 6, 5, 1, 5)
    assert body["total"] is None
    assert body["markets"][0] == {"market": "Brazil", "rows": 2, "numbers": 1, "withheld": 0, "price": None, "total": None}  # fmt: skip


def test_prices_are_the_cards_and_each_person_is_paid_for_once(earnest: Run) -> None:
    """One message each: Germany, Brazil (two rows, one person), Canada and Jamaica; a US number gets no marketing."""
    body = data(earnest("number", "check", "list.csv", "--json", "--category", "marketing", "--currency", "USD", "--on", "2026-11-01")[1])  # fmt: skip
    prices = {line["market"]: Decimal(line["price"]["amount"]) for line in body["markets"]}
    markets = ("Germany", "Brazil", "North America", "Rest of Latin America")
    assert prices == {market: listed_price(market, "marketing") for market in markets}
    assert Decimal(body["total"]["amount"]) == sum(listed_price(market, "marketing") for market in markets)
    assert (body["withheld"], body["unpriced"]) == (1, 0)
    america = next(line for line in body["markets"] if line["market"] == "North America")
    assert (america["numbers"], america["withheld"]) == (2, 1)


def test_utility_to_the_us_is_paid(earnest: Run) -> None:
    body = data(earnest("number", "check", "list.csv", "--json", "--category", "utility", "--currency", "USD", "--on", "2026-11-01")[1])  # fmt: skip
    america = next(line for line in body["markets"] if line["market"] == "North America")
    assert Decimal(america["total"]["amount"]) == 2 * listed_price("North America", "utility")
    assert body["withheld"] == 0


def test_a_price_that_cannot_be_known_is_no_zero(earnest: Run) -> None:
    body = data(earnest("number", "check", "list.csv", "--json", "--category", "utility", "--currency", "CHF", "--on", "2026-11-01")[1])  # fmt: skip
    assert {line["price"]["unavailable"]["code"] for line in body["markets"]} == {"time-out-of-cards"}
    assert (body["total"], body["unpriced"]) == (None, 5)
    assert all(row["price"] is None for row in body["listed"])


def test_a_free_allowance_is_told(earnest: Run) -> None:
    """Service messages: the first 1,000 a month are free since 2026-10-01; the list price stands beside."""
    args = ("number", "check", "list.csv", "--category", "service", "--currency", "USD", "--on", "2026-11-01")
    assert data(earnest(*args, "--json")[1])["free_per_month"] == 1000
    assert "The first 1,000 a month are free" in earnest(*args)[2]


def test_numbers_are_masked_unless_asked_for(earnest: Run) -> None:
    """Neither the listing nor the file shows a whole number, nor what could not be read."""
    earnest("number", "check", "list.csv", "--csv", "masked.csv")
    code, out, _ = earnest("number", "check", "list.csv")
    for text in (out, Path("masked.csv").read_text()):
        assert "12345678" not in text
        assert "+49••••••••678" in text
        assert "n/a" not in text
    assert code == 3


def test_the_file_holds_every_row(earnest: Run) -> None:
    code, out, err = earnest("number", "check", "list.csv", "--csv", "all.csv", "--show-numbers", "--limit", "1", "--region", "de",
                             "--category", "utility", "--currency", "USD", "--on", "2026-11-01")  # fmt: skip
    assert code == 3
    with Path("all.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["row"]) for row in rows] == list(range(1, 12))
    assert (rows[1]["number"], rows[1]["valid"], rows[1]["duplicate_of"]) == ("+4915112345678", "true", "1")
    assert Decimal(rows[1]["price"]) == listed_price("Germany", "utility")
    assert rows[1]["currency"] == "USD"
    assert out.count("+49") == 1
    assert "--csv OUT" not in err


def test_problems_only(earnest: Run) -> None:
    body = data(earnest("number", "check", "list.csv", "--json", "--problems")[1])
    assert [row["row"] for row in body["listed"]] == [2, 4, 5, 7, 9, 10]


def test_a_clean_list_is_0(earnest: Run) -> None:
    Path("clean.csv").write_text("phone\n+4915112345678\n")
    assert earnest("number", "check", "clean.csv")[0] == 0


@pytest.mark.parametrize("file", ["x.jsonl", "x.parquet"])
def test_other_formats_and_both_columns(earnest: Run, file: str) -> None:
    """The WhatsApp id stands in where the phone cannot be read; its digits need no +."""
    rows = {"phone": ["", "+4915112345678", "soon"], "wa_id": ["5215512345678", "4915112345678", ""]}
    if file == "x.parquet":
        pyarrow.parquet.write_table(pyarrow.table(rows), file)
    else:
        lines = [json.dumps(dict(zip(rows, pair, strict=True))) for pair in zip(*rows.values(), strict=True)]
        Path(file).write_text("\n".join(lines))
    body = data(earnest("number", "check", file, "--json", "--show-numbers")[1])
    assert [(r["number"], r["reason"]) for r in body["listed"]] == [
        ("+525512345678", None), ("+4915112345678", None), ("soon", "not-a-number"),
    ]  # fmt: skip


def test_lines_that_cannot_be_read_are_rows_too(earnest: Run) -> None:
    Path("broken.csv").write_text("phone,x\n+4915112345678,1\n+4915112345679,1,2,3\n")
    body = data(earnest("number", "check", "broken.csv", "--json")[1])
    assert (body["rows"], body["valid"], body["reasons"]) == (2, 1, {"column-count": 1})


def test_the_workspace_gives_region_and_currency(earnest: Run) -> None:
    earnest("init", "shop", "--currency", "USD", "--timezone", "Europe/Berlin")
    earnest("setting", "set", "region", "DE", "--from", "2020-01-01", "-w", "shop")
    args = ("number", "check", "list.csv", "--category", "utility", "--on", "2026-11-01", "--json")
    body = data(earnest(*args, "-w", "shop")[1])
    assert (body["currency"], body["valid"], body["duplicates"]) == ("USD", 7, 2)
    code, out, err = earnest(*args)
    assert (code, out, json.loads(err)["error"]["code"]) == (2, "", "currency-missing")


@pytest.mark.parametrize(
    ("code", "name", "args"),
    [
        (5, "no-such-file", ("none.csv",)),
        (3, "missing-column", ("other.csv",)),
        (3, "unknown-column", ("list.csv", "--map", "phone=nope")),
        (2, "unknown-field", ("list.csv", "--map", "email=name")),
        (2, "bad-map", ("list.csv", "--map", "phone=@row")),
        (2, "bad-setting", ("list.csv", "--region", "XX")),
        (2, "not-a-date", ("list.csv", "--on", "tomorrow")),
        (2, "unknown-currency", ("list.csv", "--category", "utility", "--currency", "usd")),
        (2, "usage", ("list.csv", "--category", "spam")),
        (1, "cannot-write", ("list.csv", "--csv", "no/such/folder.csv")),
        (5, "no-workspace", ("list.csv", "-w", "nowhere")),
    ],
)
def test_failures(earnest: Run, code: int, name: str, args: tuple[str, ...]) -> None:
    Path("other.csv").write_text("a,b\n1,2\n")
    found, out, err = earnest("number", "check", *args, "--json")
    assert (found, out) == (code, "")
    error = json.loads(err)["error"]
    assert error["code"] == name
    assert error["hint"]


def test_a_cell_cannot_steer_the_terminal(earnest: Run) -> None:
    Path("evil.csv").write_text("phone\n\x1b[31mevil\u202e\n")
    out = earnest("number", "check", "evil.csv", "--show-numbers")[1]
    assert "\x1b" not in out
    assert "\u202e" not in out
