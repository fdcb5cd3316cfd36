"""The page of a survey: `/q/{code}`. A GET shows the form and never keeps anything; a POST keeps the answers, once a code.

    GET  code ── survey ── answered? ──> form, or "you have answered already"
     404   410 closed
    POST form ── a machine? ── token ── answers ── journal ──> thanks
           thanks, never counted │ 422 again │ 409 other answers than before

The journal decides: its dedupe key is the round and recipient, so that a thousand posts at once are one answer. Within 24 hours the
answers can be changed by a form made for that; the earlier ones stay in the journal.
"""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from earnest.api.by_code import find_by_code
from earnest.api.guard import caller_address, throttle_of
from earnest.api.limits import Gone, check_head, counted, read_body
from earnest.api.place import Place
from earnest.api.problem import problem, problem_of
from earnest.api.route import PUBLIC, Route
from earnest.api.routes.hooks import headers_of
from earnest.api.survey_form import LEAST_US, MOST_US, Answers, Seal, Sent, Token, answers_of, sent_form
from earnest.api.survey_page import Form, chosen_language, form_page, policy, said_page, thanks_page, words_of
from earnest.definitions.survey import LANGUAGES, Survey
from earnest.journal.log import RECEIVED, Draft
from earnest.kernel.errors import EarnestError, EnvironmentProblem
from earnest.tracking.codes import Code
from earnest.usecases.survey_answered import MOST_VERSIONS, Answered, answered, dedupe_key

