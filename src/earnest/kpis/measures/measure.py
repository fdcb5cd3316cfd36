"""What a measure declares: the rows whose amounts add up to it, the day they count on, and the rollup that holds their sum.

rows ── SUM(amount) by label and day ──> the same numbers as ── cell: SUM(column) of a rollup by label and day
"""

from __future__ import annotations

from dataclasses import dataclass

DAYS = {
    "send": "day the message was sent",
    "order": "day of the order",
    "cost": "day the cost falls on",
    "answer": "day of the answer",
    "round": "day the round of invitations began",
}
"""Days that rows count on, as a `period` and a `grain` cut them."""


@dataclass(frozen=True, slots=True)
class Measure:
    """An exact sum of integers.

    Args:
        id: its name in `Kpi.measures`. meaning: what is summed, in words.
        rows: a SELECT over the tables. Columns: `label_key`, or `campaign` where no message is known; `day`, the number of the
            business day that `day` names; `amount` BIGINT, last; and what tells one row from another: `message_key`,
            `contact_key`, `order_key`, `at_us` … `{minor}` in it is micro units per minor unit of the currency, `{model}` the
            attribution model and `{credit}` where its credits stand. Money is in micro units.
        day: which day a row counts on, one of `DAYS`.
        cell: rollup and the SQL of its column (over the rollup's columns and those of `label_campaign`) whose sum by label and
            `<day>_day` is the rows' sum; None where no rollup holds it.
        once_by: column of `rows` that is counted once in a group, whatever its rows: people who bought, not purchases. Such a
            measure does not add over groups.
        made_of: measures and signs that it is the sum of; then `rows` are theirs.
        lines: SELECT of what people know behind it, where `rows` is only its spread over days: over `campaign_cost`, the ledger
            lines of the campaign asked for.
    """

    id: str
    meaning: str
    rows: str
    day: str
    cell: tuple[str, str] | None = None
    once_by: str | None = None
    made_of: tuple[tuple[str, int], ...] = ()
    lines: str | None = None

    def __post_init__(self) -> None:
        assert self.day in DAYS, f"measure {self.id} counts on '{self.day}', which is none of {', '.join(DAYS)}"
