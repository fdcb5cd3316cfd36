"""SendGrid: an ECDSA signature over the instant and the raw body; what we hold is a public key."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from earnest.channels.signing.fitting import UNFIT, decoded_base64, decoded_signature, missing, said_in
from earnest.channels.signing.scheme import Request, Scheme

_HEADER = "X-Twilio-Email-Event-Webhook-Signature"
_TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
_INSTANT = re.compile(r"[0-9]{10}")


def _verify(request: Request, secrets: Sequence[str]) -> str | None:
    said, instant = said_in(request, _HEADER), said_in(request, _TIMESTAMP)
    if not said:
        return missing(_HEADER)
    # Ten digits, no more and no less: else digits could move between the instant and the body.
    if not _INSTANT.fullmatch(instant):
        return f"no instant in {_TIMESTAMP}"
    signature = decoded_signature(said)
    if not signature:
        return UNFIT
    signed = instant.encode() + request.body
    fit = [_fits(key, signature, signed) for key in map(_public_key, secrets) if key is not None]
    return None if any(fit) else UNFIT


def _fits(key: ec.EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


@functools.lru_cache(maxsize=64)
def _public_key(secret: str) -> ec.EllipticCurvePublicKey | None:
    """The P-256 key that a secret writes in base64; None if it writes none."""
    try:
        key = load_der_public_key(decoded_base64(secret.strip()) or b"")
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1) else None


SCHEME = Scheme(
    code="sendgrid",
    label=f"SendGrid: ECDSA P-256 with SHA-256 in {_HEADER}",
    covers="the instant and the body",
    secret="Verification key (public, base64), under Settings › Mail Settings › Event Webhook",  # noqa: S106
    verify=_verify,
    source="twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features, read 2026-11",
)
