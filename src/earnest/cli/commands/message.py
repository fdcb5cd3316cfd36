"""earnest message show."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from earnest.usecases.message_show import Charge, MessageStory, Telling


@click.group(name="message")
def group() -> None:
    """One message: what became of it, what it cost and why."""


@group.command()
@click.argument("id")
@click.option("--as-of", default=None, metavar="TIME", help="As it was known then (ISO 8601 with zone).")
@shared
def show(out: Output, id: str, as_of: str | None) -> None:  # noqa: A002
    """Show a message's life, its charge and why.

    By the provider's ID, with the card row, tier and reason.
    """
    from earnest.cli.times import instant
    from earnest.kernel.period import zone
    from earnest.usecases.message_show import show_message

    workspace = out.workspace()
    stories = show_message(workspace, id, as_of_us=instant(as_of))
    tz = zone(workspace.state().timezone)
    out.data([story.to_json() for story in stories], lambda c: [_print(c, story, tz) for story in stories])  # type: ignore[arg-type, func-returns-value]


def _print(console: Console, story: MessageStory, tz: ZoneInfo) -> None:
    from earnest.cli.tables import escape, print_table

    known = {"callback": "callback id", "column": "campaign column", "match": "match rule", "none": "nothing"}
    where = f" (by {known.get(story.recognised_by or 'none', story.recognised_by)})" if story.recognised_by else ""
    console.print(escape(f"message   {story.message_id}"))
    console.print(escape(f"campaign  {story.campaign or 'unassigned'}{where}, {story.channel or 'channel unknown'}"))
    console.print()
    rows = [(_local(one.to_json()["at"], tz), one.what, one.source, f"{one.times}", _error(one)) for one in story.life]
    print_table(console, ("when", "what", "source", "told", ""), rows, numbers=(3,))
    console.print()
    if story.charge is None:
        console.print("charge    unknown: no source told a price, nor what the provider prices by")
        return
    _print_charge(console, story.charge)


def _local(text: str, tz: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(text).astimezone(tz):%Y-%m-%d %H:%M:%S}"


def _error(one: Telling) -> str:
    told = one.to_json()["error"]
    return f"{told['code']}: {told['meaning']} ({told['class']})" if told else ""


def _print_charge(console: Console, charge: Charge) -> None:
    from earnest.cli.tables import escape, sign
    from earnest.rating.reason import SENTENCES

    amount = charge.amount
    shown = "unknown" if amount is None else f"{sign(charge.currency)}{format(amount.normalize(), 'f')}"
    console.print(escape(f"charge    {shown}: {SENTENCES[charge.reason]}"))
    told = charge.terms or {}
    if charge.market or told.get("category"):
        kind = f"{told.get('category') or 'category unknown'}, {told.get('pricing_type') or 'pricing type not told'}"
        console.print(escape(f"market    {charge.market or 'unknown'}; {kind}"))
    if told:
        console.print(escape(f"account   {told['account']}, number {told['number']}, portfolio {told['portfolio']}"))
    rate = charge.rate
    if rate is None:
        return
    until = f" until {rate.effective_until}" if rate.effective_until else ""
    tier = "free allowance of the month" if charge.tier == 0 else f"tier {charge.tier}"
    price = format(rate.price.normalize(), "f")
    console.print(
        escape(
            f"card      {rate.card}, row {rate.row}: {sign(rate.currency)}{price} from {rate.effective_from}{until}; {tier}"
        )
    )
    console.print(escape(f"source    {rate.source} (confidence {rate.confidence})"))


COMMANDS = {"message": group}
