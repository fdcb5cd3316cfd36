"""Sums of measures, cut by dimensions, filters and days: from a rollup where one holds the cut, else row by row.

    funnel_cell, credit_cell, … ──┐
    funnel_hour_cell, …zone_cell ─┼─ JOIN kpi_label ─ filters, days ─ GROUP BY dimensions, bucket ─> sums
    rows of a measure ────────────┘

Names of dimensions and measures come from their declarations, values are parameters: nothing that is asked becomes SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby

from earnest.attribution.rule import rule_model, stored_models
from earnest.attribution.split import credit_sql
from earnest.kernel.errors import UsageError
from earnest.kernel.money import MICRO_PER_MAJOR, exponent
from earnest.kpis.dimensions import DIMENSIONS, FINE_COLUMNS, unknown_to
from earnest.kpis.measures import all_measures
from earnest.kpis.measures.measure import Measure
from earnest.usecases.kpi_cut import LAST_TOUCH, Cut, Group, Key, Query, of_rollup, of_rows
from earnest.usecases.kpi_tables import made_tables
from earnest.usecases.tables import Tables

__all__ = ["LAST_TOUCH", "Cut", "Group", "Key", "columns_of", "minor_in_micro", "rows_of", "sums"]


def sums(tables: Tables, names: Iterable[str], cut: Cut) -> dict[Key, Group]:
    """The sums of measures by group; a group that some rows fall into has all of them, 0 where none do.

    Raises:
        UsageError: `not-by-dimension`: a measure cannot be cut so; `no-such-model`.
    """
    rule_model(cut.model)
    wanted = tuple(dict.fromkeys(names))
    measures = [all_measures()[name] for name in _parts(wanted)]
    found: dict[Key, Group] = {} if cut.by or cut.grain else {(): Group()}
    plain = [one for one in measures if _rollup(one, cut) is None]
    for rollup, group in groupby(
        sorted(measures, key=lambda one: _rollup(one, cut) or ""), lambda one: _rollup(one, cut)
    ):
        if rollup is not None:
            _from_rollup(tables, rollup, list(group), cut=cut, found=found)
    for measure in plain:
        _from_rows(tables, measure, cut, found)
    made_of = {name: all_measures()[name].made_of for name in wanted if all_measures()[name].made_of}
    for one in found.values():
        for measure in measures:
            one.sums.setdefault(measure.id, 0)
        for name, parts in made_of.items():
            one.sums[name] = sum(sign * one.sums[part] for part, sign in parts)
    return found


def rows_of(tables: Tables, measure: Measure, model: str = LAST_TOUCH) -> str:
    """The rows of a measure as SQL; the tables on demand that it reads must be there (`made_tables`)."""
    if measure.made_of:
        raise UsageError("not-row-based", f"{measure.id} is made of other measures", hint="Ask for those.")
    rule = rule_model(model)
    credit = "credit" if rule.rows else f"({credit_sql((rule,))})"
    text = measure.rows.replace("{minor}", str(minor_in_micro(tables.state.currency)))
    return text.replace("{model}", rule.id).replace("{credit}", credit)


def minor_in_micro(currency: str) -> int:
    """Micro units per minor unit of a currency."""
    return int(MICRO_PER_MAJOR // 10 ** exponent(currency))


def columns_of(tables: Tables, measure: Measure, model: str = LAST_TOUCH) -> tuple[str, ...]:
    """Columns of a measure's rows."""
    made_tables(tables, [measure])
    return tuple(str(row[0]) for row in tables.con.execute(f"DESCRIBE {rows_of(tables, measure, model)}").fetchall())


def _parts(names: Iterable[str]) -> list[str]:
    """The measures themselves, and those that others are made of."""
    found: dict[str, None] = {}
    for name in names:
        made_of = all_measures()[name].made_of
        found.update(dict.fromkeys([part for part, _ in made_of] if made_of else [name]))
    return list(found)


