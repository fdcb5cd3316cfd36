"""The command line keeps its contract: stdout is the answer, errors have codes, nothing is prompted for, nothing leaks."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

from earnest.cli.main import _NOUNS, cli, main
from integration.command_line import runner_in

COLOUR = "\x1b["
ORDERS = "order_id,customer_id,created_at,amount\n1,c1,2026-09-01T10:00:00Z,10.00\n2,c2,2026-09-02T10:00:00Z,20.00\n"


@dataclass(frozen=True)
class Answer:
    """What a command did: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        body = json.loads(self.out)
        assert set(body) == {"schema_version", "data", "warnings"}
        assert body["schema_version"] == 1
        return body["data"]

    @property
    def error(self) -> Any:
        assert self.out == ""
        body = json.loads(self.err)
        assert set(body) == {"error"}
        assert set(body["error"]) == {"code", "message", "facts", "hint"}
        return body["error"]


Run = Callable[..., Answer]


@pytest.fixture
def earnest(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in this process, from an empty folder."""
    run = runner_in(tmp_path, capsys, monkeypatch)
    return lambda *args: Answer(*run(*args))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with orders.csv, imported into the workspace `shop`."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "orders.csv").write_text(ORDERS)
    for args in (
        ["init", f"{folder}/shop", "--currency", "EUR", "--timezone", "Europe/Berlin"],
        ["import", "run", f"{folder}/orders.csv", "--as", "orders", "-w", f"{folder}/shop"],
        ["campaign", "add", "spring", "-w", f"{folder}/shop"],
    ):
        with pytest.raises(SystemExit) as stopped:
            main([*args, "-q"])
        assert stopped.value.code == 0
    return folder


@pytest.fixture
def shop(template: Path, tmp_path: Path) -> Path:
    """A workspace with two orders and one campaign."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return tmp_path / "shop"


def process(*args: object, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, without a terminal."""
    command = [sys.executable, "-c", "from earnest.cli.main import main; main()", *map(str, args)]
    given = os.environ | env
    return subprocess.run(
        command, check=False, capture_output=True, text=True, env=given, stdin=subprocess.DEVNULL, timeout=120
    )


# ── the worked example ──────────────────────────────────────────────────────────────────────────────────────────────

WORKED = ("roi", "calculate", "--revenue", "87000", "--cost", "25750", "--currency", "USD", "--conversions", "50")


def test_worked_example_in_json(earnest: Run) -> None:
    """61,250 / 25,750 = 2.378640777; 87,000 / 25,750 = 3.378640777; 25,750 / 87,000 = 0.295977011."""
    answer = earnest(*WORKED, "--json")
    data = answer.data
    assert (answer.code, answer.err) == (0, "")
    assert data["profit"] == {"amount": "61250.00", "currency": "USD"}
    assert data["roi"] == pytest.approx(2.378640777, abs=5e-10)
    assert data["roas"] == pytest.approx(3.378640777, abs=5e-10)
    assert data["cost_per_conversion"] == {"amount": "515.00", "currency": "USD"}
    assert data["revenue_per_conversion"] == {"amount": "1740.00", "currency": "USD"}
    assert data["break_even_margin"] == pytest.approx(0.295977011, abs=5e-10)


def test_worked_example_in_words(earnest: Run) -> None:
    out = earnest(*WORKED).out
    for figure in ("$61,250.00", "237.86 %", "3.3786×", "$515.00", "$1,740.00", "29.60 %"):
        assert figure in out


def test_margin_gives_figures_after_cost_of_goods(earnest: Run) -> None:
    """87,000 × 0.5 = 43,500; (43,500 − 25,750) / 25,750 = 0.689320388."""
    data = earnest(*WORKED, "--margin", "0.5", "--json").data
    assert data["gross_profit"] == {"amount": "43500.00", "currency": "USD"}
    assert data["profit_roi"] == pytest.approx(0.689320388, abs=5e-10)


def test_nothing_to_divide_by_is_no_figure(earnest: Run) -> None:
    data = earnest("roi", "calculate", "--revenue", "0", "--cost", "0", "--currency", "JPY", "--json").data
    assert data["profit"] == {"amount": "0", "currency": "JPY"}
    codes = {
        name: data[name]["unavailable"]["code"] for name in ("roi", "roas", "break_even_margin", "cost_per_conversion")
    }
    assert codes == {"roi": "no-cost", "roas": "no-cost", "break_even_margin": "no-revenue", "cost_per_conversion": "no-conversions"}  # fmt: skip


def test_help_tells_of_the_misplaced_bracket(earnest: Run) -> None:
    assert "8,699,900" in earnest("roi", "calculate", "--help").out


def test_no_formula_of_ours_misplaces_the_bracket(earnest: Run) -> None:
    """Without brackets, `revenue − cost / cost` reads as revenue − 1."""
    out = earnest("kpi", "list").out
    assert "(attributed revenue − total cost) / total cost" in " ".join(out.split())


# ── every command ───────────────────────────────────────────────────────────────────────────────────────────────────


def _commands() -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = []
    context = click.Context(cli)
    for noun in cli.list_commands(context):
        command = cli.get_command(context, noun)
        assert command is not None
        found += _below((noun,), command)
    return found


def _below(path: tuple[str, ...], command: click.Command) -> list[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(command, click.Group):
        return [(path, command)]
    return [found for name, one in command.commands.items() for found in _below((*path, name), one)]


@pytest.mark.parametrize(
    ("path", "command"), _commands(), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_has_help_json_and_workspace(path: tuple[str, ...], command: click.Command, earnest: Run) -> None:
    answer = earnest(*path, "--help")
    assert answer.code == 0
    assert answer.err == ""
    for option in ("--json", "--workspace", "--quiet", "--color", "--help"):
        assert option in answer.out
    assert command.get_short_help_str(45)
    if len(path) > 1:
        assert not command.get_short_help_str(59).endswith("..."), "the first sentence is cut in the list of verbs"
    undocumented = [
        p.name
        for p in command.params
        if isinstance(p, click.Option) and not p.help and not isinstance(p.type, click.Choice)
    ]
    assert not undocumented
    assert all(not getattr(p, "prompt", None) for p in command.params)


def test_every_noun_lists_its_verbs(earnest: Run) -> None:
    top = earnest("--help")
    assert top.code == 0
    for noun in _NOUNS:
        assert re.search(rf"^  {noun} ", top.out, re.MULTILINE)
    assert "0 done, 1 failed, 2 wrong use, 3 data refused, 4 threshold not" in top.out


# ── stdout is the answer ────────────────────────────────────────────────────────────────────────────────────────────


def test_words_go_to_stdout_and_hints_to_stderr(earnest: Run, shop: Path) -> None:
    answer = earnest("import", "list", "-w", shop)
    assert "orders.csv" in answer.out
    assert "next:" not in answer.out
    run = earnest("import", "run", "orders.csv", "--as", "orders", "--where", "amount > 15", "-w", shop)
    assert "1 of 2 rows" in run.out
    assert "%" not in run.out
    assert f"next: earnest campaign list --workspace {shop}" in run.err
    assert "note: orders.csv: No currency column" in run.err


def test_quiet_says_nothing_beside_the_answer(earnest: Run, shop: Path) -> None:
    assert earnest("import", "list", "-q", "-w", shop).err == ""


@pytest.mark.parametrize(
    "args",
    [
        ("import", "list"), ("import", "fields", "orders"), ("setting", "list"), ("campaign", "list"), ("experiment", "list"),
        ("segment", "list"), ("cost", "list"), ("kpi", "list"), ("build", "--check"), ("verify",),
        ("import", "run", "orders.csv", "--as", "orders", "--dry-run"), ("import", "check", "orders.csv", "--as", "orders"),
        ("setting", "set", "margin", "0.4"), ("campaign", "add", "c"), ("cost", "add", "--amount", "1", "--kind", "staff", "--from", "2026-01-01"),
        ("segment", "add", "s", "--rule", "country=DE"), ("export", "conversion", "--out", "conversion.csv"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_json_is_one_object_and_nothing_else(args: tuple[str, ...], earnest: Run, shop: Path) -> None:
    answer = earnest(*args, "--json", "--workspace", shop)
    assert answer.code == 0
    assert answer.err == ""
    assert answer.data is not None


def test_a_notes_text_is_among_the_warnings_of_json(earnest: Run, shop: Path) -> None:
    answer = earnest("import", "check", "orders.csv", "--as", "orders", "--json", "-w", shop)
    warnings = json.loads(answer.out)["warnings"]
    assert warnings[0] == "orders.csv: No currency column: amounts were read as EUR, the workspace's currency."


def test_progress_is_on_stderr_only(shop: Path, earnest: Run) -> None:
    (shop.parent / "more.csv").write_text(ORDERS.replace("\n1,", "\n3,"))
    done = process("import", "run", shop.parent / "more.csv", "--as", "orders", "-w", shop)
    assert done.returncode == 0
    assert "100 %" in done.stderr
    assert "100 %" not in done.stdout
    assert COLOUR not in done.stderr + done.stdout


# ── exit codes ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_threshold_not_met_is_4(earnest: Run, shop: Path) -> None:
    assert earnest("roi", "show", "spring", "-w", shop).code == 0
    assert earnest("roi", "show", "spring", "--fail-below", "1", "--json", "-w", shop).code == 4
    assert earnest("roi", "show", "spring", "--fail-below", "nan", "--json", "-w", shop).code == 4


FAILURES: list[tuple[int, str, tuple[str, ...]]] = [
    (1, "workspace-exists", ("init", "shop", "--currency", "EUR", "--timezone", "UTC")),
    (1, "cannot-write", ("export", "conversion", "--out", "no/such/folder.csv")),
    (1, "machine", ("init", "/proc/earnest", "--currency", "EUR", "--timezone", "UTC")),
    (2, "usage", ("import", "run")),
    (2, "usage", ("impot",)),
    (2, "usage", ("import", "rnu")),
    (2, "usage", ("roi", "calculate", "--revenue", "1")),
    (2, "usage", ("import", "run", "orders.csv", "--as", "order")),
    (2, "unknown-currency", ("init", "other", "--currency", "eur", "--timezone", "UTC")),
    (2, "unknown-timezone", ("init", "other", "--currency", "EUR", "--timezone", "Berlin")),
    (2, "unknown-timezone", ("init", "other", "--currency", "EUR", "--timezone", "localtime")),
    (2, "not-a-folder", ("init", "orders.csv", "--currency", "EUR", "--timezone", "UTC")),
    (2, "not-an-amount", ("roi", "calculate", "--revenue", "1e3", "--cost", "1", "--currency", "USD")),
    (2, "too-many-decimals", ("roi", "calculate", "--revenue", "1.5", "--cost", "1", "--currency", "JPY")),
    (2, "negative-amount", ("roi", "calculate", "--revenue", "-1", "--cost", "1", "--currency", "USD")),
    (2, "margin-out-of-range", ("roi", "calculate", "--revenue", "1", "--cost", "1", "--currency", "USD", "--margin", "nan")),
    (2, "margin-out-of-range", ("roi", "calculate", "--revenue", "1", "--cost", "1", "--currency", "USD", "--margin", "38")),
    (2, "not-a-number", ("roi", "calculate", "--revenue", "1", "--cost", "1", "--currency", "USD", "--margin", "38%")),
    (2, "unknown-setting", ("setting", "set", "margn", "0.3")),
    (2, "bad-setting", ("setting", "set", "margin", "0,38")),
    (2, "not-a-date", ("setting", "set", "margin", "0.38", "--from", "tomorrow")),
    (2, "not-a-time", ("roi", "show", "c", "--as-of", "yesterday")),
    (2, "naive-time", ("roi", "show", "c", "--as-of", "2026-01-01")),
    (2, "before-workspace", ("roi", "show", "c", "--as-of", "2000-01-01T00:00:00Z")),
    (2, "time-out-of-range", ("roi", "show", "c", "--as-of", "9999-12-31T23:59:59Z")),
    (2, "amount-too-large", ("cost", "add", "--amount", "99999999999999", "--kind", "staff", "--from", "2026-01-01")),
    (2, "usage", ("import", "quarantine", "2", "--limit", "-1")),
    (2, "usage", ("kpi", "explain", "roi", "--campaign", "spring", "--limit", "-1")),
    (2, "bad-id", ("campaign", "add", "../x")),
    (2, "bad-id", ("campaign", "add", "unassigned")),
    (2, "bad-id", ("segment", "add", "a'b", "--rule", "x=1")),
    (2, "bad-where", ("import", "run", "orders.csv", "--as", "orders", "--where", "")),
    (2, "bad-date-format", ("import", "run", "orders.csv", "--as", "orders", "--date-format", "%")),
    (2, "bad-setting", ("import", "run", "orders.csv", "--as", "orders", "--region", "XX")),
    (2, "bad-source-name", ("import", "run", "orders.csv", "--as", "orders", "--source", "../x")),
    (2, "bad-source-name", ("import", "run", "orders.csv", "--as", "orders", "--where", "amount > 0", "--save-mapping", "../x")),
    (5, "no-such-file", ("import", "run", "none.csv", "--as", "orders")),
    (3, "not-a-file", ("import", "run", ".", "--as", "orders")),
    (3, "missing-column", ("import", "run", "orders.csv", "--as", "assignments")),
    (5, "no-such-campaign", ("campaign", "show", "nope")),
    (5, "no-such-experiment", ("experiment", "show", "nope")),
    (5, "no-such-import", ("import", "undo", "999")),
    (5, "no-such-import", ("import", "quarantine", "999")),
    (5, "no-such-table", ("export", "nope", "--out", "x.csv")),
    (5, "no-such-segment", ("segment", "show", "nope")),
    (5, "no-such-mapping", ("import", "run", "orders.csv", "--as", "orders", "--mapping", "nope")),
    (5, "no-such-file", ("experiment", "analyze", "none.csv", "--arm", "a", "--control", "b", "--outcome", "c")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "name", "args"), FAILURES, ids=[f"{name}-{' '.join(args)}"[:70] for _, name, args in FAILURES]
)
def test_failures_have_codes_sentences_and_remedies(
    code: int, name: str, args: tuple[str, ...], earnest: Run, shop: Path
) -> None:
    place = () if args[0] == "impot" or args == ("import", "rnu") else ("--workspace", shop)
    before = earnest("import", "list", "--json", "-w", shop).out
    said = earnest(*args, "--json", *place)
    assert said.code == code
    assert said.error["code"] == name
    assert said.error["message"]
    assert said.error["hint"]
    shown = earnest(*args, *place)
    assert shown.code == code
    assert shown.out == ""
    assert "Traceback" not in shown.err
    assert earnest("import", "list", "--json", "-w", shop).out == before


def test_refused_rows_make_check_exit_3(earnest: Run, shop: Path) -> None:
    Path("bad.csv").write_text(ORDERS.replace("20.00", "NaN"))
    answer = earnest("import", "check", "bad.csv", "--as", "orders", "--json", "-w", shop)
    assert answer.code == 3
    assert answer.data["files"][0]["counts"]["quarantined"] == 1
    words = earnest("import", "check", "bad.csv", "--as", "orders", "-w", shop)
    assert "bad.csv row 2 field amount: 'NaN' is not an amount." in words.out


def test_a_missing_workspace_says_where_it_looked_and_what_to_do(earnest: Run, tmp_path: Path) -> None:
    answer = earnest("campaign", "list")
    assert answer.code == 5
    assert str(tmp_path) in answer.err
    assert "--workspace DIR" in answer.err
    assert "earnest init DIR" in answer.err


def test_files_before_a_refused_one_stay_imported_and_are_named(earnest: Run, shop: Path) -> None:
    Path("good.csv").write_text(ORDERS.replace("\n1,", "\n7,"))
    answer = earnest("import", "run", "good.csv", "none.csv", "--as", "orders", "--json", "-w", shop)
    assert answer.code == 5
    assert "Imported before it: good.csv." in answer.error["hint"]


def test_a_fault_of_earnest_is_one_sentence(earnest: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("earnest.usecases.workspace.open_workspace", broken)
    monkeypatch.delenv("EARNEST_DEBUG", raising=False)
    answer = earnest("verify", "--json", "-w", shop)
    assert answer.code == 1
    assert answer.error["code"] == "unexpected"
    assert "ZeroDivisionError" in answer.error["message"]


def test_what_a_file_holds_cannot_steer_the_terminal(earnest: Run, shop: Path) -> None:
    """Escape sequences and right-to-left marks in cells, column names and ids are shown as replacement characters."""
    evil = "\x1b[31m\u202e"
    Path("evil.csv").write_text(
        f"order_id,customer_id,created_at,amount,{evil}\n1,c,2026-09-01,{evil},x\n2,c,2026-09-01,1,x\n"
    )
    answer = earnest("import", "run", "evil.csv", "--as", "orders", "-w", shop)
    refused = earnest("import", "run", "evil.csv", "--as", "orders", "--where", f"amount = '{evil}'", "-w", shop)
    unknown = earnest("campaign", "show", evil, "-w", shop)
    for said in (answer, refused, unknown):
        assert "\x1b" not in said.out + said.err
        assert "\u202e" not in said.out + said.err
    assert answer.code == 0
    assert refused.code == 3


# ── a process among others ──────────────────────────────────────────────────────────────────────────────────────────

HEAVY = ("numpy", "scipy", "duckdb", "pyarrow", "jinja2", "babel", "rich")


@pytest.mark.parametrize("argument", ["--version", "--help", "import --help"])
def test_help_is_quick_because_it_loads_nothing_heavy(argument: str) -> None:
    code = (
        "import sys, json\nfrom earnest.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as stopped:\n    assert stopped.code == 0\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code, *argument.split()], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert not loaded & set(HEAVY)


def test_version_is_the_packages(earnest: Run) -> None:
    from earnest import __version__

    assert earnest("--version").out == f"earnest, version {__version__}\n"


def test_a_broken_pipe_is_quiet(shop: Path) -> None:
    command = (
        f"{sys.executable} -c 'from earnest.cli.main import main; main()' kpi list --workspace {shop} -q | head -1"
    )
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout.startswith("kpi")


@pytest.mark.parametrize(
    ("args", "env", "coloured"),
    [
        ((), {}, False),
        (("--color", "always"), {"TERM": "xterm-256color"}, True),
        (("--color", "always"), {"NO_COLOR": "1", "TERM": "xterm-256color"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1", "TERM": "xterm-256color"}, False),
        ((), {"NO_COLOR": "1"}, False),
        ((), {"TERM": "dumb"}, False),
    ],
)
def test_colour_only_where_it_is_wanted(args: tuple[str, ...], env: dict[str, str], coloured: bool, shop: Path) -> None:
    done = process("campaign", "show", "spring", "-w", shop, *args, **env)
    assert done.returncode == 0
    assert (re.search(r"\x1b\[[0-9;]*m", done.stdout) is not None) == coloured
    assert "verdict: no hold-out" in re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def test_lines_without_a_terminal_are_as_long_as_they_are_unless_columns_tells(shop: Path) -> None:
    piped = process("setting", "list", "-w", shop, COLUMNS="")
    narrow = process("setting", "list", "-w", shop, COLUMNS="60")
    assert max(map(len, narrow.stdout.splitlines())) <= 60
    assert max(map(len, piped.stdout.splitlines())) > 60
    assert piped.stdout.split() == narrow.stdout.split()


def test_progress_without_a_terminal_is_told_in_words(shop: Path) -> None:
    (shop.parent / "more.csv").write_text(ORDERS.replace("\n1,", "\n4,"))
    said = process("import", "run", shop.parent / "more.csv", "--as", "orders", "-w", shop).stderr
    assert "making the tables" in said
    assert "message_partial" not in said


def test_a_narrow_terminal_gets_one_line_a_cell() -> None:
    import io

    from rich.console import Console

    from earnest.cli.tables import print_table

    narrow = Console(file=io.StringIO(), width=20)
    print_table(narrow, ("campaign", "verdict"), [("spring-sale", "inconclusive")])
    assert isinstance(narrow.file, io.StringIO)
    assert narrow.file.getvalue() == "campaign: spring-sale\nverdict: inconclusive\n\n"


def test_no_word_is_broken_where_a_table_fits_and_the_widest_column_gives_way() -> None:
    import io

    from rich.console import Console

    from earnest.cli.tables import print_table

    address, words = "https://shop.example/tea", "one two three four five"
    for width, expected in (
        (34, [f"{address}  one two", "three", "four", "five"]),
        (30, [f"where: {address}", f"why: {words}"]),
    ):
        narrow = Console(file=io.StringIO(), width=width)
        print_table(narrow, ("where", "why"), [(address, words)])
        assert isinstance(narrow.file, io.StringIO)
        lines = [line.strip() for line in narrow.file.getvalue().splitlines() if line.strip()]
        assert lines[-len(expected) :] == expected


def test_ctrl_c_leaves_the_workspace_as_it_was_and_says_so(shop: Path, earnest: Run) -> None:
    before = earnest("import", "list", "--json", "-w", shop).out
    many = shop.parent / "many.csv"
    row = "2026-09-01T10:00:00Z,10.00\n"
    many.write_text("order_id,customer_id,created_at,amount\n" + "".join(f"{i},c{i},{row}" for i in range(400_000)))
    code = "from earnest.cli.main import main; print('started', flush=True); main()"
    command = [sys.executable, "-c", code, "import", "run", str(many), "--as", "orders", "-w", str(shop)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    kept = shop / "files"
    deadline = time.monotonic() + 60
    while len(list(kept.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.15)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert said.strip().endswith("Interrupted: the workspace is as it was before the step under way.")
    assert "Traceback" not in said
    assert earnest("import", "list", "--json", "-w", shop).out == before
    assert earnest("verify", "--json", "-w", shop).data["intact"]
