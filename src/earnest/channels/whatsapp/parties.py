"""Who an element is about: its own phone and user id, completed by the body's contact cards.

A card belongs to an element only if they share the phone or the user id; an element that names nobody may take the
body's only card. Whatever tells a phone and a user id together is evidence that they are one person.
"""

from __future__ import annotations

from earnest.channels.scalars import country_of, phone_of, text_of
from earnest.channels.told import Party

NOBODY = Party()


class Cards:
    """The `contacts` of one body: phone ↔ user id, and the country of those whose phone is hidden."""

    __slots__ = ("_country", "_phone", "_sole", "_user")

    def __init__(self, contacts: object) -> None:
        self._user: dict[str, str] = {}
        self._phone: dict[str, str] = {}
        self._country: dict[str, str] = {}
        self._sole: tuple[str | None, str | None] | None = None
        cards = [card for card in contacts if isinstance(card, dict)] if isinstance(contacts, list) else []
        for card in cards:
            phone, _ = phone_of(card.get("wa_id"))
            user = text_of(card.get("user_id"))
            if phone and user:
                self._user[phone], self._phone[user] = user, phone
            profile = card.get("profile")
            country = country_of(profile.get("country_code")) if isinstance(profile, dict) else None
            if user and country:
                self._country[user] = country
            if len(cards) == 1:
                self._sole = (phone, user)

    def pairs(self) -> list[tuple[str, str]]:
        """Phones and user ids told together."""
        return list(self._user.items())

    def party(self, raw_phone: object, raw_user: object, *, lone: bool = True) -> Party | None:
        """The party of an element; None if it names a phone that is no number, and nothing else.

        Args:
            lone: whether an element that names nobody is about the body's only card.
        """
        phone, readable = phone_of(raw_phone)
        user = text_of(raw_user)
        if phone is None and user is None:
            if not readable:
                return None
            if self._sole is None or not lone:
                return NOBODY
            phone, user = self._sole
        if user is None:
            user = self._user.get(phone or "")
        elif phone is None:
            phone = self._phone.get(user)
        country = self._country.get(user) if phone is None and user is not None else None
        return Party(phone, user, country)


NO_CARDS = Cards(None)
