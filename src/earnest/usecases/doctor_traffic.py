"""Checks of what comes in, or does not: silence, refusals, quarantine, messages that nothing is heard of."""

from __future__ import annotations

import contextlib
import ipaddress
import json
from collections.abc import Iterator

from earnest.channels.channel import channel_of
from earnest.channels.links import CHANNEL as LINKS
from earnest.journal.arrivals import counted_since, latest_bodies
from earnest.kernel.errors import EarnestError
from earnest.kernel.period import DAY_US, HOUR_US, moment_of
from earnest.usecases.doctor_case import Case, Symptom, Unlooked
from earnest.usecases.gaps import UnansweredSends, duration, unanswered_sends
from earnest.usecases.lost_clicks import clicks_lost
from earnest.usecases.sources import path_of
from earnest.usecases.tables import read_tables
from earnest.usecases.tally import SourceTally, tallies
from earnest.warehouse import duck, received
from earnest.warehouse.manifest import load

_GROWING = 0.01
_UNANSWERED_SHARE = 0.5
_FEWEST_SENDS = 20
_RECENT_DAYS = 8
_CLICKS = 300
_FEWEST_CLICKS = 20
_CLICK_DAYS = 3
_OWN_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
        *("::/48", "fc00::/7", "fe80::/10"),
    )
)
"""Loopback, private and link-local networks (RFC 1918, 3927, 4193, 4291), `::1` cut as clicks' networks are. A carrier's own
(100.64.0.0/10) and those of documentation are none."""


def source_never_heard(case: Case) -> Iterator[Symptom]:
    explained = _explained(case)
    for source in case.sources:
        if channel_of(source.channel).opened_by == "file":
            continue
        silence = case.silences[source.name]
        declared_us = _declared_us(case, source.name)
        if silence.standing == "never" and source.name not in explained and case.now_us - declared_us > DAY_US:
            yield Symptom(
                f"source {source.name} was declared {duration(case.now_us - declared_us)} ago, and nothing ever came",
                "Put the snippet on its pages, and open one: the browser's console tells what is refused."
                if channel_of(source.channel).opened_by == "origin"
                else f"Give the provider its address, …{path_of(source)}, and send a test from the provider's page.",
            )


def source_silent(case: Case) -> Iterator[Symptom]:
    explained = _explained(case)
    for name, one in case.silences.items():
        if not one.alarming or one.silent_us is None or name in explained:
            continue
        usual_us = one.rhythm.silence_p99_us
        usual = f"at 99 % of all moments it is at most {duration(usual_us)}" if usual_us else "30 days without anything"
        yield Symptom(
            f"source {name} has been silent for {duration(one.silent_us)}; {usual}",
            "Look at the provider's own log of deliveries, at the address and at the proxy. `earnest doctor gaps` tells more.",
        )


def source_refuses_all(case: Case) -> Iterator[Symptom]:
    for name, one, heard_us in _told(case):
        if _refuses(case, one, heard_us):
            since = f"since {moment_of(heard_us):%Y-%m-%d %H:%M} UTC" if heard_us else "ever"
            yield Symptom(
                f"source {name} refuses what comes ({one.why}), and has kept nothing {since}",
                "Copy the secret from the provider's page again; where the address is signed, compare the public URL too. A site: declare"
                " each origin of its pages.",
            )


def source_postpones(case: Case) -> Iterator[Symptom]:
    for name, one, heard_us in _told(case):
        if _postpones(case, one, heard_us):
            yield Symptom(
                f"source {name} told its provider to come again later ({one.postponed_code}), and has kept nothing since",
                "The server's log tells more; secret-missing: the server itself does not have the secret.",
            )


def clicks_were_lost(case: Case) -> Iterator[Symptom]:
    for reason, lost in sorted(clicks_lost(case.workspace).items()):
        if case.now_us - lost.last_us < DAY_US:
            yield Symptom(
                f"{lost.clicks:,} clicks were answered and could not be kept ({reason}), the last one on"
                f" {moment_of(lost.last_us):%Y-%m-%d %H:%M} UTC",
                "The server's log tells more; journal-full: make room on the disk. They cannot be had back.",
            )


def clicks_from_own_network(case: Case) -> Iterator[Symptom]:
    if not case.state.links:
        return
    since_us = case.now_us - _CLICK_DAYS * DAY_US
    journal, source = case.workspace.path / "journal.db", LINKS.built_in or ""
    networks = [_network(body) for body in latest_bodies(journal, source, since_us=since_us, limit=_CLICKS)]
    own = [network for network in networks if network is not None and _is_own(network)]
    if len(networks) >= _FEWEST_CLICKS and 2 * len(own) > len(networks):
        yield Symptom(
            f"{len(own):,} of the last {len(networks):,} clicks came from this machine or a private network (the last one from {own[0]})",
            "They came through a proxy that is not trusted: `earnest serve --trusted-proxy` with its address, and let it tell"
            " the caller's (X-Forwarded-For). If people do click from within your own network, all is well.",
        )


