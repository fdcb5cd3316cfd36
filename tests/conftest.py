"""Fixtures every tier may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of public reference data: `EARNEST_SHARED_DATA`, or `shared/data` beside the checkout, or skip."""
    named = os.environ.get("EARNEST_SHARED_DATA")
    repository = Path(__file__).resolve().parents[1]
    places = [Path(named)] if named else [folder / "shared" / "data" for folder in repository.parents]
    for place in places:
        if place.is_dir():
            return place
    pytest.skip("reference data not found: set EARNEST_SHARED_DATA to the folder that holds hillstrom.csv.gz")
