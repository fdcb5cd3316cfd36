"""Forged deliveries: 10,000 changed ones a scheme, none is taken; odd headers and secrets are refused and never raise."""

from __future__ import annotations

import base64
import json
import random
import urllib.parse
from collections.abc import Sequence
from dataclasses import replace

import pytest

from earnest.channels.signing.scheme import Request, Scheme, Unverifiable, schemes
from earnest.channels.signing.sns import sns_scheme
from unit.channels.signing.senders import CERTIFICATE_PATH, SENDERS, Sent, certificate

FORGERIES = 10_000
SEED = 41
_CERTIFICATE = certificate()


def _fetch(host: str, path: str) -> bytes | None:
    return _CERTIFICATE if (host, path) == ("sns.eu-central-1.amazonaws.com", CERTIFICATE_PATH) else None


SCHEMES: dict[str, Scheme] = dict(schemes()) | {"sns": sns_scheme(_fetch)}


def taken(code: str, request: Request, secrets: Sequence[str]) -> bool:
    try:
        return SCHEMES[code].verify(request, secrets) is None
    except Unverifiable:
        return False


def test_every_scheme_has_a_sender() -> None:
    assert set(SENDERS) == set(schemes())


@pytest.mark.parametrize("code", SENDERS)
def test_the_authentic_delivery_is_taken(code: str) -> None:
    authentic = SENDERS[code]()
    assert SCHEMES[code].verify(authentic.request, [authentic.secret]) is None
    assert SCHEMES[code].verify(authentic.request, ["old", "", authentic.secret]) is None


def changed_bytes(rng: random.Random, raw: bytes) -> bytes:
    place = rng.randrange(len(raw) + 1)
    match rng.randrange(6):
        case 0 if place < len(raw):
            return raw[:place] + bytes([raw[place] ^ (1 << rng.randrange(8))]) + raw[place + 1 :]
        case 1 if place < len(raw):
            return raw[:place] + bytes([rng.randrange(256)]) + raw[place + 1 :]
        case 2:
            return raw[:place] + bytes([rng.randrange(256)]) + raw[place:]
        case 3:
            return raw[:place] + raw[place + 1 :]
        case 4:
            return raw[:place]
        case _:
            return raw + bytes(rng.randrange(256) for _ in range(rng.randrange(1, 4)))


