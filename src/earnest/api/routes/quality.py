"""The data audit over HTTP: score, grade and checks with their effect in money; and the rows that fail one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query
from pydantic import BaseModel, Field

from earnest.api.openapi_parts import problems
from earnest.api.place import Place, place_of
from earnest.api.route import Route, needs
from earnest.usecases.quality import read_quality
from earnest.usecases.quality_rows import failing

PATH = "/api/v1/quality"
SCOPE = "reports:read"
MOST_ROWS = 1_000

Severity = Literal["blocks", "blocks-gain", "blocks-loss", "warns", "informs"]
FigureTold = Annotated[
    dict[str, Any],
    Field(description="value, low, high, level, method, unit …; or `unavailable` with code, reason and remedy."),
]
_CAMPAIGN = Annotated[str | None, Query(min_length=1, max_length=100, description="Only what concerns it.")]
_CHECK = Annotated[str, Path(min_length=1, max_length=100, description="Code of the check.")]
_LIMIT = Annotated[int, Query(ge=0, le=MOST_ROWS, description="Rows to tell, oldest first.")]


class EffectTold(BaseModel):
    """What a defect adds to one campaign's figures; `campaign` null is what belongs to none."""

    campaign: str | None
    contribution: FigureTold
    attributed: FigureTold
    cost: FigureTold
    incremental: FigureTold | None


class CheckTold(BaseModel):
    """A check that was made."""

    code: str
    part: str
    question: str
    severity: Severity
    passed: bool
    rows: Annotated[int, Field(description="Offending rows.")]
    tested: int
    share: float | None
    threshold: Annotated[float, Field(description="Share of the tested rows up to which it passes.")]
    message: str
    remedy: str
    kpis: list[str]
    found_by: Literal["sure", "suspected"]
    effect: Annotated[FigureTold, Field(description="What the defect adds to contribution; see `basis`.")]
    attributed: FigureTold | None
    cost: FigureTold | None
    campaigns: list[EffectTold]


class PartTold(BaseModel):
    """A part of the score."""

    part: str
    score: float
    weight: float
    why: str
    checks: int
    failed: list[str]


class QualityTold(BaseModel):
    """An audit."""

    campaign: str | None
    score: Annotated[float, Field(ge=0, le=100)]
    parts: list[PartTold]
    grade: Literal["A", "B", "C", "D", "E"]
    limits: Annotated[list[str], Field(description="The facts that keep the grade from being better.")]
    wording_cap: Annotated[str, Field(description="The strongest word the data allow.")]
    facts: dict[str, Any]
    total_interval: Annotated[
        FigureTold, Field(description="Return with the interval of sampling and defects together.")
    ]
    basis: str
    as_of: str
    currency: str
    checks: list[CheckTold]


class RowTold(BaseModel):
    """A row that fails a check."""

    kind: str
    id: str | None
    at: str | None
    campaign: str | None
    amount: Annotated[str | None, Field(description="In major units of the workspace's currency.")]
    why: str | None


class FailingTold(BaseModel):
    """A check, and the rows that fail it."""

    code: str
    part: str
    severity: Severity
    question: str
    threshold: float
    reason: str
    found_by: Literal["sure", "suspected"]
    tested: str
    kpis: list[str]
    remedy: str
    rows: Annotated[int, Field(description="How many fail it.")]
    told: list[RowTold]
    excludable: Annotated[bool, Field(description="Whether they are orders, which can be left out of every figure.")]


def audit(place: Annotated[Place, Depends(place_of)], campaign: _CAMPAIGN = None) -> QualityTold:
    """Audit the data behind the figures of the tables in force."""
    return QualityTold.model_validate(read_quality(place.workspace, campaign).to_json())


def rows(check: _CHECK, place: Annotated[Place, Depends(place_of)], limit: _LIMIT = 50) -> FailingTold:
    """The rows that fail a check."""
    return FailingTold.model_validate(failing(place.workspace, check, limit=limit, build=False).to_json())


_EXTRA = {"responses": problems(401, 403, 404, 422, 429, 503)}
ROUTES = (
    Route("GET", PATH, audit, access=needs(SCOPE), summary="Audit the data", tag="quality", extra=_EXTRA),
    Route("GET", f"{PATH}/{{check}}", rows, access=needs(SCOPE), summary="Rows that fail a check", tag="quality",
          extra=_EXTRA),
)  # fmt: skip
