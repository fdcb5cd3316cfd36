"""`earnest attribution analyze` on files of people: every form and format, rows that cannot be read, calls that cannot be right."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

import earnest
from integration.command_line import Answer, Run, data_of, runner_in

PATHS = "path,total_conversions,total_conversion_value,total_null\nemail > sms,2,30.00,1\nsms,1,10.00,5\nemail,0,0,3\n"
TOUCHES = (
    "user_id,ts,channel,campaign,touch_type\n"
    "u1,2026-09-01T10:00:00Z,email,spring,delivered\n"
    "u1,2026-09-03T10:00:00Z,whatsapp,spring,replied\n"
    "u2,2026-09-03T10:00:00Z,whatsapp,autumn,clicked\n"
    "u1,2026-09-09T10:00:00Z,email,autumn,clicked\n"
)
ORDERS = (
    "order_id,user_id,ts,value,currency\no1,u1,2026-09-03T10:00:00Z,19.99,EUR\no2,u3,2026-09-04T10:00:00Z,5.00,EUR\n"
)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner_in(tmp_path, capsys, monkeypatch)


def told(run: Run, *arguments: object) -> Any:
    return data_of(run("attribution", "analyze", *arguments, "--json"))


def refusal_of(answer: Answer, exit_code: int) -> Any:
    code, out, err = answer
    assert (code, out) == (exit_code, "")
    return json.loads(err)["error"]


def model(answer: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in answer["models"] if one["id"] == name)
    return found


def credit(answer: Any, name: str, figure: str = "conversions") -> dict[str, float]:
    return {row["channel"]: row[figure] for row in model(answer, name)["credit"]}


def test_paths_are_credited_under_every_model(run: Run, tmp_path: Path) -> None:
    (tmp_path / "paths.csv").write_text(PATHS)
    answer = told(run, "paths.csv", "--currency", "EUR")
    assert (answer["form"], answer["journeys"], answer["conversions"], answer["null_journeys"]) == ("paths", 12, 3, 9)
    assert credit(answer, "last_touch") == {"email": 0, "sms": 3}
    assert credit(answer, "linear") == {"email": 1, "sms": 2}
    assert credit(answer, "linear", "money") == {
        "email": {"amount": "15.00", "currency": "EUR"},
        "sms": {"amount": "25.00", "currency": "EUR"},
    }
    assert set(credit(answer, "markov_2", "removal_effect")) == {"email", "sms"}
    assert {one["id"] for one in answer["models"]} >= {"markov_4", "shapley_rate", "logistic", "shao_li", "any_touch"}
    for one in answer["models"]:
        assert one["definition"]
        assert one["caveat"]
        assert ("credit" in one) != ("unavailable" in one)
    assert model(answer, "time_decay_7d")["unavailable"]["code"] == "no-times"
    assert not model(answer, "any_touch")["conserved"]


def test_the_table_says_how_it_adds_up_and_what_each_model_means(run: Run, tmp_path: Path) -> None:
    (tmp_path / "paths.csv").write_text(PATHS)
    code, out, err = run("attribution", "analyze", "paths.csv", "--limit", "1")
    assert code == 0
    assert "1 more" in out
    assert "Every model: 3 conversions credited + 0 without a touch = 3" in out
    assert "any_touch alone adds up to" in " ".join(out.split())
    assert "not what they caused" in " ".join(out.split())
    assert "no-times" in out
    assert "the values have no currency" in err


def test_one_model_is_told_in_full(run: Run, tmp_path: Path) -> None:
    (tmp_path / "paths.csv").write_text(PATHS)
    code, out, _ = run("attribution", "analyze", "paths.csv", "--model", "linear", "--currency", "EUR")
    assert code == 0
    assert "€25.00" in out
    assert "€40.00 + €0.00 = €40.00, exact to the unit" in " ".join(out.split())


@pytest.mark.parametrize("form", ["semicolon", "gz", "jsonl", "parquet"])
def test_every_format_reads_the_same(run: Run, tmp_path: Path, form: str) -> None:
    (tmp_path / "paths.csv").write_text(PATHS)
    names, *rows = [line.split(",") for line in PATHS.splitlines()]
    records = [dict(zip(names, row, strict=True)) for row in rows]
    other = tmp_path / f"other.{form}"
    if form == "semicolon":
        other.write_text(PATHS.replace(",", ";"))
    elif form == "gz":
        other.write_bytes(gzip.compress(PATHS.encode()))
    elif form == "jsonl":
        other.write_text("".join(json.dumps(record) + "\n" for record in records))
    else:
        pyarrow.parquet.write_table(pa.Table.from_pylist(records), other)
    assert told(run, "paths.csv")["models"] == told(run, other.name)["models"]


def test_each_conversion_is_a_journey_of_the_touches_before_it(run: Run, tmp_path: Path) -> None:
    """u1: e-mail, then WhatsApp at the instant of the order, e-mail after it; u2 never orders; u3 was never touched."""
    (tmp_path / "touches.csv").write_text(TOUCHES)
    (tmp_path / "orders.csv").write_text(ORDERS)
    answer = told(run, "touches.csv", "--conversions", "orders.csv")
    assert (answer["form"], answer["by"], answer["journeys"], answer["null_journeys"]) == ("touches", "channel", 2, 1)
    assert (answer["attributed_conversions"], answer["unattributed_conversions"]) == (1, 1)
    assert answer["money"]["unattributed"] == {"amount": "5.00", "currency": "EUR"}
    assert credit(answer, "linear", "money") == {
        "email": {"amount": "9.99", "currency": "EUR"},
        "whatsapp": {"amount": "10.00", "currency": "EUR"},
    }
    assert credit(answer, "last_touch") == {"email": 0, "whatsapp": 1}
    assert credit(answer, "time_decay_24h") == pytest.approx({"email": 0.2, "whatsapp": 0.8})
    assert credit(answer, "position_w") == pytest.approx({"email": 1 / 3, "whatsapp": 2 / 3}), (
        "the reply is the milestone"
    )


def test_the_window_is_closed_at_both_ends(run: Run, tmp_path: Path) -> None:
    (tmp_path / "touches.csv").write_text(TOUCHES)
    (tmp_path / "orders.csv").write_text(ORDERS)
    for window, expected in (("2d", {"email": 0.5, "whatsapp": 0.5}), ("47h", {"email": 0, "whatsapp": 1})):
        answer = told(run, "touches.csv", "--conversions", "orders.csv", "--window", window)
        assert credit(answer, "linear") == expected


def test_credit_by_campaign_and_by_touch_type(run: Run, tmp_path: Path) -> None:
    (tmp_path / "touches.csv").write_text(TOUCHES)
    (tmp_path / "orders.csv").write_text(ORDERS)
    assert credit(told(run, "touches.csv", "--conversions", "orders.csv", "--by", "campaign"), "linear") == {
        "autumn": 0,
        "spring": 1,
    }
    answer = told(run, "touches.csv", "--conversions", "orders.csv", "--by", "touch_type")
    assert credit(answer, "linear") == {"clicked": 0, "delivered": 0.5, "replied": 0.5}


def test_settings_change_the_models_they_belong_to(run: Run, tmp_path: Path) -> None:
    (tmp_path / "touches.csv").write_text(TOUCHES)
    (tmp_path / "orders.csv").write_text(ORDERS)
    both = ("touches.csv", "--conversions", "orders.csv")
    answer = told(run, *both, "--half-life", "12h", "--weights", "0.9,0,0.1", "--direct", "whatsapp", "--order", 2)
    assert credit(answer, "time_decay_12h") == pytest.approx({"email": 1 / 17, "whatsapp": 16 / 17})
    assert credit(answer, "position_u") == pytest.approx({"email": 0.9, "whatsapp": 0.1})
    assert credit(answer, "last_non_direct") == {"email": 1, "whatsapp": 0}
    assert [one["id"] for one in answer["models"] if one["id"].startswith("markov")] == ["markov_2"]
    named = told(run, *both, "--model", "markov", "--model", "linear")
    assert [one["id"] for one in named["models"]] == ["linear", "markov_1", "markov_2", "markov_3", "markov_4"]


def test_markov_without_null_journeys(run: Run, tmp_path: Path) -> None:
    (tmp_path / "paths.csv").write_text(PATHS)
    answer = told(run, "paths.csv", "--without-nulls", "--model", "markov_1")
    assert model(answer, "markov_1")["facts"]["conversion_probability"] == pytest.approx(1)


def test_rows_that_cannot_be_read_are_left_out_and_told(run: Run, tmp_path: Path) -> None:
    bad = PATHS + "a > > b,1,1,0\n,1,1,0\nemail,some,1,0\nemail,1,1,-2\nemail > sms,1,12x,0\nsms,1\n"
    (tmp_path / "paths.csv").write_text(bad)
    answer = told(run, "paths.csv", "--currency", "EUR")
    left_out = {(one["reason"], one["field"]): (one["rows"], one["first_row"]) for one in answer["rows"]["left_out"]}
    assert left_out == {
        ("empty-step", "path"): (1, 4),
        ("missing", "path"): (1, 5),
        ("not-a-count", "conversions"): (1, 6),
        ("not-a-count", "nulls"): (1, 7),
        ("not-an-amount", "value"): (1, 8),
        ("column-count", None): (1, 9),
    }
    assert (answer["rows"]["read"], answer["conversions"]) == (9, 3)
    code, _, err = run("attribution", "analyze", "paths.csv", "--currency", "EUR")
    assert code == 0
    assert "1 row left out, path has an empty step (first: row 4)" in err


def test_orders_are_counted_once_and_only_in_the_currency_of_the_analysis(run: Run, tmp_path: Path) -> None:
    (tmp_path / "touches.csv").write_text(TOUCHES)
    orders = ORDERS + "o1,u1,2026-09-03T10:00:00Z,19.99,EUR\no3,u2,2026-09-05T10:00:00Z,7.00,USD\n"
    (tmp_path / "orders.csv").write_text(orders)
    both = ("attribution", "analyze", "touches.csv", "--conversions", "orders.csv")
    refusal = refusal_of(run(*both, "--json"), 2)
    assert refusal["code"] == "several-currencies"
    assert "--currency EUR" in refusal["hint"]
    answer = data_of(run(*both, "--currency", "eur", "--json"))
    assert {(one["reason"], one["rows"]) for one in answer["rows"]["left_out"]} == {
        ("repeated-id", 1),
        ("currency-differs", 1),
    }
    assert answer["conversions"] == 2


def test_times_without_a_zone_are_one_clock_where_all_are_and_left_out_where_some_are(run: Run, tmp_path: Path) -> None:
    (tmp_path / "touches.csv").write_text(TOUCHES.replace("Z,", ","))
    (tmp_path / "orders.csv").write_text(ORDERS.replace("Z,", ","))
    answer = told(run, "touches.csv", "--conversions", "orders.csv")
    assert credit(answer, "linear") == {"email": 0.5, "whatsapp": 0.5}
    assert any("one clock" in note for note in answer["notes"])
    (tmp_path / "orders.csv").write_text(ORDERS)
    refusal = refusal_of(run("attribution", "analyze", "touches.csv", "--conversions", "orders.csv", "--json"), 3)
    assert refusal["code"] == "no-journeys"
    assert "naive-time" in refusal["message"]
    answer = told(run, "touches.csv", "--conversions", "orders.csv", "--timezone", "UTC")
    assert credit(answer, "linear") == {"email": 0.5, "whatsapp": 0.5}


def test_a_row_may_say_whether_its_one_journey_converted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "paths.jsonl").write_text('{"path": "a > b", "converted": true}\n{"path": "b", "converted": false}\n')
    answer = told(run, "paths.jsonl")
    assert (answer["conversions"], answer["null_journeys"]) == (1, 1)


def test_more_decimals_than_the_currency_has_stay_exact(run: Run, tmp_path: Path) -> None:
    (tmp_path / "paths.csv").write_text("path,conversions,value\na > b > c,1,0.0100\na,1,0.002501\n")
    answer = told(run, "paths.csv", "--currency", "EUR", "--model", "linear")
    assert credit(answer, "linear", "money")["a"] == {"amount": "0.005834", "currency": "EUR"}
    assert model(answer, "linear")["total"]["money"] == {"amount": "0.012501", "currency": "EUR"}


REFUSED: dict[str, tuple[Callable[[Path], tuple[object, ...]], int, str, str]] = {
    "touches alone": (lambda _: ("touches.csv",), 2, "conversions-missing", "--conversions"),
    "window over paths": (lambda _: ("paths.csv", "--window", "5d"), 2, "not-touches", "--conversions"),
    "by over paths": (lambda _: ("paths.csv", "--by", "campaign"), 2, "not-touches", "--conversions"),
    "no such column": (
        lambda _: ("touches.csv", "--conversions", "orders.csv", "--by", "template"), 3, "missing-column", "--map template",
    ),
    "unknown model": (lambda _: ("paths.csv", "--model", "liner"), 5, "no-such-model", "linear"),
    "unknown order": (lambda _: ("paths.csv", "--order", "5"), 2, "bad-order", "1, 2, 3, 4"),
    "bad window": (lambda _: ("touches.csv", "--conversions", "orders.csv", "--window", "soon"), 2, "bad-length", "5d"),
    "bad weights": (lambda _: ("paths.csv", "--weights", "1,2"), 2, "bad-weights", "0.4,0.2,0.4"),
    "weights beyond one": (lambda _: ("paths.csv", "--weights", "0.5,0.5,0.5"), 2, "bad-weights", "add up to 1"),
    "unknown currency": (lambda _: ("paths.csv", "--currency", "EURO"), 2, "unknown-currency", "three-letter"),
    "currency of no value": (lambda _: ("counts.csv", "--currency", "EUR"), 2, "no-value", "--map value"),
    "unknown map": (lambda _: ("paths.csv", "--map", "steps=path"), 2, "unknown-field", "path"),
    "map of no column": (lambda _: ("paths.csv", "--map", "value=revenues"), 3, "unknown-column", "total_conversion_value"),
    "no file": (lambda _: ("none.csv",), 5, "no-such-file", "path"),
    "neither form": (lambda _: ("other.csv",), 3, "missing-column", "--map path"),
    "nothing readable": (lambda _: ("broken.csv",), 3, "no-journeys", "--map"),
    "no conversion": (lambda _: ("nulls.csv",), 3, "no-journeys", "--map"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_calls_that_cannot_be_right_say_what_to_do(run: Run, tmp_path: Path, case: str) -> None:
    (tmp_path / "paths.csv").write_text(PATHS)
    (tmp_path / "touches.csv").write_text(TOUCHES)
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "counts.csv").write_text("path,conversions\na > b,1\n")
    (tmp_path / "nulls.csv").write_text("path,conversions,nulls\na > b,0,4\n")
    (tmp_path / "broken.csv").write_text("path,conversions\na > > b,1\na,x\n")
    (tmp_path / "other.csv").write_text("name,town\nx,y\n")
    arguments, exit_code, code, hint = REFUSED[case]
    refusal = refusal_of(run("attribution", "analyze", *arguments(tmp_path), "--json"), exit_code)
    assert refusal["code"] == code
    assert hint in refusal["hint"]


def test_python_answers_the_same(run: Run, tmp_path: Path) -> None:
    (tmp_path / "paths.csv").write_text(PATHS)
    options = earnest.JourneyOptions(currency="EUR", models=("linear",))
    assert earnest.analyze_journeys(tmp_path / "paths.csv", options).to_json() == told(
        run, "paths.csv", "--currency", "EUR", "--model", "linear"
    )
