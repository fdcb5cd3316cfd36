"""Scopes and roles: the one place that says what there is to be allowed, and which role may do what."""

from __future__ import annotations

from collections.abc import Iterable

from earnest.kernel.declared import check_known, look_up
from earnest.kernel.errors import UsageError

SCOPES: dict[str, str] = {
    "events:write": "send events, with an API key for one source; without one: give it to such a key",
    "reports:read": "read figures, reports and definitions",
    "definitions:write": "declare campaigns, experiments, costs, settings and sources",
    "links:write": "create links, and give recipients their codes",
    "surveys:write": "invite people to surveys",
    "access:manage": "manage users and API keys",
    "operations:read": "read metrics and the state of the server",
}
"""What may be allowed, with what it allows."""

ROLES: dict[str, frozenset[str]] = {
    "viewer": frozenset({"reports:read"}),
    "analyst": frozenset({"reports:read", "definitions:write", "links:write", "surveys:write"}),
    "admin": frozenset(SCOPES),
}
"""What a user of each role may do, least first."""

ADMIN = "admin"


def role_scopes(role: str) -> frozenset[str]:
    """The scopes of a role.

    Raises:
        UsageError: `no-such-role`.
    """
    return look_up(ROLES, role, what="role", listed="Roles", refusal=(UsageError, "no-such-role"))


def check_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes as a set.

    Raises:
        UsageError: `no-such-scope`, `no-scope`.
    """
    wanted = frozenset(scopes)
    for scope in sorted(wanted):
        check_known(SCOPES, scope, what="scope", listed="Scopes", refusal=(UsageError, "no-such-scope"))
    if not wanted:
        raise UsageError("no-scope", "an API key needs at least one scope", hint=f"Scopes: {', '.join(SCOPES)}.")
    return wanted
