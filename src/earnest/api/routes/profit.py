"""The profit statement over HTTP: the same JSON as `earnest profit show --json`, of the tables as they stand."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from earnest.api.openapi_parts import problems
from earnest.api.place import Place, place_of
from earnest.api.route import Route, needs
from earnest.usecases.profit import ProfitAsk, served_profit

PATH = "/api/v1/profit"
_NAME = {"min_length": 1, "max_length": 100, "pattern": r"^[^\x00-\x1f]+$"}


class MoneyTold(BaseModel):
    """An exact amount: text, so that no reader turns it into a float."""

    amount: str
    currency: str


class Reason(BaseModel):
    """Why there is no number, and what would make it possible."""

    code: str
    reason: str
    remedy: str


class NoNumber(BaseModel):
    """In the place of an amount that cannot honestly be computed."""

    unavailable: Reason


class CostTold(BaseModel):
    """Cost of a kind by its evidence."""

    kind: str
    evidence: str
    amount: MoneyTold


class Sums(BaseModel):
    """Amounts that add up: attributed revenue − cost of goods − cost = contribution after messaging."""

    net_revenue: MoneyTold
    attributed_revenue: MoneyTold
    cost_of_goods: MoneyTold | NoNumber
    costs: list[CostTold]
    cost: MoneyTold
    contribution_after_messaging: MoneyTold | NoNumber
    upper_bound: bool = Field(description="Some messages have no price: the contribution is at most this.")
    refunds: MoneyTold
    discounts: MoneyTold
    unrated_messages: int


class RowTold(Sums):
    """A month, week or day."""

    model_config = ConfigDict(populate_by_name=True)

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    margins: list[str]
    cumulative: MoneyTold | NoNumber
    cumulative_upper_bound: bool = Field(description="Some messages up to here have no price: it is at most this.")
    proven: list[dict[str, Any]] = Field(description="Experiments read out in it, with their intervals.")


class ProfitTold(BaseModel):
    """The statement. `definitions` says what each column is."""

    by: str
    period: dict[str, date] | None
    campaign: str | None
    channel: str | None
    currency: str
    model: str
    basis: Literal["attributed"]
    constant_rate: date | None
    definitions: dict[str, str]
    rows: list[RowTold]
    total: Sums
    findings: list[dict[str, Any]]


async def show(
    place: Annotated[Place, Depends(place_of)],
    *,
    period: Annotated[
        str | None, Query(**_NAME, description="2026, 2026-Q3, 2026-09, FIRST..LAST or last-30d.")
    ] = None,
    by: Literal["month", "week", "day"] = "month",
    campaign: Annotated[str | None, Query(**_NAME)] = None,
    channel: Annotated[str | None, Query(**_NAME, description="Campaigns that send over it alone.")] = None,
    model: Annotated[str, Query(**_NAME, description="Rule of attribution.")] = "last_touch",
    constant_rate: Annotated[date | None, Query(description="Convert by the rates of this day.")] = None,
) -> Response:
    """Month by month: revenue, what a rule attributes to messages, cost, what is left; proven results beside it."""
    ask = ProfitAsk(period, by, campaign, channel, model, constant_rate)
    found = await run_in_threadpool(served_profit, place.workspace, ask)
    return JSONResponse(found.to_json())


ROUTES = (
    Route(
        "GET",
        PATH,
        show,
        access=needs("reports:read"),
        summary="Profit statement",
        tag="reports",
        extra={
            "response_model": ProfitTold,
            "responses": problems(401, 403, 404, 422, 429, 503)
            | {400: {"description": "A period or a rule of attribution that is not understood."}},
        },
    ),
)
