"""What is not as it should be with links: by what is declared, and, only if asked, by following where they lead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from earnest.definitions.link import Link
from earnest.definitions.state import State
from earnest.tracking.destination import Landing, parameters_of
from earnest.usecases.link_show import state_of
from earnest.usecases.link_walk import Walk, walk
from earnest.usecases.links import base_of, find_link
from earnest.usecases.tables import quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

Level = Literal["failed", "warned"]
Follow = Callable[[str, Sequence[str]], Walk]
"""(address, allowed hosts) → where it led."""

CLICK_ID = "earnest-link-check"
"""Stands for a click's id where a link is followed."""
AT_ONCE = 8

WHY: dict[str, tuple[Level, str]] = {
    "public-url-missing": ("failed", "Codes have no address that anybody could call."),
    "host-not-allowed": ("failed", "Clicks are answered 404."),
    "link-disabled": ("warned", "Clicks are answered 404."),
    "link-ended": ("warned", "Clicks are answered 404."),
    "link-without-campaign": ("warned", "Its clicks belong to no campaign, and none gets credit for them."),
    "target-dead": ("failed", "Whoever clicks sees an error."),
    "no-answer": ("failed", "Whoever clicks waits and sees nothing."),
    "tls-failed": ("failed", "Browsers warn of the site instead of showing it."),
    "redirect-loop": ("failed", "Browsers give up and show an error."),
    "redirect-off-list": ("failed", "People end on a host that nobody allowed."),
    "redirect-unreadable": ("failed", "Nobody can tell where people end."),
    "private-address": ("failed", "People outside this network cannot get there; it was not asked."),
    "tag-lost": ("warned", "Visits cannot be joined to the click that brought them."),
}
"""Code → how bad it is, and why it matters."""


@dataclass(frozen=True, slots=True)
class LinkFinding:
    """One thing that is wrong. `link` is None for what concerns all."""

    link: str | None
    code: str
    what: str
    remedy: str

    @property
    def level(self) -> Level:
        return WHY[self.code][0]

    @property
    def why(self) -> str:
        return WHY[self.code][1]

    def to_json(self) -> dict[str, Any]:
        return {
            "link": self.link,
            "code": self.code,
            "level": self.level,
            "what": self.what,
            "why": self.why,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, and how many links were looked at. `followed`: whether they were also called."""

    found: tuple[LinkFinding, ...]
    links: int
    followed: bool

    def healthy(self, *, strict: bool = False) -> bool:
        """Whether nothing failed; with `strict`, neither is anything warned of."""
        return not any(strict or one.level == "failed" for one in self.found)

    def to_json(self) -> dict[str, Any]:
        return {
            "healthy": self.healthy(),
            "links": self.links,
            "followed": self.followed,
            "found": [one.to_json() for one in self.found],
        }


def check_links(
    workspace: Workspace,
    name: str | None = None,
    *,
    fetch: bool = False,
    allow_private: bool = False,
    follow: Follow | None = None,
    progress: Progress = quiet,
) -> Checked:
    """Check one link, or all that lead anywhere.

    Args:
        fetch: also call the destinations and follow their redirects. allow_private: also addresses that are not public.
        follow: how that is done; default: over the network.

    Raises:
        NotFound: `no-such-link`.
    """
    state, now_us = workspace.state(), workspace.clock()
    links = [find_link(state, name)] if name is not None else [one for _, one in sorted(state.links.items())]
    if name is None:
        links = [one for one in links if state_of(state, one, now_us) not in ("disabled", "ended")]
    found = [*_of_workspace(workspace, state)]
    for link in links:
        found += _of_declaration(state, link, now_us)
    if fetch:
        calling = [one for one in links if state_of(state, one, now_us) != "host-not-allowed"]
        found += _followed(calling, state.link_hosts, follow or _over_network(allow_private), progress=progress)
    return Checked(tuple(found), len(links), fetch)


def _of_workspace(workspace: Workspace, state: State) -> Iterator[LinkFinding]:
    if state.links and base_of(workspace, state) is None:
        yield LinkFinding(
            None,
            "public-url-missing",
            "nobody has said where this server is called from outside",
            "earnest setting set public_url https://go.example.com",
        )


def _of_declaration(state: State, link: Link, now_us: int) -> Iterator[LinkFinding]:
    standing = state_of(state, link, now_us)
    if standing == "host-not-allowed":
        yield LinkFinding(
            link.id,
            standing,
            f"its host {link.host} is no longer allowed",
            f"earnest link allow {link.host}, or disable the link",
        )
    elif standing != "live":
        what = "it is disabled" if standing == "disabled" else "its time has ended"
        yield LinkFinding(link.id, f"link-{standing}", what, f"earnest link change {link.id} --enable, or --until TIME")
    if link.campaign is None:
        yield LinkFinding(
            link.id,
            "link-without-campaign",
            "it belongs to no campaign",
            f"earnest link change {link.id} --campaign CAMPAIGN",
        )


def _over_network(allow_private: bool) -> Follow:
    return lambda address, allowed: walk(address, allowed, allow_private=allow_private)


def _followed(
    links: Sequence[Link], allowed: Sequence[str], follow: Follow, *, progress: Progress
) -> list[LinkFinding]:
    found: list[LinkFinding] = []
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="link-check") as pool:
        starts = [Landing(one.destination, one.utm, one.click_parameter).of(CLICK_ID) for one in links]
        walks = pool.map(lambda start: follow(start, allowed), starts)
        for place, (link, start, led) in enumerate(zip(links, starts, walks, strict=True)):
            progress("following links", place, len(links))
            found += _of_walk(link, start, led)
    progress("following links", len(links), max(len(links), 1))
    return found


def _of_walk(link: Link, start: str, led: Walk) -> Iterator[LinkFinding]:
    where = _shown(led.end)
    if led.fault is not None:
        code = "target-dead" if led.fault == "status" else led.fault
        yield LinkFinding(link.id, code, f"{where}: {led.detail}", _REMEDIES.get(code, _CHANGE).format(name=link.id))
        return
    there, wanted = parameters_of(led.end), parameters_of(start)
    ours = {f"utm_{name}" for name in link.utm} | ({link.click_parameter} if link.click_parameter else set())
    lost = sorted(name for name in ours if there.get(name) != wanted[name])
    if lost:
        yield LinkFinding(
            link.id,
            "tag-lost",
            f"it ends at {where} without {', '.join(lost)}, after {len(led.addresses) - 1} redirects",
            f"Lead there at once: earnest link change {link.id} --to URL; or let the site's redirect keep the query.",
        )


_CHANGE = "Look at the page in a browser, and correct the link: earnest link change {name} --to URL"
_REMEDIES = {
    "redirect-off-list": "If that host is yours, allow it: earnest link allow HOST; else earnest link change {name} --to URL",
    "private-address": "If the site is inside on purpose, check it with --allow-private.",
    "tls-failed": "Renew or correct the site's certificate.",
}


def _shown(address: str) -> str:
    """An address without its query: it is long, and its tags are told by name."""
    return address.partition("?")[0].partition("#")[0]
