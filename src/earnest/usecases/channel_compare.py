"""Channels side by side under the same definitions: each figure with its interval, and the difference with its own.

Where one side cannot measure a KPI there is no difference: a rate nobody counts is not 0 %, and a read receipt is no opened mail.
Rates of messages have Wilson limits. Money is clustered by contact, as one person gets many messages; the cost is taken as known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scipy import special

from earnest.definitions.days import Days
from earnest.definitions.periods import read_period
from earnest.kernel.declared import check_known
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.period import moment_of
from earnest.kpis.catalogue import all_kpis, find
from earnest.kpis.dimensions import SEVERAL, Filter
from earnest.kpis.kpi import Kpi, Scope, evaluate, refusals
from earnest.usecases.channel_spread import Spread, credited_by, rung_words, spreads
from earnest.usecases.kpi_sums import Cut, sums
from earnest.usecases.measure import connected, measure_all, measures_of
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
_RECEIPTS_DIFFER = Unavailable(
    "not-comparable",
    "a read receipt is not an opened mail: mail programs open mails by themselves, and receipts can be switched off",
    "Compare clicks, replies or orders instead.",
)


@dataclass(frozen=True, slots=True)
class KpiBeside:
    """One KPI on every channel.

    Args:
        figures: channel → figure. differences: channel → its figure less the first channel's, with an interval.
    """

    kpi: Kpi
    figures: Mapping[str, Figure]
    differences: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class ChannelComparison:
    """Channels under the same definitions.

    Args:
        channels: the first is what the others are held against. lookback: setting → value, the same for all of them.
        credited_by: channel → evidence → share of the credited revenue it rests on: a channel without receipts has no reads to count.
        spans: channel → first and last day of sending.
    """

    channels: tuple[str, ...]
    lines: tuple[KpiBeside, ...]
    period: Days | None
    filters: tuple[Filter, ...]
    lookback: Mapping[str, str | None]
    credited_by: Mapping[str, Mapping[str, float]]
    level: float
    as_of: str

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
            "kpis": [
                {
                    "kpi": line.kpi.definition,
                    "name": line.kpi.name,
                    "formula": line.kpi.formula,
                    "direction": line.kpi.direction,
                    "channels": {channel: figure.to_json() for channel, figure in line.figures.items()},
                    "differences": {channel: figure.to_json() for channel, figure in line.differences.items()},
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
        )


def _channels(tables: Tables) -> dict[str, None]:
    rows = tables.con.execute(
        "SELECT DISTINCT channel FROM label_campaign WHERE channel IS NOT NULL AND label_key IN (SELECT label_key FROM funnel_cell)"
    ).fetchall()
    return dict.fromkeys(sorted((str(row[0]) for row in rows), key=lambda name: (name != "whatsapp", name)))


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was counted of each channel: sums under the cut, and those of all time, which tell what is measured at all."""

    sums: Mapping[str, dict[str, int]]
    ever: Mapping[str, dict[str, int]]
    scopes: Mapping[str, Scope]
    spread: Mapping[str, Spread]
    shared_cost: bool

    @classmethod
    def of(cls, tables: Tables, channels: Sequence[str], cut: Cut, level: float) -> _Counted:
        names = tuple(dict.fromkeys(name for kpi in COMPARED for name in measures_of(find(kpi))))
        found = sums(tables, names, cut)
        ever = sums(tables, tuple(_TOLD_BY.values()), Cut(by=("channel",)))
        none = dict.fromkeys(names, 0)
        return cls(
            {one: none | (found[one,].sums if (one,) in found else {}) for one in channels},
            {one: ever[one,].sums if (one,) in ever else {} for one in channels},
            {one: _scope(tables, one, cut.days, level) for one in channels},
            spreads(tables, channels, cut.days, cut.filters),
            bool((SEVERAL,) in found and found[SEVERAL,].sums.get("cost_micro")),
        )


