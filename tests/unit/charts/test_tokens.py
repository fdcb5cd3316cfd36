"""The colours of the style sheet: text and marks stand out from their ground, and series from each other, however one sees.

Contrast is WCAG 2.2's. Colour vision is simulated with the matrices of Machado, Oliveira and Fernandes 2009 (severity
1.0, on linear RGB); distances are CIELAB ΔE*ab under D65. The expected figures are those of the style guide.
"""

from __future__ import annotations

import math
import re
from importlib import resources
from itertools import combinations

import pytest

Colour = tuple[float, float, float]
Matrix = tuple[Colour, Colour, Colour]
SEEN: dict[str, Matrix] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
TO_XYZ: Matrix = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
WHITE: Colour = (0.95047, 1.0, 1.08883)
CATEGORIES = tuple(f"cat-{n}" for n in range(1, 6))
TEXT = ("ink", "ink-2", "ink-3", "inc", "attr", "cost-text", "pos", "neg", "warn", "accent")
MARKS = ("inc", "attr", "prev", "cost", "pos", "neg", "warn", "line-2", *CATEGORIES)
CHIPS = (("pos", "pos-bg"), ("warn", "warn-bg"), ("inc", "info-bg"), ("neg", "neg-bg"), ("ink-2", "inset"))
TOGETHER = (*combinations(CATEGORIES, 2), ("inc", "attr"), ("inc", "cost"), ("inc", "prev"), ("cost", "prev"))
THEMES = ("light", "dark")


def _css(name: str) -> str:
    return resources.files("earnest.charts").joinpath(name).read_text("utf-8")


PAIRS = re.findall(r"--([a-z0-9-]+):\s*light-dark\(\s*(#[0-9A-F]{6}),\s*(#[0-9A-F]{6})\s*\)", _css("tokens.css"))
TOKENS = {theme: {name: pair[n] for name, *pair in PAIRS} for n, theme in enumerate(THEMES)}


def _linear(code: str) -> Colour:
    shares = (int(code[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return red, green, blue


def _times(matrix: Matrix, colour: Colour) -> Colour:
    first, second, third = (sum(a * b for a, b in zip(row, colour, strict=True)) for row in matrix)
    return first, second, third


def contrast(one: Colour, other: Colour) -> float:
    low, high = sorted(_times(TO_XYZ, colour)[1] for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(colour: Colour, seen: Matrix) -> Colour:
    clipped = [min(max(part, 0), 1) for part in _times(seen, colour)]
    xyz = _times(TO_XYZ, (clipped[0], clipped[1], clipped[2]))
    scaled = (part / white for part, white in zip(xyz, WHITE, strict=True))
    x, y, z = (s ** (1 / 3) if s > 216 / 24389 else (24389 / 27 * s + 16) / 116 for s in scaled)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def apart(theme: str, one: str, other: str, seen: str) -> float:
    ends = (lab(_linear(TOKENS[theme][name]), SEEN[seen]) for name in (one, other))
    return math.dist(*ends)


def against(theme: str, name: str, ground: str = "surface") -> float:
    return contrast(_linear(TOKENS[theme][name]), _linear(TOKENS[theme][ground]))


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast(_linear("#000000"), _linear("#FFFFFF")) == pytest.approx(21.0)
    assert contrast(_linear("#767676"), _linear("#FFFFFF")) == pytest.approx(4.54, abs=0.01)  # WebAIM's example


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", TEXT)
def test_text_can_be_read(theme: str, name: str) -> None:
    assert against(theme, name) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", MARKS)
def test_marks_can_be_seen(theme: str, name: str) -> None:
    assert against(theme, name) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("name", "ground"), CHIPS)
def test_chips_can_be_read(theme: str, name: str, ground: str) -> None:
    assert against(theme, name, ground) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_the_page_itself_can_be_read(theme: str) -> None:
    assert all(against(theme, name, "bg") >= 4.5 for name in ("ink", "ink-2", "ink-3"))
    assert against(theme, "on-accent", "accent") >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize(("one", "other"), TOGETHER)
def test_series_differ_however_one_sees(theme: str, seen: str, one: str, other: str) -> None:
    assert apart(theme, one, other, seen) >= 18


@pytest.mark.parametrize(
    ("theme", "expected"),
    [
        ("light", {"normal": 36, "protan": 23, "deutan": 22, "tritan": 22}),
        ("dark", {"normal": 42, "protan": 26, "deutan": 26, "tritan": 24}),
    ],
)
def test_categories_are_as_far_apart_as_the_style_guide_says(theme: str, expected: dict[str, int]) -> None:
    worst = {seen: min(apart(theme, *pair, seen) for pair in combinations(CATEGORIES, 2)) for seen in SEEN}
    assert worst == {seen: pytest.approx(figure, abs=1) for seen, figure in expected.items()}


@pytest.mark.parametrize("theme", THEMES)
def test_figures_in_the_darkest_cell_can_be_read(theme: str) -> None:
    tints = [float(share) for share in re.findall(r"\.ch-heat\.h\d \{ fill-opacity: (\.\d+)", _css("charts.css"))]
    assert len(tints) == 8
    assert tints == sorted(tints)
    for name in ("inc", "neg"):
        shades = zip(*(_parts(TOKENS[theme][each]) for each in (name, "surface")), strict=True)
        mixed = "#" + "".join(f"{round(a * tints[-1] + b * (1 - tints[-1])):02X}" for a, b in shades)
        assert contrast(_linear(TOKENS[theme]["ink"]), _linear(mixed)) >= 4.5


def test_charts_take_every_colour_from_a_token() -> None:
    style = re.sub(r"/\*.*?\*/", "", _css("charts.css"), flags=re.DOTALL)
    assert not re.search(r"#[0-9A-Fa-f]{3,8}\b|rgb\(|hsl\(", style)
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", style)) <= set(TOKENS["light"])


def _parts(code: str) -> list[int]:
    return [int(code[n : n + 2], 16) for n in (1, 3, 5)]
