"""An opt-out counts against a message that was delivered: a send refused because the contact had left is no new loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from earnest.usecases.rebuild import differing
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace
from integration.live import START_S, Delivery, journal, whatsapp, workspace_with_sources

STOPPED = {"errors": [{"code": 131050}]}
"""WhatsApp: the contact has stopped marketing messages; Twilio's 21610 says the same."""


def status(message: str, state: str, seconds: int, **more: Any) -> Delivery:
    phone = f"49151{message[-1]}0000001"
    told = {"id": message, "status": state, "timestamp": str(START_S + seconds), "recipient_id": phone, **more}
    return whatsapp({"statuses": [told]})


def stop(message: str, seconds: int) -> Delivery:
    said = {
        "id": f"answer.{message}", "from": f"49151{message[-1]}0000001", "timestamp": str(START_S + seconds), "type": "text",
        "text": {"body": "STOP"}, "context": {"id": message},
    }  # fmt: skip
    return whatsapp({"messages": [said]})


def funnel(workspace: Workspace) -> tuple[int, int]:
    """Messages delivered, and messages that made somebody leave."""
    with open_tables(workspace) as tables:
        row = tables.con.execute("SELECT sum(delivered), sum(opted_out) FROM funnel_cell").fetchone()
        assert row is not None
        return int(row[0]), int(row[1])


def test_refused_sends_to_those_who_left_are_no_opt_outs(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    journal(workspace, [status("wamid.1", "delivered", 0), stop("wamid.1", 60)])
    journal(workspace, [status(f"wamid.{n}", "failed", 0, **STOPPED) for n in (2, 3, 4)])
    assert funnel(workspace) == (1, 1)


def test_an_opt_out_counts_once_the_delivery_is_told(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    journal(workspace, [status("wamid.1", "sent", 0), stop("wamid.1", 60)])
    assert funnel(workspace) == (0, 0)
    journal(workspace, [status("wamid.1", "delivered", 5)])
    assert funnel(workspace) == (1, 1)
    assert differing(workspace, build(workspace)) == ()
