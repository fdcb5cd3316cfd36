"""The returns as formulas over named cells, each beside the value it has when the report is made.

extra gross profit = extra revenue × margin        contribution = extra gross profit − cost
return             = extra gross profit / cost     ROI          = contribution / cost
ROAS               = extra revenue / cost          break-even margin = cost / extra revenue
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from earnest.reports.words import Words
from earnest.reports.workings import Effect, Workings
from earnest.reports.xlsx.book import Live

POINT, LOW, HIGH = "extra_revenue", "extra_revenue_low", "extra_revenue_high"
Compute = Callable[[float, float, float], float]


@dataclass(frozen=True, slots=True)
class Return:
    """One line of the summary.

    Args:
        name: id of the figure. needs: which of "margin", "cost" and "extra" (above zero) it cannot do without.
        formula: with `{x}` for the extra revenue. compute: the same, of extra revenue, margin and cost.
        unit: money, ratio or share. falling: whether more extra revenue makes it smaller.
    """

    name: str
    needs: tuple[str, ...]
    formula: str
    compute: Compute
    unit: str
    falling: bool = False


RETURNS = (
    Return("incremental_revenue", (), "{x}", lambda x, m, c: x, "money"),
    Return("extra_gross_profit", ("margin",), "{x}*margin", lambda x, m, c: x * m, "money"),
    Return("contribution", ("margin",), "{x}*margin-cost_total", lambda x, m, c: x * m - c, "money"),
    Return("incremental_return", ("margin", "cost"), "{x}*margin/cost_total", lambda x, m, c: x * m / c, "ratio"),
    Return(
        "incremental_roi",
        ("margin", "cost"),
        "({x}*margin-cost_total)/cost_total",
        lambda x, m, c: (x * m - c) / c,
        "share",
    ),
    Return("incremental_roas", ("cost",), "{x}/cost_total", lambda x, m, c: x / c, "ratio"),
    Return("break_even_margin", ("extra",), "cost_total/{x}", lambda x, m, c: c / x, "share", falling=True),
)


@dataclass(frozen=True, slots=True)
class Model:
    """The workings of a report as formulas, in its language."""

    workings: Workings
    words: Words

    @property
    def effect(self) -> Effect | None:
        return self.workings.effect if isinstance(self.workings.effect, Effect) else None

    @property
    def margin(self) -> float | None:
        margin = self.workings.margin
        return float(margin) if not hasattr(margin, "reason") else None

    @property
    def cost(self) -> float:
        return float(self.workings.cost_total.decimal)

    @property
    def extra(self) -> dict[str, float]:
        """Extra revenue by the name of its cell: the ends, and the point where it is proven."""
        effect = self.effect
        if effect is None:
            return {}
        found = {LOW: effect.low, HIGH: effect.high}
        if effect.point:
            found[POINT] = self.messaged - self.anyway
        return found

    @property
    def messaged(self) -> float:
        """Revenue of the messaged group."""
        effect = self.effect
        assert effect is not None, "asked for a proven effect only"
        assert effect.point is not None, "asked for a proven effect only"
        return float(effect.point.messaged.decimal)

    @property
    def anyway(self) -> float:
        """What would have come anyway: computed from the groups where they are told, as the workbook does."""
        effect = self.effect
        assert effect is not None, "asked for a proven effect only"
        assert effect.point is not None, "asked for a proven effect only"
        if effect.point.groups is None:
            return float(effect.point.anyway.decimal)
        messaged, held = effect.point.groups
        return float(held.revenue.decimal) / held.people * messaged.people

    def live(self, line: Return, which: str) -> Live | None:
        """A return at the point or an end of the extra revenue; None where that is not told."""
        told = {LOW: HIGH, HIGH: LOW}.get(which, which) if line.falling else which
        if told not in self.extra:
            return None
        x, margin, cost = self.extra[told], self.margin, self.cost
        formula = line.formula.format(x=told)
        value: float | str
        if "margin" in line.needs and margin is None:
            value = self._no_margin
        elif "cost" in line.needs and cost <= 0:
            value = self._no_cost
        elif "extra" in line.needs and x <= 0:
            value = self._no_extra
        else:
            value = line.compute(x, margin or 0.0, cost)
        return Live("=" + self._guarded(line, formula, told), value)

    def _guarded(self, line: Return, formula: str, told: str) -> str:
        """The formula, or in words why it cannot be computed: never 0, never an error."""
        if "extra" in line.needs:
            formula = f"IF({told}>0,{formula},{quoted(self._no_extra)})"
        if "cost" in line.needs:
            formula = f"IF(cost_total>0,{formula},{quoted(self._no_cost)})"
        if "margin" in line.needs:
            formula = f"IF(ISNUMBER(margin),{formula},{quoted(self._no_margin)})"
        return formula

    def standing(self) -> Live | None:
        """Where break-even lies to the interval, at the margin and the cost as they stand."""
        if self.effect is None:
            return None
        say = self.words.say
        above = say("The whole interval is above break-even")
        below = say("The whole interval is below break-even")
        inside = say("Break-even lies inside the interval")
        test = (
            f"IF({LOW}*margin>cost_total,{quoted(above)},IF({HIGH}*margin<cost_total,{quoted(below)},{quoted(inside)}))"
        )
        formula = f"=IF(ISNUMBER(margin),{test},{quoted(self._no_margin)})"
        if self.margin is None:
            return Live(formula, self._no_margin)
        low, high = (self.extra[end] * self.margin for end in (LOW, HIGH))
        return Live(formula, above if low > self.cost else below if high < self.cost else inside)

    def unchanged(self) -> Live:
        """Whether the assumptions are still those of the report: its sentences tell of these only."""
        say = self.words.say
        same = say("Assumptions as reported")
        other = say("Assumptions were changed: the sentences tell of the report's own, the formulas of yours")
        cost = f"ABS(cost_total-{self.cost!r})<0.005"
        margin = "ISNUMBER(margin)=FALSE" if self.margin is None else f"ABS(N(margin)-{self.margin!r})<0.0000001"
        return Live(f"=IF(AND({margin},{cost}),{quoted(same)},{quoted(other)})", same)

    def claimed(self, revenue: float, cell: str) -> Live:
        """Gross profit per unit spent that an attribution rule would claim."""
        formula = f"IF(cost_total>0,{cell}*margin/cost_total,{quoted(self._no_cost)})"
        formula = f"=IF(ISNUMBER(margin),{formula},{quoted(self._no_margin)})"
        if self.margin is None:
            return Live(formula, self._no_margin)
        return Live(formula, revenue * self.margin / self.cost if self.cost > 0 else self._no_cost)

    @property
    def _no_margin(self) -> str:
        return self.words.say("n/a: the gross margin is not known")

    @property
    def _no_cost(self) -> str:
        return self.words.say("n/a: nothing was spent")

    @property
    def _no_extra(self) -> str:
        return self.words.say("none: nothing extra came back")


def quoted(text: str) -> str:
    """A text inside a formula."""
    return '"' + text.replace('"', '""') + '"'
