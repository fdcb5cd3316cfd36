"""Every address keeps to the OpenAPI document: what fits it is taken, what does not is refused, nothing breaks the server.

Schemathesis makes the requests, over the application itself with valid API keys: examples, coverage of each constraint
(also methods that an address does not have, and requests without a key), random bodies, and sequences of requests.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished

from earnest.access.principal import operator
from earnest.api.document import document
from earnest.usecases.access import Administration, create_key
from earnest.usecases.declare import set_setting
from earnest.usecases.links import allow_hosts

from .senders import Shop, served_shop

SECONDS = 60
"""The run ends here, whatever it has not tried yet; `make soak` gives it longer."""

RULED = "^/(api/v1/(users|keys|session|links|attribution|profit|kpis|quality|trends|reports|campaigns)|v1/)"
SCOPES = ("reports:read", "definitions:write", "links:write", "surveys:write", "access:manage", "operations:read")


def _config(*, seconds: int, examples: int) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": 20261122,
            "max-time": seconds,
            "generation": {"mode": "all", "max-examples": examples, "database": "none", "no-shrink": True},
            "operations": [
                # What a password must not be, which names are taken, which scopes there are, which hosts are allowed, which
                # periods can be read, which dimensions, models and checks there are, and that no text anywhere in a body holds
                # NUL, no schema says.
                {"include-path-regex": RULED, "checks": {"positive_data_acceptance": {"enabled": False}}}
            ],
        }
    )


def _schema(shop: Shop, config: SchemathesisConfig) -> Any:
    schema = schemathesis.openapi.from_dict(_in_euros(document(shop.app)), config=config)
    schema.app = shop.app
    schema = schema.exclude(path="/readyz")  # 503 is its right answer where no builder runs
    allow_hosts(shop.place.workspace, ["shop.example"])
    set_setting(shop.place.workspace, "public_url", "https://go.example", None)
    admin = Administration(shop.place.workspace, shop.place.access, operator("root"))
    all_key = create_key(admin, "all", scopes=SCOPES)[1]

    @schema.auth(refresh_interval=None)
    class Key:
        """The key that an address is for; asked for anew with each request, else the first address's would be every one's."""

        def get(self, case: Any, _context: Any) -> str:
            path = case.operation.path
            if path.startswith("/v1/"):
                return shop.segment_key
            return shop.events_key if path.startswith("/api/v1/events") else all_key

        def set(self, case: Any, data: str, _context: Any) -> None:
            case.headers["Authorization"] = f"Bearer {data}"
            key = case.headers.get("Idempotency-Key")
            if isinstance(key, str) and re.fullmatch("[!-~]{1,200}", key):
                # One that was used with another body is refused: each request gets a key of its own.
                case.headers["Idempotency-Key"] = f"{key}{next(_NUMBERS)}"

    return schema


_NUMBERS = itertools.count()


def _in_euros(node: Any) -> Any:
    """The document for a shop that counts in euros: this currency alone, and its two decimals."""
    if isinstance(node, list):
        return [_in_euros(one) for one in node]
    if not isinstance(node, dict):
        return node
    told = {name: _in_euros(one) for name, one in node.items()}
    if "EUR" in (told.get("enum") or ()):
        told["enum"] = ["EUR"]
    if isinstance(told.get("pattern"), str):
        told["pattern"] = told["pattern"].replace(r"(\.[0-9]{1,4})?", r"(\.[0-9]{1,2})?")
    return told


def _failures(shop: Shop, *, seconds: int, examples: int) -> tuple[dict[str, str], int]:
    """The first failure of each sort, with the request that shows it; and how many requests were made."""
    schema = _schema(shop, _config(seconds=seconds, examples=examples))
    found: dict[str, str] = {}
    requests = 0
    for event in from_schema(schema).execute():
        if isinstance(event, ScenarioFinished):
            requests += len(event.recorder.cases)
            for case_id, checks in event.recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        answer = event.recorder.interactions[case_id].response
                        said = answer.content[:500] if answer is not None else b""
                        told = f"{check.failure_info.failure}\n{check.failure_info.code_sample[:600]}\n{said!r}"
                        found.setdefault(f"{event.recorder.label}: {check.name}", told)
        elif isinstance(event, NonFatalError):
            found.setdefault(event.label, repr(event.value))
        elif isinstance(event, FatalError):
            found.setdefault("the run", repr(event.exception))
    return found, requests


def test_every_address_keeps_to_the_document(tmp_path: Path) -> None:
    with served_shop(tmp_path) as shop:
        failures, requests = _failures(shop, seconds=SECONDS, examples=15)
    assert not failures, "\n\n".join(f"{what}: {told}" for what, told in failures.items())
    assert requests > 500
