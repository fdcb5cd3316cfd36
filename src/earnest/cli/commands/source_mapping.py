"""earnest source preview, map; and the options of `earnest source add` that say how a source's payloads are read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from earnest.cli.commands.source_visits import read_options, taken, visit_options
from earnest.cli.output import F, Output, shared

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.journal.log import Entry
    from earnest.usecases.hook_mapping import Preview

_READING = (
    click.option("--kind", default=None, help="What each post tells: orders, messages, refunds, clicks, contacts …"),
    click.option("--map", "maps", multiple=True, metavar="FIELD=PATH",
                 help="Where a field stands: total=data.amount, sku=lines[*].sku, currency==EUR, ordered_at=@received."),
    click.option("--id", "identity", default=None, metavar="PATH", help="The id by which two posts of one thing are one."),
    click.option("--channel", default=None, metavar="CODE", help="Medium of messages: sms, call, tiktok, chat …"),
    click.option("--timezone", default=None, help="Zone of clock times written without one."),
    click.option("--decimal", default=None, type=click.Choice(["point", "comma"]), help="How amounts are written."),
    click.option("--date-format", default=None, help="strptime format of times, for example '%d.%m.%Y %H:%M'."),
)  # fmt: skip
_TUNING = (
    click.option("--conversion", "conversions", multiple=True, metavar="EVENT=KIND",
                 help="Segment: an event that is a conversion: 'Trial Started=lead'."),
    click.option("--trait", "traits", multiple=True, help="Segment: a trait to keep beside consent, country, language, plan."),
    click.option("--default-currency", default=None, help="Segment: currency of calls that name none."),
    click.option("--test-mode/--no-test-mode", default=None, help="Stripe: read what comes from test mode as if it were real."),
)  # fmt: skip


def reading_options(function: F) -> F:
    """Add the options that say how a generic source's posts are read."""
    for option in reversed(_READING):
        function = option(function)
    return function


def source_options(function: F) -> F:
    """Add every option of a source's own, for `earnest source add`; `told_options` takes them all."""
    for option in reversed(_TUNING):
        function = option(function)
    return reading_options(visit_options(function))


def told_options(channel: str, given: dict[str, Any]) -> dict[str, Any] | None:
    """`Source.options` of what was asked for; takes its options out of `given`.

    Raises:
        UsageError: `option-without-use` for another channel's options, and what `options_of` and `Tuning.of` raise.
    """
    from earnest.kernel.errors import UsageError

    reading = {name: given.pop(name) for name in _NAMES}
    tuning = {name: given.pop(name) for name in ("conversions", "traits", "default_currency")}
    test_mode = {"test_mode": given.pop("test_mode")}
    visits, others = taken(channel, given)
    mine = {"generic": reading, "segment": tuning, "stripe": test_mode}.get(channel, {})
    used = {name for name, value in (reading | tuning | test_mode | others).items() if value not in (None, (), "")}
    foreign = [f"--{_FLAGS.get(name, name).replace('_', '-')}" for name in sorted(used - mine.keys())]
    if foreign:
        raise UsageError(
            "option-without-use",
            f"{', '.join(foreign)} has no use with --as {channel}",
            hint="Mappings are for --as generic; conversions and traits for --as segment; test mode for --as stripe;"
            " origins for --as site; orders for --as site, ga4, matomo and posthog.",
        )
    if visits:
        return read_options(channel, visits)
    if not used:
        return None
    if channel == "stripe":
        return test_mode
    return _options(reading) if channel == "generic" else _tuning(tuning)


def _tuning(tuning: dict[str, Any]) -> dict[str, Any]:
    from earnest.channels.segment.tuning import Tuning

    options = {
        "conversions": dict(_pair(one) for one in tuning["conversions"]),
        "traits": list(tuning["traits"]),
        "currency": tuning["default_currency"],
    }
    Tuning.of(options)
    return {name: value for name, value in options.items() if value}


_NAMES = ("kind", "maps", "identity", "channel", "timezone", "decimal", "date_format")
_FLAGS = {"maps": "map", "identity": "id", "conversions": "conversion", "traits": "trait", "origins": "origin"}


