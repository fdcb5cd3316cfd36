"""The generic hook from the command line to the tables: declare, receive, preview, map, read."""

from __future__ import annotations

import json
import urllib.parse
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from earnest.cli.main import cli
from earnest.journal.log import RECEIVED, Draft
from earnest.kernel.errors import EarnestError
from earnest.usecases.tables import build
from earnest.usecases.workspace import Workspace, init

from .served import http_process

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "hooks"
ORDER = EXAMPLES / "zapier-order.json"
MAPPED = (
    "--kind", "orders", "--map", "total=data.amount", "--map", "tax=data.vat", "--map", "ordered_at=data.created",
    "--map", "phone=data.customer.phone", "--map", "email=data.customer.email", "--id", "data.id",
    "--decimal", "comma", "--date-format", "%d.%m.%Y %H:%M", "--timezone", "Europe/Berlin",
)  # fmt: skip
ORDERED_US = 1_788_250_500_000_000
"""2026-09-01T10:15 in Berlin."""


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return init(tmp_path / "shop", currency="EUR", timezone="Europe/Berlin")


def earnest(place: Workspace, *arguments: str, stdin: bytes | None = None) -> dict[str, Any]:
    done = CliRunner().invoke(cli, [*arguments, "--workspace", str(place.path), "--json"], input=stdin)
    if done.exception is not None:
        raise done.exception
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def add(place: Workspace, *arguments: str) -> dict[str, Any]:
    return earnest(
        place, "source", "add", "zap", "--as", "generic", "--signature", "token", "--secret", "env:HOOK_SECRET",
        "--region", "DE", *arguments,
    )  # fmt: skip


def receive(place: Workspace, *bodies: bytes, content_type: str = "application/json") -> None:
    drafts = [Draft(RECEIVED, body, "zap", place.clock(), None, {"content-type": content_type}) for body in bodies]
    with place.journal() as journal:
        journal.append_many(drafts)


def rows(place: Workspace, kind: str, columns: str) -> list[tuple[Any, ...]]:
    files = [str(path) for path in (place.events / kind).glob("*.parquet")]
    with duckdb.connect() as con:
        return con.execute(f"SELECT {columns} FROM read_parquet($1) ORDER BY ALL", [files]).fetchall() if files else []


def test_a_post_becomes_an_order(place: Workspace) -> None:
    told = add(place, *MAPPED)
    assert told["warnings"][:2] == [
        "No updated_at: of two tellings of one id the one received later counts.",
        "No currency: amounts are read as EUR, the workspace's currency.",
    ]
    body = ORDER.read_bytes()
    with http_process(place.path) as server:
        headers = {"x-earnest-token": "s3cret-of-the-app", "content-type": "application/json"}
        for _ in range(2):
            assert server.ask("POST", "/hooks/zap", body, headers).status == 200
        assert server.ask("POST", "/hooks/zap", body, headers | {"x-earnest-token": "guess"}).status == 401
    build(place)
    orders = rows(place, "order", "order_id, net_minor, tax_minor, occurred_us, source, contact_key IS NOT NULL")
    assert orders == [("Z-2041", 105_000, 19_950, ORDERED_US, "zap", True)] * 2  # told twice, and one order:
    assert len(set(rows(place, "order", "order_key"))) == 1
    assert len(rows(place, "identity_link", "contact_key")) >= 1


def test_a_preview_shows_everything_masked_and_writes_nothing(place: Workspace) -> None:
    add(place)
    receive(place, ORDER.read_bytes())
    with place.journal() as journal:
        before = journal.last_seq()
    found = earnest(place, "source", "preview", "zap", "--kind", "orders")["data"]
    examples = {one["path"]: one["example"] for one in found["paths"]}
    assert examples == {
        "zap": "New paid order", "data.id": "Z-2041", "data.amount": "1.249,50", "data.vat": "199,50",
        "data.created": "01.09.2026 10:15", "data.customer.name": "••• (11 characters)",
        "data.customer.phone": "••• (12 digits)", "data.customer.email": "•••@•••",
        "data.items[*].sku": "TEA-250", "data.items[*].qty": "2",
    }  # fmt: skip
    assert found["mapping"]["phone"] == "data.customer.phone"
    assert found["mapping"]["order_id"] == "data.id"
    assert (found["saved"], found["rows"], found["rejected"]) == (False, 0, 2)  # amounts and times are not read yet
    assert "decimal point" in found["rejects"][0]["message"] or "not a time" in found["rejects"][0]["message"]
    assert "0151" not in json.dumps(found)
    with place.journal() as journal:
        assert journal.last_seq() == before
    assert not place.events.exists()


