"""earnest rates show, list, check, diff, import, withdraw, markets, export."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from datetime import date

    from rich.console import Console

    from earnest.rating.cards import Book
    from earnest.usecases.rates import Change, Checked, Shown


@click.group(name="rates")
def group() -> None:
    """Rate cards: what a delivered message costs, on which day, by which source.

    Cards are dated and kept per currency; none is a conversion of another. They work without a workspace; in one, its own
    cards stand before the built-in one.
    """


@group.command()
@click.option("--market", required=True, help="Market, country, ISO code or a number's beginning: India, KE, +55.")
@click.option("--category", required=True, help="marketing, utility, authentication, service …")
@click.option("--on", "day", default=None, metavar="YYYY-MM-DD", help="Day of delivery; default: today.")
@click.option("--currency", default=None, help="Currency the account is billed in; default: the workspace's, else USD.")
@click.option(
    "--volume",
    type=click.IntRange(min=0),
    default=None,
    metavar="N",
    help="Messages of its kind already sent that month.",
)
@click.option("--window-open", is_flag=True, help="The contact wrote within the last 24 hours.")
@shared
def show(out: Output, market: str, category: str, *, day: str | None, currency: str | None, **how: Any) -> None:
    """Show the price of one delivered message.

    With card row, tier, source and confidence, or why it cannot be known.
    """
    from earnest.usecases.rates import show_rate

    book, own = _book(out)
    shown = show_rate(book, market, category, currency=(currency or own).upper(), on=_day(day), **how)
    out.data(shown.to_json(), lambda c: _print_rate(c, shown))


@group.command(name="list")
@shared
def list_cards(out: Output) -> None:
    """List cards: currencies, periods, rows."""
    from earnest.cli.tables import print_table

    book, _ = _book(out)
    cards: dict[tuple[str, str, str], list[Any]] = {}
    for rate in book.rates:
        cards.setdefault((rate.card, rate.currency, rate.model), []).append(rate)
    data = [
        {
            "card": card, "currency": currency, "pricing_model": model, "rows": len(rates),
            "markets": len({r.market for r in rates}), "from": min(r.effective_from for r in rates).isoformat(),
            "until": _until(rates),
        }
        for (card, currency, model), rates in cards.items()
    ]  # fmt: skip
    rows = [
        (
            d["card"],
            d["currency"],
            d["pricing_model"],
            f"{d['markets']}",
            f"{d['rows']:,}",
            d["from"],
            d["until"] or "open",
        )
        for d in data
    ]
    headers = ("card", "currency", "era", "markets", "rows", "from", "until")
    out.data(data, lambda c: print_table(c, headers, rows, numbers=(3, 4)))


def _until(rates: list[Any]) -> str | None:
    ends = [r.effective_until for r in rates]
    return None if None in ends else str(max(ends).isoformat())


@group.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--currency", default=None, help="Currency of the file's prices, where no column says it.")
@click.option("--from", "since", default=None, metavar="YYYY-MM-DD", help="First day, where no column says it.")
@click.option("--until", default=None, metavar="YYYY-MM-DD", help="First day after it, where no column says it.")
@shared
def check(out: Output, file: Path | None, currency: str | None, *, since: str | None, until: str | None) -> None:
    """Check a card file, or the cards in force.

    Overlaps, gaps in time, holes between tiers. An overlap gives a message two prices and fails (exit code 3). A gap leaves messages unrated: it is listed.
    """
    from earnest.kernel.errors import DataRefused
    from earnest.usecases.rates import check_book, check_rates, rates_of_file

    def of_file(path: Path) -> list[Checked]:
        return [check_rates(rates_of_file(path, _defaults(path, currency, (since, until))), path.name)]

    found = of_file(file) if file is not None else check_book(_book(out)[0])
    wrong = [p for one in found for p in one.problems if p.wrong]
    if wrong:
        raise DataRefused(
            "card-unsound",
            wrong[0].words + (f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""),
            hint="Correct the rows named in the facts (--json lists them).",
            problems=[p.to_json() for p in wrong],
        )
    out.data([one.to_json() for one in found], lambda c: _print_checked(c, found))


@group.command()
@click.argument("first", metavar="DAY")
@click.argument("second", metavar="DAY")
@click.option("--currency", default=None, help="Default: the workspace's, else USD.")
@click.option("--market", default=None, help="Only this market.")
@click.option("--category", default=None, help="Only this category.")
@click.option("--era", type=click.Choice(["message", "conversation"]), default="message", show_default=True)
@shared
def diff(out: Output, first: str, second: str, *, currency: str | None, era: str, **only: str | None) -> None:
    """List prices that differ between two days."""
    from earnest.cli.tables import print_table
    from earnest.usecases.rates import diff_rates

    book, own = _book(out)
    code = (currency or own).upper()
    changes = [c for c in diff_rates(book, _day(first), _day(second), currency=code, model=era) if _wanted(c, only)]
    rows = [
        (
            c.market,
            c.category,
            f"{c.volume_from:,}",
            _price(c.before.price if c.before else None),
            _price(c.after.price if c.after else None),
            f"{c.relative:+.1%}" if c.relative is not None else "–",
        )
        for c in changes
    ]
    headers = ("market", "category", "from volume", first, second, "change")

    def words(console: Console) -> None:
        print_table(console, headers, rows, numbers=(2, 3, 4, 5))
        console.print(f"{len(changes)} prices differ, in {code}.")

    out.data([c.to_json() for c in changes], words)


def _wanted(change: Change, only: dict[str, str | None]) -> bool:
    return all(value is None or value.lower() == getattr(change, name).lower() for name, value in only.items())


@group.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", default=None, help="What to call the card; default: the file's name.")
@click.option("--currency", default=None, help="Currency of the prices, where no column says it.")
@click.option("--from", "since", default=None, metavar="YYYY-MM-DD", help="First day, where no column says it.")
@click.option("--until", default=None, metavar="YYYY-MM-DD", help="First day after it, where no column says it.")
@click.option("--allow-gaps", is_flag=True, help="Accept a card that leaves messages unrated.")
@click.option("--replace", "replacing", is_flag=True, help="Take the place of the card of that name.")
@click.option("--dry-run", is_flag=True, help="Only read and check.")
@shared
def import_card(
    out: Output, file: Path, *, currency: str | None, since: str | None, until: str | None, **how: Any
) -> None:
    """Import a card of your own (CSV or XLSX).

    Overlaps and gaps are refused. From its first day on it stands before the built-in card for the prices it has.
    """
    from earnest.usecases.rates import import_card as run

    checked = run(out.workspace(), file, defaults=_defaults(file, currency, (since, until)), **how)
    done = "Checked" if how["dry_run"] else "Imported"
    out.data(
        checked.to_json() | {"dry_run": how["dry_run"]},
        lambda c: c.print(
            f"{done} card {checked.card}: {checked.rows:,} prices of {checked.keys:,} kinds.", markup=False
        ),
    )


@group.command()
@click.argument("name")
@shared
def withdraw(out: Output, name: str) -> None:
    """Take an imported card out of force. An "as of" before this moment keeps it."""
    from earnest.usecases.rates import withdraw_card

    withdraw_card(out.workspace(), name)
    out.data({"withdrawn": name}, lambda c: c.print(f"Card {name} is out of force.", markup=False))


@group.command()
@click.option("--on", "day", default=None, metavar="YYYY-MM-DD", help="Default: today.")
@shared
def markets(out: Output, day: str | None) -> None:
    """List countries and the market each belongs to on a day."""
    from earnest.cli.tables import print_table
    from earnest.rating.markets import memberships

    held = [one for one in memberships() if one.holds_on(_day(day))]
    data = [
        {
            "market": m.market, "country": m.country, "iso2": m.iso2, "calling_code": m.calling_code, "prefixes": list(m.prefixes),
            "from": m.effective_from.isoformat(), "source": m.source, "confidence": m.confidence, "note": m.note or None,
        }
        for m in held
    ]  # fmt: skip
    rows = [(m.market, m.country, f"+{m.calling_code}", " ".join(m.prefixes), m.confidence) for m in held]
    out.data(data, lambda c: print_table(c, ("market", "country", "code", "prefixes", "confidence"), rows))


@group.command()
@shared
def export(out: Output) -> None:
    """Write the cards in force as CSV to stdout.

    In the columns that `rates import` reads.
    """
    from earnest.rating.card_file import COLUMNS

    book, _ = _book(out)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for r in book.rates:
        until = r.effective_until.isoformat() if r.effective_until else ""
        volume = ("" if r.volume_until is None else r.volume_until, r.currency, r.price, r.source, r.confidence, r.note)
        writer.writerow((r.effective_from.isoformat(), until, r.model, r.market, r.category, r.volume_from, *volume))


def _book(out: Output) -> tuple[Book, str]:
    """The cards of the workspace named (or here), or the built-in ones; and the currency to default to."""
    from earnest.rating.cards import built_in
    from earnest.usecases.rating_basis import book_of

    workspace = out.workspace_if_any()
    if workspace is None:
        return built_in(), "USD"
    state = workspace.state()
    return book_of(state), state.currency


def _day(text: str | None) -> date:
    from datetime import UTC, datetime

    from earnest.kernel.period import parse_day

    return parse_day(text) if text else datetime.now(UTC).date()


def _defaults(file: Path, currency: str | None, span: tuple[str | None, str | None]) -> Any:
    from earnest.kernel.period import parse_day
    from earnest.rating.card_file import Defaults

    since, until = (parse_day(text) if text else None for text in span)
    return Defaults(currency, since, until, file.name)


def _price(value: Decimal | None) -> str:
    return "–" if value is None else format(value.normalize(), "f")


def _print_rate(console: Console, shown: Shown) -> None:
    from earnest.cli.tables import escape, sign
    from earnest.kernel.estimate import Unavailable

    say: Callable[[str], None] = lambda text: console.print(escape(text))  # noqa: E731
    place = f"{shown.country} (market {shown.market})" if shown.country else shown.market
    say(f"{place}, {shown.category}, {shown.on.isoformat()}, in {shown.currency}")
    found = shown.found
    if isinstance(found, Unavailable):
        say(f"price       unknown: {found.reason}")
        say(f"what to do  {found.remedy}")
        return
    from earnest.rating.reason import SENTENCES

    rate = found.rate
    what = "24-hour conversation" if rate is not None and rate.model == "conversation" else "delivered message"
    say(f"price       {sign(shown.currency)}{_price(found.price)} a {what}: {SENTENCES[found.reason]}")
    if found.allowance is not None:
        per = {"number": "business phone number", "account": "account"}[found.allowance.per or "account"]
        say(f"allowance   first {found.allowance.free:,} a calendar month and {per} free")
    if rate is None:
        return
    if found.tiers > 1:
        upper = f"{rate.volume_until:,}" if rate.volume_until is not None else "on"
        say(f"tier        {found.tier} of {found.tiers}: messages {rate.volume_from + 1:,} to {upper} of the month")
    until = f" until {rate.effective_until}" if rate.effective_until else ""
    say(f"card        {rate.card}, row {rate.row}, in force from {rate.effective_from}{until}")
    say(f"source      {rate.source}")
    say(f"confidence  {rate.confidence}")
    if rate.note:
        say(f"note        {rate.note}")


def _print_checked(console: Console, found: list[Checked]) -> None:
    from earnest.cli.tables import escape

    for one in found:
        console.print(escape(f"{one.card}: {one.rows:,} prices of {one.keys:,} kinds; no message has two prices."))
        for problem in one.problems[:_SHOWN]:
            console.print(escape(f"  {problem.kind}: {problem.words}"))
        if len(one.problems) > _SHOWN:
            console.print(f"  … and {len(one.problems) - _SHOWN} more gaps (--json lists all)")


_SHOWN = 20

COMMANDS = {"rates": group}