def _rollup(measure: Measure, cut: Cut) -> str | None:
    """The rollup that holds a measure under a cut, or None."""
    if measure.cell is None or measure.once_by is not None:
        return None
    table, column = measure.cell
    finer = [DIMENSIONS[name] for name in cut.names if DIMENSIONS[name].level in ("message", "contact")]
    if measure.day != "send" and (cut.by_send or any(DIMENSIONS[name].level == "send" for name in cut.names)):
        return None
    if table == "credit_cell" and cut.model not in {model.id for model in stored_models()}:
        return None
    if not finer:
        return table
    holds = table == "funnel_cell" and column in FINE_COLUMNS
    return finer[0].rollup if holds and len(finer) == 1 else None


def _from_rollup(
    tables: Tables, rollup: str, measures: Sequence[Measure], *, cut: Cut, found: dict[Key, Group]
) -> None:
    day = measures[0].day
    micro = str(minor_in_micro(tables.state.currency))
    columns = [(one.id, one.cell[1].replace("{minor}", micro)) for one in measures if one.cell is not None]
    query = Query(tables, cut, day=f"c.{day}_day")
    if rollup == "failure_cell" or _by_label(cut):
        query.join("kpi_label", "l", "c.label_key = l.label_key", left=True)
    for name in cut.by:
        query.key(of_rollup(query, name))
    for one in cut.filters:
        query.keep(of_rollup(query, one.name), one.values)
    if rollup == "credit_cell":
        query.keep("c.model", (cut.model,))
        query.conditions.append("c.label_key IS NOT NULL")
    some = " OR ".join(f"({sql}) <> 0" for _, sql in columns)
    query.run(f"{rollup} AS c", [(name, f"SUM({sql})") for name, sql in columns], some=some, day=day, found=found)


def _by_label(cut: Cut) -> bool:
    """Whether a cut needs to know what labels say."""
    return any(DIMENSIONS[name].level == "label" for name in cut.names)


def _from_rows(tables: Tables, measure: Measure, cut: Cut, found: dict[Key, Group]) -> None:
    columns = columns_of(tables, measure, cut.model)
    _refuse_unknown(measure, columns, cut)
    by_send = cut.by_send and measure.day != "send" and "message_key" in columns
    query = Query(tables, cut, day="m.send_day" if by_send else "c.day")
    if by_send:
        query.join("message", "m", "c.message_key = m.message_key")
    if not cut.names:
        pass  # uncut, what belongs to no message or campaign counts too: customers nobody is credited with, unallocated cost
    elif "label_key" in columns:
        query.join("kpi_label", "l", "c.label_key = l.label_key")
    else:
        query.join("kpi_campaign", "l", "c.campaign = l.campaign")
    for name in cut.by:
        query.key(of_rows(query, measure, name))
    for one in cut.filters:
        if one.name == "segment" and "segment" not in cut.by:
            query.keep_segment(one.values)
        else:
            query.keep(of_rows(query, measure, one.name), one.values)
    amount = "SUM(c.amount)" if measure.once_by is None else f"COUNT(DISTINCT c.{measure.once_by})"
    source = f"({rows_of(tables, measure, cut.model)}) AS c"
    query.run(source, [(measure.id, amount)], some="1 = 1", day="send" if by_send else measure.day, found=found)


def _refuse_unknown(measure: Measure, columns: Collection[str], cut: Cut) -> None:
    unknown = unknown_to(columns, cut.names, day=measure.day)
    if unknown:
        known = [name for name in DIMENSIONS if not unknown_to(columns, [name], day=measure.day)]
        raise UsageError(
            "not-by-dimension",
            f"{measure.meaning} ({measure.id}) cannot be cut by {' and '.join(unknown)}",
            hint=f"They can by {', '.join(known)}." if known else "They are told of the whole workspace, and by day.",
            measure=measure.id,
            dimensions=unknown,
        )
