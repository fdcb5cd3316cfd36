"""Lint rules of what a campaign is to reach and what it sends: KPIs, goals, links, coupons, surveys, match rules."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from dataclasses import replace

from earnest.definitions.campaign import Campaign, Match, replacing
from earnest.definitions.goal import Goal
from earnest.kernel.period import day_end_us, day_of, local_day, zone
from earnest.kernel.words import count
from earnest.kpis.catalogue import all_kpis
from earnest.kpis.kpi import WITHOUT_RECEIPTS, Kpi
from earnest.usecases.link_show import state_of
from earnest.usecases.lint_fault import Fault
from earnest.usecases.plan import Plan


def undeclared(plan: Plan) -> Iterator[Fault]:
    if not plan.campaign.declared:
        yield Fault(f"'{plan.id}' is known from files alone", f"earnest campaign add {plan.id} --primary-kpi KPI")


def no_primary(plan: Plan) -> Iterator[Fault]:
    if plan.campaign.declared and plan.campaign.primary_kpi is None:
        yield Fault(
            "no KPI is named that counts most",
            replacing(replace(plan.campaign, primary_kpi="KPI")),
        )


def without_goal(plan: Plan) -> Iterator[Fault]:
    primary = plan.campaign.primary_kpi
    if primary is not None and not any(goal.kpi == primary for goal in plan.goals):
        yield Fault(
            f"{primary} counts most, and nobody has said what it is to reach",
            f"earnest goal set {plan.id} {primary} --target … --by YYYY-MM-DD",
            facts={"kpi": primary},
        )


def not_measurable(plan: Plan) -> Iterator[Fault]:
    """KPIs that this channel, purpose or design can never give."""
    known = all_kpis()
    for name in {plan.campaign.primary_kpi, *(goal.kpi for goal in plan.goals)} - {None, *known}:
        yield Fault(f"there is no KPI {name} any more", "Choose another: earnest kpi list", facts={"kpi": name})
    for kpi in plan.kpis:
        yield from _on_channel(plan, kpi)
        yield from _for_purpose(plan, kpi)


def _on_channel(plan: Plan, kpi: Kpi) -> Iterator[Fault]:
    blind = [channel for channel in plan.channels if channel in WITHOUT_RECEIPTS]
    if not kpi.receipts or not blind:
        return
    every = len(blind) == len(plan.channels)
    share = "" if every else "; only those of its other channels are counted"
    yield Fault(
        f"{kpi.id}: {' and '.join(blind)} sends no read receipts, so nobody can know who opened it{share}",
        "Aim at clicks, replies or orders instead: click_through_rate, reply_rate, conversion_rate.",
        None if every else "warning",
        {"kpi": kpi.id, "channels": blind},
    )


def _for_purpose(plan: Plan, kpi: Kpi) -> Iterator[Fault]:
    if kpi.basis != "observed" and not plan.judged_by_return:
        yield Fault(
            f"{kpi.id} does not judge a campaign of purpose {plan.campaign.purpose}",
            "Choose a KPI of what people did or said, or another purpose.",
            facts={"kpi": kpi.id},
        )
    elif kpi.basis == "incremental" and plan.experiment is None:
        yield Fault(
            f"{kpi.id} needs somebody held out by chance, and no experiment is declared",
            f"earnest experiment add {plan.id}-test --campaign {plan.id} --arm treatment=0.9 --arm holdout=0.1 --control holdout …",
            facts={"kpi": kpi.id},
        )


def not_connected(plan: Plan) -> Iterator[Fault]:
    for kpi in plan.kpis:
        lacking = [kind for kind in kpi.needs if kind != "message" and kind not in plan.connected]
        if lacking:
            yield Fault(
                f"{kpi.id}: nothing connected tells of {' or '.join(lacking)} yet",
                f"`earnest campaign check {plan.id}` says what to connect.",
                facts={"kpi": kpi.id, "kinds": lacking},
            )


def redefined(plan: Plan) -> Iterator[Fault]:
    known = all_kpis()
    for goal in plan.goals:
        if goal.kpi in known and known[goal.kpi].definition != goal.definition:
            yield Fault(
                f"the goal for {goal.kpi} was set for {goal.definition}; it is {known[goal.kpi].definition} now",
                f"Look at `earnest kpi list`, and set it again: earnest goal set {plan.id} {goal.kpi} …",
                facts={"kpi": goal.kpi},
            )


def outside_sends(plan: Plan) -> Iterator[Fault]:
    """A goal whose days hold none, or not all, of the sends there are."""
    sent = plan.sent_days
    for goal in plan.goals:
        if sent is None or ((goal.since or sent.first) <= sent.first and sent.last <= goal.by):
            continue
        none = goal.by < sent.first or (goal.since is not None and sent.last < goal.since)
        of = "none" if none else "only some"
        yield Fault(
            f"messages were sent {sent}; {of} of these days are the goal's for {goal.kpi} ({goal.since or 'any'} to {goal.by})",
            f"Set its days again: earnest goal set {plan.id} {goal.kpi} --from … --by …",
            None if none else "warning",
            {"kpi": goal.kpi},
        )


def dead_links(plan: Plan) -> Iterator[Fault]:
    for link in plan.links:
        standing = state_of(plan.state, link, plan.now_us)
        if plan.retired(link):
            yield Fault(
                f"link {link.id} is disabled; no message was sent since",
                f"Nothing, if so it is meant; else: earnest link change {link.id} --enable",
                "warning",
                {"link": link.id, "state": standing},
            )
        elif standing != "live":
            remedy = {"host-not-allowed": f"earnest link allow {link.host}"}
            yield Fault(
                f"link {link.id} leads nowhere: {standing}",
                remedy.get(standing, f"earnest link change {link.id} --enable, or --until TIME"),
                facts={"link": link.id, "state": standing},
            )


def short_links(plan: Plan) -> Iterator[Fault]:
    last = _last_goal(plan)
    if last is None:
        return
    end_us = day_end_us(last.by, zone(plan.state.timezone))
    for link in plan.links:
        if link.until_us is not None and plan.now_us < link.until_us < end_us:
            ends = day_of(local_day(link.until_us - 1, zone(plan.state.timezone)))
            yield Fault(
                f"link {link.id} leads there until {ends}, the goal for {last.kpi} runs to {last.by}",
                f"earnest link change {link.id} --until {last.by}",
                facts={"link": link.id},
            )


def stray_links(plan: Plan) -> Iterator[Fault]:
    for _, link in sorted(plan.state.links.items()):
        if link.campaign is None and plan.id in (
            link.utm.get("campaign"),
            (link.within or "").partition("campaign=")[2],
        ):
            yield Fault(
                f"link {link.id} names this campaign (by utm or within), and belongs to none",
                f"earnest link change {link.id} --campaign {plan.id}",
                facts={"link": link.id},
            )


def untagged_links(plan: Plan) -> Iterator[Fault]:
    for link in plan.links:
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(link.destination).query)
        lacking = [name for name in ("source", "campaign") if name not in link.utm and f"utm_{name}" not in query]
        if lacking:
            tags = " ".join(f"--utm {name}={plan.id if name == 'campaign' else '…'}" for name in lacking)
            yield Fault(
                f"link {link.id} has no {' and no '.join(f'utm_{name}' for name in lacking)}",
                f"earnest link change {link.id} {tags}",
                facts={"link": link.id, "lacking": lacking},
            )


def empty_coupons(plan: Plan) -> Iterator[Fault]:
    for coupon in plan.coupons:
        batches = plan.state.coupon_batches.get(coupon.id, [])
        if coupon.kind == "unique" and coupon.enabled and not sum(batch.codes for batch in batches):
            yield Fault(
                f"coupon {coupon.id} has codes of its own for each, and none was minted or imported",
                f"earnest coupon mint {coupon.id} --recipients FILE.csv, or earnest coupon import {coupon.id} FILE.csv",
                facts={"coupon": coupon.id},
            )
        if not coupon.enabled and not plan.over:
            yield Fault(
                f"coupon {coupon.id} is disabled",
                f"earnest coupon change {coupon.id} --enable",
                "warning",
                {"coupon": coupon.id},
            )


def short_coupons(plan: Plan) -> Iterator[Fault]:
    last = _last_goal(plan)
    for coupon in plan.coupons:
        if last is not None and coupon.valid_until is not None and coupon.valid_until <= last.by:
            yield Fault(
                f"coupon {coupon.id} is valid before {coupon.valid_until}, the goal for {last.kpi} runs to {last.by}",
                "Let it be valid longer, or the goal be due earlier.",
                facts={"coupon": coupon.id},
            )


def claimed_twice(plan: Plan) -> Iterator[Fault]:
    for rule in plan.campaign.match:
        others = sorted(one.id for one in plan.state.campaigns.values() if one.id != plan.id and rule in one.match)
        if others:
            yield Fault(
                f"messages with {rule.field} {rule.value} are claimed by {', '.join(others)} too",
                f"Take the rule from one of them: {replacing(_without(plan.state.campaigns[others[0]], rule))}",
                facts={"field": rule.field, "value": rule.value, "campaigns": others},
            )
    sql = (
        "SELECT l.template, l.tag, count(*) FROM message AS m JOIN label_campaign AS l ON m.label_key = l.label_key"
        " WHERE l.how = 'ambiguous' GROUP BY l.template, l.tag ORDER BY l.template, l.tag"
    )
    for template, tag, messages in plan.tables.con.execute(sql).fetchall():
        mine = [
            rule for rule in plan.campaign.match if rule.value == {"template": template, "tag": tag}.get(rule.field)
        ]
        if mine:
            yield Fault(
                f"{count(int(messages), 'message')} (template {template or 'none'}, tag {tag or 'none'}): claimed by it and by another campaign",
                "Let only one campaign's rules fit them; until then they are unassigned.",
                facts={"template": template, "tag": tag, "messages": int(messages)},
            )


def empty_surveys(plan: Plan) -> Iterator[Fault]:
    for name in dict.fromkeys(one.survey for one in plan.rounds):
        survey = plan.state.surveys.get(name)
        if survey is None or not survey.questions:
            yield Fault(
                f"survey {name} has no questions",
                f"earnest survey add {name} --template csat --replace",
                facts={"survey": name},
            )


def closed_surveys(plan: Plan) -> Iterator[Fault]:
    for name in dict.fromkeys(one.survey for one in plan.rounds):
        survey = plan.state.surveys.get(name)
        if survey is not None and not survey.open_at(plan.now_us) and not plan.over:
            yield Fault(
                f"survey {name} takes no answers any more",
                f"earnest survey add {name} --replace … (its next version is open)",
                facts={"survey": name},
            )


def _without(campaign: Campaign, rule: Match) -> Campaign:
    return replace(campaign, match=tuple(one for one in campaign.match if one != rule))


def _last_goal(plan: Plan) -> Goal | None:
    return max(plan.goals, key=lambda goal: goal.by, default=None)
