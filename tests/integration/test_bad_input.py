"""Dirty and hostile files: a clear refusal, or quarantined rows with reasons. Never a traceback, never silence.

Always: rows = accepted + quarantined + filtered, and the dry run foretells the import.
"""

from __future__ import annotations

import gzip
import io
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from earnest.cli.main import main
from earnest.importers.fields import KINDS
from earnest.importers.parsing import REASONS
from earnest.kernel.errors import DataRefused, EarnestError, NotFound, UsageError
from earnest.usecases.import_files import Imported, Options, import_files
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace, init

HEADER = "order_id,customer_id,created_at,amount\n"
GOOD = "9,c9,2026-09-01T10:00:00Z,10.00\n"
"""A row nothing is wrong with, so that the file as a whole is usable."""


def row(order: str = "1", contact: str = "c1", at: str = "2026-09-01T10:00:00Z", amount: str = "10.00") -> str:
    return f"{order},{contact},{at},{amount}\n"


@dataclass(frozen=True)
class Desk:
    """A folder with a workspace, where files are laid down and imported."""

    folder: Path
    workspace: Workspace

    def lay(self, content: str | bytes, name: str = "file.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def take(self, content: str | bytes, kind: str = "orders", *, name: str = "file.csv", **how: object) -> Imported:
        """Lay down a file and import it, the dry run first."""
        return self.take_path(self.lay(content, name), kind, **how)

    def take_path(self, path: Path, kind: str = "orders", **how: object) -> Imported:
        options = Options(**how)  # type: ignore[arg-type]
        (foretold,) = import_files(self.workspace, [path], kind, options=options, dry_run=True)
        conserved(foretold)
        (done,) = import_files(self.workspace, [path], kind, options=options, then_build=False)
        conserved(done)
        if done.already is None:
            assert done.counts == foretold.counts
            assert done.rejects == foretold.rejects
        return done

    def look(self, content: str | bytes, kind: str = "orders", **how: object) -> Imported:
        """Lay down a file and only say what would happen."""
        options = Options(**how)  # type: ignore[arg-type]
        (foretold,) = import_files(self.workspace, [self.lay(content)], kind, options=options, dry_run=True)
        conserved(foretold)
        return foretold

    def unusable(self, content: str | bytes, **how: object) -> EarnestError:
        """Lay down a file of which no row can be used: looked at it has counts, imported it is refused."""
        seen = self.look(content, **how)
        assert (seen.counts.accepted, seen.counts.quarantined) == (0, seen.counts.rows)
        options = Options(**how)  # type: ignore[arg-type]
        with pytest.raises(DataRefused) as refusal:
            import_files(self.workspace, [self.folder / "file.csv"], "orders", options=options)
        assert refusal.value.code == "nothing-usable"
        return refusal.value

    def refused(
        self, content: str | bytes, kind: str = "orders", *, name: str = "file.csv", **how: object
    ) -> EarnestError:
        """Lay down a file that must be refused as a whole, dry or not; nothing is journalled."""
        return self.refused_path(self.lay(content, name), kind, **how)

    def refused_path(self, path: Path, kind: str = "orders", **how: object) -> EarnestError:
        options = Options(**how)  # type: ignore[arg-type]
        before = self.workspace.state().last_seq
        with pytest.raises(EarnestError) as dry:
            import_files(self.workspace, [path], kind, options=options, dry_run=True)
        with pytest.raises(EarnestError) as wet:
            import_files(self.workspace, [path], kind, options=options)
        assert (dry.value.code, dry.value.message) == (wet.value.code, wet.value.message)
        assert wet.value.hint
        assert isinstance(wet.value, UsageError | DataRefused | NotFound)  # exit codes 2, 3 and 5
        assert path.name in wet.value.message or wet.value.code == "unknown-kind"
        assert self.workspace.state().last_seq == before
        return wet.value


def conserved(one: Imported) -> None:
    counts = one.counts
    assert counts.rows == counts.accepted + counts.quarantined + counts.filtered
    assert min(counts.rows, counts.accepted, counts.quarantined, counts.filtered) >= 0
    assert sum(counts.reasons.values()) == counts.quarantined
    assert set(counts.reasons) <= set(REASONS)
    for reject in one.rejects:
        assert 1 <= reject.row <= counts.rows + 1_000
        sentence = reject.sentence(one.file)
        assert sentence.startswith(f"{one.file} row {reject.row}")
        assert REASONS[reject.reason][0] in sentence
        assert len(sentence) < 600 + len(one.file)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, init(tmp_path / "workspace", currency="EUR", timezone="Europe/Berlin"))


def desk_in(tmp_path: Path, currency: str) -> Desk:
    return Desk(tmp_path, init(tmp_path / "workspace", currency=currency, timezone="UTC"))


def net_minor(desk: Desk) -> list[int]:
    """Net amounts of all orders, in minor units, as the tables hold them."""
    with open_tables(desk.workspace) as tables:
        rows = tables.con.execute("SELECT net_minor FROM conversion ORDER BY net_minor").fetchall()
    return [int(net) for (net,) in rows]


# ── every reason code ───────────────────────────────────────────────────────────────────────────────────────────────

LONG = "x" * 1001
MESSAGES = "message_id,phone,sent_at\n"
COSTS = "from,until,amount,kind,covers\n"
SERIES = "series,at,value\n"
ASSIGNMENTS = "experiment,arm,assigned_at,contact\n"

