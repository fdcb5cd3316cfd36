"""Where a link may lead: what is refused, how a host is read, what is appended."""

from __future__ import annotations

import random
from urllib.parse import parse_qsl, urlsplit

import pytest

from earnest.kernel.errors import UsageError
from earnest.tracking.destination import (
    Landing,
    allowed_host,
    click_parameter_of,
    destination_of,
    host_of,
    is_allowed,
    landing,
    load,
)

HOSTS = ("shop.example", "*.shop.example", "pay.example:8443", "xn--mnchen-3ya.example", "192.0.2.7", "[2001:db8::7]")


def refusal(text: str, allowed: tuple[str, ...] = HOSTS) -> str:
    with pytest.raises(UsageError) as caught:
        destination_of(text, allowed)
    assert caught.value.hint
    return caught.value.code


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Shop.Example", "shop.example"),
        ("shop.example.", "shop.example"),
        ("*.Shop.example", "*.shop.example"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("shop.example:8443", "shop.example:8443"),
        ("localhost:8080", "localhost:8080"),
        ("my-shop.s3.eu-central-1.amazonaws.com", "my-shop.s3.eu-central-1.amazonaws.com"),
        ("my-shop.blogspot.com", "my-shop.blogspot.com"),
        ("*.myrun.app", "*.myrun.app"),
        ("*.blogspot.shop.example", "*.blogspot.shop.example"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:DB8:0:0::7]", "[2001:db8::7]"),
    ],
)
def test_a_host_is_kept_in_one_form(written: str, kept: str) -> None:
    assert allowed_host(written) == kept


