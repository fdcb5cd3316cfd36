"""Sources: declare, disable, and see how each is doing. Each declaration is a journal entry; what it received stays."""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from earnest.channels.channel import channel_of, offered_channel
from earnest.channels.signing.scheme import scheme_of
from earnest.channels.site import SiteOptions
from earnest.definitions.setting import setting
from earnest.definitions.source import Source
from earnest.definitions.state import State
from earnest.journal.arrivals import rhythms
from earnest.kernel.errors import Conflict, UsageError
from earnest.kernel.period import DAY_US, moment_of
from earnest.usecases.quarantine_received import waiting_by_source
from earnest.usecases.source_secrets import Secrets
from earnest.usecases.tally import SourceTally, tallies
from earnest.usecases.workspace import Workspace
from earnest.warehouse import received


@dataclass(frozen=True, slots=True)
class Standing:
    """A source and how it is doing.

    Args:
        missing: references of secrets that are not to be found in this environment; never a secret.
        received: entries ever received. last_us: when the last came, None if none did.
        read: of these, those that are in the tables or in quarantine. quarantined: elements that wait there now.
        tally: what the server says: refused deliveries, handshakes.
        shakes_hands: whether the provider asks for a handshake before it delivers.
        address: see `address_of`. address_of_several: the same on a server with several workspaces; None where the source
            tells its whole address itself.
    """

    source: Source
    missing: tuple[str, ...]
    received: int
    last_us: int | None
    read: int
    quarantined: int
    tally: SourceTally
    shakes_hands: bool
    address: str
    address_of_several: str | None

    @property
    def keyed(self) -> bool:
        """Whether API keys write to it, and nothing signed comes in."""
        return takes_keys(self.source)

    @property
    def handshake(self) -> str:
        """`not needed`, `awaited`, `done`, or `refused` if the last one was."""
        if not self.shakes_hands:
            return "not needed"
        done, refused = self.tally.handshake_us, self.tally.handshake_refused_us
        if done is None and refused is None:
            return "awaited"
        return "done" if (done or 0) >= (refused or 0) else "refused"

    def to_json(self) -> dict[str, Any]:
        source, tally = self.source, self.tally
        return {
            "name": source.name,
            "enabled": source.enabled,
            "channel": source.channel,
            "signature": source.signature if channel_of(source.channel).needs_secret or source.secrets else None,
            "path": path_of(source),
            "address": self.address,
            "address_of_several": self.address_of_several,
            "public_url": source.public_url,
            "region": source.region,
            "options": source.options,
            "secrets": [{"reference": one, "found": one not in self.missing} for one in references(source)],
            "received": self.received,
            "last_received": _moment(self.last_us),
            "read": self.read,
            "quarantined": self.quarantined,
            "refused": tally.refused,
            "last_refused": _moment(tally.refused_us),
            "last_refused_why": tally.why,
            "postponed": tally.postponed,
            "last_postponed": _moment(tally.postponed_us),
            "last_postponed_code": tally.postponed_code,
            "handshake": self.handshake,
        }


def add_source(
    workspace: Workspace, source: Source, *, replacing: bool = False, environ: Mapping[str, str] = os.environ
) -> tuple[str, ...]:
    """Declare a source.

    Returns:
        References of secrets that are not to be found now: the server will need them.

    Raises:
        NotFound: `no-such-signature`. UsageError: `no-secret`, `bad-source-url`, `bad-setting`.
        UsageError: `no-origin`, `bad-origin` of a site. Conflict: `source-exists`, `source-of-other-channel`.
    """
    scheme = scheme_of(source.signature)
    channel = offered_channel(source.channel)
    if channel.opened_by == "origin":
        SiteOptions.of(source.options or {})
    if not source.secrets and channel.needs_secret:
        raise UsageError(
            "no-secret",
            "a source needs at least one secret, since nothing is received unverified",
            hint=f"--secret env:NAME. It is: {scheme.secret}.",
        )
    _check_url(source.public_url)
    if source.region is not None:
        source = replace(source, region=setting("region").read(source.region))
    known = workspace.state().sources.get(source.name)
    if known is not None and known.channel != source.channel:
        raise Conflict(
            "source-of-other-channel",
            f"'{source.name}' is a source of channel {known.channel}, and what it received is read as such",
            hint="Choose another name.",
        )
    if known is not None and known.enabled and not replacing:
        raise Conflict(
            "source-exists", f"source '{source.name}' is declared already", hint="Give --replace to change it."
        )
    workspace.record("source.set", source.to_json())
    return _missing(source, Secrets(environ))


