"""The ledger: nothing is edited, a wrong line is reversed; cost of nobody is split by rules; other currencies by dated rates."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from earnest.definitions.days import Days
from earnest.kernel.errors import Conflict, EarnestError, NotFound, UsageError
from earnest.usecases.allocation import (
    allocations,
    apply_allocation,
    preview_allocation,
    read_rule,
    withdraw_allocation,
)
from earnest.usecases.cost_days import register_cost_day
from earnest.usecases.cost_findings import ledger_findings
from earnest.usecases.cost_ledger import add_cost, reverse_cost
from earnest.usecases.cost_list import Wanted, cost_list
from earnest.usecases.costs import CampaignCost, campaign_costs, full_ledger
from earnest.usecases.declare import set_setting
from earnest.usecases.fx import convert, import_rates, rates, set_rate
from earnest.usecases.import_files import undo_import
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace
from integration.trials import Clock, Trial, bring_rows, laid_out, table

AFTER = "2026-04-10T10:00:00"
HEADER = ("cost_id", "campaign", "kind", "amount", "currency", "from", "until", "covers_messaging")


@pytest.fixture
def clock() -> Clock:
    return Clock(AFTER)


@pytest.fixture
def shop(tmp_path: Path, clock: Clock) -> Workspace:
    """300 messages of `spring` on 1 March at 0.10, 100 of `second` on 5 March at 0.05; 20 of 300 buy for 50.00 on 3 March."""
    trial = Trial(treated=300, control=10, treated_buyers=20, control_buyers=0, randomised=False)
    workspace = laid_out(tmp_path, trial, clock)
    header = ("message_id", "email", "status", "occurred_at", "campaign", "channel", "cost")
    rows = [
        (f"k{n}", f"t-{n}@example.org", "delivered", "2026-03-05T10:00:00Z", "second", "sms", "0.05")
        for n in range(100)
    ]
    bring_rows(workspace, "messages", header, rows)
    return workspace


def add(workspace: Workspace, amount: str, **fields: Any) -> int:
    body = {
        "amount": amount, "currency": None, "campaign": None, "kind": "subscription", "from": "2026-03-01", "until": None,
        "evidence": "invoiced", "covers": False, "description": None,
    }  # fmt: skip
    return add_cost(workspace, body | fields)


def costs(workspace: Workspace, as_of_us: int | None = None) -> dict[str, CampaignCost]:
    with open_tables(workspace, as_of_us=as_of_us) as tables:
        return campaign_costs(tables, ["spring", "second"])


def micros(workspace: Workspace, as_of_us: int | None = None) -> dict[str, int]:
    return {name: cost.micro for name, cost in costs(workspace, as_of_us).items()}


def refusal(error: type[EarnestError], call: Any, *arguments: Any) -> str:
    with pytest.raises(error) as refused:
        call(*arguments)
    assert refused.value.hint
    return refused.value.code


def by_day(tables: Tables, campaign: str | None) -> int:
    register_cost_day(tables)
    row = tables.con.execute(
        "SELECT coalesce(sum(amount_micro), 0) FROM cost_day WHERE campaign IS NOT DISTINCT FROM $1", [campaign]
    ).fetchone()
    assert row is not None
    return int(row[0])


# reversals


def test_a_reversal_takes_a_line_back_and_both_stay(shop: Workspace, clock: Clock) -> None:
    entry = add(shop, "450.00", campaign="spring", kind="content")
    before_us = clock()
    assert micros(shop)["spring"] == 480_000_000
    done = reverse_cost(shop, str(entry), "invoiced twice")
    assert (done.reverses, done.micro, done.reason) == (str(entry), -450_000_000, "invoiced twice")
    assert micros(shop)["spring"] == 30_000_000
    assert micros(shop, before_us)["spring"] == 480_000_000, "as it was known before"
    shown = {row.id: (row.status, row.micro) for row in cost_list(shop) if row.kind == "content"}
    assert shown == {str(entry): ("reversed", 450_000_000), done.id: ("reversal", -450_000_000)}


def test_nothing_is_reversed_twice_and_a_reversal_stands(shop: Workspace) -> None:
    entry = str(add(shop, "450.00", campaign="spring"))
    done = reverse_cost(shop, entry, "wrong")
    assert refusal(Conflict, reverse_cost, shop, entry, "again") == "already-reversed"
    assert refusal(Conflict, reverse_cost, shop, done.id, "after all right") == "reversal-stands"
    assert refusal(NotFound, reverse_cost, shop, "99999", "no such") == "no-such-posting"
    assert refusal(NotFound, reverse_cost, shop, "1", "an entry, but no cost line") == "no-such-posting"
    assert refusal(UsageError, reverse_cost, shop, entry, "  ") == "reason-missing"
    assert micros(shop)["spring"] == 30_000_000


def test_a_covering_line_that_is_reversed_covers_no_more(shop: Workspace) -> None:
    entry = add(shop, "12.00", campaign="spring", kind="messaging", covers=True)
    assert micros(shop)["spring"] == 12_000_000
    reverse_cost(shop, str(entry), "of another account")
    assert micros(shop)["spring"] == 30_000_000, "the messages' own prices again"


def test_a_line_of_a_file_is_reversed_by_its_id_or_place_until_it_says_something_else(shop: Workspace) -> None:
    told = ("inv-1", "spring", "content", "80.00", "EUR", "2026-03-01", "", "")
    bring_rows(shop, "costs", HEADER, [told, ("", "spring", "staff", "5.00", "", "2026-03-02", "", "")])
    imported = next(seq for seq, one in shop.state().imports.items() if one.kind == "costs")
    assert micros(shop)["spring"] == 115_000_000
    assert reverse_cost(shop, "inv-1", "wrong campaign").reverses == f"{imported}.1"
    assert reverse_cost(shop, f"{imported}.2", "not ours").micro == -5_000_000
    assert micros(shop)["spring"] == 30_000_000
    bring_rows(shop, "costs", HEADER, [("inv-1", "spring", "content", "80.00", "EUR", "2026-03-01", "", "")])
    assert micros(shop)["spring"] == 30_000_000, "told again in the same words it stays reversed"
    bring_rows(shop, "costs", HEADER, [("inv-1", "spring", "content", "60.00", "EUR", "2026-03-01", "", "")])
    assert micros(shop)["spring"] == 90_000_000, "told with another amount it is a new posting"


def test_an_undone_import_takes_its_reversals_with_it(shop: Workspace) -> None:
    bring_rows(shop, "costs", HEADER, [("inv-1", "spring", "content", "80.00", "EUR", "2026-03-01", "", "")])
    imported = max(shop.state().imports)
    reverse_cost(shop, "inv-1", "wrong")
    undo_import(shop, imported)
    assert micros(shop)["spring"] == 30_000_000
    assert [row for row in cost_list(shop) if row.kind == "content"] == []


# allocation


@pytest.mark.parametrize(
    ("rule", "spring", "second"),
    [
        ("sends", 75_000_000, 25_000_000),  # 300 : 100
        ("delivered", 75_000_000, 25_000_000),
        ("days", 50_000_000, 50_000_000),  # one day each
        ("even", 50_000_000, 50_000_000),
    ],
)
def test_unallocated_cost_is_split_by_a_rule(shop: Workspace, rule: str, spring: int, second: int) -> None:
    """100.00 of March; before, spring cost 30.00 (300 × 0.10) and second 5.00 (100 × 0.05)."""
    add(shop, "100.00", until="2026-04-01")
    wanted = read_rule(shop, rule, period="2026-03", kinds=["subscription"])
    seen = preview_allocation(shop, wanted)
    assert {one.campaign: one.micro for one in seen.effects} == {"spring": spring, "second": second}
    assert {one.campaign: (one.before, one.after) for one in seen.effects} == {
        "spring": (30_000_000, 30_000_000 + spring),
        "second": (5_000_000, 5_000_000 + second),
    }
    assert micros(shop) == {"spring": 30_000_000, "second": 5_000_000}, "a preview changes nothing"
    number, _ = apply_allocation(shop, wanted)
    found = costs(shop)
    assert {name: cost.micro for name, cost in found.items()} == {
        "spring": 30_000_000 + spring,
        "second": 5_000_000 + second,
    }
    (part,) = [line for line in found["spring"].lines if line.kind == "subscription"]
    assert (part.evidence, part.rule) == ("allocated", number)
    with open_tables(shop) as tables:
        assert by_day(tables, "spring") == 30_000_000 + spring
        assert by_day(tables, None) == 0


def test_revenue_is_split_by_last_touch_and_only_days_of_the_rule_are_taken(shop: Workspace) -> None:
    """A read within 12 hours before the order: 3 of spring's buyers, 150.00; second has none and gets nothing."""
    header = ("message_id", "email", "status", "occurred_at", "campaign", "channel")
    reads = [(f"m{n}", f"t-{n}@example.org", "read", "2026-03-03T09:00:00Z", "spring", "email") for n in range(3)]
    bring_rows(shop, "messages", header, reads)
    add(shop, "61.00", until="2026-05-01")
    apply_allocation(shop, read_rule(shop, "revenue", period="2026-03"))
    assert micros(shop) == {"spring": 61_000_000, "second": 5_000_000}, "31 of 61 days"
    with open_tables(shop) as tables:
        left = [line for line in full_ledger(tables).lines if line.campaign is None]
        assert [line.micro for line in left] == [30_000_000]
        assert by_day(tables, None) == 30_000_000
        (finding,) = [one for one in ledger_findings(tables, full_ledger(tables)) if one.code == "unallocated-cost"]
    assert finding.facts["micro"] == 30_000_000


