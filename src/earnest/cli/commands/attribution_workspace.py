"""earnest attribution compare, presets, claim, sensitivity, overlap, explain: attribution of a workspace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from earnest.cli.output import Output, shared

_DIMENSIONS = ("campaign", "channel", "template", "variant", "touch_type")


def _period(function: Callable[..., Any]) -> Callable[..., Any]:
    told = "Orders of 2026-09, 2026-Q3, 2026-09-01..2026-09-30 or last-30d; default: all."
    return click.option("--period", default=None, metavar="PERIOD", help=told)(function)


@click.command()
@click.option("--campaign", default=None, metavar="ID", help="Only what is credited to this campaign.")
@click.option("--by", type=click.Choice(_DIMENSIONS), default="campaign", show_default=True, help="What is credited.")
@_period
@click.option("--model", "only", multiple=True, metavar="ID", help="A model; may be given again. Default: all.")
@shared
def compare(out: Output, *, campaign: str | None, by: str, period: str | None, only: tuple[str, ...]) -> None:
    """Compare what every model would claim, side by side.

    Under each model that credits orders, claims and unattributed revenue add up to the net revenue. The spread goes from the
    lowest claim to the highest; beside it stands what an experiment measured, where there is one. Attributed is bookkeeping,
    measured is evidence.
    """
    from earnest.cli.attributed import print_comparison
    from earnest.usecases.attribution_compare import compare_attribution

    with out.progress() as progress:
        found = compare_attribution(
            out.workspace(), by=by, campaign=campaign, only=only, period=period, progress=progress
        )
    out.data(found.to_json(), lambda console: print_comparison(console, found))
    unit = campaign or next((one.unit for one in found.spreads), "ID")
    out.next(f"earnest attribution explain {unit if by == 'campaign' else 'ID'} --model last_touch")


@click.command()
@shared
def presets(out: Output) -> None:
    """List the windows that suites publish.

    What of them is not reproduced stands beside them. Product names say whose page the windows were read on; nothing here is affiliated
    with any of them.
    """
    from earnest.attribution.presets import presets as known
    from earnest.cli.attributed import print_presets

    found = list(known().values())
    out.data([one.to_json() for one in found], lambda console: print_presets(console, found))
    out.next("earnest attribution claim --preset klaviyo-2024 --preset braze")


@click.command()
@click.option(
    "--preset",
    "names",
    multiple=True,
    metavar="ID",
    help="A preset, or `own`; may be given again. Default: own and all.",
)
@_period
@shared
def claim(out: Output, *, names: tuple[str, ...], period: str | None) -> None:
    """Show what each suite would claim of these orders.

    It claims by the windows it publishes. Each is held against the first: orders that one claims and the other does not, by reason.
    """
    from earnest.cli.attributed import print_claims
    from earnest.usecases.attribution_claims import claim_by_presets

    with out.progress() as progress:
        found = claim_by_presets(out.workspace(), names, period=period, progress=progress)
    out.data(found.to_json(), lambda console: print_claims(console, found))
    out.next("earnest attribution presets")


@click.command()
@click.option("--model", default="last_touch", show_default=True, metavar="ID", help="A rule model.")
@click.option("--campaign", default=None, metavar="ID", help="Only what is credited to this campaign.")
@_period
@shared
def sensitivity(out: Output, *, model: str, campaign: str | None, period: str | None) -> None:
    """Show how the claim grows with the window.

    And how with weaker touches. Each cell counts one kind of touch within one window and nothing else; the last row counts all
    kinds, each message by its strongest.
    """
    from earnest.cli.attributed import print_sensitivity
    from earnest.usecases.attribution_sensitivity import window_sensitivity

    with out.progress() as progress:
        found = window_sensitivity(out.workspace(), model=model, campaign=campaign, period=period, progress=progress)
    out.data(found.to_json(), lambda console: print_sensitivity(console, found))
    out.next("earnest setting set lookback_click_days 3 --from 2026-01-01")


@click.command()
@click.option(
    "--tool",
    "tools",
    multiple=True,
    metavar="CHANNEL=PRESET",
    help="The suite that sends on a channel; others take your own look-back.",
)
@_period
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Orders to print.")
@click.option(
    "--format", "file_format", type=click.Choice(["table", "csv"]), default="table", help="csv prints all orders."
)
@shared
def overlap(out: Output, *, tools: tuple[str, ...], period: str | None, limit: int, file_format: str) -> None:
    """Add up what each channel's own tool would claim alone.

    The sum is held against the revenue there is. Tools that do not know of each other claim the same order. Above 1× the claims cannot all
    be true.
    """
    from earnest.cli.attributed import print_overlap, print_overlap_csv
    from earnest.usecases.attribution_overlap import attribution_overlap, read_tools

    every = file_format == "csv"
    with out.progress() as progress:
        found = attribution_overlap(
            out.workspace(), read_tools(tools), period=period, limit=None if every else limit, progress=progress
        )
    if every and not out.as_json:
        print_overlap_csv(found)
        return
    out.data(found.to_json(), lambda console: print_overlap(console, found))
    out.next("earnest attribution overlap --format csv")


@click.command()
@click.argument("campaign")
@click.option("--model", default="last_touch", show_default=True, metavar="ID", help="A model that credits orders.")
@_period
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Rows to print.")
@click.option(
    "--format", "file_format", type=click.Choice(["table", "csv"]), default="table", help="csv prints all rows."
)
@shared
def explain(out: Output, campaign: str, *, model: str, period: str | None, limit: int, file_format: str) -> None:
    """Explain a claim down to its rows.

    Each order, the touch that earned it, its share and its credit.
    """
    from earnest.cli.attributed import print_credit, print_credit_csv
    from earnest.usecases.attribution_explain import explain_claim

    every = file_format == "csv"
    with out.progress() as progress:
        found = explain_claim(
            out.workspace(), campaign, model=model, period=period, limit=None if every else limit, progress=progress
        )
    if every and not out.as_json:
        print_credit_csv(found)
        return
    out.data(found.to_json(), lambda console: print_credit(console, found))
    out.next(f"earnest attribution explain {campaign} --model {model} --format csv")


VERBS = (compare, presets, claim, sensitivity, overlap, explain)
