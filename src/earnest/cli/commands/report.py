"""earnest report build."""

from __future__ import annotations

from pathlib import Path

import click

from earnest.cli.output import Output, shared


@click.group(name="report")
def group() -> None:
    """Reports: one file that tells a campaign's story."""


@group.command()
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--format", "file_format", type=click.Choice(["html", "json"]), default="html", show_default=True)
@click.option(
    "--lang", type=click.Choice(["en", "ru"]), default="en", show_default=True, help="Language of the report."
)
@click.option("--out", "target", type=click.Path(path_type=Path), required=True, help="File to write.")
@click.option("--as-of", default=None, metavar="TIME", help="By what was known then (ISO 8601 with zone).")
@shared
def build(out: Output, *, campaign_id: str, file_format: str, lang: str, target: Path, as_of: str | None) -> None:
    """Build the report of CAMPAIGN: one self-contained file."""
    from earnest.cli.times import instant
    from earnest.usecases.report_build import build_report

    with out.progress() as progress:
        written = build_report(
            out.workspace(),
            campaign_id,
            target,
            file_format=file_format,
            language=lang,
            as_of_us=instant(as_of),
            progress=progress,
        )
    data = {"campaign": campaign_id, "file": str(target), "format": file_format, "bytes": written}
    out.data(data, lambda c: c.print(f"{target} ({written:,} bytes)", markup=False))
    out.next(f"open {target} in a browser")


COMMANDS = {"report": group}
