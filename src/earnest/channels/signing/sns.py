"""Amazon SNS (Amazon SES and others): an RSA signature over named fields of the message, by a certificate of Amazon's.

Amazon signs for every customer alike. What makes a message ours is its topic: the secret of such a source is the ARN
of the topic, and messages of all other topics are refused before anything is fetched.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from earnest.channels.delivery import decode
from earnest.channels.signing.certificates import Certificates, Fetch, fetch_over_https
from earnest.channels.signing.fitting import UNFIT, decoded_signature, fits
from earnest.channels.signing.scheme import Request, Scheme

_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_HASHES = {"1": hashes.SHA1, "2": hashes.SHA256}


def sns_scheme(fetch: Fetch) -> Scheme:
    """The scheme with a way to fetch certificates of its own."""
    return Scheme(
        code="sns",
        label="Amazon SNS: RSA with SHA-1 or SHA-256 in the body",
        covers="Message, MessageId, Subject, Timestamp, TopicArn and Type; of confirmations SubscribeURL and Token too",
        secret="ARN of the topic: arn:aws:sns:REGION:ACCOUNT:TOPIC",  # noqa: S106
        verify=functools.partial(_verify, certificates=Certificates(fetch)),
        source="docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html, read 2026-11",
        waits=True,
    )


def _verify(request: Request, secrets: Sequence[str], *, certificates: Certificates) -> str | None:
    payload = decode(request.body, "application/json")
    if not isinstance(payload, dict):
        return "the body is no message of SNS"
    topic = payload.get("TopicArn")
    if not isinstance(topic, str) or not fits([topic], secrets, lambda key: key.decode(errors="surrogatepass")):
        return "the message is of another topic"
    signed, digest = _canonical(payload), _HASHES.get(str(payload.get("SignatureVersion")))
    said, address = payload.get("Signature"), payload.get("SigningCertURL")
    if signed is None or digest is None or not isinstance(said, str) or not isinstance(address, str):
        return "the message has no signature of a known version"
    signature = decoded_signature(said)
    if not signature:
        return UNFIT
    key = certificates.public_key(address, request.now_s)
    if key is None:
        return "the certificate is none of Amazon's, or not in force"
    try:
        key.verify(signature, signed, padding.PKCS1v15(), digest())
    except InvalidSignature:
        return UNFIT
    return None


def _canonical(payload: dict[str, Any]) -> bytes | None:
    """Names and values of the signed fields, each on its line; None if one is missing or no text.

    Only `Message`, which comes first, may have lines of its own: else two messages could have one text.
    """
    names = _SIGNED.get(str(payload.get("Type")), ())
    fields = [(name, payload.get(name)) for name in names if name != "Subject" or payload.get(name) is not None]
    if not fields or not all(isinstance(value, str) for _, value in fields):
        return None
    if any("\n" in value for name, value in fields if name != "Message" and isinstance(value, str)):
        return None
    return "".join(f"{name}\n{value}\n" for name, value in fields).encode()


SCHEME = sns_scheme(fetch_over_https)
