"""earnest goal, campaign check and campaign lint on the command line: words, JSON and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from integration.command_line import Run, runner_in_shop


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner_in_shop(tmp_path, capsys, monkeypatch)


def messages(path: Path, clicked: int) -> str:
    rows = [
        f"m{n},+4915110{n:06},spring,2025-09-01T10:00:00Z,2025-09-01T10:00:05Z,{'2025-09-01T10:01:00Z' if n < clicked else ''},0.10"
        for n in range(200)
    ]
    path.write_text("\n".join(["message_id,phone,campaign,sent_at,delivered_at,clicked_at,cost", *rows]) + "\n")
    return str(path)


def test_a_plan_is_linted_and_checked_and_its_goal_told(run: Run, tmp_path: Path) -> None:
    """40 of 200 delivered messages clicked: 20 %, Wilson 15.0 % to 26.1 %."""
    assert run("campaign", "add", "spring", "--primary-kpi", "ctr")[0] == 0
    code, out, _ = run("campaign", "lint", "spring")
    assert code == 1
    assert "ERROR kpi-without-goal: click_through_rate" in out
    assert "remedy: earnest goal set spring click_through_rate --target" in out
    code, out, err = run("campaign", "check", "spring")
    assert code == 1
    assert out.startswith("spring: nothing is sent yet\n")
    assert "MISSING  orders:" in out
    assert "next: earnest campaign lint spring" in err

    days = ("--from", "2025-09-01", "--by", "2025-09-14")
    code, out, err = run("goal", "set", "spring", "ctr", "--target", "at least 18%", *days)
    assert (code, out) == (0, "Goal of spring: click_through_rate ≥ 18 % by 2025-09-14.\n")
    assert "without a baseline" in err
    assert run("campaign", "lint", "spring")[0] == 0, "warnings alone do not fail"
    assert run("campaign", "lint", "spring", "--strict")[0] == 1
    run("import", "run", messages(tmp_path / "m.csv", 40), "--as", "messages")
    code, out, _ = run("goal", "check", "spring")
    assert code == 0
    assert out.splitlines()[0] == "CANNOT TELL: click_through_rate ≥ 18 % by 2025-09-14"
    assert "95% interval 15.0 % to 26.1 %" in " ".join(out.split())
    assert "20.0 %" not in out, "no point where nothing can be told"

    run("goal", "set", "spring", "ctr", "--target", "50%", *days)
    code, out, _ = run("goal", "check", "spring")
    assert code == 4
    assert out.splitlines()[0] == "NOT REACHED: click_through_rate ≥ 50 % by 2025-09-14"
    assert "set 2 times; first ≥ 18 %" in out
    (told,) = json.loads(run("goal", "check", "spring", "--json")[1])["data"]
    assert (told["standing"], told["why"], told["figure"]["value"]) == ("not_reached", "interval", 0.2)


def test_json_holds_what_the_words_say(run: Run) -> None:
    run("campaign", "add", "spring", "--primary-kpi", "ctr")
    code, out, _ = run("campaign", "check", "spring", "--json")
    told = json.loads(out)["data"]
    assert (code, told["phase"], told["complete"]) == (1, "planned", False)
    assert {"kind", "name", "status", "what", "last", "silent_since", "remedy", "failing", "facts"} == set(
        told["lines"][0]
    )
    code, out, _ = run("campaign", "lint", "spring", "--json")
    told = json.loads(out)["data"]
    assert (code, told["sound"]) == (1, False)
    assert told["problems"][0]["code"] == "kpi-without-goal"
    assert {"code", "level", "what", "why", "remedy", "facts"} == set(told["problems"][0])


def test_unequal_windows_are_refused_unless_somebody_says_why(run: Run) -> None:
    run("campaign", "add", "spring", "--primary-kpi", "ctr")
    equal = ("--compare", "2025-09-01..2025-09-07", "2025-09-08..2025-09-14")
    unequal = ("--compare", "2025-09-01..2025-09-07", "2025-09-08..2025-09-30")
    codes = [
        {one["code"] for one in json.loads(run("campaign", "lint", "spring", "--json", *days)[1])["data"]["problems"]}
        for days in (equal, unequal)
    ]
    assert codes[1] - codes[0] == {"unequal-windows"}
    wanted = ("goal", "set", "spring", "ctr", "--target", "12%", "--from", "2025-09-01", "--by", "2025-09-14")
    baseline = ("--baseline", "9%", "--baseline-days", "2025-08-01..2025-08-31")
    code, _, err = run(*wanted, *baseline, "--json")
    assert (code, json.loads(err)["error"]["code"]) == (2, "unequal-windows")
    assert run(*wanted, *baseline, "--unequal", "only a month is known")[0] == 0


def test_what_is_refused_has_a_code(run: Run) -> None:
    run("campaign", "add", "spring")
    due = ("--by", "2025-12-31")
    for arguments, told in (
        (("goal", "set", "sprig", "ctr", "--target", "12%", *due), (5, "no-such-campaign")),
        (("goal", "set", "spring", "crt", "--target", "12%", *due), (5, "no-such-kpi")),
        (("goal", "set", "spring", "ctr", "--target", "12", *due), (2, "bad-target")),
        (("goal", "set", "spring", "ctr", "--target", "12%", "--by", "soon"), (2, "not-a-date")),
        (("goal", "withdraw", "spring", "ctr"), (5, "no-such-goal")),
        (("campaign", "check", "sprig"), (5, "no-such-campaign")),
        (("campaign", "lint", "sprig"), (5, "no-such-campaign")),
        (("campaign", "lint", "spring", "--compare", "a", "b"), (2, "not-a-date")),
    ):
        code, _, err = run(*arguments, "--json")
        assert (code, json.loads(err)["error"]["code"]) == told, arguments
    assert run("goal", "list")[0] == 0
    assert run("goal", "check", "spring")[:2] == (0, "spring has no goals\n")
