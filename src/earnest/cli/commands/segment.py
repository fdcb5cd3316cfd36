"""earnest segment add, list, show."""

from __future__ import annotations

import click

from earnest.cli.output import Output, shared


@click.group(name="segment")
def group() -> None:
    """Segments: named groups of contacts by dated attributes, evaluated as of the send."""


@group.command()
@click.argument("segment_id", metavar="ID")
@click.option("--name", default=None, help="Name for people; default: ID.")
@click.option(
    "--rule",
    "rules",
    multiple=True,
    required=True,
    metavar="ATTRIBUTE=VALUE",
    help="country=DE, tier!=gold, age>=30; all must hold.",
)
@shared
def add(out: Output, segment_id: str, name: str | None, rules: tuple[str, ...]) -> None:
    """Declare segment ID, or a new version of it."""
    from earnest.usecases.declare import add_segment

    segment = add_segment(out.workspace(), segment_id, name or segment_id, rules)
    out.data(segment.to_json(), lambda c: c.print(f"Segment {segment_id}, version {segment.version}.", markup=False))
    out.next(f"earnest segment show {segment_id}")


@group.command(name="list")
@shared
def list_segments(out: Output) -> None:
    """List segments with the version in force."""
    from earnest.cli.tables import print_table

    current = [versions[-1] for versions in out.workspace().state().segments.values()]
    rows = [(s.id, s.name, str(s.version), " and ".join(str(rule) for rule in s.rules)) for s in current]
    out.data(
        [s.to_json() for s in current],
        lambda c: print_table(c, ("segment", "name", "version", "rules"), rows, numbers=(2,)),
    )


@group.command()
@click.argument("segment_id", metavar="ID")
@shared
def show(out: Output, segment_id: str) -> None:
    """Count the contacts of segment ID. Those of now, and messages whose contact belonged to it when they were sent."""
    from earnest.cli.tables import escape
    from earnest.usecases.declare import show_segment

    found = show_segment(out.workspace(), segment_id)
    data = found.segment.to_json() | {
        "contacts_now": found.contacts_now,
        "at_send": {"messages": found.messages, "delivered": found.delivered, "read": found.was_read},
    }
    words = [
        f"{found.segment.name} (version {found.segment.version}): {' and '.join(str(rule) for rule in found.segment.rules)}",
        f"{found.contacts_now:,} contacts now; as of the send {found.messages:,} messages, {found.delivered:,} delivered, {found.was_read:,} read",
    ]
    out.data(data, lambda c: c.print("\n".join(map(escape, words))))


COMMANDS = {"segment": group}
