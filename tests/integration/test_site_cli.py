"""Sites and exports of web analytics on the command line: declared, imported, listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from integration.command_line import Answer, Run, data_of, error_of, runner_in_shop

PURCHASE = {
    "event_name": "purchase",
    "event_timestamp": "1790000000000000",
    "user_pseudo_id": "1.2",
    "event_params": [
        {"key": "ga_session_id", "value": {"int_value": "77"}},
        {"key": "currency", "value": {"string_value": "EUR"}},
        {"key": "page_location", "value": {"string_value": "https://shop.example/thanks?utm_campaign=spring"}},
    ],
    "ecommerce": {"transaction_id": "1001", "purchase_revenue": 59.9, "tax_value": 9.9},
}


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner_in_shop(tmp_path, capsys, monkeypatch)


def refused(answer: Answer) -> tuple[int, str]:
    return answer[0], error_of(answer)


def test_a_site_is_declared_with_what_to_paste(run: Run) -> None:
    data_of(run("setting", "set", "public_url", "https://go.shop.example", "--json"))
    code, out, _ = run("source", "add", "web", "--as", "site", "--origin", "https://Shop.example/")
    assert code == 0
    tag = '<script async src="https://go.shop.example/t.js" data-source="web" data-consent="required"></script>'
    assert tag in out, "on one line, to be copied"
    shown = data_of(run("source", "show", "web", "--json"))
    assert (shown["address"], shown["path"]) == ("https://go.shop.example/t/web", "/t/web")
    assert (shown["signature"], shown["secrets"]) == (None, [])
    assert shown["options"] == {"origins": ["https://shop.example"]}
    code, out, _ = run("source", "show", "web")
    assert "https://shop.example" in out


def test_what_is_changed_of_a_site_leaves_the_rest(run: Run) -> None:
    run("source", "add", "web", "--as", "site", "--origin", "https://shop.example")
    changed = data_of(run("source", "add", "web", "--as", "site", "--orders", "count", "--replace", "--json"))
    assert changed["options"] == {"origins": ["https://shop.example"], "orders": "count"}
    changed = data_of(run("source", "add", "web", "--as", "site", "--identify", "--replace", "--json"))
    assert changed["options"] == {"origins": ["https://shop.example"], "orders": "count", "identify": True}
    changed = data_of(run("source", "add", "web", "--as", "site", "--no-identify", "--replace", "--json"))
    assert changed["options"]["identify"] is False


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--as", "site"), "no-origin"),
        (("--as", "site", "--orders", "count"), "no-origin"),
        (("--as", "site", "--origin", "shop.example"), "bad-origin"),
        (("--as", "site", "--origin", "https://shop.example", "--click-parameter", "x"), "option-without-use"),
        (("--as", "whatsapp", "--secret", "env:X", "--origin", "https://shop.example"), "option-without-use"),
        (("--as", "events", "--orders", "count"), "option-without-use"),
        (("--as", "ga4", "--order-event", "x"), "option-without-use"),
        (("--as", "ga4", "--click-parameter", "a b"), "bad-click-parameter"),
    ],
)
def test_what_cannot_work_is_refused(run: Run, arguments: tuple[str, ...], code: str) -> None:
    assert refused(run("source", "add", "web", *arguments, "--json")) == (2, code)


def test_no_key_writes_to_a_site_or_an_export(run: Run) -> None:
    run("source", "add", "web", "--as", "site", "--origin", "https://shop.example")
    run("source", "add", "ga", "--as", "ga4")
    for name in ("web", "ga"):
        got = run("key", "create", "k", "--scope", "events:write", "--source", name, "--json")
        assert refused(got) == (2, "source-takes-no-keys")


def test_an_export_is_imported_as_its_source_says(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(PURCHASE) + "\n" + json.dumps(PURCHASE) + "\n")
    code, out, _ = run("source", "add", "ga", "--as", "ga4", "--orders", "count")
    assert code == 0
    assert "earnest import run FILE --as ga4 --source ga" in out
    (done,) = data_of(run("import", "run", str(file), "--as", "ga4", "--source", "ga", "--json"))["files"]
    assert done["counts"]["events"] == {"session": 2, "order": 2}
    found = data_of(run("session", "summary", "--campaign", "spring", "--json"))
    assert found == {"campaign": "spring", "sessions": 1, "with_click": 0, "orders": 1, "twice": 0, "told_by": []}
    assert data_of(run("session", "summary", "spring", "--json")) == found
    assert refused(run("session", "summary", "--json")) == (2, "which-campaign")
    (one,) = data_of(run("session", "list", "--json"))
    assert one == {
        "source": "ga", "session_id": "1.2.77", "at": "2026-09-21T14:13:20+00:00", "page": "shop.example/thanks",
        "campaign": "spring", "link": None, "orders": ["1001"], "told": 2, "known": True, "sources": ["ga"],
    }  # fmt: skip
    code, out, _ = run("session", "list", "--campaign", "spring")
    assert code == 0
    assert "shop.example/thanks" in out


def test_an_export_without_a_source_of_its_own_names_orders_and_counts_none(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(PURCHASE) + "\n")
    (done,) = data_of(run("import", "run", str(file), "--as", "ga4", "--json"))["files"]
    assert done["counts"]["events"] == {"session": 1}


def test_a_campaign_that_nothing_names_is_no_campaign(run: Run) -> None:
    for verb in ("list", "summary"):
        assert refused(run("session", verb, "--campaign", "sprin", "--json")) == (5, "no-such-campaign")
    assert data_of(run("session", "list", "--json")) == []
