"""Folding sample data into the state: begun, whole, taken out. Taken out, nothing it declared or imported counts any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from earnest.definitions.sample import BY, Sample
from earnest.definitions.state import State
from earnest.journal.log import Entry


def _began(state: State, entry: Entry, body: dict[str, Any]) -> None:
    state.sample = Sample.from_json(entry.seq, body)


def _whole(state: State, _entry: Entry, _body: dict[str, Any]) -> None:
    if state.sample is not None:
        state.sample = replace(state.sample, whole=True)


def _removed(state: State, entry: Entry, body: dict[str, Any]) -> None:
    sample, state.sample = state.sample, None
    if sample is None:
        return
    for one in [one for one in state.active_imports if one.by == BY]:
        state.imports[one.seq] = replace(one, undone_us=entry.received_us, undone_by=body.get("by", ""))
    for name in sample.campaigns:
        state.campaigns.pop(name, None)
    for name in sample.experiments:
        state.experiments.pop(name, None)
        state.readings.pop(name, None)
    for name in sample.accounts:
        state.accounts.pop(name, None)
    for name, dated in sample.settings:
        state.settings[name] = [one for one in state.settings.get(name, []) if one != dated]


SAMPLE_FOLDS: dict[str, Callable[[State, Entry, dict[str, Any]], None]] = {
    "sample.began": _began,
    "sample.whole": _whole,
    "sample.removed": _removed,
}
