"""Fatigue: what one more message brings, by how many a person got lately, and from how many on it costs more than it brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.trends.clustered import ClusterSums, each_of


@dataclass(frozen=True, slots=True)
class Margin:
    """What a message of one ordinal brings.

    Args:
        ordinal: it was the person's so many-th message of the period.
        value, low, high: money a message, major units; the bounds of all ordinals hold together.
    """

    ordinal: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Turning:
    """From which message on a further one costs more than it brings.

    Args:
        pays_until: up to this message each one surely pays (0: not even the first). costs_from: from this one on surely none of those
            judged pays.
    """

    pays_until: int
    costs_from: int


def margins(
    sums: dict[int, ClusterSums], *, opt_outs: dict[int, float], price_variance: float, level: float
) -> list[Margin]:
    """What a message of each ordinal brings, with bounds that hold for all of them together.

    Args:
        sums: ordinal → clusters are contacts, n messages, y what they brought less what they and their opt-outs cost, major units.
        opt_outs: ordinal → opt-outs per message, which carry the price's own uncertainty.
        price_variance: of the price of an opt-out, major units squared.
    """
    one_level = each_of(level, len(sums))
    found = []
    for ordinal, one in sorted(sums.items()):
        ends = one.mean_interval(one_level, more_variance=opt_outs[ordinal] ** 2 * price_variance)
        if ends is not None:
            found.append(Margin(ordinal, one.ratio, *ends))
    return found


def turning(found: Sequence[Margin]) -> Turning | Unavailable:
    """From which message on a further one costs more than it brings, or why that cannot be told.

    It can where from some ordinal on every interval lies below 0.
    """
    if not found:
        return Unavailable("no-messages", "there are no messages to judge", "Import messages, answers and orders.")
    pays = 0
    for one in found:
        if one.low <= 0:
            break
        pays = one.ordinal
    costs = None
    for one in reversed(found):
        if one.high >= 0:
            break
        costs = one.ordinal
    if costs is None:
        last = found[-1]
        what = "each of them pays" if pays == last.ordinal else "the intervals of the last hold 0"
        return Unavailable(
            "cannot-be-told",
            f"up to {last.ordinal} messages were sent in the period, and {what}",
            "Let chance decide how often people are messaged: two groups, two frequencies, compared by what they buy.",
        )
    return Turning(pays, costs)


def break_even_price(found: ClusterSums, opt_out_share: float, *, unit: str, level: float) -> Figure:
    """Price of an opt-out at which a message brings as much as it costs, opt-outs included.

    Args:
        found: y is what messages brought less what they cost, opt-outs left out. opt_out_share: opt-outs per message.
    """
    if opt_out_share <= 0:
        return Unavailable("no-opt-outs", "nobody opted out after these messages", "Nothing to do.")
    ends = found.mean_interval(level)
    low, high = (None, None) if ends is None else (ends[0] / opt_out_share, ends[1] / opt_out_share)
    return Estimate(
        value=found.ratio / opt_out_share, unit=unit, low=low, high=high, level=level if ends else None, method="clustered ratio",
        n=int(found.n), population="messages", basis="attributed", definition="break_even_opt_out_price@1",
    )  # fmt: skip
