"""Every SQL model keeps to what all engines read alike, and the rule refuses what they do not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import earnest
from architecture.portable import faults
from earnest.usecases.tables import all_models
from earnest.warehouse.models import Model, read
from earnest.warehouse.transpile import to_spark

SRC = Path(earnest.__file__).parent


def _every_model() -> list[Model]:
    """The stored tables, and what stands in other SQL files: tables made on demand."""
    known = {model.name: model for model in all_models()}
    for path in sorted(SRC.rglob("*.sql")):
        package = ".".join(("earnest", *path.parent.relative_to(SRC).parts))
        known.setdefault(path.stem, read(package, path.name))
    return list(known.values())


@pytest.mark.parametrize("model", _every_model(), ids=lambda model: model.name)
def test_models_keep_to_the_portable_core(model: Model) -> None:
    assert faults(model.sql) == []
    assert to_spark(re.sub(r"\$\w+", "1", model.sql))


GOOD = (
    "SELECT a.x AS x, CAST(SUM(a.y) AS BIGINT) AS y FROM a JOIN b ON a.k = b.k AND a.t >= b.t LEFT JOIN c ON c.k = a.k GROUP BY a.x",
    "SELECT x, CAST(COALESCE(SUM(y), 0) AS BIGINT) AS y, COUNT(DISTINCT z) AS z FROM a GROUP BY x",
    "SELECT x, row_number() OVER (PARTITION BY x ORDER BY t DESC, event_key) AS place FROM a",
    "SELECT x, t, row_number() OVER (PARTITION BY x ORDER BY t) AS place FROM a",
    (
        "SELECT t, n, CAST(SUM(n) OVER (ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS r"
        " FROM (SELECT t, COUNT(*) AS n FROM a GROUP BY t) AS b"
    ),
    "SELECT a.*, idiv(a.x, 7) - a.y % 3 AS z, CASE WHEN a.x IN (1, 2) AND NOT a.b THEN 'one' ELSE 'two' END AS c FROM a",
    "WITH a AS (SELECT x FROM b UNION ALL SELECT x FROM c) SELECT DISTINCT x FROM a WHERE x BETWEEN 1 AND 9",
)
BAD = {
    "SELECT x FROM a ASOF JOIN b ON a.t >= b.t": "ASOF",
    "SELECT COUNT(*) FILTER (WHERE x > 1) AS n FROM a": "Filter",
    "SELECT x // 2 AS y FROM a": "IntDiv",
    "SELECT x / 2 AS y FROM a": "Div",
    "SELECT x::BIGINT AS y FROM a": "::",
    "SELECT x FROM a QUALIFY row_number() OVER (ORDER BY event_key) = 1": "QUALIFY",
    "SELECT CAST(x AS HUGEINT) AS y FROM a": "casts go to",
    "SELECT CAST(x AS DOUBLE) AS y FROM a": "casts go to",
    "SELECT CAST(x AS DECIMAL(18, 2)) AS y FROM a": "casts go to",
    "SELECT CAST(x AS TIMESTAMP) AS y FROM a": "casts go to",
    "SELECT TRY_CAST(x AS BIGINT) AS y FROM a": "TryCast",
    "SELECT list(x ORDER BY t) AS y FROM a": "is not in the portable core",
    "SELECT array_agg(x) AS y FROM a": "ArrayAgg",
    "SELECT string_agg(x, ',') AS y FROM a": "GroupConcat",
    "SELECT quantile_cont(x, 0.5) AS y FROM a": "is not in the portable core",
    "SELECT median(x) AS y FROM a": "Median",
    "SELECT AVG(x) AS y FROM a": "Avg",
    "SELECT arg_max(x, t) AS y FROM a": "is not in the portable core",
    "SELECT first(x) AS y FROM a": "First",
    "SELECT any_value(x) AS y FROM a": "AnyValue",
    "SELECT SUM(x) AS y FROM a": "every SUM is cast",
    "SELECT CAST(SUM(x) AS INTEGER) AS y FROM a": "every SUM is cast",
    "SELECT CAST(1 + SUM(x) AS BIGINT) AS y FROM a": "every SUM is cast",
    "SELECT SUM(x) OVER (PARTITION BY y) AS y FROM a": "every SUM is cast",
    "SELECT x y FROM a": "needs AS",
    "SELECT MAX(x) y FROM a": "needs AS",
    "SELECT x FROM (SELECT x FROM b) a": "needs AS",
    "SELECT x FROM b a": "needs AS",
    "SELECT MAX(x) FROM a": "name what is shown",
    "SELECT * FROM a": "name what is shown",
    "SELECT * EXCLUDE (x) FROM a": "name what is shown",
    "SELECT epoch_us(x) AS y FROM a": "is not in the portable core",
    "SELECT epoch_ms(x) AS y FROM a": "is not in the portable core",
    "SELECT to_timestamp(x) AS y FROM a": "is not in the portable core",
    "SELECT strftime(x, '%Y') AS y FROM a": "is not in the portable core",
    "SELECT current_date AS y FROM a": "CurrentDate",
    "SELECT random() AS y FROM a": "Rand",
    "SELECT hash(x) AS y FROM a": "is not in the portable core",
    "SELECT round(x) AS y FROM a": "Round",
    "SELECT greatest(x, y) AS z FROM a": "Greatest",
    "SELECT lower(x) AS y FROM a": "Lower",
    "SELECT x || y AS z FROM a": "is not in the portable core",
    "SELECT x FROM a WHERE y LIKE 'b%'": "Like",
    "SELECT x FROM a WHERE y IS DISTINCT FROM 1": "NullSafeNEQ",
    "SELECT x ^ 2 AS y FROM a": "is not in the portable core",
    "SELECT x & 1 AS y FROM a": "BitwiseAnd",
    "SELECT 1.5 AS y FROM a": "numbers are whole",
    "SELECT 9223372036854775808 AS y FROM a": "numbers are whole",
    r"SELECT 'a\b' AS y FROM a": "backslash",
    "SELECT row_number() OVER () AS place FROM a": "needs an ORDER BY",
    "SELECT row_number() OVER (PARTITION BY x) AS place FROM a": "needs an ORDER BY",
    "SELECT x, y, row_number() OVER (PARTITION BY x ORDER BY t) AS place FROM a": "not total",
    "SELECT a.*, row_number() OVER (PARTITION BY x ORDER BY t) AS place FROM a": "not total",
    "SELECT CAST(SUM(x) OVER (ORDER BY event_key) AS BIGINT) AS y FROM a": "ROWS BETWEEN",
    "SELECT x, CAST(SUM(x) OVER (ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS y FROM a": "not total",
    "SELECT rank() OVER (ORDER BY event_key) AS y FROM a": "is not in the portable core",
    "SELECT lag(x) OVER (ORDER BY event_key) AS y FROM a": "Lag",
    "SELECT x FROM a ORDER BY x": "no order",
    "SELECT x FROM a LIMIT 5": "LIMIT",
    "SELECT x FROM a OFFSET 5": "OFFSET",
    "SELECT x FROM a UNION SELECT x FROM b": "only UNION ALL",
    "SELECT x FROM a UNION ALL BY NAME SELECT x FROM b": "only UNION ALL",
    "SELECT x FROM a EXCEPT SELECT x FROM b": "Except",
    "SELECT x, COUNT(*) AS n FROM a GROUP BY 1": "names its columns",
    "SELECT x, COUNT(*) AS n FROM a GROUP BY ALL": "names its columns",
    "SELECT x, y, COUNT(*) AS n FROM a GROUP BY ROLLUP (x, y)": "is not in the portable core",
    "SELECT a.x AS x FROM a SEMI JOIN b ON a.x = b.x": "SEMI",
    "SELECT a.x AS x FROM a ANTI JOIN b ON a.x = b.x": "ANTI",
    "SELECT a.x AS x FROM a FULL JOIN b ON a.x = b.x": "FULL",
    "SELECT a.x AS x FROM a CROSS JOIN b": "CROSS",
    "SELECT a.x AS x FROM a, b": "ON what",
    "SELECT a.x AS x FROM a JOIN b USING (x)": "ON what",
    "SELECT a.x AS x FROM a NATURAL JOIN b": "NATURAL",
    "SELECT x FROM read_parquet('a.parquet')": "is not in the portable core",
    "SELECT unnest(x) AS y FROM a": "is not in the portable core",
    "SELECT x.y.z AS w FROM a, LATERAL (SELECT 1 AS q) AS x": "Lateral",
    "SELECT [1, 2] AS y FROM a": "Array",
    "SELECT {'b': 1} AS y FROM a": "Struct",
    "SELECT list_transform(x, lambda y: y) AS z FROM a": "is not in the portable core",
    "SELECT COUNT(DISTINCT (x, y)) AS n FROM a": "Tuple",
    "SELECT COUNT(x, y) AS n FROM a": "COUNT takes one column",
    "SELECT MAX(x, 2) AS n FROM a": "MIN and MAX take one",
    "SELECT x FROM a USING SAMPLE 10": "SAMPLE",
    "FROM a": "name what is shown",
}


@pytest.mark.parametrize("sql", GOOD)
def test_what_the_core_holds_passes(sql: str) -> None:
    assert faults(sql) == []


@pytest.mark.parametrize("sql", BAD)
def test_what_is_beyond_the_core_is_refused(sql: str) -> None:
    found = faults(sql)
    assert any(BAD[sql] in one for one in found), found
