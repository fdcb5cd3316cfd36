"""The measures of every campaign at once, by their declarations: exact integers, money in micro units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from earnest.attribution.rule import stored_models
from earnest.channels.channel import channels
from earnest.definitions.campaign import Campaign
from earnest.definitions.state import State
from earnest.kpis.catalogue import story_kpis
from earnest.kpis.kpi import Kpi
from earnest.kpis.measures import all_measures
from earnest.usecases.campaigns_met import campaigns_met
from earnest.usecases.costs import CampaignCost, campaign_costs
from earnest.usecases.kpi_sums import Cut, Group, sums
from earnest.usecases.measure_provider import ProviderFacts, provider_facts
from earnest.usecases.survey_counted import NONE, replies_of, survey_measures
from earnest.usecases.tables import Tables


@dataclass(frozen=True, slots=True)
class Measured:
    """One campaign's sums.

    Args:
        measures: measure → exact integer. credit: model → attributed minor units.
        channels, first_day, last_day: of its messages.
    """

    campaign: Campaign
    measures: dict[str, int]
    credit: dict[str, int]
    channels: tuple[str, ...]
    first_day: int | None
    last_day: int | None
    cost: CampaignCost
    provider: ProviderFacts


def measure_all(tables: Tables) -> dict[str, Measured]:
    """Measures of every campaign that is declared or was met in a file, `unassigned` included where it has messages."""
    known = campaigns_met(tables)
    costs = campaign_costs(tables, list(known))
    summed = sums(tables, _summed(), Cut(by=("campaign",)))
    credit, channels_of = _credit(tables), _channels(tables)
    provider = provider_facts(tables)
    surveys = survey_measures(tables)
    none = dict.fromkeys(_summed(), 0)
    found = {}
    for name, campaign in known.items():
        group = summed.get((name,), Group())
        facts = provider.get(name, ProviderFacts())
        measures = none | group.sums | facts.measures | surveys.get(name, NONE) | {"cost_micro": costs[name].micro}
        measures["attributed_less_cost_micro"] = measures["attributed_micro"] - costs[name].micro
        days = group.first.get("send"), group.last.get("send")
        channels_met = channels_of.get(name, ())
        found[name] = Measured(campaign, measures, credit.get(name, {}), channels_met, *days, costs[name], facts)
    return found


def measures_of(kpi: Kpi) -> tuple[str, ...]:
    """Names of the measures that a KPI's figure and interval need."""
    named = (*(kpi.measures or ()), kpi.bounded_by, kpi.spread_by)
    return tuple(dict.fromkeys(name for name in named if name is not None))


def _summed() -> tuple[str, ...]:
    """Measures of a story that come from sums: all in rollups, and of the others what its KPIs need.

    What the provider told, answers and costs come with their facts from `provider_facts`, `survey_measures` and `campaign_costs`.
    """
    named = {name for kpi in story_kpis() for name in measures_of(kpi)}
    elsewhere = {*ProviderFacts().measures, *NONE, "cost_micro", "attributed_less_cost_micro"}
    return tuple(
        name
        for name, one in all_measures().items()
        if name not in elsewhere and (one.cell is not None or name in named) and one.day != "cost"
    )


def _channels(tables: Tables) -> dict[str, tuple[str, ...]]:
    rows = tables.con.execute(
        "SELECT l.campaign, list(DISTINCT l.channel ORDER BY l.channel) FROM label_campaign AS l"
        " WHERE l.channel IS NOT NULL AND l.label_key IN (SELECT label_key FROM funnel_cell) GROUP BY l.campaign"
    ).fetchall()
    return {str(name): tuple(channels) for name, channels in rows}


def _credit(tables: Tables) -> dict[str, dict[str, int]]:
    """What the models whose rows can be shown would claim; `earnest attribution compare` shows all."""
    shown = [rule.id for rule in stored_models() if rule.rows]
    found: dict[str, dict[str, int]] = {}
    for name, model, minor in tables.con.execute(
        "SELECT l.campaign, c.model, CAST(sum(c.credit_minor) AS BIGINT) FROM credit_cell AS c"
        " JOIN label_campaign AS l ON c.label_key = l.label_key WHERE c.model IN (SELECT unnest($1)) GROUP BY l.campaign, c.model ORDER BY c.model",
        [shown],
    ).fetchall():
        found.setdefault(str(name), {})[str(model)] = int(minor)
    return found


def connected(
    state: State, costs: Mapping[str, CampaignCost] | None = None, heard: Iterable[str] = ()
) -> frozenset[str]:
    """Event kinds that some source delivers: what was mapped, not what happened to occur.

    Args:
        heard: declared sources that something was received from and read.
    """
    found: set[str] = set()
    heard = tuple(heard)
    for one in state.active_imports:
        found |= _of_fields(one.kind, one.mapping["fields"])
        if one.kind == "messages" and {"status", "occurred_at"} <= one.mapping["fields"].keys():
            found.update(s.kind for s in one.segments if s.kind in ("click", "reply", "opt"))
        if one.kind in channels():
            found.update(channels()[one.kind].connects, (s.kind for s in one.segments if s.kind == "click"))
        if any(s.kind in ("order", "conversion") for s in one.segments):
            found.add("order")
    for name in heard:
        source = state.source(name)
        if source is not None:
            options = source.options or {}
            found.update(
                channels()[source.channel].connects, _of_fields(options.get("kind", ""), options.get("mapping", {}))
            )
            if options.get("orders") == "count":
                found.add("order")
    heard_by = [
        *(one.kind for one in state.active_imports),
        *(source.channel for name in heard if (source := state.source(name)) is not None),
    ]
    if any("reply" in channels()[kind].connects for kind in heard_by if kind in channels()):
        found.add("tap")  # webhooks say which button a reply is a tap on, files of messages do not
    if state.rounds or ("reply" in found and replies_of(state.surveys.values())):
        found.add("survey_answer")
    if state.costs or any(cost.lines for cost in (costs or {}).values()):
        found.add("cost")
    return frozenset(found)


_BY_FIELD = {"clicked_at": "click", "replied_at": "reply", "opted_out_at": "opt", "read_at": "read", "cost": "cost"}
_BY_KIND = {"clicks": "click", "orders": "order", "conversions": "order", "costs": "cost", "answers": "survey_answer"}


def _of_fields(kind: str, fields: Mapping[str, str]) -> set[str]:
    """What rows of a kind tell, by the fields that are mapped."""
    found = {told for name, told in _BY_FIELD.items() if name in fields}
    if kind == "messages" and {"status", "occurred_at"} <= fields.keys():
        found.add("read")
    return found | ({_BY_KIND[kind]} if kind in _BY_KIND else set())
