"""The certificates that Amazon SNS signs with: fetched from Amazon's own hosts only, kept, and asked for sparingly.

Its address comes with a delivery that nobody has verified yet. So: HTTPS, a host of SNS, one path segment that ends in
.pem, no query, no other port; no redirect and no proxy from the environment; few seconds, few bytes, few tries.
"""

from __future__ import annotations

import http.client
import re
import ssl
import threading
import urllib.parse
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from earnest.channels.signing.scheme import Unverifiable

HOST = re.compile(r"sns\.[a-z0-9-]{3,}\.amazonaws\.com(\.cn)?", re.ASCII)
_ADDRESS = re.compile(rf"https://(?P<host>{HOST.pattern})(?P<path>/[A-Za-z0-9_-]{{1,200}}\.pem)", re.ASCII)
TIMEOUT_S = 5.0
"""Seconds for one fetch: SNS itself waits 15 for an answer."""
LARGEST = 64 * 1024
"""Bytes of a certificate file; Amazon's have 2 KB."""
MOST_KEPT = 32
TRIES = 20
"""Fetches within `PAUSE_S` seconds, of all addresses together."""
PAUSE_S = 60
_SMALLEST_KEY = 2048

Fetch = Callable[[str, str], bytes | None]
"""(host, path) → the file; None if the host says that there is none.

Raises:
    OSError: no answer, or one that may be another tomorrow.
"""


def fetch_over_https(host: str, path: str) -> bytes | None:
    """The file at a host, see `Fetch`."""
    connection = http.client.HTTPSConnection(host, timeout=TIMEOUT_S, context=ssl.create_default_context())
    try:
        connection.request("GET", path, headers={"accept": "*/*"})
        answer = connection.getresponse()
        if 400 <= answer.status < 500 and answer.status not in (408, 429):
            return None
        if answer.status != 200:
            raise OSError(f"status {answer.status}")
        content = answer.read(LARGEST + 1)
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()
    return content if len(content) <= LARGEST else None


class Certificates:
    """The public keys of certificates by their address; for several threads."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._kept: dict[str, x509.Certificate] = {}
        self._tries: list[float] = []
        self._lock = threading.Lock()

    def public_key(self, address: str, now_s: float) -> rsa.RSAPublicKey | None:
        """The RSA key that an address certifies now; None if the address is none of Amazon's, or holds none.

        Args:
            now_s: unix seconds of our clock.

        Raises:
            Unverifiable: Amazon does not answer, or was asked too often within a minute.
        """
        place = _ADDRESS.fullmatch(address)
        if place is None:
            return None
        certificate = self._kept.get(address)
        if certificate is None:
            self._count(now_s)
            try:
                content = self._fetch(place["host"], place["path"])
            except OSError as error:
                raise Unverifiable(f"the certificate of SNS could not be fetched: {type(error).__name__}") from error
            certificate = _certificate(content)
            if certificate is None:
                return None
            self._keep(address, certificate)
        return _key_in_force(certificate, now_s)

    def _count(self, now_s: float) -> None:
        with self._lock:
            self._tries = [at for at in self._tries if abs(now_s - at) < PAUSE_S]
            if len(self._tries) >= TRIES:
                raise Unverifiable("too many certificates of SNS were asked for within a minute")
            self._tries.append(now_s)

    def _keep(self, address: str, certificate: x509.Certificate) -> None:
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[address] = certificate


def _certificate(content: bytes | None) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(content) if content else None
    except ValueError:
        return None


def _key_in_force(certificate: x509.Certificate, now_s: float) -> rsa.RSAPublicKey | None:
    now = datetime.fromtimestamp(now_s, UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return None
    key = certificate.public_key()
    return key if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SMALLEST_KEY else None


def confirm_url(payload: object) -> str | None:
    """The address to open once so that a topic begins to deliver here; None if the payload asks for no such thing.

    Only of a payload whose signature was verified. The address is made anew from what was signed, on a host of SNS:
    it can do nothing but confirm this topic's subscription with this token.
    """
    if not isinstance(payload, dict) or payload.get("Type") != "SubscriptionConfirmation":
        return None
    said, topic, token = payload.get("SubscribeURL"), payload.get("TopicArn"), payload.get("Token")
    if not (isinstance(said, str) and isinstance(topic, str) and isinstance(token, str) and token):
        return None
    place = re.fullmatch(rf"https://({HOST.pattern})/\?(.*)", said, re.ASCII)
    if place is None:
        return None
    asked = dict(urllib.parse.parse_qsl(place[3]))
    if asked != {"Action": "ConfirmSubscription", "TopicArn": topic, "Token": token}:
        return None
    return f"https://{place[1]}/?{urllib.parse.urlencode(asked)}"
