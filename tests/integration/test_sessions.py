"""Clicks, visits and orders: which are one person's, and which campaign led to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from earnest.definitions.campaign import Campaign
from earnest.definitions.link import Link
from earnest.definitions.source import Source
from earnest.journal.log import RECEIVED, Draft
from earnest.kernel.errors import NotFound
from earnest.kernel.period import HOUR_US, moment_of
from earnest.usecases.contact_show import show_contact
from earnest.usecases.sessions import SessionCounts, campaign_sessions, check_campaign, list_sessions
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace, init
from earnest.warehouse import duck

from .senders import NOON_US, Clock

MINUTE_US = HOUR_US // 60
AT = "2026-09-21T14:13:20Z"
V1, V2, V3 = "a1" * 16, "b2" * 16, "c3" * 16
JSON = {"content-type": "application/json"}


class Shop:
    """A workspace that receives clicks, visits and orders; each call journals one delivery."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._number = 0

    def keep(self, source: str, body: Any) -> None:
        draft = Draft(RECEIVED, json.dumps(body).encode(), source, self.workspace.clock(), None, JSON)
        with self.workspace.journal() as journal:
            journal.append_many([draft])

    def click(self, click_id: str, recipient: int | None, link: str = "tea") -> None:
        """As the redirect journals it."""
        body = {"click": click_id, "at": NOON_US, "link": link, "recipient": recipient, "within": None, "method": "GET"}
        agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
        self.keep(
            "earnest.links",
            body | {"headers": {"user-agent": agent, "accept-language": "de"}, "network": None, "visitor": None},
        )

    def visit(self, visitor: str | None, session: str, **more: Any) -> None:
        """As the snippet sends it; `session` is a number of two digits."""
        self._number += 1
        body = {"v": 1, "event": "page", "id": f"{self._number:032x}", "session": session * 16, "utm": {}}
        self.keep("web", body | ({"visitor": visitor} if visitor else {}) | more)

    def visit_order(self, visitor: str | None, session: str, order_id: str) -> None:
        self.visit(visitor, session, event="order", order={"id": order_id})

    def order(self, order_id: str, contact: str | None) -> None:
        """As the shop's own feed tells it."""
        told = {"type": "order", "id": order_id, "occurred_at": AT, "amount": "50", "currency": "EUR"}
        self.keep("own", {"events": [told | {"contact": {"id": contact} if contact else None}]})


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    workspace = init(tmp_path / "shop", currency="EUR", timezone="Europe/Berlin", clock=Clock())
    site = Source("web", "site", "token", (), options={"origins": ["https://shop.example"]})
    for source in (site, Source("own", "events", "token", ())):
        workspace.record("source.set", source.to_json())
    for campaign in ("spring", "summer"):
        workspace.record("campaign.set", Campaign(campaign, campaign).to_json())
    workspace.record("link.hosts", {"hosts": ["shop.example"]})
    for number, (name, campaign_of) in enumerate((("tea", "spring"), ("cup", None)), start=1):
        workspace.record("link.set", Link(name, number, "https://shop.example/tea", campaign_of).to_json())
    return Shop(workspace)


def persons(shop: Shop) -> dict[str, set[int]]:
    """What is told of → the persons it is told of; whoever did not say who he is, is nobody."""
    with open_tables(shop.workspace) as found:
        return {
            kind: {
                int(str(key))
                for (key,) in duck.rows(
                    found.con,
                    f"SELECT DISTINCT coalesce(i.person_key, e.contact_key) FROM event_{kind} AS e"
                    " LEFT JOIN identity AS i USING (contact_key) WHERE e.contact_key IS NOT NULL",
                )
            }
            for kind in ("click", "session", "order")
        }


def counted(shop: Shop, campaign: str) -> SessionCounts:
    with open_tables(shop.workspace) as found:
        return campaign_sessions(found, campaign)


def test_a_click_a_visit_and_the_shop_s_order_are_one_person(shop: Shop) -> None:
    shop.click("c1", 17)
    shop.visit(V1, "01", click="c1")
    shop.visit(V1, "01")
    shop.visit_order(V1, "01", "A-1")
    shop.order("A-1", "c-77")
    found = persons(shop)
    assert len(found["click"]) == 1
    assert found["click"] == found["session"] == found["order"]
    assert counted(shop, "spring") == SessionCounts(sessions=1, with_click=1, orders=1)
    person = show_contact(shop.workspace, "c-77")
    assert len(person.identities) == 3
    assert {link.evidence for link in person.links} == {"click-id", "order-told"}


def other_tool(shop: Shop, session: str, at_us: int, **more: Any) -> None:
    """As another tool tells it, by an id of its own."""
    shop.workspace.record("source.set", Source("ph", "posthog", "token", ()).to_json())
    body = {
        "event": "$pageview",
        "uuid": f"{session}-{at_us}",
        "timestamp": moment_of(at_us).isoformat(),
        "distinct_id": session,
    }
    told = {"$session_id": session, "$current_url": "https://shop.example/tea?eid=c1"} | more
    shop.keep("ph", body | {"properties": told})


