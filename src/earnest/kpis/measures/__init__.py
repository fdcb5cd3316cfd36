"""Measures: exact sums behind KPIs, from rollups for speed and from rows for explaining. Found in the family modules."""

from __future__ import annotations

import functools

from earnest.kernel.declared import declared
from earnest.kpis.measures.measure import Measure


@functools.cache
def all_measures() -> dict[str, Measure]:
    """Every measure by id, in the order of the modules."""
    return {one.id: one for one in declared(__name__, Measure, "MEASURES")}
