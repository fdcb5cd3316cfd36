"""What a workspace rates by: the built-in cards, its own cards before them, its accounts, and the terms it was told."""

from __future__ import annotations

import functools
import json
from datetime import date

import duckdb
import pyarrow

from earnest.definitions.state import State
from earnest.kernel.period import day_of, local_day, zone
from earnest.rating.cards import Book, Rate, built_in, read_rates, row_number
from earnest.rating.tables import TERMS_COLUMNS, Basis, Told, rating_tables


def book_of(state: State) -> Book:
    """The cards in force: later imports stand before earlier ones, all before the built-in card."""
    book = built_in()
    for card in state.cards:
        book = book.with_card(_card_rates(card.seq, card.name, json.dumps(card.rows)))
    return book


@functools.lru_cache(maxsize=16)
def _card_rates(seq: int, name: str, rows: str) -> tuple[Rate, ...]:
    return tuple(read_rates(json.loads(rows), first_row=row_number(seq, 1), card=name))


def basis_of(state: State, as_of_us: int) -> Basis:
    """What charges are made from, as of an instant. The calendar reaches to the end of the next year."""
    year = day_of(local_day(as_of_us, zone(state.timezone))).year
    return Basis(book_of(state), state.accounts, state.timezone, state.currency, date(year + 2, 1, 1))


def rating_small(con: duckdb.DuckDBPyConnection, basis: Basis) -> dict[str, pyarrow.Table]:
    """The rating tables of the terms in the bound segments."""
    listed = ", ".join(TERMS_COLUMNS)
    rows = con.execute(f"SELECT DISTINCT {listed} FROM event_terms ORDER BY terms_key").fetchall()
    return rating_tables([Told(*row) for row in rows], basis)
