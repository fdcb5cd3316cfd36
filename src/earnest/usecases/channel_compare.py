"""Channels side by side under the same definitions: each figure with its interval, and the difference with its own.

Where one side cannot measure a KPI there is no difference: a rate nobody counts is not 0 %, and a read receipt is no opened mail.
Intervals are clustered by contact, as one person gets many messages. Beside the difference of a share over everything stands that
within the campaigns that send on both: what was sent where is no merit of a channel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from earnest.definitions.days import Days
from earnest.definitions.periods import read_period
from earnest.kernel.declared import check_known
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Figure, Unavailable
from earnest.kernel.finding import Finding
from earnest.kernel.period import moment_of
from earnest.kpis.catalogue import find
from earnest.kpis.dimensions import Filter
from earnest.kpis.kpi import Kpi, Scope, evaluate
from earnest.usecases.channel_intervals import difference, money_findings, money_interval, share_interval
from earnest.usecases.channel_mix import mix_differs, standardised, strata
from earnest.usecases.channel_spread import ShareSpread, Spread, credited_by, rung_words, share_spreads, spreads
from earnest.usecases.kpi_figures import NOT_BY_CHANNEL, mixed_channels
from earnest.usecases.kpi_scopes import scope_over, with_costs
from earnest.usecases.kpi_sums import Cut, Group, Key, sums
from earnest.usecases.measure import Measured, connected, measure_all, measures_of
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace

COMPARED = (
    *(
        "messages_delivered",
        "delivery_rate",
        "read_rate",
        "click_through_rate",
        "reply_rate",
        "conversion_rate",
        "opt_out_rate",
    ),
    *("revenue_per_recipient", "cost_per_order", "roas"),
)
"""KPIs by which channels are compared, in this order."""

_TOLD_BY = {
    "click_through_rate": "clicked",
    "reply_rate": "replied",
    "opt_out_rate": "opted_out",
    "read_rate": "was_read",
}
_MONEY = ("revenue_per_recipient", "cost_per_order", "roas")


@dataclass(frozen=True, slots=True)
class KpiBeside:
    """One KPI on every channel.

    Args:
        figures: channel → figure. differences: channel → its figure less the first channel's, with an interval.
        standardised: for a share, channel → the difference within the campaigns that send on both.
    """

    kpi: Kpi
    figures: Mapping[str, Figure]
    differences: Mapping[str, Figure]
    standardised: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class ChannelComparison:
    """Channels under the same definitions.

    Args:
        channels: the first is what the others are held against. lookback: setting → value, the same for all of them.
        credited_by: channel → evidence → share of the credited revenue it rests on: a channel without receipts has no reads to count.
        findings: `few-buyers`, `no-variation`, `mix-differs`: what must be known before the figures are believed.
    """

    channels: tuple[str, ...]
    lines: tuple[KpiBeside, ...]
    period: Days | None
    filters: tuple[Filter, ...]
    lookback: Mapping[str, str | None]
    credited_by: Mapping[str, Mapping[str, float]]
    level: float
    as_of: str
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "channels": list(self.channels),
            "against": self.channels[0],
            "period": str(self.period) if self.period else None,
            "filters": [str(one) for one in self.filters],
            "lookback": dict(self.lookback),
            "credited_by": {channel: dict(shares) for channel, shares in self.credited_by.items()},
            "level": self.level,
            "as_of": self.as_of,
            "findings": [one.to_json() for one in self.findings],
            "kpis": [
                {
                    "kpi": line.kpi.definition,
                    "name": line.kpi.name,
                    "formula": line.kpi.formula,
                    "direction": line.kpi.direction,
                    "channels": {channel: figure.to_json() for channel, figure in line.figures.items()},
                    "differences": {channel: figure.to_json() for channel, figure in line.differences.items()},
                    "standardised": {channel: figure.to_json() for channel, figure in line.standardised.items()},
                }
                for line in self.lines
            ],
        }


def compare_channels(
    workspace: Workspace,
    channels: Sequence[str] = (),
    *,
    period: str | None = None,
    filters: tuple[Filter, ...] = (),
    as_of_us: int | None = None,
) -> ChannelComparison:
    """Compare channels.

    Args:
        channels: the first is what the others are held against; none means all, WhatsApp first.
        period: as `definitions.periods`; messages by the day of the send, orders and costs by theirs. None for all time.
        filters: of campaign, programme or purpose.

    Raises:
        UsageError: `no-such-channel`, `one-channel`, `bad-period`, `not-by-dimension`.
    """
    with open_tables(workspace, as_of_us=as_of_us) as tables:
        known = _channels(tables)
        for channel in channels:
            check_known(known, channel, what="channel", listed="Channels", refusal=(UsageError, "no-such-channel"))
        asked = tuple(dict.fromkeys(channels)) or tuple(known)
        if len(asked) < 2:
            raise UsageError(
                "one-channel",
                f"a comparison needs two channels; there {'is' if len(asked) == 1 else 'are'} {', '.join(asked) or 'none'}",
                hint="Import the messages of another channel, or name two: earnest channel compare whatsapp email.",
            )
        days = read_period(period, tables.day) if period else None
        level = float(tables.state.setting("level", tables.day) or "0.95")
        counted = _Counted.of(tables, asked, Cut(by=("channel",), filters=filters, days=days), level)
        lines = tuple(_line(find(name), asked, counted) for name in COMPARED)
        names = ("lookback_reply_days", "lookback_click_days", "lookback_read_hours", "lookback_delivered_hours")
        return ChannelComparison(
            channels=asked,
            lines=lines,
            period=days,
            filters=filters,
            lookback={name: tables.state.setting(name, tables.day) for name in names},
            credited_by={
                channel: rung_words(shares) for channel, shares in credited_by(tables, asked, days, filters).items()
            },
            level=level,
            as_of=moment_of(tables.as_of_us).isoformat(timespec="seconds"),
            findings=_findings(asked, lines, counted),
        )


def _channels(tables: Tables) -> dict[str, None]:
    rows = tables.con.execute(
        "SELECT DISTINCT channel FROM label_campaign WHERE channel IS NOT NULL AND label_key IN (SELECT label_key FROM funnel_cell)"
    ).fetchall()
    return dict.fromkeys(sorted((str(row[0]) for row in rows), key=lambda name: (name != "whatsapp", name)))


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was counted of each channel: sums under the cut, and those of all time, which tell what is measured at all.

    Args:
        by_campaign: sums of the shares, by channel and campaign. shares: KPI → channel → how its contacts differ.
        mixed: channels whose cost nobody can tell apart.
    """

    sums: Mapping[str, dict[str, int]]
    ever: Mapping[str, dict[str, int]]
    by_campaign: Mapping[Key, Group]
    scopes: Mapping[str, Scope]
    spread: Mapping[str, Spread]
    shares: Mapping[str, Mapping[str, ShareSpread]]
    mixed: frozenset[str]

    @classmethod
    def of(cls, tables: Tables, channels: Sequence[str], cut: Cut, level: float) -> _Counted:
        names = tuple(dict.fromkeys(name for kpi in COMPARED for name in measures_of(find(kpi))))
        found = sums(tables, names, cut)
        ever = sums(tables, tuple(_TOLD_BY.values()), Cut(by=("channel",)))
        none = dict.fromkeys(names, 0)
        shares = _shares()
        measured = measure_all(tables)
        parts = tuple(dict.fromkeys(name for pair in shares.values() for name in pair))
        return cls(
            {one: none | (found[one,].sums if (one,) in found else {}) for one in channels},
            {one: ever[one,].sums if (one,) in ever else {} for one in channels},
            sums(tables, parts, Cut(by=("channel", "campaign"), filters=cut.filters, days=cut.days)),
            {one: _scope(tables, one, cut.days, measured=measured, level=level) for one in channels},
            spreads(tables, channels, cut.days, cut.filters),
            share_spreads(tables, shares, channels, days=cut.days, filters=cut.filters),
            mixed_channels(tables, names, cut),
        )


