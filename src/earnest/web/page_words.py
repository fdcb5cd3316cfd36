"""Words of the pages: their own messages before those of the reports. English and Russian are whole. To extract anew:

    cd src/earnest/web
    pybabel extract -F locale/babel.cfg -k say -k count:1,2 -k label:1c,2 --no-location -o locale/pages.pot .
    pybabel update -w 110 --no-fuzzy-matching -i locale/pages.pot -d locale -D pages

A message that reports have too keeps their translation.
"""

from __future__ import annotations

import functools
import gettext
from pathlib import Path

from earnest.reports.words import SOURCE, Words, compiled, languages, translator

LOCALE = Path(__file__).parent / "locale"
NAMES = {"en": "English", "ru": "Русский"}


@functools.cache
def page_words(language: str = SOURCE) -> Words:
    """Words of pages and reports together.

    Raises:
        UsageError: `unknown-language`.
    """
    words = translator(language)
    if language == SOURCE:
        return words
    messages: gettext.NullTranslations = compiled(LOCALE / language / "LC_MESSAGES" / "pages.po", language)
    messages.add_fallback(words.messages)
    return Words(language, messages, words.formats)


def page_languages() -> tuple[str, ...]:
    """Languages that pages are wholly in."""
    return tuple(one for one in languages() if one in NAMES)


def chosen_language(wanted: str, accepted: str) -> str:
    """The language asked for, else the first of the browser's that there is, else English."""
    known = page_languages()
    if wanted in known:
        return wanted
    for part in accepted.lower().split(","):
        tag = part.partition(";")[0].strip().partition("-")[0]
        if tag in known:
            return tag
    return SOURCE
