"""earnest key create, list, revoke."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from earnest.cli.commands.user import administration, day
from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from earnest.access.records import ApiKey


@click.group(name="key")
def group() -> None:
    """API keys: what programs send and read with."""


@group.command()
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, help="What it may do, such as events:write; repeat it."
)
@click.option("--source", default=None, help="The one source it sends events to; events:write needs it.")
@click.option("--expires", default="365d", show_default=True, help="Days until it expires, such as 90d, or never.")
@shared
def create(out: Output, name: str, *, scopes: tuple[str, ...], source: str | None, expires: str) -> None:
    """Make an API key and print it, this once.

    Only its digest is kept: a lost key is revoked and made anew.
    """
    from earnest.usecases.access import create_key

    days = _days(expires)
    with administration(out) as admin:
        key, text = create_key(admin, name, scopes=scopes, source=source, days=days)
        now_us = admin.workspace.clock()
    out.data(_told(key, now_us=now_us) | {"key": text}, lambda c: c.print(text, markup=False, soft_wrap=True))
    out.note(f"Keep it now: it cannot be shown again. It expires {f'on {day(key.expires_us)}' if days else 'never'}.")


@group.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Also those that expired or were revoked.")
@shared
def list_keys(out: Output, *, everything: bool) -> None:
    """List API keys: scopes, expiry, last use."""
    from earnest.cli.tables import print_table

    with administration(out) as admin:
        now_us = admin.workspace.clock()
        keys = [key for key in admin.store.api_keys() if everything or key.live(now_us)]
    told = [_told(key, now_us=now_us) for key in keys]
    rows = [
        (f"ek_{k.id}…", k.name, " ".join(sorted(k.scopes)), k.source or "none", t["state"], day(k.expires_us), day(k.used_us))
        for k, t in zip(keys, told, strict=True)
    ]  # fmt: skip
    headers = ("key", "name", "scopes", "source", "state", "expires", "last used")
    out.data(told, lambda c: print_table(c, headers, rows))


@group.command()
@click.argument("key", metavar="KEY")
@shared
def revoke(out: Output, key: str) -> None:
    """Revoke a key: its next request is refused.

    KEY is its name or its beginning, ek_ and 8 characters.
    """
    from earnest.usecases.access import revoke_key

    with administration(out) as admin:
        revoked = revoke_key(admin, key)
        now_us = admin.workspace.clock()
    out.data(
        _told(revoked, now_us=now_us),
        lambda c: c.print(f"API key {revoked.name} (ek_{revoked.id}…) is revoked.", markup=False),
    )


def _days(text: str) -> int | None:
    """Days of `90d`; None of `never`.

    Raises:
        UsageError: `bad-expiry`.
    """
    from earnest.kernel.errors import UsageError

    if text == "never":
        return None
    found = re.fullmatch(r"([0-9]{1,5})d", text)
    if not found:
        raise UsageError("bad-expiry", f"'{text}' is no expiry", hint="Write days, such as 90d, or never.")
    return int(found[1])


def _told(key: ApiKey, *, now_us: int) -> dict[str, Any]:
    """What is shown of a key: never its digest."""
    state = "revoked" if key.revoked_us is not None else "live" if key.live(now_us) else "expired"
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "source": key.source,
        "state": state,
        "created_us": key.created_us,
        "created_by": key.created_by,
        "expires_us": key.expires_us,
        "used_us": key.used_us,
    }


COMMANDS = {"key": group}
