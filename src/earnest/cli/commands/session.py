"""earnest session list, summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

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
    from earnest.kernel.period import zone
    from earnest.usecases.sessions import check_campaign, list_sessions
    from earnest.usecases.tables import open_tables

    with out.progress() as progress, open_tables(out.workspace(), progress=progress) as tables:
        if campaign_id is not None:
            check_campaign(tables, campaign_id)
        found = list_sessions(tables, campaign_id, limit=limit)
        tz = zone(tables.state.timezone)
    headers = (f"began ({tz.key})", "source", "page", "campaign", "link", "orders")
    out.data([one.to_json() for one in found], lambda c: print_table(c, headers, [_row(one, tz) for one in found]))
    if not found:
        out.next("earnest source add NAME --as site --origin https://…")


def _row(one: Session, tz: ZoneInfo) -> tuple[str, ...]:
    from earnest.cli.times import local_time

    began = local_time(one.first_us, tz, timespec="seconds")
    return (
        began,
        " and ".join(one.sources),
        one.page or "–",
        one.campaign or "–",
        one.link or "–",
        ", ".join(one.orders) or "–",
    )


@group.command()
@click.argument("campaign_id", required=False, metavar="[CAMPAIGN]")
@click.option("--campaign", "named", default=None, metavar="ID", help="The same as the argument.")
@shared
def summary(out: Output, campaign_id: str | None, named: str | None) -> None:
    """Count the visits and orders that CAMPAIGN led to.

    Of the visits, those with the id of a click on one of our links stand apart: they are surely the campaign's. One that two tools tell
    with the same click id within 30 minutes counts once.
    """
    from earnest.cli.tables import print_table
    from earnest.kernel.errors import UsageError
    from earnest.usecases.sessions import campaign_sessions, check_campaign
    from earnest.usecases.tables import open_tables

    if (campaign_id is None) == (named is None):
        raise UsageError("which-campaign", "one campaign is to be named", hint="Write: earnest session summary ID")
    campaign_id = campaign_id or named or ""
    with out.progress() as progress, open_tables(out.workspace(), progress=progress) as tables:
        check_campaign(tables, campaign_id)
        found = campaign_sessions(tables, campaign_id)
    rows = [
        ("sessions", f"{found.sessions:,}"),
        ("of these, with a click on our links", f"{found.with_click:,}"),
        ("orders told in them", f"{found.orders:,}"),
    ]
    if found.twice:
        rows.insert(1, (f"of these, told by {' and '.join(found.told_by)}, counted once", f"{found.twice:,}"))
    out.data(
        {"campaign": campaign_id, **found.to_json()}, lambda c: print_table(c, ("what", "number"), rows, numbers=(1,))
    )
    out.next(f"earnest session list --campaign {campaign_id}")


COMMANDS = {"session": group}
