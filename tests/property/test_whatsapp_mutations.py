"""Damaged, shuffled and repeated bodies: never an exception, never silence, never another answer."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earnest.channels.columns import SORTS, Stage
from earnest.channels.reasons import REASONS
from earnest.channels.told import Rejected, StatusTold
from earnest.channels.whatsapp import parse
from earnest.importers.parsing import EARLIEST_US, LATEST_US

EXAMPLES = Path(__file__).parents[2] / "examples" / "whatsapp"
AT = "1790848800"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
WORDS = st.sampled_from(
    [
        "",
        "sent",
        "deleted",
        "stop",
        "group",
        "call",
        "4915112345678",
        "+49 151",
        AT,
        "NaN",
        "9" * 400,
        "system",
        "\x00",
        "🙂",
    ]
)


def seeds() -> list[Any]:
    """Bodies of every shape: the example's, and one that holds every list there is."""
    lines = (EXAMPLES / "webhooks.jsonl").read_text(encoding="utf-8").splitlines()
    status = {"id": "a", "status": "sent", "timestamp": AT, "recipient_id": "4915112345678", "recipient_type": "individual",
              "conversation": {"id": "c", "origin": {"type": "marketing"}}, "errors": [{"code": 131050}],
              "pricing": {"pricing_model": "PMP", "category": "marketing", "cost": {"amount": 0.1, "currency": "EUR"}}}  # fmt: skip
    message = {"from": "4915112345678", "id": "b", "timestamp": AT, "type": "interactive", "context": {"id": "a"},
               "interactive": {"type": "button_reply", "button_reply": {"id": "x", "title": "Stop"}},
               "referral": {"source_id": "ad"}}  # fmt: skip
    system = message | {"type": "system", "system": {"type": "user_changed_number", "wa_id": "4915112345679"}}
    value = {
        "metadata": {"phone_number_id": "N", "display_phone_number": "4930123456"},
        "contacts": [{"wa_id": "4915112345678", "user_id": "DE.1", "profile": {"country_code": "DE"}}],
        "statuses": [status, status | {"recipient_type": "group", "recipient_participant_id": "4915112345678"}],
        "messages": [message, system, message | {"type": "reaction", "reaction": {"message_id": "a"}}],
        "user_preferences": [{"wa_id": "4915112345678", "value": "stop", "timestamp": 1790848800}],
        "user_actions": [{"action_type": "marketing_messages_link_click", "timestamp": AT}],
        "message_echoes": [{"to": "4915112345678", "id": "e", "timestamp": AT, "type": "edit", "edit": {}}],
        "history": [{"threads": [{"id": "4915112345678", "messages": [message, message | {"from": "4930123456"}]}]}],
        "errors": [{"code": 1}], "groups": [{"group_id": "G"}],
    }  # fmt: skip
    whole = {"object": "whatsapp_business_account", "entry": [{"id": "W", "time": 1790848800, "changes": [
        {"field": "messages", "value": value}, {"field": "calls", "value": value}, {"field": "history", "value": value}]}]}  # fmt: skip
    return [json.loads(line)["body"] for line in lines] + [whole]


SEEDS = seeds()


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, child in inner for place in places(child, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A body with a few places replaced, removed, doubled or renamed."""
    body = copy.deepcopy(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(places(body)))
        if not path:
            continue
        holder = body
        for key in path[:-1]:
            holder = holder[key]
        match draw(st.integers(0, 4)):
            case 0:
                del holder[path[-1]]
            case 1 if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[path[-1]]))
            case 2 if isinstance(holder, dict):
                holder[draw(st.text(max_size=5))] = holder.pop(path[-1])
            case 3:
                holder[path[-1]] = draw(WORDS)
            case _:
                holder[path[-1]] = draw(JSON)
    return body


def check(payload: Any) -> list[Any]:
    before = copy.deepcopy(payload)
    found = list(parse(payload))
    assert repr(payload) == repr(before), "parsing changes nothing"
    for one in found:
        assert type(one) in SORTS
        if isinstance(one, Rejected):
            assert one.reason in REASONS
        elif getattr(one, "occurred_us", None) is not None:
            assert EARLIEST_US <= one.occurred_us < LATEST_US
    return found


@given(mutated())
@settings(max_examples=400, deadline=None)
def test_a_mutated_body_is_read_or_refused(payload: Any) -> None:
    check(payload)


@given(JSON)
@settings(max_examples=200, deadline=None)
def test_any_json_is_answered(payload: Any) -> None:
    assert check(payload), "never silence"
    assert check({"object": "whatsapp_business_account", "entry": payload})


@given(st.lists(mutated(), min_size=1, max_size=3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_was_told_can_be_written(payloads: list[Any]) -> None:
    """Columns take every value that decoded JSON can hold."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), currency="EUR", chunk=3)
        with stage:
            for row, payload in enumerate(payloads, start=1):
                stage.add(row, None, parse(msgspec.json.decode(json.dumps(payload))))
        assert stage.terms().num_rows <= stage.counts["status"]


@given(st.lists(st.tuples(st.sampled_from(["good", "bad"]), st.integers(0, 9)), max_size=30))
def test_bad_elements_take_no_good_one_with_them(draws: list[tuple[str, int]]) -> None:
    bad = [
        None,
        3,
        "x",
        [],
        {},
        {"id": "a"},
        {"status": "sent"},
        {"id": "a", "status": "?"},
        {"id": 1.5},
        {"timestamp": {}},
    ]
    good = {"status": "sent", "timestamp": AT, "recipient_id": "4915112345678"}
    items = [good | {"id": f"wamid.{n}"} if sort == "good" else bad[pick] for n, (sort, pick) in enumerate(draws)]
    found = list(parse({"statuses": items}))
    kept = [one.message_id for one in found if isinstance(one, StatusTold)]
    assert kept == [f"wamid.{n}" for n, (sort, _) in enumerate(draws) if sort == "good"]
    assert sum(isinstance(one, Rejected) for one in found) == len(draws) - len(kept)
