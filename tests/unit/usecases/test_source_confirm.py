"""A subscription is confirmed by the link its own delivery holds, on a host of SNS and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earnest.definitions.source import Source
from earnest.journal.log import RECEIVED, Draft
from earnest.kernel.errors import EnvironmentProblem, NotFound
from earnest.usecases.source_confirm import confirmation
from earnest.usecases.workspace import Workspace, init

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mails"


def asked(token: str, host: str = "sns.eu-west-1.amazonaws.com") -> bytes:
    url = f"https://{host}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={token}"
    return json.dumps(
        {"Type": "SubscriptionConfirmation", "TopicArn": TOPIC, "Token": token, "SubscribeURL": url}
    ).encode()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = init(tmp_path / "w", currency="EUR", timezone="UTC")
    made.record("source.set", Source("mails", "ses", "sns", ("env:TOPIC",)).to_json())
    return made


def keep(workspace: Workspace, *bodies: bytes) -> None:
    with workspace.journal() as log:
        log.append_many([Draft(RECEIVED, body, "mails", workspace.clock()) for body in bodies])


def test_the_newest_link_is_opened_once(workspace: Workspace) -> None:
    keep(workspace, asked("old"), b'{"Type": "Notification"}', asked("new"))
    opened: list[tuple[str, str]] = []

    def fetch(host: str, path: str) -> bytes | None:
        opened.append((host, path))
        return b"<ConfirmSubscriptionResponse/>"

    shown = confirmation(workspace, "mails", opening=False, fetch=fetch)
    assert (shown.opened, opened) == (False, [])
    assert "Token=new" in shown.url
    assert confirmation(workspace, "mails", opening=True, fetch=fetch).opened
    ((host, path),) = opened
    assert host == "sns.eu-west-1.amazonaws.com"
    assert "Token=new" in path


def test_links_elsewhere_are_none_and_refusals_are_told(workspace: Workspace) -> None:
    keep(workspace, asked("x", host="sns.eu-west-1.amazonaws.com.evil.example"), asked("y", host="169.254.169.254"))
    with pytest.raises(NotFound, match="not asked to confirm"):
        confirmation(workspace, "mails", opening=True, fetch=lambda _host, _path: b"")
    keep(workspace, asked("z"))
    with pytest.raises(EnvironmentProblem, match="refused the link"):
        confirmation(workspace, "mails", opening=True, fetch=lambda _host, _path: None)
