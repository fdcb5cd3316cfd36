"""The answers of `/api/v1/kpis`: the same JSON as `earnest kpi … --json`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

FigureTold = Annotated[
    dict[str, Any],
    Field(description="value, low, high, level, method, unit …; or `unavailable` with code, reason and remedy."),
]


class DaysTold(BaseModel):
    """Business days, both included."""

    first_day: str
    last_day: str


class MissingTold(BaseModel):
    """Why a KPI is not computed yet."""

    why: str
    connect: str


class KpiTold(BaseModel):
    """An entry of the catalogue."""

    kpi: str
    version: int
    family: str
    name: str
    question: str
    numerator: str
    denominator: str | None
    formula: str
    unit: str
    direction: Literal["higher", "lower", "context"]
    basis: Literal["observed", "attributed", "incremental"]
    minimum_n: int
    availability: Annotated[str, Field(description="rows, supplied or not computed yet.")]
    missing: MissingTold | None
    measures: Annotated[dict[str, str], Field(description="Measure → the day it counts on.")]
    example: str
    caveats: str
    source: str
    synonyms: list[str]


class CatalogueTold(BaseModel):
    """Every KPI, and what they can be cut by."""

    kpis: list[KpiTold]
    dimensions: list[dict[str, Any]]


class ComparisonTold(BaseModel):
    """A figure held against another."""

    kind: Literal["previous", "last-year", "last-wave", "target"]
    against: DaysTold | None
    figure: FigureTold
    current: FigureTold | None
    difference: FigureTold
    word: Literal["higher", "lower"] | None
    judgement: Literal["better", "worse"] | None
    unequal: list[str]


class KpiRowTold(BaseModel):
    """One group, or one bucket of it."""

    key: Annotated[dict[str, str], Field(description="Dimension → value.")]
    bucket: DaysTold | None
    figure: FigureTold
    measures: Annotated[dict[str, int], Field(description="Exact sums behind it, money in millionths.")]
    partial: Annotated[bool, Field(description="Its days are not over.")]
    immature_until: Annotated[str | None, Field(description="Until then its last messages can be answered.")]
    left_out: Annotated[list[str], Field(description="Channels on which it cannot be measured.")]
    comparison: ComparisonTold | None


class KpiAnswerTold(BaseModel):
    """A KPI, cut as asked."""

    kpi: str
    name: str
    definition: str
    formula: str
    numerator: str
    denominator: str | None
    numerator_measure: str | None
    denominator_measure: str | None
    unit: str
    direction: str
    basis: str
    by: list[str]
    filters: list[str]
    period: DaysTold | None
    grain: str | None
    compare: str | None
    model: str | None
    days: Annotated[dict[str, str], Field(description="Measure → the day it counts on.")]
    notes: Annotated[list[str], Field(description="What to know before the figures are read.")]
    as_of: str
    generation: str
    currency: str
    rows: list[KpiRowTold]
