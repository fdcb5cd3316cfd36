"""KPIs cut by dimensions, filters, periods and grains: every figure from sums of the same declared measures.

    ask ─ understood ─> sums by group ─ channels that cannot tell left out ─ evaluated ─> rows ─ held against … ─> answer

Funnel KPIs and conversion rates are of the messages sent in a period (their cohort), attributed money of its orders, costs and
answers of its days; each answer says which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from earnest.definitions.days import Days
from earnest.definitions.periods import bucket_of, buckets
from earnest.kernel.errors import UsageError
from earnest.kernel.period import day_end_us, day_of, instant_text, moment_of, zone
from earnest.kpis.kpi import Kpi, Scope, absent
from earnest.usecases.campaigns_met import campaigns_met
from earnest.usecases.goals import late_us
from earnest.usecases.kpi_answer import KpiAnswer, KpiRow
from earnest.usecases.kpi_ask import Asked, KpiAsk, days_of, dimensions_listed, read_cut, understand
from earnest.usecases.kpi_compare import Compared
from earnest.usecases.kpi_figures import Told, empty, evaluated, figures, scope_of
from earnest.usecases.kpi_sums import LAST_TOUCH, Cut, Group, sums
from earnest.usecases.kpi_supplied import supply, supply_all
from earnest.usecases.measure import measures_of
from earnest.usecases.tables import Tables, open_tables
from earnest.usecases.workspace import Workspace

__all__ = ["KpiAnswer", "KpiAsk", "KpiRow", "kpi", "list_dimensions", "measure_groups", "query", "show_kpi"]

MOST_ROWS = 100_000
_LATE = frozenset({"read", "click", "reply", "opt", "order", "survey_answer"})
"""What may still come of a message after its send."""


def show_kpi(workspace: Workspace, ask: KpiAsk, *, as_of_us: int | None = None) -> KpiAnswer:
    """Answer a question about a KPI from a workspace's tables, brought up to date.

    Raises:
        NotFound, UsageError: as `kpi_ask.understand`; `not-by-dimension`, `not-row-based`, `too-many-rows`.
    """
    with open_tables(workspace, as_of_us=as_of_us) as tables:
        return query(tables, ask, workspace=workspace)


def query(tables: Tables, ask: KpiAsk, *, workspace: Workspace | None = None) -> KpiAnswer:
    """Answer a question about a KPI from open tables.

    Args:
        workspace: needed by KPIs that a use case supplies.

    Raises:
        NotFound, UsageError: as `show_kpi`.
    """
    asked = understand(tables, ask)
    kpi, cut, scope = asked.kpi, asked.cut, scope_of(tables)
    why = asked.refused or absent(kpi, replace(scope, connected=scope.connected | {"cost"}))
    if why is not None:
        rows: Sequence[KpiRow] = [KpiRow({}, why, {})]
    elif kpi.measures is None:
        rows = _supplied(tables, asked, workspace)
    else:
        rows = _rows(tables, asked, scope)
    return KpiAnswer(
        kpi=kpi,
        by=cut.by,
        filters=tuple(f"{one.name}={value}" for one in cut.filters for value in one.values),
        period=cut.days,
        grain=cut.grain,
        compare=asked.compare,
        model=cut.model if kpi.basis == "attributed" else None,
        days=days_of(kpi),
        as_of=moment_of(tables.as_of_us).isoformat(timespec="seconds"),
        generation=tables.manifest.generation,
        currency=tables.state.currency,
        rows=tuple(rows),
    )


def kpi(
    workspace: Workspace,
    name: str,
    *,
    by: str | Sequence[str] = (),
    filters: Mapping[str, str | Sequence[str]] | Sequence[str] = (),
    period: str | None = None,
    grain: str | None = None,
    compare: str | None = None,
    model: str = LAST_TOUCH,
) -> KpiAnswer:
    """Answer a question about a KPI: `earnest.kpi(shop, "ctr", by="campaign", filters={"channel": "whatsapp"}, period="2026-09")`.

    Args:
        by: a dimension, or several. filters: dimension → value or values, or texts `dimension=value`. The others: see `KpiAsk`.

    Raises:
        NotFound, UsageError: as `show_kpi`.
    """
    if isinstance(filters, Mapping):
        pairs = [(name, [told] if isinstance(told, str) else told) for name, told in filters.items()]
        filters = [f"{name}={value}" for name, values in pairs for value in values]
    names = (by,) if isinstance(by, str) else tuple(by)
    return show_kpi(workspace, KpiAsk(name, names, tuple(filters), period, grain, compare, model))


def list_dimensions(workspace: Workspace) -> list[dict[str, object]]:
    """Every dimension with its meaning and the values it has in a workspace."""
    with open_tables(workspace) as tables:
        return dimensions_listed(tables)


def measure_groups(
    tables: Tables,
    names: Sequence[str],
    *,
    by: Sequence[str] = (),
    filters: Sequence[str] = (),
    period: str | None = None,
    grain: str | None = None,
    model: str = LAST_TOUCH,
) -> dict[tuple[str, ...], dict[str, int]]:
    """The exact sums of measures by group: values of `by`, then the first day of the bucket if a grain is asked.

    Args:
        names: measures. by, filters, period, grain: see `KpiAsk`.

    Raises:
        UsageError: as `kpi_ask.read_cut`; `not-by-dimension`.
    """
    cut = replace(read_cut(tables, by=by, filters=filters, period=period, grain=grain), model=model)
    return {key: {name: group.sums[name] for name in names} for key, group in sorted(sums(tables, names, cut).items())}


def _rows(tables: Tables, asked: Asked, scope: Scope) -> list[KpiRow]:
    kpi, cut = asked.kpi, asked.cut
    told = figures(tables, kpi, cut, scope)
    if cut.grain is not None:
        told = _filled(kpi, cut, told, replace(scope, period=None), today=tables.day)
    if len(told) > MOST_ROWS:
        raise UsageError(
            "too-many-rows",
            f"the answer has {len(told):,} rows, more than {MOST_ROWS:,}",
            hint="Ask for a shorter --period, a coarser --grain or fewer dimensions.",
        )
    against = Compared(tables, kpi, cut, scope, asked.compare)
    today, matures = tables.day, _Matures(tables, bool(_LATE & set(kpi.needs)))
    found = []
    for key, one in sorted(told.items()):
        values = key[: len(cut.by)]
        bucket = _bucket(cut, key[-1]) if cut.grain else None
        row = KpiRow(
            key=dict(zip(cut.by, values, strict=True)),
            figure=one.figure,
            measures=_shown(kpi, one.group),
            bucket=bucket,
            partial=_runs(bucket or cut.days, today),
            immature_until=matures.until(one.group),
            left_out=one.left_out,
        )
        found.append(replace(row, comparison=against.of(row)))
    return found


def _shown(kpi: Kpi, group: Group) -> dict[str, int]:
    return {name: group.sums.get(name, 0) for name in measures_of(kpi)}


def _filled(
    kpi: Kpi, cut: Cut, told: dict[tuple[str, ...], Told], scope: Scope, *, today: date
) -> dict[tuple[str, ...], Told]:
    """Every bucket of every group: those without data too, up to today."""
    starts = [date.fromisoformat(key[-1]) for key in told]
    if cut.days is not None:
        span = Days(cut.days.first, min(cut.days.last, max(today, cut.days.first)))
    elif starts:
        span = Days(min(starts), bucket_of(max(starts), cut.grain or "day").last)
    else:
        return told
    groups = {key[:-1] for key in told} or ({()} if not cut.by else set())
    found = dict(told)
    for days in buckets(span, cut.grain or "day"):
        start = bucket_of(days.first, cut.grain or "day").first.isoformat()
        for group in groups:
            if (*group, start) not in found:
                nothing = empty(measures_of(kpi))
                found[*group, start] = Told(evaluated(kpi, nothing, scope), nothing)
    return found


def _bucket(cut: Cut, start: str) -> Days:
    """The days of a bucket, cut to the period."""
    whole = bucket_of(date.fromisoformat(start), cut.grain or "day")
    if cut.days is None:
        return whole
    return Days(max(whole.first, cut.days.first), min(whole.last, cut.days.last))


def _runs(days: Days | None, today: date) -> bool:
    return days is not None and days.last >= today


@dataclass(slots=True)
class _Matures:
    """When nothing of a group's last message can come any more."""

    tables: Tables
    late: bool
    known: dict[int, str | None] = field(default_factory=dict)

    def until(self, group: Group) -> str | None:
        """The instant, if it lies ahead; None too where nothing comes later."""
        last = group.last.get("send")
        if last is None or not self.late:
            return None
        if last not in self.known:
            state, day = self.tables.state, day_of(last)
            until = day_end_us(day, zone(state.timezone)) + late_us(state, day)
            self.known[last] = instant_text(until) if until > self.tables.as_of_us else None
        return self.known[last]


def _supplied(tables: Tables, asked: Asked, workspace: Workspace | None) -> list[KpiRow]:
    """A KPI that is no sum: of the workspace, or of campaigns."""
    cut, kpi = asked.cut, asked.kpi
    campaigns = next((one.values for one in cut.filters if one.name == "campaign"), ())
    if workspace is None or set(cut.names) - {"campaign"} or cut.days or cut.grain or asked.compare:
        raise UsageError(
            "not-row-based",
            f"{kpi.id} is no sum of rows: it is told of the workspace or a campaign, over all its days",
            hint=f"Ask: earnest kpi show {kpi.id} --campaign ID",
        )
    if "campaign" in cut.by and not campaigns:
        campaigns = tuple(campaigns_met(tables))
    if not campaigns:
        return [KpiRow({}, supply(workspace, tables, kpi), {})]
    named = supply_all(workspace, tables, kpi, campaigns)
    return [KpiRow({"campaign": name}, figure, {}) for name, figure in sorted(named.items())]
