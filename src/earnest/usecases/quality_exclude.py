"""Leave orders out of every figure, look first at what that changes, and take them in again.

    what is asked for ─> order keys or a day ─> preview: figures before and after, nothing changed
                                            └─> journal ─> small table `excluded` ─> every figure

Exclusions of orders and of days are applied where orders enter the tables (`conversion`); messages and clicks are left out by
undoing their import, or by their campaign's match rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from earnest.audit.check import checks, find_check
from earnest.audit.effect import Range
from earnest.audit.ground import Ground
from earnest.audit.recompute import baseline, changes, incremental
from earnest.audit.run import gather
from earnest.definitions.quality import Exclusion
from earnest.kernel.errors import DataRefused, NotFound, UsageError
from earnest.kernel.estimate import Estimate
from earnest.kernel.period import day_number, parse_day
from earnest.usecases.costs import campaign_costs
from earnest.usecases.quality_ground import lay_ground
from earnest.usecases.tables import Tables, build, open_tables
from earnest.usecases.workspace import Workspace

MOST_KEYS = 100_000
"""Orders that one exclusion can name: more are a file, and its import can be undone."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be left out: orders by key, or all orders of a day. `orders`: how many there are now."""

    kind: str
    keys: tuple[int, ...]
    what: str
    check: str | None
    orders: int


@dataclass(frozen=True, slots=True)
class Shift:
    """One figure before and after, exact."""

    before: float
    after: float
    currency: str
    basis: str

    def to_json(self) -> dict[str, Any]:
        return {
            name: Estimate(value, self.currency, basis=self.basis).to_json()
            for name, value in (("before", self.before), ("after", self.after), ("change", self.after - self.before))
        }


