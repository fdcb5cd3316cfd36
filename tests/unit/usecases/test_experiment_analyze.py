from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from earnest.incrementality.difference import Difference
from earnest.kernel.errors import DataRefused, EarnestError, NotFound, UsageError
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.usecases.experiment_analyze import TableAnalysis, analyze_table

ROWS = [("t", "1", "12.50"), ("t", "0", "0"), ("t", "1", "7.25"), ("c", "0", "0"), ("c", "1", "3.10"), ("c", "0", "0")]
OUTCOMES = ("order", "spend")


def separated(mark: str) -> bytes:
    lines = [mark.join(("arm", "order", "spend")), *(mark.join(row) for row in ROWS)]
    return ("\n".join(lines) + "\n").encode()


def json_lines() -> bytes:
    rows = [{"arm": arm, "order": order == "1", "spend": float(spend)} for arm, order, spend in ROWS]
    return "\n".join(json.dumps(row) for row in rows).encode()


def parquet(folder: Path) -> bytes:
    values = ", ".join(f"('{arm}', {order} = 1, {spend}::DOUBLE)" for arm, order, spend in ROWS)
    target = folder / "made.parquet"
    duckdb.execute(f"COPY (SELECT * FROM (VALUES {values}) made(arm, \"order\", spend)) TO '{target}'")
    return target.read_bytes()


def analysed(folder: Path, name: str, content: bytes, outcomes: Sequence[str] = OUTCOMES, **more: Any) -> TableAnalysis:
    path = folder / name
    path.write_bytes(content)
    return analyze_table(path, "arm", "c", outcomes, **more)


def refused(folder: Path, name: str, content: bytes, outcomes: Sequence[str] = OUTCOMES, **more: Any) -> EarnestError:
    with pytest.raises(EarnestError) as error:
        analysed(folder, name, content, outcomes, **more)
    assert error.value.hint
    return error.value


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    "name", ["a.csv", "a.tsv", "semicolon.csv", "bom.csv", "a.jsonl", "a.ndjson", "a.parquet", "w*[1]?.csv"]
)
def test_every_format_gives_the_same_moments(tmp_path: Path, name: str, zipped: bool) -> None:
    """Spend by hand: means 19.75/3 and 3.10/3."""
    (tmp_path / "w9.csv").write_bytes(separated(","))
    made = {
        "a.tsv": lambda: separated("\t"),
        "semicolon.csv": lambda: separated(";"),
        "bom.csv": lambda: b"\xef\xbb\xbf" + separated(",").replace(b"\n", b"\r\n"),
        "a.jsonl": json_lines,
        "a.ndjson": json_lines,
        "a.parquet": lambda: parquet(tmp_path),
    }.get(name, lambda: separated(","))()
    table = analysed(tmp_path, name + ".gz" * zipped, gzip.compress(made) if zipped else made)
    assert table.rows == 6
    spend = table.analysis.contrast("spend").difference
    assert isinstance(spend, Difference)
    assert (spend.treated_mean, spend.control_mean) == pytest.approx((19.75 / 3, 3.10 / 3), rel=1e-15)
    assert table.analysis.contrast("order").kind == "proportion"
    assert table.revenue_outcome == "spend"


def test_returns_of_a_table(tmp_path: Path) -> None:
    table = analysed(tmp_path, "a.csv", separated(","), margin="0.4", cost_per_unit="0.0625", currency="EUR")
    assert isinstance(table.returns, dict)
    made = table.returns["t"]
    assert isinstance(made.cost, Estimate)
    assert (made.cost.value, made.cost.basis) == (0.1875, "assumed")
    assert isinstance(made.incremental_revenue, Estimate)
    assert made.incremental_revenue.value == pytest.approx(16.65)
    assert isinstance(made.incremental_return, Estimate)
    assert made.incremental_return.value == pytest.approx(16.65 * 0.4 / 0.1875)
    assert table.cost_per_unit == Decimal("0.0625")
    json.dumps(table.to_json(), allow_nan=False)


def test_returns_need_a_currency_and_one_money_outcome(tmp_path: Path) -> None:
    without = analysed(tmp_path, "a.csv", separated(","))
    assert isinstance(without.returns, Unavailable)
    assert without.returns.code == "currency-missing"
    no_amount = analysed(tmp_path, "a.csv", separated(","), ["order"], currency="EUR")
    assert isinstance(no_amount.returns, Unavailable)
    assert no_amount.returns.code == "revenue-outcome-unclear"
    assert refused(tmp_path, "a.csv", separated(","), margin=0.4).code == "currency-missing"


def test_cents_add_up_exactly(tmp_path: Path) -> None:
    """In floats 0.1 + 0.2 is not 0.3."""
    rows = "\n".join(["arm,y", "t,0.1", "t,0.2", "c,0.3", "c,1000000000000.1"])
    made = analysed(tmp_path, "a.csv", rows.encode(), ["y"]).analysis.contrast("y").difference
    assert isinstance(made, Difference)
    assert made.treated_mean == 0.15
    assert made.control_mean == 500000000000.2


