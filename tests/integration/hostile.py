"""Requests that nobody should send: broken HTTP, bombs, forged and mangled signatures, odd headers; each with what may be answered.

Every one is drawn from a seed, so that a failure can be sent again.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from integration.served import SECRET, signed, status_body

OK, REFUSED = 200, 401


@dataclass(frozen=True)
class Shot:
    """One request.

    Args:
        body: authentic, and must be kept; None: nothing of it may be.
        maybe: authentic within HTTP that is broken: kept if it is acknowledged; if not, either will do.
        keeps_open: the connection can be used again.
    """

    raw: bytes
    statuses: frozenset[int]
    body: bytes | None = None
    maybe: bytes | None = None
    keeps_open: bool = True


def request(body: bytes, headers: dict[str, str], *, path: str = "/hooks/wa", method: str = "POST") -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nhost: x\r\n{lines}content-length: {len(body)}\r\n\r\n".encode("latin-1") + body


def authentic(draw: random.Random) -> Shot:
    """Signed, whatever it says: kept."""
    body = _BODIES[draw.randrange(len(_BODIES))](draw)
    return Shot(request(body, signed(body) | _odd_headers(draw)), frozenset({OK}), body)


def forged(draw: random.Random) -> Shot:
    """A body that looks right under a signature that is not."""
    body = _BODIES[draw.randrange(len(_BODIES))](draw)
    good = signed(body)["x-hub-signature-256"]
    said = draw.choice(
        [
            "", "sha256=", good[:-1], good + "0", good.upper(), "sha1=" + good[7:47], good[7:], f" {good} x",
            signed(body, "guess")["x-hub-signature-256"], signed(body + b"\0")["x-hub-signature-256"],
            "sha256=" + "0" * 64, "sha256=" + "\xe4" * 64, f"{good},{good}", "sha256=" + "f" * 5_000, SECRET,
        ]
    )  # fmt: skip
    headers = {"x-hub-signature-256": said} if draw.random() < 0.9 else {}
    return Shot(request(body, headers | _odd_headers(draw)), frozenset({REFUSED}))


def misplaced(draw: random.Random) -> Shot:
    """Right in itself, at a wrong address, by a wrong method, or packed."""
    body = status_body(draw.randrange(1 << 40))
    kind = draw.randrange(3)
    if kind == 0:
        path = draw.choice(
            ["/hooks/nobody", "/hooks/wa/", "/hooks/%77%61%00", "/hooks/../hooks/wa", "//hooks/wa", "/w/other/hooks/wa",
             "/hooks/" + "a" * 3_000, "/hooks/wa%2f", "/hooks/%F0%9F%92%A9", "/hooks/WA", "/hooks", "/hooks/", "/%00"]
        )  # fmt: skip
        return Shot(request(body, signed(body), path=path), frozenset({404, 405}))
    if kind == 1:
        method = draw.choice(["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE"])
        return Shot(request(body, signed(body), method=method), frozenset({405}))
    encoding = draw.choice(["gzip", "deflate", "br", "zstd", "x" * 200, "identity, gzip"])
    return Shot(request(body, signed(body) | {"content-encoding": encoding}), frozenset({415}))


def broken(draw: random.Random) -> Shot:
    """No HTTP, or HTTP that lies."""
    body = status_body(draw.randrange(1 << 40))
    good = request(body, signed(body))
    kind = draw.randrange(7)
    if kind == 0:
        raw = draw.randbytes(draw.randrange(1, 300)) + b"\r\n\r\n"
    elif kind == 1:
        place = draw.randrange(good.index(b"\r\n\r\n"))
        raw = good[:place] + draw.randbytes(3) + good[place:]
    elif kind == 2:
        raw = good.replace(b"content-length: ", b"content-length: -")
    elif kind == 3:
        raw = good.replace(b"content-length: ", b"content-length: 5\r\ncontent-length: ")
    elif kind == 4:
        raw = good.replace(b"content-length: ", b"transfer-encoding: chunked\r\nx: ").replace(
            b"\r\n\r\n", b"\r\n\r\nZZ\r\n"
        )
    elif kind == 5:
        raw = good.replace(
            b" HTTP/1.1", draw.choice([b" HTTP/0.9", b" HTTP/3.7", b" HTTQ/1.1", b"", b" HTTP/1.1 HTTP/1.1"])
        )
    else:
        raw = good[: draw.randrange(10, len(good) - 1)]
    return Shot(raw, frozenset(range(200, 500)), maybe=body, keeps_open=False)


def _odd_headers(draw: random.Random) -> dict[str, str]:
    if draw.random() < 0.7:
        return {}
    return draw.choice(
        [
            {"content-type": draw.choice(["", "text/html", "application/json; charset=\xff", "x" * 4_000, "a/b;" * 500])},
            {"x-forwarded-for": "127.0.0.1, ::1, evil", "forwarded": "for=1.2.3.4", "x-real-ip": "::"},
            {"cookie": "a=" + "b" * 8_000}, {"authorization": "Basic \xff\xfe"}, {"te": "trailers"},
            {"expect": "200-ok"}, {"connection": "keep-alive, x-hub-signature-256"}, {f"x-{n}": "1" for n in range(100)},
            {"accept": "*/*" * 1_000}, {"if-match": "*", "range": "bytes=0-1"}, {"upgrade-insecure-requests": "1"},
            {"x-http-method-override": "DELETE"}, {"transfer-encoding-x": "chunked"}, {"origin": "null"},
        ]
    )  # fmt: skip


def _mutated(draw: random.Random) -> bytes:
    body = bytearray(status_body(draw.randrange(1 << 40), statuses=draw.randrange(1, 4)))
    for _ in range(draw.randrange(1, 8)):
        body[draw.randrange(len(body))] = draw.randrange(256)
    return bytes(body)


def _nested(draw: random.Random) -> bytes:
    deep = draw.randrange(10, 9_000)
    return draw.choice([b"[" * deep, b"[" * deep + b"]" * deep, b'{"a":' * deep + b"1" + b"}" * deep])


def _odd_values(draw: random.Random) -> bytes:
    value = draw.choice(
        ["NaN", "1e999", "-Infinity", "1" * 5_000, '"\\ud800"', '"\\u0000"', "1e-400", '"' + "\u202e" * 50 + '"', "{}", "[]",
         "null", "true", '"' + "9" * 400 + '"', "0." + "3" * 3_000, '{"a":1,"a":2}']
    )  # fmt: skip
    field = draw.choice(["id", "status", "timestamp", "recipient_id", "pricing", "errors", "conversation", "type"])
    number = draw.randrange(1 << 40)
    status = f'{{"id":"wamid.{number}","status":"sent","timestamp":"1772359200","{field}":{value}}}'
    change = f'{{"field":"messages","value":{{"metadata":{{}},"statuses":[{status}]}}}}'
    return f'{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{change}]}}]}}'.encode()


def _random_json(draw: random.Random) -> bytes:
    def value(deep: int) -> object:
        kind = draw.randrange(7 if deep < 5 else 5)
        if kind < 5:
            return [
                None,
                draw.random() * 1e18,
                draw.randrange(-(1 << 70), 1 << 70),
                "x" * draw.randrange(40),
                "ä\u2028\x7f",
            ][kind]
        if kind == 5:
            return [value(deep + 1) for _ in range(draw.randrange(5))]
        names = ["object", "entry", "changes", "value", "statuses", "messages", "id", "", "\x00", "__proto__"]
        return {draw.choice(names): value(deep + 1) for _ in range(draw.randrange(5))}

    return json.dumps(value(0)).encode()


def _bytes(draw: random.Random) -> bytes:
    return draw.randbytes(draw.randrange(400))


_BODIES: tuple[Callable[[random.Random], bytes], ...] = (
    _mutated, _mutated, _nested, _odd_values, _odd_values, _random_json, _random_json, _bytes,
    lambda draw: status_body(draw.randrange(1 << 40)),
    lambda draw: b"object=whatsapp&entry=" + b"%" * draw.randrange(300),
)  # fmt: skip
_MIX: tuple[tuple[Callable[[random.Random], Shot], int], ...] = (
    (authentic, 45), (forged, 35), (misplaced, 12), (broken, 8),
)  # fmt: skip


def shot(draw: random.Random) -> Shot:
    """One of all of these."""
    kinds, weights = zip(*_MIX, strict=True)
    made: Shot = draw.choices(kinds, weights)[0](draw)
    return made
