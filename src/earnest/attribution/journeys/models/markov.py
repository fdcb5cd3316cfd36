"""Markov chain: how much conversion is lost when a channel leads nowhere. Solved, not simulated."""

from __future__ import annotations

from earnest.attribution.journeys.chain import chain, fits
from earnest.attribution.journeys.journeys import Journeys
from earnest.attribution.journeys.model import Credit, JourneyModel, Parameter
from earnest.attribution.journeys.removal import removal_effects
from earnest.attribution.journeys.sharing import shared_credit
from earnest.kernel.estimate import Unavailable

ORDERS = (1, 2, 3, 4)
_MOST_WORK = 20_000_000
"""States × channels above which an answer would take minutes and gigabytes."""


def markov(order: int, *, nulls: bool = True) -> JourneyModel:
    """The model of an order.

    Args:
        order: touches that a state remembers, 1 to 4. nulls: whether journeys without conversion count, where they are told.
    """

    def credit(journeys: Journeys) -> Credit | Unavailable:
        return _credit(journeys, order, nulls=nulls)

    remembered = "touches" if order == 1 else f"the last {order} touches (the whole path if shorter)"
    over = "" if nulls else ", over converting journeys alone"
    return JourneyModel(
        id=f"markov_{order}",
        label=f"Markov, order {order}",
        family="path",
        definition=(
            f"states are {remembered}; removing a channel sends"
            " every transition into a state that holds it to null; removal effect = 1 − P(conversion without it) / P(conversion);"
            f" share = removal effect / sum of them{over}. Exact, no seed"
        ),
        why="close to normalised any-touch: at order 1 a removal effect is the chance that a converting journey visits the channel",
        reference="Anderl, Becker, von Wangenheim, Schumann, Int. J. Research in Marketing 33 (2016)",
        credit=credit,
        parameters=(
            Parameter("order", str(order), "touches", "1 is the common default; more remember more and need more data"),
            Parameter(
                "nulls", "counted" if nulls else "left out", "", "journeys that fail tell as much as those that do not"
            ),
        ),
    )


MODELS = tuple(markov(order) for order in ORDERS)


def _credit(journeys: Journeys, order: int, *, nulls: bool) -> Credit | Unavailable:
    counted = journeys.present() if nulls else journeys.converting()
    if not fits(len(counted.channels), order):
        return _too_large(order, f"{len(counted.channels):,} channels")
    found = chain(counted, order)
    if found.states * len(counted.channels) > _MOST_WORK:
        return _too_large(order, f"{found.states:,} states of {len(counted.channels):,} channels")
    removal = removal_effects(found, len(counted.channels))
    return shared_credit(
        journeys,
        removal.effects,
        columns=(("removal_effect", removal.effects),),
        facts=(("conversion_probability", removal.probability), ("states", float(found.states))),
    )


def _too_large(order: int, met: str) -> Unavailable:
    return Unavailable(
        "too-many-states",
        f"{met} are more than a chain of order {order} is solved for",
        "Use a lower --order, or credit something coarser with --by.",
    )