CASES: dict[str, tuple[str, str, int, str | None]] = {
    # reason: kind, file, the offending row, its field
    "not-a-time": ("orders", HEADER + GOOD + row(at="31/02/2026"), 2, "ordered_at"),
    "naive-time": ("orders", HEADER + GOOD + row(at="2026-09-01 10:00:00"), 2, "ordered_at"),
    "time-out-of-range": ("orders", HEADER + GOOD + row(at="9999-12-31"), 2, "ordered_at"),
    "not-an-amount": ("orders", HEADER + GOOD + row(amount="NaN"), 2, "amount"),
    "decimal-comma": ("orders", HEADER + GOOD + row(amount='"1.234,56"'), 2, "amount"),
    "too-many-decimals": ("orders", HEADER + GOOD + row(amount="1.234"), 2, "amount"),
    "negative-amount": ("orders", HEADER + GOOD + row(amount="-5"), 2, "amount"),
    "amount-too-large": ("orders", HEADER + GOOD + row(amount="9223372036854775808"), 2, "amount"),
    "not-a-number": ("series", SERIES + "a,2026-09-01,1\nb,2026-09-01,inf\n", 2, "value"),
    "unknown-currency": ("orders", "order_id,customer_id,created_at,amount,currency\n1,c,2026-09-01,1,EUR\n2,c,2026-09-01,1,XYZ\n", 2, "currency"),
    "no-rate": ("orders", "order_id,customer_id,created_at,amount,currency\n1,c,2026-09-01,1,EUR\n2,c,2026-09-01,1,USD\n", 2, "currency"),
    "currency-differs": (
        "messages", "message_id,phone,sent_at,cost,currency\nm1,+4915112345678,2026-09-01,1,EUR\nm2,+4915112345679,2026-09-01,1,USD\n", 2, "currency",
    ),
    "unknown-value": ("costs", COSTS + "2026-09-01,,5,staff,\n2026-09-01,,5,bribes,\n", 2, "cost_kind"),
    "not-a-flag": ("costs", COSTS + "2026-09-01,,5,staff,no\n2026-09-01,,5,staff,perhaps\n", 2, "covers_messaging"),
    "missing": ("orders", HEADER + GOOD + row(amount=""), 2, "amount"),
    "text-too-long": ("orders", HEADER + GOOD + row(order=LONG), 2, "order_id"),
    "contact-missing": ("assignments", ASSIGNMENTS + "e,a,2026-09-01,c1\ne,a,2026-09-01,\n", 2, "contact"),
    "contact-unreadable": ("messages", MESSAGES + "m1,+4915112345678,2026-09-01\nm2,12345,2026-09-01\n", 2, "contact"),
    "contact-reserved": ("assignments", ASSIGNMENTS + "e,a,2026-09-01,c1\ne,a,2026-09-01, recipient:1\n", 2, "contact"),
    "column-count": ("orders", HEADER + GOOD + "1,c1,2026-09-01\n", 2, None),
    "not-json": ("orders", '{"order_id":"1","created_at":"2026-09-01","amount":1}\n[1]\n', 2, None),
    "not-text": ("orders", "BYTES", 2, None),
    "line-unreadable": ("orders", HEADER + GOOD + '1,"c"1,2026-09-01,10\n', 2, None),
    "same-id-differs": ("orders", HEADER + GOOD + row(amount="1") + row(amount="2"), 2, "order_id"),
    "rating-out-of-scale": ("reviews", "sku,rating,date\ntea,5,2026-09-01\ntea,5.5,2026-09-01\n", 2, "rating"),
    "period-reversed": ("costs", COSTS + "2026-09-01,2026-09-02,5,staff,\n2026-09-02,2026-09-02,5,staff,\n", 2, "until"),
}  # fmt: skip


def test_every_reason_has_its_case() -> None:
    assert set(CASES) == set(REASONS)


@pytest.mark.parametrize("reason", CASES)
def test_a_refused_row_names_reason_row_field_and_remedy(reason: str, desk: Desk) -> None:
    kind, text, number, field = CASES[reason]
    content = (HEADER + GOOD).encode() + b"1,c\xff1,2026-09-01,10\n" if text == "BYTES" else text.encode()
    done = desk.take(content, kind)
    assert done.counts.accepted == 1
    assert set(done.counts.reasons) == {reason}
    first = done.rejects[0]
    assert (first.row, first.reason, first.field) == (number, reason, field)
    sentence = first.sentence("file.csv")
    assert sentence.startswith(f"file.csv row {number}" + (f" field {field}:" if field else ":"))
    assert sentence.endswith(".")


def test_an_unknown_value_lists_the_known_ones(desk: Desk) -> None:
    kind, text, *_ = CASES["unknown-value"]
    sentence = desk.take(text, kind).rejects[0].sentence("f")
    assert "'bribes'" in sentence
    assert "Known: messaging, subscription, content, staff" in sentence


def test_a_long_value_is_shown_short(desk: Desk) -> None:
    sentence = desk.take(CASES["text-too-long"][1]).rejects[0].sentence("f")
    assert f"'{'x' * 60}…'" in sentence
    assert "x" * 61 not in sentence


def test_identities_are_never_quoted(desk: Desk) -> None:
    kind, text, *_ = CASES["contact-unreadable"]
    assert "12345 " not in desk.take(text, kind).rejects[0].sentence("f")


# ── amounts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("NaN", "not-an-amount"), ("inf", "not-an-amount"), ("-inf", "not-an-amount"), ("1e3", "not-an-amount"), ("0x10", "not-an-amount"),
        ("free", "not-an-amount"), ("€10", "not-an-amount"), ("10 EUR", "not-an-amount"), (".5", "not-an-amount"), ("+5", "not-an-amount"),
        ("−5", "not-an-amount"), ("１０", "not-an-amount"), ("=1+1", "not-an-amount"), ("--1", "not-an-amount"), ("1.2.3", "not-an-amount"),
        ("-0.01", "negative-amount"), ("10.005", "too-many-decimals"), ("0.30000000000000004", "too-many-decimals"),
        ("9223372036854775807", "amount-too-large"), ("9223372036854775808", "amount-too-large"), ("18446744073709551616.00", "amount-too-large"),
        ("10000000000.00", "amount-too-large"), ("1" * 200, "amount-too-large"),
        ('"1,50"', "decimal-comma"), ('"1.234,56"', "decimal-comma"), ('"1234,5"', "decimal-comma"),
        ('"1,234.56"', "not-an-amount"), ('"1 234"', "not-an-amount"),
    ],
)  # fmt: skip
def test_amounts_that_are_none(text: str, reason: str, desk: Desk) -> None:
    done = desk.look(HEADER + GOOD + row(amount=text))
    assert done.counts.reasons == {reason: 1}
    assert done.rejects[0].field == "amount"


