"""Message charges in another currency: converted by day of sending, left out and named where no rate is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from earnest.definitions.account import Account
from earnest.usecases.cost_days import register_cost_day
from earnest.usecases.cost_list import cost_list
from earnest.usecases.costs import CampaignCost, campaign_costs
from earnest.usecases.fx import set_rate
from earnest.usecases.judge import judge
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import Workspace
from integration.test_charged_campaign import brought
from integration.trials import bring_rows


def cost_of(workspace: Workspace) -> CampaignCost:
    with open_tables(workspace) as tables:
        found = campaign_costs(tables, ["autumn"])["autumn"]
        register_cost_day(tables)
        row = tables.con.execute(
            "SELECT coalesce(sum(amount_micro), 0) FROM cost_day WHERE campaign = 'autumn'"
        ).fetchone()
        assert row is not None
        assert int(row[0]) == found.micro, "the days add up to the campaign's cost"
    return found


def test_charges_are_converted_by_the_rate_of_their_day(tmp_path: Path) -> None:
    """0.2862 USD by the card; at 0.50 they are 0.1431 EUR, and no message is without a price that had one in dollars."""
    for name in ("dollars", "euros"):
        (tmp_path / name).mkdir()
    dollars = cost_of(brought(tmp_path / "dollars"))
    workspace = brought(tmp_path / "euros", "EUR", Account("900", "UTC", "USD"))
    before = cost_of(workspace)
    assert (before.micro, dollars.micro) == (0, 286_200)
    assert sum(one.micro for one in before.foreign) == 286_200
    assert before.unrated == dollars.unrated + sum(one.messages for one in before.foreign)
    set_rate(workspace, "USD/EUR", "0.5", on=date(2026, 10, 31), source="bank")
    after = cost_of(workspace)
    assert (after.micro, after.unrated, after.foreign) == (143_100, dollars.unrated, ())
    (line,) = after.lines
    assert (line.evidence, line.told) == ("measured", "charges in USD, converted at the rate of each day of sending")
    assert "charges-in-other-currency" not in {one.code for one in judge(workspace, "autumn").findings}
    assert [(row.status, row.micro) for row in cost_list(workspace)] == [("charges", 143_100)]


def test_a_bill_that_begins_within_a_day_leaves_the_charges_before_it(tmp_path: Path) -> None:
    """A covering line of 0.01 EUR from an instant on: what was sent before it stays charged, in dollars, converted."""
    workspace = brought(tmp_path, "EUR", Account("900", "UTC", "USD"))
    set_rate(workspace, "USD/EUR", "0.5", on=date(2026, 10, 31), source="bank")
    header = ("cost_id", "campaign", "kind", "amount", "from", "covers_messaging")
    bring_rows(workspace, "costs", header, [("bill", "autumn", "messaging", "0.01", "2026-11-02T00:00:01Z", "yes")])
    with open_tables(workspace) as tables:
        rows = tables.con.execute(
            "SELECT m.send_us < epoch_us(TIMESTAMPTZ '2026-11-02 00:00:01+00'), sum(c.charge_micro) FROM message AS m"
            " JOIN charge AS c ON m.message_key = c.message_key GROUP BY 1"
        ).fetchall()
    sent_before = {bool(early): int(micro or 0) for early, micro in rows}
    assert sum(sent_before.values()) == 286_200
    assert cost_of(workspace).micro == 10_000 + sent_before.get(True, 0) // 2
