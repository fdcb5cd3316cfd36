"""Last touch: all credit to the last qualifying touch before the conversion."""

from earnest.attribution.rule import RuleModel

MODEL = RuleModel(
    id="last_touch",
    label="Last touch",
    weight_sql="CASE WHEN place = touches THEN 1 ELSE 0 END",
    why="the default of most messaging suites; credits whoever spoke last, so it favours frequent senders",
)
