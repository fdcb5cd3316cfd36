"""The bridge from what the messaged group bought to what messaging contributed; ranges only where open."""

from __future__ import annotations

from decimal import Decimal

from earnest.charts.bridge import BridgeChart, BridgeRow
from earnest.kernel.money import Money, exponent
from earnest.reports.blocks import Block, Chart
from earnest.reports.sections import facts
from earnest.reports.words import Words
from earnest.verdict.bridge import Bridge
from earnest.verdict.story import CampaignStory
from earnest.verdict.verdict import Verdict


def blocks(story: CampaignStory, words: Words) -> tuple[Block, ...]:
    """The bridge of a proven result; what is exact and what is a range of an open one; else nothing."""
    if story.bridge is None:
        return ()
    if story.verdict in {Verdict.PROVEN_GAIN, Verdict.PROVEN_LOSS}:
        return (_proven(story, story.bridge, words),)
    if story.verdict is Verdict.INCONCLUSIVE:
        return (_open(story, story.bridge, words),)
    return ()


def _proven(story: CampaignStory, bridge: Bridge, words: Words) -> Chart:
    subtitle = words.say("From the revenue of the messaged group to contribution after messaging")
    rows = _rows(bridge, words)
    drawing = BridgeChart(subtitle, _header(words), rows)
    return Chart(_finding(bridge, words), subtitle, drawing, _memo(bridge, words))


def _finding(bridge: Bridge, words: Words) -> str:
    if bridge.extra_revenue.minor <= 0 or bridge.messaged_revenue.minor <= 0:
        return words.say("The messaged group bought no more than the hold-out")
    share = bridge.would_have_come_anyway.minor / bridge.messaged_revenue.minor
    if share <= 0:
        return words.say("None of this revenue would have come anyway")
    return words.say("%(share)s of this revenue would have come anyway", share=words.formats.percent(share, 0))


def _rows(bridge: Bridge, words: Words) -> tuple[BridgeRow, ...]:
    say, decimals = words.say, _decimals(bridge)

    def row(label: str, amount: Money, tone: str, *, total: bool = False) -> BridgeRow:
        text = words.formats.money(amount, amount.currency, decimals=decimals)
        return BridgeRow(label, text, amount.decimal, total, tone)

    rows = [
        row(say("Revenue of the messaged group"), bridge.messaged_revenue, "observed", total=True),
        row(say("Would have come anyway"), -bridge.would_have_come_anyway, "anyway"),
        row(say("Extra revenue"), bridge.extra_revenue, "inc", total=True),
    ]
    if bridge.cost_of_goods is not None:
        rows.append(row(say("Cost of goods"), -bridge.cost_of_goods, "goods"))
    rows.append(row(say("Campaign cost"), -bridge.campaign_cost, "cost"))
    if bridge.contribution is not None:
        tone = "neg" if bridge.contribution.minor < 0 else "pos"
        rows.append(row(say("Contribution after messaging"), bridge.contribution, tone, total=True))
    return tuple(rows)


def _decimals(bridge: Bridge) -> int:
    """No decimals where the rounded lines still add up on the page, else the currency's own."""
    lines = (bridge.messaged_revenue, bridge.would_have_come_anyway, bridge.extra_revenue)
    first, second, third = (round(line.decimal) for line in lines)
    adds = first - second == third
    if bridge.cost_of_goods is not None and bridge.contribution is not None:
        goods, cost, left = (
            round(line.decimal) for line in (bridge.cost_of_goods, bridge.campaign_cost, bridge.contribution)
        )
        adds = adds and third - goods - cost == left
    return 0 if adds else exponent(bridge.messaged_revenue.currency)


def _memo(bridge: Bridge, words: Words) -> str | None:
    if bridge.discounts.minor == 0:
        return None
    return words.say(
        "Memo: discounts of %(amount)s were redeemed in these orders. "
        "Revenue is already net of them, so they are no cost.",
        amount=words.formats.exact(bridge.discounts),
    )


def _open(story: CampaignStory, bridge: Bridge, words: Words) -> Chart:
    say, form = words.say, words.formats
    level = form.level(story.level)
    rows = [
        _exact(say("Revenue of the messaged group"), bridge.messaged_revenue, "observed", words),
        _exact(say("Campaign cost"), bridge.campaign_cost, "cost", words),
    ]
    labels = {"incremental_revenue": say("Extra revenue"), "contribution": say("Contribution after messaging")}
    for name, label in labels.items():
        figure, text = story.estimate(name), facts.range_of(story, name, words)
        if figure and text and figure.low is not None and figure.high is not None:
            rows.append(BridgeRow(label, text, None, False, "inc", (figure.low, figure.high)))
    subtitle = say("Solid bars are exact; pale bars are %(level)s intervals", level=level)
    drawing = BridgeChart(subtitle, _header(words), tuple(rows))
    return Chart(say("What is exact, and what is still a range"), subtitle, drawing, _memo(bridge, words))


def _exact(label: str, amount: Money, tone: str, words: Words) -> BridgeRow:
    return BridgeRow(label, words.formats.exact(amount), Decimal(amount.decimal), False, tone, apart=True)


def _header(words: Words) -> tuple[str, str, str]:
    return (words.say("Line"), words.say("Bar"), words.say("Amount"))
