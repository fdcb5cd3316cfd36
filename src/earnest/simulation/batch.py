"""One campaign × one block: the unit in which messages are made and written, and the ids it may give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earnest.simulation.chance import Ints
from earnest.simulation.outreach import Outreach
from earnest.simulation.people import BLOCK, People
from earnest.simulation.plan import CampaignPlan

MESSAGE_PREFIX, MESSAGE_SUFFIX = "wamid.HBgSIM", "AA="

MESSAGES_PER_CAMPAIGN = 100_000_000
_CLICKS_PER_BATCH = 10_000_000
_BLOCKS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Batch:
    """A campaign (and its number in the plan's order of sending), a block of people, and what was sent to them."""

    campaign: CampaignPlan
    number: int
    group: People
    sends: Outreach

    @property
    def block(self) -> int:
        """Number of the block."""
        return self.group.first // BLOCK

    @property
    def message_numbers(self) -> Ints:
        """Number of each message: campaign, then customer."""
        return np.asarray((self.number + 1) * MESSAGES_PER_CAMPAIGN + self.group.first + self.sends.treated)

    @property
    def first_click(self) -> int:
        """Number of the batch's first click."""
        return ((self.number + 1) * _BLOCKS_MAX + self.block) * _CLICKS_PER_BATCH
