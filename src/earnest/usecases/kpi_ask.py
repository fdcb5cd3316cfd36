"""A question about a KPI, and what it means: names looked up, values checked, the period's days found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from earnest.attribution.rule import rule_model, stored_models
from earnest.definitions.campaign import one_of
from earnest.definitions.periods import read_period
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Unavailable
from earnest.kpis.catalogue import find
from earnest.kpis.dimensions import DIMENSIONS, GRAINS, NONE, check_values, dimension, read_filters
from earnest.kpis.kpi import Kpi
from earnest.kpis.measures import all_measures
from earnest.kpis.measures.measure import DAYS
from earnest.usecases.kpi_sums import LAST_TOUCH, Cut
from earnest.usecases.kpi_tables import once
from earnest.usecases.measure import measures_of
from earnest.usecases.tables import Tables

COMPARISONS = ("previous", "last-year", "last-wave", "target")
ONE_TOUCH = ("first_touch", "last_touch")
"""Models that credit a whole order to one message; the others split it, and nobody has bought a part of an order."""


@dataclass(frozen=True, slots=True)
class KpiAsk:
    """A question about a KPI.

    Args:
        kpi: id or synonym. by: dimensions to cut by. filters: `dimension=value`; several of one dimension are alternatives.
        period: `2026-09`, `2026-Q3`, `2026`, `2026-W36`, `2026-09-01..2026-09-30` (both days included), `last-30d`; None is all time.
        grain: day, week or month. compare: previous, last-year, last-wave or target.
        model: attribution model of attributed KPIs.
    """

    kpi: str
    by: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    period: str | None = None
    grain: str | None = None
    compare: str | None = None
    model: str = LAST_TOUCH


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was understood.

    Args:
        refused: why it has no answer, whatever the data are.
    """

    kpi: Kpi
    cut: Cut
    compare: str | None
    refused: Unavailable | None = None

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures behind the KPI."""
        return measures_of(self.kpi)


def understand(tables: Tables, ask: KpiAsk) -> Asked:
    """Look up what a question names.

    Raises:
        NotFound: `no-such-kpi`. UsageError: `no-such-dimension`, `no-such-value`, `bad-filter`, `bad-period`, `unknown-value`,
            `no-such-model`, `model-without-credit`, `period-missing`.
    """
    kpi = find(ask.kpi)
    cut = read_cut(tables, by=ask.by, filters=ask.filters, period=ask.period, grain=ask.grain)
    if ask.compare is not None:
        one_of(ask.compare, COMPARISONS, "comparison")
        _check_comparison(ask, cut)
    cut = replace(_with_model(cut, kpi, ask.model), by_send=by_send(kpi))
    return Asked(kpi, cut, ask.compare, _without_orders(kpi, cut.model))


def read_cut(
    tables: Tables,
    *,
    by: Sequence[str] = (),
    filters: Sequence[str] = (),
    period: str | None = None,
    grain: str | None = None,
) -> Cut:
    """Read how measures are to be cut; see `KpiAsk`.

    Raises:
        UsageError: as `understand`.
    """
    names = tuple(dict.fromkeys(dimension(name).id for name in by))
    kept = read_filters(filters)
    for one in kept:
        check_values(one.name, one.values, values_of(tables, one.name))
    if grain is not None:
        one_of(grain, GRAINS, "grain")
    days = read_period(period, tables.day) if period is not None else None
    return Cut(names, kept, days, grain)


def values_of(tables: Tables, name: str) -> list[str]:
    """The values a dimension has in this workspace, in order.

    Raises:
        UsageError: `no-such-dimension`.
    """
    one = dimension(name)
    if one.values:
        return list(one.values)
    if one.id == "segment":
        return [*sorted(tables.state.segments), NONE]
    if one.id == "country":
        once(tables, "kpi_zone")
        rows = tables.con.execute("SELECT DISTINCT country FROM kpi_zone ORDER BY country").fetchall()
        return [*(str(row[0]) for row in rows), NONE]
    once(tables, "kpi_label")
    parts = [f"SELECT {one.id} AS value FROM kpi_label"]
    if one.of_campaign:
        once(tables, "kpi_campaign")
        parts.append(f"SELECT {one.id} FROM kpi_campaign")
    rows = tables.con.execute(f"SELECT DISTINCT value FROM ({' UNION ALL '.join(parts)}) ORDER BY value").fetchall()
    return [str(row[0]) for row in rows]


def days_of(kpi: Kpi) -> dict[str, str]:
    """Which day each measure of a KPI counts on, in words."""
    return {name: DAYS[day] for name, day in day_kinds(kpi).items()}


def day_kinds(kpi: Kpi) -> dict[str, str]:
    """Which day each measure of a KPI counts on, of `DAYS`; of a cohort's measures the send."""
    known, sent = all_measures(), by_send(kpi)
    return {name: "send" if sent else known[name].day for name in parts_of(kpi)}


