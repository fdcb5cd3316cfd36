"""Answers that count: once a person and asking, by the page, by buttons in chat or from files; edits keep history, machines count for nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from earnest.channels.told import Party
from earnest.definitions.campaign import Campaign
from earnest.definitions.source import Source
from earnest.definitions.survey_templates import template
from earnest.journal.log import RECEIVED, Draft
from earnest.kernel.errors import Conflict, NotFound, UsageError
from earnest.kernel.estimate import Estimate, Unavailable
from earnest.usecases.declare import add_campaign, set_setting
from earnest.usecases.explain_kpi import explain
from earnest.usecases.import_files import import_files
from earnest.usecases.judge import judge
from earnest.usecases.measure import measure_all
from earnest.usecases.rebuild import differing
from earnest.usecases.survey_answered import dedupe_key
from earnest.usecases.survey_answers import answers_json, survey_answers
from earnest.usecases.survey_invite import Ask, Invited, invite, invite_file
from earnest.usecases.survey_tagging import set_rule, set_tag
from earnest.usecases.surveys import add_survey, disable_survey
from earnest.usecases.tables import build, open_tables
from earnest.usecases.workspace import Workspace
from integration.live import START_S, journal, whatsapp, workspace_with_sources

HOUR_US = 3_600_000_000
SENT_US = START_S * 1_000_000


def phone(person: int) -> str:
    return f"4915110000{person:03}"


def asking(path: Path, *, survey: str = "csat", campaign: str = "spring", people: int = 4) -> tuple[Workspace, Invited]:
    """A workspace that asked people 1 … in a campaign."""
    workspace = workspace_with_sources(path)
    set_setting(workspace, "public_url", "https://go.example.com", None)
    add_campaign(workspace, Campaign(campaign, campaign, purpose="service"))
    add_survey(workspace, template(survey), from_template=True)
    parties = [Party(dialled=f"+{phone(person + 1)}") for person in range(people)]
    return workspace, invite(workspace, survey, parties, Ask(campaign, None, "first"))


def form(workspace: Workspace, recipient: int, answers: dict[str, str], at_us: int, **more: Any) -> None:
    """What the page keeps of a form."""
    body = {"survey": "csat", "round": 1, "recipient": recipient, "version": 0, "at": at_us, "marked": None} | more
    body["answers"] = [{"question": question, "answer": answer} for question, answer in answers.items()]
    key = dedupe_key(body["round"], recipient, body["version"])
    text = json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    with workspace.journal() as log:
        log.append_many([Draft(RECEIVED, text, "earnest.surveys", workspace.clock(), key, headers)])


def sent(workspace: Workspace, message: str, person: int, at_us: int, callback: str = "spring") -> None:
    status = {
        "id": message, "status": "delivered", "timestamp": str(at_us // 1_000_000), "recipient_id": phone(person),
        "biz_opaque_callback_data": callback,
    }  # fmt: skip
    journal(workspace, [whatsapp({"statuses": [status]})])


def tapped(workspace: Workspace, message: str, person: int, payload: str, at_us: int) -> None:
    said = {
        "id": f"tap.{message}.{payload}", "from": phone(person), "timestamp": str(at_us // 1_000_000), "type": "button",
        "button": {"payload": payload, "text": "!"}, "context": {"id": message},
    }  # fmt: skip
    journal(workspace, [whatsapp({"messages": [said]})])


def score(workspace: Workspace, kpi: str = "csat") -> tuple[int, int]:
    """Numerator and denominator of a KPI of the campaign, which its rows add up to."""
    names = {"csat": ("satisfied", "answers"), "nps": ("nps_net", "nps_answers"), "rate": ("responded", "invited")}[kpi]
    with open_tables(workspace) as tables:
        measures = measure_all(tables)["spring"].measures
    return measures[names[0]], measures[names[1]]


def test_an_edit_counts_in_place_of_the_first_answer_and_a_machine_counts_for_nothing(tmp_path: Path) -> None:
    workspace, invited = asking(tmp_path / "w")
    assert (invited.round.number, invited.added, len(set(invited.invitations))) == (1, 4, 4)
    form(workspace, 1, {"satisfaction": "2", "reason": "Late"}, SENT_US)
    form(workspace, 2, {"satisfaction": "4"}, SENT_US)
    form(workspace, 3, {"satisfaction": "5"}, SENT_US, marked="honeypot")
    assert score(workspace) == (1, 2)
    form(workspace, 1, {"satisfaction": "5"}, SENT_US + HOUR_US, version=1)
    assert score(workspace) == (2, 2)
    assert score(workspace, "rate") == (2, 4)
    found = survey_answers(workspace, "csat")
    assert [one.n for one in found.asked] == [2, 0], "the words of the first version are gone with it"
    with open_tables(workspace) as tables:
        rows = tables.con.execute("SELECT count(*) FROM event_survey_answer").fetchone()
    assert rows == (4,), "the earlier version stays in the events"
    assert differing(workspace, build(workspace)) == ()


def test_page_and_chat_are_one_answer_to_one_message(tmp_path: Path) -> None:
    workspace, _ = asking(tmp_path / "w")
    sent(workspace, "wamid.1", 1, SENT_US)
    form(workspace, 1, {"satisfaction": "5"}, SENT_US + HOUR_US)
    tapped(workspace, "wamid.1", 1, "csat_1", SENT_US + 2 * HOUR_US)
    assert score(workspace) == (0, 1), "the latest one"
    sent(workspace, "wamid.2", 2, SENT_US)
    tapped(workspace, "wamid.2", 2, "csat_4", SENT_US + 71 * HOUR_US)
    tapped(workspace, "wamid.2", 2, "csat_5", SENT_US + 71 * HOUR_US + 60_000_000)
    assert score(workspace) == (1, 2)
    assert score(workspace, "rate") == (1, 4), "chat has no code"


def test_one_person_with_two_codes_in_a_round_counts_once_however_far_apart_he_answers(tmp_path: Path) -> None:
    workspace = workspace_with_sources(tmp_path / "w")
    set_setting(workspace, "public_url", "https://go.example.com", None)
    add_campaign(workspace, Campaign("spring", "spring", purpose="service"))
    add_survey(workspace, template("csat"), from_template=True)
    invite(
        workspace,
        "csat",
        [Party(dialled=f"+{phone(1)}"), Party(email="one@shop.example")],
        Ask("spring", None, "first"),
    )
    workspace.record("source.set", Source("own", "events", "token", ()).to_json())
    who = {"phone": f"+{phone(1)}", "email": "one@shop.example"}
    event = {
        "type": "attribute",
        "attribute": "plan",
        "value": "x",
        "contact": who,
        "occurred_at": "2026-01-01T00:00:00Z",
    }
    with workspace.journal() as log:
        text = json.dumps({"events": [event]}).encode()
        log.append_many([Draft(RECEIVED, text, "own", workspace.clock(), None, {"content-type": "application/json"})])
    sent(workspace, "wamid.1", 1, SENT_US)
    form(workspace, 1, {"satisfaction": "5"}, SENT_US + HOUR_US)
    form(workspace, 2, {"satisfaction": "2"}, SENT_US + 80 * HOUR_US)
    assert score(workspace) == (0, 1), "the latest one, though no message of the last three days brought him there"
    found = survey_answers(workspace, "csat")
    assert (found.responded, found.people) == (2, 1), "two codes, one person"
    tapped(workspace, "wamid.1", 1, "csat_4", SENT_US + 2 * HOUR_US)
    assert score(workspace) == (0, 1), "the message of the first answer is the same asking"


def test_a_tap_three_days_later_or_on_no_known_message_counts_for_nothing_and_is_told(tmp_path: Path) -> None:
    workspace, _ = asking(tmp_path / "w")
    sent(workspace, "wamid.1", 1, SENT_US)
    tapped(workspace, "wamid.1", 1, "csat_5", SENT_US + 72 * HOUR_US)
    tapped(workspace, "wamid.unknown", 2, "csat_5", SENT_US)
    tapped(workspace, "wamid.1", 1, "buy_now", SENT_US + HOUR_US)
    found = survey_answers(workspace, "csat")
    assert (found.asked[0].n, found.late) == (0, 2)


def test_every_figure_is_the_sum_of_its_rows(tmp_path: Path) -> None:
    workspace, _ = asking(tmp_path / "w")
    sent(workspace, "wamid.1", 1, SENT_US)
    for person, answer in ((1, "5"), (2, "3"), (3, "4")):
        form(workspace, person, {"satisfaction": answer}, SENT_US + HOUR_US)
    found = explain(workspace, "csat", "spring")
    assert [(one.measure, one.total, one.count) for one in found.sets] == [("satisfied", 2, 2), ("answers", 3, 3)]
    found = explain(workspace, "survey_response_rate", "spring")
    assert [(one.measure, one.total) for one in found.sets] == [("responded", 3), ("invited", 4)]
    assert isinstance(found.figure, Estimate)
    assert (found.figure.value, found.figure.n, found.figure.method) == (0.75, 4, "wilson")
    assert isinstance(explain(workspace, "nps", "spring").figure, Unavailable)


def test_nps_by_hand(tmp_path: Path) -> None:
    workspace, _ = asking(tmp_path / "w", survey="nps", people=10)
    for person, answer in enumerate(("10", "9", "9", "10", "9", "8", "7", "6", "0", "7"), 1):
        form(workspace, person, {"recommend": answer}, SENT_US, survey="nps")
    assert score(workspace, "nps") == (3, 10)
    figure = explain(workspace, "nps", "spring").figure
    assert isinstance(figure, Estimate)
    assert (figure.value, figure.unit, figure.n) == (30.0, "points", 10)
    # 3/13 = 0.230769, variance (8.5/13 − 0.053254)/13 = 0.046199, half 1.959964 × 0.214940 = 0.421273
    assert (figure.low, figure.high) == pytest.approx((-19.0504, 65.2043), abs=1e-3)


def test_answers_name_a_channel_weighted_by_those_they_stand_for(tmp_path: Path) -> None:
    workspace, _ = asking(tmp_path / "w", survey="heard", people=4)
    invite(workspace, "heard", [Party(dialled=f"+{phone(50 + n)}") for n in range(6)], Ask("spring", None, "second"))
    sent(workspace, "wamid.1", 99, SENT_US)
    for person, answer in ((1, "message"), (2, "friend")):  # 2 of 4 asked: each stands for 2
        form(workspace, person, {"heard": answer}, SENT_US, survey="heard")
    for person, answer in ((5, "message"), (6, "email"), (7, "search")):  # 3 of 6 asked: each for 2
        form(workspace, person, {"heard": answer}, SENT_US, survey="heard", round=2)
    form(workspace, 8, {"heard": "message"}, SENT_US, survey="heard", round=2)  # 4 of 6: each for 1.5
    found = explain(workspace, "survey_attributed_share", "spring")
    assert isinstance(found.figure, Estimate)
    assert found.figure.value == pytest.approx((4 * 1 / 2 + 6 * 2 / 4) / 10), "an e-mail is no WhatsApp message"
    assert [one.total for one in found.sets] == [5_000_000, 10_000_000]
    # Kish: 10² / (2·2² + 4·1.5²) = 100 / 17
    assert found.figure.n == 5
    one = survey_answers(workspace, "heard", campaign="spring").asked[0]
    assert one.bounds == (3 / 10, 7 / 10)
    shown = answers_json(survey_answers(workspace, "heard"))["questions"][0]
    assert (shown["naming"]["value"], shown["naming"]["too_few"]) == (None, True), "too few for a point"
    assert [line["share"] for line in shown["answers"]] == [None] * 8


def test_imported_answers_count_once_a_form_and_strange_ones_are_told(tmp_path: Path) -> None:

    workspace, _ = asking(tmp_path / "w")
    path = tmp_path / "answers.csv"
    rows = [
        "response_id,email,survey,question,answer,answered_at",
        "f1,a@example.org,csat,satisfaction,5,2026-06-01T10:00:00Z",
        "f1,a@example.org,csat,reason,Write to kim@example.org or +49 151 1234567,2026-06-01T10:00:00Z",
        "f2,b@example.org,csat,satisfaction,8,2026-06-01T11:00:00Z",
        "f3,c@example.org,other,satisfaction,5,2026-06-01T11:00:00Z",
    ]
    path.write_text("\n".join(rows) + "\n")
    (done,) = import_files(workspace, [path], "answers")
    assert [note for note in done.notes if "other" in note] == [
        "1 answer names survey 'other', which is not declared: kept, but counted nowhere until it is (no-such-survey)."
    ]
    found = survey_answers(workspace, "csat")
    assert [(one.code, one.survey, one.answers) for one in found.undeclared] == [("no-such-survey", "other", 1)]
    assert (found.asked[0].n, found.asked[0].unreadable) == (1, 1)
    assert [one.words for one in found.asked[1].words] == ["Write to ••• or •••"]


def test_answers_to_a_question_that_is_not_declared_are_kept_and_told_with_the_closest_name(tmp_path: Path) -> None:
    workspace, _ = asking(tmp_path / "w")
    path = tmp_path / "answers.csv"
    asked = ["csat,satisfacton", "csta,satisfaction", "csta,satisfaction"]
    rows = [f"f{place},{place}@example.org,{one},5,2026-06-01T10:00:00Z" for place, one in enumerate(asked)]
    path.write_text("\n".join(["response_id,email,survey,question,answer,answered_at", *rows]) + "\n")
    (done,) = import_files(workspace, [path], "answers")
    kept = "not declared: kept, but counted nowhere until it is"
    expected = [
        f"1 answer names question 'satisfacton' of survey 'csat', which is {kept} (no-such-question); did you mean 'satisfaction'?",
        f"2 answers name survey 'csta', which is {kept} (no-such-survey); did you mean 'csat'?",
    ]
    assert [note for note in done.notes if "declared" in note] == expected
    assert survey_answers(workspace, "csat").asked[0].n == 0
    add_survey(workspace, replace(template("csat"), id="csta"), from_template=True)
    assert survey_answers(workspace, "csta").asked[0].n == 2, "declared later, they count"
    assert [one.code for one in survey_answers(workspace, "csat").undeclared] == ["no-such-question"]


def test_words_are_tagged_by_rules_and_by_hand(tmp_path: Path) -> None:
    workspace, _ = asking(tmp_path / "w")
    said = {1: "The delivery was late", 2: "Delivered fast!", 3: "undeliverable parcel"}
    for person, words in said.items():
        form(workspace, person, {"satisfaction": "3", "reason": words}, SENT_US + person)
    set_rule(workspace, "csat", "deliver*", "Shipping")
    set_rule(workspace, "csat", "late", "late")

    def tags() -> dict[str, tuple[str, ...]]:
        return {one.words: one.tags for one in survey_answers(workspace, "csat").asked[1].words}

    assert tags() == {said[1]: ("late", "shipping"), said[2]: ("shipping",), said[3]: ()}
    assert survey_answers(workspace, "csat").asked[1].tags == {"shipping": 2, "late": 1}
    names = {one.words: one.name for one in survey_answers(workspace, "csat").asked[1].words}
    set_tag(workspace, "csat", names[said[3]], "shipping", has=True)
    set_tag(workspace, "csat", names[said[2]], "shipping", has=False)
    assert tags() == {said[1]: ("late", "shipping"), said[2]: (), said[3]: ("shipping",)}
    set_rule(workspace, "csat", "late", None)
    assert tags()[said[1]] == ("shipping",)
    with pytest.raises(NotFound):
        set_tag(workspace, "csat", "0" * 16, "x", has=True)


def test_the_same_round_gives_the_same_codes_and_counts_nobody_twice(tmp_path: Path) -> None:
    workspace, first = asking(tmp_path / "w", people=2)
    parties = [Party(dialled=f"+{phone(1)}"), Party(dialled=f"+{phone(7)}"), Party(dialled=f"+{phone(7)}")]
    again = invite(workspace, "csat", parties, Ask("spring", None, "first"))
    assert again.invitations[0] == first.invitations[0]
    assert again.invitations[1] == again.invitations[2]
    assert (again.added, again.round.asked, again.round.number) == (1, 3, 1)
    other = invite(workspace, "csat", parties, Ask("spring", None, "second"))
    assert other.round.number == 2
    assert other.invitations[0].code != first.invitations[0].code


def test_a_file_of_recipients_comes_back_with_codes(tmp_path: Path) -> None:
    workspace, first = asking(tmp_path / "w", people=1)
    path, out = tmp_path / "people.csv", tmp_path / "codes.csv"
    path.write_text(f"name,phone\nA,+{phone(1)}\nB,+{phone(2)}\nC,nonsense\n")
    done = invite_file(workspace, "csat", path, Ask("spring", None, "first"), out=out)
    assert (done.added, done.written.coded, done.round.asked) == (1, 2, 2)
    assert out.read_text().splitlines()[1] == f"A,+{phone(1)},{first.invitations[0].code},{first.invitations[0].url}"
    assert done.written.refusals.reasons == {"contact-unreadable": 1}


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    workspace, _ = asking(tmp_path / "w")
    someone = [Party(dialled=f"+{phone(1)}")]
    with pytest.raises(NotFound, match="did you mean 'csat'"):
        invite(workspace, "csta", someone)
    with pytest.raises(UsageError, match="no campaign"):
        invite(workspace, "csat", someone, Ask("autumn"))
    with pytest.raises(UsageError, match="names no messages"):
        invite(workspace, "csat", someone, Ask(None, "everything"))
    with pytest.raises(Conflict, match="declared already"):
        add_survey(workspace, template("csat"))
    with pytest.raises(Conflict, match="answers survey 'csat' already"):
        add_survey(workspace, replace(template("csat"), id="other"))
    assert add_survey(workspace, replace(template("csat"), id="other"), from_template=True).unasked == (
        "csat_1", "csat_2", "csat_3", "csat_4", "csat_5",
    )  # fmt: skip
    disable_survey(workspace, "csat")
    with pytest.raises(UsageError, match="takes no answers"):
        invite(workspace, "csat", someone)
    assert add_survey(workspace, template("csat")).survey.version == 2


def test_a_round_without_a_campaign_belongs_to_the_one_whose_messages_carry_it(tmp_path: Path) -> None:
    workspace, _ = asking(tmp_path / "w")
    sent(workspace, "wamid.1", 1, SENT_US)
    done = invite(workspace, "csat", [Party(dialled=f"+{phone(1)}")], Ask(None, "callback=spring", "later"))
    form(workspace, 1, {"satisfaction": "5"}, SENT_US + HOUR_US, round=done.round.number)
    assert score(workspace) == (1, 1)
    assert score(workspace, "rate") == (1, 5)


def test_campaigns_that_ask_nobody_show_no_kpis_of_surveys(tmp_path: Path) -> None:

    workspace, _ = asking(tmp_path / "w")
    add_campaign(workspace, Campaign("quiet", "quiet"))
    sent(workspace, "wamid.1", 1, SENT_US, callback="quiet")
    assert not {"csat", "nps", "survey_response_rate", "survey_attributed_share"} & {
        one.kpi for one in judge(workspace, "quiet").kpis
    }
    shown = {one.kpi: one.figure for one in judge(workspace, "spring").kpis}
    assert isinstance(shown["survey_response_rate"], Estimate)
    assert shown["survey_response_rate"].value == 0
    assert isinstance(shown["csat"], Unavailable)
    assert shown["csat"].code == "empty-denominator"
