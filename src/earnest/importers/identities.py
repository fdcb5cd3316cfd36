"""Identity columns → contact keys, on distinct values: SQL where provably enough, libphonenumber for the rest.

`identify` leaves the table `identified(hint, raw, identity_scheme, contact_key, zone, digest, shown)`: one row per distinct
raw value and column meaning; and `nobody(hint, raw)`: what forms and shops fill in where they know nobody, which is as good
as nothing. It drops the canonical text; what is imported knows people by keyed hashes, and by a mask of what they are
(`shown`) that is the same for thousands of people. `canonicalise` leaves that text in the table `canonical`, for those who
check numbers and keep nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow

from earnest.events.identity import BSUID_LONGEST, TWO_DIGIT_CODES, canonical_phone, recipient_zone
from earnest.events.numbering import INCOMPLETE, REWRITES, Rewrite, home, plans
from earnest.importers.parsing import quote

_BLOCK = 64

PLACEHOLDER_MAILBOXES = (
    *(
        "guest",
        "noreply",
        "no-reply",
        "donotreply",
        "none",
        "null",
        "na",
        "n/a",
        "undefined",
        "unknown",
        "anonymous",
        "test",
    ),
)
"""Local parts (any case) of mail addresses that forms and shops fill in where they know none: they are nobody's."""

PLACEHOLDER_DOMAINS = ("localhost", "invalid")
"""Last labels of domains that no mail reaches (RFC 6761, 6.3 and 6.4)."""

PLACEHOLDER_IDS = ("0", "null", "none", "undefined", "nan")
"""Ids of no customer (any case), alone or behind a provider's name, as of an order without an account: `woocommerce:0`."""


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
        columns: (hint, column): the hint says what the column means: phone, wa_id, bsuid, email, contact or row.
        file_hash: names the file in `row:` identities.
        region: country of numbers without a country code, or None to leave them unread.
    """
    canonicalise(con, columns, file_hash=file_hash, region=region)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE identified AS
        SELECT hint, raw, scheme AS identity_scheme, digest, digest_key(digest) AS contact_key,
            CASE WHEN scheme = 'tel' THEN {zone_sql("substr(identity, 6)")} END AS zone, {shown_sql("identity", "scheme")} AS shown
        FROM (SELECT *, contact_digest(identity) AS digest FROM canonical WHERE identity IS NOT NULL AND NOT {_placeholder("identity", "scheme")})"""
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE nobody AS SELECT DISTINCT hint, raw FROM canonical"
        f" WHERE identity IS NOT NULL AND {_placeholder('identity', 'scheme')}"
    )
    con.execute("DROP TABLE canonical")


def canonicalise(
    con: duckdb.DuckDBPyConnection, columns: Sequence[tuple[str, str]], *, file_hash: str, region: str | None
) -> None:
    """Build `canonical(hint, raw, scheme, identity)` from identity columns of the table `checked`.

    One row per distinct raw value and column meaning; `identity` is null where it cannot be one. Arguments as above.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE found (hint VARCHAR, raw VARCHAR)")
    for hint, column in columns:
        con.execute(
            f"INSERT INTO found SELECT DISTINCT {quote(hint)}, {column} FROM checked WHERE {column} IS NOT NULL AND reason IS NULL"
        )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE typed AS SELECT hint, raw, {_scheme()} AS scheme FROM (SELECT DISTINCT hint, raw FROM found)"
    )
    _numbers_provable_in_sql(con, region)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE canonical AS
        SELECT t.hint, t.raw, t.scheme, CASE t.scheme
            WHEN 'tel' THEN 'tel:+' || d.code || d.national
            WHEN 'mailto' THEN CASE WHEN regexp_full_match(t.raw, '[^@\\s]+@[^@\\s]+')
                THEN 'mailto:' || split_part(t.raw, '@', 1) || '@' || lower(split_part(t.raw, '@', 2)) END
            WHEN 'bsuid' THEN CASE WHEN length(t.raw) <= {BSUID_LONGEST} THEN 'bsuid:' || t.raw END
            WHEN 'row' THEN 'row:{file_hash}:' || t.raw
            ELSE 'ext:' || t.raw END AS identity
        FROM typed AS t LEFT JOIN dialled AS d ON t.hint = d.hint AND t.raw = d.raw"""
    )
    _parse_leftover_phones(con, region)
    con.execute("DROP TABLE found; DROP TABLE typed; DROP TABLE dialled")


