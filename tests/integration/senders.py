"""A served shop with the sources that API keys write to, for the tests of events that come in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from earnest.access.principal import operator
from earnest.api.app import make_app
from earnest.api.place import Place
from earnest.api.throttle import Limit, Limits, Throttle
from earnest.definitions.source import Source
from earnest.journal.log import Entry
from earnest.usecases.access import Administration, create_key
from earnest.usecases.workspace import init

NOON_US = 1_790_000_000_000_000
"""2026-09-21T14:13:20Z."""

_MANY = Limit(rate=1e6, burst=1_000_000)


@dataclass
class Clock:
    """Microseconds; a millisecond later at each look."""

    now_us: int = NOON_US

    def __call__(self) -> int:
        self.now_us += 1_000
        return self.now_us


@dataclass(frozen=True)
class Shop:
    """A served workspace with an events source `own`, a Segment source `app`, and a key for each and for none."""

    place: Place
    app: FastAPI
    events_key: str
    segment_key: str
    unbound_key: str

    def received(self) -> list[Entry]:
        """What the journal holds of deliveries."""
        with self.place.workspace.journal() as journal:
            return list(journal.received(after=0))

    def declare(self, source: Source) -> None:
        self.place.workspace.record("source.set", source.to_json())


@contextmanager
def served_shop(folder: Path, *, options: dict[str, Any] | None = None) -> Iterator[Shop]:
    """A shop in euros, in Berlin. `options` are those of the Segment source."""
    place = Place("shop", init(folder / "shop", currency="EUR", timezone="Europe/Berlin", clock=Clock()))
    for name, channel, told in (("own", "events", None), ("app", "segment", options)):
        place.workspace.record("source.set", Source(name, channel, "token", (), options=told).to_json())
    admin = Administration(place.workspace, place.access, operator("root"))
    keys = [
        create_key(admin, name, scopes=["events:write", *more], source=source)[1]
        for name, source, more in (("e", "own", ()), ("s", "app", ()), ("u", None, ("access:manage",)))
    ]
    app = make_app({"shop": place})
    app.state.throttle = Throttle(Limits(_MANY, _MANY, _MANY, _MANY, _MANY))
    try:
        yield Shop(place, app, *keys)
    finally:
        place.close()
