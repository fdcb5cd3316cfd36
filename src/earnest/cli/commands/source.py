"""earnest source add, list, show, remove; and what a generic source's posts mean (`source_mapping`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from earnest.cli.commands.source_confirm import confirm
from earnest.cli.commands.source_mapping import VERBS, source_options, told_options
from earnest.cli.commands.source_visits import instructions
from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from earnest.usecases.sources import Standing


@click.group(name="source")
def group() -> None:
    """Sources: the addresses that providers deliver webhooks to, each with its channel and secrets."""


@group.command()
@click.argument("name")
@click.option("--as", "code", required=True, metavar="CHANNEL", help="Whose webhooks these are: whatsapp, twilio …")
@click.option("--secret", "secrets", multiple=True, metavar="env:NAME|file:PATH",
              help="Where the secret lies that deliveries are verified by. Several while one is being rolled.")  # fmt: skip
@click.option("--verify-token", metavar="env:NAME|file:PATH", help="Where the token of the provider's handshake lies.")
@click.option(
    "--signature", metavar="SCHEME", help="How deliveries are signed; default: as the channel's provider does."
)
@click.option(
    "--public-url", metavar="URL", help="The whole address that the provider calls, if a proxy hides it from us."
)
@click.option("--region", metavar="CC", help="Country of phone numbers without country code, for example DE.")
@click.option("--replace", "replacing", is_flag=True, help="Change a declared source.")
@source_options
@shared
def add(
    out: Output,
    name: str,
    *,
    code: str,
    secrets: tuple[str, ...],
    verify_token: str | None,
    signature: str | None,
    public_url: str | None,
    region: str | None,
    replacing: bool,
    **given: Any,
) -> None:
    """Declare a source, and see what to give the provider."""
    from earnest.channels.channel import offered_channel
    from earnest.definitions.source import Source
    from earnest.usecases.hook_mapping import check_options
    from earnest.usecases.sources import ANY_HOST, add_source, address_of, takes_keys

    known = offered_channel(code)
    options = told_options(code, given)
    before = out.workspace().state().sources.get(name) if replacing else None
    kept = before if before is not None and before.channel == code else None
    source = Source(
        name,
        code,
        signature or (kept.signature if kept else known.signature),
        secrets or (kept.secrets if kept else ()),
        verify_token or (kept.verify_token if kept else None),
        public_url or (kept.public_url if kept else None),
        region or (kept.region if kept else None),
        _merged(kept.options if kept else None, options, piecewise=known.opened_by is not None),
    )
    notes = check_options(out.workspace().state(), source)
    missing = add_source(out.workspace(), source, replacing=replacing)
    for note in notes:
        out.note(note)
    for reference in missing:
        out.note(f"{reference} is not to be found here now; the server answers 503 until it finds it.")
    if known.handshake is not None and verify_token is None:
        out.note("This provider asks for a verify token before it delivers: give --verify-token too.")
    keyed, state = takes_keys(source), out.workspace().state()
    address, of_several = address_of(out.workspace(), state, source)
    if address.startswith(ANY_HOST):
        out.note("YOUR-HOST stands for your server: earnest setting set public_url https://hooks.example.com tells it.")
    if of_several is not None:
        out.note(f"On a server with several workspaces the address is {of_several}.")
    asked = "Send to this address, with an API key" if keyed else "Give the provider this address"
    todo = instructions(source, address) or f"{asked}:\n\n  {address}\n"
    out.data(
        {**source.to_json(), "address": address, "address_of_several": of_several, "missing_secrets": list(missing)},
        lambda c: c.print(f"Source {name}: {known.label}. {todo}", markup=False, soft_wrap=True),
    )
    out.next(
        f"earnest key create {name} --scope events:write --source {name}" if keyed else f"earnest source show {name}"
    )


def _merged(kept: dict[str, Any] | None, given: dict[str, Any] | None, *, piecewise: bool) -> dict[str, Any] | None:
    """The options a source has from now on: those given now, over or instead of those it had; without any, those it had."""
    if not given:
        return kept
    return (kept or {}) | given if piecewise else given


@group.command(name="list")
@shared
def list_sources(out: Output) -> None:
    """List sources, and when each was last heard."""
    from earnest.cli.tables import print_table
    from earnest.usecases.sources import standings

    found = standings(out.workspace())
    rows = [
        (s.source.name, s.source.channel, f"{s.received:,}", _when(s.to_json()["last_received"]), _state(s))
        for s in found
    ]
    headers = ("source", "channel", "received", "last (UTC)", "state")
    out.data([s.to_json() for s in found], lambda c: print_table(c, headers, rows, numbers=(2,)))
    if not found:
        out.next("earnest source add NAME --as whatsapp --secret env:WHATSAPP_APP_SECRET")


@group.command()
@click.argument("name")
@shared
def show(out: Output, name: str) -> None:
    """Show a source: its address, its secrets, what came.

    Secrets are looked up in this command's environment; the server may have another. None is ever shown.
    """
    from earnest.cli.tables import print_table
    from earnest.usecases.sources import standing

    found = standing(out.workspace(), name)
    out.data(found.to_json(), lambda c: print_table(c, ("what", "value"), _rows(found)))


@group.command()
@click.argument("name")
@shared
def remove(out: Output, name: str) -> None:
    """Disable a source: its address answers 404, what came stays."""
    from earnest.usecases.sources import disable_source

    source = disable_source(out.workspace(), name)
    out.data(source.to_json(), lambda c: c.print(f"Source {name} receives nothing any more.", markup=False))
    secrets = " ".join(f"--secret {one}" for one in source.secrets[:1])
    out.next(f"earnest source add {name} --as {source.channel} {secrets}".rstrip())


def _rows(found: Standing) -> list[tuple[str, str]]:
    from earnest.channels.channel import channel_of
    from earnest.channels.signing.scheme import scheme_of
    from earnest.usecases.sources import references

    told, source = found.to_json(), found.source
    refused = f"{found.tally.refused:,}"
    if found.tally.why:
        refused += f" (last {_when(told['last_refused'])}: {found.tally.why})"
    postponed = f"{found.tally.postponed:,}"
    if found.tally.postponed_code:
        postponed += f" (last {_when(told['last_postponed'])}: {found.tally.postponed_code})"
    several = [("on a server of several", found.address_of_several)] if found.address_of_several else []
    signed = [
        ("signature", scheme_of(source.signature).label),
        *((one, "not to be found here" if one in found.missing else "found") for one in references(source)),
        ("handshake", found.handshake),
    ]
    opened = {
        "origin": [("opened to pages of", ", ".join((source.options or {}).get("origins", ())))],
        "file": [("opened by", "nothing: its exports are imported")],
    }.get(channel_of(source.channel).opened_by or "", signed)
    status = 401 if channel_of(source.channel).needs_secret else 403
    turned_away = [(f"refused, {status}", refused), ("postponed, 503", postponed)]
    return [
        ("address", found.address or "none"),
        *several,
        ("channel", channel_of(source.channel).label),
        *([("opened by", "API keys made for it: see earnest key list")] if found.keyed else opened),
        ("region", source.region or "none"),
        ("received", f"{found.received:,}"),
        ("last received (UTC)", _when(told["last_received"])),
        ("read", f"{found.read:,}"),
        ("elements in quarantine", f"{found.quarantined:,}"),
        *([] if found.keyed or not found.address else turned_away),
        ("state", _state(found)),
    ]


def _state(found: Standing) -> str:
    if not found.source.enabled:
        return "disabled"
    return "secret missing" if found.missing else "enabled"


def _when(text: str | None) -> str:
    return text[:19].replace("T", " ") if text else "never"


for _verb in (*VERBS, confirm):
    group.add_command(_verb)
COMMANDS = {"source": group}
