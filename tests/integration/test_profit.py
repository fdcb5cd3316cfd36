"""The profit statement: figures by hand, columns that add up exactly, and what may not be said."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from earnest.definitions.campaign import Campaign
from earnest.kernel.errors import EarnestError
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kernel.money import Money
from earnest.usecases.cost_ledger import add_cost
from earnest.usecases.costs import campaign_costs
from earnest.usecases.declare import add_campaign, set_setting
from earnest.usecases.fx import set_rate
from earnest.usecases.profit import ProfitAsk, profit, served_profit
from earnest.usecases.profit_statement import ProfitStatement
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace, init
from integration.trials import Clock, Trial, bring_rows, laid_out

AFTER = "2026-06-10T10:00:00"


def eur(amount: str) -> Money:
    return Money.of(amount, "EUR")


def messages(workspace: Workspace, campaign: str, day: str, number: int, **more: str) -> None:
    """Messages clicked at 11 o'clock, each to a contact of its own."""
    price, channel = more.get("price", "0.10"), more.get("channel", "email")
    rows = [
        (f"{campaign}-{day}-{n}", f"{campaign}-{n}@example.org", f"{day}T10:00:00Z", f"{day}T10:00:05Z", f"{day}T11:00:00Z", campaign, channel, price)
        for n in range(number)
    ]  # fmt: skip
    header = ("message_id", "email", "sent_at", "delivered_at", "clicked_at", "campaign", "channel", "cost")
    bring_rows(workspace, "messages", header, rows)


def orders(workspace: Workspace, campaign: str, day: str, amounts: list[str], discount: str = "0") -> None:
    rows = [
        (f"o-{campaign}-{day}-{n}", f"{campaign}-{n}@example.org", f"{day}T12:00:00Z", amount, discount)
        for n, amount in enumerate(amounts)
    ]
    bring_rows(workspace, "orders", ("order_id", "email", "ordered_at", "amount", "discount"), rows)


def cost(workspace: Workspace, amount: str, **fields: Any) -> None:
    body = {
        "amount": amount, "currency": None, "campaign": "spring", "kind": "content", "from": "2026-03-01", "until": None,
        "evidence": "invoiced", "covers": False, "description": None,
    }  # fmt: skip
    add_cost(workspace, body | fields)


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """Two campaigns over March and April; margin 0.40, from 1 April 0.50."""
    workspace = init(tmp_path / "shop", currency="EUR", timezone="Europe/Berlin", clock=Clock(AFTER))
    for name in ("spring", "april"):
        add_campaign(workspace, Campaign(name, name, name, "marketing", "conversion", "Earn", None, ()))
    set_setting(workspace, "margin", "0.4", date(2026, 1, 1))
    set_setting(workspace, "margin", "0.5", date(2026, 4, 1))
    messages(workspace, "spring", "2026-03-10", 10)
    messages(workspace, "april", "2026-04-10", 4, price="0.25", channel="sms")
    orders(workspace, "spring", "2026-03-11", ["100.00", "50.01"], discount="5.00")
    orders(workspace, "april", "2026-04-11", ["33.33"])
    orders(workspace, "nobody", "2026-04-12", ["20.00"])
    return workspace


def adds_up(found: ProfitStatement) -> None:
    """Across each row and down each column, to the minor unit."""
    so_far = Money(0, found.currency)
    for row in found.rows:
        assert sum(cell.amount.minor for cell in row.costs) == row.cost.minor
        if isinstance(row.cost_of_goods, Unavailable):
            assert isinstance(row.contribution, Unavailable)
            continue
        assert row.contribution == row.attributed - row.cost_of_goods - row.cost
        assert isinstance(row.contribution, Money)
        so_far += row.contribution
        assert row.cumulative in (so_far,) or isinstance(row.cumulative, Unavailable)


def test_a_statement_by_hand(shop: Workspace) -> None:
    """March: 150.01 − 60 % goods 90.006 − 1.00 charges − 10.00 content; April: 33.33 − 16.665 − 1.00.

    Goods round on the running sum: 90.006 → 90.01; 90.006 + 16.665 = 106.671 → 106.67, so April shows 16.66.
    """
    cost(shop, "10.00")
    found = profit(shop, ProfitAsk("2026-03-01..2026-04-30"))
    march, april = found.rows
    assert (march.net_revenue, march.attributed, march.cost_of_goods) == (eur("150.01"), eur("150.01"), eur("90.01"))
    assert {(c.kind, c.evidence): c.amount for c in march.costs} == {
        ("content", "invoiced"): eur("10.00"),
        ("messaging", "measured"): eur("1.00"),
    }
    assert (march.contribution, march.margins, march.discounts) == (eur("49.00"), ("0.4",), eur("10.00"))
    assert (april.net_revenue, april.attributed, april.cost_of_goods) == (eur("53.33"), eur("33.33"), eur("16.66"))
    assert (april.cost, april.contribution, april.cumulative) == (eur("1.00"), eur("15.67"), eur("64.67"))
    assert (found.total("cost_of_goods"), found.total("contribution")) == (eur("106.67"), eur("64.67"))
    adds_up(found)