@pytest.mark.parametrize(
    "text",
    [
        "", "*", "*.", "*.com", "*.co.uk", "*.com.br", "*.github.io", "*.myshopify.com", "*.192.0.2.7", "*.[::1]", "a b.example",
        "shop.example/path", "https://shop.example", "user@shop.example", "shop.example:0", "shop.example:65536", "shop.example:",
        "-shop.example", "shop..example", ".shop.example", "shop.*.example", "**.shop.example", "shop\\.example", "shop.example\n",
        "*.s3.amazonaws.com", "*.s3.eu-central-1.amazonaws.com", "*.s3-website-us-east-1.amazonaws.com", "*.amazonaws.com", "*.r2.dev",
        "*.run.app", "*.a.run.app", "*.europe-west1.run.app", "*.azureedge.net", "*.azurewebsites.net", "*.blogspot.com", "*.blogspot.de",
        "*.blogspot.com.br", "*.blogspot.co.uk", "*.web.app", "*.firebaseapp.com", "*.vercel.app", "*.netlify.app", "*.pages.dev",
        "*.workers.dev", "*.herokuapp.com", "*.gitlab.io", "*.wixsite.com", "*.cloudfront.net", "*.ondigitalocean.app", "*.fly.dev",
        "*.onrender.com", "*.ngrok.io", "*.eu.ngrok.io", "*.ngrok.app", "*.ngrok-free.app", "*.blob.core.windows.net", "*.PAGES.dev.",
        "127.1", "0x7f.0.0.1", "2130706433", "shop.example:80:80", "[::1", "::1", "sh%6fp.example", "shop\u202e.example", "a" * 64 + ".example",
    ],
)  # fmt: skip
def test_what_is_no_host_or_allows_strangers_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        allowed_host(text)
    assert caught.value.code == "bad-host"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://shop.example/a?b=1#c", "https://shop.example/a?b=1#c"),
        ("HTTPS://SHOP.example:443", "https://shop.example/"),
        ("http://shop.example:80/a", "http://shop.example/a"),
        ("https://a.b.shop.example/", "https://a.b.shop.example/"),
        ("https://pay.example:8443/x", "https://pay.example:8443/x"),
        ("https://münchen.example/größe", "https://xn--mnchen-3ya.example/gr%C3%B6%C3%9Fe"),
        ("https://shop.example/%C3%B6?q=%20", "https://shop.example/%C3%B6?q=%20"),
        ("https://ｓｈｏｐ.example/", "https://shop.example/"),
        ("https://shop。example/", "https://shop.example/"),
        ("https://shop.example//evil.example/", "https://shop.example//evil.example/"),
        ("https://shop.example/?to=https://evil.example", "https://shop.example/?to=https://evil.example"),
        ("https://shop.example/#/app?x=1", "https://shop.example/#/app?x=1"),
        ("https://192.0.2.7/", "https://192.0.2.7/"),
        ("https://[2001:db8::0:7]/", "https://[2001:db8::7]/"),
    ],
)
def test_a_destination_is_kept_as_browsers_read_it(written: str, kept: str) -> None:
    assert destination_of(written, HOSTS) == kept


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("javascript:alert(1)", "destination-scheme"),
        ("data:text/html,hi", "destination-scheme"),
        ("ftp://shop.example/", "destination-scheme"),
        ("//shop.example/", "destination-scheme"),
        ("/offer", "destination-scheme"),
        ("https:shop.example", "destination-scheme"),
        ("https:/shop.example", "destination-scheme"),
        ("", "destination-scheme"),
        ("https:///shop.example/", "destination-host"),
        ("https:////evil.example/", "destination-host"),
        ("https://shop.example@evil.example/", "destination-userinfo"),
        ("https://user:pw@shop.example/", "destination-userinfo"),
        ("https://shop.example:99999/", "destination-host"),
        ("https://shop.example:x/", "destination-host"),
        ("https://sh%6fp.example/", "destination-host"),
        ("https://127.1/", "destination-host"),
        ("https://0x7f000001/", "destination-host"),
        ("https://2130706433/", "destination-host"),
        ("https://0300.0.2.7/", "destination-host"),
        ("https://evil.example/", "host-not-allowed"),
        ("https://shop.example.evil.example/", "host-not-allowed"),
        ("https://evilshop.example/", "host-not-allowed"),
        ("https://pay.example/", "host-not-allowed"),
        ("https://shop.example:8443/", "host-not-allowed"),
        ("http://pay.example:8444/", "host-not-allowed"),
        ("https://127.0.0.1/", "host-not-allowed"),
        ("https://shоp.example/", "host-not-allowed"),  # a Cyrillic о
        ("https://shop.example/\r\nSet-Cookie: a=b", "destination-unsafe"),
        ("https://shop.example/a b", "destination-unsafe"),
        ("https://shop.example\\@evil.example/", "destination-unsafe"),
        ("https:\\\\evil.example", "destination-unsafe"),
        ("https://shop.example/\t", "destination-unsafe"),
        ("https://shop.example/\x00", "destination-unsafe"),
        ("https://shop.example/\u2028", "destination-unsafe"),
        ("https://shop.example/\u202e", "destination-unsafe"),
        ("https://shop.example/\ud800", "destination-unsafe"),
        (" https://shop.example/", "destination-unsafe"),
        ("https://shop.example/" + "a" * 2_048, "destination-too-long"),
        ("https://shop.example/" + "ö" * 500, "destination-too-long"),
    ],
)
def test_a_destination_that_may_lead_elsewhere_is_refused(text: str, code: str) -> None:
    assert refusal(text) == code


def test_a_star_allows_subdomains_and_not_the_name_itself() -> None:
    assert refusal("https://shop.example/", ("*.shop.example",)) == "host-not-allowed"
    assert destination_of("https://www.shop.example/", ("*.shop.example",)) == "https://www.shop.example/"


def test_nothing_is_allowed_where_nothing_was_allowed() -> None:
    assert refusal("https://shop.example/", ()) == "host-not-allowed"


@pytest.mark.parametrize(
    ("destination", "utm", "parameter", "wanted"),
    [
        ("https://shop.example/", {}, "eid", "https://shop.example/?eid=x7"),
        ("https://shop.example/", {}, None, "https://shop.example/"),
        ("https://shop.example/#top", {"source": "sms"}, None, "https://shop.example/?utm_source=sms#top"),
        ("https://shop.example/?", {}, "eid", "https://shop.example/?eid=x7"),
        ("https://shop.example/?a=1&", {}, "eid", "https://shop.example/?a=1&eid=x7"),
        ("https://shop.example/?a=1#/r?b=2", {}, "eid", "https://shop.example/?a=1&eid=x7#/r?b=2"),
        (
            "https://shop.example/?utm_source=own",
            {"source": "sms", "campaign": "spring"},
            "eid",
            "https://shop.example/?utm_source=own&utm_campaign=spring&eid=x7",
        ),
        ("https://shop.example/?utm%5Fsource=own", {"source": "sms"}, None, "https://shop.example/?utm%5Fsource=own"),
        (
            "https://shop.example/",
            {"campaign": "a&b=c#d /é\r\n"},
            None,
            "https://shop.example/?utm_campaign=a%26b%3Dc%23d%20%2F%C3%A9%0D%0A",
        ),
    ],
)
def test_what_is_appended_stands_before_the_fragment_and_changes_nothing_else(
    destination: str, utm: dict[str, str], parameter: str | None, wanted: str
) -> None:
    assert landing(destination, utm, parameter, "x7") == wanted


