"""The rules a report was told by, as data: settings, definitions, what was imported and declared. Kept in its snapshots, so that two of
them can say why a figure differs, and in its evidence pack.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import earnest
from earnest.definitions.state import State
from earnest.kpis.catalogue import find as find_kpi
from earnest.usecases.tables import Tables
from earnest.verdict.story import CampaignStory


def rules_of(tables: Tables, stories: Sequence[CampaignStory]) -> dict[str, Any]:
    """What was in force for these campaigns, as JSON values."""
    state, names = tables.state, [story.campaign for story in stories]
    experiments = [one for one in state.experiments.values() if one.campaign in names]
    return {
        "version": earnest.__version__,
        "generation": tables.manifest.generation,
        "last_entry": state.last_seq,
        "currency": state.currency,
        "timezone": state.timezone,
        "settings": _settings(state),
        "campaigns": {name: state.campaigns[name].to_json() for name in names if name in state.campaigns},
        "experiments": {one.id: one.to_json() for one in experiments},
        "definitions": {line.kpi: _definition(line.kpi) for story in stories for line in story.kpis},
        "imports": [_import(one.seq, one.kind, one.file, one.file_hash) for one in state.active_imports],
        "received_until": int(tables.manifest.facts.get("received_seq") or 0),
        "costs_written": [_cost(state, one.seq, one.body) for one in state.costs if one.body.get("campaign") in (*names, None)],
        "allocations": [one.to_json() | {"entry": one.seq} for one in state.allocations.values() if one.withdrawn_us is None],
        "exchange_rates": [one.to_json() for one in state.fx_rates],
        "rate_cards": {"digest": tables.manifest.facts.get("rating"), "own": [card.name for card in state.cards]},
        "exclusions": sorted(state.exclusions),
    }  # fmt: skip


def _settings(state: State) -> dict[str, list[dict[str, str]]]:
    """Each setting's values with the day from which each holds, as they were set."""
    return {
        name: [{"value": one.value, "from": one.since.isoformat()} for one in history]
        for name, history in sorted(state.settings.items())
    }


def _definition(name: str) -> dict[str, Any]:
    kpi = find_kpi(name)
    return {
        "definition": kpi.definition,
        "name": kpi.name,
        "formula": kpi.formula,
        "numerator": kpi.numerator,
        "denominator": kpi.denominator,
        "basis": kpi.basis,
        "source": kpi.source,
    }


def _import(number: int, kind: str, file: str, file_hash: str) -> dict[str, Any]:
    return {"import": number, "kind": kind, "file": file, "file_hash": file_hash}


def _cost(state: State, number: int, body: dict[str, Any]) -> dict[str, Any]:
    reversed_ = any(one.entry == number for one in state.cost_reversals)
    return {"entry": number, "reversed": reversed_} | body
