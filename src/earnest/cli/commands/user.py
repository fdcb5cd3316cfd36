"""earnest user add, list, role, password, disable, enable."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from earnest.access.records import User
    from earnest.usecases.access import Administration

_FROM = "Where the password stands: env:NAME or file:PATH. Without it, it is asked for on the terminal."


@click.group(name="user")
def group() -> None:
    """People who sign in to the server: viewer, analyst or admin."""


@group.command()
@click.argument("name")
@click.option("--role", default="viewer", show_default=True, help="viewer, analyst or admin; see docs/access.md.")
@click.option("--password-from", "reference", default=None, metavar="REF", help=_FROM)
@shared
def add(out: Output, name: str, *, role: str, reference: str | None) -> None:
    """Add a user.

    There is no default user and no default password: the first admin is made here.
    """
    from earnest.access.records import check_name
    from earnest.access.roles import role_scopes
    from earnest.usecases.access import add_user

    check_name(name)
    role_scopes(role)
    with administration(out) as admin:
        _say(out, add_user(admin, name, role=role, password=_password(reference)), "may sign in")


@group.command(name="list")
@shared
def list_users(out: Output) -> None:
    """List users and their roles."""
    from earnest.cli.tables import print_table

    with administration(out) as admin:
        users = admin.store.users()
    rows = [(u.name, u.role, day(u.created_us), f"no, since {day(u.disabled_us)}" if u.disabled_us else "yes") for u in users]  # fmt: skip
    out.data(
        [_told(user) for user in users],
        lambda c: print_table(c, ("user", "role", "since", "may sign in"), rows),
    )


@group.command()
@click.argument("name")
@click.argument("new_role", metavar="ROLE")
@shared
def role(out: Output, name: str, new_role: str) -> None:
    """Give a user another role; open sessions end."""
    from earnest.usecases.access import change_user

    with administration(out) as admin:
        _say(out, change_user(admin, name, role=new_role), "must sign in again")


@group.command()
@click.argument("name")
@click.option("--password-from", "reference", default=None, metavar="REF", help=_FROM)
@shared
def password(out: Output, name: str, *, reference: str | None) -> None:
    """Give a user another password; open sessions end."""
    from earnest.usecases.access import change_user

    with administration(out) as admin:
        admin.store.find_user(name)
        _say(out, change_user(admin, name, password=_password(reference)), "must sign in with the new password")


@group.command()
@click.argument("name")
@shared
def disable(out: Output, name: str) -> None:
    """Keep a user out, from the next request on."""
    from earnest.usecases.access import change_user

    with administration(out) as admin:
        _say(out, change_user(admin, name, disabled=True), "may no longer sign in; open sessions have ended")


@group.command()
@click.argument("name")
@shared
def enable(out: Output, name: str) -> None:
    """Let a user in again; waits after failed attempts end."""
    from earnest.usecases.access import change_user

    with administration(out) as admin:
        _say(out, change_user(admin, name, disabled=False), "may sign in")


@contextmanager
def administration(out: Output) -> Iterator[Administration]:
    """The workspace's users and API keys, managed by whoever works at this machine."""
    import getpass

    from earnest.access.principal import operator
    from earnest.usecases.access import Administration, open_access

    workspace = out.workspace()
    try:
        account = getpass.getuser()
    except (OSError, KeyError):
        account = "unknown"
    with open_access(workspace) as store:
        yield Administration(workspace, store, operator(account))


def day(at_us: int | None) -> str:
    """A UTC day, or a dash."""
    from earnest.kernel.period import moment_of

    return moment_of(at_us).date().isoformat() if at_us is not None else "–"


def _password(reference: str | None) -> str:
    """The password from where it stands, or asked for twice without showing it; never an argument, which others can see.

    Raises:
        UsageError: `no-password`, `no-such-secret`, `bad-secret-reference`.
    """
    from earnest.kernel.errors import UsageError

    if reference is not None:
        return _referred(reference)
    if not sys.stdin.isatty():
        raise UsageError(
            "no-password",
            "there is no terminal to ask for the password on",
            hint="Give --password-from env:NAME or --password-from file:PATH.",
        )
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return answer


def _referred(reference: str) -> str:
    import os
    from pathlib import Path

    from earnest.kernel.errors import UsageError

    kind, _, where = reference.partition(":")
    if kind not in {"env", "file"} or not where:
        raise UsageError(
            "bad-secret-reference",
            "a password is given by reference, not by itself",
            hint="Write env:NAME for an environment variable, or file:PATH.",
        )
    try:
        return os.environ[where] if kind == "env" else Path(where).read_text(encoding="utf-8").rstrip("\r\n")
    except (KeyError, OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "no-such-secret",
            f"the environment variable {where} is not set" if kind == "env" else f"the file {where} cannot be read",
            hint="Check the name, and who may read it.",
        ) from error


def _say(out: Output, user: User, what: str) -> None:
    out.data(_told(user), lambda c: c.print(f"User {user.name} ({user.role}): {what}.", markup=False))


def _told(user: User) -> dict[str, Any]:
    """What is shown of a user: never the hash."""
    return {
        "name": user.name,
        "role": user.role,
        "created_us": user.created_us,
        "disabled_us": user.disabled_us,
        "enabled": user.disabled_us is None,
    }


COMMANDS = {"user": group}
