"""earnest quality check, show, list, preview, exclude, include, exclusions, capture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.audit.check import Check
    from earnest.audit.result import Quality
    from earnest.usecases.quality_exclude import Preview

_CAMPAIGN = click.option("--campaign", default=None, metavar="ID", help="Only what concerns one campaign.")
_WHAT = "What: the code of a check that finds orders, order=ID[,ID…], or day=YYYY-MM-DD."


@click.group(name="quality")
def group() -> None:
    """Can the figures be trusted? Every defect of the data, and what it is worth in money."""


@group.command()
@_CAMPAIGN
@click.option(
    "--fail-on-quality",
    "least",
    default=None,
    metavar="GRADE|SCORE",
    help="Exit 4 below this grade (A to E) or score (0 to 100).",
)
@click.option("--all", "all_", is_flag=True, help="Print the checks that passed as well.")
@shared
def check(out: Output, *, campaign: str | None, least: str | None, all_: bool) -> int:
    """Audit the data.

    Checks by severity, with the figures each touches and its effect in money. The effect is what the defect adds to
    contribution (attributed revenue × margin − cost), found by computing the figures again without it: +100 means that they
    are 100 too good. Exit 3 if a check fails that withholds every verdict, 4 if the grade or score asked for is not met.
    """
    from earnest.usecases.quality import audit_workspace, meets

    workspace = out.workspace()
    with out.progress() as progress:
        found = audit_workspace(workspace, campaign, progress=progress)
    met = meets(found, least)
    out.data(found.to_json(), lambda c: _print(c, found, all_=all_))
    if found.failed:
        out.next(f"earnest quality show {found.failed[0].code}")
    if not met:
        out.note(f"the quality is {found.grade} ({found.score:.0f}), and {least} was asked for")
        return 4
    return 3 if any(one.severity == "blocks" for one in found.failed) else 0


@group.command()
@click.argument("code")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Rows to print, oldest first.")
@click.option(
    "--format", "file_format", type=click.Choice(["table", "csv"]), default="table", help="csv prints all rows."
)
@shared
def show(out: Output, code: str, *, limit: int, file_format: str) -> None:
    """Show a check: what it asks, and the rows that fail it."""
    from earnest.usecases.quality_rows import failing

    as_csv = file_format == "csv" and not out.as_json
    found = failing(out.workspace(), code, limit=None if as_csv else limit)
    if as_csv:
        import csv
        import sys

        writer = csv.DictWriter(sys.stdout, found.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found.told)
        return

    def render(console: Console) -> None:
        from earnest.cli.tables import escape, print_table

        _print_definition(console, found.check)
        console.print(escape(f"{found.count:,} rows fail it" if found.count else "no row fails it"))
        if found.told:
            console.print()
            rows = [
                tuple(str(one[name]) if one[name] is not None else "" for name in found.columns) for one in found.told
            ]
            print_table(console, found.columns, rows, numbers=(4,))

    out.data(found.to_json(), render)
    if found.count and found.excludable:
        out.next(f"earnest quality preview --exclude {code}")


@group.command(name="list")
@shared
def list_(out: Output) -> None:
    """List every check.

    What it asks, what is tolerated and why, the KPIs it touches and the remedy.
    """
    from earnest.audit.check import checks

    found = checks()
    out.data([one.to_json() for one in found], lambda c: _print_list(c, found))
    out.next("earnest quality check")


@group.command()
@click.option("--exclude", "what", required=True, help=_WHAT)
@shared
def preview(out: Output, what: str) -> None:
    """Show every figure before and after leaving orders out. Nothing is changed."""
    from earnest.usecases.quality_exclude import preview as look
    from earnest.usecases.tables import open_tables

    workspace = out.workspace()
    with out.progress() as progress, open_tables(workspace, progress=progress) as tables:
        found = look(tables, what, workspace=workspace)
    out.data(found.to_json(), lambda c: _print_preview(c, found))
    out.next(f'earnest quality exclude {what} --reason "…"')


@group.command()
@click.argument("what")
@click.option("--reason", required=True, help="Why, in words: it stands in the audit log.")
@shared
def exclude(out: Output, what: str, *, reason: str) -> None:
    """Leave orders out of every figure.

    They stay out until they are taken in again. WHAT is the code of a check that finds orders, order=ID[,ID…], or
    day=YYYY-MM-DD. The orders a check finds now are left out; what it finds later is not.
    """
    from earnest.usecases.quality_exclude import exclude as leave_out

    made = leave_out(out.workspace(), what, reason=reason)
    words = "all orders of that day" if made.kind == "day" else f"{len(made.keys):,} orders"
    out.data(
        {"exclusion": made.seq, **made.to_json()},
        lambda c: c.print(f"Exclusion {made.seq}: {words} count in no figure any more.", markup=False),
    )
    out.next(f"earnest quality include {made.seq}")


@group.command()
@click.argument("number", type=click.IntRange(1))
@shared
def include(out: Output, number: int) -> None:
    """Take in again what an exclusion left out. NUMBER is its own: earnest quality exclusions."""
    from earnest.usecases.quality_exclude import include as take_in

    one = take_in(out.workspace(), number)
    out.data({"exclusion": number, **one.to_json()}, lambda c: c.print(f"{one.what} counts again.", markup=False))
    out.next("earnest quality check")


@group.command()
@shared
def exclusions(out: Output) -> None:
    """List what is left out of every figure.

    Who found it, and why it is left out.
    """
    from earnest.cli.tables import print_table

    known = list(out.workspace().state().exclusions.values())
    rows = [
        (f"{one.seq}", one.what, f"{len(one.keys):,}" if one.kind == "order" else "day", one.reason) for one in known
    ]

    def render(console: Console) -> None:
        if not known:
            console.print("Nothing is left out.")
            return
        print_table(console, ("number", "what", "orders", "why"), rows, numbers=(0, 2))

    out.data([{"exclusion": one.seq, **one.to_json()} for one in known], render)


@group.command()
@click.option("--orders", required=True, type=click.IntRange(1), help="Orders that finance counts in the period.")
@click.option("--from", "since", required=True, metavar="DAY", help="First day (YYYY-MM-DD).")
@click.option("--until", required=True, metavar="DAY", help="The day after the last.")
@shared
def capture(out: Output, *, orders: int, since: str, until: str) -> None:
    """Tell how many orders finance counts in a period.

    How many of them came here widens the interval of every return. Undeclared, the audit assumes that all of them came, and
    says so.
    """
    from earnest.definitions.quality import Capture
    from earnest.kernel.period import parse_day
    from earnest.usecases.quality_capture import captured, declare_capture
    from earnest.usecases.tables import open_tables

    workspace = out.workspace()
    declare_capture(workspace, Capture(parse_day(since), parse_day(until), orders))
    with open_tables(workspace) as tables:
        found = captured(tables)
    assert found is not None
    words = f"{found.here:,} of {found.finance:,} orders came here ({found.rate:.1%})"
    out.data(found.to_json(), lambda c: c.print(words, markup=False))
    out.next("earnest quality check")


def _print(console: Console, found: Quality, *, all_: bool) -> None:
    from earnest.cli.tables import escape, figure_text, share
    from earnest.kernel.estimate import Estimate

    whose = f" of {found.campaign}" if found.campaign else ""
    limits = f" (held by {', '.join(found.graded.limits)})" if found.graded.limits else ""
    console.print(escape(f"Data quality{whose}: grade {found.grade}, score {found.score:.0f} of 100{limits}"))
    console.print(escape(f"The strongest word these data allow: {found.graded.wording_cap}"))
    facts = found.facts
    rate = share(facts["match_rate"]) if facts["match_rate"] is not None else "n/a"
    told = share(facts["capture_rate"]) if facts["capture_rate"] is not None else "not declared, all assumed"
    console.print(
        escape(f"Customers known {rate}; finance's orders here: {told}; told twice {share(facts['duplicate_share'])}")
    )
    if isinstance(found.total, Estimate):
        ends = f"{found.total.low:.2f} to {found.total.high:.2f}"
        console.print(
            escape(
                f"Attributed gross profit per 1 of cost: {figure_text(found.total)} ({ends} with all defects; {found.total.population})"
            )
        )
    console.print()
    console.print(escape("part          score  weight  checks  failed"))
    for part in found.parts:
        console.print(
            escape(
                f"{part.part:<13} {part.score:>5.0f}  {part.weight:>6.0%}  {part.checks:>6}  {', '.join(part.failed) or '–'}"
            )
        )
    _print_checks(console, found, all_=all_)


def _print_checks(console: Console, found: Quality, *, all_: bool) -> None:
    from earnest.audit.result import SEVERITIES
    from earnest.cli.tables import escape

    for severity in SEVERITIES:
        mine = [one for one in found.failed if one.severity == severity]
        if mine:
            console.print()
            console.print(escape(_SEVERITY_WORDS[severity]))
        for one in mine:
            console.print(escape(f"  {one.code}: {one.message}"))
            console.print(escape(f"    effect on {found.basis}: {_effect(one.effect)}; touches {', '.join(one.kpis)}"))
            console.print(escape(f"    {one.remedy}"))
    passed = sum(one.passed and bool(one.tested) for one in found.checks)
    console.print()
    console.print(
        escape(
            f"{len(found.checks)} checks: {passed} passed, {len(found.failed)} failed, {len(found.skipped)} had nothing to look at"
        )
    )
    if all_:
        for one in found.checks:
            if one.passed:
                console.print(escape(f"  {one.code}: {one.message}"))


_SEVERITY_WORDS = {
    "blocks": "WITHHOLDS EVERY VERDICT",
    "blocks-gain": "WITHHOLDS A GAIN",
    "blocks-loss": "WITHHOLDS A LOSS",
    "warns": "WARNS",
    "informs": "INFORMS",
}


def _effect(figure: Any) -> str:
    from earnest.cli.tables import major
    from earnest.kernel.estimate import Estimate

    if not isinstance(figure, Estimate):
        return f"not told ({figure.reason})"
    assert figure.low is not None
    assert figure.high is not None
    signed = f"{'+' if figure.value > 0 else ''}{major(figure.value, figure.unit)}"
    if figure.low == figure.high:
        return f"{signed} (exact)"
    words = "bounds" if figure.method == "bounds" else f"{figure.level:.0%} interval"
    return f"{signed} ({words} {major(figure.low, figure.unit)} to {major(figure.high, figure.unit)})"


def _print_definition(console: Console, one: Check) -> None:
    from earnest.cli.tables import escape

    tolerated = f"up to {one.threshold:.1%} of {one.to_json()['tested']}" if one.threshold else "none"
    for line in (
        f"{one.code} ({one.part.value}, {one.severity})",
        f"  {one.question}",
        f"  tolerated: {tolerated}; {one.reason}",
        f"  touches: {', '.join(one.kpis)}",
        f"  remedy: {one.remedy}",
    ):
        console.print(escape(line))


def _print_list(console: Console, found: tuple[Check, ...]) -> None:
    for one in found:
        _print_definition(console, one)


def _print_preview(console: Console, found: Preview) -> None:
    from earnest.cli.tables import escape, major, print_table

    console.print(
        escape(f"Without {found.chosen.what} ({found.chosen.orders:,} orders), per campaign; nothing is changed:")
    )
    rows = []
    for one in found.campaigns:
        cells = [
            f"{major(s.before, s.currency)} → {major(s.after, s.currency)}" for s in (one.attributed, one.contribution)
        ]
        extra = one.incremental
        told = f"{major(extra.before, extra.currency)} → {major(extra.after, extra.currency)}" if extra else "–"
        rows.append((one.campaign, *cells, told))
    print_table(
        console, ("campaign", "attributed revenue", found.basis, "incremental revenue"), rows, numbers=(1, 2, 3)
    )


COMMANDS = {"quality": group}
