"""Landing addresses taken apart, and what sources of visits may say of their own."""

from __future__ import annotations

from typing import Any

import pytest

from earnest.channels.channel import RECEIVED_HEADER, channel_of
from earnest.channels.site import SiteOptions, origin_of, parse
from earnest.channels.told import OrderTold, Party, Rejected, SamePerson, SessionTold
from earnest.channels.visits import Landing, VisitOptions, landing
from earnest.kernel.errors import UsageError

NOON_US = 1_790_000_000_000_000
HEADERS = {RECEIVED_HEADER: str(NOON_US)}
SESSION = "0f" * 16


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://shop.example", Landing("shop.example")),
        ("http://Shop.example:8080/a/b?x=1#y", Landing("shop.example:8080/a/b")),
        ("https://kim:secret@shop.example/a", Landing("shop.example/a")),
        ("https://shop.example/?eid=%20c%2B1%20", Landing("shop.example/", "c+1")),
        ("https://shop.example/?eid=one&eid=two", Landing("shop.example/", "one")),
        ("https://shop.example/?eid=&utm_source=a&utm_medium=b&utm_campaign=c", Landing("shop.example/", None, "a", "b", "c")),
        ("https://shop.example/?eid=" + "x" * 201, Landing("shop.example/")),
        ("https://shop.example/?eid=a%00b", Landing("shop.example/")),
        ("javascript:alert(1)", Landing()),
        ("//shop.example/?eid=1", Landing()),
        ("https://[bad", Landing()),
        ("https://shop.example:port/", Landing()),
        ("https://shop.example/" + "a" * 9000, Landing()),
        (None, Landing()),
        (7, Landing()),
    ],
)  # fmt: skip
def test_a_landing_address_says_its_page_its_click_and_its_campaign(url: object, found: Landing) -> None:
    assert landing(url) == found


def test_the_click_s_parameter_can_have_another_name() -> None:
    assert landing("https://shop.example/?eid=1&cid=2", "cid").click_id == "2"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://shop.example", "https://shop.example"),
        ("HTTPS://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(written: str, read: str) -> None:
    assert origin_of(written) == read


@pytest.mark.parametrize(
    "written",
    ["", "null", "shop.example", "ftp://shop.example", "https://", "https://a.example/x", "https://a.example?x", "https://u@a.example",
     "https://a.example:99999", "https://[x", "*", "https://" + "ü" * 80],
)  # fmt: skip
def test_what_is_no_origin(written: str) -> None:
    with pytest.raises(UsageError) as refused:
        origin_of(written)
    assert refused.value.code == "bad-origin"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "no-origin"),
        ({"origins": []}, "no-origin"),
        ({"origins": ["shop.example"]}, "bad-origin"),
        ({"origins": ["https://shop.example"], "orders": "all"}, "bad-orders"),
    ],
)
def test_a_site_says_its_origins_and_how_its_orders_are_taken(options: dict[str, Any], code: str) -> None:
    with pytest.raises(UsageError) as refused:
        SiteOptions.of(options)
    assert refused.value.code == code


def test_orders_are_references_and_nobody_is_believed_unless_the_source_says_so() -> None:
    options = SiteOptions.of({"origins": ["https://shop.example", "https://SHOP.example"]})
    assert options == SiteOptions(("https://shop.example",), VisitOptions(counts=False), identify=False)


@pytest.mark.parametrize("name", ["e id", "", "a" * 65, "a=b", "a&b", "ü", 7])
def test_a_click_parameter_is_a_name(name: object) -> None:
    if name == "":
        assert VisitOptions.of({"click_parameter": name}).click_parameter == "eid"
        return
    with pytest.raises(UsageError):
        VisitOptions.of({"click_parameter": name})


def said(**more: Any) -> dict[str, Any]:
    return {"v": 1, "event": "page", "id": "ab" * 16, "session": SESSION} | more