def test_a_visit_that_two_tools_tell_counts_once_within_30_minutes(shop: Shop) -> None:
    shop.click("c1", 17)
    shop.visit(V1, "01", click="c1")
    with open_tables(shop.workspace) as found:
        (one,) = list_sessions(found)
    other_tool(shop, "p1", one.first_us + 30 * MINUTE_US)
    told = SessionCounts(sessions=1, with_click=1, orders=0, twice=1, told_by=("ph", "web"))
    assert counted(shop, "spring") == told
    with open_tables(shop.workspace) as found:
        (listed,) = list_sessions(found)
    assert (listed.source, listed.sources, listed.told) == ("web", ("web", "ph"), 2)
    other_tool(shop, "p2", one.first_us + 61 * MINUTE_US)
    assert counted(shop, "spring").sessions == 2, "later than 30 minutes it is another visit"


def test_what_one_tool_tells_apart_stays_apart(shop: Shop) -> None:
    shop.click("c1", 17)
    shop.visit(V1, "01", click="c1")
    shop.visit(V2, "02", click="c1")
    assert counted(shop, "spring") == SessionCounts(sessions=2, with_click=2, orders=0)


def test_carrying_tells_the_same_persons_as_building_anew(shop: Shop) -> None:
    build(shop.workspace)
    shop.click("c1", 17)
    build(shop.workspace)
    shop.visit(V1, "01", click="c1")
    build(shop.workspace)
    shop.visit_order(V1, "01", "A-1")
    build(shop.workspace)
    shop.order("A-1", "c-77")
    build(shop.workspace)
    carried = persons(shop)
    build(shop.workspace, full=True)
    assert persons(shop) == carried
    assert carried["click"] == carried["order"]


def test_without_consent_a_visit_is_counted_and_nobody_s(shop: Shop) -> None:
    shop.click("c1", 17)
    shop.visit(None, "01", click="c1")
    assert persons(shop)["session"] == set()
    assert counted(shop, "spring") == SessionCounts(sessions=1, with_click=1, orders=0)


def test_consent_given_on_the_page_makes_the_same_visit_somebody_s(shop: Shop) -> None:
    shop.click("c1", 17)
    shop.visit(None, "01", click="c1")
    shop.visit(V1, "01", click="c1")
    found = persons(shop)
    assert found["session"] == found["click"] != set()
    assert counted(shop, "spring").sessions == 1


def test_an_address_that_was_passed_on_joins_nobody(shop: Shop) -> None:
    shop.click("c1", 17)
    shop.visit(V1, "01", click="c1")
    shop.visit(V2, "02", click="c1")
    found = persons(shop)
    assert len(found["session"]) == 2
    assert not found["click"] & found["session"]


def test_an_order_that_two_visitors_tell_joins_nobody(shop: Shop) -> None:
    shop.order("A-1", "c-77")
    shop.visit_order(V1, "01", "A-1")
    assert len(persons(shop)["session"] | persons(shop)["order"]) == 1
    shop.visit_order(V2, "02", "A-1")
    found = persons(shop)
    assert not found["session"] & found["order"]


def test_a_visitor_who_tells_several_customers_orders_joins_nobody(shop: Shop) -> None:
    """A shared device, or a script that counts through order numbers."""
    for number, contact in ((1, "c-77"), (2, "c-88"), (3, "c-99")):
        shop.order(f"A-{number}", contact)
        shop.visit_order(V1, "01", f"A-{number}")
    found = persons(shop)
    assert len(found["order"]) == 3
    assert not found["session"] & found["order"]


def test_a_customer_has_several_devices(shop: Shop) -> None:
    for number, visitor in enumerate((V1, V2, V3), start=1):
        shop.order(f"A-{number}", "c-77")
        shop.visit_order(visitor, f"0{number}", f"A-{number}")
    found = persons(shop)
    assert len(found["session"] | found["order"]) == 1


def visitor_of(number: int) -> str:
    return f"{number:032x}"


def reached(shop: Shop, number: int, customer: str | None = None, recipient: int = 17) -> None:
    """A click of the recipient's code, which a visitor of its own carries, who may order as a customer."""
    visitor, session = visitor_of(number), f"{number:02d}"
    shop.click(f"c{number}", recipient)
    shop.visit(visitor, session, click=f"c{number}")
    if customer is not None:
        shop.order(f"A-{number}", customer)
        shop.visit_order(visitor, session, f"A-{number}")


def test_a_code_passed_on_to_friends_who_order_makes_them_no_person(shop: Shop) -> None:
    for number in (1, 2, 3):
        reached(shop, number, f"friend-{number}")
        build(shop.workspace)
    found = persons(shop)
    assert (len(found["click"]), len(found["session"]), len(found["order"])) == (1, 3, 3)
    assert not found["click"] & (found["session"] | found["order"])
    assert not found["session"] & found["order"], "nor are these visitors' orders evidence"
    build(shop.workspace, full=True)
    assert persons(shop) == found


def test_a_code_clicked_on_a_phone_and_a_laptop_of_one_customer_is_one_person(shop: Shop) -> None:
    for number in (1, 2):
        reached(shop, number, "c-77")
    reached(shop, 3)
    found = persons(shop)
    assert len(found["click"] | found["session"] | found["order"]) == 1