def _scope(tables: Tables, channel: str, days: Days | None, level: float) -> Scope:
    measured = measure_all(tables)
    own = [one for one in measured.values() if channel in one.channels]
    costs = {one.campaign.id: one.cost for one in own}
    period = {"first_day": days.first.isoformat(), "last_day": days.last.isoformat()} if days else None
    return Scope(
        population=f"messages on {channel}",
        currency=tables.state.currency,
        level=level,
        as_of=moment_of(tables.as_of_us).isoformat(timespec="seconds"),
        period=period,
        connected=connected(tables.state, costs, tables.manifest.facts.get("heard", ())) | {"message"},
        unmeasurable=refusals(all_kpis().values(), (channel,)),
        unrated=sum(one.cost.unrated for one in own),
    )


def _line(kpi: Kpi, channels: Sequence[str], counted: _Counted) -> KpiBeside:
    figures = {channel: _figure(kpi, channel, counted) for channel in channels}
    first = figures[channels[0]]
    return KpiBeside(
        kpi, figures, {other: _difference(kpi, figures[other], first, (other, channels[0])) for other in channels[1:]}
    )


def _figure(kpi: Kpi, channel: str, counted: _Counted) -> Figure:
    told = _TOLD_BY.get(kpi.id)
    scope = counted.scopes[channel]
    if told and kpi.id not in scope.unmeasurable and not counted.ever[channel].get(told):
        return Unavailable(
            "not-told",
            f"nothing has ever told of one on {channel}, so nobody knows whether there was none",
            "Connect what tells of it; see `earnest kpi list`.",
        )
    if counted.shared_cost and "cost_micro" in measures_of(kpi):
        return Unavailable(
            "cost-shared",
            "some campaigns send on several channels, and their cost is nobody's part",
            "Give each channel a campaign of its own, or filter: --filter campaign=ID",
        )
    found = evaluate(kpi, counted.sums[channel], scope)
    if isinstance(found, Unavailable) or found.low is not None or channel not in counted.spread:
        return found
    return _spread(kpi, found, counted.spread[channel], level=scope.level)


def _spread(kpi: Kpi, found: Estimate, spread: Spread, *, level: float) -> Estimate:
    """The figure with the interval that its contacts give it; a count has none."""
    z = float(special.ndtri((1 + level) / 2))
    if kpi.id == "revenue_per_recipient" and (error := spread.ratio_error()) is not None:
        return _between(found, level, found.value - z * error, found.value + z * error)
    if kpi.id == "roas" and (share := spread.revenue_error()) is not None:
        return _between(found, level, found.value * (1 - z * share), found.value * (1 + z * share))
    if kpi.id == "cost_per_order" and (share := spread.orders_error()) is not None:
        return _between(found, level, found.value * math.exp(-z * share), found.value * math.exp(z * share))
    return found


def _between(found: Estimate, level: float, low: float, high: float) -> Estimate:
    return replace(found, low=low, high=high, level=level, method="clustered by contact")


def _difference(kpi: Kpi, one: Figure, other: Figure, names: tuple[str, str]) -> Figure:
    """One channel's figure less the other's.

    Source: Newcombe, Statistics in Medicine 17 (1998) 873–890; for money Zou & Donner, Statistics in Medicine 27 (2008) (MOVER).
    """
    missing = [name for name, figure in zip(names, (one, other), strict=True) if isinstance(figure, Unavailable)]
    if missing:
        return Unavailable(
            "not-comparable", f"{kpi.id} is not known on {' and '.join(missing)}", "See the reason beside its figure."
        )
    if kpi.receipts and "email" in names:
        return _RECEIPTS_DIFFER
    assert isinstance(one, Estimate)
    assert isinstance(other, Estimate)
    if kpi.denominator is None:
        return Unavailable("not-comparable", f"{kpi.id} says how much was sent, not how well", "Compare the rates.")
    gap = one.value - other.value
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return replace(one, value=gap, low=None, high=None, n=None, level=None, method="exact", exact=None)
    low = gap - math.hypot(one.value - one.low, other.high - other.value)
    high = gap + math.hypot(one.high - one.value, other.value - other.low)
    method = "newcombe" if kpi.unit == "share" else "mover"
    return replace(one, value=gap, low=low, high=high, n=None, method=method, exact=None)
