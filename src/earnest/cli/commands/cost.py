"""earnest cost add, list, estimate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from earnest.cli.estimate import print_estimate
from earnest.cli.output import Output, shared


@click.group(name="cost")
def group() -> None:
    """Cost lines: what was spent, with evidence."""


@group.command()
@click.option("--amount", required=True, help="Amount, for example 450.00; negative reverses.")
@click.option("--currency", default=None, help="Default: the workspace's.")
@click.option("--campaign", default=None, help="Campaign it belongs to; without one it stays unallocated.")
@click.option(
    "--kind",
    required=True,
    type=click.Choice(["messaging", "subscription", "content", "staff", "distribution", "rental", "discount", "other"]),
)
@click.option("--from", "since", required=True, metavar="YYYY-MM-DD", help="First day it covers.")
@click.option("--until", default=None, metavar="YYYY-MM-DD", help="End of the period, exclusive.")
@click.option(
    "--evidence",
    type=click.Choice(["invoiced", "measured", "allocated", "assumed"]),
    default="assumed",
    show_default=True,
)
@click.option(
    "--covers",
    type=click.Choice(["messaging"]),
    default=None,
    help="It pays the message fees of its campaign and period.",
)
@click.option("--description", default=None, help="Words.")
@shared
def add(out: Output, since: str, covers: str | None, **fields: str | None) -> None:
    """Add a cost line."""
    from earnest.usecases.costs import add_cost

    body = {**fields, "from": since, "covers": covers == "messaging"}
    shown = f"{fields['amount']} {fields['kind']} for {fields['campaign'] or 'no campaign'}"
    number = add_cost(out.workspace(), body)
    out.data({"entry": number}, lambda c: c.print(f"Cost line {number}: {shown}.", markup=False))
    out.next("earnest campaign list")


@group.command(name="list")
@click.option("--campaign", default=None, help="Only lines of this campaign.")
@shared
def list_costs(out: Output, campaign: str | None) -> None:
    """List cost lines. Message charges are summed per campaign in `earnest campaign show`."""
    from earnest.cli.tables import money, print_table
    from earnest.kernel.money import Money
    from earnest.kernel.period import moment_of
    from earnest.usecases.costs import ledger
    from earnest.usecases.tables import open_tables

    with open_tables(out.workspace()) as tables:
        currency = tables.state.currency
        lines = [line for line in ledger(tables) if campaign is None or line.campaign == campaign]
    data = [
        {
            "campaign": line.campaign, "kind": line.kind, "amount": Money.from_micro(line.micro, currency).to_json(), "evidence": line.evidence,
            "covers_messaging": line.covers, "from": moment_of(line.from_us).isoformat(), "description": line.description,
        }
        for line in lines
    ]  # fmt: skip
    rows = [
        (
            line.campaign or "–",
            line.kind,
            money(Money.from_micro(line.micro, currency)),
            line.evidence,
            f"{moment_of(line.from_us):%Y-%m-%d}",
            line.description or "",
        )
        for line in lines
    ]
    out.data(
        data,
        lambda c: print_table(c, ("campaign", "kind", "amount", "evidence", "from", "description"), rows, numbers=(2,)),
    )


@group.command()
@click.argument("audience", type=click.Path(path_type=Path))
@click.option("--template-category", "category", required=True, help="marketing, utility, authentication … or service.")
@click.option("--on", "day", required=True, metavar="YYYY-MM-DD", help="Day of the send.")
@click.option("--currency", default=None, help="Currency you are billed in; default: the workspace's.")
@click.option("--map", "maps", multiple=True, metavar="phone=COLUMN", help="Which column holds the number.")
@click.option("--region", default=None, help="Country of numbers without a country code, for example DE.")
@click.option("--portfolio", default="default", show_default=True, help="Whose monthly volume decides the tier.")
@click.option("--number", default=None, help="Sending number's id: whose free allowance counts (service only).")
@click.option(
    "--volume", type=click.IntRange(min=0), default=None, metavar="N",
    help="Messages of the kind already charged this month in each market; default: by the workspace's charges.",
)  # fmt: skip
@shared
def estimate(out: Output, audience: Path, maps: tuple[str, ...], *, region: str | None, **asked: Any) -> None:
    """Estimate what a send to AUDIENCE will cost.

    Per market, volume tier and free window, for one message to everybody in the file. Sends nothing.
    """
    from earnest.kernel.errors import UsageError
    from earnest.kernel.period import parse_day
    from earnest.usecases.cost_estimate import Ask, estimate_cost

    workspace = out.workspace_if_any()
    currency = asked["currency"] or (workspace.state().currency if workspace is not None else None)
    if currency is None:
        raise UsageError(
            "currency-missing",
            "a price needs the currency you are billed in",
            hint="Give --currency, or name a workspace.",
        )
    ask = Ask(
        asked["category"].lower().replace("-", "_"), parse_day(asked["day"]), currency.upper(), asked["number"], asked["portfolio"],
        asked["volume"],
    )  # fmt: skip
    found = estimate_cost(audience, ask, workspace=workspace, maps=maps, region=region)
    out.data(found.to_json(), lambda c: print_estimate(c, found))


COMMANDS = {"cost": group}
