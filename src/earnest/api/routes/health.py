"""Whether the server can keep what comes (`/healthz`), whether all is well (`/readyz`), and the figures (`/metrics`)."""

from __future__ import annotations

import shutil
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from earnest.api.place import Place, Places, place_of
from earnest.api.route import PUBLIC, Route, needs
from earnest.kernel.errors import EarnestError
from earnest.usecases.heartbeat import heartbeat

BUILDER_LATE_US = 60 * 1_000_000
"""A builder beats every few seconds, and after each round; a round of a large backlog may take this long."""
DISK_SHARE = 0.02
DISK_BYTES = 256 << 20
"""Room is low below both this share and this many bytes."""
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


async def alive(request: Request) -> Response:
    """200 while every workspace that is open can be written to, else 503: what a load balancer asks.

    One that could not be opened takes no other out of service; `/readyz` tells of it.
    """
    places = _served(request.app.state.places)
    opened = [place for place in places if isinstance(place, Place)]
    faults = sorted({fault for place in opened or places if (fault := _fault(place))})
    return _told("unavailable" if faults else "ok", {"faults": faults} if faults else {}, well=not faults)


def ready(request: Request) -> Response:
    """200 while receiving, building and room on the disk are all well, else 503 with what is not: what an alarm asks."""
    places = _served(request.app.state.places)
    faults = sorted({fault for place in places if (fault := _fault(place))})
    open_places = [place for place in places if isinstance(place, Place)]
    builder = _worst([_builder(place) for place in open_places], ("failing", "late", "ok"))
    disk = _worst([_disk(place) for place in open_places], ("low", "ok"))
    facts = {"journal": faults[0] if faults else "ok", "builder": builder, "disk": disk, "workspaces": len(places)}
    unavailable = sorted(place.code for place in places if isinstance(place, EarnestError))
    if unavailable:
        facts["unavailable"] = unavailable  # why each cannot be opened; its name stands in the log
    well = not faults and builder == "ok" and disk == "ok"
    return _told("ready" if well else "not-ready", facts, well=well)


def metrics(place: Annotated[Place, Depends(place_of)]) -> Response:
    """The workspace's figures, for Prometheus."""
    seq, last_received = place.tip()
    text = place.figures.scrape(
        journal_seq=seq,
        last_received=last_received,
        waiting=place.writer.waiting,
        writable=place.fault() is None,
        state=place.state(),
    )
    return Response(text, headers={"content-type": PROMETHEUS})


def _served(places: Places) -> list[Any]:
    return list(places.values())


def _fault(place: object) -> str | None:
    return place.fault() if isinstance(place, Place) else "workspace-unavailable"


def _builder(place: Place) -> str:
    beat = heartbeat(place.workspace)
    if beat is None or place.workspace.clock() - beat.at_us > BUILDER_LATE_US:
        return "late"
    return "failing" if beat.error is not None else "ok"


def _disk(place: Place) -> str:
    room = shutil.disk_usage(place.workspace.path)
    return "low" if room.free < DISK_BYTES and room.free < room.total * DISK_SHARE else "ok"


def _worst(said: list[str], order: tuple[str, ...]) -> str:
    return next((one for one in order if one in said), "ok")


def _told(status: str, facts: dict[str, Any], *, well: bool) -> Response:
    headers = {"cache-control": "no-store"} | ({} if well else {"retry-after": "5"})
    return JSONResponse({"status": status, **facts}, 200 if well else 503, headers)


ROUTES = (
    Route("GET", "/healthz", alive, access=PUBLIC, summary="Can deliveries be kept?", tag="health", in_workspace=False),
    Route("GET", "/readyz", ready, access=PUBLIC, summary="Is all well?", tag="health", in_workspace=False),
    Route(
        "GET",
        "/metrics",
        metrics,
        access=needs("operations:read"),
        summary="Figures for Prometheus",
        tag="health",
        extra={"response_class": PlainTextResponse},
    ),
)
