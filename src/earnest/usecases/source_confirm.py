"""Confirm a subscription that a provider asks to be confirmed: Amazon's SNS delivers nothing until a link of its own is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from earnest.channels.delivery import decode
from earnest.channels.signing.certificates import Fetch, confirm_url, fetch_over_https
from earnest.kernel.errors import EnvironmentProblem, NotFound
from earnest.usecases.workspace import Workspace

_LOOKED_AT = 5_000
"""The newest received entries that are searched."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The link to open once, the entry that asked for it, and whether it was opened."""

    url: str
    entry: int
    opened: bool


def confirmation(
    workspace: Workspace,
    name: str,
    *,
    opening: bool,
    fetch: Fetch | Callable[[str, str], bytes | None] = fetch_over_https,
) -> Confirmation:
    """The newest confirmation that a source was asked for; its delivery was verified when it came.

    Args:
        opening: open the link, on a host of SNS and nowhere else.

    Raises:
        NotFound: `no-such-source`, `nothing-to-confirm`. EnvironmentProblem: `confirm-failed`.
    """
    workspace.state().find_source(name)
    found: tuple[str, int] | None = None
    with workspace.journal() as journal:
        last, _ = journal.last_received()
        for entry in journal.received(after=max(last - _LOOKED_AT, 0)):
            if entry.source == name and (url := confirm_url(decode(entry.body, entry.headers.get("content-type")))):
                found = (url, entry.seq)
    if found is None:
        raise NotFound(
            "nothing-to-confirm",
            f"{name} was not asked to confirm anything in the last {_LOOKED_AT:,} deliveries",
            hint="Request it anew: SNS › Subscriptions › Request confirmation.",
        )
    url, seq = found
    if opening:
        place = urlsplit(url)
        try:
            answer = fetch(str(place.hostname), f"{place.path}?{place.query}")
        except Exception as error:
            raise EnvironmentProblem(
                "confirm-failed",
                f"SNS could not be reached: {type(error).__name__}",
                hint="Let outgoing HTTPS to sns.*.amazonaws.com through, or open the link in a browser.",
            ) from error
        if answer is None:
            raise EnvironmentProblem(
                "confirm-failed", "SNS refused the link", hint="It is good for two days: request confirmation anew."
            )
    return Confirmation(url, seq, opening)
