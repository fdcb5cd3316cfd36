"""earnest assumption list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.assumptions import Assumption, Assumptions
    from earnest.usecases.sensitivity import Case, Moves


@click.group(name="assumption")
def group() -> None:
    """What the figures take on faith, and how much a verdict moves if it is wrong."""


@group.command(name="list")
@shared
def list_(out: Output) -> None:
    """List what is assumed, and where each verdict would turn.

    Value, since when, who said so and how many campaigns rest on it. Then each judged campaign: its return if the margin, the
    orders counted or the assumed cost were 20 % off, the margin at which it just paid, and what would change the word.
    """
    from earnest.usecases.assumptions import assumptions

    with out.progress() as progress:
        found = assumptions(out.workspace(), progress=progress)
    out.data(found.to_json(), lambda c: _print(c, found))
    if any(one.code == "order-capture" and one.default for one in found.believed):
        out.next("earnest quality capture --orders N --from DAY --until DAY")
    else:
        out.next("earnest setting set margin 0.38 --from DAY")


def _print(console: Console, found: Assumptions) -> None:
    from earnest.cli.tables import escape, print_table

    headers = ("assumption", "value", "since", "who says so", "touches", "campaigns")
    print_table(console, headers, [_believed(one) for one in found.believed], numbers=(5,))
    if found.moves:
        shaken, whole = len(found.shaken), len(found.moves)
        console.print()
        console.print(escape(f"{whole - shaken} of {whole} verdicts stand if any one assumption is wrong by as much:"))
        tried = (
            "campaign",
            "verdict",
            "margin just paid",
            "margin ±20 %",
            "orders ±20 %",
            "assumed cost ±20 %",
            "turns",
        )
        print_table(console, tried, [_moved(one) for one in found.moves])
    if found.not_moved:
        console.print(escape(f"Not judged by an interval of money: {', '.join(found.not_moved)}."))


def _believed(one: Assumption) -> tuple[str, ...]:
    who = f"{one.source}, by {one.said_by} at {one.said_at}" if one.entry is not None else one.source
    value = (
        "not told"
        if one.value is None
        else f"{one.value} {one.unit}"
        if one.unit not in ("share", "code")
        else one.value
    )
    since = one.since.isoformat() if one.since else "default" if one.default else ""
    return one.code, value, since, who, one.touches, f"{len(one.campaigns)}"


def _moved(one: Moves) -> tuple[str, ...]:
    from earnest.kernel.estimate import Estimate

    margin = one.break_even_margin
    paid = "none"
    if isinstance(margin, Estimate):
        high = "more" if margin.high is None else f"{margin.high:.1%}"
        paid = f"{margin.low:.1%} to {high}"
    told = [_cases(one, one.of(name)) for name in ("margin", "order-capture", "assumed-cost")]
    word = "not told before its date" if one.running else one.verdict.value
    return one.campaign, word, paid, *told, _turn(one)


def _cases(one: Moves, cases: tuple[Case, ...]) -> str:
    """Ranges alone, as an inconclusive point may not be shown; the word where it would be another."""
    if not cases:
        return "none assumed"
    return "; ".join(
        f"{case.change:+.0%}: {case.figure.low:.2f} to {case.figure.high:.2f}"
        + (f" ({case.verdict.value})" if case in one.shaken else "")
        for case in cases
    )


def _turn(one: Moves) -> str:
    turns = one.turns_of("margin")
    return f"{turns[0].verdict.value} at a margin of {turns[0].then:.1%}" if turns else "at no margin"


COMMANDS = {"assumption": group}
