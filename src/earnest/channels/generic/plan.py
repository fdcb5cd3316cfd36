"""How the posts of one generic source are read: its mapping, as `Source.options` keeps it.

{"kind": "orders", "channel": "call", "mapping": {"order_id": "data.id", "currency": "=EUR", "ordered_at": "@received"},
 "timezone": "Europe/Berlin", "decimal": "comma", "date_format": "%d.%m.%Y"}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from earnest.channels.generic.paths import Path, Step, lists_of, path_of
from earnest.importers import mapping as columns
from earnest.importers.fields import KINDS
from earnest.importers.mapping import RECEIVED
from earnest.importers.parsing import Reading
from earnest.kernel.errors import UsageError, closest

HOOK_KINDS = tuple(name for name in KINDS if name != "series")
OWN_ID = {"messages": "message_id", "orders": "order_id", "refunds": "refund_id", "clicks": "click_id",
          "costs": "cost_id", "sessions": "session_id", "conversions": "conversion_id", "reviews": "review_id", "answers": "answer_id"}  # fmt: skip
"""Kind → the field by which two posts are known to tell of one thing; the others are known by what they say."""

VERSIONED = ("orders", "conversions")
"""Kinds of which the latest telling counts."""


@dataclass(frozen=True, slots=True)
class HookPlan:
    """A checked mapping.

    Args:
        paths: what is taken out of a record, in the order of `mapping`'s columns; `RECEIVED` is none of them.
        lists: steps to the lists whose elements become rows.
        mapping: fields over columns that are called as their paths.
        columns: names of the columns.
    """

    kind: str
    paths: tuple[Path, ...]
    lists: tuple[tuple[Step, ...], ...]
    mapping: columns.Mapping
    columns: tuple[str, ...]

    @property
    def by_id(self) -> bool:
        """Whether two posts of one thing are known to be one."""
        return self.kind not in OWN_ID or self.mapping.of(OWN_ID[self.kind]) is not None


def options_of(
    kind: str,
    maps: Sequence[str],
    *,
    identity: str | None = None,
    channel: str | None = None,
    timezone: str | None = None,
    decimal: str = "point",
    date_format: str | None = None,
) -> dict[str, Any]:
    """`Source.options` of what was asked for; `plan_of` checks them.

    Args:
        maps: `field=path`, `field==constant` or `field=@received`. identity: path of the id that makes two posts one.

    Raises:
        UsageError: `unknown-kind`, `bad-map`, `id-without-use`.
    """
    chosen: dict[str, str] = {}
    for one in maps:
        field, equals, source = one.partition("=")
        field, source = field.strip(), source.strip()
        if not equals or not field or not source:
            raise UsageError(
                "bad-map",
                f"'{one}' is no mapping",
                hint="Write --map field=path, --map field==constant or --map field=@received.",
            )
        chosen[field] = source
    if identity is not None:
        own = OWN_ID.get(_kind(kind))
        if own is None or chosen.get(own, identity) != identity:
            where = f"its {own} is mapped already" if own else "they are known by what they say"
            raise UsageError("id-without-use", f"{kind} need no --id: {where}", hint="Leave --id out.")
        chosen[own] = identity
    options = {"kind": _kind(kind), "channel": channel, "mapping": chosen, "timezone": timezone, "decimal": decimal, "date_format": date_format}  # fmt: skip
    return {name: value for name, value in options.items() if value is not None}


def plan_of(options: Mapping[str, Any], *, source: str, currency: str, zone: str, region: str | None) -> HookPlan:
    """The plan that a source's options describe.

    Args:
        source: name of the source. currency, zone: the workspace's. region: country of numbers without a country code.

    Raises:
        UsageError: `not-mapped`, `unknown-kind`, `unknown-field`, `bad-path`, `lists-cross`.
        DataRefused: `missing-column`: a needed field is not mapped.
    """
    chosen = dict(options.get("mapping") or {})
    if not chosen or not options.get("kind"):
        raise UsageError(
            "not-mapped",
            f"the source {source} has no mapping, so nothing it receives can be read",
            hint=f"See what it received: earnest source preview {source}",
        )
    kind = _kind(str(options["kind"]))
    if kind == "messages" and options.get("channel") and "channel" not in chosen:
        chosen["channel"] = f"={options['channel']}"
    if kind in VERSIONED and "updated_at" not in chosen:
        chosen["updated_at"] = RECEIVED
    sources = dict.fromkeys(one for one in chosen.values() if not _constant(one))
    paths = tuple(path_of(one) for one in sources if one != RECEIVED)
    names = tuple(sources)
    reading = Reading(
        currency, zone, options.get("timezone"), options.get("decimal") == "comma", options.get("date_format")
    )
    fields = [f"{field}={one}" for field, one in chosen.items()]
    plan = columns.detect(names, KINDS[kind], overrides=fields, reading=reading, source=source, region=region)
    return HookPlan(kind, paths, lists_of(paths), plan, names)


def _constant(source: str) -> bool:
    return source.startswith("=") or (len(source) > 2 and source[0] == source[-1] and source[0] in "'\"")


def _kind(name: str) -> str:
    if name not in HOOK_KINDS:
        raise UsageError(
            "unknown-kind",
            f"'{name}' is no kind of row{closest(name, HOOK_KINDS)}",
            hint=f"Kinds: {', '.join(HOOK_KINDS)}.",
        )
    return name