def test_amounts_are_read_to_the_cent(desk: Desk) -> None:
    texts = ["0", "5", "5.", "7.1", "0012", " 10.00 ", "1.10000", "9999999999.99"]
    done = desk.take(HEADER + "".join(row(order=str(n), amount=text) for n, text in enumerate(texts)))
    assert done.counts.quarantined == 0
    assert net_minor(desk) == sorted([0, 500, 500, 710, 1200, 1000, 110, 999_999_999_999])


def test_decimal_comma_reads_german_amounts(desk: Desk) -> None:
    texts = ['"1.234,56"', '"1234,5"', '"0,05"', "1.234", "1.234.567", "12", '"7,"']
    done = desk.take(HEADER + "".join(row(order=str(n), amount=text) for n, text in enumerate(texts)), decimal="comma")
    assert done.counts.quarantined == 0
    assert net_minor(desk) == sorted([123_456, 123_450, 5, 123_400, 123_456_700, 1_200, 700])


@pytest.mark.parametrize("text", ["1234.56", "12.34", '"1.23,4"', '"1.2345,6"', '"12,3,4"', '"1,234.56"', "1e3"])
def test_decimal_comma_never_drops_a_decimal_point(text: str, desk: Desk) -> None:
    """Read loosely, 1234.56 would become 123,456.00: a hundredfold."""
    done = desk.look(HEADER + row(order="2", amount="5") + row(amount=text), decimal="comma")
    assert done.counts.reasons == {"not-an-amount": 1}


@pytest.mark.parametrize(
    ("currency", "good", "minor", "bad"),
    [("JPY", "1500", 1_500, "1500.5"), ("EUR", "1.5", 150, "1.505"), ("KWD", "1.505", 1_505, "1.5055"), ("CLF", "1.5055", 15_055, "1.50555")],
)  # fmt: skip
def test_decimals_are_those_of_the_currency(currency: str, good: str, minor: int, bad: str, tmp_path: Path) -> None:
    desk = desk_in(tmp_path, currency)
    done = desk.take(HEADER + row(amount=good) + row(order="2", amount=bad))
    assert done.counts.reasons == {"too-many-decimals": 1}
    assert net_minor(desk) == [minor]


def test_mixed_currencies_are_quarantined_row_by_row(desk: Desk) -> None:
    header = "order_id,customer_id,created_at,amount,currency\n"
    codes = ["EUR", "eur", "", "USD", "usd", "BTC", "$"]
    done = desk.take(header + "".join(f"{n},c,2026-09-01,1,{code}\n" for n, code in enumerate(codes)))
    assert done.counts.accepted == 3
    assert done.counts.reasons == {"no-rate": 2, "unknown-currency": 2}


def test_a_currency_assumed_is_said_aloud(desk: Desk) -> None:
    assert "No currency column: amounts were read as EUR, the workspace's currency." in desk.take(HEADER + GOOD).notes


# ── times ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("2026-09-01T10:00:00Z", 1_788_256_800_000_000),
        ("2026-09-01T12:00:00+02:00", 1_788_256_800_000_000),
        ("2026-09-01T12:00:00+0200", 1_788_256_800_000_000),
        ("2026-09-01 12:00:00 +0200", 1_788_256_800_000_000),  # as a widespread shop writes its exports
        ("2026-09-01 10:00:00 UTC", 1_788_256_800_000_000),
        ("2026-09-01 10:00:00.5 Z", 1_788_256_800_500_000),
        ("1788256800", 1_788_256_800_000_000),
        ("1788256800000", 1_788_256_800_000_000),
        ("1788256800000000", 1_788_256_800_000_000),
        ("2026-09-01", 1_788_213_600_000_000),  # midnight in Berlin is 22:00 UTC the day before
        ("20260901", 1_788_213_600_000_000),
    ],
)
def test_times_are_instants(text: str, us: int, desk: Desk) -> None:
    assert desk.take(HEADER + row(at=text)).counts.quarantined == 0
    with open_tables(desk.workspace) as tables:
        assert tables.con.execute("SELECT ordered_us FROM conversion").fetchall() == [(us,)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31/02/2026", "not-a-time"), ("2026-02-31", "not-a-time"), ("20260231", "not-a-time"), ("2026-13-01", "not-a-time"),
        ("2026-09-01T25:00:00Z", "not-a-time"), ("2026-09-01T10:00:61Z", "not-a-time"), ("2026-09-01T10:00:00+99:00", "not-a-time"),
        ("yesterday", "not-a-time"), ("0", "not-a-time"), ("-1", "not-a-time"), ("1788256800.5", "not-a-time"), ("45901", "not-a-time"),
        ("99999999999999999999", "not-a-time"), ("NaN", "not-a-time"), ("infinity", "not-a-time"),
        ("0001-01-01", "time-out-of-range"), ("0001-01-01T00:00:00Z", "time-out-of-range"), ("9999-12-31", "time-out-of-range"),
        ("9999-12-31T23:59:59Z", "time-out-of-range"), ("1970-01-01", "time-out-of-range"), ("9999999999999999", "time-out-of-range"),
        ("2026-09-01 10:00", "naive-time"), ("2026-09-01T10:00:00", "naive-time"), ("2026-09-01T10:00:00.123456", "naive-time"),
    ],
)  # fmt: skip
def test_times_that_are_none(text: str, reason: str, desk: Desk) -> None:
    done = desk.look(HEADER + GOOD + row(at=text))
    assert done.counts.reasons == {reason: 1}
    assert done.rejects[0].field == "ordered_at"


