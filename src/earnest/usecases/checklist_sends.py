"""Checklist lines of what goes out with a campaign: its messages, links, coupons and surveys."""

from __future__ import annotations

from earnest.definitions.coupon import Coupon
from earnest.definitions.link import Link
from earnest.definitions.survey import Round
from earnest.kernel.period import day_of, local_day, zone
from earnest.kernel.words import count
from earnest.usecases.checklist_line import Line, Lines, Status, ago, heard, last_of
from earnest.usecases.coupon_orders import bind_redeemed
from earnest.usecases.link_show import state_of
from earnest.usecases.plan import OF_CAMPAIGN, Plan
from earnest.usecases.survey_counted import bind_counted

_LABELS_SHOWN = 3


def messages(plan: Plan) -> Lines:
    """Whether its messages are recognised, and whether anything was heard of them after the send."""
    m = plan.measured.measures
    if not m["messages"]:
        rules = ", ".join(f"{rule.field}={rule.value}" for rule in plan.campaign.match)
        known = f"recognised by {rules}" if rules else f"recognised by the callback id or campaign column {plan.id}"
        remedy = "Send a test, or import them: earnest import run FILE --as messages"
        if not rules:
            remedy += f". Other rules: earnest campaign add {plan.id} --match template=NAME --replace"
        yield Line("messages", "never", f"none yet; {known}", remedy=remedy)
        return
    silence = plan.silence("messages", f"SELECT m.send_us AS us {OF_CAMPAIGN}", [plan.id])
    heard_of = "m.delivered_us IS NOT NULL OR m.read_us IS NOT NULL OR m.failed_us IS NOT NULL"
    answered = plan.number(f"SELECT count(*) FILTER (WHERE {heard_of}) {OF_CAMPAIGN}", [plan.id])
    labels = _labels(plan)
    what = (
        f"{m['sent']:,} sent, {m['delivered']:,} delivered, {m['failed']:,} failed; {', '.join(plan.channels) or 'no channel told'},"
        f" {', '.join(labels[:_LABELS_SHOWN])}{' …' if len(labels) > _LABELS_SHOWN else ''}; {plan.sent_days}{ago(silence)}"
    )
    unheard = plan.due and not answered
    yield Line(
        "messages",
        "silent" if unheard else "live",
        f"{what}; nothing was heard of any after the send" if unheard else what,
        remedy="Connect the provider's statuses: earnest source add NAME --as CHANNEL, or map delivered_at."
        if unheard
        else None,
        last_us=last_of(plan, silence),
        facts={name: m[name] for name in ("messages", "sent", "delivered", "failed")} | {"labels": labels},
    )


def _labels(plan: Plan) -> list[str]:
    """What its messages say of themselves, those with the most messages first."""
    rows = plan.tables.con.execute(
        f"SELECT l.template, l.tag, l.how, count(*) {OF_CAMPAIGN} GROUP BY ALL ORDER BY count(*) DESC, l.template, l.tag, l.how",
        [plan.id],
    ).fetchall()
    told = (
        " ".join([f"template {template}"] * bool(template) + [f"tag {tag}"] * bool(tag)) or f"known by {how}"
        for template, tag, how, _ in rows
    )
    return list(dict.fromkeys(told))


def links(plan: Plan) -> Lines:
    """Whether each of its links leads somewhere and is clicked."""
    for link in plan.links:
        yield _retired(plan, link) if plan.retired(link) else _link(plan, link)
    if plan.links and (plan.last_send_us is not None or not all(map(plan.retired, plan.links))):
        return
    wanted = any("click" in kpi.needs for kpi in plan.kpis)
    if "click" in plan.connected:
        yield Line("link", "not-needed", "a source tells of clicks")
    elif wanted or plan.judged_by_return:
        why = "its KPI counts clicks" if wanted else "without one nobody knows who clicked"
        remedy = f"earnest link create NAME https://… --campaign {plan.id}"
        yield Line("link", "missing", f"no link of ours, and no source tells of clicks; {why}", remedy=remedy)
    else:
        yield Line("link", "not-needed", f"a {plan.campaign.purpose} campaign is not judged by clicks")


def _retired(plan: Plan, link: Link) -> Line:
    raw, human = _clicks(plan, link)
    assert link.disabled_us is not None
    day = day_of(local_day(link.disabled_us, zone(plan.state.timezone)))
    what = f"disabled on {day}, and nothing was sent since; {count(raw, 'click')} before, {human:,} of people"
    facts = {"clicks": raw, "human_clicks": human, "state": "disabled", "disabled": day.isoformat()}
    return Line("link", "not-needed", what, link.id, facts=facts)


def _clicks(plan: Plan, link: Link) -> tuple[int, int]:
    """All clicks of a link, and those of people."""
    sql = "SELECT count(*), coalesce(sum(human), 0) FROM response WHERE response_kind = 'click' AND link = $1"
    raw, human = plan.one(sql, [link.id])
    return int(raw), int(human)


def _link(plan: Plan, link: Link) -> Line:
    raw, human = _clicks(plan, link)
    silence = plan.silence(
        link.id, "SELECT occurred_us AS us FROM response WHERE response_kind = 'click' AND link = $1", [link.id]
    )
    standing = state_of(plan.state, link, plan.now_us)
    status = heard(plan, silence, ends=True)
    what = f"to {link.host}: {count(raw, 'click')}, {human:,} of people{ago(silence)}"
    remedy = None
    if standing != "live" and not plan.over:
        status, what = "missing", f"{what}; it leads nowhere ({standing})"
        remedy = (
            f"earnest link allow {link.host}"
            if standing == "host-not-allowed"
            else f"earnest link change {link.id} --enable, or --until TIME"
        )
    elif status in ("silent", "never"):
        remedy = f"Open it on a phone, and check it: earnest link check {link.id} --fetch"
    facts = {"clicks": raw, "human_clicks": human, "state": standing}
    return Line("link", status, what, link.id, remedy, last_of(plan, silence), expected=plan.due, facts=facts)


