"""earnest benchmark list, usable, position, add, import, withdraw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.kpis.benchmarks import Benchmark
    from earnest.usecases.benchmark_position import Position
    from earnest.usecases.benchmarks import Brought, Listed


@click.group(name="benchmark")
def group() -> None:
    """Benchmarks: figures of others and of your own earlier campaigns, compared only where both count the same thing."""


@group.command(name="list")
@click.option("--kpi", default=None, help="Only what is published as this KPI, or counts what it counts.")
@click.option("--channel", default=None, help="Only of this channel.")
@click.option("--own", is_flag=True, help="Only those that were brought here.")
@click.option("--comparable", "compared", is_flag=True, help="Only those that some KPI may be held against.")
@shared
def list_(out: Output, *, kpi: str | None, channel: str | None, own: bool, compared: bool) -> None:
    """List benchmarks with their definition and grade.

    Also outside a workspace.
    """
    from earnest.cli.tables import print_table
    from earnest.kpis.benchmarks import Grade
    from earnest.usecases.benchmarks import list_benchmarks

    found = [
        one
        for one in list_benchmarks(out.workspace_if_any(), kpi=kpi, channel=channel)
        if (not own or one.row.grade is Grade.OWN) and (not compared or one.compares_with)
    ]
    headers = ("benchmark", "figure", "counts", "publisher", "grade", "compared")
    out.data([one.to_json() for one in found], lambda c: print_table(c, headers, [_row(one) for one in found]))
    if not found:
        out.next("earnest benchmark add --help")


@group.command()
@shared
def usable(out: Output) -> None:
    """Count the benchmarks that can be used.

    Those that say what they count, of what, and how they know. The others are never compared.
    """
    from earnest.cli.tables import print_table, share
    from earnest.usecases.benchmarks import usable_benchmarks

    found = usable_benchmarks(out.workspace_if_any())
    rows, known, compared = (sum(getattr(one, name) for one in found) for name in ("rows", "usable", "compared"))
    data = {
        "rows": rows, "usable": known, "compared": compared,
        "by_kpi_and_channel": [
            {"kpi": one.kpi, "channel": one.channel, "rows": one.rows, "usable": one.usable, "compared": one.compared} for one in found
        ],
    }  # fmt: skip
    words = f"{known} of {rows} ({share(known / rows)}) say of what they are a share and how they know; {compared} count what a KPI here counts."

    def printed(console: Console) -> None:
        console.print(words, soft_wrap=True)
        lines = [(one.kpi, one.channel, str(one.rows), str(one.usable), str(one.compared)) for one in found]
        print_table(console, ("published as", "channel", "rows", "usable", "compared"), lines, numbers=(2, 3, 4))

    out.data(data, printed)
    out.next("earnest benchmark list --comparable")


@group.command()
@click.argument("kpi_id", metavar="KPI")
@click.option("--campaign", required=True, help="Campaign.")
@shared
def position(out: Output, kpi_id: str, campaign: str) -> None:
    """Show where KPI of a campaign stands.

    Among your own earlier campaigns of the same channel and purpose; where they are fewer than 5, among figures of the same
    definition. Small campaigns are drawn towards the others: raw, shrunk, and the weight of the campaign's own data.
    """
    from earnest.usecases.benchmark_position import position as stand

    found = stand(out.workspace(), kpi_id, campaign)
    out.data(found.to_json(), lambda c: _print_position(c, found))
    out.next(f"earnest kpi explain {found.kpi.id} --campaign {campaign}")


_OPTIONS = (
    click.option("--kpi", required=True, help="KPI whose figure it is, by id or synonym."),
    click.option("--channel", required=True, help="Channel: whatsapp, sms, email …"),
    click.option("--low", default=None, help="Lower end of the range; a share as 0.12 or 12%."),
    click.option("--high", default=None, help="Upper end of the range."),
    click.option("--typical", default=None, help="Mean, median or single value."),
    click.option("--publisher", required=True, help="Who says so."),
    click.option("--url", "source_url", default=None, help="Where it is said."),
    click.option("--year", default=None, help="Year of publication."),
    click.option("--unit", default=None, help="share, ratio, minutes or a currency; default: as the KPI."),
    click.option("--numerator", default=None, help="Events counted, in the words of `benchmark list`: clicks, orders …"),
    click.option("--denominator", default=None, help="What they are divided by: delivered, sent, read …"),
    click.option("--counting", "unique_or_total", type=click.Choice(["unique", "total"]), default=None, help="Each person or message once, or every event."),
    click.option("--bots", "bot_policy", type=click.Choice(["excluded", "included"]), default=None, help="Whether machines count."),
    click.option("--window-hours", "window_hours", default=None, help="Hours within which the numerator had to happen."),
    click.option("--segment", default=None, help="Whose figure, in short words."),
    click.option("--region", default=None, help="Where, in short words."),
    click.option("--remark", default=None, help="Traps."),
    click.option("--id", "benchmark_id", default=None, help="Name; default: made of publisher, channel, KPI, segment and year."),
)  # fmt: skip


def _add_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@group.command()
@_add_options
@click.option("--as-defined", is_flag=True, help="It counts exactly what the KPI counts: fills the definition in.")
@shared
def add(out: Output, *, as_defined: bool, **given: str | None) -> None:
    """Bring a benchmark of your own.

    It is compared only where its definition is given and equal to the KPI's. Grade: own.
    """
    from earnest.kpis.benchmarks_own import as_defined as definition
    from earnest.kpis.catalogue import find
    from earnest.usecases.benchmarks import add_benchmark

    texts = {name: text for name, text in given.items() if text is not None}
    if as_defined:
        texts = definition(find(given["kpi"] or "")) | texts
    made = add_benchmark(out.workspace(), texts)
    if not made.compares_with:
        out.note(f"it will not be compared with {made.row.kpi}: {_why_not(made)}")
    out.data(made.to_json(), lambda c: c.print(f"Benchmark {made.row.benchmark_id} is added.", markup=False))


@group.command(name="import")
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@shared
def import_(out: Output, path: Path) -> None:
    """Bring a CSV of benchmarks.

    Columns as in `benchmark list --json`; kpi, channel, publisher and a figure are needed. Rows without a definition are kept
    and never compared. The same file again changes nothing. Exit 3 if no row can be kept.
    """
    from earnest.usecases.benchmarks import import_benchmarks

    done = import_benchmarks(out.workspace(), path)
    out.data(done.to_json(), lambda c: _print_brought(c, done))
    out.next("earnest benchmark list --own")


@group.command()
@click.argument("benchmark_id", metavar="ID")
@shared
def withdraw(out: Output, benchmark_id: str) -> None:
    """Take back benchmark ID of your own. That it was there stays in the journal."""
    from earnest.usecases.benchmarks import withdraw_benchmark

    gone = withdraw_benchmark(out.workspace(), benchmark_id)
    out.data(
        {"benchmark_id": gone.benchmark_id, "withdrawn": True},
        lambda c: c.print(f"Benchmark {gone.benchmark_id} is withdrawn.", markup=False),
    )


def _row(one: Listed) -> tuple[str, ...]:
    row = one.row
    parts = [f"{row.numerator} / {row.denominator}", row.unique_or_total, f"bots {row.bot_policy}"]
    if row.window_hours is not None:
        parts.append(f"{row.window_hours} h")
    counts = ", ".join(part for part in parts if not part.endswith("unknown") or "/" in part)
    year = f" {row.year}" if row.year else ""
    compared = f"with {', '.join(one.compares_with)}" if one.compares_with else f"no: {_why_not(one)}"
    return row.benchmark_id, _figure(row), counts, f"{row.publisher}{year}", row.grade.value.replace("_", " "), compared


def _why_not(one: Listed) -> str:
    words = {"unique_or_total": "counting", "bot_policy": "bots", "window_hours": "window"}
    return f"{', '.join(words.get(part, part) for part in one.why_not)} unknown or other"


def _figure(row: Benchmark) -> str:
    def said(value: Any) -> str:
        from earnest.cli.tables import major, share

        number = float(value)
        return {"share": share(number), "ratio": f"{number:g}×", "minutes": f"{number:g} min"}.get(row.unit) or major(
            number, row.unit
        )

    if row.low is not None and row.high is not None:
        return f"{said(row.low)} to {said(row.high)}"
    if row.typical is not None:
        return said(row.typical)
    return f"≥ {said(row.low)}" if row.low is not None else f"≤ {said(row.high)}"


def _print_position(console: Console, found: Position) -> None:
    from earnest.cli.tables import escape, figure_text

    where = f"{' and '.join(found.channels) or 'no channel'}, {found.purpose}"
    console.print(
        escape(f"{found.kpi.name} of {found.campaign} ({where}): {figure_text(found.figure)}"), soft_wrap=True
    )
    console.print(escape(f"  standing  {_standing_words(found)}"), soft_wrap=True)
    console.print(escape(f"  shrunk    {_shrunk_words(found)}"), soft_wrap=True)
    typical = found.typical
    words = (
        f"{_value(found, typical.low)} to {_value(found, typical.high)}, {typical.words}"
        if typical
        else "no comparable benchmark"
    )
    console.print(escape(f"  typical   {words}"), soft_wrap=True)


def _standing_words(found: Position) -> str:
    from earnest.kernel.estimate import Unavailable

    one = found.standing
    if isinstance(one, Unavailable):
        return f"n/a: {one.reason}. {one.remedy}"
    among = "own earlier campaigns" if found.among == "own-history" else "figures of the same definition"
    return (
        f"above {one.share:.0%} of {one.peers} {among} ({found.level:.0%} interval {one.low:.0%} to {one.high:.0%});"
        f" {'higher is better' if found.kpi.direction == 'higher' else 'lower is better' if found.kpi.direction == 'lower' else 'neither is better'}"
    )


def _shrunk_words(found: Position) -> str:
    from earnest.kernel.estimate import Unavailable

    one = found.shrunk
    if isinstance(one, Unavailable):
        return f"n/a: {one.reason}. {one.remedy}"
    per = " per delivered message" if found.kpi.unit == "count" else ""
    return (
        f"raw {_value(found, one.raw)}, shrunk {_value(found, one.shrunk)}{per} ({found.level:.0%} interval {_value(found, one.low)}"
        f" to {_value(found, one.high)}); weight of its own data {one.weight:.0%}, {one.prior.family} over {one.prior.peers} campaigns"
    )


def _value(found: Position, value: float) -> str:
    from earnest.cli.tables import major, share
    from earnest.kernel.estimate import Estimate

    unit = found.figure.unit if isinstance(found.figure, Estimate) else found.kpi.unit
    plain = {"share": share(value), "ratio": f"{value:,.2f}×", "count": f"{value:.4g}", "minutes": f"{value:,.1f} min"}
    return plain.get(unit) or (major(value, unit) if len(unit) == 3 else f"{value:,.1f} {unit}")


def _print_brought(console: Console, done: Brought) -> None:
    from earnest.cli.tables import escape
    from earnest.kernel.words import count

    words = f"{done.file}: {count(len(done.new), 'new benchmark')}, {done.known} known, {count(len(done.refused), 'row')} refused"
    console.print(escape(words), soft_wrap=True)
    if done.undefined:
        console.print(
            f"  {done.undefined} of the new say too little of what they count, and will never be compared",
            soft_wrap=True,
        )
    for row, why in done.refused[:10]:
        console.print(escape(f"  row {row}: {why}"), soft_wrap=True)


COMMANDS = {"benchmark": group}