def disable_source(workspace: Workspace, name: str) -> Source:
    """Let a source answer no longer. What it received stays; `add_source` brings it back.

    Raises:
        NotFound: `no-such-source`.
    """
    source = workspace.state().find_source(name)
    if source.enabled:
        source = source.disabled()
        workspace.record("source.set", source.to_json())
    return source


def standings(workspace: Workspace, *, environ: Mapping[str, str] = os.environ) -> list[Standing]:
    """Every source and how it is doing, by name. Counts what the tables have not read yet entry by entry."""
    state = workspace.state()
    sources = state.sources
    index = received.load(workspace.events)
    with workspace.journal() as journal:
        unread = journal.received_counts(after=index.until_seq)
    counts = received.counted(index.chunks)
    heard = rhythms(workspace.path / "journal.db", sources, since_us=workspace.clock() - DAY_US)
    secrets, told, waits = Secrets(environ), tallies(workspace), waiting_by_source(workspace, state)
    return [
        Standing(
            source,
            _missing(source, secrets),
            counts.get(name, {}).get("entries", 0) + unread.get(name, 0),
            heard[name].last_us or None,
            counts.get(name, {}).get("entries", 0),
            waits.get(name, 0),
            told.get(name, SourceTally()),
            channel_of(source.channel).handshake is not None,
            *address_of(workspace, state, source),
        )
        for name, source in sorted(sources.items())
    ]


def standing(workspace: Workspace, name: str, *, environ: Mapping[str, str] = os.environ) -> Standing:
    """One source and how it is doing.

    Raises:
        NotFound: `no-such-source`.
    """
    workspace.state().find_source(name)
    return next(one for one in standings(workspace, environ=environ) if one.source.name == name)


def references(source: Source) -> tuple[str, ...]:
    """The references of all its secrets, the verify token last."""
    return (*source.secrets, *((source.verify_token,) if source.verify_token else ()))


def path_of(source: Source) -> str:
    """The address of a source, without the server's.

    Where a server has several workspaces, `/w/WORKSPACE` goes before; without it, the address is that of the only
    workspace where a source of this name is enabled.
    """
    return (channel_of(source.channel).door or "/hooks/{name}").format(name=source.name)


def takes_keys(source: Source) -> bool:
    """Whether API keys write to a source, and no provider's signature opens it."""
    return channel_of(source.channel).takes_keys and not source.secrets


def address_of(workspace: Workspace, state: State, source: Source) -> tuple[str, str | None]:
    """The whole address to give away, and the one on a server with several workspaces (None if the source tells its own).

    The server's part is the setting `public_url`; where that is not set, `https://YOUR-HOST` stands for it. Empty for what
    is only imported.
    """
    if source.public_url:
        return source.public_url, None
    if channel_of(source.channel).opened_by == "file":
        return "", None
    host = state.setting("public_url", workspace.today(state)) or ANY_HOST
    path = path_of(source)
    return f"{host}{path}", f"{host}/w/{workspace.path.resolve().name}{path}"


ANY_HOST = "https://YOUR-HOST"


def _missing(source: Source, secrets: Secrets) -> tuple[str, ...]:
    return tuple(reference for reference in references(source) if secrets.secret(reference) is None)


def _check_url(url: str | None) -> None:
    if url is None:
        return
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise UsageError(
            "bad-source-url",
            "the public URL of a source is the whole address that the provider calls, without a query",
            hint="For example https://hooks.example.com/hooks/NAME.",
        )


def _moment(us: int | None) -> str | None:
    return moment_of(us).isoformat(timespec="seconds") if us else None
