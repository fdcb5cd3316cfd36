"""The providers' own signing clients, unchanged: what they sign we take, and what our senders sign they take."""

from __future__ import annotations

import time
import urllib.parse
from datetime import UTC, datetime

import jwt
import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st
from stripe import WebhookSignature
from svix.webhooks import Webhook
from twilio.request_validator import RequestValidator

from earnest.channels.signing.scheme import Request, scheme_of
from unit.channels.signing.senders import BODY, NOW_S, URL, bird_claims, stripe_header, svix_headers, web_token

WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODIES = [BODY, b"", b'{"object":"event","id":"evt_1"}', "ä€𝄞".encode()]
LONG_SECRET = "a signature secret of 32 bytes or more"
_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
_FIELDS = st.dictionaries(_TEXT.filter(bool), st.lists(_TEXT, min_size=1, max_size=3), min_size=1, max_size=6)


@pytest.mark.parametrize("body", BODIES)
def test_stripe(body: bytes) -> None:
    now_s = int(time.time())
    header = WebhookSignature.generate_signature_header(body.decode(), "whsec_1", now_s)
    for skew, taken in ((0, True), (300, True), (-300, True), (301, False), (-301, False)):
        request = Request("POST", URL, {"stripe-signature": header}, body, now_s + skew)
        assert (scheme_of("stripe").verify(request, ["whsec_old", "whsec_1"]) is None) == taken
    ours = stripe_header("whsec_1", body, now_s)
    assert WebhookSignature.verify_header(body, ours, "whsec_1", 300)
    if body.startswith(b'{"object"'):
        event = stripe.Webhook.construct_event(body, ours, "whsec_1")  # type: ignore[no-untyped-call]
        assert event["id"] == "evt_1"


@pytest.mark.parametrize("body", [body for body in BODIES if body])
@pytest.mark.parametrize(("code", "prefix"), [("svix", "svix"), ("resend", "svix"), ("standard-webhooks", "webhook")])
def test_svix(code: str, prefix: str, body: bytes) -> None:
    now_s = int(time.time())
    signature = Webhook(WHSEC).sign("msg_1", datetime.fromtimestamp(now_s, UTC), body.decode())
    headers = {
        f"{prefix}-id": "msg_1",
        f"{prefix}-timestamp": str(now_s),
        f"{prefix}-signature": f"v1a,AAAA {signature}",
    }
    for skew, taken in ((0, True), (300, True), (-300, True), (301, False), (-301, False)):
        request = Request("POST", URL, headers, body, now_s + skew)
        assert (scheme_of(code).verify(request, [WHSEC]) is None) == taken
    assert scheme_of(code).verify(Request("POST", URL, headers, body, now_s), [WHSEC.removeprefix("whsec_")]) is None
    Webhook(WHSEC).verify(body, svix_headers(prefix, WHSEC, body, now_s))


URLS = [
    "https://hooks.example.com/hooks/tw",
    "https://hooks.example.com:443/hooks/tw?a=1&b=%C3%A4%20b&c=+",
    "https://hooks.example.com:8443/hooks/tw?q=%7E%2F~",
    "http://hooks.example.com:80/hooks/tw",
    "http://hooks.example.com/hooks/%D1%84",
]


@pytest.mark.parametrize("url", URLS)
@given(_FIELDS, st.sampled_from(["HMAC_SHA1", "HMAC_SHA256"]))
@settings(max_examples=100, deadline=None)
def test_twilio_form(url: str, fields: dict[str, list[str]], algorithm: str) -> None:
    class Many(dict[str, list[str]]):
        """As web frameworks hand repeated fields to Twilio's validator."""

        def getlist(self, name: str) -> list[str]:
            return self[name]

    validator = RequestValidator("token-1")
    signature = validator.compute_signature(url, Many(fields), algorithm)
    body = urllib.parse.urlencode(fields, doseq=True).encode()
    headers = {"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded"}
    if algorithm == "HMAC_SHA256":
        headers["x-twilio-webhooks-signature-settings"] = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    assert validator.validate(url, Many(fields), signature, algorithm)
    for called in {url, url.replace(":443/", "/").replace(":80/", "/")}:
        assert scheme_of("twilio").verify(Request("POST", called, headers, body, NOW_S), ["token-1"]) is None
    other = Request("POST", url.replace("/tw", "/tv").replace("%84", "%85"), headers, body, NOW_S)
    assert scheme_of("twilio").verify(other, ["token-1"]) is not None


