"""The state of a workspace at a moment: a fold over its journal entries, oldest first.

Each entry kind has one small function that returns the next state; an entry kind of the future is an error that names
the version needed, never skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from earnest.definitions.account import Account
from earnest.definitions.campaign import Campaign
from earnest.definitions.coupon import CodeBatch, Coupon
from earnest.definitions.experiment import Experiment
from earnest.definitions.goal import Goal
from earnest.definitions.link import Link
from earnest.definitions.segment import SegmentRule
from earnest.definitions.setting import SETTINGS, DatedValue, in_force
from earnest.definitions.source import Source, built_in
from earnest.definitions.survey import Round, Survey
from earnest.definitions.survey_tags import Tagging
from earnest.journal.log import Entry
from earnest.kernel.declared import check_known, look_up
from earnest.kernel.errors import EnvironmentProblem, NotFound, UsageError
from earnest.kernel.period import parse_day
from earnest.warehouse.segments import Segment


@dataclass(frozen=True, slots=True)
class Import:
    """One imported file: what was read, how, and what became of it."""

    seq: int
    received_us: int
    file: str
    file_hash: str
    kind: str
    mapping: dict[str, Any]
    counts: dict[str, Any]
    segments: tuple[Segment, ...]
    quarantine: str | None
    undone_us: int | None = None


@dataclass(frozen=True, slots=True)
class CostEntry:
    """A cost line written by hand (`earnest cost add`)."""

    seq: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CardImport:
    """A rate card of the workspace's own, in the columns of the built-in card."""

    seq: int
    name: str
    rows: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Reading:
    """A recorded read of an experiment: when, the moments of each arm, and why it was read again."""

    seq: int
    experiment: str
    as_of_us: int
    arms: dict[str, dict[str, Any]]
    reason: str | None


@dataclass(frozen=True, slots=True)
class LinkDecision:
    """What somebody decided about the evidence that two identities are one person.

    Args:
        one, other: contact keys, the smaller first. together: False cuts their direct link, True is a link made by hand.
        reason: in words. A later decision about the same two takes its place.
    """

    seq: int
    received_us: int
    one: int
    other: int
    together: bool | None
    reason: str


@dataclass(slots=True)
class State:
    """Everything declared, as of some moment."""

    currency: str = ""
    timezone: str = "UTC"
    settings: dict[str, list[DatedValue]] = field(default_factory=dict)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    experiments: dict[str, Experiment] = field(default_factory=dict)
    segments: dict[str, list[SegmentRule]] = field(default_factory=dict)
    imports: dict[int, Import] = field(default_factory=dict)
    costs: list[CostEntry] = field(default_factory=list)
    accounts: dict[str, Account] = field(default_factory=dict)
    cards: list[CardImport] = field(default_factory=list)
    readings: dict[str, list[Reading]] = field(default_factory=dict)
    mappings: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    source_versions: dict[str, list[tuple[int, Source]]] = field(default_factory=dict)
    link_decisions: list[LinkDecision] = field(default_factory=list)
    links: dict[str, Link] = field(default_factory=dict)
    link_hosts: tuple[str, ...] = ()
    coupons: dict[str, Coupon] = field(default_factory=dict)
    coupon_batches: dict[str, list[CodeBatch]] = field(default_factory=dict)
    surveys: dict[str, Survey] = field(default_factory=dict)
    rounds: dict[int, Round] = field(default_factory=dict)
    tagging: dict[str, Tagging] = field(default_factory=dict)
    goals: dict[tuple[str, str], list[Goal]] = field(default_factory=dict)
    last_seq: int = 0

    @property
    def active_imports(self) -> list[Import]:
        """Imports that count: journalled and not undone, oldest first."""
        return [one for one in self.imports.values() if one.undone_us is None]

    def setting(self, name: str, day: date) -> str | None:
        """A setting's value on a day, or its default."""
        value = in_force(self.settings.get(name, []), day)
        return value if value is not None else SETTINGS[name].default

    def margin(self, day: date) -> Decimal | None:
        """Gross margin in force on a day, or None."""
        value = self.setting("margin", day)
        return Decimal(value) if value is not None else None

    def source_at(self, name: str, seq: int) -> Source | None:
        """A source as it was declared when entry `seq` was received; None if it was not yet. Earnest's own always are."""
        if (own := built_in(name)) is not None:
            return own
        return next((one for since, one in reversed(self.source_versions.get(name, [])) if since < seq), None)

    def source(self, name: str) -> Source | None:
        """A source as it is declared now, or one of Earnest's own; None if there is none."""
        return built_in(name) or self.sources.get(name)

    def find_source(self, name: str) -> Source:
        """Look up a source.

        Raises:
            NotFound: `no-such-source`.
        """
        return look_up(
            self.sources, name, what="source", hint="See `earnest source list`.", refusal=(NotFound, "no-such-source")
        )

    def experiment_of(self, campaign: str) -> Experiment | None:
        """The experiment of a campaign, if there is one."""
        return next((e for e in self.experiments.values() if e.campaign == campaign), None)

    def find_experiment(self, name: str) -> Experiment:
        """Look up an experiment.

        Raises:
            NotFound: `no-such-experiment`.
        """
        refusal = NotFound, "no-such-experiment"
        return look_up(
            self.experiments, name, what="experiment", hint="See `earnest experiment list`.", refusal=refusal
        )

    def check_campaign(self, name: str) -> None:
        """Refuse a campaign that nobody declared.

        Raises:
            UsageError: `no-such-campaign`.
        """
        hint = f"Declare it first: earnest campaign add {name}"
        check_known(self.campaigns, name, what="campaign", hint=hint, refusal=(UsageError, "no-such-campaign"))


