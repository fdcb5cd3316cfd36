"""When webhooks are received: seconds after, out of order, twice, and at times days late.

Late ones come as a provider retries a delivery: neighbours together, up to seven days after they happened.
"""

from __future__ import annotations

import numpy as np

from earnest.kernel.period import DAY_US, HOUR_US
from earnest.simulation.chance import SECOND_US, chosen
from earnest.simulation.plan import ShopPlan
from earnest.simulation.updates import Updates, together

LATEST_US = 7 * DAY_US
"""Nothing is received later than this after it happened."""

_TOGETHER = 25
_SHARE_SLOW = 0.05


def received(plan: ShopPlan, told: Updates, rng: np.random.Generator) -> Updates:
    """The updates up to the feed's end, in the order in which they are received, all of them before the end."""
    told = told.take(np.flatnonzero(told.at_us < plan.end_us))
    told = told.take(np.argsort(told.at_us, kind="stable"))
    count = len(told)
    lag = rng.exponential(2 * SECOND_US, count) + SECOND_US // 10
    lag += np.where(chosen(rng, _SHARE_SLOW, count), rng.uniform(0, 600 * SECOND_US, count), 0)
    groups = -(-count // _TOGETHER)
    delay = np.where(chosen(rng, plan.share_late, groups), rng.uniform(HOUR_US, LATEST_US - HOUR_US, groups), 0)
    first = told.at_us + lag.astype(np.int64) + np.repeat(delay.astype(np.int64), _TOGETHER)[:count]
    again = np.flatnonzero(chosen(rng, plan.share_duplicates, count))
    second = first[again] + rng.uniform(SECOND_US, 36 * HOUR_US, len(again)).astype(np.int64)
    second = np.minimum(second, told.at_us[again] + LATEST_US)
    everything = together([told.arriving(first), told.take(again).arriving(second)])
    everything = everything.arriving(np.minimum(everything.arrives_us, plan.end_us - 1))
    return everything.take(np.argsort(everything.arrives_us, kind="stable"))
