"""Providers that sign the raw body and nothing else: an HMAC-SHA256, written in hex or base64 in one header."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from earnest.channels.signing.fitting import UNFIT, base64_sha256, fits, hex_sha256, missing, said_in
from earnest.channels.signing.scheme import Request, Scheme


def _prefixed_hex(key: bytes, message: bytes) -> str:
    return f"sha256={hex_sha256(key, message)}"


def _verify(
    request: Request, secrets: Sequence[str], *, header: str, written: Callable[[bytes, bytes], str]
) -> str | None:
    said = said_in(request, header)
    if not said:
        return missing(header)
    return None if fits([said], secrets, lambda key: written(key, request.body)) else UNFIT


def _scheme(
    code: str, name: str, header: str, *, written: Callable[[bytes, bytes], str], secret: str, source: str
) -> Scheme:
    return Scheme(
        code=code,
        label=f"{name}: HMAC-SHA256 in {header}",
        covers="the body",
        secret=secret,
        verify=functools.partial(_verify, header=header, written=written),
        source=source,
    )


SCHEMES = (
    # The older X-Hub-Signature (SHA-1), which Meta sends beside this one, is not read.
    _scheme(
        "meta",
        "Meta (WhatsApp, Messenger, Instagram)",
        "X-Hub-Signature-256",
        written=_prefixed_hex,
        secret="App secret, shown under App settings › Basic",  # noqa: S106
        source="developers.facebook.com/docs/graph-api/webhooks/getting-started, read 2025-12",
    ),
    _scheme(
        "shopify",
        "Shopify",
        "X-Shopify-Hmac-SHA256",
        written=base64_sha256,
        secret="Client secret of the app, or the signing key under Settings › Notifications › Webhooks",  # noqa: S106
        source="shopify.dev/docs/apps/build/webhooks, as trigger.dev/docs/webhooks/providers/shopify tells it, read 2026-11",
    ),
    _scheme(
        "woocommerce",
        "WooCommerce",
        "X-WC-Webhook-Signature",
        written=base64_sha256,
        secret="Secret of the webhook, under WooCommerce › Settings › Advanced › Webhooks",  # noqa: S106
        source="woocommerce.github.io/woocommerce-rest-api-docs, by hearsay of several integrations, read 2026-11",
    ),
    _scheme(
        "viber",
        "Viber",
        "X-Viber-Content-Signature",
        written=hex_sha256,
        secret="Authentication token of the bot",  # noqa: S106
        source="Viber/viber-bot-python, tests/api/test_api.py, read 2026-10",
    ),
    _scheme(
        "respondio",
        "respond.io",
        "X-Webhook-Signature",
        written=base64_sha256,
        secret="Signing key of the webhook, under Settings › Integrations › Webhooks",  # noqa: S106
        source="heboai/hebo, packages/aikit-respond-io, read 2026-10",
    ),
)
