"""Trends, next steps, preferences, fatigue and opt-outs over HTTP: the same JSON as the commands, of the tables as they stand."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query
from pydantic import BaseModel, Field

from earnest.api.openapi_parts import problems
from earnest.api.place import Place, place_of
from earnest.api.route import Route, needs
from earnest.usecases.fatigue import fatigue_in
from earnest.usecases.next_steps.ranked import next_steps_in
from earnest.usecases.opt_out_price import LONGEST, SHORTEST, bill_in, price_in
from earnest.usecases.preferences import PreferenceAsk, preferences_in
from earnest.usecases.tables import read_tables
from earnest.usecases.trends import MOST_DAYS, TrendAsk, trend_in
from earnest.usecases.trends_alerts import alerts_in

SCOPE = "reports:read"

_NAME = {"min_length": 1, "max_length": 100, "pattern": r"^[^\x00-\x1f]+$"}
FigureTold = Annotated[
    dict[str, Any],
    Field(description="value, low, high, level, method, unit …; or `unavailable` with code, reason and remedy."),
]
Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="How many days back, from the last that has settled.")]
Campaign = Annotated[str | None, Query(**_NAME, description="Only its messages.")]
Channel = Annotated[str | None, Query(**_NAME, description="Only messages over it.")]
Rate = Annotated[float, Query(gt=0, lt=1, description="False alarms, as a share of all alerts.")]
Kpi = Annotated[str, Path(**_NAME, description="One of those that are watched.")]
Horizon = Annotated[
    int | None,
    Query(ge=SHORTEST, le=LONGEST, description="Count what people bring in so many days; null: the setting."),
]
PlaceGiven = Annotated[Place, Depends(place_of)]


class AlertsTold(BaseModel):
    """One look at every watched number."""

    alerts: list[dict[str, Any]]
    rate: float
    rate_means: str
    days: int
    campaign: str | None
    channel: str | None
    tested: Annotated[int, Field(description="Days and weeks tested.")]
    series: int
    not_judged: list[dict[str, Any]]
    special_days_not_judged: int
    level: float
    as_of: str


class TrendTold(BaseModel):
    """One number day by day, and what was to be expected."""

    kpi: str
    name: str
    scope: dict[str, str]
    level: float
    rate: float
    days: list[dict[str, Any]]
    not_judged: dict[str, Any] | None


class NextStepsTold(BaseModel):
    """What to do, most at stake first."""

    campaign: str | None
    steps: list[dict[str, Any]]
    ranked_by: str
    withheld_by_verdict: int
    as_of: str


class PreferencesTold(BaseModel):
    """Cells beside each other."""

    by: str
    kpi: str
    campaign: str | None
    days: int
    level: float
    level_of_each: float
    prior: dict[str, float] | None
    cells: list[dict[str, Any]]
    unsettled_messages: int
    caveat: str
    power: float
    as_of: str


class FatigueTold(BaseModel):
    """What people do by how often they were messaged."""

    days: int
    level: float
    bands: list[dict[str, Any]]
    opt_out_price: dict[str, Any]
    turning: dict[str, Any]
    break_even_opt_out_price: FigureTold
    unsettled_messages: int
    caveat: str


class PriceTold(BaseModel):
    """The price of one opt-out."""

    price: FigureTold
    horizon_days: int
    stayed: float | None
    gone: float | None
    people_left: int
    people_stayed: int
    compared: float | None
    caveat: str


class BillTold(PriceTold):
    """The price, and what the opt-outs of each campaign cost."""

    campaigns: list[dict[str, Any]]


def alerts(
    place: PlaceGiven, *, days: Days = 28, campaign: Campaign = None, channel: Channel = None, rate: Rate = 0.05
) -> AlertsTold:
    """Days that are odd and levels that have changed; of all alerts at most `rate` are false."""
    with read_tables(place.workspace) as tables:
        return AlertsTold.model_validate(alerts_in(tables, TrendAsk(days, campaign, channel, rate)).to_json())


def trend(
    kpi: Kpi,
    place: PlaceGiven,
    *,
    days: Days = 28,
    campaign: Campaign = None,
    channel: Channel = None,
    rate: Rate = 0.05,
) -> TrendTold:
    """One watched number day by day."""
    with read_tables(place.workspace) as tables:
        return TrendTold.model_validate(trend_in(tables, kpi, TrendAsk(days, campaign, channel, rate)).to_json())


def steps(place: PlaceGiven, campaign: Campaign = None) -> NextStepsTold:
    """What to do next, each with its evidence; nothing is recorded by asking."""
    with read_tables(place.workspace) as tables:
        return NextStepsTold.model_validate(next_steps_in(place.workspace, tables, campaign).to_json())


def preferences(
    place: PlaceGiven,
    *,
    by: Literal["hour", "weekday", "template", "segment", "channel"] = "hour",
    kpi: Literal["click_through_rate", "reply_rate", "conversion_rate", "opt_out_rate"] = "click_through_rate",
    campaign: Campaign = None,
    days: Annotated[int, Query(ge=1, le=3660, description="Sends of so many days.")] = 365,
) -> PreferencesTold:
    """Which hours, weekdays, templates, segments or channels get more answers: associations, and the test that proves each."""
    with read_tables(place.workspace) as tables:
        return PreferencesTold.model_validate(preferences_in(tables, PreferenceAsk(by, kpi, campaign, days)).to_json())


def fatigue(place: PlaceGiven, *, days: Literal["7", "30"] = "30", horizon_days: Horizon = None) -> FatigueTold:
    """Answers, opt-outs and money by the so-many-th message of a person."""
    with read_tables(place.workspace) as tables:
        return FatigueTold.model_validate(fatigue_in(tables, days=int(days), horizon_days=horizon_days).to_json())


def price(place: PlaceGiven, horizon_days: Horizon = None) -> PriceTold:
    """What one opt-out costs over the horizon."""
    with read_tables(place.workspace) as tables:
        return PriceTold.model_validate(price_in(tables, horizon_days=horizon_days).to_json())


def bill(place: PlaceGiven, horizon_days: Horizon = None) -> BillTold:
    """What the opt-outs of each campaign cost at the price of one."""
    with read_tables(place.workspace) as tables:
        found = price_in(tables, horizon_days=horizon_days)
        lines = [line.to_json() for line in bill_in(tables, found)]
    return BillTold.model_validate(found.to_json() | {"campaigns": lines})


_EXTRA = {"responses": problems(401, 403, 404, 422, 429, 503)}
_NEEDS = needs(SCOPE)
ROUTES = (
    Route("GET", "/api/v1/trends", alerts, access=_NEEDS, summary="List alerts", tag="trends", extra=_EXTRA),
    Route("GET", "/api/v1/trends/{kpi}", trend, access=_NEEDS, summary="Show a trend", tag="trends", extra=_EXTRA),
    Route("GET", "/api/v1/next-steps", steps, access=_NEEDS, summary="List next steps", tag="trends", extra=_EXTRA),
    Route(
        "GET", "/api/v1/preferences", preferences, access=_NEEDS, summary="Compare cells", tag="trends", extra=_EXTRA
    ),
    Route("GET", "/api/v1/fatigue", fatigue, access=_NEEDS, summary="Show fatigue", tag="trends", extra=_EXTRA),
    Route(
        "GET", "/api/v1/opt-outs/price", price, access=_NEEDS, summary="Price an opt-out", tag="trends", extra=_EXTRA
    ),
    Route("GET", "/api/v1/opt-outs/bill", bill, access=_NEEDS, summary="Bill opt-outs", tag="trends", extra=_EXTRA),
)
