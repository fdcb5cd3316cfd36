"""How many people a hold-out takes to tell whether a campaign pays for itself."""

from __future__ import annotations

from dataclasses import dataclass

from earnest.incrementality.sample_size import POWER, units_for_shares
from earnest.kernel.money import exponent
from earnest.kernel.period import DAY_US
from earnest.usecases.next_steps.ground import Ground
from earnest.verdict.story import CampaignStory

HELD_OUT = 0.1
WINDOW_DAYS = 14
_LEAST_BUYERS = 20


@dataclass(frozen=True, slots=True)
class Size:
    """What it takes to tell a campaign that just pays for itself from one without effect.

    Args:
        people: who got it. buyers: of them, within 14 days of it. needed: people of both arms, a tenth held out.
        lift: extra buyers per person at which it breaks even, 0–1.
    """

    people: int
    buyers: int
    lift: float
    needed: int

    @property
    def share(self) -> float:
        return self.buyers / self.people

    def sentence(self) -> str:
        """The size in words."""
        return (
            f"To find the lift at which it breaks even (from {self.share:.2%} to {self.share + self.lift:.2%} buyers in {WINDOW_DAYS} days) in"
            f" {POWER:.0%} of cases takes {self.needed:,} people, a tenth held out; {self.people:,} were reached."
        )


def size_of(ground: Ground, story: CampaignStory) -> Size | None:
    """The size for a campaign like this one; None without a margin, a cost or 20 buyers to start from."""
    margin = ground.tables.state.margin(ground.tables.day)
    ((people, buyers, net, orders),) = ground.rows(_BUYERS, story.campaign, WINDOW_DAYS * DAY_US)
    if margin is None or not people or buyers < _LEAST_BUYERS or not net or story.cost_total.minor <= 0:
        return None
    basket = float(net) / orders / 10 ** exponent(story.currency)
    lift = float(story.cost_total.decimal) / (people * basket * (orders / buyers) * float(margin))
    share = buyers / people
    if lift <= 0 or share + lift >= 1:
        return None
    return Size(
        int(people), int(buyers), lift, units_for_shares(share, share + lift, held_out=HELD_OUT, level=story.level)
    )


_BUYERS = """
WITH reached AS (
    SELECT m.contact_key, MIN(m.send_us) AS send_us FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key
    WHERE l.campaign = $1 AND m.delivered_us IS NOT NULL GROUP BY m.contact_key
)
SELECT (SELECT count(*) FROM reached), count(DISTINCT c.contact_key), CAST(COALESCE(sum(c.net_minor), 0) AS BIGINT), count(*)
FROM reached AS r JOIN conversion AS c ON r.contact_key = c.contact_key
WHERE c.cancelled = 0 AND c.net_minor > 0 AND c.ordered_us >= r.send_us AND c.ordered_us < r.send_us + $2
"""
