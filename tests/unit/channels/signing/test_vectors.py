"""Every published vector: what providers sign is taken, what must be refused is refused."""

from __future__ import annotations

import json
import urllib.parse
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from earnest.channels.signing.scheme import Request, scheme_of

VECTORS = 36
REFUSED = {
    "meta-4-sha1-legacy": "SHA-1 beside the SHA-256 is not read: it would be the weaker of two doors",
    "shopify-2-oauth-query": "signs the query of a page that a person opens; no webhook is signed like this",
}
"""Vectors that are true and still no delivery of ours."""
SCHEMES = {"plivo-v2-1": "plivo-v2"}


@pytest.fixture(scope="module")
def vectors(shared_data: Path) -> list[dict[str, Any]]:
    loaded = json.loads((shared_data / "fixtures/signatures.json").read_text())["vectors"]
    assert len(loaded) == VECTORS
    return list(loaded)


def now_s(vector: dict[str, Any]) -> float:
    said = vector.get("now")
    if isinstance(said, str):
        return datetime.fromisoformat(said).timestamp()
    headers = {name.lower(): value for name, value in vector.get("headers", {}).items()}
    stamps = [value for name, value in headers.items() if name.endswith("timestamp")]
    return float(said or vector.get("timestamp") or (stamps[0] if stamps else 1_772_359_200))


def request_of(vector: dict[str, Any]) -> Request:
    headers = {name.lower(): value for name, value in vector.get("headers", {}).items()}
    url, body = vector.get("url", "https://example.com/hooks/x"), (vector.get("body") or "").encode()
    if "header" in vector:
        headers[vector["header"].lower()] = vector["signature"]
    if "timestamp_header" in vector or vector["provider"] == "sendgrid":
        headers["x-twilio-email-event-webhook-timestamp"] = vector["timestamp"]
    if vector["provider"] == "twilio" and "params" in vector:
        body = urllib.parse.urlencode(vector["params"], doseq=True).encode()
        headers["content-type"] = "application/x-www-form-urlencoded"
    if vector["provider"] == "mailgun":
        fields = {name: vector[name] for name in ("timestamp", "token", "signature")}
        body = json.dumps({"signature": fields, "event-data": {}}).encode()
    if vector["id"] == "shopify-2-oauth-query":
        url += "?" + urllib.parse.urlencode(vector["params"] | {"hmac": vector["signature"]})
        headers["x-shopify-hmac-sha256"] = vector["signature"]
    return Request(vector.get("method", "POST"), url, headers, body, now_s(vector))


def test_all_vectors(vectors: list[dict[str, Any]]) -> None:
    taken = 0
    for vector in vectors:
        scheme = scheme_of(SCHEMES.get(vector["id"], vector["provider"]))
        secrets = [vector.get("secret") or vector.get("public_key") or "unset"]
        refused = scheme.verify(request_of(vector), secrets)
        taken += refused is None
        assert (refused is None) == (vector["valid"] and vector["id"] not in REFUSED), (vector["id"], refused)
        rolled = scheme.verify(request_of(vector), ["", "another secret", *secrets, "a third"])
        assert rolled == refused, vector["id"]
        assert scheme.verify(request_of(vector), ["another secret"]) is not None, vector["id"]
        assert scheme.verify(request_of(vector), []) is not None, vector["id"]
    assert taken == sum(vector["valid"] for vector in vectors) - len(REFUSED)


def test_a_signature_of_plivo_version_3() -> None:
    """Reference values of an independent implementation (openHAB's plivo binding, read 2026-11)."""
    body = b"From=%2B14156667777&To=%2B14158889999&CallUUID=abcd-1234"
    for url, signature in {
        "https://example.com/answer": "QUFNUHBhaE5m20p3UFtVHCb66PSliiukfx8M6MyiJwk=",
        "https://example.com/answer?token=xyz": "IryQ8ucGk4J35wJRxh5K0iVvDCSZpHflFICcZxwx7Cc=",
    }.items():
        for header in ("x-plivo-signature-v3", "x-plivo-signature-ma-v3"):
            for said in (signature, f"{'A' * 43}=,{signature}"):
                headers = {header: said, "x-plivo-signature-v3-nonce": "12345"}
                request = Request("POST", url, headers, body, 0.0)
                assert scheme_of("plivo").verify(request, ["my_auth_token"]) is None
                assert scheme_of("plivo").verify(request, ["my_auth_tokem"]) is not None
                assert scheme_of("plivo-v2").verify(request, ["my_auth_token"]) is not None
