"""Cards: what is in force on a day, what is wrong with one, how one is read from a file."""

from __future__ import annotations

import zipfile
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from earnest.kernel.errors import DataRefused, UsageError
from earnest.kernel.estimate import Unavailable
from earnest.rating.card_file import Defaults, read_card
from earnest.rating.cards import Book, Rate, built_in, read_rates
from earnest.rating.check import problems
from earnest.rating.markets import country_zone, market_names, market_of, memberships
from earnest.rating.quote import Quote, quote

OCTOBER = date(2026, 10, 1)


def rate(
    row: int,
    *,
    start: date = OCTOBER,
    until: date | None = None,
    tiers: tuple[int, int | None] = (0, None),
    **other: Any,
) -> Rate:
    told = {"currency": "USD", "market": "India", "category": "utility", "micro": 1000} | other
    return Rate(
        row, told["currency"], "message", told["market"], told["category"], start, until, *tiers, told["micro"],
        "made up", "high", "",
    )  # fmt: skip


def kinds(*rates: Rate) -> list[str]:
    return [p.kind for p in problems(rates)]


def test_the_built_in_card_has_what_its_source_has(shared_data: Path) -> None:
    """Row by row against the research file: half-open ends, volumes counted from 0, one price each."""
    import csv
    from datetime import timedelta

    with (shared_data / "rates_whatsapp.csv").open(encoding="utf-8") as stream:
        told = list(csv.DictReader(stream))
    expected: Counter[tuple[Any, ...]] = Counter()
    for row in told:
        until = date.fromisoformat(row["effective_to"]) + timedelta(days=1) if row["effective_to"] else None
        low = max(0, int(row["tier_from"] or 0) - 1)
        price = Decimal(row["price"].split()[0].split("|")[0])
        key = (row["currency"], row["pricing_model"], row["market"], row["category"], row["effective_from"])
        expected[(*key, until, low, int(row["tier_to"]) if row["tier_to"] else None, price)] += 1
    got = Counter(
        (
            *(r.currency, r.model, r.market, r.category, r.effective_from.isoformat()),
            *(r.effective_until, r.volume_from, r.volume_until, r.price),
        )
        for r in built_in().rates
    )
    assert len(told) == 2461
    assert got == expected
    assert all(r.source and r.confidence in ("high", "medium-high", "medium", "low-medium") for r in built_in().rates)


def test_markets_are_those_of_their_source(shared_data: Path) -> None:
    import csv

    with (shared_data / "markets_whatsapp.csv").open(encoding="utf-8") as stream:
        told = list(csv.DictReader(stream))
    assert [(r["market"], r["iso2"], r["calling_code"], r["effective_from"]) for r in told] == [
        (m.market, m.iso2, m.calling_code, m.effective_from.isoformat()) for m in memberships()
    ]
    for day, count in ((date(2026, 6, 30), 32), (date(2026, 7, 1), 38), (OCTOBER, 47)):
        assert len({m.market for m in memberships() if m.holds_on(day)}) == count
    assert len(market_names()) == 47


def test_the_built_in_card_gives_no_message_two_prices() -> None:
    found = problems(built_in().rates)
    assert [p for p in found if p.wrong] == []
    holes = [p for p in found if p.kind == "tier-gap"]
    assert {(p.key[0], p.key[2]) for p in holes} == {("BRL", "Brazil")}, "the partial BRL tier table of mid-2026"


def test_overlaps_and_gaps_are_found() -> None:
    assert kinds(rate(1), rate(2)) == ["tier-overlap"]
    assert kinds(rate(1, until=date(2027, 1, 1)), rate(2, start=date(2026, 12, 31))) == ["overlap"]
    assert kinds(rate(1, until=date(2027, 1, 1)), rate(2, start=date(2027, 1, 2))) == ["time-gap"]
    assert kinds(rate(1, until=date(2027, 1, 1)), rate(2, start=date(2027, 1, 1))) == []
    assert kinds(rate(1, tiers=(0, 10)), rate(2, tiers=(10, None))) == []
    assert kinds(rate(1, tiers=(0, 10)), rate(2, tiers=(11, None))) == ["tier-gap"]
    assert kinds(rate(1, tiers=(0, 10)), rate(2, tiers=(9, None))) == ["tier-overlap"]
    assert kinds(rate(1, tiers=(5, None))) == ["tier-gap"]
    assert kinds(rate(1, tiers=(0, 10))) == ["tier-gap"]
    assert kinds(rate(1), rate(2, market="Brazil"), rate(3, currency="EUR"), rate(4, category="service")) == []


