"""What would not have come anyway: only a hold-out can say."""

from earnest.kpis.kpi import Kpi

KPIS = (
    Kpi(
        id="incremental_return",
        name="Incremental return",
        question="What extra gross profit came back per unit of cost?",
        numerator="(mean revenue treated − mean revenue held out) × units treated × margin",
        denominator="total cost",
        unit="ratio",
        basis="incremental",
        direction="higher",
        measures=None,
        example="0.60 extra per person × 42,694 people × 40 % margin / 4,000.00 → 2.56×; break-even 1",
        caveats="Needs a randomised hold-out, a margin, and the read-out date to have passed.",
        source="intention to treat, Welch interval",
    ),
)
