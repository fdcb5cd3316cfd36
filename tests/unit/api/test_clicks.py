"""What is kept of a click, and what is not."""

from __future__ import annotations

import json

import msgspec
import pytest

from earnest.api.clicks import Visitors, click_draft, evidence, network_of
from earnest.tracking.classes import EVIDENCE_HEADERS

DAY_US = 24 * 3600 * 1_000_000


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.255", "203.0.113.0/24"),
        ("0.0.0.1", "0.0.0.0/24"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("2001:db8:aaaa:bbbb:cccc::1", "2001:db8:aaaa::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("::1", "::/48"),
        ("testclient", None),
        ("", None),
        (None, None),
    ],
)
def test_the_network_of_an_address(host: str | None, network: str | None) -> None:
    assert network_of(host) == network


def test_only_evidence_is_kept_and_cut() -> None:
    told, cut = evidence(
        [
            (b"user-agent", b"Fire\xffox"),
            (b"accept", b"a" * 600),
            (b"cookie", b"session=secret"),
            (b"authorization", b"Bearer secret"),
            (b"referer", b"https://mail.example/inbox/secret"),
            (b"x-forwarded-for", b"203.0.113.9"),
            (b"accept-language", b"de"),
            (b"accept-language", b"en"),
        ]
    )
    assert told == {"user-agent": "Fireÿox", "accept": "a" * 512, "accept-language": "de, en"}
    assert cut == ["accept"]


def test_what_people_send_is_kept_whole() -> None:
    sent = {
        "user-agent": "Mozilla/5.0 (Linux; Android 14; SM-S918B) " + "AppleWebKit/537.36 " * 12,
        "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
        "sec-ch-ua": '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
        "sec-fetch-dest": "document",
        "x-requested-with": "",
    }
    assert evidence([(name.encode(), value.encode()) for name, value in sent.items()]) == (sent, [])


@pytest.mark.parametrize("letter", [b"\xff", b"a", b'"', b"\\", b"\x01", b"\xe9"])
def test_all_evidence_of_a_click_has_2048_bytes(letter: bytes) -> None:
    """Whatever letters take more room in the journal than in the request; the browser is kept first."""
    told, cut = evidence([(name.encode(), letter * 9_000) for name in sorted(EVIDENCE_HEADERS)])
    size = len(msgspec.json.encode(told))
    assert 2_048 - 12 < size <= 2_048  # one more letter of the widest, and nothing between, has no room
    assert told["user-agent"] == (letter * 9_000).decode("latin-1")[: len(told["user-agent"])]
    assert (len(told["user-agent"]) == 512) == (letter != b"\x01")
    assert cut == ["user-agent", *sorted(EVIDENCE_HEADERS - {"user-agent"})]


def test_no_number_of_headers_takes_more() -> None:
    full = [(name.encode(), b"x" * 512) for name in ("user-agent", "accept", "accept-language", "purpose")]
    told, cut = evidence(
        [*full, *((name.encode(), b"") for name in sorted(EVIDENCE_HEADERS) if name.startswith("sec-"))]
    )
    assert len(msgspec.json.encode(told)) <= 2_048
    assert set(told) | set(cut) >= {"sec-fetch-dest", "purpose"}


def test_a_visitor_is_the_same_for_a_day_in_one_workspace() -> None:
    one, other = Visitors(b"k" * 32), Visitors(b"l" * 32)
    noon = 20_000 * DAY_US + DAY_US // 2
    known = one.visitor("203.0.113.0/24", "Firefox", noon)
    assert -(2**63) <= known < 2**63
    assert Visitors(b"k" * 32).visitor("203.0.113.0/24", "Firefox", 20_000 * DAY_US) == known
    assert one.visitor("203.0.113.0/24", "Firefox", 20_001 * DAY_US - 1) == known
    others = {
        one.visitor("203.0.113.0/24", "Firefox", 20_001 * DAY_US),
        one.visitor("203.0.114.0/24", "Firefox", noon),
        one.visitor("203.0.113.0/24", "Chrome", noon),
        other.visitor("203.0.113.0/24", "Firefox", noon),
    }
    assert len(others) == 4
    assert known not in others


def test_the_draft_of_a_click() -> None:
    draft = click_draft({"click": "x", "headers": {"user-agent": "Fireÿox"}, "recipient": None}, at_us=5)
    assert (draft.kind, draft.source, draft.received_us, draft.dedupe_key) == ("received", "earnest.links", 5, None)
    assert json.loads(draft.body) == {"click": "x", "headers": {"user-agent": "Fireÿox"}, "recipient": None}
