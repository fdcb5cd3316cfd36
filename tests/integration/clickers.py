"""People who follow links at a steady pace, whatever the server does, and what they were answered."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from earnest.definitions.link import Link
from earnest.tracking.codes import Code, Codec
from earnest.usecases.workspace import Workspace, init

HOST = "shop.example"
BROWSER = {
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "accept": "text/html",
}


def linked(folder: Path, *links: Link, hosts: Iterable[str] = (HOST,)) -> Workspace:
    """A new workspace with links; `spring`, number 1, if none are given."""
    made = init(folder, currency="EUR", timezone="UTC")
    made.record("link.hosts", {"hosts": list(hosts)})
    for link in links or (Link("spring", 1, f"https://{HOST}/offer"),):
        made.record("link.set", link.to_json())
    return made


def code(place: Workspace, number: int = 1, recipient: int | None = None) -> str:
    return Codec(place.key(), "link").write(Code(number, recipient))


def click_id(location: str) -> str:
    return parse_qs(urlsplit(location).query)["eid"][0]


def kept_clicks(place: Workspace) -> list[str]:
    """The ids of all clicks in the journal; its chain is intact."""
    with place.journal() as journal:
        found = [
            json.loads(entry.body)["click"] for entry in journal.received(after=0) if entry.source == "earnest.links"
        ]
        assert journal.verify() is None
    return found


@dataclass
class Clickers:
    """Some who click, together `rate` times a second, each on a connection of its own that is kept while it may be.

    Like a browser, whoever finds a kept connection closed before there was any answer asks again on a new one.

    Args:
        clicks: ids of the clicks answered 302. answers: status → how many.
    """

    port: int
    path: str
    rate: float = 300.0
    people: int = 6
    clicks: list[str] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)
    broken: int = 0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Clickers:
        self._threads = [threading.Thread(target=self._click, args=(one,), daemon=True) for one in range(self.people)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _click(self, one: int) -> None:
        pause = self.people / self.rate
        due = time.monotonic() + pause * one / self.people
        connection: http.client.HTTPConnection | None = None
        while not self._stopping.wait(max(0.0, due - time.monotonic())):
            due += pause
            connection = self._ask(connection)
        if connection is not None:
            connection.close()

    def _ask(self, kept: http.client.HTTPConnection | None) -> http.client.HTTPConnection | None:
        connection = kept or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", self.path, headers=BROWSER)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            if kept is not None:
                return self._ask(None)
            with self._lock:
                self.broken += 1
            return None
        with self._lock:
            self.answers[answer.status] = self.answers.get(answer.status, 0) + 1
            if answer.status == 302:
                self.clicks.append(click_id(answer.headers["location"]))
        if answer.headers.get("connection") == "close":
            connection.close()
            return None
        return connection
