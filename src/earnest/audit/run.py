"""Run the checks: offending rows into a table each, how many were tested, and what the defect is worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from earnest.audit.check import TESTED, Check
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground
from earnest.audit.result import NOTHING_FOUND, SEVERITIES, CampaignEffect, CheckResult, unknown_effect
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.kernel.finding import Finding, Severity
from earnest.warehouse import duck

COLUMNS = {
    "kind": "VARCHAR",
    "key": "BIGINT",
    "id": "VARCHAR",
    "campaign": "VARCHAR",
    "at_us": "BIGINT",
    "amount_minor": "BIGINT",
    "corrected_minor": "BIGINT",
    "corrected_us": "BIGINT",
    "cost_micro": "BIGINT",
    "why": "VARCHAR",
}
"""Of every table of offending rows; see `audit.check` for what they mean."""

Told = Sequence[tuple[str | None, Finding]]


def run_checks(ground: Ground, checks: Iterable[Check], *, campaign: str | None = None) -> tuple[CheckResult, ...]:
    """Make every check.

    Args:
        campaign: only rows of this campaign count, and only its part of each effect is told.
    """
    return tuple(run(ground, one, campaign=campaign) for one in checks)


def run(ground: Ground, check: Check, *, campaign: str | None = None) -> CheckResult:
    """Make one check."""
    rows = gather(ground, check)
    told = [
        (name, one)
        for name, one in ground.findings
        if one.code in check.told and (campaign is None or name in (campaign, None))
    ]
    mine = rows if campaign is None else _of_campaign(ground, rows, campaign)
    count = duck.scalar(ground.con, f"SELECT count(*) FROM {mine}")
    tested = _tested(ground, check, campaign)
    severity: Severity = check.severity
    if told:
        count = max(count, sum(one.rows or 1 for _, one in told))
        tested = max(tested, sum(one.tested or 0 for _, one in told), count)
        severity = min((one.severity for _, one in told), key=SEVERITIES.index)
    passed = not told and (count < check.least or count <= check.threshold * tested)
    effects = _effects(ground, check, rows, found=bool(count))
    found = CheckResult(
        check,
        severity,
        count,
        tested,
        passed,
        _message(check, count, tested, told=told),
        told[0][1].remedy if told else check.remedy,
        effects if isinstance(effects, Unavailable) else Estimate(0.0, ground.currency),
    )
    return found if isinstance(effects, Unavailable) else _priced(ground, found, effects, campaign=campaign)


def gather(ground: Ground, check: Check) -> str:
    """Put a check's offending rows into a table, and return its name."""
    typed = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in COLUMNS.items())
    body = f"SELECT {typed} WHERE false"
    if check.offending:
        body += f" UNION ALL BY NAME ({check.offending.replace('{now_us}', str(ground.now_us))})"
    listed = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in COLUMNS.items())
    table = f"audit_rows_{check.code.replace('-', '_')}"
    ground.con.execute(f"CREATE OR REPLACE TEMP TABLE audit_raw AS SELECT {listed} FROM ({body})")
    ground.con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {_NAMED}")
    return table


def _of_campaign(ground: Ground, rows: str, campaign: str) -> str:
    """The rows that concern a campaign: its own, orders of its experiment's units, and what belongs to the whole workspace."""
    ground.con.execute(f"CREATE OR REPLACE TEMP TABLE audit_mine AS {_MINE.format(rows=rows)}", [campaign])
    return "audit_mine"


def _tested(ground: Ground, check: Check, campaign: str | None) -> int:
    con = ground.con
    body = TESTED.get(check.tested, check.tested).replace("{now_us}", str(ground.now_us))
    con.execute(f"CREATE OR REPLACE TEMP TABLE audit_tested AS SELECT * FROM ({body})")
    names = {str(row[0]) for row in con.execute("DESCRIBE audit_tested").fetchall()}
    size = "sum(times)" if "times" in names else "count(*)"
    kind = con.execute("SELECT any_value(kind) FROM audit_tested").fetchone()
    if campaign is None or kind is None:
        return duck.scalar(con, f"SELECT {size} FROM audit_tested")
    if "campaign" in names:
        return duck.scalar(con, f"SELECT {size} FROM audit_tested WHERE campaign = $1", [campaign])
    if kind[0] not in ("message", "response"):
        return duck.scalar(con, f"SELECT {size} FROM audit_tested")
    return duck.scalar(
        con,
        f"SELECT count(*) FROM audit_tested AS t JOIN {kind[0]} AS m ON t.key = m.{kind[0]}_key"
        " JOIN label_campaign AS l ON m.label_key = l.label_key WHERE l.campaign = $1",
        [campaign],
    )


