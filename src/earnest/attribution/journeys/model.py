"""What a model of journeys declares, and what it answers: credit per channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from earnest.attribution.journeys.journeys import Floats, Ints, Journeys
from earnest.kernel.declared import declared, look_up
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Unavailable

Family = Literal["rule", "path"]
ASSOCIATION = (
    "an association: it says which channels go with conversions, not what they caused; only an experiment can tell that"
)
BOOKKEEPING = "bookkeeping by a stated rule: it divides what was sold, it does not say what would not have been sold"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of a model.

    Args:
        value: as used. unit: "days", "share" … reason: why this is the default.
    """

    name: str
    value: str
    unit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Credit:
    """What a model gives each channel. Conversions and value are floats; where value is exact, `exact` is too.

    Args:
        conversions: per channel. value: per channel, in major units, or None where the journeys tell no value.
        exact: per channel, whole units of the journeys' value that add up to its attributed total, or None.
        columns: name → figure per channel behind the credit (removal effects, standard errors …).
        facts: name → figure of the whole model (conversion probability …).
    """

    conversions: Floats
    value: Floats | None = None
    exact: Ints | None = None
    columns: tuple[tuple[str, Floats], ...] = ()
    facts: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class JourneyModel:
    """An attribution model over journeys.

    Args:
        id: name in CLI, API and JSON. label: name for people.
        family: "rule" gives each journey's touches weights; "path" looks at all journeys together.
        definition: how the credit is computed, in words.
        why: what it presumes or what it is good for, in one line.
        reference: who published it.
        credit: the model itself.
        conserved: whether the credits add up to what is attributed; any-touch alone does not.
    """

    id: str
    label: str
    family: Family
    definition: str
    why: str
    reference: str
    credit: Callable[[Journeys], Credit | Unavailable]
    parameters: tuple[Parameter, ...] = ()
    conserved: bool = True

    @property
    def caveat(self) -> str:
        """What a reader must know before believing its figures."""
        return BOOKKEEPING if self.family == "rule" else ASSOCIATION


def journey_models() -> dict[str, JourneyModel]:
    """All models of journeys, found in `journeys/models`, rules first, each family by id, what does not add up last."""
    found = declared("earnest.attribution.journeys.models", JourneyModel, "MODEL", "MODELS")
    return {
        model.id: model for model in sorted(found, key=lambda one: (one.family != "rule", not one.conserved, one.id))
    }


def journey_model(name: str) -> JourneyModel:
    """Look up a model of journeys.

    Raises:
        UsageError: `no-such-model`.
    """
    refusal = (UsageError, "no-such-model")
    return look_up(journey_models(), name, what="attribution model", listed="Models", refusal=refusal)
