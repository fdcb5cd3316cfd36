"""The error tree: exceptions are for callers, configuration and environment.

Dirty input is data (quarantine), and a number that cannot honestly be computed is `Unavailable`; neither is raised.
Every error carries a stable kebab `code`, one sentence that says what happened and what was expected,
the `facts` behind it and a `hint`: what to do next. Each door maps the class once (exit code, problem+json).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class EarnestError(Exception):
    """Anything Earnest refuses to do, with code, facts and remedy."""

    def __init__(self, code: str, message: str, *, hint: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.facts = facts


class UsageError(EarnestError):
    """The call itself is wrong: an unknown name, a value of the wrong form. Correct the call."""


class DataRefused(EarnestError):
    """The data given cannot be used as it is. Correct the file or the mapping."""


class NotFound(EarnestError):
    """The thing named does not exist. Check the name; `list` commands show what there is."""


class Conflict(EarnestError):
    """The thing exists already, or someone else is changing it. Choose another name or try again."""


class EnvironmentProblem(EarnestError):
    """The machine or the workspace is not fit to work on: old SQLite, missing key, full disk."""


class CurrencyMismatch(EarnestError):
    """Two currencies met in one sum or ratio. Convert with a dated rate first."""


def closest(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the nearest known name, or an empty string."""
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{match[0]}'?" if match else ""
