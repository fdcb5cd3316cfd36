"""earnest next list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.next_steps.ranked import NextSteps
    from earnest.usecases.next_steps.step import Step


@click.group(name="next")
def group() -> None:
    """Next steps: what to do, and why."""


@group.command(name="list")
@click.option("--campaign", default=None, metavar="ID", help="Only steps about this campaign.")
@click.option("--limit", type=click.IntRange(1), default=None, help="Only so many, from the first.")
@shared
def list_steps(out: Output, campaign: str | None, limit: int | None) -> None:
    """List what to do next, ranked by the money at stake.

    Each step with its reasons, the value at stake (or that nobody can say), the effort, and the commands that show the evidence. None
    contradicts a verdict.
    """
    from earnest.usecases.next_steps.ranked import next_steps

    with out.progress() as progress:
        found = next_steps(out.workspace(), campaign, progress=progress)
    data = found.to_json()
    data["steps"] = data["steps"][:limit]
    out.data(data, lambda c: _print(c, found, limit))
    if found.steps:
        out.next(found.steps[0].evidence[0])


def _print(console: Console, found: NextSteps, limit: int | None) -> None:
    from earnest.cli.tables import escape
    from earnest.kernel.words import count

    if not found.steps:
        console.print("There is nothing to recommend on the evidence there is.")
    for place, step in enumerate(found.steps[:limit], 1):
        console.print(escape(f"{place}. {step.action}"))
        for sentence in step.why:
            console.print(escape(f"   {sentence}"))
        console.print(escape(f"   At stake: {_value(step)}. Effort: {step.effort}."))
        console.print(escape(f"   See: {'; '.join(step.evidence)}"))
    if limit is not None and limit < len(found.steps):
        console.print(escape(f"{count(len(found.steps) - limit, 'more step')} with a larger --limit."))
    if found.withheld:
        console.print(
            escape(f"{count(found.withheld, 'step is', 'steps are')} not shown, as the verdict says otherwise.")
        )


def _value(step: Step) -> str:
    from earnest.cli.tables import major, money
    from earnest.kernel.estimate import Unavailable

    value = step.value
    if isinstance(value, Unavailable):
        return f"value unknown ({value.reason})"
    if value.low is None or value.high is None or value.low == value.high:
        shown = money(value.exact) if value.exact is not None else major(value.value, value.unit)
        return f"{shown}, {step.value_means} ({step.certainty})"
    return f"{major(value.low, value.unit)} to {major(value.high, value.unit)}, {step.value_means} ({step.certainty})"


COMMANDS = {"next": group}
