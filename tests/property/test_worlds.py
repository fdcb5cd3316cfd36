"""Random small worlds: the engine's tables equal the oracle's, whatever the order, the files and the repetitions."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from property.worlds import Chunk, World, chunkings, compare, import_chunk, new_workspace, worlds

from earnest.usecases.import_files import undo_import
from earnest.usecases.rebuild import differing, table_hashes
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace

NAMED_BY_FILE = ("label_campaign",)


def few(count: int) -> Any:
    """So many worlds, the same ones each time."""
    return settings(
        max_examples=count, deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example],
    )  # fmt: skip


@contextmanager
def scratch() -> Iterator[tuple[Workspace, Path]]:
    """A new workspace, and a folder for files."""
    with tempfile.TemporaryDirectory() as folder:
        yield new_workspace(Path(folder) / "w"), Path(folder) / "files"


def unique(chunks: list[Chunk]) -> list[Chunk]:
    """Without files that hold the very same bytes as an earlier one (imported once, as their hash is known)."""
    seen: set[str] = set()
    return [chunk for chunk in chunks if not (repr(chunk) in seen or seen.add(repr(chunk)))]


def hashes(workspace: Workspace) -> dict[str, str]:
    return table_hashes(workspace.tables, build(workspace))


def imported(workspace: Workspace, chunks: list[Chunk], folder: Path, *, then_build: bool = False) -> dict[str, str]:
    for chunk in chunks:
        import_chunk(workspace, chunk, folder, then_build=then_build)
    return hashes(workspace)


@st.composite
def world_in_chunks(draw: st.DrawFn, *, ids_only: bool = False, repeat: bool = False) -> list[Chunk]:
    return unique(draw(chunkings(draw(worlds(ids_only=ids_only)), repeat=repeat)))


def check_against_oracle(chunks: list[Chunk]) -> None:
    with scratch() as (workspace, folder):
        for chunk in chunks:
            import_chunk(workspace, chunk, folder)
            assert differing(workspace, build(workspace)) == ()
        compare(workspace, chunks)


@few(12)
@given(world_in_chunks(repeat=True))
def test_tables_equal_the_oracle_and_carrying_equals_rebuilding(chunks: list[Chunk]) -> None:
    check_against_oracle(chunks)
