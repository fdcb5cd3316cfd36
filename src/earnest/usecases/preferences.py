"""Preferences: which hours, weekdays, templates, segments and channels get more answers, and which test would prove it.

messages × answers ─> cell, campaign, day ─┬─ raw, and drawn towards the other cells (beta-binomial)
                                           └─ the cell less the others within the same campaigns, bounds that hold together
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from earnest.definitions.campaign import UNASSIGNED
from earnest.definitions.days import WEEKDAYS
from earnest.incrementality.sample_size import POWER, units_for_shares
from earnest.kernel.declared import check_known
from earnest.kernel.errors import UsageError
from earnest.kernel.estimate import Unavailable
from earnest.kernel.period import DAY_US, HOUR_US, instant_text
from earnest.kernel.words import count
from earnest.kpis.benchmarks_shrinkage import FEWEST_PEERS, Prior, beta_prior, shrink_rate
from earnest.trends.clustered import ClusterSums, each_of
from earnest.trends.compare import Cells, Compared, compare
from earnest.usecases.campaigns_met import campaigns_met, check_met
from earnest.usecases.goals import late_us
from earnest.usecases.kpi_tables import ON_DEMAND
from earnest.usecases.tables import Tables, open_tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress

BY = ("hour", "weekday", "template", "segment", "channel")
KPIS = {
    "click_through_rate": ("clicked", 1),
    "reply_rate": ("replied", 1),
    "conversion_rate": ("converted", 1),
    "opt_out_rate": ("opted_out", -1),
}
"""KPI → what is counted of a delivered message, and which way is good."""
CAVEAT = (
    "An association, not a cause: who is messaged when and with what was somebody's choice. Cells are compared within campaigns only;"
    " the test beside each would prove it."
)
ANY_DAYS = 365
NONE = "(none)"
LEAST_MESSAGES = 100
"""A cell with fewer is shown and not judged, so that strays make no one else's interval wider."""