def test_a_clock_time_needs_its_zone(desk: Desk) -> None:
    """12:00 in Berlin on 1 September is 10:00 UTC; a date format with a clock is no excuse for guessing."""
    naive = HEADER + row(at="2026-09-01 12:00:00")
    assert "Give --timezone" in desk.unusable(naive).message
    formatted = HEADER + row(at="01.09.2026 12:00")
    assert "has a clock time but no time zone" in desk.unusable(formatted, date_format="%d.%m.%Y %H:%M").message
    assert desk.take(formatted, date_format="%d.%m.%Y %H:%M", timezone="Europe/Berlin").counts.accepted == 1
    with open_tables(desk.workspace) as tables:
        assert tables.con.execute("SELECT ordered_us FROM conversion").fetchall() == [(1_788_256_800_000_000,)]


def test_a_date_format_is_held_to(desk: Desk) -> None:
    done = desk.take(HEADER + row(at="01/09/2026") + row(order="2", at="31/02/2026") + row(order="3", at="2026-09-01"), date_format="%d/%m/%Y")  # fmt: skip
    assert done.counts.reasons == {"not-a-time": 2}


# ── files that are none ─────────────────────────────────────────────────────────────────────────────────────────────


def parquet(**columns: list[object]) -> bytes:
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), sink)
    return sink.getvalue()


PARQUET = parquet(order_id=["1", "2"], customer_id=["a", "b"], created_at=["2026-09-01"] * 2, amount=[10.0, 20.5])
PACKED = gzip.compress((HEADER + GOOD * 500).encode())

WHOLE: list[tuple[str, bytes, str]] = [
    ("empty", b"", "empty-file"),
    ("blank lines", b"\n \n\n", "empty-file"),
    ("header only", HEADER.encode(), "empty-file"),
    ("header only, no line end", HEADER.strip().encode(), "empty-file"),
    ("no names", b",,,\n1,2,3,4\n", "no-header"),
    ("numbers instead of names", b"1,2,3\n4,5,6\n", "no-header"),
    ("blank line before the header", b"\n" + (HEADER + GOOD).encode(), "no-header"),
    ("gzip of nothing", gzip.compress(b""), "empty-file"),
    ("gzip bomb", gzip.compress(HEADER.encode() + b"0" * (64 << 20)), "gzip-bomb"),
    ("gzip cut short", PACKED[:-20], "gzip-broken"),
    ("gzip with a wrong sum", PACKED[:-8] + bytes(8), "gzip-broken"),
    ("gzip with a tail", PACKED + b"tail", "gzip-broken"),
    ("gzip of two bytes", b"\x1f\x8b", "gzip-broken"),
    ("gzipped Parquet cut short", gzip.compress(PARQUET[:-10], mtime=0), "parquet-broken"),
    ("Parquet cut short", PARQUET[:-10], "parquet-broken"),
    ("Parquet of four bytes", b"PAR1", "parquet-broken"),
    ("Parquet with damaged pages", PARQUET[:4] + bytes(byte ^ 0xFF for byte in PARQUET[4:200]) + PARQUET[200:], "parquet-broken"),
    ("Parquet without rows", parquet(order_id=[], created_at=[], amount=[]), "empty-file"),
    ("a spreadsheet", b"PK\x03\x04" + bytes(500), "not-text"),
    ("an image", b"\x89PNG\r\n\x1a\n" + random.Random(7).randbytes(3_000), "not-text"),
    ("UTF-16 with a mark", (HEADER + GOOD).encode("utf-16"), "not-text"),
    ("UTF-16 without", (HEADER + GOOD).encode("utf-16-le"), "not-text"),
    ("Latin-1 in the header", "order_id,created_at,größe,amount\n1,2026-09-01,1,1\n".encode("latin-1"), "not-text"),
    ("NUL in the head", (HEADER + GOOD).encode() + b"\x00", "not-text"),
    ("one JSON array", b'[{"order_id": 1, "created_at": "2026-09-01", "amount": 2}]', "not-json"),
    ("one JSON array over lines", b'[\n{"order_id": 1}\n]', "not-json"),
    ("JSON over lines", b'{\n "order_id": 1,\n "amount": 2\n}', "not-json"),
    ("a quote never closed", (HEADER + '1,"c1,2026-09-01,10\n' + GOOD * 9).encode(), "quote-not-closed"),
    ("a quote never closed, far from the end", (HEADER + '1,"c1,2026-09-01,10\n' + GOOD * 5_000).encode(), "quote-not-closed"),
    ("a stray quote closed lines later", (HEADER + '1,"c1,2026-09-01,10\n' + GOOD * 9 + '2,c"2,2026-09-01,10\n').encode(), "quote-not-closed"),
    ("line ends of two kinds", (HEADER.replace("\n", "\r\n") + GOOD + GOOD.replace("\n", "\r\n")).encode(), "file-unreadable"),
    ("a cell beyond all measure in the header", b"x" * 300_000 + b",created_at,amount\n1,2026-09-01,1\n", "no-header"),
    ("a web page", b"<!DOCTYPE html>\n<html><body>Please log in</body></html>\n", "missing-column"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "code"), [case[1:] for case in WHOLE], ids=[case[0] for case in WHOLE])
def test_files_refused_as_a_whole(content: bytes, code: str, desk: Desk) -> None:
    refusal = desk.refused(content)
    assert refusal.code == code
    assert isinstance(refusal, DataRefused)
    assert not refusal.message.startswith("file.csv: file.csv")


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(desk: Desk) -> None:
    """256 MB in 260 kB: reading stops at a hundred times the packed size."""
    path = desk.lay(gzip.compress(b"0" * (256 << 20)), "bomb.csv.gz")
    assert "bomb.csv.gz" in desk.refused_path(path).message


def test_missing_files_and_folders(desk: Desk) -> None:
    assert "there is no file" in desk.refused_path(desk.folder / "none.csv").message
    assert "is a folder" in desk.refused_path(desk.folder).message
    named = desk.folder / os.fsdecode(b"a\xff.csv")
    named.write_text(HEADER + GOOD)
    with pytest.raises(DataRefused) as refused:
        import_files(desk.workspace, [named], "orders")
    assert refused.value.code == "bad-file-name"


def test_a_quote_never_closed_names_its_row(desk: Desk) -> None:
    assert "file.csv row 2" in desk.refused(HEADER + GOOD + '1,"c1,2026-09-01,10\n' + GOOD * 3).message


