"""WhatsApp beside e-mail under the same definitions, against a published difference and sums by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from earnest.definitions.campaign import Campaign
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kpis.dimensions import read_filters
from earnest.usecases.channel_compare import ChannelComparison, compare_channels
from earnest.usecases.costs import add_cost
from earnest.usecases.declare import add_campaign
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
    """WhatsApp: 20 of 70 contacts bring 50.00: 14.2857, s² = 70/69 · 2500 · p(1 − p), s.e. √(s²/70); limits of the logarithm."""
    whatsapp, mail, gap = figures(found, "revenue_per_recipient")
    assert isinstance(whatsapp, Estimate)
    assert isinstance(mail, Estimate)
    assert isinstance(gap, Estimate)
    p = 20 / 70
    factor = math.exp(1.959964 * math.sqrt(2500 * p * (1 - p) / 69) / (1000 / 70))
    assert whatsapp.value == pytest.approx(1000 / 70)
    assert (whatsapp.low, whatsapp.high) == pytest.approx((whatsapp.value / factor, whatsapp.value * factor), abs=1e-5)
    # mail: 8 contacts bring 50.00 and 2 bring 100.00 of 80: Σy = 600, Σy² = 40,000
    error = math.sqrt((40_000 - 600**2 / 80) / 79 / 80)
    assert mail.value == pytest.approx(7.5)
    mail_high = 7.5 * math.exp(1.959964 * error / 7.5)
    assert mail.high == pytest.approx(mail_high, abs=1e-5)
    assert gap.low == pytest.approx(
        gap.value - math.hypot(whatsapp.value * (1 - 1 / factor), mail_high - 7.5), abs=1e-5
    )
    assert gap.method == "mover, clustered by contact"


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
    assert found.credited_by["email"] == {"click": 1.0}
    assert found.credited_by["whatsapp"] == pytest.approx({"reply": 7 / 20, "click": 13 / 20})


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


def traded(folder: Path, buyers: int, *, refund: str | None = None) -> Workspace:
    """Two channels, 40 messages each, all clicked; so many on each buy for 10.00. A refund is of the first order by SMS."""
    workspace = init(folder / "shop", currency="EUR", timezone="UTC", clock=Clock("2026-06-01T12:00:00"))
    both = ("whatsapp", "sms")
    bring_rows(workspace, "messages", HEADER, [row for one in both for row in sends(one, 40, 40, cost="0.10")])
    orders = [
        (f"{one}-{n}", f"{one}{n}@example.org", f"{DAY}T15:00:00Z", "10.00") for one in both for n in range(buyers)
    ]
    bring_rows(workspace, "orders", ("order_id", "email", "ordered_at", "amount"), orders)
    if refund is not None:
        told = [("r1", "sms-0", "2026-03-02T12:00:00Z", refund)]
        bring_rows(workspace, "refunds", ("refund_id", "order_id", "refunded_at", "amount"), told)
    return workspace


MONEY = ("revenue_per_recipient", "cost_per_order", "roas")


@pytest.mark.parametrize(
    ("buyers", "refund", "method"), [(0, None, "few-buyers"), (3, None, "few-buyers"), (3, "80.00", "few-buyers"), (40, None, "no-variation")]
)  # fmt: skip
def test_no_interval_of_a_few_buyers_or_of_what_does_not_vary(
    tmp_path: Path, buyers: int, refund: str | None, method: str
) -> None:
    """3 orders of 10.00 are no proof that every order is of 10.00, and a negative revenue has no exact difference."""
    workspace = traded(tmp_path, buyers, refund=refund) if buyers else without_orders_by(tmp_path)
    found = compare_channels(workspace, ("whatsapp", "sms"))
    for line in found.lines:
        if line.kpi.id in MONEY:
            for figure in (line.figures["sms"], line.differences["sms"]):
                if isinstance(figure, Estimate):
                    assert (figure.low, figure.high, figure.method) == (None, None, method), line.kpi.id
    assert isinstance(next(one for one in found.lines if one.kpi.id == "roas").differences["sms"], Estimate)
    told = [(one.code, one.rows) for one in found.findings if one.facts.get("channel") == "sms"]
    assert ("few-buyers", buyers) in told
    assert ("no-variation" in dict(told)) == (method == "no-variation")


def without_orders_by(folder: Path) -> Workspace:
    """One mail brings an order, WhatsApp and SMS none."""
    workspace = init(folder / "shop", currency="EUR", timezone="UTC", clock=Clock("2026-06-01T12:00:00"))
    rows = [row for one in ("whatsapp", "sms", "email") for row in sends(one, 40, 40, cost="0.10")]
    bring_rows(workspace, "messages", HEADER, rows)
    header = ("order_id", "email", "ordered_at", "amount")
    bring_rows(workspace, "orders", header, [("o1", "email0@example.org", f"{DAY}T15:00:00Z", "10.00")])
    return workspace


def test_fewer_than_a_hundred_buyers_are_flagged(found: ChannelComparison) -> None:
    told = {one.facts["channel"]: one.message for one in found.findings if one.code == "few-buyers"}
    assert told["whatsapp"] == "whatsapp has 20 buyers; below 100 the intervals of money are too narrow"
    assert set(told) == {"whatsapp", "email"}


def test_roas_of_few_orders_is_not_negative(found: ChannelComparison) -> None:
    """Limits of the logarithm: value · exp(± z · s.e. / revenue), of 20 of 70 contacts with 50.00 each."""
    whatsapp = figures(found, "roas")[0]
    assert isinstance(whatsapp, Estimate)
    p = 20 / 70
    share = math.sqrt(70 * 70 / 69 * p * (1 - p)) / 20
    assert whatsapp.low == pytest.approx(1000 / 7 * math.exp(-1.959964 * share), rel=1e-6)
    assert whatsapp.high == pytest.approx(1000 / 7 * math.exp(1.959964 * share), rel=1e-6)


def mixed(folder: Path, counts: dict[tuple[str, str], tuple[int, int]], *, each: int = 1) -> Workspace:
    """Messages and clicks by campaign and channel, so many messages in a row to one contact."""
    workspace = init(folder / "shop", currency="EUR", timezone="UTC", clock=Clock("2026-06-01T12:00:00"))
    rows = [
        (
            f"{campaign}-{channel}-{n}", f"{campaign}{channel}{n // each}@example.org", f"{DAY}T10:00:00Z", f"{DAY}T10:00:01Z",
            "", f"{DAY}T11:00:00Z" if n < clicked else "", "", campaign, channel, "0.10",
        )
        for (campaign, channel), (sent, clicked) in counts.items()
        for n in range(sent)
    ]  # fmt: skip
    bring_rows(workspace, "messages", HEADER, rows)
    return workspace


def test_a_difference_that_is_one_of_the_mix_is_told(tmp_path: Path) -> None:
    """In both campaigns SMS has 5 points less, over both 23.6 more: it was sent where people click.

    Both strata weigh 400 · 40 / 440; variance ¼ (.15·.85/400 + .1·.9/40 + .5·.5/40 + .45·.55/400) = .002359375.
    """
    counts = {
        ("a", "whatsapp"): (400, 60),
        ("a", "sms"): (40, 4),
        ("b", "whatsapp"): (40, 20),
        ("b", "sms"): (400, 180),
    }
    workspace = mixed(tmp_path, counts)
    found = compare_channels(workspace, ("whatsapp", "sms"))
    line = next(one for one in found.lines if one.kpi.id == "click_through_rate")
    raw, within = line.differences["sms"], line.standardised["sms"]
    assert isinstance(raw, Estimate)
    assert isinstance(within, Estimate)
    assert (raw.value, within.value) == pytest.approx((184 / 440 - 80 / 440, -0.05))
    half = 1.959964 * math.sqrt(0.002359375)
    assert (within.low, within.high) == pytest.approx((-0.05 - half, -0.05 + half), abs=1e-6)
    assert within.method == "mantel-haenszel"
    assert [one.facts["kpi"] for one in found.findings if one.code == "mix-differs"] == ["click_through_rate"]
    one = compare_channels(workspace, ("whatsapp", "sms"), filters=read_filters(["campaign=a"]))
    assert "mix-differs" not in {told.code for told in one.findings}


def test_without_a_common_campaign_nothing_is_standardised(found: ChannelComparison) -> None:
    line = next(one for one in found.lines if one.kpi.id == "click_through_rate")
    within = line.standardised["whatsapp"]
    assert isinstance(within, Unavailable)
    assert within.code == "no-common-campaign"


def test_messages_to_one_contact_are_no_independent_ones(tmp_path: Path) -> None:
    """20 contacts get 50 messages each and 10 of them click on all: that is what about 17 messages tell, not 1,000.

    Variance 20/19 · 20 · 25² / 1,000² = .0131579, of independent messages .25 / 999; t of 999 and of 19 degrees of freedom
    are 1.96234 and 2.09302.
    """
    workspace = mixed(tmp_path, {("a", "whatsapp"): (1000, 500), ("a", "sms"): (1000, 0)}, each=50)
    found = compare_channels(workspace, ("whatsapp", "sms"))
    line = next(one for one in found.lines if one.kpi.id == "click_through_rate")
    clicked = line.figures["whatsapp"]
    assert isinstance(clicked, Estimate)
    n = 1000 * (0.25 / 999) / (12.5 / 1000 * 20 / 19) * (1.96234 / 2.09302) ** 2
    half = 1.959964 * math.sqrt(0.25 / n + 1.959964**2 / (4 * n * n)) / (1 + 1.959964**2 / n)
    assert (clicked.low, clicked.high) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-4)
    assert (clicked.method, clicked.n) == ("wilson, clustered by contact", 1000)
    delivered = next(one for one in found.lines if one.kpi.id == "delivery_rate").figures["sms"]
    assert isinstance(delivered, Estimate)
    assert delivered.low == pytest.approx(20 / (20 + 1.959964**2), abs=1e-5), "all of 20 contacts, not of 1,000"


def test_a_cost_without_a_rate_divides_nothing(tmp_path: Path) -> None:
    workspace = traded(tmp_path, 3)
    add_campaign(workspace, Campaign("by-sms", "By SMS", purpose="sales"))
    line = {"campaign": "by-sms", "kind": "content", "amount": "500.00", "currency": "USD", "from": DAY, "until": None}
    add_cost(workspace, line | {"evidence": "invoiced", "covers": False, "description": "agency"})
    found = compare_channels(workspace, ("whatsapp", "sms"))
    for kpi in ("roas", "cost_per_order"):
        told = next(one for one in found.lines if one.kpi.id == kpi)
        refused = told.figures["sms"]
        assert isinstance(refused, Unavailable)
        assert refused.code == "no-rate"
        assert isinstance(told.differences["sms"], Unavailable)


def test_what_a_campaign_on_two_channels_costs_is_neither_s(tmp_path: Path) -> None:
    workspace = mixed(tmp_path, {("a", "whatsapp"): (40, 4), ("a", "sms"): (40, 4), ("b", "email"): (40, 4)})
    add_campaign(workspace, Campaign("a", "On two channels", purpose="sales"))
    line = {"campaign": "a", "kind": "content", "amount": "500.00", "currency": None, "from": DAY, "until": None}
    add_cost(workspace, line | {"evidence": "invoiced", "covers": False, "description": "agency"})
    found = compare_channels(workspace, ("whatsapp", "sms", "email"))
    told = next(one for one in found.lines if one.kpi.id == "roas").figures
    codes = {channel: figure.code for channel, figure in told.items() if isinstance(figure, Unavailable)}
    assert codes["whatsapp"] == codes["sms"] == "not-by-channel"
    assert codes.get("email") != "not-by-channel", "what is sent by mail has campaigns of its own"


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
