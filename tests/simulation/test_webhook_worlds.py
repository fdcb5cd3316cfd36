"""Worlds told by webhooks: after the import, Earnest's charges are the simulated provider's invoice, to the millionth."""

from __future__ import annotations

import gzip
import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from earnest.kernel.estimate import Estimate
from earnest.simulation.demo import demo_account, demo_plan
from earnest.simulation.plan import ShopPlan
from earnest.simulation.shop import write
from earnest.simulation.truth import prospect
from earnest.simulation.worlds import experiment_world
from earnest.usecases.demo import load_shop
from earnest.usecases.demo_bill import compare, demo_prices
from earnest.usecases.judge import judge
from earnest.usecases.measure import measure_all
from earnest.usecases.tables import open_tables


def told_world(seed: int, day: date) -> ShopPlan:
    """One campaign to 4,000 people on a day, told by webhooks that all name it."""
    plan = experiment_world(seed, 8_000, 0.3, 0.05)
    later = day - plan.campaigns[0].day
    campaign = replace(plan.campaigns[0], day=day, reply_rate=0.5)
    return replace(
        plan,
        first_day=plan.first_day + later,
        today=plan.today + later,
        campaigns=(campaign,),
        currency="USD",
        share_unhinted=0.0,
        account=demo_account(demo_prices()),
    )


@pytest.mark.parametrize(
    ("day", "free", "answers_charged"),
    [
        (date(2025, 7, 10), {"free-customer-service", "free-entry-point"}, False),
        (date(2026, 3, 31), {"free-customer-service", "free-entry-point"}, False),  # answers fall under the next card
        (
            date(2026, 9, 30),
            {"free-customer-service", "free-entry-point", "allowance"},
            False,
        ),  # the rule changes at midnight
        (date(2026, 10, 20), {"free-entry-point", "allowance"}, True),  # more than a thousand answers in the month
    ],
)
def test_charges_are_the_invoice_in_every_era(day: date, free: set[str], answers_charged: bool, tmp_path: Path) -> None:
    plan = told_world(3, day)
    files = write(plan, tmp_path / "files")
    workspace, imported = load_shop(tmp_path / "workspace", plan, files, clock=lambda: plan.end_us)
    invoice = files.invoice
    assert invoice is not None
    bill = compare(workspace, invoice, imported)
    assert bill.differing == ()
    assert bill.charged_micro == bill.invoiced_micro == invoice.total * 1_000_000 > 0
    assert (bill.charged, sum(bill.free.values())) == (invoice.charged, invoice.free)
    assert (bill.unknown, bill.priced, bill.free.keys()) == (0, 1.0, free)
    charged = {line.category for line in invoice.lines if line.amount}
    assert charged == ({"marketing", "service"} if answers_charged else {"marketing"})
    assert bill.bodies == files.rows["whatsapp-bodies"]
    assert bill.events >= files.rows["whatsapp"]  # a failure may tell of an opt-out too
    truth = files.truth["spring-mailing"]
    story = judge(workspace, "spring-mailing")
    assert float(story.cost_total.decimal) == pytest.approx(float(truth.cost), abs=0.006)
    assert isinstance(story.returns["incremental_revenue"], Estimate)
    with open_tables(workspace) as tables:
        measures = measure_all(tables)["spring-mailing"].measures
    assert (measures["messages"], measures["delivered"]) == (truth.n_treated, truth.delivered)


def test_order_and_repetition_of_bodies_change_no_charge(tmp_path: Path) -> None:
    plan = demo_plan(20_000, today=date(2026, 11, 22), account=demo_account(demo_prices()))
    files = write(plan, tmp_path / "files")
    lines = [line for path in files.whatsapp for line in gzip.decompress(path.read_bytes()).splitlines(keepends=True)]
    again = [*lines, *random.Random(1).sample(lines, len(lines) // 3)]
    random.Random(2).shuffle(again)
    half = len(again) // 2
    paths = tuple(tmp_path / name for name in ("one.jsonl", "two.jsonl"))
    for path, part in zip(paths, (again[:half], again[half:]), strict=True):
        path.write_bytes(b"".join(part))
    shuffled = replace(files, whatsapp=paths)
    workspace, imported = load_shop(tmp_path / "workspace", plan, shuffled, clock=lambda: plan.end_us)
    assert files.invoice is not None
    bill = compare(workspace, files.invoice, imported)
    assert bill.differing == ()
    assert bill.charged_micro == bill.invoiced_micro > 0
    assert bill.free.keys() == {"allowance", "free-customer-service", "free-entry-point"}
    assert bill.repeated > len(again) / 10


@pytest.mark.parametrize("today", [date(2026, 4, 15), date(2026, 11, 22), date(2027, 6, 1)])
def test_the_demo_comes_out_as_planned_at_the_prices_of_its_day(today: date) -> None:
    plan = demo_plan(today=today, account=demo_account(demo_prices()))
    foreseen = {campaign.id: prospect(plan, campaign) for campaign in plan.campaigns if campaign.holdout_share}
    for gain in ("new-collection", "flash-weekend", "vip-preview", "gift-guide", "win-back-sms"):
        assert foreseen[gain].gain > 0.999, gain
    assert foreseen["video-lookbook"].loss > 0.999
    assert foreseen["loyalty-points"].gain + foreseen["loyalty-points"].loss < 0.055