# ── lines ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def numbers(done: Imported) -> list[tuple[int, str]]:
    return [(reject.row, reject.reason) for reject in done.rejects]


def test_broken_lines_keep_their_numbers(desk: Desk) -> None:
    rows = [
        GOOD,
        "1,c,2026-09-01\n",
        GOOD,
        "1,c,2026-09-01,1,2,3\n",
        row(amount="x"),
        '1,"c"c,2026-09-01,1\n',
        row(amount="y"),
    ]
    done = desk.take(HEADER + "".join(rows))
    assert numbers(done) == [
        (2, "column-count"),
        (4, "column-count"),
        (5, "not-an-amount"),
        (6, "line-unreadable"),
        (7, "not-an-amount"),
    ]
    assert done.counts.rows == 7


def test_records_over_several_lines_count_once(desk: Desk) -> None:
    done = desk.take(
        HEADER + '1,"c\n1\n1",2026-09-01,10\n2,c2\n3,"c\n3",2026-09-01,y\n4,c4,2026-09-01,y\n5,c5,2026-09-01,3\n'
    )
    assert numbers(done) == [(2, "column-count"), (3, "not-an-amount"), (4, "not-an-amount")]
    assert done.counts.rows == 5


def test_bytes_that_are_no_text_cost_one_line(desk: Desk) -> None:
    done = desk.take(
        (HEADER + GOOD).encode() + b"1,\xc3\x28,2026-09-01,1\n" + row().encode() + b"3,\xf0\x9f,2026-09-01,1\n"
    )
    assert numbers(done) == [(2, "not-text"), (4, "not-text")]


@pytest.mark.parametrize("lines", ["csv", "jsonl", "blanks"])
def test_no_line_is_lost_however_broken(lines: str, desk: Desk) -> None:
    """Each file: a good line, a unit separator, bad UTF-8, 17 MB in one line, a good line."""
    good = {
        "csv": b"%d,2026-09-01,1\n",
        "jsonl": b'{"order_id":"%d","created_at":"2026-09-01","amount":1}\n',
        "blanks": b"%d 2026-09-01 1\n",
    }[lines]
    header = {"csv": b"order_id,created_at,amount\n", "jsonl": b"", "blanks": b"order_id created_at amount\n"}[lines]
    filler = good % 4 * 4
    long = b"9" * 17_000_000 + b"\n"
    content = header + filler + b"\x1fx\n" + b"\xff\xfe\n" + long + good % 7
    done = desk.take(content, name=f"file.{lines}")
    assert done.counts.rows == 8
    assert done.counts.quarantined == 3
    assert [reject.row for reject in done.rejects] == [5, 6, 7]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_line_ends_marks_and_delimiters_are_recognised(end: str, mark: str, delimiter: str, desk: Desk) -> None:
    text = HEADER + row() + row(order="2", amount="x") + GOOD
    done = desk.look(mark + text.replace(",", delimiter).replace("\n", end))
    assert done.counts.accepted == 2
    assert numbers(done) == [(2, "not-an-amount")]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_json_lines_may_mix_line_ends(mark: str, desk: Desk) -> None:
    line = '{"order_id":"%d","created_at":"2026-09-01","amount":1}'
    done = desk.take(mark + line % 1 + "\r\n" + line % 2 + "\n\n" + line % 3, name="file.jsonl")
    assert done.counts.accepted == done.counts.rows == 3


def test_json_values_are_read_as_written(desk: Desk) -> None:
    lines = [
        '{"order_id":1,"created_at":"2026-09-01","amount":12.10}',
        '{"order_id":"2","created_at":"2026-09-01","amount":"7"}',
        '{"order_id":"3","created_at":"2026-09-01","amount":NaN}',
        '{"order_id":"4","created_at":"2026-09-01","amount":null}',
        '{"order_id":"5","created_at":"2026-09-01","amount":[1]}',
        '{"order_id":"6","created_at":"2026-09-01","amount":{"value":1}}',
        '{"order_id":"7","created_at":"2026-09-01","amount":' + "[" * 5_000 + "]" * 5_000 + "}",
        '{"order_id":"8"',
        '"text"',
    ]
    done = desk.take("\n".join(lines), name="file.jsonl")
    assert done.counts.accepted == 2
    assert done.counts.rows == 9
    assert net_minor(desk) == [700, 1210]


def test_a_key_that_appears_late_is_not_overlooked(desk: Desk) -> None:
    """A currency named only on foreign orders, after the first 256 kB: read as euros it would be a wrong total."""
    line = '{"order_id":"%d","created_at":"2026-09-01","amount":1}\n'
    text = "".join(line % n for n in range(6_000))
    assert len(text) > 1 << 18
    foreign = '{"order_id":"x","created_at":"2026-09-01","amount":1,"currency":"USD"}\n'
    done = desk.take(text + foreign, name="file.jsonl")
    assert done.counts.reasons == {"no-rate": 1}


def test_json_keys_may_hold_anything(desk: Desk) -> None:
    text = '{"order_id":"1","it\'s":1,"a\\"b":2,"a.b":3,"":4,"$":5,"*":6,"a/b~c":7,"created_at":"2026-09-01","amount":2,"x":{"y.z":8,"q\'":9}}\n'
    done = desk.take(text, name="file.jsonl", maps=("coupon=x.y.z",))
    assert done.counts.accepted == 1
    with open_tables(desk.workspace) as tables:
        assert tables.con.execute("SELECT coupon FROM event_order").fetchall() == [("8",)]


# ── names, ids and cells that would be more than text ───────────────────────────────────────────────────────────────

HOSTILE = [
    "../../etc/passwd", "'; DROP TABLE raw; --", '"; DROP TABLE raw; --', "\u202egnp.exe", "👩‍👩‍👧 🇩🇪", "=HYPERLINK(1)", "@SUM(1)", "%s%n{}",
    "<script>alert(1)</script>", "[bold]x[/bold]", "a\\b\\", "NULL", "$1", "?", "\u202d", "\ufdfa" * 50,
]  # fmt: skip


