"""What a KPI declares, and how its figure comes from measures: a ratio is a ratio of sums, an empty denominator no figure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from earnest.incrementality.intervals import net_score_limits, wilson_limits
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.money import MICRO_PER_MAJOR, Money
from earnest.kernel.words import count
from earnest.kpis.benchmarks import ComparableDefinition

Unit = Literal["count", "share", "money", "ratio", "points", "minutes", "months", "percentile", "score"]
Direction = Literal["higher", "lower", "context"]

WITHOUT_RECEIPTS = {"sms": "SMS", "telegram": "a Telegram bot"}
"""Channels that tell nobody whether a message was read, in words."""

LAST_TOUCH_SOURCE = "last touch; click and reply 5 days, read 12 hours unless the settings say otherwise"
"""Source of every KPI that last touch decides."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a KPI is not computed yet, and what to connect so that it could be."""

    why: str
    connect: str


@dataclass(frozen=True, slots=True)
class Kpi:
    """One entry of the catalogue.

    Args:
        question: what someone wants to know.
        numerator, denominator: in words; denominator None for sums.
        measures: names of the measures behind them (see measures/); None where a use case supplies the figure.
        supplied_by: which supplier does, see `usecases.kpi_supplied`: experiment, margin, cohort, median …
        missing: why nothing computes it yet.
        unit: "share" is 0–1, of one set of messages: parts of different days are counted by the day of the send; "points" −100 to 100;
            "score" 0 to 100; "money" is in the workspace's currency.
        direction: which way is good.
        minimum_n: below this denominator a rate is shown with its interval only as an indication.
        needs: event kinds that must be connected, else the figure is Unavailable(no-source).
        receipts: it counts read receipts, and is refused on channels that have none.
        channels: the only channels on which it can be told; empty for all.
        family: module of the catalogue it stands in.
        caveats, source, example: for people; the example can be checked in the head.
        basis: "attributed" where a rule decides what counts; it is bookkeeping, not evidence of cause.
        spread_by: measure that the interval needs beside the two. Points: those that count for or against (+1, −1). A share of
            weights: the sum of their squares.
        bounded_by: measure of those that may belong to the numerator too: the figure then is a pair of bounds.
        comparable: the definition in the words of the benchmarks, or None if none can be comparable.
    """

    id: str
    name: str
    question: str
    numerator: str
    denominator: str | None
    unit: Unit
    direction: Direction
    measures: tuple[str, str | None] | None
    example: str
    caveats: str = ""
    source: str = ""
    basis: Literal["observed", "attributed", "incremental"] = "observed"
    minimum_n: int = 0
    needs: tuple[str, ...] = ()
    comparable: ComparableDefinition | None = None
    synonyms: tuple[str, ...] = ()
    bounded_by: str | None = None
    spread_by: str | None = None
    version: int = 1
    supplied_by: str | None = None
    missing: Missing | None = None
    receipts: bool = False
    channels: tuple[str, ...] = ()
    family: str = ""

    @property
    def availability(self) -> str:
        """Where its figure comes from: "rows" that add up, "supplied" by a use case, or "not computed yet"."""
        if self.missing is not None:
            return "not computed yet"
        return "rows" if self.measures is not None else "supplied"

    @property
    def formula(self) -> str:
        if self.denominator is None:
            return self.numerator
        loose = re.search(r" [−+] ", re.sub(r"\([^)]*\)", "", self.numerator))
        return f"({self.numerator}) / {self.denominator}" if loose else f"{self.numerator} / {self.denominator}"

    @property
    def definition(self) -> str:
        """Id and version: stored beside every value."""
        return f"{self.id}@{self.version}"


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom and when measures were taken.

    Args:
        population: in words. period: first and last business day, or None. connected: event kinds that some source delivers.
        unmeasurable: KPI ids that cannot be measured on this channel, with the reason.
        unrated: delivered messages without a price: the cost is then a lower bound, and nothing is divided by it.
        unconverted: cost lines in other currencies that no rate is told for: the same.
    """

    population: str
    currency: str
    level: float
    as_of: str
    period: dict[str, str] | None
    connected: frozenset[str]
    unmeasurable: Mapping[str, str]
    unrated: int = 0
    unconverted: int = 0


def evaluate(kpi: Kpi, measures: Mapping[str, int], scope: Scope) -> Figure:
    """The figure of a KPI from exact measures (counts; money in micro units).

    Unavailable: `no-source`, `not-measurable`, `empty-denominator`.
    """
    if (why := absent(kpi, scope)) is not None:
        return why
    assert kpi.measures is not None
    if (scope.unrated or scope.unconverted) and any(name is not None and "cost" in name for name in kpi.measures):
        return _lower_bound(kpi, measures, scope)
    above, below = kpi.measures
    if below is None:
        return _sum(kpi, measures[above], scope)
    if measures[below] == 0:
        return Unavailable(
            "empty-denominator", f"nothing to divide by: 0 {kpi.denominator}", "Wait for data, or check the period."
        )
    if kpi.bounded_by is not None:
        most = min(measures[above] + measures[kpi.bounded_by], measures[below])
        bounds = (measures[above] / measures[below], most / measures[below])
        return replace(
            _estimate(kpi, bounds[0], scope, n=measures[below], interval=bounds), level=None, method="bounds"
        )
    if kpi.spread_by is not None:
        return _spread(kpi, measures[above], measures[below], scope, spread=measures[kpi.spread_by])
    return _ratio(kpi, measures[above], measures[below], scope)


def absent(kpi: Kpi, scope: Scope) -> Unavailable | None:
    """Why a KPI has no figure whatever its measures are: not computed yet, refused on the channel, or nothing tells of it."""
    if kpi.missing is not None:
        return Unavailable("no-source", kpi.missing.why, kpi.missing.connect)
    if kpi.id in scope.unmeasurable:
        return Unavailable("not-measurable", scope.unmeasurable[kpi.id], "Read clicks, replies and orders instead.")
    missing = [kind for kind in kpi.needs if kind not in scope.connected]
    if missing:
        words = " or ".join(_TOLD.get(kind, kind) for kind in missing)
        return Unavailable("no-source", f"nothing connected tells of {words}", _connect(missing[0]))
    return None


def refusals(kpis: Iterable[Kpi], channels: Sequence[str]) -> dict[str, str]:
    """KPIs that cannot be measured on these channels, with the reason; the second kind of `Scope.unmeasurable`.

    A rate of read receipts over a channel without any would count "nobody can know" as "not read".
    """
    found = {}
    silent = [WITHOUT_RECEIPTS[channel] for channel in channels if channel in WITHOUT_RECEIPTS]
    for kpi in kpis:
        if kpi.receipts and silent and len(silent) == len(channels):
            found[kpi.id] = f"{' and '.join(silent)} sends no read receipts, so nobody can know"
        elif kpi.channels and channels and not set(kpi.channels) & set(channels):
            found[kpi.id] = f"it is told by {' and '.join(kpi.channels)} only, not by {' and '.join(channels)}"
    return found


def incomplete_cost(unrated: int, unconverted: int) -> Unavailable | None:
    """Why nothing is divided by a cost, None where it is whole.

    Args:
        unrated, unconverted: as in `Scope`.
    """
    if unrated:
        return Unavailable(
            "unrated-messages",
            f"{count(unrated, 'delivered message has', 'delivered messages have')} no price",
            "Map the messages' cost, or add the provider's bill: earnest cost add --covers messaging …",
        )
    if unconverted:
        return Unavailable(
            "no-rate",
            f"{count(unconverted, 'cost line is', 'cost lines are')} in another currency, without a rate for the day",
            "Tell the rate: earnest fx set. `earnest cost list` shows the lines.",
        )
    return None


def _lower_bound(kpi: Kpi, measures: Mapping[str, int], scope: Scope) -> Figure:
    """A cost with unpriced messages in it: itself a lower bound, a ratio of it nothing."""
    assert kpi.measures is not None
    above, below = kpi.measures
    if below is None and "less_cost" not in above and measures[above]:
        return replace(_sum(kpi, measures[above], scope), method="lower bound")
    why = incomplete_cost(scope.unrated, scope.unconverted)
    assert why is not None, "a cost is a lower bound for a reason"
    return why


_TOLD = {
    "click": "clicks", "reply": "replies", "opt": "opt-outs", "read": "reads", "tap": "taps on buttons", "order": "orders", "cost": "costs",
    "message": "messages of this campaign", "terms": "what the provider charges by", "survey_answer": "survey answers",
}  # fmt: skip


def _connect(kind: str) -> str:
    where = {
        "click": "Import clicks (`earnest import run FILE --as clicks`) or map clicked_at.",
        "reply": "Map replied_at, or import inbound messages as status `received`.",
        "tap": "Connect the provider's webhooks (`earnest source add`), or import them: files of messages tell of replies, not of taps.",
        "opt": "Map opted_out_at, or import opt-outs as status `opted_out`.",
        "read": "Map read_at, or import read statuses.",
        "message": "Import the campaign's messages (`earnest import run FILE --as messages`), or declare how they are recognised.",
        "survey_answer": "Invite people to a survey (`earnest survey invite`), or import answers (`earnest import run FILE --as answers`).",
        "terms": "Import the provider's webhooks (`earnest import run FILE --as whatsapp`).",
        "order": "Import orders (`earnest import run FILE --as orders`) or conversions.",
        "cost": "Add a cost line (`earnest cost add`) or map the messages' cost.",
    }
    return where.get(kind, f"Import {kind} events.")


def _sum(kpi: Kpi, value: int, scope: Scope) -> Estimate:
    money = Money.from_micro(value, scope.currency) if kpi.unit == "money" else None
    number = float(money.decimal) if money else float(value)
    return _estimate(kpi, number, scope, exact=money)


def _ratio(kpi: Kpi, above: int, below: int, scope: Scope) -> Estimate:
    if (
        kpi.unit == "share" and above > below
    ):  # more orders than clicks: a share of nothing, and no proportion's interval
        return _estimate(kpi, above / below, scope, n=below)
    if kpi.unit == "share":
        low, high = wilson_limits(above, below, scope.level)
        return _estimate(kpi, above / below, scope, n=below, interval=(low, high))
    if kpi.unit == "ratio":
        return _estimate(kpi, above / below, scope)
    value = Decimal(above) / Decimal(below) / MICRO_PER_MAJOR
    return _estimate(kpi, float(value), scope, n=below)


def _spread(kpi: Kpi, above: int, below: int, scope: Scope, *, spread: int) -> Estimate:
    """A figure whose interval needs more than its two measures."""
    if kpi.unit == "points":
        low, high = net_score_limits(above, spread, below, scope.level)
        found = _estimate(kpi, 100 * above / below, scope, n=below, interval=(100 * low, 100 * high))
        return replace(found, method="adjusted wald")
    effective = below * below / spread
    share = above / below
    interval = wilson_limits(share * effective if above < below else effective, effective, scope.level)
    return replace(_estimate(kpi, share, scope, n=int(effective), interval=interval), method="weighted wilson")


def _estimate(
    kpi: Kpi,
    value: float,
    scope: Scope,
    *,
    n: int | None = None,
    interval: tuple[float, float] | None = None,
    exact: Money | None = None,
) -> Estimate:
    low, high = interval if interval else (None, None)
    return Estimate(
        value=value,
        unit=scope.currency if kpi.unit == "money" else kpi.unit,
        low=low,
        high=high,
        level=scope.level if interval else None,
        method="wilson" if interval else "exact",
        n=n,
        population=scope.population,
        period=scope.period,
        basis=kpi.basis,
        definition=kpi.definition,
        as_of=scope.as_of,
        exact=exact,
    )
