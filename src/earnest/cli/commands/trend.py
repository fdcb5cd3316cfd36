"""earnest trend show, alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from earnest.usecases.trends import Trend, TrendAsk
    from earnest.usecases.trends_alerts import Alert, Alerts
    from earnest.usecases.trends_watched import Scope

_OPTIONS = (
    click.option("--days", type=click.IntRange(1, 366), default=28, show_default=True, help="How many days back, from the last that has settled."),
    click.option("--campaign", default=None, metavar="ID", help="Only this campaign."),
    click.option("--channel", default=None, help="Only this channel."),
    click.option("--rate", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.05, show_default=True,
                 help="False alarms, as a share of all alerts."),
)  # fmt: skip


def _asked(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group(name="trend")
def group() -> None:
    """Trends: daily numbers beside what was to be expected, and what is out of the ordinary."""


@group.command()
@click.argument("kpi")
@_asked
@shared
def show(out: Output, kpi: str, **given: Any) -> None:
    """Show KPI day by day beside what was to be expected.

    With bounds. Expected by the level, weekday and trend of up to 56 ordinary days before; from 28 days on.
    """
    from earnest.usecases.trends import trend

    with out.progress() as progress:
        found = trend(out.workspace(), kpi, _ask(given), progress=progress)
    out.data(found.to_json(), lambda c: _print_trend(c, found))
    out.next("earnest trend alerts")


@group.command()
@_asked
@click.option("--check", is_flag=True, help="Exit 4 if there is bad news among the alerts.")
@shared
def alerts(out: Output, *, check: bool, **given: Any) -> int:
    """List odd days and changed levels of all watched numbers.

    For the workspace, each channel and each campaign. Of all alerts at most --rate are false; where nothing is odd, the chance of
    any alert is at most that.
    """
    from earnest.usecases.trends_alerts import alerts as look

    with out.progress() as progress:
        found = look(out.workspace(), _ask(given), progress=progress)
    out.data(found.to_json(), lambda c: _print_alerts(c, found))
    for alert in found.alerts[:1]:
        out.next(f"earnest trend show {alert.kpi}{_option(alert.scope)}")
    return 4 if check and any(alert.news == "bad" for alert in found.alerts) else 0


def _ask(given: dict[str, Any]) -> TrendAsk:
    from earnest.usecases.trends import TrendAsk

    return TrendAsk(**given)


def _option(scope: Scope) -> str:
    return f" --{scope[0]} {scope[1]}" if scope[1] else ""


def _print_trend(console: Console, found: Trend) -> None:
    from earnest.cli.tables import escape, print_table

    where = f" of {found.scope[0]} {found.scope[1]}" if found.scope[1] else ""
    console.print(escape(f"{found.watched.name}{where}, {found.level:.0%} bounds"))
    if found.why is not None:
        console.print(escape(f"No day can be judged: {found.why.reason}. {found.why.remedy}"))
    family = found.watched.family
    rows = [
        (
            day.day,
            _figure(day.value, family),
            "–" if day.n is None else f"{day.n:,}",
            _figure(day.expected, family),
            "–" if day.low is None else f"{_figure(day.low, family)} to {_figure(day.high, family)}",
            _STANDINGS[day.standing],
        )
        for day in found.days
    ]
    print_table(console, ("day", "figure", "of", "expected", "bounds", ""), rows, numbers=(1, 2, 3, 4))


_STANDINGS = {
    "usual": "", "odd": "ODD", "special": "special day, not judged", "too-early": "too early to tell", "no-basis": "too few days before",
    "nothing": "",
}  # fmt: skip


def _figure(value: float | None, family: str) -> str:
    from earnest.cli.tables import share

    if value is None:
        return "–"
    if family == "share":
        return share(value)
    return f"{value:,.0f}" if family == "count" else f"{value / 1e6:,.4f}"


def _print_alerts(console: Console, found: Alerts) -> None:
    from earnest.cli.tables import escape

    for alert in found.alerts:
        for line in _lines(alert):
            console.print(escape(line))
    if not found.alerts and found.tested:
        console.print("Nothing is out of the ordinary.")
    lines = [
        f"{found.tested:,} days and weeks of {found.series:,} series tested; of all alerts at most {found.ask.rate:.0%} are false."
    ]
    if found.not_judged:
        codes = [why.code for _, _, why in found.not_judged]
        told = ", ".join(f"{codes.count(code):,} {_REASONS.get(code, code)}" for code in sorted(set(codes)))
        lines.append(f"{len(codes):,} series are not judged: {told}.")
    if found.special_days:
        lines.append(f"{found.special_days} special days of trade are not judged, for what depends on demand.")
    for line in lines:
        console.print(escape(line))


_REASONS = {
    "history-too-short": "with fewer than 28 ordinary days before", "too-few-events": "with fewer than 20 events in them",
    "not-daily": "of messages that do not go out daily",
}  # fmt: skip


def _lines(alert: Alert) -> list[str]:
    where = f", {alert.scope[0]} {alert.scope[1]}" if alert.scope[1] else ""
    days = alert.first_day if alert.first_day == alert.last_day else f"{alert.first_day} to {alert.last_day}"
    kind = {"spike": "odd", "level": "new level since"}[alert.kind]
    when = f"{kind} {days if alert.kind == 'spike' else alert.first_day}"
    lines = [
        f"{alert.news.upper() if alert.news != 'neutral' else 'ODD'}: {alert.name}{where}, {when}",
        f"  {_told(alert)}; p {_p(alert.p)}, false-alarm rate {_p(alert.adjusted)}",
        f"  {_worth(alert)}",
    ]
    if alert.also:
        lines.append(f"  also in {', '.join(' '.join(part for part in scope if part) for scope in alert.also)}")
    return [*lines, f"  look at: {'; '.join(alert.look)}"]


def _told(alert: Alert) -> str:
    from earnest.usecases.trends_watched import WATCHED

    family = WATCHED[alert.kpi].family
    scale = 1e6 if family == "mean" else 1.0
    observed, expected, low, high = (
        _figure(value * scale, family) for value in (alert.observed, alert.expected, alert.low, alert.high)
    )
    return f"{observed} instead of {expected} ({low} to {high} at {alert.level:.0%})"


def _worth(alert: Alert) -> str:
    from earnest.cli.tables import major
    from earnest.kernel.estimate import Estimate

    unit = "in money" if alert.kpi == "cost_per_message" else "events"
    size = f"{alert.events:+,.0f}".replace("-", "−")
    said = f"{size} {unit} beside what was expected" if unit == "events" else "the price moved"
    if not isinstance(alert.money, Estimate):
        return f"{said}; value unknown: {alert.money.reason}"
    low, high = alert.money.low or 0.0, alert.money.high or 0.0
    ends = f"{major(low, alert.money.unit)} to {major(high, alert.money.unit)}"
    return f"{said}; worth {major(alert.money.value, alert.money.unit)} ({ends}), {alert.money.basis}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


COMMANDS = {"trend": group}
