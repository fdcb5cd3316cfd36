"""Every attribution model over the workspace's journeys: what each credits to each unit, exact to the minor unit.

    journey_touch ─┬─ rule models (the credit SQL) · any touch · last non-direct
                   ├─ evidence ladder over the last touch · personal coupons alone
                   └─ path models (association): Markov, Shapley, logistic

All but any touch and coupon leave nothing out: credit + unattributed = net revenue. Coupons alone leave more unattributed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import journey_model
from earnest.attribution.rule import RuleModel, rule_model, rule_models
from earnest.definitions.days import Days
from earnest.kernel.declared import look_up
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Unavailable
from earnest.usecases.attribution_candidates import split_over
from earnest.usecases.attribution_direct import last_non_direct
from earnest.usecases.attribution_evidence import DIRECT, bind_evidence, bind_rest
from earnest.usecases.attribution_paths import path_journeys
from earnest.usecases.attribution_units import NONE_TOLD, Unit
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace

PATHS = ("markov_1", "markov_2", "markov_3", "markov_4", "shapley_rate", "logistic")

Credits = dict[int, tuple[int, float]]
"""Number of a unit → minor units, and orders (parts of orders add up)."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can stand beside others.

    Args:
        family: `rule`, `path` (an association), `evidence` (what an order shows by itself) or `any` (sums above 100 %).
        conserves: whether credit and what is unattributed add up to the net revenue.
        spreads: whether it stands in the spread of claims: coupons alone and any touch answer another question.
    """

    id: str
    label: str
    family: str
    definition: str
    conserves: bool = True
    spreads: bool = True


@dataclass(frozen=True, slots=True)
class Credited:
    """What a model credits, by unit; note: what a reader must know of it on these data."""

    model: Model
    credits: Credits
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where models are evaluated: tables with `journey_touch` and `unit_of` made for these units, of the campaign asked for alone."""

    tables: Tables
    workspace: Workspace
    units: Sequence[Unit]
    by: str
    days: Days | None
    campaign: str | None = None


_OWN = (
    Model(
        "last_non_direct",
        "Last non-direct",
        "rule",
        "the last touch or visit that is not a direct visit; where that is a visit from another source, nothing is credited to messages",
    ),
    Model(
        "any_touch",
        "Any touch",
        "any",
        "the whole order to every unit in its journey; sums above 100 %",
        conserves=False,
        spreads=False,
    ),
    Model(
        "evidence",
        "Evidence, else last touch",
        "evidence",
        "personal coupon, else click and order in one session, else reply and order within its look-back; without any, the last touch",
    ),
    Model(
        "coupon",
        "Personal coupons alone",
        "evidence",
        "orders that redeemed a code which is one customer's; leaked and shared codes left out, all else unattributed",
        spreads=False,
    ),
)
_ORDER = (
    *("first_touch", "last_touch", "linear", "linear_unique", "time_decay_7d", "time_decay_24h"),
    *("position_u", "position_w", "full_path"),
)


def models() -> dict[str, Model]:
    """Every model, in the order in which they are listed; survey shares credit no order and stand apart."""
    rules = sorted(rule_models(), key=lambda rule: _ORDER.index(rule.id) if rule.id in _ORDER else len(_ORDER))
    paths = [journey_model(name) for name in PATHS]
    listed = [
        *(Model(rule.id, rule.label, "rule", rule.definition) for rule in rules),
        *_OWN,
        *(Model(path.id, path.label, "path", path.definition) for path in paths),
    ]
    return {model.id: model for model in listed}


def find_model(name: str) -> Model:
    """Look up a model.

    Raises:
        UsageError: `no-such-model`.
    """
    refusal = UsageError, "no-such-model"
    return look_up(models(), name, what="attribution model", listed="Models", refusal=refusal)


def credited(place: Place, chosen: Sequence[Model]) -> list[Credited | tuple[Model, Unavailable]]:
    """What the chosen models credit, in their order."""
    names = {model.id for model in chosen}
    rules = [rule for rule in rule_models() if rule.id in names]
    by_rule = credit_by_rule(place.tables, "journey_touch", rules) if rules else {}
    if names & {"evidence", "coupon"}:
        bind_evidence(place.tables, place.workspace, days=place.days)
    journeys = _journeys(place) if any(model.family == "path" for model in chosen) else None
    own: dict[str, Callable[[Model], Credited]] = {
        "any_touch": lambda model: Credited(model, _any_touch(place.tables)),
        "last_non_direct": lambda model: Credited(model, *last_non_direct(place.tables)),
        "evidence": lambda model: Credited(model, _evidence(place)),
        "coupon": lambda model: Credited(model, _direct(place, "WHERE d.rung = 'a'")),
    }
    found: list[Credited | tuple[Model, Unavailable]] = []
    for model in chosen:
        if model.id in by_rule:
            found.append(Credited(model, by_rule[model.id]))
        elif model.id in own:
            found.append(own[model.id](model))
        else:
            assert journeys is not None
            found.append(_path(model, *journeys))
    return found


