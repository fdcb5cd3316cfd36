"""earnest source on the command line: what to paste at the provider, what is missing, how each is doing; never a secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from earnest.cli.commands.serve import next_step
from earnest.usecases.workspace import init
from integration.command_line import Answer, Run, runner_in_shop

SECRET = "never-to-be-shown-4711"


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command, which never shows the secret."""
    monkeypatch.setenv("WA_SECRET", SECRET)
    plain = runner_in_shop(tmp_path, capsys, monkeypatch)

    def run(*arguments: str) -> Answer:
        code, out, err = plain(*arguments)
        assert SECRET not in out + err
        return code, out, err

    return run


def test_add_says_what_to_paste_and_what_is_missing(run: Run) -> None:
    code, out, err = run("source", "add", "wa", "--as", "whatsapp", "--secret", "env:WA_SECRET")
    assert code == 0
    assert "https://YOUR-HOST/hooks/wa" in out
    assert "--verify-token" in err
    assert "next: earnest source show wa" in err
    code, out, err = run(
        "source", "add", "wa", "--as", "whatsapp", "--secret", "env:WA_SECRET", "--secret", "env:WA_NEXT",
        "--verify-token", "env:WA_TOKEN", "--public-url", "https://h.example.com/hooks/wa", "--region", "de", "--replace",
        "--json",
    )  # fmt: skip
    told = json.loads(out)
    assert code == 0
    assert told["data"]["address"] == "https://h.example.com/hooks/wa"
    assert told["data"]["secrets"] == ["env:WA_SECRET", "env:WA_NEXT"]
    assert told["data"]["missing_secrets"] == ["env:WA_NEXT", "env:WA_TOKEN"]
    assert len(told["warnings"]) == 2


def test_add_refuses_what_cannot_work(run: Run) -> None:
    cases = {
        ("--as", "whatsap", "--secret", "env:X"): (5, "no-such-channel"),
        ("--as", "whatsapp", "--secret", "env:X", "--signature", "none"): (5, "no-such-signature"),
        ("--as", "whatsapp", "--secret", SECRET): (2, "bad-secret-reference"),
        ("--as", "whatsapp"): (2, "no-secret"),
        ("--as", "whatsapp", "--secret", "env:X", "--region", "Germany"): (2, "bad-setting"),
        ("--as", "whatsapp", "--secret", "env:X", "--public-url", "h.example"): (2, "bad-source-url"),
        ("--as", "whatsapp", "--secret", "env:X", "--map", "total=a"): (2, "option-without-use"),
    }
    for arguments, (code, error) in cases.items():
        got, _, err = run("source", "add", "wa", *arguments, "--json")
        assert (got, json.loads(err)["error"]["code"]) == (code, error), arguments
    code, _, err = run("source", "add", "WA!", "--as", "whatsapp", "--secret", "env:X", "--json")
    assert json.loads(err)["error"]["code"] == "bad-name"


def test_list_show_and_remove(run: Run) -> None:
    run("source", "add", "wa", "--as", "whatsapp", "--secret", "env:WA_SECRET", "--verify-token", "env:WA_TOKEN")
    (listed,) = json.loads(run("source", "list", "--json")[1])["data"]
    shown = json.loads(run("source", "show", "wa", "--json")[1])["data"]
    assert listed == shown
    assert shown["secrets"] == [
        {"reference": "env:WA_SECRET", "found": True}, {"reference": "env:WA_TOKEN", "found": False},
    ]  # fmt: skip
    assert (shown["received"], shown["last_received"], shown["handshake"]) == (0, None, "awaited")
    assert "not to be found here" in run("source", "show", "wa")[1]
    assert run("source", "remove", "wa")[0] == 0
    assert json.loads(run("source", "show", "wa", "--json")[1])["data"]["enabled"] is False
    code, _, err = run("source", "show", "nobody", "--json")
    assert (code, json.loads(err)["error"]["code"]) == (5, "no-such-source")