PATH = "/q/{code}"
SOURCE = "earnest.surveys"
LARGEST = 64 << 10
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request about a code that is one of ours."""

    place: Place
    code: str
    what: Code
    survey: Survey
    language: str

    @property
    def recipient(self) -> int:
        assert self.what.recipient is not None
        return self.what.recipient

    @property
    def now_us(self) -> int:
        return self.place.workspace.clock()


class SurveyPage:
    """The endpoint of all surveys of all workspaces."""

    thin = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["earnest.route"] = PATH
        headers = headers_of(scope)
        query = _query(scope["query_string"])
        try:
            response = await self._respond(scope, receive, headers, query)
        except Gone:
            return
        except EnvironmentProblem:
            response = _html(503, said_page(_spoken(headers, query), "later"), {"retry-after": "30"})
        except EarnestError as error:
            response = problem_of(error)
        await response(scope, receive, send)

    async def _respond(
        self, scope: Scope, receive: Receive, headers: dict[str, str], query: Mapping[str, str]
    ) -> Response:
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return problem(
                405, "method-not-allowed", "this method is not for this address", headers={"allow": "GET, HEAD, POST"}
            )
        request = Request(scope)
        wait_s = throttle_of(request).take("address", caller_address(request))
        if wait_s:
            return _html(429, said_page(_spoken(headers, query), "slow"), {"retry-after": str(wait_s)})
        asked = self._asked(scope, headers, query)
        if asked is None:
            wait_s = throttle_of(request).take("refused", caller_address(request))
            if wait_s:
                return _html(429, said_page(_spoken(headers, query), "slow"), {"retry-after": str(wait_s)})
            return _html(404, said_page(_spoken(headers, query), "unknown"))
        scope["earnest.facts"] = {"workspace": asked.place.name}
        if not asked.survey.open_at(asked.now_us):
            return _html(410, said_page(asked.language, "closed"))
        if scope["method"] != "POST":
            return await _shown(asked, changing="change" in query)
        return await self._posted(scope, receive, headers, asked)

    def _asked(self, scope: Scope, headers: dict[str, str], query: Mapping[str, str]) -> _Asked | None:
        """Which survey the code belongs to; None for everything that is no invitation of ours."""
        parameters = scope["path_params"]
        found = find_by_code(scope["app"], parameters["code"], "survey", workspace=parameters.get("workspace"))
        if found is None or found[1].recipient is None:
            return None
        place, code = found
        state = place.state()
        round_ = state.rounds.get(code.number)
        survey = state.surveys.get(round_.survey) if round_ else None
        if survey is None:
            return None
        language = chosen_language(query.get("lang"), headers.get("accept-language", ""), survey.languages)
        return _Asked(place, parameters["code"], code, survey, language)

    async def _posted(self, scope: Scope, receive: Receive, headers: dict[str, str], asked: _Asked) -> Response:
        if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            return problem(415, "not-a-form", "this address takes the form it shows", remedy=f"Send {_FORM}.")
        check_head(headers, most=LARGEST)
        count = counted(scope)
        try:
            sent = sent_form(await read_body(receive, count, most=LARGEST))
            if sent is None:
                return problem(400, "not-a-form", "the form cannot be read", remedy="Load the page again.")
            return await _decide(_speaking(asked, sent.language), sent)
        finally:
            count.give_back()


async def _shown(asked: _Asked, *, changing: bool) -> Response:
    """The form, or that there is an answer already."""
    before = await _answered(asked)
    if not before.given:
        return _form(asked, 0)
    if changing and before.changeable(asked.now_us):
        return _form(asked, before.versions, changing=True)
    return _html(200, said_page(asked.language, "already", change=before.changeable(asked.now_us)))


async def _decide(asked: _Asked, sent: Sent) -> Response:
    words = words_of(asked.language)
    answers = answers_of(asked.survey, sent, words)
    if sent.trapped:
        await _keep(asked, answers, 0, marked="honeypot")
        return _thanks(asked, answers, change=False)
    token = Seal(asked.place.workspace.key()).read(asked.code, sent.token)
    age_us = asked.now_us - token.issued_us if token else None
    if token is None or age_us is None or age_us > MOST_US or age_us < 0:
        return _form(asked, 0, sent=sent, alert=words["stale"], status=422)
    if answers.faults:
        return _form(asked, token.version, sent=sent, answers=answers, status=422, token=token)
    if age_us < LEAST_US:
        return _form(asked, token.version, sent=sent, alert=words["too_fast"], status=422, token=token)
    if token.version and not await _may_change(asked, token.version):
        return _html(409, said_page(asked.language, "already"))
    try:
        same = await _keep(asked, answers, token.version, took_ms=age_us // 1000)
    except EnvironmentProblem as error:
        return _form(asked, token.version, sent=sent, alert=words["busy"], status=503, token=token, code=error.code)
    if not same:
        before = await _answered(asked)
        return _html(409, said_page(asked.language, "already", change=before.changeable(asked.now_us)))
    return _thanks(asked, answers, change=token.version < MOST_VERSIONS)


async def _may_change(asked: _Asked, version: int) -> bool:
    """Whether there is an earlier version that this one may take the place of; its own repetition may come too."""
    before = await _answered(asked)
    return before.versions > version or (before.versions == version and before.changeable(asked.now_us))


async def _keep(
    asked: _Asked, answers: Answers, version: int, *, marked: str | None = None, took_ms: int | None = None
) -> bool:
    """Write the answers to the journal, once a code and version. False: other ones are there already.

    Raises:
        EnvironmentProblem: as `Place.keep`.
    """
    now_us = asked.now_us
    said = [{"question": question, "answer": answer} for question, answer in answers.given.items()]
    body: dict[str, Any] = {
        "survey": asked.survey.id, "survey_version": asked.survey.version, "round": asked.what.number, "recipient": asked.recipient,
        "version": version, "at": now_us, "language": asked.language, "took_ms": took_ms, "marked": marked, "answers": said,
    }  # fmt: skip
    text = json.dumps(body, ensure_ascii=False).encode()
    key = dedupe_key(asked.what.number, asked.recipient, version)
    began = time.perf_counter()
    draft = Draft(RECEIVED, text, SOURCE, now_us, key, {"content-type": "application/json"})
    try:
        kept = await asked.place.keep(draft)
    except EnvironmentProblem as error:
        asked.place.figures.refused(SOURCE, error.code)
        raise
    asked.place.figures.kept(SOURCE, len(text), again=kept.again, seconds=time.perf_counter() - began)
    if not kept.again:
        return True
    before = await _answered(asked)
    return before.said(version) == answers.given


def _answered_now(asked: _Asked) -> Answered:
    return answered(asked.place.workspace, asked.what.number, asked.recipient)


async def _answered(asked: _Asked) -> Answered:
    return await run_in_threadpool(_answered_now, asked)


def _form(
    asked: _Asked,
    version: int,
    *,
    sent: Sent | None = None,
    answers: Answers | None = None,
    alert: str | None = None,
    status: int = 200,
    changing: bool | None = None,
    token: Token | None = None,
    code: str | None = None,
) -> Response:
    """The form, empty or as it was sent. A token that was good stays, so that sending again needs no waiting."""
    given = token or Token(asked.now_us, version)
    seal = Seal(asked.place.workspace.key()).write(asked.code, given)
    form = Form(
        seal,
        sent.filled if sent else {},
        answers.faults if answers else {},
        alert,
        bool(given.version) if changing is None else changing,
    )
    headers = {"retry-after": "30"} if code else {}
    return _html(status, form_page(asked.survey, asked.language, form), headers)


def _thanks(asked: _Asked, answers: Answers, *, change: bool) -> Response:
    return _html(200, thanks_page(asked.survey, asked.language, answers.given, change=change))


def _speaking(asked: _Asked, language: str | None) -> _Asked:
    """The same in the language that the form was shown in."""
    if language not in asked.survey.languages:
        return asked
    return _Asked(asked.place, asked.code, asked.what, asked.survey, language)


def _query(text: bytes) -> Mapping[str, str]:
    """The parameters of the address; none, if there are more than any form of ours has."""
    try:
        return dict(urllib.parse.parse_qsl(text[:1000].decode("latin-1"), max_num_fields=50))
    except ValueError:
        return {}


def _spoken(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    return chosen_language(query.get("lang"), headers.get("accept-language", ""), LANGUAGES)


def _html(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    told = {
        "content-security-policy": policy(),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex, nofollow",
        "x-frame-options": "DENY",
        "vary": "accept-language",
    }
    return Response(body, status, {**told, **(headers or {})}, "text/html; charset=utf-8")


_PAGE = SurveyPage()

ROUTES = (
    Route("GET", PATH, _PAGE, access=PUBLIC, summary="Show a survey", tag="surveys"),
    Route("POST", PATH, _PAGE, access=PUBLIC, summary="Answer a survey", tag="surveys"),
)
