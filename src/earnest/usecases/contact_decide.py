"""Decide about the evidence that two identities are one person: cut their link, make one, or leave it to the evidence again."""

from __future__ import annotations

from earnest.kernel.errors import DataRefused, UsageError
from earnest.usecases.contact_show import Contact, find_key, key_text, show_contact
from earnest.usecases.persons import decided
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace


def decide(workspace: Workspace, one: str, other: str, *, together: bool | None, reason: str) -> Contact:
    """Record a decision; every table follows it with the next build, and it can be taken back.

    Args:
        one, other: identities as `show_contact` takes them.
        together: False cuts their direct link, True links them, None takes an earlier decision back.

    Returns:
        The person that `one` now belongs to.

    Raises:
        UsageError: `same-identity`, `no-reason`. DataRefused: `nothing-to-cut`, `nothing-decided`.
        NotFound: `no-such-contact`.
    """
    if not reason.strip():
        raise UsageError("no-reason", "a decision about a person needs a reason", hint="Add --reason TEXT.")
    with open_tables(workspace) as tables:
        keys = sorted((find_key(workspace, tables, one), find_key(workspace, tables, other)))
        state = tables.state
    if keys[0] == keys[1]:
        raise UsageError("same-identity", "both are one identity", hint="Name two of them.")
    if together is False:
        _refuse_needless_cut(workspace, one, keys)
    if together is None and not any([d.one, d.other] == keys for d in decided(state)):
        raise DataRefused(
            "nothing-decided", "nothing was decided about these two", hint="See the links: earnest contact show ID"
        )
    body = {"one": keys[0], "other": keys[1], "together": together, "reason": reason.strip()}
    workspace.record("identity.decided", body)
    return show_contact(workspace, one)


def _refuse_needless_cut(workspace: Workspace, one: str, keys: list[int]) -> None:
    """A cut takes out a direct link; two identities that are one person by way of a third need that way's links cut."""
    contact = show_contact(workspace, one)
    direct = [link for link in contact.links if [link.one, link.other] == keys and link.cut is None]
    if not direct:
        members = {identity.key for identity in contact.identities}
        way = " They are one person by way of others: cut one of those links." if set(keys) <= members else ""
        raise DataRefused(
            "nothing-to-cut",
            f"no direct link joins {key_text(keys[0])} and {key_text(keys[1])}.{way}",
            hint="See the links: earnest contact show ID",
        )