def test_addresses_are_told_by_the_public_url_once_it_is_set(run: Run) -> None:
    _, out, err = run("source", "add", "wa", "--as", "whatsapp", "--secret", "env:WA_SECRET")
    assert "https://YOUR-HOST/hooks/wa" in out
    assert "earnest setting set public_url" in err
    assert "https://YOUR-HOST/w/shop/hooks/wa" in err
    for wrong in ("hooks.example.com", "https://hooks.example.com/hooks/wa", "ftp://x.example", "https://[x"):
        code, _, err = run("setting", "set", "public_url", wrong, "--json")
        assert (code, json.loads(err)["error"]["code"]) == (2, "bad-public-url"), wrong
    assert run("setting", "set", "public_url", "https://hooks.example.com/")[0] == 0
    shown = json.loads(run("source", "show", "wa", "--json")[1])["data"]
    assert shown["address"] == "https://hooks.example.com/hooks/wa"
    assert shown["address_of_several"] == "https://hooks.example.com/w/shop/hooks/wa"
    assert "https://hooks.example.com/w/shop/hooks/wa" in run("source", "show", "wa")[1]
    _, out, err = run("source", "add", "own", "--as", "events")
    assert "https://hooks.example.com/api/v1/events" in out
    assert "YOUR-HOST" not in out + err
    run(
        "source",
        "add",
        "sms",
        "--as",
        "twilio",
        "--secret",
        "env:WA_SECRET",
        "--public-url",
        "https://t.example/hooks/sms",
    )
    shown = json.loads(run("source", "show", "sms", "--json")[1])["data"]
    assert (shown["address"], shown["address_of_several"]) == ("https://t.example/hooks/sms", None)


def test_a_source_of_keys_tells_nothing_of_signatures(run: Run) -> None:
    for channel in ("events", "segment"):
        _, out, err = run("source", "add", channel, "--as", channel)
        assert "API key" in out
        assert f"earnest key create {channel}" in err
        shown = run("source", "show", channel)[1]
        assert "API keys" in shown
        for about_signatures in ("signature", "token", "handshake", "401", "secret"):
            assert about_signatures not in shown, about_signatures
        assert json.loads(run("source", "show", channel, "--json")[1])["data"]["signature"] is None


def test_stripe_s_test_mode_is_read_only_where_it_is_asked_for(run: Run) -> None:
    def options(*arguments: str) -> Any:
        code, out, _ = run("source", "add", "pay", "--as", "stripe", "--secret", "env:WA_SECRET", *arguments, "--json")
        assert code == 0
        return json.loads(out)["data"]["options"]

    assert options() is None
    assert options("--test-mode", "--replace") == {"test_mode": True}
    assert options("--replace") == {"test_mode": True}
    assert options("--no-test-mode", "--replace") == {"test_mode": False}
    code, _, err = run("source", "add", "wa", "--as", "whatsapp", "--secret", "env:WA_SECRET", "--test-mode", "--json")
    assert (code, json.loads(err)["error"]["code"]) == (2, "option-without-use")


def test_serve_asks_for_a_source_only_where_there_is_none(run: Run, tmp_path: Path) -> None:
    served = {"empty": init(tmp_path / "empty", currency="EUR", timezone="UTC").path, "shop": tmp_path / "shop"}
    assert next_step(served).startswith("earnest source add")
    run("source", "add", "wa", "--as", "whatsapp", "--secret", "env:WA_SECRET")
    assert next_step(served) == "earnest source list"
    run("source", "remove", "wa")
    assert next_step(served).startswith("earnest source add")


def test_serve_refuses_a_proxy_that_it_could_not_trust(run: Run) -> None:
    for wrong in ("foo", "10.0.0.5/8", "10.0.0.0/40", "localhost", ""):
        code, _, err = run("serve", "--trusted-proxy", wrong, "--json")
        assert (code, json.loads(err)["error"]["code"]) == (2, "bad-trusted-proxy"), wrong
