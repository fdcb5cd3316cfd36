"""earnest report build."""

from __future__ import annotations

from pathlib import Path

import click

from earnest.cli import report_drafts, report_figures
from earnest.cli.output import Output, shared
from earnest.reports.printers import PRINTERS, find_printer, printer_of

FORMATS = "; ".join(f"{one.name}: {one.label}" for one in PRINTERS.values())
LOOK = {"html": "open {file} in a browser", "json": "earnest campaign show {campaign}"}


@click.group(name="report")
def group() -> None:
    """Reports: one file that tells a campaign's story."""


@group.command()
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(list(PRINTERS)),
    default=None,
    help=f"By default what the file's name ends in, else html. {FORMATS}.",
)
@click.option("--audience", default=None, metavar="AUDIENCE", help="Who reads it: cfo, cmo, crm or client; by default everything is told.")  # fmt: skip
@click.option("--hide-costs", is_flag=True, help="Leave out internal costs; only in a report for a client.")
@click.option("--lang", default="en", show_default=True, metavar="LANGUAGE", help="Language of the report: en, ru, …")
@click.option("--out", "--output", "target", type=click.Path(path_type=Path), required=True, help="File to write.")
@click.option("--as-of", default=None, metavar="TIME", help="By what was known then (ISO 8601 with zone).")
@shared
def build(
    out: Output,
    *,
    campaign_id: str,
    file_format: str | None,
    audience: str | None,
    hide_costs: bool,
    lang: str,
    target: Path,
    as_of: str | None,
) -> None:
    """Build the report of CAMPAIGN: one self-contained file."""
    from earnest.cli.times import instant
    from earnest.usecases.report_build import build_report

    printer = find_printer(file_format) if file_format else printer_of(target)
    with out.progress() as progress:
        written = build_report(
            out.workspace(),
            campaign_id,
            target,
            file_format=printer.name,
            language=lang,
            audience=audience,
            hide_costs=hide_costs,
            as_of_us=instant(as_of),
            progress=progress,
        )
    data = {"campaign": campaign_id, "file": str(target), "format": printer.name, "bytes": written}
    out.data(data, lambda c: c.print(f"{target} ({written:,} bytes)", markup=False))
    out.next(LOOK.get(printer.name, "open {file}").format(file=target, campaign=campaign_id))


for _one in (*report_drafts.COMMANDS, *report_figures.COMMANDS):
    group.add_command(_one)

COMMANDS = {"report": group}
