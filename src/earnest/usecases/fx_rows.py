"""The workspace's exchange rates for rows of files: by day, with the days of the orders that refunds belong to."""

from __future__ import annotations

from fractions import Fraction

import duckdb

from earnest.definitions.state import State
from earnest.importers.foreign import Rates
from earnest.kernel.estimate import Unavailable
from earnest.kernel.period import day_of
from earnest.usecases.workspace import Workspace
from earnest.warehouse import segments


def rates_of(workspace: Workspace, state: State) -> Rates:
    """Rates as they are told now, for an import."""
    book = state.fx(workspace.today(state))

    def of(currency: str, day: int) -> tuple[Fraction, str] | None:
        found = book.convert(currency, state.currency, day_of(day))
        return None if isinstance(found, Unavailable) else (found.factor, str(found))

    def order_days(con: duckdb.DuckDBPyConnection) -> None:
        told = [one for each in state.active_imports for one in each.segments if one.kind in _KINDS]
        segments.bind(con, workspace.events, told, kinds=_KINDS, prefix="known_")
        both = " UNION ALL ".join(f"SELECT order_key, local_day FROM known_{kind}" for kind in _KINDS)
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE known_order_day AS SELECT order_key, min(local_day) AS day FROM ({both}) GROUP BY order_key"
        )

    return Rates(of, order_days)


_KINDS = ("order", "conversion")
