"""earnest setting set, list."""

from __future__ import annotations

import click

from earnest.cli.output import Output, shared


@click.group(name="setting")
def group() -> None:
    """Dated settings: margin, look-back windows, confidence level, region, public URL."""


@group.command(name="set")
@click.argument("name")
@click.argument("value")
@click.option(
    "--from", "since", default=None, metavar="YYYY-MM-DD", help="First day on which it holds; default: today."
)
@shared
def set_value(out: Output, name: str, value: str, since: str | None) -> None:
    """Set NAME to VALUE from a day on."""
    from earnest.kernel.period import parse_day
    from earnest.usecases.declare import set_setting

    canonical = set_setting(out.workspace(), name, value, parse_day(since) if since else None)
    out.data(
        {"name": name, "value": canonical, "from": since},
        lambda c: c.print(f"{name} = {canonical} from {since or 'today'}", markup=False),
    )


@group.command(name="list")
@shared
def list_settings(out: Output) -> None:
    """List settings in force today. With what each means; --json has all dated values."""
    from earnest.cli.tables import print_table
    from earnest.definitions.setting import SETTINGS

    workspace = out.workspace()
    state = workspace.state()
    today = workspace.today(state)
    data = {
        name: {
            "value": state.setting(name, today),
            "default": entry.default,
            "meaning": entry.meaning,
            "dated": [{"value": d.value, "from": d.since.isoformat()} for d in state.settings.get(name, [])],
        }
        for name, entry in SETTINGS.items()
    }
    rows = [(name, state.setting(name, today) or "not set", entry.meaning) for name, entry in SETTINGS.items()]
    rows = [
        ("currency", state.currency, "of all amounts; fixed"),
        ("timezone", state.timezone, "of business days; fixed"),
        *rows,
    ]
    out.data(
        {"currency": state.currency, "timezone": state.timezone, "settings": data},
        lambda c: print_table(c, ("setting", "value", "meaning"), rows),
    )


COMMANDS = {"setting": group}