def test_what_waited_without_a_mapping_is_read_once_there_is_one(place: Workspace) -> None:
    note = add(place)["warnings"][0]
    assert note.startswith("No mapping yet")
    receive(place, ORDER.read_bytes())
    build(place)
    assert rows(place, "quarantine", "reason") == [("not-mapped",)]
    saved = earnest(place, "source", "map", "zap", *MAPPED)
    assert saved["data"]["options"]["mapping"]["order_id"] == "data.id"
    found = earnest(place, "source", "preview", "zap")["data"]
    assert (found["saved"], found["rows"], found["rejected"], found["events"]) == (
        True, 1, 0, {"order": 1, "identity": 2, "identity_link": 1},
    )  # fmt: skip
    receive(place, ORDER.read_bytes().replace(b"Z-2041", b"Z-2042"))
    build(place)
    assert rows(place, "order", "order_id") == [("Z-2042",)]
    assert earnest(place, "quarantine", "replay", "--source", "zap")["data"]["resolved"] == 1
    assert rows(place, "order", "order_id") == [("Z-2041",), ("Z-2042",)]


def test_a_file_or_standard_input_can_be_previewed(place: Workspace) -> None:
    add(place, "--kind", "messages", "--channel", "call", "--map", "phone=call.to", "--map", "sent_at=call.dialled_at",
        "--map", "read_at=call.answered_at", "--map", "campaign=call.drive", "--id", "call.uuid")  # fmt: skip
    body = (EXAMPLES / "calls.json").read_bytes()
    for found in (
        earnest(place, "source", "preview", "zap", str(EXAMPLES / "calls.json")),
        earnest(place, "source", "preview", "zap", "-", stdin=body),
    ):
        assert found["data"]["events"]["message"] == 3
    receive(place, body)
    build(place)
    assert rows(place, "message", "message_id, status") == [("c-901", 2), ("c-901", 4), ("c-902", 2)]
    assert rows(place, "label", "channel, campaign") == [("call", "autumn")]


def test_a_form_is_read_like_json(place: Workspace) -> None:
    add(place, "--kind", "conversions", "--map", "converted_at=@received", "--map", "conversion_kind==lead",
        "--map", "email=contact[email]", "--map", "amount=worth", "--decimal", "comma", "--id", "ref")  # fmt: skip
    form = b"ref=L-1&contact%5Bemail%5D=anna%40example.org&worth=12%2C50"
    receive(place, form, form, content_type="application/x-www-form-urlencoded")
    build(place)
    found = rows(place, "conversion", "order_id, conversion_kind, net_minor, occurred_us = received_us")
    assert set(found) == {("L-1", "lead", 1250, True)}
    assert len(set(rows(place, "conversion", "order_key"))) == 1


def test_catch_hooks_of_zapier_s_form_are_read(place: Workspace, shared_data: Path) -> None:
    told = json.loads((shared_data / "fixtures" / "zapier" / "assembled_catch_hook_form.json").read_text())
    add(place, "--kind", "orders", "--map", "total=total", "--map", "phone=phone", "--map", "ordered_at=created",
        "--map", "currency=currency", "--id", "order_number", "--decimal", "comma", "--timezone", "Europe/Berlin")  # fmt: skip
    receive(place, urllib.parse.urlencode(told["params"]).encode(), content_type=told["_content_type"])
    build(place)
    told_orders = rows(place, "order", "order_id, net_minor, occurred_us, contact_key IS NOT NULL")
    assert told_orders == [("1001", 5_990, 1_772_355_600_000_000, True)]


