"""The measures of every campaign at once, from the rollups: exact integers, money in micro units."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from earnest.channels.channel import channels
from earnest.definitions.campaign import UNASSIGNED, Campaign
from earnest.definitions.state import State
from earnest.kernel.declared import check_known
from earnest.kernel.errors import NotFound
from earnest.kernel.money import MICRO_PER_MAJOR, exponent
from earnest.kpis.measures.rows import ROWS
from earnest.usecases.costs import CampaignCost, campaign_costs
from earnest.usecases.measure_provider import ProviderFacts, provider_facts
from earnest.usecases.survey_counted import NONE, replies_of, survey_measures
from earnest.usecases.tables import Tables

FUNNEL = (
    *("messages", "sent", "delivered", "was_read", "failed", "clicked", "replied", "opted_out"),
    *("all_clicks", "human_clicks", "machine_clicks"),
)
"""Measures that stand in `funnel_cell` as they are, by day of the send."""


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


def minor_in_micro(currency: str) -> int:
    """Micro units per minor unit of a currency."""
    return int(MICRO_PER_MAJOR // 10 ** exponent(currency))


def measure_all(tables: Tables) -> dict[str, Measured]:
    """Measures of every campaign that is declared or was met in a file, `unassigned` included where it has messages."""
    known = campaigns_met(tables)
    costs = campaign_costs(tables, list(known))
    funnel = _funnel(tables)
    credit, converters = _credit(tables), _converters(tables)
    conversations = _conversations(tables)
    provider = provider_facts(tables)
    surveys = survey_measures(tables)
    micro = minor_in_micro(tables.state.currency)
    found = {}
    for name, campaign in known.items():
        counts, channels, first, last = funnel.get(name, (dict.fromkeys(FUNNEL, 0), (), None, None))
        own = credit.get(name, {})
        attributed = own.get("last_touch", 0) * micro
        people, orders = converters.get(name, (0, 0))
        facts = provider.get(name, ProviderFacts())
        measures = counts | facts.measures | surveys.get(name, NONE) | {
            "conversations": conversations.get(name, 0), "converters": people, "credited_orders": orders, "attributed_micro": attributed,
            "cost_micro": costs[name].micro, "attributed_less_cost_micro": attributed - costs[name].micro,
        }  # fmt: skip
        found[name] = Measured(campaign, measures, own, channels, first, last, costs[name], facts)
    return found


def campaigns_met(tables: Tables) -> dict[str, Campaign]:
    """Declared campaigns, then those only a file's column names, then `unassigned` if messages fell to it."""
    met = [
        str(row[0])
        for row in tables.con.execute("SELECT DISTINCT campaign FROM label_campaign ORDER BY campaign").fetchall()
    ]
    known = dict(sorted(tables.state.campaigns.items()))
    for name in met:
        if name not in known and name != UNASSIGNED:
            known[name] = Campaign(name, name, declared=False)
    if UNASSIGNED in met:
        known[UNASSIGNED] = Campaign(UNASSIGNED, UNASSIGNED, declared=False)
    return known


def check_met(known: Collection[str], campaign: str) -> None:
    """Refuse a campaign that is neither declared nor met.

    Raises:
        NotFound: `no-such-campaign`.
    """
    refusal = NotFound, "no-such-campaign"
    check_known(known, campaign, what="campaign", hint="See `earnest campaign list`.", refusal=refusal)


def _funnel(tables: Tables) -> dict[str, tuple[dict[str, int], tuple[str, ...], int | None, int | None]]:
    sums = ", ".join(f"CAST(sum(f.{name}) AS BIGINT)" for name in FUNNEL)
    rows = tables.con.execute(
        f"SELECT l.campaign, min(CASE WHEN f.messages > 0 THEN f.send_day END), max(CASE WHEN f.messages > 0 THEN f.send_day END),"
        f" string_agg(DISTINCT l.channel, ',' ORDER BY l.channel), {sums}"
        " FROM funnel_cell AS f JOIN label_campaign AS l ON f.label_key = l.label_key GROUP BY l.campaign"
    ).fetchall()
    return {
        str(name): (
            {field: int(value) for field, value in zip(FUNNEL, values, strict=True)},
            tuple(channels.split(",")) if channels else (),
            first,
            last,
        )
        for name, first, last, channels, *values in rows
    }


def _credit(tables: Tables) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for name, model, minor in tables.con.execute(
        "SELECT l.campaign, c.model, CAST(sum(c.credit_minor) AS BIGINT) FROM credit_cell AS c"
        " JOIN label_campaign AS l ON c.label_key = l.label_key GROUP BY l.campaign, c.model ORDER BY c.model"
    ).fetchall():
        found.setdefault(str(name), {})[str(model)] = int(minor)
    return found


def _converters(tables: Tables) -> dict[str, tuple[int, int]]:
    rows = tables.con.execute(
        "SELECT l.campaign, count(DISTINCT v.contact_key), count(*) FROM credit AS c JOIN label_campaign AS l ON c.label_key = l.label_key"
        " JOIN conversion AS v ON c.order_key = v.order_key WHERE c.model = 'last_touch' AND v.cancelled = 0 GROUP BY l.campaign"
    ).fetchall()
    return {str(name): (int(people), int(orders)) for name, people, orders in rows}


def _conversations(tables: Tables) -> dict[str, int]:
    sql = (
        ROWS["conversations"]
        .replace("campaign_label", "label_campaign")
        .replace("SELECT w.response_key", "SELECT l.campaign AS campaign, w.response_key", 1)
    )
    rows = tables.con.execute(f"SELECT campaign, count(*) FROM ({sql}) GROUP BY campaign").fetchall()
    return {str(name): int(count) for name, count in rows}


def connected(
    state: State, costs: Mapping[str, CampaignCost] | None = None, heard: Iterable[str] = ()
) -> frozenset[str]:
    """Event kinds that some source delivers: what was mapped, not what happened to occur.

    Args:
        heard: declared sources that something was received from and read.
    """
    found: set[str] = set()
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
