"""A number with everything it needs to be believed, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earnest.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval and provenance; the same keys stand in JSON.

    `value`, `low`, `high` are floats in `unit` (rates 0–1, money in major units of the currency named by `unit`).
    Exact counts and sums have `low` and `high` None and `method` "exact". `exact` holds the exact money, where it is money.

    Args:
        value: the point. People are not shown it where the verdict is inconclusive.
        low, high: ends of the interval at `level`, or None where the figure is not an estimate.
        level: confidence level of the interval, 0–1.
        method: how it was computed, e.g. "welch", "wilson", "exact".
        unit: "ratio", "count", "share", or a currency code.
        n: number of units behind it (the denominator, for a ratio).
        population: what was counted, in words.
        period: the period, ISO, or None for all time.
        basis: "incremental", "attributed", "observed", "assumed".
        definition: id and version of the definition.
        as_of: ISO instant of the knowledge it rests on.
    """

    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    level: float | None = None
    method: str = "exact"
    n: int | None = None
    population: str | None = None
    period: dict[str, str] | None = None
    basis: str = "observed"
    definition: str | None = None
    as_of: str | None = None
    exact: Money | None = None

    def to_json(self) -> dict[str, Any]:
        keys = (
            "value",
            "low",
            "high",
            "level",
            "method",
            "unit",
            "n",
            "population",
            "period",
            "basis",
            "definition",
            "as_of",
        )
        body: dict[str, Any] = {key: getattr(self, key) for key in keys}
        if self.exact is not None:
            body["money"] = self.exact.to_json()
        return body


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A number that cannot honestly be computed: why, and what would make it possible. Never 0, never NaN."""

    code: str
    reason: str
    remedy: str

    def to_json(self) -> dict[str, Any]:
        return {"unavailable": {"code": self.code, "reason": self.reason, "remedy": self.remedy}}


Figure = Estimate | Unavailable
