"""Rows of imported files that wait in quarantine: what they tell is missing in every figure."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="rows-refused",
    part=Part.COMPLETENESS,
    severity="warns",
    question="Could nearly all rows of every imported file be read?",
    threshold=0.01,
    reason="1 % of broken rows is what exports usually hold",
    kpis=("messages_delivered", "attributed_revenue", "total_cost"),
    remedy="See why: earnest import list, then earnest import quarantine ID; correct the file and import it again.",
    tested="imported rows",
    offending="""SELECT 'import' AS kind, seq AS key, file AS id, refused || ' rows of ' || kind || ': ' || reason AS why
        FROM audit_import, range(refused) WHERE reason NOT IN ('currency-differs', 'unknown-currency', 'no-rate')""",
    told=("messages-in-quarantine",),
    effect=no_money(
        "unread", "what the rows would say is not known before they can be read", "Correct them and import them again."
    ),
)
