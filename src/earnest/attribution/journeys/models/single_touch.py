"""All credit to one touch: the first, or the last."""

from earnest.attribution.journeys.blocks import in_blocks
from earnest.attribution.journeys.model import JourneyModel
from earnest.attribution.journeys.weighing import picked_credit

MODELS = (
    JourneyModel(
        id="first_touch",
        label="First touch",
        family="rule",
        definition="all to the first touch",
        why="credits whoever spoke first; what happened after counts for nothing",
        reference="the suites' first interaction model",
        credit=in_blocks(lambda journeys: picked_credit(journeys, journeys.first)),
    ),
    JourneyModel(
        id="last_touch",
        label="Last touch",
        family="rule",
        definition="all to the last touch before the conversion",
        why="the default of most messaging suites; credits whoever spoke last, so it favours frequent senders",
        reference="the suites' last interaction model",
        credit=in_blocks(lambda journeys: picked_credit(journeys, journeys.last)),
    ),
)