def changed_text(rng: random.Random, text: str) -> str:
    odd = [
        text.upper(),
        text.lower(),
        text.swapcase(),
        "",
        f" {text}",
        f"{text} ",
        f"{text}, {text}",
        f"{text},",
        text * 2,
    ]
    odd += [text[: len(text) // 2], text[::-1], f"x{text}", text.rstrip("="), f"{text}=", f"{text}\n", f"{text}\0"]
    return rng.choice(odd) if rng.random() < 0.1 else changed_bytes(rng, text.encode()).decode("latin-1")


def means(code: str, request: Request) -> object:
    """What of a delivery a scheme says that it covers: two deliveries that mean the same may both be taken."""
    headers = dict(request.headers)
    kind, _, rest = headers.get("authorization", "").partition(" ")
    headers["authorization"] = f"{kind.lower()} {rest}"
    body: object = request.body
    if code in ("twilio", "plivo"):
        pairs = urllib.parse.parse_qsl(request.body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
        once = code == "twilio"
        body = sorted(set(pairs)) if once else sorted(pairs)
    elif code in ("mailgun", "sns"):
        try:
            payload = json.loads(request.body)
        except ValueError:
            payload = None
        if isinstance(payload, dict) and code == "mailgun":
            payload = payload.get("signature")
        body = json.dumps(payload, sort_keys=True) if payload is not None else request.body
    return headers, request.url, body


def key(code: str, secret: str) -> object:
    """What a secret is as a key: base64 can be written in several ways, and an HMAC key is filled up with NULs."""
    if code in ("svix", "resend", "standard-webhooks", "sendgrid"):
        try:
            return base64.b64decode(secret.strip().removeprefix("whsec_"), validate=True)
        except ValueError:
            return secret
    return secret.rstrip("\0")


def forged(rng: random.Random, authentic: Sent) -> tuple[Request, str]:
    """The delivery with one to three changes in what is covered, in the signature, or with another secret."""
    request, secret = authentic.request, authentic.secret
    signing = [name for name in request.headers if name != "content-type" and not name.endswith("-algorithm")]
    ways = ["header"] * (2 if signing else 0) + ["secret"] + ["body"] * (2 * authentic.body) + ["url"] * authentic.url
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        match rng.choice(ways):
            case "header":
                name = rng.choice(signing)
                headers = dict(request.headers)
                value = headers.pop(name, None)
                if value is not None and rng.random() > 0.03:
                    headers[name] = changed_text(rng, value)
                request = replace(request, headers=headers)
            case "body":
                request = replace(request, body=changed_bytes(rng, request.body))
            case "url":
                request = replace(request, url=changed_bytes(rng, request.url.encode()).decode("latin-1"))
            case _:
                secret = changed_text(rng, secret)
    return request, secret


@pytest.mark.parametrize("code", SENDERS)
def test_nothing_forged_is_taken(code: str) -> None:
    authentic = SENDERS[code]()
    rng = random.Random(f"{SEED}-{code}")
    meant, tried = means(code, authentic.request), 0
    while tried < FORGERIES:
        request, secret = forged(rng, authentic)
        if key(code, secret) == key(code, authentic.secret) and means(code, request) == meant:
            continue
        if code in ("telegram", "token") and secret in request.headers.values():
            continue
        tried += 1
        assert not taken(code, request, [secret]), (code, tried, request, secret)


@pytest.mark.parametrize("code", SENDERS)
@pytest.mark.parametrize(
    "secret", ["", " ", "\n", ":", "user:", "whsec_", "whsec_====", "é", "\udcff", "\0", "\0\0", "whsec_AAAA"]
)
def test_a_secret_that_is_none_fits_nothing(code: str, secret: str) -> None:
    authentic = SENDERS[code]()
    assert not taken(code, authentic.request, [secret])
    assert not taken(code, authentic.request, [secret, secret])
    for value in ("", secret, "sha256=", "v1,", "t=,v1=", "Basic ", "Bearer "):
        for name in authentic.request.headers:
            if value.strip("\0 \n") != secret or code not in ("telegram", "token"):
                assert not taken(code, authentic.with_header(name, value), [secret])


@pytest.mark.parametrize("code", [code for code, sender in SENDERS.items() if sender().signature_header])
def test_odd_headers_are_refused_and_never_raise(code: str) -> None:
    authentic = SENDERS[code]()
    name = str(authentic.signature_header)
    said = authentic.request.headers[name]
    odd = [
        None,
        "",
        " ",
        "sha256=",
        "sha256",
        said[:-1],
        said[1:],
        said[: len(said) // 2],
        f"{said}, {said}",
        f"{said},{said}x",
    ]
    odd += [
        said.swapcase(),
        f" {said}",
        f"{said} ",
        f"{said}\t",
        f'"{said}"',
        "ä",
        "\udcff",
        "\ud800",
        "\0",
        said + "ä",
        "," * 5_000,
    ]
    odd += [
        "v1=",
        "t=1",
        "t=1,v1=",
        f"t=9{'9' * 400},v1=a",
        "t=-1,v1=a",
        "t=١,v1=a",
        "v1,",
        "v1",
        "a.b.c",
        "..",
        ".",
        "Bearer ...",
    ]
    odd += ["x" * 100_000, "[" * 9_000, "Bearer " + "A" * 9_000 + "..", "Basic", "Bearer", f"t=1,v1={'a,v1=' * 5_000}"]
    for value in odd:
        assert not taken(code, authentic.with_header(name, value), [authentic.secret]), (code, value)


@pytest.mark.parametrize("code", SENDERS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff" * 64,
        b"[" * 100_000,
        b"&" * 100_000,
        b"=",
        b"a=%",
        b"null",
        b'{"signature":[]}',
        b'{"signature":{}}',
    ],
)
def test_odd_bodies_and_urls_never_raise(code: str, body: bytes) -> None:
    authentic = SENDERS[code]()
    for url in (
        "",
        "?",
        "#",
        "http://[",
        "https://x:y:z/",
        "é\udcff\ud800",
        "https://h/?token=%zz&token=%ff&bodySHA256=%",
    ):
        taken(code, replace(authentic.request, body=body, url=url), [authentic.secret])
        assert not authentic.body or not taken(code, replace(authentic.request, body=body, url=url), [authentic.secret])


@pytest.mark.parametrize("code", SENDERS)
def test_a_refusal_says_neither_secret_nor_signature(code: str) -> None:
    authentic = SENDERS[code]()
    rng = random.Random(SEED)
    for _ in range(200):
        request, secret = forged(rng, authentic)
        try:
            why = SCHEMES[code].verify(request, [secret])
        except Unverifiable as error:
            why = str(error)
        said = list(request.headers.values())
        assert why is None or not any(len(text) > 12 and text in why for text in (secret, *said))
