"""`--where`: what it accepts, what it refuses, and that what is typed stays a value."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earnest.importers.where import condition
from earnest.kernel.errors import UsageError
from earnest.warehouse import duck

COLUMNS = {"spend": "c0", "segment": "c1", "order id": "c2", "it's": "c3"}
ROWS = [
    ("0", "Mens E-Mail", "A-1", "x"),
    ("10", "No E-Mail", "A-2", None),
    ("9.5", "O'Hara", "A-3", "''"),
    (None, None, None, None),
    ("n/a", "10", "A-5", "x"),
]


def kept(text: str) -> list[int]:
    """Places of the rows that a filter keeps."""
    with contextlib.closing(duck.connect()) as con:
        con.execute("CREATE TABLE raw (place INTEGER, c0 VARCHAR, c1 VARCHAR, c2 VARCHAR, c3 VARCHAR)")
        con.executemany(
            "INSERT INTO raw VALUES ($1, $2, $3, $4, $5)", [(place, *row) for place, row in enumerate(ROWS)]
        )
        rows = con.execute(f"SELECT place FROM raw WHERE {condition(text, COLUMNS)} ORDER BY place").fetchall()
        assert con.execute("SELECT count(*) FROM raw").fetchone() == (len(ROWS),)
    return [place for (place,) in rows]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("spend > 0", [1, 2]), ("spend >= 9.5", [1, 2]), ("spend < 10", [0, 2]), ("spend <= 10", [0, 1, 2]), ("spend > 9 AND spend<10", [2]),
        ("spend = 10", [1]), ("spend = 10.0", [1]), ("spend != 0", [1, 2, 4]), ("spend <> 0", [1, 2, 4]), ("spend > -1", [0, 1, 2]),
        ("segment = 'No E-Mail'", [1]), ('segment = "No E-Mail"', [1]), ("segment in ('Mens E-Mail', 'No E-Mail')", [0, 1]),
        ("segment IN ('nobody')", []), ("segment = 'O''Hara'", [2]), ("segment = \"O'Hara\"", [2]), ("'order id' = 'A-2'", [1]),
        ('"it\'s" = x', [0, 4]), ("segment != 'No E-Mail' and spend > 0", [2]), ("  spend>0  ", [1, 2]),
    ],
)  # fmt: skip
def test_filters_by_hand(text: str, places: list[int]) -> None:
    assert kept(text) == places


@pytest.mark.parametrize(
    "text",
    ["", "   ", "spend", "spend >", "> 0", "spend > 0 or spend < 3", "spend > 0 and", "spend > 0 spend < 3", "spend in", "spend in (", "spend in ()",
     "spend in 'a'", "spend like 'a%'", "spend > 'unclosed", "spend between 1 and 2", "spend > 0; drop table raw", "nobody = 1", "(spend > 0)",
     "spend > 0 -- comment", "not spend > 0", "c0 = 1", "spend is null", "count(spend) > 0"],
)  # fmt: skip
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        condition(text, COLUMNS)


ATTEMPTS = [
    "x' or '1'='1", "x'; drop table raw; --", "') or true or ('", "1) or (1=1", "/* */", "\\'; --", "$1", "?", "0 union select 1", "''", "'",
    "1e3", "0x10", "1;", "null", "current_user", "read_csv('/etc/passwd')",
]  # fmt: skip


@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("shape", ["segment = {}", "segment in ({}, 'nobody')", "segment != {} and segment = 'nobody'"])
def test_injection_attempts_stay_values(attempt: str, shape: str) -> None:
    quoted = "'" + attempt.replace("'", "''") + "'"
    assert kept(shape.format(quoted)) == []


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
def test_any_text_is_the_value_it_is(value: str) -> None:
    sql = condition("segment = '" + value.replace("'", "''") + "'", {"segment": "s"})
    with contextlib.closing(duck.connect()) as con:
        (found,) = con.execute(f"SELECT {sql} FROM (SELECT CAST($1 AS VARCHAR) AS s)", [value]).fetchall()[0]
        (other,) = con.execute(f"SELECT {sql} FROM (SELECT CAST($1 AS VARCHAR) AS s)", [value + "x"]).fetchall()[0]
    assert found is True
    assert other is False


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        condition(text, COLUMNS)
