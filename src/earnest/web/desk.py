"""What a page is made from: open tables, words, the address, and who looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from earnest.definitions.days import LONGEST, Days
from earnest.reports.words import Words
from earnest.usecases.served_stories import served_campaigns, served_stories, served_story
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace
from earnest.verdict.story import CampaignStory
from earnest.web.asked import Asked
from earnest.web.page import Page


@dataclass(frozen=True, slots=True)
class Desk:
    """For one request.

    Args:
        scopes: what who looks may do. name: of the workspace, as served.
        given: what a form sent, where one did; files by field.
    """

    workspace: Workspace
    tables: Tables
    words: Words
    asked: Asked
    name: str
    who: str
    scopes: frozenset[str]
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def days(self) -> Days | None:
        """The days the address asks for; where only their end is given, as many before it as can be asked for."""
        found = self.asked.days(self.tables.day)
        if found is None or self.asked.first is not None:
            return found
        return Days(max(found.first, found.last - timedelta(days=LONGEST - 1)), found.last)

    @property
    def currency(self) -> str:
        return self.tables.state.currency

    def stories(self) -> tuple[CampaignStory, ...]:
        """Every campaign, ranked."""
        return served_stories(self.workspace, self.tables)

    def story(self, campaign: str) -> CampaignStory:
        """One campaign.

        Raises:
            NotFound: `no-such-campaign`.
        """
        return served_story(self.workspace, self.tables, campaign)

    def campaigns(self) -> tuple[tuple[str, str], ...]:
        """Id and name of every campaign, latest first; nothing is judged for it."""
        return tuple((name, told) for name, told, _ in served_campaigns(self.tables))

    def may(self, scope: str) -> bool:
        """Whether who looks may do something."""
        return scope in self.scopes


Builder = Callable[..., Page]


@dataclass(frozen=True, slots=True)
class PageAt:
    """A page and its address.

    Args:
        path: with the path parameters of `build` in braces. build: takes the desk and the path parameters.
        section: entry of the menu. scope: who may see it. live: looks again when anything new came.
    """

    path: str
    build: Builder
    section: str
    summary: str
    scope: str = "reports:read"
    live: bool = True
