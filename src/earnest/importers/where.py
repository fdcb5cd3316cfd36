"""`--where`: a small filter over a file's columns, parsed here and rebuilt as SQL from known parts only.

    COLUMN OP VALUE [and COLUMN OP VALUE …]     OP: = != < <= > >= in
    spend > 0 and segment in ('Mens E-Mail', 'No E-Mail')

Values that look like numbers compare as numbers, others as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from earnest.importers.parsing import quote
from earnest.kernel.errors import UsageError, closest

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?P<op><=|>=|!=|<>|=|<|>)|(?P<punct>[(),])|(?P<word>[^\s=<>!(),'"]+))"""
)
_EXACT_DIGITS = 28
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def condition(text: str, columns: Mapping[str, str]) -> str:
    """SQL predicate of a filter.

    Args:
        text: the filter as typed.
        columns: the file's column names → SQL text expressions.

    Raises:
        UsageError: `bad-where`, with the place where it went wrong; `unknown-column`.
    """
    tokens = _tokens(text)
    parts: list[str] = []
    while tokens:
        parts.append(_comparison(tokens, columns, text))
        if tokens and tokens.pop(0)[1].lower() != "and":
            raise _bad(text, "expected 'and' between comparisons")
        if parts and not tokens and text.rstrip().lower().endswith(" and"):
            raise _bad(text, "it ends with 'and'")
    if not parts:
        raise _bad(text, "it is empty")
    return " AND ".join(f"coalesce({part}, false)" for part in parts)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, position = [], 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _bad(text, f"cannot read it from position {position + 1}")
        kind = match.lastgroup or "word"
        tokens.append((kind, match.group(kind)))
        position = match.end()
    return tokens


def _comparison(tokens: list[tuple[str, str]], columns: Mapping[str, str], text: str) -> str:
    if len(tokens) < 3:
        raise _bad(text, "expected COLUMN OP VALUE")
    (_, name), (kind, operator) = tokens.pop(0), tokens.pop(0)
    name = name[1:-1] if name[0] in "'\"" else name
    if name not in columns:
        raise UsageError(
            "unknown-column",
            f"the file has no column '{name}'{closest(name, columns)}",
            hint=f"Columns: {', '.join(columns)}.",
        )
    if operator.lower() == "in":
        return _membership(columns[name], _listed(tokens, text))
    if kind != "op":
        raise _bad(text, f"'{operator}' is no comparison")
    quoted = tokens[0][0] == "text"
    value = _value(tokens.pop(0), text)
    operator = "<>" if operator == "!=" else operator
    if _NUMBER.fullmatch(value) and not quoted:
        exact = len(value) <= _EXACT_DIGITS
        number = f"try_cast({columns[name]} AS {'DECIMAL(38, 9)' if exact else 'DOUBLE'})"
        if operator in ("=", "<>"):  # a cell that is no number is simply another text
            return f"CASE WHEN {number} IS NULL THEN {columns[name]} {operator} {quote(value)} ELSE {number} {operator} {value} END"
        return f"{number} {operator} {value}"
    return f"{columns[name]} {operator} {quote(value)}"


def _membership(column: str, values: Sequence[str]) -> str:
    if all(_NUMBER.fullmatch(value) for value in values):
        return f"try_cast({column} AS DOUBLE) IN ({', '.join(values)})"
    return f"{column} IN ({', '.join(quote(value) for value in values)})"


def _listed(tokens: list[tuple[str, str]], text: str) -> list[str]:
    if tokens.pop(0)[1] != "(":
        raise _bad(text, "expected ( after in")
    values, closed = [], False
    while len(tokens) > 1 and not closed:
        values.append(_value(tokens.pop(0), text))
        mark = tokens.pop(0)
        closed = mark == ("punct", ")")
        if not closed and mark != ("punct", ","):
            break
    if not closed:
        raise _bad(text, "expected a list like ('a', 'b')")
    return values


def _value(token: tuple[str, str], text: str) -> str:
    kind, value = token
    if kind in ("punct", "op"):
        raise _bad(text, f"expected a value instead of '{value}'")
    return value[1:-1].replace(value[0] * 2, value[0]) if kind == "text" else value


def _bad(text: str, why: str) -> UsageError:
    return UsageError(
        "bad-where",
        f'cannot read the filter "{text}": {why}',
        hint="For example --where \"spend > 0 and segment != 'test'\".",
    )
