"""earnest source on the command line: what to paste at the provider, what is missing, how each is doing; never a secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from earnest.cli.main import main
from earnest.usecases.workspace import init

SECRET = "never-to-be-shown-4711"


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    init(tmp_path / "shop", currency="EUR", timezone="Europe/Berlin")
    monkeypatch.chdir(tmp_path / "shop")
    monkeypatch.delenv("EARNEST_WORKSPACE", raising=False)
    monkeypatch.setenv("WA_SECRET", SECRET)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(list(arguments))
        assert isinstance(stopped.value.code, int)
        out, err = capsys.readouterr()
        assert SECRET not in out + err
        return stopped.value.code, out, err

    return run


def test_add_says_what_to_paste_and_what_is_missing(run: Any) -> None:
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


def test_add_refuses_what_cannot_work(run: Any) -> None:
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


def test_list_show_and_remove(run: Any) -> None:
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
