"""Meta (WhatsApp, Messenger, Instagram): hex HMAC-SHA256 of the raw body under the app secret."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from earnest.channels.signing.scheme import Request, Scheme


def _verify(request: Request, secrets: Sequence[str]) -> str | None:
    said = request.headers.get("x-hub-signature-256")
    if not said:
        return "no X-Hub-Signature-256 header"
    fits = False
    for secret in secrets:
        if secret:
            expected = "sha256=" + hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
            fits |= hmac.compare_digest(expected.encode(), said.encode(errors="replace"))
    return None if fits else "the signature does not fit"


SCHEME = Scheme(
    code="meta",
    label="Meta: HMAC-SHA256 of the body",
    secret="App secret, shown under App settings › Basic",  # noqa: S106
    verify=_verify,
    source="developers.facebook.com/docs/graph-api/webhooks/getting-started, read 2025-12",
)
