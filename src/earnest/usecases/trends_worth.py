"""What a deviation is worth: its events times what one of them earns or costs, by what is on record, never by a guess."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.money import MICRO_PER_MAJOR, exponent
from earnest.kernel.period import day_number
from earnest.trends.flags import Flag
from earnest.trends.scan import Span
from earnest.usecases.tables import Tables
from earnest.usecases.trends_watched import Watched

PRICED_DAYS = 90
"""Orders and messages of so many days tell what one of them is worth."""
_UNKNOWN = Unavailable(
    "no-price",
    "nothing on record says what one of these is worth",
    "Judge it by its size; a hold-out tells what messages earn.",
)


@dataclass(eq=False)
class Prices:
    """What one order, message, delivery or opt-out is worth in this workspace; each looked up when it is first needed."""

    tables: Tables

    def worth(self, watched: Watched, flag: Flag, *, level: float) -> Figure:
        """What the deviation is worth in money: less than nothing is a loss. Ends by the bounds of what was expected."""
        if watched.worth == "observed":
            return self._money(flag, 1.0 / float(MICRO_PER_MAJOR), sign=-1, basis="observed", level=level)
        if watched.worth == "opt_out":
            return self._by_opt_outs(flag, level=level)
        price = {"order": self.order, "attributed": self.delivered, "message": self.message}.get(
            watched.worth or "", _nothing
        )()
        if price is None:
            return _UNKNOWN
        sign = -1 if watched.worth == "message" or watched.id == "failure_rate" else 1
        basis = "attributed" if watched.worth == "attributed" else "observed"
        return self._money(flag, price, sign=sign, basis=basis, level=level)

    def events(self, watched: Watched, flag: Flag) -> float:
        """Observed less expected; of a cost in major units."""
        return flag.events / float(MICRO_PER_MAJOR) if watched.family == "mean" else flag.events

    def shown(self, watched: Watched, span: Span) -> tuple[float, float, float, float]:
        """Observed, expected, low and high; of a cost in major units a message."""
        unit = float(MICRO_PER_MAJOR) if watched.family == "mean" else 1.0
        return span.observed / unit, span.expected / unit, span.low / unit, span.high / unit

    @functools.cached_property
    def _since(self) -> int:
        return day_number(self.tables.day) - PRICED_DAYS

    def order(self) -> float | None:
        """Net revenue of an order, major units."""
        return self._ratio(
            "SELECT sum(net_minor), count(*) FROM conversion WHERE cancelled = 0 AND order_day >= $1", minor=True
        )

    def delivered(self) -> float | None:
        """Revenue that last touch credits a delivered message with, major units."""
        sql = (
            "SELECT (SELECT sum(credit_minor) FROM credit_cell WHERE model = 'last_touch' AND label_key IS NOT NULL AND order_day >= $1),"
            " (SELECT sum(delivered) FROM funnel_cell WHERE send_day >= $1)"
        )
        return self._ratio(sql, minor=True)

    def message(self) -> float | None:
        """Charge of a priced message, major units."""
        return self._ratio("SELECT sum(cost_micro), sum(priced) FROM funnel_cell WHERE send_day >= $1", minor=False)

    def _ratio(self, sql: str, *, minor: bool) -> float | None:
        row = self.tables.con.execute(sql, [self._since]).fetchone()
        if row is None or not row[0] or not row[1]:
            return None
        unit = 10 ** exponent(self.tables.state.currency) if minor else float(MICRO_PER_MAJOR)
        return float(row[0]) / float(row[1]) / unit

    def _by_opt_outs(self, flag: Flag, *, level: float) -> Figure:
        from earnest.usecases.opt_out_price import price_in

        price = price_in(self.tables).price
        if isinstance(price, Unavailable):
            return price
        return self._money(flag, price.value, sign=-1, basis=price.basis, level=level)

    def _money(self, flag: Flag, price: float, *, sign: int, basis: str, level: float) -> Estimate:
        """Ends of the interval: the deviation from the bounds of what was expected, in proportion."""
        span = flag.main
        deviation = span.observed - span.expected
        ends = [
            flag.events * (span.observed - bound) / deviation if deviation else 0.0 for bound in (span.low, span.high)
        ]
        low, high = sorted(sign * price * end for end in ends)
        return Estimate(
            value=sign * price * flag.events,
            unit=self.tables.state.currency,
            low=low,
            high=high,
            level=level,
            method="observed less expected",
            population=f"{flag.main.series.split('/', 1)[0]}: {'first week of the level' if flag.kind == 'level' else 'flagged days'}",
            basis=basis,
            definition="alert_worth@1",
        )


def _nothing() -> None:
    return None
