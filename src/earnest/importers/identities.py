"""Identity columns → contact keys, on distinct values: SQL where provably enough, libphonenumber for the rest.

Leaves the table `identified(hint, raw, identity_scheme, contact_key, zone, digest)`: one row per distinct raw value
and column meaning. The canonical text itself is dropped here; only keyed hashes leave this module.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow

from earnest.events.identity import TWO_DIGIT_CODES, canonical_phone, recipient_zone, verbatim_rules
from earnest.importers.parsing import quote

_BLOCK = 64


def register_keys(con: duckdb.DuckDBPyConnection, workspace_key: bytes) -> None:
    """Define the SQL functions `content_key(text)`, `digest_key(hex)` and `contact_digest(text)` on a connection."""
    padded = workspace_key.ljust(_BLOCK, b"\0")
    con.execute("SET VARIABLE inner_pad = $1", [bytes(byte ^ 0x36 for byte in padded)])
    con.execute("SET VARIABLE outer_pad = $1", [bytes(byte ^ 0x5C for byte in padded)])
    con.execute(
        """CREATE OR REPLACE MACRO digest_key(hex) AS (
            CASE WHEN CAST('0x' || substr(hex, 1, 16) AS UBIGINT) >= 9223372036854775808
                THEN CAST(CAST(CAST('0x' || substr(hex, 1, 16) AS UBIGINT) AS HUGEINT) - 18446744073709551616 AS BIGINT)
                ELSE CAST(CAST('0x' || substr(hex, 1, 16) AS UBIGINT) AS BIGINT) END)"""
    )
    con.execute("CREATE OR REPLACE MACRO content_key(text) AS digest_key(sha256(text))")
    con.execute(
        """CREATE OR REPLACE MACRO contact_digest(text) AS
        sha256(getvariable('outer_pad') || unhex(sha256(getvariable('inner_pad') || encode(text))))"""
    )


def identify(
    con: duckdb.DuckDBPyConnection, columns: Sequence[tuple[str, str]], *, file_hash: str, region: str | None
) -> None:
    """Build `identified` from identity columns of the table `checked`.

    Args:
        columns: (hint, column): the hint says what the column means: phone, wa_id, email, contact or row.
        file_hash: names the file in `row:` identities.
        region: country of numbers without a country code, or None to leave them unread.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE found (hint VARCHAR, raw VARCHAR)")
    for hint, column in columns:
        con.execute(
            f"INSERT INTO found SELECT DISTINCT {quote(hint)}, {column} FROM checked WHERE {column} IS NOT NULL AND reason IS NULL"
        )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE typed AS SELECT hint, raw, {_scheme()} AS scheme FROM (SELECT DISTINCT hint, raw FROM found)"
    )
    _canonical_table(con, file_hash)
    _parse_leftover_phones(con, region)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE identified AS
        SELECT hint, raw, scheme AS identity_scheme, digest, digest_key(digest) AS contact_key,
            CASE WHEN scheme = 'tel' THEN {_zone("substr(identity, 6)")} END AS zone
        FROM (SELECT *, contact_digest(identity) AS digest FROM canonical WHERE identity IS NOT NULL)"""
    )
    con.execute("DROP TABLE found; DROP TABLE typed; DROP TABLE canonical")


def _scheme() -> str:
    return """CASE WHEN hint IN ('phone', 'wa_id') THEN 'tel' WHEN hint = 'email' THEN 'mailto' WHEN hint = 'row' THEN 'row'
        WHEN regexp_matches(raw, '^(\\+|00)[0-9 ().-]{6,20}$') THEN 'tel' WHEN contains(raw, '@') THEN 'mailto' ELSE 'ext' END"""


def _canonical_table(con: duckdb.DuckDBPyConnection, file_hash: str) -> None:
    """Canonical text of each distinct identity; null for phone numbers that need parsing."""
    rules = verbatim_rules()
    columns = {
        "code": list(rules),
        "rewriting": [rule.rewriting_digits for rule in rules.values()],
        "lengths": [list(rule.lengths) for rule in rules.values()],
    }
    con.register("verbatim", pyarrow.table(columns))
    two = ", ".join(quote(code) for code in TWO_DIGIT_CODES)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE dialled AS
        SELECT raw, hint, digits, CASE WHEN substr(digits, 1, 1) IN ('1', '7') THEN 1 WHEN substr(digits, 1, 2) IN ({two}) THEN 2 ELSE 3 END AS size
        FROM (
            SELECT raw, hint, CASE WHEN starts_with(raw, '+') OR hint = 'wa_id' THEN stripped WHEN starts_with(raw, '00') THEN substr(stripped, 3) END AS digits
            FROM (SELECT raw, hint, translate(raw, '+ ().-', '') AS stripped FROM typed WHERE scheme = 'tel')
            WHERE regexp_full_match(stripped, '[0-9]+') AND strpos(substr(raw, 2), '+') = 0
        ) WHERE length(digits) BETWEEN 7 AND 15"""
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE canonical AS
        SELECT t.hint, t.raw, t.scheme, CASE t.scheme
            WHEN 'tel' THEN 'tel:+' || v.digits
            WHEN 'mailto' THEN CASE WHEN regexp_full_match(t.raw, '[^@\\s]+@[^@\\s]+')
                THEN 'mailto:' || split_part(t.raw, '@', 1) || '@' || lower(split_part(t.raw, '@', 2)) END
            WHEN 'row' THEN 'row:{file_hash}:' || t.raw
            ELSE 'ext:' || t.raw END AS identity
        FROM typed AS t
        LEFT JOIN (
            SELECT d.hint, d.raw, d.digits FROM dialled AS d JOIN verbatim AS v ON substr(d.digits, 1, d.size) = v.code
            WHERE list_contains(v.lengths, length(d.digits) - d.size) AND NOT contains(v.rewriting, substr(d.digits, d.size + 1, 1))
        ) AS v ON t.hint = v.hint AND t.raw = v.raw"""
    )
    con.unregister("verbatim")
    con.execute("DROP TABLE dialled")


def _zone(digits: str) -> str:
    two = ", ".join(quote(code) for code in TWO_DIGIT_CODES)
    return (
        f"CAST(CASE WHEN starts_with({digits}, '1') THEN substr({digits}, 1, 4) WHEN starts_with({digits}, '7') THEN substr({digits}, 1, 2)"
        f" WHEN substr({digits}, 1, 2) IN ({two}) THEN substr({digits}, 1, 2) ELSE substr({digits}, 1, 3) END AS INTEGER)"
    )


def _parse_leftover_phones(con: duckdb.DuckDBPyConnection, region: str | None) -> None:
    leftovers = con.execute(
        "SELECT DISTINCT hint, raw FROM canonical WHERE scheme = 'tel' AND identity IS NULL"
    ).fetchall()
    if not leftovers:
        return
    parsed = []
    for hint, raw in leftovers:
        text = f"+{raw.lstrip('+')}" if hint == "wa_id" else raw
        e164 = canonical_phone(text, region)
        if e164 is not None:
            parsed.append((hint, raw, f"tel:{e164}"))
            assert recipient_zone(e164)
    if not parsed:
        return
    table = pyarrow.table(
        {"hint": [p[0] for p in parsed], "raw": [p[1] for p in parsed], "identity": [p[2] for p in parsed]}
    )
    con.register("parsed_phones", table)
    con.execute(
        "UPDATE canonical SET identity = p.identity FROM parsed_phones AS p WHERE canonical.hint = p.hint AND canonical.raw = p.raw"
    )
    con.unregister("parsed_phones")
