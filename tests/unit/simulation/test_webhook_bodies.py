"""Webhook bodies: the shapes that Meta documents, written down by hand."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import Any

import numpy as np
import phonenumbers

from earnest.simulation import updates as wire
from earnest.simulation.people import COUNTRIES, people, wa_ids
from earnest.simulation.plan import ShopPlan
from earnest.simulation.updates import together, updates
from earnest.simulation.webhook_bodies import body_lines
from unit.simulation.accounts import ACCOUNT

OCTOBER_FIRST = date(2026, 10, 1)


def one(kind: int, seconds: int, **own: int) -> wire.Updates:
    columns = {name: np.array([value]) for name, value in {"number": 0, "wa_id": 4915800000000, **own}.items()}
    return updates(kind, np.array([seconds * 1_000_000]), **columns)


def bodies_of(told: wire.Updates, *ends: int) -> list[dict[str, Any]]:
    lines = body_lines(ACCOUNT, ["spring"], told, np.array(ends))
    assert lines.endswith(b"\n")
    return [json.loads(line) for line in lines.splitlines()]


def test_a_delivered_status_has_the_documented_shape() -> None:
    told = one(wire.DELIVERED, 1_782_900_000, message=7, label=0, terms=wire.MARKETING_CHARGED)
    assert bodies_of(told, 1) == [
        {
            "object": "whatsapp_business_account",
            "entry": [
                {
                    "id": "102290129340398",
                    "changes": [
                        {
                            "value": {
                                "messaging_product": "whatsapp",
                                "metadata": {
                                    "display_phone_number": "4915899999001",
                                    "phone_number_id": "106540352242922",
                                },
                                "statuses": [
                                    {
                                        "id": "wamid.HBgSIM7AA=",
                                        "status": "delivered",
                                        "timestamp": "1782900000",
                                        "recipient_id": "4915800000000",
                                        "pricing": {
                                            "billable": True,
                                            "pricing_model": "PMP",
                                            "type": "regular",
                                            "category": "marketing",
                                        },
                                        "biz_opaque_callback_data": "spring",
                                    }
                                ],
                            },
                            "field": "messages",
                        }
                    ],
                }
            ],
        }
    ]


def test_failures_name_their_error_and_no_price() -> None:
    (body,) = bodies_of(one(wire.FAILED, 1_782_900_002, message=7, error=1), 1)
    (status,) = body["entry"][0]["changes"][0]["value"]["statuses"]
    assert status.keys() == {"id", "status", "timestamp", "recipient_id", "errors"}
    (error,) = status["errors"]
    assert error["code"] == 131049
    assert error.keys() == {"code", "title", "message", "error_data", "href"}


def test_a_free_entry_point_has_a_conversation_that_ends_after_three_days() -> None:
    told = together([one(kind, 1_782_900_000, message=255, terms=wire.ENTRY_FREE) for kind in (wire.SENT, wire.READ)])
    (body,) = bodies_of(told, 2)
    sent, read = body["entry"][0]["changes"][0]["value"]["statuses"]
    assert sent["pricing"] == {
        "billable": False,
        "pricing_model": "PMP",
        "type": "free_entry_point",
        "category": "referral_conversion",
    }
    assert sent["conversation"] == {
        "id": "000000000000000000000000000000ff",
        "expiration_timestamp": "1783159200",
        "origin": {"type": "referral_conversion"},
    }
    assert read["conversation"] == {"id": sent["conversation"]["id"], "origin": {"type": "referral_conversion"}}


def test_what_customers_write_stands_in_messages_and_opt_outs_in_preferences() -> None:
    told = together(
        [
            one(wire.BUTTON, 1_782_900_010, message=9, context=7),
            one(wire.REPLY, 1_782_900_011, message=10, number=1),
            one(wire.STOP, 1_782_900_012, message=7),
            one(wire.AD_REPLY, 1_782_900_013, message=11),
        ]
    )
    (body,) = bodies_of(told, 4)
    values = {(c["field"], c["value"]["metadata"]["phone_number_id"]): c["value"] for c in body["entry"][0]["changes"]}
    home = values["messages", "106540352242922"]
    assert home["contacts"] == [{"profile": {"name": "A customer"}, "wa_id": "4915800000000"}] * 2
    button, ad = home["messages"]
    assert button == {
        "context": {"from": "4915899999001", "id": "wamid.HBgSIM7AA="},
        "from": "4915800000000",
        "id": "wamid.HBgSIM9AA=",
        "timestamp": "1782900010",
        "type": "button",
        "button": {"payload": "Later", "text": "Later"},
    }
    assert ad["type"] == "text"
    assert ad["referral"]["source_type"] == "ad"
    (text,) = values["messages", "2"]["messages"]
    assert text.keys() == {"from", "id", "timestamp", "type", "text"}
    assert values["user_preferences", "106540352242922"]["user_preferences"] == [
        {
            "wa_id": "4915800000000",
            "detail": "User requested to stop marketing messages",
            "category": "marketing_messages",
            "value": "stop",
            "timestamp": 1782900012,
        }
    ]


def test_a_body_holds_its_own_updates_in_the_order_of_receipt() -> None:
    told = together([one(wire.SENT, 1_782_900_000 + n, message=n, number=n % 2) for n in range(5)])
    first, second = bodies_of(told, 4, 5)
    assert [[status["id"] for status in change["value"]["statuses"]] for change in first["entry"][0]["changes"]] == [
        ["wamid.HBgSIM0AA=", "wamid.HBgSIM2AA="],
        ["wamid.HBgSIM1AA=", "wamid.HBgSIM3AA="],
    ]
    assert second["entry"][0]["changes"][0]["value"]["statuses"][0]["id"] == "wamid.HBgSIM4AA="
    assert body_lines(ACCOUNT, [], wire.NO_UPDATES, np.array([0])) == b""


def test_whatsapp_writes_some_numbers_in_its_own_way() -> None:
    group = people(ShopPlan(seed=1, customers=4_000, first_day=OCTOBER_FIRST, today=OCTOBER_FIRST, campaigns=()), 0)
    written = wa_ids(group, np.arange(4_000))
    for country, shape in (("MX", "52155"), ("BR", "5531"), ("DE", "49158"), ("AR", "54911")):
        of = np.flatnonzero(group.country == COUNTRIES.index(country))
        assert all(str(number).startswith(shape) for number in written[of])
    brazil = group.country == COUNTRIES.index("BR")
    lengths = Counter(len(str(number)) for number in written[brazil])
    assert set(lengths) == {12, 13}
    assert np.array_equal(written[brazil] % 10**8, group.digits[brazil] % 10**8)
    same = ~brazil & (group.country != COUNTRIES.index("MX"))
    assert np.array_equal(written[same], group.digits[same])
    for sender in ACCOUNT.numbers:
        assert phonenumbers.is_valid_number(phonenumbers.parse(f"+{sender.digits}"))
        assert int(sender.digits) not in set(group.digits.tolist())
