"""Shapley values of the conversion rate: what a channel adds, averaged over the orders in which channels could join."""

from __future__ import annotations

from earnest.attribution.journeys.channel_sets import channel_sets, masks, tallied
from earnest.attribution.journeys.coalitions import EXACT_CHANNELS, Shapley, exact_shapley, sampled_shapley
from earnest.attribution.journeys.journeys import Floats, Journeys
from earnest.attribution.journeys.model import Credit, JourneyModel, Parameter
from earnest.attribution.journeys.sharing import shared_credit
from earnest.kernel.estimate import Unavailable

PAIRS = 1_000
SEED = 20
_MOST_WORK = 2_000_000_000
"""Members of sets × orders, about half a minute."""
_LEAST_PAIRS = 20


def shapley_rate(*, pairs: int = PAIRS, seed: int = SEED) -> JourneyModel:
    """The model with its sampling, which only data of more than 20 channels needs."""

    def credit(journeys: Journeys) -> Credit | Unavailable:
        return _credit(journeys, pairs=pairs, seed=seed)

    return JourneyModel(
        id="shapley_rate",
        label="Shapley (conversion rate)",
        family="path",
        definition=(
            "v(S) = conversions / journeys over the journeys whose channels all lie in S, 0 where there is none; Shapley value"
            f" over all coalitions, exact up to {EXACT_CHANNELS} channels, beyond sampled with its standard error;"
            " share = value / conversion rate; may be negative"
        ),
        why="unlike the Shapley value of conversions, which is linear over unique channels, it counts journeys that did not convert",
        reference="Shapley 1953; Dalessandro, Perlich, Stitelman, Provost, ADKDD 2012",
        credit=credit,
        parameters=(
            Parameter(
                "pairs",
                f"{pairs}",
                "pairs of orders",
                "fewer where there are very many sets of channels; the standard error says what that costs",
            ),
            Parameter("seed", f"{seed}", "", "so that a second look shows the same"),
        ),
    )


MODEL = shapley_rate()


def _credit(journeys: Journeys, *, pairs: int, seed: int) -> Credit | Unavailable:
    if journeys.nulls is None or not int(journeys.nulls.sum()):
        return Unavailable(
            "no-null-journeys",
            "without journeys that did not convert every coalition converts at 100 %",
            "Add them: a column of null counts, or touches of contacts without an order.",
        )
    counted = journeys.present()
    channels = len(counted.channels)
    facts: tuple[tuple[str, float], ...] = (
        ("conversion_rate", float(counted.conversions.sum()) / float(counted.totals.sum())),
    )
    if channels <= EXACT_CHANNELS:
        found = exact_shapley(*tallied(counted, masks(counted)))
    else:
        sets = channel_sets(counted)
        taken = min(pairs, max(_LEAST_PAIRS, _MOST_WORK // (2 * len(sets.items))))
        found = sampled_shapley(sets, channels, pairs=taken, seed=seed)
        facts += (("pairs", float(taken)),)
    return shared_credit(journeys, found.values, columns=_columns(found, counted), facts=facts)


def _columns(found: Shapley, journeys: Journeys) -> tuple[tuple[str, Floats], ...]:
    if found.errors is None:
        return (("shapley_value", found.values),)
    in_conversions = found.errors * float(journeys.totals.sum())
    return (
        ("shapley_value", found.values),
        ("standard_error", found.errors),
        ("conversions_standard_error", in_conversions),
    )
