"""Interval rows by hand-computed positions: axis 0 to 4 unless said otherwise, so 1 stands at 25 %."""

from xml.etree import ElementTree

import pytest

from earnest.charts.interval_rows import Band, draw
from unit.charts.forms import classes, intervals, parsed, row

THREE = ((1.2, 3.2), (1.6, 2.8), (2.0, 2.4))


def drawn(*rows: object) -> ElementTree.Element:
    return parsed(draw(intervals(*rows)))  # type: ignore[arg-type]


def test_axis_starts_at_zero_and_ends_on_a_tick() -> None:
    ticks = [tick.text for tick in classes(drawn(row(2.2, *THREE)), "ch-tick")]
    assert ticks == ["€0", "€0.5", "€1", "€1.5", "€2", "€2.5", "€3", "€3.5"]


def test_bars_dot_and_break_even_stand_where_they_belong() -> None:
    root = drawn(row(2.2, (1.4, 3.5), (1.75, 2.8), (2.1, 2.45)))  # axis 0 to 4
    widest, middle, narrowest = classes(root, "ch-band")
    assert [bar.get("class") for bar in (widest, middle, narrowest)] == ["ch-band b1", "ch-band b2", "ch-band b3"]
    assert (widest.get("x"), widest.get("width")) == ("35%", "52.5%")
    assert (narrowest.get("x"), narrowest.get("width")) == ("52.5%", "8.75%")
    assert {bar.get("height") for bar in (widest, middle, narrowest)} == {"22"}
    (dot,) = classes(root, "ch-dot")
    assert (dot.get("cx"), dot.get("r")) == ("55%", "6")
    (line,) = classes(root, "ch-break")
    assert line.get("x1") == line.get("x2") == "25%"
    (loss,) = classes(root, "ch-loss")
    assert (loss.get("x"), loss.get("width")) == ("0%", "25%")
    assert [word.text for word in classes(root, "ch-word")] == ["break-even"]


def test_no_dot_where_no_point_may_be_shown() -> None:
    root = drawn(row(None, *THREE, text="€1.20 to €3.20"))
    assert not classes(root, "ch-dot")
    assert len(classes(root, "ch-band")) == 3
    assert [value.text for value in classes(root, "ch-value")] == ["€1.20 to €3.20"]


def test_claims_are_hollow_and_never_filled() -> None:
    root = drawn(row(2.2, *THREE), row(6.24, claim=True, text="€6.24"))
    assert len(classes(root, "ch-diamond")) == 1
    assert len(classes(root, "ch-dot")) == 1
    (claim,) = classes(root, "claim")
    assert claim.text == "€6.24"
    assert claim.get("text-anchor") == "end"  # no room to the right of 6.24 on an axis to 7


def test_a_negative_interval_moves_zero_off_the_edge() -> None:
    root = drawn(row(-0.5, (-1.0, 0.0)))  # axis -1 to 4: break-even at 2 of 5
    (line,) = classes(root, "ch-break")
    assert line.get("x1") == "40%"
    assert classes(root, "ch-tick")[0].text == "€-1"


def test_the_figure_does_not_cross_break_even() -> None:
    root = drawn(row(0.58, (0.31, 0.85), text="€0.58"))
    (value,) = classes(root, "ch-value")
    (line,) = classes(root, "ch-break")
    assert value.get("x") == line.get("x1")


def test_a_long_label_is_broken_for_phones_only() -> None:
    line = row(2.2, *THREE)
    long = type(line)("A label that no telephone could ever show on one single line", "€2.21", 2.2, line.bands)
    root = drawn(long)
    assert len(classes(root, "narrow")) >= 2
    assert [wide.text for wide in classes(root, "wide")] == [long.label]


def test_a_band_must_end_after_it_begins() -> None:
    with pytest.raises(ValueError, match="ends before"):
        Band(0.95, 2, 1)
