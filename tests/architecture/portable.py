"""What keeps a model's SQL readable alike by every engine: a list of what is allowed; everything else is refused.

    integers, text, booleans · CASE, COALESCE · MIN, MAX, SUM and COUNT · row_number and sums over · equi and range joins

SQLGlot reads the text as DuckDB does; a rule here is about the tree it makes. The parity test is the authority: this only
finds early what it would find late, and what it would find only with unlucky rows (orders with ties, sums that overflow).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from sqlglot import exp, parse_one
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.tokens import Token, TokenType

ALLOWED: frozenset[type[exp.Expression]] = frozenset(
    {
        # a query and its parts
        exp.Select, exp.With, exp.CTE, exp.Subquery, exp.Union, exp.From, exp.Join, exp.Where, exp.Group, exp.Having,
        exp.Distinct, exp.Table, exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Star,
        # values
        exp.Literal, exp.Boolean, exp.Null, exp.Parameter, exp.Placeholder, exp.Cast, exp.DataType, exp.Case, exp.If,
        exp.Coalesce, exp.Paren,
        # conditions and integer arithmetic
        exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Add,
        exp.Sub, exp.Mul, exp.Mod, exp.Neg,
        # aggregates and windows
        exp.Min, exp.Max, exp.Sum, exp.Count, exp.RowNumber, exp.Window, exp.WindowSpec, exp.Order, exp.Ordered,
    }
)  # fmt: skip
SHIMS = frozenset({"idiv"})
TYPES = frozenset({"BIGINT", "INT", "SMALLINT", "TINYINT", "BOOLEAN", "TEXT"})
_JOINS = frozenset({"", "INNER", "LEFT"})
_UNIQUE = re.compile(r"_key$|^place$")


def faults(sql: str) -> list[str]:
    """What in a model's text is outside the portable core; empty if nothing."""
    tokens = DuckDB().tokenize(sql)
    tree = parse_one(sql, read="duckdb")
    found = list(_of_tokens(tokens))
    for node in tree.walk():
        found += _of_node(node)
    return sorted(set(found))


def _of_tokens(tokens: list[Token]) -> Iterator[str]:
    """What the tree no longer shows: casts written ::, an alias without AS."""
    for token in tokens:
        if token.token_type is TokenType.DCOLON:
            yield ":: is DuckDB's own: write CAST(… AS …)"
        if token.token_type is TokenType.STRING and "\\" in token.text:
            yield f"'{token.text}' holds a backslash, which Spark takes for an escape"
    ends = {
        TokenType.VAR,
        TokenType.IDENTIFIER,
        TokenType.R_PAREN,
        TokenType.STRING,
        TokenType.NUMBER,
        TokenType.END,
        TokenType.NULL,
    }
    for first, second in pairwise(tokens):
        names = second.token_type in (TokenType.VAR, TokenType.IDENTIFIER)
        if (
            names
            and first.token_type in ends
            and second.text.upper() not in _WORDS
            and first.text.upper() not in _WORDS
        ):
            yield f"{first.text} {second.text}: an alias needs AS"


_WORDS = frozenset(
    {"UNBOUNDED", "PRECEDING", "FOLLOWING", "CURRENT", "ROW", "BY", "NULLS", "LAST", "FIRST", "AND", "QUALIFY", "ASOF"}
)


def _of_node(node: exp.Expression) -> Iterator[str]:
    if isinstance(node, exp.Anonymous):
        if node.name.lower() not in SHIMS:
            yield f"{node.name}() is not in the portable core"
    elif type(node) not in ALLOWED:
        yield f"{_said(node)}: {type(node).__name__} is not in the portable core"
    for kind, rule in _RULES:
        if isinstance(node, kind):
            yield from rule(node)


def _select(node: exp.Expression) -> Iterator[str]:
    beyond = {"limit", "offset", "order", "qualify", "laterals", "sample", "pivots", "into", "windows", "distribute"}
    yield from (f"{_said(node)}: {name.upper()} is not in the portable core" for name in beyond if node.args.get(name))
    if isinstance(node, exp.Select):
        for shown in node.expressions:
            if not isinstance(shown, exp.Column | exp.Alias) or shown.find(exp.Star) is shown:
                yield f"{_said(shown)}: name what is shown with AS"
    if isinstance(node, exp.Union) and (node.args.get("distinct") or node.args.get("by_name")):
        yield f"{_said(node)}: only UNION ALL, by position"


def _join(node: exp.Expression) -> Iterator[str]:
    words = {str(node.args.get(name) or "").upper() for name in ("method", "side", "kind")}
    if not words <= _JOINS:
        yield f"{' '.join(sorted(words))} JOIN is not in the portable core"
    if node.args.get("using") or not node.args.get("on"):
        yield f"{_said(node)}: a join says ON what"


