"""One experiment: every arm against the control and all treated together, metric by metric, beside the sample ratio.

The pooled contrast merges the treated arms' moments, so it is what the mailing as a whole did. Holm's correction runs
over the arms of one metric; the pooled contrast is a question of its own and is not among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, Literal

from earnest.incrementality.difference import Difference, difference_of_means, difference_of_proportions, few_buyers
from earnest.incrementality.intervals import LEVEL
from earnest.incrementality.moments import Moments
from earnest.incrementality.relative_lift import RelativeLift, relative_lift
from earnest.incrementality.sample_ratio import SampleRatio, sample_ratio
from earnest.kernel.errors import UsageError, closest
from earnest.kernel.estimate import Unavailable
from earnest.kernel.finding import Finding

Kind = Literal["proportion", "mean"]

POOLED = "all treated"
"""Name of the contrast of all treated arms together against the control."""

_ESTIMATED = (
    *("treated_mean", "control_mean", "n_treated", "n_control"),
    *("value", "se", "df", "low", "high", "level", "p_value", "method"),
)


@dataclass(frozen=True, slots=True)
class Contrast:
    """One treated arm (or all of them) against the control, on one metric.

    Args:
        treated, control, metric: names; kind: "proportion" where every value is 0 or 1, else "mean".
        difference: treated − control per unit, or why there is none.
        p_value_holm: p corrected over the arms of this metric; None for the pooled contrast and where there is no p.
        lift: relative to the control mean.
        findings: what weakens this contrast.
    """

    treated: str
    control: str
    metric: str
    kind: Kind
    difference: Difference | Unavailable
    p_value_holm: float | None
    lift: RelativeLift | Unavailable
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        found = self.difference
        figures = found.to_json() if isinstance(found, Difference) else {}
        body: dict[str, Any] = {
            "treated": self.treated,
            "control": self.control,
            "metric": self.metric,
            "kind": self.kind,
            **{name: figures.get(name) for name in _ESTIMATED},
            "p_value_holm": self.p_value_holm,
            "incremental_total": _total(found),
            "relative_lift": self.lift.to_json(),
            "definition": "difference_per_unit@1",
            "findings": [finding.to_json() for finding in self.findings],
        }
        return body if isinstance(found, Difference) else body | found.to_json()


def _total(found: Difference | Unavailable) -> dict[str, float] | None:
    """Difference × treated units: what the treated units brought more than they would have, in the metric's unit."""
    if isinstance(found, Unavailable):
        return None
    total = found.scaled(found.n_treated)
    return {"value": total.value, "low": total.low, "high": total.high, "level": total.level}


