"""Checks of how sources are declared: secrets, tokens, addresses. No secret is ever shown, nor any part of one."""

from __future__ import annotations

import re
import urllib.parse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from earnest.channels.channel import channel_of
from earnest.definitions.source import Source
from earnest.usecases.doctor_case import Case, Symptom

SIGNS_URL = frozenset({"messagebird", "plivo", "plivo-v2", "twilio"})
"""Schemes whose signature covers the address that the provider called: every letter of it must be known here."""
_SHORTEST = 8
_PLACEHOLDER = re.compile(
    r"(change[-_ ]?me|your|example|placeholder|todo|insert|replace).*|((my|the|app|api|webhook)[-_ ]?)*(secret|password|token|key)\W*\d*|<.*>",
    re.IGNORECASE | re.DOTALL,
)
_PROBE = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "doctor"}


def no_source(case: Case) -> Iterator[Symptom]:
    if not case.sources:
        yield Symptom("no source is declared, so nothing can be received", "Declare one: earnest source add --help")


def secret_unresolved(case: Case) -> Iterator[Symptom]:
    for source, reference in _references(case):
        if case.secrets.secret(reference) is None:
            kind, _, where = reference.partition(":")
            what = (
                f"the environment variable {where} is not set" if kind == "env" else f"the file {where} cannot be read"
            )
            yield Symptom(
                f"source {source.name}: {what}",
                "Set it where the server runs, and run the doctor with the same environment.",
            )
    for source in case.sources:
        if not source.secrets and channel_of(source.channel).needs_secret:
            yield Symptom(
                f"source {source.name} has no secret",
                f"Declare it again: earnest source add {source.name} --as {source.channel} --secret env:NAME --replace",
            )


def secret_suspicious(case: Case) -> Iterator[Symptom]:
    for source, reference in _references(case):
        secret = case.secrets.secret(reference)
        fault = _fault(secret) if secret is not None else None
        if fault is not None:
            yield Symptom(
                f"source {source.name}: the secret of {reference} {fault}",
                "Copy it anew from the provider's page, without quotes or blanks around it.",
            )


def secret_shared(case: Case) -> Iterator[Symptom]:
    users: dict[str, list[Source]] = defaultdict(list)
    for source in case.sources:
        for secret in {case.secrets.secret(reference) for reference in source.secrets} - {None, ""}:
            users[str(secret)].append(source)
    for sources in users.values():
        if len({source.signature for source in sources}) > 1:
            names = " and ".join(source.name for source in sources)
            yield Symptom(
                f"sources {names} of different providers have the same secret",
                "Each provider shows a secret of its own: copy it again for all but one of them.",
            )


def secret_file_open(case: Case) -> Iterator[Symptom]:
    for source, reference in _references(case):
        kind, _, where = reference.partition(":")
        path = Path(where)
        if kind == "file" and path.is_file() and path.stat().st_mode & 0o077:
            mode = path.stat().st_mode & 0o777
            yield Symptom(
                f"source {source.name}: {where} can be read by others (mode {mode:03o})", f"chmod 600 {where}"
            )


def verify_token_missing(case: Case) -> Iterator[Symptom]:
    for source in case.sources:
        handshake = channel_of(source.channel).handshake
        if handshake is None or source.verify_token is not None:
            continue
        if handshake(_PROBE, None) is None and handshake(_PROBE, "doctor") is not None:
            yield Symptom(
                f"source {source.name} has no verify token, and the provider asks for one before it sends anything",
                "Make one up, give it to the provider too, and declare the source again with --verify-token env:NAME --replace.",
            )


def public_url_missing(case: Case) -> Iterator[Symptom]:
    for source in case.sources:
        if source.signature in SIGNS_URL and not source.public_url:
            yield Symptom(
                f"source {source.name}: its provider signs the address it calls, and the source does not tell it",
                "Declare the source again with --public-url, copied from the provider's page, and --replace. Nothing to do if the"
                " server itself runs with --public-url.",
            )


def public_url_wrong(case: Case) -> Iterator[Symptom]:
    for source in case.sources:
        for fault in _url_faults(source):
            yield Symptom(
                f"source {source.name}: its public URL {fault}",
                "Write it as it stands on the provider's page, letter by letter; a proxy must not rewrite the path.",
            )


def _url_faults(source: Source) -> Iterator[str]:
    if not source.public_url:
        return
    url = urllib.parse.urlsplit(source.public_url)
    if url.scheme != "https" and url.hostname not in ("localhost", "127.0.0.1", "::1"):
        yield "does not begin with https://"
    if url.path.endswith("/"):
        yield "ends with a slash"
    elif not url.path.endswith(f"/hooks/{source.name}"):
        yield f"does not end with /hooks/{source.name}"


def _references(case: Case) -> Iterator[tuple[Source, str]]:
    for source in case.sources:
        for reference in (*source.secrets, *((source.verify_token,) if source.verify_token else ())):
            yield source, reference


def _fault(secret: str) -> str | None:
    """What is odd about a secret, in words that give none of it away."""
    if secret != secret.strip():
        return "has blanks or line ends around it"
    if any(quote in (secret[:1], secret[-1:]) for quote in "\"'`"):
        return "has quotes around it"
    if len(secret) < _SHORTEST:
        return f"is shorter than {_SHORTEST} characters"
    if _PLACEHOLDER.fullmatch(secret) or len(set(secret)) <= 2:
        return "is a placeholder"
    return None
