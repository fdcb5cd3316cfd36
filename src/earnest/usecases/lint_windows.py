"""Whether two campaigns, or two periods of one, can be held against each other: like with like, and both over."""

from __future__ import annotations

from collections.abc import Iterator

from earnest.definitions.days import Days, differences
from earnest.definitions.goal import Goal
from earnest.kernel.period import day_end_us, moment_of, zone
from earnest.usecases.goals import late_us
from earnest.usecases.lint_fault import Fault
from earnest.usecases.plan import Plan

_UNEQUAL = "A figure of other days, of other length or season, differs for that reason alone."
_OPEN = "What is not over yet only becomes more: the younger side always looks worse."
_LOOK_BACK = "With a longer look-back the same orders give more credit."
_OUTCOMES = "More days after the assignment hold more orders."
_DENOMINATOR = "A share of another whole is another figure, whatever it is called."
_CURRENCY = "Amounts in two currencies are not larger or smaller than each other."
_BY_ACCEPTANCE = ("email", "push", "webpush")
"""Channels on which delivered means that a server took it, not that a device has it."""
_LOOK_BACKS = ("lookback_reply_days", "lookback_click_days", "lookback_read_hours", "lookback_delivered_hours")

Found = tuple[str, str, Fault]
"""Code, why it matters, fault."""


def against(plan: Plan, other: Plan) -> list[Found]:
    """What forbids to compare a campaign with another."""
    found: list[Found] = []
    days = _days_of(plan, other)
    for side in (plan, other):
        if side.sent_days is None and days is None:
            what = f"nothing was sent for {side.id}, and no goal says on which days it will be"
            found.append(
                ("window-open", _OPEN, Fault(what, f"earnest goal set {side.id} KPI --from … --by …", "warning"))
            )
        elif side.closes_us is None or side.now_us < side.closes_us:
            found.append(("window-open", _OPEN, _still_open(side.id, side.closes_us)))
    if days is not None:
        found += [*_unequal(*days), *_look_backs(plan, *days)]
    found += [("outcome-window-differs", _OUTCOMES, fault) for fault in _outcomes(plan, other)]
    found += [("denominator-differs", _DENOMINATOR, fault) for fault in _denominators(plan, other)]
    found += [("currency-differs", _CURRENCY, fault) for fault in _currencies(plan, other)]
    return found


def periods(plan: Plan, one: Days, other: Days) -> list[Found]:
    """What forbids to compare two periods of a campaign."""
    found: list[Found] = list(_unequal(one, other))
    tz = zone(plan.state.timezone)
    for days in (one, other):
        closes_us = day_end_us(days.last, tz) + late_us(plan.state, days.last)
        if plan.now_us < closes_us:
            found.append(("window-open", _OPEN, _still_open(str(days), closes_us)))
    return [*found, *_look_backs(plan, one, other)]


def _unequal(one: Days, other: Days) -> Iterator[Found]:
    found = differences(one, other)
    if found:
        yield (
            "unequal-windows",
            _UNEQUAL,
            Fault(
                "; ".join(words for _, words in found),
                "Compare as many days with the same weekdays, such as whole weeks of the same season.",
                facts={"aspects": [aspect for aspect, _ in found]},
            ),
        )


def _still_open(name: str, closes_us: int | None) -> Fault:
    until = f"until {moment_of(closes_us):%Y-%m-%d %H:%M} UTC" if closes_us is not None else "as nothing was sent yet"
    return Fault(
        f"{name} is open {until}: replies, clicks and orders may still come",
        "Wait until then, and compare afterwards.",
        facts={"closes": moment_of(closes_us).isoformat() if closes_us is not None else None},
    )


def _look_backs(plan: Plan, one: Days, other: Days) -> Iterator[Found]:
    for name in _LOOK_BACKS:
        values = [plan.state.setting(name, days.first) for days in (one, other)]
        if values[0] != values[1]:
            fault = Fault(
                f"{name} was {values[0]} on {one.first}, and {values[1]} on {other.first}",
                "Judge both as of an instant at which the same look-back was in force (--as-of).",
                facts={"setting": name},
            )
            yield "look-back-differs", _LOOK_BACK, fault


def _outcomes(plan: Plan, other: Plan) -> Iterator[Fault]:
    one, two = plan.experiment, other.experiment
    if one is not None and two is not None and one.window_days != two.window_days:
        yield Fault(
            f"outcomes count for {one.window_days} days in {one.id}, and for {two.window_days} in {two.id}",
            "Compare what both have: figures of the shorter window, from a table of units: earnest experiment analyze FILE",
            facts={"window_days": [one.window_days, two.window_days]},
        )
    elif (one is None) != (two is None):
        without = other if two is None else plan
        yield Fault(
            f"{without.id} has no hold-out: what it would have earned anyway is unknown, of the other it is known",
            "Compare only what both have: figures that are counted, not caused.",
            "warning",
        )


def _denominators(plan: Plan, other: Plan) -> Iterator[Fault]:
    sent = plan.last_send_us is not None and other.last_send_us is not None
    by = [any(channel in _BY_ACCEPTANCE for channel in side.channels) for side in (plan, other)]
    if sent and plan.channels and other.channels and by[0] != by[1]:
        yield Fault(
            f"delivered means arrived on a device for one of {plan.id} ({', '.join(plan.channels)}) and {other.id}"
            f" ({', '.join(other.channels)}), and taken by a server for the other",
            "Compare what is counted per message sent, or campaigns of the same channel.",
        )
    mine, theirs = _definitions(plan.goals), _definitions(other.goals)
    for kpi in sorted(mine.keys() & theirs.keys()):
        if mine[kpi] != theirs[kpi]:
            yield Fault(
                f"the goals for {kpi} were set for {mine[kpi]} and {theirs[kpi]}",
                "Set the older one again, by today's definition.",
                facts={"kpi": kpi},
            )
    unpriced = [side.id for side in (plan, other) if side.measured.cost.unrated]
    if sent and len(unpriced) == 1:
        yield Fault(
            f"delivered messages of {unpriced[0]} have no price, so its cost is a lower bound and the other's is not",
            "Map the messages' cost, or add the bill: earnest cost add --covers messaging …",
        )


def _currencies(plan: Plan, other: Plan) -> Iterator[Fault]:
    sides = [
        {line.currency for line in side.measured.provider.charges if line.micro is not None} for side in (plan, other)
    ]
    if sides[0] and sides[1] and sides[0] != sides[1]:
        yield Fault(
            f"messages of {plan.id} are charged in {', '.join(sorted(sides[0]))}, of {other.id} in {', '.join(sorted(sides[1]))}",
            "Add both bills in the workspace's currency: earnest cost add --covers messaging …",
        )


def _definitions(goals: list[Goal]) -> dict[str, str]:
    return {goal.kpi: goal.definition for goal in goals}


def _days_of(plan: Plan, other: Plan) -> tuple[Days, Days] | None:
    """Days of the sends of both; before, the days that goals give to both."""
    sides = (plan, other)
    for found in ([side.sent_days for side in sides], [_planned(side) for side in sides]):
        if found[0] is not None and found[1] is not None:
            return found[0], found[1]
    return None


def _planned(plan: Plan) -> Days | None:
    return next((goal.days for goal in plan.goals if goal.days is not None), None)