@given(_TEXT)
@settings(max_examples=100, deadline=None)
def test_twilio_json(text: str) -> None:
    validator = RequestValidator("token-1")
    url = f"https://hooks.example.com/hooks/tw?a=1&bodySHA256={validator.compute_hash(text)}"
    headers = {"x-twilio-signature": validator.compute_signature(url, {}), "content-type": "application/json"}
    request = Request("POST", url, headers, text.encode(), NOW_S)
    assert scheme_of("twilio").verify(request, ["token-1"]) is None
    assert validator.validate(url, text, headers["x-twilio-signature"])
    changed = Request("POST", url, headers | {"content-type": "application/x-www-form-urlencoded"}, b"A=b", NOW_S)
    assert scheme_of("twilio").verify(changed, ["token-1"]) is not None


def test_twilio_without_hash_signs_no_json() -> None:
    url = "https://hooks.example.com/hooks/tw"
    headers = {"x-twilio-signature": RequestValidator("token-1").compute_signature(url, {})}
    assert scheme_of("twilio").verify(Request("POST", url, headers, b"", NOW_S), ["token-1"]) is None
    assert scheme_of("twilio").verify(Request("POST", url, headers, b'{"a":1}', NOW_S), ["token-1"]) is not None


@pytest.mark.parametrize("body", BODIES)
def test_json_web_tokens(body: bytes) -> None:
    claims = bird_claims(URL, body)
    header = {"messagebird-signature-jwt": jwt.encode(claims, LONG_SECRET, "HS256")}
    for skew, taken in ((0, True), (119, True), (-61, True), (120, False), (-62, False)):
        request = Request("POST", URL, header, body, NOW_S + skew)
        assert (scheme_of("messagebird").verify(request, [LONG_SECRET]) is None) == taken
    vonage = {"authorization": f"Bearer {jwt.encode(claims | {'exp': NOW_S}, LONG_SECRET, 'HS256')}"}
    assert scheme_of("vonage").verify(Request("POST", URL, vonage, body, NOW_S), [LONG_SECRET]) is None
    assert scheme_of("vonage").verify(Request("POST", URL, vonage, body, NOW_S + 61), [LONG_SECRET]) is not None
    unchecked = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    token = web_token(LONG_SECRET, claims)
    assert jwt.decode(token, LONG_SECRET, algorithms=["HS256"], options=unchecked) == claims  # type: ignore[arg-type]


def test_json_web_tokens_of_other_algorithms_are_refused() -> None:
    claims = bird_claims(URL, BODY)
    tokens = [jwt.encode(claims, None, "none"), jwt.encode(claims, LONG_SECRET * 2, "HS512")]
    heads: list[dict[str, object]] = [
        {"alg": "none"},
        {"alg": "HS512"},
        {"alg": "RS256"},
        {"typ": "JWT"},
        {"alg": None},
    ]
    heads += [{"alg": ["HS256"]}, {"alg": "HS256", "crit": ["b64"], "b64": False}, {"alg": "hs256"}]
    tokens += [web_token(LONG_SECRET * 2, claims, head) for head in heads]
    for token in tokens:
        for code, header in (("messagebird", "messagebird-signature-jwt"), ("vonage", "authorization")):
            said = token if code == "messagebird" else f"Bearer {token}"
            request = Request("POST", URL, {header: said}, BODY, NOW_S)
            assert scheme_of(code).verify(request, [LONG_SECRET * 2]) is not None


def test_a_body_must_be_claimed_by_its_token() -> None:
    for code, header in (("messagebird", "messagebird-signature-jwt"), ("vonage", "authorization")):
        start = "Bearer " if code == "vonage" else ""
        unclaimed = {header: start + web_token(LONG_SECRET, bird_claims(URL, b""))}
        assert scheme_of(code).verify(Request("POST", URL, unclaimed, b"", NOW_S), [LONG_SECRET]) is None
        assert scheme_of(code).verify(Request("POST", URL, unclaimed, BODY, NOW_S), [LONG_SECRET]) is not None
        claimed = {header: start + web_token(LONG_SECRET, bird_claims(URL, BODY))}
        assert scheme_of(code).verify(Request("POST", URL, claimed, b"", NOW_S), [LONG_SECRET]) is not None
