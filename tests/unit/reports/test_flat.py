"""CSV and JSON: a row a figure, nothing a verdict hides, no cell that a spreadsheet would run."""

import csv
import io
import json
from dataclasses import replace

import pytest

from earnest.reports.flat import csv_text, inert, json_text
from earnest.reports.readings import COLUMNS, readings_in
from earnest.reports.report import Report
from earnest.reports.words import languages
from unit.reports.made import HOSTILE, hostile, made, report_of
from unit.reports.stories import ALL, gain, inconclusive


def rows(report: Report) -> list[dict[str, str]]:
    file = csv_text(report)
    assert file.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def row(report: Report, section: str, name: str) -> dict[str, str]:
    (found,) = [one for one in rows(report) if (one["section"], one["name"]) == (section, name)]
    return found


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", ALL)
def test_every_row_has_every_column_and_a_figure_or_a_reason(name: str, language: str) -> None:
    found = rows(made(name, language))
    assert found
    for one in found:
        assert tuple(one) == COLUMNS
        assert one["value"] or one["low"] or one["unavailable"], one


def test_figures_are_plain_decimals_in_every_language() -> None:
    for language in languages():
        report = made("gain", language)
        assert row(report, "cost", "total")["value"] == "8172.00"
        assert row(report, "cost", "messaging")["basis"] == "invoiced"
        delivered = row(report, "kpi", "delivery_rate")
        assert (delivered["value"], delivered["low"], delivered["high"], delivered["n"]) == (
            "0.9421",
            "0.9404",
            "0.9438",
            "74160",
        )
        assert row(report, "bridge", "would_have_come_anyway")["value"] == "71558.00"
        assert row(report, "attributed_revenue", "last_touch")["basis"] == "attributed"


def test_an_open_verdict_has_no_point() -> None:
    report = report_of(inconclusive())
    for name in inconclusive().returns:
        told = row(report, "returns", name)
        assert told["value"] == ""
        assert told["low"]
        assert told["high"]
    assert row(report, "kpi", "incremental_return")["value"] == ""
    assert not [one for one in rows(report) if one["section"] == "experiment_revenue"]
    assert not [one for one in rows(report) if one["name"] == "would_have_come_anyway"]


@pytest.mark.parametrize("name", ["withheld", "by_purpose", "unrated"])
def test_no_return_where_none_may_be_told(name: str) -> None:
    for one in rows(made(name)):
        if one["section"] in {"returns", "restated"}:
            assert one["unavailable"]
            assert not one["value"] + one["low"] + one["high"]


def test_an_unknown_charge_is_a_reason_never_zero() -> None:
    unknown = [one for one in rows(made("told")) if one["section"] == "charges" and one["unavailable"]]
    assert sum(int(one["n"]) for one in unknown) == 144
    assert {one["value"] for one in unknown} == {""}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    for one in rows(report_of(hostile(text))):
        for name, cell in one.items():
            number = name in {"value", "low", "high"}
            assert number or not cell.lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "＝")), (name, cell)


def test_the_rule_for_texts() -> None:
    assert inert("−€39") == "−€39"
    assert inert("+€39") == "'+€39"
    assert inert("\u00a0=1") == "'\u00a0=1"
    assert inert("\t=1") == "'‹U+0009›=1"
    assert inert("a=1") == "a=1"


def test_negative_numbers_stay_numbers() -> None:
    assert row(made("inconclusive"), "returns", "contribution")["low"].startswith("-3105.3")


def test_blocks_alone_give_their_drawn_numbers_and_their_words() -> None:
    report = replace(made("gain"), workings=None, told=None)
    found = {(one.name, one.text) for one in readings_in(report.blocks)}
    assert ("Contribution after messaging", "+€9,903") in found
    assert ("Delivery rate", "94.2%") in found
    total = [one for one in rows(report) if one["name"] == "Campaign cost"]
    assert [one["value"] for one in total] == ["-8172.00"]


def test_json_is_what_the_api_tells() -> None:
    body = json.loads(json_text(made("gain")))
    assert body["data"] == json.loads(json.dumps(gain().to_json()))
    assert body["schema_version"] == 1
    assert body["report"]["created"] == "2026-11-01T09:30:00+00:00"
    alone = json.loads(json_text(replace(made("gain"), workings=None, told=None)))
    assert {"cost", "bridge"}.isdisjoint(alone["data"])
    assert alone["data"]["figures"]


@pytest.mark.parametrize("write", [csv_text, json_text])
def test_equal_reports_are_equal_bytes(write: object) -> None:
    assert callable(write)
    assert write(made("told", "ru")) == write(made("told", "ru"))
