"""What customers of a year ago have brought: the cohort line, no model, and how it stands to what they cost to win.

first orders at least 365 days older than the newest order ─> revenue by month of 30 days, month by month, × gross margin
cost from its first day to the last on which they were won / how many were won ─> CAC, fully loaded
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from scipy import special

from earnest.definitions.days import Days
from earnest.kernel.estimate import Unavailable
from earnest.kernel.money import MICRO_PER_MAJOR, exponent
from earnest.kernel.period import DAY_US, day_of
from earnest.kpis.catalogue import find
from earnest.kpis.dimensions import Filter
from earnest.kpis.kpi import incomplete_cost
from earnest.kpis.measures.customers import NEWEST_ORDER, ORDERS
from earnest.usecases.judge_money import NO_MARGIN
from earnest.usecases.kpi_sums import Cut, sums
from earnest.usecases.tables import Tables

YEAR_DAYS, MONTH_DAYS, MONTHS = 365, 30, 12


@dataclass(frozen=True, slots=True)
class CohortFigure:
    """A figure of a cohort; `interval` of the mean per customer carried over, the cost taken as known."""

    value: float
    unit: str
    n: int
    interval: tuple[float, float] | None
    method: str


@dataclass(frozen=True, slots=True)
class Cohort:
    """Customers won long enough ago.

    Args:
        customers: how many. year: mean and standard error of the contribution of the first 365 days, major units.
        months: mean and standard error of the cumulative contribution after 1 to 12 months of 30 days.
        cac: what each cost, major units; or why nobody knows.
    """

    customers: int
    year: tuple[float, float]
    months: tuple[tuple[float, float], ...]
    cac: float | Unavailable


def cohort_figure(tables: Tables, kpi: str, campaign: str | None, *, level: float) -> CohortFigure | Unavailable:
    """The figure of clv, ltv_to_cac or payback_period.

    Unavailable: `margin-missing`, `too-young`, `no-cost`, `unrated-messages`, `no-rate`, `not-paid-back`.
    """
    found = cohort_of(tables, campaign)
    if isinstance(found, Unavailable):
        return found
    z = float(special.ndtri((1 + level) / 2))
    mean, error = found.year
    if kpi == "clv":
        interval = (mean - z * error, mean + z * error)
        return CohortFigure(mean, tables.state.currency, found.customers, interval, "normal")
    if isinstance(found.cac, Unavailable):
        return found.cac
    if kpi == "ltv_to_cac":
        value = mean / found.cac
        ends = (min(value, (mean - z * error) / found.cac), max(value, (mean + z * error) / found.cac))
        return CohortFigure(value, "ratio", found.customers, ends, "normal")
    return _payback(found, found.cac, z)


def cohort_of(tables: Tables, campaign: str | None) -> Cohort | Unavailable:
    """The customers won at least a year before the newest order, of a campaign those that last touch credits to it.

    Unavailable: `margin-missing`, `too-young`.
    """
    margin = tables.state.margin(tables.day)
    if margin is None:
        return NO_MARGIN
    con = tables.con
    con.execute(f"CREATE OR REPLACE TEMP TABLE cohort_customer AS {_CUSTOMERS}", [campaign])
    row = con.execute("SELECT count(*), max(order_day) FROM cohort_customer").fetchone()
    fewest = find("clv").minimum_n
    if row is None or row[0] < fewest:
        return Unavailable(
            "too-young",
            f"{row[0] if row else 0} customers had their first order a year or more ago, and the cohort line needs {fewest}",
            "Import older orders, or wait; repeat_purchase_rate and retention_rate tell earlier.",
        )
    scale = float(margin) / 10 ** exponent(tables.state.currency)
    ends = [*(month * MONTH_DAYS for month in range(1, MONTHS + 1)), YEAR_DAYS]
    sums = [_moments(con, days * DAY_US, scale) for days in ends]
    return Cohort(
        int(row[0]), sums[-1], tuple(sums[:-1]), _cac(tables, campaign, last_day=int(row[1]), customers=int(row[0]))
    )


_CUSTOMERS = f"""SELECT o.contact_key, o.ordered_us, o.order_day FROM {ORDERS}
    LEFT JOIN label_campaign AS l ON c.label_key = l.label_key
    WHERE o.place = 1 AND o.ordered_us <= {NEWEST_ORDER} - {YEAR_DAYS * DAY_US}
        AND ($1::VARCHAR IS NULL OR l.campaign = $1)"""


def _moments(con: Any, until_us: int, scale: float) -> tuple[float, float]:
    """Mean and standard error of what a customer brought until so long after the first order."""
    row = con.execute(
        f"""SELECT count(*), sum(minor), sum(CAST(minor AS DECIMAL(38, 0)) * minor) FROM (
            SELECT c.contact_key, COALESCE(sum(v.net_minor), 0) AS minor FROM cohort_customer AS c
            LEFT JOIN conversion AS v ON c.contact_key = v.contact_key AND v.cancelled = 0
                AND v.ordered_us >= c.ordered_us AND v.ordered_us < c.ordered_us + {until_us}
            GROUP BY c.contact_key)"""
    ).fetchone()
    n, total, squares = int(row[0]), int(row[1]), int(row[2])
    variance = (
        (squares * n - total * total) / (n * (n - 1)) if n > 1 else 0.0
    )  # of integers: all alike is 0, not a rounding error
    return scale * total / n, scale * math.sqrt(variance / n)


def _cac(tables: Tables, campaign: str | None, *, last_day: int, customers: int) -> float | Unavailable:
    """What each customer cost: all that was spent until the last of them was won, work before the first order included."""
    filters = (Filter("campaign", (campaign,)),) if campaign else ()
    until = Days(date(1970, 1, 1), day_of(last_day))
    found = sums(tables, ("unrated", "whole_unconverted", "whole_cost_micro"), Cut(filters=filters, days=until))[
        ()
    ].sums
    if (why := incomplete_cost(found["unrated"], found["whole_unconverted"])) is not None:
        return why
    if found["whole_cost_micro"] <= 0:
        return Unavailable(
            "no-cost",
            "nothing was spent until these customers were won",
            "Add the costs of those days: earnest cost add.",
        )
    return found["whole_cost_micro"] / float(MICRO_PER_MAJOR) / customers


def _payback(cohort: Cohort, cac: float, z: float) -> CohortFigure | Unavailable:
    def first(shift: float) -> int | None:
        reached = (month for month, (mean, error) in enumerate(cohort.months, 1) if mean + shift * error >= cac)
        return next(reached, None)

    months, early, late = first(0), first(z), first(-z)
    if months is None:
        return Unavailable(
            "not-paid-back",
            f"after 12 months a customer has brought {cohort.months[-1][0]:,.2f} of the {cac:,.2f} it cost to win",
            "Lower the cost of winning customers, or wait for what they bring later.",
        )
    ends = (float(early), float(late)) if early is not None and late is not None else None
    return CohortFigure(
        float(months), "months", cohort.customers, ends, "first month that the mean and its limits reach the cost"
    )
