"""What the provider did, in the report: failures, charges and bounds, by hand, in both languages."""

from dataclasses import replace
from decimal import Decimal

import pytest

from earnest.charts.cost_bar import CostChart
from earnest.charts.funnel import FunnelChart
from earnest.kernel.estimate import Estimate
from earnest.reports.blocks import Block, Chart, KpiCard, KpiRow, Table
from earnest.reports.html import campaign_report
from earnest.reports.sections import charges, failures, kpis, reach
from earnest.reports.words import Words, translator
from earnest.verdict.story import CampaignStory, ChargeLine, ChargeMix, FailureLine, KpiLine
from unit.reports.pages import Page
from unit.reports.provider import BOUNDS, FAILURES, KNOWN, LINES, line, told
from unit.reports.stories import gain

EN, RU = translator("en"), translator("ru")
STORY = told(gain())


def lost(lines: tuple[FailureLine, ...], words: Words = EN) -> Chart:
    (block,) = failures.blocks(replace(gain(), failures=lines), words)
    assert isinstance(block, Chart)
    return block


def bars(chart: Chart) -> FunnelChart:
    assert isinstance(chart.drawing, FunnelChart)
    return chart.drawing


def mixed(mix: ChargeMix, words: Words = EN) -> tuple[Block, ...]:
    return charges.blocks(replace(gain(), charges=mix), words)


def mix_of(*lines: ChargeLine) -> ChargeMix:
    charged = sum(each.messages for each in lines if each.amount)
    unknown = sum(each.messages for each in lines if each.amount is None)
    return ChargeMix(charged, sum(each.messages for each in lines) - charged - unknown, unknown, lines)


def table(mix: ChargeMix, words: Words = EN) -> Table:
    found = mixed(mix, words)[-1]
    assert isinstance(found, Table)
    return found


def card(story: CampaignStory, words: Words = EN) -> KpiCard:
    (row,) = kpis.blocks(story, words)
    assert isinstance(row, KpiRow)
    return row.cards[0]


