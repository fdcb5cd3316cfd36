"""earnest account add, list, notices."""

from __future__ import annotations

from typing import Any

import click

from earnest.cli.output import Output, shared


@click.group(name="account")
def group() -> None:
    """Billed accounts (WhatsApp: WABAs): zone, currency and portfolio, which decide months, card and volume tiers."""


@group.command()
@click.argument("account_id", metavar="ID")
@click.option(
    "--timezone", default=None, help="IANA zone of the account; its months begin there. Default: the workspace's."
)
@click.option("--currency", default=None, help="Currency it is billed in: decides the card. Default: the workspace's.")
@click.option("--portfolio", default="default", show_default=True, help="Accounts of one portfolio share volume tiers.")
@click.option("--replace", "replacing", is_flag=True, help="Change a declared account.")
@shared
def add(
    out: Output,
    account_id: str,
    timezone: str | None,
    *,
    currency: str | None,
    portfolio: str,
    replacing: bool,
) -> None:
    """Declare an account; charges are made anew by it."""
    from earnest.definitions.account import Account
    from earnest.usecases.declare import add_account

    workspace = out.workspace()
    state = workspace.state()
    account = Account(account_id, timezone or state.timezone, (currency or state.currency).upper(), portfolio)
    add_account(workspace, account, replacing=replacing)
    out.data(
        account.to_json(),
        lambda c: c.print(
            f"Account {account_id}: billed in {account.currency}, zone {account.timezone}, portfolio {portfolio}.",
            markup=False,
        ),
    )
    if account.currency != state.currency:
        out.note(
            f"The workspace is in {state.currency}: charges in {account.currency} are kept exactly, and left out of"
            f" costs in {state.currency}, which then are a lower bound."
        )


@group.command(name="list")
@shared
def list_accounts(out: Output) -> None:
    """List accounts: those declared and those met in payloads."""
    from earnest.cli.tables import print_table
    from earnest.usecases.tables import open_tables

    with open_tables(out.workspace()) as tables:
        state = tables.state
        met = {
            str(row[0]): int(row[1] or 0)
            for row in tables.con.execute(
                "SELECT t.account, sum(c.messages) FROM rating_terms AS t LEFT JOIN charge_cell AS c ON t.terms_key = c.terms_key"
                " WHERE t.account IS NOT NULL GROUP BY t.account ORDER BY t.account"
            ).fetchall()
        }
    data: list[dict[str, Any]] = []
    for name in sorted({*state.accounts, *met}):
        declared = state.accounts.get(name)
        data.append(
            {
                "id": name,
                "declared": declared is not None,
                "timezone": declared.timezone if declared else state.timezone,
                "currency": declared.currency if declared else state.currency,
                "portfolio": declared.portfolio if declared else "default",
                "delivered_messages": met.get(name, 0),
            }
        )
    rows = [
        (d["id"], d["timezone"], d["currency"], d["portfolio"], f"{d['delivered_messages']:,}", "yes" if d["declared"] else "assumed")
        for d in data
    ]  # fmt: skip
    headers = ("account", "zone", "currency", "portfolio", "delivered", "declared")
    out.data(data, lambda c: print_table(c, headers, rows, numbers=(4,)))


@group.command()
@click.option("--topic", default=None, help="Only this webhook field, for example template_category_update.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="Newest so many.")
@shared
def notices(out: Output, topic: str | None, limit: int) -> None:
    """List what providers told of templates and numbers.

    Recategorised, paused, quality, errors of the account.
    """
    from earnest.cli.tables import print_table
    from earnest.usecases.notices import list_notices

    found = list_notices(out.workspace(), topic=topic, limit=limit)
    rows = [(n.at[:19] if n.at else "not told", n.topic, n.subject or "–", n.name or "–", f"{n.times}") for n in found]
    headers = ("when (UTC)", "topic", "about", "what", "told")
    out.data([n.to_json() for n in found], lambda c: print_table(c, headers, rows, numbers=(4,)))


COMMANDS = {"account": group}
