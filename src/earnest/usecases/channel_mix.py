"""Channels within the same campaigns: a difference over everything is also one of what was sent where.

Two campaigns may each do worse on a channel that does better over both, because the better campaign was sent there (Simpson).
The standardised difference weighs the differences within campaigns by how much they tell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scipy import special

from earnest.definitions.campaign import UNASSIGNED
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.finding import Finding
from earnest.kpis.kpi import Kpi
from earnest.usecases.kpi_sums import Group, Key

MOVED = 0.5
"""A mix that moves the difference by more than this share of it is told."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """A campaign that sends on both channels: x of n on the one, y of m on the other."""

    x: int
    n: int
    y: int
    m: int


def strata(kpi: Kpi, pair: tuple[str, str], sums: Mapping[Key, Group]) -> list[Stratum]:
    """The campaigns that send on both channels.

    Args:
        pair: the one and the other channel. sums: by channel and campaign.
    """
    assert kpi.measures is not None
    above, below = kpi.measures
    assert below is not None
    one, other = ({key[1]: group.sums for key, group in sums.items() if key[0] == channel} for channel in pair)
    both = [name for name in one if name in other and name != UNASSIGNED and one[name][below] and other[name][below]]
    return [Stratum(one[name][above], one[name][below], other[name][above], other[name][below]) for name in both]


def standardised(raw: Figure, met: Sequence[Stratum], effects: tuple[float, float], level: float) -> Figure:
    """The difference of two shares within campaigns, Mantel–Haenszel weights.

    Args:
        raw: the difference over everything. effects: design effect of the one and the other channel, as contacts get several messages.

    Source: Mantel & Haenszel, JNCI 22 (1959) 719–748; variance Greenland & Robins, Biometrics 41 (1985) 55–68, each channel's
    part times its design effect.
    """
    if isinstance(raw, Unavailable):
        return raw
    if not met:
        return Unavailable(
            "no-common-campaign",
            "no campaign sends on both channels, so the channels cannot be told from what was sent",
            "Send one campaign on both.",
        )
    if any(one.x > one.n or one.y > one.m for one in met):
        return Unavailable(
            "not-a-share", "a campaign has more of them than messages in these days", "Take a longer period."
        )
    weight = sum(one.n * one.m / (one.n + one.m) for one in met)
    value = sum((one.x * one.m - one.y * one.n) / (one.n + one.m) for one in met) / weight
    variance = sum(_variance(one, effects) for one in met) / weight**2
    told = (
        f"messages of the {len(met)} campaigns that send on both"
        if len(met) > 1
        else "messages of the campaign that sends on both"
    )
    found = replace(raw, value=value, low=None, high=None, level=None, method="no-variation", population=told)
    if not variance > 0:
        return found
    half = float(special.ndtri((1 + level) / 2)) * math.sqrt(variance)
    method = "mantel-haenszel" + (", clustered by contact" if max(effects) > 1 else "")
    return replace(found, low=max(value - half, -1.0), high=min(value + half, 1.0), level=level, method=method)


def _variance(one: Stratum, effects: tuple[float, float]) -> float:
    first = effects[0] * one.x * (one.n - one.x) * one.m**3
    second = effects[1] * one.y * (one.m - one.y) * one.n**3
    return (first + second) / (one.n * one.m * (one.n + one.m) ** 2)


def mix_differs(kpi: Kpi, pair: tuple[str, str], raw: Figure, within: Figure) -> Finding | None:
    """The finding that the difference of two channels is that of their campaigns, or None."""
    if not isinstance(raw, Estimate) or not isinstance(within, Estimate) or (_open(raw) and _open(within)):
        return None
    if raw.value * within.value >= 0 and abs(raw.value - within.value) <= MOVED * abs(raw.value):
        return None
    one, other = pair
    return Finding(
        "mix-differs",
        "warns",
        f"{kpi.id}: {one} less {other} is {_points(raw)} over everything, and {_points(within)} within the campaigns that send on both:"
        " much of the difference is one of what was sent where",
        "Read the difference within campaigns, or compare one: --filter campaign=ID.",
        facts={"kpi": kpi.id, "channels": list(pair), "raw": raw.value, "standardised": within.value},
    )


def _open(found: Estimate) -> bool:
    """Whether there may be no difference at all."""
    return found.low is not None and found.high is not None and found.low <= 0 <= found.high


def _points(found: Estimate) -> str:
    return f"{100 * found.value:+.1f} points".replace("-", "−")
