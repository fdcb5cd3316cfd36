"""WhatsApp webhook bodies through the command line: from a log file to the messages, answers and opt-outs of a shop."""

from __future__ import annotations

import gzip
import json
import os
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from earnest.usecases.measure import connected
from earnest.usecases.tables import open_tables
from earnest.usecases.workspace import open_workspace
from integration.command_line import runner
from unit.channels.bodies_of import PHONE, envelope, message, status, value

EXAMPLE = Path(__file__).parents[2] / "examples" / "whatsapp" / "webhooks.jsonl"


@dataclass(frozen=True)
class Shop:
    """A workspace, and the command line within it."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, *args: object) -> tuple[int, str, str]:
        return runner(self.capsys)(*args)

    def data(self, *args: object, code: int = 0) -> Any:
        found, out, err = self.run(*args, "--json")
        assert found == code, err
        return json.loads(out)["data"]

    def take(self, *paths: Path, code: int = 0, **options: str) -> list[dict[str, Any]]:
        extra = [part for name, text in options.items() for part in (f"--{name}", text)]
        files: list[dict[str, Any]] = self.data("import", "run", *paths, "--as", "whatsapp", *extra, code=code)["files"]
        return files

    def lay(self, name: str, *bodies: Any) -> Path:
        path = self.folder / name
        text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in bodies) + "\n"
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with open_tables(open_workspace(self.folder / "shop")) as tables:
            found: list[tuple[Any, ...]] = tables.con.execute(sql).fetchall()
        return found


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARNEST_WORKSPACE", str(tmp_path / "shop"))
    made = Shop(tmp_path, capsys)
    assert made.run("init", "shop", "--currency", "EUR", "--timezone", "Europe/Berlin")[0] == 0
    return made


MESSAGES = (
    "SELECT message_key, send_us, sent_us, delivered_us, read_us, failed_us, error_code FROM message ORDER BY ALL"
)
T_US = 1_790_848_800_000_000


def test_the_example_is_read_whole(shop: Shop) -> None:
    (done,) = shop.take(EXAMPLE)
    counts = done["counts"]
    assert (counts["bodies"], counts["rows"], counts["accepted"], counts["quarantined"]) == (8, 12, 12, 0)
    assert counts["events"] == {"message": 7, "reply": 2, "opt": 1, "notice": 1, "identity_link": 1}
    assert counts["duplicates"] == 1
    states = shop.ask(
        f"SELECT (sent_us - {T_US}) // 1000000, (delivered_us - {T_US}) // 1000000, (read_us - {T_US}) // 1000000,"
        f" (failed_us - {T_US}) // 1000000, error_code FROM message ORDER BY delivered_us NULLS LAST"
    )
    assert states == [(0, 4, None, None, None), (0, 300, 300, None, None), (1, None, None, 5, "131026")]
    assert shop.ask("SELECT reply_type, payload FROM event_reply ORDER BY ALL") == [
        ("button", "show-offers"),
        ("text", None),
    ]
    assert shop.ask("SELECT direction, door FROM event_opt") == [("out", "keyword")]
    assert shop.ask("SELECT topic, subject, name FROM event_notice") == [
        ("message_template_status_update", "autumn_sale", "PAUSED")
    ]
    assert shop.ask("SELECT DISTINCT channel, callback, category FROM event_label ORDER BY ALL") == [
        ("whatsapp", "autumn-sale", "marketing"), ("whatsapp", "autumn-sale", None),
    ]  # fmt: skip


def test_a_log_keeps_when_bodies_were_received(shop: Shop) -> None:
    shop.take(EXAMPLE)
    ((received_us,),) = shop.ask("SELECT received_us FROM event_notice")
    assert received_us == T_US + 7_200_000_000


def test_a_callback_names_the_campaign(shop: Shop) -> None:
    assert shop.run("campaign", "add", "autumn-sale", "--purpose", "marketing")[0] == 0
    shop.take(EXAMPLE)
    assert shop.ask("SELECT campaign, count(*) FROM message JOIN label_campaign USING (label_key) GROUP BY ALL") == [
        ("autumn-sale", 3)
    ]


def test_order_repetition_and_source_names_change_nothing(shop: Shop) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    shop.take(EXAMPLE)
    before = shop.ask(MESSAGES)
    answers = shop.ask("SELECT response_key FROM response ORDER BY ALL")
    shuffled = [json.loads(line)["body"] for line in lines] * 2
    random.Random(5).shuffle(shuffled)
    (again,) = shop.take(shop.lay("copy.jsonl", *shuffled), source="second-app")
    assert (
        again["counts"]["duplicates"] == 12 + 1 - 1
    )  # everything twice but the link, and one status was there twice already
    assert shop.ask(MESSAGES) == before
    assert shop.ask("SELECT response_key FROM response ORDER BY ALL") == answers


def test_the_same_file_counts_once_and_can_be_undone_and_come_back(shop: Shop) -> None:
    (first,) = shop.take(EXAMPLE)
    (second,) = shop.take(EXAMPLE)
    assert (second["import"], second["already_imported_as"]) == (None, first["import"])
    assert shop.data("import", "undo", first["import"])["undone"]
    assert shop.ask("SELECT count(*) FROM message") == [(0,)]
    (third,) = shop.take(EXAMPLE)
    assert third["import"] > first["import"]
    assert shop.ask("SELECT count(*) FROM message") == [(3,)]
    assert shop.data("build", "--check")["differs_from_rebuild"] == []


def test_gzip_arrays_single_bodies_and_folders(shop: Shop) -> None:
    folder = shop.folder / "hooks"
    (folder / "june").mkdir(parents=True)
    one, two, three = (envelope(value(statuses=[status(id=f"wamid.{n}")])) for n in range(3))
    shop.lay("hooks/a.json", json.dumps(one, indent=2))
    shop.lay("hooks/june/b.jsonl.gz", two, two)
    shop.lay("hooks/c.json", json.dumps([three, one]))
    shop.lay("hooks/README.md", "not bodies")
    shop.lay("hooks/d.json", "{broken")
    done = shop.take(folder, code=3)
    assert [(one["file"], one["counts"]["accepted"], one["refused"] is None) for one in done] == [
        ("a.json", 1, True), ("c.json", 2, True), ("d.json", 0, False), ("june/b.jsonl.gz", 2, True),
    ]  # fmt: skip
    assert "d.json" in done[2]["refused"]
    assert shop.ask("SELECT count(*) FROM message") == [(3,)]
    assert shop.data("import", "list")[0]["kind"] == "whatsapp"


def test_many_small_files_of_a_folder_become_one_entry(shop: Shop) -> None:
    (shop.folder / "hooks").mkdir()
    for n in range(30):
        shop.lay(f"hooks/{n:02}.json", json.dumps(envelope(value(statuses=[status(id=f"wamid.{n}")])), indent=1))
    shop.lay("hooks/31.json", "{broken")
    shop.lay("hooks/more.jsonl", envelope(value(statuses=[status(id="wamid.more")])))
    packed, more = shop.take(shop.folder / "hooks")
    assert (packed["file"], packed["counts"]["accepted"], packed["counts"]["reasons"]) == (
        "31 files of hooks",
        30,
        {"not-json": 1},
    )
    assert (more["file"], more["counts"]["accepted"]) == ("more.jsonl", 1)
    assert len(shop.data("import", "list")) == 2
    assert shop.ask("SELECT count(*) FROM message") == [(31,)]
    again = shop.take(shop.folder / "hooks")
    assert [one["already_imported_as"] is not None for one in again] == [True, True]


def test_thirty_records_of_a_folder_read_as_twenty_four_do(shop: Shop) -> None:
    """Below 25 small files each is imported alone, from 25 on they are packed: what is told is the same."""

    def lay(folder: str, first: int, many: int) -> Path:
        (shop.folder / folder).mkdir()
        for n in range(first, first + many):
            body = envelope(value(statuses=[status(id=f"wamid.{n}"), status(id=f"wamid.{n}", status="in_orbit")]))
            record = {"received_at": "2026-10-01T12:00:00Z", "body": body}
            shop.lay(f"{folder}/{n}.json", record, record | {"body": json.dumps(body)})
        return shop.folder / folder

    alone = shop.take(lay("alone", 100, 24))
    (packed,) = shop.take(lay("packed", 200, 30))
    assert {one["counts"]["accepted"] for one in alone} == {2}
    assert (len(alone), packed["counts"]["accepted"], packed["counts"]["bodies"]) == (24, 60, 60)
    assert packed["counts"]["reasons"] == {"status-unknown": 60}
    received = T_US + 7_200_000_000
    assert shop.ask("SELECT DISTINCT received_us, count(*) FROM event_message GROUP BY ALL") == [(received, 108)]
    place = "entry[0].changes[0].value.statuses[1].status: 'in_orbit'"
    assert packed["rejects"][1]["message"].startswith(f"200.json body 2 {place}")
    assert alone[0]["rejects"][1]["message"].startswith(f"100.json body 2 {place}")


def test_a_group_message_is_shown_without_its_participants_phones(shop: Shop) -> None:
    group = {"recipient_type": "group", "recipient_id": "G", "status": "delivered"}
    phones = (PHONE, "4915112345679")
    told = [status(id="wamid.G", recipient_participant_id=phone, **group) for phone in phones]
    answer = message(group_id="G", context={"id": "wamid.G"})
    shop.take(shop.lay("w.jsonl", envelope(value(statuses=told)), envelope(value(messages=[answer]))))
    assert PHONE not in str(shop.ask("SELECT * FROM event_message"))
    shown = shop.data("message", "show", "wamid.G")
    assert PHONE not in json.dumps(shown)
    assert json.dumps(shown).count("replied") == 1
    assert shop.ask("SELECT count(*) FROM message") == [(2,)]


def test_bad_bodies_are_quarantined_with_their_place_and_the_rest_counts(shop: Shop) -> None:
    torn = json.dumps(envelope(value(statuses=[status()])))[:-9]
    mixed = envelope(value(statuses=[status(), status(id="wamid.B", status="in_orbit")]))
    nobody = envelope(value(messages=[message(**{"from": "bla"})]))
    (done,) = shop.take(shop.lay("w.jsonl", mixed, torn, "", nobody, 7))
    assert done["counts"]["reasons"] == {
        "contact-unreadable": 1,
        "not-an-envelope": 1,
        "not-json": 1,
        "status-unknown": 1,
    }
    assert (done["counts"]["accepted"], done["counts"]["quarantined"], done["counts"]["bodies"]) == (1, 4, 4)
    refused = shop.data("import", "quarantine", done["import"])
    assert refused["count"] == 4
    assert refused["rows"] == [
        {
            "row": 1,
            "reason": "status-unknown",
            "field": "entry[0].changes[0].value.statuses[1].status",
            "value": "in_orbit",
        },
        {"row": 2, "reason": "not-json", "field": "", "value": None},
        {
            "row": 4,
            "reason": "contact-unreadable",
            "field": "entry[0].changes[0].value.messages[0].from",
            "value": None,
        },
        {"row": 5, "reason": "not-an-envelope", "field": "", "value": "a number"},
    ]
    code, out, _ = shop.run("import", "quarantine", done["import"])
    words = " ".join(out.split())
    assert code == 0
    assert (
        "w.jsonl body 1 entry[0].changes[0].value.statuses[1].status: 'in_orbit' has a status this version does not know"
        in words
    )
    assert "w.jsonl body 2: is not JSON" in words


def test_a_file_without_anything_usable_is_refused(shop: Shop) -> None:
    path = shop.lay("bad.jsonl", "{", "[1]")
    code, out, err = shop.run("import", "run", path, "--as", "whatsapp", "--json")
    assert (code, out) == (3, "")
    error = json.loads(err)["error"]
    assert error["code"] == "nothing-usable"
    assert "bad.jsonl body 1" in error["message"]
    assert shop.data("import", "list") == []


def test_a_dry_run_foretells_and_keeps_nothing(shop: Shop) -> None:
    path = shop.lay("w.jsonl", envelope(value(statuses=[status(), status(timestamp="x")])))
    answer = shop.data("import", "run", path, "--as", "whatsapp", "--dry-run")
    (foretold,) = answer["files"]
    assert (answer["dry_run"], foretold["import"]) == (True, None)
    assert foretold["rejects"][0]["message"].startswith(
        "w.jsonl body 1 entry[0].changes[0].value.statuses[1].timestamp: 'x'"
    )
    assert not list((shop.folder / "shop" / "files").glob("*"))
    assert shop.data("import", "list") == []
    (done,) = shop.take(path)
    assert done["counts"] == foretold["counts"]
    assert shop.data("import", "check", path, "--as", "whatsapp", code=3)["files"][0]["counts"] == foretold["counts"]


@pytest.mark.parametrize(
    "options",
    [("--map", "phone=x"), ("--where", "a = 1"), ("--date-format", "%d"), ("--decimal", "comma"), ("--region", "DE"),
     ("--timezone", "UTC"), ("--mapping", "m"), ("--save-mapping", "m")],
)  # fmt: skip
def test_options_about_columns_are_refused(shop: Shop, options: tuple[str, str]) -> None:
    code, _, err = shop.run("import", "run", EXAMPLE, "--as", "whatsapp", *options, "--json")
    error = json.loads(err)["error"]
    assert (code, error["code"]) == (2, "option-without-use")
    assert options[0] in error["message"]


def test_missing_files_and_empty_folders_are_told(shop: Shop) -> None:
    (shop.folder / "empty").mkdir()
    for path, problem in (("nowhere.jsonl", "no-such-file"), ("empty", "no-files")):
        code, _, err = shop.run("import", "run", path, "--as", "whatsapp", "--json")
        assert (code, json.loads(err)["error"]["code"]) == (5, problem)


def test_people_read_words(shop: Shop) -> None:
    code, out, err = shop.run("import", "run", EXAMPLE, "--as", "whatsapp")
    assert code == 0
    assert "12 of 12 rows as whatsapp, 0 quarantined" in " ".join(out.split())
    assert "8 bodies: 7 message, 2 reply" in " ".join(out.split())
    assert "1 events are told more than once in this file; each counts once." in err


def test_costs_in_another_currency_are_noted(shop: Shop) -> None:
    price = {"category": "marketing_lite", "pricing_model": "PMP", "cost": {"amount": "0.0123", "currency": "USD"}}
    (done,) = shop.take(shop.lay("w.jsonl", envelope(value(statuses=[status(pricing=price)]))))
    assert done["notes"] == ["Some costs are told in USD, not in EUR, the workspace's currency."]


def test_phones_and_user_ids_become_one_person_and_no_phone_leaves_the_file(shop: Shop) -> None:
    hidden = status(id="wamid.H", recipient_id="", recipient_user_id="DE.1")
    card = {"wa_id": PHONE, "user_id": "DE.1", "profile": {"country_code": "DE"}}
    told = [
        envelope(value(statuses=[hidden])),
        envelope(value(statuses=[status()])),
        envelope(value(messages=[message()], contacts=[card])),
        envelope(
            value(messages=[message(id="wamid.Z\u0000", type="edit", edit={"message": {"text": {"body": PHONE}}})])
        ),
    ]
    shop.take(shop.lay("w.jsonl", *told))
    assert shop.ask("SELECT count(*), count(DISTINCT contact_key), count(contact_key) FROM message") == [(2, 1, 2)]
    for kind in ("message", "reply", "opt", "notice", "identity", "identity_link"):
        rows = str(
            shop.ask(
                f"SELECT * EXCLUDE (message_id) FROM event_{kind}"
                if kind == "message"
                else f"SELECT * FROM event_{kind}"
            )
        )
        assert PHONE not in rows
        assert "DE.1" not in rows


def test_a_thousand_statuses_a_body_and_one_a_body_are_the_same(shop: Shop) -> None:
    statuses = [status(id=f"wamid.{n}", status=word) for n in range(300) for word in ("sent", "delivered")]
    shop.take(shop.lay("batched.jsonl", envelope(value(statuses=statuses))))
    before = shop.ask(MESSAGES)
    (single,) = shop.take(shop.lay("single.jsonl.gz", *(envelope(value(statuses=[one])) for one in statuses)))
    assert (single["counts"]["bodies"], len(before)) == (600, 300)
    assert shop.ask(MESSAGES) == before


def test_bodies_connect_reads_answers_and_opt_outs(shop: Shop) -> None:
    shop.take(EXAMPLE)
    assert {"read", "reply", "opt"} <= connected(open_workspace(shop.folder / "shop").state())


def test_what_a_killed_import_left_is_cleared_a_day_later(shop: Shop) -> None:
    spill = shop.folder / "shop" / "tables" / ".spill"
    for name, age in (("bodies-old", 90_000), ("bodies-new", 60)):
        (spill / name).mkdir(parents=True)
        os.utime(spill / name, (time.time() - age,) * 2)
    shop.take(EXAMPLE)
    assert sorted(path.name for path in spill.glob("bodies-*")) == ["bodies-new"]


def test_files_that_name_whatsapp_s_ids_meet_the_webhooks_messages(shop: Shop) -> None:
    """A link tool's clicks and a broadcast report are of other sources, but the ids are WhatsApp's own."""
    price = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"}
    shop.take(
        shop.lay("hooks.jsonl", envelope(value(statuses=[status(id="wamid.A", status="delivered", pricing=price)])))
    )
    clicks = shop.folder / "clicks.csv"
    clicks.write_text("click_id,message_id,clicked_at\nk1,wamid.A,2026-10-01T12:00:00Z\n")
    shop.data("import", "run", clicks, "--as", "clicks", "--source", "bitly")
    report = shop.folder / "report.csv"
    report.write_text(
        "message_id,sent_at,delivered_at,cost,currency\nwamid.A,2026-10-01T10:00:00Z,2026-10-01T10:00:05Z,0.5,EUR\n"
    )
    shop.data("import", "run", report, "--as", "messages", "--source", "bsp")
    assert shop.ask("SELECT count(*) FROM message") == [(1,)]
    assert shop.ask("SELECT count(*) FROM response WHERE message_key IS NOT NULL") == [(1,)]
    assert shop.ask("SELECT sum(priced) + sum(unpriced) FROM funnel_cell") == [(1,)], (
        "a charge or a file's cost, never both"
    )
