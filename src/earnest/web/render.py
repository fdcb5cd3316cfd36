"""Pages as HTML: one template, no style or script within it, and the policy that forbids both."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from jinja2 import Environment
from markupsafe import Markup

from earnest.reports.blocks import Block
from earnest.reports.html import environment, laid_out
from earnest.reports.words import Words
from earnest.web.assets import named
from earnest.web.page import Frame, Page, WebBlock

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "referrer-policy": "same-origin",
    "x-robots-tag": "noindex",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
ICONS = {
    "overview": "M3 16V9M8 16V4M13 16v-9M18 16v-4",
    "campaigns": "M3 8.5v4l9 4V4.5zM12 8.2h2.6a2.3 2.3 0 0 1 0 4.6H12M6 13.8V17h2.4",
    "experiments": "M8 3h4M9 3v5l-5 8.5h12L11 8V3M6.6 12.5h6.8",
    "costs": "M4 5.5C4 4 16 4 16 5.5S4 7 4 5.5zM4 5.5v9C4 16 16 16 16 14.5v-9M4 10c0 1.5 12 1.5 12 0",
    "quality": "M10 2.8 16.2 5v5c0 4-2.8 6.2-6.2 7.4C6.600 16.200 3.800 14 3.800 10V5zM7.300 10l2 2 3.600-4",
    "reports": "M5 2.800h7L15.500 6.300V17.200H5zM12 2.800v3.700h3.500M7.500 10h5.500M7.500 13h5.500",
    "assumptions": "M10 3a5 5 0 0 0-2.800 9.100V14h5.600v-1.900A5 5 0 0 0 10 3zM7.800 16.800h4.400",
    "imports": "M10 3v9M6.500 8.800 10 12.300l3.500-3.500M3.500 14v3h13v-3",
    "settings": "M4 6h12M4 10h12M4 14h12M7 4.500v3M13 8.500v3M8.500 12.500v3",
}


def page_html(page: Page, frame: Frame, words: Words) -> bytes:
    """A page in its frame."""
    template = _environment().get_template("frame.html.j2")
    text = template.render(page=page, frame=frame, rows=_rows(page.blocks), say=words.say, label=words.label)
    return text.encode()


def _rows(blocks: tuple[Block | WebBlock, ...]) -> object:
    return laid_out(blocks)


@functools.cache
def _environment() -> Environment:
    made = environment("earnest.web")
    made.globals |= {"asset": named, "icons": ICONS}
    made.filters["markup"] = Markup
    return made