def test_hostile_ids_are_text(desk: Desk) -> None:
    cells = "".join('"{0}","{0}",2026-09-01,1,"{0}"\n'.format(text.replace('"', '""')) for text in HOSTILE)
    done = desk.take("order_id,customer_id,created_at,amount,coupon\n" + cells)
    assert done.counts.quarantined == len(
        [text for text in HOSTILE if "@" in text]
    )  # an identity with @ must be an address
    with open_tables(desk.workspace) as tables:
        kept = {coupon for (coupon,) in tables.con.execute("SELECT coupon FROM event_order").fetchall()}
    assert kept == {text for text in HOSTILE if "@" not in text}


def test_nul_bytes_deep_in_a_file_are_text(desk: Desk) -> None:
    text = (
        HEADER + "".join(row(order=str(n)) for n in range(9_000)) + row(order="a\x00b") + row(order="z", amount="1\x00")
    )
    done = desk.take(text)
    assert done.counts.reasons == {"not-an-amount": 1}


def test_columns_may_be_called_anything(desk: Desk) -> None:
    names = [
        "select",
        "from",
        'a"b',
        "it's",
        "row",
        "reason",
        "field",
        "shown",
        "given",
        "t_amount",
        "contact_key",
        "c0",
        "",
        "a,b",
    ]
    header = ",".join('"' + name.replace('"', '""') + '"' for name in [*names, "order_id", "created_at", "amount"])
    done = desk.take(f"{header}\n{',' * len(names)}7,2026-09-01,5\n", maps=('coupon=a"b',))
    assert done.counts.accepted == 1
    assert "column_13" in done.mapping.ignored


def test_repeated_column_names_stay_apart(desk: Desk) -> None:
    done = desk.take("order_id,created_at,amount,amount_2,amount\n1,2026-09-01,10,20,30\n", maps=("total=amount_3",))
    assert done.mapping.of("amount") == "amount"
    assert done.mapping.ignored == ("amount_2",)
    assert net_minor(desk) == [1_000]


def test_contact_attributes_may_differ_in_case_alone(desk: Desk) -> None:
    header = 'phone,valid_from,City,city,"a""b",value,attribute_0,row\n'
    desk.take(header + "+4915112345678,2026-09-01,Köln,Bonn,x,y,z,w\n", "contacts")
    with open_tables(desk.workspace) as tables:
        found = dict(tables.con.execute("SELECT attribute, value FROM event_contact").fetchall())
    assert found == {"City": "Köln", "city": "Bonn", 'a"b': "x", "value": "y", "attribute_0": "z", "row": "w"}


@pytest.mark.parametrize(
    "name",
    [
        "a*.csv", "[x].csv", "a?.csv", "it's.csv", 'a "b" c.csv', "{a,b}.csv", "-rf.csv", "a\nb.csv", "\u202evsc.exe", "é😀.csv", "C:\\x.csv",
        "a;b.csv", "$HOME.csv", "%s.csv",
    ],
)  # fmt: skip
def test_file_names_are_names(name: str, desk: Desk) -> None:
    """Decoys that a wildcard would find lie beside the file."""
    for decoy in ("ab.csv", "x.csv", "a.csv", "b.csv", "file.csv"):
        desk.lay(HEADER + row(order="8") + row(order="7"), decoy)
    done = desk.take(HEADER + GOOD, name=name)
    assert done.file == name
    assert done.counts.rows == 1


@pytest.mark.parametrize("name", ["w*", "[w]", "w?", "it's", "w {1,2}"])
def test_workspaces_may_lie_in_any_folder(name: str, tmp_path: Path) -> None:
    """A workspace `w*` beside a workspace `wx`: neither reads the other's files."""
    other = Desk(tmp_path, init(tmp_path / "wx", currency="EUR", timezone="UTC"))
    desk = Desk(tmp_path, init(tmp_path / name, currency="EUR", timezone="UTC"))
    other.take(HEADER + row(amount="1"))
    assert desk.take(HEADER + row(amount="1")).counts.rows == 1
    desk.take(HEADER + row(order="2", amount="2"))
    assert net_minor(other) == [100]
    assert net_minor(desk) == [100, 200]


@pytest.mark.parametrize("source", ["../x", "a/b", "'; DROP TABLE x", "", "A", "a..b", "a\x00", "x" * 65, "é", "-x"])
def test_sources_never_become_paths(source: str, desk: Desk) -> None:
    assert desk.refused(HEADER + GOOD, source=source).code == "bad-source-name"


def test_nothing_of_a_name_reaches_the_workspace_folders(desk: Desk) -> None:
    desk.take(HEADER + row(order="../../x"), name="..evil..csv", source="a-b.c_d")
    names = [path.name for path in desk.workspace.path.rglob("*")]
    assert not [name for name in names if "evil" in name or ".." in name]


# ── mapping and filters ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mapping_to_nothing_suggests_what_is_near(desk: Desk) -> None:
    assert "did you mean 'amount'?" in desk.refused(HEADER + GOOD, maps=("amount=amont",)).message
    assert "did you mean 'amount'?" in desk.refused(HEADER + GOOD, maps=("amont=amount",)).message
    assert desk.refused(HEADER + GOOD, maps=("amount=amont",)).code == "unknown-column"
    assert desk.refused(HEADER + GOOD, maps=("amont=amount",)).code == "unknown-field"
    assert desk.refused(HEADER + GOOD, maps=("amount",)).code == "bad-map"
    assert desk.refused(HEADER + GOOD, maps=("=amount",)).code == "bad-map"
    assert desk.refused(HEADER + GOOD, maps=("amount=",)).code == "bad-map"


def test_a_missing_column_names_the_columns_there_are(desk: Desk) -> None:
    refusal = desk.refused("when,what\n2026-09-01,5\n")
    assert refusal.code == "missing-column"
    assert refusal.hint is not None
    assert "--map ordered_at=COLUMN" in refusal.hint
    assert "when, what" in refusal.hint


