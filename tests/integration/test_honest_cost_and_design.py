"""Ways in which a verdict could be had that the evidence does not carry: each is refused or named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from earnest.importers.where import condition
from earnest.kernel.errors import Conflict, UsageError
from earnest.usecases.costs import add_cost
from earnest.usecases.declare import add_experiment
from earnest.usecases.explain_kpi import explain
from earnest.usecases.judge import judge
from earnest.usecases.overview import overview
from earnest.usecases.workspace import Workspace
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict
from integration.trials import Clock, Trial, bring_rows, laid_out

AFTER = "2026-04-10T10:00:00"
DURING = "2026-03-10T10:00:00"


def codes(story: CampaignStory) -> set[str]:
    return {finding.code for finding in story.findings}


def cost(
    workspace: Workspace, amount: str, kind: str = "messaging", since: str = "2026-03-01", *, covers: bool = False
) -> None:
    add_cost(
        workspace,
        {"amount": amount, "currency": None, "campaign": "spring", "kind": kind, "from": since, "until": None,
         "evidence": "invoiced", "covers": covers, "description": None},
    )  # fmt: skip


def test_the_future_cannot_be_asked(tmp_path: Path) -> None:
    clock = Clock(DURING)
    workspace = laid_out(tmp_path, Trial(), clock)
    with pytest.raises(UsageError) as refused:
        judge(workspace, "spring", as_of_us=clock() + 10**15)
    assert refused.value.code == "as-of-in-future"


def test_a_design_stands_once_units_are_assigned(tmp_path: Path) -> None:
    workspace = laid_out(tmp_path, Trial(), Clock(DURING))
    planned = workspace.state().experiments["spring-test"]
    for change in (
        {"arms": (("treatment", Decimal("0.6")), ("control", Decimal("0.4")))},
        {"read_out": date(2026, 3, 5)},
        {"window_days": 3},
        {"margin": Decimal("0.9")},
    ):
        with pytest.raises(Conflict) as refused:
            add_experiment(workspace, replace(planned, **change), replacing=True)
        assert refused.value.code == "experiment-started"


def test_no_known_cost_proves_no_gain_and_a_stated_zero_does(tmp_path: Path) -> None:
    workspace = laid_out(tmp_path, Trial(cost=None, messages=False), Clock(AFTER))
    story = judge(workspace, "spring")
    assert story.verdict is Verdict.WITHHELD
    assert "cost-missing" in codes(story)
    cost(workspace, "0", "other")
    assert judge(workspace, "spring").verdict is Verdict.PROVEN_GAIN


def test_a_covering_line_pays_from_its_first_day_on(tmp_path: Path) -> None:
    """1,000 messages of 1 March at 0.10 = 100.00; a cover that begins in June leaves them charged."""
    workspace = laid_out(tmp_path, Trial(), Clock(AFTER))
    cost(workspace, "1", since="2026-06-01", covers=True)
    assert str(judge(workspace, "spring").cost_total) == "101.00 EUR"
    cost(workspace, "30", since="2026-03-01", covers=True)
    assert str(judge(workspace, "spring").cost_total) == "31.00 EUR"


def test_a_bill_beside_prices_is_not_silently_both(tmp_path: Path) -> None:
    workspace = laid_out(tmp_path, Trial(), Clock(AFTER))
    cost(workspace, "90")
    assert "messaging-counted-twice" in codes(judge(workspace, "spring"))


def test_charges_of_undelivered_messages_are_cost(tmp_path: Path) -> None:
    """100.00 for those delivered, and 50 more at 2.00 that failed."""
    workspace = laid_out(tmp_path, Trial(), Clock(AFTER))
    header = ("message_id", "email", "status", "occurred_at", "campaign", "channel", "cost")
    failed = [
        (f"f{n}", f"t-{n}@example.org", "failed", "2026-03-01T10:00:00Z", "spring", "email", "2.00") for n in range(50)
    ]
    bring_rows(workspace, "messages", header, failed)
    assert str(judge(workspace, "spring").cost_total) == "200.00 EUR"


def test_messages_refused_for_their_currency_block_a_gain(tmp_path: Path) -> None:
    workspace = laid_out(tmp_path, Trial(), Clock(AFTER))
    header = ("message_id", "email", "status", "occurred_at", "campaign", "channel", "cost", "currency")
    priced = [
        (f"x{n}", f"t-{n}@example.org", "delivered", "2026-03-01T11:00:00Z", "spring", "email", "1.50", "USD")
        for n in range(900)
    ]
    kept = [("y1", "t-1@example.org", "delivered", "2026-03-01T11:00:00Z", "spring", "email", "0.10", "EUR")]
    bring_rows(workspace, "messages", header, [*priced, *kept])
    story = judge(workspace, "spring")
    assert "messages-in-quarantine" in codes(story)
    assert story.verdict is Verdict.WITHHELD


def test_messages_that_meet_nobody_treated_are_noticed(tmp_path: Path) -> None:
    workspace = laid_out(tmp_path, Trial(message_prefix="other"), Clock(AFTER))
    story = judge(workspace, "spring")
    assert {"treatment-not-delivered", "cost-beyond-experiment"} <= codes(story)
    assert story.verdict is Verdict.WITHHELD


def test_cost_of_others_proves_no_loss(tmp_path: Path) -> None:
    """The treated gained; 20,000 messages to people outside the experiment at 0.10 would turn it into a loss."""
    workspace = laid_out(tmp_path, Trial(), Clock(AFTER))
    header = ("message_id", "email", "status", "occurred_at", "campaign", "channel", "cost")
    others = [
        (f"z{n}", f"z-{n}@example.org", "delivered", "2026-03-01T10:00:00Z", "spring", "email", "0.20")
        for n in range(20_000)
    ]
    bring_rows(workspace, "messages", header, others)
    story = judge(workspace, "spring")
    assert "cost-beyond-experiment" in codes(story)
    assert story.verdict is Verdict.WITHHELD


def test_a_cost_below_nothing_is_a_finding_not_a_crash(tmp_path: Path) -> None:
    workspace = laid_out(tmp_path, Trial(), Clock(AFTER))
    cost(workspace, "-500", "other")
    story = judge(workspace, "spring")
    assert "cost-negative" in codes(story)
    assert story.verdict is Verdict.WITHHELD


def test_refunds_reach_conversions_in_their_latest_telling(tmp_path: Path) -> None:
    """An enrolment of 100, 80 given back, corrected to 8: 92 stay. A refund of nothing known is named."""
    workspace = laid_out(tmp_path, Trial(), Clock(AFTER))
    before = overview(workspace).net_revenue
    header = ("conversion_id", "conversion_kind", "converted_at", "amount", "email")
    bring_rows(
        workspace, "conversions", header, [("e1", "enrolment", "2026-03-04T10:00:00Z", "100", "t-1@example.org")]
    )
    refunds = ("refund_id", "order_id", "refunded_at", "amount")
    bring_rows(
        workspace,
        "refunds",
        refunds,
        [("r1", "e1", "2026-03-05T10:00:00Z", "80"), ("r2", "nope", "2026-03-05T10:00:00Z", "5")],
    )
    bring_rows(workspace, "refunds", refunds, [("r1", "e1", "2026-03-05T10:00:00Z", "8")])
    found = overview(workspace)
    assert str(found.net_revenue - before) == "92.00 EUR"
    assert [f.rows for f in found.findings if f.code == "refunds-without-order"] == [1]


def test_a_kpi_without_source_is_explained_without_rows(tmp_path: Path) -> None:
    workspace = laid_out(tmp_path, Trial(purpose="service"), Clock(AFTER))
    assert explain(workspace, "csat", "spring").sets == ()


@pytest.mark.parametrize(
    ("text", "kept"),
    [("tier != 1", ["gold", "2"]), ("tier = 1", ["1"]), ("tier != '1'", ["gold", "2"]), ("tier > 1", ["2"])],
)
def test_a_cell_that_is_no_number_is_another_text(text: str, kept: list[str]) -> None:
    import duckdb

    con = duckdb.connect()
    sql = f"SELECT tier FROM (VALUES ('gold'), ('1'), ('2')) AS t(tier) WHERE {condition(text, {'tier': 'tier'})}"
    assert [row[0] for row in con.execute(sql).fetchall()] == kept
