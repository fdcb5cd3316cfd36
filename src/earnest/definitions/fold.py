"""Folding journal entries into a state, oldest first.

Each entry kind has one small function that brings the state on; an entry kind of the future is an error that names the
version needed, never skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from typing import Any

from earnest.definitions.account import Account
from earnest.definitions.allocation import Allocation
from earnest.definitions.campaign import Campaign
from earnest.definitions.coupon import CodeBatch, Coupon
from earnest.definitions.experiment import Experiment
from earnest.definitions.fx import FxRate
from earnest.definitions.goal import Goal
from earnest.definitions.link import Link
from earnest.definitions.quality import Capture, Exclusion
from earnest.definitions.report_fold import REPORT_FOLDS
from earnest.definitions.sample_fold import SAMPLE_FOLDS
from earnest.definitions.segment import SegmentRule
from earnest.definitions.setting import DatedValue
from earnest.definitions.source import Source
from earnest.definitions.state import CardImport, CostEntry, CostReversal, Import, LinkDecision, Reading, State
from earnest.definitions.survey import Round, Survey
from earnest.definitions.survey_tags import Tagging
from earnest.journal.log import Entry
from earnest.kernel.errors import EnvironmentProblem
from earnest.kernel.period import parse_day
from earnest.warehouse.segments import Segment


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
        by=body.get("by", ""),
    )


def _undo(state: State, entry: Entry, body: dict[str, Any]) -> None:
    known = state.imports[body["import"]]
    state.imports[known.seq] = replace(known, undone_us=entry.received_us, undone_by=body.get("by", ""))


def _mapping(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    state.mappings[body["name"]] = body


def _cost(state: State, entry: Entry, body: dict[str, Any]) -> None:
    state.costs.append(CostEntry(entry.seq, body, entry.received_us, entry.source))


def _cost_reversed(state: State, entry: Entry, body: dict[str, Any]) -> None:
    state.cost_reversals.append(CostReversal(entry.seq, entry.received_us, entry.source, **body))


def _allocated(state: State, entry: Entry, body: dict[str, Any]) -> None:
    state.allocations[entry.seq] = Allocation.from_json(body, seq=entry.seq, applied_us=entry.received_us)


def _allocation_withdrawn(state: State, entry: Entry, body: dict[str, Any]) -> None:
    rule = state.allocations[body["allocation"]]
    state.allocations[rule.seq] = replace(rule, withdrawn_us=entry.received_us)


def _fx(state: State, entry: Entry, body: dict[str, Any]) -> None:
    state.fx_rates.extend(FxRate.from_json(one, entry.seq) for one in body["rates"])


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


def _excluded(state: State, entry: Entry, body: dict[str, Any]) -> None:
    state.exclusions[entry.seq] = Exclusion.from_json(entry.seq, body)


def _included(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    state.exclusions.pop(body["exclusion"], None)


def _capture(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    told = Capture.from_json(body)
    state.captures[told.key] = told


def _benchmarks(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    state.benchmarks |= {row["benchmark_id"]: row for row in body["rows"]}


def _benchmark_withdrawn(state: State, _entry: Entry, body: dict[str, Any]) -> None:
    state.benchmarks.pop(body["benchmark_id"], None)


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
    "cost.reversed": _cost_reversed,
    "allocation.applied": _allocated,
    "allocation.withdrawn": _allocation_withdrawn,
    "fx.set": _fx,
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
    "benchmark.added": _benchmarks,
    "benchmark.withdrawn": _benchmark_withdrawn,
    "quality.excluded": _excluded,
    "quality.included": _included,
    "quality.capture": _capture,
    "received.replayed": _import,
    "access.changed": _noted,
    "backup.created": _noted,
    "backup.restored": _noted,
    **REPORT_FOLDS,
    **SAMPLE_FOLDS,
}