def test_a_constant_is_checked_like_a_cell(desk: Desk) -> None:
    assert "'NaN' is not an amount" in desk.unusable(HEADER + GOOD, maps=("amount==NaN",)).message
    assert desk.take(HEADER + GOOD, maps=("coupon=='; DROP TABLE raw; --",)).counts.accepted == 1


def test_a_row_number_may_fill_several_fields(desk: Desk) -> None:
    """Mapped twice, it must not multiply the rows."""
    done = desk.take(HEADER + GOOD + row(), maps=("contact=@row", "email=@row", "phone=@row"))
    assert (done.counts.rows, done.counts.accepted, done.counts.filtered) == (2, 2, 0)


@pytest.mark.parametrize(
    "where",
    [
        "", " ", "and", "amount", "amount >", "amount > 0 and", "amount > 0 or 1 = 1", "1 = 1", "amount > 0; DROP TABLE raw", "amount > 0 --",
        "amount in (select 1)", "amount in ('1', '2'", "amount in ()", "amount in 1", "amount = )", "amount ( 1", "() = 1", "amount = ''' OR 1=1",
        "amnt > 0", "amount like '%'", "amount is null", "raw.amount > 0", "c3 > 0", "amount > 0 amount > 0", "not amount > 0", "amount > = 0 0",
    ],
)  # fmt: skip
def test_filters_that_are_none(where: str, desk: Desk) -> None:
    with pytest.raises(UsageError) as refusal:
        desk.look(HEADER + GOOD, where=where)
    assert refusal.value.code in ("bad-where", "unknown-column")


@pytest.mark.parametrize(
    ("where", "left"),
    [
        ("amount > 0", 3), ("amount > 9.99 and amount < 20", 1), ("amount in (10, 30.0)", 2), ("order_id in ('1', \"2\")", 2),
        ("customer_id = 'it''s'", 1), ("customer_id != ''' OR 1=1 --'", 3), ("'amount' >= 20", 2), ("created_at >= 2026-09-02", 2),
        ("amount > 99999999999999999999999999999999999999", 0), ("amount = nan", 0),
    ],
)  # fmt: skip
def test_filters_leave_rows_out_and_count_them(where: str, left: int, desk: Desk) -> None:
    lines = "1,it's,2026-09-01,10\n2,b,2026-09-02,20\n3,c,2026-09-03,30\n"
    done = desk.look(HEADER + lines, where=where)
    assert (done.counts.accepted, done.counts.filtered) == (left, 3 - left)


def test_a_refused_row_that_the_filter_leaves_out_is_not_quarantined(desk: Desk) -> None:
    done = desk.take(HEADER + GOOD + row(amount="NaN") + "1,2\n", where="order_id = '9'")
    assert (done.counts.accepted, done.counts.filtered, done.counts.reasons) == (1, 1, {"column-count": 1})


# ── every kind ──────────────────────────────────────────────────────────────────────────────────────────────────────

