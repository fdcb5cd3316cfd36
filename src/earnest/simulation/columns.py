"""Arrays → Arrow columns: exact decimals, labels, numbered ids. Whole columns at a time."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from earnest.simulation.chance import Flags, Ints

MONEY = pa.decimal128(12, 2)
FEE = pa.decimal128(12, 6)


def money(minor: Ints) -> pa.Array:
    """Hundredths of the major unit → decimals with two places, exactly."""
    words = np.empty((len(minor), 2), dtype=np.int64)
    words[:, 0] = minor
    words[:, 1] = minor >> 63
    return pa.Array.from_buffers(MONEY, len(minor), [None, pa.py_buffer(words)])


def where(mask: Flags, value: str | Decimal | None, kind: pa.DataType | None = None) -> pa.Array:
    """A column with one value where `mask` holds and null elsewhere."""
    of = kind or pa.string()
    return pc.if_else(pa.array(mask), pa.scalar(value, of), pa.scalar(None, of))


def labels(codes: Ints | np.ndarray[tuple[int], np.dtype[np.intp]], names: Sequence[str | None]) -> pa.Array:
    """Codes → their names, as text; a name may be null."""
    return pa.array(names, pa.string()).take(pa.array(codes))


def numbered(prefix: str, numbers: Ints, suffix: str = "") -> pa.Array:
    """Ids: a prefix and a number, and what follows it."""
    return pc.binary_join_element_wise(prefix, pa.array(numbers).cast(pa.string()), suffix, "")
