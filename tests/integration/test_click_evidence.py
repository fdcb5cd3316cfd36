"""A click is kept as evidence: its class is judged when it is read, and by better rules once more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earnest.channels import links
from earnest.journal.log import RECEIVED, Draft
from earnest.tracking.classes import Judged
from earnest.usecases.measure import connected
from earnest.usecases.rebuild import differing
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace
from earnest.warehouse import received
from integration.live import START_S, workspace_with_sources

AGENTS = {
    "person": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "preview": "WhatsApp/2.24.20.89 A",
    "script": "curl/8.5.0",
}
HOUR_US = 3_600_000_000


def click(name: str, hours: int) -> bytes:
    """A click as the door journals it."""
    body = {
        "click": name,
        "at": START_S * 1_000_000 + hours * HOUR_US,
        "link": "spring-sale",
        "recipient": 17,
        "within": None,
        "method": "GET",
        "headers": {"user-agent": AGENTS[name], "accept": "text/html", "accept-language": "de"},
        "network": "203.0.113.0/24",
        "visitor": 99,
    }
    return json.dumps(body).encode()


def classes(workspace: Workspace) -> dict[str, tuple[str, str]]:
    """Class and reason by click, an hour apart, of tables that a rebuild would make alike."""
    assert differing(workspace, build(workspace)) == ()
    with open_tables(workspace) as tables:
        rows = tables.con.execute("SELECT click_class, class_reason FROM response ORDER BY occurred_us").fetchall()
    return dict(zip(AGENTS, rows, strict=True))


@pytest.fixture
def clicked(tmp_path: Path) -> Workspace:
    """A workspace in which three clicks came in, an hour apart."""
    workspace = workspace_with_sources(tmp_path / "w")
    drafts = [
        Draft(
            RECEIVED, click(name, hours), "earnest.links", workspace.clock(), None, {"content-type": "application/json"}
        )
        for hours, name in enumerate(AGENTS)
    ]
    with workspace.journal() as log:
        log.append_many(drafts)
    return workspace


JUDGED = {
    "person": ("human", "in-app-browser"),
    "preview": ("preview", "link-preview"),
    "script": ("bot", "program"),
}


def test_clicks_are_judged_and_connect_a_figure(clicked: Workspace) -> None:
    assert classes(clicked) == JUDGED
    with open_tables(clicked) as tables:
        assert "click" in connected(tables.state, None, tables.manifest.facts["heard"])


def test_better_rules_judge_old_clicks_anew(clicked: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert classes(clicked) == JUDGED
    monkeypatch.setattr(links, "classify", lambda *_: Judged("unknown", "of-tomorrow"))
    assert classes(clicked) == JUDGED, "what was read stays, until the parsers have another version"
    monkeypatch.setattr(received, "PARSER_VERSION", received.PARSER_VERSION + 1)
    assert classes(clicked) == dict.fromkeys(AGENTS, ("unknown", "of-tomorrow"))
