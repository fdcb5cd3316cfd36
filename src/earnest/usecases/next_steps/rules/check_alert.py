"""Bad news among the alerts of the last four weeks: look at it before anything is concluded from those days."""

from __future__ import annotations

from collections.abc import Iterator

from earnest.definitions.campaign import UNASSIGNED
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.usecases.next_steps.ground import Ground
from earnest.usecases.next_steps.step import Rule, Step
from earnest.usecases.trends import TrendAsk
from earnest.usecases.trends_alerts import Alert, alerts_in
from earnest.usecases.trends_watched import WATCHED

_MOST = 5


def find(ground: Ground) -> Iterator[Step]:
    """One step an alert that is bad news."""
    found = alerts_in(ground.tables, TrendAsk(campaign=ground.campaign))
    bad = [alert for alert in found.alerts if alert.news == "bad"]
    for alert in bad[:_MOST]:
        of_campaign = alert.scope[0] == "campaign" and alert.scope[1] != UNASSIGNED
        money = alert.money
        yield Step(
            code="check-alert",
            campaign=alert.scope[1] if of_campaign else None,
            action=f"Look at {alert.name} {_where(alert)}.",
            why=(
                _told(alert),
                f"p {alert.p:.2g}; of all alerts of this look at most {found.ask.rate:.0%} are false.",
            ),
            value=money if isinstance(money, Estimate) else Unavailable("value-unknown", money.reason, money.remedy),
            value_means="what the deviation cost" if isinstance(money, Estimate) else "value unknown",
            certainty="unknown"
            if not isinstance(money, Estimate)
            else "claimed"
            if money.basis == "attributed"
            else "estimated",
            effort="minutes",
            evidence=(
                f"earnest trend show {alert.kpi}{f' --{alert.scope[0]} {alert.scope[1]}' if alert.scope[1] else ''}",
                *alert.look,
            ),
        )


def _where(alert: Alert) -> str:
    place = f"of {alert.scope[1]} " if alert.scope[1] else ""
    return f"{place}since {alert.first_day}" if alert.kind == "level" else f"{place}on {alert.first_day}"


def _told(alert: Alert) -> str:
    shares = WATCHED[alert.kpi].family == "share"
    seen = [
        f"{value:.2%}" if shares else f"{value:,.4g}"
        for value in (alert.observed, alert.expected, alert.low, alert.high)
    ]
    return f"{alert.name[:1].upper()}{alert.name[1:]} was {seen[0]} instead of {seen[1]} (expected {seen[2]} to {seen[3]} at {alert.level:.0%})."


RULE = Rule("check-alert", "a day is odd, or a level has changed, for the worse", find)
