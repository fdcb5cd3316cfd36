"""What people thought of it, asked. Judges service and brand campaigns in place of ROI."""

from earnest.kpis.kpi import Kpi

KPIS = (
    Kpi(
        id="csat",
        name="CSAT",
        question="What share of those who answered was satisfied?",
        numerator="answers 4 and 5 of 5",
        denominator="survey answers",
        unit="share",
        direction="higher",
        measures=("satisfied", "answers"),
        minimum_n=30,
        needs=("survey_answer",),
        example="84 answers of 4 or 5 among 100 → 84.0 %",
        caveats="Some suites count a 3 as satisfied too; those figures are never compared with this one.",
    ),
)
