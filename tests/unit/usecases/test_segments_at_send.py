"""Segments by the attributes that held when a message was sent, not by those of today."""

from __future__ import annotations

from typing import Any

import pytest

from earnest.usecases.declare import add_segment, show_segment
from earnest.usecases.workspace import Workspace

SENT = "message_id,contact,sent_at,delivered_at"


@pytest.fixture
def people(imported: Any) -> None:
    """a: silver from 1 Jan, gold from 15 Sep. b: gold from 1 Jan, silver from 15 Sep. c: gold from tomorrow. d: nothing."""
    imported(
        "contacts", "contact,valid_from,tier,age",
        "a,2026-01-01,silver,30", "a,2026-09-15T10:00Z,gold,31", "b,2026-01-01,gold,17", "b,2026-09-15T10:00Z,silver,18", "c,2026-10-02,gold,99",
    )  # fmt: skip
    before, after = "2026-09-15T09:59:59Z", "2026-09-15T10:00:00Z"
    rows = [
        f"{who}{place},{who},{when},{when if place else ''}"
        for who in "abcd"
        for place, when in enumerate((before, after))
    ]
    imported("messages", SENT, *rows)


@pytest.mark.parametrize(
    ("rules", "now", "messages", "delivered"),
    [
        (("tier=gold",), 1, 2, 1), (("tier=silver",), 1, 2, 1), (("tier!=silver",), 1, 2, 1), (("age>=18",), 2, 3, 2),
        (("tier=gold", "age>30"), 1, 1, 1), (("tier=gold", "age<18"), 0, 1, 0), (("tier=gold", "tier=silver"), 0, 0, 0),
        (("country=DE",), 0, 0, 0), (("country!=DE",), 0, 0, 0),
    ],
)  # fmt: skip
def test_by_hand(
    workspace: Workspace, people: None, rules: tuple[str, ...], now: int, messages: int, delivered: int
) -> None:
    add_segment(workspace, "s", "S", rules)
    found = show_segment(workspace, "s")
    assert (found.contacts_now, found.messages, found.delivered) == (now, messages, delivered)


def test_a_new_version_stands_beside_the_old(workspace: Workspace, people: None) -> None:
    assert add_segment(workspace, "s", "S", ("tier=gold",)).version == 1
    assert add_segment(workspace, "s", "S", ("tier=silver",)).version == 2
    found = show_segment(workspace, "s")
    assert (found.versions, str(found.segment.rules[0])) == (2, "tier=silver")


def test_attributes_follow_a_person_through_linked_identities(workspace: Workspace, imported: Any) -> None:
    imported("contacts", "email,contact,valid_from,tier", "x@y.example,k1,2026-01-01,gold")
    imported("messages", SENT, "m1,k1,2026-09-01T10:00Z,")
    add_segment(workspace, "s", "S", ("tier=gold",))
    found = show_segment(workspace, "s")
    assert (found.contacts_now, found.messages) == (1, 1)


def test_values_and_names_are_only_ever_values(workspace: Workspace, people: None) -> None:
    add_segment(workspace, "s", "S", ("tier=gold' OR '1'='1",))
    assert show_segment(workspace, "s").contacts_now == 0
    add_segment(workspace, "t", "T", ("tier') OR ('1=1",))
    assert show_segment(workspace, "t").contacts_now == 0
