"""Folding what was declared of reports into the state: one small function an entry kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from earnest.definitions.report import Comment, Report, Share, Snapshot
from earnest.definitions.state import State
from earnest.journal.log import Entry


def _report(state: State, entry: Entry, body: dict[str, Any]) -> None:
    report = Report.from_json(body, set_us=entry.received_us)
    state.reports[report.id] = report


def _comment(state: State, entry: Entry, body: dict[str, Any]) -> None:
    state.report_comments[entry.seq] = Comment(entry.seq, **body, written_us=entry.received_us)


def _comment_edited(state: State, entry: Entry, body: dict[str, Any]) -> None:
    known = state.report_comments[body["comment"]]
    state.report_comments[known.seq] = replace(known, text=body["text"], edited_us=entry.received_us)


def _comment_resolved(state: State, entry: Entry, body: dict[str, Any]) -> None:
    known = state.report_comments[body["comment"]]
    state.report_comments[known.seq] = replace(known, resolved_us=entry.received_us if body["resolved"] else None)


def _comment_withdrawn(state: State, entry: Entry, body: dict[str, Any]) -> None:
    known = state.report_comments[body["comment"]]
    state.report_comments[known.seq] = replace(known, withdrawn_us=entry.received_us)


def _snapshot(state: State, entry: Entry, body: dict[str, Any]) -> None:
    state.report_snapshots[entry.seq] = Snapshot(entry.seq, **body, taken_us=entry.received_us)


def _shared(state: State, entry: Entry, body: dict[str, Any]) -> None:
    share = Share(entry.seq, **body, made_us=entry.received_us)
    state.report_shares[share.digest] = share


def _revoked(state: State, entry: Entry, body: dict[str, Any]) -> None:
    for digest, share in state.report_shares.items():
        if share.seq in body["shares"] and share.revoked_us is None:
            state.report_shares[digest] = replace(share, revoked_us=entry.received_us)


REPORT_FOLDS: dict[str, Callable[[State, Entry, dict[str, Any]], None]] = {
    "report.set": _report,
    "report.comment": _comment,
    "report.comment.edited": _comment_edited,
    "report.comment.resolved": _comment_resolved,
    "report.comment.withdrawn": _comment_withdrawn,
    "report.snapshot": _snapshot,
    "report.shared": _shared,
    "report.revoked": _revoked,
}
"""Entry kinds of reports."""
