"""Generations: published whole or not at all, and swept only when nobody can be reading them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from earnest.kernel.errors import Conflict
from earnest.warehouse.manifest import KEEP_SECONDS, Manifest, TableFile, builder_lock, lease, load, publish, sweep

HOUR = KEEP_SECONDS


def generation(folder: Path, name: str, *carried: str) -> Manifest:
    """A generation with a file of its own, and files carried on from older ones."""
    own = f"message/{name}/part=0/data.parquet"
    (folder / own).parent.mkdir(parents=True)
    (folder / own).write_bytes(b"rows")
    files = tuple(TableFile(path, 0, 1) for path in (own, *carried))
    return Manifest(
        name,
        "s",
        (f"{name}.parquet",),
        {"message": files, "credit": ()},
        {"message": (("k", "BIGINT"),), "credit": (("k", "BIGINT"),)},
        {"n": 1},
    )


def only(manifest: Manifest) -> Path:
    return Path(manifest.tables["message"][0].path)


def test_what_is_published_is_loaded(tmp_path: Path) -> None:
    assert load(tmp_path) is None
    one = generation(tmp_path, "one")
    publish(tmp_path, one)
    assert load(tmp_path) == one
    two = generation(tmp_path, "two")
    publish(tmp_path, two)
    assert load(tmp_path) == two
    assert {path.name for path in tmp_path.iterdir()} == {"current.json", "message"}


def test_a_failure_before_the_rename_leaves_the_old_generation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = generation(tmp_path, "one"), generation(tmp_path, "two")
    publish(tmp_path, one)

    def refuse(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        with pytest.raises(OSError, match="no space"):
            publish(tmp_path, two)
    assert load(tmp_path) == one
    publish(tmp_path, two)
    assert load(tmp_path) == two


def test_a_superseded_file_lives_an_hour_from_then_however_old_it_is(tmp_path: Path) -> None:
    one, two = generation(tmp_path, "one"), generation(tmp_path, "two")
    os.utime(tmp_path / only(one), (0, 0))
    publish(tmp_path, one)
    publish(tmp_path, two)
    now = time.time()
    assert sweep(tmp_path, now=now) == 0
    assert sweep(tmp_path, now=now + HOUR - 60) == 0
    assert (tmp_path / only(one)).exists()
    assert sweep(tmp_path, now=now + HOUR + 60) == 1
    assert not (tmp_path / only(one)).exists()
    assert load(tmp_path) == two


def test_what_the_generation_in_force_names_stays_for_ever(tmp_path: Path) -> None:
    one = generation(tmp_path, "one")
    two = generation(tmp_path, "two", str(only(one)))
    publish(tmp_path, one)
    publish(tmp_path, two)
    assert sweep(tmp_path, now=time.time() + 1000 * HOUR) == 0
    assert load(tmp_path) == two


def test_leased_files_stay_even_those_carried_on_from_an_older_generation(tmp_path: Path) -> None:
    one = generation(tmp_path, "one")
    two = generation(tmp_path, "two", str(only(one)))
    three = generation(tmp_path, "three")
    publish(tmp_path, one)
    publish(tmp_path, two)
    with lease(tmp_path, two.folders):
        publish(tmp_path, three)
        assert sweep(tmp_path, now=time.time() + 10 * HOUR) == 0
        assert all((tmp_path / path).exists() for path in two.paths)
    assert sweep(tmp_path, now=time.time() + 10 * HOUR) == 2


def test_the_lease_of_a_dead_process_holds_nothing(tmp_path: Path) -> None:
    one, two = generation(tmp_path, "one"), generation(tmp_path, "two")
    publish(tmp_path, one)
    held = "import os, sys; from pathlib import Path; from earnest.warehouse.manifest import lease\n"
    held += "held = lease(Path(sys.argv[1]), ['one']); held.__enter__(); os._exit(0)"
    subprocess.run([sys.executable, "-c", held, str(tmp_path)], check=True)
    assert len(list((tmp_path / "leases").iterdir())) == 1
    publish(tmp_path, two)
    assert sweep(tmp_path, now=time.time() + 10 * HOUR) == 1
    assert list((tmp_path / "leases").iterdir()) == []


def test_a_manifest_that_names_lost_files_is_not_in_force(tmp_path: Path) -> None:
    one = generation(tmp_path, "one")
    publish(tmp_path, one)
    (tmp_path / only(one)).unlink()
    assert load(tmp_path) is None
    two = generation(tmp_path, "two")
    publish(tmp_path, two)
    (tmp_path / "current.json").write_text((tmp_path / "current.json").read_text()[:40])
    assert load(tmp_path) is None


def test_without_a_generation_nothing_is_swept(tmp_path: Path) -> None:
    generation(tmp_path, "one")
    assert sweep(tmp_path, now=time.time() + 1000 * HOUR) == 0


def test_one_builder_at_a_time(tmp_path: Path) -> None:
    with builder_lock(tmp_path), pytest.raises(Conflict) as caught, builder_lock(tmp_path, wait=False):
        pass
    assert caught.value.code == "builder-busy"
    with builder_lock(tmp_path, wait=False):
        pass


def test_json_and_back(tmp_path: Path) -> None:
    one = generation(tmp_path, "one")
    assert Manifest.from_json(one.to_json()) == one
    assert Manifest.from_json(replace(one, tables={}).to_json()) == replace(one, tables={})
