"""Rows of Google's export as others published them, and whole numbers in both of their writings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from earnest.channels.channel import channel_of
from earnest.channels.told import OrderTold, Party, SessionTold

GA4 = channel_of("ga4")
VISITOR = Party(contact="ga4:1166526666.1617691776")
AT_US = 1_772_359_200_000_000


@pytest.fixture
def folder(shared_data: Path) -> Path:
    found = shared_data / "fixtures" / "ga4"
    if not found.is_dir():
        pytest.skip("the fixtures of GA4 are not beside the checkout")
    return found


def rows(path: Path) -> list[Any]:
    told = json.loads(path.read_bytes())
    return told if isinstance(told, list) else [told]


def test_the_purchase_row_is_a_visit_and_names_its_order(folder: Path) -> None:
    (row,) = rows(folder / "assembled_purchase_row.json")
    visit = SessionTold(
        "1166526666.1617691776.1772359000", AT_US, VISITOR, "whatsapp", "message", "summer", order_id="1001"
    )
    assert list(GA4.parse(row, {})) == [visit]
    told = list(GA4.parse_of({"orders": "count"})(row, {}))
    assert told[0] == visit
    order = told[1]
    assert isinstance(order, OrderTold)
    assert (order.order_id, order.total, order.currency, order.tax, order.party) == (
        "1001", "59.9", "EUR", None, VISITOR
    )  # fmt: skip


def test_rows_without_the_browser_s_id_are_of_no_visit(folder: Path) -> None:
    for name in ("velir_first_visit_row", "velir___derived_session_properties"):
        for row in rows(folder / f"{name}.json"):
            assert list(GA4.parse(row, {})) == []


def visited(number: Any, at: Any, location: str | None = None) -> list[Any]:
    parameters = [
        {"key": "ga_session_id", "value": {"int_value": number}},
        {"key": "page_location", "value": {"string_value": location}},
    ]
    row = {"event_name": "page_view", "event_timestamp": at, "user_pseudo_id": "1.2", "event_params": parameters}
    return list(GA4.parse(row, {}))


def test_whole_numbers_come_as_text_or_as_numbers() -> None:
    assert visited("77", str(AT_US)) == visited(77, AT_US) == [SessionTold("1.2.77", AT_US, Party(contact="ga4:1.2"))]


def test_one_number_in_two_browsers_is_two_visits() -> None:
    parameters = [{"key": "ga_session_id", "value": {"int_value": "77"}}]
    told = [
        one.session_id
        for browser in ("1.2", "1.3")
        for one in GA4.parse(
            {
                "event_name": "page_view",
                "event_timestamp": AT_US,
                "user_pseudo_id": browser,
                "event_params": parameters,
            },
            {},
        )
        if isinstance(one, SessionTold)
    ]
    assert told == ["1.2.77", "1.3.77"]


@pytest.mark.parametrize(("number", "visits"), [(True, 0), (7.5, 0), ("x", 0), (None, 0), (1 << 70, 0), ("0", 1)])
def test_what_is_no_whole_number_is_no_session(number: Any, visits: int) -> None:
    assert len(visited(number, AT_US)) == visits


def test_any_event_with_a_click_s_id_tells_the_visit() -> None:
    row = {"event_name": "scroll", "event_timestamp": AT_US, "user_pseudo_id": "1.2", "event_params": [
        {"key": "ga_session_id", "value": {"int_value": "77"}},
        {"key": "page_location", "value": {"string_value": "https://shop.example/?eid=c1"}}]}  # fmt: skip
    (told,) = GA4.parse(row, {})
    assert isinstance(told, SessionTold)
    assert told.click_id == "c1"
