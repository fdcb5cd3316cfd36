"""Trend, cohort table and small lines by hand-computed positions."""

import gzip

import pytest

from earnest.charts import cohort, lines, trend
from earnest.charts.labels import Label, apart, beside
from earnest.charts.paths import stretched
from earnest.charts.scale import Scale
from unit.charts.forms import classes, draw_cohort, draw_lines, draw_trend, parsed, trend_of

TOP, PLOT = trend.TOP, trend.PLOT


def drawn(chart: trend.TrendChart):
    return parsed(trend.draw(chart))


def test_line_goes_through_its_points() -> None:
    chart = trend.TrendChart(
        "Extra",
        tuple(trend.TrendPoint(f"W{n}", f"W{n}: {v}", v) for n, v in enumerate((0.0, 10.0, 20.0))),
        "This campaign",
        str,
    )
    (line,) = classes(drawn(chart), "ch-line")  # 0 to 20 over the plot's height, three points over 1000
    assert line.get("d") == f"M0 {TOP + PLOT}L500 {TOP + PLOT / 2:g}L1000 {TOP}"


def test_a_gap_is_a_gap() -> None:
    root = drawn(trend_of(5, 6, None, 7, 8))
    assert [line.get("d", "").count("L") for line in classes(root, "ch-line")] == [1, 1]
    assert len(classes(root, "ch-area")) == 2


def test_a_point_between_two_gaps_is_a_dot_with_a_thin_bar() -> None:
    root = drawn(trend_of(5, None, 7, None, 8))
    assert not classes(root, "ch-line")
    assert [dot.get("cx") for dot in classes(root, "ch-alone")] == ["0%", "50%", "100%"]
    assert [bar.tag for bar in classes(root, "ch-area")] == ["rect"] * 3


def test_what_is_not_final_is_dashed_and_hollow_and_said() -> None:
    points = (
        *(trend.TrendPoint(f"W{n}", f"W{n}", 5.0) for n in range(3)),
        trend.TrendPoint("W3", "W3", 4.0, tentative=True),
    )
    root = drawn(trend.TrendChart("Extra", points, "", str, tentative_word="this week so far"))
    firm, dashed = classes(root, "ch-line")
    assert (firm.get("class"), dashed.get("class")) == ("ch-line", "ch-line tentative")
    assert dashed.get("d", "").startswith("M666.67")
    assert len(classes(root, "ch-end")) == 1
    assert "this week so far" in [text.text for text in classes(root, "ch-tick")]


def test_at_most_five_grid_lines_and_zero_among_them() -> None:
    for values in ((1, 7), (-1, 7), (3, -8.3, 21), (1e15, 4), (0.0004, 0.0001), (96, 103)):
        scale = Scale.few(values, most=4)
        assert len(scale.ticks) <= 5
        assert 0 in scale.ticks
        assert scale.low <= min(values) <= max(values) <= scale.high
    assert Scale.few((), most=4).high == 1
    assert Scale.few((5, 5), most=4, from_zero=False).low < 5


def test_a_scale_without_zero_must_say_so() -> None:
    with pytest.raises(ValueError, match="needs a note"):
        trend_of(96, 97, from_zero=False)
    root = drawn(trend_of(96, 97, from_zero=False, note="The axis starts at 95."))
    assert not classes(root, "ch-zero")
    assert classes(root, "note")[0].text == "The axis starts at 95."


def test_threshold_stands_at_its_level_with_its_words() -> None:
    root = drawn(trend_of(0, 20, threshold=trend.Threshold(10, "Total cost €10")))
    (line,) = classes(root, "ch-threshold")
    low, high = 30.0, -10.0  # bands reach from −1 to 21: ticks −10 to 30
    assert float(line.get("y1", "")) == pytest.approx(TOP + PLOT * (low - 10) / (low - high), abs=0.01)
    assert "Total cost €10" in [text.text for text in classes(root, "ch-name")]


def test_names_and_events_do_not_cover_each_other() -> None:
    events = tuple(trend.Event(at, f"Second send {at} Sept") for at in (2, 3, 4))
    root = drawn(trend_of(*range(12), events=events, threshold=trend.Threshold(11, "Total cost €11")))
    words = [*classes(root, "ch-word"), *classes(root, "ch-name")]
    labels = [
        Label(text.text or "", float(text.get("x", "")[:-1]), float(text.get("y", "")), text.get("text-anchor", ""))
        for text in words
    ]
    assert len(labels) == 5
    assert not any(one.covers(other) for n, one in enumerate(labels) for other in labels[n + 1 :])
    assert all(label.left >= -1 and label.right <= 101 for label in labels)
    assert len(classes(root, "ch-leader")) >= 1  # what stands far from its dot is tied to it


