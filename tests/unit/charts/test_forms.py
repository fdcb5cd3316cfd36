"""Every form × every kind of data: well formed, no colours, no styles, alternatives in words, NaN refused."""

import math
import re

import pytest

from unit.charts.forms import FORMS, parsed

CASES = {
    "normal": (3.0, 2.0, 1.0),
    "empty": (),
    "one_point": (2.0,),
    "zero": (0.0, 0.0),
    "negative": (3.0, -5.0, 1.0),
    "huge": (1e15, 2.0, 1e-9),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", CASES)
def test_is_well_formed_and_bare_of_colour(form: str, case: str) -> None:
    drawn = FORMS[form](*CASES[case])
    root = parsed(drawn)
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|style=|<script|<style|https?:|nan|inf\b", str(drawn))
    for svg in root.iter("svg"):
        stretches = svg.get("class") == "ch-paths"  # holds paths only, never a text
        assert (svg.get("viewBox") is None) is not stretches
        assert not stretches or {child.tag for child in svg} <= {"path"}
        is_inner = stretches or svg.get("class") == "ch-mark"
        assert (
            is_inner or svg.get("aria-hidden") == "true" or (svg.get("role") == "img" and svg.find("title") is not None)
        )


@pytest.mark.parametrize("form", FORMS)
def test_positions_stay_on_the_page(form: str) -> None:
    for case in CASES.values():
        for element in parsed(FORMS[form](*case)).iter():
            for name in ("x", "cx", "x1", "x2", "width"):
                text = element.get(name, "")
                if text.endswith("%"):
                    assert -0.01 <= float(text[:-1]) <= 100.01


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_refuses_nan(form: str, value: float) -> None:
    with pytest.raises(ValueError, match="cannot draw"):
        FORMS[form](1.0, value)


@pytest.mark.parametrize("form", [form for form in FORMS if form != "bullet"])
def test_empty_says_so(form: str) -> None:
    assert "Nothing yet" in FORMS[form]()


@pytest.mark.parametrize("form", [form for form in FORMS if form != "bullet"])
def test_figures_also_stand_in_a_table(form: str) -> None:
    root = parsed(FORMS[form](3.0, 2.0))
    tables = list(root.iter("table"))
    assert len(tables) == 1
    assert len(tables[0].findall("tbody/tr")) >= 2
    assert all(head.get("scope") for head in tables[0].iter("th"))


def test_drawing_twice_gives_the_same_bytes() -> None:
    for draw in FORMS.values():
        assert draw(3.0, 2.0) == draw(3.0, 2.0)
