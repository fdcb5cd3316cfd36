"""The state of a workspace at a moment: everything declared. `fold.py` makes it of journal entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from earnest.definitions.account import Account
from earnest.definitions.allocation import Allocation
from earnest.definitions.campaign import Campaign
from earnest.definitions.coupon import CodeBatch, Coupon
from earnest.definitions.experiment import Experiment
from earnest.definitions.fx import FxBook, FxRate
from earnest.definitions.goal import Goal
from earnest.definitions.link import Link
from earnest.definitions.quality import Capture, Exclusion
from earnest.definitions.report import Comment, Report, Share, Snapshot
from earnest.definitions.sample import Sample
from earnest.definitions.segment import SegmentRule
from earnest.definitions.setting import SETTINGS, DatedValue, in_force
from earnest.definitions.source import Source, built_in
from earnest.definitions.survey import Round, Survey
from earnest.definitions.survey_tags import Tagging
from earnest.kernel.declared import check_known, look_up
from earnest.kernel.errors import NotFound, UsageError
from earnest.warehouse.segments import Segment


@dataclass(frozen=True, slots=True)
class Import:
    """One imported file: what was read, how, and what became of it. `by`, `undone_by`: who; "" where nobody was named."""

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
    by: str = ""
    undone_by: str = ""


@dataclass(frozen=True, slots=True)
class CostEntry:
    """A cost line written by hand (`earnest cost add`): when and through which door."""

    seq: int
    body: dict[str, Any]
    posted_us: int = 0
    by: str = "user"


@dataclass(frozen=True, slots=True)
class CostReversal:
    """A posting that takes a cost line back; the line itself stays.

    Args:
        entry: the line written by hand, or None. event_key, content: the line of a file, and a digest of what it said: told
            again in other words, it is a new posting that stands.
    """

    seq: int
    posted_us: int
    by: str
    reason: str
    entry: int | None
    event_key: int | None
    content: str | None


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
    cost_reversals: list[CostReversal] = field(default_factory=list)
    allocations: dict[int, Allocation] = field(default_factory=dict)
    fx_rates: list[FxRate] = field(default_factory=list)
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
    benchmarks: dict[str, dict[str, str]] = field(default_factory=dict)
    exclusions: dict[int, Exclusion] = field(default_factory=dict)
    captures: dict[int, Capture] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    report_comments: dict[int, Comment] = field(default_factory=dict)
    report_snapshots: dict[int, Snapshot] = field(default_factory=dict)
    report_shares: dict[str, Share] = field(default_factory=dict)
    sample: Sample | None = None
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

    def fx(self, day: date) -> FxBook:
        """The exchange rates told, holding as long as the setting of a day says."""
        return FxBook(self.fx_rates, int(self.setting("fx_days", day) or 1))

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