def test_the_newest_card_stands_before_the_others() -> None:
    own = rate(5_000_001, start=date(2026, 11, 1), until=date(2026, 12, 1), micro=77)
    book = built_in().with_card((own,))
    prices = [
        quote("India", "utility", "USD", day, book=book)
        for day in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 12, 1))
    ]
    assert [p.micro for p in prices if isinstance(p, Quote)] == [1400, 77, 1400]
    assert [p.tiers for p in prices if isinstance(p, Quote)] == [6, 1, 6], "not mixed with the tiers of the older card"


def test_a_volume_beyond_the_known_tiers_is_unknown() -> None:
    book = Book((rate(1, tiers=(0, 10)), rate(2, tiers=(20, None), micro=900)), ())
    found = [quote("India", "utility", "USD", OCTOBER, volume=v, book=book) for v in (9, 10, 19, 20)]
    assert [f.micro if isinstance(f, Quote) else f.code for f in found] == [1000, "rate-unknown", "rate-unknown", 900]


@pytest.mark.parametrize(
    ("zone", "day", "market"),
    [
        (91, OCTOBER, "India"), (76, date(2026, 9, 30), "Other"), (77, OCTOBER, "Kazakhstan"), (79, OCTOBER, "Russia"),
        (1809, OCTOBER, "Rest of Latin America"), (1876, OCTOBER, "Rest of Latin America"), (1787, OCTOBER, "Rest of Latin America"),
        (1242, OCTOBER, "Other"), (1416, OCTOBER, "North America"), (263, date(2025, 9, 30), "Other"),
        (263, date(2025, 10, 1), "Rest of Africa"), (852, date(2026, 6, 30), "Rest of Asia Pacific"), (852, date(2026, 7, 1), "Hong Kong"),
        (372, OCTOBER, "Other"), (999, OCTOBER, None), (800, OCTOBER, None), (country_zone("US"), OCTOBER, "North America"),
        (country_zone("JE"), OCTOBER, "United Kingdom"), (country_zone("QQ"), OCTOBER, None),
    ],
)  # fmt: skip
def test_markets(zone: int, day: date, market: str | None) -> None:
    assert market_of(zone, day) == market


def test_a_currency_without_a_card_has_no_price() -> None:
    found = quote("India", "marketing", "JPY", OCTOBER)
    assert isinstance(found, Unavailable)
    assert found.code == "time-out-of-cards"


META = """Market,Currency,Marketing,Utility,"Authentication-
International",Service
India,$US,0.0118,0.0014,0.0280,n/a
germany,USD,0.1365,0.0550,n/a,
"""


def test_meta_s_own_card_is_read(tmp_path: Path) -> None:
    path = tmp_path / "card.csv"
    path.write_text(META)
    rows = read_card(path, Defaults(effective_from=OCTOBER, source="card.csv"))
    got = [(r["market"], r["category"], r["currency"], r["price"], r["effective_from"]) for r in rows]
    assert got == [
        ("India", "marketing", "USD", "0.0118", "2026-10-01"),
        ("India", "utility", "USD", "0.0014", "2026-10-01"),
        ("India", "authentication_international", "USD", "0.0280", "2026-10-01"),
        ("Germany", "marketing", "USD", "0.1365", "2026-10-01"),
        ("Germany", "utility", "USD", "0.0550", "2026-10-01"),
    ]


SHEET = """<?xml version="1.0" encoding="UTF-8"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>Rates</t></is></c></row>
<row r="2"><c r="A2" t="inlineStr"><is><t>Market</t></is></c><c r="B2" t="inlineStr"><is><t>Currency</t></is></c>
<c r="C2" t="inlineStr"><is><t>Marketing</t></is></c></row>
<row r="3"><c r="A3" t="inlineStr"><is><t>India</t></is></c><c r="B3" t="inlineStr"><is><t>$US</t></is></c>
<c r="C3"><v>0.0118</v></c></row></sheetData></worksheet>"""
"""A title row above the header, and a price as the number that a spreadsheet makes of it."""

WORKBOOK = {
    "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
    ' Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="Card" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<?xml version="1.0"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
    ' Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": SHEET,
}


