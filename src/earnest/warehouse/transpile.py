"""Carries a model's text from DuckDB's SQL to Spark's through SQLGlot, so that no query is written twice.

The models keep to a core that both read alike. What differs in words is spelled out here: where nulls stand in an order
(DuckDB puts them last), and `idiv`: whole division toward zero, an error where the divisor is 0.
"""

from __future__ import annotations

from sqlglot import ErrorLevel, exp, parse_one

TYPES = {
    "BIGINT": "BIGINT",
    "INTEGER": "INT",
    "SMALLINT": "SMALLINT",
    "TINYINT": "TINYINT",
    "BOOLEAN": "BOOLEAN",
    "DOUBLE": "DOUBLE",
    "DATE": "DATE",
    "VARCHAR": "STRING",
}
"""DuckDB type → Spark type; Parquet keeps each of them as it is. Models have no others."""


def to_spark(sql: str) -> str:
    """A model's text in Spark's SQL.

    Raises:
        sqlglot.UnsupportedError: the text holds what Spark has no word for.

    Example:
        >>> to_spark("SELECT idiv(a, 7) AS b FROM t")
        'SELECT (`a` DIV 7) AS `b` FROM `t`'
        >>> to_spark("SELECT row_number() OVER (ORDER BY a, b DESC) AS place FROM t")
        'SELECT ROW_NUMBER() OVER (ORDER BY `a` NULLS LAST, `b` DESC) AS `place` FROM `t`'
    """
    tree = parse_one(sql, read="duckdb")
    for call in reversed(list(tree.find_all(exp.Anonymous))):  # the inner ones first
        if call.name.lower() == "idiv":
            call.replace(_whole_division(*call.expressions))
    return tree.sql(dialect="spark", identify=True, unsupported_level=ErrorLevel.RAISE)


def spark_type(duckdb_type: str) -> str:
    """The Spark type whose values Parquet stores as this DuckDB type's."""
    assert duckdb_type in TYPES, f"{duckdb_type} is outside of the portable core: {', '.join(TYPES)}"
    return TYPES[duckdb_type]


def quoted(name: str) -> str:
    """A column or table name as Spark reads it."""
    return "`" + name.replace("`", "``") + "`"


def _whole_division(dividend: exp.Expression, divisor: exp.Expression) -> exp.Expression:
    return exp.Paren(this=exp.IntDiv(this=_operand(dividend), expression=_operand(divisor)))


def _operand(node: exp.Expression) -> exp.Expression:
    return exp.Paren(this=node) if isinstance(node, exp.Binary | exp.Unary) else node
