"""earnest source confirm."""

from __future__ import annotations

import click

from earnest.cli.output import Output, shared


@click.command()
@click.argument("name")
@click.option("--open", "opening", is_flag=True, help="Open the link from here, on a host of SNS and nowhere else.")
@shared
def confirm(out: Output, name: str, *, opening: bool) -> None:
    """Confirm a subscription (SES by way of SNS).

    Amazon delivers nothing until its link was opened once: here with --open, or in a browser.
    """
    from earnest.usecases.source_confirm import confirmation

    found = confirmation(out.workspace(), name, opening=opening)
    words = "Confirmed: deliveries begin within a minute." if found.opened else f"Open this once:\n\n  {found.url}"
    data = {"source": name, "entry": found.entry, "url": found.url, "opened": found.opened}
    out.data(data, lambda c: c.print(words, markup=False, soft_wrap=True))
    if not found.opened:
        out.next(f"earnest source confirm {name} --open")
