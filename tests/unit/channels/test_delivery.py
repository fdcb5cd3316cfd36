"""What a body is read as, what is refused and why, and that no body takes long or raises."""

from __future__ import annotations

import json
import time
import urllib.parse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earnest.channels.delivery import DEEPEST, MOST_FIELDS, MOST_VALUES, decode
from earnest.channels.reasons import REASONS
from earnest.channels.told import Rejected

JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded"
WIRE = 3 * 1024 * 1024
"""Bytes that the server lets in."""


def reason(body: bytes, content_type: str | None = JSON) -> str | None:
    value = decode(body, content_type)
    return value.reason if isinstance(value, Rejected) else None


def test_reads_json_whatever_its_type_is_called() -> None:
    said = b'\xef\xbb\xbf {"a": [1, -2.5, "\xc3\xa4", null, true]}\r\n'
    for content_type in (JSON, "APPLICATION/JSON", "application/cloudevents+json", "text/plain", FORM, None):
        assert decode(said, content_type) == {"a": [1, -2.5, "ä", None, True]}
    assert decode(b'"word"', JSON) == "word"
    assert decode(b"12345678901234567890123", JSON) == 12345678901234567890123


def test_reads_forms_and_keeps_repeated_fields() -> None:
    said = b"Body=caf%C3%A9+%26+more&Digits=2&Digits=1&Digits=2&Empty=&From=%2B491511234567"
    for content_type in (FORM, f"{FORM}; charset=UTF-8", None, "text/plain"):
        assert decode(said, content_type) == {
            "Body": "café & more",
            "Digits": ["2", "1", "2"],
            "Empty": "",
            "From": "+491511234567",
        }
    assert decode(b"webhook_id", FORM) == {"webhook_id": ""}


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b" ",
            b"NaN",
            b"[NaN]",
            b"[Infinity]",
            b"[-Infinity]",
            b"[1e400]",
            b"[01]",
            b"[1,]",
            b"{'a':1}",
            b"[1] [2]",
        ),
        *(b'["\xff"]', b'{"\xff":1}', b'["\xed\xa0\x80"]', b'["\\ud800"]', b'["\\udc00\\ud800"]', b'{"\\ud800":1}'),
        *(b'["a\0"]', b'["a\\u0000"]', b'{"\\u0000a":1}', b"[" + b"9" * 5_000 + b"]", b"\xff\xfe[\0]\0", b"/*c*/{}"),
    ],
)
def test_refuses_what_is_no_strict_json(body: bytes) -> None:
    assert reason(body) == "not-json"


@pytest.mark.parametrize(
    "body", [b"", b"a=%FF", b"a=\xff", b"a=%00", b"%00=a", b"a=%ED%A0%80", b"a=%4", b"a=100%&b=1", b"a=%zz"]
)
def test_refuses_what_is_no_form(body: bytes) -> None:
    assert reason(body, FORM) == "not-json"


def test_refuses_what_is_neither() -> None:
    assert reason(b"<xml/>", "text/xml") == "not-json"
    assert reason(b"hello", None) == "not-json"
    assert (
        reason(b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1', "multipart/form-data; boundary=x")
        == "not-json"
    )


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    assert decode(rb'["\\u0000", "\\\\"]', JSON) == ["\\u0000", "\\\\"]
    assert reason(rb'["\\\u0000"]') == "not-json"


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'[{"x":{"a":1,"b":2,"a":3}}]',
        b'{"a":1,"\\u0061":2}',
        b'{"a\\\\":1,"a\\\\":":"}',
        b'{"":1,"":2}',
    ],
)
def test_refuses_an_object_that_names_a_key_twice(body: bytes) -> None:
    assert json.loads(body) is not None
    assert reason(body) == "key-twice"


def test_depth_is_counted_in_lists_and_objects() -> None:
    assert reason(b"[" * DEEPEST + b"1" + b"]" * DEEPEST) is None
    assert reason(b'{"a":' * DEEPEST + b"1" + b"}" * DEEPEST) is None
    assert reason(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1)) == "too-deep"
    assert reason(b'[{"a":' * 17 + b"1" + b"}]" * 17) == "too-deep"
    assert reason(b"[" * 100_000 + b"]" * 100_000) == "too-deep"


def test_size_is_counted_in_values() -> None:
    assert reason(b"[" + b"0," * (MOST_VALUES - 1) + b"0]") is None
    assert reason(b"[" + b"0," * MOST_VALUES + b"0]") == "too-many-values"
    assert reason(b"&".join(b"k%d=v" % n for n in range(MOST_FIELDS)), FORM) is None
    assert reason(b"&".join(b"k%d=v" % n for n in range(MOST_FIELDS + 1)), FORM) == "too-many-values"


