"""Fatigue: answers, purchases and opt-outs by the ordinal of a message in the person's last days, and what one more message brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Estimate, Figure, Unavailable
from earnest.kernel.money import MICRO_PER_MAJOR, exponent
from earnest.kernel.period import DAY_US, instant_text
from earnest.trends.clustered import ClusterSums, each_of
from earnest.trends.fatigue import Margin, Turning, break_even_price, margins, turning
from earnest.usecases.goals import late_us
from earnest.usecases.judge_money import NO_MARGIN
from earnest.usecases.opt_out_price import OptOutPrice, price_in
from earnest.usecases.tables import Tables, open_tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

PERIODS = (7, 30)
"""Days in which a person's messages are counted."""
LAST_ORDINAL = 8
"""The eighth message and later ones stand together."""
RATES = {
    "click_through_rate": "clicked",
    "reply_rate": "replied",
    "conversion_rate": "converted",
    "opt_out_rate": "opted_out",
}
CAVEAT = (
    "An association: who gets many messages is another sort of customer than who gets few. Credit is last touch, a claim and no proof."
    " Two frequencies, chosen by chance, would prove it."
)
_UNIT = int(MICRO_PER_MAJOR)
"""Money is summed in millionths of the major unit, in integers, so that every run adds up to the same."""
_LEAST_MESSAGES = 100
"""Messages of an ordinal from which on it is judged."""


