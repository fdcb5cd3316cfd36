"""One chart of every form for every kind of data, in two languages, as whole pictures; `python -m unit.charts.drawn` writes them.

A picture that was written anew must be looked at: it is what the test takes as right from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

from earnest.charts import bridge, bullet, cohort, cost_bar, funnel, interval_rows, lines, trend
from earnest.charts.fixed import AnyChart, fixed_chart

GOLDEN = Path(__file__).parent / "golden"
WIDTH = 480
LANGUAGES = ("en", "ru")
CASES: dict[str, tuple[float, ...]] = {
    "normal": (2700.0, 9140.0, 12800.0, 15210.0, 18075.0),
    "empty": (),
    "one_point": (8172.0,),
    "negative": (3000.0, -4200.0, -1800.0, 900.0),
    "huge": (2.4e15, 8.1e14, 0.004),
}
RUSSIAN = {
    "This campaign": "Эта кампания",
    "June wave, same method": "Июньская волна, тот же метод",
    "Total cost": "Все затраты",
    "Paid back 6 Sept": "Окупилась 6 сент.",
    "Week": "Неделя",
    "this week so far": "неделя ещё идёт",
    "Extra profit, measured against the hold-out": "Прирост прибыли к контрольной группе, измерен",
    "break-even": "окупаемость",
    "Delivered to a handset": "Доставлено на устройство получателя",
    "of the step before": "от предыдущего шага",
    "Revenue of the messaged group": "Выручка тех, кому писали",
    "Meta message fees and taxes on them": "Плата Meta за сообщения и налоги с неё",
    "invoiced": "счёт",
    "Total": "Всего",
    "First order": "Первый заказ",
    "Customers": "Клиентов",
    "Autumn sale, newsletter": "Осенняя распродажа, рассылка",
    "month": "месяц",
    "Nothing to draw yet: no message was sent in this period.": "Пока нечего показать: за период нет отправок.",
    "Line": "Строка",
    "Amount": "Сумма",
}


class Speech:
    """Words and money of a language, enough for drawings."""

    def __init__(self, language: str) -> None:
        self.russian = language == "ru"

    def __call__(self, english: str) -> str:
        return RUSSIAN[english] if self.russian else english

    def money(self, value: float) -> str:
        sign, digits = (
            "−" if value < 0 else "",
            f"{abs(value):,.0f}" if abs(value) >= 1 or not value else f"{abs(value):g}",
        )
        if self.russian:
            return f"{sign}{digits.replace(',', chr(0xA0)).replace('.', ',')}\u00a0€"
        return f"{sign}€{digits}"

    @property
    def empty(self) -> str:
        return self("Nothing to draw yet: no message was sent in this period.")


Values = Sequence[float]


def _trend(values: Values, say: Speech) -> AnyChart:
    last = len(values) - 1
    points = tuple(
        trend.TrendPoint(
            f"{say('Week')} {n + 1}",
            f"{say('Week')} {n + 1}: {say.money(value)}",
            value,
            (value - abs(value) / 2, value + abs(value) / 3),
            value * 0.7,
            tentative=n == last > 0,
        )
        for n, value in enumerate(values)
    )
    return trend.TrendChart(
        "Trend",
        points,
        say("This campaign"),
        say.money,
        say("June wave, same method"),
        trend.Threshold(8172, f"{say('Total cost')} {say.money(8172)}"),
        (trend.Event(1, say("Paid back 6 Sept")),) if last > 0 else (),
        say("this week so far"),
        empty=say.empty,
    )


def _cohort(values: Values, say: Speech) -> AnyChart:
    rows = tuple(
        cohort.CohortRow(
            f"2026-0{n + 1}",
            f"{1200 + n}",
            tuple(
                cohort.CohortCell(value * (k + 2), say.money(value * (k + 2)), forecast=n + k == 3)
                if n + k < 4
                else None
                for k in range(4)
            ),
        )
        for n, value in enumerate(values)
    )
    return cohort.CohortChart(
        "Cohorts", (say("First order"), say("Customers")), ("0", "1", "2", "3"), rows, empty=say.empty
    )


def _lines(values: Values, say: Speech) -> AnyChart:
    groups = tuple(
        lines.Line(
            say("Autumn sale, newsletter"),
            say.money(value),
            (
                lines.LinePoint(0),
                lines.LinePoint(value / 2),
                *(() if n == 1 else (lines.LinePoint(value, (value - abs(value) / 4, value + abs(value) / 4), True),)),
            ),
        )
        for n, value in enumerate(values)
    )
    return lines.LinesChart("CLV", groups, (f"{say('month')} 0", f"{say('month')} 12"), empty=say.empty)


def _intervals(values: Values, say: Speech) -> AnyChart:
    rows = tuple(
        interval_rows.IntervalLine(
            say("Extra profit, measured against the hold-out"),
            say.money(value),
            value,
            () if n == 1 else (interval_rows.Band(0.95, value - abs(value) / 2, value + abs(value) / 2),),
            claim=n == 1,
        )
        for n, value in enumerate(values)
    )
    return interval_rows.IntervalChart("Return", rows, 1.0, say("break-even"), say.money, empty=say.empty)


def _bullet(values: Values, say: Speech) -> AnyChart:
    return bullet.Bullet(say("Delivered to a handset"), values[0] if values else None, 2000, 4000, state="good")


def _funnel(values: Values, say: Speech) -> AnyChart:
    steps = tuple(
        funnel.FunnelBar(
            say("Delivered to a handset"), abs(value), say.money(abs(value)), f"94 % {say('of the step before')}"
        )
        for value in values
    )
    return funnel.FunnelChart("Funnel", steps, empty=say.empty)


def _bridge(values: Values, say: Speech) -> AnyChart:
    rows = tuple(
        bridge.BridgeRow(
            say("Revenue of the messaged group"), say.money(value), Decimal(value), n == 0, "inc" if n == 0 else "cost"
        )
        for n, value in enumerate(values)
    )
    return bridge.BridgeChart("Bridge", (say("Line"), "", say("Amount")), rows, empty=say.empty)


def _costs(values: Values, say: Speech) -> AnyChart:
    parts = tuple(
        cost_bar.CostPart(say("Meta message fees and taxes on them"), say.money(value), value, say("invoiced"), "pos")
        for value in values
    )
    header = (say("Line"), "", say("Amount"))
    return cost_bar.CostChart("Cost", header, parts, (say("Total"), say.money(sum(values))), empty=say.empty)


FORMS: dict[str, Callable[[Values, Speech], AnyChart]] = {
    "interval_rows": _intervals,
    "trend": _trend,
    "bullet": _bullet,
    "funnel": _funnel,
    "bridge": _bridge,
    "cost_bar": _costs,
    "cohort": _cohort,
    "lines": _lines,
}
ALL = tuple(product(FORMS, CASES, LANGUAGES))


def chart(form: str, case: str, language: str) -> AnyChart:
    return FORMS[form](CASES[case], Speech(language))


def picture(form: str, case: str, language: str) -> str:
    """The picture, an element a line so that a change can be read."""
    root = ElementTree.fromstring(fixed_chart(chart(form, case, language), width=WIDTH))
    ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
    ElementTree.indent(root, "")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def path(form: str, case: str, language: str) -> Path:
    return GOLDEN / f"{form}.{case}.{language}.svg"


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for each in ALL:
        path(*each).write_text(picture(*each), encoding="utf-8")
