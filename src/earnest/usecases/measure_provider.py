"""What the provider did with each campaign's messages: why some failed, what was charged, how far receipts can be trusted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from earnest.events.failure import FailureClass, failure_class, failure_reasons
from earnest.kernel.period import day_of
from earnest.rating.markets import market_names
from earnest.rating.reason import ChargeReason
from earnest.usecases.tables import Tables


@dataclass(frozen=True, slots=True)
class Failure:
    """Messages that never arrived, by class. `codes`: the provider's own, most frequent first."""

    failure_class: FailureClass
    messages: int
    codes: tuple[str, ...]
    bad_number: int


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """Messages charged alike: category, market, tier, reason; amount in millionths of `currency`.

    Args:
        micro: None where the charge is unknown. charged: how many of them cost more than 0.
    """

    category: str | None
    market: str | None
    tier: int | None
    reason: ChargeReason
    messages: int
    micro: int | None
    currency: str
    charged: int = 0


@dataclass(frozen=True, slots=True)
class CategorySpan:
    """A category the provider charged a campaign's messages by: first and last day of sending, messages."""

    category: str
    first_day: str
    last_day: str
    messages: int


@dataclass(slots=True)
class ProviderFacts:
    """One campaign's part.

    Args:
        unseen: messages delivered and not read, to contacts who never sent a read receipt: receipts may be off there.
    """

    failures: list[Failure] = field(default_factory=list)
    charges: list[ChargeLine] = field(default_factory=list)
    categories: list[CategorySpan] = field(default_factory=list)
    unseen: int = 0

    @property
    def measures(self) -> dict[str, int]:
        """Counts for KPIs."""
        known = [line for line in self.charges if not line.reason.unknown]
        return {
            "capped": sum(f.messages for f in self.failures if f.failure_class is FailureClass.CAPPED_BY_META),
            "bad_number": sum(f.bad_number for f in self.failures),
            "charged": sum(line.charged for line in known),
            "rated": sum(line.messages for line in known),
            "unseen": self.unseen,
        }


def provider_facts(tables: Tables) -> dict[str, ProviderFacts]:
    """Facts of every campaign."""
    found: dict[str, ProviderFacts] = defaultdict(ProviderFacts)
    _failures(tables, found)
    _charges(tables, found)
    _categories(tables, found)
    for campaign, unseen in tables.con.execute(_UNSEEN).fetchall():
        found[str(campaign)].unseen = int(unseen)
    return found


def _failures(tables: Tables, found: dict[str, ProviderFacts]) -> None:
    rows = tables.con.execute(
        "SELECT l.campaign, l.channel, f.error_code, CAST(sum(f.failed) AS BIGINT) FROM failure_cell AS f"
        " JOIN label_campaign AS l ON f.label_key = l.label_key GROUP BY ALL ORDER BY 4 DESC, 3"
    ).fetchall()
    groups: dict[tuple[str, FailureClass], list[tuple[Any, Any, int]]] = defaultdict(list)
    for campaign, channel, code, count in rows:
        groups[str(campaign), failure_class(channel, code)].append((channel, code, int(count)))
    reasons = failure_reasons()
    for (campaign, kind), told in groups.items():
        bad = 0
        for channel, code, count in told:
            known = reasons.get((str(channel), str(code)))
            bad += count if known is not None and known.counts_as_bad_number else 0
        codes = tuple(dict.fromkeys(str(code) for _, code, _ in told if code is not None))
        found[campaign].failures.append(Failure(kind, sum(count for _, _, count in told), codes, bad))
    for facts in found.values():
        facts.failures.sort(key=lambda f: (-f.messages, f.failure_class))


def _charges(tables: Tables, found: dict[str, ProviderFacts]) -> None:
    names = market_names()
    for campaign, category, market, step, reason, *sums, currency in tables.con.execute(_CHARGES).fetchall():
        messages, micro, charged = sums
        why = ChargeReason(reason)
        place = names[market - 1] if market is not None else None
        amount = None if why.unknown else int(micro)
        line = ChargeLine(category, place, step, why, int(messages), amount, str(currency), int(charged))
        found[str(campaign)].charges.append(line)


def _categories(tables: Tables, found: dict[str, ProviderFacts]) -> None:
    for campaign, category, first, last, messages in tables.con.execute(_CATEGORIES).fetchall():
        span = CategorySpan(str(category), day_of(first).isoformat(), day_of(last).isoformat(), int(messages))
        found[str(campaign)].categories.append(span)


_CELLS = (
    "FROM charge_cell AS c JOIN label_campaign AS l ON c.label_key = l.label_key"
    " JOIN rating_terms AS t ON c.terms_key = t.terms_key"
)
_CHARGES = (
    "SELECT l.campaign, t.category, c.market, c.step, c.reason, CAST(sum(c.messages) AS BIGINT), CAST(sum(c.charge_micro) AS BIGINT),"
    " CAST(sum(c.charged) AS BIGINT), t.currency"
    f" {_CELLS} GROUP BY ALL ORDER BY 7 DESC, 6 DESC, 1, 2, 3, 4, 5, 9"
)
_CATEGORIES = (
    "SELECT l.campaign, t.category, min(c.send_day), max(c.send_day), CAST(sum(c.messages) AS BIGINT)"
    f" {_CELLS} WHERE t.category IS NOT NULL GROUP BY ALL ORDER BY 1, 3, 2"
)
_UNSEEN = """SELECT l.campaign, count(*) FROM message AS m
    JOIN label_campaign AS l ON m.label_key = l.label_key
    ANTI JOIN (SELECT DISTINCT contact_key FROM message WHERE read_us IS NOT NULL) AS r ON m.contact_key = r.contact_key
    WHERE m.delivered_us IS NOT NULL AND m.read_us IS NULL GROUP BY l.campaign"""
