"""WhatsApp beside e-mail under the same definitions, against a published difference and sums by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kpis.dimensions import read_filters
from earnest.usecases.channel_compare import ChannelComparison, compare_channels
from earnest.usecases.judge import judge
from earnest.usecases.workspace import Workspace, init
from integration.command_line import runner_in
from integration.trials import Clock, bring_rows

DAY = "2026-03-01"
HEADER = (
    "message_id",
    "email",
    "sent_at",
    "delivered_at",
    "read_at",
    "clicked_at",
    "replied_at",
    "campaign",
    "channel",
    "cost",
)


def sends(channel: str, delivered: int, clicked: int, *, cost: str, replied: int = 0) -> list[tuple[object, ...]]:
    return [
        (
            f"{channel}-{n}", f"{channel}{n}@example.org", f"{DAY}T10:00:00Z", f"{DAY}T10:00:01Z",
            f"{DAY}T10:05:00Z" if channel != "sms" and n % 2 else "", f"{DAY}T11:00:00Z" if n < clicked else "",
            f"{DAY}T12:00:00Z" if n < replied else "", f"by-{channel}", channel, cost,
        )
        for n in range(delivered)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """56 of 70 WhatsApp messages clicked, 48 of 80 mails; 20 and 10 clickers buy for 50.00, two of the mailed twice."""
    folder = tmp_path_factory.mktemp("channels")
    workspace = init(folder / "shop", currency="EUR", timezone="UTC", clock=Clock("2026-06-01T12:00:00"))
    rows = (
        sends("whatsapp", 70, 56, cost="0.10", replied=7)
        + sends("email", 80, 48, cost="0.01")
        + sends("sms", 40, 4, cost="0.08")
    )
    bring_rows(workspace, "messages", HEADER, rows)
    orders = [(f"w{n}", f"whatsapp{n}@example.org", f"{DAY}T15:00:00Z", "50.00") for n in range(20)]
    orders += [(f"e{n}", f"email{n % 10}@example.org", f"{DAY}T15:00:0{n // 10}Z", "50.00") for n in range(12)]
    bring_rows(workspace, "orders", ("order_id", "email", "ordered_at", "amount"), orders)
    return workspace


@pytest.fixture(scope="module")
def found(shop: Workspace) -> ChannelComparison:
    return compare_channels(shop, ("email", "whatsapp"))


def figures(found: ChannelComparison, kpi: str) -> tuple[Figure, Figure, Figure]:
    """On WhatsApp, by mail, and WhatsApp less mail."""
    line = next(one for one in found.lines if one.kpi.id == kpi)
    return line.figures["whatsapp"], line.figures["email"], line.differences["whatsapp"]


def test_the_difference_of_newcombe_s_example(found: ChannelComparison) -> None:
    """56/70 − 48/80 = 0.2, 95 % interval 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)."""
    whatsapp, mail, gap = figures(found, "click_through_rate")
    assert isinstance(whatsapp, Estimate)
    assert isinstance(mail, Estimate)
    assert isinstance(gap, Estimate)
    assert (whatsapp.value, mail.value) == (0.8, 0.6)
    assert gap.value == pytest.approx(0.2)
    assert gap.method == "newcombe"
    assert (gap.low, gap.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_revenue_per_recipient_is_clustered_by_contact(found: ChannelComparison) -> None:
    """WhatsApp: 20 of 70 contacts bring 50.00: 14.2857, s² = 70/69 · 2500 · p(1 − p), s.e. √(s²/70)."""
    whatsapp, mail, gap = figures(found, "revenue_per_recipient")
    assert isinstance(whatsapp, Estimate)
    assert isinstance(mail, Estimate)
    assert isinstance(gap, Estimate)
    p = 20 / 70
    half = 1.959964 * math.sqrt(2500 * p * (1 - p) / 69)
    assert whatsapp.value == pytest.approx(1000 / 70)
    assert (whatsapp.low, whatsapp.high) == pytest.approx((whatsapp.value - half, whatsapp.value + half), abs=1e-5)
    # mail: 8 contacts bring 50.00 and 2 bring 100.00 of 80: Σy = 600, Σy² = 40,000
    error = math.sqrt((40_000 - 600**2 / 80) / 79 / 80)
    assert mail.value == pytest.approx(7.5)
    assert mail.high == pytest.approx(7.5 + 1.959964 * error, abs=1e-5)
    assert gap.low == pytest.approx(gap.value - math.hypot(half, 1.959964 * error), abs=1e-5)


def test_cost_per_order_and_roas(found: ChannelComparison) -> None:
    """7.00 for 20 orders, 0.80 for 12; 1,000.00 / 7.00."""
    whatsapp, mail, gap = figures(found, "cost_per_order")
    assert isinstance(whatsapp, Estimate)
    assert isinstance(mail, Estimate)
    assert isinstance(gap, Estimate)
    assert (whatsapp.value, mail.value) == pytest.approx((0.35, 0.8 / 12))
    p = 20 / 70
    share = math.sqrt(70 * 70 / 69 * p * (1 - p)) / 20
    assert whatsapp.high == pytest.approx(0.35 * math.exp(1.959964 * share), abs=1e-6)
    assert gap.low is not None
    assert gap.low > 0
    assert figures(found, "roas")[0].value == pytest.approx(1000 / 7)  # type: ignore[union-attr]


def test_what_one_side_cannot_measure_is_not_compared(shop: Workspace, found: ChannelComparison) -> None:
    whatsapp, mail, gap = figures(found, "reply_rate")
    assert isinstance(whatsapp, Estimate)
    assert isinstance(mail, Unavailable)
    assert mail.code == "not-told"
    assert isinstance(gap, Unavailable)
    assert (gap.code, gap.reason) == ("not-comparable", "reply_rate is not known on email")
    reads = figures(found, "read_rate")
    assert isinstance(reads[0], Estimate)
    assert isinstance(reads[1], Estimate)
    assert isinstance(reads[2], Unavailable), "a receipt is not an opened mail"
    sms = compare_channels(shop, ("whatsapp", "sms"))
    line = next(one for one in sms.lines if one.kpi.id == "read_rate")
    assert isinstance(line.figures["sms"], Unavailable)
    assert line.figures["sms"].code == "not-measurable"


def test_the_same_look_back_and_what_credit_rests_on(found: ChannelComparison) -> None:
    assert found.lookback["lookback_click_days"] == "5"
    assert found.credited_by["email"] == {"clicked": 1.0}
    assert found.credited_by["whatsapp"] == pytest.approx({"replied": 7 / 20, "clicked": 13 / 20})


def test_periods_and_filters(shop: Workspace) -> None:
    none = compare_channels(shop, ("whatsapp", "email"), period="2026-04")
    assert isinstance(figures_first(none, "click_through_rate"), Unavailable)
    one = compare_channels(shop, ("whatsapp", "email"), filters=read_filters(["campaign=by-email"]))
    assert isinstance(figures_first(one, "click_through_rate"), Unavailable)
    with pytest.raises(UsageError) as refused:
        compare_channels(shop, ("whatsapp", "emial"))
    assert "email" in str(refused.value)
    with pytest.raises(UsageError):
        compare_channels(shop, ("whatsapp",))


def test_a_rate_of_receipts_counts_only_channels_that_have_them(tmp_path: Path) -> None:
    """20 WhatsApp messages, 10 of them read, and 40 SMS of one campaign: 10 of 20, not of 60."""
    workspace = init(tmp_path / "shop", currency="EUR", timezone="UTC", clock=Clock("2026-06-01T12:00:00"))
    rows = [
        (*row[:7], "both", *row[8:]) for row in sends("whatsapp", 20, 0, cost="0.10") + sends("sms", 40, 0, cost="0.08")
    ]
    bring_rows(workspace, "messages", HEADER, rows)
    story = judge(workspace, "both")
    read = next(line.figure for line in story.kpis if line.kpi == "read_rate")
    assert isinstance(read, Estimate)
    assert (read.value, read.n) == (0.5, 20)


def figures_first(found: ChannelComparison, kpi: str) -> Figure:
    line = next(one for one in found.lines if one.kpi.id == kpi)
    return line.figures[found.channels[0]]


def test_on_the_command_line(
    shop: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runner_in(tmp_path, capsys, monkeypatch)
    code, out, _ = run("channel", "compare", "email", "whatsapp", "-w", shop.path, "--json")
    assert code == 0
    data = json.loads(out)["data"]
    assert (data["against"], data["channels"]) == ("email", ["email", "whatsapp"])
    ctr = next(one for one in data["kpis"] if one["kpi"] == "click_through_rate@1")
    assert ctr["differences"]["whatsapp"]["value"] == pytest.approx(0.2)
    code, out, _ = run("channel", "compare", "-w", shop.path)
    assert code == 0
    assert "not comparable" in out
    assert "SMS sends no read receipts" in out
    assert run("channel", "compare", "email", "-w", shop.path)[0] == 2
