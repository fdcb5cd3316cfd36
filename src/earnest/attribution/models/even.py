"""Equal credit: to every touch, or to every unit (campaign, channel …) that touched."""

from earnest.attribution.rule import RuleModel

MODELS = (
    RuleModel(
        id="linear",
        label="Linear",
        definition="1/n to each of n qualifying touches; repeats count",
        weight="1",
        running="place",
        whole="touches",
        rows=True,
        why="no touch is presumed to matter more than another",
    ),
    RuleModel(
        id="linear_unique",
        label="Linear over unique units",
        definition="1/m to each of the m distinct units (campaigns, channels …) in the journey, however often they touched",
        weight="CASE WHEN unit_place = 1 THEN 1 ELSE 0 END",
        by_unit=True,
        why="no unit is presumed to matter more than another; the same as Shapley values of conversions",
        source="Zhao, Mahboobi, Bagheri, arXiv 1804.05327 (simplified Shapley)",
    ),
)
