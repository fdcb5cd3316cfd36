"""Where a figure stands, and how far it can be trusted."""

from earnest.kpis.kpi import Kpi

KPIS = (
    Kpi(
        id="benchmark_position",
        name="Benchmark position",
        question="What share of comparable figures does another KPI of this campaign lie above?",
        numerator="comparable figures below",
        denominator="comparable figures, at least 5",
        unit="percentile",
        direction="higher",
        measures=None,
        supplied_by="position",
        example="above 6 of 8 earlier campaigns → 75th percentile, 40th to 93rd",
        caveats="A standing of one KPI, so it is asked for by name: earnest benchmark position KPI --campaign ID.",
        synonyms=("percentile",),
    ),
    Kpi(
        id="data_quality_score",
        name="Data quality score",
        question="How far can the figures be trusted?",
        numerator="weighted checks passed",
        denominator="weighted checks made",
        unit="score",
        direction="higher",
        measures=None,
        supplied_by="audit",
        example="checks of weight 46 passed of 50 → 92",
        caveats="The parts, and their effect in money: earnest quality check.",
    ),
)
