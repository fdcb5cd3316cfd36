"""Goals of the campaign, each held against its figure: reached, not reached, or not to be told yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from earnest.kernel.estimate import Estimate, Figure
from earnest.reports.blocks import Block, Table
from earnest.reports.words import Words, terms
from earnest.reports.words.formats import plain
from earnest.reports.words.units import figure as in_words
from earnest.verdict.goal import GoalStanding
from earnest.verdict.story import CampaignStory


@dataclass(frozen=True, slots=True)
class GoalLine:
    """One goal and how it stands.

    Args:
        kpi, name: id and name of the KPI. aim: the target in words: `≥ 12 %`. by: last day of sends that count, ISO.
        figure: what was measured on the goal's days, or why nothing could be.
    """

    kpi: str
    name: str
    aim: str
    by: str
    standing: GoalStanding
    figure: Figure


def section(reached: Sequence[GoalLine]) -> Callable[[CampaignStory, Words], tuple[Block, ...]]:
    """The section of these goals; it says nothing where there are none."""

    def blocks(_story: CampaignStory, words: Words) -> tuple[Block, ...]:
        if not reached:
            return ()
        header = (words.say("Goal"), words.say("Target"), words.say("Due"), words.say("Measured"), words.say("State"))
        rows = tuple(_row(line, words) for line in reached)
        return (Table(_finding(reached, words), words.say("What was wanted, and what came"), header, rows, texts=1),)

    return blocks


def _finding(lines: Sequence[GoalLine], words: Words) -> str:
    hit = sum(line.standing is GoalStanding.REACHED for line in lines)
    missed = sum(line.standing is GoalStanding.NOT_REACHED for line in lines)
    if hit + missed == 0:
        return words.say("Whether the goals are reached cannot be told yet")
    all_ = words.formats.count(len(lines))
    return words.count("%(n)s goal of %(all)s is reached", "%(n)s goals of %(all)s are reached", hit, all=all_)


def _row(line: GoalLine, words: Words) -> tuple[str, ...]:
    name = terms.kpi(line.kpi, line.name, words)
    return (name, plain(line.aim), words.formats.day(line.by), _measured(line, words), _state(line, words))


def _measured(line: GoalLine, words: Words) -> str:
    """The point only where something can be told by it, else the ends of its interval."""
    found = line.figure
    if not isinstance(found, Estimate):
        return words.say("n/a")
    told = line.standing in (GoalStanding.REACHED, GoalStanding.NOT_REACHED)
    if found.low is None or found.high is None:
        return in_words(line.kpi, found.value, found, words) if told else words.say("n/a")
    if told and found.method != "bounds":
        return in_words(line.kpi, found.value, found, words)
    low, high = (in_words(line.kpi, end, found, words, point=False) for end in (found.low, found.high))
    return words.say("%(low)s to %(high)s", low=low, high=high)


def _state(line: GoalLine, words: Words) -> str:
    said = {
        GoalStanding.REACHED: words.say("reached"),
        GoalStanding.NOT_REACHED: words.say("not reached"),
        GoalStanding.CANNOT_TELL: words.say("cannot be told yet"),
        GoalStanding.UNAVAILABLE: words.say("no figure"),
    }
    return said[line.standing]