def test_by_campaign_by_channel_and_by_week(shop: Workspace) -> None:
    only = profit(shop, ProfitAsk("2026-04", campaign="april"))
    assert (only.rows[0].net_revenue, only.rows[0].attributed, only.rows[0].cost) == (
        eur("53.33"),
        eur("33.33"),
        eur("1.00"),
    )
    assert profit(shop, ProfitAsk("2026-04", channel="sms")).rows[0].attributed == eur("33.33")
    assert profit(shop, ProfitAsk("2026-04", channel="email")).rows[0].cost == eur("0.00")
    weeks = profit(shop, ProfitAsk("2026-04", by="week"))
    assert [row.days.first.isoformat() for row in weeks.rows] == [
        "2026-04-01",
        "2026-04-06",
        "2026-04-13",
        "2026-04-20",
        "2026-04-27",
    ]
    assert weeks.total("contribution") == profit(shop, ProfitAsk("2026-04")).total("contribution")
    every = profit(shop)
    assert every.days is not None
    assert (every.days.first, every.days.last) == (date(2026, 3, 10), date(2026, 4, 12))
    messages(shop, "spring", "2026-04-20", 1, channel="sms")
    mixed = profit(shop, ProfitAsk("2026-04", channel="sms"))
    assert [one.code for one in mixed.findings] == ["several-channels"]


def test_a_month_without_a_margin_says_so(tmp_path: Path) -> None:
    workspace = init(tmp_path / "shop", currency="EUR", timezone="UTC", clock=Clock(AFTER))
    set_setting(workspace, "margin", "0.5", date(2026, 4, 1))
    messages(workspace, "spring", "2026-03-10", 1)
    messages(workspace, "spring", "2026-04-10", 1)
    orders(workspace, "spring", "2026-03-11", ["10.00"])
    orders(workspace, "spring", "2026-04-11", ["10.00"])
    found = profit(workspace)
    march, april = found.rows
    assert isinstance(march.contribution, Unavailable)
    assert march.contribution.code == "margin-missing"
    assert april.contribution == eur("4.90")
    assert isinstance(april.cumulative, Unavailable), "what came before is not known"
    assert isinstance(found.total("contribution"), Unavailable)
    assert found.total("attributed") == eur("20.00")


def test_long_lines_are_spread_and_their_months_add_up_to_the_campaigns_cost(shop: Workspace) -> None:
    """100.00 over 1 March to 30 May are 91 days: 34.065934 of March, 32.967033 of April, 32.967033 of May, in cents 34.07, 32.96, 32.97."""
    cost(shop, "100.00", until="2026-05-31")
    found = profit(shop, ProfitAsk("2026-03-01..2026-05-31", campaign="spring"))
    assert [row.costs[0].amount for row in found.rows] == [eur("34.07"), eur("32.96"), eur("32.97")]
    with open_tables(shop) as tables:
        whole = campaign_costs(tables, ["spring"])["spring"].micro
    assert found.total("cost") == Money.from_micro(whole, "EUR") == eur("101.00")
    adds_up(found)


def test_a_discount_as_cost_on_gross_revenue_gives_the_same_contribution(tmp_path: Path) -> None:
    """Net 90.00 with a memo of 10.00, or 100.00 less a cost of 10.00: both leave 90.00 at a margin of 1. A discount line is no cost."""
    left = []
    for name, amount, kind in (("net", "90.00", "discount"), ("gross", "100.00", "other")):
        workspace = init(tmp_path / name, currency="EUR", timezone="UTC", clock=Clock(AFTER))
        set_setting(workspace, "margin", "1", date(2026, 1, 1))
        add_campaign(workspace, Campaign("spring", "s", "s", "marketing", "conversion", "Earn", None, ()))
        messages(workspace, "spring", "2026-03-10", 1)
        orders(workspace, "spring", "2026-03-11", [amount], discount="10.00" if name == "net" else "0")
        cost(workspace, "10.00", kind=kind, **{"from": "2026-03-11"})
        left.append(profit(workspace).total("contribution"))
    assert left[0] == left[1] == eur("89.90")


