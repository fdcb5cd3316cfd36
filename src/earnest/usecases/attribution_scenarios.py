"""Several ways to claim the same orders, evaluated on one set of touches: `claim`, a row a scenario, order and credited touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from earnest.attribution.presets import RUNGS, CouponRule, Preset
from earnest.attribution.rule import rule_model
from earnest.definitions.days import Days
from earnest.usecases.attribution_candidates import (
    SPLIT_COLUMNS,
    Rule,
    bind_candidates,
    bind_journey,
    claimed,
    labels_of,
    own_windows,
    within,
)
from earnest.usecases.attribution_coupons import bind_coupon_touches
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace

OWN = "own"
"""Name of the rule in force in the workspace, among presets."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A way to claim orders.

    Args:
        coupon: orders claimed by a campaign's coupon, None for none. first_order_only: a message earns the first order after it alone.
    """

    name: str
    rule: Rule
    coupon: CouponRule | None = None
    first_order_only: bool = False


def own_scenario(tables: Tables, *, model: str = "last_touch", name: str = OWN, channel: str | None = None) -> Scenario:
    """The look-back in force in the workspace; of one channel, if any."""
    labels = [label for label, own in labels_of(tables).items() if channel is None or own == channel]
    return Scenario(name, Rule(rule_model(model), own_windows(tables, labels)))


def preset_scenario(tables: Tables, preset: Preset, *, name: str | None = None, channel: str | None = None) -> Scenario:
    """A suite's published windows, on the channels it has windows for (or on one of them)."""
    windows = {
        (label, rung): width
        for label, own in labels_of(tables).items()
        if channel is None or own == channel
        for kind, rung in RUNGS.items()
        if (width := preset.window(own, kind)) is not None
    }
    rule = Rule(rule_model(preset.model), windows, preset.starts, bool(preset.machines))
    return Scenario(name or preset.id, rule, preset.coupon, preset.first_order_only)


def bind_claims(
    tables: Tables, workspace: Workspace, scenarios: Sequence[Scenario], *, days: Days | None = None
) -> None:
    """Make `claim` and `scenario_rule` for these scenarios.

    `claim(scenario, order_key, order_day, net_minor, message_key, label_key, rung, touch_us, credit_minor, how)`: how is `touch` or
    `coupon`; of each scenario and order the credits add up to its net revenue. `scenario_rule(scenario, label_key, rung, window_us)`.
    """
    con = tables.con
    bind_candidates(tables, [one.rule for one in scenarios], days=days)
    if any(one.coupon for one in scenarios):
        bind_coupon_touches(tables, workspace)
    con.execute(_NEW)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE scenario_rule (scenario VARCHAR, label_key BIGINT, rung BIGINT, window_us BIGINT)"
    )
    for one in scenarios:
        bind_journey(tables, one.rule)
        rows = claimed(one.rule, f"{SPLIT_COLUMNS}, credit_minor")
        con.execute(f"INSERT INTO claim SELECT $1, *, 'touch' FROM ({rows})", [one.name])
        con.execute("INSERT INTO scenario_rule SELECT $1, * FROM scenario_window", [one.name])
        if one.coupon is not None:
            _claim_by_coupon(tables, one, one.coupon, days)
        if one.first_order_only:
            con.execute(_FIRST_ONLY, [one.name])


def _claim_by_coupon(tables: Tables, one: Scenario, coupon: CouponRule, days: Days | None) -> None:
    """Orders with a code of a campaign whose messages the scenario covers become the campaign's, leaked codes as well: a suite sees the code alone."""
    known = "EXISTS (SELECT 1 FROM message AS m WHERE m.contact_key = t.person)"
    who = f"AND (t.person IS NULL OR NOT {known})" if coupon.when == "no contact" else ""
    tables.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE by_coupon AS
        SELECT v.order_key, v.order_day, v.net_minor, max_by(t.message_key, (t.send_us, t.campaign)) AS message_key,
            max_by(t.label_key, (t.send_us, t.campaign)) AS label_key, max(t.send_us) AS touch_us
        FROM coupon_touch AS t JOIN conversion AS v ON t.order_key = v.order_key
        WHERE v.cancelled = 0 AND v.ordered_us - t.send_us <= $1 AND {within("v.order_day", days)} {who}
            AND t.label_key IN (SELECT label_key FROM scenario_rule WHERE scenario = $2) GROUP BY ALL""",
        [coupon.window_us, one.name],
    )
    tables.con.execute(
        "DELETE FROM claim WHERE scenario = $1 AND order_key IN (SELECT order_key FROM by_coupon)", [one.name]
    )
    tables.con.execute(
        "INSERT INTO claim SELECT $1, order_key, order_day, net_minor, message_key, label_key, NULL, touch_us, net_minor, 'coupon' FROM by_coupon",
        [one.name],
    )


_NEW = """CREATE OR REPLACE TEMP TABLE claim (scenario VARCHAR, order_key BIGINT, order_day INTEGER, net_minor BIGINT, message_key BIGINT,
    label_key BIGINT, rung BIGINT, touch_us BIGINT, credit_minor BIGINT, how VARCHAR)"""

_FIRST_ONLY = """DELETE FROM claim WHERE scenario = $1 AND how = 'touch' AND (order_key, message_key) IN (
        SELECT (c.order_key, c.message_key) FROM claim AS c JOIN conversion AS v ON c.order_key = v.order_key
        WHERE c.scenario = $1 AND c.how = 'touch'
        QUALIFY row_number() OVER (PARTITION BY c.message_key ORDER BY v.ordered_us, v.order_key) > 1)"""
