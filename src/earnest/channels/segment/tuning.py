"""What a source of Segment calls says of its own: which events are conversions, which traits are kept, its currency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from earnest.kernel.errors import UsageError
from earnest.kernel.money import exponent

TRAITS = ("consent", "country", "language", "plan")
"""Traits that are kept as attributes unless the source names more."""
PERSONAL = (
    "email",
    "phone",
    "name",
    "firstname",
    "lastname",
    "username",
    "address",
    "birthday",
    "avatar",
    "street",
    "id",
)
"""Traits that say who somebody is: e-mail, phone and id become identities, the others are never kept."""

_KIND = re.compile(r"[a-z][a-z0-9_]{0,62}")


def named(event: str) -> str:
    """An event's name as it is compared: in lower case, blanks, - and _ alike.

    Example:
        >>> named("Order  Completed") == named("order_completed")
        True
    """
    return re.sub(r"[\s_-]+", " ", event).strip().lower()


@dataclass(frozen=True, slots=True)
class Tuning:
    """A source's own words.

    Args:
        conversions: event (as `named`) → conversion kind. traits: names of traits to keep.
        currency: of calls that tell none; None refuses their amounts.
    """

    conversions: Mapping[str, str] = field(default_factory=dict)
    traits: tuple[str, ...] = TRAITS
    currency: str | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Tuning:
        """Read `Source.options`: {"conversions": {"Trial Started": "lead"}, "traits": ["tier"], "currency": "EUR"}.

        Raises:
            UsageError: `bad-conversion-kind`, `personal-trait`, `unknown-currency`.
        """
        conversions = {}
        for event, kind in dict(options.get("conversions") or {}).items():
            if not _KIND.fullmatch(str(kind)):
                raise UsageError(
                    "bad-conversion-kind",
                    f"'{kind}' is no kind of conversion",
                    hint="Write it in lower case, for example --conversion 'Trial Started=lead'.",
                )
            conversions[named(str(event))] = str(kind)
        traits = tuple(str(trait) for trait in options.get("traits") or ())
        personal = next((trait for trait in traits if re.sub(r"[^a-z]", "", trait.lower()) in PERSONAL), None)
        if personal is not None:
            raise UsageError(
                "personal-trait",
                f"the trait '{personal}' says who somebody is and is not kept as an attribute",
                hint="E-mail, phone and user id are read as identities without being named here.",
            )
        currency = options.get("currency")
        if currency is not None:
            exponent(str(currency))
        return cls(conversions, tuple(dict.fromkeys((*TRAITS, *traits))), None if currency is None else str(currency))