def test_words_beside_a_dot_avoid_lines_and_words() -> None:
    place = {"lines": [], "within": (10, 240)}
    assert beside("W1", (50, 100), taken=[], **place).y == 120
    assert beside("W1", (50, 100), taken=[Label("other words", 40, 120)], **place).y == 87
    assert beside("W1", (50, 100), taken=[], lines=[[(0, 116), (100, 116)]], within=(10, 240)).y == 87
    assert apart([50, 55, 200], 150) == [50, 66, 150]
    assert apart([240, 245], 250) == [234, 250]


def test_an_event_without_a_value_stands_on_the_axis_and_one_without_a_point_is_refused() -> None:
    (dot,) = [
        dot
        for dot in classes(drawn(trend_of(5, None, 7, events=(trend.Event(1, "Paused"),))), "ch-event")
        if dot.get("r") == "5.5"
    ]
    assert (dot.get("cx"), dot.get("cy")) == ("50%", str(TOP + PLOT))
    with pytest.raises(ValueError, match="there are 1 points"):
        trend_of(5, events=(trend.Event(1, "Paused"),))


def test_every_point_can_be_reached_by_keys_and_read() -> None:
    root = drawn(trend_of(5, None, 7))
    (plot,) = [element for element in root.iter("div") if element.get("data-plot") is not None]
    assert (plot.get("tabindex"), plot.get("role"), plot.get("aria-label")) == ("0", "group", "Extra profit")
    points = [element for element in plot.iter("g") if element.get("data-label")]
    assert [(point.get("data-x"), point.get("data-label")) for point in points] == [
        ("0%", "W0: 5"),
        ("50%", "W1: None"),
        ("100%", "W2: 7"),
    ]
    assert "".join(text.text or "" for text in points[0].iter("text")) == "W05"


def test_a_claim_is_drawn_as_one() -> None:
    (plot,) = classes(drawn(trend_of(1, 2, claim=True)), "ch-trend")
    assert "claim" in plot.get("class", "").split()


def test_three_months_of_days_weigh_little() -> None:
    assert len(gzip.compress(draw_trend(*range(92)).encode())) < 9_000


def test_a_path_is_stretched_in_x_alone() -> None:
    assert stretched("M0 10L500 -2.5L1000 7Z", 0.48) == "M0 10L240 -2.5L480 7Z"


def test_cells_are_tinted_by_their_share_of_the_largest() -> None:
    root = parsed(draw_cohort(24, 12, -24, 0, 0.1))
    kinds = [cell.get("class") for cell in classes(root, "ch-heat")]
    assert kinds == ["ch-heat h8", "ch-heat h4", "ch-heat h8 below", "ch-heat h0", "ch-heat h1"]


def test_a_month_that_has_not_come_is_a_dash_and_a_forecast_is_dashed() -> None:
    row = cohort.CohortRow("May", "120", (cohort.CohortCell(8, "€8", forecast=True), None))
    chart = cohort.CohortChart("Cohorts", ("First order", "Customers"), ("0", "1"), (row,), missing="not yet")
    root = parsed(cohort.draw(chart))
    (missing,) = classes(root, "none")
    assert (missing.text, missing.get("title")) == ("–", "not yet")
    assert "forecast" in classes(root, "ch-heat")[0].get("class", "")
    with pytest.raises(ValueError, match="1 cells for 2 months"):
        cohort.CohortChart("Cohorts", ("", ""), ("0", "1"), (cohort.CohortRow("May", "1", (None,)),))


def test_small_lines_share_one_scale() -> None:
    ends = [float(dot.get("cy", "")) for dot in classes(parsed(draw_lines(40, 20, 0)), "ch-alone")]
    room = lines.HEIGHT - 2 * lines.EDGE
    assert ends == [lines.EDGE, lines.EDGE + room / 2, lines.EDGE + room]


def test_small_lines_end_where_their_figures_end() -> None:
    dots = classes(parsed(draw_lines(40)), "ch-alone")
    assert [dot.get("cx") for dot in dots] == ["50%"]  # three steps, the last without a figure


def test_a_forecast_is_dashed_from_the_last_measured_point() -> None:
    points = (lines.LinePoint(0), lines.LinePoint(5), lines.LinePoint(8, (6, 9), forecast=True))
    root = parsed(lines.draw(lines.LinesChart("CLV", (lines.Line("Newsletter", "€8", points),), ("0", "2"))))
    firm, dashed = classes(root, "ch-line")
    assert "tentative" not in firm.get("class", "")
    assert dashed.get("class") == "ch-line tentative"
    assert dashed.get("d", "").startswith("M500 ")
    assert len(classes(root, "ch-end")) == 1