@dataclass(frozen=True, slots=True)
class CampaignShift:
    """One campaign's figures before and after. `incremental` is None where no experiment judges it."""

    campaign: str
    attributed: Shift
    contribution: Shift
    incremental: Shift | None

    def to_json(self) -> dict[str, Any]:
        return {
            "campaign": self.campaign,
            "attributed": self.attributed.to_json(),
            "contribution": self.contribution.to_json(),
            "incremental": self.incremental.to_json() if self.incremental else None,
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """What an exclusion would change. `basis`: contribution, or revenue less cost where a margin is missing."""

    chosen: Chosen
    basis: str
    campaigns: tuple[CampaignShift, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "what": self.chosen.what,
            "kind": self.chosen.kind,
            "check": self.chosen.check,
            "orders": self.chosen.orders,
            "basis": self.basis,
            "campaigns": [one.to_json() for one in self.campaigns],
        }


def preview(tables: Tables, what: str, *, workspace: Workspace | None = None) -> Preview:
    """The figures of every campaign before and after an exclusion, without applying it.

    Args:
        what: `day=2026-09-14`, `order=ID[,ID…]` by the shop's own ids, or the code of a check that finds orders.

    Raises:
        UsageError: `not-to-exclude`, `unknown-exclusion`. NotFound: `no-such-order`. DataRefused: `nothing-to-exclude`,
            `too-many-to-exclude`.
    """
    ground = lay_ground(tables, workspace)
    chosen = choose(tables, ground, what)
    costs = {name: one.micro / 1e6 for name, one in campaign_costs(tables, list(ground.margins)).items()}
    extra = incremental(ground)
    scale = ground.minor_per_major
    found = changes(ground, "audit_chosen")
    known = baseline(ground)
    rows = []
    for name in sorted({*known, *found, *extra}):
        before, change = known.get(name, 0) / scale, found.get(name)
        moved = change.attributed.value if change else 0.0
        margin, cost = ground.margin(name), costs.get(name, 0.0)
        attributed = Shift(before, before - moved, ground.currency, "attributed")
        contribution = Shift(before * margin - cost, (before - moved) * margin - cost, ground.currency, "attributed")
        extra_moved = change.incremental if change else None
        rows.append(CampaignShift(name, attributed, contribution, _extra(ground, extra.get(name), extra_moved)))
    basis = "contribution" if ground.margin_known else "revenue less cost"
    return Preview(chosen, basis, tuple(rows))


def _extra(ground: Ground, minor: float | None, moved: Range | None) -> Shift | None:
    if minor is None:
        return None
    before = minor / ground.minor_per_major
    return Shift(before, before - (moved.value if moved else 0.0), ground.currency, "incremental")


def exclude(workspace: Workspace, what: str, *, reason: str) -> Exclusion:
    """Leave orders out of every figure from now on; `include` takes them in again.

    Args:
        what: see `preview`. reason: in words; it stands in the audit log.

    Raises:
        UsageError: `no-reason`; and as `preview`.
    """
    if not reason.strip():
        raise UsageError("no-reason", "an exclusion needs a reason", hint='--reason "test orders of the launch"')
    with open_tables(workspace) as tables:
        chosen = choose(tables, lay_ground(tables, workspace), what)
    body = Exclusion(0, chosen.kind, chosen.keys, chosen.what, reason.strip(), chosen.check).to_json()
    entry = workspace.record("quality.excluded", body)
    build(workspace)
    return Exclusion.from_json(entry.seq, body)


def include(workspace: Workspace, number: int) -> Exclusion:
    """Take in again what an exclusion left out.

    Raises:
        NotFound: `no-such-exclusion`.
    """
    known = workspace.state().exclusions
    if number not in known:
        listed = ", ".join(str(one) for one in sorted(known)) or "there are none"
        raise NotFound("no-such-exclusion", f"there is no exclusion {number}", hint=f"In force: {listed}.")
    workspace.record("quality.included", {"exclusion": number})
    build(workspace)
    return known[number]


def choose(tables: Tables, ground: Ground, what: str) -> Chosen:
    """Read what is to be left out, and put its orders into the table `audit_chosen`. Raises as `preview`."""
    name, equals, value = what.partition("=")
    if equals and name == "day":
        return _day(tables, value)
    if equals and name == "order":
        return _orders(tables, [one.strip() for one in value.split(",") if one.strip()])
    if equals:
        raise UsageError(
            "unknown-exclusion",
            f"'{what}' cannot be left out",
            hint="Write day=YYYY-MM-DD, order=ID, or a check's code.",
        )
    return _found(tables, ground, what)


def _day(tables: Tables, text: str) -> Chosen:
    day = parse_day(text)
    number = day_number(day)
    count = _bind(tables, f"SELECT order_key FROM conversion WHERE order_day = {number}")
    if not count:
        raise DataRefused(
            "nothing-to-exclude", f"there is no order on {day}", hint="See the days: earnest export conversion."
        )
    return Chosen("day", (number,), f"day={day}", None, count)


def _orders(tables: Tables, ids: Sequence[str]) -> Chosen:
    rows = tables.con.execute(
        "SELECT DISTINCT order_id, order_key FROM (SELECT order_id, order_key FROM event_order UNION ALL SELECT order_id, order_key FROM event_conversion)"
        " WHERE order_id IN (SELECT unnest($1))",
        [list(ids)],
    ).fetchall()
    missing = sorted(set(ids) - {str(row[0]) for row in rows})
    if missing or not ids:
        told = f"no order has the id '{missing[0]}'" if missing else "no order is named"
        raise NotFound("no-such-order", told, hint="Use the shop's own ids, as the order file tells them.")
    keys = tuple(sorted({int(row[1]) for row in rows}))
    return Chosen("order", keys, f"order={','.join(ids)}", None, _bind_keys(tables, keys))


def _found(tables: Tables, ground: Ground, code: str) -> Chosen:
    check = find_check(code)
    table = gather(ground, check)
    kinds = [str(row[0]) for row in tables.con.execute(f"SELECT DISTINCT kind FROM {table}").fetchall()]
    if not kinds:
        raise DataRefused("nothing-to-exclude", f"{code} finds nothing", hint="See what fails: earnest quality check.")
    if "order" not in kinds:
        able = ", ".join(one.code for one in checks() if "'order' AS kind" in one.offending)
        raise UsageError(
            "not-to-exclude",
            f"{code} finds {kinds[0]}s, and only orders can be left out",
            hint=f"Checks that find orders: {able}. {check.remedy}",
        )
    keys = tuple(
        int(row[0])
        for row in tables.con.execute(f"SELECT DISTINCT key FROM {table} WHERE kind = 'order' ORDER BY key").fetchall()
    )
    if len(keys) > MOST_KEYS:
        raise DataRefused(
            "too-many-to-exclude",
            f"{code} finds {len(keys):,} orders; an exclusion names at most {MOST_KEYS:,}",
            hint="Correct the file and import it again, or undo its import: earnest import undo ID.",
        )
    return Chosen("order", keys, code, code, _bind_keys(tables, keys))


def _bind_keys(tables: Tables, keys: Sequence[int]) -> int:
    tables.con.execute(
        "CREATE OR REPLACE TEMP TABLE audit_keys AS SELECT unnest($1::BIGINT[]) AS order_key", [list(keys)]
    )
    return _bind(tables, "SELECT order_key FROM conversion SEMI JOIN audit_keys USING (order_key)")


def _bind(tables: Tables, keys_sql: str) -> int:
    tables.con.execute(
        "CREATE OR REPLACE TEMP TABLE audit_chosen AS SELECT 'order' AS kind, order_key AS key, CAST(NULL AS VARCHAR) AS campaign,"
        f" CAST(NULL AS BIGINT) AS corrected_minor, CAST(NULL AS BIGINT) AS corrected_us, CAST(NULL AS BIGINT) AS cost_micro FROM ({keys_sql})"
    )
    row = tables.con.execute("SELECT count(*) FROM audit_chosen").fetchone()
    assert row is not None
    return int(row[0])
