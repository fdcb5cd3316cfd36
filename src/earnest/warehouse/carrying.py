"""The tools of an incremental build: read the stored rows of some keys, run a model over few rows, rewrite changed days.

Keys are hashes, so a table's files cannot be pruned by key. Stored rows are therefore found in two passes: the key and
day columns of all files, then the other columns of the files that hold a match.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from earnest.warehouse import duck
from earnest.warehouse.build import Place, bind_table, write_table
from earnest.warehouse.manifest import TableFile
from earnest.warehouse.models import Model


@dataclass(slots=True)
class Carrying:
    """An incremental build under way: engine, place, and the manifest's tables as they become."""

    con: duckdb.DuckDBPyConnection
    place: Place
    models: dict[str, Model]
    files: dict[str, tuple[TableFile, ...]]
    columns: dict[str, tuple[tuple[str, str], ...]]

    def names(self, table: str) -> str:
        """A table's columns, in order."""
        return ", ".join(column for column, _ in self.columns[table])

    def table(self, name: str, body: str) -> None:
        """Create a temporary table."""
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {body}")

    def keys(self, name: str, body: str) -> int:
        """Create a temporary table of distinct keys `k`; return how many."""
        self.table(name, f"SELECT DISTINCT k FROM ({body}) WHERE k IS NOT NULL")
        return self.count(name)

    def count(self, table: str) -> int:
        """Rows of a temporary table."""
        return duck.scalar(self.con, f"SELECT count(*) FROM {table}")

    def run(self, target: str, model: str, **narrowed: str) -> None:
        """Run a model's SQL into the temporary table `target`, with some of its inputs bound to fewer rows.

        The narrowed inputs are views of the same names in a schema that is searched first: the text stays as it is.
        """
        for name, table in narrowed.items():
            self.con.execute(f"CREATE OR REPLACE VIEW narrow.{name} AS SELECT * FROM {table}")
        self.con.execute("SET search_path = 'narrow,main'")
        try:
            self.table(target, self.models[model].sql)
        finally:
            self.con.execute("SET search_path = 'main'")
            for name in narrowed:
                self.con.execute(f"DROP VIEW narrow.{name}")

    def stored(self, target: str, name: str, condition: str, *, columns: str | None = None) -> None:
        """Copy the stored rows of table `name` that meet `condition` into the temporary table `target`."""
        wanted = columns or self.names(name)
        day, span = self.models[name].partition, self.place.span_days
        found = (
            duck.rows(self.con, f"SELECT DISTINCT {day} - {day} % {span} FROM {name} WHERE {condition}")
            if self.files[name]
            else []
        )
        source = self.of_parts(name, {int(str(part)) for (part,) in found})
        self.table(target, f"SELECT {wanted} FROM {source} WHERE {condition}")

    def of_days(self, name: str, days: Collection[int]) -> str:
        """A table expression over the rows of some days of a stored table."""
        span = self.place.span_days
        listed = ", ".join(str(day) for day in sorted(days)) or "NULL"
        source = self.of_parts(name, {day - day % span for day in days})
        return f"(SELECT * FROM {source} WHERE {self.models[name].partition} IN ({listed}))"

    def of_parts(self, name: str, parts: Collection[int]) -> str:
        """A table expression over some partitions of a stored table."""
        files = [self.place.tables / f.path for f in self.files[name] if f.part in parts]
        return duck.parquet(files) if files else f"(SELECT * FROM {name} WHERE false)"

    def replace(self, name: str, scope: str, *, before: str, after: str) -> list[int]:
        """Put the rows of `after` in place of those of `before`; rewrite the days that differ and return them.

        Args:
            scope: table of the first keys `k` that both cover completely.
        """
        columns, day = self.names(name), str(self.models[name].partition)
        old, new = f"SELECT {columns} FROM {before}", f"SELECT {columns} FROM {after}"
        days = self._differing_days(old, new, day)
        if days:
            self._rewrite(name, days, scope=scope, after=after)
        return days

    def _differing_days(self, old: str, new: str, day: str) -> list[int]:
        """Days on which two row sets differ, by count and two sums of row hashes (a chance of about 2⁻¹²⁰ to miss one)."""
        sums = "count(*) AS rows, bit_xor(hash(t)) AS one, sum(hash(t, 1) % 4503599627370496) AS other"
        cells = (f"SELECT {day} AS day, {sums} FROM ({side}) AS t GROUP BY {day}" for side in (old, new))
        before, after = cells
        changed = duck.rows(
            self.con,
            f"SELECT coalesce(o.day, n.day) FROM ({before}) AS o FULL JOIN ({after}) AS n ON o.day = n.day"
            " WHERE o.rows IS DISTINCT FROM n.rows OR o.one IS DISTINCT FROM n.one OR o.other IS DISTINCT FROM n.other",
        )
        return [int(str(number)) for (number,) in changed]

    def _rewrite(self, name: str, days: Sequence[int], *, scope: str, after: str) -> None:
        model, span, columns = self.models[name], self.place.span_days, self.names(name)
        parts = {day - day % span for day in days}
        listed = ", ".join(str(part) for part in sorted(parts))
        body = f"SELECT {columns} FROM {after} WHERE {model.partition} - {model.partition} % {span} IN ({listed})"
        if any(f.part in parts for f in self.files[name]):
            body += f" UNION ALL SELECT {columns} FROM {self.of_parts(name, parts)} AS t ANTI JOIN {scope} AS s ON t.{model.key[0]} = s.k"
        written = write_table(self.con, self.place, model, sql=body)
        kept = tuple(f for f in self.files[name] if f.part not in parts)
        self.files[name] = tuple(sorted(kept + written, key=lambda f: (f.part or 0, f.path)))
        if self.files[name]:
            bind_table(self.con, self.place.tables, name, self.files[name])
            return
        typed = ", ".join(f"CAST(NULL AS {kind}) AS {column}" for column, kind in self.columns[name])
        self.con.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT {typed} WHERE false")