def by_send(kpi: Kpi) -> bool:
    """Whether a KPI is of a cohort of messages: a share whose parts count on different days by themselves.

    Buyers of October over messages of October are no share: the buyers may be those of September's messages. Each part counts
    on the day its message was sent instead.
    """
    parts = [all_measures()[name] for name in parts_of(kpi)]
    if kpi.unit != "share" or len({one.day for one in parts}) < 2:
        return False
    return all(one.day == "send" or "message_key" in one.rows for one in parts)


def parts_of(kpi: Kpi) -> tuple[str, ...]:
    """The measures that a KPI's rows are summed by: of those made of others, these."""
    known = all_measures()
    found = (part for name in measures_of(kpi) for part in ([p for p, _ in known[name].made_of] or [name]))
    return tuple(dict.fromkeys(found))


def dimensions_listed(tables: Tables, *, most: int = 50) -> list[dict[str, object]]:
    """Every dimension with its meaning, the values it has here (at most so many) and how many there are."""
    found: list[dict[str, object]] = []
    for one in DIMENSIONS.values():
        values = values_of(tables, one.id)
        found.append(
            {
                "dimension": one.id,
                "meaning": one.meaning,
                "level": one.level,
                "of_campaign": one.of_campaign,
                "rollup": one.rollup or ("every rollup" if one.level in ("label", "send") else None),
                "values": values[:most],
                "count": len(values),
            }
        )
    return found


def _check_comparison(ask: KpiAsk, cut: Cut) -> None:
    if ask.compare in ("previous", "last-year") and cut.days is None and cut.grain is None:
        raise UsageError(
            "period-missing",
            f"nothing is '{ask.compare}' of all time",
            hint="Give --period, such as --period 2026-09, or --grain month.",
        )
    if ask.compare in ("last-wave", "target") and cut.grain is not None:
        raise UsageError(
            "grain-not-comparable",
            f"a {cut.grain} is not held against {'a wave' if ask.compare == 'last-wave' else 'a goal'}",
            hint="Leave out --grain.",
        )


def _with_model(cut: Cut, kpi: Kpi, name: str) -> Cut:
    model = rule_model(name)
    if model.id == LAST_TOUCH:
        return cut
    if kpi.basis != "attributed":
        raise UsageError(
            "model-without-credit",
            f"{kpi.id} is the same under every attribution model: nothing in it is credited",
            hint="Leave out --model.",
        )
    if model.by_unit:
        raise UsageError(
            "model-by-unit",
            f"'{model.id}' splits credit by what it is asked for and is in no table",
            hint=f"See `earnest attribution compare`, or choose {', '.join(one.id for one in stored_models())}.",
        )
    return replace(cut, model=model.id)


def _without_orders(kpi: Kpi, model: str) -> Unavailable | None:
    """Whole orders beside split revenue would be no average: an order of 100 split over two groups counts once in each."""
    known = all_measures()
    counts = any(known[name].once_by is not None and "{credit}" in known[name].rows for name in parts_of(kpi))
    if model in ONE_TOUCH or not counts:
        return None
    return Unavailable(
        "model-without-orders",
        f"'{model}' splits an order over several messages, and {kpi.id} counts whole orders or buyers",
        "Ask with --model last_touch, or see `earnest attribution compare`, which counts parts of orders.",
    )
