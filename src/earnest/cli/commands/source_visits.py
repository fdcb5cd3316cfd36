"""The options of `earnest source add` for sites and for exports of web analytics, and what to do with such a source next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from earnest.cli.output import F

if TYPE_CHECKING:
    from earnest.definitions.source import Source

_OPTIONS = (
    click.option("--origin", "origins", multiple=True, metavar="ORIGIN",
                 help="Site: scheme and host of its pages, https://shop.example; each host it has."),
    click.option("--orders", default=None, type=click.Choice(["reference", "count"]),
                 help="Site, GA4, Matomo, PostHog: orders only name those of the shop's own feed (default), or count themselves."),
    click.option("--identify/--no-identify", default=None,
                 help="Site: believe who its pages say somebody is. Anybody can say anything there."),
    click.option("--click-parameter", default=None, metavar="NAME",
                 help="GA4, Matomo, PostHog: parameter of landing pages that carries a click's id; default: eid."),
    click.option("--order-event", default=None, metavar="EVENT", help="PostHog: the event that is an order; default: Order Completed."),
)  # fmt: skip
_NAMES = ("origins", "orders", "identify", "click_parameter", "order_event")
_EXPORT = ("orders", "click_parameter")
_OF = {
    "site": ("origins", "orders", "identify"),
    "ga4": _EXPORT,
    "matomo": _EXPORT,
    "posthog": (*_EXPORT, "order_event"),
}
"""Channel → its options."""


def visit_options(function: F) -> F:
    """Add the options of sources of visits."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def taken(channel: str, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was given of these options: the channel's own, and those that have no use for it. Takes them out of `given`."""
    said = {name: value for name in _NAMES if (value := given.pop(name)) not in (None, ())}
    mine = _OF.get(channel, ())
    return {n: v for n, v in said.items() if n in mine}, {n: v for n, v in said.items() if n not in mine}


def read_options(channel: str, own: dict[str, Any]) -> dict[str, Any]:
    """`Source.options` of a source of visits.

    Raises:
        UsageError: what `SiteOptions.of` and `VisitOptions.of` raise.
    """
    from earnest.channels.site import SiteOptions, origin_of
    from earnest.channels.visits import VisitOptions

    if channel != "site":
        VisitOptions.of(own)
        return own
    options = own | ({"origins": [origin_of(one) for one in own["origins"]]} if "origins" in own else {})
    if "origins" in options:
        SiteOptions.of(options)
    return options


def instructions(source: Source, address: str) -> str | None:
    """What to do with a source that no provider delivers to; None for any other."""
    if source.channel == "site":
        script = address.rpartition("/t/")[0] + "/t.js"
        tag = f'<script async src="{script}" data-source="{source.name}" data-consent="required"></script>'
        return f"Put this on every page:\n\n  {tag}\n"
    if not address:
        return f"Nothing is sent here: import its exports.\n\n  earnest import run FILE --as {source.channel} --source {source.name}\n"
    return None
