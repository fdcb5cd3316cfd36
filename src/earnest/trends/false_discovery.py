"""Many tests at once: of what is flagged, at most the stated share is false (Benjamini and Hochberg).

One thing that happens makes many tests fail: its day, every week with it, each scope it shows in. Counted as so many discoveries
they would let false ones pass beside them; so discoveries are counted as things that happened.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def adjusted(p_values: NDArray[np.float64], things: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Adjusted p of each test: the smallest false discovery rate at which it would be flagged.

    p × tests / things, where things are those that happened if every test up to this p counts. Where nothing at all is out of the
    ordinary, the chance of flagging anything at rate q is at most q.

    Args:
        things: how many there are when the 1st, 2nd … smallest p are flagged; None: as many as tests, which is the plain procedure.

    Assumes: the tests are independent or positively dependent.
    Source: Benjamini & Hochberg, JRSS B 57 (1995) 289–300; Benjamini & Yekutieli, Annals of Statistics 29 (2001) 1165–1188.

    Example:
        >>> adjusted(np.array([0.01, 0.04, 0.03, 0.5])).round(4).tolist()
        [0.04, 0.0533, 0.0533, 0.5]
    """
    number = p_values.size
    order = np.argsort(p_values, kind="stable")
    found_by_then = np.arange(1, number + 1) if things is None else np.maximum(things, 1)
    ranked: NDArray[Any] = p_values[order] * number / found_by_then
    stepped = np.minimum.accumulate(ranked[::-1])[::-1]
    found = np.empty(number)
    found[order] = np.minimum(stepped, 1.0)
    return found
