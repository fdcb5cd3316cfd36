"""A campaign's story in a terminal: verdict first, then the evidence; complete without colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from earnest.cli.provider import print_charges, print_failures
from earnest.cli.tables import escape, figure_text, major, money, print_table, share, sign
from earnest.kernel.estimate import Estimate, Figure
from earnest.verdict.story import CampaignStory, IntervalRow
from earnest.verdict.verdict import Verdict

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.overview import Overview

NAMES = {
    Verdict.PROVEN_GAIN: "proven gain",
    Verdict.PROVEN_LOSS: "proven loss",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.NO_HOLDOUT: "no hold-out",
    Verdict.WITHHELD: "withheld",
    Verdict.NOT_JUDGED_BY_ROI: "not judged by ROI",
}
_COLOURS = {
    Verdict.PROVEN_GAIN: "green",
    Verdict.PROVEN_LOSS: "red",
    Verdict.WITHHELD: "red",
    Verdict.INCONCLUSIVE: "yellow",
}
_WIDTH, _NARROWEST, _NAME = 36, 12, 27


def verdict_name(story: CampaignStory) -> str:
    """The verdict in words."""
    return "inconclusive (running)" if story.running else NAMES[story.verdict]


def print_ranking(console: Console, stories: Sequence[CampaignStory], totals: Overview) -> None:
    """Print campaigns ranked, then what belongs to none."""
    rows = [(s.campaign, verdict_name(s), _returned(s), _cost(s), _claim(s)) for s in stories]
    print_table(
        console,
        ("campaign", "verdict", "extra profit\nper 1 spent", "cost", "last touch\nclaims"),
        rows,
        numbers=(2, 3, 4),
    )
    proven = sum(story.verdict in (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS) for story in stories)
    tested = [
        s
        for s in stories
        if s.verdict in (Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS, Verdict.INCONCLUSIVE) and not s.running
    ]
    console.print()
    if tested:
        chance = len(tested) * (1 - tested[0].level)
        console.print(
            escape(
                f"{proven} of {len(tested)} tested campaigns are proven; chance alone would give about {chance:.1f}."
            )
        )
    console.print(
        escape(
            f"{totals.messages:,} messages ({totals.unassigned_messages:,} unassigned) · cost {money(totals.cost)} "
            f"({money(totals.unallocated_cost)} unallocated)"
        )
    )
    console.print(
        escape(
            f"net revenue {money(totals.net_revenue)} = last touch {money(totals.attributed)} + unattributed {money(totals.unattributed)}"
        )
    )
    for finding in totals.findings:
        console.print(escape(f"! {finding.message}"))


def _returned(story: CampaignStory) -> str:
    figure = story.returns["incremental_return"]
    if (
        story.verdict in (Verdict.WITHHELD, Verdict.NO_HOLDOUT, Verdict.NOT_JUDGED_BY_ROI)
        or not isinstance(figure, Estimate)
        or figure.low is None
    ):
        return "–"
    span = f"[{_signed(figure.low)}, {_signed(figure.high or 0.0)}]"
    return span if story.verdict is Verdict.INCONCLUSIVE else f"{_signed(figure.value)} {span}"


def _cost(story: CampaignStory) -> str:
    small = 0 < abs(story.cost_total.decimal) < _SMALL
    return ("≥ " if story.unrated_messages else "") + money(story.cost_total, decimals=small)


_SMALL = 10
"""An amount below it keeps its decimals: 0.35 is not 0."""


def _signed(value: float) -> str:
    return ("−" if value < 0 else "") + f"{abs(value):.2f}"


def _claim(story: CampaignStory) -> str:
    claim = story.claimed_returns.get("last_touch")
    return (
        f"{claim.value:.2f}" if isinstance(claim, Estimate) and story.verdict is not Verdict.NOT_JUDGED_BY_ROI else "–"
    )


def print_story(console: Console, story: CampaignStory) -> None:
    """Print one campaign: verdict, interval, bridge, KPIs, findings."""
    when = f"{story.first_day} to {story.last_day}" if story.first_day else "no messages yet"
    console.print(
        f"[bold]{escape(story.name)}[/bold]  {escape(', '.join(story.channels) or 'no channel')} · {when} · {story.purpose}"
    )
    colour = _COLOURS.get(story.verdict)
    sentence = escape(headline(story))
    console.print(f"[bold {colour}]{sentence}[/]" if colour else f"[bold]{sentence}[/bold]")
    console.print(escape(f"verdict: {verdict_name(story)}"))
    console.print()
    _print_intervals(console, story)
    _print_bridge(console, story)
    _print_kpis(console, story)
    print_failures(console, story)
    print_charges(console, story)
    for finding in story.findings:
        console.print(escape(f"! {finding.message}"))
        console.print(escape(f"  {finding.remedy}"))
    console.print(
        escape(f"as of {story.as_of} · generation {story.generation[:8]} · earnest {story.version}"), style="dim"
    )


def headline(story: CampaignStory) -> str:
    """The one sentence. Inconclusive gives the range, never the middle."""
    figure, one = story.returns["incremental_return"], sign(story.currency)
    if story.verdict is Verdict.NOT_JUDGED_BY_ROI:
        return f"A {story.purpose} campaign: judged by its own KPIs, not by ROI."
    if story.verdict is Verdict.NO_HOLDOUT:
        return "We cannot say what this campaign caused: nobody was held out."
    if story.verdict is Verdict.WITHHELD:
        return "Result withheld: a health check failed."
    if not isinstance(figure, Estimate) or figure.low is None or figure.high is None:
        return _by_contribution(story)
    low, high = f"{_signed(figure.low)}", f"{_signed(figure.high)}"
    percent = f"{story.level * 100:g}%"
    if story.running and story.experiment is not None:
        return f"Too early to call: to be read on {story.experiment.read_out}. So far between {one}{low} and {one}{high} came back for every {one}1 spent."
    if story.verdict is Verdict.INCONCLUSIVE:
        return f"Between {one}{low} and {one}{high} of extra gross profit came back for every {one}1 spent ({percent} interval); break-even is inside."
    only = " only" if story.verdict is Verdict.PROVEN_LOSS else ""
    return f"Every {one}1 spent brought back{only} {one}{_signed(figure.value)} of extra gross profit ({percent} interval {one}{low} to {one}{high})."


def _by_contribution(story: CampaignStory) -> str:
    """Cost 0 has no return: speak of the contribution."""
    figure = story.returns["contribution"]
    if not isinstance(figure, Estimate) or figure.low is None or figure.high is None:
        return "There is no figure to show."
    span = f"{major(figure.low, story.currency)} to {major(figure.high, story.currency)}"
    if story.verdict is Verdict.INCONCLUSIVE:
        return f"It contributed between {span.replace(' to ', ' and ')}; zero is inside."
    return f"It contributed {major(figure.value, story.currency)} ({story.level * 100:g}% interval {span})."


def _print_intervals(console: Console, story: CampaignStory) -> None:
    if not story.interval_rows:
        return
    ends = [end for row in story.interval_rows for low, high in row.bands.values() for end in (low, high)]
    points = [row.value for row in story.interval_rows if row.value is not None]
    low, high = min([0.0, *ends, *points]), max([1.0, *ends, *points])
    width = min(_WIDTH, console.width - _NAME - 8)
    for row in story.interval_rows:
        name = "measured against hold-out" if row.label == "measured" else f"{row.detail.replace('_', ' ')} would claim"
        value = f"{_signed(row.value)}" if row.value is not None else ""
        if width >= _NARROWEST:
            console.print(escape(f"{name:<{_NAME}}{_drawn(row, low, high, width=width)} {value:>6}"))
        else:
            span = (
                f"[{_signed(row.bands[max(row.bands)][0])}, {_signed(row.bands[max(row.bands)][1])}]"
                if row.bands
                else ""
            )
            console.print(escape(f"{name}: {value} {span}".rstrip()))
    if width >= _NARROWEST:
        mark = _place(1.0, low, high, width)
        words = "│ break-even 1" if mark + 14 <= width else "break-even 1 │"
        console.print(escape(" " * (_NAME + mark - (0 if words[0] == "│" else 13)) + words), style="dim")
    console.print()


def _drawn(row: IntervalRow, low: float, high: float, *, width: int) -> str:
    line = [" "] * width
    line[_place(1.0, low, high, width)] = "│"
    if row.bands:
        start, stop = row.bands[max(row.bands)]
        for place in range(_place(start, low, high, width), _place(stop, low, high, width) + 1):
            line[place] = "━"
    if row.value is not None:
        line[_place(row.value, low, high, width)] = "●" if row.bands else "◇"
    return "".join(line)


def _place(value: float, low: float, high: float, width: int) -> int:
    return min(width - 1, max(0, round((value - low) / (high - low) * (width - 1))))


def _print_bridge(console: Console, story: CampaignStory) -> None:
    bridge = story.bridge
    if bridge is None or story.verdict is Verdict.INCONCLUSIVE:
        return
    rows = [
        ("revenue of the messaged group", money(bridge.messaged_revenue)),
        ("would have come anyway", money(-bridge.would_have_come_anyway)),
    ]
    rows.append(("= extra revenue", money(bridge.extra_revenue)))
    if bridge.cost_of_goods is not None and bridge.contribution is not None:
        rows.append(("cost of goods", money(-bridge.cost_of_goods)))
        rows.append(("campaign cost", money(-bridge.campaign_cost)))
        rows.append(("= contribution after messaging", money(bridge.contribution)))
    print_table(console, ("bridge", story.currency), rows, numbers=(1,))
    console.print()


def _print_kpis(console: Console, story: CampaignStory) -> None:
    rows = []
    for line in story.kpis:
        typical = "no comparable benchmark"
        if line.typical_low is not None and line.typical_high is not None:
            ends = [_typical(line.figure, end) for end in (line.typical_low, line.typical_high)]
            typical = "–".join(dict.fromkeys(ends))
        value = figure_text(line.figure)
        if "roi" in line.kpi and isinstance(line.figure, Estimate) and line.figure.low is None:
            value = f"{line.figure.value * 100:,.2f} %".replace("-", "−")
        if (
            line.kpi == "incremental_return"
            and story.verdict is Verdict.INCONCLUSIVE
            and isinstance(line.figure, Estimate)
        ):
            value = f"{_signed(line.figure.low or 0.0)} to {_signed(line.figure.high or 0.0)}×"
        rows.append((line.name, value, typical))
    print_table(console, ("KPI", "value", "typical"), rows, numbers=(1,))
    console.print()


def _typical(figure: Figure, value: float) -> str:
    if isinstance(figure, Estimate) and figure.unit == "share":
        return share(value)
    if isinstance(figure, Estimate) and figure.exact is not None:
        return f"{sign(figure.exact.currency)}{value:g}"
    return f"{value:g}"