ONE_GOOD_ROW = {
    "messages": MESSAGES + "m1,+4915112345678,2026-09-01\n",
    "orders": HEADER + GOOD,
    "refunds": "order_id,refunded_at,amount\n1,2026-09-01,5\n",
    "clicks": "message_id,clicked_at,class\nm1,2026-09-01,human\n",
    "costs": COSTS + "2026-09-01,,5,staff,no\n",
    "assignments": ASSIGNMENTS + "e,a,2026-09-01,c1\n",
    "contacts": "phone,valid_from,city\n+4915112345678,2026-09-01,Bonn\n",
    "series": SERIES + "market,2026-09-01,1.5\n",
    "reviews": "review_id,sku,rating,text,date\nr,tea,4,warming,2026-09-01\n",
    "answers": "id,phone,survey,question,answer,date\na,+4915112345678,after,csat,5,2026-09-01\n",
    "sessions": "session_id,started_at,utm_source\ns,2026-09-01,x\n",
    "conversions": "conversion_id,kind,customer_id,date,amount\n1,enrolment,c,2026-09-01,5\n",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_imports_and_builds(kind: str, desk: Desk) -> None:
    assert desk.take(ONE_GOOD_ROW[kind], kind).counts.accepted == 1
    with open_tables(desk.workspace):
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_refuses_a_row_of_nothing(kind: str, desk: Desk) -> None:
    lines = ONE_GOOD_ROW[kind].splitlines()
    empty = "," * lines[0].count(",")
    done = desk.take("\n".join([*lines, empty]) + "\n", kind)
    assert (done.counts.rows, done.counts.accepted, done.counts.quarantined) == (2, 1, 1)


# ── through the door ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", 3, "file.csv holds no rows"),
        ((HEADER + row(amount="NaN")).encode(), 3, "file.csv row 1 field amount: 'NaN' is not an amount."),
        (gzip.compress(bytes(64 << 20), mtime=0), 3, "gzip bomb"),
        ((HEADER + GOOD + row(amount="x")).encode(), 0, "1 quarantined"),
    ],
    ids=["empty", "nothing usable", "gzip bomb", "one row refused"],
)
def test_the_command_line_says_it_in_words(
    content: bytes, code: int, words: str, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    path = desk.lay(content)
    with pytest.raises(SystemExit) as stopped:
        main(["import", "run", str(path), "--as", "orders", "--workspace", str(desk.workspace.path)])
    assert stopped.value.code == code
    out, err = capsys.readouterr()
    assert words in out + err
    assert "Traceback" not in out + err


# ── anything at all ─────────────────────────────────────────────────────────────────────────────────────────────────

CELL = st.one_of(
    st.sampled_from(
        [
            "", " ", "1", "-1", "1.5", "1,5", "1.234,56", "NaN", "inf", "1e308", "9223372036854775808", "2026-09-01", "2026-09-01T10:00:00Z",
            "2026-09-01 10:00", "1788256800", "31/02/2026", "0001-01-01", "EUR", "USD", "+4915112345678", "a@b.c", "yes", "paid", "read", "human",
            "staff", "'", '"', '""', "\\", "\x00", "\x1f", "\u202e", "\ufeff", "x" * 1_100, "\r", "\n", "\t", ";", "|", "{}", "[", "=1+1", "😀",
        ]
    ),
    st.text(max_size=12),
)  # fmt: skip
NAMES = sorted({name for kind in KINDS.values() for field in kind.fields for name in (field.name, *field.also)})
COLUMN = st.one_of(st.sampled_from(NAMES), CELL)
KIND = st.sampled_from(sorted(KINDS))


WORDS = ["amount", ">", "=", "in", "(", ")", ",", "'", '"', "1", "and", "or", "--", ";", " "]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("fuzz")
    return Desk(folder, init(folder / "workspace", currency="EUR", timezone="Europe/Berlin"))


def attempt(desk: Desk, path: Path, kind: str, options: Options, *, dry_run: bool) -> Imported | EarnestError:
    """An import, or the error that Earnest words; anything else fails the test."""
    try:
        (done,) = import_files(desk.workspace, [path], kind, options=options, dry_run=dry_run, then_build=False)
    except EarnestError as error:
        return error
    conserved(done)
    return done


def survives(desk: Desk, content: bytes, kind: str, options: Options) -> None:
    """Either an error with a remedy, or counts that add up; the import does what the dry run foretold."""
    path = desk.folder / "file.csv"
    path.write_bytes(content)
    foretold = attempt(desk, path, kind, options, dry_run=True)
    if isinstance(foretold, EarnestError):
        assert isinstance(foretold, UsageError | DataRefused)
        assert foretold.hint
        return
    done = attempt(desk, path, kind, options, dry_run=False)
    if isinstance(done, EarnestError):
        assert done.code == "nothing-usable"
        assert foretold.counts.accepted == 0
    else:
        assert done.already is not None or done.counts == foretold.counts


def fuzz(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


@fuzz(60)
@given(
    names=st.lists(COLUMN, min_size=1, max_size=6),
    rows=st.lists(st.lists(CELL, max_size=7), max_size=5),
    delimiter=st.sampled_from([",", ";", "\t", "|", " "]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    kind=KIND,
    comma=st.booleans(),
)
def test_any_table_of_text(fuzzed: Desk, names: list[str], rows: list[list[str]], delimiter: str, end: str, kind: str, comma: bool) -> None:  # fmt: skip
    lines = [delimiter.join(cells) for cells in [names, *rows]]
    content = end.join(lines).encode("utf-8", errors="replace")
    survives(fuzzed, content, kind, Options(decimal="comma" if comma else "point", timezone="UTC" if comma else None))


@fuzz(40)
@given(data=st.data(), kind=KIND)
def test_any_cells_in_the_right_columns(fuzzed: Desk, data: st.DataObject, kind: str) -> None:
    """Columns that are recognised, quoted as they should be, whatever the cells hold."""
    import csv

    fields = data.draw(st.lists(st.sampled_from([f.name for f in KINDS[kind].fields]), unique=True, min_size=3))
    needed = [group[0] for group in KINDS[kind].needs if not set(group) & set(fields)]
    names = [*fields, *needed, *(["contact"] if KINDS[kind].needs_contact and "contact" not in fields else [])]
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    for _ in range(data.draw(st.integers(1, 4))):
        writer.writerow([data.draw(CELL) for _ in names])
    survives(fuzzed, out.getvalue().encode("utf-8", errors="replace"), kind, Options())


@fuzz(60)
@given(
    start=st.sampled_from([b"", b"PAR1", b"\x1f\x8b", b"{", b'{"order_id":1}\n', HEADER.encode(), b"\xff\xfe", b"\xef\xbb\xbf", b"[", b'"', b"\n"]),
    noise=st.binary(max_size=300),
    kind=KIND,
)  # fmt: skip
@example(start=b"{", noise=b'"":{"":', kind="contacts")
@example(start=HEADER.encode(), noise=b'"\x00\xff\r"', kind="orders")
def test_any_bytes(fuzzed: Desk, start: bytes, noise: bytes, kind: str) -> None:
    survives(fuzzed, start + noise, kind, Options())


@fuzz(40)
@given(place=st.integers(0, len(PARQUET) - 1), value=st.integers(1, 255))
def test_any_damaged_parquet(fuzzed: Desk, place: int, value: int) -> None:
    damaged = bytearray(PARQUET)
    damaged[place] ^= value
    survives(fuzzed, bytes(damaged), "orders", Options())


@fuzz(60)
@given(where=st.one_of(st.text(max_size=30), st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)))
def test_any_filter(fuzzed: Desk, where: str) -> None:
    path = fuzzed.folder / "filtered.csv"
    path.write_text(HEADER + GOOD + row(amount="20"))
    done = attempt(fuzzed, path, "orders", Options(where=where), dry_run=True)
    if isinstance(done, EarnestError):
        assert done.code in ("bad-where", "unknown-column")


def test_a_fixed_clock_changes_nothing_of_the_counts(desk: Desk) -> None:
    """The same file told at another time is the same import: it counts once."""
    path = desk.lay(HEADER + GOOD)
    (first,) = import_files(desk.workspace, [path], "orders", then_build=False)
    later = replace(desk.workspace, clock=lambda: desk.workspace.clock() + 86_400_000_000)
    (again,) = import_files(later, [path], "orders", then_build=False)
    assert again.already == first.entry
    assert again.counts == first.counts


def test_gzipped_parquet_is_read_like_plain_parquet(tmp_path: Path) -> None:
    """Parquet is read from its end, so a gzipped one is unpacked beside the workspace first."""
    workspace = init(tmp_path / "w", currency="EUR", timezone="Europe/Berlin")
    path = tmp_path / "orders.parquet.gz"
    path.write_bytes(gzip.compress(PARQUET))
    (done,) = import_files(workspace, [path], "orders")
    plain = tmp_path / "orders.parquet"
    plain.write_bytes(PARQUET)
    (dry,) = import_files(workspace, [plain], "orders", dry_run=True)
    assert done.counts == dry.counts
    assert done.counts.accepted > 0
