"""KPIs over HTTP: the catalogue, and figures cut by dimensions, filters and days, of the tables as they stand."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query

from earnest.api.kpi_models import CatalogueTold, KpiAnswerTold, KpiTold
from earnest.api.openapi_parts import problems
from earnest.api.place import Place, place_of
from earnest.api.route import Route, needs
from earnest.kpis.catalogue import all_kpis
from earnest.kpis.kpi import Kpi
from earnest.usecases.kpi_ask import KpiAsk, days_of, dimensions_listed
from earnest.usecases.kpi_query import query

PATH = "/api/v1/kpis"
SCOPE = "reports:read"

_TEXT = {"min_length": 1, "max_length": 200, "pattern": r"^[^\x00-\x1f]+$"}
PlaceGiven = Annotated[Place, Depends(place_of)]
Name = Annotated[str, Path(**_TEXT, description="Its id or a synonym, such as `ctr`.")]
Text = Annotated[str, Query(**_TEXT)]


def catalogue(place: PlaceGiven) -> CatalogueTold:
    """Every KPI with its definition, and the dimensions with the values they have here."""
    with place.tables.use(place.state()) as tables:
        listed = dimensions_listed(tables)
    return CatalogueTold(kpis=[_entry(one) for one in all_kpis().values()], dimensions=listed)


def show(
    kpi: Name,
    place: PlaceGiven,
    *,
    by: Annotated[list[Text] | None, Query(max_length=10, description="Dimensions to cut by.")] = None,
    filter: Annotated[  # noqa: A002
        list[Text] | None, Query(max_length=100, description="`dimension=value`; several of one are alternatives.")
    ] = None,
    period: Annotated[
        str | None, Query(**_TEXT, description="2026-09, 2026-Q3, 2026, 2026-W36, FIRST..LAST or last-30d.")
    ] = None,
    grain: Annotated[Literal["day", "week", "month"] | None, Query(description="A row a day, week or month.")] = None,
    compare: Annotated[
        Literal["previous", "last-year", "last-wave", "target"] | None, Query(description="Hold against.")
    ] = None,
    model: Annotated[str, Query(**_TEXT, description="Attribution model of attributed KPIs.")] = "last_touch",
) -> KpiAnswerTold:
    """A KPI, cut by dimensions, filters and days; the same as `earnest kpi show KPI --json`."""
    ask = KpiAsk(kpi, tuple(by or ()), tuple(filter or ()), period, grain, compare, model)
    with place.tables.use(place.state()) as tables:
        return KpiAnswerTold.model_validate(query(tables, ask, workspace=place.workspace).to_json())


def _entry(kpi: Kpi) -> KpiTold:
    told: dict[str, Any] = {name: getattr(kpi, name) for name in KpiTold.model_fields if hasattr(kpi, name)}
    missing = {"why": kpi.missing.why, "connect": kpi.missing.connect} if kpi.missing else None
    told |= {"kpi": kpi.id, "missing": missing, "measures": days_of(kpi), "synonyms": list(kpi.synonyms)}
    return KpiTold.model_validate(told)


_EXTRA = {"responses": problems(400, 401, 403, 404, 422, 429, 503)}
_NEEDS = needs(SCOPE)

ROUTES = (
    Route("GET", PATH, catalogue, access=_NEEDS, summary="List KPIs", tag="kpis", extra=_EXTRA),
    Route("GET", PATH + "/{kpi}", show, access=_NEEDS, summary="Show a KPI", tag="kpis", extra=_EXTRA),
)
