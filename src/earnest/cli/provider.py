"""What the provider did, in a terminal: why messages failed, what was charged, what was free."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from earnest.cli.tables import escape, print_table, share, sign
from earnest.verdict.story import CampaignStory, ChargeLine

if TYPE_CHECKING:
    from rich.console import Console

_LINES = 12


def print_failures(console: Console, story: CampaignStory) -> None:
    """Why messages never arrived, by class."""
    if not story.failures:
        return
    rows = [
        (
            line.failure_class.replace("_", " ").replace("whatsapp", "WhatsApp").replace("meta", "Meta"),
            f"{line.messages:,}",
            share(line.share) if line.share is not None else "–",
            ", ".join(line.codes[:3]) or "–",
        )
        for line in story.failures
    ]
    print_table(console, ("why messages failed", "messages", "of sent", "codes"), rows, numbers=(1, 2))
    console.print()


def print_charges(console: Console, story: CampaignStory) -> None:
    """What the provider charges: paid, free and unknown, then the largest lines."""
    mix = story.charges
    if mix is None:
        return
    known = mix.charged + mix.free
    paid = f" ({share(mix.charged / known)} of those known)" if known else ""
    unknown = f", {mix.unknown:,} with a charge that is not known" if mix.unknown else ""
    console.print(escape(f"charged by the card: {mix.charged:,} messages{paid}, {mix.free:,} free{unknown}"))
    rows = [_row(line) for line in mix.lines[:_LINES]]
    rest = mix.lines[_LINES:]
    if rest:
        rows.append((f"{len(rest)} more lines", "", "", "", f"{sum(line.messages for line in rest):,}", ""))
    headers = ("market", "category", "tier", "why", "messages", "amount")
    print_table(console, headers, rows, numbers=(4, 5))
    console.print()


def _row(line: ChargeLine) -> tuple[str, ...]:
    amount = "n/a" if line.amount is None else _amount(line.amount, line.currency)
    tier = {None: "–", 0: "free"}.get(line.tier, f"{line.tier}")
    return (line.market or "–", line.category or "–", tier, line.reason, f"{line.messages:,}", amount)


def _amount(value: Decimal, currency: str) -> str:
    return f"{sign(currency)}{value:,.4f}" if 0 < value < 1 else f"{sign(currency)}{value:,.2f}"
