"""Show one experiment of the workspace: health, then every metric arm by arm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from earnest.incrementality.analysis import ExperimentAnalysis, analyze
from earnest.kernel.money import exponent
from earnest.kernel.period import moment_of
from earnest.usecases.experiment_read import METRICS, ExperimentResult, read_experiment
from earnest.usecases.tables import open_tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress


@dataclass(frozen=True, slots=True)
class ExperimentShown:
    """An experiment's result and, where there are arms to compare, the analysis of its counting arms."""

    result: ExperimentResult
    analysis: ExperimentAnalysis | None
    as_of_us: int

    @property
    def blocked(self) -> bool:
        """Whether a health check forbids showing figures."""
        return any(finding.severity == "blocks" for finding in self.result.findings)

    @property
    def verdict(self) -> str:
        """running, withheld or read: JSON carries figures and this word together."""
        return "running" if self.result.running else "withheld" if self.blocked else "read"

    def to_json(self) -> dict[str, Any]:
        result = self.result
        return {
            "experiment": result.experiment.to_json(),
            "state": self.verdict,
            "read_at": moment_of(result.reading.as_of_us).isoformat(timespec="seconds") if result.reading else None,
            "restated": result.restated,
            "analysis": self.analysis.to_json() if self.analysis and not self.blocked else None,
            "findings": [finding.to_json() for finding in result.findings],
            "as_of": moment_of(self.as_of_us).isoformat(timespec="seconds"),
        }


def show_experiment(
    workspace: Workspace, name: str, *, again: str | None = None, progress: Progress = quiet
) -> ExperimentShown:
    """Show an experiment; the first due read is recorded.

    Args:
        again: reason for a new reading in place of the recorded one.

    Raises:
        NotFound: `no-such-experiment`.
    """
    with open_tables(workspace, progress=progress) as tables:
        experiment = tables.state.find_experiment(name)
        result = read_experiment(workspace, tables, experiment, again=again)
        currency = tables.state.currency
        level = float(tables.state.setting("level", _day(workspace, experiment.starts, tables.state)) or "0.95")
        as_of_us = tables.as_of_us
    analysis = None
    if experiment.control in result.arms and len(result.arms) > 1 and set(result.arms) == set(experiment.shares):
        major = Fraction(1, 10 ** exponent(currency))
        arms = {
            arm: {
                metric: found.metrics[metric].scaled(major) if metric == "revenue" else found.metrics[metric]
                for metric in METRICS
            }
            for arm, found in result.arms.items()
        }
        shares = {arm: float(share) for arm, share in experiment.arms}
        analysis = analyze(
            arms, experiment.control, METRICS, level=level, shares=shares, kinds={"revenue": "mean", "orders": "mean"}
        )
    return ExperimentShown(result, analysis, as_of_us)


def _day(workspace: Workspace, starts: date | None, state: Any) -> date:
    return starts or workspace.today(state)