def credit_by_rule(tables: Tables, touches: str, rules: Sequence[RuleModel]) -> dict[str, Credits]:
    """Credit of rule models over a table of journeys whose `label_key` is a unit's number: one pass for all of them."""
    sums = ", ".join(
        f"CAST(sum(credit_{rule.id}) AS BIGINT), sum(weight_{rule.id} / CAST(whole_{rule.id} AS DOUBLE))"
        for rule in rules
    )
    whole = ", ".join(f"sum(weight_{rule.id}) OVER (PARTITION BY order_key) AS whole_{rule.id}" for rule in rules)
    rows = tables.con.execute(
        f"{split_over(touches, rules, units='unit_name')} SELECT label_key, {sums} FROM (SELECT *, {whole} FROM split) GROUP BY label_key"
    ).fetchall()
    return {
        rule.id: {int(row[0]): (int(row[1 + 2 * at]), float(row[2 + 2 * at])) for row in rows if row[2 + 2 * at]}
        for at, rule in enumerate(rules)
    }


def _any_touch(tables: Tables) -> Credits:
    rows = tables.con.execute(
        "SELECT label_key, CAST(sum(net_minor) AS BIGINT), count(*) FROM (SELECT DISTINCT order_key, label_key, net_minor FROM journey_touch)"
        " GROUP BY label_key"
    ).fetchall()
    return {int(unit): (int(minor), float(orders)) for unit, minor, orders in rows}


def _evidence(place: Place) -> Credits:
    direct = _direct(place)
    bind_rest(place.tables)
    last = credit_by_rule(place.tables, "journey_rest", (rule_model("last_touch"),))["last_touch"]
    empty = (0, 0.0)
    return {
        unit: (
            direct.get(unit, empty)[0] + last.get(unit, empty)[0],
            direct.get(unit, empty)[1] + last.get(unit, empty)[1],
        )
        for unit in direct.keys() | last.keys()
    }


def _direct(place: Place, where: str = "") -> Credits:
    """Credit of orders whose evidence overrides a model; units that no message tells of fall to `(none)` or to the campaign."""
    rows = place.tables.con.execute(
        f"""SELECT n.name, n.shown, d.campaign, CAST(sum(d.credit_minor) AS BIGINT), sum(1.0 / d.whole) FROM ({DIRECT}) AS d
        LEFT JOIN named_unit AS n ON d.label_key = n.label_key AND n.rung = CASE d.rung WHEN 'b' THEN 3 WHEN 'c' THEN 4 ELSE 1 END
        {where} GROUP BY ALL"""
    ).fetchall()
    shown = {one.name: place_ for place_, one in enumerate(place.units) if one.shown}
    hidden = {one.name: place_ for place_, one in enumerate(place.units) if not one.shown}
    found: Credits = {}
    for name, is_shown, campaign, minor, orders in rows:
        if is_shown is False or (name is None and place.campaign not in (None, campaign)):
            unit = hidden.get(campaign, ELSEWHERE)
        else:
            told = campaign if place.by == "campaign" else name
            unit = shown.get(told or NONE_TOLD, shown.get(NONE_TOLD, OUTSIDE))
        before = found.get(unit, (0, 0.0))
        found[unit] = (before[0] + int(minor), before[1] + float(orders))
    return found


OUTSIDE, ELSEWHERE = -1, -2
"""Numbers of what is credited where no message tells the unit: to the campaign asked for (or any), and to another."""


def _journeys(place: Place) -> tuple[Journeys, list[int]]:
    """Journeys over the units that were met, and the numbers of these."""
    found = path_journeys(
        place.tables, [str(at) for at in range(len(place.units))], unit_sql="SELECT * FROM unit_of", days=place.days
    )
    met, items = np.unique(found.items, return_inverse=True)
    units = [int(one) for one in met]
    narrowed = Journeys(
        channels=tuple(str(one) for one in units),
        items=items.astype(np.int32),
        offsets=found.offsets,
        conversions=found.conversions,
        nulls=found.nulls,
        value=found.value,
        units=found.units,
        currency=found.currency,
    )
    return narrowed, units


def _path(model: Model, journeys: Journeys, units: Sequence[int]) -> Credited | tuple[Model, Unavailable]:
    if not int(journeys.conversions.sum()):
        reason = Unavailable(
            "no-journeys",
            "no order has a touch within the look-back",
            "Connect clicks, replies or reads, or widen the look-back.",
        )
        return model, reason
    credit = journey_model(model.id).credit(journeys)
    if isinstance(credit, Unavailable):
        return model, credit
    assert credit.exact is not None
    return Credited(
        model,
        {
            unit: (int(minor), float(orders))
            for unit, minor, orders in zip(units, credit.exact, credit.conversions, strict=True)
        },
        "an association: it says which go with orders, not what they caused",
    )
