"""A business account at a provider: in which zone and currency it is billed, and with which others its volume counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.kernel.errors import UsageError
from earnest.kernel.money import exponent
from earnest.kernel.period import zone

OWN_PORTFOLIO = "default"
"""Portfolio of accounts nobody has declared: a workspace is one brand, which mostly is one business portfolio."""


@dataclass(frozen=True, slots=True)
class Account:
    """A billed account (WhatsApp: a WABA).

    Args:
        id: the provider's id. timezone: IANA zone in which its months begin. currency: of its card and invoice.
        portfolio: accounts of one portfolio share their monthly volume tiers.
        declared: False for one that was only met in a payload.
    """

    id: str
    timezone: str
    currency: str
    portfolio: str = OWN_PORTFOLIO
    declared: bool = True

    def __post_init__(self) -> None:
        if self.declared and (not self.id or len(self.id) > 100):
            raise UsageError(
                "bad-id", f"'{self.id}' is no account id", hint="It is the WhatsApp Business Account's id."
            )
        zone(self.timezone)
        exponent(self.currency)

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "timezone": self.timezone, "currency": self.currency, "portfolio": self.portfolio}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Account:
        return cls(body["id"], body["timezone"], body["currency"], body["portfolio"])
