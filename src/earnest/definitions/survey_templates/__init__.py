"""Surveys that come with Earnest, one file each, in every language of the page."""

from __future__ import annotations

import functools
import json
from importlib import resources

from earnest.definitions.survey import Survey, read_survey
from earnest.kernel.declared import look_up
from earnest.kernel.errors import UsageError


@functools.cache
def templates() -> dict[str, Survey]:
    """Template → the survey it makes, by name."""
    folder = resources.files(__name__)
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".json")), key=lambda one: one.name)
    names = [one.name.removesuffix(".json") for one in files]
    return {name: read_survey(json.loads(one.read_text("utf-8")), name) for name, one in zip(names, files, strict=True)}


def template(name: str) -> Survey:
    """A template.

    Raises:
        UsageError: `no-such-template`.
    """
    return look_up(templates(), name, what="template", listed="Templates", refusal=(UsageError, "no-such-template"))
