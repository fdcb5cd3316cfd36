"""Explain this number: any figure of a campaign's story by its path; what it is, the rule in force, and the rows behind it.

path ─ story ─> value, definition ─ tables ─> row sets (how many, their sum, the first of them)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from earnest.definitions.state import State
from earnest.kernel.period import day_of
from earnest.kpis.catalogue import find as find_kpi
from earnest.usecases.campaigns_met import check_met
from earnest.usecases.costs import register_campaign_cost
from earnest.usecases.experiment_read import units_table
from earnest.usecases.explain_kpi import RowSet, row_set, rows_in
from earnest.usecases.judge import story_of
from earnest.usecases.measure import Measured, measure_all
from earnest.usecases.report_figures import Definition, definition_of, figure_paths, find_figure
from earnest.usecases.report_told import tables_for
from earnest.usecases.tables import Tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.verdict.story import CampaignStory
from earnest.warehouse.build import Progress

STEPS = {
    "sent": "sent", "delivered": "delivered", "read": "was_read", "clicked": "clicked", "replied": "replied", "ordered": "converters",
}  # fmt: skip
"""Steps of the funnel → measure that counts them."""
LOOKBACKS = ("lookback_reply_days", "lookback_click_days", "lookback_read_hours", "lookback_delivered_hours")


@dataclass(frozen=True, slots=True)
class Explained:
    """A figure of a campaign, explained.

    Args:
        path: whole path. value: what stands there in the story's JSON. rule: what was in force: settings, windows, arms.
        sets: rows behind it; none for what is declared, or no sum of rows. note: what to know of them.
    """

    campaign: str
    path: str
    value: Any
    definition: Definition
    rule: dict[str, Any]
    sets: tuple[RowSet, ...]
    note: str | None
    verdict: str
    as_of: str
    generation: str
    version: str

    def to_json(self) -> dict[str, Any]:
        return {
            "campaign": self.campaign,
            "path": self.path,
            "value": self.value,
            "verdict": self.verdict,
            "definition": self.definition.to_json(),
            "rule": self.rule,
            "rows": [
                {"measure": one.measure, "count": one.count, "sum": one.total, "columns": list(one.columns), "rows": [list(row) for row in one.rows]}
                for one in self.sets
            ],
            "note": self.note,
            "as_of": self.as_of,
            "generation": self.generation,
            "version": self.version,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Behind:
    """Where the rows of a campaign's figures are looked for. `limit`: rows of each set, None for all."""

    tables: Tables
    measured: Measured
    story: CampaignStory
    limit: int | None

    @property
    def campaign(self) -> str:
        return self.measured.campaign.id

    def measure(self, name: str, **how: str) -> RowSet:
        return row_set(self.tables, name, self.campaign, limit=self.limit, **how)


def explain_figure(
    workspace: Workspace,
    campaign: str,
    path: str,
    *,
    limit: int | None = 20,
    build: bool = True,
    progress: Progress = quiet,
) -> Explained:
    """Explain a figure of a campaign.

    Args:
        limit: rows of each set, None for all. build: bring the tables up to date first; False: as they stand.

    Raises:
        NotFound: `no-such-campaign`, `no-such-figure`.
    """
    with tables_for(workspace, build=build, progress=progress) as tables:
        return explain_in(tables, behind(workspace, tables, campaign, limit=limit, record=build), path)


def list_figures(workspace: Workspace, campaign: str, *, build: bool = True) -> list[str]:
    """Paths of all figures of a campaign.

    Raises:
        NotFound: `no-such-campaign`.
    """
    with tables_for(workspace, build=build) as tables:
        return list(figure_paths(behind(workspace, tables, campaign, limit=0, record=build).story.to_json()))


def behind(workspace: Workspace, tables: Tables, campaign: str, *, limit: int | None, record: bool = False) -> Behind:
    """A campaign judged by these tables, and where its rows are.

    Raises:
        NotFound: `no-such-campaign`.
    """
    measured = measure_all(tables)
    check_met(measured, campaign)
    register_campaign_cost(tables, measured[campaign].cost)
    story = story_of(workspace, tables, measured, campaign, record=record)
    return Behind(tables, measured[campaign], story, limit)


def explain_in(tables: Tables, found: Behind, path: str) -> Explained:
    """Explain a figure of a campaign that was judged already.

    Raises:
        NotFound: `no-such-figure`.
    """
    story, state = found.story.to_json(), tables.state
    whole, value = find_figure(story, path)
    definition = definition_of(whole, story)
    sets, note = _rows(found, whole)
    return Explained(
        found.campaign,
        whole,
        value,
        definition,
        _rule(found, whole, state),
        sets,
        note,
        found.story.verdict.value,
        found.story.as_of,
        found.story.generation,
        found.story.version,
    )


