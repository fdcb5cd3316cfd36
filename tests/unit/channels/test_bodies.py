"""Files of bodies: one a line, one document, an array, a log's records; gzipped or not, whole or damaged."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from earnest.channels import bodies
from earnest.channels.bodies import Body, BodyReject, files_of, pack, read_bodies, received_at_us
from earnest.channels.reasons import REASONS
from earnest.channels.told import Rejected
from earnest.kernel.errors import DataRefused

AT_US = 1_790_848_800_000_000
ONE, TWO = {"entry": [1]}, {"entry": [2]}


def lay(folder: Path, content: str | bytes, name: str = "bodies.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path) -> list[tuple[int, Any]]:
    found = list(read_bodies(path))
    assert not any(one.refused for one in found)
    return [(one.row, one.payload) for one in found]


LINES = json.dumps(ONE) + "\n\n" + json.dumps(TWO)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (json.dumps(ONE), [(1, ONE)]),
        (json.dumps(ONE, indent=2), [(1, ONE)]),
        (LINES, [(1, ONE), (3, TWO)]),
        (LINES.replace("\n", "\r\n"), [(1, ONE), (3, TWO)]),
        ("\ufeff" + LINES, [(1, ONE), (3, TWO)]),
        (json.dumps([ONE, TWO]), [(1, ONE), (2, TWO)]),
        (json.dumps([ONE, TWO], indent=1), [(1, ONE), (2, TWO)]),
        (f"[{json.dumps(ONE)}]\n[{json.dumps(TWO)}]\n", [(1, ONE), (2, TWO)]),
        ("\n" + LINES, [(2, ONE), (4, TWO)]),
        (f"[\n{json.dumps(ONE)}\n]\n", [(1, ONE)]),
        (f"[\n{json.dumps(ONE)}\n,{json.dumps(TWO)}]", [(1, ONE), (2, TWO)]),
        (f'{{"body":\n{json.dumps(ONE)}\n}}', [(1, ONE)]),
    ],
)
def test_bodies_come_with_their_number(tmp_path: Path, content: str, expected: list[tuple[int, Any]]) -> None:
    assert read(lay(tmp_path, content)) == expected
    assert read(lay(tmp_path, gzip.compress(content.encode()), "bodies.jsonl.gz")) == expected


def test_a_log_says_when_it_received_what(tmp_path: Path) -> None:
    records = [
        {"received_at": "2026-10-01T12:00:00+02:00", "body": ONE},
        {"received_at": AT_US // 1_000_000, "body": json.dumps(TWO)},
        {"body": ONE},
    ]
    found = list(read_bodies(lay(tmp_path, "\n".join(map(json.dumps, records)))))
    assert [(one.payload, one.received_us) for one in found] == [(ONE, AT_US), (TWO, AT_US), (ONE, None)]


def test_a_record_passes_the_headers_of_its_request(tmp_path: Path) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    records = [
        {"headers": {"X-Shopify-Topic": "orders/paid", "Accept": ["a", "b"]}, "body": ONE},
        {"headers": form, "body": "webhook_id=12&to=%2B49"},
        {"headers": form, "body": "%zz=1"},
        {"headers": form, "body": {"webhook_id": "12"}},
        {"headers": None, "body": json.dumps(TWO)},
    ]
    found = list(read_bodies(lay(tmp_path, "\n".join(map(json.dumps, records)))))
    assert [one.payload for one in found] == [ONE, {"webhook_id": "12", "to": "+49"}, None, {"webhook_id": "12"}, TWO]
    assert found[0].headers == {"x-shopify-topic": "orders/paid", "accept": "a, b"}
    assert [one.refused.reason for one in found if one.refused] == ["not-json"]


def test_a_payload_may_have_a_body_of_its_own(tmp_path: Path) -> None:
    own = {"from": "x", "body": "Hello"}
    assert read(lay(tmp_path, json.dumps(own))) == [(1, own)]
    assert read(lay(tmp_path, json.dumps({"level": "info", "body": ONE}))) == [(1, ONE)]


def test_a_bad_line_is_refused_alone(tmp_path: Path) -> None:
    torn = json.dumps(ONE)[:-3]
    lines = [torn, json.dumps(TWO), "\ufffd{", '{"body": "{"}', '{"received_at": "yesterday", "body": {}}', "[" * 5000]
    found = list(read_bodies(lay(tmp_path, "\n".join(lines))))
    refused = [(one.row, one.refused.reason, one.refused.field) for one in found if one.refused]
    assert refused == [
        (1, "not-json", ""), (3, "not-json", ""), (4, "not-json", "body"), (5, "time-unreadable", "received_at"),
        (6, "not-json", ""),
    ]  # fmt: skip
    assert [one.payload for one in found if one.payload is not None] == [TWO, {}]


@pytest.mark.parametrize(
    ("said", "us"),
    [
        ("2026-10-01T10:00:00Z", AT_US),
        ("2026-10-01T12:00:00.5+02:00", AT_US + 500_000),
        ("1790848800", AT_US),
        (1790848800, AT_US),
        (1790848800.25, AT_US + 250_000),
        (1790848800000, AT_US),
        (AT_US, AT_US),
        ("2026-10-01T10:00:00", None),
        ("soon", None),
        (True, None),
        ([], None),
        (12, None),
        (float("nan"), None),
        ("٣٣", None),
    ],
)
def test_instants_of_a_log(said: object, us: int | None) -> None:
    assert received_at_us(said) == us


def test_what_cannot_be_read_in_pieces_is_refused_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LARGEST_DOCUMENT", 100)
    for content in (json.dumps([ONE] * 50), json.dumps([ONE] * 50, indent=1)):
        with pytest.raises(DataRefused) as refused:
            list(read_bodies(lay(tmp_path, content)))
        assert refused.value.code == "document-too-large"
        assert "jq" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty-file"), ('{"a": 1}'.encode("utf-16"), "not-text"), (gzip.compress(b"{}", mtime=0)[:-3], "gzip-broken"),
     (gzip.compress(b" " * 10_000_000), "gzip-bomb")],
    ids=("empty", "utf-16", "cut short", "bomb"),
)  # fmt: skip
def test_files_that_are_none(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(DataRefused) as refused:
        list(read_bodies(lay(tmp_path, content)))
    assert refused.value.code == code


def test_folders_give_their_files_of_bodies_by_name(tmp_path: Path) -> None:
    for name in ("b.jsonl.gz", "a.json", "SOURCES.md", ".hidden.json", "deep/c.ndjson"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in files_of(tmp_path)] == ["a.json", "b.jsonl.gz", "c.ndjson"]


def test_a_refusal_says_where_what_and_what_to_do() -> None:
    said = BodyReject(7, "status-unknown", "entry[0].changes[0].value.statuses[3].status", "in_orbit").sentence(
        "w.jsonl"
    )
    assert said == (
        "w.jsonl body 7 entry[0].changes[0].value.statuses[3].status: 'in_orbit' has a status this version does not know."
        " Upgrade Earnest, then import the file again."
    )
    assert Body(1, None).received_us is None


def test_the_page_names_every_reason() -> None:
    page = (Path(__file__).parents[3] / "docs" / "senders" / "reasons.md").read_text(encoding="utf-8")
    assert not [reason for reason in REASONS if f"`{reason}`" not in page]


def test_a_packed_folder_reads_as_its_files_do(tmp_path: Path) -> None:
    record = {"received_at": "2026-10-01T12:00:00+02:00", "headers": {"X-Topic": "a"}, "body": ONE}
    contents = {
        "lines.json": LINES,
        "records.json": json.dumps(record) + "\n" + json.dumps({"received_at": "soon", "body": json.dumps(TWO)}),
        "array.json": json.dumps([record, ONE, None]),
        "torn.json": json.dumps(ONE) + '\n{"entry',
        "broken.json": "{",
        "empty.json": "",
        "big.json": '{"entry": [100000000000000000000000000]}',
    }
    paths = [lay(tmp_path, content, name) for name, content in contents.items()]
    target = tmp_path / "packed.jsonl"
    left = pack([(path, path.name) for path in paths], target)
    assert {path.name for path in left} <= {"empty.json", "big.json"}
    alone = [(path.name, one) for path in paths if path not in left for one in read_bodies(path)]
    packed = list(read_bodies(target))
    assert [one.row for one in packed] == list(range(1, len(alone) + 1))
    for (name, expected), got in zip(alone, packed, strict=True):
        assert (got.payload, got.received_us, got.refused) == (expected.payload, expected.received_us, expected.refused)
        assert got.headers == expected.headers
        assert got.origin == f"{name} body {expected.row}"


def test_a_refusal_of_a_packed_folder_names_its_own_file() -> None:
    located = Body(7, None, origin="hooks/a.json body 2").located(Rejected("id-missing", "entry[0].id"))
    said = BodyReject(7, located.reason, located.field, located.value).sentence("30 files of hooks")
    assert said.startswith("hooks/a.json body 2 entry[0].id: has no id.")


def test_a_torn_first_line_of_a_file_too_large_for_one_piece_is_refused_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LARGEST_DOCUMENT", 100)
    found = list(read_bodies(lay(tmp_path, "{torn\n" + (json.dumps(ONE) + "\n") * 20)))
    assert [one.refused.reason for one in found if one.refused] == ["not-json"]
    assert len(found) == 21
