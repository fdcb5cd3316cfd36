"""Which path of a post probably fills which field: by the names that files give the field, at the end of the path.

`data.order.total_price` is compared as `dataordertotalprice`, `ordertotalprice` and `totalprice`; the longest name that is
known wins, so that `order.id` is the order's id before `id` could be anybody's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from earnest.channels.generic.paths import Every, Path, lists_of, path_of
from earnest.channels.generic.plan import OWN_ID
from earnest.importers.fields import KINDS, Field, FileKind
from earnest.importers.mapping import RECEIVED, plain
from earnest.kernel.errors import UsageError

_ID = ("id", "identifier")


def suggest(paths: Sequence[str], kind: str) -> dict[str, str]:
    """Field → path, for the fields that a path could be found for.

    A needed time that no path tells is suggested as the moment of receipt: most senders post what has just happened. An
    amount beside tax or shipping is suggested as the total: who tells them apart mostly tells what was paid.
    """
    chosen: dict[str, str] = {}
    lists: list[Path] = []
    found = [path_of(path) for path in paths]
    for _, field, path in sorted(_candidates(found, KINDS[kind]), key=lambda one: one[0]):
        if field in chosen or path.text in chosen.values() or not _fits(lists, path):
            continue
        chosen[field] = path.text
        lists.append(path)
    for group in KINDS[kind].needs:
        if not any(name in chosen for name in group) and KINDS[kind].field(group[0]).type == "time":
            chosen[group[0]] = RECEIVED
    if _taken_as_total(chosen):
        chosen["total"] = chosen.pop("amount")
    order = [field.name for field in KINDS[kind].fields]
    return dict(sorted(chosen.items(), key=lambda one: order.index(one[0])))


def _taken_as_total(chosen: Mapping[str, str]) -> bool:
    """Whether an amount (without tax and shipping) stands beside them and no total does."""
    return "amount" in chosen and "total" not in chosen and bool({"tax", "shipping"} & chosen.keys())


Score = tuple[int, int, int, int]


def _candidates(paths: list[Path], kind: FileKind) -> Iterator[tuple[Score, str, Path]]:
    """Every field that a path could fill, the surest first: long names, well-known names, short paths."""
    for place, field in enumerate(kind.fields):
        names = _names(field, kind)
        for path in paths:
            keys = [step for step in path.steps if isinstance(step, str)]
            for start in range(len(keys)):
                name = plain("".join(keys[start:]))
                if name in names:
                    yield (start - len(keys), names.index(name), len(path.steps), place), field.name, path
                    break


def _names(field: Field, kind: FileKind) -> list[str]:
    """Names of a field as they are compared. An id that is nothing else is that of the thing, not of the contact."""
    own = OWN_ID.get(kind.name)
    names = [plain(field.name), *(name for name in field.also if own is None or field.name == own or name not in _ID)]
    if field.name == own:
        names.extend(name for name in _ID if name not in names)
    if field.type == "time":
        names.extend(short for name in list(names) if (short := name.removesuffix("at")) != name and len(short) > 3)
    return names


def _fits(lists: list[Path], path: Path) -> bool:
    """Whether a path's lists go together with those chosen so far."""
    if Every.ELEMENT not in path.steps:
        return True
    try:
        lists_of([*lists, path])
    except UsageError:
        return False
    return True
