"""Journeys that came to nothing are cut as those that converted, so that the cut tells nothing of who bought."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from earnest.definitions.days import Days
from earnest.definitions.periods import read_period
from earnest.usecases.attribution_compare import compare_attribution
from earnest.usecases.attribution_paths import path_journeys
from earnest.usecases.attribution_units import bind_journeys, bind_units
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace

from .attribution_shop import phone

Import = Callable[..., Any]
Touch = tuple[str, str, str]
"""Campaign, `click` (counts 5 days) or `read` (counts 12 hours), and when in September."""
EXPIRING = (("a", "click", "01T10:00"), ("b", "read", "02T10:00"), ("a", "click", "04T10:00"))


def paths(workspace: Workspace, period: str | None = None) -> dict[tuple[str, ...], tuple[int, int]]:
    """Path → conversions, nulls."""
    days: Days | None = read_period(period, workspace.today(workspace.state())) if period else None
    with open_tables(workspace) as tables:
        names = [unit.name for unit in bind_units(tables, "campaign", None)]
        bind_journeys(tables, days)
        found = path_journeys(tables, names, unit_sql="SELECT * FROM unit_of", days=days)
    steps = [names[item] for item in found.items]
    ends = found.offsets
    return {
        tuple(steps[ends[at] : ends[at + 1]]): (int(found.conversions[at]), int(found.nulls[at]))
        for at in range(len(ends) - 1)
    }


def world(imported: Import, people: Sequence[tuple[Sequence[Touch], str | None]]) -> None:
    """Import what each person touched, and the order of those who bought."""
    messages, orders = [], []
    for who, (touches, ordered) in enumerate(people):
        for at, (campaign, kind, when) in enumerate(touches):
            moment = f"2026-09-{when}:00Z"
            answers = (moment, "") if kind == "read" else ("", moment)
            messages.append(",".join((f"m{who}-{at}", phone(who), campaign, "email", moment, moment, *answers)))
        if ordered:
            orders.append(f"o{who},{phone(who)},2026-09-{ordered}:00Z,10.00")
    imported("messages", "message_id,phone,campaign,channel,sent_at,delivered_at,read_at,clicked_at", *messages)
    if orders:
        imported("orders", "order_id,phone,ordered_at,amount", *orders)


def test_of_two_alike_the_one_who_buys_leaves_no_other_journey_than_the_one_who_does_not(
    workspace: Workspace, imported: Import
) -> None:
    world(imported, [(EXPIRING, "05T00:00"), (EXPIRING, None)])
    assert paths(workspace) == {("a", "a"): (1, 1)}, "b was too old for both; alone it was nobody's journey"


def test_a_long_window_bridges_what_came_after_a_short_one(workspace: Workspace, imported: Import) -> None:
    early = (("b", "read", "01T08:00"), ("a", "click", "01T10:00"), ("c", "click", "03T10:00"))
    world(
        imported, [(early, None), (early, "03T12:00"), ((("b", "read", "01T08:00"), ("b", "read", "09T08:00")), None)]
    )
    assert paths(workspace) == {("a", "c"): (1, 1), ("b",): (0, 2)}


def test_touches_after_the_order_are_a_journey_of_their_own(workspace: Workspace, imported: Import) -> None:
    after = (*EXPIRING, ("c", "click", "05T12:00"), ("b", "read", "06T10:00"))
    world(imported, [(after, "05T00:00")])
    assert paths(workspace) == {("a", "a"): (1, 0), ("c", "b"): (0, 1)}


def test_a_null_journey_is_of_the_period_in_which_it_ends_and_whole(workspace: Workspace, imported: Import) -> None:
    world(imported, [(EXPIRING, None)])
    assert paths(workspace, "2026-09-04") == {("a", "a"): (0, 1)}
    assert paths(workspace, "2026-09-01..2026-09-03") == {}


def test_where_nothing_has_an_effect_no_kind_of_touch_is_credited_more_than_another(
    workspace: Workspace, imported: Import
) -> None:
    """One in three buys whatever it touched: every coalition converts at 1/3, so each of three shares a third."""
    read = ("b", "read", "02T10:00")
    patterns: list[tuple[Sequence[Touch], str]] = []
    for first in "ac":
        for last in "ac":
            ends = (first, "click", "01T10:00"), (last, "click", "04T10:00")
            patterns += [(ends, "05T06:00"), ((ends[0], read, ends[1]), "05T06:00")]
        patterns.append((((first, "click", "01T10:00"), ("b", "read", "04T20:00")), "05T06:00"))
    patterns += [((("b", "read", "04T20:00"),), "05T06:00")] * 2
    world(imported, [(touches, at if buys else None) for touches, at in patterns for buys in (True, False, False)])
    assert all(nulls == 2 * conversions for conversions, nulls in paths(workspace).values())
    found = compare_attribution(workspace, only=["shapley_rate", "markov_1", "any_touch"])
    shapley = {claim.unit: claim.share for claim in found.claims_of("shapley_rate").claims}
    assert shapley == pytest.approx(dict.fromkeys("abc", 1 / 3), abs=0.001)
    touched = {claim.unit: claim.share for claim in found.claims_of("any_touch").claims}
    removal = {claim.unit: claim.share for claim in found.claims_of("markov_1").claims}
    assert removal == pytest.approx(touched, abs=0.02)
