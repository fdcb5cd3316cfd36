"""Logistic regression of conversion on which channels a journey touched; may credit a channel with less than nothing."""

from __future__ import annotations

import numpy as np

from earnest.attribution.journeys.channel_sets import ChannelSets, channel_sets
from earnest.attribution.journeys.journeys import Floats, Journeys
from earnest.attribution.journeys.model import Credit, JourneyModel
from earnest.attribution.journeys.sharing import shared_credit
from earnest.kernel.estimate import Unavailable

_MOST_STEPS = 60
_STEP_DONE = 1e-10
_MOST_COEFFICIENT = 25.0
_MOST_CELLS = 30_000_000


def _credit(journeys: Journeys) -> Credit | Unavailable:
    if journeys.nulls is None or not int(journeys.nulls.sum()):
        return Unavailable(
            "no-null-journeys",
            "without journeys that did not convert there is nothing to tell apart",
            "Add them: a column of null counts, or touches of contacts without an order.",
        )
    sets = channel_sets(journeys.present())
    if len(sets.conversions) * len(journeys.channels) > _MOST_CELLS:
        return Unavailable(
            "too-many-channels", "there are too many sets of channels", "Credit something coarser with --by."
        )
    held = sets.presence(len(journeys.channels))
    met = held.any(axis=0)
    fitted = _fit(np.column_stack((np.ones(len(held)), held[:, met])), sets)
    if isinstance(fitted, Unavailable):
        return fitted
    coefficients, likelihood = fitted
    full = np.zeros(len(journeys.channels))
    full[met] = coefficients[1:]
    removal = _removal(held, full, float(coefficients[0]), sets)
    facts = (("intercept", float(coefficients[0])), ("log_likelihood", likelihood))
    return shared_credit(journeys, removal, columns=(("removal_credit", removal), ("coefficient", full)), facts=facts)


def _fit(design: Floats, sets: ChannelSets) -> tuple[Floats, float] | Unavailable:
    """Newton's steps on the likelihood of the journeys."""
    found = np.zeros(design.shape[1])
    for _ in range(_MOST_STEPS):
        chance = _chance(design @ found)
        slope = design.T @ (sets.conversions - sets.journeys * chance)
        curve = design.T @ (design * (sets.journeys * chance * (1 - chance))[:, None])
        if np.linalg.cond(curve) > 1e14:
            return _separated()
        step = np.linalg.solve(curve, slope)
        found = found + step
        if float(np.abs(found).max()) > _MOST_COEFFICIENT:
            return _separated()
        if float(np.abs(step).max()) < _STEP_DONE:
            reach = design @ found
            likelihood = sets.conversions @ reach - sets.journeys @ np.logaddexp(0.0, reach)
            return found, float(likelihood)
    return _separated()


def _separated() -> Unavailable:
    return Unavailable(
        "not-identified",
        "the likelihood has no single maximum: some channel converts always or never, or two always come together",
        "Merge channels that always come together, or use a longer period.",
    )


def _removal(held: Floats, coefficients: Floats, intercept: float, sets: ChannelSets) -> Floats:
    """Per channel, Σ over all journeys of p(x) − p(x without the channel)."""
    reach = intercept + held @ coefficients
    with_all = _chance(reach)
    lost = [
        float((sets.journeys * held[:, c]) @ (with_all - _chance(reach - held[:, c] * coefficients[c])))
        for c in range(len(coefficients))
    ]
    return np.array(lost)


def _chance(reach: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-reach)))


MODEL = JourneyModel(
    id="logistic",
    label="Logistic regression",
    family="path",
    definition=(
        "maximum likelihood of conversion on the presence of each channel, journeys as weights, no penalty; credit is Σ over all"
        " journeys of p(x) − p(x without the channel), scaled to the total; may be negative"
    ),
    why="open and reproducible; whoever is messaged most is often whoever buys anyway, which no such model can tell apart",
    reference="Shao, Li, KDD 2011; Dalessandro, Perlich, Stitelman, Provost, ADKDD 2012",
    credit=_credit,
)
