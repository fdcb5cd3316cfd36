"""Position: fixed shares to the touches with a role (first, milestones, last), the rest shared by the others.

With k touches that have no role, a role carries `k` times the ratio of the shares and each other touch 1. Roles that fall
on one touch add up, roles that nobody holds are left out, and with no other touches the roles share alike.
"""

from typing import TypedDict

from earnest.attribution.rule import RuleModel


class _Split(TypedDict):
    weight: str
    running: str
    whole: str


def _roles(places: tuple[str, ...], *, role: int, other: int) -> _Split:
    """Weight, running sum and whole of a model whose roles stand at `places`; the last of them may be null."""

    def held(condition: str) -> str:
        """How many roles stand where `condition` ({} is the role's place) holds; a role without a place holds nothing."""
        return " + ".join(f"CASE WHEN {condition.format(place)} THEN 1 ELSE 0 END" for place in places)

    def new(position: int) -> str:
        """Whether the role's touch holds none of the roles before it."""
        before = " AND ".join(f"({one} IS NULL OR {one} <> {places[position]})" for one in places[:position])
        return f" AND {before}" if before else ""

    distinct = " + ".join(f"CASE WHEN {place} IS NOT NULL{new(i)} THEN 1 ELSE 0 END" for i, place in enumerate(places))
    passed = " + ".join(f"CASE WHEN {place} <= place{new(i)} THEN 1 ELSE 0 END" for i, place in enumerate(places))
    others = f"(touches - ({distinct}))"
    unit = f"CASE WHEN {others} = 0 THEN 1 ELSE {role} * {others} END"
    here = held("{} = place")
    return {
        "weight": f"({unit}) * ({here}) + CASE WHEN ({here}) = 0 THEN {other} ELSE 0 END",
        "running": f"({unit}) * ({held('{} <= place')}) + {other} * (place - ({passed}))",
        "whole": f"({unit}) * ({held('{} IS NOT NULL')}) + {other} * {others}",
    }


MODELS = (
    RuleModel(
        id="position_u",
        label="Position (U)",
        definition="40 % to the first touch, 40 % to the last, 20 % shared by those between; two touches share alike",
        weight="CASE WHEN touches > 2 AND (place = 1 OR place = touches) THEN 2 * (touches - 2) ELSE 1 END",
        running=(
            "CASE WHEN touches <= 2 THEN place WHEN place = touches THEN 5 * (touches - 2)"
            " ELSE 2 * (touches - 2) + place - 1 END"
        ),
        whole="CASE WHEN touches <= 2 THEN touches ELSE 5 * (touches - 2) END",
        why="who opened and who closed are presumed to matter most",
        source="Google Analytics (Universal) position based model",
    ),
    RuleModel(
        id="position_w",
        label="Position (W)",
        definition=(
            "30 % each to the first touch, the milestone (the first message answered) and the last, 10 % shared by the others;"
            " roles on one touch add up, a missing one is left out and the rest scaled up"
        ),
        **_roles(("1", "touches", "milestone_place"), role=3, other=1),
        why="the first answer is presumed to matter as much as opening and closing",
    ),
    RuleModel(
        id="full_path",
        label="Full path (Z)",
        definition=(
            "22.5 % each to the first touch, the lead (first click or reply), the opportunity (first reply) and the last, 10 %"
            " shared by the others; roles on one touch add up, a missing one is left out and the rest scaled up"
        ),
        **_roles(("1", "touches", "lead_place", "milestone_place"), role=9, other=4),
        why="each step deeper into the funnel is presumed to matter as much as opening and closing",
    ),
)
