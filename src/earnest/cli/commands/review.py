"""earnest review list, summary, sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.kernel.estimate import Figure
    from earnest.usecases.review_sales import ReviewSales

_SKU = click.option("--sku", default=None, help="Only of this item.")


@click.group(name="review")
def group() -> None:
    """Reviews of items. Import them with `earnest import run FILE --as reviews`."""


@group.command(name="list")
@_SKU
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Reviews to list.")
@shared
def list_(out: Output, sku: str | None, *, limit: int) -> None:
    """List reviews, newest first. Stars are out of five."""
    from earnest.cli.tables import print_table
    from earnest.cli.times import local_date
    from earnest.kernel.period import zone
    from earnest.usecases.reviews import list_reviews

    workspace = out.workspace()
    tz = zone(workspace.state().timezone)
    found = list_reviews(workspace, sku, limit=limit)
    rows = [(local_date(one.at_us, tz), one.sku, f"{one.stars:.1f}", one.who or "–", one.words or "") for one in found]
    headers = (f"day ({tz.key})", "item", "stars", "who", "words")
    out.data([one.to_json() for one in found], lambda c: print_table(c, headers, rows, numbers=(2,)))
    if not found:
        out.next("earnest import run FILE --as reviews")


@group.command()
@_SKU
@shared
def summary(out: Output, sku: str | None) -> None:
    """Sum up reviews by item.

    No average of fewer than 5. Who writes chose to write: that is not what all customers think.
    """
    from earnest.cli.tables import print_table
    from earnest.cli.times import local_date
    from earnest.kernel.period import zone
    from earnest.usecases.reviews import summed_reviews

    workspace = out.workspace()
    tz = zone(workspace.state().timezone)
    found = summed_reviews(workspace, sku)
    rows = [
        (
            one.sku, f"{one.reviews:,}", _stars(one.stars), _share(one.good_share),
            local_date(one.first_us, tz), local_date(one.last_us, tz),
        )
        for one in found
    ]  # fmt: skip
    headers = ("item", "reviews", "stars", "4 of 5 or more", f"first ({tz.key})", "last")
    out.data([one.to_json() for one in found], lambda c: print_table(c, headers, rows, numbers=(1, 2, 3)))
    out.next("earnest review sales" if found else "earnest import run FILE --as reviews")


@group.command()
@click.option(
    "--days", type=click.IntRange(7, 365), default=30, show_default=True, help="Before and after the first review."
)
@shared
def sales(out: Output, days: int) -> None:
    """Compare sales around first reviews with other items'.

    Units sold in so many days after each item's first review and before it, beside items without reviews in the same days.
    An association, never proven: popular items get reviewed.
    """
    from earnest.usecases.review_sales import review_sales

    found = review_sales(out.workspace(), days=days)
    out.data(found.to_json(), lambda c: _print(c, found))


def _print(console: Console, found: ReviewSales) -> None:
    from earnest.cli.tables import print_table
    from earnest.kernel.estimate import Unavailable
    from earnest.usecases.review_sales import CLAIM, WHY

    def say(words: str) -> None:
        console.print(words, markup=False, soft_wrap=True)

    say(f"{CLAIM}: {WHY}")
    say(
        f"items with reviews: {found.reviewed:,}, of which without {found.days} known days before and after the first: {found.too_early:,},"
        f" sold too little to tell: {found.too_quiet:,}"
    )
    reasons: dict[str, list[str]] = {}
    for one in found.groups:
        if isinstance(one.ratio, Unavailable):
            reasons.setdefault(f"{one.ratio.reason}. {one.ratio.remedy}", []).append(one.name)
    rows = [
        (one.name, f"{one.items:,}", _ratio(one.own), _ratio(one.others), _ratio(one.ratio))
        for one in found.groups
        if not isinstance(one.ratio, Unavailable)
    ]
    headers = ("items", "n", "after / before", "items not reviewed, same days", "the one / the other")
    if rows:
        print_table(console, headers, rows, numbers=(1,))
    for reason, names in reasons.items():
        say(f"n/a for {'; '.join(names)}: {reason}" if len(names) < len(found.groups) else f"n/a: {reason}")
    for words, level in (("with", found.with_reviews), ("without", found.without_reviews)):
        if level.each is not None:
            say(
                f"last {found.days} days, items {words} reviews before: {level.items:,} sold, {level.each:,.1f} units each"
            )


def _ratio(figure: Figure) -> str:
    from earnest.kernel.estimate import Estimate

    if not isinstance(figure, Estimate):
        return f"n/a ({figure.code})"
    return f"{figure.value:.2f}× ({figure.low:.2f} to {figure.high:.2f})"


def _share(figure: Figure) -> str:
    from earnest.cli.tables import share
    from earnest.kernel.estimate import Estimate

    if not isinstance(figure, Estimate) or figure.low is None or figure.high is None:
        return "n/a"
    return f"{share(figure.value)} ({share(figure.low)} to {share(figure.high)})"


def _stars(figure: Figure) -> str:
    from earnest.kernel.estimate import Estimate

    return f"{figure.value:.1f}" if isinstance(figure, Estimate) else f"n/a ({figure.code})"


COMMANDS = {"review": group}
