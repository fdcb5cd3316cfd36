"""PostHog's events: sessions, the order by the name that the source gives it, and what stays when an order cannot be read."""

from __future__ import annotations

from typing import Any

from earnest.channels.channel import channel_of
from earnest.channels.told import OrderTold, Party, Rejected, SamePerson, SessionTold, Told

POSTHOG = channel_of("posthog")
AT = "2026-09-21T14:13:20Z"


def event(name: str, distinct_id: str | None = "anon", **properties: Any) -> dict[str, Any]:
    named = {key.replace("__", "$"): value for key, value in properties.items()}
    return {"event": name, "distinct_id": distinct_id, "timestamp": AT, "properties": named}


def told(body: Any, **options: Any) -> list[Told | Rejected]:
    return list(POSTHOG.parse_of(options)(body, {}))


def test_what_a_server_sends_belongs_to_no_visit() -> None:
    assert told(event("$pageview")) == []
    (order,) = told(event("Order Completed", order_id="A-1", total=5, currency="EUR"), orders="count")
    assert isinstance(order, OrderTold)


def test_the_usual_name_of_an_order_is_that_of_the_e_commerce_events() -> None:
    (visit,) = told(event("Order Completed", __session_id="s", order_id=1001))
    assert isinstance(visit, SessionTold)
    assert visit.order_id == "1001"
    assert told(event("order completed", __session_id="s", order_id=1001)) == [visit]
    assert told(event("purchase", __session_id="s", order_id=1001)) == []
    assert told(event("Purchase", __session_id="s", order_id=1001), order_event="purchase") == [visit]


def test_a_bad_order_takes_no_visit_with_it() -> None:
    visit, refused = told(event("Order Completed", __session_id="s", order_id="A-1", currency="EUR"), orders="count")
    assert isinstance(visit, SessionTold)
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.field) == ("amount-unreadable", "properties.revenue")
    (refused,) = told(event("Order Completed", __session_id="s"))
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.field) == ("id-missing", "properties.order_id")


def test_ids_become_one_person_only_where_the_site_says_so() -> None:
    (same,) = told(event("$create_alias", "c-77", alias="anon"))
    assert isinstance(same, SamePerson)
    assert (same.one, same.other) == (Party(contact="posthog:c-77"), Party(contact="posthog:anon"))
    assert told(event("$identify", "c-77")) == []
    assert told(event("$identify", "c-77", __anon_distinct_id="c-77")) == []
    assert told(event("$identify", None, __anon_distinct_id="anon")) == []


def test_a_screen_and_any_event_with_a_click_tell_the_session() -> None:
    assert len(told(event("$screen", __session_id="s"))) == 1
    assert told(event("clicked a button", __session_id="s")) == []
    (visit,) = told(event("clicked a button", __session_id="s", __current_url="https://shop.example/?eid=c1"))
    assert isinstance(visit, SessionTold)
    assert visit.click_id == "c1"
