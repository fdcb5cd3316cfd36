"""The source that an API key writes to: fixed when the key was made, so that no request can name another one."""

from __future__ import annotations

from earnest.access.principal import Principal
from earnest.api.refusal import NotAllowed
from earnest.definitions.source import Source
from earnest.definitions.state import State
from earnest.kernel.errors import NotFound


def bound_source(principal: Principal, state: State, *, channel: str) -> Source:
    """The caller's source.

    Raises:
        NotAllowed: `key-not-bound`, `key-of-another-channel`. NotFound: `no-such-source`, also if it is disabled.
    """
    if principal.source is None:
        raise NotAllowed(
            "key-not-bound",
            "events need an API key that is bound to one source",
            hint=f"earnest source add NAME --as {channel}; earnest key create NAME --scope events:write --source NAME",
        )
    source = state.find_source(principal.source)
    if source.channel != channel:
        raise NotAllowed(
            "key-of-another-channel",
            f"this API key writes to a source of the channel {source.channel}, and this address takes {channel}",
            hint=f"Make a key for a source added with --as {channel}.",
        )
    if not source.enabled:
        raise NotFound(
            "no-such-source", "the source is disabled", hint=f"Declare it again: earnest source add NAME --as {channel}"
        )
    return source