def fold(entries: Iterable[Entry], onto: State | None = None) -> State:
    """Fold journal entries into a state.

    Args:
        onto: the state of all entries before these. It stays as it is.

    Raises:
        EnvironmentProblem: `journal-newer`.
    """
    state = State() if onto is None else _copy(onto)
    for entry in entries:
        if entry.kind not in _FOLDS:
            raise EnvironmentProblem(
                "journal-newer",
                f"entry {entry.seq} is of kind '{entry.kind}', which this version does not know",
                hint="Upgrade Earnest.",
            )
        _FOLDS[entry.kind](state, entry, entry.data)
        state.last_seq = entry.seq
    return state


def _copy(state: State) -> State:
    """The same with containers of its own; what is in them is never changed and is shared."""
    return State(**{one.name: _own(getattr(state, one.name)) for one in fields(state)})


def _own(value: Any) -> Any:
    if isinstance(value, list):
        return value.copy()
    if not isinstance(value, dict):
        return value
    if isinstance(next(iter(value.values()), None), list):
        return {key: one.copy() for key, one in value.items()}
    return value.copy()


def _created(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    state.currency, state.timezone = body["currency"], body["timezone"]


def _setting(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    state.settings.setdefault(body["name"], []).append(DatedValue(body["value"], parse_day(body["from"])))


def _campaign(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    state.campaigns[body["id"]] = Campaign.from_json(body)


def _experiment(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    state.experiments[body["id"]] = Experiment.from_json(body)


def _segment(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    state.segments.setdefault(body["id"], []).append(SegmentRule.from_json(body))


def _import(state: State, entry: Entry, body: dict[str, Any]) -> None:
    segments = tuple(Segment(**one) for one in body["segments"])
    state.imports[entry.seq] = Import(
        entry.seq,
        entry.received_us,
        body["file"],
        body["file_hash"],
        body["kind"],
        body["mapping"],
        body["counts"],
        segments,
        body["quarantine"],
    )


def _undo(state: State, entry: Entry, body: dict[str, Any]) -> None:
    state.imports[body["import"]] = replace(state.imports[body["import"]], undone_us=entry.received_us)


def _mapping(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    state.mappings[body["name"]] = body


def _cost(state: State, entry: Entry, body: dict[str, Any]) -> None:
    state.costs.append(CostEntry(entry.seq, body))


def _account(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    state.accounts[body["id"]] = Account.from_json(body)


def _card(state: State, entry: Entry, body: dict[str, Any]) -> None:
    state.cards.append(CardImport(entry.seq, body["name"], body["rows"]))


def _card_withdrawn(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    state.cards = [card for card in state.cards if card.name != body["name"]]


def _reading(state: State, entry: Entry, body: dict[str, Any]) -> None:
    reading = Reading(entry.seq, body["experiment"], body["as_of_us"], body["arms"], body.get("reason"))
    state.readings.setdefault(body["experiment"], []).append(reading)


def _source(state: State, entry: Entry, body: dict[str, Any]) -> None:
    source = Source.from_json(body)
    state.sources[source.name] = source
    state.source_versions.setdefault(source.name, []).append((entry.seq, source))


def _link_decided(state: State, entry: Entry, body: dict[str, Any]) -> None:
    one, other = sorted((int(body["one"]), int(body["other"])))
    told = LinkDecision(entry.seq, entry.received_us, one, other, body["together"], str(body["reason"]))
    state.link_decisions.append(told)


def _link(state: State, entry: Entry, body: dict[str, Any]) -> None:
    link = Link.from_json(body)
    before = state.links.get(link.id)
    since = before.disabled_us if before is not None and before.disabled_us is not None else entry.received_us
    state.links[link.id] = link if link.enabled else replace(link, disabled_us=since)


def _link_hosts(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    state.link_hosts = tuple(body["hosts"])


def _survey(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    survey = Survey.from_json(body)
    state.surveys[survey.id] = survey


def _round(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    known = state.rounds.get(body["number"])
    state.rounds[body["number"]] = Round.from_json(body) if known is None else known.and_(body)


def _tagged(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    state.tagging[body["survey"]] = state.tagging.get(body["survey"], Tagging()).and_(body)


def _coupon(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    coupon = Coupon.from_json(body)
    state.coupons[coupon.id] = coupon


def _coupon_codes(state: State, entry: Entry, body: dict[str, Any]) -> None:
    batch = CodeBatch(entry.seq, entry.received_us, **body)
    state.coupon_batches.setdefault(batch.coupon, []).append(batch)


def _goal(state: State, entry: Entry, body: dict[str, Any]) -> None:
    goal = Goal.from_json(body, set_us=entry.received_us)
    state.goals.setdefault((goal.campaign, goal.kpi), []).append(goal)


def _noted(_state: State, _entry: Entry, _body: dict[str, Any]) -> None:
    """Kept for the record alone: who was given access, what was backed up."""


_FOLDS: dict[str, Callable[[State, Entry, dict[str, Any]], None]] = {
    "workspace.created": _created,
    "setting.set": _setting,
    "campaign.set": _campaign,
    "experiment.set": _experiment,
    "segment.set": _segment,
    "import.file": _import,
    "import.undone": _undo,
    "mapping.saved": _mapping,
    "cost.added": _cost,
    "experiment.read": _reading,
    "account.set": _account,
    "card.imported": _card,
    "card.withdrawn": _card_withdrawn,
    "source.set": _source,
    "identity.decided": _link_decided,
    "link.set": _link,
    "link.hosts": _link_hosts,
    "survey.set": _survey,
    "survey.round": _round,
    "survey.tag": _tagged,
    "coupon.set": _coupon,
    "coupon.codes": _coupon_codes,
    "goal.set": _goal,
    "received.replayed": _import,
    "access.changed": _noted,
    "backup.created": _noted,
    "backup.restored": _noted,
}
