"""earnest experiment plan, add, list, show, read, analyze."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.experiment_analyze import TableAnalysis


@click.group(name="experiment")
def group() -> None:
    """Experiments: who was held out, and what the difference was."""


@group.command()
@click.argument("experiment_id", metavar="ID")
@click.option("--campaign", required=True, help="Campaign whose messages only the treated arms get.")
@click.option(
    "--arm", "arms", multiple=True, required=True, metavar="NAME=SHARE", help="An arm and its planned share; give each."
)
@click.option("--control", required=True, help="The arm that gets nothing.")
@click.option(
    "--window-days", type=click.IntRange(1, 730), required=True, help="Outcomes count for so many days from assignment."
)
@click.option(
    "--read-out", required=True, metavar="YYYY-MM-DD", help="Day on which the fixed interval may first be read."
)
@click.option("--unit", type=click.Choice(["contact"]), default="contact", help="What was randomised.")
@click.option(
    "--primary-metric", type=click.Choice(["revenue", "orders", "converted"]), default="revenue", show_default=True
)
@click.option("--margin", default=None, help="Gross margin for this experiment; default: the setting.")
@click.option("--starts", default=None, metavar="YYYY-MM-DD", help="First day of assignment.")
@click.option("--replace", "replacing", is_flag=True, help="Change an experiment that has not been read yet.")
@shared
def add(
    out: Output,
    experiment_id: str,
    campaign: str,
    arms: tuple[str, ...],
    *,
    control: str,
    window_days: int,
    read_out: str,
    unit: str,
    primary_metric: str,
    margin: str | None,
    starts: str | None,
    replacing: bool,
) -> None:
    """Declare experiment ID, before the answer is known."""
    from earnest.cli.commands.roi import read_margin
    from earnest.definitions.experiment import Experiment, read_arms
    from earnest.kernel.period import parse_day
    from earnest.usecases.declare import add_experiment

    experiment = Experiment(
        id=experiment_id,
        campaign=campaign,
        arms=read_arms(arms, control),
        control=control,
        window_days=window_days,
        read_out=parse_day(read_out),
        unit=unit,
        primary_metric=primary_metric,
        margin=read_margin(margin),
        starts=parse_day(starts) if starts else None,
    )
    add_experiment(out.workspace(), experiment, replacing=replacing)
    out.data(
        experiment.to_json(),
        lambda c: c.print(f"Experiment {experiment_id} on {campaign}: to be read on {read_out}.", markup=False),
    )
    out.next(f"earnest import run assignments.csv --as assignments --map experiment=={experiment_id}")


@group.command()
@click.option("--baseline", required=True, type=float, help="Share who buy without a message: 0.01 is 1 %.")
@click.option("--lift", type=float, default=0.1, show_default=True, help="Relative lift to be found: 0.1 is 10 % more.")
@click.option("--hold-out", "held_out", type=float, default=None, help="Share held out; default: the usual ones.")
@click.option("--people", type=click.IntRange(1), default=None, help="People at hand: tells the lift they can find.")
@click.option("--power", type=float, default=0.8, show_default=True, help="Chance to find the lift if it is there.")
@shared
def plan(out: Output, baseline: float, lift: float, **asked: Any) -> None:
    """Plan how many people a hold-out needs.

    Units of both groups together, for a two-sided test at 95 %.
    """
    from earnest.cli.tables import print_table
    from earnest.usecases.experiment_plan import plan_experiment

    found = plan_experiment(baseline, lift, **asked)
    header = ("held out", "people needed", "smallest lift of your people")
    rows = [
        (
            f"{line.held_out:.0%}",
            f"{line.units:,}",
            "–" if found.people is None else f"{line.smallest_lift:+.1%}" if line.smallest_lift is not None else "none",
        )
        for line in found.lines
    ]
    width = len(header) if found.people is not None else 2
    shown = [row[:width] for row in rows]
    out.data(found.to_json(), lambda c: print_table(c, header[:width], shown, numbers=tuple(range(width))))
    out.next("earnest experiment add ID --campaign CAMPAIGN --arm message=0.9 --arm holdout=0.1 --control holdout …")


@group.command(name="list")
@shared
def list_experiments(out: Output) -> None:
    """List experiments with their read-out dates."""
    from earnest.cli.tables import print_table

    state = out.workspace().state()
    rows = [
        (e.id, e.campaign, ", ".join(f"{arm} {share:.0%}" for arm, share in e.arms), e.control, f"{e.window_days} days", e.read_out.isoformat(),
         "read" if state.readings.get(e.id) else "not read")
        for e in state.experiments.values()
    ]  # fmt: skip
    data = [e.to_json() | {"readings": len(state.readings.get(e.id, []))} for e in state.experiments.values()]
    out.data(
        data,
        lambda c: print_table(c, ("experiment", "campaign", "arms", "control", "window", "read-out", "state"), rows),
    )


@group.command()
@click.argument("experiment_id", metavar="ID")
@shared
def show(out: Output, experiment_id: str) -> None:
    """Show experiment ID: health, then differences. Each metric, arm by arm."""
    from earnest.cli.analysis import print_experiment
    from earnest.usecases.experiment_show import show_experiment

    with out.progress() as progress:
        shown = show_experiment(out.workspace(), experiment_id, progress=progress)
    out.data(shown.to_json(), lambda c: print_experiment(c, shown))
    out.next(f"earnest roi show {shown.result.experiment.campaign}")


@group.command()
@click.argument("experiment_id", metavar="ID")
@click.option("--reason", required=True, help="Why the recorded reading must be replaced; it is journalled.")
@shared
def read(out: Output, experiment_id: str, reason: str) -> None:
    """Read experiment ID again, in place of the recorded reading.

    The fixed interval is meant to be read once. Use this only where the first reading rested on wrong or missing data.
    """
    from earnest.cli.analysis import print_experiment
    from earnest.usecases.experiment_show import show_experiment

    shown = show_experiment(out.workspace(), experiment_id, again=reason)
    out.data(shown.to_json(), lambda c: print_experiment(c, shown))


@group.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--arm", required=True, metavar="COLUMN", help="Column that says which arm a unit was assigned to.")
@click.option("--control", required=True, metavar="VALUE", help="Its value for the hold-out.")
@click.option(
    "--outcome", "outcomes", multiple=True, required=True, metavar="COLUMN", help="Outcome column; may be repeated."
)
@click.option("--margin", default=None, help="Gross margin, 0 to 1.")
@click.option("--cost-per-unit", default=None, help="Cost per treated unit.")
@click.option("--currency", default=None, help="Currency of the money outcome and the cost.")
@click.option(
    "--revenue", "revenue_outcome", default=None, metavar="COLUMN", help="Which outcome is money, if several could be."
)
@click.option("--level", type=float, default=0.95, show_default=True, help="Confidence level.")
@click.option(
    "--share", "shares", multiple=True, metavar="ARM=SHARE", help="Planned share of an arm; default: equal shares."
)
@shared
def analyze(
    out: Output, file: Path, *, arm: str, control: str, outcomes: tuple[str, ...], shares: tuple[str, ...],
    margin: str | None, cost_per_unit: str | None, currency: str | None, revenue_outcome: str | None, level: float,
) -> None:  # fmt: skip
    """Analyze any table, one row a unit. Each arm against control, and all treated together; no workspace needed."""
    from earnest.usecases.experiment_analyze import analyze_table

    found = analyze_table(
        file, arm, control, outcomes, margin=margin, cost_per_unit=cost_per_unit, currency=currency, level=level,
        shares=_shares(shares), revenue_outcome=revenue_outcome,
    )  # fmt: skip
    out.data(found.to_json(), lambda c: _print(c, found))


def _shares(texts: tuple[str, ...]) -> dict[str, float] | None:
    from earnest.kernel.errors import UsageError

    shares = {}
    for text in texts:
        name, _, share = text.rpartition("=")
        try:
            shares[name] = float(share)
        except ValueError as error:
            raise UsageError("bad-arms", f"'{text}' is no share", hint="Write --share 'Mens E-Mail=0.5'.") from error
    return shares or None


def _print(console: Console, found: TableAnalysis) -> None:
    from earnest.cli.analysis import print_analysis, print_returns
    from earnest.cli.tables import escape
    from earnest.kernel.estimate import Unavailable

    console.print(escape(f"{found.file}: {found.rows:,} units"))
    print_analysis(console, found.analysis)
    if isinstance(found.returns, Unavailable):
        console.print(escape(f"Returns: {found.returns.reason}. {found.returns.remedy}"), style="dim")
        return
    for treated, returns in found.returns.items():
        print_returns(console, treated, returns)


COMMANDS = {"experiment": group}
