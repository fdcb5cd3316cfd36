"""Who a call is about, and what identify and alias say of people.

A user id is the business's own customer number; an anonymous id is one device's. Only identify and alias, which say so
outright, make two ids one person: other calls on a shared device would join its users.
"""

from __future__ import annotations

from collections.abc import Iterator

from earnest.channels.element import Element, plain_text
from earnest.channels.segment.tuning import Tuning
from earnest.channels.told import AttributeTold, Party, SamePerson, Told

ANONYMOUS = "anonymous:"
"""Stands before an anonymous id, so that it is never taken for a customer number."""

_CONSENT = {"true": "in", "yes": "in", "in": "in", "1": "in", "granted": "in",
            "false": "out", "no": "out", "out": "out", "0": "out", "denied": "out"}  # fmt: skip
_CONSENT_TRAITS = ("consent", "marketing_consent", "marketingConsent", "opt_in", "optIn")
_LONGEST = 100


def party_of(element: Element) -> Party:
    """Whom a call is about: its user, or else the device; with e-mail and phone where its context tells them.

    Raises:
        Refusal: `contact-missing`, `shape-unknown`.
    """
    user, anonymous = element.text("userId"), element.text("anonymousId")
    if user is None and anonymous is None:
        raise element.refuse("contact-missing", "userId")
    traits = element.within("context").within("traits").item
    email, phone = plain_text(traits.get("email")), plain_text(traits.get("phone"))
    return Party(dialled=phone, email=email, contact=user or f"{ANONYMOUS}{anonymous}")


def tell_person(element: Element, us: int, tuning: Tuning) -> list[Told]:
    """identify: the ids are one person, who has these traits."""
    user, anonymous = element.text("userId"), element.text("anonymousId")
    if user is None and anonymous is None:
        raise element.refuse("contact-missing", "userId")
    traits = element.within("context").within("traits").item | element.within("traits").item
    ids = [
        *([Party(contact=user)] if user else []),
        *([Party(contact=f"{ANONYMOUS}{anonymous}")] if anonymous else []),
        *([Party(email=email)] if (email := plain_text(traits.get("email"))) else []),
        *([Party(dialled=phone)] if (phone := plain_text(traits.get("phone"))) else []),
    ]
    same = [SamePerson(us, ids[0], other) for other in ids[1:]]
    kept = _attributes(Element(traits, element.path("traits")), element, tuning)
    return [*same, *(AttributeTold(us, ids[0], name, value) for name, value in kept)]


def tell_alias(element: Element, us: int, _tuning: Tuning) -> list[Told]:
    """alias: the id so far and the user id are one person."""
    before, user = element.identity("previousId"), element.identity("userId")
    if before == user:
        return []
    told = [SamePerson(us, Party(contact=user), Party(contact=before))]
    # Segment's own libraries alias an anonymous id without saying that it is one.
    return [*told, SamePerson(us, Party(contact=user), Party(contact=f"{ANONYMOUS}{before}"))]


def _attributes(traits: Element, element: Element, tuning: Tuning) -> Iterator[tuple[str, str]]:
    """The traits that are kept, with their values as text."""
    for name in tuning.traits:
        if name == "consent":
            value = next((text for key in _CONSENT_TRAITS if (text := _scalar(traits.item.get(key)))), None)
            value = _CONSENT.get(value.lower()) if value else None
        elif name == "country":
            address = traits.item.get("address")
            value = _scalar(traits.item.get(name)) or _scalar(address.get(name) if isinstance(address, dict) else None)
        elif name == "language":
            value = _scalar(traits.item.get(name)) or _scalar(element.within("context").item.get("locale"))
        else:
            value = _scalar(traits.item.get(name))
        if value is not None:
            yield name, value


def _scalar(raw: object) -> str | None:
    """A short text, a flag or a number as text; nothing else is an attribute."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float):
        return repr(raw)
    text = plain_text(raw)
    return text if text is not None and len(text) <= _LONGEST and "@" not in text else None
