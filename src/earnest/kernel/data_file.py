"""Data that comes with Earnest: CSV files beside the code, each row with its source."""

from __future__ import annotations

import csv
from importlib.resources import files


def data_rows(package: str, name: str) -> list[dict[str, str]]:
    """Rows of `data/NAME` in a package, by column name."""
    with (files(package) / "data" / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
