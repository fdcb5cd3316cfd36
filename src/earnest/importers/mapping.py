"""Which column of a file fills which field: detected from the names, corrected with `--map`, saved with the import.

A source is a column of the file, `@row` (the record's own number, for files with one row per unit and no id) or a
constant, written `=value`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from earnest.importers.fields import KINDS, Field, FileKind
from earnest.importers.parsing import Reading
from earnest.kernel.errors import DataRefused, UsageError, closest

ROW = "@row"
RECEIVED = "@received"
"""Source of a time field of what comes by a hook: when it came, in ISO 8601 whatever the sender's date format is."""
_SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one file is read.

    Args:
        kind: file kind.
        fields: field → source (column name, `@row`, or `=constant`).
        attributes: contact attribute → column (contacts only).
        ignored: columns of the file that nothing reads.
        source: namespace of the ids in the file; orders merge by order_id only within one source.
        where: row filter, or None.
        reading: how times and amounts are written.
        region: country of numbers written without a country code.
        message_space: namespace of message ids where it is not `source`: the channel's, if a declared source has that name,
            so that a file of sends meets what the provider tells of them. Not part of the digest.
    """

    kind: str
    fields: tuple[tuple[str, str], ...]
    attributes: tuple[tuple[str, str], ...]
    ignored: tuple[str, ...]
    source: str
    where: str | None
    reading: Reading
    region: str | None
    message_space: str | None = None

    def of(self, field: str) -> str | None:
        """The source of a field, if mapped."""
        return dict(self.fields).get(field)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "fields": dict(self.fields),
            "attributes": dict(self.attributes),
            "source": self.source,
            "where": self.where,
            "region": self.region,
            "currency": self.reading.currency,
            "zone": self.reading.zone,
            "file_zone": self.reading.file_zone,
            "decimal_comma": self.reading.decimal_comma,
            "date_format": self.reading.date_format,
        }

    @property
    def digest(self) -> str:
        """Hash of everything that decides how rows are read: part of the segment's key."""
        return digest_of(self.to_json())


def digest_of(body: dict[str, Any]) -> str:
    """Digest of a mapping as it stands in the journal."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def plain(name: str) -> str:
    """A column name without case, blanks, underscores and punctuation: how names are compared."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def file_kind(name: str) -> FileKind:
    """Look up a file kind.

    Raises:
        UsageError: `unknown-kind`.
    """
    if name not in KINDS:
        raise UsageError(
            "unknown-kind", f"'{name}' is no kind of file{closest(name, KINDS)}", hint=f"Kinds: {', '.join(KINDS)}."
        )
    return KINDS[name]


def source_name(name: str) -> str:
    """Check the name of a source: it becomes part of keys, never of a path.

    Raises:
        UsageError: `bad-source-name`.
    """
    if not _SOURCE_NAME.fullmatch(name) or ".." in name:
        raise UsageError(
            "bad-source-name",
            f"'{name}' cannot name a source",
            hint="Use lower-case letters, digits, - and _, at most 64.",
        )
    return name


def detect(
    columns: Sequence[str],
    kind: FileKind,
    *,
    overrides: Sequence[str],
    reading: Reading,
    source: str,
    where: str | None = None,
    region: str | None = None,
) -> Mapping:
    """Map a file's columns to the kind's fields: by name first, then as `overrides` say (`field=column`).

    Raises:
        DataRefused: `missing-column` (a needed field has no column), `unknown-column` (an override names none).
        UsageError: `unknown-field`, `bad-map`.
    """
    chosen = _explicit(overrides, columns, kind)
    taken = set(chosen.values())
    for field in kind.fields:
        if field.name not in chosen and (column := _find(field, columns, taken)):
            chosen[field.name] = column
            taken.add(column)
    attributes = {name.removeprefix("attribute."): c for name, c in chosen.items() if name.startswith("attribute.")}
    fields = {field.name: chosen[field.name] for field in kind.fields if field.name in chosen}
    rest = tuple(column for column in columns if column not in taken)
    if kind.rest == "attributes":
        attributes.update({column: column for column in rest})
        rest = ()
    _require(fields, kind, columns)
    return Mapping(
        kind.name,
        tuple(sorted(fields.items())),
        tuple(sorted(attributes.items())),
        rest,
        source_name(source),
        where,
        reading,
        region,
    )


def _find(field: Field, columns: Sequence[str], taken: set[str]) -> str | None:
    names = (plain(field.name), *field.also)
    by_name = {plain(column): column for column in reversed(columns)}
    return next((by_name[name] for name in names if name in by_name and by_name[name] not in taken), None)


def _explicit(overrides: Sequence[str], columns: Sequence[str], kind: FileKind) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for override in overrides:
        target, equals, source = override.partition("=")
        target, source = target.strip(), source.strip()
        if not equals or not target or not source:
            raise UsageError(
                "bad-map",
                f"'{override}' is no mapping",
                hint="Write --map field=column, field=@row or field==constant.",
            )
        chosen[_target(target, kind)] = _column(source, columns)
    return chosen


def _target(name: str, kind: FileKind) -> str:
    if name.startswith("attribute.") and kind.rest == "attributes":
        return name
    known = {plain(alias): field.name for field in reversed(kind.fields) for alias in field.also}
    known.update({plain(field.name): field.name for field in kind.fields})
    if plain(name) not in known:
        raise UsageError(
            "unknown-field",
            f"{kind.name} have no field '{name}'{closest(name, [field.name for field in kind.fields])}",
            hint=f"Fields: {', '.join(field.name for field in kind.fields)}.",
        )
    return known[plain(name)]


def _column(source: str, columns: Sequence[str]) -> str:
    if source == ROW or source.startswith("="):
        return source
    if source in columns:
        return source
    if len(source) > 2 and source[0] == source[-1] and source[0] in "'\"":
        return "=" + source[1:-1]
    by_name = {plain(column): column for column in columns}
    if plain(source) in by_name:
        return by_name[plain(source)]
    raise DataRefused(
        "unknown-column",
        f"the file has no column '{source}'{closest(source, columns)}",
        hint=f"Columns: {', '.join(columns)}. For a constant write =={source}.",
        column=source,
    )


def _require(fields: dict[str, str], kind: FileKind, columns: Sequence[str]) -> None:
    for group in kind.needs:
        if not any(name in fields for name in group):
            wanted = " or ".join(group)
            raise DataRefused(
                "missing-column",
                f"no column of the file was recognised as {wanted}",
                hint=f"Give --map {group[0]}=COLUMN. Columns: {', '.join(columns)}.",
                needed=list(group),
            )
    if kind.needs_contact and not any(field.type == "identity" and field.name in fields for field in kind.fields):
        raise DataRefused(
            "missing-column",
            "no column of the file says who the contact is",
            hint=f"Give --map contact=COLUMN, or --map contact=@row if each row is one unit. Columns: {', '.join(columns)}.",
            needed=["contact"],
        )