def test_a_second_rule_takes_only_what_the_first_left(shop: Workspace) -> None:
    add(shop, "100.00", until="2026-04-01")
    apply_allocation(shop, read_rule(shop, "even", period="2026-03"))
    with pytest.raises(Conflict) as refused:
        apply_allocation(shop, read_rule(shop, "sends", period="2026-03"))
    assert refused.value.code == "nothing-to-allocate"
    assert micros(shop) == {"spring": 80_000_000, "second": 55_000_000}


def test_late_data_restate_a_rule_and_withdrawing_it_leaves_the_past_as_known(shop: Workspace, clock: Clock) -> None:
    add(shop, "100.00", until="2026-04-01")
    number, _ = apply_allocation(shop, read_rule(shop, "delivered", period="2026-03"))
    header = ("message_id", "email", "status", "occurred_at", "campaign", "channel", "cost")
    late = [
        (f"l{n}", f"t-{n}@example.org", "delivered", "2026-03-09T10:00:00Z", "second", "sms", "0") for n in range(200)
    ]
    applied_us = clock()
    assert micros(shop)["second"] == 30_000_000
    bring_rows(shop, "messages", header, late)
    assert micros(shop) == {"spring": 80_000_000, "second": 55_000_000}, "300 : 300 now"
    withdraw_allocation(shop, number)
    assert micros(shop) == {"spring": 30_000_000, "second": 5_000_000}
    assert micros(shop, applied_us)["second"] == 30_000_000, "as of then it stands"
    assert refusal(Conflict, withdraw_allocation, shop, number) == "allocation-withdrawn"
    assert refusal(NotFound, withdraw_allocation, shop, 99_999) == "no-such-allocation"