def _scope(tables: Tables, channel: str, days: Days | None, *, measured: Mapping[str, Measured], level: float) -> Scope:
    own = [one for one in measured.values() if channel in one.channels]
    costs = {one.campaign.id: one.cost for one in own}
    period = {"first_day": days.first.isoformat(), "last_day": days.last.isoformat()} if days else None
    told = connected(tables.state, costs, tables.manifest.facts.get("heard", ())) | {"message"}
    scope = scope_over(tables, f"messages on {channel}", told, level=level, channels=(channel,))
    return with_costs(replace(scope, period=period), costs.values())


def _shares() -> dict[str, tuple[str, str]]:
    """KPIs that are shares of messages, with their measures above and below."""
    found = {}
    for kpi in map(find, COMPARED):
        if kpi.unit == "share" and kpi.measures is not None and kpi.measures[1] is not None:
            found[kpi.id] = (kpi.measures[0], kpi.measures[1])
    return found


def _line(kpi: Kpi, channels: Sequence[str], counted: _Counted) -> KpiBeside:
    first = channels[0]
    figures = {channel: _figure(kpi, channel, counted) for channel in channels}
    gaps = {other: difference(kpi, figures[other], figures[first], (other, first)) for other in channels[1:]}
    if kpi.id not in counted.shares:
        return KpiBeside(kpi, figures, gaps, {})
    within = {other: _within(kpi, (other, first), gap, counted) for other, gap in gaps.items()}
    return KpiBeside(kpi, figures, gaps, within)