def test_a_customer_of_two_identities_that_were_told_together_is_one_customer(shop: Shop) -> None:
    reached(shop, 1, "c-77")
    reached(shop, 2, "c-88")
    together = {"type": "same_person", "occurred_at": AT, "contact": {"id": "c-77", "email": "ann@shop.example"}}
    shop.keep("own", {"events": [together, together | {"contact": {"id": "c-88", "email": "ann@shop.example"}}]})
    found = persons(shop)
    assert len(found["click"] | found["session"] | found["order"]) == 1


@pytest.mark.parametrize(("visitors", "found_one"), [(3, True), (4, False)])
def test_of_visitors_of_no_known_customer_three_are_believed(shop: Shop, visitors: int, found_one: bool) -> None:
    for number in range(1, visitors + 1):
        reached(shop, number)
    found = persons(shop)
    assert len(found["click"] | found["session"]) == (1 if found_one else visitors + 1)


def test_a_customer_among_many_unknown_visitors_stays_his_clicks(shop: Shop) -> None:
    reached(shop, 1, "c-77")
    for number in range(2, 6):
        reached(shop, number)
    found = persons(shop)
    assert found["order"] == found["click"]
    assert len(found["session"]) == 5


@pytest.mark.parametrize(("later_h", "joins"), [(23, True), (25, False)])
def test_a_visit_tells_an_order_within_a_day_of_it(shop: Shop, later_h: int, joins: bool) -> None:
    shop.order("A-1", "c-77")
    clock = shop.workspace.clock
    assert isinstance(clock, Clock)
    clock.now_us += later_h * 3_600_000_000
    shop.visit_order(V1, "01", "A-1")
    found = persons(shop)
    assert (found["session"] == found["order"]) == joins


def test_who_tells_an_order_days_later_takes_nothing_from_who_placed_it(shop: Shop) -> None:
    shop.order("A-1", "c-77")
    shop.visit_order(V1, "01", "A-1")
    clock = shop.workspace.clock
    assert isinstance(clock, Clock)
    clock.now_us += 2 * 86_400_000_000
    shop.visit_order(V2, "02", "A-1")
    found = persons(shop)
    assert found["order"] < found["session"]


def test_an_order_that_was_only_told_of_and_an_order_of_nobody_join_nothing(shop: Shop) -> None:
    shop.visit_order(V1, "01", "A-1")
    shop.order("A-2", None)
    shop.visit_order(V2, "02", "A-2")
    found = persons(shop)
    assert (len(found["session"]), found["order"]) == (2, set())


def test_a_visit_belongs_to_its_click_s_campaign_else_to_the_one_it_names(shop: Shop) -> None:
    shop.click("c1", 17)
    shop.visit(V1, "01", click="c1", utm={"campaign": "summer"})
    shop.visit(V1, "01")
    shop.visit(V2, "02", utm={"campaign": "summer"})
    shop.visit_order(V2, "02", "A-1")
    shop.visit_order(V2, "02", "A-1")
    shop.click("c2", 18, link="cup")
    shop.visit(V3, "03", click="c2", utm={"campaign": "summer"})
    shop.visit(None, "04", click="unknown")
    assert counted(shop, "spring") == SessionCounts(1, 1, 0)
    assert counted(shop, "summer") == SessionCounts(2, 1, 1), "a link of no campaign leaves the choice to the address"
    with open_tables(shop.workspace) as found:
        assert campaign_sessions(found, "winter") == SessionCounts(0, 0, 0)
        listed = list_sessions(found)
        assert [(one.session_id[:2], one.campaign, one.link) for one in listed] == [
            ("04", None, None), ("03", "summer", "cup"), ("02", "summer", None), ("01", "spring", "tea")
        ]  # fmt: skip
        assert [(one.orders, one.told, one.known) for one in listed] == [
            ((), 1, False), ((), 1, True), (("A-1",), 3, True), ((), 2, True)
        ]  # fmt: skip
        assert [one.session_id[:2] for one in list_sessions(found, "summer", limit=1)] == ["03"]
        for known in ("spring", "summer"):
            check_campaign(found, known)
        with pytest.raises(NotFound) as refused:
            check_campaign(found, "sumer")
        assert "summer" in refused.value.message


def test_an_order_that_counts_is_the_visitor_s_and_once(shop: Shop) -> None:
    options = {"origins": ["https://shop.example"], "orders": "count"}
    shop.workspace.record("source.set", Source("web", "site", "token", (), options=options).to_json())
    shop.click("c1", 17)
    shop.visit(V1, "01", click="c1")
    for _ in range(2):
        shop.visit(V1, "01", event="order", order={"id": "A-1", "total": "59.90", "tax": "9.90", "currency": "EUR"})
    found = persons(shop)
    assert found["click"] == found["session"] == found["order"] != set()
    with open_tables(shop.workspace) as tables:
        assert duck.rows(tables.con, "SELECT count(*), sum(net_minor) FROM conversion") == [(1, 5000)]
