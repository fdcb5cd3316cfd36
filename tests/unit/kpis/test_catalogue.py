"""The catalogue is whole, every rate is computed under the name of its denominator, and what cannot be known is refused by every name."""

from __future__ import annotations

from collections import Counter

import pytest

from earnest.kernel.errors import NotFound
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.money import MICRO_PER_MAJOR, Money
from earnest.kpis.benchmarks import ComparableDefinition, comparable, load, mismatches
from earnest.kpis.catalogue import STORY, all_kpis, find, story_kpis
from earnest.kpis.kpi import Kpi, Scope, evaluate, refusals
from earnest.kpis.measures import all_measures
from earnest.usecases.kpi_supplied import SUPPLIERS

KPIS = list(all_kpis().values())
EVERYTHING = frozenset({"message", "click", "reply", "tap", "read", "opt", "order", "cost", "terms", "survey_answer"})

NAMED = (
    *(
        "audience_size",
        "acceptance_rate",
        "delivery_rate",
        "failure_rate",
        "frequency_capped_rate",
        "invalid_number_rate",
    ),
    *("read_rate", "read_visibility", "adjusted_read_rate", "time_to_read", "click_through_rate", "click_to_open_rate"),
    *("total_clicks", "bot_click_share", "button_tap_rate", "reply_rate", "engagement_rate", "conversation_completion"),
    *(
        "conversion_rate",
        "click_to_conversion",
        "orders",
        "average_order_value",
        "attributed_revenue",
        "attribution_overlap",
    ),
    *("stitched_contact_rate", "revenue_per_recipient", "revenue_per_message", "revenue_per_click", "messaging_cost"),
    *("total_cost", "cost_per_delivered", "cost_per_click", "cost_per_order", "cac", "roas", "roi", "profit_roi"),
    *("incremental_revenue", "incremental_roi", "incrementality_factor", "opt_out_rate", "block_report_rate"),
    *(
        "spam_complaint_rate",
        "quality_rating",
        "opt_in_rate",
        "list_growth",
        "cart_recovery_rate",
        "repeat_purchase_rate",
    ),
    *(
        "retention_rate",
        "clv",
        "ltv_to_cac",
        "payback_period",
        "mer",
        "first_response_time",
        "resolution_rate",
        "csat",
        "nps",
    ),
    *(
        "survey_response_rate",
        "survey_attributed_share",
        "brand_search_lift",
        "benchmark_position",
        "data_quality_score",
    ),
)
"""The 62 of the specification, in its order."""
ADDED = ["conversations", "revenue_per_conversation", "cost_per_conversation", "incremental_roas", "incremental_return"]


def scope(currency: str = "EUR", **unmeasurable: str) -> Scope:
    return Scope("all", currency, 0.95, "2026-11-22T00:00:00+00:00", None, EVERYTHING, unmeasurable)


def value(kpi: str, *, currency: str = "EUR", **measures: int) -> float:
    found = evaluate(find(kpi), measures, scope(currency))
    assert isinstance(found, Estimate), found
    return found.value


def in_dollars(kpi: str, measures: dict[str, int]) -> float:
    return value(kpi, currency="USD", **measures)


def micro(amount: str, currency: str = "EUR") -> int:
    return Money.of(amount, currency).micro


def test_every_kpi_of_the_specification_has_an_entry() -> None:
    assert len(NAMED) == 62
    assert [name for name in (*NAMED, *ADDED) if name not in all_kpis()] == []


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.id)
def test_an_entry_says_where_its_figure_comes_from(kpi: Kpi) -> None:
    known = all_measures()
    named = [name for name in (*(kpi.measures or ()), kpi.bounded_by, kpi.spread_by) if name]
    assert [name for name in named if name not in known] == []
    assert [kpi.measures is not None, kpi.supplied_by is not None, kpi.missing is not None].count(True) == 1
    assert kpi.supplied_by is None or kpi.supplied_by in SUPPLIERS
    assert kpi.measures is None or (kpi.measures[1] is None) == (kpi.denominator is None)
    assert kpi.family
    assert kpi.example
    assert kpi.question.endswith("?")
    assert kpi.unit != "share" or kpi.denominator or kpi.missing
    assert set(kpi.needs) <= EVERYTHING


def test_every_supplier_supplies_something() -> None:
    assert set(SUPPLIERS) == {kpi.supplied_by for kpi in KPIS if kpi.supplied_by}


def test_no_name_means_two_things() -> None:
    names = Counter(name for kpi in KPIS for name in (kpi.id, *kpi.synonyms))
    assert [name for name, n in names.items() if n > 1] == []


@pytest.mark.parametrize(
    ("word", "kpi"),
    [("open_rate", "read_rate"), ("seen_rate", "read_rate"), ("rpm", "revenue_per_message"), ("epc", "revenue_per_click"),
     ("cpa", "cost_per_order"), ("rocs", "roas"), ("ltv", "clv"), ("iroas", "incremental_roas"), ("aov", "average_order_value"),
     ("rpc", "revenue_per_conversation"), ("ctor", "click_to_open_rate"), ("mer", "mer")],
)  # fmt: skip
def test_vendors_words_are_understood(word: str, kpi: str) -> None:
    assert find(word).id == kpi


def test_a_slip_is_told_the_closest_name() -> None:
    with pytest.raises(NotFound) as refused:
        find("click_thru_rate")
    assert "click_through_rate" in str(refused.value)


def test_stories_keep_to_a_declared_set() -> None:
    assert [kpi.id for kpi in story_kpis()] == list(STORY)
    assert len(STORY) < len(KPIS)


def test_what_is_not_computed_says_what_to_connect() -> None:
    for kpi in KPIS:
        if kpi.missing is not None:
            found = evaluate(kpi, {}, scope())
            assert isinstance(found, Unavailable), kpi.id
            assert (found.code, found.reason, found.remedy) == ("no-source", kpi.missing.why, kpi.missing.connect)