@pytest.mark.parametrize("cells", [("1e-7", "2e-7"), ("99999999999999999999", "1"), ("0.12345678901", "1")])
def test_what_fits_no_decimal_is_summed_as_floats(tmp_path: Path, cells: tuple[str, str]) -> None:
    rows = f"arm,y\nt,{cells[0]}\nt,{cells[1]}\nc,0\nc,0\n"
    made = analysed(tmp_path, "a.csv", rows.encode(), ["y"]).analysis.contrast("y").difference
    assert isinstance(made, Difference)
    assert made.value == pytest.approx((float(cells[0]) + float(cells[1])) / 2, rel=1e-12)


def test_bad_cells_are_named_by_row(tmp_path: Path) -> None:
    error = refused(tmp_path, "a.csv", b"arm,y\nt,1\nt,x\nt,\nc,nan\nc,1e999\nc,2\n", ["y"])
    assert isinstance(error, DataRefused)
    assert (error.code, error.facts["rows"], error.facts["count"]) == ("not-a-number", [2, 3, 4], 4)
    assert error.facts["column"] == "y"
    assert "'x'" in error.message


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "empty-file"),
        ("a.csv", b"arm,order,spend\n", "empty-file"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "empty-file"),
        ("a.jsonl", b"\n", "empty-file"),
        ("a.csv", b"arm,order,spend\nt,1\n", "malformed-row"),
        ("a.csv", b"arm,order,spend\nt,1,2,3\n", "malformed-row"),
        ("a.csv", b"arm,order,spend\nt\xe9,1,2\n", "malformed-row"),
        ("a.csv", b'arm,order,spend\nt,1,"2\n', "quote-not-closed"),
        ("a.jsonl", b'{"arm":"t","order":1,"spend":1}\n{"arm":', "malformed-row"),
        ("a.csv", separated(",").decode().encode("utf-16"), "not-text"),
        ("a.csv", b"x" * 2_000_000, "no-header"),
        ("a.parquet", b"not a parquet file", "unknown-column"),
        ("a.csv", b"arm,order,spend,order\nt,1,2,3\n", "duplicate-column"),
        ("a.csv", b"arm,order,spend\n,1,2\nc,1,2\n", "empty-arm"),
        ("a.csv", b'arm,order,spend\nt,1,2\nc,1,"2,5"\n', "not-a-number"),
        ("a.jsonl", b'{"arm":"t","order":1,"spend":1}\n{"arm":"c","order":1}', "not-a-number"),
        ("a.csv", b"arm,order,spend\n" + b"".join(b"%d,1,2\n" % row for row in range(30)), "too-many-arms"),
        ("a.csv.gz", gzip.compress(random.Random(7).randbytes(20_000), mtime=0)[:9_000], "gzip-broken"),
        ("a.csv.gz", gzip.compress(b"arm,order,spend\n" + b"t,1,2\n" * 300_000, mtime=0), "gzip-bomb"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    error = refused(tmp_path, name, content)
    assert isinstance(error, DataRefused | UsageError)
    assert error.code == code
    assert "a." in error.message


def test_a_small_file_may_be_packed_as_tightly_as_it_likes(tmp_path: Path) -> None:
    content = gzip.compress(b"arm,order,spend\n" + b"t,1,2\nc,0,0\n" * 10_000)
    assert analysed(tmp_path, "a.csv.gz", content).rows == 20_000


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ({"outcomes": ["oder"]}, "unknown-column", "did you mean 'order'?"),
        ({"outcomes": []}, "no-outcome", "outcome"),
        ({"outcomes": ["order", "order"]}, "column-repeated", "twice"),
        ({"revenue_outcome": "spent"}, "unknown-outcome", "did you mean 'spend'?"),
        ({"currency": "EURO"}, "unknown-currency", "did you mean 'EUR'?"),
        ({"currency": "EUR", "margin": 38}, "margin-out-of-range", "38"),
        ({"currency": "EUR", "cost_per_unit": "six"}, "not-an-amount", "six"),
        ({"currency": "EUR", "cost_per_unit": "NaN"}, "not-an-amount", "NaN"),
        ({"shares": {"t": 1, "d": 1}}, "shares-mismatch", "'d'"),
        ({"level": 95}, "level-out-of-range", "95"),
    ],
)
def test_calls_that_are_wrong(tmp_path: Path, more: dict[str, Any], code: str, words: str) -> None:
    outcomes = more.pop("outcomes", OUTCOMES)
    error = refused(tmp_path, "a.csv", separated(","), outcomes, **more)
    assert isinstance(error, UsageError)
    assert error.code == code
    assert words in error.message


def test_unknown_control_lists_the_values_found(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(separated(","))
    with pytest.raises(UsageError) as error:
        analyze_table(path, "arm", "control", OUTCOMES)
    assert error.value.code == "unknown-arm"
    assert error.value.hint == "Values found: 'c', 't'."


def test_missing_and_unknown_files(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as missing:
        analyze_table(tmp_path / "none.csv", "arm", "c", OUTCOMES)
    assert missing.value.code == "no-such-file"
    assert refused(tmp_path, "a.xls", b"\xd0\xcf\x11\xe0\0\0").code == "not-text"
