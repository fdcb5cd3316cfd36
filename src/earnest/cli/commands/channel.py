"""earnest channel compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.kernel.estimate import Figure
    from earnest.usecases.channel_compare import ChannelComparison


@click.group(name="channel")
def group() -> None:
    """Channels: WhatsApp beside e-mail and the others, under the same definitions."""


@group.command()
@click.argument("channels", nargs=-1, metavar="[CHANNEL]...")
@click.option(
    "--period", default=None, help="2026-09, 2026-Q3, 2026, 2026-09-01..2026-09-30, last-30d; default: all time."
)
@click.option(
    "--filter", "filters", multiple=True, metavar="DIMENSION=VALUE", help="Only of a campaign, programme, purpose or template; again for more."
)  # fmt: skip
@shared
def compare(out: Output, channels: tuple[str, ...], *, period: str | None, filters: tuple[str, ...]) -> None:
    """Compare channels under the same definitions.

    Delivered, clicks, replies, buyers, opt-outs, revenue and cost. The first CHANNEL is what the others are held against; without
    any all are, against WhatsApp. The same look-back for all; each figure with its interval, and the difference with its own. What
    one side cannot measure is not compared. Beside the difference of a rate stands that within the campaigns that send on both
    channels, where there are any: what was sent where is no merit of a channel. Revenue is attributed: bookkeeping, not evidence of cause.
    """
    from earnest.kpis.dimensions import read_filters
    from earnest.usecases.channel_compare import compare_channels

    found = compare_channels(out.workspace(), channels, period=period, filters=read_filters(filters))
    out.data(found.to_json(), lambda c: _print(c, found))
    out.next("earnest kpi list")


def _print(console: Console, found: ChannelComparison) -> None:
    from earnest.cli.tables import print_table, print_words

    first, *others = found.channels
    mixed = [other for other in others if any(_known(line.standardised.get(other)) for line in found.lines)]
    gaps, within = (f"{other} − {first}" for other in others), (f"{other} − {first}, same campaigns" for other in mixed)
    headers = ("KPI", *found.channels, *gaps, *within)
    rows = [
        (
            line.kpi.name,
            *(_told(line.figures[one]) for one in found.channels),
            *(_difference(line.differences[one]) for one in others),
            *(_difference(line.standardised[one]) if one in line.standardised else "" for one in mixed),
        )
        for line in found.lines
    ]
    print_table(console, headers, rows)
    hours = ", ".join(
        f"{name.removeprefix('lookback_').replace('_', ' ')} {value}" for name, value in found.lookback.items()
    )
    print_words(console, f"Look-back, the same for all: {hours}. {found.level:.0%} intervals.")
    for channel, shares in found.credited_by.items():
        words = ", ".join(f"{share:.0%} by {rung}" for rung, share in shares.items()) or "nothing credited"
        print_words(console, f"Last touch credits {channel}: {words}.")
    for line in found.lines:
        for why in dict.fromkeys(_reason(one) for one in (*line.figures.values(), *line.differences.values())):
            if why:
                print_words(console, f"{line.kpi.id}: {why}")
    for one in found.findings:
        print_words(console, f"{one.code}: {one.message}. {one.remedy}")


def _known(figure: Figure | None) -> bool:
    from earnest.kernel.estimate import Estimate

    return isinstance(figure, Estimate)


def _told(figure: Figure) -> str:
    from earnest.cli.tables import figure_text
    from earnest.kernel.estimate import Estimate

    if not isinstance(figure, Estimate) or figure.low is None or figure.high is None:
        return figure_text(figure)
    return f"{figure_text(figure)} ({_value(figure, figure.low)} to {_value(figure, figure.high)})"


def _difference(figure: Figure) -> str:
    from earnest.kernel.estimate import Estimate

    if not isinstance(figure, Estimate):
        return "not comparable"
    words = _value(figure, figure.value, signed=True)
    if figure.low is None or figure.high is None:
        return words
    return f"{words} ({_value(figure, figure.low, signed=True)} to {_value(figure, figure.high, signed=True)})"


def _value(figure: Figure, value: float, *, signed: bool = False) -> str:
    from earnest.cli.tables import major, share
    from earnest.kernel.estimate import Estimate

    assert isinstance(figure, Estimate)
    shown = round(100 * value, 1) if signed and figure.unit == "share" else round(value, 2)
    sign = "+" if signed and shown > 0 else ""
    if figure.unit == "share":
        points = f"{shown or 0.0:.1f} pts" if signed else share(value)
        return f"{sign}{points}".replace("-", "−")
    if figure.unit == "ratio":
        return f"{sign}{shown or 0.0:,.2f}×".replace("-", "−")
    return sign + major(shown or 0.0, figure.unit)


def _reason(figure: Figure) -> str | None:
    from earnest.kernel.estimate import Estimate

    return None if isinstance(figure, Estimate) else f"{figure.reason}. {figure.remedy}"


COMMANDS = {"channel": group}
