"""earnest link on the command line: from an allowed host to codes for a file, and back; exit codes, JSON, what to do next."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from earnest.channels.channel import channels, offered
from earnest.usecases.workspace import open_workspace
from integration.command_line import Run, data_of, runner_in_shop


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner_in_shop(tmp_path, capsys, monkeypatch)


def told(run: Run, *arguments: str) -> Any:
    return data_of(run(*arguments, "--json"))


def test_from_a_host_to_codes_and_back(run: Run) -> None:
    code, out, err = run("link", "create", "spring", "https://shop.example/a")
    assert code == 2
    assert "hint: Allow it, if it is yours: earnest link allow shop.example" in err
    assert "no host is allowed yet" in run("link", "allow")[1]
    assert run("link", "allow", "shop.example", "*.shop.example")[1].split() == ["*.shop.example", "shop.example"]
    assert run("link", "allow", "*.shop.example", "--remove")[1].split() == ["shop.example"]
    code, out, err = run(
        "link", "create", "spring", "https://shop.example/a", "--utm", "utm_source=sms", "--within", "callback=c-7"
    )
    assert code == 0
    assert out.startswith("https://YOUR-HOST/r/")
    assert "public_url" in err
    assert run("link", "code", "spring", "--contact", "1")[0] == 1
    run("setting", "set", "public_url", "https://go.example")
    shown = told(run, "link", "show", "spring")
    assert shown["lands_on"] == "https://shop.example/a?utm_source=sms&eid=CLICK"
    assert (shown["within"], shown["clicks"]["raw"], shown["state"]) == ("callback=c-7", 0, "live")
    one = run("link", "code", "spring", "--phone", "+49 151 12345678")[1]
    assert one == run("link", "code", "spring", "--wa-id", "4915112345678")[1]
    assert one.startswith("https://go.example/r/")
    assert one.strip() != shown["url"]
    Path("people.csv").write_text("name,phone\nKim,0049 151 12345678\nLou,x\n")
    code, out, err = run("link", "codes", "spring", "--recipients", "people.csv")
    assert code == 0
    assert "1 of 2 rows have a code (phone from phone): people.codes.csv" in out
    assert "row 2 is no usable identity" in out
    with Path("people.codes.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row == {"name": "Kim", "phone": "0049 151 12345678", "code": one.strip()[-20:], "url": one.strip()}
    assert "\nspring  live" in run("link", "list")[1]


def test_a_change_keeps_what_it_does_not_name(run: Run) -> None:
    run("link", "allow", "shop.example")
    run("link", "create", "spring", "https://shop.example/a", "--utm", "source=sms", "--until", "2090-01-01T00:00:00Z")
    changed = told(run, "link", "change", "spring", "--to", "https://shop.example/b", "--no-click-id")
    assert (changed["destination"], changed["click_parameter"], changed["utm"]) == (
        "https://shop.example/b",
        None,
        {"source": "sms"},
    )
    assert changed["until_us"] == 3_786_912_000_000_000
    assert told(run, "link", "change", "spring", "--until", "never")["until_us"] is None
    assert told(run, "link", "disable", "spring")["enabled"] is False
    assert told(run, "link", "change", "spring", "--enable")["enabled"] is True
    assert run("link", "create", "spring", "https://shop.example/b", "--utm", "source=sms")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (("allow", "*.com"), 2, "bad-host"),
        (("allow", "none.example", "--remove"), 5, "host-not-listed"),
        (("create", "x", "https://shop.example/a b"), 2, "destination-unsafe"),
        (("create", "x", "https://shop.example/", "--utm", "sms"), 2, "bad-utm"),
        (("create", "x", "https://shop.example/", "--until", "soon"), 2, "not-a-time"),
        (("create", "x", "https://shop.example/", "--campaign", "none"), 5, "no-such-campaign"),
        (("show", "x"), 5, "no-such-link"),
        (("disable", "x"), 5, "no-such-link"),
        (("qr", "x"), 5, "no-such-link"),
        (("check", "x"), 5, "no-such-link"),
        (("code", "x"), 2, "one-recipient"),
        (("code", "x", "--phone", "1", "--email", "a@b.example"), 2, "one-recipient"),
        (("codes", "x", "--recipients", "none.csv"), 5, "no-such-link"),
    ],
)
def test_what_cannot_be_is_refused_with_its_code(
    run: Any, arguments: tuple[str, ...], exit_code: int, code: str
) -> None:
    run("link", "allow", "shop.example")
    found, out, err = run("link", *arguments)
    assert found == exit_code
    assert out == ""
    assert f"code: {code}" in err
    assert "hint: " in err


def test_check_exits_as_the_doctor_does(run: Run) -> None:
    assert run("link", "check")[0] == 0
    run("link", "allow", "shop.example")
    run("link", "create", "spring", "https://shop.example/a")
    code, out, err = run("link", "check")
    assert code == 1
    assert "FAILED public-url-missing" in out
    assert "WARNED link-without-campaign: link spring: " in out
    assert "next: earnest link check --fetch" in err
    run("setting", "set", "public_url", "https://go.example")
    assert run("link", "check")[0] == 0
    assert run("link", "check", "--strict")[0] == 1
    run("campaign", "add", "c")
    run("link", "change", "spring", "--campaign", "c")
    assert run("link", "check", "spring", "--strict")[1] == "1 link looked at, none called: all well\n"


def test_a_qr_code_is_drawn_in_the_terminal_or_to_a_file(run: Run) -> None:
    run("link", "allow", "shop.example")
    run("link", "create", "spring", "https://shop.example/a")
    run("setting", "set", "public_url", "https://go.example")
    code, out, _ = run("link", "qr", "spring")
    assert code == 0
    assert out.splitlines()[-1].startswith("https://go.example/r/")
    assert set("".join(out.splitlines()[:-1])) == set(" ▀▄█")
    assert run("link", "qr", "spring", "--out", "a.svg")[0] == 0
    assert Path("a.svg").read_text().startswith("<?xml")
    assert run("link", "qr", "spring", "--out", "a.gif")[0] == 2


def test_what_earnest_itself_receives_is_no_channel_to_declare_or_import(run: Run) -> None:
    own = sorted(set(channels()) - set(offered()))
    assert "recipients" in own
    Path("bodies.json").write_text("{}")
    for channel in own:
        code, _, err = run("source", "add", "x", "--as", channel, "--secret", "env:X")
        assert (code, "code: no-such-channel" in err) == (5, True)
        code, _, err = run("import", "run", "bodies.json", "--as", channel)
        assert code == 2
        assert repr(channel) not in err.partition("is not one of")[2]
    assert open_workspace(".").state().sources == {}


def test_the_campaign_is_its_tag_and_a_day_is_meant_to_its_end(run: Run) -> None:
    """The shop's zone decides where a day ends; an id that differs by case only is refused."""
    run("link", "allow", "shop.example")
    run("campaign", "add", "spring")
    tz = open_workspace(Path("w") if Path("w").exists() else Path()).state().timezone
    of = ("--campaign", "spring")
    made = told(run, "link", "create", "one", "https://shop.example/a", *of, "--until", "2090-01-01")
    assert made["utm"] == {"campaign": "spring"}
    assert made["until_us"] == int(datetime(2090, 1, 2, tzinfo=ZoneInfo(tz)).timestamp()) * 1_000_000
    assert told(run, "link", "create", "two", "https://shop.example/a", *of, "--utm", "campaign=")["utm"] == {}
    assert told(run, "link", "create", "three", "https://shop.example/a?utm_campaign=x", *of)["utm"] == {}
    assert told(run, "link", "create", "four", "https://shop.example/a", *of, "--utm", "campaign=y")["utm"] == {
        "campaign": "y"
    }
    code, _, err = run("link", "create", "One", "https://shop.example/a")
    assert code == 1
    assert "link-alike" in err