def test_a_click_id_that_is_none_is_encoded_all_the_same() -> None:
    assert Landing("https://shop.example/", {}, "eid").of("a&b\r\n") == "https://shop.example/?eid=a%26b%0D%0A"


def test_a_link_whose_host_is_no_longer_allowed_is_not_loaded() -> None:
    assert load("https://shop.example/", {}, "eid", allowed=()) is None
    found = load("https://shop.example/", {}, "eid", allowed=("shop.example",))
    assert found is not None
    assert found.of("x7") == "https://shop.example/?eid=x7"


@pytest.mark.parametrize("name", ["", "1a", "a b", "a&b", "a=b", "é", "a" * 33, "taken"])
def test_a_click_parameter_is_a_plain_name_that_the_destination_does_not_use(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        click_parameter_of(name, "https://shop.example/?taken=1")
    assert caught.value.code == "bad-click-parameter"


@pytest.mark.parametrize("name", ["utm_source", "utm_eid", "UTM_Source"])
def test_a_click_id_does_not_stand_where_it_is_told_where_a_visit_came_from(name: str) -> None:
    with pytest.raises(UsageError, match="utm_") as caught:
        click_parameter_of(name, "https://shop.example/")
    assert caught.value.code == "bad-click-parameter"


def test_hostile_destinations_and_tags_never_lead_off_the_allow_list() -> None:
    """50,000 made of the pieces by which readers of addresses were fooled before; each either is refused or stays."""
    random_ = random.Random(20261122)
    pieces = [
        "https://", "http://", "HTTPS://", "//", "/", "\\", "\\\\", "https:", "javascript:", "@", ":", "shop.example", "www.shop.example",
        "evil.example", "pay.example:8443", "shop.example.evil.example", "127.0.0.1", "[::1]", "[2001:db8::7]", "0x7f.1", "%2f", "%5c", "%0d%0a",
        "\r\n", "\t", " ", "\x00", "?", "#", "&", "=", ";", ".", "..", "%00", "%40", "münchen.example", "ｓｈｏｐ", "。", "℀", "\u2024", "\u200b",
        "\u202e", "\ud800", "*", "[", "]", "|", "^", "`", "<script>", "utm_source=x", "eid=1", ":443", ":80", ":8443", "é", "-", "_",
    ]  # fmt: skip
    kept = 0
    for _ in range(50_000):
        begin = random_.choice(("https://shop.example", "https://", "", "http://www.shop.example"))
        text = begin + "".join(random_.choices(pieces, k=random_.randrange(7)))
        utm = {"source": "".join(random_.choices(pieces, k=3)).replace("\ud800", "")}
        found = load(text, utm, "eid", allowed=HOSTS)
        if found is None:
            continue
        kept += 1
        location = found.of("".join(random_.choices(pieces, k=2)).replace("\ud800", ""))
        assert location.isascii()
        assert location.isprintable()
        assert not set(location) & set(' \\<>"^`|')
        parts = urlsplit(location)
        assert parts.scheme in ("http", "https")
        assert parts.username is None
        assert any(fits(parts.hostname or "", parts.port, entry) for entry in HOSTS), location
        assert host_of(location) is not None
        assert is_allowed(*host_of(location), HOSTS)  # type: ignore[misc]
        assert dict(parse_qsl(parts.query, keep_blank_values=True)).keys() >= {"eid"}
    assert kept > 5_000, "the rule can be kept as well as broken"


def fits(host: str, port: int | None, entry: str) -> bool:
    """The rule of the allow-list, said again by other means."""
    wanted = urlsplit(f"//{entry}")
    if port != wanted.port:
        return False
    if entry.startswith("*."):
        return host.endswith(f".{(wanted.hostname or '')[2:]}")
    return host == wanted.hostname
