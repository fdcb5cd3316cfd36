"""Messages told as delivered and as failed: they count as delivered, and one of both is wrong."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import at_most

CHECK = Check(
    code="delivered-and-failed",
    part=Part.CONSISTENCY,
    severity="informs",
    question="Is every message either delivered or failed?",
    threshold=0.005,
    reason="a second device of the same person may fail where the first has received it; above 0.5 % the statuses are mixed up",
    kpis=("delivery_rate", "failure_rate", "total_cost", "attributed_revenue"),
    remedy="See one: earnest message show ID; then check how the status column is mapped.",
    tested="delivered",
    offending="""SELECT 'message' AS kind, message_key AS key, failed_us AS at_us, 'delivered, and failed' || COALESCE(' (' || error_code || ')', '') AS why
        FROM message WHERE delivered_us IS NOT NULL AND failed_us IS NOT NULL""",
    effect=at_most,
    found_by="suspected",
)
