"""Clicks of our own links as they are read: whose, of what, and judged anew each time."""

from __future__ import annotations

from typing import Any

import pytest

from earnest.channels import links
from earnest.channels.told import ClickTold, Party, Rejected
from earnest.tracking.classes import Judged

AT = 1_790_848_800_000_000
BODY: dict[str, Any] = {
    "click": "q0zV3mYx1bTn8sKc5dLw2A",
    "at": AT,
    "link": "spring-sale",
    "recipient": 17,
    "within": "campaign=spring",
    "method": "GET",
    "headers": {"user-agent": "WhatsApp/2.24.1 A", "accept-language": "de"},
    "network": "203.0.113.0/24",
    "visitor": -12,
}


def tell(**changed: object) -> ClickTold | Rejected:
    (told,) = links.parse(BODY | changed, {})
    assert isinstance(told, ClickTold | Rejected)
    return told


def test_a_click_tells_whose_it_is_and_of_what() -> None:
    assert tell() == ClickTold(
        AT,
        Party(contact="recipient:17"),
        click_id="q0zV3mYx1bTn8sKc5dLw2A",
        click_class="preview",
        reason="link-preview",
        link="spring-sale",
        within="campaign=spring",
        visitor=-12,
    )


def test_the_code_that_everybody_gets_names_nobody() -> None:
    told = tell(recipient=None)
    assert isinstance(told, ClickTold)
    assert told.party == Party()


def test_the_class_is_of_the_rules_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing judged is kept in a click's body: read under other rules, it is of another class."""
    seen: list[tuple[object, ...]] = []

    def tomorrow(*evidence: object) -> Judged:
        seen.append(evidence)
        return Judged("bot", "of-tomorrow")

    before = tell()
    monkeypatch.setattr(links, "classify", tomorrow)
    after = tell()
    assert isinstance(before, ClickTold)
    assert isinstance(after, ClickTold)
    assert (before.click_class, before.reason) == ("preview", "link-preview")
    assert (after.click_class, after.reason) == ("bot", "of-tomorrow")
    assert seen == [("GET", BODY["headers"], "203.0.113.0/24")]


@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({"click": ""}, "id-missing", "click"),
        ({"click": ["x"]}, "shape-unknown", "click"),
        ({"link": None}, "id-missing", "link"),
        ({"at": None}, "time-missing", "at"),
        ({"at": "1790848800000000"}, "time-unreadable", "at"),
        ({"at": True}, "time-unreadable", "at"),
        ({"at": 1_790_848_800}, "time-unreadable", "at"),
        ({"recipient": 0}, "shape-unknown", "recipient"),
        ({"recipient": True}, "shape-unknown", "recipient"),
        ({"recipient": 1 << 40}, "shape-unknown", "recipient"),
        ({"visitor": 1 << 63}, "shape-unknown", "visitor"),
        ({"visitor": 0.5}, "shape-unknown", "visitor"),
        ({"method": None}, "shape-unknown", "method"),
        ({"headers": "user-agent: x"}, "shape-unknown", "headers"),
        ({"headers": {"accept": None}}, "shape-unknown", "headers"),
        ({"network": 7.5}, "shape-unknown", "network"),
    ],
    ids=repr,
)
def test_a_broken_click_is_refused_with_its_place(changed: dict[str, object], reason: str, field: str) -> None:
    told = tell(**changed)
    assert isinstance(told, Rejected)
    assert (told.reason, told.field) == (reason, field)


@pytest.mark.parametrize("payload", [None, [], "x", 7, {}, {"events": []}, [BODY]], ids=repr)
def test_what_is_no_click_is_refused(payload: object) -> None:
    assert list(links.parse(payload, {})) == [Rejected("not-an-envelope", "")]
