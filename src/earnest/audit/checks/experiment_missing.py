"""Arms of which different shares can be matched with orders: what is missing is then missing of one side."""

from earnest.audit.arms import arms_differ
from earnest.audit.check import Check, Part
from earnest.audit.rules import no_money

CHECK = Check(
    code="arms-missing-differently",
    part=Part.EXPERIMENT,
    severity="blocks",
    question="Can as many units of each arm be matched with what they bought before?",
    threshold=0.0,
    reason="two-sided z test at p < 0.001 of the share with an order before the assignment: chance alone fails it once in a thousand",
    kpis=("incremental_return",),
    remedy="Import the same identities for both arms: phones or mail addresses of held-out people are often left out.",
    tested="units",
    offending=arms_differ(
        """JOIN conversion AS c ON u.contact_key = c.contact_key
                WHERE c.ordered_us < u.assigned_us""",
        "ordered before",
    ),
    effect=no_money("not-comparable", "what the missing units bought is not known", "Import the missing identities."),
)
