"""Elements written safely: every text and attribute is escaped, and there is no way to write a style or a script."""

from __future__ import annotations

from markupsafe import Markup, escape

REFUSED = frozenset({"style", "script", "onload", "onclick", "href"})


def number(value: float) -> str:
    """A coordinate with at most two decimals.

    Example:
        >>> number(12.5), number(33.3333), number(-0.001)
        ('12.5', '33.33', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def percent(value: float) -> str:
    """A fluid coordinate: percent of the width of the drawing."""
    return f"{number(value)}%"


def tag(name: str, *children: str | Markup, **attributes: str | float | None) -> Markup:
    """An element. `class_` writes `class`, underscores become hyphens, None leaves the attribute out.

    Example:
        >>> tag("rect", x="0%", class_="bar", aria_hidden="true")
        Markup('<rect x="0%" class="bar" aria-hidden="true"/>')
    """
    assert name not in REFUSED
    written = []
    for key, value in attributes.items():
        attribute = key.rstrip("_").replace("_", "-")
        assert attribute not in REFUSED
        if value is not None:
            text = escape(value) if isinstance(value, str) else number(value)
            written.append(f' {attribute}="{text}"')
    opening = f"<{name}{''.join(written)}"
    if not children and name in {"rect", "circle", "line", "path"}:
        return Markup(f"{opening}/>")  # noqa: S704 -- every text was escaped above
    return Markup(f"{opening}>{join(*children)}</{name}>")  # noqa: S704 -- children are escaped by join


def join(*parts: str | Markup) -> Markup:
    """Parts one after another; plain text among them is escaped."""
    return Markup("".join([part if isinstance(part, Markup) else escape(part) for part in parts]))  # noqa: S704


def drawing(title: str, height: float, *children: Markup, class_: str = "ch") -> Markup:
    """A fluid drawing that screen readers announce by its title. No viewBox: text is never scaled."""
    return tag("svg", tag("title", title), *children, class_=class_, width="100%", height=height, role="img")


def ornament(height: float, *children: Markup, class_: str = "ch") -> Markup:
    """A fluid drawing beside text that says the same: hidden from screen readers."""
    return tag("svg", *children, class_=class_, width="100%", height=height, aria_hidden="true", focusable="false")


def mark(x: float, y: float, path: str, class_: str) -> Markup:
    """A shape of fixed size whose origin sits at a fluid position."""
    inner = tag("path", d=path, class_=class_)
    return tag("svg", inner, x=percent(x), y=y, width="1", height="1", class_="ch-mark", overflow="visible")
