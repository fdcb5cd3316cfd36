"""Where in a body one stands: which account and number speak, at which path, and the list that values are told to."""

from __future__ import annotations

from typing import Any

from earnest.channels.scalars import id_of, instant_us, kind_of, text_of
from earnest.channels.told import Party, Rejected, SamePerson, Told, shown_value
from earnest.channels.whatsapp.parties import NO_CARDS, Cards


class Source:
    """One `value` of a body, while it is read.

    Args:
        account: business account (entry id). number: sending number's id. business: that number, as told.
        topic: webhook field. at: path of the value. entry_us: when the entry says it was sent.
    """

    __slots__ = ("account", "at", "business", "cards", "entry_us", "number", "out", "pairs", "topic")

    def __init__(
        self, value: dict[str, Any], account: str | None, *, topic: str, at: str, entry_us: int | None
    ) -> None:
        metadata = value.get("metadata")
        holder = metadata if isinstance(metadata, dict) else {}
        contacts = value.get("contacts")
        self.account = account
        self.number = id_of(holder.get("phone_number_id"))
        self.business = holder.get("display_phone_number")
        self.topic = topic
        self.at = at
        self.entry_us = entry_us
        self.cards = Cards(contacts) if contacts else NO_CARDS
        self.pairs: dict[tuple[str, str], int] = {}
        self.out: list[Told | Rejected] = []

    def path(self, inner: str) -> str:
        """Path of something within the value; a bare value has no path of its own."""
        return f"{self.at}.{inner}" if self.at else inner

    def reject(self, reason: str, inner: str, value: str | None = None) -> None:
        """Refuse an element."""
        self.out.append(Rejected(reason, self.path(inner), None if value is None else shown_value(value)))

    def reject_shape(self, inner: str, value: object) -> None:
        """Refuse an element for what kind of value it is."""
        self.reject("shape-unknown", inner, kind_of(value))

    def time(self, item: dict[str, Any], inner: str) -> int | None:
        """An element's instant; None if it was refused for want of a readable one."""
        us = instant_us(item.get("timestamp"))
        if us is None:
            self.reject_time(item, inner)
        return us

    def reject_time(self, item: dict[str, Any], inner: str) -> None:
        """Refuse an element for its timestamp."""
        raw = item.get("timestamp")
        if raw is None or raw == "":
            self.reject("time-missing", f"{inner}.timestamp")
        else:
            self.reject("time-unreadable", f"{inner}.timestamp", text_of(raw) or kind_of(raw))

    def identify(self, item: dict[str, Any], keys: tuple[str, str], *, inner: str, us: int) -> Party | None:
        """Who an element is about, by its phone and user id; None if it was refused for an unreadable phone."""
        phone_key, user_key = keys
        party = self.cards.party(item.get(phone_key), item.get(user_key))
        if party is None:
            self.reject("contact-unreadable", f"{inner}.{phone_key}")
        else:
            self.seen(party, us)
        return party

    def seen(self, party: Party, us: int) -> None:
        """Remember a phone and a user id that were told together, with the earliest instant."""
        if party.phone is not None and party.user_id is not None:
            pair = (party.phone, party.user_id)
            self.pairs[pair] = min(us, self.pairs.get(pair, us))

    def finish(self) -> None:
        """Tell the pairs met: those of elements when they were, those of cards alone with the value's first instant."""
        alone = self.cards.pairs()
        times = [us for one in self.out if (us := getattr(one, "occurred_us", None)) is not None] if alone else []
        if times:
            for pair in alone:
                self.pairs.setdefault(pair, min(times))
        for (phone, user), us in self.pairs.items():
            self.out.append(SamePerson(us, Party(phone=phone), Party(user_id=user)))
