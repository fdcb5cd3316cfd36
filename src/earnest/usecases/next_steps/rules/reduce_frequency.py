"""Messages of an ordinal that surely cost more than they bring: send people fewer."""

from __future__ import annotations

from collections.abc import Iterator

from earnest.kernel.estimate import Estimate
from earnest.trends.fatigue import Turning
from earnest.usecases.fatigue import fatigue_in
from earnest.usecases.next_steps.ground import Ground
from earnest.usecases.next_steps.step import Rule, Step


def find(ground: Ground) -> Iterator[Step]:
    """One step, where from some message on each costs more than it brings."""
    for days in (7, 30):
        found = fatigue_in(ground.tables, days=days)
        turn = found.turning
        if not isinstance(turn, Turning):
            continue
        beyond = [(band.messages, band.brings) for band in found.bands if band.ordinal >= turn.costs_from]
        known = [
            (messages, one)
            for messages, one in beyond
            if isinstance(one, Estimate) and one.low is not None and one.high is not None
        ]
        value, low, high = (sum(-messages * end for messages, end in ends) for ends in _ends(known))
        number = sum(messages for messages, _ in known)
        yield Step(
            code="reduce-frequency",
            campaign=None,
            action=f"Send nobody more than {turn.costs_from - 1} messages in {days} days, and test it on a random half first.",
            why=(
                f"The {turn.costs_from}th and later messages in {days} days ({number:,} so far) bring less than they and their opt-outs cost.",
                "An association: whoever gets many messages differs from whoever gets few; two frequencies chosen by chance would prove it.",
            ),
            value=Estimate(value, ground.tables.state.currency, low=min(low, high), high=max(low, high), level=found.level,
                method="ratio, contacts as clusters", n=number, population="messages beyond it so far", basis="attributed",
                definition="frequency_loss@1"),
            value_means="what messages beyond that number lost so far",
            certainty="claimed",
            effort="hours",
            evidence=(f"earnest fatigue show --days {days}", "earnest optout price"),
        )  # fmt: skip
        return


def _ends(known: list[tuple[int, Estimate]]) -> tuple[list[tuple[int, float]], ...]:
    points = [(messages, one.value) for messages, one in known]
    return (
        points,
        [(messages, one.low or 0.0) for messages, one in known],
        [(messages, one.high or 0.0) for messages, one in known],
    )


RULE = Rule("reduce-frequency", "from some message on, each surely costs more than it brings", find, of_campaigns=False)
