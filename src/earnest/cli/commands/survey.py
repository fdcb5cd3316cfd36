"""earnest survey add, list, show, invite, answers, tag, disable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from earnest.cli.output import Output, shared
from earnest.kernel.words import count

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from earnest.definitions.survey import Round, Survey
    from earnest.usecases.survey_answers import Asked, SurveyAnswers


@click.group(name="survey")
def group() -> None:
    """Surveys: CSAT, NPS, how people heard of you, what they think. One answer a code, on a page or in chat."""


@group.command()
@click.argument("name")
@click.option("--template", "of", metavar="TEMPLATE", help="csat, nps, heard, decided or product-feedback.")
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A survey of your own, as JSON.",
)
@click.option("--until", metavar="TIME", help="Takes no answers from then on (ISO 8601 with zone).")
@click.option("--replace", "replacing", is_flag=True, help="Change a declared survey: its next version.")
@shared
def add(out: Output, name: str, *, of: str | None, path: Path | None, until: str | None, replacing: bool) -> None:
    """Declare survey NAME, from a template or a file.

    `survey show NAME --json` prints a survey as a file has it: take a template, change its words, declare it again.
    """
    from dataclasses import replace

    from earnest.cli.times import instant
    from earnest.definitions.survey_templates import template
    from earnest.kernel.errors import UsageError
    from earnest.usecases.surveys import add_survey, survey_of_file

    if (of is None) == (path is None):
        raise UsageError(
            "template-or-file",
            "a survey comes from a template or a file",
            hint="Give --template csat, or --file FILE.json.",
        )
    survey = survey_of_file(path, name) if path is not None else replace(template(of or ""), id=name)
    survey = replace(survey, until_us=instant(until)) if until else survey
    done = add_survey(out.workspace(), survey, replacing=replacing, from_template=of is not None)
    for payload in done.unasked:
        out.note(f"The reply '{payload}' answers another survey already, and is left out here.")
    words = f"Survey {name}, version {done.survey.version}: {count(len(survey.questions), 'question')} in {', '.join(survey.languages)}."
    out.data(done.survey.to_json(), lambda c: c.print(words, markup=False))
    out.next(f"earnest survey invite {name} --recipients FILE.csv --out CODES.csv")


@group.command(name="list")
@shared
def list_surveys(out: Output) -> None:
    """List surveys, with how many were invited."""
    from earnest.cli.tables import print_table
    from earnest.kernel.period import zone
    from earnest.usecases.surveys import rounds_of

    state = out.workspace().state()
    tz = zone(state.timezone)
    found = [(survey, rounds_of(state, survey.id)) for survey in state.surveys.values()]
    rows = [
        (s.id, str(s.version), str(len(s.questions)), " ".join(s.languages), str(len(r)), f"{sum(one.asked for one in r):,}", _state(s, tz))
        for s, r in found
    ]  # fmt: skip
    data = [s.to_json() | {"rounds": len(r), "invited": sum(one.asked for one in r)} for s, r in found]
    headers = ("survey", "version", "questions", "languages", "rounds", "invited", "state")
    out.data(data, lambda c: print_table(c, headers, rows, numbers=(1, 2, 4, 5)))
    if not found:
        out.next("earnest survey add NAME --template csat")


@group.command()
@click.argument("name")
@shared
def show(out: Output, name: str) -> None:
    """Show a survey and its rounds.

    Questions, replies that answer them, rounds of invitations, rules of tags. With --json its `survey` is a file for `survey add --file`.
    """
    from earnest.cli.tables import print_table
    from earnest.kernel.period import zone
    from earnest.usecases.surveys import find_survey, rounds_of

    state = out.workspace().state()
    survey = find_survey(state, name)
    rounds, tagging = rounds_of(state, name), state.tagging.get(name)
    told = [
        {"round": r.number, "name": r.name, "campaign": r.campaign, "within": r.within, "invited": r.asked}
        for r in rounds
    ]
    rules = dict(tagging.rules) if tagging else {}

    def render(console: Console) -> None:
        first = survey.languages[0]
        console.print(
            f"{survey.title[first]} ({name}, version {survey.version}, {_state(survey, zone(state.timezone))})",
            markup=False,
        )
        rows = [
            (q.id, q.kind, "yes" if q.required else "no", q.texts[first], " ".join(q.answers_from_reply or ()))
            for q in survey.questions
        ]
        print_table(console, ("question", "kind", "required", "text", "answered by replies"), rows)
        if told:
            listed = [(str(r.number), r.name, r.campaign or "", r.within or "", f"{r.asked:,}") for r in rounds]
            print_table(console, ("round", "name", "campaign", "within", "invited"), listed, numbers=(0, 4))
        if rules:
            print_table(console, ("word", "tag"), sorted(rules.items()))

    out.data({"survey": survey.to_json(), "rounds": told, "tag_rules": rules}, render)
    out.next(f"earnest survey answers {name}")


@group.command()
@click.argument("name")
@click.option("--recipients", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="File with a phone, wa_id, email or contact column: CSV, JSON Lines, Parquet.")  # fmt: skip
@click.option("--phone", help="Invite one person, by phone.")
@click.option("--email", help="Invite one person, by mail address.")
@click.option("--contact", help="Invite one person, by your own customer id.")
@click.option("--campaign", metavar="ID", help="Campaign the answers are of.")
@click.option(
    "--within",
    metavar="FIELD=VALUE",
    help="Messages that carry the invitation: template=…, tag=…, callback=…, campaign=….",
)
@click.option(
    "--round",
    "round_name",
    metavar="NAME",
    help="Round to invite into; default: today's. The same round gives the same codes.",
)
@click.option(
    "--out",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for the rows with their codes, gzipped if it ends in .gz; default: FILE.codes.csv.",
)
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Column of phones, mail addresses …: --map phone=Mobile.",
)
@shared
def invite(
    out: Output,
    name: str,
    *,
    path: Path | None,
    campaign: str | None,
    within: str | None,
    round_name: str | None,
    target: Path | None,
    maps: tuple[str, ...],
    phone: str | None,
    email: str | None,
    contact: str | None,
) -> None:
    """Make codes: one for each recipient, good for one answer."""
    from earnest.channels.told import Party
    from earnest.kernel.errors import UsageError
    from earnest.usecases.survey_invite import Ask, invite, invite_file

    named = {field: text for field, text in (("dialled", phone), ("email", email), ("contact", contact)) if text}
    if (path is None) == (not named) or len(named) > 1:
        raise UsageError(
            "recipients-or-one",
            "say whom to invite",
            hint="Give --recipients FILE.csv, or one of --phone, --email, --contact.",
        )
    workspace, ask = out.workspace(), Ask(campaign, within, round_name)
    if path is None:
        done = invite(workspace, name, [Party(**named)], ask)
        made = done.invitations[0]
        data = _round_json(done.round, done.added) | {"code": made.code, "url": made.url}
        out.data(data, lambda c: c.print(made.url, markup=False, soft_wrap=True))
    else:
        with out.progress() as progress:
            found = invite_file(workspace, name, path, ask, out=target, maps=maps, progress=progress)
        written = found.written
        words = (
            f"{written.coded:,} of {written.rows:,} rows have a code of round {found.round.number} ({found.round.name}), in {written.out};"
            f" {count(found.added, 'person is', 'people are')} new to it."
        )
        out.data(
            _round_json(found.round, found.added) | {"written": written.to_json()},
            lambda c: c.print(words, markup=False, soft_wrap=True),
        )
        for one in written.refusals.first:
            out.note(f"row {one.row} {one.what}. {one.remedy}")
        if written.refused_out is not None:
            out.note(f"{count(written.refusals.total, 'row')} without a code: {written.refused_out}.")
            click.get_current_context().exit(3)
    out.next(f"earnest survey answers {name}")


@group.command()
@click.argument("name")
@click.option("--campaign", metavar="ID", help="Only answers of this campaign.")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Words to print of each question.")
@shared
def answers(out: Output, name: str, *, campaign: str | None, limit: int) -> None:
    """Show what was answered, with intervals.

    Distributions, CSAT, NPS, who answered at all, words and their tags. Of fewer than 30 answers only the range is shown, no share.
    """
    from earnest.kernel.period import zone
    from earnest.usecases.survey_answers import answers_json, survey_answers

    workspace = out.workspace()
    tz = zone(workspace.state().timezone)
    found = survey_answers(workspace, name, campaign=campaign, limit=limit)
    out.data(answers_json(found), lambda c: _print_answers(c, found, tz))
    for one in found.undeclared:
        out.note(one.sentence)
    if found.late:
        out.note(f"{found.late:,} taps in chat count for nothing: no known message was sent in the 72 hours before.")
    if any(one.words for one in found.asked):
        out.next(f"earnest survey tag {name} --word WORD --tag TAG")


@group.command()
@click.argument("name")
@click.option(
    "--word", help="Tag all answers with this word, those to come too; deliver* stands for all that begin so."
)
@click.option("--answer", metavar="ID", help="Tag one answer, as `survey answers` names it.")
@click.option("--tag", help="The tag.")
@click.option("--remove", is_flag=True, help="Take the rule of the word, or the tag of the answer, away.")
@shared
def tag(out: Output, name: str, *, word: str | None, answer: str | None, tag: str | None, remove: bool) -> None:
    """Tag what people wrote, by a word or by hand. What is done by hand overrules the words."""
    from earnest.kernel.errors import UsageError
    from earnest.usecases.survey_tagging import set_rule, set_tag

    if (word is None) == (answer is None) or (tag is None and not (remove and word)):
        raise UsageError(
            "word-or-answer", "say what to tag, and how", hint="Give --word WORD --tag TAG, or --answer ID --tag TAG."
        )
    workspace = out.workspace()
    if word is not None:
        done = set_rule(workspace, name, word, None if remove else tag)
        said = (
            f"Answers with '{done.word}' are tagged {done.tag}."
            if done.tag
            else f"No rule looks for '{done.word}' any more."
        )
    else:
        done = set_tag(workspace, name, answer or "", tag or "", has=not remove)
        said = f"Answer {answer} {'is' if done.has else 'is not'} tagged {done.tag}."
    out.data(
        {"survey": name, "word": done.word, "answer": done.answer, "tag": done.tag, "has": done.has},
        lambda c: c.print(said, markup=False),
    )
    out.next(f"earnest survey answers {name}")


@group.command()
@click.argument("name")
@shared
def disable(out: Output, name: str) -> None:
    """Ask nobody any more: the codes lead to a page that says so. Answers stay."""
    from earnest.usecases.surveys import disable_survey

    survey = disable_survey(out.workspace(), name)
    out.data(survey.to_json(), lambda c: c.print(f"Survey {name} takes no answers any more.", markup=False))
    out.next(f"earnest survey answers {name}")


def _round_json(round_: Round, added: int) -> dict[str, Any]:
    return {
        "survey": round_.survey,
        "round": round_.number,
        "round_name": round_.name,
        "invited": round_.asked,
        "added": added,
    }


def _state(survey: Survey, tz: ZoneInfo) -> str:
    from earnest.cli.times import local_time

    if not survey.enabled:
        return "disabled"
    return f"until {local_time(survey.until_us, tz)} ({tz.key})" if survey.until_us is not None else "open"


def _print_answers(console: Console, found: SurveyAnswers, tz: ZoneInfo) -> None:
    from earnest.cli.tables import escape, print_table
    from earnest.cli.times import local_date
    from earnest.usecases.survey_answers import FEWEST

    of = f" of {found.campaign}" if found.campaign else ""
    console.print(
        escape(
            f"{found.survey.id}{of}: {_answered(found)} of {found.invited:,} invited answered with their code ({_figure(found.response, 100)})"
        )
    )
    for one in found.asked:
        console.print()
        console.print(escape(f"{next(iter(one.question.texts.values()))} ({one.question.id})"))
        console.print(escape(_summary(one)))
        if one.lines and one.n:
            rows = [
                (
                    line.text,
                    f"{line.count:,}",
                    "" if one.n < FEWEST else _percent(line.count / one.n),
                    f"{_percent(line.low)} to {_percent(line.high)}",
                )
                for line in one.lines
            ]
            print_table(console, ("answer", "n", "share", "interval"), rows, numbers=(1, 2, 3))
        if one.tags:
            console.print(escape("tags: " + ", ".join(f"{name} {found}" for name, found in one.tags.items())))
        if one.words:
            listed = [(w.name, local_date(w.at_us, tz), w.words, ", ".join(w.tags)) for w in one.words]
            print_table(console, ("answer", f"day ({tz.key})", "words", "tags"), listed)


def _answered(found: SurveyAnswers) -> str:
    """Who answered: persons, and their codes where somebody had several."""
    if found.people == found.responded:
        return f"{found.responded:,}"
    person = "person" if found.people == 1 else "persons"
    return f"{found.people:,} {person} with {found.responded:,} codes"


def _summary(one: Asked) -> str:
    parts = [count(one.n, "answer")]
    if one.score is not None:
        parts.append(f"{one.question.kind.upper()} {_figure(one.score)}")
    if one.naming is not None and one.bounds is not None:
        low, high = one.bounds
        parts.append(
            f"names the channels {_figure(one.naming)}; had all invited answered, {_percent(low)} to {_percent(high)}"
        )
    if one.unreadable:
        parts.append(f"{one.unreadable:,} more are no answer to it")
    return "; ".join(parts)


def _figure(figure: Any, fewest: int = 30) -> str:
    """A figure with its interval; of too few answers the interval alone."""
    from earnest.cli.tables import figure_text
    from earnest.kernel.estimate import Estimate

    if not isinstance(figure, Estimate) or figure.low is None or figure.high is None:
        return figure_text(figure)
    points = figure.unit == "points"
    ends = [f"{end:+.0f}".replace("-", "−") if points else _percent(end) for end in (figure.low, figure.high)]
    span = f"{ends[0]} to {ends[1]}"
    return f"{span}, too few for a figure" if (figure.n or 0) < fewest else f"{figure_text(figure)} ({span})"


def _percent(value: float) -> str:
    from earnest.cli.tables import share

    return share(value)


COMMANDS = {"survey": group}
