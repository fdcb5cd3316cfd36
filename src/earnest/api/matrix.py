"""Who may call what, as tables made from the declarations: for docs/access.md, and for the test that calls every route."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from earnest.access.roles import ROLES, SCOPES
from earnest.api.app import routes
from earnest.api.route import Access
from earnest.api.throttle import Limits

END = "<!-- end -->"


def may_call(access: Access, scopes: frozenset[str], *, channel: str | None = None) -> bool:
    """Whether a caller whom the workspace knows may call.

    Args:
        channel: of the source that the caller's key is bound to; None for sessions and for keys without a source.
    """
    if access.by != "scope":
        return True
    bound = access.channel is None or access.channel == channel
    return bound and (access.scope is None or access.scope in scopes)


def with_tables(page: str) -> str:
    """A page with the tables of today, each between `<!-- made: NAME -->` and `<!-- end -->`."""
    for name, made in TABLES.items():
        mark = f"<!-- made: {name} -->"
        assert mark in page, mark
        before, _, rest = page.partition(mark)
        _, end, after = rest.partition(END)
        assert end, f"{mark} has no end"
        page = f"{before}{mark}\n{made()}\n{END}{after}"
    return page


def _matrix() -> str:
    """A row a route, a column a caller; yes, or the status of the refusal; for a key, the scope and the source it needs."""
    rows = []
    for route in sorted(routes(), key=lambda route: (route.path, route.method)):
        access = route.access
        if access.by == "scope":
            told = ["yes" if may_call(access, scopes) else "403" for scopes in ROLES.values()]
            cells = ["401", *told, _key(access), "401"]
        else:
            cells = ["yes" if access.by == "public" else "signed"] * (len(ROLES) + 3)
        rows.append((f"`{route.method} {route.path}`", *cells))
    return _table(("route", "nobody", *ROLES, "API key", "from elsewhere"), rows)


def _key(access: Access) -> str:
    bound = f" and a source of `{access.channel}`" if access.channel else ""
    return f"`{access.scope}`{bound}" if access.scope else "yes"


def _scopes() -> str:
    """What each scope allows, and which role has it."""
    rows = [
        (f"`{scope}`", allows, *("yes" if scope in held else "" for held in ROLES.values()))
        for scope, allows in SCOPES.items()
    ]
    return _table(("scope", "allows", *ROLES), rows)


def _limits() -> str:
    """The usual buckets."""
    rows = [(f"`{name}`", f"{one['rate']:,.0f}", f"{one['burst']:,}") for name, one in asdict(Limits()).items()]
    return _table(("bucket", "a second", "at once"), rows)


TABLES: dict[str, Callable[[], str]] = {"matrix": _matrix, "scopes": _scopes, "limits": _limits}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))
