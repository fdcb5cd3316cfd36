"""Write docs/importing.md, kpis.md, commands.md and the tables of access.md, audit.md and clicks.md from what they describe; --check only compares.

python docs/pages.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from earnest.api.matrix import with_tables
from earnest.audit.check import checks
from earnest.audit.score import GRADE_RULES, WEIGHTS
from earnest.importers.fields import KINDS
from earnest.importers.parsing import REASONS
from earnest.kpis.benchmarks import comparable, usable_share
from earnest.kpis.catalogue import STORY, all_kpis
from earnest.kpis.kpi import Kpi
from earnest.tracking.classes.rules import RULES

HERE = Path(__file__).parent


def importing() -> str:
    """Every kind of file, its fields, the names they are recognised by, and why rows are refused."""
    parts = [
        "# Importing files",
        (
            "CSV (comma, semicolon, tab, pipe, blanks), JSON Lines and Parquet; CSV and JSON Lines also gzipped. "
            "Columns are recognised by name, whatever their case, blanks and underscores; `--map field=column` overrules, "
            "`--map field=@row` takes the row's number, `--map field==text` a constant. `--dry-run` shows what would happen."
        ),
        (
            "Times are ISO 8601 with a zone, epoch seconds, milliseconds or microseconds, or plain dates (a day in the "
            "workspace's zone). A clock time without a zone is refused unless `--timezone` is given. Amounts have a decimal "
            "point (`--decimal comma` for 1.234,56)."
        ),
        (
            "A row with an id of its own counts once, however often and in whatever order it is told. A row without one is "
            "known by its file and row number: equal rows of a file are kept and reported."
        ),
        "Webhook bodies as Meta sends them need no columns: `--as whatsapp`, see [WhatsApp webhooks](whatsapp.md).",
    ]
    for kind in KINDS.values():
        parts.append(f"## {kind.name}\n\n{kind.meaning[0].upper()}{kind.meaning[1:]}.")
        needs = "; ".join(" or ".join(f"`{name}`" for name in group) for group in kind.needs)
        parts.append(f"Needed: {needs}" + (", and the contact." if kind.needs_contact else "."))
        rows = [f"| `{field.name}` | {field.meaning} | {', '.join(field.also) or '–'} |" for field in kind.fields]
        parts.append("| field | meaning | also recognised |\n|---|---|---|\n" + "\n".join(rows))
    reasons = "\n".join(f"| `{code}` | {wrong} | {remedy} |" for code, (wrong, remedy) in REASONS.items())
    parts.append("## Why a row is refused\n\n| reason | the value | what to do |\n|---|---|---|\n" + reasons)
    return "\n\n".join(parts) + "\n"


def kpis() -> str:
    """Every KPI: question, formula, example, caveats, and which channels have a benchmark of the same definition."""
    usable, total = usable_share()
    entries = list(all_kpis().values())
    told = [kpi for kpi in entries if kpi.missing is None]
    parts = [
        "# KPIs",
        (
            "A ratio is a ratio of sums. An empty denominator gives no figure, never 0. Each figure is compared only with "
            f"benchmarks of the same definition; of {total} published ones {usable} say what they count, of what, and how they know: "
            "see [Benchmarks](benchmarks.md)."
        ),
        (
            "A rate carries the name of what it is divided by: `click_through_rate` and `conversion_rate` are of the delivered, the others "
            "say of what. Rates of read receipts are refused where there are none, on SMS and Telegram, by every name they go by."
        ),
        (
            "A campaign's story shows those marked *story*; all are asked for with `earnest kpi show KPI`. Which 5 lead and which 4 follow "
            "is a setting: `earnest setting set headline_kpis A,B,C,D,E`, `secondary_kpis A,B,C,D`."
        ),
        "| family | KPIs |\n|---|---|\n" + "\n".join(_families(told)),
        "## Not computed yet\n\nThey answer *unavailable*, with what to connect.\n\n"
        + "\n".join(
            f"- `{kpi.id}` ({kpi.name}): {kpi.missing.why}. {kpi.missing.connect}"
            for kpi in entries
            if kpi.missing is not None
        ),
    ]
    for kpi in told:
        parts.append(f"## {kpi.name}\n\n{kpi.question}")
        parts.append("\n".join(f"- {name}: {text}" for name, text in _facts(kpi) if text))
    return "\n\n".join(parts) + "\n"


def _families(entries: list[Kpi]) -> list[str]:
    families = sorted({kpi.family for kpi in entries})
    return [
        f"| {family} | {', '.join(f'`{kpi.id}`' for kpi in entries if kpi.family == family)} |" for family in families
    ]


def commands() -> str:
    """Every command with its options, from the command line's own help."""
    from earnest.cli.main import cli

    parts = [
        "# Commands",
        (
            "stdout is the answer, stderr progress, notes and the next useful command. `--json` prints one object "
            "`{schema_version, data, warnings}`. Exit codes: 0 done, 1 failed, 2 wrong use, 3 data refused, "
            "4 threshold not met, 5 not found, 130 interrupted. Every command takes `--workspace DIR` (or "
            "EARNEST_WORKSPACE), `--json`, `--quiet` and `--color`."
        ),
    ]
    context = click.Context(cli, info_name="earnest")
    for noun in cli.list_commands(context):
        command = cli.get_command(context, noun)
        assert command is not None
        parts.append(f"## earnest {noun}")
        parts += [_command(name, one) for name, one in _verbs(f"earnest {noun}", command)]
    return "\n\n".join(parts) + "\n"


