"""Errors as problem+json: every class of the tree has a status, and no answer says what callers need not know."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Body, FastAPI
from pydantic import BaseModel, Field

from earnest.api.problem import install, problem_of
from earnest.api.refusal import NotIdentified, too_many
from earnest.journal.writer import Overloaded
from earnest.kernel.errors import (
    Conflict,
    CurrencyMismatch,
    DataRefused,
    EarnestError,
    EnvironmentProblem,
    NotFound,
    UsageError,
)
from earnest.usecases.access import BeyondOwn

PHONE = "4915112345678"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (UsageError, 400),
        (DataRefused, 422),
        (NotFound, 404),
        (Conflict, 409),
        (BeyondOwn, 403),
        (EnvironmentProblem, 503),
        (Overloaded, 503),
        (CurrencyMismatch, 400),
        (EarnestError, 500),
    ],
)
def test_each_class_has_its_status(kind: type[EarnestError], status: int) -> None:
    answer = problem_of(kind("some-code", "what happened", hint="what to do"))
    told = json.loads(bytes(answer.body))
    assert (answer.status_code, answer.media_type) == (status, "application/problem+json")
    assert told["type"] == "urn:earnest:problem:some-code"
    assert (told["status"], told["code"], told["detail"], told["remedy"]) == (
        status, "some-code", "what happened", "what to do",
    )  # fmt: skip
    assert told["title"]
    assert told["why"].endswith(".")
    assert ("retry-after" in answer.headers) == (status == 503)


def test_refusals_bring_their_own_status_and_headers() -> None:
    assert problem_of(too_many(7)).headers["retry-after"] == "7"
    answer = problem_of(NotIdentified("unknown-key", "who?"))
    assert (answer.status_code, answer.headers["www-authenticate"][:6]) == (401, "Bearer")


def test_where_things_lie_on_the_machine_is_not_told() -> None:
    error = EnvironmentProblem("x", "the journal /srv/brand/journal.db cannot be opened", hint="chmod 600 shop/key.txt")
    told = json.loads(bytes(problem_of(error).body))
    assert told["detail"] == "the journal … cannot be opened"
    assert told["remedy"] == "chmod 600 …"


class Named(BaseModel):
    """Something with a bounded name."""

    name: Annotated[str, Field(max_length=3)]
    count: int


Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask() -> Ask:
    app = FastAPI()
    install(app)

    def take(body: Annotated[Named, Body()]) -> dict[str, Any]:
        return body.model_dump()

    app.add_api_route("/named", take, methods=["POST"])

    async def one(method: str, path: str, **what: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return await client.request(method, path, **what)

    return lambda method, path, **what: asyncio.run(one(method, path, **what))


def test_an_invalid_request_is_told_where_and_never_with_the_value(ask: Ask) -> None:
    answer = ask("POST", "/named", json={"name": PHONE, "count": PHONE + "x", PHONE: 1})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    told = answer.json()
    assert {error["where"] for error in told["errors"]} == {"body.name", "body.count"}
    assert told["code"] == "request-invalid"
    assert PHONE not in answer.text


def test_unknown_addresses_and_methods(ask: Ask) -> None:
    assert ask("GET", f"/{PHONE}").json()["code"] == "no-such-address"
    assert PHONE not in ask("GET", f"/{PHONE}").text
    refused = ask("GET", "/named")
    assert (refused.status_code, refused.headers["allow"], refused.json()["code"]) == (
        405,
        "POST",
        "method-not-allowed",
    )


def test_what_nobody_foresaw_is_told_in_the_same_form() -> None:
    app = FastAPI()
    install(app)

    @app.get("/")
    async def breaks() -> None:
        raise ValueError(PHONE)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.get("/")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["code"] == "unexpected"
    assert PHONE not in answer.text