@dataclass(frozen=True, slots=True)
class PreferenceAsk:
    """What to compare.

    Args:
        by: hour, weekday, template, segment or channel. kpi: see `KPIS`. campaign: only its messages. days: sends of so many days.
    """

    by: str = "hour"
    kpi: str = "click_through_rate"
    campaign: str | None = None
    days: int = ANY_DAYS

    def checked(self) -> PreferenceAsk:
        """The same, if it can be asked.

        Raises:
            UsageError: `no-such-dimension`, `no-such-rate`, `bad-days`.
        """
        check_known(BY, self.by, what="dimension", listed="Dimensions", refusal=(UsageError, "no-such-dimension"))
        check_known(KPIS, self.kpi, what="rate", listed="Rates", refusal=(UsageError, "no-such-rate"))
        if not 1 <= self.days <= 3_660:
            raise UsageError("bad-days", f"{self.days} days; expected 1 to 3660", hint="365 is a year.")
        return self


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour, weekday, template, segment or channel.

    Args:
        n, events: delivered messages, and those with the answer. raw, low, high: their share; all cells' intervals hold together.
        shrunk, weight: drawn towards the other cells, and the share of its own data in that; None with fewer than five cells.
        compared: less the other cells within the same campaigns, or why that cannot be told.
        standing: ``better``, ``worse`` or ``cannot-tell``. people: in two random halves, to find such a difference; None without one.
    """

    cell: str
    n: int
    events: int
    raw: float
    low: float
    high: float
    shrunk: float | None
    weight: float | None
    compared: Compared | Unavailable
    standing: str
    people: int | None

    def to_json(self) -> dict[str, Any]:
        body = {name: getattr(self, name) for name in self.__slots__ if name != "compared"}
        if isinstance(self.compared, Unavailable):
            return body | {"compared": self.compared.to_json()}
        return body | {"compared": {name: getattr(self.compared, name) for name in self.compared.__slots__}}


@dataclass(frozen=True, slots=True)
class Preferences:
    """Cells, largest first; `level` of all intervals together, `each` of one."""

    ask: PreferenceAsk
    cells: tuple[Cell, ...]
    level: float
    each: float
    prior: Prior | None
    unsettled: int
    as_of_us: int

    def to_json(self) -> dict[str, Any]:
        prior = {"a": self.prior.a, "b": self.prior.b} if self.prior else None
        return {
            "by": self.ask.by,
            "kpi": self.ask.kpi,
            "campaign": self.ask.campaign,
            "days": self.ask.days,
            "level": self.level,
            "level_of_each": self.each,
            "prior": prior,
            "cells": [cell.to_json() for cell in self.cells],
            "unsettled_messages": self.unsettled,
            "caveat": CAVEAT,
            "power": POWER,
            "as_of": instant_text(self.as_of_us),
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """Sums of one cell and of the others of its dimension, by campaign and day."""

    cell: str
    cells: Cells
    place: int


def preferences(workspace: Workspace, ask: PreferenceAsk | None = None, *, progress: Progress = quiet) -> Preferences:
    """Which cells get more answers.

    Raises:
        NotFound: `no-such-campaign`. UsageError: as `PreferenceAsk.checked`.
    """
    with open_tables(workspace, progress=progress) as tables:
        return preferences_in(tables, ask or PreferenceAsk())


def preferences_in(tables: Tables, ask: PreferenceAsk, *, drawn: bool = True) -> Preferences:
    """The same, over tables that are open.

    Args:
        drawn: whether shares are drawn towards each other as well, which takes longest and decides nothing.
    """
    ask.checked()
    if ask.campaign is not None:
        check_met(campaigns_met(tables), ask.campaign)
    level = float(tables.state.setting("level", tables.day) or "0.95")
    settled_us = tables.as_of_us - late_us(tables.state, tables.day)
    since_us = settled_us - ask.days * DAY_US
    counted = (
        _segments(tables, ask, (since_us, settled_us))
        if ask.by == "segment"
        else _plain(tables, ask, (since_us, settled_us))
    )
    totals = [_own(one) for one in counted]
    each = each_of(level, sum(own.n >= LEAST_MESSAGES for own in totals))
    prior = _prior(totals) if drawn else None
    cells = [_cell(ask, one, own, prior=prior, each=each) for one, own in zip(counted, totals, strict=True)]
    late = tables.con.execute(
        "SELECT count(*) FROM message WHERE delivered_us IS NOT NULL AND send_us >= $1", [settled_us]
    ).fetchone()
    assert late is not None
    ordered = tuple(sorted(cells, key=lambda cell: (-cell.n, cell.cell)))
    return Preferences(ask, ordered, level, each, prior, int(late[0]), tables.as_of_us)


def _prior(totals: Sequence[ClusterSums]) -> Prior | None:
    known = [one for one in totals if one.n]
    if len(known) < FEWEST_PEERS or not any(one.y for one in known):
        return None
    return beta_prior([int(one.y) for one in known], [int(one.n) for one in known])


def _cell(ask: PreferenceAsk, one: _Counted, own: ClusterSums, *, prior: Prior | None, each: float) -> Cell:
    low, high = own.share_interval(each)
    shrunk = shrink_rate(prior, int(own.y), int(own.n), level=each) if prior is not None else None
    found = compare(one.cells, one.place, level=each) if own.n >= LEAST_MESSAGES else _few(int(own.n))
    good = KPIS[ask.kpi][1]
    standing, people = "cannot-tell", None
    if isinstance(found, Compared):
        standing = {"more": "better" if good > 0 else "worse", "fewer": "worse" if good > 0 else "better"}.get(
            found.standing, "cannot-tell"
        )
        if 0 < found.here < 1 and 0 < found.elsewhere < 1 and found.here != found.elsewhere:
            people = units_for_shares(found.elsewhere, found.here, held_out=0.5)
    return Cell(
        one.cell, int(own.n), int(own.y), own.ratio, low, high, shrunk.shrunk if shrunk else None, shrunk.weight if shrunk else None,
        found, standing, people,
    )  # fmt: skip


def _few(messages: int) -> Unavailable:
    return Unavailable(
        "too-few-messages",
        f"{count(messages, 'message')}; a cell is judged from {LEAST_MESSAGES} on",
        "Send more there, by chance.",
    )


def _own(one: _Counted) -> ClusterSums:
    inside = one.cells.cell == one.place
    n, y = one.cells.trials[inside], one.cells.events[inside]
    return ClusterSums(
        int(n.size), float(n.sum()), float(y.sum()), float((n * n).sum()), float((n * y).sum()), float((y * y).sum())
    )


def _plain(tables: Tables, ask: PreferenceAsk, span: tuple[int, int]) -> list[_Counted]:
    what = {
        "hour": f"printf('%02d', CAST((m.send_us + z.offset_us) // {HOUR_US} % 24 AS INTEGER))",
        "weekday": "CAST((m.send_day + 3) % 7 AS VARCHAR)",
        "template": f"COALESCE(l.template, '{NONE}')",
        "channel": f"COALESCE(l.channel, '{NONE}')",
    }[ask.by]
    rows = tables.con.execute(_sql(what, ask), [*span, ask.campaign]).fetchall()
    if not rows:
        return []
    names = sorted({str(row[0]) for row in rows})
    numbers = {name: number for number, name in enumerate(names)}
    cells = _cells([numbers[str(row[0])] for row in rows], rows)
    shown = {name: WEEKDAYS[int(name)].lower() if ask.by == "weekday" else name for name in names}
    return [_Counted(shown[name], cells, number) for name, number in numbers.items()]


def _segments(tables: Tables, ask: PreferenceAsk, span: tuple[int, int]) -> list[_Counted]:
    """Segments may share people: each is held against whoever is not in it."""
    ON_DEMAND["kpi_segment"](tables)
    found = []
    for name in sorted(tables.state.segments):
        tables.con.execute(
            "CREATE OR REPLACE TEMP TABLE preference_segment AS SELECT message_key FROM kpi_segment WHERE segment = $1",
            [name],
        )
        what = "CASE WHEN EXISTS (SELECT 1 FROM preference_segment AS p WHERE p.message_key = m.message_key) THEN 0 ELSE 1 END"
        rows = tables.con.execute(_sql(what, ask), [*span, ask.campaign]).fetchall()
        if any(row[0] == 0 for row in rows):
            found.append(_Counted(name, _cells([int(row[0]) for row in rows], rows), 0))
    return found


def _cells(numbers: Sequence[int], rows: Sequence[tuple[Any, ...]]) -> Cells:
    known = [
        str(row[1]) if row[1] != UNASSIGNED else f"{UNASSIGNED} {place}" for place, row in enumerate(rows)
    ]  # of no campaign in common
    strata = {name: number for number, name in enumerate(sorted(set(known)))}
    days = {key: number for number, key in enumerate(sorted({(str(row[1]), int(row[2])) for row in rows}))}
    return Cells(
        np.array(numbers, dtype=np.int64),
        np.array([strata[name] for name in known], dtype=np.int64),
        np.array([days[str(row[1]), int(row[2])] for row in rows], dtype=np.int64),
        np.array([float(row[3]) for row in rows]),
        np.array([float(row[4]) for row in rows]),
    )


def _sql(what: str, ask: PreferenceAsk) -> str:
    answered = KPIS[ask.kpi][0]
    kind = {"clicked": "click", "replied": "reply", "opted_out": "opt_out"}.get(answered)
    of = (
        f"SELECT DISTINCT message_key FROM response WHERE counted = 1 AND response_kind = '{kind}'"
        if kind
        else "SELECT message_key FROM credit WHERE model = 'last_touch' AND message_key IS NOT NULL GROUP BY message_key HAVING SUM(credit_minor) > 0"
    )
    return (
        f"SELECT {what} AS cell, l.campaign, m.send_day, count(*), count(a.message_key) FROM message AS m"
        " JOIN label_campaign AS l ON m.label_key = l.label_key"
        " JOIN zone_offset AS z ON m.send_us >= z.from_us AND m.send_us < z.until_us"
        f" LEFT JOIN ({of}) AS a ON m.message_key = a.message_key"
        " WHERE m.delivered_us IS NOT NULL AND m.send_us >= $1 AND m.send_us < $2 AND ($3 IS NULL OR l.campaign = $3)"
        " GROUP BY ALL ORDER BY ALL"
    )
