"""earnest campaign add, list, show."""

from __future__ import annotations

import click

from earnest.cli.output import Output, shared


@click.group(name="campaign")
def group() -> None:
    """Campaigns: declare them, rank them by verdict, look at one."""


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
    from earnest.usecases.declare import add_campaign

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
    added = add_campaign(out.workspace(), campaign, replacing=replacing)
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


COMMANDS = {"campaign": group}