def _placeholder(identity: str, scheme: str) -> str:
    """SQL: whether an identity stands for nobody, so that all who have it would become one person.

    Mail addresses and ids of the lists above, and phones whose national part repeats one digit: +10000000000.
    """
    digits = f"substr({identity}, 6)"
    national = f"substr({digits}, {code_size(digits)} + 1)"
    mailbox = f"lower(split_part(substr({identity}, 8), '@', 1)) IN ({', '.join(map(quote, PLACEHOLDER_MAILBOXES))})"
    domain = f"regexp_matches({identity}, '[@.]({'|'.join(PLACEHOLDER_DOMAINS)})$')"
    return (
        f"CASE {scheme} WHEN 'tel' THEN replace({national}, left({national}, 1), '') = ''"
        f" WHEN 'mailto' THEN {mailbox} OR {domain}"
        f" WHEN 'ext' THEN regexp_full_match(lower({identity}), 'ext:([a-z]+:)?({'|'.join(PLACEHOLDER_IDS)})?') ELSE false END"
    )


def _scheme() -> str:
    return """CASE WHEN hint IN ('phone', 'wa_id') THEN 'tel' WHEN hint = 'email' THEN 'mailto' WHEN hint IN ('row', 'bsuid') THEN hint
        WHEN regexp_matches(raw, '^(\\+|00)[0-9 ().-]{6,20}$') THEN 'tel' WHEN contains(raw, '@') THEN 'mailto' ELSE 'ext' END"""


