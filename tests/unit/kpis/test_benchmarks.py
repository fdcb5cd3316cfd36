"""The benchmark file is whole, and only equal definitions meet."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from earnest.kernel.errors import DataRefused, UsageError
from earnest.kpis import benchmarks
from earnest.kpis.benchmarks import UNKNOWN, Benchmark, ComparableDefinition, Grade, comparable, load, typical_range

ROWS = load()
BY_ID = {row.benchmark_id: row for row in ROWS}


def test_holds_every_published_row_once() -> None:
    assert len(ROWS) == 284
    assert [name for name, n in Counter(row.benchmark_id for row in ROWS).items() if n > 1] == []
    assert load() is ROWS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.benchmark_id)
def test_row_is_well_formed(row: Benchmark) -> None:
    figures = [figure for figure in (row.low, row.high, row.typical) if figure is not None]
    assert figures
    assert row.low is None or row.high is None or row.low <= row.high
    assert row.span is None or row.typical is None or row.span[0] <= row.typical <= row.span[1]
    assert all(figure >= 0 for figure in figures)
    assert row.unit != "share" or max(figures) <= 1
    assert row.is_money == (row.unit in {"EUR", "USD"})
    assert row.source_url.startswith(("http://", "https://"))
    assert row.publisher.strip()
    assert row.year is None or 2010 <= row.year <= 2026
    assert row.benchmark_id == row.benchmark_id.strip("-").lower()
    assert all((row.kpi, row.channel, row.segment, row.region, row.numerator, row.denominator))


def test_everything_comparable_has_a_known_definition() -> None:
    found = 0
    for row in ROWS:
        definition = ComparableDefinition(row.numerator, row.denominator)
        for match in comparable(row.kpi, definition, channel=row.channel, currency=row.unit):
            found += 1
            assert UNKNOWN not in (match.numerator, match.denominator)
            assert (match.numerator, match.denominator) == (row.numerator, row.denominator)
    assert found > 0


def test_unknown_is_not_a_definition() -> None:
    assert comparable("read_rate", ComparableDefinition("reads", UNKNOWN), channel="whatsapp") == ()
    assert comparable("conversion_rate", ComparableDefinition(UNKNOWN, UNKNOWN), channel="whatsapp") == ()


# id, low, high, typical, unit, numerator, denominator, grade: set down by hand from the published figure
BY_HAND = [
    ("chatarmin-whatsapp-read-rate-ecommerce-7-verticals",
     "0.60", "0.80", None, "share", "reads", "unknown", "measured_panel"),
    ("klaviyo-sms-click-through-rate-ecommerce-campaigns-good",
     "0.089", "0.145", None, "share", "clicks", "recipients", "measured_panel"),
    ("klaviyo-sms-opt-out-rate-ecommerce-campaigns-great",
     None, "0.005", None, "share", "opt_outs", "recipients", "measured_panel"),
    ("charles-whatsapp-click-through-rate-ecommerce-campaigns",
     "0.15", "0.20", None, "share", "clicks", "read", "vendor_claim"),
    ("charles-whatsapp-revenue-per-recipient-ecommerce-all-campaigns",
     None, None, "2.26", "EUR", "attributed_revenue", "delivered", "measured_panel"),
    ("a2c-chat-whatsapp-reply-rate-healthy-2024",
     "0.08", "0.15", None, "share", "replies", "sent", "vendor_claim"),
    ("digiplus-whatsapp-reply-rate-all-2025",
     "0.35", "0.60", None, "share", "replies", "read", "vendor_claim"),
    ("waxio-whatsapp-roas-campaigns",
     "6", "10", None, "ratio", "attributed_revenue", "messaging_and_platform_cost", "vendor_claim"),
    ("mailchimp-email-spam-complaint-rate-all-2018",
     None, None, "0.00012", "share", "complaints", "unknown", "vendor_claim"),
    ("chatarmin-whatsapp-read-visibility-recipients-2026",
     "0.80", "0.85", None, "share", "recipients_with_receipts", "recipients", "vendor_claim"),
    ("forrester-for-charles-whatsapp-roi-fashion-apparel-retailer-3-year-composite-2024",
     None, None, "2.49", "ratio", "unknown", "unknown", "vendor_claim"),
    ("comm100-live-chat-csat-all-team-sizes-2020",
     None, None, "0.856", "share", "answers_3_to_5_of_5", "answers", "vendor_claim"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("benchmark_id", "low", "high", "typical", "unit", "numerator", "denominator", "grade"), BY_HAND
)
def test_figures_and_definitions_checked_by_hand(
    benchmark_id: str,
    low: str | None,
    high: str | None,
    typical: str | None,
    unit: str,
    numerator: str,
    denominator: str,
    grade: str,
) -> None:
    row = BY_ID[benchmark_id]
    assert [row.low, row.high, row.typical] == [None if f is None else Decimal(f) for f in (low, high, typical)]
    assert (row.unit, row.numerator, row.denominator, row.grade) == (unit, numerator, denominator, grade)


def test_spur_divides_by_contacts_on_whatsapp() -> None:
    """The screenshot on Spur's page: 6,860 sent, 74 not on WhatsApp, 4,659 delivered, 2,471 opened."""
    assert round(4659 / (6860 - 74), 4) == 0.6866
    assert round(2471 / (6860 - 74), 4) == 0.3641
    assert {row.denominator for row in ROWS if row.publisher == "Spur"} == {"sent_less_not_on_whatsapp"}