def _rows(found: Behind, path: str) -> tuple[tuple[RowSet, ...], str | None]:
    part, _, rest = path.partition(".")
    finders: dict[str, Callable[[Behind, str], tuple[tuple[RowSet, ...], str | None]]] = {
        "kpis": _kpi,
        "returns": _units,
        "restated": _units,
        "bridge": _bridge,
        "experiment": _units,
        "cost": _cost,
        "attributed": _credit,
        "funnel": _step,
        "failures": _failures,
        "charges": _charges,
        "margin": _declared,
    }
    return finders[part](found, rest)


def _kpi(found: Behind, rest: str) -> tuple[tuple[RowSet, ...], str | None]:
    kpi = find_kpi(rest.partition(".")[0])
    if kpi.measures is None:
        if kpi.basis == "incremental":
            return _units(found, rest)
        return (), f"{kpi.id} is told by {kpi.supplied_by or 'another part'}: it is no sum of rows"
    return tuple(found.measure(name) for name in kpi.measures if name is not None), None


def _units(found: Behind, _rest: str) -> tuple[tuple[RowSet, ...], str | None]:
    """One row a unit of the experiment, with what it bought in its window."""
    experiment = found.tables.state.experiment_of(found.campaign)
    if experiment is None:
        return (), "nobody was held out by chance, so there are no units to compare"
    units_table(found.tables, experiment)
    sql = "SELECT arm, contact_key, assigned_us, orders, revenue_minor AS amount FROM unit"
    note = "amounts are net revenue in minor units"
    if found.story.restated:
        note += "; orders and refunds went on after the reading, which stands: these rows are today's"
    return (rows_in(found.tables, "units", sql, limit=found.limit),), note


def _bridge(found: Behind, rest: str) -> tuple[tuple[RowSet, ...], str | None]:
    return _cost(found, rest) if rest.startswith("campaign_cost") else _units(found, rest)


def _cost(found: Behind, _rest: str) -> tuple[tuple[RowSet, ...], str | None]:
    return (found.measure("cost_micro"),), "amounts are in millionths of the currency's unit"


def _credit(found: Behind, rest: str) -> tuple[tuple[RowSet, ...], str | None]:
    model = rest.partition(".")[0]
    return (found.measure("attributed_micro", model=model),), "amounts are in millionths; attributed, not causal"


def _step(found: Behind, rest: str) -> tuple[tuple[RowSet, ...], str | None]:
    token = rest.partition(".")[0]
    steps = [one.step for one in found.story.funnel]
    step = steps[int(token)] if token.isdecimal() else token
    names = [STEPS[step]]
    if rest.endswith("of_previous"):
        names.append(STEPS[steps[steps.index(step) - 1]])
    return tuple(found.measure(name) for name in names), None


def _failures(found: Behind, _rest: str) -> tuple[tuple[RowSet, ...], str | None]:
    return (found.measure("failed"),), "messages that failed, of all reasons"


def _charges(found: Behind, _rest: str) -> tuple[tuple[RowSet, ...], str | None]:
    found.tables.con.execute("CREATE OR REPLACE TEMP TABLE campaign_asked AS SELECT $1 AS campaign", [found.campaign])
    sql = (
        "SELECT message_key, market, card_row, step AS tier, reason, charge_micro AS amount FROM charge WHERE label_key IN"
        " (SELECT label_key FROM label_campaign WHERE campaign IN (FROM campaign_asked))"
    )
    note = "amounts are in millionths of the card's currency; none where the price is not known"
    return (rows_in(found.tables, "charges", sql, limit=found.limit),), note


def _declared(_found: Behind, _rest: str) -> tuple[tuple[RowSet, ...], str | None]:
    return (), "declared, not measured: `earnest setting list` shows since when each value holds"


def _rule(found: Behind, path: str, state: State) -> dict[str, Any]:
    """What was in force for this figure."""
    part = path.partition(".")[0]
    first = found.measured.first_day
    day = day_of(first) if first is not None else found.tables.day
    rule: dict[str, Any] = {"level": state.setting("level", day)}
    experiment = state.experiment_of(found.campaign)
    if part in ("returns", "restated", "bridge", "experiment", "margin") or path.startswith("kpis.incremental"):
        rule["margin"] = state.setting("margin", day)
        rule["experiment"] = experiment.to_json() if experiment else None
    if part in ("kpis", "attributed", "funnel"):
        rule |= _windows(state, found.tables.day)
    if part in ("cost", "charges"):
        rule["rate_cards"] = found.tables.manifest.facts.get("rating")
    return rule


def _windows(state: State, day: date) -> dict[str, Any]:
    return {name: state.setting(name, day) for name in LOOKBACKS}
