"""earnest click list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared
from earnest.tracking.classes.judged import CLASSES

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from earnest.usecases.clicks import Clicks


@click.group(name="click")
def group() -> None:
    """Clicks: which were a person's, which were not, and why."""


@group.command(name="list")
@click.option("--campaign", default=None, help="Clicks of a campaign's messages, and of its links.")
@click.option("--link", default=None, help="Clicks of one link: its id, or the token that a sender tells.")
@click.option(
    "--class", "classes", type=click.Choice(CLASSES), multiple=True, help="Only rows of this class; repeatable."
)
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True, help="Rows to print, newest first.")
@click.option("--as-of", default=None, metavar="TIME", help="As it was known then (ISO 8601 with zone).")
@shared
def list_(
    out: Output, *, campaign: str | None, link: str | None, classes: tuple[str, ...], limit: int, as_of: str | None
) -> None:
    """List clicks, and count them raw and clean.

    All of them, or those of one campaign or link.

    Every click is kept with its class and reason; people's clicks are counted.
    """
    from earnest.cli.times import instant
    from earnest.kernel.period import zone
    from earnest.usecases.clicks import list_clicks

    workspace = out.workspace()
    found = list_clicks(workspace, campaign=campaign, link=link, classes=classes, limit=limit, as_of_us=instant(as_of))
    tz = zone(workspace.state().timezone)
    out.data(found.to_json(), lambda c: _print(c, found, tz))
    if campaign is not None:
        out.next(f"earnest kpi explain total_clicks --campaign {campaign}")


def _print(console: Console, found: Clicks, tz: ZoneInfo) -> None:
    from earnest.cli.tables import escape, print_table
    from earnest.cli.times import local_time

    again = f" ({found.repeated:,} more repeat one within 30 seconds)" if found.repeated else ""
    console.print(escape(f"all clicks     {found.all:,}"))
    console.print(escape(f"people's       {found.human:,}{again}"))
    console.print(escape(f"of a message   {found.of_messages:,} of them, as the KPI Human clicks counts"))
    classes = ", ".join(f"{name} {count:,}" for name, count in found.by_class.items())
    console.print(escape(f"by class       {classes}"))
    if not found.rows:
        return
    console.print()
    rows = [
        (
            local_time(one.occurred_us, tz, timespec="seconds"),
            one.shown or one.to_json()["contact"] or "nobody known",
            one.link or "",
            one.click_class,
            one.reason or "",
            one.message_id or "",
            one.campaign or "",
        )
        for one in found.rows
    ]
    print_table(console, (f"when ({tz.key})", "contact", "link", "class", "reason", "message", "campaign"), rows)


COMMANDS = {"click": group}