def test_a_rule_without_a_base_splits_nothing_and_says_so(shop: Workspace) -> None:
    add(shop, "100.00", **{"from": "2026-05-01", "until": "2026-06-01"})
    wanted = read_rule(shop, "delivered", period="2026-05")
    seen = preview_allocation(shop, wanted)
    assert (seen.lines, seen.effects, seen.left) == (1, (), 100_000_000)
    assert refusal(Conflict, apply_allocation, shop, wanted) == "zero-base"
    header = ("message_id", "email", "status", "occurred_at", "campaign", "channel", "cost")
    bring_rows(
        shop, "messages", header, [("x1", "t-1@example.org", "delivered", "2026-05-02T10:00:00Z", "second", "sms", "0")]
    )
    seen_us = max(shop.state().imports)
    apply_allocation(shop, wanted)
    undo_import(shop, seen_us)
    with open_tables(shop) as tables:
        assert [use.idle for _, use in allocations(tables) if use] == [True]
        codes = {one.code for one in ledger_findings(tables, full_ledger(tables))}
    assert {"allocation-without-base", "unallocated-cost"} <= codes


def test_discounts_are_a_memo_and_never_split(shop: Workspace) -> None:
    add(shop, "40.00", kind="discount")
    add(shop, "10.00", campaign="spring", kind="discount")
    assert (
        refusal(UsageError, lambda: read_rule(shop, "even", period="2026-03", kinds=["discount"])) == "memo-is-no-cost"
    )
    assert preview_allocation(shop, read_rule(shop, "even", period="2026-03")).lines == 0
    found = costs(shop)["spring"]
    assert (found.micro, [line.micro for line in found.memo]) == (30_000_000, [10_000_000])


# currencies


