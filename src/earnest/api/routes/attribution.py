"""Attribution over HTTP: the same JSON as `earnest attribution … --json`, of the tables as they stand."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from earnest.api.openapi_parts import problems
from earnest.api.place import Place, place_of
from earnest.api.route import Route, needs
from earnest.attribution.presets import presets as known_presets
from earnest.usecases.attribution_claims import claim_by_presets
from earnest.usecases.attribution_compare import compare_attribution
from earnest.usecases.attribution_overlap import attribution_overlap, read_tools
from earnest.usecases.attribution_sensitivity import window_sensitivity

PATH = "/api/v1/attribution"
SCOPE = "reports:read"
MOST_ORDERS = 1_000

_NAME = {"min_length": 1, "max_length": 100, "pattern": r"^[^\x00-\x1f]+$"}
Period = Annotated[
    str | None, Query(**_NAME, description="Of the orders: 2026, 2026-Q3, 2026-09, FIRST..LAST or last-30d.")
]
Campaign = Annotated[str | None, Query(**_NAME, description="Only what is credited to it.")]
Names = Annotated[list[Annotated[str, Field(**_NAME)]], Query(max_length=50)]


class MoneyTold(BaseModel):
    """An exact amount: text, so that no reader turns it into a float."""

    amount: str
    currency: str


class Attributed(BaseModel):
    """What all answers have: whose word it is, of which orders."""

    basis: Literal["attributed"]
    period: str | None
    net_revenue: MoneyTold


class ComparisonTold(Attributed):
    """Every model's claims on the same orders."""

    by: str
    campaign: str | None
    orders: int
    lookback: dict[str, str]
    models: Annotated[
        list[dict[str, Any]], Field(description="Claims of each model by unit; credit and `unattributed` add up.")
    ]
    unavailable_models: list[dict[str, Any]]
    spread: Annotated[
        list[dict[str, Any]], Field(description="Lowest and highest claim of each unit, among rules and among all.")
    ]
    measured: Annotated[
        list[dict[str, Any]], Field(description="What experiments measured, and the calibration factor.")
    ]
    survey: Annotated[
        list[dict[str, Any]] | dict[str, Any], Field(description="Shares of answers, or why there are none.")
    ]
    evidence: Annotated[list[dict[str, Any]], Field(description="Orders by the best evidence they have.")]
    as_of: str
    generation: str


class ClaimsTold(Attributed):
    """What presets would claim, and why each differs from the first."""

    definition: str
    orders: int
    claims: list[dict[str, Any]]
    differences: list[dict[str, Any]]


class SensitivityTold(Attributed):
    """Claims by window and kind of touch."""

    definition: str
    model: str
    campaign: str | None
    lookback: dict[str, str]
    cells: list[dict[str, Any]]


class OverlapTold(Attributed):
    """What tools claim that do not know of each other."""

    attribution_overlap: dict[str, Any]
    claimed: MoneyTold
    claimed_at_least_once: MoneyTold
    claimed_again: MoneyTold
    tools: list[dict[str, Any]]
    shared_orders: int
    orders: list[dict[str, Any]]


class PresetTold(BaseModel):
    """Windows that a suite publishes."""

    preset: str
    vendor: str
    since: str | None
    model: str
    window_opens: Literal["touch", "send"]
    windows: dict[str, dict[str, str]]
    counts_without_click: bool
    machine_clicks: str
    coupon: dict[str, str] | None
    first_order_only: bool
    reproducible: bool
    differs: list[str]
    sources: list[str]
    read_on: str
    credit: str


async def compare(
    place: Annotated[Place, Depends(place_of)],
    *,
    by: Literal["campaign", "channel", "template", "variant", "touch_type"] = "campaign",
    campaign: Campaign = None,
    period: Period = None,
    model: Names = [],  # noqa: B006  (FastAPI copies it)
) -> Response:
    """What every model would claim, side by side; beside it what experiments measured."""
    found = await run_in_threadpool(
        compare_attribution,
        place.workspace,
        by=by,
        campaign=campaign,
        only=model,
        period=period,
        record=False,
        build=False,
    )
    return JSONResponse(found.to_json())


def list_presets() -> list[PresetTold]:
    """Windows that suites publish, each with its source and the day it was read."""
    return [PresetTold.model_validate(one.to_json()) for one in known_presets().values()]


async def claims(place: Annotated[Place, Depends(place_of)], *, preset: Names = [], period: Period = None) -> Response:  # noqa: B006
    """What each suite would claim by the windows it publishes; without `preset`, all of them and the workspace's own rule."""
    found = await run_in_threadpool(claim_by_presets, place.workspace, preset, period=period, build=False)
    return JSONResponse(found.to_json())


async def sensitivity(
    place: Annotated[Place, Depends(place_of)],
    *,
    model: Annotated[str, Query(**_NAME, description="A rule model.")] = "last_touch",
    campaign: Campaign = None,
    period: Period = None,
) -> Response:
    """How the claim grows with the window and with weaker touches."""
    found = await run_in_threadpool(
        window_sensitivity, place.workspace, model=model, campaign=campaign, period=period, build=False
    )
    return JSONResponse(found.to_json())


async def overlap(
    place: Annotated[Place, Depends(place_of)],
    *,
    tool: Names = [],  # noqa: B006
    period: Period = None,
    limit: Annotated[int, Query(ge=0, le=MOST_ORDERS, description="Orders to tell, dearest first.")] = 20,
) -> Response:
    """What each channel's own tool would claim alone, against the revenue there is; above 1 it cannot all be true.

    `tool=CHANNEL=PRESET` names the suite that sends on a channel; others take the look-back of the workspace.
    """
    tools = read_tools(tool)
    found = await run_in_threadpool(
        attribution_overlap, place.workspace, tools, period=period, limit=limit, build=False
    )
    return JSONResponse(found.to_json())


_WRONG = {400: {"description": "A period, a model or a preset that is not understood."}}


def _route(name: str, endpoint: Any, model: Any, summary: str) -> Route:
    extra = {"response_model": model, "responses": problems(401, 403, 404, 422, 429, 503) | _WRONG}
    return Route(
        "GET", f"{PATH}/{name}", endpoint, access=needs(SCOPE), summary=summary, tag="attribution", extra=extra
    )


ROUTES = (
    _route("compare", compare, ComparisonTold, "Compare attribution models"),
    Route("GET", f"{PATH}/presets", list_presets, access=needs(SCOPE), summary="List presets of suites", tag="attribution",
          extra={"responses": problems(401, 403, 429, 503)}),
    _route("claims", claims, ClaimsTold, "What suites would claim"),
    _route("sensitivity", sensitivity, SensitivityTold, "Claims by window and touch"),
    _route("overlap", overlap, OverlapTold, "Claims of tools that do not know of each other"),
)  # fmt: skip
