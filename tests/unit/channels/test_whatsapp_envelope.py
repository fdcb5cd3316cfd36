"""Envelopes, notices and what is no body at all; and every public sample body, none of which may be met in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from earnest.channels.reasons import REASONS
from earnest.channels.told import Notice, Rejected, StatusTold, Terms
from earnest.channels.whatsapp import parse
from unit.channels.bodies_of import ACCOUNT, AT_US, NUMBER, PHONE, envelope, message, status, value

TIME = {"time": AT_US // 1_000_000}


def only(payload: object) -> Any:
    (found,) = parse(payload)
    return found


@pytest.mark.parametrize(
    ("field", "content", "subject", "name"),
    [
        ("message_template_status_update", {"event": "PAUSED", "message_template_name": "sale"}, "sale", "PAUSED"),
        ("message_template_quality_update", {"new_quality_score": "RED", "message_template_name": "sale"}, "sale", "RED"),
        ("template_category_update", {"previous_category": "UTILITY", "new_category": "MARKETING", "message_template_name": "sale"}, "sale", "MARKETING"),
        ("message_template_components_update", {"message_template_name": "sale"}, "sale", None),
        ("phone_number_quality_update", {"display_phone_number": "1555", "event": "FLAGGED"}, "1555", "FLAGGED"),
        ("account_update", {"event": "DISABLED_UPDATE"}, ACCOUNT, "DISABLED_UPDATE"),
        ("account_review_update", {"decision": "APPROVED"}, ACCOUNT, "APPROVED"),
        ("account_alerts", {"entity_id": "17", "alert_info": {"alert_type": "OBA_REVIEW"}}, "17", "OBA_REVIEW"),
        ("business_capability_update", {"max_daily_conversations_per_business": 2000}, ACCOUNT, None),
        ("payment_configuration_update", {"configuration_name": "pay", "status": "Active"}, "pay", "Active"),
        ("partner_solutions", {"event": "SOLUTION_CREATED", "solution_id": "9"}, "9", "SOLUTION_CREATED"),
        ("a_field_of_the_future", {"statuses": 3}, ACCOUNT, None),
    ],
)  # fmt: skip
def test_every_other_field_is_a_notice(field: str, content: dict[str, Any], subject: str, name: str | None) -> None:
    found = only(envelope(content, field, **TIME))
    assert isinstance(found, Notice)
    assert (found.topic, found.subject, found.name, found.occurred_us) == (field, subject, name, AT_US)
    assert json.loads(found.detail) == content


def test_a_template_id_beyond_2_to_the_53_survives() -> None:
    found = only(envelope({"event": "APPROVED", "message_template_id": 2**62 + 1}, "message_template_status_update"))
    assert json.loads(found.detail)["message_template_id"] == 2**62 + 1


def test_the_detail_of_a_notice_holds_nothing_personal() -> None:
    call = {"id": "wacid.1", "to": PHONE, "event": "terminate", "timestamp": "1790848800", "from_user_id": "DE.1"}
    sync = {
        "type": "contact",
        "action": "add",
        "contact": {"full_name": "Ada", "phone_number": PHONE},
        "metadata": {"timestamp": 1790848800},
    }
    found = [
        only(envelope(value(calls=[call]), "calls")),
        only(envelope(value(state_sync=[sync]), "smb_app_state_sync")),
        only(envelope({"event": "PIN_RESET_REQUEST", "requester": PHONE}, "security")),
    ]
    assert [one.name for one in found] == ["terminate", "add", "PIN_RESET_REQUEST"]
    assert [one.occurred_us for one in found] == [AT_US, AT_US, None]
    for one in found:
        assert not any(word in one.detail for word in (PHONE, "Ada", "DE.1"))


def test_what_nobody_knows_is_masked_wherever_it_stands() -> None:
    secrets = {
        "sender": PHONE, "msisdn": PHONE, "name": "Jane Doe", "message": "SECRET", "phone_number": PHONE,
        "id": f"+{PHONE}", "n": int(PHONE), "nested": [{"note": "SECRET"}, "SECRET", int(PHONE)], PHONE: 1,
        "event": f"told {PHONE}", "participants": [{"id": "DE.1"}], "reason": "to +49 151 1234-5678",
        "status": "jane@doe.example", "timestamp": "Jane Doe",
    }  # fmt: skip
    (found,) = parse(envelope(secrets, "new_field"))
    assert isinstance(found, Notice)
    said = str(found)
    assert not any(word in said for word in ("1511234", "12345678", "Jane", "SECRET", "DE.1", "1234-5678"))
    assert (found.subject, found.name) == ("+49•••678", "told …")
    (lone,) = parse(envelope(value(errors=[{"code": 131000, "title": "Failed", "message": f"to {PHONE}"}])))
    assert json.loads(lone.detail) == {"code": 131000, "title": "Failed", "message": "…"}


def test_what_the_provider_says_of_the_business_survives() -> None:
    content = {
        "event": "REJECTED", "message_template_id": 1315502779341834, "message_template_name": "sale_20261001",
        "message_template_language": "en_US", "reason": "INVALID_FORMAT", "new_quality_score": "GREEN",
        "current_limit": "TIER_UNLIMITED", "waba_info": {"waba_id": "184943124712545"}, "timestamp": "1790848800",
        "display_phone_number": "+49 30 123456", "max_phone_numbers_per_waba": 25,
    }  # fmt: skip
    (found,) = parse(envelope(content, "message_template_status_update"))
    assert json.loads(found.detail) == content | {"display_phone_number": "+49•••456"}
    assert found.subject == "sale_20261001"


@pytest.mark.parametrize("field", [PHONE, "Jane Doe", "x" * 65, "Äh", {"a": 1}])
def test_a_topic_looks_like_a_field_or_is_unknown(field: Any) -> None:
    (found,) = parse(envelope({"event": "X"}, field))
    assert found.topic == "unknown"


@pytest.mark.parametrize("content", [{"groups": []}, {"polls": []}, {"calls": [], "polls": [{"id": "p"}]}, {}])
def test_an_unknown_field_without_known_happenings_is_one_notice(content: dict[str, Any]) -> None:
    (found,) = parse(envelope(content, "a_field_of_the_future"))
    assert (found.topic, found.subject) == ("a_field_of_the_future", ACCOUNT)


def test_keys_beside_happenings_that_nobody_reads_are_told_once() -> None:
    call = {"id": "wacid.1", "event": "connect"}
    told, unread = parse(envelope(value(calls=[call], contacts=[{}], polls=[{"id": "p"}], quota=3), "calls"))
    assert (told.name, unread.name, unread.topic) == ("connect", "unread", "calls")
    assert json.loads(unread.detail) == {"polls": [{"id": "p"}], "quota": 3}


def test_a_payload_that_no_text_can_hold_has_a_detail_all_the_same() -> None:
    found = only(envelope({"event": "\ud800"}, "account_update"))
    assert json.loads(found.detail) == "…"


def test_calls_share_the_name_of_statuses_and_are_none() -> None:
    found = only(envelope(value(statuses=[status(type="call", status="RINGING")]), "calls"))
    assert (found.topic, found.name) == ("calls", "RINGING")


def test_each_group_happening_is_a_notice() -> None:
    groups = [
        {"group_id": "G", "type": "group_create", "timestamp": "1790848800"},
        {"group_id": "H", "type": "group_delete"},
    ]
    first, second = parse(envelope(value(groups=groups), "group_lifecycle_update"))
    assert (first.subject, first.name, first.occurred_us) == ("G", "group_create", AT_US)
    assert (second.subject, second.occurred_us) == ("H", None)


def test_errors_of_the_account_are_notices() -> None:
    found = only(envelope(value(errors=[{"code": 130429, "title": "Rate limit hit"}]), **TIME))
    assert (found.topic, found.subject, found.name, found.occurred_us) == ("errors", NUMBER, "130429", AT_US)


def test_a_list_of_the_future_beside_statuses_is_a_notice() -> None:
    kept, new = parse(envelope(value(statuses=[status()], polls=[{"id": "p"}], quota=3)))
    assert isinstance(kept, StatusTold)
    assert (new.topic, new.name, json.loads(new.detail)) == ("messages", "unread", {"polls": [{"id": "p"}], "quota": 3})


def test_a_lone_change_and_a_bare_value_are_read() -> None:
    change = only({"field": "messages", "value": value(statuses=[status()])})
    bare = only(value(statuses=[status()]))
    premises = only({"statuses": [{"id": "9712A34B", "status": "sent", "timestamp": "1518694700"}]})
    assert change.terms == bare.terms == Terms(number=NUMBER)
    assert (premises.message_id, premises.terms) == ("9712A34B", Terms())
    assert only(value(messages=[message(timestamp="x")])).field == "messages[0].timestamp"


@pytest.mark.parametrize(
    "payload",
    [None, 7, "text", [], {}, {"object": "page", "entry": []}, {"object": "instagram", "entry": [{}]}, {"a": 1}],
)
def test_what_is_no_body_is_refused(payload: object) -> None:
    assert only(payload).reason == "not-an-envelope"


@pytest.mark.parametrize(
    ("payload", "field", "kind"),
    [
        ({"entry": {}}, "entry", "an object"),
        ({"entry": []}, "entry", "a list"),
        ({"entry": [3]}, "entry[0]", "a number"),
        ({"entry": [{"id": "1"}]}, "entry[0].changes", "nothing"),
        ({"entry": [{"changes": ["x"]}]}, "entry[0].changes[0]", "text"),
        ({"entry": [{"changes": [{"field": "messages"}]}]}, "entry[0].changes[0].value", "nothing"),
        (envelope(value(statuses={})), "entry[0].changes[0].value.statuses", "an object"),
        (envelope(value(statuses=[None])), "entry[0].changes[0].value.statuses[0]", "nothing"),
        (envelope(value(messages=[[]])), "entry[0].changes[0].value.messages[0]", "a list"),
        (envelope(value(history=[{"threads": 1}])), "entry[0].changes[0].value.history[0].threads", "a number"),
        (envelope(value(history=[{"threads": [{}]}])), "entry[0].changes[0].value.history[0].threads[0]", "an object"),
    ],
)
def test_wrong_shapes_are_refused_where_they_stand(payload: object, field: str, kind: str) -> None:
    assert only(payload) == Rejected("shape-unknown", field, kind)


def test_depth_is_no_trouble() -> None:
    deep: Any = "bottom"
    for _ in range(50_000):
        deep = [deep]
    assert isinstance(only(envelope({"event": deep}, "account_update")), Notice)
    assert next(iter(parse(deep))).reason == "not-an-envelope"
    while isinstance(deep, list):  # taken apart by hand: the interpreter's own clean-up recurses
        deep = deep[0]


MALFORMED = ("courier_invalid_from", "courier_invalid_status", "courier_invalid_timestamp", "courier_no_from")


def test_every_public_sample_tells_something(shared_data: Path) -> None:
    samples = sorted((shared_data / "fixtures" / "whatsapp").glob("*.json"))
    if not samples:
        pytest.skip("no sample bodies in the reference data")
    for path in samples:
        found = list(parse(msgspec.json.decode(path.read_bytes())))
        assert found, path.name
        refused = [one for one in found if isinstance(one, Rejected)]
        assert {one.reason for one in refused} <= REASONS.keys()
        if path.stem in MALFORMED:
            assert len(refused) == len(found) == 1, path.name
        elif not path.stem.startswith("php_"):  # that library's samples hold words where numbers stand
            assert not refused, path.name


def test_samples_of_the_on_premises_api_are_read(shared_data: Path) -> None:
    samples = sorted((shared_data / "fixtures" / "whatsapp_onprem").glob("*.json"))
    if not samples:
        pytest.skip("no on-premises samples in the reference data")
    for path in samples:
        assert not any(isinstance(one, Rejected) for one in parse(msgspec.json.decode(path.read_bytes()))), path.name