def test_a_workbook_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    """Meta serves XLSX under its CSV links since October 2026."""
    path = tmp_path / "card.csv"
    with zipfile.ZipFile(path, "w") as book:
        for name, text in WORKBOOK.items():
            book.writestr(name, text)
    rows = read_card(path, Defaults(effective_from=OCTOBER))
    assert [(r["market"], r["currency"], r["category"], r["price"]) for r in rows] == [
        ("India", "USD", "marketing", "0.0118")
    ]
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(DataRefused, match="is no workbook"):
        read_card(path, Defaults(effective_from=OCTOBER))


def test_tiers_of_meta_are_inclusive(tmp_path: Path) -> None:
    path = tmp_path / "card.csv"
    path.write_text(
        "market,category,currency,price,effective_from,tier_from,tier_to\n"
        "India,utility,USD,0.0014,2026-10-01,0,250000\nIndia,utility,USD,0.0013,2026-10-01,250001,MAX\n"
    )
    first, second = read_rates(read_card(path, Defaults()))
    assert (first.volume_from, first.volume_until) == (0, 250_000)
    assert (second.volume_from, second.volume_until) == (250_000, None)
    assert problems((first, second)) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Indja,utility,USD,0.1,2026-10-01", "did you mean 'India'"),
        ("India,utilty,USD,0.1,2026-10-01", "did you mean 'utility'"),
        ("India,utility,USX,0.1,2026-10-01", "no ISO 4217 currency"),
        ('India,utility,USD,"0,1",2026-10-01', "decimal point"),
        ("India,utility,USD,-0.1,2026-10-01", "not a price"),
        ("India,utility,USD,0.0000001,2026-10-01", "more than six decimals"),
        ("India,utility,USD,0.1,", "no effective_from"),
        ("India,utility,USD,0.1,10/01/2026", "not a date"),
        ("India,utility,USD,0.1,0001-01-01", "is not between 2010-01-01"),
        (",utility,USD,0.1,2026-10-01", "is no market"),
    ],
)
def test_bad_rows_are_named_with_their_line(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "card.csv"
    path.write_text(f"market,category,currency,price,effective_from\nIndia,marketing,USD,0.1,2026-10-01\n{line}\n")
    with pytest.raises(DataRefused) as refused:
        read_card(path, Defaults())
    assert refused.value.code == "bad-card"
    assert words in refused.value.message
    assert "line 3" in refused.value.message


@pytest.mark.parametrize("text", ["", "market,category\n", "a,b\n1,2\n", "market,price\nIndia,0.1\n"])
def test_what_is_no_card_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "card.csv"
    path.write_text(text)
    with pytest.raises(DataRefused):
        read_card(path, Defaults())


def test_a_missing_file_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        read_card(tmp_path / "none.csv", Defaults())


def test_short_rows_open_ends_and_turned_tiers(tmp_path: Path) -> None:
    path = tmp_path / "card.csv"
    path.write_text("category,currency,price,effective_from,market\nutility,USD,0.1,2026-10-01\n")
    with pytest.raises(DataRefused, match="line 2: '' is no market"):
        read_card(path, Defaults())
    head = "market,category,currency,price,effective_from,effective_to,tier_from,tier_to\n"
    path.write_text(head + "India,utility,USD,0.1,2026-10-01,9999-12-31,0,\n")
    (row,) = read_card(path, Defaults())
    assert row["effective_until"] == ""
    path.write_text(head + "India,utility,USD,0.1,2026-10-01,2026-12-31,0,\n")
    assert read_card(path, Defaults())[0]["effective_until"] == "2027-01-01"
    path.write_text(head + "India,utility,USD,0.1,2026-10-01,,1000,5\n")
    with pytest.raises(DataRefused, match="tier_to 5 is below tier_from 1000"):
        read_card(path, Defaults())
    path.write_text(head + "India,utility,USD," + "1" * 200_000 + ",2026-10-01,,,\n")
    with pytest.raises(DataRefused, match="is no CSV"):
        read_card(path, Defaults())


def test_categories_nobody_knows_make_no_new_cases() -> None:
    from earnest.rating.tables import Basis, Told, rating_tables

    basis = Basis(built_in(), {}, "UTC", "USD", date(2028, 1, 1))
    few, many = (
        rating_tables(
            [Told(n, "w", "n", "message", "regular", f"word{n}", True, None, None, None) for n in range(count)], basis
        )
        for count in (1, 500)
    )
    assert len(few["rating_rate"]) == len(many["rating_rate"]) > 0


def test_a_copied_book_leaves_the_original_alone() -> None:
    from dataclasses import replace

    book = Book((rate(1),), ())
    for _ in range(3):
        replace(book, rules=())
    assert len(book.in_force(rate(1).key, OCTOBER)) == 1