FUNNEL = {
    "sent": 10_000,
    "delivered": 9_500,
    "was_read": 6_650,
    "clicked": 760,
    "clicked_read": 760,
    "converters": 95,
    "credited_orders": 95,
}


@pytest.mark.parametrize(
    ("kpi", "percent"),
    [("click_rate_sent", 7.6), ("click_through_rate", 8.0), ("click_to_open_rate", 11.43), ("conversion_rate_sent", 0.95),
     ("conversion_rate", 1.0), ("conversion_rate_read", 1.43), ("click_to_conversion", 12.5)],
)  # fmt: skip
def test_the_same_campaign_by_each_denominator(kpi: str, percent: float) -> None:
    """10,000 sent, 9,500 delivered, 6,650 read, 760 clicked by people, 95 buyers: a factor 13 between two conversion rates."""
    assert round(100 * value(kpi, **FUNNEL), 2) == percent


def test_the_worked_example() -> None:
    """50 enrolments, 87,000.00 USD for 25,750.00 USD."""
    revenue, cost = micro("87000.00", "USD"), micro("25750.00", "USD")
    sums = {
        "attributed_micro": revenue,
        "cost_micro": cost,
        "attributed_less_cost_micro": revenue - cost,
        "credited_orders": 50,
    }
    assert round(100 * in_dollars("roi", sums), 7) == 237.8640777
    assert round(in_dollars("roas", sums), 4) == 3.3786
    assert in_dollars("cost_per_order", sums) == 515.0
    assert in_dollars("average_order_value", sums) == 1740.0
    assert round(100 / in_dollars("roas", sums), 1) == 29.6, "break-even margin"


def test_the_figures_of_waxio() -> None:
    """1,500 over 500 conversations; 2.00 for 0.11 + 0.10; 120 of 200."""
    assert value("revenue_per_conversation", attributed_micro=micro("1500.00"), conversations=500) == 3.0
    assert round(value("roas", attributed_micro=micro("2.00"), cost_micro=micro("0.11") + micro("0.10")), 2) == 9.52
    assert value("click_through_rate", clicked=120, delivered=200) == 0.6


def test_a_thousand_for_two_hundred_is_four_hundred_percent() -> None:
    assert value("roi", attributed_less_cost_micro=micro("800.00"), cost_micro=micro("200.00")) == 4.0


@pytest.mark.parametrize("currency", ["SEK", "EUR", "JPY"])
def test_roas_is_free_of_currency(currency: str) -> None:
    sums = {"attributed_micro": 5_000 * int(MICRO_PER_MAJOR), "cost_micro": 1_000 * int(MICRO_PER_MAJOR)}
    assert value("roas", currency=currency, **sums) == 5.0


def test_a_rate_that_passes_the_whole_has_no_interval_of_a_proportion() -> None:
    found = evaluate(find("click_to_conversion"), {"credited_orders": 12, "clicked": 10}, scope())
    assert isinstance(found, Estimate)
    assert (found.value, found.low, found.high) == (1.2, None, None)


@pytest.mark.parametrize(
    "word", ["read_rate", "open_rate", "seen_rate", "true_open_rate", "ctor", "time_to_read", "receipts_on_share"]
)
@pytest.mark.parametrize("channel", ["sms", "telegram"])
def test_open_rates_are_refused_by_every_name(word: str, channel: str) -> None:
    kpi = find(word)
    refused = refusals(KPIS, (channel,))
    assert kpi.id in refused
    if kpi.measures is None:
        return
    found = evaluate(kpi, dict.fromkeys(all_measures(), 10), scope(**refused))
    assert isinstance(found, Unavailable)
    assert found.code == "not-measurable"
    assert "sends no read receipts" in found.reason
    assert "clicks, replies and orders" in found.remedy


def test_what_one_channel_alone_tells_is_refused_on_others() -> None:
    assert "spam_complaint_rate" in refusals(KPIS, ("whatsapp",))
    assert refusals(KPIS, ("email",)) == {}
    assert "read_rate" not in refusals(KPIS, ("whatsapp",))


def test_satisfaction_of_threes_is_another_figure_and_never_compared() -> None:
    """60 of 100 answer 4 or 5, 20 answer 3: 60 % here, 80 % where a 3 counts."""
    assert value("csat", satisfied=60, answers=100) == 0.6
    own = find("csat").comparable
    assert own is not None
    lenient = [row for row in load() if row.numerator == "answers_3_to_5_of_5"]
    assert lenient
    assert all("numerator" in mismatches(row, own) for row in lenient)
    assert not set(lenient) & set(comparable("csat", own, channel="live chat"))


def test_a_definition_meets_what_others_publish_under_another_name() -> None:
    of_read = find("click_to_open_rate").comparable
    assert isinstance(of_read, ComparableDefinition)
    loose = ComparableDefinition(of_read.numerator, of_read.denominator, published_as=of_read.published_as)
    assert {row.publisher for row in comparable("click_to_open_rate", loose, channel="whatsapp")} == {"charles"}


def figure_of(found: Figure) -> Estimate:
    assert isinstance(found, Estimate)
    return found


def test_a_cost_with_unpriced_messages_is_a_lower_bound_and_divides_nothing() -> None:
    from dataclasses import replace

    open_ = replace(scope(), unrated=3)
    told = figure_of(evaluate(find("messaging_cost"), {"messaging_cost_micro": micro("7.00")}, open_))
    assert (told.value, told.method) == (7.0, "lower bound")
    assert isinstance(evaluate(find("cost_per_click"), {"cost_micro": micro("7.00"), "clicked": 3}, open_), Unavailable)
