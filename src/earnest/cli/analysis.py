"""Experiments in a terminal: health first, then differences with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earnest.cli.tables import escape, major, print_table
from earnest.incrementality.analysis import Contrast, ExperimentAnalysis
from earnest.incrementality.difference import Difference
from earnest.incrementality.relative_lift import RelativeLift
from earnest.incrementality.returns import IncrementalReturns
from earnest.incrementality.sample_ratio import SampleRatio
from earnest.kernel.estimate import Estimate, Figure
from earnest.kernel.period import moment_of

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.experiment_show import ExperimentShown


def print_analysis(console: Console, analysis: ExperimentAnalysis) -> None:
    """Print the sample-ratio check, every contrast, and the findings."""
    units = ", ".join(f"{arm} {count:,}" for arm, count in analysis.units.items())
    console.print(escape(f"units: {units}"))
    if isinstance(analysis.ratio, SampleRatio):
        words = "DIFFERS from the plan" if analysis.ratio.mismatched else "as planned"
        console.print(escape(f"sample ratio: {words} (χ² {analysis.ratio.chi2:.4g}, p {_p(analysis.ratio.p_value)})"))
    console.print()
    rows = [_row(contrast) for contrast in analysis.contrasts]
    percent = f"{analysis.level * 100:g}% interval"
    print_table(console, ("metric", "treated", "control", "difference", percent, "lift", "p"), rows, numbers=(3, 5, 6))
    for finding in analysis.findings:
        console.print(escape(f"! {finding.message}"))
    console.print()


def _row(contrast: Contrast) -> tuple[str, ...]:
    found = contrast.difference
    if not isinstance(found, Difference):
        return (contrast.metric, contrast.treated, contrast.control, f"n/a ({found.code})", "", "", "")
    factor, unit = (100.0, " pp") if contrast.kind == "proportion" else (1.0, "")
    digits = 2 if contrast.kind == "proportion" else 4
    span = f"[{found.low * factor:.{digits}f}, {found.high * factor:.{digits}f}]"
    lift = f"{contrast.lift.value:+.1%}" if isinstance(contrast.lift, RelativeLift) else "n/a"
    return (
        contrast.metric,
        contrast.treated,
        contrast.control,
        f"{found.value * factor:+.{digits}f}{unit}",
        span,
        lift,
        _p(found.p_value),
    )


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def print_returns(console: Console, treated: str, returns: IncrementalReturns) -> None:
    """Print the returns of one contrast; three returns, never mixed."""
    names = ("incremental_revenue", "extra_gross_profit", "contribution", "incremental_return", "incremental_roas")
    rows = [(name.replace("_", " "), *_figure(getattr(returns, name))) for name in names]
    print_table(console, (f"{treated} against control", "value", "interval"), rows, numbers=(1,))
    console.print()


def _figure(figure: Figure) -> tuple[str, str]:
    if not isinstance(figure, Estimate):
        return f"n/a ({figure.code})", figure.remedy
    if figure.low is None or figure.high is None:
        return f"{figure.value:,.2f}", ""
    if figure.unit == "ratio":
        return f"{figure.value:,.2f}×", f"[{figure.low:,.2f}, {figure.high:,.2f}]"
    return major(figure.value, figure.unit), f"[{major(figure.low, figure.unit)}, {major(figure.high, figure.unit)}]"


def print_experiment(console: Console, shown: ExperimentShown) -> None:
    """Print an experiment of the workspace: design, state, health; figures once it may be read."""
    result, experiment = shown.result, shown.result.experiment
    console.print(
        escape(
            f"{experiment.id} on {experiment.campaign}: window {experiment.window_days} days, read-out {experiment.read_out}"
        )
    )
    if result.reading is not None:
        again = f" (again: {result.reading.reason})" if result.reading.reason else ""
        console.print(escape(f"read once, as of {moment_of(result.reading.as_of_us):%Y-%m-%d %H:%M} UTC{again}"))
    elif result.running:
        console.print("running: the figures are not read before the read-out date and the end of the outcome window")
    for finding in result.findings:
        console.print(escape(f"! {finding.message}"))
        console.print(escape(f"  {finding.remedy}"))
    if shown.analysis is not None and not result.running and not shown.blocked:
        print_analysis(console, shown.analysis)
        if result.restated:
            console.print("By today's data the sums differ from the recorded reading; the reading stands.")
