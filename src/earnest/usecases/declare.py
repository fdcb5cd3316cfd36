"""Declare settings, campaigns, segments and experiments: each a journal entry, so that all of it is dated and can be audited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from earnest.definitions.account import Account
from earnest.definitions.campaign import Campaign, Label, check_id, recognise
from earnest.definitions.experiment import Experiment
from earnest.definitions.segment import SegmentRule, comparison, predicate
from earnest.definitions.setting import setting
from earnest.kernel.declared import look_up
from earnest.kernel.errors import Conflict, NotFound, UsageError
from earnest.kpis.catalogue import find as find_kpi
from earnest.usecases.tables import Tables, build, open_tables
from earnest.usecases.workspace import Workspace

KPI_SETTINGS = ("headline_kpis", "secondary_kpis")
"""Settings that name KPIs, by id or synonym."""


def set_setting(workspace: Workspace, name: str, value: str, since: date | None) -> str:
    """Set a dated setting; returns its canonical value.

    Raises:
        UsageError: `unknown-setting`, `bad-setting`. NotFound: `no-such-kpi`.
    """
    entry = setting(name)
    canonical = entry.read(value)
    if name in KPI_SETTINGS:
        canonical = entry.read(",".join(find_kpi(one).id for one in canonical.split(", ")))
    day = since or workspace.today(workspace.state())
    workspace.record("setting.set", {"name": name, "value": canonical, "from": day.isoformat()})
    if name.startswith("lookback"):
        build(workspace)
    return canonical


def add_campaign(workspace: Workspace, campaign: Campaign, *, replacing: bool = False) -> Campaign:
    """Declare a campaign.

    Raises:
        UsageError: `bad-id`, `no-such-kpi`. Conflict: `campaign-exists`.
    """
    check_id(campaign.id, "a campaign")
    if campaign.primary_kpi is not None:
        campaign = replace(campaign, primary_kpi=find_kpi(campaign.primary_kpi).id)
    if campaign.id in workspace.state().campaigns and not replacing:
        raise Conflict(
            "campaign-exists", f"campaign '{campaign.id}' is declared already", hint="Give --replace to change it."
        )
    workspace.record("campaign.set", campaign.to_json())
    return campaign


def messages_lost(workspace: Workspace, campaign: Campaign) -> int:
    """Messages that match rules have given to a campaign, and that would not be its own if it were declared so: for a warning."""
    state = workspace.state()
    before = state.campaigns.get(campaign.id)
    if before is None or set(before.match) <= set(campaign.match):
        return 0
    wanted = state.campaigns | {campaign.id: campaign}
    with open_tables(workspace) as tables:
        rows = tables.con.execute(
            "SELECT e.label_key, any_value(e.channel), any_value(e.callback), any_value(e.campaign), any_value(e.template), any_value(e.tag),"
            " any_value(e.category), any_value(n.messages) FROM event_label AS e JOIN label_campaign AS l ON e.label_key = l.label_key"
            " JOIN (SELECT label_key, count(*) AS messages FROM message GROUP BY label_key) AS n ON n.label_key = l.label_key"
            " WHERE l.campaign = $1 GROUP BY e.label_key",
            [campaign.id],
        ).fetchall()
    return sum(int(row[-1]) for row in rows if recognise(Label(*row[:-1]), wanted).campaign != campaign.id)


def add_account(workspace: Workspace, account: Account, *, replacing: bool = False) -> Account:
    """Declare a billed account: its zone, currency and portfolio decide its months, its card and its volume tiers.

    Raises:
        UsageError: `bad-id`, `unknown-timezone`, `unknown-currency`. Conflict: `account-exists`.
    """
    if account.id in workspace.state().accounts and not replacing:
        raise Conflict(
            "account-exists", f"account '{account.id}' is declared already", hint="Give --replace to change it."
        )
    workspace.record("account.set", account.to_json())
    return account


def add_experiment(workspace: Workspace, experiment: Experiment, *, replacing: bool = False) -> Experiment:
    """Declare an experiment on a campaign. After its figures have been read its design stands.

    Raises:
        UsageError: `bad-id`, `no-such-campaign`. Conflict: `experiment-exists`, `experiment-read`, `campaign-has-experiment`.
    """
    check_id(experiment.id, "an experiment")
    state = workspace.state()
    state.check_campaign(experiment.campaign)
    if experiment.id in state.experiments and not replacing:
        raise Conflict(
            "experiment-exists",
            f"experiment '{experiment.id}' is declared already",
            hint="Give --replace to change it.",
        )
    if state.readings.get(experiment.id):
        raise Conflict(
            "experiment-read",
            f"experiment '{experiment.id}' has been read; its design stands",
            hint="Declare a new experiment.",
        )
    if (
        experiment.id in state.experiments
        and state.experiments[experiment.id] != experiment
        and _has_started(workspace, experiment.id)
    ):
        raise Conflict(
            "experiment-started",
            f"units are assigned to experiment '{experiment.id}'; its design stands",
            hint="Undo the import of the assignments first (both stay in the journal), or declare a new experiment.",
        )
    other = state.experiment_of(experiment.campaign)
    if other is not None and other.id != experiment.id:
        raise Conflict(
            "campaign-has-experiment",
            f"campaign '{experiment.campaign}' has experiment '{other.id}' already",
            hint="One experiment judges a campaign.",
        )
    workspace.record("experiment.set", experiment.to_json())
    return experiment


def _has_started(workspace: Workspace, experiment: str) -> bool:
    with open_tables(workspace) as tables:
        row = tables.con.execute("SELECT count(*) FROM event_assignment WHERE experiment = $1", [experiment]).fetchone()
    assert row is not None
    return bool(row[0])


def add_segment(workspace: Workspace, name: str, title: str, rules: tuple[str, ...]) -> SegmentRule:
    """Declare a segment, or a new version of it; earlier versions stay.

    Raises:
        UsageError: `bad-id`, `bad-rule`.
    """
    check_id(name, "a segment")
    if not rules:
        raise UsageError("bad-rule", "a segment needs at least one rule", hint="Give --rule country=DE.")
    versions = workspace.state().segments.get(name, [])
    segment = SegmentRule(name, title, tuple(comparison(text) for text in rules), len(versions) + 1)
    workspace.record("segment.set", segment.to_json())
    return segment


@dataclass(frozen=True, slots=True)
class SegmentCounts:
    """A segment now and at the sends: contacts that match today, messages whose contact matched when they were sent."""

    segment: SegmentRule
    versions: int
    contacts_now: int
    messages: int
    delivered: int
    was_read: int


def show_segment(workspace: Workspace, name: str) -> SegmentCounts:
    """Count a segment: attributes as of now, and as of each message's send.

    Raises:
        NotFound: `no-such-segment`.
    """
    with open_tables(workspace) as tables:
        refusal, hint = (NotFound, "no-such-segment"), "See `earnest segment list`."
        versions = look_up(tables.state.segments, name, what="segment", hint=hint, refusal=refusal)
        segment = versions[-1]
        bind_attributes(tables)
        now, parameters = segment_members(segment, str(tables.as_of_us), None)
        row = tables.con.execute(f"SELECT count(*) FROM ({now})", parameters).fetchone()
        at_send, send_parameters = segment_members(segment, "m.send_us", "message")
        counts = tables.con.execute(
            f"SELECT count(*), count(m.delivered_us), count(m.read_us) FROM message AS m SEMI JOIN ({at_send}) AS s ON m.message_key = s.k",
            send_parameters,
        ).fetchone()
    assert row is not None
    assert counts is not None
    return SegmentCounts(segment, len(versions), int(row[0]), int(counts[0]), int(counts[1]), int(counts[2]))


def bind_attributes(tables: Tables) -> None:
    """Make temp table `attribute(contact_key, attribute, value, occurred_us, event_key)`: what is told of persons, each telling once."""
    tables.con.execute(
        "CREATE OR REPLACE TEMP TABLE attribute AS SELECT COALESCE(i.person_key, e.contact_key) AS contact_key, e.attribute, e.value, e.occurred_us,"
        " max(e.event_key) AS event_key FROM event_contact AS e LEFT JOIN identity AS i ON e.contact_key = i.contact_key GROUP BY ALL"
    )


def segment_members(segment: SegmentRule, as_of: str, of: str | None) -> tuple[str, list[str]]:
    """Keys for which every rule holds, by the attribute values valid at `as_of` (contacts now, or messages at their send)."""
    key, source = (
        ("m.message_key", "FROM message AS m JOIN attribute AS a ON m.contact_key = a.contact_key")
        if of
        else ("a.contact_key", "FROM attribute AS a")
    )
    parts, parameters = [], []
    for rule in segment.rules:
        condition, values = predicate(rule)
        parts.append(
            f"SELECT k FROM (SELECT {key} AS k, a.value AS value, row_number() OVER (PARTITION BY {key} ORDER BY a.occurred_us DESC, a.event_key DESC) AS place"
            f" {source} WHERE a.attribute = ? AND a.occurred_us <= {as_of}) WHERE place = 1 AND {condition}"
        )
        parameters += [rule.attribute, *values]
    return " INTERSECT ".join(parts), parameters
