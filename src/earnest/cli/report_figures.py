"""earnest report explain, diff, evidence: where a report's figures come from, how two snapshots differ, and the proof of one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.report_diff import Change, Difference
    from earnest.usecases.report_explain import Explained


@click.command()
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.argument("path", required=False)
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Rows to print of each set.")
@shared
def explain(out: Output, campaign_id: str, path: str | None, *, limit: int) -> None:
    """Explain a figure of CAMPAIGN down to its rows.

    Definition, formula, denominator, the rule in force, and the rows behind it, with their number and sum.

    PATH is as in the story's JSON: incremental_return.value, cost.total, kpis.delivery_rate. Without one, all paths are listed.
    """
    from earnest.usecases.report_explain import explain_figure, list_figures

    if path is None:
        known = list_figures(out.workspace(), campaign_id)
        out.data(known, lambda c: c.print("\n".join(known), markup=False))
        out.next(f"earnest report explain {campaign_id} {known[0] if known else 'cost.total'}")
        return
    with out.progress() as progress:
        found = explain_figure(out.workspace(), campaign_id, path, limit=limit, progress=progress)
    out.data(found.to_json(), lambda c: _print(c, found))
    out.next(f"earnest campaign show {campaign_id}")


@click.command()
@click.argument("report_id", metavar="REPORT")
@click.argument("before", type=click.IntRange(1))
@click.argument("after", type=click.IntRange(1))
@shared
def diff(out: Output, report_id: str, *, before: int, after: int) -> None:
    """Compare two snapshots of REPORT, figure by figure.

    Each figure that differs, and why where that is known.
    """
    from earnest.usecases.report_diff import diff_snapshots

    found = diff_snapshots(out.workspace(), report_id, before, after)
    out.data(found.to_json(), lambda c: _print_difference(c, found))
    out.next(f"earnest report evidence {report_id} --snapshot {after} --out evidence.zip")


@click.command()
@click.argument("report_id", metavar="REPORT")
@click.option("--snapshot", "number", type=click.IntRange(1), default=None, metavar="N", help="Default: the last one.")
@click.option("--out", "target", type=click.Path(path_type=Path), required=True, help="Zip file to write.")
@shared
def evidence(out: Output, report_id: str, *, number: int | None, target: Path) -> int:
    """Write the evidence of a snapshot of REPORT.

    One zip: its figures, the rows behind them, rules, method, and a hash of each file. It holds internal costs also where the
    report hides them. Exit 4 if the rows of that moment tell other figures.
    """
    from earnest.usecases.report_evidence import write_evidence

    with out.progress() as progress:
        pack = write_evidence(out.workspace(), report_id, target, snapshot=number, progress=progress)
    told = "its figures follow from the rows" if not pack.differing else f"{len(pack.differing)} figures do not follow"
    words = f"{target} ({pack.size:,} bytes, {pack.files} files): {told}. SHA-256 {pack.sha256}"
    out.data(pack.to_json(), lambda c: c.print(words, markup=False, soft_wrap=True))
    out.next(f"earnest report diff {report_id} BEFORE AFTER")
    return 4 if pack.differing else 0


def _print_difference(console: Console, found: Difference) -> None:
    from earnest.cli.tables import escape

    for name, (before, after) in found.verdicts.items():
        console.print(escape(f"{name}: the verdict was {before or 'none'} and is {after or 'none'}"))
    for one in found.changes:
        moved = f"{_told(one.before)} → {_told(one.after)}{_by(one)}"
        if one.inconclusive and one.path.startswith(("bridge.", "experiment.")):
            moved = "differs; while it is inconclusive no point is shown, see --json"
        console.print(escape(f"{one.campaign} {one.path}: {moved}"))
        for cause in one.why:
            console.print(escape(f"    {cause.code}: {cause.what}"))
    if not found.changes:
        console.print(escape("No figure differs."))
    console.print(escape(f"{len(found.changes)} differ, {found.same} are the same."))


def _told(figure: Any) -> str:
    """A figure with its interval; an effect by its range alone, as its point may not be shown where it is not proven."""
    if not isinstance(figure, dict):
        return "none" if figure is None else str(figure)
    if figure.get("unavailable"):
        return f"n/a ({figure['unavailable']['code']})"
    if "amount" in figure:
        return f"{figure['amount']} {figure['currency']}"
    if figure.get("low") is None or figure.get("high") is None:
        return f"{figure.get('value'):g} {figure.get('unit')}"
    ends = f"{figure['low']:,.4g} to {figure['high']:,.4g} {figure['unit']}"
    return ends if figure.get("basis") == "incremental" else f"{figure['value']:,.4g} ({ends})"


def _by(one: Change) -> str:
    """How much it moved; not of what is told by its range alone."""
    ranged = any(isinstance(side, dict) and side.get("basis") == "incremental" for side in (one.before, one.after))
    return "" if one.change is None or ranged else f" ({one.change})"


def _print(console: Console, found: Explained) -> None:
    from earnest.cli.explanation import print_set
    from earnest.cli.tables import escape

    told = found.definition
    console.print(f"[bold]{escape(told.name)}[/bold] of {escape(found.campaign)}: {escape(_value(found))}")
    rule = ", ".join(f"{name} {value}" for name, value in found.rule.items() if isinstance(value, str | int))
    for label, text in (
        ("path", found.path), ("formula", told.formula), ("of", told.denominator), ("basis", told.basis), ("version", told.id),
        ("source", told.source), ("caveats", told.caveats), ("rule", rule), ("as of", found.as_of), ("data", found.generation),
        ("note", found.note),
    ):  # fmt: skip
        if text:
            console.print(escape(f"{label:>9}  {text}"))
    if _open(found):
        console.print(escape("The rows stand in --json: they would give the point of a result that is not proven."))
        return
    for part in found.sets:
        console.print()
        print_set(console, part)


def _open(found: Explained) -> bool:
    """Whether the figure is an effect that is not proven: its range may be read, its point not."""
    return found.verdict == "inconclusive" and (
        found.definition.basis == "incremental" or found.path.partition(".")[0] in ("experiment", "bridge", "restated")
    )


def _value(found: Explained) -> str:
    value = found.value
    if isinstance(value, dict) and "unavailable" in value:
        return f"n/a ({value['unavailable']['code']})"
    if isinstance(value, dict) and {"low", "high", "value"} <= set(value):
        if value["low"] is None or value["high"] is None:
            return f"{value['value']:g} {value['unit']}"
        ends = f"{value['low']:,.4g} to {value['high']:,.4g} {value['unit']}"
        return f"range {ends}" if _open(found) else f"{value['value']:,.4g} {value['unit']} ({ends})"
    if isinstance(value, dict) and {"amount", "currency"} <= set(value):
        return "see the range of the contribution" if _open(found) else f"{value['amount']} {value['currency']}"
    if isinstance(value, dict | list):
        return "see --json"
    return "see the range" if _open(found) else str(value)


COMMANDS: tuple[click.Command, ...] = (explain, diff, evidence)
