"""Arms whose sizes are not what was planned: whoever is missing was not left out by chance."""

from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="sample-ratio-mismatch",
    part=Part.EXPERIMENT,
    severity="blocks",
    question="Are the arms as large as planned?",
    threshold=0.0,
    reason="χ² test at p < 0.001: one healthy experiment in a thousand fails it",
    kpis=("incremental_return",),
    remedy="Find out who was lost on the way to the assignment: earnest experiment show ID.",
    tested="units",
    told=("sample-ratio-mismatch", "arms-differ-from-plan", "no-assignments"),
    effect=no_money(
        "not-comparable",
        "who is missing is not known, so what they would have bought is not either",
        "Find the missing units.",
    ),
)
