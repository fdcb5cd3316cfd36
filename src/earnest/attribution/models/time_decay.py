"""Time decay: a touch weighs half as much for each half-life that lies between it and the journey's end."""

from earnest.attribution.rule import RuleModel
from earnest.kernel.period import DAY_US

_DEFINITION = (
    "2^(−age / {half_life}), normalised; age counts back from the conversion (from the last touch gives the same shares),"
    " in 1,024ths of the half-life"
)

MODELS = (
    RuleModel(
        id="time_decay_7d",
        label="Time decay, 7 days",
        definition=_DEFINITION.format(half_life="7 days"),
        weight="decay",
        half_life_us=7 * DAY_US,
        why="later touches are presumed to matter more; seven days is what web analytics used",
        source="Google Analytics (Universal) time decay model, half-life of 7 days",
    ),
    RuleModel(
        id="time_decay_24h",
        label="Time decay, 24 hours",
        definition=_DEFINITION.format(half_life="24 hours"),
        weight="decay",
        half_life_us=DAY_US,
        why="as seven days, but for messages, which are mostly read within the hour",
    ),
)
