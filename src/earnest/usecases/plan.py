"""A campaign's plan: everything that was declared for it and what has come of it, each looked up once. Checklist and lint read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from earnest.definitions.campaign import UNASSIGNED, Campaign
from earnest.definitions.coupon import Coupon
from earnest.definitions.days import Days
from earnest.definitions.experiment import Experiment
from earnest.definitions.goal import Goal
from earnest.definitions.link import Link
from earnest.definitions.state import State
from earnest.definitions.survey import Round
from earnest.journal.arrivals import rhythm_of
from earnest.kernel.errors import NotFound, closest
from earnest.kernel.period import DAY_US, HOUR_US, day_of
from earnest.kernel.words import natural
from earnest.kpis.catalogue import all_kpis
from earnest.kpis.kpi import Kpi
from earnest.usecases.gaps import ANSWER_WITHIN_HOURS, PERIOD_DAYS, SourceSilence
from earnest.usecases.goals import goals_of, late_us
from earnest.usecases.measure import Measured, connected, measure_all
from earnest.usecases.tables import Tables, open_tables, quiet
from earnest.usecases.workspace import Workspace
from earnest.verdict.verdict import PURPOSES_WITHOUT_ROI
from earnest.warehouse import duck
from earnest.warehouse.build import Progress


@dataclass
class Plan:
    """One campaign, before or after its messages are sent.

    Args:
        channel: where its messages are to go, as somebody says who has not sent any yet; None: as the messages say.
    """

    workspace: Workspace
    tables: Tables
    measured: Measured
    channel: str | None = None

    @property
    def state(self) -> State:
        return self.tables.state

    @property
    def campaign(self) -> Campaign:
        return self.measured.campaign

    @property
    def id(self) -> str:
        return self.campaign.id

    @property
    def now_us(self) -> int:
        return self.tables.as_of_us

    @property
    def channels(self) -> tuple[str, ...]:
        """Where its messages go; empty while nobody has said."""
        return self.measured.channels or ((self.channel,) if self.channel else ())

    @property
    def judged_by_return(self) -> bool:
        """Whether its purpose is to earn: service and brand campaigns are not judged by ROI."""
        return self.campaign.purpose not in PURPOSES_WITHOUT_ROI

    @cached_property
    def goals(self) -> list[Goal]:
        return goals_of(self.state, self.id)

    @property
    def kpis(self) -> list[Kpi]:
        """The primary KPI, then those of goals; of what the catalogue still knows."""
        wanted = dict.fromkeys([self.campaign.primary_kpi, *(goal.kpi for goal in self.goals)])
        known = all_kpis()
        return [known[name] for name in wanted if name in known]

    @property
    def experiment(self) -> Experiment | None:
        return self.state.experiment_of(self.id)

    @property
    def links(self) -> list[Link]:
        mine = [link for link in self.state.links.values() if link.campaign == self.id]
        return sorted(mine, key=lambda link: natural(link.id))

    def retired(self, link: Link) -> bool:
        """Whether a link was disabled on purpose: none of the campaign's messages was sent after that."""
        disabled, sent = link.disabled_us, self.last_send_us
        return disabled is not None and (sent is None or sent <= disabled)

    @property
    def coupons(self) -> list[Coupon]:
        mine = [coupon for coupon in self.state.coupons.values() if coupon.campaign == self.id]
        return sorted(mine, key=lambda coupon: natural(coupon.id))

    @property
    def rounds(self) -> list[Round]:
        return [one for _, one in sorted(self.state.rounds.items()) if one.campaign == self.id]

    @cached_property
    def connected(self) -> frozenset[str]:
        """Event kinds that some source tells of."""
        costs = {self.id: self.measured.cost}
        return connected(self.state, costs, self.tables.manifest.facts.get("heard", ()))

    @cached_property
    def units(self) -> int:
        """People assigned to its experiment."""
        if self.experiment is None:
            return 0
        sql = "SELECT count(DISTINCT contact_key) FROM event_assignment WHERE experiment = $1"
        return self.number(sql, [self.experiment.id])

    @cached_property
    def last_send_us(self) -> int | None:
        found = self.one(f"SELECT max(m.send_us) {OF_CAMPAIGN}", [self.id])[0]
        return int(found) if found is not None else None

    @property
    def sent_days(self) -> Days | None:
        """Days of its sends so far."""
        first, last = self.measured.first_day, self.measured.last_day
        return Days(day_of(first), day_of(last)) if first is not None and last is not None else None

    @property
    def closes_us(self) -> int | None:
        """From when on nothing more can come of its sends; None if nothing was sent."""
        if self.last_send_us is None:
            return None
        return self.last_send_us + late_us(self.state, self.tables.day)

    @property
    def due(self) -> bool:
        """Whether it was sent, a day ago at least: what never came should have come."""
        return self.last_send_us is not None and self.now_us >= self.last_send_us + ANSWER_WITHIN_HOURS * HOUR_US

    @property
    def over(self) -> bool:
        """Whether nothing more need come: silence is usual then."""
        return self.closes_us is not None and self.now_us >= self.closes_us

    def silence(self, name: str, sql: str, values: list[Any] | None = None) -> SourceSilence:
        """How long nothing has come of something, judged by its own last 30 days.

        Args:
            sql: selects the instants at which something came, as the column `us`.
        """
        last = self.one(f"SELECT max(us) FROM ({sql})", values)[0]
        if last is None:
            return SourceSilence(name, rhythm_of(np.empty(0, np.int64)), None)
        since = self.now_us - PERIOD_DAYS * DAY_US
        times = self.tables.con.execute(f"SELECT us FROM ({sql}) WHERE us >= {since} ORDER BY us", values or [])
        return SourceSilence(
            name, rhythm_of(times.fetchnumpy()["us"].astype(np.int64)), max(0, self.now_us - int(last))
        )

    def one(self, sql: str, values: list[Any] | None = None) -> tuple[Any, ...]:
        """The only row of a query."""
        (row,) = self.tables.con.execute(sql, values or []).fetchall()
        return tuple(row)

    def number(self, sql: str, values: list[Any] | None = None) -> int:
        """The only number of a query; 0 where it is null."""
        return duck.scalar(self.tables.con, sql, values or [])


OF_CAMPAIGN = "FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key WHERE l.campaign = $1"


@contextmanager
def planned(
    workspace: Workspace, campaign: str, *, channel: str | None = None, progress: Progress = quiet
) -> Iterator[Plan]:
    """Open a campaign's plan.

    Raises:
        NotFound: `no-such-campaign`.
    """
    with open_tables(workspace, progress=progress) as tables:
        yield plan_in(workspace, tables, campaign, channel=channel)


def plan_in(workspace: Workspace, tables: Tables, campaign: str, *, channel: str | None = None) -> Plan:
    """A campaign's plan, by tables that are open.

    Raises:
        NotFound: `no-such-campaign`.
    """
    measured = measure_all(tables)
    if campaign not in measured or campaign == UNASSIGNED:
        raise NotFound(
            "no-such-campaign",
            f"there is no campaign '{campaign}'{closest(campaign, measured)}",
            hint=f"See `earnest campaign list`, or declare it: earnest campaign add {campaign}",
        )
    return Plan(workspace, tables, measured[campaign], channel)
