"""Linear: equal credit to every qualifying touch; repeats count."""

from earnest.attribution.rule import RuleModel

MODEL = RuleModel(
    id="linear",
    label="Linear",
    weight_sql="1",
    why="no touch is presumed to matter more than another",
)
