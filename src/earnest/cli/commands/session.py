"""earnest session list, summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from earnest.usecases.sessions import Session


@click.group(name="session")
def group() -> None:
    """Visits to your site: which campaign led to them, and the orders placed in them."""


@group.command(name="list")
@click.option("--campaign", "campaign_id", default=None, metavar="ID", help="Only visits that this campaign led to.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="Visits to show.")
@shared
def list_them(out: Output, campaign_id: str | None, limit: int) -> None:
    """List visits, newest first.

    A visit belongs to the campaign of the link it came by, else to the one its utm_campaign names.
    """
    from earnest.cli.tables import print_table
    from earnest.usecases.sessions import check_campaign, list_sessions
    from earnest.usecases.tables import open_tables

    with out.progress() as progress, open_tables(out.workspace(), progress=progress) as tables:
        if campaign_id is not None:
            check_campaign(tables, campaign_id)
        found = list_sessions(tables, campaign_id, limit=limit)
    headers = ("began (UTC)", "source", "page", "campaign", "link", "orders")
    out.data([one.to_json() for one in found], lambda c: print_table(c, headers, [_row(one) for one in found]))
    if not found:
        out.next("earnest source add NAME --as site --origin https://…")


def _row(one: Session) -> tuple[str, ...]:
    began = str(one.to_json()["at"])[:19].replace("T", " ")
    return began, one.source, one.page or "–", one.campaign or "–", one.link or "–", ", ".join(one.orders) or "–"


@group.command()
@click.option("--campaign", "campaign_id", required=True, metavar="ID", help="Campaign that led to the visits.")
@shared
def summary(out: Output, campaign_id: str) -> None:
    """Count a campaign's visits, and the orders placed in them.

    Of the visits, those with the id of a click on one of our links stand apart: they are surely the campaign's.
    """
    from earnest.cli.tables import print_table
    from earnest.usecases.sessions import campaign_sessions, check_campaign
    from earnest.usecases.tables import open_tables

    with out.progress() as progress, open_tables(out.workspace(), progress=progress) as tables:
        check_campaign(tables, campaign_id)
        found = campaign_sessions(tables, campaign_id)
    rows = [
        ("sessions", f"{found.sessions:,}"),
        ("of these, with a click on our links", f"{found.with_click:,}"),
        ("orders told in them", f"{found.orders:,}"),
    ]
    out.data(
        {"campaign": campaign_id, **found.to_json()}, lambda c: print_table(c, ("what", "number"), rows, numbers=(1,))
    )
    out.next(f"earnest session list --campaign {campaign_id}")


COMMANDS = {"session": group}
