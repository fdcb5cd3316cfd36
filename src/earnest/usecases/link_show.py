"""What became of links: clicks of each, all of them and those a person made, and what is not as it should be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from earnest.definitions.link import Link
from earnest.definitions.state import State
from earnest.kernel.period import moment_of
from earnest.kernel.words import natural
from earnest.tracking.destination import load
from earnest.usecases.links import Issued, find_link, landing_of, shared_code
from earnest.usecases.tables import open_tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress


@dataclass(frozen=True, slots=True)
class Clicks:
    """Clicks of a link.

    Args:
        raw: all there were. human: those a person made, each once however often it was told or pressed within 30 seconds.
        by_class: class → clicks, of all.
    """

    raw: int = 0
    human: int = 0
    by_class: dict[str, int] = field(default_factory=dict)

    @property
    def repeated(self) -> int:
        """People's clicks that repeat one within 30 seconds."""
        return self.by_class.get("human", 0) - self.human

    def to_json(self) -> dict[str, Any]:
        return {"raw": self.raw, "human": self.human, "repeated": self.repeated, "by_class": self.by_class}


@dataclass(frozen=True, slots=True)
class LinkShown:
    """A link as people see it. `state`: live, disabled, ended, or host-not-allowed."""

    link: Link
    shared: Issued
    state: str
    clicks: Clicks

    def to_json(self) -> dict[str, Any]:
        until = self.link.until_us
        return {
            "name": self.link.id,
            "number": self.link.number,
            "state": self.state,
            "code": self.shared.code,
            "url": self.shared.url,
            "destination": self.link.destination,
            "lands_on": landing_of(self.link),
            "campaign": self.link.campaign,
            "within": self.link.within,
            "utm": self.link.utm,
            "click_parameter": self.link.click_parameter,
            "until": moment_of(until).isoformat() if until is not None else None,
            "clicks": self.clicks.to_json(),
        }


def show_link(workspace: Workspace, name: str, *, progress: Progress = quiet) -> LinkShown:
    """One link, and its clicks up to now.

    Raises:
        NotFound: `no-such-link`.
    """
    find_link(workspace.state(), name)
    return next(one for one in show_links(workspace, progress=progress) if one.link.id == name)


def show_links(workspace: Workspace, *, progress: Progress = quiet) -> list[LinkShown]:
    """Every link by name, and its clicks up to now."""
    if not workspace.state().links:
        return []
    with open_tables(workspace, progress=progress) as tables:
        rows = tables.con.execute(
            "SELECT link, click_class, count(*), CAST(sum(human) AS BIGINT) FROM response"
            " WHERE response_kind = 'click' AND link IS NOT NULL GROUP BY link, click_class ORDER BY link, click_class"
        ).fetchall()
        state = tables.state
    found: dict[str, Clicks] = {}
    for link, click_class, count, human in rows:
        before = found.get(link, Clicks())
        classes = before.by_class | {click_class: int(count)}
        found[link] = Clicks(before.raw + int(count), before.human + int(human or 0), classes)
    names = sorted(state.links, key=natural)
    return [shown(workspace, state, state.links[name], found.get(name, Clicks())) for name in names]


def shown(workspace: Workspace, state: State, link: Link, clicks: Clicks) -> LinkShown:
    """A link with clicks counted elsewhere."""
    return LinkShown(link, shared_code(workspace, state, link), state_of(state, link, workspace.clock()), clicks)


def state_of(state: State, link: Link, now_us: int) -> str:
    """`live`, or why it leads nowhere: `disabled`, `ended`, `host-not-allowed`."""
    if not link.enabled:
        return "disabled"
    if link.until_us is not None and link.until_us <= now_us:
        return "ended"
    landing = load(link.destination, link.utm, link.click_parameter, allowed=state.link_hosts)
    return "live" if landing is not None else "host-not-allowed"
