"""One authentic delivery of each scheme, signed by code of its own: nothing here is taken from the package under test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from earnest.channels.signing.scheme import Request

NOW_S = 1_790_000_000
URL = "https://hooks.example.com/hooks/shop?store=1&lang=de"
BODY = b'{"id":820982911946154508,"note":"\xc3\xa4 \\u00e4 \\/","total":"403.00"}'
FORM = b"MessageSid=SM0001&MessageStatus=delivered&Body=caf%C3%A9+%26+more&Digits=2&Digits=1&Empty="


@dataclass(frozen=True)
class Sent:
    """A delivery, its secret, and which of its parts the signature covers."""

    request: Request
    secret: str
    signature_header: str | None
    body: bool = True
    url: bool = False

    def with_header(self, name: str, value: str | None) -> Request:
        headers = {key: text for key, text in self.request.headers.items() if key != name}
        return replace(self.request, headers=headers | ({} if value is None else {name: value}))


def sent(
    headers: dict[str, str], secret: str, *, body: bytes = BODY, url: str = URL, content_type: str = "application/json"
) -> Sent:
    first = next(iter(headers), None)
    return Sent(Request("POST", url, {"content-type": content_type} | headers, body, NOW_S), secret, first)


def hex256(secret: str | bytes, message: bytes) -> str:
    key = secret if isinstance(secret, bytes) else secret.encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def b64(secret: str | bytes, message: bytes, digest: str = "sha256") -> str:
    key = secret if isinstance(secret, bytes) else secret.encode()
    return base64.b64encode(hmac.new(key, message, digest).digest()).decode()


def stripe_header(secret: str, body: bytes, at_s: int = NOW_S) -> str:
    return f"t={at_s},v1={hex256(secret, f'{at_s}.'.encode() + body)}"


def svix_headers(prefix: str, secret: str, body: bytes, at_s: int = NOW_S) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    value = "v1," + b64(key, f"msg_1.{at_s}.".encode() + body)
    return {f"{prefix}-signature": value, f"{prefix}-id": "msg_1", f"{prefix}-timestamp": str(at_s)}


def twilio_signature(secret: str, url: str, body: bytes, digest: str = "sha1") -> str:
    fields: dict[str, set[str]] = {}
    for name, value in urllib.parse.parse_qsl(body.decode(), keep_blank_values=True):
        fields.setdefault(name, set()).add(value)
    text = url + "".join(name + value for name in sorted(fields) for value in sorted(fields[name]))
    return b64(secret, text.encode(), digest)


def plivo_signature(secret: str, url: str, body: bytes, nonce: str) -> str:
    base, _, query = url.partition("?")
    asked = sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))
    told = sorted(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
    text = base + ("?" if asked or told else "") + "&".join(f"{name}={value}" for name, value in asked)
    text += ("." if asked and told else "") + "".join(name + value for name, value in told)
    return b64(secret, f"{text}.{nonce}".encode())


def web_token(secret: str, claims: dict[str, object], header: dict[str, object] | None = None) -> str:
    def segment(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    head = segment(json.dumps(header or {"alg": "HS256", "typ": "JWT"}).encode())
    text = f"{head}.{segment(json.dumps(claims).encode())}"
    return f"{text}.{segment(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"


def bird_claims(url: str, body: bytes, at_s: int = NOW_S) -> dict[str, object]:
    claims: dict[str, object] = {"iss": "MessageBird", "nbf": at_s - 1, "exp": at_s + 59, "jti": "j1"}
    claims["url_hash"] = hashlib.sha256(url.encode()).hexdigest()
    return claims | ({"payload_hash": hashlib.sha256(body).hexdigest()} if body else {})


TOPIC = "arn:aws:sns:eu-central-1:123456789012:mail-events"
CERTIFICATE_PATH = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
CERTIFICATE_URL = f"https://sns.eu-central-1.amazonaws.com{CERTIFICATE_PATH}"
_SNS_FIELDS = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: rsa.RSAPrivateKey = RSA_KEY, *, days: int = 30) -> bytes:
    """A certificate of our own that stands in for Amazon's."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.fromtimestamp(NOW_S, UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


def sns_message(**fields: str) -> dict[str, str]:
    """A notification, signed; with `Type` and others given, another message."""
    message = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": "Mail event",
        "Message": '{"eventType":"Delivery",\n"mail":{"messageId":"m-1"}}',
        "Timestamp": "2026-09-21T14:13:20.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE_URL,
    } | fields
    if message["Type"] != "Notification":
        del message["Subject"]
    text = "".join(f"{name}\n{message[name]}\n" for name in _SNS_FIELDS if name in message)
    digest = hashes.SHA1() if message["SignatureVersion"] == "1" else hashes.SHA256()
    return message | {"Signature": base64.b64encode(RSA_KEY.sign(text.encode(), padding.PKCS1v15(), digest)).decode()}


