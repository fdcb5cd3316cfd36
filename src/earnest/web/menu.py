"""The menu, and every page there is."""

from __future__ import annotations

import functools

from earnest.kernel.declared import declared
from earnest.reports.words import Words
from earnest.web.asked import Asked
from earnest.web.desk import PageAt
from earnest.web.page import MenuEntry


@functools.cache
def pages() -> tuple[PageAt, ...]:
    """Every page; fixed addresses before those with parameters."""
    found = declared("earnest.web.pages", PageAt, "PAGE", "PAGES")
    return tuple(sorted(found, key=lambda one: ("{" in one.path, one.path)))


def menu(words: Words, asked: Asked) -> tuple[MenuEntry, ...]:
    """The entries of the menu in a language; they keep days, comparison and rule of attribution."""
    label = words.label
    entries = (
        ("overview", label("menu", "Overview"), "/", "o"),
        ("campaigns", label("menu", "Campaigns"), "/campaigns", "c"),
        ("experiments", label("menu", "Experiments"), "/experiments", "e"),
        ("costs", label("menu", "Costs"), "/costs", "k"),
        ("quality", label("menu", "Data quality"), "/quality", "q"),
        ("reports", label("menu", "Reports"), "/reports", "r"),
        ("assumptions", label("menu", "Assumptions"), "/assumptions", "a"),
        ("imports", label("menu", "Imports"), "/imports", "i"),
        ("settings", label("menu", "Settings"), "/settings", "s"),
    )
    return tuple(MenuEntry(section, text, asked.to(path), key) for section, text, path, key in entries)