def test_a_line_in_another_currency_is_converted_at_the_rate_of_its_day(shop: Workspace) -> None:
    """1000 SEK at EUR/SEK 12.50 are 80.00 EUR; without a rate it is in no cost, and the finding says what to do."""
    entry = add(shop, "1000", currency="sek", campaign="spring")
    found = costs(shop)["spring"]
    assert (found.micro, [one.posting.id for one in found.unconverted]) == (30_000_000, [str(entry)])
    set_rate(shop, "EUR/SEK", "12.50", on=date(2026, 2, 26), source="ECB")
    set_rate(shop, "EUR/SEK", "10", on=date(2026, 3, 2), source="ECB")
    found = costs(shop)["spring"]
    assert found.micro == 110_000_000
    assert "1000.00 SEK at EUR/SEK 12.5 of 2026-02-26 (ECB)" in str([line.told for line in found.lines])
    with open_tables(shop) as tables:
        constant = full_ledger(tables, fx_day=date(2026, 3, 2))
        assert campaign_costs(tables, ["spring"], known=constant)["spring"].micro == 130_000_000, "at 10: 100.00"


def test_a_rate_holds_as_long_as_the_setting_says(shop: Workspace) -> None:
    add(shop, "1000", currency="SEK", campaign="spring")
    set_rate(shop, "EUR/SEK", "12.5", on=date(2026, 2, 1), source="bank")
    assert micros(shop)["spring"] == 30_000_000, "28 days old: beyond the default of 7"
    set_setting(shop, "fx_days", "31", date(2026, 1, 1))
    assert micros(shop)["spring"] == 110_000_000
    for wrong in ("0", "400", "7.5", "a week"):
        assert refusal(UsageError, set_setting, shop, "fx_days", wrong, None) == "bad-setting"


def test_lines_of_files_keep_their_currency(shop: Workspace) -> None:
    set_rate(shop, "USD/EUR", "0.8", on=date(2026, 3, 1), source="bank")
    rows = [
        ("a", "spring", "content", "100.00", "USD", "2026-03-01", "2026-03-05", ""),
        ("b", "spring", "other", "1.00", "XXX", "2026-03-01", "", ""),
    ]
    bring_rows(shop, "costs", HEADER, rows)
    assert micros(shop)["spring"] == 110_000_000, "80.00 of the file and 30.00 of the messages"
    with open_tables(shop) as tables:
        assert by_day(tables, "spring") == 110_000_000
    (told,) = [row for row in cost_list(shop) if row.kind == "content"]
    assert (told.told_micro, told.told_currency, told.micro) == (100_000_000, "USD", 80_000_000)


def test_rates_are_imported_all_or_none(shop: Workspace, tmp_path: Path) -> None:
    header = ("date", "base", "quote", "rate", "source")
    good = [("2026-03-01", "EUR", "USD", "1.25", "ECB"), ("2026-03-02", "EUR", "USD", "1.60", "ECB")]
    assert len(import_rates(shop, table(tmp_path / "r.csv", header, good))) == 2
    assert import_rates(shop, tmp_path / "r.csv") == [], "told already"
    bad = table(tmp_path / "bad.csv", header, [*good, ("2026-03-03", "EUR", "USD", "1,25", "ECB")])
    with pytest.raises(EarnestError) as refused:
        import_rates(shop, bad)
    assert (refused.value.code, refused.value.facts["line"], refused.value.facts["why"]) == (
        "rates-refused",
        4,
        "bad-rate",
    )
    wide = table(tmp_path / "wide.csv", ("Date", "USD", "SEK", "CYP"), [("2026-03-04", "1.2", "11.5", "N/A")])
    assert {(one.quote, one.rate) for one in import_rates(shop, wide, base="EUR", source="ECB")} == {
        ("USD", "1.2"),
        ("SEK", "11.5"),
    }
    assert [one.rate for one in rates(shop, currency="usd")] == ["1.2", "1.6", "1.25"]
    assert str(getattr(convert(shop, "12.50", "USD", on=date(2026, 3, 2)), "amount", None)) == "7.81 EUR", (
        "12.50 / 1.60 = 7.8125"
    )


def test_the_list_can_be_narrowed(shop: Workspace) -> None:
    add(shop, "100.00", until="2026-04-01")
    add(shop, "7.00", campaign="spring", kind="staff", **{"from": "2026-05-01"})
    march = Days(date(2026, 3, 1), date(2026, 3, 31))
    assert {row.kind for row in cost_list(shop, Wanted(days=march))} == {"messaging", "subscription"}
    assert [row.kind for row in cost_list(shop, Wanted(unallocated=True))] == ["subscription"]
    assert [row.micro for row in cost_list(shop, Wanted(campaign="spring"))] == [30_000_000, 7_000_000]
    with pytest.raises(NotFound):
        cost_list(shop, Wanted(campaign="sprig"))