def sendgrid_headers(body: bytes, at_s: int = NOW_S) -> dict[str, str]:
    signature = _EC_KEY.sign(str(at_s).encode() + body, ec.ECDSA(hashes.SHA256()))
    name = "x-twilio-email-event-webhook"
    return {f"{name}-signature": base64.b64encode(signature).decode(), f"{name}-timestamp": str(at_s)}


SENDGRID_KEY = base64.b64encode(
    _EC_KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()

_WHSEC = "whsec_" + base64.b64encode(b"twenty-four bytes of key").decode()
_FORM_TYPE = "application/x-www-form-urlencoded"


def _mailgun() -> Sent:
    fields = {"timestamp": str(NOW_S), "token": "ab" * 25, "signature": hex256("key-1", f"{NOW_S}{'ab' * 25}".encode())}
    return sent({}, "key-1", body=json.dumps({"signature": fields, "event-data": {"event": "opened"}}).encode())


def _sinch() -> Sent:
    name = "x-sinch-webhook-signature"
    signature = b64("s-sinch", BODY + f".01FJA8B4A7.{NOW_S}".encode())
    algorithm = {f"{name}-algorithm": "HmacSHA256"}
    return sent(
        {name: signature, f"{name}-nonce": "01FJA8B4A7", f"{name}-timestamp": str(NOW_S)} | algorithm, "s-sinch"
    )


def _chatwoot() -> Sent:
    signature = "sha256=" + hex256("s-chatwoot", f"{NOW_S}.".encode() + BODY)
    return sent({"x-chatwoot-signature": signature, "x-chatwoot-timestamp": str(NOW_S)}, "s-chatwoot")


def _bird() -> Sent:
    return sent({"messagebird-signature-jwt": web_token("s-bird", bird_claims(URL, BODY))}, "s-bird")


def _vonage() -> Sent:
    claims: dict[str, object] = {"iss": "Vonage", "iat": NOW_S, "payload_hash": hashlib.sha256(BODY).hexdigest()}
    return sent({"authorization": "Bearer " + web_token("s-vonage", claims)}, "s-vonage")


def _plivo_v3() -> Sent:
    headers = {
        "x-plivo-signature-v3": plivo_signature("s-plivo", URL, FORM, "12345"),
        "x-plivo-signature-v3-nonce": "12345",
    }
    return sent(headers, "s-plivo", body=FORM, content_type=_FORM_TYPE)


def _plivo_v2() -> Sent:
    signature = b64("s-plivo", f"{URL.partition('?')[0]}12345".encode())
    headers = {"x-plivo-signature-v2": signature, "x-plivo-signature-v2-nonce": "12345"}
    return sent(headers, "s-plivo", body=FORM, content_type=_FORM_TYPE)


SENDERS: dict[str, Callable[[], Sent]] = {
    "meta": lambda: sent({"x-hub-signature-256": "sha256=" + hex256("s-meta", BODY)}, "s-meta"),
    "shopify": lambda: sent({"x-shopify-hmac-sha256": b64("s-shopify", BODY)}, "s-shopify"),
    "woocommerce": lambda: sent({"x-wc-webhook-signature": b64("s-woo", BODY)}, "s-woo"),
    "viber": lambda: sent({"x-viber-content-signature": hex256("s-viber", BODY)}, "s-viber"),
    "respondio": lambda: sent({"x-webhook-signature": b64("s-respond", BODY)}, "s-respond"),
    "stripe": lambda: sent({"stripe-signature": stripe_header("whsec_stripe", BODY)}, "whsec_stripe"),
    "svix": lambda: sent(svix_headers("svix", _WHSEC, BODY), _WHSEC),
    "resend": lambda: sent(svix_headers("svix", _WHSEC, BODY), _WHSEC),
    "standard-webhooks": lambda: sent(svix_headers("webhook", _WHSEC, BODY), _WHSEC),
    "twilio": lambda: replace(
        sent({"x-twilio-signature": twilio_signature("s-tw", URL, FORM)}, "s-tw", body=FORM, content_type=_FORM_TYPE),
        url=True,
    ),
    "sendgrid": lambda: sent(sendgrid_headers(BODY), SENDGRID_KEY),
    "mailgun": _mailgun,
    "sinch": _sinch,
    "chatwoot": _chatwoot,
    "plivo": lambda: replace(_plivo_v3(), url=True),
    "plivo-v2": lambda: replace(_plivo_v2(), body=False),
    "messagebird": lambda: replace(_bird(), url=True),
    "vonage": _vonage,
    "sns": lambda: sent({}, TOPIC, body=json.dumps(sns_message()).encode(), content_type="text/plain; charset=UTF-8"),
    "telegram": lambda: replace(sent({"x-telegram-bot-api-secret-token": "s_tele-gram"}, "s_tele-gram"), body=False),
    "basic": lambda: replace(
        sent({"authorization": "Basic " + base64.b64encode(b"hook:s-basic:x").decode()}, "hook:s-basic:x"), body=False
    ),
    "token": lambda: replace(sent({"x-earnest-token": "s-token-0123456789"}, "s-token-0123456789"), body=False),
}
