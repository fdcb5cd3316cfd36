"""Orders, conversions and refunds in other currencies: converted at the order day's rate, the original kept, ratios untouched by rates."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from earnest.definitions.campaign import Campaign
from earnest.usecases.allocation import roas
from earnest.usecases.cost_ledger import add_cost
from earnest.usecases.costs import campaign_costs
from earnest.usecases.declare import add_campaign
from earnest.usecases.fx import set_rate
from earnest.usecases.import_files import Imported, import_files
from earnest.usecases.profit import ProfitAsk, profit
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace, init
from integration.trials import Clock, bring_rows, table

ORDERS = ("order_id", "email", "ordered_at", "amount", "currency")


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    workspace = init(tmp_path / "shop", currency="USD", timezone="UTC", clock=Clock("2026-06-10T10:00:00"))
    add_campaign(workspace, Campaign("spring", "s", "s", "marketing", "conversion", "Earn", None, ()))
    header = ("message_id", "email", "sent_at", "delivered_at", "clicked_at", "campaign", "channel", "cost")
    at = [f"2026-03-10T{clock}Z" for clock in ("10:00:00", "10:00:01", "11:00:00")]
    bring_rows(workspace, "messages", header, [("m1", "a@example.org", *at, "spring", "email", "0")])
    return workspace


def bring(workspace: Workspace, kind: str, header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Imported:
    (one,) = import_files(
        workspace, [table(workspace.path.parent / f"{kind}-{len(rows)}-{rows[0][0]}.csv", header, rows)], kind
    )
    return one


def conversions(workspace: Workspace) -> list[tuple[Any, ...]]:
    with open_tables(workspace) as tables:
        return tables.con.execute(
            "SELECT before_refunds_minor, refund_minor, net_minor, discount_minor FROM conversion ORDER BY 1, 2"
        ).fetchall()


@pytest.mark.parametrize("rate", ["0.095", "0.1031", "1", "12.5"])
def test_a_ratio_in_one_currency_does_not_know_the_rate(shop: Workspace, rate: str) -> None:
    """Cost 1000 SEK and value 5000 SEK of the same day in a workspace of dollars: 5.0, whatever the rate."""
    set_rate(shop, "SEK/USD", rate, on=date(2026, 3, 10), source="bank")
    bring(shop, "orders", ORDERS, [("o1", "a@example.org", "2026-03-10T12:00:00Z", "5000.00", "SEK")])
    body = {"amount": "1000.00", "currency": "SEK", "campaign": "spring", "kind": "content", "from": "2026-03-10", "until": None,
            "evidence": "invoiced", "covers": False, "description": None}  # fmt: skip
    add_cost(shop, body)
    with open_tables(shop) as tables:
        cost = campaign_costs(tables, ["spring"])["spring"].micro
    attributed = profit(shop, ProfitAsk("2026-03")).rows[0].attributed.minor
    assert roas(attributed, cost, 2) == pytest.approx(5.0, abs=1e-9)


def test_the_original_and_its_rate_are_kept(shop: Workspace) -> None:
    """1,000.00 SEK at 0.1031 are 103.10 USD; 5,000 yen at USD/JPY 160 are 31.25; 2.5 dinars at 3.25 are 8.125: 8.12, half to even."""
    set_rate(shop, "SEK/USD", "0.1031", on=date(2026, 3, 9), source="bank")
    set_rate(shop, "USD/JPY", "160", on=date(2026, 3, 9), source="bank")
    set_rate(shop, "KWD/USD", "3.25", on=date(2026, 3, 9), source="bank")
    rows = [("s", "a@example.org", "2026-03-10T12:00:00Z", "1000.00", "sek"), ("y", "b@example.org", "2026-03-10T12:00:00Z", "5000", "JPY"),
            ("k", "c@example.org", "2026-03-10T12:00:00Z", "2.500", "KWD"), ("u", "d@example.org", "2026-03-10T12:00:00Z", "7.00", "USD")]  # fmt: skip
    assert bring(shop, "orders", ORDERS, rows).counts.accepted == 4
    with open_tables(shop) as tables:
        kept = tables.con.execute(
            "SELECT order_id, net_minor, currency, told_minor, fx_rate FROM event_order ORDER BY 1"
        ).fetchall()
    assert kept == [
        ("k", 812, "KWD", 2_500, "KWD/USD 3.25 of 2026-03-09 (bank)"),
        ("s", 10_310, "SEK", 100_000, "SEK/USD 0.1031 of 2026-03-09 (bank)"),
        ("u", 700, None, None, None),
        ("y", 3_125, "JPY", 5_000, "USD/JPY 160 of 2026-03-09 (bank)"),
    ]


def test_total_tax_shipping_discount_and_lines_are_converted(shop: Workspace) -> None:
    """At 0.5: 119.00 less 19.00 tax and 5.00 shipping are 95.00, so 47.50, the discount 10.00 is 5.00; lines 10.01 + 20.02: 15.015."""
    set_rate(shop, "EUR/USD", "0.5", on=date(2026, 3, 9), source="bank")
    header = ("order_id", "email", "ordered_at", "total", "tax", "shipping", "discount", "currency")
    bring(
        shop,
        "orders",
        header,
        [("t", "a@example.org", "2026-03-10T12:00:00Z", "119.00", "19.00", "5.00", "10.00", "EUR")],
    )
    of_lines = ("order_id", "email", "ordered_at", "sku", "line_amount", "currency")
    lines = [
        ("l", "b@example.org", "2026-03-10T12:00:00Z", "x", "10.01", "EUR"),
        ("l", "b@example.org", "2026-03-10T12:00:00Z", "y", "20.02", "EUR"),
    ]
    bring(shop, "orders", of_lines, lines)
    assert conversions(shop) == [(1_501, 0, 1_501, 0), (4_750, 0, 4_750, 500)], (
        "5.005 and 10.01: each line rounds by itself, 5.00 + 10.01"
    )
    with open_tables(shop) as tables:
        told = tables.con.execute("SELECT order_id, told_minor FROM event_order ORDER BY 1").fetchall()
    assert told == [("l", 3_003), ("t", 9_500)]


def test_a_refund_takes_the_rate_of_its_order_and_leaves_nothing(shop: Workspace) -> None:
    """Ordered at 0.80, given back when it is 0.90: 80.00 less 80.00 are 0, not −10.00."""
    set_rate(shop, "EUR/USD", "0.8", on=date(2026, 3, 10), source="bank")
    set_rate(shop, "EUR/USD", "0.9", on=date(2026, 3, 14), source="bank")
    bring(shop, "orders", ORDERS, [("o1", "a@example.org", "2026-03-10T12:00:00Z", "100.00", "EUR")])
    header = ("refund_id", "order_id", "refunded_at", "amount", "currency")
    bring(shop, "refunds", header, [("r1", "o1", "2026-03-15T12:00:00Z", "100.00", "EUR")])
    assert conversions(shop) == [(8_000, 8_000, 0, 0)]


def test_without_a_rate_a_row_waits_and_the_file_can_be_imported_again(shop: Workspace) -> None:
    rows = [
        ("o1", "a@example.org", "2026-03-10T12:00:00Z", "100.00", "EUR"),
        ("o2", "b@example.org", "2026-03-10T12:00:00Z", "9.00", "USD"),
    ]
    first = bring(shop, "orders", ORDERS, rows)
    assert (first.counts.accepted, first.counts.reasons) == (1, {"no-rate": 1})
    assert "earnest fx set" in first.rejects[0].sentence("orders.csv")
    assert bring(shop, "orders", ORDERS, rows).already == first.entry, "nothing has changed"
    set_rate(shop, "EUR/USD", "1.25", on=date(2026, 3, 10), source="bank")
    second = bring(shop, "orders", ORDERS, rows)
    assert (second.already, second.counts.accepted) == (None, 2)
    assert conversions(shop) == [(900, 0, 900, 0), (12_500, 0, 12_500, 0)], "each once"
    assert [one.seq for one in shop.state().active_imports if one.kind == "orders"] == [second.entry]
    assert bring(shop, "orders", ORDERS, rows).already == second.entry


def test_what_is_wrong_otherwise_stays_refused(shop: Workspace) -> None:
    set_rate(shop, "USD/JPY", "160", on=date(2026, 3, 10), source="bank")
    rows = [("o1", "a@example.org", "2026-03-10T12:00:00Z", "100.50", "JPY"), ("o2", "a@example.org", "2026-03-10T12:00:00Z", "1", "XXX"),
            ("o3", "a@example.org", "not a day", "1", "JPY"), ("o4", "a@example.org", "2026-03-10T12:00:00Z", "160", "JPY")]  # fmt: skip
    assert bring(shop, "orders", ORDERS, rows).counts.reasons == {
        "not-a-time": 1,
        "too-many-decimals": 1,
        "unknown-currency": 1,
    }
    assert conversions(shop) == [(100, 0, 100, 0)]