def _within(kpi: Kpi, pair: tuple[str, str], raw: Figure, counted: _Counted) -> Figure:
    """The difference within the campaigns that send on both channels."""
    level = counted.scopes[pair[0]].level
    one, other = (counted.shares[kpi.id].get(channel) for channel in pair)
    effects = (
        one.n / one.effective_n(level) if one and one.n else 1.0,
        other.n / other.effective_n(level) if other and other.n else 1.0,
    )
    return standardised(raw, strata(kpi, pair, counted.by_campaign), effects, level)


def _findings(channels: Sequence[str], lines: Sequence[KpiBeside], counted: _Counted) -> tuple[Finding, ...]:
    found: list[Finding] = []
    for channel in channels:
        money = {line.kpi.id: line.figures[channel] for line in lines if line.kpi.id in _MONEY}
        found += money_findings(channel, money, counted.spread.get(channel))
    for line in lines:
        for other, within in line.standardised.items():
            told = mix_differs(line.kpi, (other, channels[0]), line.differences[other], within)
            found += [told] if told is not None else []
    return tuple(found)


def _figure(kpi: Kpi, channel: str, counted: _Counted) -> Figure:
    told = _TOLD_BY.get(kpi.id)
    scope = counted.scopes[channel]
    if told and kpi.id not in scope.unmeasurable and not counted.ever[channel].get(told):
        return Unavailable(
            "not-told",
            f"nothing has ever told of one on {channel}, so nobody knows whether there was none",
            "Connect what tells of it; see `earnest kpi list`.",
        )
    if channel in counted.mixed and "cost_micro" in measures_of(kpi):
        return NOT_BY_CHANNEL
    found = evaluate(kpi, counted.sums[channel], scope)
    if isinstance(found, Unavailable):
        return found
    if kpi.id in _MONEY:
        cost = counted.sums[channel]["cost_micro"]
        return money_interval(kpi, found, counted.spread.get(channel), level=scope.level, cost_micro=cost)
    return share_interval(found, counted.shares.get(kpi.id, {}).get(channel), scope.level)
