"""What an audit check declares: a question, the rows that fail it, how much of that is tolerated, and what it is worth.

    audit/checks/<slug>.py: CHECK = Check("refunds-above-order", …, offending="SELECT … ", effect=left_out)

`offending` returns the rows that fail. Columns that it leaves out are null; it has of these what explains the row:

    kind             order, message, response, unit, cost, import, setting, source, day or contact
    key              order_key, message_key, response_key, contact_key …: what is left out when the row is
    id, why          what people know the row by, and what is wrong with it
    campaign         filled in for orders (by last touch), messages and responses
    at_us            when it happened
    amount_minor     what it is worth as it stands, in minor units
    corrected_minor  of orders: the net revenue without the defect; null leaves the order out
    corrected_us     of orders and responses: when it truly happened, so that it is moved instead of left out
    cost_micro       of costs: what the defect adds to the cost (negative where cost is missing)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from earnest.audit.effect import Effects
from earnest.audit.ground import Ground
from earnest.kernel.declared import declared, look_up
from earnest.kernel.errors import NotFound
from earnest.kernel.estimate import Unavailable
from earnest.kernel.finding import Severity


class Part(Enum):
    """A part of the data quality score. The order is that of lists."""

    COMPLETENESS = "completeness"
    VALIDITY = "validity"
    IDENTITY = "identity"
    TIMELINESS = "timeliness"
    CONSISTENCY = "consistency"
    COST = "cost"
    EXPERIMENT = "experiment"
    CONSENT = "consent"


EffectRule = Callable[[Ground, str], Effects | Unavailable]
"""What a defect adds to the figures, from the connection and the name of the table that holds the offending rows."""

TESTED: Mapping[str, str] = {
    "orders": "SELECT order_key AS key, 'order' AS kind FROM conversion",
    "matched orders": "SELECT order_key AS key, 'order' AS kind FROM conversion WHERE contact_key IS NOT NULL",
    "messages": "SELECT message_key AS key, 'message' AS kind FROM message",
    "delivered": "SELECT message_key AS key, 'message' AS kind FROM message WHERE delivered_us IS NOT NULL",
    "responses": "SELECT response_key AS key, 'response' AS kind FROM response",
    "clicks": "SELECT response_key AS key, 'response' AS kind FROM response WHERE response_kind = 'click'",
    "refunds": "SELECT event_key AS key, 'refund' AS kind FROM event_refund",
    "units": "SELECT contact_key AS key, 'unit' AS kind, campaign FROM audit_unit",
    "contacts": "SELECT DISTINCT contact_key AS key, 'contact' AS kind FROM message WHERE contact_key IS NOT NULL",
    "cost lines": "SELECT line AS key, 'cost' AS kind, campaign FROM audit_ledger",
    "imported rows": "SELECT seq AS key, 'import' AS kind, rows AS times FROM audit_import_file",
    "campaigns": "SELECT 0 AS key, 'campaign' AS kind, campaign FROM audit_campaign",
    "sources": "SELECT 0 AS key, 'source' AS kind FROM audit_source",
}
"""What a check can be made on, by the words it is told in; or a SELECT of its own, with `key` and `kind`."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Args:
        code: stable kebab code. part: of the score. question: what it asks, answered yes where all is well.
        severity: what a reader may not say while it fails, see `kernel.finding`.
        threshold: share of the tested rows up to which it passes; `reason`: why that much.
        offending: SELECT of the failing rows, see above. tested: a key of `TESTED`, or a SELECT like those.
        kpis: ids of the KPIs that it touches. remedy: what to do. effect: what the defect is worth.
        told: codes of findings that other health checks tell: this check passes them on, with their severity and size, and
            `offending` lists the rows behind them.
        least: rows under which it passes, whatever share they are.
        found_by: "sure" criterion, or "suspected": what is found may be right after all.
    """

    code: str
    part: Part
    severity: Severity
    question: str
    threshold: float
    reason: str
    kpis: tuple[str, ...]
    remedy: str
    tested: str
    effect: EffectRule
    offending: str = ""
    told: tuple[str, ...] = ()
    least: int = 1
    found_by: str = "sure"
    facts: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The definition."""
        return {
            "code": self.code,
            "part": self.part.value,
            "severity": self.severity,
            "question": self.question,
            "threshold": self.threshold,
            "reason": self.reason,
            "found_by": self.found_by,
            "tested": self.tested if self.tested in TESTED else "what the check selects",
            "kpis": list(self.kpis),
            "remedy": self.remedy,
        }


def checks() -> tuple[Check, ...]:
    """All checks, found in `audit/checks`, by part and code."""
    parts = list(Part)
    found = declared("earnest.audit.checks", Check, "CHECK", "CHECKS")
    return tuple(sorted(found, key=lambda one: (parts.index(one.part), one.code)))


def find_check(code: str) -> Check:
    """Look up a check.

    Raises:
        NotFound: `no-such-check`.
    """
    known = {one.code: one for one in checks()}
    hint = "See `earnest quality list`."
    return look_up(known, code, what="check", hint=hint, refusal=(NotFound, "no-such-check"))
