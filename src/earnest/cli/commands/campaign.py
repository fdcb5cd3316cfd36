"""earnest campaign add, list, show, check, lint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from earnest.cli.output import Output, shared
from earnest.kernel.words import count

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.usecases.checklist import Checklist
    from earnest.usecases.lint import Linted


@click.group(name="campaign")
def group() -> None:
    """Campaigns: declare them, check their tracking and plan, rank them by verdict, look at one."""


@group.command()
@click.argument("campaign_id", metavar="ID")
@click.option("--name", default=None, help="Name for people; default: ID.")
@click.option("--programme", default=None, help="Programme it belongs to.")
@click.option(
    "--purpose",
    default="marketing",
    show_default=True,
    help="marketing, sales, service or brand; the last two get no ROI verdict.",
)
@click.option("--funnel-stage", default=None, help="awareness, consideration, conversion, retention or advocacy.")
@click.option("--objective", default=None, help="What it is to achieve, in words.")
@click.option("--primary-kpi", default=None, help="KPI that counts most.")
@click.option(
    "--match",
    "matches",
    multiple=True,
    metavar="template=NAME|tag=NAME|column=VALUE",
    help="How its messages are recognised; may be repeated.",
)
@click.option("--replace", "replacing", is_flag=True, help="Change a campaign that is declared already.")
@shared
def add(out: Output, campaign_id: str, matches: tuple[str, ...], replacing: bool, **fields: str | None) -> None:
    """Declare campaign ID.

    A message finds its campaign by the callback id it carries, then the file's campaign column, then the match rules.
    """
    from earnest.definitions.campaign import FUNNEL_STAGES, PURPOSES, Campaign, match_rule, one_of
    from earnest.usecases.declare import add_campaign, messages_lost

    purpose = one_of(str(fields["purpose"]), PURPOSES, "purpose")
    stage = fields["funnel_stage"]
    campaign = Campaign(
        campaign_id,
        fields["name"] or campaign_id,
        fields["programme"],
        purpose,
        one_of(stage, FUNNEL_STAGES, "funnel stage") if stage else None,
        fields["objective"],
        fields["primary_kpi"],
        tuple(match_rule(text) for text in matches),
    )
    workspace = out.workspace()
    lost = messages_lost(workspace, campaign) if replacing else 0
    added = add_campaign(workspace, campaign, replacing=replacing)
    if lost:
        out.note(
            f"{count(lost, 'message')} matched it until now, and no longer do: --replace forgets every --match left out"
        )
    out.data(added.to_json(), lambda c: c.print(f"Campaign {campaign_id} ({purpose}) is declared.", markup=False))
    out.next(
        f"earnest experiment add {campaign_id}-test --campaign {campaign_id} --arm treatment=0.9"
        " --arm holdout=0.1 --control holdout --window-days 14 --read-out YYYY-MM-DD"
    )


@group.command(name="list")
@shared
def list_campaigns(out: Output) -> None:
    """Rank campaigns by verdict. Within one verdict, by the lower bound of what they contributed."""
    from earnest.cli.story import print_ranking
    from earnest.usecases.judge import judge_all
    from earnest.usecases.overview import overview

    workspace = out.workspace()
    with out.progress() as progress:
        stories = judge_all(workspace, progress=progress)
    totals = overview(workspace)
    data = {"campaigns": [story.to_json() for story in stories], "overview": totals.to_json()}
    out.data(data, lambda c: print_ranking(c, stories, totals))
    if stories:
        out.next(f"earnest report build {stories[0].campaign} --format html --out {stories[0].campaign}.html")
    else:
        out.next("earnest import run messages.csv --as messages")


@group.command()
@click.argument("campaign_id", metavar="ID")
@click.option("--as-of", default=None, metavar="TIME", help="Judge by what was known then (ISO 8601 with zone).")
@shared
def show(out: Output, campaign_id: str, as_of: str | None) -> None:
    """Show campaign ID: verdict, bridge, KPIs, cost, findings."""
    from earnest.cli.story import print_story
    from earnest.cli.times import instant
    from earnest.usecases.judge import judge

    with out.progress() as progress:
        story = judge(out.workspace(), campaign_id, as_of_us=instant(as_of), progress=progress)
    out.data(story.to_json(), lambda c: print_story(c, story))
    out.next(f"earnest report build {campaign_id} --format html --out {campaign_id}.html")


@group.command()
@click.argument("campaign_id", metavar="ID")
@shared
def check(out: Output, campaign_id: str) -> int:
    """Go through the tracking checklist of campaign ID.

    Before the send and after: messages, links, coupons, surveys, visits, orders, answers, cost, hold-out, goal: each live, silent,
    never heard, missing or not needed. Exit 1 if something is silent or missing, or was never heard a day after the send.
    """
    from earnest.usecases.checklist import check_tracking

    with out.progress() as progress:
        found = check_tracking(out.workspace(), campaign_id, progress=progress)
    out.data(found.to_json(), lambda c: _print_checklist(c, found))
    out.next(f"earnest campaign lint {campaign_id}")
    return 0 if found.complete else 1


@group.command()
@click.argument("campaign_id", metavar="ID")
@click.option("--against", "other", default=None, metavar="OTHER", help="Campaign it is to be compared with.")
@click.option(
    "--compare", nargs=2, default=None, metavar="FROM..TO FROM..TO", help="Two periods of it that are to be compared."
)
@click.option("--channel", default=None, help="Where its messages are to go, if none is sent yet: whatsapp, sms …")
@click.option("--strict", is_flag=True, help="Exit 1 for warnings too.")
@shared
def lint(
    out: Output,
    campaign_id: str,
    *,
    other: str | None,
    compare: tuple[str, str] | None,
    channel: str | None,
    strict: bool,
) -> int:
    """Look for what is wrong with the plan of campaign ID.

    Best before money is spent on it: goals, KPIs that cannot be measured, too few people for the hold-out, links, coupons, surveys,
    ambiguous messages; and whether it can be compared at all: equal days, both over, the same definitions. Exit 1 if there is
    an error.
    """
    from earnest.definitions.days import Days
    from earnest.usecases.lint import lint as look

    days = (Days.read(compare[0]), Days.read(compare[1])) if compare else None
    with out.progress() as progress:
        found = look(out.workspace(), campaign_id, other=other, days=days, channel=channel, progress=progress)
    out.data(found.to_json(), lambda c: _print_lint(c, found))
    return 0 if found.sound(strict=strict) else 1


def _print_checklist(console: Console, found: Checklist) -> None:
    phases = {"planned": "nothing is sent yet", "sent": "sent, and something may still come", "over": "over"}
    console.print(f"{found.campaign}: {phases[found.phase]}", markup=False)
    for line in found.lines:
        status = line.status.upper().replace("-", " ")
        if line.status == "silent":
            status = f"SILENT SINCE {str(line.to_json()['silent_since'])[:16].replace('T', ' ')} UTC"
        console.print(f"{status}  {line.title}: {line.what}", markup=False)
        if line.remedy:
            console.print(f"  remedy: {line.remedy}", markup=False, soft_wrap=True)
    failing = sum(line.failing for line in found.lines)
    words = f"{count(len(found.lines), 'line')}: "
    console.print(words + (f"{failing} to see to" if failing else "nothing to see to"), markup=False)


def _print_lint(console: Console, found: Linted) -> None:
    for one in found.problems:
        console.print(f"{one.level.upper()} {one.code}: {one.what}", markup=False)
        console.print(f"  {one.why}", markup=False)
        console.print(f"  remedy: {one.remedy}", markup=False, soft_wrap=True)
    errors = sum(one.level == "error" for one in found.problems)
    against = f" (compared: {found.compared})" if found.compared else ""
    told = f"{count(errors, 'error')}, {count(len(found.problems) - errors, 'warning')}"
    words = f"{found.checked} rules{against}: {told}"
    console.print(words if found.problems else f"{found.checked} rules{against}: all well", markup=False)


COMMANDS = {"campaign": group}
