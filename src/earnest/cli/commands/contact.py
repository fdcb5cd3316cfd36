"""earnest contact show, cut, join, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.contact_show import Contact

_REASON = click.option("--reason", required=True, help="Why, in words: it is kept with the decision.")


@click.group(name="contact")
def group() -> None:
    """One person: identities, why they are one, and decisions about that. Numbers and addresses are masked."""


@group.command()
@click.argument("who", metavar="ID")
@click.option("--as-of", default=None, metavar="TIME", help="As it was known then (ISO 8601 with zone).")
@shared
def show(out: Output, who: str, as_of: str | None) -> None:
    """Show a person's identities and why they are one.

    By phone, mail address, user id, customer id, or contact key (c:…).
    """
    from earnest.cli.times import instant
    from earnest.usecases.contact_show import show_contact

    contact = show_contact(out.workspace(), who, as_of_us=instant(as_of))
    _answer(out, contact)


@group.command()
@click.argument("one", metavar="ID")
@click.argument("other", metavar="ID")
@_REASON
@shared
def cut(out: Output, one: str, other: str, *, reason: str) -> None:
    """Cut the link of two identities: they are two people.

    Nothing is lost: `contact undo` brings the link back.
    """
    from earnest.usecases.contact_decide import decide

    _answer(out, decide(out.workspace(), one, other, together=False, reason=reason))


@group.command()
@click.argument("one", metavar="ID")
@click.argument("other", metavar="ID")
@_REASON
@shared
def join(out: Output, one: str, other: str, *, reason: str) -> None:
    """Link two identities: they are one person."""
    from earnest.usecases.contact_decide import decide

    _answer(out, decide(out.workspace(), one, other, together=True, reason=reason))


@group.command()
@click.argument("one", metavar="ID")
@click.argument("other", metavar="ID")
@_REASON
@shared
def undo(out: Output, one: str, other: str, *, reason: str) -> None:
    """Take a decision back: the evidence decides again."""
    from earnest.usecases.contact_decide import decide

    _answer(out, decide(out.workspace(), one, other, together=None, reason=reason))


def _answer(out: Output, contact: Contact) -> None:
    out.data(contact.to_json(), lambda c: _print(c, contact))
    for experiment in contact.contaminates:
        out.note(
            f"Its identities stand in several arms of experiment '{experiment}': contamination, see earnest experiment show {experiment}."
        )


def _print(console: Console, contact: Contact) -> None:
    from earnest.cli.tables import escape, print_table
    from earnest.usecases.contact_show import key_text

    names = {identity.key: identity.shown for identity in contact.identities}
    told = contact.to_json()
    console.print(escape(f"person    {told['person']}"))
    console.print(escape(f"messages  {contact.messages:,}, delivered {contact.delivered:,}"))
    console.print(escape(f"orders    {contact.orders:,}, net revenue {contact.net.decimal} {contact.net.currency}"))
    console.print()
    rows = [
        (
            one["shown"],
            one["scheme"],
            one["key"],
            one["known_since"][:10],
            ", ".join(one["sources"]),
            _arms(one["arms"]),
        )
        for one in told["identities"]
    ]
    print_table(console, ("identity", "scheme", "key", "known", "sources", "arms"), rows)
    if not contact.links:
        return
    console.print()
    links = [
        (
            names.get(link.one, key_text(link.one)), names.get(link.other, key_text(link.other)), link.evidence,
            link.to_json()["at"][:10], link.source, f"cut: {link.cut.reason}" if link.cut else "",
        )
        for link in contact.links
    ]  # fmt: skip
    print_table(console, ("one", "other", "evidence", "since", "source", "decision"), links)


def _arms(arms: dict[str, list[str]]) -> str:
    return ", ".join(f"{experiment}: {'+'.join(named)}" for experiment, named in arms.items())


COMMANDS = {"contact": group}
