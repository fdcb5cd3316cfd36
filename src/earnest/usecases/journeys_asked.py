"""Which models of journeys are asked for, with their settings: names, families of names, orders, half-lives, weights."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from earnest.attribution.journeys.model import JourneyModel, journey_model, journey_models
from earnest.attribution.journeys.models.last_non_direct import last_non_direct
from earnest.attribution.journeys.models.markov import ORDERS, markov
from earnest.attribution.journeys.models.position import position_u
from earnest.attribution.journeys.models.time_decay import time_decay
from earnest.kernel.errors import UsageError
from earnest.kernel.period import DAY_US, HOUR_US

_LENGTH = re.compile(r"\s*([0-9]{1,6})\s*(d|h|min|m|s)\s*")
_UNITS = {"d": DAY_US, "h": HOUR_US, "min": 60_000_000, "m": 60_000_000, "s": 1_000_000}


@dataclass(frozen=True, slots=True)
class ModelsAsked:
    """What is asked of the models.

    Args:
        names: ids, or what several ids begin with ("markov"); none means all.
        orders: of Markov chains; none means all. half_life_us: of a further time decay. weights: of the U model.
        direct: channel that counts as direct. nulls: whether journeys without conversion count in Markov chains.
    """

    names: tuple[str, ...] = ()
    orders: tuple[int, ...] = ()
    half_life_us: int | None = None
    weights: tuple[Fraction, Fraction, Fraction] | None = None
    direct: str | None = None
    nulls: bool = True


def models_asked(asked: ModelsAsked) -> tuple[JourneyModel, ...]:
    """The models asked for, in the order of the list of all.

    Raises:
        UsageError: `no-such-model`, `bad-order`, `bad-weights`.
    """
    known = journey_models()
    known.update({model.id: model for model in _changed(asked)})
    if asked.orders:
        wanted = {f"markov_{order}" for order in asked.orders}
        known = {name: model for name, model in known.items() if not name.startswith("markov_") or name in wanted}
    chosen = set(known) if not asked.names else {one for name in asked.names for one in _named(name, known)}
    return tuple(model for name, model in known.items() if name in chosen)


def read_length(text: str, option: str) -> int:
    """Microseconds of `5d`, `12h`, `30min`.

    Raises:
        UsageError: `bad-length`.
    """
    match = _LENGTH.fullmatch(text)
    if match is None or not int(match.group(1)):
        raise UsageError(
            "bad-length",
            f"'{text}' is no length of time for {option}",
            hint=f"Write a number and d, h, min or s: {option} 5d.",
        )
    return int(match.group(1)) * _UNITS[match.group(2)]


def read_weights(text: str) -> tuple[Fraction, Fraction, Fraction]:
    """Shares of first, middle and last touch: `0.4,0.2,0.4`.

    Raises:
        UsageError: `bad-weights`.
    """
    try:
        first, middle, last = (Fraction(part.strip()) for part in text.split(","))
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(
            "bad-weights",
            f"'{text}' are not three shares",
            hint="Write first, middle and last: --weights 0.4,0.2,0.4.",
        ) from error
    return first, middle, last


def _changed(asked: ModelsAsked) -> Sequence[JourneyModel]:
    """The models whose settings differ from those declared."""
    unknown = [order for order in asked.orders if order not in ORDERS]
    if unknown:
        raise UsageError(
            "bad-order",
            f"there is no Markov chain of order {unknown[0]} here",
            hint=f"Orders: {', '.join(map(str, ORDERS))}. Beyond, the chain only repeats the journeys it has seen.",
        )
    changed = [] if asked.nulls else [markov(order, nulls=False) for order in ORDERS]
    if asked.half_life_us is not None:
        changed.append(time_decay(asked.half_life_us))
    if asked.weights is not None:
        changed.append(position_u(asked.weights, reason="as asked"))
    if asked.direct is not None:
        changed.append(last_non_direct(asked.direct))
    return changed


def _named(name: str, known: dict[str, JourneyModel]) -> list[str]:
    if name in known:
        return [name]
    begun = [one for one in known if one.startswith(f"{name}_")]
    return begun or [journey_model(name).id]
