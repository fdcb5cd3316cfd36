"""How to read files: what was asked for, over a saved mapping where one is named."""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb

from earnest.definitions.state import State
from earnest.importers import parsing
from earnest.kernel.declared import look_up
from earnest.kernel.errors import NotFound, UsageError
from earnest.kernel.period import zone

DEFAULT_SOURCE = "files"


@dataclass(frozen=True, slots=True)
class Options:
    """How to read the files.

    Args:
        maps: `field=column`, `field=@row` or `field==constant`, stronger than detection.
        source: namespace of the ids.
        where: row filter.
        timezone: zone of clock times without one.
        decimal: "point" or "comma".
        date_format: strptime format.
        region: country of numbers without country code; None takes the workspace's setting.
        saved: name of a saved mapping to start from.
        save_as: name under which to save the mapping used.
        without: columns that are not to be read, whatever their names.
        by: who imports, for the journal; "": whoever works at the command line.
    """

    maps: tuple[str, ...] = ()
    source: str = DEFAULT_SOURCE
    where: str | None = None
    timezone: str | None = None
    decimal: str = "point"
    date_format: str | None = None
    region: str | None = None
    saved: str | None = None
    save_as: str | None = None
    without: tuple[str, ...] = ()
    by: str = ""


def with_saved(state: State, options: Options) -> Options:
    """The options with a saved mapping under them: what is given now is stronger than what was saved."""
    if options.saved is None:
        return options
    refusal, hint = (NotFound, "no-such-mapping"), "Save one with --save-mapping NAME."
    saved = look_up(state.mappings, options.saved, what="saved mapping", hint=hint, refusal=refusal)["mapping"]
    fields = tuple(f"{field}={source}" for field, source in saved["fields"].items())
    attributes = tuple(f"attribute.{name}={column}" for name, column in saved["attributes"].items())
    return replace(
        options,
        maps=fields + attributes + options.maps,
        source=options.source if options.source != DEFAULT_SOURCE else saved["source"],
        where=options.where or saved["where"],
        timezone=options.timezone or saved["file_zone"],
        decimal="comma" if saved["decimal_comma"] else options.decimal,
        date_format=options.date_format or saved["date_format"],
        region=options.region or saved["region"],
    )


def refuse_column_options(options: Options, kind: str) -> None:
    """Webhook bodies have no columns: options that say how to read some are a mistake.

    Raises:
        UsageError: `option-without-use`.
    """
    default = Options()
    given = [
        flag
        for name, flag in _COLUMN_OPTIONS.items()
        if getattr(options, name) != getattr(default, name) and (name != "region" or kind in INTERNATIONAL)
    ]
    if given:
        raise UsageError(
            "option-without-use",
            f"{', '.join(given)} has no use with --as {kind}: webhook bodies have no columns to map",
            hint=f"Leave it out: earnest import run FILE --as {kind}",
        )


INTERNATIONAL = ("whatsapp",)
"""Channels whose phones all have their country code: a region has no use for them."""

_COLUMN_OPTIONS = {
    "maps": "--map", "where": "--where", "timezone": "--timezone", "decimal": "--decimal", "date_format": "--date-format",
    "region": "--region", "saved": "--mapping", "save_as": "--save-mapping", "without": "--without",
}  # fmt: skip


def reading_of(state: State, options: Options) -> parsing.Reading:
    """How the file writes times and amounts.

    Raises:
        UsageError: `unknown-timezone`, `bad-date-format`, `unknown-value`.
    """
    if options.timezone is not None:
        zone(options.timezone)
    if options.date_format is not None:
        _check_date_format(options.date_format)
    if options.decimal not in ("point", "comma"):
        raise UsageError(
            "unknown-value", f"'{options.decimal}' is no decimal mark", hint="Give --decimal point or --decimal comma."
        )
    return parsing.Reading(
        state.currency, state.timezone, options.timezone, options.decimal == "comma", options.date_format
    )


def _check_date_format(text: str) -> None:
    try:
        with duckdb.connect() as con:
            con.execute("SELECT try_strptime('', $1)", [text])
    except duckdb.Error as error:
        raise UsageError(
            "bad-date-format", f"'{text}' is no date format", hint="For example %d/%m/%Y or %d.%m.%Y %H:%M:%S."
        ) from error