def said(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u202f", " ")


def test_failures_are_titled_by_the_most_frequent() -> None:
    chart = lost(FAILURES)
    assert chart.title == "Most failures are numbers that are not on WhatsApp (62% of 1,203)"
    assert [(bar.label, bar.text, bar.share, bar.note) for bar in bars(chart).steps][:3] == [
        ("Numbers that are not on WhatsApp", "746", "1.8% of those sent", "codes 131026, 1013, 63003, …"),
        ("People capped by Meta's limit per person", "301", "0.72% of those sent", "code 131049"),
        ("People who opted out", "120", "0.29% of those sent", "codes 131050, 63014"),
    ]
    assert bars(chart).steps[-1].note is None


def test_failures_in_russian() -> None:
    chart = lost(FAILURES, RU)
    assert said(chart.title) == "Большинство неудачных отправок — номера, которых нет в WhatsApp (62 % из 1 203)"
    assert said(bars(chart).steps[3].label) == "Люди из собственного эксперимента Meta"
    assert said(bars(chart).steps[0].share or "") == "1,8 % от отправленных"


def test_failures_also_stand_in_a_table_with_their_codes() -> None:
    data = bars(lost(FAILURES)).data
    assert data is not None
    assert data.rows[1] == ("People capped by Meta's limit per person", "301", "0.72%", "131049")
    assert data.rows[-1] == ("Messages whose reason is not known", "6", "0.01%", "–")


def test_no_failure_no_section() -> None:
    assert failures.blocks(gain(), EN) == ()


def test_one_class_and_none_above_half_have_titles_of_their_own() -> None:
    assert lost(FAILURES[2:3]).title == "All failures are people who opted out (120)"
    even = tuple(replace(each, messages=40) for each in FAILURES[:3])
    assert lost(even).title == "The commonest failures are numbers that are not on WhatsApp (33% of 120)"


def test_order_does_not_depend_on_the_story() -> None:
    assert lost(FAILURES[::-1]) == lost(FAILURES)


def test_whom_meta_held_back_calls_for_a_warning() -> None:
    assert (lost(FAILURES).note or "").startswith("Meta chose whom to hold back")
    assert lost(FAILURES[2:3]).note is None


def test_from_the_ninth_reason_on_they_share_a_bar_but_not_the_table() -> None:
    names = (
        "opted_out", "filtered", "media", "payment", "access", "request", "transient", "carrier", "rate_limited", "new",
    )  # fmt: skip
    chart = bars(lost(tuple(FailureLine(name, 100 - n, 0.01, ()) for n, name in enumerate(names))))
    assert len(chart.steps) == 8
    last = chart.steps[-1]
    assert (last.label, last.text, last.share) == ("3 other reasons", "276", "3.0% of those sent")  # 93 + 92 + 91
    assert chart.data is not None
    assert len(chart.data.rows) == 10
    assert chart.data.rows[-1][0] == "New"


def test_the_funnel_says_in_the_readers_language_what_the_story_notes() -> None:
    (chart,) = reach.blocks(STORY, RU)
    assert isinstance(chart, Chart)
    notes = [said(bar.note or "") for bar in bars(chart).steps]
    assert notes == ["", "неудачных: 1 203", "", "5,0 % от доставленных", "0,75 % от доставленных"]


@pytest.mark.parametrize(
    ("words", "note"),
    [
        (EN, "5.0% of those delivered; people's clicks: 2,600 of 4,000"),
        (RU, "5,0 % от доставленных; клики людей: 2 600 из 4 000"),
    ],
)
def test_clicks_are_shown_raw_beside_clean(words: Words, note: str) -> None:
    clean = KpiLine("total_clicks", "", "", "", "higher", Estimate(2_600.0, "count", None, None, None, "exact"))
    machines = Estimate(0.3, "share", 0.28, 0.32, 0.95, "wilson", 4_000)
    raw = KpiLine("bot_click_share", "", "", "all clicks", "context", machines)
    (chart,) = reach.blocks(replace(STORY, kpis=(*STORY.kpis, clean, raw)), words)
    assert isinstance(chart, Chart)
    assert said(bars(chart).steps[3].note or "") == note


def test_charges_are_titled_by_paid_and_free() -> None:
    mix, largest = mixed(KNOWN)
    assert isinstance(mix, Chart)
    assert isinstance(largest, Table)
    assert mix.title == "70% of the delivered messages were charged; 12,300 were free"
    assert mix.subtitle == "41,000 delivered messages of which the provider told its terms"
    assert largest.title == "Largest market: Germany, with 92% of the charges"  # 2,730 of 2,975.2234
    assert largest.subtitle == "$2,975.2234 in total; exact, in the currency of the provider's card"
    russian = mixed(KNOWN, RU)[0]
    assert isinstance(russian, Chart)
    assert said(russian.title) == "Платных — 70 % доставленных; ещё 12 300 сообщений бесплатны"


def test_every_reason_of_the_mix_has_a_line() -> None:
    chart = mixed(STORY.charges or KNOWN)[0]
    assert isinstance(chart, Chart)
    assert chart.title == "The charge of 144 messages is not known; of the others 70% were charged"
    assert isinstance(chart.drawing, CostChart)
    assert [(part.label, part.evidence, part.text, part.detail) for part in chart.drawing.parts] == [
        ("By the rate card", "charged", "28,000", "68%"),
        ("At the price the provider told", "charged", "700", "2%"),
        ("Open customer service window", "free", "9,000", "22%"),
        ("Chat begun at an ad or page button", "free", "2,300", "6%"),
        ("Free messages of the month", "free", "1,000", "2%"),
        ("No market known for the number", "unknown", "100", "0.2%"),
        ("The card has no such rate", "unknown", "40", "0.1%"),
        ("No card covers the time", "unknown", "3", "0.01%"),
        ("No status told the category", "unknown", "1", "0.002%"),
    ]
    assert chart.drawing.total == ("Total", "41,144")


def test_charges_line_by_line_exact_and_never_0_where_unknown() -> None:
    found = table(STORY.charges or KNOWN)
    assert found.subtitle == "At least $2,975.2234 in total: what is not known is not counted"
    assert found.rows == (
        ("Germany", "Marketing", "List rate", "20,000", "$2,730.0000"),
        ("Rest of Western Europe", "Marketing", "List rate", "3,000", "$177.6000"),
        ("–", "Marketing", "At the price the provider told", "700", "$35.1234"),
        ("Brazil", "Utility", "Volume tier 2", "5,000", "$32.5000"),
        ("Germany", "Service", "Open customer service window", "9,000", "$0"),
        ("Brazil", "Entry point", "Chat begun at an ad or page button", "2,300", "$0"),
        ("Germany", "Service", "Free messages of the month", "1,000", "$0"),
        ("–", "Marketing", "No market known for the number", "100", "not known"),
        ("India", "Utility", "The card has no such rate", "40", "not known"),
        ("India", "Marketing", "No card covers the time", "3", "not known"),
        ("India", "–", "No status told the category", "1", "not known"),
    )


def test_charges_in_russian_name_countries_and_regions() -> None:
    rows = [tuple(map(said, row)) for row in table(STORY.charges or KNOWN, RU).rows]
    assert rows[0] == ("Германия", "Маркетинг", "Базовая цена", "20 000", "2 730,0000 $")
    assert rows[1][0] == "Остальные страны Западной Европы"
    assert rows[8] == ("Индия", "Служебная", "В тарифах нет такой цены", "40", "неизвестно")


def test_no_more_than_twelve_rows_and_the_rest_summed() -> None:
    many = [line("Germany", "marketing", 1, "card", 10, f"{n}.25") for n in range(30, 0, -1)]
    rows = table(mix_of(*many)).rows
    assert len(rows) == 12
    assert rows[10][-1] == "$20.25"
    assert rows[11] == ("others (19 lines)", "–", "–", "190", "$194.75")  # 1.25 + … + 19.25 = 190 + 19 × 0.25


def test_unknown_lines_keep_rows_of_their_own_beside_many_known_ones() -> None:
    known = [line("Germany", "marketing", 1, "card", 10, "1") for _ in range(20)]
    unknown = [line("India", "utility", 1, "rate-unknown", n, None) for n in range(1, 7)]
    rows = table(mix_of(*known, *unknown)).rows
    assert [row[3:] for row in rows[7:]] == [
        ("6", "not known"), ("5", "not known"), ("4", "not known"), ("3", "not known"), ("133", "$13.00; 3 not known"),
    ]  # fmt: skip


def test_others_that_are_all_unknown_have_no_amount() -> None:
    unknown = [line("India", "utility", 1, "rate-unknown", 2, None) for _ in range(14)]
    found = table(mix_of(*unknown))
    assert found.rows[-1] == ("others (3 lines)", "–", "–", "6", "not known")
    assert found.title == "No charge is known yet"
    assert found.subtitle == "No amount is known"


def test_currencies_are_never_added() -> None:
    euro = replace(LINES[0], currency="EUR", amount=Decimal("5.5"))
    found = table(mix_of(euro, LINES[1]))
    assert (found.title, found.note) == ("Every delivered message was charged", None)
    assert found.subtitle.startswith("€5.50 and $32.50 in total")


def test_charged_alike_needs_no_mix() -> None:
    (found,) = mixed(mix_of(LINES[0]))
    assert isinstance(found, Table)
    assert found.title == "Every delivered message was charged"
    assert found.note == "All charges are in one market: Germany"
    (free,) = mixed(mix_of(LINES[5]))
    assert isinstance(free, Table)
    assert (free.title, free.note) == ("Every delivered message was free", None)


def test_a_price_of_0_is_free_by_its_own_name() -> None:
    nought = line("India", "utility", 1, "card", 5, "0")
    assert table(mix_of(nought)).rows == (("India", "Utility", "At a price of 0", "5", "$0"),)


@pytest.mark.parametrize("mix", [None, ChargeMix(0, 0, 0, ())])
def test_no_terms_no_section(mix: ChargeMix | None) -> None:
    assert charges.blocks(replace(gain(), charges=mix), EN) == ()


def test_bounds_are_shown_as_two_ends_and_never_as_an_interval() -> None:
    found = card(STORY)
    assert (found.name, found.value, found.tone) == ("Read rate, receipts considered", "70.0% to 90.0%", "range")
    assert [detail.text for detail in found.details] == [
        "of 9,500 messages delivered",
        "bounds: receipts can be switched off",
    ]
    assert (found.bullet, found.typical, found.state) == (None, None, None)
    russian = card(STORY, RU)
    assert said(russian.value) == "от 70,0 % до 90,0 %"
    assert russian.details[1].text == "границы: отчёт о прочтении можно отключить"


def test_bounds_have_no_relation_to_what_is_typical() -> None:
    near = replace(BOUNDS, typical_low=0.91, typical_high=0.99, typical_source="panel")
    found = card(replace(STORY, kpis=(near,)))
    assert (found.bullet, found.typical, found.state) == (None, None, None)
    assert kpis.state(near) is None
    (row,) = kpis.blocks(replace(STORY, kpis=(near,)), EN)
    assert isinstance(row, KpiRow)
    assert row.title == "No comparable benchmark for these measures"


def test_bounds_that_meet_are_still_bounds() -> None:
    level = replace(BOUNDS, figure=Estimate(0.7, "share", 0.7, 0.7, 0.95, "bounds", 9_500))
    found = card(replace(STORY, kpis=(level,)))
    assert found.value == "70.0% to 70.0%"
    assert not [detail for detail in found.details if "interval" in detail.text]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_order_on_the_page_is_funnel_then_failures(language: str) -> None:
    page = Page(campaign_report(STORY, language=language)).text
    funnel, failed = (
        page.index(part)
        for part in (
            ("Messages that reached", "Messages that failed")
            if language == "en"
            else ("Сколько сообщений", "Неудачные отправки")
        )
    )
    assert funnel < failed
