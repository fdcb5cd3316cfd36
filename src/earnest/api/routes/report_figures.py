"""Figures of reports over HTTP: explain one by its path, compare two snapshots. Evidence packs are made at the command line."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from earnest.api.openapi_parts import problems
from earnest.api.place import Place, place_of
from earnest.api.report_models import SnapshotTold
from earnest.api.route import Route, needs
from earnest.usecases.report_diff import diff_snapshots
from earnest.usecases.report_explain import explain_figure

MOST_ROWS = 1_000
_NAME = {"min_length": 1, "max_length": 100}
PlaceGiven = Annotated[Place, Depends(place_of)]
Campaign = Annotated[str, Path(**_NAME, description="Id of a campaign.")]


class DefinitionTold(BaseModel):
    """What a figure is."""

    id: str
    name: str
    formula: str
    denominator: str | None
    basis: str
    source: str
    caveats: str


class RowsTold(BaseModel):
    """Rows behind a figure: how many there are, what their amounts add up to, and the first of them."""

    measure: str
    count: int
    sum: int
    columns: list[str]
    rows: list[list[Any]]


class ExplainedTold(BaseModel):
    """A figure with what it is, the rule in force, and the rows behind it."""

    campaign: str
    path: str
    value: Any
    verdict: Annotated[str, Field(description="A point of an inconclusive result is not to be shown to people.")]
    definition: DefinitionTold
    rule: dict[str, Any]
    rows: list[RowsTold]
    note: str | None
    as_of: str
    generation: str
    version: str


async def explain(
    campaign: Campaign,
    place: PlaceGiven,
    *,
    path: Annotated[
        str,
        Query(
            min_length=1,
            max_length=200,
            description="In the story's JSON: `incremental_return.value`, `cost.total`, `kpis.delivery_rate`.",
        ),
    ],
    limit: Annotated[int, Query(ge=0, le=MOST_ROWS, description="Rows of each set.")] = 20,
) -> Response:
    """A figure of a campaign's story: definition, formula, denominator, rule, and the rows behind it."""
    found = await run_in_threadpool(explain_figure, place.workspace, campaign, path, limit=limit, build=False)
    return JSONResponse(found.to_json())


class CauseTold(BaseModel):
    """Something that changed between two snapshots."""

    code: str
    what: str


class ChangeTold(BaseModel):
    """A figure that differs."""

    campaign: str
    path: str
    before: Any
    after: Any
    change: Annotated[str | None, Field(description="After less before; null where there is no number to take.")]
    why: Annotated[list[CauseTold], Field(description="Known causes that can move it; empty where none is known.")]


class DifferenceTold(BaseModel):
    """Two snapshots held against each other."""

    before: SnapshotTold
    after: SnapshotTold
    verdicts: Annotated[dict[str, dict[str, str | None]], Field(description="Of campaigns whose verdict changed.")]
    changes: list[ChangeTold]
    causes: list[CauseTold]
    same: Annotated[int, Field(description="Figures that are the same.")]


async def diff(
    name: Annotated[str, Path(**_NAME, description="Id of a report.")],
    place: PlaceGiven,
    *,
    before: Annotated[int, Query(ge=1, le=2**53, description="Number of a snapshot.")],
    after: Annotated[int, Query(ge=1, le=2**53, description="Number of another.")],
) -> Response:
    """Figure by figure what differs between two snapshots of a report, and why where that is known."""
    return JSONResponse((await run_in_threadpool(diff_snapshots, place.workspace, name, before, after)).to_json())


_SAID = problems(401, 403, 404, 422, 429, 503)
_READ = needs("reports:read")

ROUTES = (
    Route("GET", "/api/v1/campaigns/{campaign}/explain", explain, access=_READ, summary="Explain a figure", tag="reports",
          extra={"response_model": ExplainedTold, "responses": _SAID}),
    Route("GET", "/api/v1/reports/{name}/diff", diff, access=_READ, summary="Compare two snapshots", tag="reports",
          extra={"response_model": DifferenceTold, "responses": _SAID}),
)  # fmt: skip
