"""Words with which people leave: a message or button that says exactly this, whatever its case, is an opt-out.

Only words that mean nothing else in a conversation: "cancel" or "end" may be about an order or a chat. Extend the table
with words your country's rules name; each counts from the next import on.
"""

from __future__ import annotations

import functools

OPT_OUT_WORDS: dict[str, tuple[str, ...]] = {
    "en": (
        *("stop", "stopall", "stop all", "unsubscribe", "unsubscribe me", "opt out", "opt-out", "optout"),
        *("stop promotions", "stop marketing", "stop messages", "stop marketing messages", "stop promotional messages"),
    ),
    "de": ("stopp", "abmelden", "abbestellen", "werbung abbestellen", "newsletter abbestellen", "keine werbung"),
    "es": ("baja", "darse de baja", "darme de baja", "cancelar suscripción", "detener promociones", "no más mensajes"),
    "pt": ("parar promoções", "descadastrar", "cancelar inscrição", "cancelar subscrição", "não quero mais receber"),
    "fr": (
        "désabonner",
        "se désabonner",
        "me désabonner",
        "désinscription",
        "se désinscrire",
        "arrêter les promotions",
    ),
    "it": ("disiscrivimi", "disiscriviti", "annulla iscrizione", "interrompi promozioni"),
    "nl": ("afmelden", "uitschrijven", "stop promoties"),
    "sv": ("avregistrera", "avsluta prenumeration"),
    "da": ("afmeld", "stop reklamer"),
    "nb": ("meld av", "avmeld"),
    "pl": ("wypisz mnie", "anuluj subskrypcję"),
    "id": ("berhenti berlangganan",),
    "ru": ("стоп", "отписаться"),
    "uk": ("відписатися",),
    "ar": ("إلغاء الاشتراك", "إيقاف"),
    "he": ("הסר", "הסרה"),
    "zh": ("退订", "退訂"),
    "ja": ("配信停止",),
    "ko": ("수신거부",),
}
"""Language → words, in lower case."""

_LONGEST = 40
_AROUND = " \t\r\n.,!?;:\"'*_~()[]«»“”‘’„。！"


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(word.casefold() for words in OPT_OUT_WORDS.values() for word in words)


def says_stop(text: object) -> bool:
    """Whether a text is one of the words, apart from case, blanks and punctuation around it.

    Example:
        >>> says_stop(" Stop! "), says_stop("stop sending me the wrong size")
        (True, False)
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        return False
    return " ".join(text.strip(_AROUND).casefold().split()) in _known()