def _group(node: exp.Expression) -> Iterator[str]:
    beyond = [name for name in ("all", "cube", "rollup", "grouping_sets", "totals") if node.args.get(name)]
    if beyond or not node.expressions or any(isinstance(one, exp.Literal) for one in node.expressions):
        yield f"{_said(node)}: GROUP BY names its columns"


def _literal(node: exp.Expression) -> Iterator[str]:
    if not node.is_string and (not node.name.isdigit() or int(node.name) >= 2**63):
        yield f"{node.name}: numbers are whole and fit into 64 bits"


def _cast(node: exp.Expression) -> Iterator[str]:
    kind = node.args["to"].sql("duckdb")
    if type(node) is not exp.Cast or kind not in TYPES:
        yield f"{_said(node)}: casts go to {', '.join(sorted(TYPES))}"


def _sum(node: exp.Expression) -> Iterator[str]:
    """A sum of BIGINT is HUGEINT in DuckDB and BIGINT in Spark."""
    above = node.parent
    while isinstance(above, exp.Window | exp.Coalesce | exp.Paren):
        above = above.parent
    if not (isinstance(above, exp.Cast) and above.to.sql("duckdb") == "BIGINT"):
        yield f"{_said(node)}: every SUM is cast back to BIGINT"


def _count(node: exp.Expression) -> Iterator[str]:
    if node.expressions or (isinstance(node.this, exp.Distinct) and len(node.this.expressions) != 1):
        yield f"{_said(node)}: COUNT takes one column"


def _extremum(node: exp.Expression) -> Iterator[str]:
    if any(value for name, value in node.args.items() if name != "this"):
        yield f"{_said(node)}: MIN and MAX take one column"


def _window(node: exp.Expression) -> Iterator[str]:
    """Where order matters, it must be total: else two engines may place ties differently, and so may one engine twice."""
    over, order, frame = node.this, node.args.get("order"), node.args.get("spec")
    numbered = isinstance(over, exp.RowNumber)
    if not numbered and not isinstance(over, exp.Sum | exp.Count | exp.Min | exp.Max):
        yield f"{_said(node)}: only row_number, SUM, COUNT, MIN and MAX go over a window"
    if order is None:
        if numbered or frame:
            yield f"{_said(node)}: the window needs an ORDER BY"
        return
    if not numbered and (frame is None or frame.args.get("kind") != "ROWS"):
        yield f"{_said(node)}: an ordered sum says ROWS BETWEEN … AND …"
    if not _total(node, order):
        yield f"{_said(node)}: its ORDER BY is not total; end it with a key"


def _total(window: exp.Expression, order: exp.Expression) -> bool:
    """Whether there are no ties (a key is among the columns, or the rows are grouped by them) or none that would show."""
    by = list(order.find_all(exp.Column))
    if any(_UNIQUE.search(column.name) for column in by):
        return True
    parted = [column for part in window.args.get("partition_by") or () for column in part.find_all(exp.Column)]
    known = {column.name for column in (*by, *parted)}
    select = window.find_ancestor(exp.Select)
    if select is None:
        return False
    grouped = _grouped_by(select)
    if grouped and grouped <= known:
        return True
    others = [one for one in select.expressions if all(inner is not window for inner in one.find_all(exp.Window))]
    shown = {column.name for one in others for column in one.find_all(exp.Column) if column.table == by[0].table}
    return not any(one.find(exp.Star) for one in others) and shown <= known


def _grouped_by(select: exp.Select) -> set[str]:
    """Columns by which the one subquery that a SELECT reads is grouped."""
    source = select.args["from_"].this if select.args.get("from_") and not select.args.get("joins") else None
    inner = source.this if isinstance(source, exp.Subquery) else None
    group = inner.args.get("group") if isinstance(inner, exp.Select) else None
    return {column.name for column in group.find_all(exp.Column)} if group else set()


def _ordered(node: exp.Expression) -> Iterator[str]:
    if node.find_ancestor(exp.Window) is None:
        yield f"{_said(node)}: rows of a table have no order"
    if any(isinstance(node.this, kind) for kind in (exp.Literal, exp.Subquery)):
        yield f"{_said(node)}: order by columns"


_RULES: tuple[tuple[tuple[type[exp.Expression], ...], Callable[[exp.Expression], Iterator[str]]], ...] = (
    ((exp.Select, exp.Union), _select),
    ((exp.Join,), _join),
    ((exp.Group,), _group),
    ((exp.Literal,), _literal),
    ((exp.Cast,), _cast),
    ((exp.Sum,), _sum),
    ((exp.Count,), _count),
    ((exp.Min, exp.Max), _extremum),
    ((exp.Window,), _window),
    ((exp.Ordered,), _ordered),
)


def _said(node: exp.Expression) -> str:
    text = node.sql("duckdb")
    return text if len(text) <= 70 else text[:69] + "…"
