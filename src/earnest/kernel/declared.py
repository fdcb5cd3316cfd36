"""What a package's modules declare: found by looking, so that adding one touches one place, and looked up by its code."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Iterator, Mapping
from typing import TypeVar

from earnest.kernel.errors import EarnestError, closest

T = TypeVar("T")
Refusal = tuple[type[EarnestError], str]
"""Which error to raise, and its code."""


def declared(package: str, kind: type[T], *names: str) -> Iterator[T]:
    """Everything of a kind that the modules of a package hold under these names, alone or in a tuple.

    Args:
        package: its full name; modules are imported in the order of their names.
    """
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        module = importlib.import_module(f"{package}.{info.name}")
        for name in names:
            held = getattr(module, name, ())
            yield from (one for one in (held if isinstance(held, tuple) else (held,)) if isinstance(one, kind))


def look_up(
    known: Mapping[str, T],
    name: str,
    *,
    what: str,
    refusal: Refusal,
    listed: str | None = None,
    hint: str | None = None,
) -> T:
    """What is known by a name.

    Args:
        what, listed, hint: see `check_known`.

    Raises:
        EarnestError: the refusal, as `check_known`.
    """
    check_known(known, name, what=what, refusal=refusal, listed=listed, hint=hint)
    return known[name]


def check_known(
    known: Collection[str],
    name: str,
    *,
    what: str,
    refusal: Refusal,
    listed: str | None = None,
    hint: str | None = None,
) -> None:
    """Refuse a name that is not known, and tell the closest one.

    Args:
        what: word for what is looked for.
        listed: word that heads the list of all there are, which then is the hint. hint: what to do, where that is not listed.

    Raises:
        EarnestError: the refusal: nothing has that name.
    """
    if name not in known:
        error, code = refusal
        told = f"{listed}: {', '.join(known)}." if listed else hint
        raise error(code, f"there is no {what} '{name}'{closest(name, known)}", hint=told)