@pytest.mark.parametrize(
    ("body", "reason", "field"),
    [
        ([], "not-an-envelope", ""),
        ({"v": 2}, "not-an-envelope", ""),
        (said(event="click"), "shape-unknown", "event"),
        (said(session=None), "id-missing", "session"),
        (said(session="0F" * 16), "shape-unknown", "session"),
        (said(visitor="anna@example.org"), "shape-unknown", "visitor"),
        (said(page="https://shop.example/"), "shape-unknown", "page"),
        (said(page="shop.example/?mail=anna"), "shape-unknown", "page"),
        (said(page="anna@shop.example/"), "shape-unknown", "page"),
        (said(event="order", order={}), "id-missing", "order.id"),
        (said(event="order"), "id-missing", "order.id"),
        (said(event="order", order={"id": "x" * 201}), "shape-unknown", "order.id"),
        (said(event="order", order={"id": "A\u202e1"}), "shape-unknown", "order.id"),
        (said(page="shop.example/\x1b]0;x\x07"), "shape-unknown", "page"),
        (said(page="shop.example/\u202egnp.exe"), "shape-unknown", "page"),
        (said(page="shop.example/\u2066x"), "shape-unknown", "page"),
        (said(page="shop.example/\x9b31m"), "shape-unknown", "page"),
        (said(utm=[]), "shape-unknown", "utm"),
    ],
)
def test_what_the_snippet_would_not_say_is_refused(body: Any, reason: str, field: str) -> None:
    (refused,) = parse(body, HEADERS)
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.field) == (reason, field)


@pytest.mark.parametrize("contact", ["recipient:1", " recipient:1", "site:" + "b" * 32, "c\u202e7"])
def test_a_page_names_nobody_as_only_earnest_does(contact: str) -> None:
    believing = channel_of("site").parse_of({"identify": True})
    (refused,) = believing(said(event="identify", visitor="a" * 32, person={"contact": contact}), HEADERS)
    assert isinstance(refused, Rejected)
    assert refused.reason == ("contact-reserved" if ":" in contact else "shape-unknown")


def test_a_visitor_may_be_a_customer() -> None:
    believing = channel_of("site").parse_of({"identify": True})
    (told,) = believing(said(event="identify", visitor="a" * 32, person={"contact": "c-77"}), HEADERS)
    assert told == SamePerson(NOON_US, Party(contact="site:" + "a" * 32), Party(contact="c-77"))


@pytest.mark.parametrize(("contact", "taken"), [("recipient:1", False), ("site:1", False), ("recipients-1", True)])
def test_no_other_channel_names_somebody_as_only_earnest_does(contact: str, taken: bool) -> None:
    event = {"type": "order", "id": "1", "occurred_at": "2026-09-21T14:13:20Z", "amount": "5", "currency": "EUR"}
    (told,) = channel_of("events").parse_of({})({"events": [event | {"contact": {"id": contact}}]}, HEADERS)
    assert isinstance(told, OrderTold if taken else Rejected)
    assert taken or told == Rejected("contact-reserved", "contact")


def test_what_earnest_tells_itself_names_its_recipients() -> None:
    body = {"recipients": [[17, {"contact": "c-77"}]]}
    (told,) = channel_of("recipients").parse_of({})(body, HEADERS)
    assert told == SamePerson(NOON_US, Party(contact="recipient:17"), Party(contact="c-77"))


def test_without_our_own_time_nothing_is_told() -> None:
    for headers in ({}, {RECEIVED_HEADER: "soon"}, {RECEIVED_HEADER: "1"}, {RECEIVED_HEADER: "9" * 30}):
        (refused,) = parse(said(), headers)
        assert isinstance(refused, Rejected)
        assert refused.reason == "time-missing"


def test_a_time_that_the_page_tells_is_not_believed() -> None:
    (told,) = parse(said(occurred_at="1999-01-01T00:00:00Z", at=1), HEADERS)
    assert isinstance(told, SessionTold)
    assert told.occurred_us == NOON_US


def test_what_is_too_long_is_left_out_and_the_visit_counts() -> None:
    body = said(page="shop.example/" + "a" * 5000, click="c" * 2000, utm={"source": "s" * 2000, "campaign": "spring"})
    (told,) = parse(body, HEADERS)
    assert isinstance(told, SessionTold)
    assert (told.click_id, told.utm_source, told.utm_campaign) == (None, None, "spring")
    assert told.page == "shop.example/" + "a" * 387
