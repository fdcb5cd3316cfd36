"""Words of reports: gettext messages and the formats of one language.

Every sentence is one message with named placeholders; nothing is glued together. English is the source.
Catalogues are `locale/<language>/LC_MESSAGES/earnest.po`, compiled when first used. To extract anew:

    cd src/earnest/reports
    pybabel extract -k say -k count:1,2 -k label:1c,2 --no-location -o words/locale/earnest.pot .
    pybabel update -w 110 --no-fuzzy-matching -i words/locale/earnest.pot -d words/locale -D earnest

It loses the message of a call whose arguments hold a bare `.count`: put that into a name first (a test watches).
"""

from __future__ import annotations

import functools
import gettext
import io
from dataclasses import dataclass
from pathlib import Path

from earnest.kernel.errors import UsageError, closest
from earnest.reports.words.formats import Formats

LOCALE = Path(__file__).parent / "locale"
SOURCE = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """One language: its messages and its formats.

    Args:
        language: code of the catalogue, e.g. "pt_BR".
        messages: the catalogue; English has none and says the source.
        formats: numbers, money and dates.
    """

    language: str
    messages: gettext.NullTranslations
    formats: Formats

    def say(self, message: str, **names: str) -> str:
        """The whole sentence, with its named figures filled in. A literal percent sign is written %%."""
        return self.messages.gettext(message) % names

    def count(self, one: str, many: str, number: int, /, **names: str) -> str:
        """The sentence in the plural form that a whole number asks for; `%(n)s` is that number."""
        return self.messages.ngettext(one, many, number) % {"n": self.formats.count(number), **names}

    def label(self, context: str, message: str) -> str:
        """A short word whose translation depends on where it stands."""
        return self.messages.pgettext(context, message)

    @property
    def tag(self) -> str:
        """The language as a BCP 47 tag, for `lang` in a page: pt-BR."""
        return self.language.replace("_", "-")

    @property
    def foreign(self) -> str | None:
        """Tag for texts that exist in English only, or None where the report is English."""
        return None if self.language == SOURCE else SOURCE


def languages() -> tuple[str, ...]:
    """Languages there is a catalogue for, English first."""
    return (SOURCE, *sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/earnest.po")))


@functools.cache
def translator(language: str = SOURCE) -> Words:
    """Words of a language.

    Raises:
        UsageError: `unknown-language`.
    """
    if language not in languages():
        raise UsageError(
            "unknown-language",
            f"there are no words for '{language}'{closest(language, languages())}",
            hint=f"Choose one of: {', '.join(languages())}.",
            language=language,
        )
    messages = (
        gettext.NullTranslations()
        if language == SOURCE
        else compiled(LOCALE / language / "LC_MESSAGES" / "earnest.po", language)
    )
    return Words(language, messages, Formats.of(language))


def compiled(path: Path, language: str) -> gettext.GNUTranslations:
    """A catalogue of messages, compiled when it is first used."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    binary = io.BytesIO()
    write_mo(binary, catalogue)
    binary.seek(0)
    return gettext.GNUTranslations(binary)
