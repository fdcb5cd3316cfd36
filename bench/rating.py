"""Rating messages by card, tier and allowance, against the plain date-range join that ignores tiers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from bench.case import Ratio, median_seconds
from earnest.definitions.account import Account
from earnest.rating import markets
from earnest.rating.cards import Book, built_in
from earnest.rating.tables import Basis, Told, rating_tables
from earnest.warehouse import duck
from earnest.warehouse.models import read

_DAYS = 92
_FIRST = datetime(2026, 9, 1, tzinfo=UTC)
_PARQUET = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
_ZONES = (55, 91, 49, 44, 62, 1415, 971)
_ACCOUNTS = {
    name: Account(name, zone, "USD", "p") for name, zone in (("w1", "America/Sao_Paulo"), ("w2", "Asia/Kolkata"))
}


def rating(messages: int) -> Iterator[Ratio]:
    """Delivered messages of seven markets, four categories, six numbers over a card change: priced to Parquet."""
    with tempfile.TemporaryDirectory() as folder, duck.connect(Path(folder) / "spill") as con:
        bind(con, Path(folder), messages)
        plain = median_seconds(lambda: con.execute(f"COPY ({_PLAIN}) TO '{folder}/plain.parquet' {_PARQUET}"))
        charge = read("earnest.rating", "charge.sql").sql
        tiers = median_seconds(lambda: con.execute(f"COPY ({charge}) TO '{folder}/charge.parquet' {_PARQUET}"))
        used = con.execute(
            f"SELECT count(*), count(DISTINCT step), count(charge_micro) FROM '{folder}/charge.parquet'"
        ).fetchone()
    assert used is not None
    assert used[0] == used[2] == messages, used
    assert used[1] >= 3, used
    yield Ratio(f"messages rated per second, {messages:,}", messages / tiers, "messages/s")
    yield Ratio("rating with tiers and allowance / plain date-range join", tiers / plain, bar=5)


def bind(con: duckdb.DuckDBPyConnection, folder: Path, messages: int) -> None:
    """Tables of a simulated quarter on a connection: `message`, the rating tables, and the plain join's card."""
    told = _told()
    basis = Basis(_busy_book(), _ACCOUNTS, "UTC", "USD", date(2028, 1, 1))
    for name, table in rating_tables(told, basis).items():
        con.register(f"{name}_read", table)
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_read")
    first = int(_FIRST.timestamp()) * 1_000_000
    con.execute(
        f"""COPY (
        SELECT CAST(hash(i) % 9223372036854775807 AS BIGINT) AS message_key, CAST(1 + hash(i, 1) % 20 AS BIGINT) AS label_key,
            CAST(at_us // 86400000000 AS INTEGER) AS send_day, at_us AS delivered_us, CAST(NULL AS BIGINT) AS cost_micro, CAST(NULL AS BIGINT) AS told_price,
            CAST(NULL AS BIGINT) AS conversation_key, CAST(1 + hash(i, 2) % {len(told)} AS BIGINT) AS terms_key,
            list_extract([{", ".join(map(str, _ZONES))}], CAST(1 + hash(i, 3) % {len(_ZONES)} AS INTEGER)) AS recipient_zone
        FROM (SELECT i, {first} + CAST(hash(i, 4) % {_DAYS * 86_400} AS BIGINT) * 1000000 AS at_us FROM range({messages}) AS r(i))
        ) TO '{folder}/message.parquet' (FORMAT parquet)"""
    )
    con.execute(f"CREATE VIEW message AS SELECT * FROM '{folder}/message.parquet'")
    con.execute(f"CREATE VIEW rated AS {read('earnest.rating', 'rated.sql').sql}")
    con.execute(f"CREATE VIEW rated_cell AS {read('earnest.rating', 'rated_cell.sql').sql}")
    _plain_tables(con)


def _busy_book() -> Book:
    """The built-in cards with tiers a fiftieth as wide, so that ten million messages cross as many as a large sender's."""
    narrow = (
        replace(
            r,
            volume_from=r.volume_from // 50,
            volume_until=None if r.volume_until is None else r.volume_until // 50,
        )
        for r in built_in().rates
    )
    return Book(tuple(narrow), built_in().rules)


def _told() -> list[Told]:
    kinds = [
        (account, number, category, kind)
        for account in _ACCOUNTS
        for number in ("n1", "n2", "n3")
        for category in ("marketing", "utility", "authentication", "service")
        for kind in ("regular", "regular", "free_customer_service")
    ]
    return [
        Told(key, account, account + number, "message", kind, category, True, None, None, None)
        for key, (account, number, category, kind) in enumerate(kinds, start=1)
    ]


def _plain_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Memberships and list prices with their dates in UTC: what a join by date range needs."""
    held = [(zone, m) for m in markets.memberships() if m.calling_code.isdigit() for zone in markets.zones_of(m)]
    con.register(
        "membership_read",
        pa.table(
            {
                "zone": [zone for zone, _ in held],
                "market": [m.market for _, m in held],
                "from_us": [_us(m.effective_from) for _, m in held],
                "until_us": [_us(m.effective_until) for _, m in held],
            }
        ),
    )
    rates = [r for r in built_in().rates if r.volume_from == 0 and r.currency == "USD" and r.model == "message"]
    con.register(
        "card_read",
        pa.table(
            {
                "card_row": [r.row for r in rates],
                "market": [r.market for r in rates],
                "category": [r.category for r in rates],
                "from_us": [_us(r.effective_from) for r in rates],
                "until_us": [_us(r.effective_until) for r in rates],
                "price_micro": [r.micro for r in rates],
            }
        ),
    )
    con.execute(
        "CREATE TABLE membership AS SELECT * FROM membership_read; CREATE TABLE card AS SELECT * FROM card_read"
    )


def _us(day: date | None) -> int:
    return 2**62 if day is None else int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000


_PLAIN = """
SELECT m.message_key, m.label_key, m.send_day, m.terms_key, b.market, c.card_row,
    CASE WHEN t.free_reason IS NULL THEN c.price_micro ELSE 0 END AS charge_micro
FROM message AS m
JOIN rating_terms AS t ON m.terms_key = t.terms_key
JOIN membership AS b ON b.zone = m.recipient_zone AND m.delivered_us >= b.from_us AND m.delivered_us < b.until_us
JOIN card AS c ON c.market = b.market AND c.category = t.category AND m.delivered_us >= c.from_us AND m.delivered_us < c.until_us
WHERE m.delivered_us IS NOT NULL"""