def test_messages_without_a_price_make_it_an_upper_bound(shop: Workspace) -> None:
    header = ("message_id", "email", "sent_at", "delivered_at", "campaign", "channel")
    bring_rows(
        shop,
        "messages",
        header,
        [("np", "a@example.org", "2026-03-12T10:00:00Z", "2026-03-12T10:00:01Z", "spring", "email")],
    )
    found = profit(shop, ProfitAsk("2026-03"))
    assert (found.rows[0].unrated, found.to_json()["rows"][0]["upper_bound"]) == (1, True)
    assert found.to_json()["rows"][-1]["cumulative_upper_bound"] is True
    assert "unrated-messages" in {one.code for one in found.findings}
    cost(shop, "3.00", kind="messaging", covers=True)
    assert profit(shop, ProfitAsk("2026-03")).rows[0].unrated == 0


def test_a_constant_rate_takes_exchange_gains_out(shop: Workspace) -> None:
    """100 USD a month, at 0.80 in March and 0.90 in April: 80.00 and 90.00; by March's rate both 80.00."""
    set_rate(shop, "USD/EUR", "0.8", on=date(2026, 3, 1), source="bank")
    set_rate(shop, "USD/EUR", "0.9", on=date(2026, 4, 1), source="bank")
    for month in ("2026-03-01", "2026-04-01"):
        cost(shop, "100.00", currency="USD", kind="subscription", **{"from": month})

    def subscription(**how: Any) -> list[Money]:
        rows = profit(shop, ProfitAsk("2026-03-01..2026-04-30", **how)).rows
        return [cell.amount for row in rows for cell in row.costs if cell.kind == "subscription"]

    assert subscription() == [eur("80.00"), eur("90.00")]
    assert subscription(constant_rate=date(2026, 3, 2)) == [eur("80.00"), eur("80.00")]
    stale = profit(shop, ProfitAsk("2026-03", constant_rate=date(2026, 5, 1)))
    assert "no-rate" in {one.code for one in stale.findings}


def test_what_experiments_prove_stands_in_the_month_of_their_read_out(tmp_path: Path) -> None:
    workspace = laid_out(tmp_path, Trial(), Clock(AFTER))
    entries = workspace.state().last_seq
    (unread,) = [one for row in served_profit(workspace, ProfitAsk()).rows for one in row.proven]
    assert isinstance(unread.contribution, Unavailable), "the interval is read once, by whoever is asked to"
    assert workspace.state().last_seq == entries, "a server that is looked at records nothing"
    found = profit(workspace)
    (trial,) = [one for row in found.rows for one in row.proven]
    assert (trial.read_out, trial.verdict) == (date(2026, 3, 20), "proven_gain")
    assert isinstance(trial.extra_gross_profit, Estimate)
    assert trial.extra_gross_profit.value == pytest.approx((0.2 - 0.1) * 50 * 1000 * 0.4), "2,000.00 by hand"
    assert trial.extra_gross_profit.low is not None
    assert found.total("contribution") == eur("-100.00"), (
        "nobody clicked: the rule credits nothing, and the proof is in no column"
    )
    (again,) = [one for row in served_profit(workspace, ProfitAsk()).rows for one in row.proven]
    assert again == trial
    assert profit(workspace, ProfitAsk("2026-04")).rows[0].proven == ()


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (ProfitAsk("2026-13"), "bad-period"),
        (ProfitAsk(by="quarter"), "unknown-grain"),
        (ProfitAsk(model="last_tuch"), "no-such-model"),
        (ProfitAsk(campaign="sprig"), "no-such-campaign"),
        (ProfitAsk(channel="carrier-pigeon"), "no-such-channel"),
        (ProfitAsk(campaign="spring", channel="sms"), "two-filters"),
        (ProfitAsk("2020-01-01..2026-01-01", by="day"), "too-many-rows"),
    ],
)
def test_what_is_not_understood_is_refused(shop: Workspace, ask: ProfitAsk, code: str) -> None:
    with pytest.raises(EarnestError) as refused:
        profit(shop, ask)
    assert refused.value.code == code
    assert refused.value.hint


def test_an_empty_workspace_has_no_rows(tmp_path: Path) -> None:
    workspace = init(tmp_path / "shop", currency="EUR", timezone="UTC", clock=Clock(AFTER))
    found = profit(workspace)
    assert (found.rows, found.days, found.total("cost")) == ((), None, eur("0.00"))
