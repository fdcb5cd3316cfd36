"""Checklist lines of what must come in beside a campaign: visits, orders, replies and opt-outs, costs, the hold-out, the goal."""

from __future__ import annotations

from earnest.definitions.experiment import Experiment
from earnest.kernel.money import Money
from earnest.kernel.period import moment_of
from earnest.kernel.words import count
from earnest.usecases.checklist_line import Line, Lines, ago, heard, last_of
from earnest.usecases.plan import OF_CAMPAIGN, Plan
from earnest.usecases.sessions import campaign_sessions

VISITS = ("site", "ga4", "matomo", "posthog")
"""Channels that tell of visits."""


def visits(plan: Plan) -> Lines:
    """Whether the landing page tells of visits."""
    counts = campaign_sessions(plan.tables, plan.id)
    told = plan.silence("visits", "SELECT occurred_us AS us FROM event_session")
    names = [one.name for one in plan.state.sources.values() if one.enabled and one.channel in VISITS]
    names += sorted({one.kind for one in plan.state.active_imports if one.kind in (*VISITS, "sessions")})
    if not names and told.silent_us is None:
        if not plan.judged_by_return or not plan.links:
            yield Line("visits", "not-needed", "it has no link of ours that leads to a page")
            return
        what = "nothing tells of visits, so nobody knows what became of a click"
        remedy = "Put the snippet on the page: earnest source add NAME --as site --origin https://…"
        yield Line("visits", "missing", what, remedy=remedy)
        return
    status = heard(plan, told, ends=False)
    words = f"{count(counts.sessions, 'visit')} of this campaign, {counts.with_click:,} by our links, {count(counts.orders, 'order')} in them"
    what = f"{words}; any visit{ago(told) or ': none yet'}"
    advice = None
    if status in ("silent", "never"):
        advice = "Open the page with the snippet, accept its consent banner, and look: earnest session list"
    yield Line(
        "visits", status, what, remedy=advice, last_us=last_of(plan, told), expected=plan.due and bool(plan.links),
        facts=counts.to_json() | {"sources": names},
    )  # fmt: skip


def orders(plan: Plan) -> Lines:
    """Whether orders come in, and how many are of people it was sent to."""
    wanted = plan.judged_by_return or any("order" in kpi.needs for kpi in plan.kpis)
    silence = plan.silence("orders", "SELECT ordered_us AS us FROM conversion")
    if "order" not in plan.connected and silence.silent_us is None:
        if not wanted:
            yield Line("orders", "not-needed", f"a {plan.campaign.purpose} campaign is not judged by orders")
            return
        remedy = (
            "earnest source add NAME --as shopify (or woocommerce, stripe …), or earnest import run FILE --as orders"
        )
        yield Line("orders", "missing", "nothing connected tells of orders", remedy=remedy)
        return
    of_audience = plan.number(
        "SELECT count(*) FROM conversion AS v JOIN (SELECT m.contact_key, min(m.send_us) AS send_us"
        f" {OF_CAMPAIGN} GROUP BY m.contact_key) AS a ON v.contact_key = a.contact_key AND v.ordered_us >= a.send_us"
        " WHERE v.cancelled = 0",
        [plan.id],
    )
    status = heard(plan, silence, ends=False)
    what = f"{count(of_audience, 'order')} of its audience since the send; any order{ago(silence) or ': none yet'}"
    advice = None
    if status in ("silent", "never"):
        advice = "Import the newest orders, or see what became of the webhook: earnest doctor gaps"
    yield Line(
        "orders", status, what, remedy=advice, last_us=last_of(plan, silence), expected=plan.due,
        facts={"of_audience": of_audience},
    )  # fmt: skip


def answers(plan: Plan) -> Lines:
    """Whether replies and opt-outs are told: who wants to leave must be heard."""
    missing = [word for kind, word in (("reply", "replies"), ("opt", "opt-outs")) if kind not in plan.connected]
    m = plan.measured.measures
    silence = plan.silence(
        "answers", "SELECT occurred_us AS us FROM response WHERE response_kind IN ('reply', 'opt_out', 'opt_in')"
    )
    what = f"{m['replied']:,} replied, {m['opted_out']:,} opted out; any answer{ago(silence) or ': none yet'}"
    last, facts = last_of(plan, silence), {"replied": m["replied"], "opted_out": m["opted_out"]}
    if missing:
        what = f"nothing connected tells of {' or '.join(missing)}"
        remedy = "Connect the provider's webhooks (earnest source add), or map replied_at and opted_out_at."
        yield Line("answers", "missing", what, remedy=remedy, last_us=last, facts=facts)
        return
    status = heard(plan, silence, ends=False)
    advice = "Write STOP to the number yourself, and see that it arrives here." if status != "live" else None
    yield Line("answers", status, what, remedy=advice, last_us=last, facts=facts)


