"""Paths written as text ("email > sms > email") → codes and offsets, without a loop over rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from earnest.attribution.journeys.journeys import Codes, Ints, Journeys

SEPARATOR = ">"
MARKS = {"lead": 1, "opportunity": 2}
"""A step written "lead:email" is a touch of e-mail at which the contact became a lead."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Paths taken apart.

    Args:
        channels: names, in the order of the alphabet.
        items, offsets: as of `Journeys`, but a path may have no step.
        milestone: per step 1 for a lead, 2 for an opportunity; None where no step is marked.
        broken: per path, whether a step between its separators is empty.
    """

    channels: tuple[str, ...]
    items: Codes
    offsets: Ints
    milestone: npt.NDArray[np.int8] | None
    broken: npt.NDArray[np.bool_]


def of_paths(
    paths: Sequence[str],
    *,
    conversions: npt.ArrayLike,
    nulls: npt.ArrayLike | None = None,
    value: npt.ArrayLike | None = None,
    units: int = 1,
    currency: str | None = None,
) -> Journeys:
    """Journeys from paths, each with at least one step: how many converted, how many did not, what they brought.

    Example:
        >>> of_paths(["a > b", "b"], conversions=[1, 0], nulls=[0, 2]).channels
        ('a', 'b')
    """
    steps = take_apart(pa.array(paths, pa.string()))
    assert not steps.broken.any(), "a path has an empty step"
    worth = None if value is None else np.asarray(value)
    return Journeys(
        channels=steps.channels,
        items=steps.items,
        offsets=steps.offsets,
        conversions=np.asarray(conversions, np.int64),
        nulls=None if nulls is None else np.asarray(nulls, np.int64),
        value=worth if worth is None or worth.dtype.kind == "f" else worth.astype(np.int64),
        units=units,
        currency=currency,
        milestone=steps.milestone,
    )


def take_apart(paths: pa.Array | pa.ChunkedArray, separator: str = SEPARATOR) -> Steps:
    """Split paths into steps; blanks around a step do not count."""
    chunks = pc.split_pattern(
        paths if isinstance(paths, pa.ChunkedArray) else pa.chunked_array([paths]), separator
    ).chunks
    steps = pa.chunked_array([chunk.flatten() for chunk in chunks], pa.string())
    encoded = pc.dictionary_encode(steps).unify_dictionaries()
    codes = np.concatenate([np.zeros(0, np.int32), *(chunk.indices.to_numpy() for chunk in encoded.chunks)])
    offsets = np.concatenate(([0], *(np.diff(chunk.offsets.to_numpy()) for chunk in chunks))).astype(np.int64).cumsum()
    names = encoded.chunk(0).dictionary.to_pylist() if encoded.num_chunks else []
    written = [text.strip() for text in names]
    plain, marks = zip(*(_unmarked(text) for text in written), strict=True) if written else ((), ())
    channels = tuple(sorted(set(plain)))
    place = {name: index for index, name in enumerate(channels)}
    items = np.array([place[name] for name in plain], np.int32)[codes] if len(codes) else np.zeros(0, np.int32)
    milestone = np.array(marks, np.int8)[codes] if any(marks) else None
    return Steps(channels, items, offsets, milestone, _broken(items, offsets, place.get("")))


def _unmarked(text: str) -> tuple[str, int]:
    head, colon, rest = text.partition(":")
    mark = MARKS.get(head.strip().lower(), 0) if colon else 0
    return (rest.strip(), mark) if mark else (text, 0)


def _broken(items: Codes, offsets: Ints, nameless: int | None) -> npt.NDArray[np.bool_]:
    broken = np.diff(offsets) == 0
    if nameless is not None:
        owners = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        broken[owners[items == nameless]] = True
    return np.asarray(broken, np.bool_)