def _effects(ground: Ground, check: Check, rows: str, *, found: bool) -> Effects | Unavailable:
    if not found:
        return Effects()
    if check.offending and check.told and not duck.scalar(ground.con, f"SELECT count(*) FROM {rows}"):
        return unknown_effect(check)
    return check.effect(ground, rows)


def _priced(ground: Ground, result: CheckResult, effects: Effects, *, campaign: str | None) -> CheckResult:
    """The result with its effect in money."""
    shown = effects
    if campaign is not None:
        shown = Effects({campaign: effects.by_campaign.get(campaign, Change())}, effects.method, effects.share)

    def figure(amount: Range, basis: str) -> Estimate:
        return amount.estimate(ground.currency, level=ground.level, method=effects.method, basis=basis)

    campaigns = tuple(
        CampaignEffect(
            name,
            figure(change.contribution(ground.margin(name)), "attributed"),
            figure(change.attributed, "attributed"),
            figure(change.cost, "observed"),
            figure(change.incremental, "incremental") if change.incremental is not None else None,
        )
        for name, change in sorted(shown.by_campaign.items())
    )
    margins = {name: ground.margin(name) for name in shown.by_campaign}
    return CheckResult(
        result.check,
        result.severity,
        result.rows,
        result.tested,
        result.passed,
        result.message,
        result.remedy,
        figure(shown.contribution(margins), "attributed"),
        figure(shown.attributed(), "attributed"),
        figure(shown.cost(), "observed"),
        campaigns,
        effects,
    )


_MOST_MESSAGES = 2


def _message(check: Check, rows: int, tested: int, *, told: Told) -> str:
    if told:
        shown = "; ".join(f"{name}: {one.message}" if name else one.message for name, one in told[:_MOST_MESSAGES])
        more = len(told) - _MOST_MESSAGES
        return f"{shown}; and {more} more like it" if more > 0 else shown
    if not tested and not rows:
        return "nothing to look at"
    if not rows:
        return NOTHING_FOUND
    words = check.tested if check.tested in TESTED else "rows"
    return f"{rows:,} of {tested:,} {words} ({rows / tested:.1%})" if tested >= rows else f"{rows:,} rows"


_MINE = """SELECT * FROM {rows} WHERE campaign = $1
    OR (campaign IS NULL AND kind NOT IN ('order', 'message', 'response'))
    OR (kind = 'order' AND campaign IS NULL AND key IN (SELECT c.order_key FROM conversion AS c JOIN audit_unit AS u
        ON c.contact_key = u.contact_key AND c.ordered_us >= u.assigned_us AND c.ordered_us < u.until_us WHERE u.campaign = $1))"""

_NAMED = """SELECT r.* REPLACE (COALESCE(r.campaign, m.campaign, s.campaign, o.campaign) AS campaign)
FROM audit_raw AS r
LEFT JOIN (SELECT m.message_key AS key, l.campaign FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key
    WHERE m.message_key IN (SELECT key FROM audit_raw WHERE kind = 'message')) AS m ON r.kind = 'message' AND r.key = m.key
LEFT JOIN (SELECT s.response_key AS key, l.campaign FROM response AS s JOIN label_campaign AS l ON s.label_key = l.label_key
    WHERE s.response_key IN (SELECT key FROM audit_raw WHERE kind = 'response')) AS s ON r.kind = 'response' AND r.key = s.key
LEFT JOIN (SELECT c.order_key AS key, l.campaign FROM credit AS c JOIN label_campaign AS l ON c.label_key = l.label_key
    WHERE c.model = 'last_touch' AND c.order_key IN (SELECT key FROM audit_raw WHERE kind = 'order')) AS o ON r.kind = 'order' AND r.key = o.key
ORDER BY r.kind, r.at_us, r.key, r.why"""