def _numbers_provable_in_sql(con: duckdb.DuckDBPyConnection, region: str | None) -> None:
    """`dialled(hint, raw, code, national)`: numbers that libphonenumber would read just so (see events/numbering.py)."""
    known = plans()
    columns = {
        "code": list(known),
        "lengths": [list(plan.lengths) for plan in known.values()],
        "trunk_zero": [plan.trunk_zero for plan in known.values()],
    }
    con.register("plan", pyarrow.table(columns))
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE dialled AS
        SELECT hint, raw, code, national FROM (
            SELECT hint, raw, code, lengths, {_rewriting()} AS national FROM (
                SELECT d.hint, d.raw, d.code, p.lengths, p.trunk_zero,
                    CASE WHEN p.trunk_zero AND starts_with(d.national, '0') AND list_contains(p.lengths, length(d.national) - 1)
                        THEN substr(d.national, 2) ELSE d.national END AS national
                FROM ({_international(region)}) AS d JOIN plan AS p ON d.code = p.code
            ) WHERE NOT {_unsure()} AND NOT (trunk_zero AND starts_with(national, '0') AND list_contains(lengths, length(national) - 1))
        ) WHERE list_contains(lengths, length(national)) AND NOT {_incomplete()}"""
    )
    con.unregister("plan")


def _international(region: str | None) -> str:
    """SQL of all numbers as calling code and national part, where that is plain from the writing."""
    at_home, place = "", home(region)
    if place is not None:
        abroad = quote(f"^(?:{place.abroad})")
        at_home = (
            f"WHEN NOT starts_with(stripped, {quote(place.code)}) AND NOT regexp_matches(stripped, {abroad})"
            f" THEN {quote(place.code)} || stripped"
        )
    return f"""SELECT hint, raw, substr(digits, 1, size) AS code, substr(digits, size + 1) AS national FROM (
        SELECT hint, raw, digits, {code_size("digits")} AS size FROM (
            SELECT raw, hint, CASE WHEN starts_with(raw, '+') OR hint = 'wa_id' THEN stripped
                WHEN starts_with(raw, '00') THEN substr(stripped, 3) {at_home} END AS digits
            FROM (SELECT raw, hint, translate(raw, '+ ().-', '') AS stripped FROM typed WHERE scheme = 'tel')
            WHERE regexp_full_match(stripped, '[0-9]+') AND strpos(substr(raw, 2), '+') = 0
        ) WHERE length(digits) BETWEEN 7 AND 15)"""


def _unsure() -> str:
    """SQL: whether libphonenumber may take the beginning of `national` for a national prefix."""
    known = plans()
    cases = []
    for code, plan in known.items():
        if plan.unsure not in (None, "0"):
            matches = f"regexp_matches(national, {quote(f'^(?:{plan.unsure})')})"
            safe = f" AND NOT regexp_full_match(national, {quote(plan.unchanged)})" if plan.unchanged else ""
            cases.append(f"WHEN {quote(code)} THEN {matches}{safe}")
    plain = ", ".join(quote(code) for code, plan in known.items() if plan.unsure is None)
    return f"CASE code {' '.join(cases)} ELSE starts_with(national, '0') AND code NOT IN ({plain}) END"


def _rewriting() -> str:
    """SQL: `national` as people are reached under today."""
    by_code: dict[str, list[Rewrite]] = {}
    for rule in REWRITES:
        by_code.setdefault(rule.code, []).append(rule)
    cases = []
    for code, rules in by_code.items():
        cuts = []
        for rule in rules:
            only = " AND hint = 'wa_id'" if rule.wa_id_only else ""
            kept = f"substr(national, 1, {rule.keep}) || {quote(rule.insert)} || substr(national, {rule.keep + rule.drop + 1})"
            cuts.append(f"WHEN regexp_full_match(national, {quote(rule.pattern)}){only} THEN {kept}")
        cases.append(f"WHEN {quote(code)} THEN CASE {' '.join(cuts)} ELSE national END")
    return f"CASE code {' '.join(cases)} ELSE national END"


def _incomplete() -> str:
    cases = [
        f"WHEN {quote(code)} THEN regexp_full_match(national, {quote(pattern)})" for code, pattern in INCOMPLETE.items()
    ]
    return f"CASE code {' '.join(cases)} ELSE false END"


def code_size(digits: str) -> str:
    """SQL of the length of the calling code at the beginning of an international number."""
    two = ", ".join(quote(code) for code in TWO_DIGIT_CODES)
    return f"CASE WHEN substr({digits}, 1, 1) IN ('1', '7') THEN 1 WHEN substr({digits}, 1, 2) IN ({two}) THEN 2 ELSE 3 END"


def shown_sql(identity: str, scheme: str) -> str:
    """SQL of a canonical identity as people may see it: never enough of it to reach or find anybody.

    ``tel:+4915112345678`` → ``+49 ••• 78``, ``mailto:ann@shop.example`` → ``a•••@shop.example``, any other id by its
    provider and last two characters.
    """
    digits = f"substr({identity}, 6)"
    domain = f"split_part({identity}, '@', 2)"
    prefix = f"regexp_extract({identity}, '^(?:ext|bsuid|row):([a-z]+:|[A-Z]{{2}}\\.)?', 1)"
    return (
        f"CASE {scheme} WHEN 'tel' THEN '+' || substr({digits}, 1, {code_size(digits)}) || ' ••• ' || right({identity}, 2)"
        f" WHEN 'mailto' THEN substr({identity}, 8, 1) || '•••@' || {domain}"
        f" ELSE {prefix} || '•••' || right({identity}, 2) END"
    )


def zone_sql(digits: str) -> str:
    """SQL of `recipient_zone`: the calling code, with three more digits for 1 and one more for 7."""
    size = f"CASE WHEN starts_with({digits}, '1') THEN 4 WHEN starts_with({digits}, '7') THEN 2 ELSE {code_size(digits)} END"
    return f"CAST(substr({digits}, 1, {size}) AS INTEGER)"


def _parse_leftover_phones(con: duckdb.DuckDBPyConnection, region: str | None) -> None:
    leftovers = con.execute(
        "SELECT DISTINCT hint, raw FROM canonical WHERE scheme = 'tel' AND identity IS NULL"
    ).fetchall()
    parsed = []
    for hint, raw in leftovers:
        e164 = canonical_phone(raw, region, wa_id=hint == "wa_id")
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
