"""The description of this API, for people and programs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from earnest.api.document import document
from earnest.api.route import PUBLIC, Route


async def openapi(request: Request) -> Response:
    """Every address, what it takes and what it answers, as OpenAPI 3.1."""
    return JSONResponse(document(request.app))


ROUTES = (
    Route("GET", "/openapi.json", openapi, access=PUBLIC, summary="This document", tag="health", in_workspace=False),
)
