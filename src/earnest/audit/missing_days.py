"""What the orders of missing days would have brought: messages and clicks are known of these days, only orders are not.

Credit on a day = people whom an order would be credited for × credit a person-day: rate by kind of touch and its age,
times a factor of the campaign. Both are fitted to the days that are known, as loss reserves are from run-off triangles.

Source: England and Verrall, Stochastic claims reserving in general insurance, Brit. Actuarial J. 8 (2002), the over-dispersed
Poisson model; leave-one-out residuals: Barber et al., Predictive inference with the jackknife+, Ann. Statist. 49 (2021).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy
import numpy.typing
from scipy import stats

from earnest.attribution.rule import rule_model
from earnest.attribution.split import credit_sql
from earnest.audit.effect import Change, Effects, Range
from earnest.audit.ground import Ground, narrowed
from earnest.audit.recompute import MODEL
from earnest.warehouse import duck

INSTANTS = 4
"""A day in so many instants, as the shop's orders are spread over it, at which it is asked whom an order would be credited to."""
MOST_PEOPLE = 100_000
"""Of more people than that every second, third … is asked: rates are per person asked, so they come out the same."""
_ROUNDS = 25

Table = numpy.typing.NDArray[numpy.float64]


@dataclass(frozen=True, slots=True)
class Cells:
    """Person-days (`exposed`) and credit of each day, by campaign and kind of touch (rung and age).

    Args:
        rung: of each kind. days: place of each row's day. missing: whether orders of the day are missing.
        amount: what an order weighs, Σ credit² ÷ Σ credit, minor units.
    """

    campaigns: list[str]
    rung: Table
    exposed: Table
    credit: Table
    missing: numpy.typing.NDArray[numpy.bool_]
    amount: float


def of_missing_days(ground: Ground, rows: str) -> Effects:
    """What missing days would have brought, and how far that may miss: at least what chance makes, and what known days left out are missed by.

    Args:
        rows: offending rows; `key` is the day.

    Assumes: a touch of an age brings as much on a missing day as on those known; order values vary as those known do.
    """
    cells = _cells(ground, rows)
    if not cells.campaigns:
        return Effects(method="prediction")
    known = ~cells.missing
    exposed, credit = cells.exposed[known].sum(0), cells.credit[known].sum(0)
    value, deviation = predicted(cells, exposed, credit, cells.exposed[cells.missing].sum(0))
    spread = miss(cells, ground.level) * deviation
    found = {
        name: Change(Range.exact(-middle / ground.minor_per_major).wider(by / ground.minor_per_major))
        for name, middle, by in zip(cells.campaigns, value.tolist(), spread.tolist(), strict=True)
        if middle > 0
    }
    return Effects(found, "prediction")


def predicted(cells: Cells, exposed: Table, credit: Table, asked: Table) -> tuple[Table, Table]:
    """Credit by campaign of the person-days asked, and its standard deviation, from what is known by campaign and kind.

    Rates and factors start from one order (Gamma, shape 1) at the rate of their rung, so that what was never seen has a rate too, and
    a deviation as large. The deviation takes in that orders come by chance, half an order, and the errors of rates and factors.
    """
    factor, rate = _fitted(cells, exposed, credit)
    parts = asked * factor[:, None] * rate[None, :]
    value: Table = parts.sum(1)
    chance = cells.amount * (value + cells.amount / 2)
    of_factor = value**2 / (_orders(credit.sum(1), cells.amount) + 1)
    of_rates = (parts**2 / (_orders(credit.sum(0), cells.amount) + 1)).sum(1)
    return value, numpy.where(value > 0, numpy.sqrt(chance + of_factor + of_rates), 0.0)


def miss(cells: Cells, level: float) -> float:
    """Deviations that a share `level` of the known days stays under, each left out in turn; at least what chance makes.

    Asked of days that are expected to bring an order and more. Where they are too few to tell, the worst of them counts.
    """
    known = numpy.flatnonzero(~cells.missing)
    exposed, credit = cells.exposed[known].sum(0), cells.credit[known].sum(0)
    missed: list[float] = []
    for day in known[cells.exposed[known].sum((1, 2)) > 0]:
        value, deviation = predicted(
            cells, exposed - cells.exposed[day], credit - cells.credit[day], cells.exposed[day]
        )
        told = value >= cells.amount
        missed += (numpy.abs(cells.credit[day].sum(1) - value)[told] / deviation[told]).tolist()
    place = math.ceil((len(missed) + 1) * level)
    chance = float(stats.norm.ppf((1 + level) / 2))
    return max(chance, *(sorted(missed)[:place][-1:] or [chance]))


def _orders(credit: Table, amount: float) -> Table:
    return numpy.maximum(credit, 0.0) / amount


def _fitted(cells: Cells, exposed: Table, credit: Table) -> tuple[Table, Table]:
    """Factors of campaigns and rates of kinds, in turn until they stay."""
    amount, least = cells.amount, numpy.finfo(float).tiny
    of_kind, of_campaign = numpy.maximum(credit.sum(0), 0.0), numpy.maximum(credit.sum(1), 0.0)
    whole = max(of_kind.sum() / max(exposed.sum(), least), least)
    factor: Table = numpy.ones(len(cells.campaigns))
    rate: Table = numpy.full(len(cells.rung), whole)
    for _ in range(_ROUNDS):
        weighed = factor @ exposed
        usual = numpy.full(len(cells.rung), whole)
        for rung in numpy.unique(cells.rung):
            mine = cells.rung == rung
            usual[mine] = (of_kind[mine].sum() + amount) / (weighed[mine].sum() + amount / whole)
        rate = (of_kind + amount) / (weighed + amount / usual)
        factor = (of_campaign + amount) / (exposed @ rate + amount)
    return factor, rate


