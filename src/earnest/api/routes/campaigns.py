"""Campaigns over HTTP: each judged, ranked, and all of them together; the same JSON as `earnest campaign … --json`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, Path
from pydantic import BaseModel, Field

from earnest.api.openapi_parts import problems
from earnest.api.place import Place, place_of
from earnest.api.route import Route, needs
from earnest.usecases.portfolio import portfolio
from earnest.usecases.served_stories import served_stories, served_story

PATH = "/api/v1/campaigns"

FigureTold = Annotated[
    dict[str, Any],
    Field(description="value, low, high, level, method, unit …; or `unavailable` with code, reason and remedy."),
]
VerdictTold = Literal["proven_gain", "proven_loss", "inconclusive", "no_holdout", "withheld", "not_judged_by_roi"]
PlaceGiven = Annotated[Place, Depends(place_of)]
Name = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f/]+$", description="Its id.")]


class CampaignTold(BaseModel):
    """A campaign, judged. Figures stand with the verdict: people are shown no point of an inconclusive one."""

    campaign: str
    name: str
    channels: list[str]
    purpose: str
    period: dict[str, str | None]
    currency: str
    verdict: VerdictTold
    running: bool
    returns: dict[str, FigureTold]
    bridge: dict[str, Any] | None
    attributed: Annotated[dict[str, dict[str, Any]], Field(description="Rule of attribution → what it would claim.")]
    cost: dict[str, Any]
    margin: FigureTold
    kpis: dict[str, FigureTold]
    funnel: list[dict[str, Any]]
    failures: list[dict[str, Any]]
    charges: dict[str, Any] | None
    experiment: dict[str, Any] | None
    restated: dict[str, FigureTold] | None
    findings: list[dict[str, Any]]
    assumptions: list[str]
    as_of: str
    generation: str
    version: str


class PortfolioTold(BaseModel):
    """All campaigns together."""

    spent: dict[VerdictTold, dict[str, str]]
    campaigns: dict[VerdictTold, int]
    total: dict[str, str]
    proven_share_of_spend: FigureTold
    contribution: FigureTold
    measured: int
    proven_by_chance_alone: float


class CampaignsTold(BaseModel):
    """Campaigns by verdict, then by the lower bound of what they contributed."""

    campaigns: list[CampaignTold]
    portfolio: PortfolioTold


def list_campaigns(place: PlaceGiven) -> CampaignsTold:
    """Every campaign, judged and ranked by the tables as they stand."""
    with place.tables.use(place.state()) as tables:
        stories = served_stories(place.workspace, tables)
        together = portfolio(stories, tables.state.currency)
    told = {"campaigns": [story.to_json() for story in stories], "portfolio": together.to_json()}
    return CampaignsTold.model_validate(told)


def show(campaign: Name, place: PlaceGiven) -> CampaignTold:
    """One campaign: verdict, returns with their intervals, bridge, KPIs, cost, findings."""
    with place.tables.use(place.state()) as tables:
        return CampaignTold.model_validate(served_story(place.workspace, tables, campaign).to_json())


_EXTRA = {"responses": problems(401, 403, 404, 422, 429, 503)}
_NEEDS = needs("reports:read")

ROUTES = (
    Route("GET", PATH, list_campaigns, access=_NEEDS, summary="List campaigns", tag="campaigns", extra=_EXTRA),
    Route("GET", f"{PATH}/{{campaign}}", show, access=_NEEDS, summary="Show a campaign", tag="campaigns", extra=_EXTRA),
)
