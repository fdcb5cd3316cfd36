"""Journeys in a terminal: shares side by side, what stands behind them, and what every model means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from earnest.attribution.journeys.model import ASSOCIATION, BOOKKEEPING, Credit
from earnest.cli.tables import escape, major, money, print_table, print_words, share
from earnest.kernel.money import Money, exponent
from earnest.kernel.words import count

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.attribution.journeys.journeys import Journeys
    from earnest.usecases.attribution_analyze import JourneyAnalysis, ModelCredit

_CELL = 8


def print_journeys(console: Console, analysis: JourneyAnalysis, limit: int) -> None:
    """Print shares of all models, or one model in full; then how they add up, and the definitions."""
    answered = [one for one in analysis.results if isinstance(one.credit, Credit)]
    console.print(escape(_heading(analysis)))
    console.print()
    order = _order(answered)
    if len(answered) == 1:
        _print_one(console, analysis, answered[0], order[:limit])
    elif answered:
        _print_shares(console, analysis, answered, order=order, limit=limit)
    _print_behind(console, analysis, answered, order[:limit])
    print_words(console, _adds_up(analysis, answered))
    console.print()
    _print_definitions(console, analysis)


def _heading(analysis: JourneyAnalysis) -> str:
    journeys = analysis.journeys
    parts = [count(int(journeys.totals.sum()), "journey"), count(len(journeys.channels), analysis.read.by)]
    parts.append(count(int(journeys.conversions.sum()) + journeys.unattributed, "conversion"))
    parts.append("no null journeys" if journeys.nulls is None else f"{int(journeys.nulls.sum()):,} without conversion")
    return f"{' + '.join(analysis.files)}: {', '.join(parts)}. Attributed, not proven."


def _order(answered: Sequence[ModelCredit]) -> list[int]:
    """Channels by credit under the first model, largest first."""
    if not answered or not isinstance(answered[0].credit, Credit):
        return []
    found = answered[0].credit.conversions
    return sorted(range(len(found)), key=lambda place: (-float(found[place]), place))


def _print_one(console: Console, analysis: JourneyAnalysis, one: ModelCredit, order: Sequence[int]) -> None:
    credit, journeys = one.credit, analysis.journeys
    assert isinstance(credit, Credit)
    whole = float(journeys.conversions.sum())
    headers = [analysis.read.by, "share", "conversions", *(["value"] if credit.value is not None else [])]
    rows = []
    for place in order:
        row = [
            journeys.channels[place],
            share(float(credit.conversions[place]) / whole),
            f"{credit.conversions[place]:,.2f}",
        ]
        rows.append([*row, *([_value(analysis, credit, place)] if credit.value is not None else [])])
    console.print(escape(f"{one.model.label} ({one.model.id})"))
    print_table(console, headers, rows, numbers=range(1, len(headers)))
    console.print()


def _value(analysis: JourneyAnalysis, credit: Credit, place: int) -> str:
    journeys = analysis.journeys
    assert credit.value is not None
    if journeys.currency is None:
        return f"{credit.value[place]:,.2f}"
    if credit.exact is not None:
        return amount_text(int(credit.exact[place]), journeys)
    return major(float(credit.value[place]), journeys.currency)


def _print_shares(
    console: Console, analysis: JourneyAnalysis, answered: Sequence[ModelCredit], *, order: Sequence[int], limit: int
) -> None:
    journeys = analysis.journeys
    whole = float(journeys.conversions.sum())
    needs = [max(len(one.model.id), _CELL) + 2 for one in answered]
    for run in _runs(console.width - max(_CELL, *map(len, journeys.channels)), needs):
        some = [answered[place] for place in run]
        rows = [
            [journeys.channels[place], *(share(_conversions(one, [place]) / whole) for one in some)]
            for place in order[:limit]
        ]
        if len(order) > limit:
            rest = order[limit:]
            rows.append([f"{len(rest)} more", *(share(_conversions(one, rest) / whole) for one in some)])
        rows.append(["all", *(share(_conversions(one, order) / whole) for one in some)])
        print_table(console, [analysis.read.by, *(one.model.id for one in some)], rows, numbers=range(1, len(some) + 1))
        console.print()


def _conversions(one: ModelCredit, places: Sequence[int]) -> float:
    assert isinstance(one.credit, Credit)
    return float(one.credit.conversions[list(places)].sum())


def _runs(room: int, needs: Sequence[int]) -> list[list[int]]:
    """Columns in runs that stand side by side in the room."""
    runs: list[list[int]] = [[]]
    left = room
    for place, need in enumerate(needs):
        if runs[-1] and need > left:
            runs.append([])
            left = room
        runs[-1].append(place)
        left -= need
    return runs


def _print_behind(
    console: Console, analysis: JourneyAnalysis, answered: Sequence[ModelCredit], order: Sequence[int]
) -> None:
    """Removal effects, Shapley values, standard errors: what the shares of the path models were made of."""
    channels = analysis.journeys.channels
    behind = [(f"{one.model.id} {name.replace('_', ' ')}", column) for one, name, column in _columns(answered)]
    if not behind:
        return
    console.print("Behind the shares:")
    widths = [max(len(word) for word in head.split()) for head, _ in behind]
    for some in _runs(console.width - max(map(len, channels)), [max(width, _CELL) + 2 for width in widths]):
        rows = [[channels[place], *(f"{behind[one][1][place]:,.6g}" for one in some)] for place in order]
        print_table(
            console, [analysis.read.by, *(behind[one][0] for one in some)], rows, numbers=range(1, len(some) + 1)
        )
        console.print()
    for one in answered:
        if isinstance(one.credit, Credit) and one.credit.facts:
            facts = ", ".join(f"{name.replace('_', ' ')} {value:,.6g}" for name, value in one.credit.facts)
            console.print(escape(f"{one.model.id}: {facts}"))
    console.print()


def _columns(answered: Sequence[ModelCredit]) -> Iterator[tuple[ModelCredit, str, Sequence[float]]]:
    for one in answered:
        if isinstance(one.credit, Credit):
            for name, column in one.credit.columns:
                yield one, name, column.tolist()


def _adds_up(analysis: JourneyAnalysis, answered: Sequence[ModelCredit]) -> str:
    journeys = analysis.journeys
    attributed = int(journeys.conversions.sum())
    line = f"Every model: {count(attributed, 'conversion')} credited + {journeys.unattributed:,} without a touch"
    line += f" = {attributed + journeys.unattributed:,}"
    if journeys.exact and journeys.currency is not None and journeys.value is not None:
        whole, lost = int(journeys.value.sum()), int(journeys.unattributed_value)
        told = [amount_text(part, journeys) for part in (whole, lost, whole + lost)]
        line += f"; {told[0]} + {told[1]} = {told[2]}, exact to the unit"
    line += "."
    for one in answered:
        if not one.model.conserved:
            rate = share(_conversions(one, range(len(journeys.channels))) / attributed)
            line += f" {one.model.id} alone adds up to {rate}, on purpose."
    return line


def amount_text(units: int, journeys: Journeys) -> str:
    """Whole units of the journeys' value as money."""
    assert journeys.currency is not None
    if journeys.units == 10 ** exponent(journeys.currency):
        return money(Money(units, journeys.currency))
    return major(units / journeys.units, journeys.currency)


def _print_definitions(console: Console, analysis: JourneyAnalysis) -> None:
    for one in analysis.results:
        if isinstance(one.credit, Credit):
            print_words(console, f"{one.model.id}: {one.model.definition}.")
        else:
            why = f"n/a ({one.credit.code}): {one.credit.reason}. {one.credit.remedy}"
            print_words(console, f"{one.model.id}: {why}", style="dim")
    families = {one.model.family for one in analysis.results}
    console.print()
    if "rule" in families:
        print_words(console, f"Rules are {BOOKKEEPING}.")
    if "path" in families:
        print_words(console, f"Path models are {ASSOCIATION}.")
