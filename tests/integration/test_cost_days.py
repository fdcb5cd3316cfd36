"""Cost by day: every line spread over its days, to the micro unit, and the same total as the campaign's cost."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from earnest.kernel.period import day_number
from earnest.usecases.cost_days import register_cost_day
from earnest.usecases.costs import add_cost, campaign_costs
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace
from integration.trials import Clock, Trial, bring_rows, laid_out

AFTER = "2026-04-10T10:00:00"


def line(workspace: Workspace, amount: str, **fields: Any) -> int:
    body = {
        "amount": amount, "currency": None, "campaign": "spring", "kind": "content", "from": "2026-03-01", "until": None,
        "evidence": "invoiced", "covers": False, "description": None,
    }  # fmt: skip
    return add_cost(workspace, body | fields)


def days_of(tables: Tables, campaign: str | None, kind: str) -> dict[int, int]:
    rows = tables.con.execute(
        "SELECT cost_day, sum(amount_micro) FROM cost_day WHERE campaign IS NOT DISTINCT FROM $1 AND cost_kind = $2 GROUP BY 1",
        [campaign, kind],
    ).fetchall()
    return {int(day): int(micro) for day, micro in rows}


def test_a_line_is_spread_exactly_and_one_without_an_end_stands_on_its_first_day(tmp_path: Path) -> None:
    """10.00 over three days: 3.333333, 3.333333, 3.333334 by cumulative division; a credit of the same is its mirror."""
    workspace = laid_out(tmp_path, Trial(), Clock(AFTER))
    line(workspace, "10.00", until="2026-03-04")
    line(workspace, "-10.00", kind="staff", until="2026-03-04")
    line(workspace, "7.00", kind="other")
    line(workspace, "99.00", kind="discount")
    first = day_number(date(2026, 3, 1))
    with open_tables(workspace) as tables:
        register_cost_day(tables)
        assert days_of(tables, "spring", "content") == {first: 3_333_333, first + 1: 3_333_333, first + 2: 3_333_334}
        assert days_of(tables, "spring", "staff") == {first: -3_333_333, first + 1: -3_333_333, first + 2: -3_333_334}
        assert days_of(tables, "spring", "other") == {first: 7_000_000}
        assert days_of(tables, "spring", "discount") == {}
        assert days_of(tables, "spring", "messaging") == {first: 100_000_000}, "1,000 messages at 0.10"


def test_the_days_of_a_campaign_add_up_to_its_cost(tmp_path: Path) -> None:
    workspace = laid_out(tmp_path, Trial(), Clock(AFTER))
    rows = [
        ("s1", "a@example.org", "delivered", f"2026-03-05T{hour:02}:00:00Z", "spring", "email", "0.37")
        for hour in range(8)
    ]
    rows = [(f"n{place}", *row[1:]) for place, row in enumerate(rows)]
    bring_rows(
        workspace, "messages", ("message_id", "email", "status", "occurred_at", "campaign", "channel", "cost"), rows
    )
    line(workspace, "100.01", until="2026-05-17")
    header = ("cost_id", "campaign", "kind", "amount", "from", "until", "covers_messaging")
    cuts = [
        ("bill", "spring", "messaging", "4.44", "2026-03-05T03:00:00Z", "2026-03-05T06:00:00Z", "yes"),
        ("loose", "", "subscription", "30.01", "2026-03-01", "2026-04-01", ""),
    ]
    bring_rows(workspace, "costs", header, cuts)
    with open_tables(workspace) as tables:
        cost = campaign_costs(tables, ["spring"])["spring"]
        register_cost_day(tables)
        total = sum(sum(days_of(tables, "spring", kind).values()) for kind in ("messaging", "content"))
        assert cost.micro == total == 100_010_000 + 4_440_000 + 100_000_000 + 5 * 370_000, "three of eight are covered"
        loose = days_of(tables, None, "subscription")
    assert (len(loose), sum(loose.values())) == (31, 30_010_000)


def test_a_cover_replaces_charges_day_by_day(tmp_path: Path) -> None:
    workspace = laid_out(tmp_path, Trial(), Clock(AFTER))
    line(workspace, "31.00", kind="messaging", covers=True, until="2026-04-01")
    first = day_number(date(2026, 3, 1))
    with open_tables(workspace) as tables:
        register_cost_day(tables)
        assert days_of(tables, "spring", "messaging") == {first + place: 1_000_000 for place in range(31)}