@dataclass(frozen=True, slots=True)
class ExperimentAnalysis:
    """All contrasts of one experiment.

    Args:
        control: name of the control arm. units: units assigned per arm. level: confidence level, 0–1.
        ratio: the sample-ratio check; contrasts must not be believed when it blocks.
        contrasts: metric by metric, each treated arm, then all treated together where there are several.
    """

    control: str
    units: dict[str, int]
    level: float
    ratio: SampleRatio | Unavailable
    contrasts: tuple[Contrast, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The sample-ratio finding, if any, then those of the contrasts."""
        mismatch = self.ratio.finding() if isinstance(self.ratio, SampleRatio) else None
        own = (finding for contrast in self.contrasts for finding in contrast.findings)
        return (*((mismatch,) if mismatch else ()), *own)

    def contrast(self, metric: str, treated: str | None = None) -> Contrast:
        """The contrast of one metric: of one arm, or of all treated units when `treated` is None."""
        rows = [row for row in self.contrasts if row.metric == metric]
        wanted = [row for row in rows if row.treated == treated] if treated else rows[-1:]
        if not wanted:
            raise UsageError(
                "unknown-contrast",
                f"no contrast of '{treated or POOLED}' on '{metric}'",
                hint="Arms: "
                + ", ".join(self.units)
                + ". Metrics: "
                + ", ".join({row.metric: 0 for row in self.contrasts}),
            )
        return wanted[0]

    def to_json(self) -> dict[str, Any]:
        return {
            "control": self.control,
            "units": dict(self.units),
            "level": self.level,
            "sample_ratio": self.ratio.to_json(),
            "contrasts": [contrast.to_json() for contrast in self.contrasts],
            "findings": [finding.to_json() for finding in self.findings],
        }


def analyze(
    arms: Mapping[str, Mapping[str, Moments]],
    control: str,
    metrics: Sequence[str] | None = None,
    *,
    level: float = LEVEL,
    shares: Mapping[str, float] | None = None,
    kinds: Mapping[str, Kind] | None = None,
) -> ExperimentAnalysis:
    """Analyse one experiment from moments, as assigned.

    Args:
        arms: arm → metric → moments over all assigned units of the arm; the same metrics and units throughout.
        control: the arm that got nothing (or the usual thing).
        metrics: which metrics, in this order; all of the control's when None.
        level: confidence level, 0–1.
        shares: planned weight per arm; equal when None.
        kinds: metric → "mean" or "proportion" where it is known; otherwise a metric of zeros and ones is a proportion.

    Raises:
        UsageError: `unknown-arm`, `nothing-treated`, `unknown-metric`, `units-differ`, `arm-name-taken`.
    """
    names = _checked(arms, control, metrics)
    treated = [arm for arm in arms if arm != control]
    contrasts: list[Contrast] = []
    for metric in names:
        sums = {arm: arms[arm][metric] for arm in arms}
        kind = (kinds or {}).get(metric) or (
            "proportion" if all(moments.is_binary for moments in sums.values()) else "mean"
        )
        groups = {arm: sums[arm] for arm in treated}
        if len(treated) > 1:
            groups[POOLED] = reduce(add, groups.values())
        contrasts += _contrasts(groups, sums[control], control=control, metric=metric, kind=kind, level=level)
    units = {arm: arms[arm][names[0]].n for arm in arms}
    return ExperimentAnalysis(control, units, level, sample_ratio(units, shares), tuple(contrasts))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Holm's step-down adjustment: reject below α and the chance of any false rejection stays at most α.

    Source: Holm, Scandinavian Journal of Statistics 6 (1979) 65–70.

    Example:
        >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
        {'a': 0.03, 'c': 0.06, 'b': 0.06}
    """
    adjusted: dict[str, float] = {}
    running = 0.0
    for rank, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        running = max(running, min(1.0, (len(p_values) - rank) * p))
        adjusted[name] = running
    return adjusted


def _contrasts(
    groups: Mapping[str, Moments], base: Moments, *, control: str, metric: str, kind: Kind, level: float
) -> list[Contrast]:
    compare = difference_of_proportions if kind == "proportion" else difference_of_means
    found = {name: compare(moments, base, level) for name, moments in groups.items()}
    raw = {name: row.p_value for name, row in found.items() if isinstance(row, Difference) and name != POOLED}
    adjusted = holm(raw)
    rows = []
    for name, moments in groups.items():
        finding = few_buyers(moments, base, metric=metric) if kind == "mean" else None
        lift = relative_lift(moments, base, level=level)
        findings = (finding,) if finding else ()
        rows.append(Contrast(name, control, metric, kind, found[name], adjusted.get(name), lift, findings))
    return rows


def _checked(arms: Mapping[str, Mapping[str, Moments]], control: str, metrics: Sequence[str] | None) -> list[str]:
    """The metrics to analyse, once arms, metrics and units are known to fit together."""
    if control not in arms:
        listed = ", ".join(f"'{arm}'" for arm in arms)
        raise UsageError(
            "unknown-arm", f"no arm '{control}'{closest(control, arms)}", hint=f"Arms found: {listed}.", arm=control
        )
    if len(arms) < 2:
        raise UsageError(
            "nothing-treated", f"'{control}' is the only arm", hint="An experiment needs a treated arm as well."
        )
    if POOLED in arms:
        raise UsageError(
            "arm-name-taken", f"'{POOLED}' names all treated arms together", hint="Rename that arm.", arm=POOLED
        )
    names = list(arms[control]) if metrics is None else list(metrics)
    for arm, sums in arms.items():
        for metric in names or [""]:
            if metric not in sums:
                raise UsageError(
                    "unknown-metric",
                    f"arm '{arm}' has no metric '{metric}'{closest(metric, sums)}",
                    hint="Name its metrics.",
                )
        if len({sums[metric].n for metric in names}) > 1:
            raise UsageError(
                "units-differ",
                f"the metrics of arm '{arm}' count different numbers of units",
                hint="Aggregate every metric over all assigned units.",
                arm=arm,
            )
    return names