def cost(plan: Plan) -> Lines:
    """Whether its messages have prices and its other costs are told."""
    found, delivered = plan.measured.cost, plan.measured.measures["delivered"]
    total = Money.from_micro(max(0, found.micro), plan.state.currency)
    lines = count(len(found.lines), "cost line")
    facts = {"cost": total.to_json(), "lines": len(found.lines), "unpriced": found.unrated}
    if found.unrated:
        what = f"{found.unrated:,} of {delivered:,} delivered messages have no price; {lines} besides"
        remedy = f"Map the messages' cost, or add the bill: earnest cost add --campaign {plan.id} --kind messaging --covers messaging …"
        yield Line("cost", "missing", what, remedy=remedy, facts=facts)
    elif found.lines:
        yield Line(
            "cost", "live", f"{total.decimal:,f} {total.currency} in {lines}; no message without a price", facts=facts
        )
    elif delivered:
        what = "all of its messages are free, and no other cost is told"
        yield Line("cost", "live", what, facts=facts)
    elif plan.judged_by_return:
        remedy = f"earnest cost add --campaign {plan.id} --kind content --amount … --from YYYY-MM-DD"
        yield Line("cost", "never", "no message yet that has a price, and no cost line", remedy=remedy, facts=facts)
    else:
        yield Line("cost", "not-needed", f"a {plan.campaign.purpose} campaign is not judged by its return", facts=facts)


def holdout(plan: Plan) -> Lines:
    """Whether somebody is held out by chance, and whether the experiment was read."""
    experiment = plan.experiment
    if experiment is None:
        if not plan.judged_by_return:
            yield Line("hold-out", "not-needed", f"a {plan.campaign.purpose} campaign is not judged by its return")
            return
        remedy = (
            f"earnest experiment add {plan.id}-test --campaign {plan.id} --arm treatment=0.9 --arm holdout=0.1"
            " --control holdout --window-days 14 --read-out YYYY-MM-DD"
        )
        what = "nobody is held out by chance, so nobody can say what would have come anyway"
        yield Line("hold-out", "missing", what, remedy=remedy)
        return
    yield _experiment(plan, experiment)


def _experiment(plan: Plan, experiment: Experiment) -> Line:
    rows = plan.tables.con.execute(
        "SELECT arm, count(DISTINCT contact_key), max(occurred_us) FROM event_assignment WHERE experiment = $1 GROUP BY arm ORDER BY arm",
        [experiment.id],
    ).fetchall()
    arms = {str(arm): int(units) for arm, units, _ in rows}
    readings = plan.state.readings.get(experiment.id, [])
    facts = {"arms": arms, "read": len(readings), "read_out": experiment.read_out.isoformat()}
    if not rows:
        remedy = f"earnest import run groups.csv --as assignments --map experiment=={experiment.id}"
        what = f"nobody is assigned to its {len(experiment.arms)} arms yet; to be read on {experiment.read_out}"
        return Line(
            "hold-out", "never", what, experiment.id, remedy, expected=plan.last_send_us is not None, facts=facts
        )
    told = ", ".join(f"{arm} {units:,}" for arm, units in arms.items())
    if readings:
        read = f"read on {moment_of(readings[-1].as_of_us):%Y-%m-%d}"
    elif plan.now_us >= experiment.read_out_us(plan.state.timezone):
        read = f"can be read since {experiment.read_out}: earnest campaign show {plan.id}"
    else:
        read = f"to be read on {experiment.read_out}"
    lacking = sorted(set(experiment.shares) - set(arms))
    if lacking:
        remedy = f"Import who is in {', '.join(lacking)}: without them there is nothing to compare."
        return Line(
            "hold-out", "missing", f"{told}; nobody in {', '.join(lacking)}", experiment.id, remedy, facts=facts
        )
    return Line("hold-out", "live", f"{told}; {read}", experiment.id, last_us=max(us for _, _, us in rows), facts=facts)


def goal(plan: Plan) -> Lines:
    """Whether the KPI that counts most has a goal."""
    primary = plan.campaign.primary_kpi
    aims = [f"{one.kpi} {one.aim} by {one.by}" for one in plan.goals]
    facts = {"goals": len(plan.goals), "primary_kpi": primary}
    if plan.goals and (primary is None or any(one.kpi == primary for one in plan.goals)):
        yield Line("goal", "live", "; ".join(aims), facts=facts)
        return
    what = (
        "nobody has said what it is to reach"
        if not aims
        else f"its primary KPI {primary} has no goal; {'; '.join(aims)}"
    )
    remedy = f"earnest goal set {plan.id} {primary or 'KPI'} --target … --by YYYY-MM-DD"
    yield Line("goal", "missing", what, remedy=remedy, facts=facts)


FEEDS = (visits, orders, answers, cost, holdout, goal)
"""In the order they are printed."""
