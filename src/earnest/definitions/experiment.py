"""Experiments: who was left out by chance, for how long outcomes count, and when the answer may be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from earnest.kernel.errors import UsageError, closest
from earnest.kernel.period import DAY_US, day_number, day_start_us, parse_day, zone

METRICS = ("revenue", "orders", "converted")


@dataclass(frozen=True, slots=True)
class Experiment:
    """A randomised comparison.

    Args:
        campaign: the campaign whose messages only the treated arms get.
        unit: what was randomised; `contact`.
        arms: arm → planned share; shares add up to 1.
        control: the arm that gets no message.
        window_days: outcomes of a unit count for so many days from its assignment.
        read_out: the day on which the fixed interval may first be read, once.
        primary_metric: revenue (net, per unit), orders (per unit) or converted (share of units with one).
        margin: gross margin for this experiment, or None for the workspace's.
        starts: first day of assignment, if planned.
    """

    id: str
    campaign: str
    arms: tuple[tuple[str, Decimal], ...]
    control: str
    window_days: int
    read_out: date
    unit: str = "contact"
    primary_metric: str = "revenue"
    margin: Decimal | None = None
    starts: date | None = None

    @property
    def shares(self) -> dict[str, Decimal]:
        return dict(self.arms)

    @property
    def window_us(self) -> int:
        return self.window_days * DAY_US

    def read_out_us(self, timezone: str) -> int:
        """Instant at which the read-out day begins in the workspace's zone."""
        return day_start_us(day_number(self.read_out), zone(timezone))

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "campaign": self.campaign,
            "arms": {arm: str(share) for arm, share in self.arms},
            "control": self.control,
            "window_days": self.window_days,
            "read_out": self.read_out.isoformat(),
            "unit": self.unit,
            "primary_metric": self.primary_metric,
            "margin": str(self.margin) if self.margin is not None else None,
            "starts": self.starts.isoformat() if self.starts else None,
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Experiment:
        return cls(
            id=body["id"],
            campaign=body["campaign"],
            arms=tuple((arm, Decimal(share)) for arm, share in body["arms"].items()),
            control=body["control"],
            window_days=int(body["window_days"]),
            read_out=parse_day(body["read_out"]),
            unit=body["unit"],
            primary_metric=body["primary_metric"],
            margin=Decimal(body["margin"]) if body["margin"] is not None else None,
            starts=parse_day(body["starts"]) if body["starts"] else None,
        )


def read_arms(texts: tuple[str, ...], control: str) -> tuple[tuple[str, Decimal], ...]:
    """Read `name=share` pairs; shares must add up to 1 (or be left out of all: equal shares).

    Raises:
        UsageError: `bad-arms`, `unknown-control`.
    """
    pairs: list[tuple[str, Decimal]] = []
    for text in texts:
        name, equals, share = text.rpartition("=")
        if not equals:
            name, share = text, ""
        try:
            pairs.append((name, Decimal(share) if share else Decimal(1) / Decimal(len(texts))))
        except InvalidOperation as error:
            raise UsageError(
                "bad-arms", f"'{share}' is no share", hint="Write --arm treatment=0.9 --arm holdout=0.1."
            ) from error
    names = [name for name, _ in pairs]
    if (
        len(pairs) < 2
        or len(set(names)) < len(names)
        or any(not name.strip() or not share.is_finite() or not 0 < share < 1 for name, share in pairs)
    ):
        raise UsageError("bad-arms", "an experiment needs two or more arms with different names and shares between 0 and 1",
                         hint="Write --arm treatment=0.9 --arm holdout=0.1.")  # fmt: skip
    total = sum((share for _, share in pairs), Decimal(0))
    if abs(total - 1) > Decimal("0.000001"):
        raise UsageError(
            "bad-arms", f"the shares add up to {total}, not 1", hint="Write --arm treatment=0.9 --arm holdout=0.1."
        )
    if control not in names:
        raise UsageError(
            "unknown-control", f"'{control}' is not an arm{closest(control, names)}", hint=f"Arms: {', '.join(names)}."
        )
    return tuple(pairs)