def _cells(ground: Ground, rows: str) -> Cells:
    con = ground.con
    con.execute(_DAYS.format(rows=rows))
    con.execute(_TOUCHED)
    step = 1 + duck.scalar(con, "SELECT count(DISTINCT contact_key) FROM audit_touch") // MOST_PEOPLE
    con.execute(_ASKED.format(step=step))
    with narrowed(con, conversion="audit_asked"):
        con.execute(f"CREATE OR REPLACE TEMP TABLE audit_asked_credit AS {credit_sql((rule_model(MODEL),))}")
    found = con.execute(_CELLS).fetchall()
    amount = con.execute(_AMOUNT).fetchone()
    names = sorted({str(row[0]) for row in found})
    kinds = sorted({(int(row[2]), int(row[3])) for row in found})
    days = sorted({int(row[1]) for row in found})
    exposed, credit = numpy.zeros((2, len(days), len(names), len(kinds)))
    missing = numpy.zeros(len(days), dtype=bool)
    places = {name: place for place, name in enumerate(names)}, {kind: place for place, kind in enumerate(kinds)}
    of_day = {day: place for place, day in enumerate(days)}
    for name, day, rung, age, gone, people, minor in found:
        at = of_day[int(day)], places[0][str(name)], places[1][int(rung), int(age)]
        exposed[at], credit[at] = float(people), float(minor)
        missing[at[0]] = bool(gone)
    weighs = float(amount[0]) if amount is not None and amount[0] else 0.0
    known = names if weighs > 0 else []
    return Cells(known, numpy.array([rung for rung, _ in kinds], dtype=float), exposed, credit, missing, weighs)


_AGE = "len(list_filter([6, 24, 48, 72], lambda hours: {age} >= hours * 3600000000))"

_DAYS = """CREATE OR REPLACE TEMP TABLE audit_asked_day AS
SELECT s.day, s.day IN (SELECT key FROM {rows}) AS missing, COALESCE(d.start_us, b.end_us + (s.day - b.day - 1) * 86400000000) AS start_us
FROM (SELECT unnest(range(min(day), max(day) + 1)) AS day FROM audit_day) AS s
LEFT JOIN audit_day AS d ON s.day = d.day ASOF LEFT JOIN audit_day AS b ON s.day > b.day
WHERE d.day IS NOT NULL OR s.day IN (SELECT key FROM {rows})"""

_TOUCHED = """CREATE OR REPLACE TEMP TABLE audit_touch AS SELECT t.contact_key, t.touch_us, l.window_us FROM (
    SELECT contact_key, CASE WHEN response_kind = 'reply' THEN 4 ELSE 3 END AS rung, occurred_us AS touch_us FROM response
    UNION ALL SELECT contact_key, 2, read_us FROM message WHERE read_us IS NOT NULL
    UNION ALL SELECT contact_key, 1, delivered_us FROM message WHERE delivered_us IS NOT NULL
) AS t JOIN lookback AS l ON t.rung = l.rung AND l.window_us > 0 WHERE t.contact_key IS NOT NULL"""

_ASKED = f"""CREATE OR REPLACE TEMP TABLE audit_asked AS WITH instant AS (
    SELECT unnest(quantile_disc(c.ordered_us - d.start_us, [{", ".join(str((2 * n + 1) / (2 * INSTANTS)) for n in range(INSTANTS))}])) AS within_us
    FROM conversion AS c JOIN audit_day AS d ON c.order_day = d.day
), asked AS (SELECT day AS order_day, start_us + within_us AS ordered_us FROM audit_asked_day CROSS JOIN instant)
SELECT row_number() OVER (ORDER BY contact_key, ordered_us) AS order_key, contact_key, order_day, ordered_us, 1 AS net_minor
FROM (SELECT DISTINCT t.contact_key, a.order_day, a.ordered_us FROM audit_touch AS t
    JOIN asked AS a ON a.ordered_us >= t.touch_us AND a.ordered_us <= t.touch_us + t.window_us WHERE t.contact_key % {{step}} = 0) AS t"""

_CELLS = f"""WITH exposed AS (
    SELECT l.campaign, c.order_day AS day, c.rung, {_AGE.format(age="(a.ordered_us - c.touch_us)")} AS age, count(*) / {INSTANTS} AS people, 0 AS minor
    FROM audit_asked_credit AS c JOIN audit_asked AS a ON c.order_key = a.order_key JOIN label_campaign AS l ON c.label_key = l.label_key
    WHERE c.message_key IS NOT NULL GROUP BY ALL
), credited AS (
    SELECT l.campaign, c.order_day AS day, c.rung, {_AGE.format(age="(v.ordered_us - c.touch_us)")} AS age, 0 AS people, sum(c.credit_minor) AS minor
    FROM credit AS c JOIN conversion AS v ON c.order_key = v.order_key JOIN label_campaign AS l ON c.label_key = l.label_key
    WHERE c.model = '{MODEL}' AND c.message_key IS NOT NULL GROUP BY ALL
)
SELECT t.campaign, t.day, t.rung, t.age, any_value(d.missing), sum(t.people), sum(t.minor)
FROM (SELECT * FROM exposed UNION ALL SELECT * FROM credited) AS t JOIN audit_asked_day AS d ON t.day = d.day GROUP BY ALL ORDER BY ALL"""

_AMOUNT = f"""SELECT sum(CAST(credit_minor AS DOUBLE) * credit_minor) / nullif(sum(abs(credit_minor)), 0) FROM credit
WHERE model = '{MODEL}' AND message_key IS NOT NULL"""
