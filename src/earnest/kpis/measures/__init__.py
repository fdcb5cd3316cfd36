"""Measures: exact sums behind KPIs, from rollups for speed and from rows for explaining."""
