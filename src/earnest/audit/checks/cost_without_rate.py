"""Charges and cost lines in a currency for which nobody told a rate: exact, and part of no sum in the workspace's."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="cost-without-rate",
    part=Part.COST,
    severity="blocks-gain",
    question="Is an exchange rate known for every cost in another currency?",
    threshold=0.0,
    reason="what cannot be converted is left out, so the cost is a lower bound",
    kpis=("total_cost", "roas", "roi", "incremental_return"),
    remedy="Tell the rate of the day, or add the whole messaging bill, converted, with --covers messaging.",
    tested="delivered",
    told=("charges-in-other-currency", "no-rate"),
    effect=no_money(
        "no-rate",
        "without an exchange rate the charges cannot be told in the workspace's currency",
        "Add the bill, converted.",
    ),
)