def _pair(text: str) -> tuple[str, str]:
    from earnest.kernel.errors import UsageError

    event, equals, kind = text.rpartition("=")
    if not equals or not event.strip() or not kind.strip():
        raise UsageError("bad-conversion", f"'{text}' is no EVENT=KIND", hint="For example 'Trial Started=lead'.")
    return event.strip(), kind.strip()


def _options(reading: dict[str, Any], *, kind: str | None = None) -> dict[str, Any]:
    """Options from flags; only what was given, so that it can stand over saved ones."""
    from earnest.channels.generic.plan import options_of
    from earnest.kernel.errors import UsageError

    said = reading["kind"] or kind
    if said is None and (reading["maps"] or reading["identity"]):
        raise UsageError("kind-missing", "a mapping needs --kind", hint="For example --kind orders.")
    given = {name: reading[name] for name in ("channel", "timezone", "decimal", "date_format") if reading[name]}
    if said is None:
        return given
    made = options_of(said, reading["maps"], identity=reading["identity"])
    mapping = {"mapping": made["mapping"]} if made["mapping"] else {}
    return {"kind": made["kind"]} | mapping | given


@click.command()
@click.argument("name")
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--last", default=1, show_default=True, type=click.IntRange(1, 1000), help="The newest N bodies received."
)
@reading_options
@shared
def preview(out: Output, name: str, file: Path | None, *, last: int, **reading: Any) -> None:
    """See what a source received and what becomes of it.

    Nothing is written. FILE holds one body (- is standard input); without it, the last body received is taken.
    """
    from earnest.usecases.hook_mapping import generic_source, last_received
    from earnest.usecases.hook_mapping import preview as see

    workspace = out.workspace()
    source = generic_source(workspace.state(), name)
    entries = [_given(file, workspace.clock())] if file else last_received(workspace, name, last=last)
    changes = _options(reading, kind=(source.options or {}).get("kind"))
    found = see(workspace, name, entries, changes=changes)
    for note in found.notes:
        out.note(note)
    out.data(found.to_json(), lambda console: _show(console, found))
    if found.mapping and not found.saved and found.problem is None:
        out.next(_command(found))


def _given(file: Path, now_us: int) -> Entry:
    from earnest.journal.log import RECEIVED, Entry

    body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    return Entry(0, now_us, "preview", RECEIVED, None, body, {})


def _show(console: Console, found: Preview) -> None:
    from earnest.cli.tables import print_table

    print_table(
        console,
        ("path", "values", "example"),
        [(p.path, f"{p.values:,}", p.example) for p in found.paths],
        numbers=(1,),
    )
    if found.mapping:
        console.print(f"\n{'Saved' if found.saved else 'Suggested'} mapping for {found.kind}:")
        print_table(console, ("field", "from"), list(found.mapping.items()))
    if found.problem is not None:
        console.print(f"\n{found.problem}", markup=False)
        return
    events = ", ".join(f"{count:,} {kind}" for kind, count in found.events.items()) or "none"
    console.print(
        f"\n{found.bodies:,} bodies: {found.rows:,} rows, {found.rejected:,} refused. Events: {events}.", markup=False
    )
    for body, field, sentence in found.rejects:
        console.print(f"body {body} {field}: {sentence}", markup=False)


def _command(found: Preview) -> str:
    import shlex

    maps = " ".join(f"--map {shlex.quote(f'{field}={source}')}" for field, source in found.mapping.items())
    return f"earnest source map {found.source} --kind {found.kind} {maps}"


@click.command(name="map")
@click.argument("name")
@reading_options
@shared
def save(out: Output, name: str, **reading: Any) -> None:
    """Save how a source's posts are read from now on.

    Fields given with --map take the place of the whole mapping; other options stay as they are unless given.
    """
    from earnest.usecases.hook_mapping import generic_source, notes_of, plan_for, save_mapping

    workspace = out.workspace()
    state = workspace.state()
    options = _options(reading, kind=(generic_source(state, name).options or {}).get("kind"))
    changed = save_mapping(workspace, name, options)
    for note in notes_of(plan_for(state, changed)):
        out.note(note)
    fields = len((changed.options or {})["mapping"])
    out.data(
        changed.to_json(),
        lambda console: console.print(
            f"{name}: {fields} fields of {(changed.options or {})['kind']} are read from now on.", markup=False
        ),
    )
    out.next(f"earnest source preview {name}")


VERBS = (preview, save)
"""Registered into `earnest source` by cli/commands/source.py."""
