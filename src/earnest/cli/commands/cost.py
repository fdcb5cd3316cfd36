"""earnest cost add, reverse, list, allocate, estimate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from earnest.cli.estimate import print_estimate
from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from earnest.definitions.allocation import Allocation
    from earnest.usecases.workspace import Workspace

KINDS = ("messaging", "subscription", "content", "staff", "distribution", "rental", "discount", "other")
_RULES = ("sends", "delivered", "days", "revenue", "even")


@click.group(name="cost")
def group() -> None:
    """Cost lines: what was spent, with evidence. A line is never edited: a wrong one is reversed."""


@group.command()
@click.option("--amount", required=True, help="Amount, for example 450.00; negative for a credit note.")
@click.option("--currency", default=None, help="Default: the workspace's. Another is converted by `earnest fx`.")
@click.option("--campaign", default=None, help="Campaign it belongs to; without one it stays unallocated.")
@click.option("--kind", required=True, type=click.Choice(KINDS))
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
    shown = " ".join(str(part) for part in (fields["amount"], fields["currency"], fields["kind"]) if part)
    number = add_cost(out.workspace(), body)
    whose = fields["campaign"] or "no campaign"
    out.data({"entry": number}, lambda c: c.print(f"Cost line {number}: {shown} for {whose}.", markup=False))
    if fields["campaign"] is None and fields["kind"] != "discount":
        out.next("earnest cost allocate preview --rule delivered --period …")
    else:
        out.next("earnest cost list")


@group.command()
@click.argument("entry")
@click.option("--reason", required=True, metavar="WORDS", help="Why it is taken back.")
@shared
def reverse(out: Output, entry: str, reason: str) -> None:
    """Reverse ENTRY of the ledger.

    A reversing posting takes it back; both stay in the list. ENTRY is the first column of `earnest cost list`, or the id a
    file gives the line. What should stand instead is a new line.
    """
    from earnest.cli.costs import posting_json
    from earnest.usecases.cost_ledger import reverse_cost
    from earnest.usecases.cost_line import micro_text

    done = reverse_cost(out.workspace(), entry, reason)
    words = f"Entry {done.id} reverses {done.reverses}: {micro_text(done.micro)} {done.currency} {done.kind}."
    out.data(posting_json(done), lambda c: c.print(words, markup=False))
    out.next("earnest cost list")


@group.command(name="list")
@click.option("--campaign", default=None, help="Only lines of this campaign.")
@click.option("--unallocated", is_flag=True, help="Only lines of no campaign.")
@click.option("--kind", default=None, type=click.Choice(KINDS), help="Only this kind.")
@click.option("--period", default=None, metavar="2026-09", help="Only what covers a day of it.")
@shared
def list_costs(out: Output, campaign: str | None, kind: str | None, period: str | None, *, unallocated: bool) -> None:
    """List the ledger: cost lines, reversals, allocated parts.

    The messages' charges are one line a campaign. With the amount as told, and converted where it was told in another currency.
    """
    from earnest.cli.costs import print_ledger
    from earnest.definitions.periods import read_period
    from earnest.usecases.cost_list import Wanted, cost_list

    workspace = out.workspace()
    days = read_period(period, workspace.today(workspace.state())) if period else None
    rows = cost_list(workspace, Wanted(campaign, kind, days, unallocated))
    out.data([row.to_json() for row in rows], lambda c: print_ledger(c, rows))


@group.group()
def allocate() -> None:
    """Split cost that belongs to no campaign over campaigns.

    By a rule that is seen first and can be taken back.
    """


def _rule_options(function: Any) -> Any:
    for option in reversed(
        (
            click.option("--rule", "basis", required=True, type=click.Choice(_RULES), help="What it is split by."),
            click.option("--period", required=True, metavar="2026-09", help="Days whose cost is split; also a quarter, a year or FIRST..LAST."),
            click.option("--kind", "kinds", multiple=True, help="Only this kind; may be repeated. Default: every kind."),
            click.option("--campaign", "campaigns", multiple=True, metavar="ID", help="Only these campaigns share it; may be repeated."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def _rule(workspace: Workspace, basis: str, **asked: Any) -> Allocation:
    from earnest.usecases.allocation import read_rule

    return read_rule(workspace, basis, **asked)


@allocate.command()
@_rule_options
@shared
def preview(out: Output, basis: str, **asked: Any) -> None:
    """Show what each campaign would get. Nothing is changed.

    With what becomes of its cost and ROAS.
    """
    from earnest.cli.costs import print_preview
    from earnest.usecases.allocation import preview_allocation

    workspace = out.workspace()
    found = preview_allocation(workspace, _rule(workspace, basis, **asked))
    out.data(found.to_json(), lambda c: print_preview(c, found))
    if found.effects:
        kinds = "".join(f" --kind {kind}" for kind in found.rule.kinds)
        over = "".join(f" --campaign {name}" for name in found.rule.campaigns)
        out.next(f"earnest cost allocate apply --rule {basis} --period {found.rule.days}{kinds}{over}")


@allocate.command()
@_rule_options
@click.option("--reason", default=None, metavar="WORDS", help="Why it is split so.")
@shared
def apply(out: Output, basis: str, **asked: Any) -> None:
    """Make a rule hold.

    It is evaluated on the data in force whenever a cost is asked for: late messages and late lines of its days restate it.
    """
    from earnest.cli.costs import print_preview
    from earnest.usecases.allocation import apply_allocation

    workspace = out.workspace()
    seq, found = apply_allocation(workspace, _rule(workspace, basis, **asked))
    out.data({"allocation": seq} | found.to_json(), lambda c: print_preview(c, found, seq))
    out.next(f"earnest cost allocate withdraw {seq}")


@allocate.command(name="list")
@shared
def list_rules(out: Output) -> None:
    """List allocation rules.

    What each takes, and gives to whom, on today's data.
    """
    from earnest.cli.costs import print_rules, rule_json
    from earnest.usecases.allocation import allocations
    from earnest.usecases.tables import open_tables

    with open_tables(out.workspace()) as tables:
        rules, currency = allocations(tables), tables.state.currency
    out.data([rule_json(rule, use, currency) for rule, use in rules], lambda c: print_rules(c, rules, currency))


@allocate.command()
@click.argument("number", type=int)
@shared
def withdraw(out: Output, number: int) -> None:
    """Take rule NUMBER back. Its cost is unallocated again; an as-of before now still shows it."""
    from earnest.usecases.allocation import rule_words, withdraw_allocation

    rule = withdraw_allocation(out.workspace(), number)
    words = f"Rule {number} is withdrawn: {rule_words(rule)}."
    out.data({"allocation": number, "withdrawn": True}, lambda c: c.print(words, markup=False))
    out.next("earnest cost allocate list")


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
