"""Idempotency-Key: the same request sent again counts once and is answered the same, for ever.

    key new ─────────────────> kept
    key known, same body ────> the entry it made then
    key known, other body ───> 422 idempotency-key-reused

A key is remembered by the journal itself, as the dedupe key of its entry, apart for each API key.

Source: draft-ietf-httpapi-idempotency-key-header, read 2026-10.
"""

from __future__ import annotations

import hashlib
import time
from typing import Annotated

from fastapi import Header
from starlette.requests import Request

from earnest.access.principal import Principal
from earnest.api.place import Place
from earnest.api.refusal import Refusal
from earnest.journal.log import Draft, Kept
from earnest.kernel.errors import EnvironmentProblem

KEY_PATTERN = r"^[!-~]{1,255}$"

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=KEY_PATTERN,
        description="A name of your own for this request, 1 to 255 printable characters: sent again, it counts once.",
    ),
]


class Reused(Refusal):
    """The key stands for another body. Use a new key for new events."""

    status = 422


def dedupe_key(principal: Principal, key: str | None, *, address: str = "") -> str | None:
    """The journal's dedupe key of a request.

    Args:
        address: which of several addresses was called, where they read the same body differently.
    """
    if key is None:
        return None
    return f"idempotency:{principal.key_id or principal.name}:{f'{address}:' if address else ''}{key}"


async def keep_once(request: Request, place: Place, draft: Draft) -> Kept:
    """Keep a body that came with an API key; it is on disk when this returns.

    Raises:
        Reused: `idempotency-key-reused`. EnvironmentProblem: as `Place.keep`.
    """
    request.scope["earnest.facts"] = {"source": draft.source, "workspace": place.name}
    began = time.perf_counter()
    try:
        kept = await place.keep(draft)
    except EnvironmentProblem as error:
        place.figures.refused(draft.source, error.code)
        raise
    place.figures.kept(draft.source, len(draft.body), again=kept.again, seconds=time.perf_counter() - began)
    if kept.again and kept.body_sha256 != hashlib.sha256(draft.body).digest():
        raise Reused(
            "idempotency-key-reused",
            f"this Idempotency-Key was sent before with another body (entry {kept.seq})",
            hint="Use a new key for new events; send the same body to repeat the old request.",
            entry=kept.seq,
        )
    return kept
