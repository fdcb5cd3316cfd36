"""A served shop with one judged campaign, and callers of each role's scopes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from earnest.access.principal import operator
from earnest.api.app import make_app
from earnest.api.place import Place
from earnest.api.throttle import Limit, Limits, Throttle
from earnest.usecases.access import Administration, create_key
from earnest.usecases.tables import build

from .trials import Clock, Trial, laid_out

API = "/api/v1/reports"
PLENTY = Limit(rate=1e6, burst=1_000_000)


@dataclass(frozen=True)
class ReportShop:
    """The application over it, alone or beside a second workspace `other`; keys of a writer and of a reader."""

    place: Place
    app: FastAPI
    writer: str
    reader: str

    @property
    def clock(self) -> Clock:
        clock = self.place.workspace.clock
        assert isinstance(clock, Clock)
        return clock

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """One request; `key` none: nobody."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="https://earnest.example") as client:
                shown = {"authorization": f"Bearer {key}"} if key else {}
                return await client.request(method, path, json=body, headers=shown | (headers or {}))

        return asyncio.run(asked())

    def write(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.ask(method, path, body, key=self.writer)
        assert answer.status_code in (200, 201, 204), answer.text
        return answer.json() if answer.content else None

    def declared(self) -> None:
        """A report `board` on the campaign."""
        self.write("POST", API, {"id": "board", "title": "Spring for the board", "campaigns": ["spring"]})

    def link(self, **asked: Any) -> dict[str, Any]:
        """A link to a new snapshot of it."""
        self.write("POST", f"{API}/board/snapshots", {})
        made: dict[str, Any] = self.write("POST", f"{API}/board/links", asked)
        return made


@contextmanager
def report_shop(folder: Path, *, other: Place | None = None, limits: Limits | None = None) -> Iterator[ReportShop]:
    """The trial of `trials.Trial`, served under the name `shop`."""
    workspace = laid_out(folder, Trial(), Clock("2026-04-10T12:00:00"))
    build(workspace)
    place = Place("shop", workspace)
    admin = Administration(workspace, place.access, operator("root"))
    keys = [create_key(admin, name, scopes=scopes)[1] for name, scopes in (("w", ("reports:read", "definitions:write")), ("r", ("reports:read",)))]  # fmt: skip
    app = make_app({"shop": place} | ({"other": other} if other else {}))
    app.state.throttle = Throttle(limits or Limits(PLENTY, PLENTY, PLENTY, PLENTY, PLENTY, PLENTY))
    try:
        yield ReportShop(place, app, *keys)
    finally:
        place.close()