def _network(body: bytes) -> str | None:
    """The network a click came from, as it was kept; None if none was, or the entry is no click."""
    try:
        told = json.loads(body)
    except ValueError:
        return None
    network = told.get("network") if isinstance(told, dict) else None
    return network if isinstance(network, str) else None


def _is_own(network: str) -> bool:
    try:
        found = ipaddress.ip_network(network)
    except ValueError:
        return False
    return any(found.version == own.version and found[0] in own for own in _OWN_NETWORKS)


def handshake_refused(case: Case) -> Iterator[Symptom]:
    for name, one, _ in _told(case):
        if _handshake_failed(one):
            yield Symptom(
                f"source {name}: the provider's last handshake was refused, as its verify token is another one",
                "Give the provider the same verify token as the source has, and let it verify again.",
            )


def quarantine_growing(case: Case) -> Iterator[Symptom]:
    case.need_journal()
    first, arrived = counted_since(case.workspace.path / "journal.db", case.now_us - DAY_US)
    chunks = [chunk for chunk in received.load(case.workspace.events).chunks if chunk.until_seq > first]
    files = [case.workspace.events / path for chunk in chunks for path in chunk.quarantine]
    if not files:
        return
    again = [int(seq) for one in case.state.active_imports for seq in one.counts.get("replayed", ())]
    with contextlib.closing(duck.connect()) as con:
        sql = (
            f"SELECT source, count(DISTINCT row), min(reason) FROM {duck.parquet(files)}"
            " WHERE row > $1 AND NOT list_contains($2::BIGINT[], row) GROUP BY source ORDER BY source"
        )
        refused = con.execute(sql, [first, again]).fetchall()
    for source, entries, reason in refused:
        if entries > _GROWING * arrived.get(source, 0):
            yield Symptom(
                f"source {source}: of {arrived.get(source, 0):,} deliveries in 24 hours {entries:,} hold something that"
                f" could not be read ({reason} …)",
                "See `earnest quarantine list`. Nothing is lost: what can be read later is read then.",
            )


def sends_unanswered(case: Case) -> Iterator[Symptom]:
    if not case.sources:
        raise Unlooked("no source is declared that could tell what became of messages")
    if load(case.workspace.tables) is None:
        raise Unlooked("the tables are not built")
    try:
        with read_tables(case.workspace) as tables:
            found = unanswered_sends(tables, now_us=case.now_us, days=_RECENT_DAYS)
    except EarnestError as error:
        raise Unlooked(error.message) from error
    many = [day for day in found if day.sent >= _FEWEST_SENDS and day.share > _UNANSWERED_SHARE]
    for day in many[:3]:
        yield Symptom(
            f"{_of(day)}: of {day.sent:,} messages sent on {day.day}, nothing was heard of {day.unanswered:,} after 24 hours",
            "Check that the provider sends statuses here (field `messages`, status callback). `earnest doctor gaps` lists the days.",
        )


def _told(case: Case) -> Iterator[tuple[str, SourceTally, int]]:
    """Sources of which the server has counted something beside the journal, and when each was last kept."""
    told = tallies(case.workspace)
    for name, silence in case.silences.items():
        if name in told:
            yield name, told[name], silence.rhythm.last_us


def _refuses(case: Case, one: SourceTally, heard_us: int) -> bool:
    return one.refused_us is not None and case.now_us - one.refused_us < DAY_US <= case.now_us - heard_us


def _postpones(case: Case, one: SourceTally, heard_us: int) -> bool:
    return one.postponed_us is not None and case.now_us - one.postponed_us < HOUR_US and heard_us < one.postponed_us


def _handshake_failed(one: SourceTally) -> bool:
    return (one.handshake_refused_us or 0) > (one.handshake_us or 0)


def _explained(case: Case) -> set[str]:
    """Sources whose silence another check explains."""
    return {
        name
        for name, one, heard_us in _told(case)
        if _refuses(case, one, heard_us) or _postpones(case, one, heard_us) or _handshake_failed(one)
    }


def _of(day: UnansweredSends) -> str:
    named = [f"channel {day.channel}" if day.channel else "", f"account {day.account}" if day.account else ""]
    return ", ".join(part for part in named if part) or "messages"


def _declared_us(case: Case, name: str) -> int:
    seq = case.state.source_versions[name][0][0]
    with case.workspace.journal() as journal:
        entry = journal.entry(seq)
    return entry.received_us if entry is not None else case.now_us
