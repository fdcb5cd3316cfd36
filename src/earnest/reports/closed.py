"""The page that stands in place of a shared report: one for a wrong link, an expired and a revoked one, so that none tells which.

page ── its style's hash ──> policy
"""

from __future__ import annotations

import base64
import hashlib

from markupsafe import Markup

from earnest.reports.words import Words

STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:0;background:Canvas;color:CanvasText}"
    "main{max-width:34rem;margin:18vh auto 0;padding:0 16px}h1{font-size:1.5rem;line-height:1.25;margin:0 0 8px}"
)
POLICY = (
    "default-src 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def closed_page(words: Words) -> str:
    """There is no report here."""
    return _page(
        words,
        words.say("This report cannot be opened"),
        words.say("The link is not whole, has expired or was revoked. Ask whoever sent it to you for a new one."),
    )


def slow_page(words: Words) -> str:
    """Too many requests."""
    return _page(
        words, words.say("Too many requests"), words.say("Wait a little, then load the page again. Nothing is lost.")
    )


def _page(words: Words, title: str, text: str) -> str:
    markup = (
        '<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
        "<title>{title} · Earnest</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p>{text}</p>\n"
        "</main>\n</body>\n</html>\n"
    )
    return str(Markup(markup).format(language=words.tag, title=title, style=Markup(STYLE), text=text))  # noqa: S704 -- our own style
