"""Lay the ground for an audit: what was declared and what other checks told, as small tables beside the open ones."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow

from earnest.audit.ground import Ground
from earnest.definitions.setting import SETTINGS
from earnest.definitions.state import State
from earnest.incrementality.difference import few_buyers
from earnest.kernel.finding import Finding
from earnest.kernel.period import day_number, day_of, day_start_us, zone
from earnest.usecases.cost_charges import MESSAGE_PRICES
from earnest.usecases.cost_health import cost_findings, refused_messages
from earnest.usecases.costs import LedgerLine, covers_of, ledger
from earnest.usecases.coupon_orders import bind_redeemed
from earnest.usecases.experiment_health import health
from earnest.usecases.experiment_read import arms_of, closed_us_of, units_table
from earnest.usecases.gaps import silent_sources
from earnest.usecases.measure import Measured, measure_all
from earnest.usecases.message_health import message_findings
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace

Told = list[tuple[str | None, Finding]]
_FOREVER_US = 2**62

_TYPES = {int: pyarrow.int64(), str: pyarrow.string(), float: pyarrow.float64(), bool: pyarrow.bool_()}


def lay_ground(tables: Tables, workspace: Workspace | None = None) -> Ground:
    """Make the tables that `audit.ground` lists, and gather what the health checks of costs, messages and experiments tell.

    Args:
        workspace: for what only the journal and the key know: rhythms of sources and coupon codes; without it these checks
            have nothing to look at.
    """
    measured = measure_all(tables)
    lines = ledger(tables)
    told: Told = []
    margins = {name: _margin(tables, one) for name, one in measured.items()}
    _bind(tables, "audit_now", {"now_us": int}, [(tables.as_of_us,)])
    _prices(tables, lines)
    _units(tables, told)
    for name, one in measured.items():
        randomised = tables.state.experiment_of(name) is not None
        told += [(name, f) for f in cost_findings(one, randomised=randomised)]
        told += [(name, f) for f in message_findings(one)]
    told += [(None, f) for f in refused_messages(tables.state)]
    _campaigns(tables, measured, margins)
    _ledger(tables, lines)
    _imports(tables)
    _settings(tables)
    _sources(tables, workspace)
    _days(tables)
    _redeemed(tables, workspace)
    _bind(tables, "audit_finding", {"campaign": str, "code": str}, [(name, f.code) for name, f in told])
    level = float(tables.state.setting("level", tables.day) or "0.95")
    return Ground(tables.con, tables.state.currency, level, tables.as_of_us, margins, tuple(told))


def _bind(tables: Tables, name: str, columns: Mapping[str, type], rows: list[tuple[Any, ...]]) -> None:
    """A small table of its own on the connection."""
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    made = {
        column: pyarrow.array(values, _TYPES[kind])
        for (column, kind), values in zip(columns.items(), cells, strict=True)
    }
    tables.con.register("audit_bound", pyarrow.table(made))
    tables.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM audit_bound")
    tables.con.unregister("audit_bound")


def _margin(tables: Tables, measured: Measured) -> Decimal | None:
    experiment = tables.state.experiment_of(measured.campaign.id)
    if experiment is not None and experiment.margin is not None:
        return experiment.margin
    day = day_of(measured.first_day) if measured.first_day is not None else tables.day
    return tables.state.margin(day)


def _prices(tables: Tables, lines: list[LedgerLine]) -> None:
    """What each message costs, whether a line pays it, and which."""
    rows = [
        (place, line.campaign, line.from_us, line.until_us or _FOREVER_US)
        for place, line in enumerate(lines)
        if line in _covering(lines)
    ]
    _bind(tables, "audit_cover", {"line": int, "campaign": str, "from_us": int, "until_us": int}, rows)
    tables.con.execute(f"CREATE OR REPLACE TEMP VIEW audit_covered AS {_COVERED}")
    tables.con.execute(f"CREATE OR REPLACE TEMP VIEW audit_price AS {_PRICE}")


def _covering(lines: list[LedgerLine]) -> list[LedgerLine]:
    return [line for line in lines if covers_of([line])]


def _campaigns(tables: Tables, measured: Mapping[str, Measured], margins: Mapping[str, Decimal | None]) -> None:
    columns = {"campaign": str, "purpose": str, "declared": bool, "first_us": int, "last_us": int, "delivered": int, "priced": int,
               "unrated": int, "charges_micro": int, "margin": float}  # fmt: skip
    spans = {
        str(name): (int(first), int(last))
        for name, first, last in tables.con.execute(
            "SELECT l.campaign, min(m.send_us), max(m.send_us) FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key GROUP BY ALL"
        ).fetchall()
    }
    rows = []
    for name, one in measured.items():
        first, last = spans.get(name, (None, None))
        margin = margins[name]
        charges = [
            line
            for line in one.cost.lines
            if line.posting is None and line.kind == "messaging" and line.evidence == "measured"
        ]
        rows.append((name, one.campaign.purpose, one.campaign.declared, first, last, one.measures["delivered"], len(charges),
                     one.cost.unrated, sum(line.micro for line in charges), float(margin) if margin is not None else None))  # fmt: skip
    _bind(tables, "audit_campaign", columns, rows)


def _ledger(tables: Tables, lines: list[LedgerLine]) -> None:
    columns = {"line": int, "campaign": str, "cost_kind": str, "amount_micro": int, "evidence": str, "covers": int, "from_us": int,
               "until_us": int, "description": str}  # fmt: skip
    rows = [
        (place, one.campaign, one.kind, one.micro, one.evidence, int(one.covers), one.from_us, one.until_us, one.description)
        for place, one in enumerate(lines)
    ]  # fmt: skip
    _bind(tables, "audit_ledger", columns, rows)


def _units(tables: Tables, told: Told) -> None:
    """The units of every experiment, and what its health checks tell."""
    tables.con.execute(_NO_UNITS)
    for experiment in tables.state.experiments.values():
        units_table(tables, experiment)
        tables.con.execute(
            f"INSERT INTO audit_unit SELECT $1, $2, contact_key, arm = $3, arm, arms, own_arms, assigned_us, assigned_us + {experiment.window_us},"
            " orders, revenue_minor FROM unit",
            [experiment.id, experiment.campaign, experiment.control],
        )
        arms = arms_of(tables)
        closed_us = closed_us_of(tables, experiment)
        running = closed_us is None or tables.as_of_us < max(experiment.read_out_us(tables.state.timezone), closed_us)
        units = {name: arm.units for name, arm in arms.items()}
        findings, _ = health(tables, experiment, units, closed_us=None if running else closed_us)
        told += [(experiment.campaign, one) for one in findings]
        treated = [arm.metrics["revenue"] for name, arm in arms.items() if name != experiment.control]
        if treated and experiment.control in arms:
            pooled = treated[0]
            for one in treated[1:]:
                pooled = pooled + one
            if few := few_buyers(pooled, arms[experiment.control].metrics["revenue"], metric="revenue"):
                told.append((experiment.campaign, few))


def _imports(tables: Tables) -> None:
    files, refused = [], []
    for one in tables.state.active_imports:
        reasons = {str(reason): int(n) for reason, n in one.counts.get("reasons", {}).items()}
        files.append((one.seq, one.file, one.kind, int(one.counts["rows"])))
        refused += [(one.seq, one.file, one.kind, reason, n) for reason, n in sorted(reasons.items())]
    _bind(tables, "audit_import_file", {"seq": int, "file": str, "kind": str, "rows": int}, files)
    _bind(tables, "audit_import", {"seq": int, "file": str, "kind": str, "reason": str, "refused": int}, refused)


def _settings(tables: Tables) -> None:
    tz = zone(tables.state.timezone)
    rows = []
    for name, history in tables.state.settings.items():
        known = sorted(history, key=lambda one: one.since)
        default = SETTINGS[name].default if name in SETTINGS else None
        for before, one in pairwise([None, *known]):
            assert one is not None
            value = before.value if before is not None else default
            rows.append((name, day_start_us(day_number(one.since), tz), one.value, value))
    _bind(tables, "audit_setting", {"name": str, "since_us": int, "value": str, "before": str}, rows)


def _sources(tables: Tables, workspace: Workspace | None) -> None:
    rows: list[tuple[str, bool, bool, int | None]] = [(name, True, False, None) for name in tables.state.sources]
    if workspace is not None:
        heard = silent_sources(workspace.path / "journal.db", tables.state.sources, now_us=tables.as_of_us)
        rows = [(one.source, _live(tables.state, one.source), one.alarming, one.silent_us) for one in heard]
    _bind(tables, "audit_source", {"source": str, "live": bool, "alarming": bool, "silent_us": int}, rows)


def _live(state: State, source: str) -> bool:
    """Whether a source delivers of itself, as things happen."""
    return source in state.sources


def _days(tables: Tables) -> None:
    tz = zone(tables.state.timezone)
    days = [
        int(row[0]) for row in tables.con.execute("SELECT DISTINCT order_day FROM conversion ORDER BY 1").fetchall()
    ]
    rows = [(day, day_start_us(day, tz), day_start_us(day + 1, tz)) for day in days]
    _bind(tables, "audit_day", {"day": int, "start_us": int, "end_us": int}, rows)


def _redeemed(tables: Tables, workspace: Workspace | None) -> None:
    tables.con.execute(
        "CREATE OR REPLACE TEMP TABLE audit_redeemed (coupon VARCHAR, order_key BIGINT, outside BOOLEAN)"
    )
    if workspace is not None and tables.state.coupons:
        bind_redeemed(tables, workspace)
        tables.con.execute(
            "INSERT INTO audit_redeemed SELECT coupon, order_key, standing = 'outside' FROM redeemed_order"
        )


_NO_UNITS = """CREATE OR REPLACE TEMP TABLE audit_unit (experiment VARCHAR, campaign VARCHAR, contact_key BIGINT, held_out BOOLEAN, arm VARCHAR,
    arms BIGINT, own_arms BIGINT, assigned_us BIGINT, until_us BIGINT, orders BIGINT, revenue_minor BIGINT)"""

_COVERED = f"""SELECT v.line, p.message_key, p.price AS price_micro FROM ({MESSAGE_PRICES}) AS p JOIN label_campaign AS l ON p.label_key = l.label_key
    JOIN audit_cover AS v ON v.campaign = l.campaign AND p.send_us >= v.from_us AND p.send_us < v.until_us"""
_PRICE = f"""SELECT p.message_key, CASE WHEN v.message_key IS NULL THEN p.price END AS price_micro,
        CASE WHEN v.message_key IS NULL AND p.foreign_price IS NULL THEN 0 ELSE 1 END AS covered
    FROM ({MESSAGE_PRICES}) AS p LEFT JOIN (SELECT DISTINCT message_key FROM audit_covered) AS v ON p.message_key = v.message_key"""
