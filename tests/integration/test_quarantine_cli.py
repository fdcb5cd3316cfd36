"""earnest quarantine on the command line: what nobody knows is an error, and what waits is told with the reason of today."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from earnest.access.principal import operator
from earnest.api.app import make_app
from earnest.api.place import Place
from earnest.definitions.source import Source
from earnest.journal.log import RECEIVED, Draft
from earnest.usecases.access import Administration, create_key
from earnest.usecases.quarantine_received import received_entry, replay, waiting
from earnest.usecases.sources import standing
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace, init
from integration.command_line import runner

FIELDS = {"order_id": "ref", "total": "total", "ordered_at": "at", "email": "mail"}
AT = {"at": "2026-06-01T10:00:00Z", "mail": "a@shop.example"}
READABLE = {"ref": "R1", "total": "111.00", **AT}
UNREADABLE = {"ref": "R2", "total": "n/a", **AT}


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    shop = init(tmp_path / "shop", currency="EUR", timezone="Europe/Berlin")
    declare(shop)
    return shop


def declare(shop: Workspace, mapping: dict[str, str] | None = None) -> None:
    options = {"kind": "orders", "mapping": mapping} if mapping else None
    shop.record("source.set", Source("zap", "generic", "token", ("env:ZAP",), options=options).to_json())


def receive(shop: Workspace, *bodies: object, source: str = "zap") -> list[int]:
    """Journal posts; their entries."""
    said = [json.dumps(body).encode() for body in bodies]
    drafts = [Draft(RECEIVED, body, source, shop.clock(), None, {"content-type": "application/json"}) for body in said]
    with shop.journal() as journal:
        return [kept.seq for kept in journal.append_many(drafts)]


def earnest(shop: Workspace, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any, str]:
    """Exit code, what --json told (or the error), and what a terminal shows."""
    code, out, err = runner(capsys)(*arguments, "--workspace", shop.path, "--json")
    told = json.loads(out)["data"] if out else json.loads(err)["error"]
    return code, told, out + err


def test_a_source_or_entry_that_nobody_knows_is_an_error(shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    (entry,) = receive(shop, UNREADABLE)
    receive(shop, UNREADABLE, source="undeclared")
    for arguments, code in (
        (("list", "--source", "nope"), "no-such-source"),
        (("replay", "--source", "nope"), "no-such-source"),
        (("replay", "99999"), "no-such-entry"),
        (("replay", str(entry), "1"), "no-such-entry"),
        (("show", "99999"), "no-such-entry"),
    ):
        exit_code, error, _ = earnest(shop, capsys, "quarantine", *arguments)
        assert (exit_code, error["code"]) == (5, code), arguments
        assert error["hint"]
    for known in ("zap", "undeclared"):
        assert earnest(shop, capsys, "quarantine", "list", "--source", known)[0] == 0
        build(shop)
    assert earnest(shop, capsys, "quarantine", "list", "--source", "undeclared")[1]["total"] == 1


def test_a_replay_in_vain_tells_the_reason_of_today(shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    (entry,) = receive(shop, UNREADABLE)
    assert waiting(shop).groups == {("zap", "not-mapped"): 1}
    declare(shop, FIELDS)
    code, told, _ = earnest(shop, capsys, "quarantine", "replay", str(entry))
    assert (code, told["resolved"], told["told"], told["still"]) == (3, 0, 0, 1)
    (group,) = told["groups"]
    assert (group["source"], group["reason"], group["elements"]) == ("zap", "not-an-amount", 1)
    assert waiting(shop).groups == {("zap", "not-an-amount"): 1}
    assert [row.field for row in received_entry(shop, entry)[1]] == ["total"]
    again = replay(shop)
    assert (again.imports, again.still, again.groups) == ((), 1, {("zap", "not-an-amount"): 1})


def test_the_readable_rows_of_a_post_count_though_others_wait(shop: Workspace) -> None:
    """A post without a mapping waits as one; read, as many of its rows may wait as cannot be read."""
    receive(shop, [READABLE, UNREADABLE, UNREADABLE | {"ref": "R3"}])
    assert waiting(shop).total == 1
    declare(shop, FIELDS)
    done = replay(shop)
    assert (done.entries, done.resolved, done.told, done.still) == (1, 0, 1, 2)
    with open_tables(shop) as tables:
        assert tables.con.execute("SELECT net_minor FROM conversion").fetchall() == [(11100,)]
    assert waiting(shop).groups == {("zap", "not-an-amount"): 2}


def test_what_waits_is_counted_as_of_now(shop: Workspace) -> None:
    """`earnest_quarantined` and `earnest source show` fall when a replay resolves something."""
    receive(shop, READABLE, UNREADABLE)
    build(shop)
    place = Place("shop", shop)
    try:
        _, key = create_key(Administration(shop, place.access, operator("root")), "p", scopes=["operations:read"])

        async def gauge() -> str:
            transport = httpx.ASGITransport(make_app({"shop": place}))
            async with httpx.AsyncClient(transport=transport, base_url="https://x.example") as client:
                text = (await client.get("/metrics", headers={"x-api-key": key})).text
            (line,) = [one for one in text.splitlines() if one.startswith('earnest_quarantined{source="zap"}')]
            return line.rpartition(" ")[2]

        seen = [(asyncio.run(gauge()), standing(shop, "zap", environ={}).quarantined)]
        declare(shop, FIELDS)
        replay(shop)
        seen.append((asyncio.run(gauge()), standing(shop, "zap", environ={}).quarantined))
        declare(shop, FIELDS | {"total": "=5.00"})
        replay(shop)
        seen.append((asyncio.run(gauge()), standing(shop, "zap", environ={}).quarantined))
    finally:
        place.close()
    assert seen == [("2.0", 2), ("1.0", 1), ("0.0", 0)]
