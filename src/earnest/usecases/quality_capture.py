"""How many of finance's orders came here: declared by whoever can count them, and compared with the orders of the same days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.audit.uncertainty import Share
from earnest.definitions.quality import Capture
from earnest.kernel.errors import UsageError
from earnest.kernel.period import day_number
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse import duck


@dataclass(frozen=True, slots=True)
class Captured:
    """What finance counts beside what came here, over all declared periods."""

    finance: int
    here: int

    @property
    def rate(self) -> float:
        """Share of finance's orders that came here, at most 1."""
        return min(1.0, self.here / self.finance)

    @property
    def share(self) -> Share:
        """The rate with its uncertainty."""
        return Share.of(min(self.here, self.finance), self.finance)

    def to_json(self) -> dict[str, Any]:
        return {"finance": self.finance, "here": self.here, "rate": self.rate}


def declare_capture(workspace: Workspace, capture: Capture) -> None:
    """Journal how many orders finance counts in a period; the last one about the same first day holds.

    Raises:
        UsageError: `period-reversed`, `no-orders-counted`.
    """
    if capture.until <= capture.since:
        raise UsageError(
            "period-reversed", "the period ends before it starts", hint="--until is exclusive, after --from."
        )
    if capture.orders < 1:
        raise UsageError("no-orders-counted", f"finance counts {capture.orders} orders", hint="At least one is needed.")
    workspace.record("quality.capture", capture.to_json())


def captured(tables: Tables) -> Captured | None:
    """Finance's orders and ours of the declared periods; None where nothing is declared."""
    known = tables.state.captures
    if not known:
        return None
    here = sum(
        duck.scalar(
            tables.con,
            "SELECT count(*) FROM conversion WHERE cancelled = 0 AND order_day >= $1 AND order_day < $2",
            [day_number(one.since), day_number(one.until)],
        )
        for one in known.values()
    )
    return Captured(sum(one.orders for one in known.values()), here)
