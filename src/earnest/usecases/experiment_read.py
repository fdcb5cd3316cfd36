"""Reading an experiment: units and outcomes, health checks, and the fixed interval that is read once.

The first read after the read-out date and the end of every unit's outcome window writes its figures to the journal.
From then on that reading stands; refunds and late orders show beside it as a restatement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from earnest.definitions.experiment import Experiment
from earnest.definitions.state import Reading, State
from earnest.incrementality.moments import Moments
from earnest.incrementality.sample_ratio import SampleRatio
from earnest.kernel.errors import Conflict
from earnest.kernel.finding import Finding
from earnest.usecases.experiment_health import health
from earnest.usecases.tables import Tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse.models import read as read_model

METRICS = ("revenue", "orders", "converted")


@dataclass(frozen=True, slots=True)
class Arm:
    """Sufficient statistics of one arm: units, and Σ, Σ², non-zero count of each metric (revenue in minor units)."""

    units: int
    metrics: dict[str, Moments]
    discount_minor: int

    def to_json(self) -> dict[str, Any]:
        return {
            "units": self.units,
            "discount_minor": self.discount_minor,
            "metrics": {m: [str(x.total), str(x.squares), x.nonzero] for m, x in self.metrics.items()},
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Arm:
        units = int(body["units"])
        metrics = {m: Moments(units, int(t), int(s), int(k)) for m, (t, s, k) in body["metrics"].items()}
        return cls(units, metrics, int(body["discount_minor"]))


@dataclass(frozen=True, slots=True)
class ExperimentResult:
    """An experiment as it stands.

    Args:
        arms: the arms that count: those of the recorded reading, or today's while there is none.
        today: the arms by today's data.
        running: whether the read-out date or the end of the outcome window is still ahead.
        closed_us: end of the last unit's outcome window, None without units.
        reading: the recorded reading, if any.
        ratio: sample-ratio check on the units assigned.
        findings: health checks.
    """

    experiment: Experiment
    arms: dict[str, Arm]
    today: dict[str, Arm]
    running: bool
    closed_us: int | None
    reading: Reading | None
    ratio: SampleRatio | None
    findings: tuple[Finding, ...]

    @property
    def restated(self) -> bool:
        """Whether today's data differ from the recorded reading."""
        return self.reading is not None and _told(self.today) != _told(self.arms)


def read_experiment(
    workspace: Workspace, tables: Tables, experiment: Experiment, *, record: bool = True, again: str | None = None
) -> ExperimentResult:
    """Read an experiment.

    Args:
        record: whether a due first reading may be written (never for a past `as of`).
        again: reason for a new reading in place of the recorded one; journalled with it.
    """
    units_table(tables, experiment)
    today, closed_us = arms_of(tables), closed_us_of(tables, experiment)
    now = tables.as_of_us
    due = experiment.read_out_us(tables.state.timezone)
    running = closed_us is None or now < max(due, closed_us)
    reading = _last_reading(tables.state, experiment)
    # An instant at which nobody had read yet cannot be read afterwards: the interval is read once, not once per instant.
    running = running or (reading is None and not record)
    units = {name: arm.units for name, arm in today.items()}
    findings, ratio = health(tables, experiment, units, closed_us=None if running else closed_us)
    blocked = any(finding.severity == "blocks" for finding in findings)
    if record and not running and today and not blocked and (reading is None or again is not None):
        known = tables.state.readings.get(experiment.id, [])
        reading = _write_reading(workspace, Reading(len(known), experiment.id, now, _told(today), again))
    arms = {name: Arm.from_json(body) for name, body in reading.arms.items()} if reading else today
    return ExperimentResult(experiment, arms, today, running, closed_us, reading, ratio, tuple(findings))


def units_table(tables: Tables, experiment: Experiment) -> None:
    """Make the temporary table `unit` of an experiment: its units with their outcomes, see `incrementality/unit.sql`."""
    sql = read_model("earnest.incrementality", "unit.sql").sql
    sql = sql.replace("$window_us", str(experiment.window_us))
    sql = sql.replace("$experiment", "'" + experiment.id.replace("'", "''") + "'")
    tables.con.execute(f"CREATE OR REPLACE TEMP TABLE unit AS {sql}")


def arms_of(tables: Tables) -> dict[str, Arm]:
    """Sufficient statistics of each arm, from the temporary table `unit`."""
    rows = tables.con.execute(
        """SELECT arm, count(*), sum(discount_minor),
            sum(revenue_minor), sum(CAST(revenue_minor AS DECIMAL(38, 0)) * revenue_minor), count(*) FILTER (WHERE revenue_minor <> 0),
            sum(orders), sum(orders * orders), count(*) FILTER (WHERE orders > 0)
        FROM unit GROUP BY arm ORDER BY arm"""
    ).fetchall()
    arms = {}
    for arm, units, discount, revenue, revenue_squares, nonzero, orders, orders_squares, buyers in rows:
        metrics = {
            "revenue": Moments(int(units), int(revenue), int(revenue_squares), int(nonzero)),
            "orders": Moments(int(units), int(orders), int(orders_squares), int(buyers)),
            "converted": Moments.of_events(int(units), int(buyers)),
        }
        arms[str(arm)] = Arm(int(units), metrics, int(discount))
    return arms


def closed_us_of(tables: Tables, experiment: Experiment) -> int | None:
    """End of the last unit's outcome window, from the temporary table `unit`; None without units."""
    row = tables.con.execute("SELECT max(assigned_us) FROM unit").fetchone()
    assert row is not None
    return int(row[0]) + experiment.window_us if row[0] is not None else None


def _last_reading(state: State, experiment: Experiment) -> Reading | None:
    readings = state.readings.get(experiment.id, [])
    return readings[-1] if readings else None


def _told(arms: dict[str, Arm]) -> dict[str, dict[str, Any]]:
    return {name: arm.to_json() for name, arm in arms.items()}


def _write_reading(workspace: Workspace, draft: Reading) -> Reading:
    """Journal a reading; `draft.seq` is the number of readings known before it.

    Where another process has read meanwhile, its reading stands.
    """
    body = {"experiment": draft.experiment, "as_of_us": draft.as_of_us, "arms": draft.arms, "reason": draft.reason}
    sample = workspace.state().sample
    of_sample = f":{sample.seq}" if sample is not None and draft.experiment in sample.experiments else ""
    try:
        key = f"read:{draft.experiment}:{draft.seq + 1}{of_sample}"
        entry = workspace.record("experiment.read", body, dedupe_key=key)
    except Conflict:
        if draft.reason is not None:
            raise
        return workspace.state().readings[draft.experiment][draft.seq]
    return replace(draft, seq=entry.seq)
