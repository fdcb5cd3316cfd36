"""Bullet, funnel, bridge and cost bar by hand-computed positions."""

from decimal import Decimal

import pytest

from earnest.charts.bridge import BridgeChart, BridgeRow
from earnest.charts.bridge import draw as draw_bridge
from earnest.charts.bullet import Bullet, axis
from earnest.charts.bullet import draw as draw_bullet
from earnest.charts.funnel import FunnelBar, FunnelChart
from earnest.charts.funnel import draw as draw_bars
from earnest.charts.table import DataTable
from unit.charts.forms import classes, draw_costs, draw_funnel, parsed


def test_bullet_band_and_dot() -> None:
    root = parsed(draw_bullet(Bullet("Rate: 3, in range", 3.5, 2, 4)))  # axis 0 to 7
    (band,) = classes(root, "ch-typical")
    assert (band.get("x"), band.get("width"), band.get("height")) == ("28.57%", "28.57%", "12")
    (dot,) = classes(root, "ch-figure")
    assert dot.get("cx") == "50%"


def test_bullet_axis_does_not_follow_the_figure() -> None:
    near, far = (parsed(draw_bullet(Bullet("Rate", value, 2, 4))) for value in (3.0, 300.0))
    assert classes(near, "ch-typical")[0].attrib == classes(far, "ch-typical")[0].attrib
    assert classes(far, "ch-figure")[0].tag == "path"  # an arrow at the end, not a dot squeezed in


def test_bullet_shares_end_at_one() -> None:
    assert axis(0.9, 0.96, 1.0).high == 1.0
    assert axis(0.2, 0.2).low == pytest.approx(0.05)
    with pytest.raises(ValueError, match="ends before"):
        Bullet("Rate", 1, 4, 2)


def test_bullet_without_a_point_has_no_dot() -> None:
    assert not classes(parsed(draw_bullet(Bullet("Return", None, 2, 4))), "ch-figure")


def test_funnel_bars_share_one_scale() -> None:
    widths = [bar.get("width") for bar in classes(parsed(draw_funnel(200, 100, 1, 0)), "ch-step")]
    assert widths == ["100%", "50%", "0.6%", "0%"]  # a step that was reached is never invisible


def test_what_was_lost_is_drawn_in_another_tone() -> None:
    chart = FunnelChart("Lost", (FunnelBar("Reason", 3, "3"),), tone="lost")
    (bar,) = classes(parsed(draw_bars(chart)), "ch-step")
    assert bar.get("class") == "ch-step lost"


def line(label: str, amount: str, *, total: bool = False) -> BridgeRow:
    return BridgeRow(label, amount, Decimal(amount), total, "inc" if total else "cost")


def bridge(*rows: BridgeRow) -> BridgeChart:
    return BridgeChart("Bridge", ("Line", "Bar", "Amount"), rows)


def test_bridge_bars_hang_where_the_line_before_ended() -> None:
    rows = (line("revenue", "100", total=True), line("anyway", "-60"), line("extra", "40", total=True))
    legs = classes(parsed(draw_bridge(bridge(*rows))), "ch-leg")
    assert [(leg.get("x"), leg.get("width")) for leg in legs] == [("0%", "100%"), ("40%", "60%"), ("0%", "40%")]


def test_bridge_goes_below_zero() -> None:
    rows = (line("extra", "30", total=True), line("cost", "-50"), line("left", "-20", total=True))  # axis -20 to 30
    legs = classes(parsed(draw_bridge(bridge(*rows))), "ch-leg")
    assert [(leg.get("x"), leg.get("width")) for leg in legs] == [("40%", "60%"), ("0%", "100%"), ("0%", "40%")]


def test_bridge_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(ValueError, match="does not add up"):
        draw_bridge(bridge(line("revenue", "100", total=True), line("anyway", "-60"), line("extra", "41", total=True)))


def test_bridge_ranges_stand_apart_from_the_sum() -> None:
    exact = BridgeRow("revenue", "100", Decimal(100), False, "observed", apart=True)
    spread = BridgeRow("extra", "20 to 60", None, False, "inc", span=(20.0, 60.0))
    whole, part = classes(parsed(draw_bridge(bridge(exact, spread))), "ch-leg")
    assert (whole.get("x"), whole.get("width")) == ("0%", "100%")
    assert (part.get("x"), part.get("width"), part.get("class")) == ("20%", "40%", "ch-leg inc range")


def test_cost_parts_fill_the_bar_and_credits_stay_out_of_it() -> None:
    root = parsed(draw_costs(60, 30, 10, -5))
    parts = [(part.get("x"), part.get("width")) for part in classes(root, "ch-part")]
    assert parts == [("0%", "60%"), ("60%", "30%"), ("90%", "10%")]
    assert len(list(root.iter("tr"))) == 6  # head, four lines, total


def test_texts_are_escaped() -> None:
    drawn = draw_bullet(Bullet('"><script>alert(1)</script>', 3, 2, 4))
    assert "<script" not in drawn
    assert parsed(drawn).find(".//title").text == '"><script>alert(1)</script>'  # type: ignore[union-attr]


def test_a_table_row_needs_every_cell() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        DataTable("Show", ("a", "b"), (("only one",),))
