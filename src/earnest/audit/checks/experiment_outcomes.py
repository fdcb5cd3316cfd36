"""Orders that stop before the outcome window does, or do not exist: there is no outcome to compare."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="outcomes-incomplete",
    part=Part.EXPERIMENT,
    severity="blocks",
    question="Are the orders known up to the end of the outcome window?",
    threshold=0.0,
    reason="orders that are not here yet are missing in both arms, and most in the one that buys more",
    kpis=("incremental_return",),
    remedy="Import the orders up to the end of the outcome window: earnest import run FILE --as orders.",
    tested="units",
    told=("no-orders", "orders-stop-early"),
    effect=no_money("not-told", "the orders of the last days are not known", "Import them."),
)
