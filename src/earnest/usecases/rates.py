"""Rate cards: look up a price, check a card, compare two days, import one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from earnest.definitions.campaign import check_id
from earnest.kernel.declared import check_known
from earnest.kernel.errors import Conflict, DataRefused, NotFound, UsageError, closest
from earnest.kernel.estimate import Unavailable
from earnest.rating import markets
from earnest.rating.card_file import Defaults, read_card
from earnest.rating.cards import CATEGORIES, Book, Rate, read_rates
from earnest.rating.check import Problem, problems
from earnest.rating.quote import Quote, quote
from earnest.usecases.tables import build
from earnest.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Shown:
    """A price looked up, and what was asked."""

    market: str
    country: str | None
    category: str
    currency: str
    on: date
    volume: int | None
    found: Quote | Unavailable

    def to_json(self) -> dict[str, Any]:
        return {
            "market": self.market,
            "country": self.country,
            "category": self.category,
            "currency": self.currency,
            "on": self.on.isoformat(),
            "volume": self.volume,
            **self.found.to_json(),
        }


def show_rate(
    book: Book,
    market: str,
    category: str,
    *,
    currency: str,
    on: date,
    volume: int | None = None,
    window_open: bool = False,
) -> Shown:
    """Look up a price. `market` may be a market's name, a country's name or ISO code, or a number's beginning (+55…).

    Raises:
        UsageError: `unknown-market`, `unknown-category`.
    """
    column = category.lower().replace("-", "_")
    if column not in CATEGORIES:
        raise UsageError(
            "unknown-category",
            f"'{category}' is no category{closest(column, CATEGORIES)}",
            hint=f"Categories: {', '.join(CATEGORIES)}.",
        )
    name, country = find_market(market, on)
    found = quote(name, column, currency, on, volume=volume, window_open=window_open, book=book)
    return Shown(name, country, column, currency, on, volume, found)


def find_market(text: str, on: date) -> tuple[str, str | None]:
    """(market, country if one was named) on a day.

    Raises:
        UsageError: `unknown-market`.
    """
    names = {name.lower(): name for name in markets.market_names()}
    if text.lower() in names:
        return names[text.lower()], None
    held = [one for one in markets.memberships() if one.holds_on(on)]
    for one in held:
        if text.lower() == one.country.lower() or text.upper() == one.iso2:
            return one.market, one.country
    if text.startswith("+") and text[1:].isdigit():
        from earnest.events.identity import recipient_zone

        found = markets.membership_of(recipient_zone(text), on)
        if found is not None:
            return found.market, found.country
    known = [*markets.market_names(), *(one.country for one in held)]
    raise UsageError(
        "unknown-market",
        f"'{text}' is no market or country of the card on {on.isoformat()}{closest(text, known)}",
        hint="Give a market (Rest of Africa), a country (Kenya, KE) or a number (+254…). See `earnest rates markets`.",
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """A card checked: rows, keys, and what is wrong."""

    card: str
    rows: int
    keys: int
    problems: tuple[Problem, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "card": self.card,
            "rows": self.rows,
            "keys": self.keys,
            "sound": not any(p.wrong for p in self.problems),
            "problems": [p.to_json() for p in self.problems],
        }


def check_rates(rates: tuple[Rate, ...], card: str) -> Checked:
    """Check a card for overlaps and gaps."""
    return Checked(card, len(rates), len({r.key for r in rates}), tuple(problems(rates)))


def check_book(book: Book) -> list[Checked]:
    """Check every card of a book on its own."""
    cards = dict.fromkeys(rate.card for rate in book.rates)
    return [check_rates(tuple(r for r in book.rates if r.card == card), card) for card in cards]


def rates_of_file(path: Path, defaults: Defaults) -> tuple[Rate, ...]:
    """The rates of a card file, numbered by row."""
    return tuple(read_rates(read_card(path, defaults), card=path.name))


def import_card(
    workspace: Workspace,
    path: Path,
    *,
    name: str | None = None,
    defaults: Defaults | None = None,
    allow_gaps: bool = False,
    replacing: bool = False,
    dry_run: bool = False,
) -> Checked:
    """Import a card: from its dates on it stands before the built-in card for the prices it has.

    Args:
        name: what to call it; default: the file's name without its ending.
        allow_gaps: accept a card that leaves messages without a price; they stay unrated.

    Raises:
        DataRefused: `bad-card`, `card-unreadable`, `card-unsound`. Conflict: `card-exists`.
    """
    state = workspace.state()
    called = check_id(name or path.name.partition(".")[0], "a card")
    rows = read_card(path, defaults or Defaults(source=path.name))
    checked = check_rates(tuple(read_rates(rows, card=called)), called)
    refused = [p for p in checked.problems if p.wrong or not allow_gaps]
    if refused:
        raise DataRefused(
            "card-unsound",
            f"{path.name}: {refused[0].words}" + (f", and {len(refused) - 1} more" if len(refused) > 1 else ""),
            hint="Nothing was imported. Overlaps are never accepted; --allow-gaps accepts holes, which stay unrated.",
            problems=[p.to_json() for p in refused],
        )
    exists = any(card.name == called for card in state.cards)
    if exists and not replacing:
        raise Conflict(
            "card-exists", f"a card '{called}' is imported already", hint="Give --replace or another --name."
        )
    if not dry_run:
        if exists:
            workspace.record("card.withdrawn", {"name": called})
        workspace.record("card.imported", {"name": called, "file": path.name, "rows": rows})
        build(workspace)
    return checked


def withdraw_card(workspace: Workspace, name: str) -> None:
    """Take an imported card out of force.

    Raises:
        NotFound: `no-such-card`.
    """
    names = [card.name for card in workspace.state().cards]
    check_known(names, name, what="card", hint="See `earnest rates list`.", refusal=(NotFound, "no-such-card"))
    workspace.record("card.withdrawn", {"name": name})
    build(workspace)


@dataclass(frozen=True, slots=True)
class Change:
    """A price that differs between two days; None where there is none."""

    market: str
    category: str
    volume_from: int
    before: Rate | None
    after: Rate | None

    @property
    def relative(self) -> Decimal | None:
        """(after − before) / before, or None."""
        if self.before is None or self.after is None or not self.before.micro:
            return None
        return Decimal(self.after.micro - self.before.micro) / Decimal(self.before.micro)

    def to_json(self) -> dict[str, Any]:
        relative = self.relative
        return {
            "market": self.market,
            "category": self.category,
            "volume_from": self.volume_from,
            "before": str(self.before.price) if self.before else None,
            "after": str(self.after.price) if self.after else None,
            "relative": float(relative) if relative is not None else None,
            "before_row": self.before.row if self.before else None,
            "after_row": self.after.row if self.after else None,
        }


def diff_rates(book: Book, first: date, second: date, *, currency: str, model: str = "message") -> list[Change]:
    """Prices of a currency that differ between two days, by market, category and tier.

    Raises:
        UsageError: `no-card`, if neither day has a card in that currency.
    """
    keys = sorted(key for key in book.keys if key[0] == currency and key[1] == model)
    found = []
    for key in keys:
        old = {r.volume_from: r for r in book.in_force(key, first)}
        new = {r.volume_from: r for r in book.in_force(key, second)}
        for volume in sorted(old.keys() | new.keys()):
            before, after = old.get(volume), new.get(volume)
            if (before.micro if before else None) != (after.micro if after else None):
                found.append(Change(key[2], key[3], volume, before, after))
    if not any(book.covers(currency, model, day) for day in (first, second)):
        raise UsageError(
            "no-card",
            f"no {currency} card covers {first.isoformat()} or {second.isoformat()}",
            hint="Import one: earnest rates import FILE.",
        )
    return found
