"""A campaign that webhooks price: its cost, its failures, its charges, in every door that shows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from earnest.definitions.account import Account
from earnest.definitions.campaign import Campaign
from earnest.kernel.estimate import Estimate
from earnest.usecases.costs import add_cost
from earnest.usecases.declare import add_account, add_campaign
from earnest.usecases.explain_kpi import explain
from earnest.usecases.import_files import import_files
from earnest.usecases.judge import judge
from earnest.usecases.message_show import show_message
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace, init
from integration.trials import Clock

NOON = 1_793_534_400
"""2026-11-01 12:00 UTC."""
GERMANY, INDIA = "4915112345678", "919812345678"


def status(
    message: str, what: str, at: int, *, to: str = GERMANY, category: str | None = None, **other: Any
) -> dict[str, Any]:
    told = {
        "id": message,
        "status": what,
        "timestamp": str(at),
        "recipient_id": to,
        "biz_opaque_callback_data": "autumn",
    } | other
    if category:
        told["pricing"] = {
            "billable": True,
            "pricing_model": "PMP",
            "type": other.get("type", "regular"),
            "category": category,
        }
    return told


STATUSES = [
    # m1, m2 read; m3 delivered to somebody who never sent a receipt; m4 utility; m5 in an open window; m6, m7 failed.
    status("m1", "delivered", NOON, category="marketing"), status("m1", "read", NOON + 60),
    status("m2", "delivered", NOON, to=INDIA, category="marketing"), status("m2", "read", NOON + 60, to=INDIA),
    status("m3", "delivered", NOON, to="4915112345679", category="marketing"),
    status("m4", "delivered", NOON + 86_400, to=INDIA, category="utility"),
    {**status("m5", "delivered", NOON), "pricing": {"billable": False, "pricing_model": "PMP", "type": "free_customer_service", "category": "utility"}},
    status("m6", "failed", NOON, to="4915112345670", errors=[{"code": 131049, "title": "x"}]),
    status("m7", "failed", NOON, to="4915112345671", errors=[{"code": 131026, "title": "x"}]),
]  # fmt: skip


def brought(folder: Path, currency: str = "USD", account: Account | None = None) -> Workspace:
    workspace = init(folder / "w", currency=currency, timezone="UTC", clock=Clock("2026-11-20T12:00:00"))
    add_campaign(workspace, Campaign("autumn", "Autumn"))
    if account is not None:
        add_account(workspace, account)
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "77"}, "statuses": STATUSES}
    body = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "900", "changes": [{"field": "messages", "value": value}]}],
    }
    path = folder / "hooks.json"
    path.write_text(json.dumps(body))
    import_files(workspace, [path], "whatsapp")
    return workspace


def kpi(story: Any, name: str) -> Estimate:
    figure = next(line.figure for line in story.kpis if line.kpi == name)
    assert isinstance(figure, Estimate), figure
    return figure


def test_cost_failures_mix_and_bounds_by_hand(tmp_path: Path) -> None:
    """Germany marketing 0.1365 twice, India marketing 0.0118, India utility 0.0014, one free: 0.2862, so 0.29 in cents."""
    story = judge(brought(tmp_path), "autumn")
    assert str(story.cost_total) == "0.29 USD"
    assert story.charges is not None
    assert (story.charges.charged, story.charges.free, story.charges.unknown) == (4, 1, 0)
    assert [(line.market, line.category, line.reason, str(line.amount)) for line in story.charges.lines] == [
        ("Germany", "marketing", "card", "0.273"),
        ("India", "marketing", "card", "0.0118"),
        ("India", "utility", "card", "0.0014"),
        ("Germany", "utility", "free-customer-service", "0"),
    ]
    assert [(f.failure_class, f.messages, f.codes) for f in story.failures] == [
        ("capped_by_meta", 1, ("131049",)),
        ("not_on_whatsapp", 1, ("131026",)),
    ]
    assert (kpi(story, "failure_rate").value, kpi(story, "frequency_capped_rate").value) == (2 / 7, 1 / 7)
    assert kpi(story, "invalid_number_rate").value == 1 / 7
    assert kpi(story, "paid_share").value == 4 / 5
    bounds = kpi(story, "adjusted_read_rate")
    # Read: m1, m2. Not read: m3 (no receipt ever), m4 (India's number has sent one), m5 (so has the first German one).
    assert (bounds.low, bounds.high, bounds.method, bounds.level) == (2 / 5, 3 / 5, "bounds", None)
    assert "category-changed" in {f.code for f in story.findings}


@pytest.mark.parametrize(
    "name", ["failure_rate", "frequency_capped_rate", "invalid_number_rate", "paid_share", "adjusted_read_rate"]
)
def test_rows_add_up_to_the_measure(tmp_path: Path, name: str) -> None:
    workspace = brought(tmp_path)
    figure = kpi(judge(workspace, "autumn"), name)
    told = explain(workspace, name, "autumn", limit=100)
    above, below = told.sets
    assert above.total / below.total == figure.value
    assert [sum(int(row[-1]) for row in rows.rows) for rows in told.sets] == [above.total, below.total]


def test_a_covering_invoice_replaces_the_charges(tmp_path: Path) -> None:
    workspace = brought(tmp_path)
    add_cost(workspace, {"campaign": "autumn", "kind": "messaging", "amount": "0.10", "currency": "USD", "from": "2026-11-02", "until": None,
                         "evidence": "invoiced", "covers": True, "description": None})  # fmt: skip
    # m4 (0.0014) is sent on its first day or later; 0.2848 stays charged, and 0.10 is billed.
    assert str(judge(workspace, "autumn").cost_total) == "0.38 USD"


def test_a_small_cost_is_not_shown_as_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from earnest.cli.main import main

    workspace = brought(tmp_path)
    with pytest.raises(SystemExit):
        main(["campaign", "list", "-w", str(workspace.path)])
    assert "$0.29" in capsys.readouterr().out


def test_another_currency_is_never_added_up(tmp_path: Path) -> None:
    story = judge(brought(tmp_path, "EUR", Account("900", "UTC", "USD")), "autumn")
    assert str(story.cost_total) == "0.00 EUR"
    assert story.unrated_messages == 5
    assert {"unrated-messages", "charges-in-other-currency"} <= {f.code for f in story.findings}
    assert story.charges is not None
    assert {line.currency for line in story.charges.lines} == {"USD"}


def told(what: str, cost: tuple[str, str] | None = None, *, priced: bool = True) -> dict[str, Any]:
    """A status of message p, with the price it was sold at if there is one."""
    one: dict[str, Any] = {"id": "wamid.p", "status": what, "timestamp": str(NOON), "recipient_id": GERMANY}
    if priced:
        one["pricing"] = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing_lite"}
    if cost:
        one["pricing"]["cost"] = {"amount": cost[0], "currency": cost[1]}
    return one


FILE = "message_id,sent_at,delivered_at,cost,currency\nwamid.p,2026-11-01T12:00:00Z,2026-11-01T12:00:05Z,0.05,USD\n"


@pytest.mark.parametrize(
    ("statuses", "file", "expected"),
    [
        ([told("sent", ("80", "INR")), told("delivered", ("0.05", "USD"))], None, ("0.05", "USD", "provider-price")),
        ([told("sent", ("0.09", "USD")), told("delivered", ("0.05", "USD"))], None, ("0.05", "USD", "provider-price")),
        ([told("sent", ("0.09", "USD")), told("delivered")], None, ("0.09", "USD", "provider-price")),
        ([told("delivered", ("0.01", "INR"))], FILE, ("0.01", "INR", "provider-price")),
        ([told("delivered")], FILE, ("0.1365", "USD", "card")),
        ([told("delivered", priced=False)], FILE, ("0.05", "USD", "provider-price")),
        ([told("delivered", priced=False)], None, (None, "USD", "category-unknown")),
        ([told("sent", ("0.09", "USD"))], None, ("0", "USD", "not-delivered")),
    ],
)
def test_the_price_told_last_holds_in_its_own_currency(
    tmp_path: Path, statuses: list[dict[str, Any]], file: str | None, expected: tuple[str | None, str, str]
) -> None:
    for place, order in enumerate((statuses, statuses[::-1])):
        folder = tmp_path / str(place)
        folder.mkdir()
        workspace = init(folder / "w", currency="USD", timezone="UTC", clock=Clock("2026-11-20T12:00:00"))
        value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "77"}, "statuses": order}
        body = {
            "object": "whatsapp_business_account",
            "entry": [{"id": "900", "changes": [{"field": "messages", "value": value}]}],
        }
        (folder / "hooks.json").write_text(json.dumps(body))
        (folder / "report.csv").write_text(file or "")
        import_files(workspace, [folder / "hooks.json"], "whatsapp")
        if file:
            import_files(workspace, [folder / "report.csv"], "messages")
        (story,) = show_message(workspace, "wamid.p")
        assert story.charge is not None
        amount = None if story.charge.amount is None else format(story.charge.amount.normalize(), "f")
        assert (amount, story.charge.currency, story.charge.reason.code) == expected
        with open_tables(workspace) as tables:
            own = expected[0] is not None and expected[1] == "USD" and expected[2] != "not-delivered"
            cells = tables.con.execute("SELECT sum(priced), sum(unpriced), sum(cost_micro) FROM funnel_cell").fetchone()
        assert cells is not None
        delivered = expected[2] != "not-delivered"
        assert cells == (int(own), int(delivered and not own), round(float(expected[0] or 0) * 1_000_000) if own else 0)
