"""Any touch: every channel of a journey gets all of it. What each sender would claim for itself."""

from __future__ import annotations

import numpy as np

from earnest.attribution.journeys.blocks import in_blocks
from earnest.attribution.journeys.distinct import distinct_touches
from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import Credit, JourneyModel
from earnest.attribution.journeys.weighing import by_code


def _credit(journeys: Journeys) -> Credit:
    entries, size = distinct_touches(journeys), len(journeys.channels)
    items, owner = journeys.items[entries], journeys.owners()[entries]
    conversions = by_code(items, journeys.conversions[owner], size)
    if journeys.value is None:
        return Credit(conversions)
    worth = journeys.value[owner]
    value = by_code(items, worth, size) / journeys.units
    if not journeys.exact:
        return Credit(conversions, value)
    exact = np.zeros(size, np.int64)
    np.add.at(exact, items, worth)
    return Credit(conversions, value, exact)


MODEL = JourneyModel(
    id="any_touch",
    label="Any touch",
    family="rule",
    definition="the whole journey to every channel that touched it; the credits add up to more than there is, on purpose",
    why="what each suite would claim by itself; the excess over 100 % is the overlap",
    reference="what senders' own dashboards report",
    credit=in_blocks(_credit),
    conserved=False,
)
