"""A cost line in force: a posting in the workspace's currency, or the part of it that a rule gave to a campaign."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from earnest.definitions.fx import Conversion
from earnest.kernel.money import MICRO_PER_MAJOR

if TYPE_CHECKING:
    from earnest.usecases.cost_ledger import Posting


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One cost line. `covers` tells that it pays the message fees of its campaign in [from_us, until_us).

    Args:
        micro: millionths of the workspace's currency. posting: id of the posting it is, or is a part of; None for charges.
        original: the amount as told and the rates it was converted at, in words; None if it was told in this currency.
        rule: entry of the allocation rule that gave it to its campaign.
    """

    campaign: str | None
    kind: str
    micro: int
    evidence: str
    covers: bool
    from_us: int
    until_us: int | None
    description: str | None
    posting: str | None = None
    original: str | None = None
    rule: int | None = None

    @classmethod
    def of(cls, posting: Posting, rate: Conversion, currency: str) -> LedgerLine:
        """A posting in the workspace's currency."""
        same = posting.currency == currency
        return cls(
            posting.campaign,
            posting.kind,
            posting.micro if same else rate.of(posting.micro),
            posting.evidence,
            posting.covers,
            posting.from_us,
            posting.until_us,
            posting.description,
            posting.id,
            None if same else f"{micro_text(posting.micro)} {posting.currency} at {rate}",
        )

    @property
    def told(self) -> str | None:
        """Its description, with the original amount and the rule that gave it."""
        rule = f"by allocation rule {self.rule}" if self.rule is not None else None
        return "; ".join(part for part in (self.description, self.original, rule) if part) or None


def micro_text(micro: int) -> str:
    """An amount of micro units in major units, with at least two decimals: 12.50, 0.0123."""
    value = Decimal(micro) / MICRO_PER_MAJOR
    plain = format(value.normalize(), "f")
    return plain if len(plain.partition(".")[2]) >= 2 else f"{value:.2f}"
