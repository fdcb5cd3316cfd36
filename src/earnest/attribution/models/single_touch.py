"""All credit to one touch: the first, or the last."""

from earnest.attribution.rule import RuleModel

MODELS = (
    RuleModel(
        id="first_touch",
        label="First touch",
        definition="all to the first qualifying touch",
        weight="CASE WHEN place = 1 THEN 1 ELSE 0 END",
        running="1",
        whole="1",
        why="credits whoever spoke first in the window; what happened after counts for nothing",
    ),
    RuleModel(
        id="last_touch",
        label="Last touch",
        definition="all to the last qualifying touch before the conversion",
        weight="CASE WHEN place = touches THEN 1 ELSE 0 END",
        running="CASE WHEN place = touches THEN 1 ELSE 0 END",
        whole="1",
        rows=True,
        why="the default of most messaging suites; credits whoever spoke last, so it favours frequent senders",
    ),
)
