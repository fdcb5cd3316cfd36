"""A small shop's files in several formats, and a prepared workspace to import them into: made once, the same each time."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from earnest.simulation.demo import demo_plan
from earnest.simulation.plan import ShopPlan
from earnest.simulation.shop import ShopFiles, write
from earnest.usecases.declare import set_setting
from earnest.usecases.demo import declare_shop
from earnest.usecases.import_files import Options, import_files
from earnest.usecases.rebuild import table_hashes
from earnest.usecases.tables import build
from earnest.usecases.workspace import Workspace, init
from earnest.warehouse.manifest import load

SOURCE = Options(source="shop")


@dataclass(frozen=True, slots=True)
class Parcel:
    """One file to import: its kind and the number of rows in it."""

    kind: str
    path: Path
    rows: int


@dataclass(frozen=True, slots=True)
class Parcels:
    """The shop, the files that the prepared workspace holds, and those still to be imported, in order."""

    plan: ShopPlan
    shop: ShopFiles
    first: tuple[Parcel, ...]
    later: tuple[Parcel, ...]


def parcels(folder: Path, messages: int, seed: int, *, parts: int = 2) -> Parcels:
    """Write a shop and cut it: contacts, assignments and most of the orders and messages first, then the rest.

    Args:
        parts: files into which the later messages are cut.
    """
    plan = demo_plan(messages, seed, today=date(2026, 10, 1))
    shop = write(plan, folder / "shop")
    cut = folder / "cut"
    cut.mkdir()
    statuses = list(_slices(pq.read_table(shop.messages), [0.6 + 0.4 * part / parts for part in range(parts + 1)]))
    orders = list(_slices(pq.read_table(shop.orders), (0.6, 1.0)))
    first = (
        Parcel("contacts", shop.contacts, shop.rows["contacts"]),
        Parcel("assignments", shop.assignments, shop.rows["assignments"]),
        _parquet("orders", orders[0], cut / "orders-1.parquet"),
        _parquet("messages", statuses[0], cut / "messages-1.parquet"),
    )
    later = (
        _csv("messages", statuses[1], cut / "messages-2.csv"),
        _parquet("orders", orders[1], cut / "orders-2.parquet"),
        Parcel("clicks", shop.clicks, shop.rows["clicks"]),
        _csv("refunds", pq.read_table(shop.refunds), cut / "refunds.csv"),
        *(
            _csv("messages", rows, cut / f"messages-{number}.csv.gz")
            for number, rows in enumerate(statuses[2:], start=3)
        ),
    )
    return Parcels(plan, shop, first, later)


def _slices(table: pa.Table, ends: Sequence[float]) -> Iterator[pa.Table]:
    start = 0
    for end in ends:
        stop = round(table.num_rows * end)
        yield table.slice(start, stop - start)
        start = stop


def _parquet(kind: str, table: pa.Table, path: Path) -> Parcel:
    pq.write_table(table, path)
    return Parcel(kind, path, table.num_rows)


def _csv(kind: str, table: pa.Table, path: Path) -> Parcel:
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    pyarrow.csv.write_csv(table, plain)
    if plain != path:
        path.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
        plain.unlink()
    return Parcel(kind, path, table.num_rows)


def prepared(folder: Path, made: Parcels) -> Workspace:
    """A workspace with the shop declared and its first files imported and built."""
    workspace = init(folder, currency=made.plan.currency, timezone=made.plan.zone, clock=lambda: made.plan.end_us)
    set_setting(workspace, "margin", str(made.plan.margin), made.plan.first_day)
    declare_shop(workspace, made.shop)
    bring(workspace, made.first)
    return workspace


def bring(workspace: Workspace, files: tuple[Parcel, ...]) -> None:
    """Import files, then build."""
    for parcel in files:
        import_files(workspace, [parcel.path], parcel.kind, options=SOURCE, then_build=False)
    build(workspace)


def copy_of(workspace: Workspace, folder: Path) -> Workspace:
    """The same workspace in another folder."""
    shutil.copytree(workspace.path, folder)
    return Workspace(folder, workspace.clock)


def hashes(workspace: Workspace) -> dict[str, str]:
    """Canonical hash of every table in force."""
    manifest = load(workspace.tables)
    assert manifest is not None
    return table_hashes(workspace.tables, manifest)
