"""Arms with so few buyers that the interval of their revenue is not to be trusted at its ends."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="few-buyers",
    part=Part.EXPERIMENT,
    severity="warns",
    question="Has every arm enough buyers for its interval to hold?",
    threshold=0.0,
    reason="with fewer than 100 buyers in the smaller arm a 95 % interval covers 89 to 93 % (measured: 10, 20, 40 buyers)",
    kpis=("incremental_return",),
    remedy="Hold out more people next time, or look at several campaigns together.",
    tested="units",
    told=("few-buyers",),
    effect=no_money(
        "wider-than-told", "the interval is too narrow, by an amount that is not known", "Hold out more people."
    ),
)