def _verbs(name: str, command: click.Command) -> list[tuple[str, click.Command]]:
    """A command, or the verbs of its group, and of groups within it."""
    if not isinstance(command, click.Group):
        return [(name, command)]
    return [found for verb, one in command.commands.items() for found in _verbs(f"{name} {verb}", one)]


def clicks(page: str) -> str:
    """The page of clicks with its table of reasons, in the order in which they are asked."""
    mark, end = "<!-- made: reasons -->", "<!-- end -->"
    before, found, rest = page.partition(mark)
    assert found, mark
    rows = [f"| {n} | `{r.code}` | {r.click_class} | {r.meaning} | {r.source} |" for n, r in enumerate(RULES, 1)]
    table = "\n".join(["| | reason | class | why | source |", "|---|---|---|---|---|", *rows])
    return f"{before}{mark}\n{table}\n{end}{rest.partition(end)[2]}"


def audit(page: str) -> str:
    """The page of the data audit with its tables: parts of the score, grades, and every check."""
    parts = [f"| {part.value} | {weight:.0%} | {why} |" for part, (weight, why) in WEIGHTS.items()]
    grades = [f"| {' | '.join(row)} |" for row in GRADE_RULES]
    rows = [
        f"| `{one.code}` | {one.part.value} | {one.severity} | {one.question} | {f'{one.threshold:.1%}' if one.threshold else 'none'}: {one.reason} |"
        f" {one.found_by} | {one.remedy} |"
        for one in checks()
    ]
    tables = {
        "parts": ["| part | weight | why |", "|---|---|---|", *parts],
        "grades": ["| fact | A | B | C | D |", "|---|---|---|---|---|", *grades],
        "checks": [
            "| check | part | severity | asks | tolerated, and why | rows are | remedy |",
            "|---|---|---|---|---|---|---|",
            *rows,
        ],
    }
    for name, lines in tables.items():
        mark, end = f"<!-- made: {name} -->", "<!-- end -->"
        before, found, rest = page.partition(mark)
        assert found, mark
        page = f"{before}{mark}\n" + "\n".join(lines) + f"\n{end}{rest.partition(end)[2]}"
    return page


def _command(name: str, command: click.Command) -> str:
    arguments = [p.make_metavar(click.Context(command)) for p in command.params if isinstance(p, click.Argument)]
    lines = [f"### `{' '.join([name, *arguments])}`", "", " ".join((command.help or "").split()), ""]
    shared = ("folder", "as_json", "quiet", "color")
    options = [p for p in command.params if isinstance(p, click.Option) and p.name not in shared]
    lines += [f"- `{', '.join(o.opts)}`{' (needed)' if o.required else ''} {o.help or ''}".rstrip() for o in options]
    return "\n".join(lines).rstrip()


def _facts(kpi: Kpi) -> list[tuple[str, str]]:
    channels = ("whatsapp", "sms", "email", "rcs", "telegram")
    found = [c for c in channels if kpi.comparable and comparable(kpi.id, kpi.comparable, channel=c)]
    return [
        ("id", f"`{kpi.definition}`" + (f", also {', '.join(f'`{s}`' for s in kpi.synonyms)}" if kpi.synonyms else "")),
        ("formula", kpi.formula),
        ("unit", f"{kpi.unit}, {kpi.basis}" + (", story" if kpi.id in STORY else "")),
        ("good direction", kpi.direction),
        ("needs", ", ".join(kpi.needs)),
        ("only on", ", ".join(kpi.channels) or ("channels with read receipts" if kpi.receipts else "")),
        ("indication only below", f"{kpi.minimum_n} in the denominator" if kpi.minimum_n else ""),
        ("example", kpi.example),
        ("caveats", kpi.caveats),
        ("rule or source", kpi.source),
        ("comparable benchmarks", ", ".join(found) if found else "none of the same definition"),
    ]


def main() -> int:
    """Write the pages, or with --check say which are out of date."""
    stale = []
    access = with_tables((HERE / "access.md").read_text(encoding="utf-8"))
    pages = {"importing.md": importing(), "kpis.md": kpis(), "commands.md": commands(), "access.md": access}
    pages["audit.md"] = audit((HERE / "audit.md").read_text(encoding="utf-8"))
    pages["clicks.md"] = clicks((HERE / "clicks.md").read_text(encoding="utf-8"))
    for name, text in pages.items():
        path = HERE / name
        if "--check" in sys.argv:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"out of date: {', '.join(stale)}; run python docs/pages.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