@dataclass(frozen=True, slots=True)
class Band:
    """Messages that were the person's so many-th of the period.

    Args:
        ordinal: 8 stands for the eighth and later ones. rates: KPI → share with the interval of these messages, contacts as clusters.
        brings: money a message brings less what it and its opt-outs cost; before_opt_outs: the same without them.
    """

    ordinal: int
    messages: int
    contacts: int
    rates: dict[str, Figure]
    before_opt_outs: Figure
    brings: Figure

    def to_json(self) -> dict[str, Any]:
        return {
            "ordinal": self.ordinal,
            "and_later": self.ordinal == LAST_ORDINAL,
            "messages": self.messages,
            "contacts": self.contacts,
            "rates": {name: figure.to_json() for name, figure in self.rates.items()},
            "before_opt_outs": self.before_opt_outs.to_json(),
            "brings": self.brings.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Fatigue:
    """Frequency bands of a period.

    Args:
        turning: from which message on a further one costs more than it brings, or why that cannot be told.
        break_even: price of an opt-out at which the average message brings what it costs.
        unsettled: messages left out, as answers to them may still come.
    """

    days: int
    bands: tuple[Band, ...]
    price: OptOutPrice
    turning: Turning | Unavailable
    break_even: Figure
    unsettled: int
    level: float

    def to_json(self) -> dict[str, Any]:
        turn = self.turning
        told = (
            turn.to_json()
            if isinstance(turn, Unavailable)
            else {"pays_until": turn.pays_until, "costs_from": turn.costs_from}
        )
        return {
            "days": self.days,
            "level": self.level,
            "bands": [band.to_json() for band in self.bands],
            "opt_out_price": self.price.to_json(),
            "turning": told,
            "break_even_opt_out_price": self.break_even.to_json(),
            "unsettled_messages": self.unsettled,
            "caveat": CAVEAT,
        }


def fatigue(
    workspace: Workspace, *, days: int = 30, horizon_days: int | None = None, progress: Progress = quiet
) -> Fatigue:
    """What people do by how many messages they got in so many days.

    Args:
        days: 7 or 30. horizon_days: of the price of an opt-out, see `opt_out_price`.

    Raises:
        UsageError: `bad-period`, `bad-horizon`.
    """
    with open_tables(workspace, progress=progress) as tables:
        return fatigue_in(tables, days=days, horizon_days=horizon_days)


def fatigue_in(tables: Tables, *, days: int = 30, horizon_days: int | None = None) -> Fatigue:
    """The same, over tables that are open."""
    if days not in PERIODS:
        raise UsageError(
            "bad-period", f"messages of {days} days; expected 7 or 30", hint="Write --days 7 or --days 30."
        )
    price = price_in(tables, horizon_days=horizon_days)
    level = float(tables.state.setting("level", tables.day) or "0.95")
    settled_us = tables.as_of_us - late_us(tables.state, tables.day)
    margin = tables.state.margin(tables.day)
    value = price.price.value if isinstance(price.price, Estimate) else 0.0
    known = _sums(tables, days, settled_us, margin=float(margin or 0), price=value)
    judged = {ordinal: one for ordinal, one in known.items() if one["messages"] >= _LEAST_MESSAGES}
    found = _margins(judged, price, level=level)
    turn: Turning | Unavailable = price.price if isinstance(price.price, Unavailable) else turning(found)
    bands = tuple(
        _band(tables, ordinal, one, price=price, level=each_of(level, len(judged)), margin_known=margin is not None)
        for ordinal, one in sorted(judged.items())
    )
    row = tables.con.execute(
        "SELECT count(*) FROM message WHERE delivered_us IS NOT NULL AND send_us >= $1", [settled_us]
    ).fetchone()
    assert row is not None
    return Fatigue(
        days,
        bands,
        price,
        turn,
        _break_even(tables, known, level=level, known_margin=margin is not None),
        int(row[0]),
        level,
    )


_Known = dict[str, Any]


def _sums(tables: Tables, days: int, settled_us: int, *, margin: float, price: float) -> dict[int, _Known]:
    """By ordinal: messages, contacts, and cluster sums of each answer and of the money."""
    minor = 10 ** exponent(tables.state.currency)
    tables.con.execute(_PER_CONTACT, [days * DAY_US - 1, settled_us])
    share = f"{round(margin * _UNIT)}"
    outcomes = dict.fromkeys(RATES.values(), 1)
    texts = {name: f"CAST({name} AS BIGINT)" for name in outcomes}
    texts["before"] = f"(idiv(CAST(credit_minor AS BIGINT) * {share}, {minor}) - CAST(cost_micro AS BIGINT))"
    texts["brings"] = f"({texts['before']} - CAST(opted_out AS BIGINT) * {round(price * _UNIT)})"
    units = outcomes | dict.fromkeys(("before", "brings"), _UNIT)
    sums = ", ".join(
        f"sum({y}), sum(CAST(n AS HUGEINT) * {y}), sum(CAST({y} AS HUGEINT) * {y})" for y in texts.values()
    )
    rows = tables.con.execute(
        f"SELECT ordinal, count(*), sum(n), sum(n * n), {sums} FROM fatigue_contact GROUP BY ordinal ORDER BY ordinal"
    ).fetchall()
    tables.con.execute("DROP TABLE fatigue_contact")
    found: dict[int, _Known] = {}
    for ordinal, contacts, n, nn, *rest in rows:
        of = {}
        for at, (name, unit) in enumerate(units.items()):
            y, ny, yy = (int(value) for value in rest[3 * at : 3 * at + 3])
            of[name] = ClusterSums(int(contacts), float(n), y / unit, float(nn), ny / unit, yy / unit**2)
        found[int(ordinal)] = {"messages": int(n), "contacts": int(contacts), "sums": of}
    return found


def _margins(judged: Mapping[int, _Known], price: OptOutPrice, *, level: float) -> list[Margin]:
    if not isinstance(price.price, Estimate):
        return []
    sums = {ordinal: one["sums"]["brings"] for ordinal, one in judged.items()}
    shares = {ordinal: one["sums"]["opted_out"].ratio for ordinal, one in judged.items()}
    return margins(sums, opt_outs=shares, price_variance=price.variance or 0.0, level=level)


def _band(tables: Tables, ordinal: int, one: _Known, *, price: OptOutPrice, level: float, margin_known: bool) -> Band:
    sums: Mapping[str, ClusterSums] = one["sums"]
    rates: dict[str, Figure] = {
        kpi: _estimate(
            tables,
            sums[name],
            sums[name].share_interval(level),
            level=level,
            unit="share",
            definition=f"{kpi}_by_ordinal@1",
        )
        for kpi, name in RATES.items()
    }
    money: dict[str, Figure] = {}
    for name, more in (("before", 0.0), ("brings", sums["opted_out"].ratio ** 2 * (price.variance or 0.0))):
        ends = sums[name].mean_interval(level, more_variance=more)
        money[name] = _estimate(
            tables, sums[name], ends, level=level, unit=tables.state.currency, definition=f"{name}_by_ordinal@1"
        )
    if isinstance(price.price, Unavailable):
        money["brings"] = price.price
    if not margin_known:
        money = dict.fromkeys(money, NO_MARGIN)
    return Band(ordinal, one["messages"], one["contacts"], rates, money["before"], money["brings"])


def _break_even(tables: Tables, known: Mapping[int, _Known], *, level: float, known_margin: bool) -> Figure:
    if not known_margin:
        return NO_MARGIN
    if not known:
        return Unavailable("no-messages", "there are no settled messages", "Import messages, answers and orders.")
    parts = [one["sums"] for one in known.values()]
    before, gone = parts[0]["before"], parts[0]["opted_out"]
    for part in parts[1:]:
        before, gone = before + part["before"], gone + part["opted_out"]
    return break_even_price(before, gone.ratio, unit=tables.state.currency, level=level)


def _estimate(
    tables: Tables, one: ClusterSums, ends: tuple[float, float] | None, *, level: float, unit: str, definition: str
) -> Estimate:
    low, high = ends if ends is not None else (None, None)
    return Estimate(
        value=one.ratio, unit=unit, low=low, high=high, level=level if ends else None, n=int(one.n),
        method="wilson, contacts as clusters" if unit == "share" else "ratio, contacts as clusters", population="delivered messages",
        basis="observed" if unit == "share" and not definition.startswith("conversion") else "attributed", definition=definition,
        as_of=instant_text(tables.as_of_us),
    )  # fmt: skip


_PER_CONTACT = f"""
CREATE OR REPLACE TEMP TABLE fatigue_contact AS
WITH numbered AS (
    SELECT message_key, contact_key, label_key, send_us, cost_micro, terms_key,
        least(COUNT(*) OVER (PARTITION BY contact_key ORDER BY send_us RANGE BETWEEN $1 PRECEDING AND CURRENT ROW), {LAST_ORDINAL}) AS ordinal
    FROM message
    WHERE delivered_us IS NOT NULL AND contact_key IS NOT NULL
)
SELECT n.contact_key, n.ordinal, COUNT(*) AS n,
    SUM(COALESCE(r.clicked, 0)) AS clicked, SUM(COALESCE(r.replied, 0)) AS replied, SUM(COALESCE(r.opted_out, 0)) AS opted_out,
    SUM(CASE WHEN c.message_key IS NULL THEN 0 ELSE 1 END) AS converted, SUM(COALESCE(c.credit_minor, 0)) AS credit_minor,
    SUM(COALESCE(CASE WHEN COALESCE(t.silent, 1) = 1 THEN n.cost_micro WHEN t.own_currency = 1 THEN h.charge_micro END, 0)) AS cost_micro
FROM numbered AS n
LEFT JOIN (
    SELECT message_key,
        MAX(CASE WHEN response_kind = 'click' THEN 1 ELSE 0 END) AS clicked,
        MAX(CASE WHEN response_kind = 'reply' THEN 1 ELSE 0 END) AS replied,
        MAX(CASE WHEN response_kind = 'opt_out' THEN 1 ELSE 0 END) AS opted_out
    FROM response WHERE counted = 1 GROUP BY message_key
) AS r ON n.message_key = r.message_key
LEFT JOIN (
    SELECT message_key, SUM(credit_minor) AS credit_minor FROM credit WHERE model = 'last_touch' AND message_key IS NOT NULL
    GROUP BY message_key HAVING SUM(credit_minor) > 0
) AS c ON n.message_key = c.message_key
LEFT JOIN charge AS h ON n.message_key = h.message_key
LEFT JOIN rating_terms AS t ON n.terms_key = t.terms_key
WHERE n.send_us < $2
GROUP BY n.contact_key, n.ordinal
"""
