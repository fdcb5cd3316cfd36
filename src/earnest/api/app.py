"""The application: every route of `api/routes/*`, each behind the guard of its own declaration.

A module of `earnest.api.routes` with `ROUTES` is found; nothing else has to be edited. Routes of a workspace stand under
`/w/{workspace}`, and at the root too where the server has one workspace; those of sources always, see `place.find_place`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import Any

from fastapi import Depends, FastAPI
from starlette.routing import Route as Address

from earnest.api import problem
from earnest.api.guard import guard
from earnest.api.limits import UnderWay
from earnest.api.page_answers import error_page
from earnest.api.place import Places
from earnest.api.redirect_memory import Redirects
from earnest.api.route import Route
from earnest.api.thin import Thin
from earnest.usecases.source_secrets import Secrets

PREFIX = "/w/{workspace}"


@functools.cache
def routes() -> tuple[Route, ...]:
    """Every route, group by group in the order of their names."""
    package = importlib.import_module("earnest.api.routes")
    found: list[Route] = []
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda one: one.name):
        module = importlib.import_module(f"earnest.api.routes.{info.name}")
        found.extend(getattr(module, "ROUTES", ()))
    return tuple(found)


def make_app(
    places: Places,
    *,
    public_url: str | None = None,
    secrets: Secrets | None = None,
    redirects: Redirects | None = None,
) -> FastAPI:
    """The application that serves these workspaces.

    Args:
        places: name → workspace; whoever opened them closes them. What cannot be served stands there as its error.
        public_url: where the server is called from outside, without a path; None: as the request says.
        redirects: where links lead, by workspace, open or not; made of `places` if it is not given.
    """
    app = FastAPI(title="Earnest", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.places = places
    app.state.public_url = public_url
    app.state.under_way = UnderWay()
    app.state.secrets = secrets or Secrets()
    app.state.redirects = redirects or Redirects.of(places)
    problem.install(app, as_page=error_page)
    for route in routes():
        if not route.in_workspace:
            _mount(app, "", route)
            continue
        if len(places) == 1 or isinstance(route.endpoint, Thin):
            _mount(app, "", route)
        _mount(app, PREFIX, route, include_in_schema=len(places) != 1)
    return app


def _mount(app: FastAPI, prefix: str, route: Route, *, include_in_schema: bool = True) -> None:
    if isinstance(route.endpoint, Thin):
        assert route.access.by != "scope", "a thin route is not guarded"
        app.router.routes.insert(0, Address(prefix + route.path, route.endpoint, name=route.summary))
        return
    extra: dict[str, Any] = {"include_in_schema": include_in_schema} | route.extra
    app.add_api_route(
        prefix + route.path,
        route.endpoint,
        methods=[route.method],
        summary=route.summary,
        tags=[route.tag],
        dependencies=[Depends(guard(route.access)), *extra.pop("dependencies", ())],
        **extra,
    )