def test_without_an_id_two_equal_posts_count_twice_and_that_is_said(place: Workspace) -> None:
    told = add(place, "--kind", "orders", "--map", "total=total", "--map", "ordered_at=@received")
    assert "No id: two equal posts count twice. Give --id PATH (it fills order_id)." in told["warnings"]
    receive(place, b'{"total": 5}', b'{"total": 5}')
    build(place)
    assert len(set(rows(place, "order", "order_key"))) == 2


def test_reading_in_many_rounds_is_reading_in_one(place: Workspace, tmp_path: Path) -> None:
    other = init(tmp_path / "other", currency="EUR", timezone="Europe/Berlin")
    (other.path / "workspace.key").write_bytes((place.path / "workspace.key").read_bytes())
    bodies = [
        json.dumps({"id": n % 5, "total": n, "who": f"c-{n % 3}", "at": 1_788_250_500 + n}).encode() for n in range(12)
    ]
    columns = "order_key, event_key, net_minor, occurred_us, contact_key, order_id, row"
    found = []
    for one, step in ((place, 12), (other, 1)):
        add(one, "--kind", "orders", "--map", "total=total", "--map", "ordered_at=at", "--map", "contact=who",
            "--map", "updated_at=at", "--id", "id")  # fmt: skip
        for start in range(0, len(bodies), step):
            receive(one, *bodies[start : start + step])
            build(one)
        found.append(set(rows(one, "order", columns)))  # files that were merged stay for a while
    assert found[0] == found[1]
    assert len(found[0]) == 12


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--map", "total=a"), "kind-missing"),
        (("--kind", "orders", "--map", "total=a"), "missing-column"),
        (("--kind", "orders", "--conversion", "A=b"), "option-without-use"),
    ],
)
def test_a_source_with_a_mapping_that_cannot_be_used_is_not_declared(
    place: Workspace, arguments: tuple[str, ...], code: str
) -> None:
    with pytest.raises(EarnestError) as refused:
        add(place, *arguments)
    assert refused.value.code == code
    assert place.state().sources == {}


def test_what_is_refused_waits_with_its_path_and_without_numbers(place: Workspace) -> None:
    add(place, *MAPPED)
    receive(place, ORDER.read_bytes().replace(b"1.249,50", b"about 1234567"))
    build(place)
    (waiting,) = earnest(place, "quarantine", "list")["data"]["rows"]
    assert (waiting["reason"], waiting["field"], waiting["value"]) == ("not-an-amount", "data.amount", "about •••")
    earnest(place, "source", "map", "zap", "--map", "total=data.vat", "--map", "ordered_at=data.created")
    assert earnest(place, "quarantine", "replay")["data"]["resolved"] == 1
    assert rows(place, "order", "net_minor") == [(19_950,)]


def test_only_generic_sources_are_mapped(place: Workspace) -> None:
    earnest(place, "source", "add", "app", "--as", "segment", "--conversion", "Trial Started=lead")
    assert place.state().sources["app"].options == {"conversions": {"Trial Started": "lead"}}
    with pytest.raises(EarnestError) as refused:
        earnest(place, "source", "preview", "app")
    assert refused.value.code == "not-generic"
    earnest(place, "source", "add", "zap", "--as", "generic", "--secret", "env:A")
    with pytest.raises(EarnestError) as nothing:
        earnest(place, "source", "preview", "zap")
    assert nothing.value.code == "nothing-received"


def test_words_on_the_terminal_say_what_to_do(place: Workspace) -> None:
    add(place)
    receive(place, ORDER.read_bytes())
    done = CliRunner().invoke(cli, ["source", "preview", "zap", "--workspace", str(place.path)])
    assert "Say what the posts are: --kind" in done.stdout
    done = CliRunner().invoke(cli, ["source", "preview", "zap", "--workspace", str(place.path), "--kind", "refunds"])
    assert "Give --map" in done.stdout or "refused" in done.stdout
