"""Lint: what is wrong with a campaign's plan, before money is spent on it. Each rule is one function in `lint_plan` or `lint_design`.

error    the campaign cannot be judged as planned         warning  it can, and somebody should look
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from earnest.definitions.days import Days
from earnest.kernel.declared import check_known
from earnest.kernel.errors import UsageError
from earnest.usecases import lint_design, lint_plan
from earnest.usecases.lint_fault import Fault, Level
from earnest.usecases.lint_windows import against, periods
from earnest.usecases.plan import Plan, plan_in, planned
from earnest.usecases.tables import quiet
from earnest.usecases.workspace import Workspace
from earnest.warehouse.build import Progress


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that may be wrong. `look` yields what is; `why` says why it matters."""

    code: str
    level: Level
    why: str
    look: Callable[[Plan], Iterator[Fault]]


CHANNELS = ("whatsapp", "sms", "rcs", "telegram", "messenger", "instagram", "viber", "email", "push", "webpush")
"""Where messages can be planned to go; beside those that messages have gone already."""

RULES = (
    Rule("campaign-undeclared", "error", "A campaign nobody declared has no purpose, no KPI and no goal.", lint_plan.undeclared),
    Rule("primary-kpi-missing", "error", "Where nothing was said before, afterwards whatever looks best is called the aim.", lint_plan.no_primary),
    Rule("kpi-without-goal", "error", "A KPI without a goal can be neither reached nor missed.", lint_plan.without_goal),
    Rule("kpi-not-measurable", "error", "A goal for what cannot be measured is never known to be reached.", lint_plan.not_measurable),
    Rule("kpi-not-connected", "warning", "Its figure stays unavailable until something tells of it.", lint_plan.not_connected),
    Rule("goal-definition-changed", "error", "A goal set for one definition says nothing about another.", lint_plan.redefined),
    Rule("goal-outside-sends", "error", "Only sends of its days count for a goal.", lint_plan.outside_sends),
    Rule("goal-before-read-out", "error", "Before the read-out nobody may look, so that by then nobody can know.", lint_design.before_read_out),
    Rule("goal-after-window", "error", "What comes after the outcome window counts for nothing.", lint_design.after_window),
    Rule("unequal-windows", "error", "A figure of other days, of other length or season, differs for that reason alone.", lint_design.baseline_days),
    Rule("too-few-units", "error", "The experiment would most likely miss the effect it is made to find.", lint_design.too_few_units),
    Rule("units-unknown", "warning", "Nobody can say yet whether the experiment can find the effect.", lint_design.units_unknown),
    Rule("link-leads-nowhere", "error", "Who clicks it sees an error page.", lint_plan.dead_links),
    Rule("link-ends-early", "warning", "Who clicks it later sees an error page, and is not counted for the goal.", lint_plan.short_links),
    Rule("link-without-campaign", "warning", "Clicks of nobody known are counted for no campaign.", lint_plan.stray_links),
    Rule("link-without-utm", "warning", "Web analytics count its visits as of nowhere.", lint_plan.untagged_links),
    Rule("coupon-without-code", "error", "There is nothing to redeem.", lint_plan.empty_coupons),
    Rule("coupon-ends-early", "warning", "Orders after its end are told, but nobody expects them.", lint_plan.short_coupons),
    Rule("template-claimed-twice", "error", "A message that two campaigns claim belongs to neither.", lint_plan.claimed_twice),
    Rule("survey-without-questions", "error", "There is nothing to answer.", lint_plan.empty_surveys),
    Rule("survey-closed", "error", "Who opens the invitation is told that nothing is asked any more.", lint_plan.closed_surveys),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault, with the rule that found it."""

    code: str
    level: Level
    what: str
    why: str
    remedy: str
    facts: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Linted:
    """What lint found. `checked` counts the rules; `compared` names what the campaign was held against."""

    campaign: str
    problems: tuple[Problem, ...]
    checked: int
    compared: str | None = None

    def sound(self, *, strict: bool = False) -> bool:
        """Whether nothing is wrong; `strict` counts warnings too."""
        return not any(strict or one.level == "error" for one in self.problems)

    def to_json(self) -> dict[str, Any]:
        return {
            "campaign": self.campaign,
            "sound": self.sound(),
            "checked": self.checked,
            "compared": self.compared,
            "problems": [one.to_json() for one in self.problems],
        }


def lint(
    workspace: Workspace,
    campaign: str,
    *,
    other: str | None = None,
    days: tuple[Days, Days] | None = None,
    channel: str | None = None,
    progress: Progress = quiet,
) -> Linted:
    """Look for what is wrong with a campaign's plan.

    Args:
        other: a campaign it is to be compared with. days: two periods of it that are to be compared.
        channel: where its messages are to go, if none is sent yet.

    Raises:
        NotFound: `no-such-campaign`, of either. UsageError: `no-such-channel`.
    """
    with planned(workspace, campaign, channel=channel, progress=progress) as plan:
        if channel is not None:
            _check_channel(plan, channel)
        found = [_problem(rule, fault) for rule in RULES for fault in rule.look(plan)]
        checked, compared = len(RULES), None
        if other is not None:
            found += _compared(against(plan, plan_in(workspace, plan.tables, other)))
            checked, compared = checked + 1, other
        if days is not None:
            found += _compared(periods(plan, *days))
            checked, compared = checked + 1, f"{days[0]} with {days[1]}"
    return Linted(campaign, tuple(sorted(found, key=lambda one: one.level)), checked, compared)


def _check_channel(plan: Plan, channel: str) -> None:
    told = plan.tables.con.execute("SELECT DISTINCT channel FROM label_campaign WHERE channel IS NOT NULL").fetchall()
    known = [*CHANNELS, *sorted({str(name) for (name,) in told} - set(CHANNELS))]
    check_known(known, channel, what="channel", listed="Known", refusal=(UsageError, "no-such-channel"))


def _problem(rule: Rule, fault: Fault) -> Problem:
    return Problem(rule.code, fault.level or rule.level, fault.what, rule.why, fault.remedy, fault.facts)


def _compared(found: Sequence[tuple[str, str, Fault]]) -> list[Problem]:
    return [
        Problem(code, fault.level or "error", fault.what, why, fault.remedy, fault.facts) for code, why, fault in found
    ]
