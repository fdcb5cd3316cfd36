"""Every published payload of the message senders tells what was written by hand: `sender_fixtures`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contract.examples import flat
from contract.rules import broken
from contract.sender_fixtures import RECEIVED_US, SENDERS
from earnest.channels.channel import RECEIVED_HEADER, channel_of

CASES = [(code, name) for code, table in SENDERS.items() for name in table]
FORM = ("_method", "_content_type", "params")
"""Twilio's payloads lie in a wrapper: the parsed form is its `params`."""


def payload(folder: Path, code: str, name: str) -> Any:
    body = json.loads((folder / code / f"{name}.json").read_bytes())
    return body["params"] if code == "twilio" and set(FORM) <= set(body) else body


@pytest.fixture(scope="session")
def fixtures(shared_data: Path) -> Path:
    return shared_data / "fixtures"


@pytest.mark.parametrize("code", SENDERS)
def test_the_table_names_every_file_and_no_other(fixtures: Path, code: str) -> None:
    assert set(SENDERS[code]) == {path.stem for path in (fixtures / code).glob("*.json")}


@pytest.mark.parametrize(("code", "name"), CASES)
def test_a_payload_tells_what_was_read_by_hand(fixtures: Path, code: str, name: str) -> None:
    told = list(channel_of(code).parse(payload(fixtures, code, name), {RECEIVED_HEADER: str(RECEIVED_US)}))
    wanted = SENDERS[code][name]
    assert [type(one).__name__ for one in told] == [want["told"] for want in wanted]
    for one, want in zip(told, wanted, strict=True):
        got = {
            **flat(one),
            "occurred_us": getattr(one, "occurred_us", None),
            "until_us": getattr(one, "until_us", None),
        }
        assert {key: got.get(key) for key in want} == want
        assert broken(one) == []
