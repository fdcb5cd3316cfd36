"""Revenue that a model claims for a campaign, per unit of what the campaign cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from earnest.definitions.days import Days
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.money import MICRO_PER_MAJOR, Money
from earnest.kernel.period import day_number, instant_text
from earnest.kpis.kpi import incomplete_cost
from earnest.usecases.cost_days import register_cost_day
from earnest.usecases.costs import campaign_costs
from earnest.usecases.tables import Tables

NOT_BY_CAMPAIGN = Unavailable(
    "cost-not-by-dimension", "costs belong to campaigns", "Ask --by campaign for the revenue per unit of cost."
)


def known_costs(tables: Tables, names: Sequence[str], days: Days | None) -> dict[str, Figure]:
    """Cost of each campaign in major units, of the period where one is asked for; or why there is none."""
    register_cost_day(tables)
    whole = campaign_costs(tables, names)
    where = f"WHERE cost_day BETWEEN {day_number(days.first)} AND {day_number(days.last)}" if days else ""
    micro = dict(
        tables.con.execute(
            f"SELECT campaign, CAST(sum(amount_micro) AS BIGINT) FROM cost_day {where} GROUP BY ALL"
        ).fetchall()
    )
    period = {"from": days.first.isoformat(), "until": days.last.isoformat()} if days else None
    currency = tables.state.currency
    found: dict[str, Figure] = {}
    for name in names:
        if (why := incomplete_cost(whole[name].unrated, len(whole[name].unconverted))) is not None:
            found[name] = why
        elif micro.get(name, 0) <= 0:
            found[name] = Unavailable(
                "no-cost", "no cost is known of it here", "Add the campaign's costs: earnest cost add …"
            )
        else:
            found[name] = Estimate(
                micro[name] / MICRO_PER_MAJOR, currency, period=period, as_of=instant_text(tables.as_of_us)
            )
    return found


def roas(revenue: Money, costs: Mapping[str, Figure], unit: str) -> Figure:
    cost = costs.get(unit, NOT_BY_CAMPAIGN)
    if not isinstance(cost, Estimate):
        return cost
    value = float(revenue.decimal) / cost.value
    return Estimate(value, "ratio", period=cost.period, basis="attributed", definition="roas@1", as_of=cost.as_of)