def coupons(plan: Plan) -> Lines:
    """Whether each of its coupons has codes and is redeemed."""
    if not plan.coupons:
        yield _no_coupon(plan)
        return
    bind_redeemed(plan.tables, plan.workspace)
    for coupon in plan.coupons:
        yield _coupon(plan, coupon)


def _no_coupon(plan: Plan) -> Line:
    if not plan.judged_by_return:
        return Line("coupon", "not-needed", f"a {plan.campaign.purpose} campaign needs no coupon")
    orders, named = plan.one("SELECT count(*), count(contact_key) FROM conversion")
    if not orders:
        what = "no order has come yet; if orders name their buyers, they find the campaign without a code"
        return Line("coupon", "not-needed", what)
    if named:
        return Line("coupon", "not-needed", "orders that name their buyers find the campaign without a code")
    what = "no coupon, and no order names its buyer: nothing would lead an order to this campaign"
    return Line("coupon", "missing", what, remedy=f"earnest coupon add NAME --campaign {plan.id} --code CODE")


def _coupon(plan: Plan, coupon: Coupon) -> Line:
    batches = plan.state.coupon_batches.get(coupon.id, [])
    codes = 1 if coupon.kind == "shared" else sum(batch.codes for batch in batches)
    if not codes:
        remedy = f"earnest coupon mint {coupon.id} --recipients FILE.csv, or earnest coupon import {coupon.id} FILE.csv"
        return Line("coupon", "missing", "it has no codes", coupon.id, remedy, facts={"codes": 0})
    counted = "FROM redeemed_order WHERE coupon = $1 AND standing <> 'cancelled'"
    orders, outside = plan.one(f"SELECT count(*), count(*) FILTER (WHERE standing = 'outside') {counted}", [coupon.id])
    silence = plan.silence(coupon.id, f"SELECT ordered_us AS us {counted}", [coupon.id])
    status = heard(plan, silence, ends=True)
    what = f"{count(codes, 'code')}, {count(int(orders), 'order')} with it, {int(outside):,} from outside the audience{ago(silence)}"
    advice = None
    if status in ("silent", "never"):
        advice = "Redeem it once in the shop, and see that orders tell their coupon (field coupon)."
    facts = {"codes": codes, "orders": int(orders), "outside": int(outside), "enabled": coupon.enabled}
    return Line("coupon", status, what, coupon.id, advice, last_of(plan, silence), expected=plan.due, facts=facts)


def surveys(plan: Plan) -> Lines:
    """Whether each of its surveys was sent out, takes answers and gets them."""
    names = dict.fromkeys(one.survey for one in plan.rounds)
    if "survey_answer" in plan.connected:
        bind_counted(plan.tables)
        sql = "SELECT DISTINCT survey FROM survey_counted WHERE campaign = $1 AND survey IS NOT NULL ORDER BY survey"
        names |= dict.fromkeys(str(survey) for (survey,) in plan.tables.con.execute(sql, [plan.id]).fetchall())
    if names:
        for name in names:
            yield _survey(plan, name, [one for one in plan.rounds if one.survey == name])
        return
    wanted = any("survey_answer" in kpi.needs for kpi in plan.kpis)
    if wanted or plan.campaign.purpose == "service":
        why = "its KPI counts answers" if wanted else "a service campaign is judged by what people thought of it"
        remedy = f"earnest survey add NAME --template csat, then earnest survey invite NAME --campaign {plan.id} …"
        yield Line("survey", "missing", f"nobody was asked anything; {why}", remedy=remedy)
    else:
        yield Line("survey", "not-needed", "none of its KPIs counts answers")


def _survey(plan: Plan, name: str, rounds: list[Round]) -> Line:
    asked = sum(one.asked for one in rounds)
    of = "FROM survey_counted WHERE survey = $1 AND campaign = $2"
    answered = plan.number(f"SELECT count(DISTINCT COALESCE(person_key, answer_key)) {of}", [name, plan.id])
    silence = plan.silence(name, f"SELECT at_us AS us {of}", [name, plan.id])
    status: Status = heard(plan, silence, ends=True)
    survey = plan.state.surveys.get(name)
    told = (
        f"{count(asked, 'person', 'people')} asked in {count(len(rounds), 'round')}"
        if rounds
        else "asked in its messages"
    )
    what = f"{told}, {answered:,} answered{ago(silence)}"
    advice: str | None = None
    if survey is not None and not survey.open_at(plan.now_us) and not plan.over:
        status, what = "missing", f"{what}; it takes no answers any more"
        advice = f"earnest survey add {name} --replace … (its next version is open)"
    elif status in ("silent", "never"):
        advice = f"Open an invitation on a phone, and see that the messages carry it: earnest survey show {name}"
    facts = {"asked": asked, "answered": answered, "rounds": len(rounds)}
    return Line("survey", status, what, name, advice, last_of(plan, silence), expected=plan.due, facts=facts)


SENDS = (messages, links, coupons, surveys)
"""In the order they are printed."""