def test_sms_and_telegram_open_rates_are_never_compared() -> None:
    unreceipted = [row for row in ROWS if row.kpi == "read_rate" and row.channel in {"sms", "telegram"}]
    assert len(unreceipted) == 6
    assert {(row.numerator, row.denominator) for row in unreceipted} == {(UNKNOWN, UNKNOWN)}


def test_csat_on_different_scales_is_never_compared() -> None:
    strict = comparable("csat", ComparableDefinition("answers_4_to_5_of_5", "answers"), channel="all")
    lenient = comparable("csat", ComparableDefinition("answers_3_to_5_of_5", "answers"), channel="live chat")
    assert {row.publisher for row in strict} == {"Bublly"}
    assert {row.publisher for row in lenient} == {"Comm100"}


def test_denominators_part_the_same_kpi() -> None:
    of_sent = comparable("reply_rate", ComparableDefinition("replies", "sent"), channel="whatsapp")
    of_read = comparable("reply_rate", ComparableDefinition("replies", "read"), channel="whatsapp")
    assert {row.publisher for row in of_sent} == {"a2c.chat"}
    assert {row.publisher for row in of_read} == {"Digiplus"}
    assert comparable("reply_rate", ComparableDefinition("replies", "delivered"), channel="whatsapp") == ()


def test_counting_bots_and_window_must_be_known_unless_irrelevant() -> None:
    def clicks(**strictness: object) -> int:
        wanted = replace(ComparableDefinition("clicks", "recipients"), **strictness)
        return len(comparable("click_through_rate", wanted, channel="sms"))

    assert clicks() == 8
    assert clicks(unique_or_total="unique") == 4
    assert clicks(unique_or_total="total") == 0
    assert clicks(bot_policy="excluded") == 2
    assert clicks(bot_policy="included") == 0
    assert clicks(window_hours=72) == 0


def test_a_stated_window_matches_its_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    first_hour = replace(BY_ID["creatorlane-instagram-read-rate-automated-dm-first-hour-2026"], denominator="delivered")
    monkeypatch.setattr(benchmarks, "load", lambda: (first_hour,))
    one, day = (ComparableDefinition("opens", "delivered", window_hours=hours) for hours in (1, 24))
    assert comparable("read_rate", one, channel="instagram") == (first_hour,)
    assert comparable("read_rate", day, channel="instagram") == ()


def test_money_meets_only_its_own_currency() -> None:
    wanted = ComparableDefinition("attributed_revenue", "delivered")
    in_euro = comparable("revenue_per_recipient", wanted, channel="whatsapp", currency="EUR")
    assert {row.publisher for row in in_euro} == {"charles", "Waxio"}
    assert comparable("revenue_per_recipient", wanted, channel="whatsapp", currency="USD") == ()
    assert comparable("revenue_per_recipient", wanted, channel="whatsapp") == ()


def test_typical_range_spans_the_rows_of_the_best_grade() -> None:
    """Reads of delivered on WhatsApp: Digiplus 90–98 %, Caramel 85–94 %, both claims."""
    found = typical_range(comparable("read_rate", ComparableDefinition("reads", "delivered"), channel="whatsapp"))
    assert found is not None
    assert (found.low, found.high, found.unit) == (Decimal("0.85"), Decimal("0.98"), "share")
    assert (found.grade, found.count) == (Grade.VENDOR_CLAIM, 2)
    assert {row.publisher for row in found.sources} == {"Digiplus", "Caramel"}


def test_typical_range_prefers_a_measurement_to_claims() -> None:
    rows = comparable(
        "revenue_per_recipient",
        ComparableDefinition("attributed_revenue", "delivered"),
        channel="whatsapp",
        currency="EUR",
    )
    found = typical_range(rows)
    assert found is not None
    assert (found.low, found.high, found.unit) == (Decimal("2.26"), Decimal("2.26"), "EUR")
    assert (found.grade, found.count) == (Grade.MEASURED_PANEL, 1)


def test_typical_range_leaves_thresholds_and_unknown_grades_out() -> None:
    threshold = BY_ID["trackly-sms-sms-delivery-rate-marketing"]
    ungraded = BY_ID["bublly-all-csat-saas-2026"]
    assert threshold.span is None
    assert typical_range([threshold]) is None
    assert typical_range([ungraded]) is None
    assert typical_range([]) is None


def test_typical_range_refuses_mixed_definitions() -> None:
    with pytest.raises(UsageError) as refused:
        typical_range(
            [BY_ID["digiplus-whatsapp-reply-rate-all-2025"], BY_ID["a2c-chat-whatsapp-reply-rate-healthy-2024"]]
        )
    assert refused.value.code == "mixed-definitions"


def test_a_word_outside_its_list_is_refused() -> None:
    row = {"benchmark_id": "x", "unit": "percent", "unique_or_total": UNKNOWN, "bot_policy": UNKNOWN, "grade": UNKNOWN}
    with pytest.raises(DataRefused) as refused:
        benchmarks.read_row(row)
    assert refused.value.facts == {"benchmark": "x", "column": "unit"}


def test_usable_share_counts_rows_that_say_of_what_and_how_they_know() -> None:
    assert benchmarks.usable_share() == (93, 284)