def batch(items: int, size: int) -> bytes:
    """A delivery of many statuses, padded to a size, as Meta packs them."""
    statuses = [
        {
            "id": f"wamid.{number:05d}",
            "status": "delivered",
            "timestamp": "1772359205",
            "recipient_id": "16505550100",
            "conversation": {"id": "c", "expiration_timestamp": "1772445605", "origin": {"type": "marketing"}},
            "pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"},
            "errors": [{"code": 131049, "title": "t", "message": "m", "error_data": {"details": "d"}}],
            "biz_opaque_callback_data": "x" * max(0, size // items - 480),
        }
        for number in range(items)
    ]
    changes = [{"field": "messages", "value": {"messaging_product": "whatsapp", "statuses": statuses}}]
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}).encode()


def test_a_full_batch_passes() -> None:
    body = batch(1_000, WIRE)
    assert WIRE * 0.9 < len(body) <= WIRE
    value = decode(body, JSON)
    assert isinstance(value, dict)
    assert len(value["entry"][0]["changes"][0]["value"]["statuses"]) == 1_000


HOSTILE = {
    "open lists": b"[" * WIRE,
    "open objects": b'{"a":' * (WIRE // 5),
    "closed lists": b"[" * (WIRE // 2) + b"]" * (WIRE // 2),
    "empty lists": b"[" + b"[]," * (WIRE // 3 - 2) + b"[]]",
    "empty objects": b"[" + b"{}," * (WIRE // 3 - 2) + b"{}]",
    "many deep": b"[" + b",".join([b"[" * 31 + b"]" * 31] * (WIRE // 63)) + b"]",
    "many too deep": b"[" + b",".join([b"[" * 500 + b"]" * 500] * (WIRE // 1001)) + b"]",
    "one integer": b"[" + b"9" * (WIRE - 2) + b"]",
    "one fraction": b"[0." + b"9" * (WIRE - 4) + b"]",
    "one exponent": b"[1e" + b"9" * (WIRE - 4) + b"]",
    "many integers": b"[" + b",".join([b"9" * 4_000] * (WIRE // 4_001)) + b"]",
    "many keys": b"{" + b",".join(b'"k%07d":0' % number for number in range(WIRE // 13)) + b"}",
    "keys alike": b"{" + b",".join(b'"%s%06d":0' % (b"k" * 40, number) for number in range(150_000 // 3)) + b"}",
    "one key": b"{" + b",".join([b'"a":0'] * (WIRE // 6)) + b"}",
    "backslashes": b'["' + b"\\" * (WIRE // 2 * 2 - 4) + b'"]',
    "quotes": b'["' + b'\\"' * (WIRE // 2 - 4) + b'"]',
    "escapes": b'["' + b"\\u00e4" * (WIRE // 6 - 4) + b'"]',
    "empty strings": b"[" + b'"",' * (WIRE // 3 - 2) + b'""]',
    "open string": b'["' + b"a" * WIRE,
    "spaces": b" " * WIRE,
    "NUL": b"\0" * WIRE,
    "invalid UTF-8": b'["' + b"\xff" * WIRE + b'"]',
    "fields": b"a=b&" * (WIRE // 4),
    "ampersands": b"=" + b"&" * WIRE,
    "equals": b"=" * WIRE,
    "percents": b"a=" + b"%" * WIRE,
    "escaped": b"a=" + b"%41" * (WIRE // 3),
    "escaped badly": b"a=" + b"%ff" * (WIRE // 3),
    "pluses": b"a=" + b"+" * WIRE,
    "semicolons": b"a=b;" * (WIRE // 4),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("content_type", [JSON, FORM, None])
def test_nothing_takes_a_second(name: str, content_type: str | None) -> None:
    began = time.process_time()
    value = decode(HOSTILE[name], content_type)
    assert time.process_time() - began < 1.0
    if isinstance(value, Rejected):
        assert value.reason in REASONS


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES, st.booleans())
@settings(max_examples=500, deadline=None)
def test_valid_json_is_read_as_the_standard_library_reads_it(value: object, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    if "\\u0000" in text.replace("\\\\", ""):
        assert reason(text.encode()) == "not-json"
    else:
        assert decode(text.encode(), JSON) == value


@given(st.binary(max_size=200), st.sampled_from([JSON, FORM, None, "", "text/plain", "multipart/form-data", ";;;"]))
@settings(max_examples=2_000, deadline=None)
def test_any_bytes_are_read_or_refused(body: bytes, content_type: str | None) -> None:
    value = decode(body, content_type)
    assert isinstance(value, dict | list | str | int | float | bool | Rejected) or value is None


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), min_size=1, max_size=10))
@settings(max_examples=300, deadline=None)
def test_forms_are_read_as_they_were_written(pairs: list[tuple[str, str]]) -> None:
    value = decode(urllib.parse.urlencode(pairs).encode(), FORM)
    if any("\0" in key + text for key, text in pairs):
        assert value == Rejected("not-json", "")
        return
    assert isinstance(value, dict)
    for key in {key for key, _ in pairs}:
        told = value[key]
        assert (told if isinstance(told, list) else [told]) == [text for name, text in pairs if name == key]
