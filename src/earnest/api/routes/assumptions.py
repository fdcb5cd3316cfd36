"""What the figures take on faith over HTTP: the same JSON as `earnest assumption list --json`, of the tables as they stand."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Depends
from pydantic import BaseModel, Field

from earnest.api.openapi_parts import problems
from earnest.api.place import Place, place_of
from earnest.api.route import Route, needs
from earnest.usecases.assumptions import read_assumptions

PATH = "/api/v1/assumptions"

FigureTold = Annotated[
    dict[str, Any],
    Field(description="value, low, high, level, method, unit …; or `unavailable` with code, reason and remedy."),
]
Tried = Literal["margin", "order-capture", "order-capture-uneven", "assumed-cost"]


class AssumptionTold(BaseModel):
    """One thing taken on faith."""

    code: str
    meaning: str
    value: Annotated[str | None, Field(description="As it stands; null where nothing is told.")]
    unit: Annotated[str, Field(description="share, days, hours, code, or a currency.")]
    touches: Literal["verdicts", "intervals", "attributed", "costs", "opt-outs", "matching"]
    source: str
    since: date | None
    default: Annotated[bool, Field(description="Nobody said so: `source` is the reason for it.")]
    entry: Annotated[int | None, Field(description="Of the journal.")]
    said_by: str | None
    said_at: str | None
    campaigns: Annotated[list[str], Field(description="Those whose figures rest on it.")]


class CaseTold(BaseModel):
    """One assumption, wrong by `change`; see `tried.definitions`."""

    assumption: Tried
    change: float
    then: Annotated[float, Field(description="A share for the margin, money for assumed cost, a factor for orders.")]
    incremental_return: FigureTold
    verdict: str


class TurnTold(BaseModel):
    """Where the word changes."""

    assumption: Tried
    change: float
    then: float
    verdict: str


class MovesTold(BaseModel):
    """How far one campaign's verdict moves."""

    campaign: str
    name: str
    verdict: str
    running: bool
    margin: float
    incremental_return: FigureTold
    break_even_margin: FigureTold
    cases: list[CaseTold]
    turns: list[TurnTold]


class TriedTold(BaseModel):
    """By how much each assumption is tried."""

    relative: float
    uneven: float
    definitions: dict[str, str]


class AssumptionsTold(BaseModel):
    """Everything taken on faith."""

    assumptions: list[AssumptionTold]
    tried: TriedTold
    moves: list[MovesTold]
    not_moved: Annotated[list[str], Field(description="Campaigns whose verdict rests on no interval of money.")]
    as_of: str


def show(place: Annotated[Place, Depends(place_of)]) -> AssumptionsTold:
    """What is assumed, who said so, and how much each verdict moves if it is wrong."""
    return AssumptionsTold.model_validate(read_assumptions(place.workspace).to_json())


ROUTES = (
    Route(
        "GET",
        PATH,
        show,
        access=needs("reports:read"),
        summary="What is taken on faith",
        tag="reports",
        extra={"responses": problems(401, 403, 404, 422, 429, 503)},
    ),
)
